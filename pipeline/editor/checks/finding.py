"""What a check found: how serious it is, where, what, what to do, and whose rule it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

APPLE = "Apple Podcasts"
ANTENNAPOD = "AntennaPod"
BITV = "BITV 2.0, § 4"
HOUSE = "Haus"
PODCASTING_20 = "Podcasting 2.0"
PSP_1 = "PSP-1"
RSS_20 = "RSS 2.0"
SPOTIFY = "Spotify"
WCAG = "WCAG"
TITLES = "Auswertung von 23 Mio. Titeln"
TRANSISTOR = "Vergleich der Apps"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSource:
    """A group of rules: its `name` in findings, what it says and where, and on which day we last read it there; None
    for our own."""

    name: str
    says: str
    where: str
    read: date | None


SOURCES = (
    RuleSource(name=APPLE, says="Feed, Cover, Titel", where="podcasters.apple.com/support", read=date(2026, 11, 25)),
    RuleSource(name=SPOTIFY, says="Kapitel", where="support.spotify.com, Kapitel anlegen", read=date(2026, 11, 27)),
    RuleSource(name=ANTENNAPOD, says="Untertitel", where="antennapod.org, Quelltext", read=date(2026, 11, 25)),
    RuleSource(
        name=PODCASTING_20,
        says="Namensraum podcast:, Fassung vom 13.5.2026",
        where="github.com/Podcastindex-org/podcast-namespace",
        read=date(2026, 11, 27),
    ),
    RuleSource(
        name=PSP_1,
        says="Mindestinhalt eines Feeds, Fassung vom 7.8.2023",
        where="github.com/Podcast-Standards-Project",
        read=date(2026, 11, 27),
    ),
    RuleSource(name=RSS_20, says="Aufbau eines Feeds", where="rssboard.org/rss-specification", read=date(2026, 11, 25)),
    RuleSource(name=WCAG, says="Barrierefreiheit, Fassung 2.2", where="w3.org/TR/WCAG22", read=date(2026, 11, 25)),
    RuleSource(
        name=BITV,
        says="Leichte Sprache und Gebärdensprache",
        where="gesetze-im-internet.de/bitv_2_0",
        read=date(2026, 11, 27),
    ),
    RuleSource(
        name=TITLES,
        says="wie lang Titel sind",
        where="pacific-content.com, how-long-should-my-podcast-episode-titles-be",
        read=date(2026, 11, 23),
    ),
    RuleSource(
        name=TRANSISTOR, says="was Apps von Shownotes zeigen", where="transistor.fm/rendering", read=date(2026, 11, 25)
    ),
    RuleSource(name=HOUSE, says="eigene Regeln", where="docs/redaktion.md", read=None),
)
"""Every source that a finding may name, in the order in which they are told."""

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


def cited(findings: Iterable[CheckFinding]) -> tuple[RuleSource, ...]:
    """The sources that `findings` name, each once, in the order of SOURCES."""
    named = " ".join(finding.source for finding in findings)
    return tuple(source for source in SOURCES if source.name in named)
