"""Saves what the page typed into the transcript: never over what somebody else wrote, and never half of it.

The page sends its edits with the sha256 of the text that they belong to. If the file still has those bytes, it is
replaced whole; if not, the two are merged paragraph by paragraph (`merging`), and nothing is written until the page
sends its edits again, to the other text.
"""

from __future__ import annotations

import hashlib
import time
import zlib
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.build import system
from pipeline.build.files import dated_copy, write_bytes
from pipeline.build.handwritten import encoding_of
from pipeline.build.swap import content_of, short_lock
from pipeline.errors import ChangedError, MissingFileError, TranscriptError
from pipeline.review.merging import Conflict, edits_between, merged
from pipeline.transcript.editorial import decode
from pipeline.transcript.patch import TranscriptEdit, lines_of, patch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from pipeline.paths import EpisodePaths

_COPY_EVERY_S = 600.0
_COPIES = 20
_KNOWN_VERSIONS = 50  # in memory, compressed; the page is never more than a few behind
_KEPT_BASES = 5  # on disk, for a page that outlives its server
_WAIT_S = 10.0
_ENCODINGS = {"utf-16": "UTF-16", "cp1252": "Windows-1252"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """The transcript as it is on disk; `base` is the sha256 of its bytes."""

    raw: bytes
    base: str
    text: str
    encoding: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What was typed is on disk, as the version `base`."""

    base: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The file is another one than the page began with; nothing was written. `edits` bring what was typed into the
    `text` that is there now, except in `conflicts`. `adopted` are German sentences about what others changed."""

    base: str
    text: str
    edits: tuple[TranscriptEdit, ...]
    adopted: tuple[str, ...]
    conflicts: tuple[Conflict, ...]
    known: bool = True


class TranscriptFile:
    """The transcript file of one episode while it is being corrected."""

    def __init__(self, paths: EpisodePaths, *, now: Callable[[], datetime]) -> None:
        self.paths = paths
        self.now = now
        self._known: OrderedDict[str, bytes] = OrderedDict()
        self._copied_at: float | None = None
        self._is_aside = False

    @property
    def kept(self) -> Path:
        """Dated copies from this page. Nothing else is in the folder: old ones are deleted."""
        return self.paths.kept_aside / "gegengelesen"

    @property
    def aside(self) -> Path:
        """What was typed and could not be saved yet."""
        return self.paths.work / "review-konflikt.txt"

    def read(self) -> Version:
        """The file as it is now. Raises MissingFileError, and TranscriptError if it is not a text."""
        raw = content_of(self.paths.transcript)
        if raw is None:
            raise self._deleted()
        return self._version(raw)

    def base(self) -> str | None:
        """The sha256 of the file as it is now, None if there is none."""
        raw = content_of(self.paths.transcript)
        return None if raw is None else _sha256(raw)

    def save(
        self, base: str, edits: Sequence[TranscriptEdit], *, as_utf8: bool = False, create: bool = False
    ) -> Saved | Changed:
        """Make the edits, which are in lines of the version `base`. No edits write nothing.

        `create` writes the file anew if it was deleted. Raises MissingFileError if it was, TranscriptError
        (EncodingError) for characters that it cannot hold, ValueError for edits that do not fit, StorageError and
        BusyError.
        """
        before = self._bytes_of(base)
        if before is None:
            return self._unknown_base()
        try:
            mine = patch(before, edits, as_utf8=as_utf8)
        except TranscriptError as error:
            raise type(error)(error.problem, where=self.paths.transcript, advice=error.advice) from error
        try:
            with short_lock(self.paths.root, wait_s=_WAIT_S) as swap:
                there = content_of(self.paths.transcript)
                if there == mine or (there is None and create):
                    if there is None:
                        swap.write(self.paths.transcript, mine, before=None)
                    return self._done(mine)
                if there is not None and _sha256(there) == base:
                    self._copy(there)
                    swap.write(self.paths.transcript, mine, before=there)
                    return self._done(mine)
        except ChangedError:
            there = content_of(self.paths.transcript)  # a text editor came between
        if mine != before:
            self._set_aside(mine)
        if there is None:
            raise self._deleted()
        return self._changed(before, mine, self._version(there))

    def copies(self) -> tuple[Path, ...]:
        """Every kept copy of this transcript, the latest first."""
        pattern = f"{self.paths.folder}.*.txt"
        found = [*self.paths.kept_aside.glob(pattern), *self.kept.glob(pattern)]
        return tuple(sorted(found, key=lambda path: path.stem, reverse=True))

    def _changed(self, before: bytes, mine: bytes, theirs: Version) -> Changed:
        base, own, other = (lines_of(text) for text in (decode(before), decode(mine), theirs.text))
        result = merged(base, own, other)
        return Changed(
            base=theirs.base,
            text=theirs.text,
            edits=edits_between(other, result.lines),
            adopted=_adopted(result.adopted),
            conflicts=result.conflicts,
        )

    def _unknown_base(self) -> Changed:
        """The page's text is none that was sent by this server or the last one, so nothing can be merged."""
        theirs = self.read()
        text = "Der Text auf der Seite ist von einem früheren Stand, den es hier nicht mehr gibt."
        return Changed(base=theirs.base, text=theirs.text, edits=(), adopted=(text,), conflicts=(), known=False)

    def _set_aside(self, mine: bytes) -> None:
        """Keep what cannot be saved yet; what an earlier run left there becomes a dated copy."""
        if self.aside.exists() and not self._is_aside:
            dated_copy(self.aside, self.paths.kept_aside, moment=self.now())
        write_bytes(self.aside, mine)
        self._is_aside = True

    def _version(self, raw: bytes) -> Version:
        base = self._remember(raw)
        try:
            text = decode(raw)
        except TranscriptError as error:
            raise TranscriptError(error.problem, where=self.paths.transcript, advice=error.advice) from error
        return Version(raw=raw, base=base, text=text, encoding=_ENCODINGS.get(encoding_of(raw), "UTF-8"))

    def _done(self, raw: bytes) -> Saved:
        if self._is_aside:
            system.discard(self.aside)
            self._is_aside = False
        return Saved(base=self._remember(raw))

    def _remember(self, raw: bytes) -> str:
        base = _sha256(raw)
        if base not in self._known:
            self._keep_base(base, raw)
        self._known[base] = zlib.compress(raw, 1)
        self._known.move_to_end(base)
        while len(self._known) > _KNOWN_VERSIONS:
            self._known.popitem(last=False)
        return base

    def _keep_base(self, base: str, raw: bytes) -> None:
        """Keep the bytes for the next server. Not forced to disk: after a power cut the page is gone as well."""
        folder = self.paths.work / "review" / "staende"
        staged = folder / f".{base}.neu"
        with suppress(OSError):  # without it, only a page that outlives its server lacks something
            folder.mkdir(parents=True, exist_ok=True)
            staged.write_bytes(raw)
            system.replace(staged, folder / base)
            kept = sorted(folder.glob("[0-9a-f]*"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
            for path in kept[_KEPT_BASES:]:
                system.discard(path)

    def _bytes_of(self, base: str) -> bytes | None:
        if base in self._known:
            return zlib.decompress(self._known[base])
        there = content_of(self.paths.transcript)
        if there is not None and _sha256(there) == base:
            return there
        kept = {path.name: path for path in (self.paths.work / "review" / "staende").glob("[0-9a-f]*")}
        raw = content_of(kept[base]) if base in kept else None
        return raw if raw is not None and _sha256(raw) == base else None

    def _copy(self, raw: bytes) -> None:
        """Keep what is about to be replaced, at the first save and every ten minutes."""
        now = time.monotonic()
        if self._copied_at is not None and now - self._copied_at < _COPY_EVERY_S:
            return
        dated_copy(self.paths.transcript, self.kept, moment=self.now())
        self._copied_at = now
        for old in sorted(self.kept.glob("*.txt"), reverse=True)[_COPIES:]:
            system.discard(old)

    def _deleted(self) -> MissingFileError:
        return MissingFileError(
            "Das Transkript gibt es nicht mehr: jemand hat die Datei gelöscht oder umbenannt.",
            where=self.paths.transcript,
            advice="Auf der Seite „Neu anlegen“ wählen, dann wird sie aus dem Text auf der Seite wiederhergestellt; "
            f"er liegt auch in {self.aside.relative_to(self.paths.root)}.",
        )


def _sha256(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def _adopted(count: int) -> tuple[str, ...]:
    if not count:
        return ()
    places = "1 Stelle" if count == 1 else f"{count} Stellen"
    return (f"{places} anderswo geändert, übernommen.",)
