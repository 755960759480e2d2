"""What each address of the review does: a name below the token and what came with it → a value for the page, or a file.

Values come from the session; the names of files never come from the request.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.review import glossary, sound
from pipeline.review.saving import Changed
from pipeline.review.state import Copy, PlaceToHear, Verdict  # noqa: TC001  msgspec reads it at run time
from pipeline.transcript.patch import TranscriptEdit  # noqa: TC001  msgspec reads it at run time
from pipeline.values import media_types
from pipeline.values.json_files import from_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pipeline.review.session import ReviewSession


class PreparingError(Exception):
    """The file is still being made; its text is German."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveRequest:
    """Edits of the lines of the text `base`."""

    base: str
    tab: str
    edits: tuple[TranscriptEdit, ...]
    as_utf8: bool = False
    create: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerRequest:
    """`take`: this tab wants to write; else it leaves."""

    tab: str
    take: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerAnswer:
    owner: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleRequest:
    """What people decided about a place; null opens it again."""

    place: str
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacesAnswer:
    places: tuple[PlaceToHear, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CutRequest:
    """A proposed cut that is refused, or open again."""

    cut: str
    refused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenRequest:
    """Stretches that were played, in milliseconds."""

    intervals: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenAnswer:
    seen: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneRequest:
    """The text was proofread; `name` is what somebody chose to state."""

    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GlossaryRequest:
    """A correction for glossary.toml: what was heard, and what is right."""

    wrong: str
    right: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiesAnswer:
    copies: tuple[Copy, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextAnswer:
    text: str


def read(session: ReviewSession, name: str, query: Mapping[str, str]) -> object | tuple[Path, str] | None:
    """The answer to a GET: a value, or a file with its media type; None if there is nothing of that name."""
    handler = _GETS.get(name)
    if handler is not None:
        return handler(session, query)
    head, _, rest = name.partition("/")
    if head == "copies" and rest:
        return TextAnswer(text=session.history.copy(rest))
    if head == "audio" and rest.isascii() and rest.isdecimal() and len(rest) < 4:
        return _ready(session.sounds.track_file(int(rest)), "")
    return None


def write(session: ReviewSession, method: str, name: str, body: bytes) -> tuple[int, object] | None:
    """The status and the answer to a PUT or POST; None if there is nothing of that name.

    Raises ValueError for a body that is not what the page sends, and what the session raises.
    """
    text = body.decode("utf-8")
    if (method, name) == ("PUT", "text"):
        asked = from_json(SaveRequest, text)
        session.require_owner(asked.tab)
        done = session.file.save(asked.base, asked.edits, as_utf8=asked.as_utf8, create=asked.create)
        return (409 if isinstance(done, Changed) else 200), done
    handler = _POSTS.get(name) if method == "POST" else None
    return None if handler is None else (200, handler(session, text))


def _own(session: ReviewSession, text: str) -> object:
    asked = from_json(OwnerRequest, text)
    (session.ownership.take if asked.take else session.ownership.leave)(asked.tab)
    return OwnerAnswer(owner=asked.take)


def _retime(session: ReviewSession, _text: str) -> object:
    return session.times()


def _settle(session: ReviewSession, text: str) -> object:
    asked = from_json(SettleRequest, text)
    return PlacesAnswer(places=session.settle(asked.place, asked.verdict))


def _cut(session: ReviewSession, text: str) -> object:
    asked = from_json(CutRequest, text)
    return session.cuts.refuse(asked.cut, refused=asked.refused)


def _seen(session: ReviewSession, text: str) -> object:
    return SeenAnswer(seen=session.hear(from_json(SeenRequest, text).intervals))


def _done(session: ReviewSession, text: str) -> object:
    proofread = session.finish(from_json(DoneRequest, text).name)
    session.ended.set()
    return proofread


def _glossary(session: ReviewSession, text: str) -> object:
    asked = from_json(GlossaryRequest, text)
    return glossary.add(session.root, asked.wrong, asked.right)


_GETS: Mapping[str, Callable[[ReviewSession, Mapping[str, str]], object]] = {
    "state.json": lambda session, query: session.state(query.get("tab", "")),
    "changes": lambda session, query: session.changes(query.get("base", ""), query.get("tab", "")),
    "audio": lambda session, _: _ready(session.sounds.audio_file(session.settings()[1]), ""),
    "peaks.bin": lambda session, _: _ready(session.sounds.peaks_file(session.settings()[1]), media_types.UNKNOWN),
    "chapters.json": lambda session, _: session.chapters(),
    "cuts.json": lambda session, _: session.cuts.answer(),
    "copies.json": lambda session, _: CopiesAnswer(copies=session.history.copies(session.settings()[1])),
    "glossary": lambda session, query: glossary.proposed(session.root, query.get("wrong", ""), query.get("right", "")),
}
_POSTS: Mapping[str, Callable[[ReviewSession, str], object]] = {
    "owner": _own,
    "retime": _retime,
    "settle": _settle,
    "cut": _cut,
    "seen": _seen,
    "done": _done,
    "glossary": _glossary,
}


def _ready(path: Path | None, media_type: str) -> tuple[Path, str]:
    """Raises PreparingError if the file is not there yet."""
    if path is None:
        raise PreparingError("Der Ton wird vorbereitet; das dauert beim ersten Mal etwas.")
    return path, media_type or sound.media_type(path)
