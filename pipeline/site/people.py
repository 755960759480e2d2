"""Who speaks in which episode and where: turns transcripts into what the pages about people show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.german.slug import slugify
from pipeline.site.reading import passages
from pipeline.values.published import EpisodeMoments, Moment, PersonMoments

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.site.reading import Passage
    from pipeline.values.published import Item
    from pipeline.values.show import Chapter, Speaker
    from pipeline.values.transcript import Transcript

MOMENTS = 5  # moments of a person in an episode; a page of all turns would repeat the transcript
LONG_LIST = 20  # episodes of a person that list their moments; older ones have only their title
_QUOTE_LENGTH = 120  # characters
_LONG_S = 8.0  # a shorter turn is a greeting or a nod


@dataclass(frozen=True, slots=True, kw_only=True)
class Appearance:
    """A person in one episode, under the name and organisation that the episode gives."""

    item: Item
    speaker: Speaker
    moments: tuple[Moment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person who speaks, with every episode, newest first. Two people of the same name differ in `slug`."""

    slug: str
    appearances: tuple[Appearance, ...]

    @property
    def name(self) -> str:
        """The name as the newest episode writes it."""
        return self.appearances[0].speaker.name

    @property
    def other_names(self) -> tuple[str, ...]:
        names = dict.fromkeys(appearance.speaker.name for appearance in self.appearances)
        return tuple(name for name in names if name != self.name)

    @property
    def organisations(self) -> tuple[str, ...]:
        """The person's organisations, newest first, each once."""
        found = (appearance.speaker.organisation for appearance in self.appearances)
        return tuple(dict.fromkeys(name for name in found if name))

    @property
    def url(self) -> str:
        return next((appearance.speaker.url for appearance in self.appearances if appearance.speaker.url), "")

    @property
    def sort_key(self) -> tuple[str, str]:
        """By surname, the last word of the name, with Ö as OE (DIN 5007-2), then by name. Names without Latin letters
        come last."""
        return (slugify(self.name.rpartition(" ")[2]) or "~", self.name.casefold())


def people(items: Sequence[Item], moments: Mapping[str, EpisodeMoments]) -> tuple[Person, ...]:
    """All people in `items` (newest first), by surname. `moments` has those of an episode by its folder, if known."""
    found: dict[str, list[Appearance]] = {}
    for item in items:
        known = {entry.slug: entry.moments for entry in moments.get(item.episode.folder, EpisodeMoments()).people}
        for speaker in item.episode.speakers:
            appearance = Appearance(item=item, speaker=speaker, moments=known.get(speaker.slug, ()))
            found.setdefault(speaker.slug, []).append(appearance)
    everybody = (Person(slug=slug, appearances=tuple(appearances)) for slug, appearances in found.items())
    return tuple(sorted(everybody, key=lambda person: (person.sort_key, person.slug)))


def episode_moments(transcript: Transcript, chapters: Sequence[Chapter], speakers: Sequence[Speaker]) -> EpisodeMoments:
    """The moments in which each person of the episode speaks longest, with anchors on the episode's page."""
    openings = (passage for passage in passages(transcript, chapters) if passage.opens_turn)
    said: dict[str, list[tuple[float, Passage]]] = {}
    by_name = {name.casefold(): speaker.slug for speaker in speakers for name in (*speaker.aliases, speaker.name)}
    for turn, opening in zip(transcript.turns, openings, strict=True):
        slug = by_name.get(turn.speaker.casefold())
        if slug is not None:
            said.setdefault(slug, []).append((turn.end_s - turn.start_s, opening))
    return EpisodeMoments(
        people=tuple(PersonMoments(slug=slug, moments=_longest(turns)) for slug, turns in said.items())
    )


def _longest(turns: Sequence[tuple[float, Passage]]) -> tuple[Moment, ...]:
    by_length = sorted(turns, key=lambda entry: -entry[0])
    chosen = [entry for entry in by_length if entry[0] >= _LONG_S][:MOMENTS] or by_length[:1]
    in_order = sorted((passage for _, passage in chosen), key=lambda passage: passage.start_s)
    return tuple(
        Moment(start_s=float(int(passage.start_s)), anchor=passage.anchor, text=_beginning(passage))
        for passage in in_order
    )


def _beginning(passage: Passage) -> str:
    """The first sentence, cut after a word if it is long."""
    text = passage.sentences[0].text
    if len(text) <= _QUOTE_LENGTH:
        return text
    return (text[:_QUOTE_LENGTH].rpartition(" ")[0] or text[:_QUOTE_LENGTH]) + " …"
