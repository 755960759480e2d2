"""The files of a site that are not pages: what all pages share, and the files of the search, by their addresses."""

from __future__ import annotations

import math
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pipeline import addresses

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.values.show import Theme

_STYLES = (addresses.STYLE, addresses.PLAYER_STYLE)
_COLOURED = (*_STYLES, addresses.ICON, addresses.HORIZON)
_SCRIPTS = (addresses.SCRIPT, addresses.PLAYER_SCRIPT, addresses.LISTEN_SCRIPT, addresses.EPISODE_SCRIPT)
_SEARCHING = (addresses.SCRIPT, addresses.SEARCH_SCRIPT)
SHARED = (*_COLOURED, *_SCRIPTS)
"""The files that all pages share."""

_STATIC = Path(__file__).parent / "static"


def static_files(theme: Theme) -> Mapping[str, bytes]:
    """Address → content of the files that all pages share, in the show's colours."""
    from pipeline.site.theme import themed

    texts = {address: _static(address).read_text(encoding="utf-8") for address in _COLOURED}
    for address in _STYLES:
        texts[address] = re.sub(r" */\*.*?\*/\n*", "\n", texts[address])  # browsers load no comments
    files = {address: themed(text, theme).encode("utf-8") for address, text in texts.items()}
    return files | {address: _script(address) for address in _SCRIPTS}


def search_files() -> Mapping[str, bytes]:
    """Address → content of the script and the style sheet of the search page."""
    return {
        addresses.SEARCH_SCRIPT: _script(addresses.SEARCH_SCRIPT),
        addresses.SEARCH_STYLE: _static(addresses.SEARCH_STYLE).read_bytes(),
    }


def shard_count(episodes: int) -> int:
    """Into how many files the words are divided: a power of two that grows with the show, so that each stays small."""
    return 1 << max(4, round(math.log2(4 * max(1, episodes))))


def shard_addresses(episodes: int) -> tuple[str, ...]:
    """The addresses that `search.render_index` writes for that many episodes: the directory and the files of words."""
    shards = (addresses.search_shard(number) for number in range(shard_count(episodes)))
    return (addresses.SEARCH_DIRECTORY, *shards)


def _script(address: str) -> bytes:
    """A script without lines of comments: they are a tenth of what browsers would load. One that searches has the
    comparison of words in front of it."""
    words = (_STATIC / "woerter.js").read_text(encoding="utf-8") if address in _SEARCHING else ""
    text = words + _static(address).read_text(encoding="utf-8")
    return re.sub(r"(?m)^ *//.*\n", "", text).encode("utf-8")


def _static(address: str) -> Path:
    return _STATIC / PurePosixPath(address).name
