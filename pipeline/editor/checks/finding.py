"""What a check found: how serious it is, where, what, what to do, and whose rule it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal, NamedTuple

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


class RuleSource(NamedTuple):
    """A group of rules: its `name` in findings, what it says and where, and on which day we last read it there; None
    for our own."""

    name: str
    says: str
    where: str
    read: date | None


SOURCES = (
    RuleSource(APPLE, "Feed, Cover, Titel", "podcasters.apple.com/support", date(2026, 11, 25)),
    RuleSource(SPOTIFY, "Kapitel", "support.spotify.com, Kapitel anlegen", date(2026, 11, 27)),
    RuleSource(ANTENNAPOD, "Untertitel", "antennapod.org, Quelltext", date(2026, 11, 25)),
    RuleSource(PODCASTING_20, "podcast:…, Stand 13.5.2026", "podcastindex.org/namespace/1.0", date(2026, 11, 27)),
    RuleSource(PSP_1, "was ein Feed braucht, Stand 7.8.2023", "podstandards.org", date(2026, 11, 27)),
    RuleSource(RSS_20, "Aufbau eines Feeds", "rssboard.org/rss-specification", date(2026, 11, 25)),
    RuleSource(WCAG, "Barrierefreiheit, Fassung 2.2", "w3.org/TR/WCAG22", date(2026, 11, 25)),
    RuleSource(BITV, "Leichte Sprache, Gebärdensprache", "gesetze-im-internet.de/bitv_2_0", date(2026, 11, 27)),
    RuleSource(TITLES, "wie lang Titel sind", "pacific-content.com", date(2026, 11, 23)),
    RuleSource(TRANSISTOR, "was Apps von Shownotes zeigen", "transistor.fm/rendering", date(2026, 11, 25)),
    RuleSource(HOUSE, "eigene Regeln", "docs/redaktion.md", None),
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
