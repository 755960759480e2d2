"""The plan: every step of an episode and of the show, in order. Read it as the table of contents of the pipeline.

Each step is declared beside the function that it runs. An audio or speech step whose result changes for the same input
raises its revision there; if the result takes hours or people have corrected it since, it also accepts the older one.
Notes, feed and pages run again by themselves when their code changes (`source.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.paths import ShowPaths
from pipeline.steps import feed, hearing, lists, notes, pages, search, sound, tagging, text
from pipeline.steps.episode import EpisodeContext
from pipeline.steps.site import Site, SiteFiles

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date, datetime
    from pathlib import Path

    from pipeline.build.step import Step
    from pipeline.promises.finished import FinishedEpisode
    from pipeline.values.show import Episode, Show

EPISODE_VERBS = (
    "assemble",
    "shownotes",
    "speakers",
    "normalise",
    "transcribe",
    "split",
    "retime",
    "encode",
    "report",
    "tag",
)
SHOW_VERBS = ("feed", "pages", "search")


def episode_steps(
    root: Path,
    show: Show,
    episode: Episode,
    *,
    today: date,
    model_identity: str,
    model_file: Path | None,
    take_draft: datetime | None = None,
    new_audio: bool = False,
    again: str = "",
) -> tuple[Step, ...]:
    """The steps of one episode.

    Those that make its audio are frozen once it is released, except with `new_audio`. An imported episode is released
    from the start; if it has its audio, the steps up to the transcript run until it has a transcript.

    `model_identity` names the Whisper model, "none" if there is none; `model_file` is its file if it is the show's own.
    `take_draft` and `again` are those of EpisodeContext.
    """
    context = EpisodeContext(
        root=root,
        paths=ShowPaths(root).episode(episode.folder),
        show=show,
        episode=episode,
        today=today,
        take_draft=take_draft,
        new_audio=new_audio,
        again=again,
    )
    return (
        sound.assemble_step(context),
        notes.shownotes_step(context),
        *hearing.speakers_steps(context),
        sound.normalise_step(context),
        hearing.words_step(context, model_identity, model_file),
        *text.split_steps(context, model_identity),
        *text.retime_steps(context),
        sound.encode_step(context),
        sound.report_step(context),
        tagging.tag_step(context),
    )


def show_steps(
    root: Path,
    show: Show,
    *,
    due: Sequence[FinishedEpisode],
    later: Sequence[FinishedEpisode],
    failed: Collection[str] = (),
    withdrawn: Sequence[FinishedEpisode] = (),
    foreign_audio: frozenset[str] = frozenset(),
) -> tuple[Step, ...]:
    """The steps of the show: the site of due episodes in `feed/`, and that of drafts and later ones in `preview/`.

    The pages of the folders in `failed` stay as they are: their episodes stopped half-way. `foreign_audio`: addresses
    for which our own files have other bytes than were promised.
    """
    paths = ShowPaths(root)
    public = Site(show=show, entries=tuple(due), files=SiteFiles(root=root, site=paths.feed), preview=False)
    preview = Site(show=show, entries=tuple(later), files=SiteFiles(root=root, site=paths.preview), preview=True)
    return (
        *_site_steps(public, failed, foreign_audio),
        *(pages.withdrawn_step(public, entry) for entry in withdrawn),
        *(_site_steps(preview, failed, foreign_audio) if later else ()),
    )


def _site_steps(site: Site, failed: Collection[str], foreign_audio: frozenset[str]) -> tuple[Step, ...]:
    return (
        *feed.audio_steps(site, foreign_audio),
        pages.assets_step(site),
        *pages.episode_pages_steps(site, failed),
        *search.sentences_steps(site, failed),
        *lists.list_steps(site),
        search.search_step(site),
        feed.feed_step(site),
    )
