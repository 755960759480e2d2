"""The step that tags an episode's finished audio."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from pipeline.build.files import named_file, stage_text
from pipeline.build.own_files import read_json, read_own_text
from pipeline.build.settings import only
from pipeline.build.step import Step
from pipeline.steps.episode import formats
from pipeline.values.audio import AudioReport
from pipeline.values.json_files import to_json
from pipeline.values.transcript import Transcript

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipeline.build.step import StepContext, Verdict
    from pipeline.paths import EpisodePaths
    from pipeline.steps.episode import EpisodeContext
    from pipeline.tags.mp3 import Contents
    from pipeline.values.audio import FormatName
    from pipeline.values.published import AlternateEnclosure
    from pipeline.values.show import Episode, Show

_OF_SHOW = ("title", "author", "base_url", "category", "copyright", "language", "placeholders")
_OF_EPISODE = ("folder", "guid", "title", "summary", "number", "season", "published", "chapters")


def tag_step(context: EpisodeContext) -> Step:
    paths, episode = context.paths, context.episode
    cover = (
        named_file(paths.home, episode.cover) if episode.cover else named_file(paths.home.parent, context.show.cover)
    )
    return Step(
        name="tag",
        inputs=(
            *map(paths.encoded, formats(episode)),
            paths.report,
            paths.notes_text,
            paths.retimed,
            cover,
        ),
        outputs=(*map(paths.tagged, formats(episode)), paths.candidate),
        run=tag,
        paths=paths,
        settings={
            "show": only(context.show, *_OF_SHOW),
            "episode": only(episode, *_OF_EPISODE),
            "further_formats": episode.audio.further_formats,
        },
        uncounted={"cover": cover},
        revision=1,
        frozen=context.frozen,
        remarks=partial(_remarks, context),
    )


def _remarks(context: EpisodeContext, _verdict: Verdict) -> tuple[str, ...]:
    """What people changed in a released episode and the frozen MP3 cannot follow."""
    if not context.frozen:
        return ()
    from pipeline.editor.frozen_audio import kept_by_the_audio

    text = kept_by_the_audio(context.paths, context.episode)
    return () if text is None else (text,)


def tag(
    context: StepContext[EpisodePaths],
    *,
    show: Show,
    episode: Episode,
    further_formats: Sequence[FormatName],
    cover: Path,
) -> None:
    """Tag a copy of each encoded file, and write what the feed says about them (candidate.json)."""
    from pipeline.tags.cover import tag_cover
    from pipeline.tags.mp3 import Contents
    from pipeline.tags.mp3 import tag as write_tags
    from pipeline.transcript.plaintext import render_plaintext

    paths = context.paths
    transcript = read_json(Transcript, paths.retimed)
    duration_s = read_json(AudioReport, paths.report).duration_s
    contents = Contents(
        show=show,
        episode=episode,
        cover_jpeg=tag_cover(cover),
        lyrics=render_plaintext(transcript, duration_s=duration_s),
        notes_text=read_own_text(paths.notes_text),
        duration_s=duration_s,
    )
    enclosure = write_tags(paths.encoded("mp3"), context[paths.tagged("mp3")], contents)
    alternates = tuple(
        _tag_further(name, paths.encoded(name), context[paths.tagged(name)], contents) for name in further_formats
    )
    stage_text(context[paths.candidate], to_json(replace(enclosure, alternates=alternates)))


def _tag_further(name: FormatName, encoded: Path, tagged: Path, contents: Contents) -> AlternateEnclosure:
    from pipeline.audio.chapters import write_chapters
    from pipeline.notes.chapters import whole_second_chapters
    from pipeline.tags.m4a import tag_m4a
    from pipeline.tags.mp3 import LANGUAGES
    from pipeline.tags.opus import tag_opus

    if name == "opus":
        return tag_opus(encoded, tagged, contents)
    chapters = whole_second_chapters(contents.episode.chapters, contents.duration_s)
    language = LANGUAGES[contents.show.language]
    write_chapters(encoded, tagged, chapters, duration_s=contents.duration_s, language=language)
    return tag_m4a(tagged, contents)
