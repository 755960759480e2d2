"""A show of any number of made-up episodes whose vocabulary keeps growing, for budgets and benchmarks.

Words follow a Pitman-Yor process: the n-th word is new with probability (THETA + D·V) / (n + THETA) if V words are
known by then; else it is an earlier one, chosen in proportion to how often that was said. V grows as n to the power of
D (Heaps' law) and frequencies fall as in Zipf's law. D and THETA are set so that 5,100 words contain about 1,300
different ones, as in a real transcript; 300 episodes, 2.04 million words, then contain 80,000. New words are made of
syllables in the way German makes compounds.
"""

from __future__ import annotations

import random
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import page_samples as samples
from programme import GUESTS, HOST, PROGRAMME

from pipeline.build.files import write_text
from pipeline.german.slug import slugify
from pipeline.paths import ShowPaths
from pipeline.promises.release import make_release
from pipeline.show.config import load_episode, load_show
from pipeline.values.json_files import recognition_to_json, to_json
from pipeline.values.published import Enclosure
from pipeline.values.show import Speaker
from pipeline.values.speech import Provenance, Recognition, Segment
from pipeline.values.speech import Word as HeardWord
from pipeline.values.transcript import Paragraph, Sentence, TimedWord, Transcript, Turn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from programme import Planned

    from pipeline.values.published import Item

PROJECT = Path(__file__).parents[2]

D, THETA = 0.68, 20.0
WORDS_OF_45_MINUTES = 6750

_ONSETS = """
b bl br d dr f fl fr g gl gr h j k kl kn kr l m n p pf pl pr r s sch schl schn schr schw sp spr st str t tr v w z zw
"""
_NUCLEI = "a a a e e e e e i i i o o u u ä ö ü au ei ei ie eu"
_CODAS = " - - - l n n r r s t t m ch cht ck ft g ld lt mm nd ng nk nn nt rg rk rm rt ss st tz"
_ENDINGS = " - - - - e en en er es s ung ungen lich liche heit keit schaft schaften isch ieren t te ten st"
_LINKS = " - - - s s en er"


class Vocabulary:
    """A source of spoken words, one after the other; the same seed gives the same words."""

    def __init__(self, seed: int = 300) -> None:
        self.chance = random.Random(seed)
        self.said: list[int] = []
        self.counts: list[int] = []
        self.words: list[str] = []
        self._known: set[str] = set()
        self._stems = [self._syllable() + (self._syllable() if i % 5 == 0 else "") for i in range(2500)]

    def next(self) -> str:
        n, v = len(self.said), len(self.words)
        if self.chance.random() * (n + THETA) < THETA + D * v:
            place = v
            self.words.append(self._new())
            self.counts.append(0)
        else:
            place = self._earlier()
        self.counts[place] += 1
        self.said.append(place)
        return self.words[place]

    def _earlier(self) -> int:
        chance, said, counts = self.chance.random, self.said, self.counts
        while True:
            place = said[int(chance() * len(said))]
            if chance() * counts[place] >= D:
                return place

    def _new(self) -> str:
        """Return a new word. The first ones become the frequent ones and are short, as in every language."""
        known = len(self.words)
        while True:
            word = self._syllable() if known < 250 else self.chance.choice(self._stems)
            if known >= 250 and self.chance.random() < min(0.75, known / 4000):
                word += self._one(_LINKS) + self.chance.choice(self._stems)
            if known >= 120:
                word += self._one(_ENDINGS)
            word = word.capitalize() if known > 250 and self.chance.random() < 0.5 else word
            if word.lower() not in self._known:
                self._known.add(word.lower())
                return word

    def _syllable(self) -> str:
        return self._one(_ONSETS) + self._one(_NUCLEI) + self._one(_CODAS)

    def _one(self, choices: str) -> str:
        return self.chance.choice(choices.split()).strip("-")


def transcripts(count: int, *, words: int = WORDS_OF_45_MINUTES, seed: int = 300) -> Iterator[Transcript]:
    """Yield `count` conversations, none of which repeats another."""
    vocabulary = Vocabulary(seed)
    for _ in range(count):
        yield _conversation(vocabulary, words)


def _conversation(
    vocabulary: Vocabulary, words: int, speakers: Sequence[Speaker] = samples.SPEAKERS, said: Sequence[str] = ()
) -> Transcript:
    """A conversation of `speakers`; the sentences `said` are spread over it."""
    chance = vocabulary.chance
    turns, now_s, left = [], 0.0, words
    waiting = [(words - words * place // (len(said) + 1), text) for place, text in enumerate(said, start=1)]
    while left > 0:
        speaker = speakers[min(len(turns) % 2 if chance.random() < 0.8 else 2, len(speakers) - 1)]
        paragraphs = []
        for _ in range(chance.randint(1, 3)):
            sentences = []
            for _ in range(chance.randint(2, 6)):
                sentence = _sentence(vocabulary, now_s)
                sentences.append(sentence)
                left -= len(sentence.words)
                now_s = sentence.end_s + 0.2
                if waiting and left <= waiting[0][0]:
                    sentences.append(samples.spoken(waiting.pop(0)[1], now_s))
                    now_s = sentences[-1].end_s + 0.2
            paragraphs.append(Paragraph(sentences=tuple(sentences)))
        turns.append(Turn(speaker=speaker.name, organisation=speaker.organisation, paragraphs=tuple(paragraphs)))
    return Transcript(level="word", demo=False, model="small", turns=tuple(turns))


def _sentence(vocabulary: Vocabulary, start_s: float) -> Sentence:
    said = [vocabulary.next() for _ in range(max(3, round(vocabulary.chance.gauss(13, 6))))]
    said[0] = said[0][:1].upper() + said[0][1:]
    said[-1] += "."
    step_s = 1 / samples.WORDS_A_SECOND
    return Sentence(
        words=tuple(
            TimedWord(text=word, start_s=start_s + i * step_s, end_s=start_s + (i + 0.9) * step_s)
            for i, word in enumerate(said)
        )
    )


def write_show(root: Path, count: int, *, words: int = WORDS_OF_45_MINUTES) -> None:
    """Write a show of released episodes as a git clone has it: no audio, but everything that pages are made from."""
    _write_settings(root)
    for number, transcript in enumerate(transcripts(count, words=words), start=1):
        _write_episode(root, number, f"folge-{number}", _episode_toml(number), transcript)


def write_programme(root: Path, *, words: int = WORDS_OF_45_MINUTES) -> None:
    """Write the show of `programme`, as `write_show` does: sixty episodes with titles, topics and people."""
    _write_settings(root)
    for number, planned, transcript in _programme(words):
        slug = slugify(planned.title)
        _write_episode(root, number, slug, _planned_toml(number, slug, planned), transcript)


def programme_items(*, words: int = WORDS_OF_45_MINUTES) -> tuple[Item, ...]:
    """The episodes of `programme` as pages show them, oldest first."""
    return tuple(
        samples.item(
            transcript=transcript,
            duration_s=transcript.turns[-1].end_s + 1.0,
            folder=f"{number:03}-{slugify(planned.title)}",
            slug=slugify(planned.title),
            number=number,
            title=planned.title,
            summary=planned.summary,
            topics=planned.topics,
            speakers=_speakers(planned),
            published=_published(number),
        )
        for number, planned, transcript in _programme(words)
    )


def _programme(words: int) -> Iterator[tuple[int, Planned, Transcript]]:
    vocabulary = Vocabulary(60)
    for number, planned in PROGRAMME.items():
        yield number, planned, _conversation(vocabulary, words, _speakers(planned), planned.said)


def _speakers(planned: Planned) -> tuple[Speaker, ...]:
    guests = (Speaker(name=name, slug=slugify(name), organisation=GUESTS[name]) for name in planned.guests)
    return (Speaker(name=HOST, slug=slugify(HOST), role="host"), *guests)


def _published(number: int) -> datetime:
    return datetime(2020, 1, 2, 6, tzinfo=samples.CET) + timedelta(days=7 * number)


def _write_settings(root: Path) -> None:
    paths = ShowPaths(root)
    show = (PROJECT / "episodes/show.toml").read_text(encoding="utf-8").replace(".invalid", ".example")
    write_text(paths.show_toml, show)
    shutil.copy(PROJECT / "episodes/cover.jpg", paths.episodes / "cover.jpg")


def _write_episode(root: Path, number: int, slug: str, toml: str, transcript: Transcript) -> None:
    folder = f"{number:03}-{slug}"
    paths = ShowPaths(root).episode(folder)
    write_text(paths.episode_toml, toml)
    write_text(paths.shownotes_md, f"Worum es in Folge {number} geht.\n\n- [Mehr](https://example.org/{number})\n")
    turns = transcript.turns
    sentences = [s for turn in turns for paragraph in turn.paragraphs for s in paragraph.sentences]
    write_text(paths.words, recognition_to_json(_recognition(sentences)))
    write_text(paths.transcript, "\n".join(map(_manuscript, turns)))
    show = load_show(root)
    enclosure = Enclosure(
        path=f"audio/{folder}.mp3",
        media_type="audio/mpeg",
        size_bytes=43_200_000,
        duration_s=sentences[-1].end_s + 1.0,
        sha256="0" * 64,
    )
    write_text(paths.release, to_json(make_release(load_episode(root, folder, show), enclosure)))


def _episode_toml(number: int) -> str:
    chapters = "".join(f'\n[[chapters]]\nstart = "00:{i * 5:02}:00"\ntitle = "Kapitel {i + 1}"\n' for i in range(8))
    return _toml(
        number,
        f"folge-{number}",
        title=f"Erfundene Folge {number}",
        summary=f"Drei erfundene Stimmen sprechen zum {number}. Mal miteinander.",
        rest=_speakers_toml(samples.SPEAKERS) + chapters,
    )


def _planned_toml(number: int, slug: str, planned: Planned) -> str:
    topics = ", ".join(f'"{topic}"' for topic in planned.topics)
    speakers = _speakers_toml(_speakers(planned))
    return _toml(number, slug, title=planned.title, summary=planned.summary, rest=f"topics = [{topics}]\n{speakers}")


def _speakers_toml(speakers: Sequence[Speaker]) -> str:
    return "".join(
        f'\n[[speakers]]\nname = "{s.name}"\norganisation = "{s.organisation}"\nrole = "{s.role}"\n' for s in speakers
    )


def _toml(number: int, slug: str, *, title: str, summary: str, rest: str) -> str:
    return (
        f'number = {number}\nslug = "{slug}"\ntitle = "{title}"\nsummary = "{summary}"\n'
        f'guid = "0b8e2b0c-7d0b-4a7e-9d62-{number:012}"\npublished = {_published(number).isoformat()}\n'
        f'recording = "raw.wav"\n{rest}\n[speech]\nmodel = "small"\n'
    )


def _recognition(sentences: list[Sentence]) -> Recognition:
    segments = tuple(
        Segment(
            start_s=s.start_s,
            end_s=s.end_s,
            times="word",
            words=tuple(HeardWord(text=w.text, start_s=w.start_s, end_s=w.end_s, probability=0.9) for w in s.words),
        )
        for s in sentences
    )
    made_up = Provenance(
        model="small", model_sha256="0" * 64, engine="made up", versions=(), date="2026-01-01", demo=False
    )
    return Recognition(fingerprint="0" * 64, provenance=made_up, segments=segments)


def _manuscript(turn: Turn) -> str:
    label = f"{turn.speaker} [{turn.organisation}]" if turn.organisation else turn.speaker
    paragraphs = (" ".join(sentence.text for sentence in paragraph.sentences) for paragraph in turn.paragraphs)
    return f"{label}:\n" + "\n\n".join(paragraphs) + "\n"
