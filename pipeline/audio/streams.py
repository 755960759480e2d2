"""Decides which audio stream of a file is the recording, or asks: screen recorders write one for each person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.audio.recordings import track_lines
from pipeline.audio.silence import SILENT_DBFS
from pipeline.errors import AudioError
from pipeline.media import pcm

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_RATE_HZ = 8000
_SAME = 0.95  # correlation: the same sound, coded twice


def stream_of(path: Path, file: str, *, is_track: bool) -> tuple[int | None, str]:
    """The audio stream of `file` to use, None for the first, and a German notice about the others, "" if there are
    none. Raises AudioError if several have different sound: only people know which of them count."""
    titles = pcm.stream_titles(path)
    if len(titles) < 2:
        return None, ""
    audible, distinct = _compared(path, len(titles))
    if len(distinct) > 1:
        raise _which(path, file, titles, distinct, is_track=is_track)
    chosen = distinct[0] if distinct else 0
    others = "alle anderen sind still" if len(audible) < 2 else "alle haben denselben Ton"
    return chosen or None, f"{file} hat {len(titles)} Tonspuren; {others}. Genommen wird Tonspur {chosen + 1}."


def _compared(path: Path, count: int) -> tuple[list[int], list[int]]:
    """The streams in which anything is heard, and the first of each different sound."""
    powers = np.zeros((count, count))
    peaks = np.zeros(count)
    lanes = [
        pcm.read_blocks(path, sample_rate_hz=_RATE_HZ, channels=1, accept_truncated=True, stream=index)
        for index in range(count)
    ]
    ended: set[int] = set()
    while len(ended) < count:
        blocks = []
        for index, lane in enumerate(lanes):
            block = next(lane, None)
            if block is None:
                ended.add(index)
            blocks.append(np.zeros(0) if block is None else block[:, 0].astype(np.float64))
        length = max(map(len, blocks))
        together = np.stack([np.pad(block, (0, length - len(block))) for block in blocks])
        powers += together @ together.T
        peaks = np.maximum(peaks, np.abs(together).max(axis=1, initial=0.0))
    audible = np.flatnonzero(peaks > 10 ** (SILENT_DBFS / 20)).tolist()
    distinct: list[int] = []
    for index in audible:
        own = powers[index, index]
        if all(powers[index, other] < _SAME * np.sqrt(own * powers[other, other]) for other in distinct):
            distinct.append(index)
    return audible, distinct


def _which(path: Path, file: str, titles: Sequence[str], distinct: Sequence[int], *, is_track: bool) -> AudioError:
    named = ", ".join(f"{index + 1}{f' („{titles[index]}“)' if titles[index] else ''}" for index in distinct)
    if is_track:
        remedy = f"In episode.toml bei dieser Spur unter [[tracks]] angeben, welche gilt: stream = {distinct[-1] + 1}"
    else:
        tracks = track_lines(file, [f"stream = {index + 1}" for index in distinct])
        remedy = (
            f"Ist es eine je Person, in episode.toml statt der Zeile recording ans Ende schreiben:\n{tracks}\n"
            f"Gilt nur eine davon, unter recording: stream = {distinct[-1] + 1}"
        )
    return AudioError(f"{file} hat mehrere Tonspuren mit verschiedenem Ton: {named}.", where=path, advice=remedy)
