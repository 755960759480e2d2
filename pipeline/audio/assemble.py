"""Turns an episode's recordings, cuts and music into its timeline."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from pipeline.audio.edits import leave_out, length_s, moved_chapters, pieces_of
from pipeline.audio.music import arranged, find_music
from pipeline.audio.pauses import superfluous_pauses
from pipeline.audio.silence import SILENT_DBFS, silent_recording
from pipeline.audio.tracks import align
from pipeline.build.files import named_file, sha256_of
from pipeline.errors import AudioError, ConfigError
from pipeline.media import pcm
from pipeline.timecode import clock, milliseconds_clock
from pipeline.values.audio import AssemblySettings, Source, Timeline
from pipeline.values.progress import Notice

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pipeline.audio.edits import MovedChapter
    from pipeline.values.progress import Listener
    from pipeline.values.show import Chapter

SHORTEST_S = 3.0  # anything shorter was recorded by accident; short-term loudness needs as much
_REPORTED_PLACES = 3
_PAST_THE_END_S = 1.0  # a cut that ends with the recording is written in whole seconds
_PAUSES_HZ = 16_000  # frequencies up to 8 kHz tell speech from room noise
_AUDIBLE_DRIFT_S = 0.03  # two microphones this far apart sound like an echo
_AS_RECORDED = AssemblySettings()


def assemble(
    folder: Path,
    sources: Sequence[tuple[str, int | None, float | None]],
    *,
    assembly: AssemblySettings = _AS_RECORDED,
    episodes: Path | None = None,
    listener: Listener,
) -> Timeline:
    """Decode every recording once, lay them out on one clock, leave out cuts and long pauses, and place the music.

    `sources`: file relative to `folder`, index of its speaker or None for a mixed recording, and the offset in seconds
    or None if it is unknown. The recordings' clock ends with the last of them. `episodes` is the folder of the music,
    by default the parent of `folder`. Shortening pauses decodes the recordings once more. Raises ConfigError if cuts do
    not fit, MissingFileError or AudioError if a recording is missing, not audio, truncated, silent or too short.
    """
    found = _aligned(
        folder,
        tuple(
            _source(folder, file, speaker, offset_s or 0.0, assembly=assembly, listener=listener)
            for file, speaker, offset_s in sources
        ),
        [offset_s for _, _, offset_s in sources],
        listener,
    )
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
    folder: Path, sources: tuple[Source, ...], given: Sequence[float | None], listener: Listener
) -> tuple[Source, ...]:
    """The sources at their offsets: those given, and those found from what the recordings have in common."""
    if len(sources) == 1 or None not in given:
        return sources
    tracks = align([named_file(folder, source.file) for source in sources], given)
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
    folder: Path, file: str, speaker: int | None, offset_s: float, *, assembly: AssemblySettings, listener: Listener
) -> Source:
    path = named_file(folder, file)
    recording = pcm.probe(path, accept_truncated=assembly.accept_truncated)
    if recording.peak_dbfs < SILENT_DBFS:
        raise silent_recording(path)
    for text in _flaws(file, recording):
        listener(Notice(text=text))
    live = _only_channel(recording)
    return Source(
        file=file,
        sha256=sha256_of(path),
        duration_s=recording.duration_s,
        sample_rate_hz=recording.sample_rate_hz,
        channels=recording.channels if live is None else 1,
        offset_s=offset_s,
        speaker=speaker,
        only_channel=live,
        truncated=recording.truncated_s is not None,
    )


def _only_channel(recording: pcm.Recording) -> int | None:
    """The channel of two to be heard on both sides if the two together would be worse, else None."""
    if recording.inverted:
        return 0
    return None if recording.empty_channel is None else 1 - recording.empty_channel


def _flaws(file: str, recording: pcm.Recording) -> Iterator[str]:
    """German notices about flaws of a recording that can be used nevertheless."""
    if recording.truncated_s is not None:
        yield (
            f"{file} bricht bei {clock(recording.duration_s)} von {clock(recording.truncated_s)} ab; genommen wird, "
            "was da ist (accept_truncated)."
        )
    if recording.clipped_s:
        count = "an 1 Stelle" if len(recording.clipped_s) == 1 else f"an {len(recording.clipped_s)} Stellen"
        places = ", ".join(clock(moment_s) for moment_s in recording.clipped_s[:_REPORTED_PLACES])
        more = " …" if len(recording.clipped_s) > _REPORTED_PLACES else ""
        yield (
            f"{file} ist {count} übersteuert ({places}{more}); Verzerrungen bleiben hörbar. Nächstes Mal leiser "
            "aufnehmen."
        )
    if recording.repaired:
        yield (
            f"{file} enthält {recording.repaired} Werte, die keine Zahlen sind; sie wurden zu Stille. Ist das zu "
            "hören, die Aufnahme noch einmal aus dem Schnittprogramm speichern."
        )
    if recording.empty_channel is not None:
        side = ("links", "rechts")[recording.empty_channel]
        yield f"{file} hat {side} nichts; die andere Seite ist jetzt auf beiden zu hören."
    if recording.inverted:
        yield (
            f"In {file} heben sich links und rechts auf: auf einem einzelnen Lautsprecher verschwände die Stimme. "
            "Deshalb ist jetzt die linke Seite auf beiden zu hören; ein Kabel oder Adapter ist wohl verpolt."
        )
