"""Earlier states of a transcript: the kept copies, and how much the text differs from them and from the draft."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rapidfuzz.distance import Levenshtein

from pipeline.build.swap import content_of
from pipeline.errors import MissingFileError, TranscriptError
from pipeline.review.state import Copy
from pipeline.transcript.editorial import decode, parse

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipeline.paths import EpisodePaths
    from pipeline.review.saving import TranscriptFile
    from pipeline.transcript.editorial import Manuscript
    from pipeline.values.show import Episode

_SHOWN = 40


class History:
    """The kept copies of one transcript."""

    def __init__(self, file: TranscriptFile) -> None:
        self.file = file

    def copies(self, episode: Episode) -> tuple[Copy, ...]:
        """The copies, the latest first."""
        now = _words(_parsed(self.file.read().text, episode))
        return tuple(
            Copy(
                id=path.stem,
                moment=_moment(path),
                words_changed=_differing(now, _words(_parsed(text_of(path), episode))),
            )
            for path in self.file.copies()[:_SHOWN]
        )

    def copy(self, name: str) -> str:
        """The text of a copy. Raises MissingFileError if there is none of that name."""
        found = next((path for path in self.file.copies() if path.stem == name), None)
        if found is None:
            raise MissingFileError("Diese Kopie gibt es nicht mehr.", advice="Die Liste der Kopien neu öffnen.")
        return text_of(found)


def words_changed(paths: EpisodePaths, manuscript: Manuscript, episode: Episode) -> int:
    """How many words differ from the draft, names above turns included; 0 without a draft."""
    draft = content_of(paths.draft)
    if draft is None:
        return 0
    return _differing(_words(_parsed(draft.decode("utf-8", "replace"), episode)), _words(manuscript))


def text_of(path: Path) -> str:
    """The text of a transcript; "" for a file that is gone or is no text."""
    try:
        return decode(path.read_bytes())
    except (FileNotFoundError, TranscriptError):
        return ""


def _parsed(text: str, episode: Episode) -> Manuscript:
    return parse(text, speakers=episode.speakers, not_labels=episode.not_labels)


def _words(manuscript: Manuscript) -> list[str]:
    """The names above the turns and the words below them."""
    words: list[str] = []
    for turn in manuscript.turns:
        words += [turn.speaker, *(token.text for paragraph in turn.paragraphs for token in paragraph)]
    return words


def _differing(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words were replaced, added or removed."""
    changes = Levenshtein.opcodes(one, other)
    return sum(
        max(step.src_end - step.src_start, step.dest_end - step.dest_start) for step in changes if step.tag != "equal"
    )


def _moment(path: Path) -> str:
    """When a dated copy was made, from its name (`build.files.dated_copy`): 26.11.2026, 14:03:12."""
    year, month, day, clock = path.stem.rpartition(".")[2].split("-")[:4]
    return f"{day}.{month}.{year}, {clock[:2]}:{clock[2:4]}:{clock[4:6]}"
