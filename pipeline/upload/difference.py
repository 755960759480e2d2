"""Local files and what is known of the target → what must be sent, in order, and what may or must be removed there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline import addresses
from pipeline.upload.kinds import is_of_an_episode, may_go, stage_of
from pipeline.values.json_files import from_json, to_json

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The content of a file, as far as needed to recognise it."""

    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Record:
    version: int
    files: dict[str, Content]


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
    withdrawn: tuple[str, ...]  # files of withdrawn episodes that are still on the target
    lacking: tuple[str, ...]  # promised to subscribers, but neither here nor on the target


def difference(
    local: Iterable[LocalFile],
    *,
    recorded: Mapping[str, Content],
    sizes: Mapping[str, int],
    promised: Mapping[str, Content],
    withdrawn: Collection[str] = (),
    left_out: Collection[str] = (),
) -> Difference:
    """`recorded` is what earlier runs sent, `sizes` what is on the target now, `promised` the released audio,
    `withdrawn` the folders of withdrawn episodes, `left_out` what is in `feed/` but may not be sent.

    A file is unchanged if its hash was recorded and the file on the target has its size. Of files that we sent
    ourselves, pages and other data that no app keeps are removed; of a withdrawn episode all but its page, also what
    the record does not know. Released audio need not be here (a clone has none of it) if the target has it.
    """
    files = {file.address: file for file in local}
    stay = {
        address
        for address, file in files.items()
        if recorded.get(address) == file.content and sizes.get(address) == file.content.size_bytes
    }
    gone = sizes.keys() - files.keys() - set(left_out)
    taken_back = {
        address
        for address in gone
        if addresses.episode_of(address) in withdrawn and (address in recorded or is_of_an_episode(address))
    }
    return Difference(
        to_send=tuple(file for _, file in sorted(files.items(), key=_order) if file.address not in stay),
        unchanged=len(stay),
        to_remove=tuple(sorted(address for address in gone - taken_back if address in recorded and may_go(address))),
        withdrawn=tuple(sorted(taken_back)),
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
    """The record kept on the target beside the files; the same for the same content."""
    return to_json(_Record(version=_VERSION, files={address: recorded[address] for address in sorted(recorded)}))


def record_from_json(text: str) -> dict[str, Content]:
    """Read what `record_to_json` wrote; empty for anything else, so that everything is sent again.

    An address that leads out of the target's folder stays in: whoever uses it decides.
    """
    try:
        record = from_json(_Record, text)
    except ValueError:
        return {}
    return record.files if record.version == _VERSION else {}
