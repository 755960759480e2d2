"""Publishes the show: releases what is due, brings `feed/` up to date, uploads it, and checks that it arrived."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import addresses
from pipeline.build.locks import locked
from pipeline.editor.conflict import is_unchanged_draft
from pipeline.errors import ChangedError, MissingFileError, ReleaseError, TargetError, UncorrectedError, UsageError
from pipeline.promises import finished
from pipeline.promises.gate import published_state
from pipeline.show.settings_cache import load_episode, load_episodes, load_show
from pipeline.upload.difference import Content
from pipeline.upload.public import check_public
from pipeline.upload.send import links_out, local_files, look
from pipeline.upload.target import local_folder, open_target
from pipeline.values.progress import Notice
from pipeline.workflow.release import prepare, promise
from pipeline.workflow.site import record_published, undisturbed, update_site
from pipeline.workflow.withdrawn import withdrawn_folders, without_copy

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from pipeline.paths import ShowPaths
    from pipeline.promises.finished import FinishedEpisode
    from pipeline.upload.difference import LocalFile
    from pipeline.upload.public import PublicFinding
    from pipeline.upload.send import Upload
    from pipeline.upload.target import Target
    from pipeline.values.show import PublishSettings, Show
    from pipeline.workflow.release import Confirms
    from pipeline.workflow.session import Session


_ATTEMPTS = 5  # how often an upload starts again because another run renewed feed/


@dataclass(frozen=True, slots=True, kw_only=True)
class Listeners:
    """Called while things happen: with the folder of a released episode, with a file that is about to be sent, to ask
    whether an episode (its folder) may be published although nobody corrected its transcript, and, at most once, with
    the files of withdrawn episodes on the target and those of them that only the target has: whether they are to be
    removed."""

    released: Callable[[str], None]
    sends: Callable[[LocalFile], None]
    confirms: Confirms
    removes: Callable[[Sequence[str], Collection[str]], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What was done, or would be done with `dry_run`."""

    target: str
    to_release: tuple[str, ...]
    left_out: tuple[str, ...]  # folders of due episodes whose transcript nobody corrected or confirmed
    sent: tuple[LocalFile, ...]
    unchanged: int
    removed: tuple[str, ...]  # what the show has no more
    withdrawn: tuple[str, ...]  # removed files of withdrawn episodes
    left: tuple[str, ...]  # should be gone, and the target still has it
    links: tuple[str, ...]  # not sent, because they lead out of feed/
    asked: int  # files that were requested from base_url
    findings: tuple[PublicFinding, ...]


def publish_show(session: Session, listeners: Listeners, *, dry_run: bool = False, verify: bool = False) -> Published:
    """Release, build, upload, check. With `dry_run` nothing is released or sent.

    A due episode whose transcript is the unchanged draft stays out, unless somebody confirms it. Raises ReleaseError,
    and sends nothing, if a due episode may not be released.
    """
    show = load_show(session.root)
    settings = _settings(session, show)
    _refuse_placeholders(session, show)
    lock = session.paths.work / "publish.lock"
    with locked(lock, what="Das Hochladen", wait_s=0, on_wait=lambda: None):
        target = open_target(settings, session.root)
        target.reach()
        session = replace(session, held=_held(session, listeners.confirms))
        update_site(session)
        _public(session)
        to_release = _due_and_unreleased(session)
        if not dry_run:
            _release_all(session, show, to_release, target, listeners)
        upload, entries, left = _send(session, target, listeners, dry_run=dry_run)
        asked = _worth_asking(upload.local, entries) if (verify or settings.verify) and not dry_run else ()
        return Published(
            target=target.shown,
            to_release=to_release,
            left_out=tuple(sorted(session.held)),
            sent=upload.found.to_send,
            unchanged=upload.found.unchanged,
            removed=tuple(address for address in upload.found.to_remove if address not in left),
            withdrawn=tuple(address for address in upload.found.withdrawn if address not in left),
            left=left,
            links=upload.links,
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
) -> tuple[Upload, tuple[FinishedEpisode, ...], tuple[str, ...]]:
    """Send what differs, and record what subscribers have now; returns the upload, the episodes in it, and what should
    be gone from the target and is not. If another run renews `feed/` meanwhile, the rest is sent from its new state."""
    agreed: bool | None = None
    left: tuple[str, ...] = ()
    for again in reversed(range(_ATTEMPTS)):
        with undisturbed(session) as hashes:
            entries, everything = _public(session), _finished(session)
            local = local_files(session.paths.feed.home, hashes.sha256)
            links = links_out(session.paths.feed.home)
        upload = look(target, local, _promised(entries), withdrawn=withdrawn_folders(everything), links=links)
        if dry_run:
            break
        files = upload.found.withdrawn
        if files and agreed is None:
            agreed = listeners.removes(files, without_copy(everything, files))
        try:
            left = upload.send(listeners.sends, remove_withdrawn=bool(agreed))
        except ChangedError:
            if not again:
                raise
            session.listen(
                Notice(text="Ein anderer Lauf hat feed/ inzwischen erneuert; hochgeladen wird der neue Stand.")
            )
            continue
        record_published(session, entries)
        _report_closed(session, target, local)
        break
    return upload, entries, left


def _report_closed(session: Session, target: Target, local: Sequence[LocalFile]) -> None:
    closed = target.closed(file.address for file in local)
    if closed:
        more = f" und {len(closed) - 1} weitere" if len(closed) > 1 else ""
        text = (
            f"Nur der Besitzer darf lesen: {closed[0]}{more}. Liest der Webserver unter einem anderen Konto, fehlt ihm "
        )
        session.listen(Notice(text=f"{text}das Recht; `chmod -R go+rX` auf den Ordner des Ziels gibt es ihm."))


def refuse_left(done: Published) -> None:
    """Raise TargetError if the target still has what should be gone, and MissingFileError if something in `feed/` was
    not sent because it is a link to another place."""
    if done.left:
        raise TargetError(
            "\n".join(
                ["Auf dem Ziel liegt noch, was dort nicht mehr liegen soll:", *(f"  {each}" for each in done.left)]
            ),
            where=done.target,
            advice="`make publish YES=1` löscht es. Lässt das Ziel das nicht zu, diese Dateien dort von Hand löschen "
            "(lassen). Alles andere ist hochgeladen.",
        )
    if done.links:
        raise MissingFileError(
            "\n".join(
                ["Nicht hochgeladen, weil es Verweise aus feed/ hinaus sind:", *(f"  {each}" for each in done.links)]
            ),
            where="feed/",
            advice="Die Dateien selbst dorthin legen oder die Verweise löschen. Alles andere ist hochgeladen.",
        )


def _listed(head: str, lines: Iterable[str]) -> str:
    return "\n".join([head, *(f"  {line}" for line in lines)])


def refuse_left_out(folders: Sequence[str]) -> None:
    """Raise UncorrectedError if episodes were left out."""
    if folders:
        raise UncorrectedError(
            "\n".join(
                [
                    "Nicht veröffentlicht, weil das Transkript der unveränderte Entwurf ist:",
                    *(f"  {folder}" for folder in folders),
                ]
            ),
            advice="Den Text gegenlesen und dabei hören, oder, wenn er so bleiben soll: make release EPISODE=… YES=1. "
            "Danach `make publish` wiederholen; alle anderen Folgen sind auf dem Stand.",
        )


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
    if folder is not None and _is_ours(folder, session.paths):
        raise UsageError(
            "Das Ziel liegt in einem Ordner, in dem der Podcast selbst arbeitet, oder enthält ihn.",
            where=folder,
            advice="In show.toml unter [publish] einen anderen Ordner nennen, am besten außerhalb dieses Projekts.",
        )
    return settings


def _is_ours(folder: Path, paths: ShowPaths) -> bool:
    """Whether `folder` contains the show, or is inside one of the folders that the show works in."""
    ours = (paths.feed.home, paths.preview.home, paths.episodes, paths.transcripts)
    root = Path(os.path.realpath(paths.root))
    return any(_same(folder, home) for home in (root, *root.parents)) or any(
        _same(place, home) for place in (folder, *folder.parents) for home in ours
    )


def _same(one: Path, other: Path) -> bool:
    """Whether both are the same folder, by whatever name: some file systems ignore case, and links have two."""
    try:
        return one == Path(os.path.realpath(other)) or (one.exists() and other.exists() and one.samefile(other))
    except OSError:  # a name that no file can have, a link to itself
        return False


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
        elif entry.release is None and episode.folder not in session.held:
            found.append(episode.folder)
    return tuple(found)


def _held(session: Session, confirms: Confirms) -> frozenset[str]:
    """The folders of finished, due episodes whose transcript is the unchanged draft and that nobody confirms."""
    episodes = load_episodes(session.root, load_show(session.root))
    return frozenset(
        entry.episode.folder
        for entry in finished.finished_episodes(session.root, [episode for episode in episodes if not episode.example])
        if entry.release is None
        and entry.is_due(session.now)
        and is_unchanged_draft(entry.paths)
        and not confirms(entry.episode.folder)
    )


def _finished(session: Session) -> tuple[FinishedEpisode, ...]:
    episodes = load_episodes(session.root, load_show(session.root))
    return finished.finished_episodes(session.root, episodes, held=session.held)


def _public(session: Session) -> tuple[FinishedEpisode, ...]:
    """The episodes that the feed shows, newest first: none if all that were published are withdrawn or gone.

    Raises ReleaseError if there are none and nothing was published before.
    """
    entries = _finished(session)
    due, _ = finished.due_and_later(entries, session.now)
    real = tuple(entry for entry in due if not entry.episode.example)
    emptied = not due and (any(entry.withdrawn for entry in entries) or published_state(session.root).base_url)
    if not real and not emptied:
        refuse_left_out(sorted(session.held))
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
    newest = entries[:1]
    audio = {file.path for entry in newest for file in entry.enclosure.files}
    homes = tuple(addresses.page(entry.episode.folder).removesuffix("index.html") for entry in newest)
    wanted = (addresses.FEED, addresses.INDEX)
    first = [file for address in wanted for file in local if file.address == address]
    return (*first, *(file for file in local if file.address in audio or file.address.startswith(homes)))
