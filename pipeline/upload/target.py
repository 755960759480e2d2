"""One interface to a folder, an SFTP server, S3-compatible storage or another fsspec target: list, read, put, remove.

Credentials come only from the environment and the usual configuration (ssh, AWS), and are never shown.
"""

from __future__ import annotations

import errno
import os
import secrets
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import unquote, urlsplit

from pipeline.addresses import is_inside, shown
from pipeline.build import system
from pipeline.build.files import move_into_place, storage_error
from pipeline.errors import TargetError
from pipeline.upload.kinds import cache_control, media_type
from pipeline.upload.open_to_all import closed_to_others, make_open_folder, open_file
from pipeline.upload.trouble import PASSWORD_VARIABLE, failures, is_about_names, target_error

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fsspec import AbstractFileSystem  # type: ignore[import-untyped]  # ships no types

    from pipeline.values.show import PublishSettings

Kind = Literal["folder", "sftp", "s3", "other"]

RECORD = ".veroeffentlicht.json"

_STAGED_SUFFIX = ".neu"
_CONNECT_S = 30
_EXTRAS = {"sftp": "sftp", "ssh": "sftp", "s3": "s3", "s3a": "s3"}


class Target:
    """The place that is published to. Addresses are relative to its folder, as in `audio/007-breitband.mp3`.

    If files can be renamed, they appear whole: sent under another name, then renamed. Object storage shows an object
    only when it is whole. Every method raises TargetError, also for an address that leads out of the target's folder;
    for a folder on this computer StorageError as well.
    """

    def __init__(self, name: str, filesystem: AbstractFileSystem, base: str, *, kind: Kind) -> None:
        self.shown = name  # for messages, without credentials
        self._files = filesystem
        self._base = base.rstrip("/")
        self._kind = kind
        self._renames = _can_rename(filesystem)

    def reach(self) -> None:
        """Raise TargetError unless the target or the folder above it exists: a target that is still empty differs in
        this from a share that is not mounted. Raises it for a file in the target's place, too."""
        with self._translated_errors():
            if self._kind == "s3":
                self._files.find(self._base)  # raises if there is no such bucket; `exists` would not say why
            elif self._files.isfile(self._base):
                raise FileExistsError(self._base)
            elif not self._files.exists(self._base) and self._kind != "other":  # others may have no folders
                self._files.info(self._base.rpartition("/")[0] or "/")

    def try_writing(self, names: Iterable[str]) -> None:
        """Raise TargetError or StorageError if nothing can be written here, or no file with one of these `names`. Only
        the record is written, with the content that it has."""
        self.put(RECORD, self.read(RECORD) or b"")
        longest = system.longest_name_bytes(self._base) if self._kind == "folder" else None
        if longest is not None:
            room = longest - len(_staged_name(""))
            too_long = [name for name in names if len(os.fsencode(name)) > room]
            if too_long:
                raise target_error(OSError(errno.ENAMETOOLONG, "", too_long[0]), f"{self.shown}/{too_long[0]}")

    def sizes(self, addresses: Iterable[str]) -> dict[str, int]:
        """The size of every file in the folders of `addresses`, by address."""
        with self._translated_errors():
            if self._kind == "s3":
                return self._by_address(self._files.find(self._base, detail=True).values())
            found: dict[str, int] = {}
            for folder in sorted({self._at(address).rpartition("/")[0] for address in addresses}):
                try:
                    found |= self._by_address(self._files.ls(folder, detail=True))
                except FileNotFoundError:
                    continue
            return found

    def read(self, address: str) -> bytes | None:
        """The content of the file, or None if it does not exist."""
        with self._translated_errors(address):
            try:
                content: bytes = self._files.cat_file(self._at(address))
            except FileNotFoundError:
                return None
            return content

    def put(self, address: str, source: Path | bytes) -> None:
        """Send a file or bytes; an existing file is replaced as a whole. In a folder it can be read by everyone."""
        place = self._at(address)
        folder, _, name = place.rpartition("/")
        with self._translated_errors(address):
            if not self._renames:
                headers = {"ContentType": media_type(address), "CacheControl": cache_control(address)}
                self._write(place, source, headers if self._kind == "s3" else {})
                return
            if self._kind == "folder":
                make_open_folder(Path(folder))
            else:
                self._files.makedirs(folder, exist_ok=True)
            staged = f"{folder}/{_staged_name(name)}"
            self._write(staged, source, {})
            if self._kind == "folder":
                open_file(Path(staged))
                move_into_place(Path(staged), Path(place))
            elif not self._renamed(staged, place):
                self._renames = False  # from now on files are sent to their place directly
                self._write(place, source, {})

    def remove(self, address: str) -> None:
        """Remove a file that may be gone already."""
        with self._translated_errors(address):
            try:
                self._files.rm_file(self._at(address))
            except FileNotFoundError:
                return

    def closed(self, addresses: Iterable[str]) -> tuple[str, ...]:
        """The target's folder, and what in it leads to `addresses`, that only their owner can read even after an
        attempt to change that. Empty where the target is no folder on this computer."""
        return closed_to_others(Path(self._base), addresses) if self._kind == "folder" else ()

    def _renamed(self, staged: str, place: str) -> bool:
        """Rename, and return whether that worked: SFTP needs an extension of OpenSSH to replace a file, which a few
        servers lack."""
        try:
            self._files.mv(staged, place)
        except failures():
            with suppress(FileNotFoundError):
                self._files.rm_file(staged)
            return False
        return True

    def _write(self, place: str, source: Path | bytes, headers: dict[str, str]) -> None:
        if isinstance(source, bytes):
            self._files.pipe_file(place, source, **headers)
        else:
            self._files.put_file(str(source), place, **headers)

    def _at(self, address: str) -> str:
        if not is_inside(address):
            raise TargetError(
                f"Eine Adresse führt aus dem Ordner des Ziels hinaus: {address!r}",
                where=self.shown,
                advice="Sie steht in einer beschädigten oder gefälschten Datei. Dort wurde nichts verändert.",
            )
        return f"{self._base}/{address}"

    def _by_address(self, entries: Iterable[dict[str, Any]]) -> dict[str, int]:
        prefix = self._base.lstrip("/") + "/"
        files = {str(entry["name"]).lstrip("/"): entry for entry in entries if entry["type"] != "directory"}
        found = {name.removeprefix(prefix): int(entry["size"] or 0) for name, entry in files.items()}
        return {address: size_bytes for address, size_bytes in found.items() if is_inside(address)}  # others: not ours

    @contextmanager
    def _translated_errors(self, address: str = "") -> Iterator[None]:
        """`address` is the file that is concerned, "" for the whole target: messages name it."""
        try:
            yield
        except failures() as error:
            local = None
            if self._kind == "folder" and isinstance(error, OSError) and not is_about_names(error):
                local = storage_error(error, Path(self._base) / address)
            raise local or target_error(error, f"{self.shown}/{address}" if address else self.shown) from error


def _staged_name(name: str) -> str:
    """The name under which a file is sent before it is renamed to `name`."""
    return f".{name}.{secrets.token_hex(4)}{_STAGED_SUFFIX}"


def is_staged(address: str) -> bool:
    """Whether this is the rest of a file that a killed run was sending."""
    name = address.rpartition("/")[2]
    return name.startswith(".") and name.endswith(_STAGED_SUFFIX)


def open_target(settings: PublishSettings, root: Path) -> Target:
    """Connect to the target. Raises TargetError, also if the package for that kind of target is not installed."""
    url = settings.target
    scheme = urlsplit(url).scheme if "://" in url else ""
    try:
        if not scheme or scheme == "file":
            folder = local_folder(settings, root)
            assert folder is not None, "a target without a scheme is a folder"
            return Target(shown_target(settings), _local(), folder.as_posix(), kind="folder")
        if scheme in {"sftp", "ssh"}:
            return _open_sftp(url)
        if scheme in {"s3", "s3a"}:
            return _open_s3(url, settings.endpoint)
        return _open_other(url)
    except ImportError as error:
        raise _not_installed(scheme, shown_target(settings), error) from error
    except failures() as error:
        raise target_error(error, shown_target(settings)) from error


def shown_target(settings: PublishSettings) -> str:
    """The target for messages: a folder as it was written, a URL without credentials."""
    return shown(settings.target) if "://" in settings.target else settings.target


def local_folder(settings: PublishSettings, root: Path) -> Path | None:
    """The target's folder if it is on this computer, else None."""
    if "://" not in settings.target:
        return Path(os.path.realpath(root / Path(settings.target).expanduser()))
    parts = urlsplit(settings.target)
    return Path(os.path.realpath(unquote(parts.path))) if parts.scheme == "file" else None


def _not_installed(scheme: str, place: str, error: ImportError) -> TargetError:
    extra = _EXTRAS.get(scheme)
    advice = (
        f"Einmal `make setup-{extra}` aufrufen (ohne make: `podcast setup {extra}`) und den Befehl wiederholen."
        if extra
        else f"Das Paket installieren, das fsspec dafür nennt: {error}"
    )
    return TargetError(f"Für ein Ziel mit {scheme}:// fehlt noch ein Paket.", where=place, advice=advice)


def _local() -> AbstractFileSystem:
    from fsspec.implementations.local import LocalFileSystem  # type: ignore[import-untyped]  # no types

    return LocalFileSystem()


def _open_sftp(url: str) -> Target:
    from sshfs import SSHFileSystem  # type: ignore[import-untyped]  # an extra; no types

    parts = urlsplit(url)
    options: dict[str, Any] = {"username": parts.username, "port": parts.port}
    options["password"] = os.environ.get(PASSWORD_VARIABLE)
    # sshfs 2026.8 checks no host key by default: () means the user's own known_hosts.
    filesystem = SSHFileSystem(
        parts.hostname,
        known_hosts=(),
        connect_timeout=_CONNECT_S,
        keepalive_interval=_CONNECT_S,
        skip_instance_cache=True,
        **{key: value for key, value in options.items() if value is not None},
    )
    return Target(shown(url), filesystem, unquote(parts.path), kind="sftp")


def _open_s3(url: str, endpoint: str) -> Target:
    from s3fs import S3FileSystem  # type: ignore[import-untyped]  # an extra; no types

    filesystem = S3FileSystem(
        endpoint_url=endpoint or None,
        use_listings_cache=False,
        skip_instance_cache=True,
        config_kwargs={"connect_timeout": _CONNECT_S},
    )
    parts = urlsplit(url)
    return Target(shown(url), filesystem, parts.netloc + parts.path, kind="s3")


def _open_other(url: str) -> Target:
    from fsspec.core import url_to_fs  # type: ignore[import-untyped]

    try:
        filesystem, base = url_to_fs(url, use_listings_cache=False, skip_instance_cache=True)
    except ValueError as error:
        raise TargetError(
            "Diese Art von Ziel ist nicht bekannt.",
            where=shown(url),
            advice="In show.toml unter [publish] ein Ziel nennen wie sftp://benutzer@server/pfad, s3://speicher/ordner "
            "oder einen Ordner.",
        ) from error
    return Target(shown(url), filesystem, base, kind="other")


def _can_rename(filesystem: AbstractFileSystem) -> bool:
    """Whether the target has a real rename: fsspec's own `mv` copies and deletes, which gains nothing."""
    from fsspec import AbstractFileSystem as Base  # imported late: `--help` needs no fsspec

    return hasattr(filesystem, "_mv") or type(filesystem).mv is not Base.mv
