"""Sends the files of `feed/` that changed to a target: media, then transcripts and pages, the feed last.

If the run is killed at any moment, the target has whole files and no feed that names missing ones. The next run goes
on: the record on the target never lists a file that may have changed since.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline import addresses
from pipeline.errors import ChangedError, StorageError, TargetError
from pipeline.upload.difference import Content, Difference, LocalFile, difference, record_from_json, record_to_json
from pipeline.upload.kinds import Stage, stage_of
from pipeline.upload.target import RECORD, is_staged

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pipeline.upload.target import Target


@dataclass(slots=True)
class Upload:
    """One upload to a target: `look` finds the difference, `send` applies it."""

    target: Target
    local: Sequence[LocalFile]
    promised: Mapping[str, Content]  # released audio by its address
    recorded: dict[str, Content]
    found: Difference
    leftovers: tuple[str, ...]
    links: tuple[str, ...]

    def send(self, on_send: Callable[[LocalFile], None], *, remove_withdrawn: bool = False) -> tuple[str, ...]:
        """Send what has changed, check that it has arrived in full, and only then send the feed. Last, remove what the
        show has no more, and with `remove_withdrawn` the files of withdrawn episodes.

        Returns what the target still has of the files that the show has no more. Raises TargetError, and ChangedError
        if a file changes meanwhile.
        """
        for address in self.leftovers:
            self.target.remove(address)
        before = [file for file in self.found.to_send if stage_of(file.address) is not Stage.FEED]
        feed = [file for file in self.found.to_send if stage_of(file.address) is Stage.FEED]
        self._forget(file.address for file in self.found.to_send)
        for stage in Stage:
            self._send([file for file in before if stage_of(file.address) is stage], on_send)
        self._check_sizes([*before, *(file for file in self.local if stage_of(file.address) is Stage.MEDIA)])
        self._send(feed, on_send)
        self._check_sizes(feed)
        if remove_withdrawn:
            return self._remove((*self.found.to_remove, *self.found.withdrawn))
        return (*self._remove(self.found.to_remove), *self.found.withdrawn)

    def _send(self, files: Iterable[LocalFile], on_send: Callable[[LocalFile], None]) -> None:
        """Send the files of one stage; the record is written after each media file, and at the end."""
        remembered = True
        for file in files:
            _refuse_changed(file)
            on_send(file)
            self.target.put(file.address, file.path)
            _refuse_changed(file)
            self.recorded[file.address] = file.content
            remembered = stage_of(file.address) is Stage.MEDIA
            if remembered:
                self._remember()
        if not remembered:
            self._remember()

    def _remove(self, files: Sequence[str]) -> tuple[str, ...]:
        """Remove the files and return those that are still there: some targets refuse, others only seem to obey."""
        for address in files:
            with suppress(TargetError, StorageError):
                self.target.remove(address)
        still = self.target.sizes(files) if files else {}
        self._forget(address for address in files if address not in still)
        return tuple(address for address in files if address in still)

    def _forget(self, addresses: Iterable[str]) -> None:
        known = [address for address in addresses if self.recorded.pop(address, None) is not None]
        if known:
            self._remember()

    def _remember(self) -> None:
        self.target.put(RECORD, record_to_json(self.recorded).encode())

    def _check_sizes(self, files: Sequence[LocalFile]) -> None:
        if not files:
            return
        sizes = self.target.sizes(file.address for file in files)
        wrong = [
            f"{file.address}: {sizes.get(file.address, 0)} statt {file.content.size_bytes} Bytes"
            for file in files
            if sizes.get(file.address) != file.content.size_bytes
        ]
        if wrong:
            raise TargetError(
                "\n".join(["Auf dem Ziel liegt nicht, was gesendet wurde:", *(f"  {line}" for line in wrong)]),
                where=self.target.shown,
                advice="Platz und Rechte auf dem Ziel prüfen und den Befehl wiederholen.",
            )


def look(
    target: Target,
    local: Sequence[LocalFile],
    promised: Mapping[str, Content],
    *,
    withdrawn: Collection[str] = (),
    links: Collection[str] = (),
) -> Upload:
    """Find out what is on the target and what would have to be done; nothing is changed there. `withdrawn` are folders
    of episodes, `links` the addresses of files that are not sent because they are elsewhere (`links_out`).

    Raises TargetError if released audio is neither here nor on the target, and if the record on the target names files
    outside its folder.
    """
    recorded = record_from_json((target.read(RECORD) or b"").decode("utf-8", errors="replace"))
    _refuse_outside(target, recorded)
    taken_back = {place for folder in withdrawn for place in _places_of(folder)}
    sizes = target.sizes({*recorded, *promised, *taken_back, *(file.address for file in local), RECORD})
    found = difference(local, recorded=recorded, sizes=sizes, promised=promised, withdrawn=withdrawn, left_out=links)
    if found.lacking:
        raise TargetError(
            "\n".join(
                [
                    "Veröffentlichtes Audio liegt in seiner veröffentlichten Form weder hier noch auf dem Ziel:",
                    *(f"  feed/{address}" for address in found.lacking),
                ]
            ),
            where=target.shown,
            advice="Die Dateien von dem Rechner holen, auf dem sie entstanden sind, oder aus der Datensicherung. "
            "Hochgeladen wurde nichts.",
        )
    return Upload(
        target=target,
        local=local,
        promised=promised,
        recorded=recorded,
        found=found,
        leftovers=tuple(sorted(filter(is_staged, sizes))),
        links=tuple(links),
    )


def _refuse_outside(target: Target, recorded: Iterable[str]) -> None:
    outside = [address for address in recorded if not addresses.is_inside(address)]
    if outside:
        raise TargetError(
            "\n".join(
                ["Das Verzeichnis auf dem Ziel nennt Dateien außerhalb des Ziels:", *map("  {!r}".format, outside)]
            ),
            where=f"{target.shown}/{RECORD}",
            advice="Die Datei ist beschädigt oder gefälscht: sie dort ansehen und entfernen, danach wird alles noch "
            "einmal hochgeladen. Jetzt wurde nichts hochgeladen und nichts gelöscht.",
        )


def _places_of(folder: str) -> tuple[str, ...]:
    """One address in each folder of the site that has files of an episode."""
    return addresses.audio(folder), addresses.page(folder), addresses.chapter_image(folder, "bild")


def local_files(home: Path, sha256: Callable[[Path], str | None]) -> tuple[LocalFile, ...]:
    """Every file of `home` that is meant for the public: neither its name nor that of a folder begins with a dot, and
    it is no link out of `home`."""
    found = []
    for path, address in _public(home):
        if not path.is_file() or (path.is_symlink() and _leads_out(path, home)):
            continue
        stat = path.stat()
        content = Content(sha256=sha256(path) or "", size_bytes=stat.st_size)
        found.append(LocalFile(address=address, path=path, content=content, modified_ns=stat.st_mtime_ns))
    return tuple(found)


def links_out(home: Path) -> tuple[str, ...]:
    """The addresses of links in `home` that lead out of it or nowhere: what is behind them may be anything."""
    return tuple(address for path, address in _public(home) if path.is_symlink() and _leads_out(path, home))


def _public(home: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(home.rglob("*")):
        parts = path.relative_to(home).parts
        if not any(part.startswith(".") for part in parts):
            yield path, "/".join(parts)


def _leads_out(path: Path, home: Path) -> bool:
    try:
        return not path.resolve(strict=True).is_relative_to(home.resolve())
    except (OSError, RuntimeError):  # leads nowhere, or in a circle
        return True


def _refuse_changed(file: LocalFile) -> None:
    """Raise ChangedError if the file has changed: another run may rebuild `feed/` while this one sends it."""
    try:
        stat = file.path.stat()
    except FileNotFoundError:
        stat = None
    if stat is None or (stat.st_size, stat.st_mtime_ns) != (file.content.size_bytes, file.modified_ns):
        raise ChangedError(
            "Während des Hochladens hat ein anderer Lauf die Datei erneuert.",
            where=file.path,
            advice="Den Befehl wiederholen, wenn der andere Lauf fertig ist.",
        )
