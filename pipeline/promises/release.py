"""Decides whether an episode may be released, records what was promised, and finds later breaches of that promise."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pipeline.values.audio_formats import AUDIO_FORMATS, format_of
from pipeline.values.published import Release

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pipeline.values.audio import FormatName
    from pipeline.values.published import Enclosure
    from pipeline.values.show import Episode, Show


def make_release(episode: Episode, enclosure: Enclosure) -> Release:
    """What subscribers are promised from now on. The episode must have a date; `refusals` checks that."""
    assert episode.published is not None, "an episode without a date is never released"
    return Release(
        guid=episode.guid,
        enclosure=enclosure,
        published=episode.published,
        slug=episode.slug,
        number=episode.number,
        season=episode.season,
        episode_type=episode.episode_type,
        title=episode.title,
    )


def refusals(show: Show, episode: Episode) -> tuple[str, ...]:
    """The reasons in the TOML files why `episode` may not be released, one German sentence each; empty if it may.

    A future date is no reason: the feed waits for it.
    """
    reasons = [*episode_refusals(episode).values()]
    if show.placeholders:
        keys = ", ".join(show.placeholders)
        reasons.append(f"In show.toml stehen noch Platzhalter mit der Endung .invalid: {keys}.")
    return tuple(reasons)


def episode_refusals(episode: Episode) -> dict[str, str]:
    """The reasons among `refusals` that are in episode.toml, by the key they are about."""
    reasons = {}
    if episode.example:
        reasons["example"] = "Die Folge ist ein Beispiel (example = true); Beispiele werden nie veröffentlicht."
    if episode.draft:
        reasons["draft"] = "Die Folge ist noch ein Entwurf (draft = true in episode.toml)."
    if episode.published is None:
        reasons["published"] = "Die Folge hat keinen Termin (published in episode.toml fehlt)."
    return reasons


class BrokenPromise(NamedTuple):
    """A frozen field that changed (`key` is its key in episode.toml), and a German sentence on the consequences."""

    key: str
    text: str


def broken_promise_lines(release: Release, episode: Episode) -> tuple[str, ...]:
    """`broken_promises` as lines for people, each starting with its key."""
    return tuple(f"{key}: {text}" for key, text in broken_promises(release, episode))


def broken_promises(release: Release, episode: Episode) -> tuple[BrokenPromise, ...]:
    """What subscribers would see if `episode` were published in its current state: one entry for each promise of its
    `release` that it breaks. Titles, texts, chapters and transcripts may change."""
    findings: list[BrokenPromise] = []
    if episode.guid != release.guid:
        findings.append(
            BrokenPromise(
                "guid",
                f"war „{release.guid}“, ist „{episode.guid}“. Apps hielten die Folge für eine neue: alle "
                "bekämen sie ein zweites Mal, und Hörstände gingen verloren.",
            )
        )
    if episode.published is None:
        findings.append(
            BrokenPromise(
                "published",
                f"war {release.published.isoformat()}, fehlt jetzt. Die Folge verlöre ihren Platz in der Liste.",
            )
        )
    elif episode.published != release.published:
        findings.append(
            BrokenPromise(
                "published",
                f"war {release.published.isoformat()}, ist {episode.published.isoformat()}. "
                + _moved(release.published, episode.published),
            )
        )
    if episode.slug != release.slug:
        findings.append(
            BrokenPromise(
                "slug",
                f"war „{release.slug}“, ist „{episode.slug}“. Die Adressen von Folge, Audio und Transkript führten "
                "ins Leere, auch in schon geteilten Links.",
            )
        )
    for key, was, now in (
        ("number", release.number, episode.number),
        ("season", release.season, episode.season),
        ("type", release.episode_type, episode.episode_type),
    ):
        if was != now:
            findings.append(
                BrokenPromise(
                    key, f"war {_shown(was)}, ist {_shown(now)}. Apps ordneten die Folge anders ein als bisher."
                )
            )
    if episode.draft:
        findings.append(BrokenPromise("draft", "ist jetzt true. Die Folge verschwände aus allen Apps."))
    return tuple(findings)


def frozen_formats(release: Release, episode: Episode) -> str | None:
    """A German sentence if the settings of a released `episode` ask for other formats than it was released in."""
    if episode.imported:
        return None
    released = [format_of(file.media_type).title for file in release.enclosure.files]
    formats: tuple[FormatName, ...] = ("mp3", *episode.audio.further_formats)
    asked = [AUDIO_FORMATS[name].title for name in formats]
    if set(released) == set(asked):
        return None
    return (
        f"Veröffentlicht ist die Folge als {_listed(released)}, in den Einstellungen steht {_listed(asked)}. Das gilt "
        "für neue Folgen; die Dateien einer veröffentlichten bleiben, wie sie sind."
    )


def _moved(was: datetime, now: datetime) -> str:
    if now < was:
        return "In Apps rückte die Folge in der Liste nach hinten, an eine andere Stelle; niemand sähe sie als neu."
    return "In Apps rückte die Folge an eine andere Stelle; manche meldeten sie als neu."


def _listed(names: Sequence[str]) -> str:
    return " und ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]


def _shown(value: int | str | None) -> str:
    return "nicht angegeben" if value is None else str(value)
