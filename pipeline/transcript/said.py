"""The fingerprint of what a transcript says: who says which words, whatever the file looks like."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.transcript.editorial import Manuscript
    from pipeline.values.transcript import Transcript


def said_in_manuscript(manuscript: Manuscript) -> str:
    """The sha256 of the names and words of the text. Paragraphs, blank lines and encodings do not count."""
    return _sha256(
        (turn.speaker, [token.text for paragraph in turn.paragraphs for token in paragraph])
        for turn in manuscript.turns
    )


def said_in_transcript(transcript: Transcript) -> str:
    """The same of the text with times: equal if it was made of that text."""
    return _sha256(
        (
            turn.speaker,
            [word.text for part in turn.paragraphs for sentence in part.sentences for word in sentence.words],
        )
        for turn in transcript.turns
    )


def _sha256(turns: Iterable[tuple[str, list[str]]]) -> str:
    lines = (f"{speaker}\t{' '.join(words)}\n" for speaker, words in turns if words)
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogatepass")).hexdigest()
