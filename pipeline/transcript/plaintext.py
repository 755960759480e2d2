"""A transcript as plain text: the house format again, for transkript.txt and the lyrics frame of the MP3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.transcript.editorial import PlainTurn, render
from pipeline.transcript.printable import printable

if TYPE_CHECKING:
    from pipeline.values.transcript import Transcript


def render_plaintext(transcript: Transcript, *, duration_s: float) -> str:
    """Labels with organisation, paragraphs with blank lines between, a final newline; "" without turns.

    Every word appears exactly once and in order; the labels are the only addition.
    """
    return render(
        PlainTurn(
            speaker=turn.speaker,
            organisation=turn.organisation,
            paragraphs=tuple(
                " ".join(sentence.text for sentence in paragraph.sentences) for paragraph in turn.paragraphs
            ),
        )
        for turn in printable(transcript).turns
    )
