"""The steps of a site's pages about one episode, and of the files that all pages share."""

from __future__ import annotations

import shutil
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pipeline import addresses
from pipeline.build.files import named_file, stage_bytes, stage_text
from pipeline.build.settings import only
from pipeline.build.step import Step
from pipeline.errors import ConfigError, MissingFileError
from pipeline.site.files import SHARED
from pipeline.steps.site import frame, item, with_notes, with_transcript
from pipeline.steps.source import rendering_sha256
from pipeline.values.json_files import to_json
from pipeline.values.progress import Notice
from pipeline.values.published import EpisodeMoments
from pipeline.values.transcript_formats import TRANSCRIPT_FORMATS

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from pathlib import Path

    from pipeline.build.step import StepContext
    from pipeline.paths import EpisodePaths
    from pipeline.promises.finished import FinishedEpisode
    from pipeline.site.frame import Frame
    from pipeline.steps.site import Site, SiteFiles
    from pipeline.values.progress import Listener
    from pipeline.values.published import Item, Withdrawal
    from pipeline.values.show import Episode, Show
    from pipeline.values.transcript import Transcript

_ON_PAGE = (
    *("folder", "title", "summary", "number", "season", "episode_type", "speakers", "chapters", "cover"),
    *("corrected", "example", "topics"),
)
_NEIGHBOUR = ("folder", "title")
_SIZES = (False, True)  # of covers on pages: beside a title, and in lists
_PNG = b"\x89PNG\r\n\x1a\n"

Copies = tuple[tuple[str, str], ...]
"""Files to copy: (path relative to the episode's folder or to `episodes/`, address)."""


def episode_pages_steps(site: Site, failed: Collection[str]) -> tuple[Step, ...]:
    """A step for each episode's page. The pages of the folders in `failed` stay as they are: their episodes stopped
    half-way."""
    around = frame(site)
    return tuple(_page_step(site, around, entry, frozen=entry.episode.folder in failed) for entry in site.entries)


def _page_step(site: Site, around: Frame, entry: FinishedEpisode, *, frozen: bool) -> Step:
    episode, paths = entry.episode, entry.paths
    folder = episode.folder
    cover, pictures = _cover(episode), _pictures(episode)
    written = (
        addresses.page(folder),
        *(() if entry.enclosure.is_elsewhere else (addresses.embed(folder),)),
        *(addresses.transcript(folder, form.suffix) for form in TRANSCRIPT_FORMATS if entry.has_transcript),
        addresses.chapters(folder),
        *(address for _, address in (*cover, *pictures)),
        *(addresses.shown_cover(folder, small=small) for small in _SIZES if cover),
    )
    newer, older = site.neighbours(entry)
    return Step(
        name=site.named(f"pages:{folder}"),
        inputs=(
            *((paths.retimed,) if entry.has_transcript else ()),
            *((paths.review,) if entry.has_transcript and paths.review.exists() else ()),
            paths.notes_html,
            paths.notes_text,
            *(named_file(paths.home, file) for file, _ in (*cover, *pictures)),
        ),
        outputs=(*map(site.files.file, written), paths.moments),
        run=write_episode_pages,
        paths=site.files,
        settings={
            "frame": around,
            "item": item(entry, *_ON_PAGE),
            "newer": newer and only(newer.episode, *_NEIGHBOUR),
            "older": older and only(older.episode, *_NEIGHBOUR),
        },
        uncounted={"cover": cover, "pictures": pictures},
        source=rendering_sha256,
        frozen=frozen,
        parallel=True,
    )


def write_episode_pages(
    context: StepContext[SiteFiles],
    *,
    frame: Frame,
    item: Item,
    newer: Episode | None,
    older: Episode | None,
    cover: Copies,
    pictures: Copies,
) -> None:
    """Write an episode's page, chapters, transcript files and pictures, and its moments for other pages."""
    from pipeline.notes.chapters import render_json_chapters, whole_second_chapters
    from pipeline.site.pages import Around, render_embed_page, render_episode_page
    from pipeline.site.people import episode_moments
    from pipeline.tags.cover import check_cover, check_picture

    files, episode = context.paths, item.episode
    folder = episode.folder
    item = with_transcript(files, with_notes(files, item))
    chapters = whole_second_chapters(episode.chapters, item.enclosure.duration_s)
    texts = {
        addresses.chapters(folder): render_json_chapters(
            chapters,
            title=episode.title,
            image_url=lambda file: addresses.absolute(frame.show.base_url, addresses.chapter_image(folder, file)),
        ),
    }
    if item.transcript is not None:
        texts |= _transcript_files(folder, item.transcript, item.enclosure.duration_s, context.listen)
    sizes = {address: len(text.encode("utf-8")) for address, text in texts.items()}
    around = Around(newer=newer, older=older, sizes=sizes, proofread=_proofread(files.episode(folder), item.transcript))
    texts[addresses.page(folder)] = render_episode_page(frame, item, chapters, around)
    if not item.enclosure.is_elsewhere:
        texts[addresses.embed(folder)] = render_embed_page(frame, item, chapters)
    for address, text in texts.items():
        stage_text(context[files.file(address)], text)
    for check, copies in ((check_cover, cover), (check_picture, pictures)):
        for file, address in copies:
            source = named_file(files.episode(folder).home, file)
            check(source)
            shutil.copyfile(source, context[files.file(address)])
    for file, _ in cover:
        _write_page_covers(named_file(files.episode(folder).home, file), context, folder)
    moments = EpisodeMoments()
    if item.transcript is not None:
        moments = episode_moments(item.transcript, chapters, episode.speakers)
    stage_text(context[files.episode(folder).moments], to_json(moments))


def _write_page_covers(source: Path, context: StepContext[SiteFiles], folder: str = "") -> None:
    """Write the cover at `source` as pages show it: an episode's, or the show's ("")."""
    from pipeline.tags.cover import page_cover

    for small in _SIZES:
        address = addresses.shown_cover(folder, small=small)
        stage_bytes(context[context.paths.file(address)], page_cover(source, small=small))


def _proofread(paths: EpisodePaths, transcript: Transcript | None) -> datetime | None:
    """When people proofread this transcript; None if they did not, or it was changed since."""
    from pipeline.editor.review_file import read_review
    from pipeline.transcript.said import said_in_transcript

    proofread = read_review(paths).proofread
    if transcript is None or proofread is None or proofread.said_sha256 != said_in_transcript(transcript):
        return None
    return proofread.finished


def _transcript_files(folder: str, transcript: Transcript, duration_s: float, listen: Listener) -> dict[str, str]:
    """Address → text of every format of the transcript. Reports what apps may have trouble with."""
    from pipeline.transcript.outputs import output_notices, render_all

    for text in output_notices(transcript, duration_s=duration_s):
        listen(Notice(text=text))
    files = render_all(transcript, duration_s=duration_s)
    return {addresses.transcript(folder, suffix): text for suffix, text in files.items()}


def withdrawn_step(site: Site, entry: FinishedEpisode) -> Step:
    """The step that replaces the page of a withdrawn episode by a notice; the build core removes its other files."""
    return Step(
        name=site.named(f"pages:{entry.episode.folder}"),
        inputs=(entry.paths.release,),
        outputs=(site.files.file(addresses.page(entry.episode.folder)),),
        run=write_withdrawn_page,
        paths=site.files,
        settings={
            "frame": frame(site),
            "episode": only(entry.episode, "folder", "title", "number", "season", "episode_type", "cover"),
            "withdrawal": entry.withdrawn,
        },
        source=rendering_sha256,
    )


def write_withdrawn_page(
    context: StepContext[SiteFiles], *, frame: Frame, episode: Episode, withdrawal: Withdrawal
) -> None:
    from pipeline.site.pages import render_withdrawn_page

    page = render_withdrawn_page(frame, episode, withdrawal)
    stage_text(context[context.paths.file(addresses.page(episode.folder))], page)


def assets_step(site: Site) -> Step:
    """The step of the style sheet, the script, the drawings, the show's cover and its logo."""
    show, home = site.show, site.files.home
    covers = (addresses.shown_cover(small=small) for small in _SIZES)
    shared = (*SHARED, *covers, *(address for _, address in (_show_cover(show), *_logo(show))))
    return Step(
        name=site.named("pages:assets/"),
        inputs=(named_file(home, show.cover), *(named_file(home, file) for file, _ in _logo(show))),
        outputs=tuple(map(site.files.file, shared)),
        run=write_assets,
        paths=site.files,
        settings={"show": only(show, "theme", "cover")},
        source=rendering_sha256,
    )


def write_assets(context: StepContext[SiteFiles], *, show: Show) -> None:
    """Write what all pages share. Raises ConfigError for colours that cannot be read and for a logo that is not what
    its name says, MissingFileError if the logo is missing."""
    from pipeline.site.files import static_files
    from pipeline.site.theme import check_contrast
    from pipeline.tags.cover import check_cover

    files = context.paths
    check_contrast(show.theme, where=files.home / "show.toml")
    for address, content in static_files(show.theme).items():
        stage_bytes(context[files.file(address)], content)
    cover, cover_address = _show_cover(show)
    check_cover(named_file(files.home, cover))
    shutil.copyfile(named_file(files.home, cover), context[files.file(cover_address)])
    _write_page_covers(named_file(files.home, cover), context)
    for file, address in _logo(show):
        source = named_file(files.home, file)
        if not source.is_file():
            advice = "Das Bild dort ablegen oder logo unter [theme] in show.toml ändern."
            raise MissingFileError("Das Logo fehlt.", where=source, advice=advice)
        stage_bytes(context[files.file(address)], _logo_content(source))


def _logo_content(source: Path) -> bytes:
    """The logo as it is published. Raises ConfigError if it is not the picture that its name says."""
    from pipeline.site.drawing import drawn_only

    content = source.read_bytes()
    if source.suffix.lower() == ".svg":
        return drawn_only(content, where=source)
    if not content.startswith(_PNG):
        raise ConfigError(
            "Das Logo heißt .png, ist aber kein PNG.",
            where=source,
            advice="Das Bild in einem Bildprogramm öffnen und neu als PNG speichern.",
        )
    return content


def _show_cover(show: Show) -> tuple[str, str]:
    return show.cover, addresses.show_cover(PurePosixPath(show.cover).suffix.lower())


def _logo(show: Show) -> Copies:
    name = show.theme.logo
    return ((name, addresses.logo(PurePosixPath(name).suffix.lower())),) if name else ()


def _cover(episode: Episode) -> Copies:
    """The episode's own cover, if it has one."""
    if not episode.cover:
        return ()
    return ((episode.cover, addresses.episode_cover(episode.folder, PurePosixPath(episode.cover).suffix.lower())),)


def _pictures(episode: Episode) -> Copies:
    """The pictures of the episode's chapters, each once."""
    return tuple((file, addresses.chapter_image(episode.folder, file)) for file in episode.pictures)
