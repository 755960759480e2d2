"""The steps of an episode's sound: assemble, normalise, encode, report."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pipeline.build.files import named_file, sha256_of, stage_text
from pipeline.build.own_files import read_json
from pipeline.build.settings import only, partial_of
from pipeline.build.step import Step
from pipeline.paths import ShowPaths
from pipeline.steps.episode import (
    finds_speakers,
    formats,
    read_speakers,
    read_timeline,
    speakers_files,
    timeline_or_none,
)
from pipeline.steps.source import rendering_sha256
from pipeline.values.audio import AudioReport, AudioSettings, NormaliseReport, RecordingsFaults
from pipeline.values.json_files import to_json
from pipeline.values.progress import Notice

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipeline.build.step import StepContext
    from pipeline.paths import EpisodePaths
    from pipeline.steps.episode import EpisodeContext
    from pipeline.values.audio import AssemblySettings, FormatName
    from pipeline.values.show import Chapter, Episode

Source = tuple[str, int | None, float | None]
"""A recording: its file, the index of its speaker or None for a mixed one, and its offset in seconds if known."""


Part = tuple[int | None, int | None]
"""The audio stream and the channel of a recording that people chose, from 0."""

_COUNTED_BY_ENCODE = (  # all that [audio] had at first; what came later counts where it is used
    *("channels", "sample_rate_hz", "bitrate_kbps", "vbr", "levelling", "remove_hum", "reduce_noise"),
    *("further_formats", "target_lufs", "true_peak_dbtp"),
)


def assemble_step(context: EpisodeContext) -> Step:
    paths, episode = context.paths, context.episode
    return Step(
        name="assemble",
        inputs=(*(named_file(paths.home, file) for file, _, _ in _sources(episode)), *_music(context)),
        outputs=(paths.timeline, paths.recordings),
        run=assemble,
        paths=paths,
        settings={"sources": _sources(episode), "assembly": episode.assembly, **_parts(episode)},
        uncounted={"chapters": episode.chapters},
        revision=1,
        frozen=context.is_settled,
    )


def assemble(
    context: StepContext[EpisodePaths],
    *,
    sources: Sequence[Source],
    assembly: AssemblySettings,
    chapters: Sequence[Chapter],
    parts: Sequence[Part] = (),
) -> None:
    """Place the recordings on one timeline. Chapters are times of the finished episode: if that changes, their new
    times are reported once."""
    from pipeline.audio.assemble import assemble as assemble_recordings
    from pipeline.audio.assemble import chapter_notices

    paths = context.paths
    timeline = assemble_recordings(
        paths.home,
        sources,
        parts=parts,
        assembly=assembly,
        episodes=ShowPaths(paths.root).episodes,
        listener=context.listen,
        on_faults=lambda faults: stage_text(context[paths.recordings], to_json(faults)),
    )
    if (old := timeline_or_none(paths.timeline)) is not None:
        for text in chapter_notices(old, timeline, chapters):
            context.listen(Notice(text=text))
    stage_text(context[paths.timeline], to_json(timeline))


def normalise_step(context: EpisodeContext) -> Step:
    paths, audio = context.paths, context.episode.audio
    return Step(
        name="normalise",
        inputs=(paths.timeline, *speakers_files(context)),
        outputs=(paths.normalised, paths.normalise_report),
        run=normalise,
        paths=paths,
        settings={
            "levelling": audio.levelling,
            "remove_hum": audio.remove_hum,
            "reduce_noise": audio.reduce_noise,
            "channels": audio.channels,
            "sample_rate_hz": audio.sample_rate_hz,
            "target_lufs": audio.target_lufs,
            **({"deesser": True} if audio.deesser else {}),  # shows without it keep their fingerprint
        },
        uncounted={
            "has_speakers": finds_speakers(context.episode),
            "true_peak_dbtp": audio.true_peak_dbtp,  # only to try out what `encode` needs; it looks whether that fits
            "bitrate_kbps": audio.bitrate_kbps,
        },
        revision=2,
        frozen=context.is_settled,
    )


def normalise(context: StepContext[EpisodePaths], *, has_speakers: bool, deesser: bool = False, **audio: Any) -> None:
    """Bring the recordings to one level, as FLAC. The audio room can read only these fields of AudioSettings."""
    from pipeline.audio.normalise import normalise as level

    paths = context.paths
    report = level(
        read_timeline(paths),
        paths.home,
        partial_of(AudioSettings, {"deesser": deesser, **audio}),
        context[paths.normalised],
        speakers=read_speakers(paths, has_speakers=has_speakers),
        episodes=ShowPaths(paths.root).episodes,
        listener=context.listen,
    )
    stage_text(context[paths.normalise_report], to_json(report))


def encode_step(context: EpisodeContext) -> Step:
    paths, episode = context.paths, context.episode
    return Step(
        name="encode",
        inputs=(paths.normalised, paths.normalise_report, *speakers_files(context)),
        outputs=(*map(paths.encoded, formats(episode)), paths.report),
        run=encode,
        paths=paths,
        settings={"audio": only(episode.audio, *_COUNTED_BY_ENCODE)},
        uncounted={"has_speakers": finds_speakers(episode)},
        revision=2,
        frozen=context.frozen,
    )


def encode(context: StepContext[EpisodePaths], *, audio: AudioSettings, has_speakers: bool) -> None:
    from pipeline.audio.encode import encode as encode_files

    paths = context.paths
    speakers = read_speakers(paths, has_speakers=has_speakers)
    names: tuple[FormatName, ...] = ("mp3", *audio.further_formats)
    report = encode_files(
        paths.normalised,
        {name: context[paths.encoded(name)] for name in names},
        audio,
        read_json(NormaliseReport, paths.normalise_report),
        spans=speakers.spans if speakers else (),
        listener=context.listen,
    )
    stage_text(context[paths.report], to_json(report))


def report_step(context: EpisodeContext) -> Step:
    """What was heard is read but is no input: the sound can be judged long before the transcript is there."""
    paths, episode = context.paths, context.episode
    return Step(
        name="report",
        inputs=(
            *(paths.report, paths.timeline, paths.recordings, *speakers_files(context)),
            *(paths.transcript, paths.review),
        ),
        outputs=(paths.report_page,),
        run=write_report,
        paths=paths,
        settings={
            "title": episode.title,
            "names": tuple(speaker.name for speaker in episode.speakers),
            "chapters": episode.chapters,
            "audio": only(episode.audio, "target_lufs", "true_peak_dbtp"),
            "labels": only(episode, "folder", "speakers", "not_labels"),
            "glossary": context.show.glossary.names,
        },
        uncounted={"has_speakers": finds_speakers(episode)},
        source=partial(_rendering_and_words, paths.words),
        frozen=context.frozen,
    )


def write_report(
    context: StepContext[EpisodePaths],
    *,
    title: str,
    names: tuple[str, ...],
    chapters: Sequence[Chapter],
    audio: AudioSettings,
    labels: Episode,
    glossary: tuple[str, ...],
    has_speakers: bool,
) -> None:
    """Write a web page that says what is wrong with the sound, plays it, and shows what was measured."""
    from pipeline.editor.report.findings import transcript_findings
    from pipeline.editor.report.page import Files, render_audio_report
    from pipeline.editor.report.problems import Measured

    paths = context.paths
    speakers = read_speakers(paths, has_speakers=has_speakers)
    timeline = read_timeline(paths)
    page = render_audio_report(
        Measured(
            report=read_json(AudioReport, paths.report),
            timeline=timeline,
            faults=read_json(RecordingsFaults, paths.recordings).recordings,
            spans=speakers.spans if speakers else (),
            names=names,
        ),
        title=title,
        target_lufs=audio.target_lufs,
        true_peak_dbtp=audio.true_peak_dbtp,
        chapters=chapters,
        files=Files(
            finished=paths.encoded("mp3").name,
            recordings=tuple(_beside(paths, source.file) for source in timeline.sources),
        ),
        findings=transcript_findings(paths, labels, glossary),
    )
    stage_text(context[paths.report_page], page)


def _rendering_and_words(words: Path) -> str:
    """The state of the code, and of what was heard, which decides where the transcript is unsure."""
    heard = sha256_of(words) if words.is_file() else ""
    return hashlib.sha256(f"{rendering_sha256()}{heard}".encode()).hexdigest()


def _beside(paths: EpisodePaths, file: str) -> str:
    """The address of a recording as the report names it."""
    return "../" + quote(named_file(paths.home, file).relative_to(paths.home).as_posix())


def _sources(episode: Episode) -> tuple[Source, ...]:
    if episode.recording:
        return ((episode.recording, None, 0.0),)
    names = [speaker.name for speaker in episode.speakers]
    return tuple((track.file, names.index(track.speaker), track.offset_s) for track in episode.tracks)


def _parts(episode: Episode) -> dict[str, tuple[Part, ...]]:
    """The setting `parts`, only if people chose any: other episodes keep their fingerprints."""
    chosen = [(episode.stream, None)] if episode.recording else [(t.stream, t.channel) for t in episode.tracks]
    if not any(stream or channel for stream, channel in chosen):
        return {}
    return {"parts": tuple((stream and stream - 1, channel and channel - 1) for stream, channel in chosen)}


def _music(context: EpisodeContext) -> tuple[Path, ...]:
    """The files of intro, outro and bed, if the episode has them."""
    assembly = context.episode.assembly
    named = (assembly.intro, assembly.outro, assembly.bed)
    return tuple(named_file(ShowPaths(context.root).episodes, file) for file in dict.fromkeys(named) if file)
