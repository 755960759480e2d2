"""Changes a released episode: gives it a new recording under a new name, withdraws it, or offers it again."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from pipeline import addresses
from pipeline.build.files import write_bytes, write_text
from pipeline.build.own_files import read_json
from pipeline.errors import ReleaseError, UsageError
from pipeline.promises.gate import published_state
from pipeline.show.folders import find_episode
from pipeline.show.settings_cache import load_episode, load_show
from pipeline.values.json_files import to_json
from pipeline.values.progress import Notice
from pipeline.values.published import Release, Withdrawal
from pipeline.workflow.release import finished_audio, transcript_refusals
from pipeline.workflow.site import update_site

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pipeline.paths import EpisodePaths
    from pipeline.values.audio import FormatName
    from pipeline.values.published import AlternateEnclosure, Enclosure
    from pipeline.values.show import Episode
    from pipeline.workflow.session import Session


def replace_audio(session: Session, key: str) -> Episode:
    """Make a released episode once more from its recording and offer it under a new address, with the same guid.

    The old file stays where it is. Raises ReleaseError and then leaves release.json, transcript and words unchanged.
    """
    from pipeline.promises.release import broken_promise_lines, refusals

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
    with _restored_on_failure(paths):
        enclosure = finished_audio(making, show, episode, reasons)
        if enclosure.sha256 == released.enclosure.sha256:
            session.listen(Notice(text=f"{episode.folder}: die neue Datei gleicht der veröffentlichten; alles bleibt."))
            return episode
        renamed = _renamed(session, episode, enclosure, released)
        _promise(session, paths, replace(released, enclosure=renamed))
    session.listen(Notice(text=f"{episode.folder}: die neue Aufnahme heißt {renamed.path}; die Kennung bleibt."))
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
    show = load_show(session.root)
    episode = load_episode(session.root, find_episode(session.root, key), show)
    paths = session.paths.episode(episode.folder)
    released = _release(paths, "Sie erscheint nicht mehr, wenn in episode.toml draft = true steht.")
    moment = released.withdrawn.moment if released.withdrawn else session.now
    _promise(session, paths, replace(released, withdrawn=Withdrawal(moment=moment, reason=text)))
    return episode


def reinstate(session: Session, key: str) -> Episode:
    """Offer a withdrawn episode again, as it was. Raises ReleaseError."""
    show = load_show(session.root)
    episode = load_episode(session.root, find_episode(session.root, key), show)
    paths = session.paths.episode(episode.folder)
    released = _release(paths, "Es gibt nichts zurückzunehmen.")
    if released.withdrawn is None:
        session.listen(Notice(text=f"{episode.folder} ist nicht zurückgezogen; es war nichts zu tun."))
        return episode
    _promise(session, paths, replace(released, withdrawn=None))
    for file in released.enclosure.files:
        if "://" not in file.path and not session.paths.feed.file(file.path).exists():
            session.listen(Notice(text=f"{file.path} liegt auf diesem Rechner nicht; vor dem Hochladen dorthin legen."))
    return episode


def _release(paths: EpisodePaths, advice: str) -> Release:
    if not paths.release.exists():
        raise ReleaseError(
            f"{paths.folder} ist nicht veröffentlicht.", where=paths.home, advice=f"{advice} Es wurde nichts verändert."
        )
    return read_json(Release, paths.release)


def _promise(session: Session, paths: EpisodePaths, release: Release) -> None:
    """Write release.json and bring the show up to date; restore release.json if the gate refuses."""
    before = paths.release.read_bytes()
    write_text(paths.release, to_json(release))
    try:
        update_site(session)
    except ReleaseError:
        write_bytes(paths.release, before)
        raise


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
def _restored_on_failure(paths: EpisodePaths) -> Iterator[None]:
    """Restore words.json, the draft and an unedited transcript if the block fails: pages and subtitles of the released
    episode are made from them."""
    before = {path: path.read_bytes() for path in (paths.words, paths.draft, paths.transcript) if path.exists()}
    with ExitStack() as on_failure:
        on_failure.callback(_restore, paths, before)
        yield
        on_failure.pop_all()


def _restore(paths: EpisodePaths, before: Mapping[Path, bytes]) -> None:
    ours = _content(paths.draft)
    for path, content in before.items():
        people_wrote = path == paths.transcript and _content(path) != ours
        if _content(path) != content and not people_wrote:
            write_bytes(path, content)


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None
