"""Publishes the show: releases what is due, brings `feed/` up to date, uploads it, and checks that it arrived."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.build.files import locked
from pipeline.errors import ChangedError, ReleaseError, TargetError, UsageError
from pipeline.promises import finished
from pipeline.show.settings_cache import load_episode, load_episodes, load_show
from pipeline.upload.difference import Content
from pipeline.upload.public import check_public
from pipeline.upload.send import local_files, look
from pipeline.upload.target import local_folder, open_target
from pipeline.values.progress import Notice
from pipeline.workflow.release import prepare, promise
from pipeline.workflow.site import record_published, undisturbed, update_site

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipeline.promises.finished import FinishedEpisode
    from pipeline.upload.difference import LocalFile
    from pipeline.upload.public import PublicFinding
    from pipeline.upload.send import Upload
    from pipeline.upload.target import Target
    from pipeline.values.show import PublishSettings, Show
    from pipeline.workflow.session import Session


_ATTEMPTS = 5  # how often an upload starts again because another run renewed feed/


@dataclass(frozen=True, slots=True, kw_only=True)
class Listeners:
    """Called while things happen: with the folder of a released episode, with a file that is about to be sent."""

    released: Callable[[str], None]
    sends: Callable[[LocalFile], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What was done, or would be done with `dry_run`."""

    target: str
    to_release: tuple[str, ...]
    sent: tuple[LocalFile, ...]
    unchanged: int
    removed: tuple[str, ...]
    asked: int  # files that were requested from base_url
    findings: tuple[PublicFinding, ...]


def publish_show(session: Session, listeners: Listeners, *, dry_run: bool = False, verify: bool = False) -> Published:
    """Release, build, upload, check. With `dry_run` nothing is released or sent.

    Raises ReleaseError, and sends nothing, if a due episode may not be released.
    """
    show = load_show(session.root)
    settings = _settings(session, show)
    _refuse_placeholders(session, show)
    lock = session.paths.work / "publish.lock"
    with locked(lock, what="Das Hochladen", wait_s=0, on_wait=lambda: None):
        target = open_target(settings, session.root)
        target.reach()
        update_site(session)
        _public(session)
        to_release = _due_and_unreleased(session)
        if not dry_run:
            _release_all(session, show, to_release, target, listeners)
        upload, entries = _send(session, target, listeners, dry_run=dry_run)
        asked = _worth_asking(upload.local, entries) if (verify or settings.verify) and not dry_run else ()
        return Published(
            target=settings.target,
            to_release=to_release,
            sent=upload.found.to_send,
            unchanged=upload.found.unchanged,
            removed=upload.found.to_remove,
            asked=len(asked),
            findings=check_public(show.base_url, asked),
        )


def _release_all(session: Session, show: Show, folders: Sequence[str], target: Target, listeners: Listeners) -> None:
    """Release the episodes. All of them are checked, the site is built and the target is tried before the first one is
    promised: a promise cannot be taken back."""
    if not folders:
        return
    ready = [prepare(session, show, load_episode(session.root, folder, show)) for folder in folders]
    update_site(replace(session, full=True), planned={each.episode.folder: each.release for each in ready})
    target.try_writing(path.name for path in session.paths.feed.home.rglob("*"))
    for prepared in ready:
        promise(session, prepared)
        listeners.released(prepared.episode.folder)
    update_site(session)


def _send(
    session: Session, target: Target, listeners: Listeners, *, dry_run: bool
) -> tuple[Upload, tuple[FinishedEpisode, ...]]:
    """Send what differs, and record what subscribers have now; returns the upload and the episodes in it. If another
    run renews `feed/` meanwhile, the rest is sent from its new state."""
    for again in reversed(range(_ATTEMPTS)):
        with undisturbed(session) as hashes:
            entries = _public(session)
            local = local_files(session.paths.feed.home, hashes.sha256)
        upload = look(target, local, _promised(entries))
        if dry_run:
            break
        try:
            upload.send(listeners.sends)
        except ChangedError:
            if not again:
                raise
            session.listen(
                Notice(text="Ein anderer Lauf hat feed/ inzwischen erneuert; hochgeladen wird der neue Stand.")
            )
            continue
        record_published(session, entries)
        break
    return upload, entries


def refuse_findings(show_url: str, findings: Sequence[PublicFinding]) -> None:
    """Raise TargetError if the check of the public address found something serious."""
    serious = [f"  {finding.address}: {finding.text}" for finding in findings if finding.serious]
    if serious:
        raise TargetError(
            "\n".join(["Hochgeladen ist alles, aber unter der öffentlichen Adresse stimmt etwas nicht:", *serious]),
            where=show_url,
            advice="docs/server.md zeigt, wie nginx, Apache und S3 einzustellen sind. Danach `make publish VERIFY=1`.",
        )


def _settings(session: Session, show: Show) -> PublishSettings:
    settings = show.publish
    if settings is None:
        raise UsageError(
            "Wohin der Podcast hochgeladen wird, steht noch nirgends.",
            where=session.paths.show_toml,
            advice='In show.toml einen Abschnitt [publish] anlegen mit target = "sftp://benutzer@server/pfad", '
            '"s3://speicher/ordner" oder einem Ordner; docs/server.md erklärt es.',
        )
    folder = local_folder(settings, session.root)
    paths = session.paths
    ours = (paths.feed.home, paths.preview.home, paths.episodes, paths.transcripts)
    if folder is not None and (folder == paths.root or any(folder.is_relative_to(home) for home in ours)):
        raise UsageError(
            "Das Ziel liegt in einem Ordner, in dem der Podcast selbst arbeitet.",
            where=folder,
            advice="In show.toml unter [publish] einen anderen Ordner nennen, am besten außerhalb dieses Projekts.",
        )
    return settings


def _refuse_placeholders(session: Session, show: Show) -> None:
    if show.placeholders:
        raise ReleaseError(
            f"In show.toml stehen noch Platzhalter mit der Endung .invalid: {', '.join(show.placeholders)}.",
            where=session.paths.show_toml,
            advice="Die richtigen Adressen eintragen und den Befehl wiederholen. Hochgeladen wurde nichts.",
        )


def _due_and_unreleased(session: Session) -> tuple[str, ...]:
    """The folders of due episodes that are not released yet. Reports those that are not even produced."""
    episodes = load_episodes(session.root, load_show(session.root))
    made = {entry.episode.folder: entry for entry in finished.finished_episodes(session.root, episodes)}
    found = []
    for episode in episodes:
        entry = made.get(episode.folder)
        if episode.example or episode.draft or episode.published is None or episode.published > session.now:
            continue
        if entry is None:
            text = f"{episode.folder} wäre fällig, ist aber noch nicht produziert (make episode); sie bleibt draußen."
            session.listen(Notice(text=text))
        elif entry.release is None:
            found.append(episode.folder)
    return tuple(found)


def _public(session: Session) -> tuple[FinishedEpisode, ...]:
    """The episodes that the feed shows, newest first. Raises ReleaseError if there are none."""
    episodes = load_episodes(session.root, load_show(session.root))
    due, _ = finished.due_and_later(finished.finished_episodes(session.root, episodes), session.now)
    real = tuple(entry for entry in due if not entry.episode.example)
    if not real:
        raise ReleaseError(
            "Noch ist keine Folge fällig; das Beispiel wird nie hochgeladen.",
            where=session.paths.episodes,
            advice="Eine Folge produzieren (make episode) und ihr in episode.toml einen Termin geben (published). "
            "Hochgeladen wurde nichts.",
        )
    return real


def _promised(entries: Sequence[FinishedEpisode]) -> dict[str, Content]:
    """Audio by its address; audio on other hosts (of imported episodes) is not ours to send."""
    return {
        file.path: Content(sha256=file.sha256, size_bytes=file.size_bytes)
        for entry in entries
        for file in entry.enclosure.files
        if "://" not in file.path
    }


def _worth_asking(local: Sequence[LocalFile], entries: Sequence[FinishedEpisode]) -> tuple[LocalFile, ...]:
    """The files worth checking online: the feed, the front page, and everything of the newest episode."""
    newest = entries[0]
    audio = {file.path for file in newest.enclosure.files}
    home = f"folgen/{newest.episode.folder}/"
    wanted = ("feed.xml", "index.html")
    first = [file for address in wanted for file in local if file.address == address]
    return (*first, *(file for file in local if file.address in audio or file.address.startswith(home)))
