"""What `transcript check` finds in an episode's transcript, with the moment at which each line is heard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.editor.manuscripts import check_transcript

if TYPE_CHECKING:
    from pipeline.editor.manuscripts import Checked
    from pipeline.paths import EpisodePaths
    from pipeline.values.show import Episode


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A finding about a line of the transcript, 0 for the file as a whole. `at_s`: when the line is heard, if known."""

    line: int
    text: str
    blocking: bool
    at_s: float | None = None


def transcript_findings(paths: EpisodePaths, episode: Episode, glossary: tuple[str, ...]) -> tuple[Finding, ...] | None:
    """The findings about the transcript of the episode, in the order of its lines; None if it has none yet."""
    if not paths.transcript.is_file():
        return None
    checked = check_transcript(paths, episode, glossary)
    moments_s = _moments_s(checked)
    return tuple(
        Finding(line=one.line, text=one.text, blocking=one.blocking, at_s=moments_s.get(one.line))
        for one in checked.findings
    )


def _moments_s(checked: Checked) -> dict[int, float]:
    """When each line of the file is heard: a paragraph's line with its first word, a label's with what follows."""
    if checked.manuscript is None or checked.timed is None:
        return {}
    words = [
        word.start_s
        for turn in checked.timed.transcript.turns
        for paragraph in turn.paragraphs
        for sentence in paragraph.sentences
        for word in sentence.words
    ]
    tokens = [token for turn in checked.manuscript.turns for paragraph in turn.paragraphs for token in paragraph]
    found: dict[int, float] = {}
    for token, start_s in zip(tokens, words, strict=True):
        found.setdefault(token.line, start_s)
    for turn in checked.manuscript.turns:
        if turn.paragraphs:
            found.setdefault(turn.line, found[turn.paragraphs[0][0].line])
    return found
