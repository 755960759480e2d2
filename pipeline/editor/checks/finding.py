"""What a check found: how serious it is, where, what, what to do, and whose rule it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

APPLE = "Apple Podcasts"  # podcasters.apple.com: RSS requirements, artwork, categories
BITV = "BITV 2.0, § 4"  # gesetze-im-internet.de/bitv_2_0: public bodies explain in easy and in sign language
HOUSE = "Haus"  # docs/redaktion.md
PODCASTING_20 = "Podcasting 2.0"  # github.com/Podcastindex-org/podcast-namespace
PSP_1 = "PSP-1"  # github.com/Podcast-Standards-Project/PSP-1-Podcast-RSS-Specification
RSS_20 = "RSS 2.0"  # rssboard.org/rss-specification
SPOTIFY = "Spotify"  # support.spotify.com: creating and managing chapters
WCAG = "WCAG"  # w3.org/TR/WCAG22
TITLES = "Auswertung von 23 Mio. Titeln, pacific-content.com/how-long-should-my-podcast-episode-titles-be"
TRANSISTOR = "Vergleich der Apps, transistor.fm/rendering"

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFinding:
    """A finding of a check. An "error" makes the show unfit to publish; a "warning" is for people to judge. `where` is
    `file:line` or a key; `source` says whose rule it is."""

    severity: Severity
    where: str
    text: str
    advice: str
    source: str


def error(where: str, text: str, *, advice: str, source: str) -> CheckFinding:
    return CheckFinding(severity="error", where=where, text=text, advice=advice, source=source)


def warning(where: str, text: str, *, advice: str, source: str) -> CheckFinding:
    return CheckFinding(severity="warning", where=where, text=text, advice=advice, source=source)
