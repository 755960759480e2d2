"""A whole invented site on disk: every kind of page, easy episodes and the most awkward ones."""

from __future__ import annotations

import wave
from dataclasses import replace
from datetime import UTC, datetime
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

import page_samples as samples

from pipeline import addresses
from pipeline.site import pages
from pipeline.site.files import search_files, static_files
from pipeline.site.frame import Frame
from pipeline.site.pages import Around
from pipeline.site.people import episode_moments, people
from pipeline.site.topics import topics
from pipeline.tags.cover import page_cover
from pipeline.values.published import Item, Withdrawal
from pipeline.values.show import Chapter, Directory, Speaker, Theme

LONG_S, MIDDLE_S, SHORT_S, HUGE_S = 2700.0, 300.0, 12.0, 4 * 3600.0
LONG, MIDDLE, SHORT, BARE, HUGE, HOSTILE = (
    addresses.page(folder) for folder in ("007-leuchtturm", "006-mole", "000-kurz", "trailer", "005-lang", "004-wirr")
)
COVER = Path(__file__).parents[2] / "episodes/cover.jpg"
PERSON, TOPIC = addresses.person("stimme-zwei"), addresses.topic("haefen")
EMBED = addresses.embed("006-mole")
LISTS = (addresses.INDEX, addresses.PEOPLE, PERSON, addresses.TOPICS, TOPIC)
GUIDES = (addresses.SUBSCRIBE, addresses.HELP, addresses.NOT_FOUND)
WITHDRAWN = addresses.page("003-lotse")
EVERY_KIND = (MIDDLE, EMBED, SHORT, BARE, HOSTILE, WITHDRAWN, addresses.SEARCH, *LISTS, *GUIDES)

AWKWARD = (
    '</script><img src=x onerror="alert(1)">',
    "\u202eumgekehrt\u202c \u0627\u0644\u0639\u0631\u0628\u064a\u0629",
    "x" * 200,
    "👩🏽‍🚀🏳️‍🌈" * 30,
    "天地玄黃宇宙洪荒" * 20,
    "Mitarbeiter*innen & Zuhörer:innen",
)


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        """Print nothing: the tests read requests in the browser."""


def build_site(home: Path) -> None:
    """Write the site below `home`; the short and the middle episode have real audio files, of silence."""
    frame = Frame(
        show=samples.show(directories=(Directory(name="Ein Verzeichnis", url="https://example.org/v"),)),
        has_topics=True,
    )
    preview = Frame(show=samples.show(placeholders=("base_url",)), preview=True)
    long = _episode("007-leuchtturm", LONG_S, topics=("Häfen", "Netz"))
    middle = _with_silence(_episode("006-mole", MIDDLE_S, title="Die Mole", topics=("Häfen",)))
    short = _with_silence(replace(_short(), published=None))
    bare = samples.item(transcript=None, duration_s=90.0, folder="trailer", title="x" * 90, speakers=())
    huge = _episode("005-lang", HUGE_S, title="Vier Stunden")
    hostile = _hostile()
    items = [long, middle, huge, hostile, bare]
    moments = {
        item.episode.folder: episode_moments(item.transcript, (), item.episode.speakers)
        for item in items
        if item.transcript is not None
    }
    everybody, every_topic = people(items, moments), topics(items)
    around = Around(newer=long.episode, older=huge.episode, sizes={addresses.transcript("006-mole", ".txt"): 12_345})
    texts = {
        LONG: pages.render_episode_page(frame, long, samples.chapters_of(LONG_S)),
        MIDDLE: pages.render_episode_page(frame, middle, samples.chapters_of(MIDDLE_S, 3), around),
        SHORT: pages.render_episode_page(preview, short, (Chapter(start_s=7.5, title="Zweiter Teil"),)),
        BARE: pages.render_episode_page(frame, bare, (Chapter(start_s=7.5, title="Nur Ton"),)),
        EMBED: pages.render_embed_page(frame, middle, samples.chapters_of(MIDDLE_S, 3)),
        HUGE: pages.render_episode_page(frame, huge, samples.chapters_of(HUGE_S, 200)),
        HOSTILE: pages.render_episode_page(
            frame,
            hostile,
            tuple(Chapter(start_s=float(i), title=text) for i, text in enumerate(AWKWARD)),
            Around(newer=replace(hostile.episode, title=AWKWARD[2]), older=hostile.episode),
        ),
        addresses.INDEX: pages.render_index(frame, items),
        addresses.SEARCH: pages.render_search_page(frame),
        WITHDRAWN: pages.render_withdrawn_page(
            frame,
            samples.episode(folder="003-lotse"),
            Withdrawal(moment=datetime(2026, 3, 1, tzinfo=UTC), reason="Auf Wunsch eines Gastes."),
        ),
        addresses.PEOPLE: pages.render_people(frame, everybody),
        **{addresses.person(person.slug): pages.render_person(frame, person) for person in everybody},
        addresses.TOPICS: pages.render_topics(frame, every_topic),
        **{addresses.topic(topic.slug): pages.render_topic(frame, topic) for topic in every_topic},
        addresses.SUBSCRIBE: pages.render_subscribe(frame),
        addresses.HELP: pages.render_help(frame),
        # A server returns this page for any path; from disk it can only work at its own.
        addresses.NOT_FOUND: pages.render_not_found(Frame(show=samples.show(base_url="https://podcast.invalid/"))),
    }
    files = {
        **static_files(Theme()),
        **covers(),
        **search_files(),
        **{address: text.encode() for address, text in texts.items()},
    }
    for address, content in files.items():
        (home / address).parent.mkdir(parents=True, exist_ok=True)
        (home / address).write_bytes(content)
    for item in (short, middle):
        _write_silence(home / item.enclosure.path, item.enclosure.duration_s)


def _episode(folder: str, duration_s: float, **changes: object) -> Item:
    words = samples.long_transcript(duration_s)
    return samples.item(transcript=words, duration_s=duration_s, notes=samples.NOTES, folder=folder, **changes)


def _short() -> Item:
    words = samples.transcript(
        ("Stimme Eins", "", [["Guten Tag, hier spricht eine Stimme."]]),
        ("Stimme Zwei", "Beispielverein Nordlicht", [["Und hier noch eine andere Stimme."], ["Das war es."]]),
        demo=True,
    )
    return samples.item(transcript=words, duration_s=SHORT_S, folder="000-kurz", example=True)


def _hostile() -> Item:
    """An episode with everything that people may type or paste, in every field."""
    speakers = tuple(
        Speaker(name=text, slug=f"wirr-{i}", organisation=text, url="https://example.org/w")
        for i, text in enumerate(AWKWARD)
    )
    turns = [(text, text, [[f"Hier steht {text} im Satz.", text]]) for text in AWKWARD]
    return samples.item(
        transcript=samples.transcript(*turns),
        duration_s=600.0,
        notes=f"<p>{'x' * 300}</p>",
        folder="004-wirr",
        title=" ".join(AWKWARD),
        summary=AWKWARD[2],
        speakers=speakers,
        topics=("Häfen", AWKWARD[2]),
    )


def _with_silence(item: Item) -> Item:
    return replace(item, enclosure=replace(item.enclosure, path=f"audio/{item.episode.folder}.wav"))


def _write_silence(path: Path, duration_s: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(8000)
        sound.writeframes(b"\x80" * int(duration_s * 8000))


def covers() -> dict[str, bytes]:
    """Address → content of the show's cover in both sizes."""
    return {addresses.shown_cover(small=small): page_cover(COVER, small=small) for small in (False, True)}
