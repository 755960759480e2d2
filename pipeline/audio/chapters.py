"""Adds chapters to an M4A: copies its packets into a new file that states where its chapters begin."""

from __future__ import annotations

from contextlib import closing
from fractions import Fraction
from typing import TYPE_CHECKING

from pipeline.build.files import storage_errors

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipeline.values.show import Chapter

_MILLISECOND = Fraction(1, 1000)


def write_chapters(m4a: Path, target: Path, chapters: Sequence[Chapter], *, duration_s: float, language: str) -> None:
    """Write the audio of `m4a` with `chapters` to `target`, in both forms that players look for: Nero's `chpl` and
    QuickTime's chapter track. `language` is that of the audio (ISO 639-2).

    Every sample of the audio stays the same, including priming and padding; other tags are dropped. The same input
    gives the same bytes. A chapter track has no gap before its first chapter: if that begins later than 0, it begins at
    0 in the track and at its own time in `chpl`. Raises StorageError.
    """
    import av  # heavy

    with storage_errors(target), closing(av.open(str(m4a))) as source:
        stream = source.streams.audio[0]
        options = {
            "movflags": "+faststart",
            "fflags": "+bitexact",  # no version, no date
            "movie_timescale": str(stream.rate),  # the unit of the edit list: milliseconds would cut the end
        }
        with av.open(str(target), "w", format="ipod", container_options=options) as container:
            copy = container.add_stream_from_template(stream)
            copy.metadata["language"] = language
            ends_s = [*(chapter.start_s for chapter in chapters[1:]), duration_s]
            container.set_chapters(
                [
                    {
                        "id": number,
                        "start": round(chapter.start_s * 1000),
                        "end": round(end_s * 1000),
                        "time_base": _MILLISECOND,
                        "metadata": {"title": chapter.title},
                    }
                    for number, (chapter, end_s) in enumerate(zip(chapters, ends_s, strict=False))
                ]
            )
            for packet in source.demux(stream):
                if packet.dts is not None:  # the last packet only marks the end
                    packet.stream = copy
                    container.mux(packet)
