"""The step of an episode's show notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.build.files import named_file, stage_text
from pipeline.build.handwritten import read_handwritten
from pipeline.build.settings import only
from pipeline.build.step import Step
from pipeline.errors import ConfigError
from pipeline.steps.episode import read_duration_s, release_or_timeline
from pipeline.steps.source import rendering_sha256

if TYPE_CHECKING:
    from pipeline.build.step import StepContext
    from pipeline.paths import EpisodePaths
    from pipeline.steps.episode import EpisodeContext
    from pipeline.values.show import Episode


def shownotes_step(context: EpisodeContext) -> Step:
    """The step of the show notes. It is early in the plan, so that chapters and soundbites that do not fit the audio,
    and files that are not pictures, are reported before Whisper works for hours."""
    paths, episode = context.paths, context.episode
    return Step(
        name="shownotes",
        inputs=(
            paths.shownotes_md,
            release_or_timeline(context),
            *(named_file(paths.home, file) for file in episode.pictures),
        ),
        outputs=(paths.notes_html, paths.notes_text),
        run=write_shownotes,
        paths=paths,
        settings={"episode": only(episode, "summary", "chapters", "soundbites", "speakers")},
        uncounted={"frozen": context.frozen},
        source=rendering_sha256,
    )


def write_shownotes(context: StepContext[EpisodePaths], *, episode: Episode, frozen: bool) -> None:
    """Write the show notes as HTML and as text. Raises ConfigError, MissingFileError."""
    from pipeline.notes.chapters import fitting_soundbites
    from pipeline.notes.shownotes import render_shownotes
    from pipeline.tags.cover import check_picture

    paths = context.paths
    markdown = read_handwritten(paths.shownotes_md) if paths.shownotes_md.exists() else None
    duration_s = read_duration_s(paths, frozen=frozen)
    try:
        notes = render_shownotes(markdown, episode=episode, duration_s=duration_s)
        fitting_soundbites(episode.soundbites, duration_s)
    except ConfigError as error:  # add which of all episodes it is
        raise ConfigError(error.problem, where=paths.episode_toml, advice=error.advice) from error
    for file in episode.pictures:
        check_picture(named_file(paths.home, file))
    stage_text(context[paths.notes_html], notes.html)
    stage_text(context[paths.notes_text], notes.text)
