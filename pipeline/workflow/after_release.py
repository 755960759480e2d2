"""Changes a released episode: gives it a new recording under a new name, withdraws it, or offers it again."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, cast

from pipeline import addresses
from pipeline.build import system
from pipeline.build.files import write_text
from pipeline.build.own_files import read_json
from pipeline.build.swap import content_of, short_lock
from pipeline.errors import ChangedError, ReleaseError, UsageError
from pipeline.promises.gate import published_state
from pipeline.promises.release import broken_promise_lines, refusals
from pipeline.promises.release_file import change_release
from pipeline.show.folders import find_episode
from pipeline.show.settings_cache import load_episode, load_show
from pipeline.values.progress import Notice
from pipeline.values.published import Release, Withdrawal
from pipeline.workflow.release import finished_audio, refuse_uncorrected, transcript_refusals
from pipeline.workflow.site import update_site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from pipeline.paths import EpisodePaths
    from pipeline.values.audio import FormatName
    from pipeline.values.published import AlternateEnclosure, Enclosure
    from pipeline.values.show import Episode
    from pipeline.workflow.release import Confirms
    from pipeline.workflow.session import Session


def replace_audio(session: Session, key: str, *, confirms: Confirms) -> Episode:
    """Make a released episode once more from its recording and offer it under a new address, with the same guid.

    The old file stays where it is. What others changed in release.json meanwhile stays: an episode that was withdrawn
    remains withdrawn. Raises ReleaseError or UncorrectedError, and then leaves release.json, transcript and words
    unchanged.
    """
    show = load_show(session.root)
    episode = load_episode(session.root, find_episode(session.root, key), show)
    paths = session.paths.episode(episode.folder)
    released = _release(paths, "Für eine neue Folge genügt `make release EPISODE=…`.")
    making = replace(session, full=True, new_audio=True)
    reasons = refusals(show, episode)
    if released.withdrawn is not None:
        reasons += ("Die Folge ist zurückgezogen; zuerst `make withdraw EPISODE=… UNDO=1`.",)
    reasons += broken_promise_lines(released, episode)
    if not reasons and paths.transcript.exists():  # before Whisper works for hours
        reasons = transcript_refusals(making, show, episode)
    with _remaking(paths):
        enclosure = finished_audio(making, show, episode, reasons)
        if enclosure.sha256 == released.enclosure.sha256:
            text = f"{episode.folder}: die neue Datei gleicht der veröffentlichten; alles bleibt."
        else:
            refuse_uncorrected(session, episode.folder, confirms)
            decide = partial(_with_audio, session, episode, enclosure, released)
            _try(session, episode, decide(_current(paths)))
            promised = change_release(paths, decide)
            text = f"{episode.folder}: die neue Aufnahme heißt {promised.enclosure.path}; die Kennung bleibt."
            if promised.withdrawn is not None:
                text += (
                    " Die Folge wurde inzwischen zurückgezogen, und das bleibt so; wieder anbieten: "
                    f"`make withdraw EPISODE={episode.folder} UNDO=1`."
                )
    update_site(session)
    session.listen(Notice(text=text))
    return episode


def withdraw(session: Session, key: str, reason: str) -> Episode:
    """Take a released episode out of the feed; a notice with `reason` replaces its page. Raises ReleaseError, and
    UsageError without a reason."""
    text = " ".join(reason.split())
    if not text:
        raise UsageError(
            "Der Grund fehlt.",
            advice='Er steht danach auf der Seite der Folge: make withdraw EPISODE=7 REASON="Auf Wunsch des Gastes."',
        )

    def decide(current: Release) -> Release:
        moment = current.withdrawn.moment if current.withdrawn else session.now
        return replace(current, withdrawn=Withdrawal(moment=moment, reason=text))

    advice = "Sie erscheint nicht mehr, wenn in episode.toml draft = true steht."
    episode, _ = _change(session, key, decide, advice)
    return episode


def reinstate(session: Session, key: str) -> Episode:
    """Offer a withdrawn episode again, as it was. Raises ReleaseError."""
    episode, before = _change(
        session, key, lambda current: replace(current, withdrawn=None), "Es gibt nichts zurückzunehmen."
    )
    if before.withdrawn is None:
        session.listen(Notice(text=f"{episode.folder} ist nicht zurückgezogen; release.json bleibt, wie es ist."))
        return episode
    for file in before.enclosure.files:
        if "://" not in file.path and not session.paths.feed.file(file.path).exists():
            session.listen(Notice(text=f"{file.path} liegt auf diesem Rechner nicht; vor dem Hochladen dorthin legen."))
    return episode


def _change(session: Session, key: str, decide: Callable[[Release], Release], advice: str) -> tuple[Episode, Release]:
    """Change the release of an episode and bring the show up to date; returns the release as it was before.

    The gate, and all that can fail in other episodes, come first; the promise is written after that. A repeated call
    does what a killed one left undone. Raises ReleaseError, with `advice` if the episode is not released.
    """
    show = load_show(session.root)
    episode = load_episode(session.root, find_episode(session.root, key), show)
    paths = session.paths.episode(episode.folder)
    before = _release(paths, advice)
    if decide(before) != before:
        _try(session, episode, decide(before))

    def decide_now(current: Release | None) -> Release:
        nonlocal before
        if current is None:
            raise _not_released(paths, advice)
        before = current
        return decide(current)

    change_release(paths, decide_now)
    update_site(session)
    return episode, before


def _try(session: Session, episode: Episode, release: Release) -> None:
    """Do all that can fail before `release` is written: pass the gate, and build what others than this episode get."""
    unfinished = () if _is_withdrawn(session, episode) else (episode.folder,)
    update_site(session, failed=unfinished, planned={episode.folder: release})


def _is_withdrawn(session: Session, episode: Episode) -> bool:
    current = _current(session.paths.episode(episode.folder))
    return current is not None and current.withdrawn is not None


def _with_audio(
    session: Session, episode: Episode, enclosure: Enclosure, released: Release, current: Release | None
) -> Release:
    """The release as it is now with the new audio. Raises ChangedError if its audio is no longer what it was when the
    run began."""
    if current is None or current.enclosure != released.enclosure:
        raise ChangedError(
            f"{episode.folder} hat inzwischen eine andere veröffentlichte Aufnahme.",
            where=session.paths.episode(episode.folder).release,
            advice="release.json ansehen und, wenn die neue Aufnahme bleiben soll, den Befehl wiederholen. "
            "release.json ist, wie es war.",
        )
    return replace(current, enclosure=_renamed(session, episode, enclosure, current))


def _release(paths: EpisodePaths, advice: str) -> Release:
    current = _current(paths)
    if current is None:
        raise _not_released(paths, advice)
    return current


def _current(paths: EpisodePaths) -> Release | None:
    return read_json(Release, paths.release) if paths.release.exists() else None


def _not_released(paths: EpisodePaths, advice: str) -> ReleaseError:
    return ReleaseError(
        f"{paths.folder} ist nicht veröffentlicht.", where=paths.home, advice=f"{advice} Es wurde nichts verändert."
    )


def _renamed(session: Session, episode: Episode, enclosure: Enclosure, released: Release) -> Enclosure:
    """`enclosure` with the first addresses that were never used."""
    used = {file.path for file in (*published_state(session.root).audio, *released.enclosure.files)}
    feed = session.paths.feed
    folder = episode.folder
    version = 2 if episode.imported else 1  # version 1 is the imported recording itself
    while any(
        addresses.audio(folder, name=name, version=version) in used
        or feed.file(addresses.audio(folder, name=name, version=version)).exists()
        for name in map(_format_name, enclosure.files)
    ):
        version += 1
    return replace(
        enclosure,
        path=addresses.audio(folder, name=_format_name(enclosure), version=version),
        alternates=tuple(
            replace(file, path=addresses.audio(folder, name=_format_name(file), version=version))
            for file in enclosure.alternates
        ),
    )


def _format_name(file: Enclosure | AlternateEnclosure) -> FormatName:
    return cast("FormatName", file.path.rpartition(".")[2])


@contextmanager
def _remaking(paths: EpisodePaths) -> Iterator[None]:
    """Mark the episode as being made once more, and restore words.json, the draft and an unedited transcript if the
    block fails: pages and subtitles of the released episode are made from them.

    If the run is killed, the mark stays, and the episode's pages stay as they are until a repeated call ends.
    """
    before = {path: content_of(path) for path in (paths.words, paths.draft, paths.transcript)}
    killed = paths.new_audio_mark.exists()  # then words and draft are not those of the released episode
    write_text(paths.new_audio_mark, "release --new-audio\n")
    with ExitStack() as stack:
        stack.callback(_restore, paths, before, killed=killed)
        yield
        stack.pop_all()
    system.remove(paths.new_audio_mark, missing_ok=True)


def _restore(paths: EpisodePaths, before: Mapping[Path, bytes | None], *, killed: bool) -> None:
    with short_lock(paths.root) as swap:
        drafted = content_of(paths.draft)
        for path, content in before.items():
            now = content_of(path)
            people_wrote = path == paths.transcript and now != drafted
            if content not in {None, now} and not people_wrote:
                swap.write(path, content, before=now)
    if not killed:
        system.remove(paths.new_audio_mark, missing_ok=True)
