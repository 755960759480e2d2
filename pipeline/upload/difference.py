"""Compares local files with what is known of the target: what must be sent, in order, and which pages be removed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from pipeline.upload.kinds import is_page, stage_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The content of a file, as far as needed to recognise it."""

    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFile:
    """A file of `feed/`. `modified_ns` is its mtime when the hash was taken."""

    address: str
    path: Path
    content: Content
    modified_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What an upload has to do."""

    to_send: tuple[LocalFile, ...]  # in the order of sending
    unchanged: int
    to_remove: tuple[str, ...]
    lacking: tuple[str, ...]  # promised to subscribers, but neither here nor on the target


def difference(
    local: Iterable[LocalFile],
    *,
    recorded: Mapping[str, Content],
    sizes: Mapping[str, int],
    promised: Mapping[str, Content],
) -> Difference:
    """`recorded` is what earlier runs sent, `sizes` what is on the target now, `promised` the released audio.

    A file is unchanged if its hash was recorded and the file on the target has its size. Only pages that we sent
    ourselves are removed. Released audio need not be here (a clone has none of it) if the target has it.
    """
    files = {file.address: file for file in local}
    stay = {
        address
        for address, file in files.items()
        if recorded.get(address) == file.content and sizes.get(address) == file.content.size_bytes
    }
    gone = recorded.keys() - files.keys()
    return Difference(
        to_send=tuple(file for _, file in sorted(files.items(), key=_order) if file.address not in stay),
        unchanged=len(stay),
        to_remove=tuple(sorted(address for address in gone if is_page(address) and address in sizes)),
        lacking=tuple(
            address
            for address, content in promised.items()
            if not _here(files.get(address), content) and not _there(address, content, recorded, sizes)
        ),
    )


def _here(file: LocalFile | None, content: Content) -> bool:
    return file is not None and file.content == content


def _there(address: str, content: Content, recorded: Mapping[str, Content], sizes: Mapping[str, int]) -> bool:
    return recorded.get(address, content) == content and sizes.get(address) == content.size_bytes


def _order(entry: tuple[str, LocalFile]) -> tuple[int, int, str]:
    """By stage; within one, deeper folders first, so that the page that links to all others comes last."""
    address, _ = entry
    return stage_of(address), -address.count("/"), address


def record_to_json(recorded: Mapping[str, Content]) -> str:
    """The record as text, as it is kept on the target beside the files; the same for the same content."""
    files = {address: asdict(recorded[address]) for address in sorted(recorded)}
    return json.dumps({"version": _VERSION, "files": files}, ensure_ascii=False, indent=1) + "\n"


def record_from_json(text: str) -> dict[str, Content]:
    """Read what `record_to_json` wrote; empty for anything else, so that everything is sent again."""
    try:
        data = json.loads(text)
        if data["version"] != _VERSION:
            return {}
        return {
            str(address): Content(sha256=str(entry["sha256"]), size_bytes=int(entry["size_bytes"]))
            for address, entry in data["files"].items()
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}
