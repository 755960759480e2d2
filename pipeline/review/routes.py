"""What each address of the review does: a name below the token and what came with it → a value for the page, or a file.

Values come from the session; the names of files never come from the request.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.review.saving import Changed
from pipeline.transcript.patch import LineEdit  # noqa: TC001  msgspec reads it at run time
from pipeline.values import media_types
from pipeline.values.json_files import from_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pipeline.review.session import ReviewSession


class PreparingError(Exception):
    """The file is still being made; its text is German."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveRequest:
    """Edits of the lines of the text `base`."""

    base: str
    tab: str
    edits: tuple[LineEdit, ...]
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


def read(session: ReviewSession, name: str, query: Mapping[str, str]) -> object | tuple[Path, str] | None:
    """The answer to a GET: a value, or a file with its media type; None if there is nothing of that name."""
    if name == "state.json":
        return session.state(query.get("tab", ""))
    if name == "changes":
        return session.changes(query.get("base", ""), query.get("tab", ""))
    if name == "peaks.bin":
        return _ready(session.peaks_file(), media_types.UNKNOWN)
    if name == "audio":
        path = session.audio_file()
        return _ready(path, "audio/flac" if path is not None and path.suffix == ".flac" else "")
    head, _, number = name.partition("/")
    if head == "audio" and number.isascii() and number.isdecimal() and len(number) < 4:
        return _ready(session.track_file(int(number)), "")
    return None


def write(session: ReviewSession, method: str, name: str, body: bytes) -> tuple[int, object] | None:
    """The status and the answer to a PUT or POST; None if there is nothing of that name.

    Raises ValueError for a body that is not what the page sends, and what the session raises.
    """
    text = body.decode("utf-8")
    if (method, name) == ("PUT", "text"):
        asked = from_json(SaveRequest, text)
        session.require_owner(asked.tab)
        done = session.manuscript.save(asked.base, asked.edits, as_utf8=asked.as_utf8, create=asked.create)
        return (409 if isinstance(done, Changed) else 200), done
    if (method, name) == ("POST", "owner"):
        wish = from_json(OwnerRequest, text)
        (session.ownership.take if wish.take else session.ownership.leave)(wish.tab)
        return 200, OwnerAnswer(owner=wish.take)
    if (method, name) == ("POST", "retime"):
        return 200, session.times()
    return None


def _ready(path: Path | None, media_type: str) -> tuple[Path, str]:
    """Raises PreparingError if the file is not there yet."""
    if path is None:
        raise PreparingError("Der Ton wird vorbereitet; das dauert beim ersten Mal etwas.")
    return path, media_type or media_types.of(path.name)
