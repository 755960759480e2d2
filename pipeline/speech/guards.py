"""Checks Whisper's results for loops, too much text, and sentences that nobody said.

Models trained on subtitles write credits and farewells when there is nothing to write. A segment is such an invention
if its text is on the list below *and* the voice activity or the model itself finds hardly any speech in it; a listed
text that is really spoken stays, and people are shown the credits among them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline.speech.activity import WINDOW_S
from pipeline.speech.wording import SHORTEST_WORD_S, without_loops
from pipeline.values.speech import RecognitionFinding

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from pipeline.speech.wording import WhisperSegment

COMPRESSION = 2.4  # Whisper's own limit for a decoding that repeats itself
PROBABILITY = 0.37  # exp(-1): Whisper's own limit for a decoding that is a guess

_LETTERS_PER_S = 35.0  # nobody speaks this fast; German radio news has 15
_SHORTEST_S = 0.3
_IMPLAUSIBLE = 0.01  # probability of a word: of 9,000 words of real speech hardly a correct one had less
_UNEXPECTED = 0.05  # probability of a first word
_HARDLY_SPEECH = 0.5  # mean of the voice activity's probabilities over a segment
_NO_SPEECH = 0.6  # Whisper's own limit for its probability that nobody speaks

_CREDITS = re.compile(  # in lower case, without punctuation
    r"untertitel(?:ung|n)?\b.*|.*\buntertitel(?:ung)? (?:im auftrag|von|der|des)\b.*"
    r"|.*\bim auftrag des (?:zdf|wdr|ndr|swr|br|mdr|rbb|hr)\b.*|(?:zdf|wdr|ndr|swr|mdr|br) 20\d\d"
    r"|.*\bamara org\b.*|.*\bfür funk 20\d\d|(?:eine )?(?:mitwirkung|übersetzung) von .*|copyright .*"
    r"|www \w+(?: \w+)? de"
)
_FAREWELLS = re.compile(
    r"(?:(?:vielen )?(?:herzlichen )?dank(?:e)?(?: schön)?(?: fürs? (?:zuschauen|zuhören|ansehen|anschauen|zusehen|die "
    r"aufmerksamkeit|ihre aufmerksamkeit))?|danke fürs \w+|bis (?:zum nächsten mal|bald|dann|zum nächsten video)"
    r"|tschüss?|auf wiedersehen|das war s(?: für heute)?|musik|applaus|stille|\W*)"
)


def doubts(heard: Sequence[WhisperSegment], duration_s: float) -> int:
    """The number of reasons to decode a window of `duration_s` seconds again; 0 if the result is sound."""
    letters = sum(len(segment.text) for segment in heard)
    repeats = [segment.text for segment in without_loops(heard)] != [segment.text for segment in heard if segment.text]
    return (
        int(repeats)
        + int(any(segment.compression > COMPRESSION for segment in heard))
        + int(any(segment.probability < PROBABILITY for segment in heard))
        + int(letters > _LETTERS_PER_S * max(duration_s, 1.0))
        + int(any(word.probability < _IMPLAUSIBLE for segment in heard for word in segment.words))
    )


def impossible(segment: WhisperSegment) -> bool:
    """Whether nobody can have said this segment in its time: it has more letters a second than anybody speaks, it is a
    guess while the model itself hears nobody (Whisper's own rule), or the alignment found no place for most of its
    words and the model did not expect the first."""
    letters = sum(sign.isalnum() for sign in segment.text)
    if letters > _LETTERS_PER_S * max(segment.end_s - segment.start_s, _SHORTEST_S):
        return True
    if segment.no_speech > _NO_SPEECH and segment.probability < PROBABILITY:
        return True
    if not segment.words:
        return False
    nowhere = sum(word.end_s - word.start_s < SHORTEST_WORD_S for word in segment.words)
    return segment.words[0].probability < _UNEXPECTED and 2 * nowhere > len(segment.words)


def without_inventions(
    heard: Sequence[WhisperSegment], probabilities: NDArray[np.float32]
) -> tuple[list[WhisperSegment], tuple[RecognitionFinding, ...]]:
    """The segments that somebody said, and findings about what was left out or needs checking.

    `probabilities`: the voice activity of the whole recording, one value every WINDOW_S.
    """
    kept: list[WhisperSegment] = []
    findings: list[RecognitionFinding] = []
    for segment in heard:
        text = re.sub(r"[\W_]+", " ", segment.text.casefold()).strip()
        credit = _CREDITS.fullmatch(text) is not None
        invented = _hardly_speech(segment, probabilities) and (credit or _FAREWELLS.fullmatch(text) is not None)
        if invented and text:
            findings.append(
                RecognitionFinding(kind="invented", start_s=segment.start_s, end_s=segment.end_s, text=segment.text)
            )
        elif credit:
            findings.append(
                RecognitionFinding(kind="suspicious", start_s=segment.start_s, end_s=segment.end_s, text=segment.text)
            )
        if not invented:
            kept.append(segment)
    return kept, tuple(findings)


def _hardly_speech(segment: WhisperSegment, probabilities: NDArray[np.float32]) -> bool:
    first = int(segment.start_s / WINDOW_S)
    window = probabilities[first : max(first + 1, round(segment.end_s / WINDOW_S))]
    return segment.no_speech > _NO_SPEECH or not len(window) or float(window.mean()) < _HARDLY_SPEECH
