"""Places intro, outro and bed on the episode's clock, and mixes them with the conversation.

pydub makes the fades, which last seconds; everything between them is streamed. Mixing is plain addition and never
clips.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pipeline.audio.edits import conversation
from pipeline.audio.loudness import NOTHING_LUFS, amplitude, integrated_lufs
from pipeline.audio.segments import with_fade
from pipeline.audio.silence import SILENT_DBFS
from pipeline.build.files import named_file, sha256_of
from pipeline.errors import AudioError, MissingFileError, PipelineError
from pipeline.media import pcm
from pipeline.media.blocks import Region, Tape, spliced
from pipeline.values.audio import Music

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import Literal

    from pipeline.media.blocks import Block
    from pipeline.values.audio import AssemblySettings, MusicRole, Timeline

_SHORTEST_S = 0.5  # loudness is measured over 0.4 s
_LEAST_FADE_S = 0.01
_BED_FADE_OUT_S = 4.0
_TO_HUNDREDTHS = 100
_BLOCK_S = 2.0


def find_music(episodes: Path, assembly: AssemblySettings) -> dict[MusicRole, Music]:
    """The files that `assembly` names, each decoded once; not placed yet, without fades.

    Raises MissingFileError or AudioError that names the key and the file.
    """
    named: dict[MusicRole, str] = {"intro": assembly.intro, "outro": assembly.outro, "bed": assembly.bed}
    return {role: _found(episodes, role, file) for role, file in named.items() if file}


def arranged(
    found: dict[MusicRole, Music], conversation_s: float, assembly: AssemblySettings
) -> tuple[float, tuple[Music, ...], float]:
    """Place the music around a conversation of `conversation_s`: its start, the placed music, and the episode's length.

    A crossfade lasts at most as long as the music and half the conversation.
    """
    start_s, placed = 0.0, []
    if intro := found.get("intro"):
        crossfade_s = _hundredths(min(assembly.crossfade_s, intro.duration_s, conversation_s / 2))
        start_s = round(intro.duration_s - crossfade_s, 6)
        placed.append(replace(intro, fade_out_s=max(crossfade_s, _LEAST_FADE_S)))
    if bed := found.get("bed"):
        duration_s = min(bed.duration_s, assembly.bed_s, conversation_s)
        placed.append(
            replace(
                bed,
                at_s=start_s,
                duration_s=duration_s,
                fade_in_s=_hundredths(min(max(assembly.crossfade_s, _LEAST_FADE_S), duration_s / 2)),
                fade_out_s=_hundredths(min(_BED_FADE_OUT_S, duration_s / 2)),
                level_lu=assembly.bed_lu,
            )
        )
    end_s = round(start_s + conversation_s, 6)
    if outro := found.get("outro"):
        crossfade_s = _hundredths(min(assembly.crossfade_s, outro.duration_s, conversation_s / 2))
        at_s = round(end_s - crossfade_s, 6)
        placed.append(replace(outro, at_s=at_s, fade_in_s=max(crossfade_s, _LEAST_FADE_S)))
        end_s = round(at_s + outro.duration_s, 6)
    return start_s, tuple(placed), end_s


def with_music(
    blocks: Iterable[Block],
    timeline: Timeline,
    episodes: Path,
    *,
    sample_rate_hz: int,
    channels: Literal[1, 2],
    level_lufs: float,
) -> Iterator[Block]:
    """The conversation `blocks` on the episode's clock, mixed with the timeline's music at `level_lufs`.

    That is the loudness of the conversation as BS.1770 measures these channels: if one channel will be played on two
    speakers, it is 3.01 less than for the listener. Raises what reading raises, and AudioError for silent music.
    """
    playing = [
        (
            round(music.at_s * sample_rate_hz),
            Tape(_sound(music, episodes, sample_rate_hz, channels, level_lufs + music.level_lu)),
        )
        for music in timeline.music
    ]
    if not playing:
        yield from blocks
        return
    position = 0
    for block in _making_room(blocks, timeline, sample_rate_hz):
        mixed = block.copy()
        for first, tape in playing:
            start = max(0, first - position)
            heard = tape.read(max(0, len(block) - start))
            mixed[start : start + len(heard)] += heard
        position += len(block)
        yield mixed


def _found(episodes: Path, role: MusicRole, file: str) -> Music:
    path, key = named_file(episodes, file), _key(role)
    if not path.is_file():
        raise MissingFileError(
            f"Die Musik fehlt, die {key} nennt.",
            where=path,
            advice=f"Die Datei dorthin legen (der Name gilt ab dem Ordner episodes/) oder {key} in episode.toml oder "
            'show.toml ändern; mit "" spielt keine Musik.',
        )
    try:
        recording = pcm.probe(path)
    except PipelineError as error:
        raise type(error)(f"Die Musik, die {key} nennt: {error.problem}", where=path, advice=error.advice) from error
    if recording.duration_s < _SHORTEST_S or recording.peak_dbfs < SILENT_DBFS:
        raise _nothing_to_hear(role, path)
    return Music(
        file=file,
        sha256=sha256_of(path),
        role=role,
        channels=recording.channels,
        at_s=0.0,
        duration_s=round(recording.duration_s, 6),
        fade_in_s=0.0,
        fade_out_s=0.0,
        level_lu=0.0,
    )


def _nothing_to_hear(role: MusicRole, path: Path) -> AudioError:
    return AudioError(
        f"Die Musik, die {_key(role)} nennt, ist still oder kürzer als eine halbe Sekunde.",
        where=path,
        advice=f"Die Datei anhören und ersetzen, oder {_key(role)} ändern.",
    )


def _key(role: MusicRole) -> str:
    return f"`{role}` unter [assembly]"


def _hundredths(seconds: float) -> float:
    return math.floor(round(seconds * _TO_HUNDREDTHS, 6)) / _TO_HUNDREDTHS


def _making_room(blocks: Iterable[Block], timeline: Timeline, sample_rate_hz: int) -> Iterator[Block]:
    """The conversation, faded in as the intro fades out and faded out as the outro fades in."""
    tape = Tape(blocks)
    start_s, end_s = conversation(timeline)
    for music in timeline.music:
        if music.role == "intro":
            yield from tape.through(round(start_s * sample_rate_hz) - tape.position)
            yield from _fade(tape, music.fade_out_s, rising=True, sample_rate_hz=sample_rate_hz)
        elif music.role == "outro":
            fade_first = round(end_s * sample_rate_hz) - round(music.fade_in_s * sample_rate_hz)
            yield from tape.through(fade_first - tape.position)
            yield from _fade(tape, music.fade_in_s, rising=False, sample_rate_hz=sample_rate_hz)
    yield from tape.rest()


def _sound(
    music: Music, episodes: Path, sample_rate_hz: int, channels: Literal[1, 2], level_lufs: float
) -> Iterator[Block]:
    """The music at its level and with its fades, exactly as long as its place."""

    def as_it_is() -> Iterator[Block]:
        path, size = named_file(episodes, music.file), round(_BLOCK_S * sample_rate_hz)
        blocks = pcm.read_blocks(path, sample_rate_hz=sample_rate_hz, channels=channels, block_s=_BLOCK_S)
        whole = Region(first=0, count=count, at=0)
        return spliced(blocks, [whole], total=count, channels=channels, size=size)

    count = round(music.duration_s * sample_rate_hz)
    loudness_lufs = integrated_lufs(as_it_is(), sample_rate_hz=sample_rate_hz)
    if loudness_lufs == NOTHING_LUFS:
        raise _nothing_to_hear(music.role, named_file(episodes, music.file))
    factor = np.float32(amplitude(level_lufs - loudness_lufs))
    tape = Tape(block * factor for block in as_it_is())
    yield from _fade(tape, music.fade_in_s, rising=True, sample_rate_hz=sample_rate_hz)
    yield from tape.through(count - tape.position - round(music.fade_out_s * sample_rate_hz))
    yield from _fade(tape, music.fade_out_s, rising=False, sample_rate_hz=sample_rate_hz)


def _fade(tape: Tape, fade_s: float, *, rising: bool, sample_rate_hz: int) -> Iterator[Block]:
    if fade_s:
        yield with_fade(tape.read(round(fade_s * sample_rate_hz)), rising=rising, sample_rate_hz=sample_rate_hz)
