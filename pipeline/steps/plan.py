"""The plan: every step of an episode and of the show, in order. Read it as the table of contents of the pipeline.

Raise a step's revision here when its result changes for the same input. Where people wait hours for that result or
have corrected it since, accept the older revision beside it: then it stays until somebody asks for another.
"""

from __future__ import annotations

from dataclasses import fields, replace
from functools import partial
from typing import TYPE_CHECKING

from pipeline import addresses
from pipeline.build.engine import Step
from pipeline.editor.voice_files import profile_paths
from pipeline.paths import ShowPaths
from pipeline.promises import finished
from pipeline.site.files import design_sha256
from pipeline.steps import episode_run as run
from pipeline.steps import show_run
from pipeline.steps.settings import settings_slice
from pipeline.steps.show_run import Site

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import date, datetime
    from pathlib import Path

    from pipeline.build.engine import Workbench
    from pipeline.promises.finished import FinishedEpisode
    from pipeline.values.show import Episode, Show, SpeechSettings

_FEED_ONLY = (
    "corrected",
    "cover_alt",
    "feed",
    "funding",
    "locations",
    "soundbites",
    "subcategory",
    "txt",
    "update_frequency",
)
"""What only the feed says of a show or an episode: no audio is tagged and no page written anew for it."""

_SITE_ONLY = (*_FEED_ONLY, "directories", "theme", "topics")
"""What only feed and pages say: no audio is tagged anew for it."""

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
    """The steps of one episode; those that make its audio are frozen once it is released, unless for `new_audio`. An
    imported episode is promised from the start; with its audio here, those up to the transcript run until there is one.

    `model_identity` names the Whisper model; `model_file` is its file where it is one of the show's own.
    `take_draft` is when people asked for the draft in the place of the transcript, if they did. `again` names the step
    that they want to run anew, though it is fresh: `transcribe` or `speakers`.
    Show notes come early: chapters and soundbites that do not fit the audio, and pictures that are none, are told
    before Whisper works for hours.
    """
    paths = ShowPaths(root).episode(episode.folder)
    work = run.Work(
        root=root,
        paths=paths,
        show=show,
        episode=episode,
        today=today,
        take_draft=take_draft,
        new_audio=new_audio,
        again=again,
    )
    promised = work.frozen
    frozen = _is_frozen(work)
    speakers = (paths.speakers,) if run.finds_speakers(episode) else ()
    formats = run.formats(episode)
    return (
        Step(
            name="assemble",
            inputs=(*(paths.home / file for file in run.recordings(episode)), *run.music(root, episode)),
            outputs=(paths.timeline,),
            settings={"revision": 1, "sources": run.sources(episode), "assembly": episode.assembly},
            run=partial(run.assemble, work),
            frozen=frozen,
        ),
        Step(
            name="shownotes",
            inputs=(
                paths.shownotes_md,
                paths.release if promised else paths.timeline,
                *(paths.home / file for file in episode.pictures),
            ),
            outputs=(paths.notes_html, paths.notes_text),
            settings={
                "revision": 1,
                "summary": episode.summary,
                "chapters": episode.chapters,
                "soundbites": episode.soundbites,
                "speakers": episode.speakers,
            },
            run=partial(run.write_shownotes, work),
        ),
        *((_speakers_step(work),) if run.finds_speakers(episode) else ()),
        Step(
            name="normalise",
            inputs=(paths.timeline, *speakers),
            outputs=(paths.normalised, paths.normalise_report),
            settings={
                "revision": 2,
                "levelling": episode.audio.levelling,
                "remove_hum": episode.audio.remove_hum,
                "reduce_noise": episode.audio.reduce_noise,
                "channels": episode.audio.channels,
                "sample_rate_hz": episode.audio.sample_rate_hz,
                "target_lufs": episode.audio.target_lufs,
            },
            run=partial(run.normalise, work),
            frozen=frozen,
        ),
        *_words_steps(work, model_identity, model_file),
        *(() if frozen and run.lacks_transcript(paths, episode) else (_retime_step(work),)),
        Step(
            name="encode",
            inputs=(paths.normalised, paths.normalise_report, *speakers),
            outputs=(*map(paths.encoded, formats), paths.report),
            settings={"revision": 2, "audio": episode.audio},
            run=partial(run.encode, work),
            frozen=promised,
        ),
        Step(
            name="report",
            inputs=(paths.report, *speakers),
            outputs=(paths.report_page,),
            settings={
                "revision": 1,
                "title": episode.title,
                "names": [speaker.name for speaker in episode.speakers],
                "chapters": episode.chapters,
                "target_lufs": episode.audio.target_lufs,
                "true_peak_dbtp": episode.audio.true_peak_dbtp,
            },
            run=partial(run.write_report, work),
            frozen=promised,
        ),
        Step(
            name="tag",
            inputs=(
                *map(paths.encoded, formats),
                paths.report,
                paths.notes_text,
                paths.retimed,
                run.cover(root, show, episode),
            ),
            outputs=(*map(paths.tagged, formats), paths.candidate),
            settings={
                "revision": 1,
                "show": settings_slice(
                    show, without=("description", "speech", "audio", "assembly", "glossary", "legal", *_SITE_ONLY)
                ),
                "episode": settings_slice(
                    episode,
                    without=("draft", "not_labels", "speech", "audio", "assembly", "example", "imported", *_SITE_ONLY),
                ),
            },
            run=partial(run.tag, work),
            frozen=promised,
        ),
    )


def _is_frozen(work: run.Work) -> bool:
    """Whether the steps up to the transcript belong to the past."""
    return work.frozen and not run.hears_imported(work.paths, work.episode)


def _retime_step(work: run.Work) -> Step:
    paths = work.paths
    return Step(
        name="retime",
        inputs=(paths.transcript, paths.words, paths.release if work.frozen else paths.timeline),
        outputs=(paths.retimed,),
        settings={
            "revision": 2,
            "speakers": work.episode.speakers,
            "not_labels": work.episode.not_labels,
        },
        run=partial(run.retime, work),
    )


def _speakers_step(work: run.Work) -> Step:
    """Remembered voices matter where our own split tells voices apart; without any, nothing tells that there could
    be. The same holds for a pyannote pipeline."""
    paths, episode = work.paths, work.episode
    pyannote = run.pyannote_files(work.root, episode)
    by_voice = episode.recording and len(episode.speakers) > 1 and not pyannote
    profiles = profile_paths(work.root, episode.speakers) if by_voice else {}
    settings = {
        "revision": 3,
        "count": len(episode.speakers),
        **({"pyannote": 1} if pyannote else {}),
        **({"profiles": {str(number): path.name for number, path in profiles.items()}} if profiles else {}),
    }
    return Step(
        name="speakers",
        inputs=(paths.timeline, *pyannote, *profiles.values()),
        outputs=(paths.speakers,),
        settings=settings,
        accepted=_of_revisions(settings, 2),
        run=partial(run.find_speakers, work),
        frozen=_is_frozen(work),
        again=work.again == "speakers",
    )


def _words_steps(work: run.Work, model_identity: str, model_file: Path | None) -> tuple[Step, ...]:
    """How words.json comes about: heard by Whisper, with a draft to correct; or, without a model, by comparing the
    recording with the transcript that is there. Leaving the plan, neither removes what it made."""
    paths, episode = work.paths, work.episode
    frozen = _is_frozen(work)
    settings = {"revision": 3, "model": model_identity, "speech": _heard_with(episode.speech)}
    transcribe = Step(
        name="transcribe",
        inputs=(paths.timeline, *((model_file,) if model_file else ())),
        order_only=(paths.normalised,),
        outputs=(paths.words,),
        settings=settings,
        accepted=_of_revisions(settings, 2),
        run=partial(run.transcribe, work),
        stamp=partial(run.words_stamp, paths.words),
        remarks=partial(run.remarks_on_words, work),
        frozen=frozen,
        again=work.again == "transcribe",
        keep=True,
    )
    if model_identity == run.NO_MODEL:
        settings = {"revision": 1, "model": run.NO_MODEL}
        return (replace(transcribe, settings=settings, accepted=(), remarks=None, run=partial(run.estimate, work)),)
    split = Step(
        name="split",
        inputs=(paths.words, paths.speakers),
        outputs=(paths.draft,),
        settings={
            "revision": 2,
            "speakers": episode.speakers,
            "glossary": work.show.glossary,
        },
        run=partial(run.split, work),
        settle=partial(run.settle_transcript, work),
        frozen=frozen,
        keep=True,
    )
    return transcribe, split


def _of_revisions(settings: dict[str, object], *revisions: int) -> tuple[dict[str, object], ...]:
    """The same settings at older revisions, for a step whose results people have worked with since: nobody is heard
    again because the program changed."""
    return tuple({**settings, "revision": revision} for revision in revisions)


def _heard_with(speech: SpeechSettings) -> dict[str, object]:
    """The settings of the recognition: who tells voices apart is none of them."""
    return {entry.name: getattr(speech, entry.name) for entry in fields(speech) if entry.name != "pyannote"}


def show_steps(
    root: Path,
    show: Show,
    *,
    due: Sequence[FinishedEpisode],
    later: Sequence[FinishedEpisode],
    held: Collection[str] = (),
    withdrawn: Sequence[FinishedEpisode] = (),
    foreign_audio: frozenset[str] = frozenset(),
) -> tuple[Step, ...]:
    """The steps of the show: the site of due episodes in `feed/`, and that of drafts and later ones in `preview/`.

    The pages of the folders in `held` stay as they are: their episodes stopped half-way. `foreign_audio`: addresses for
    which our own work holds other bytes than were promised.
    """
    paths = ShowPaths(root)
    home = paths.episodes
    public = Site(show=show, entries=tuple(due), paths=paths.feed, home=home, preview=False)
    preview = Site(show=show, entries=tuple(later), paths=paths.preview, home=home, preview=True)
    steps = _site_steps(public, held, foreign_audio)
    steps += tuple(_withdrawn_step(public, entry) for entry in withdrawn)
    return steps + _site_steps(preview, held, foreign_audio) if later else steps


def _site_steps(site: Site, held: Collection[str], foreign_audio: frozenset[str]) -> tuple[Step, ...]:
    facts = tuple(_facts(entry) for entry in site.entries)
    notes = tuple(path for entry in site.entries for path in (entry.paths.notes_html, entry.paths.notes_text))
    return (
        *(
            _audio_step(site, entry, file.path, foreign=file.path in foreign_audio)
            for entry in site.entries
            for file in (() if entry.enclosure.is_elsewhere else entry.enclosure.files)
        ),
        _assets_step(site),
        *(_pages_step(site, entry, frozen=entry.episode.folder in held) for entry in site.entries),
        *(_sentences_step(site, entry, frozen=entry.episode.folder in held) for entry in site.entries),
        *_list_steps(site),
        _search_step(site),
        Step(
            name=f"feed{_mark(site)}",
            inputs=(*facts, *notes),
            outputs=show_run.feed_files(site),
            settings={
                "revision": 3,
                "show": settings_slice(
                    site.show, without=("speech", "audio", "assembly", "glossary", "directories", "theme")
                ),
                "episodes": [_published_slice(entry, without=("topics",)) for entry in site.entries],
            },
            run=partial(show_run.write_feed, site),
        ),
    )


def _assets_step(site: Site) -> Step:
    return Step(
        name=f"pages:assets/{_mark(site)}",
        inputs=(site.cover, *(source for source, _ in show_run.logo(site))),
        outputs=tuple(map(site.paths.file, show_run.asset_addresses(site))),
        settings={"revision": 1, "theme": site.show.theme, "design": design_sha256()},
        run=partial(show_run.write_assets, site),
    )


def _list_steps(site: Site) -> tuple[Step, ...]:
    """The pages that list episodes, and those that no episode changes; each with exactly the episodes it shows."""
    topics = show_run.topic_slugs(site)
    everything = site.entries
    return (
        _list_step(
            site, "pages", addresses.INDEX, everything, show_run.write_index, "subtitle", "description", "author"
        ),
        _list_step(site, "pages:personen/", addresses.PEOPLE, everything, show_run.write_people),
        *(_person_step(site, slug) for slug in show_run.person_slugs(site)),
        *((_list_step(site, "pages:themen/", addresses.TOPICS, everything, show_run.write_topics),) if topics else ()),
        *(_topic_step(site, slug) for slug in topics),
        Step(
            name=f"pages:hinweise/{_mark(site)}",
            inputs=(),
            outputs=tuple(map(site.paths.file, (addresses.SUBSCRIBE, addresses.HELP, addresses.NOT_FOUND))),
            settings=_frame_slice(site, "directories"),
            run=partial(show_run.write_guides, site),
        ),
        Step(
            name=f"pages:sitemap/{_mark(site)}",
            inputs=(),
            outputs=tuple(map(site.paths.file, show_run.search_engine_addresses(site))),
            settings={
                "revision": 1,
                "base_url": site.show.base_url,
                "preview": site.preview,
                "pages": show_run.listed_pages(site),
            },
            run=partial(show_run.write_search_engines, site),
        ),
    )


def _list_step(
    site: Site,
    name: str,
    address: str,
    entries: Sequence[FinishedEpisode],
    write: Callable[[Site, Workbench], None],
    *shown: str,
) -> Step:
    """A page at `address` that lists `entries`; `shown` are fields of the show beyond those of every page."""
    return Step(
        name=f"{name}{_mark(site)}",
        inputs=tuple(_facts(entry) for entry in entries),
        outputs=(site.paths.file(address),),
        settings=_frame_slice(site, *shown) | {"episodes": [_listed_slice(entry) for entry in entries]},
        run=partial(write, site),
    )


def _person_step(site: Site, slug: str) -> Step:
    entries = show_run.with_person(site, slug)

    def write(site: Site, bench: Workbench) -> None:
        show_run.write_person(site, slug, bench)

    step = _list_step(site, f"pages:personen/{slug}", addresses.person(slug), entries, write)
    return replace(step, inputs=(*step.inputs, *(entry.paths.moments for entry in entries)))


def _topic_step(site: Site, slug: str) -> Step:
    def write(site: Site, bench: Workbench) -> None:
        show_run.write_topic(site, slug, bench)

    return _list_step(site, f"pages:themen/{slug}", addresses.topic(slug), show_run.with_topic(site, slug), write)


def _audio_step(site: Site, entry: FinishedEpisode, address: str, *, foreign: bool) -> Step:
    """A finished file to where it is uploaded from. A released one stays there even in a clone that cannot make it,
    or has made it with other bytes (`foreign`)."""
    target = site.paths.file(address)
    tagged = finished.tagged_file(entry, address)
    return Step(
        name=f"feed:{target.name}{_mark(site)}",
        inputs=(tagged,),
        outputs=(target,),
        run=partial(show_run.copy_audio, tagged, target),
        frozen=foreign or not tagged.exists(),
        keep=entry.release is not None and not site.preview,
    )


def _pages_step(site: Site, entry: FinishedEpisode, *, frozen: bool) -> Step:
    folder = entry.episode.folder
    pictures = (*show_run.episode_cover(entry), *show_run.chapter_pictures(entry))
    files = (
        addresses.page(folder),
        *(addresses.transcripts(folder) if entry.has_transcript else ()),
        addresses.chapters(folder),
        *(address for _, address in pictures),
    )
    return Step(
        name=f"pages:{folder}{_mark(site)}",
        inputs=(
            _facts(entry),
            *((entry.paths.retimed,) if entry.has_transcript else ()),
            entry.paths.notes_html,
            entry.paths.notes_text,
            *(source for source, _ in pictures),
        ),
        outputs=(*map(site.paths.file, files), entry.paths.moments),
        settings=_frame_slice(site)
        | {
            "episode": _published_slice(entry, without=_FEED_ONLY) | {"corrected": entry.episode.corrected},
            "neighbours": [other and (other.episode.folder, other.episode.title) for other in site.around(entry)],
        },
        run=partial(show_run.write_episode_pages, site, entry),
        frozen=frozen,
        apart=True,
    )


def _withdrawn_step(site: Site, entry: FinishedEpisode) -> Step:
    """The notice in the place of the episode's page; the build core removes the other files that it had."""
    return Step(
        name=f"pages:{entry.episode.folder}",
        inputs=(entry.paths.release,),
        outputs=(site.paths.file(addresses.page(entry.episode.folder)),),
        settings=_frame_slice(site) | {"episode": _published_slice(entry, without=_FEED_ONLY)},
        run=partial(show_run.write_withdrawn_page, site, entry),
    )


def _sentences_step(site: Site, entry: FinishedEpisode, *, frozen: bool) -> Step:
    folder = entry.episode.folder
    return Step(
        name=f"search:{folder}{_mark(site)}",
        inputs=(_facts(entry), *((entry.paths.retimed,) if entry.has_transcript else ())),
        outputs=(site.paths.file(addresses.search_sentences(folder)), site.words(entry)),
        settings={"revision": 1, "episode": _published_slice(entry)},
        run=partial(show_run.write_sentences, site, entry),
        frozen=frozen,
        apart=True,
    )


def _search_step(site: Site) -> Step:
    """The index of all episodes, from the words of each, which `_sentences_step` has gathered."""
    return Step(
        name=f"search{_mark(site)}",
        inputs=tuple(site.words(entry) for entry in site.entries),
        outputs=(*map(site.paths.file, show_run.search_addresses(site)), site.indexed_words),
        settings=_frame_slice(site) | {"episodes": [entry.episode.folder for entry in site.entries]},  # in their order
        run=partial(show_run.write_search, site),
    )


def _mark(site: Site) -> str:
    return " (Vorschau)" if site.preview else ""


def _facts(entry: FinishedEpisode) -> Path:
    return entry.paths.release if entry.release else entry.paths.candidate


def _frame_slice(site: Site, *shown: str) -> dict[str, object]:
    """What every page depends on: the look, and the fields of the show that stand around each; and those `shown`."""
    around = ("title", "language", "base_url", "cover", "copyright", "license", "license_url", "legal", "placeholders")
    return {
        "revision": 3,
        "design": design_sha256(),
        "logo": site.show.theme.logo,
        "has_topics": site.has_topics,
        "show": {name: getattr(site.show, name) for name in (*around, *shown)},
    }


def _listed_slice(entry: FinishedEpisode) -> dict[str, object]:
    """What lists show of an episode."""
    episode = entry.episode
    names = ("folder", "title", "summary", "number", "season", "episode_type", "speakers", "topics")
    return {name: getattr(episode, name) for name in names} | {"published": entry.published}


def _published_slice(entry: FinishedEpisode, *, without: Sequence[str] = ()) -> dict[str, object]:
    hidden = ("speech", "audio", "assembly", "not_labels", "recording", "tracks", "draft", "imported", *without)
    return settings_slice(entry.episode, without=hidden) | {"published": entry.published}
