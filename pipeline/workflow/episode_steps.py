"""Plans the steps of one episode for this machine, and runs them under the episode's lock."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pipeline.build.engine import Build
from pipeline.build.left_over import remove_left_over
from pipeline.build.step import StepSkipped
from pipeline.steps import plan
from pipeline.steps.episode import NO_MODEL, EpisodeContext, needs_transcription
from pipeline.workflow import stand_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.build.step import Event
    from pipeline.values.show import Episode, Show
    from pipeline.workflow.session import Session


def run_steps(
    session: Session,
    show: Show,
    episode: Episode,
    *,
    verbs: tuple[str, ...] | None,
    quiet: bool = False,
    wait_s: float = 0.0,
) -> None:
    """Bring the steps of an episode up to date, or only those of `verbs` and the ones they need.

    With `quiet` unchanged steps are not reported, and no weights are fetched. Waits up to `wait_s` for another run of
    the episode. Raises BusyError, and what a step raises.
    """
    if not quiet:
        build_of = partial(_planned, session, show)
        episode = stand_in.with_weights(episode, build_of, session.root, verbs=verbs, listener=session.listen)
    build = episode_build(session, show, episode)
    only = None if verbs is None else [step for step in build.steps if step.verb in verbs]
    if quiet and only is not None and build.is_idle(only):
        return
    with build.exclusive(what=f"Die Folge {episode.folder}", listen=session.listen, wait_s=wait_s):
        paths = session.paths.episode(episode.folder)
        remove_left_over((paths.home, paths.work, paths.transcript.parent))
        build.run(_without_skips(session.listen) if quiet else session.listen, only=only)


def episode_build(session: Session, show: Show, episode: Episode) -> Build:
    """The steps of an episode, planned for what this machine has."""
    build_of = partial(_planned, session, show)
    return build_of(stand_in.as_heard(episode, build_of, session.root))


def episode_context(session: Session, show: Show, episode: Episode) -> EpisodeContext:
    """The context that the functions behind the steps get."""
    paths = session.paths.episode(episode.folder)
    return EpisodeContext(
        root=session.root,
        paths=paths,
        show=show,
        episode=episode,
        today=session.now.date(),
        new_audio=session.new_audio,
    )


def _planned(session: Session, show: Show, episode: Episode) -> Build:
    """The steps by the settings of the episode alone, regardless of the weights on this machine."""
    from pipeline.speech import models

    paths = session.paths.episode(episode.folder)
    identity, file = "", None
    if episode.speech.model == NO_MODEL:
        identity = NO_MODEL
    elif session.new_audio or not paths.release.exists() or needs_transcription(paths, episode):
        # Otherwise nothing is transcribed, and the model may be missing.
        identity = models.model_identity(episode.speech.model, session.root)
        file = models.model_file(episode.speech.model, session.root)
    day = session.now.date()
    steps = plan.episode_steps(
        session.root,
        show,
        episode,
        today=day,
        model_identity=identity,
        model_file=file,
        take_draft=session.now if session.take_draft else None,
        new_audio=session.new_audio,
        again=session.again,
    )
    return Build(steps, root=session.root, work=paths.work, full=session.full)


def _without_skips(listen: Callable[[Event], None]) -> Callable[[Event], None]:
    return lambda event: None if isinstance(event, StepSkipped) else listen(event)
