"""The files of a site that are no pages: what all pages share, and the files of the search, by their addresses."""

from __future__ import annotations

import hashlib
import math
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pipeline import addresses

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.values.show import Theme

_COLOURED = (addresses.STYLE, addresses.ICON, addresses.HORIZON)
SHARED = (*_COLOURED, addresses.SCRIPT)
"""The files that all pages share."""

_ROOM = Path(__file__).parent


def static_files(theme: Theme) -> Mapping[str, bytes]:
    """Address → content of the files that all pages share, in the show's colours."""
    from pipeline.site.theme import themed

    texts = {address: _static(address).read_text(encoding="utf-8") for address in _COLOURED}
    files = {address: themed(text, theme).encode("utf-8") for address, text in texts.items()}
    return files | {addresses.SCRIPT: _static(addresses.SCRIPT).read_bytes()}


def search_files() -> Mapping[str, bytes]:
    """Address → content of the script and the style sheet of the search page."""
    return {address: _static(address).read_bytes() for address in (addresses.SEARCH_SCRIPT, addresses.SEARCH_STYLE)}


def shard_count(episodes: int) -> int:
    """Into how many files the words are divided: a power of two that grows with the show, so that each stays small."""
    return 1 << max(4, round(math.log2(4 * max(1, episodes))))


def shard_addresses(episodes: int) -> tuple[str, ...]:
    """The files of words and their directory for so many episodes (`search.render_index`)."""
    shards = (addresses.search_shard(number) for number in range(shard_count(episodes)))
    return (addresses.SEARCH_DIRECTORY, *shards)


@cache
def design_sha256() -> str:
    """The hash of every template and static file: pages are written anew when the design changes."""
    parts = [entry for name in ("templates", "static") for entry in (_ROOM / name).iterdir() if entry.is_file()]
    digest = hashlib.sha256()
    for entry in sorted(parts, key=lambda part: part.name):
        digest.update(entry.name.encode() + b"\0" + entry.read_bytes())
    return digest.hexdigest()


def _static(address: str) -> Path:
    return _ROOM / "static" / PurePosixPath(address).name
