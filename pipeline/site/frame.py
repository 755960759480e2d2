"""What stands around every page of a site."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pipeline import addresses

if TYPE_CHECKING:
    from pipeline.values.show import Show


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stands around every page of a site: the show, and which pages the navigation can lead to."""

    show: Show
    preview: bool = False
    has_topics: bool = False

    @property
    def is_public(self) -> bool:
        """Whether the site has its address on the web, so that pages may state their full address."""
        return not self.preview and not addresses.is_placeholder(self.show.base_url)

    @property
    def logo(self) -> str:
        """The logo's address, "" without one."""
        name = self.show.theme.logo
        return addresses.logo(PurePosixPath(name).suffix.lower()) if name else ""
