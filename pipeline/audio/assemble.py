"""Turns an episode's recordings, cuts and music into its timeline."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, starmap
from typing import TYPE_CHECKING

from pipeline.audio.edits import leave_out, length_s, moved_chapters, pieces_of
from pipeline.audio.flaws import flaws
from pipeline.audio.music import arranged, find_music
from pipeline.audio.pauses import superfluous_pauses
from pipeline.audio.recordings import missing_recording
from pipeline.audio.silence import SILENT_DBFS, silent_recording
from pipeline.audio.streams import stream_of
from pipeline.audio.tracks import Alignment, align
from pipeline.build.files import named_file, sha256_of
from pipeline.errors import AudioError, ConfigError
from pipeline.media import pcm
from pipeline.media.blocks import keep_freed_memory
from pipeline.timecode import clock, milliseconds_clock
from pipeline.values.audio import AssemblySettings, RecordingFaults, RecordingsFaults, Source, Timeline
from pipeline.values.progress import Notice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from pipeline.audio.edits import MovedChapter
    from pipeline.values.progress import Listener
    from pipeline.values.show import Chapter

Part = tuple[int | None, int | None]
"""The audio stream and the channel of a recording that people chose, from 0; None for all of it."""

SHORTEST_S = 3.0  # anything shorter was recorded by accident; short-term loudness needs as much
_NO_SOUND = 10 ** (-80 / 20)  # below the noise of any microphone
_PAST_THE_END_S = 1.0  # a cut that ends with the recording is written in whole seconds
_PAUSES_HZ = 16_000  # frequencies up to 8 kHz tell speech from room noise
_AUDIBLE_DRIFT_S = 0.03  # two microphones this far apart sound like an echo
_AS_RECORDED = AssemblySettings()


def assemble(
    folder: Path,
    sources: Sequence[tuple[str, int | None, float | None]],
    *,
    parts: Sequence[Part] = (),
    assembly: AssemblySettings = _AS_RECORDED,
    episodes: Path | None = None,
    listener: Listener,
    on_faults: Callable[[RecordingsFaults], None] = lambda _: None,
) -> Timeline:
    """Decode every recording once, lay them out on one clock, leave out cuts and long pauses, and place the music.

    `sources`: file relative to `folder`, index of its speaker or None for a mixed recording, and the offset in seconds
    or None if it is unknown. `parts`: for each of them the audio stream and the channel to use, from 0, None for all of
    it. The recordings' clock ends with the last of them. `episodes` is the folder of the music,
    by default the parent of `folder`. Shortening pauses decodes the recordings once more. `on_faults` gets what is
    wrong with the recordings, for the report. Raises ConfigError if cuts do not fit, MissingFileError or AudioError if
    a recording is missing, not audio, truncated, silent or too short.
    """
    keep_freed_memory()
    if (missing := missing_recording(folder, [file for file, _, _ in sources])) is not None:
        raise missing
    read = [
        _source(folder, file, speaker, offset_s or 0.0, part, assembly=assembly, listener=listener)
        for (file, speaker, offset_s), part in zip(sources, parts or [(None, None)] * len(sources), strict=True)
    ]
    given = [offset_s for _, _, offset_s in sources]
    late_s = [recording.begins_s for _, recording in read]
    found = _aligned(folder, tuple(source for source, _ in read), given, late_s, listener)
    on_faults(RecordingsFaults(recordings=tuple(starmap(_faults, zip(found, (one for _, one in read), strict=True)))))
    music = find_music(episodes or folder.parent, assembly)
    whole = Timeline(sources=found, duration_s=max(source.offset_s + source.duration_s for source in found))
    if whole.duration_s < SHORTEST_S:
        raise AudioError(
            f"Die Aufnahme ist zu kurz ({whole.duration_s:.1f} s).".replace(".", ",", 1),
            where=named_file(folder, found[0].file),
            advice="Prüfen, ob die richtige Datei in episode.toml steht und `offset` stimmt.",
        )
    cut = _without_cuts(whole, sorted(assembly.cuts), folder / "episode.toml", listener)
    shortened = _without_long_pauses(cut, folder, assembly.longest_pause_s, listener)
    if shortened is whole and not music:
        return whole
    pieces = pieces_of(shortened)
    start_s, placed, duration_s = arranged(music, length_s(pieces), assembly)
    later = tuple(replace(piece, at_s=round(piece.at_s + start_s, 6)) for piece in pieces)
    return Timeline(sources=found, duration_s=duration_s, pieces=later, music=placed)


def _aligned(
    folder: Path,
    sources: tuple[Source, ...],
    given: Sequence[float | None],
    late_s: Sequence[float],
    listener: Listener,
) -> tuple[Source, ...]:
    """The sources at their offsets: those given, and those found from what the recordings have in common. Parts of one
    file have its own clock: they begin together, or as much later (`late_s`) as the file says."""
    if len(sources) == 1 or None not in given:
        return sources
    first_of: dict[str, int] = {}
    for index, source in enumerate(sources):
        if source.file not in first_of or given[index] is not None:
            first_of.setdefault(source.file, index)
    alone = sorted(first_of.values())
    found = dict(
        zip(alone, _places(folder, [sources[index] for index in alone], [given[i] for i in alone]), strict=True)
    )
    tracks = tuple(
        found[index]
        if index in found
        else _beside(found[first_of[source.file]], late_s[index] - late_s[first_of[source.file]], given[index])
        for index, source in enumerate(sources)
    )
    earliest_s = min(track.offset_s for track in tracks) if all(offset_s is None for offset_s in given) else 0.0
    tracks = tuple(replace(track, offset_s=round(track.offset_s - earliest_s, 4) + 0.0) for track in tracks)
    for source, track, offset_s in zip(sources, tracks, given, strict=True):
        if round(track.offset_s, 1) and (track.found or offset_s is None):
            listener(Notice(text=f"{source.file} beginnt {_duration(track.offset_s)} später als die früheste Spur."))
        if track.apart_s > _AUDIBLE_DRIFT_S:
            listener(
                Notice(
                    text=f"Das Gerät von {source.file} zählt um {abs(track.drift_ppm):.0f} Millionstel "
                    f"{'schneller' if track.drift_ppm > 0 else 'langsamer'}: am Anfang und am Ende liegen die Spuren "
                    f"{1000 * track.apart_s:.0f} ms auseinander. Hallt es dort, die Spur im Schnittprogramm dehnen."
                )
            )
    lost = [
        source.file
        for index, (source, track, offset_s) in enumerate(zip(sources, tracks, given, strict=True))
        if offset_s is None and not track.found and (index or given[0] is not None)
    ]
    if lost:
        listener(
            Notice(
                text=f"Mit den anderen Spuren nichts gemeinsam hat {', '.join(lost)}; sie gilt als zugleich begonnen. "
                "Stimmt das nicht, unter [[tracks]] `offset` angeben: wie viel später diese Aufnahme beginnt."
            )
        )
    return tuple(
        replace(source, offset_s=track.offset_s, drift_ppm=track.drift_ppm)
        for source, track in zip(sources, tracks, strict=True)
    )


def _places(folder: Path, sources: Sequence[Source], given: Sequence[float | None]) -> tuple[Alignment, ...]:
    if len(sources) == 1:
        return (Alignment(offset_s=given[0] or 0.0, found=True),)
    return align(
        [named_file(folder, source.file) for source in sources],
        given,
        parts=[(source.stream, source.only_channel) for source in sources],
    )


def _beside(first: Alignment, later_s: float, given_s: float | None) -> Alignment:
    """Where another part of the same file lies, unless people say otherwise."""
    if given_s is not None:
        return Alignment(offset_s=given_s)
    return Alignment(offset_s=first.offset_s + later_s, drift_ppm=first.drift_ppm, found=True)


def chapter_notices(old: Timeline, new: Timeline, chapters: Sequence[Chapter]) -> tuple[str, ...]:
    """German notices about the chapters that move when `new` replaces `old`, one line each; a single line if the
    recordings themselves have changed."""
    if [source.sha256 for source in old.sources] != [source.sha256 for source in new.sources]:
        text = (
            "Die Aufnahme ist eine andere: bitte prüfen, ob die Kapitel in episode.toml noch an ihrer Stelle beginnen."
        )
        return (text,) if chapters else ()
    return tuple(_moved_notice(chapter) for chapter in moved_chapters(old, new, chapters))


def _without_cuts(
    whole: Timeline, cuts: Sequence[tuple[float, float]], episode_toml: Path, listener: Listener
) -> Timeline:
    if not cuts:
        return whole
    if problems := _cut_problems(cuts, whole.duration_s):
        raise ConfigError(
            "\n".join(("Diese Schnitte passen nicht zur Aufnahme:", *(f"  cut: {line}" for line in problems))),
            where=episode_toml,
            advice="Die Zeiten unter `cut` gelten in der Aufnahme selbst, ohne Musik davor. Sie dort ändern und den "
            "Befehl wiederholen.",
        )
    pieces = leave_out(pieces_of(whole), [(start_s, min(end_s, whole.duration_s)) for start_s, end_s in cuts])
    kept_s = length_s(pieces)
    if kept_s < SHORTEST_S:
        raise ConfigError(
            "Nach den Schnitten bleiben weniger als drei Sekunden übrig.",
            where=episode_toml,
            advice="Weniger herausschneiden: die Zeiten unter `cut` sagen, was wegfällt, nicht was bleibt.",
        )
    count = "1 Stelle" if len(cuts) == 1 else f"{len(cuts)} Stellen"
    listener(Notice(text=f"Herausgeschnitten: {count}, zusammen {_duration(whole.duration_s - kept_s)}."))
    return replace(whole, duration_s=kept_s, pieces=pieces)


def _cut_problems(cuts: Sequence[tuple[float, float]], duration_s: float) -> list[str]:
    return [
        *(
            f'"{_cut(cut)}" reicht über das Ende hinaus; die Aufnahme endet bei {milliseconds_clock(duration_s)}'
            for cut in cuts
            if cut[0] >= duration_s or cut[1] > duration_s + _PAST_THE_END_S
        ),
        *(
            f'"{_cut(first)}" und "{_cut(second)}" überschneiden sich'
            for first, second in pairwise(cuts)
            if second[0] < first[1]
        ),
    ]


def _without_long_pauses(timeline: Timeline, folder: Path, longest_s: float | None, listener: Listener) -> Timeline:
    if longest_s is None:
        return timeline
    mixed = pcm.read_timeline(timeline, folder, sample_rate_hz=_PAUSES_HZ, channels=2)
    pauses = superfluous_pauses(mixed, sample_rate_hz=_PAUSES_HZ, longest_s=longest_s)
    if not pauses:
        return timeline
    pieces = leave_out(pieces_of(timeline), pauses)
    kept_s = length_s(pieces)
    count = "1 Pause" if len(pauses) == 1 else f"{len(pauses)} Pausen"
    listener(Notice(text=f"Gekürzt: {count}, zusammen um {_duration(timeline.duration_s - kept_s)}."))
    return replace(timeline, duration_s=kept_s, pieces=pieces)


def _moved_notice(chapter: MovedChapter) -> str:
    before, after = milliseconds_clock(chapter.before_s), milliseconds_clock(chapter.after_s)
    if chapter.cut:
        return (
            f"Kapitel „{chapter.title}“: der Anfang bei {before} ist herausgeschnitten, der Ton danach beginnt jetzt "
            f'bei {after}. In episode.toml start = "{after}" eintragen oder das Kapitel löschen.'
        )
    return (
        f"Kapitel „{chapter.title}“ begann bei {before} und beginnt jetzt bei {after}. "
        f'In episode.toml start = "{after}" eintragen.'
    )


def _cut(cut: tuple[float, float]) -> str:
    return "-".join(map(milliseconds_clock, cut))


def _duration(seconds: float) -> str:
    return f"{clock(seconds)} min" if seconds >= 60 else f"{seconds:.1f} s".replace(".", ",")


def _source(
    folder: Path,
    file: str,
    speaker: int | None,
    offset_s: float,
    part: Part,
    *,
    assembly: AssemblySettings,
    listener: Listener,
) -> tuple[Source, pcm.Recording]:
    """The source, and what its recording contains."""
    path = named_file(folder, file)
    stream, channel = part
    if stream is None:
        stream, told = stream_of(path, file, is_track=speaker is not None)
        if told:
            listener(Notice(text=told))
    recording = pcm.probe(path, accept_truncated=assembly.accept_truncated, stream=stream, channel=channel)
    if _is_silent(recording):
        raise silent_recording(path)
    for text in flaws(file, recording):
        listener(Notice(text=text))
    live = _only_channel(recording) if channel is None else channel
    source = Source(
        file=file,
        sha256=sha256_of(path),
        duration_s=recording.duration_s,
        sample_rate_hz=recording.sample_rate_hz,
        channels=recording.channels if live is None else 1,
        offset_s=offset_s,
        speaker=speaker,
        only_channel=live,
        truncated=recording.truncated_s is not None,
        stream=stream,
        scale=recording.scale,
    )
    return source, recording


def _faults(source: Source, recording: pcm.Recording) -> RecordingFaults:
    return RecordingFaults(
        file=source.file,
        speaker=source.speaker,
        clipped_s=tuple(round(source.offset_s + moment_s, 3) for moment_s in recording.clipped_s),
        gaps=tuple((round(source.offset_s + at_s, 3), round(lasts_s, 3)) for at_s, lasts_s in recording.gaps),
        empty_channel=recording.empty_channel,
        inverted_from_s=None if recording.inverted_from_s is None else source.offset_s + recording.inverted_from_s,
        above_noise_db=None if recording.above_noise_db is None else round(recording.above_noise_db, 1),
    )


def _is_silent(recording: pcm.Recording) -> bool:
    """Whether there is nothing to hear; a constant offset (DC) has a peak, but no sound."""
    if recording.scale is not None:
        return False
    return recording.peak_dbfs < SILENT_DBFS or (recording.duration_s >= 1 and recording.loudest_rms < _NO_SOUND)


def _only_channel(recording: pcm.Recording) -> int | None:
    """The channel of two to be heard on both sides if the two together would be worse, else None."""
    if recording.empty_channel is not None:
        return 1 - recording.empty_channel
    return None if recording.inverted_from_s is None else 0
