"""Compares an edited transcript with a newer draft, and replaces the transcript by the draft on request."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from pipeline.build.files import dated_copy, encoded
from pipeline.build.own_files import read_own_text
from pipeline.build.swap import content_of, short_lock
from pipeline.errors import MissingFileError, TranscriptError
from pipeline.transcript.compare import Comparison, compare
from pipeline.transcript.editorial import decode, parse
from pipeline.transcript.ownership import same_text

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from pipeline.paths import EpisodePaths
    from pipeline.values.show import Episode


def read_transcript(path: Path) -> str:
    """The text of a transcript in any encoding that people use. Raises a TranscriptError that names the file."""
    return transcript_text(path.read_bytes(), path)


def transcript_text(content: bytes, path: Path) -> str:
    """Like `read_transcript`, for the content that was already read from `path`."""
    try:
        return decode(content)
    except TranscriptError as error:
        raise TranscriptError(error.problem, where=path, advice=error.advice) from error


def is_unchanged_draft(paths: EpisodePaths) -> bool:
    """Whether the transcript is still word for word what the program wrote: nobody corrected it. Without a transcript
    the draft takes its place."""
    if not paths.draft.exists():
        return False
    try:
        return not paths.transcript.exists() or same_text(read_transcript(paths.transcript), read_own_text(paths.draft))
    except TranscriptError:
        return False  # an unreadable file differs


def compare_with_draft(paths: EpisodePaths, episode: Episode) -> Comparison:
    """How the draft on disk differs from the transcript that people edit. Raises MissingFileError if one is missing."""
    for path, name in ((paths.transcript, "Das Transkript"), (paths.draft, "Der Entwurf")):
        if not path.exists():
            raise MissingFileError(
                f"{name} fehlt; es gibt nichts zu vergleichen.",
                where=path,
                advice=f"`make split EPISODE={episode.folder}` legt den Entwurf an, und das Transkript, wenn es fehlt.",
            )
    return compare_texts(read_transcript(paths.transcript), read_own_text(paths.draft), episode)


def compare_texts(written: str, drafted: str, episode: Episode) -> Comparison:
    """How the text of a draft differs from the edited text of the same episode."""
    manuscripts = [parse(text, speakers=episode.speakers, not_labels=episode.not_labels) for text in (written, drafted)]
    return compare(*manuscripts, speakers=episode.speakers)


def kept_notice(name: str, folder: str, comparison: Comparison) -> str:
    """The German notice about a new draft beside an edited transcript; `name` is the transcript's path for people."""
    number = comparison.count
    places = "1 Stelle" if number == 1 else f"{number} Stellen"
    differs = f"weicht an {places} davon ab" if number else "sagt dasselbe, nur Satzzeichen und Schreibung sind anders"
    return (
        f"{name} ist von Hand bearbeitet und bleibt, wie es ist. Ein neuer Entwurf {differs}. "
        f"Ansehen: make transcript-diff EPISODE={folder}. Statt dessen übernehmen (der jetzige Text wird gesichert): "
        f"make split EPISODE={folder} TAKE_DRAFT=1"
    )


def take_draft(paths: EpisodePaths, *, moment: datetime) -> Path | None:
    """Replace the transcript by the draft after making a dated copy; returns the copy's path.

    Returns None if there was nothing to copy or to do. If the call is killed in between, the transcript is unchanged.
    Raises ChangedError if somebody saves it at the same moment; it then keeps their text.
    """
    draft = read_own_text(paths.draft)
    with short_lock(paths.root) as swap:
        existing = content_of(paths.transcript)
        copy = None
        if existing is not None:
            with suppress(TranscriptError):  # an unreadable file differs
                if same_text(transcript_text(existing, paths.transcript), draft):
                    return None
            copy = dated_copy(paths.transcript, paths.kept_aside, moment=moment)
        swap.write(paths.transcript, encoded(draft), before=existing)
    return copy
