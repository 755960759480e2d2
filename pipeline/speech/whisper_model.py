"""A Whisper checkpoint as the settings name it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_SIZES = {  # of the downloads, as openai-whisper 20250625 names them
    "tiny": "75 MB",
    "base": "145 MB",
    "small": "484 MB",
    "medium": "1,5 GB",
    "large": "3,1 GB",
    "turbo": "1,6 GB",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WhisperModel:
    """A checkpoint as the settings name it. `path` is its location, even if it is yet to be downloaded from `url` (""
    for the demo and files); `sha256` is known beforehand for the demo and official models, "" for a user's own file."""

    name: str
    path: Path
    url: str = ""
    sha256: str = ""
    demo: bool = False

    @property
    def aligns_words(self) -> bool:
        """Whether the cross-attention knows where a word lies, which inserting names depends on. The demo's is off by
        up to 1.7 s."""
        return not self.demo

    @property
    def family(self) -> str:
        """The size of an official model: "large" for every version of it except the turbo."""
        return "turbo" if "turbo" in self.name else self.name.split("-")[0]

    @property
    def size(self) -> str:
        """The download size of an official model, as in `rund 145 MB`."""
        return f"rund {_SIZES[self.family]}"
