"""Invented episodes for the page tests: machine-made German of a given length, spoken by invented people."""

from __future__ import annotations

import random
import re
from datetime import datetime, timedelta, timezone

import lxml.html

from pipeline.values.audio import AudioSettings
from pipeline.values.published import Enclosure, Item, ShowNotes
from pipeline.values.show import Chapter, Episode, LegalLinks, Owner, Show, Speaker, SpeechSettings
from pipeline.values.transcript import Paragraph, Sentence, TimedWord, Transcript, Turn

CET = timezone(timedelta(hours=1))
BASE_URL = "https://podcast.example.org/mv/"
WORDS_A_SECOND = 2.5  # 150 a minute: a lively conversation

SPEAKERS = (
    Speaker(name="Stimme Eins", slug="stimme-eins", role="host"),
    Speaker(
        name="Stimme Zwei", slug="stimme-zwei", organisation="Beispielverein Nordlicht", url="https://example.org/z"
    ),
    Speaker(name="Stimme Drei", slug="stimme-drei", organisation="Erfundenes Amt für Testfälle"),
)

_SMALL_WORDS = """
und die der das ist wir in nicht zu es auch ein mit den so auf für sich dass dann aber eine von da was sind man noch
wie haben im hier schon wenn dem an mal sehr oder werden viel bei nur aus immer können jetzt dabei natürlich
"""
_STEMS = """
amt antrag arbeit ausbau beratung bereich betrieb bildung boden brücke daten dienst dorf entwurf ernte farbe feld ferien
fläche form förder forschung frage garten gemeinde gruppe hafen haus helfer himmel hof insel kanal karte küste labor
land leitung licht markt meer messe nachbar netz ort plan platz projekt rat raum region schiff schule see stadt stelle
strand straße stunde technik termin verein verwaltung wald wasser weg werk wetter wind zeit zentrum
"""
_VERBS = """
prüfen zeigen fragen bauen planen lernen teilen öffnen suchen finden ordnen messen tragen wählen üben
"""
SMALL_WORDS, STEMS, VERBS = _SMALL_WORDS.split(), _STEMS.split(), _VERBS.split()


def show(**changes: object) -> Show:
    values: dict[str, object] = {
        "title": "Beispielfunk",
        "subtitle": "Ein Podcast, den es nicht gibt",
        "description": "Erfundene Gespräche über erfundene Dinge, gesprochen von niemandem.",
        "author": "Beispielredaktion",
        "owner": Owner(name="Beispielredaktion", email="redaktion@example.org"),
        "language": "de",
        "category": "Government",
        "explicit": False,
        "base_url": BASE_URL,
        "cover": "cover.jpg",
        "copyright": "© 2026 Beispielredaktion",
        "license": "CC BY 4.0",
        "license_url": "https://creativecommons.org/licenses/by/4.0/deed.de",
        "locked": True,
        "podcast_type": "episodic",
        "legal": LegalLinks(
            imprint="https://example.org/impressum",
            privacy="https://example.org/datenschutz",
            accessibility="https://example.org/barrierefreiheit",
            report_barrier="mailto:barriere@example.org",
        ),
    }
    return Show(**(values | changes))  # type: ignore[arg-type]


def episode(**changes: object) -> Episode:
    values: dict[str, object] = {
        "folder": "007-leuchtturm",
        "slug": "leuchtturm",
        "title": "Der Leuchtturm im Netz",
        "summary": "Drei erfundene Stimmen reden darüber, wie ein Leuchtturm ans Netz kommt und wer ihn ausschaltet.",
        "guid": "7d0c2b64-0000-4000-8000-000000000007",
        "published": datetime(2026, 1, 15, 6, 0, tzinfo=CET),
        "draft": False,
        "example": False,
        "number": 7,
        "season": None,
        "episode_type": "full",
        "speakers": SPEAKERS,
        "recording": "raw.flac",
        "tracks": (),
        "chapters": (),
        "not_labels": (),
        "cover": "",
        "audio": AudioSettings(),
        "speech": SpeechSettings(),
    }
    return Episode(**(values | changes))  # type: ignore[arg-type]


def item(*, transcript: Transcript | None, duration_s: float, notes: str = "", **changes: object) -> Item:
    made = episode(**changes)
    return Item(
        episode=made,
        guid=made.guid,
        enclosure=Enclosure(
            path=f"audio/{made.folder}.mp3",
            media_type="audio/mpeg",
            size_bytes=int(duration_s * 16_000) + 150_000,
            duration_s=duration_s,
            sha256="0" * 64,
        ),
        published=made.published,
        notes=ShowNotes(html=notes, text=""),
        transcript=transcript,
    )


NOTES = (
    "<p>Worüber die Stimmen reden, und wo man es <em>nicht</em> nachlesen kann:</p>\n"
    '<ul>\n<li><a href="https://example.org/leuchtturm">Der Leuchtturm</a></li>\n'
    '<li><a href="https://example.org/netz">Das Netz</a></li>\n</ul>\n'
)


def spoken(text: str, start_s: float) -> Sentence:
    """A sentence whose words follow each other at a steady pace."""
    return Sentence(
        words=tuple(
            TimedWord(text=word, start_s=start_s + i / WORDS_A_SECOND, end_s=start_s + (i + 0.9) / WORDS_A_SECOND)
            for i, word in enumerate(text.split())
        )
    )


def transcript(*turns: tuple[str, str, list[list[str]]], demo: bool = False, pause_s: float = 0.4) -> Transcript:
    """A transcript of turns (speaker, organisation, paragraphs of sentences), timed one after the other."""
    now_s = 0.0
    made = []
    for speaker, organisation, paragraphs in turns:
        timed = []
        for sentences in paragraphs:
            row = []
            for sentence in sentences:
                row.append(spoken(sentence, now_s))
                now_s = row[-1].end_s + pause_s
            timed.append(Paragraph(sentences=tuple(row)))
        made.append(Turn(speaker=speaker, organisation=organisation, paragraphs=tuple(timed)))
    return Transcript(level="word", demo=demo, model="demo" if demo else "small", turns=tuple(made))


def long_transcript(duration_s: float = 2700.0, seed: int = 7) -> Transcript:
    """A conversation of `duration_s`: the host asks briefly, two guests answer in several paragraphs."""
    chance = random.Random(seed)
    rate = WORDS_A_SECOND * 0.97  # leaves time for pauses
    turns: list[tuple[str, str, list[list[str]]]] = []
    words = 0
    while words < duration_s * rate:
        guest = chance.choice(SPEAKERS[1:])
        for speaker, paragraphs in ((SPEAKERS[0], 1), (guest, chance.randint(1, 4))):
            body = [[sentence(chance) for _ in range(chance.randint(2, 6))] for _ in range(paragraphs)]
            turns.append((speaker.name, speaker.organisation, body))
            words += sum(len(text.split()) for row in body for text in row)
    return transcript(*turns, pause_s=0.2)


def sentence(chance: random.Random) -> str:
    words = [_word(chance) for _ in range(max(3, round(chance.gauss(14, 6))))]
    if len(words) > 9:
        words[len(words) // 2] += ","
    return " ".join(words).capitalize() + chance.choice("...?")


def chapters_of(duration_s: float, count: int = 8) -> tuple[Chapter, ...]:
    chance = random.Random(count)
    return tuple(
        Chapter(
            start_s=float(round(i * duration_s / count)),
            title=" ".join(_word(chance) for _ in range(4)).capitalize(),
            url="https://example.org/kapitel" if i == 1 else "",
        )
        for i in range(count)
    )


def _word(chance: random.Random) -> str:
    roll = chance.random()
    if roll < 0.5:
        return SMALL_WORDS[min(int(chance.expovariate(0.08)), len(SMALL_WORDS) - 1)]
    if roll < 0.62:
        return chance.choice(VERBS)
    if roll < 0.8:
        return chance.choice(STEMS).capitalize()
    return (chance.choice(STEMS) + chance.choice(("", "s")) + chance.choice(STEMS)).capitalize()


def parsed(html: str) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(html)


def select(tree: lxml.html.HtmlElement, path: str) -> list[lxml.html.HtmlElement]:
    """Return the elements that match a small CSS selector: tags and classes, with spaces and `>` between them."""
    xpath = ""
    for step in re.findall(r"> *\S+|[^> ]+", path):
        tag, _, name = step.removeprefix(">").strip().partition(".")
        xpath += "/" if step.startswith(">") else "//"
        xpath += (tag or "*") + (f"[contains(concat(' ', @class, ' '), ' {name} ')]" if name else "")
    return list(tree.xpath(xpath))
