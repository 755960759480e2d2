"""What subscribers will see: each change by itself, without a file."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from publish_samples import EPISODE, SHOW, episode, item, show

from pipeline.paths import EpisodePaths
from pipeline.promises.changes import (
    ACCEPTABLE,
    Change,
    PublishedState,
    accepted_state,
    find_changes,
    state_after_upload,
)
from pipeline.promises.finished import FinishedEpisode
from pipeline.promises.release import make_release
from pipeline.values.json_files import from_json, to_json
from pipeline.values.published import AlternateEnclosure, Withdrawal

if TYPE_CHECKING:
    from pipeline.values.show import Episode, Show

SECOND = episode(folder="008-haefen", slug="haefen", title="Häfen", guid="8d1d0b7e", number=8)


def entry(of: Episode = EPISODE, *, released: bool = True, **release: Any) -> FinishedEpisode:
    enclosure = release.pop("enclosure", item(of).enclosure)
    return FinishedEpisode(
        episode=of,
        enclosure=enclosure,
        release=replace(make_release(of, enclosure), **release) if released else None,
        paths=EpisodePaths(Path(), of.folder),
    )


def compare(
    before: PublishedState, now: Show, entries: list[FinishedEpisode], *, hidden: tuple[str, ...] = (), **options: Any
) -> tuple[Change, ...]:
    """The changes where all `entries` are public except those of the `hidden` folders."""
    return find_changes(before, now, entries, public(entries) - set(hidden), **options)


def public(entries: list[FinishedEpisode]) -> set[str]:
    return {entry.episode.folder for entry in entries}


PUBLISHED = state_after_upload(PublishedState(), SHOW, [entry(), entry(SECOND)])


def kinds(changes: tuple[Change, ...]) -> list[tuple[str, bool]]:
    return [(change.kind, change.refused) for change in changes]


def test_the_state_survives_its_file() -> None:
    assert from_json(PublishedState, to_json(PUBLISHED)) == PUBLISHED


def test_the_same_show_again_is_not_a_change() -> None:
    assert compare(PUBLISHED, SHOW, [entry(SECOND), entry()]) == ()


def test_before_anything_was_published_everything_is_new_and_nothing_refused() -> None:
    assert kinds(compare(PublishedState(), SHOW, [entry(), entry(SECOND)], hidden=("008-haefen",))) == [("new", False)]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ([entry()], [("vanished", True)]),
        ([entry(), entry(replace(SECOND, title="Neu"))], [("title", False)]),
        ([entry(), entry(replace(SECOND, guid="anders"), released=False)], [("guid", True)]),
        ([entry(), entry(replace(SECOND, number=9), released=False)], [("number", True)]),
        (
            [entry(), entry(replace(SECOND, published=datetime(2026, 1, 1, tzinfo=UTC)), released=False)],
            [("published", True)],
        ),
        (
            [entry(), entry(SECOND, withdrawn=Withdrawal(moment=datetime.now(UTC), reason="Darum."))],
            [("withdrawn", False)],
        ),
        ([entry(), entry(SECOND, enclosure=replace(item(SECOND).enclosure, sha256="1" * 64))], [("audio", True)]),
        (
            [entry(), entry(SECOND, enclosure=replace(item(SECOND).enclosure, path="audio/8.v2.mp3"))],
            [("new audio", False)],
        ),
    ],
)
def test_each_change_is_found_once_and_only_harmful_ones_are_refused(
    now: list[FinishedEpisode], expected: list[tuple[str, bool]]
) -> None:
    assert kinds(compare(PUBLISHED, SHOW, now)) == expected


def test_an_episode_that_the_feed_no_longer_lists_has_vanished() -> None:
    assert kinds(compare(PUBLISHED, SHOW, [entry(), entry(SECOND)], hidden=("008-haefen",))) == [("vanished", True)]


def test_an_address_stays_used_after_its_episode_is_gone() -> None:
    gone = state_after_upload(PUBLISHED, SHOW, [entry()])
    assert [old.folder for old in gone.episodes] == ["007-breitband"]
    again = entry(replace(SECOND, guid="neu"), enclosure=replace(item(SECOND).enclosure, sha256="1" * 64))
    assert kinds(compare(gone, SHOW, [entry(), again])) == [("new", False), ("audio", True)]


def test_the_bytes_of_further_formats_are_compared_too() -> None:
    m4a = AlternateEnclosure(path="audio/8.m4a", media_type="audio/mp4", size_bytes=1, sha256="a")
    both = replace(item(SECOND).enclosure, alternates=(m4a,))
    before = state_after_upload(PublishedState(), SHOW, [entry(SECOND, enclosure=both)])
    other = replace(both, alternates=(replace(m4a, sha256="b"),))
    assert kinds(compare(before, SHOW, [entry(SECOND, enclosure=other)])) == [("audio", True)]


def test_a_missing_file_is_not_a_change_but_another_one_is() -> None:
    now = [entry(), entry(SECOND)]
    assert compare(PUBLISHED, SHOW, now, on_disk=lambda _: None) == ()
    assert compare(PUBLISHED, SHOW, now, on_disk=lambda _: "0" * 64) == ()
    found = compare(PUBLISHED, SHOW, now, on_disk=lambda path: "1" * 64 if "008" in path else None)
    assert [(change.kind, change.folder) for change in found] == [("audio", "008-haefen")]


def test_a_moved_show_is_refused_and_a_renamed_one_is_reported() -> None:
    now = [entry(), entry(SECOND)]
    assert kinds(compare(PUBLISHED, show(base_url="https://example.org/neu/"), now)) == [("base_url", True)]
    (renamed,) = compare(PUBLISHED, show(title="Neu"), now)
    assert (renamed.refused, renamed.line) == (
        False,
        "Der Podcast heißt anders: war „Küstenfunk & Söhne“, wird „Neu“.",
    )


@pytest.mark.parametrize("kind", ACCEPTABLE)
def test_an_accepted_change_is_refused_only_once(kind: str) -> None:
    changed = {
        "guid": {"guid": "anders"},
        "published": {"published": datetime(2026, 1, 1, tzinfo=UTC)},
        "slug": {"slug": "neu"},
        "number": {"number": 9},
        "season": {"season": 7},
        "type": {"episode_type": "bonus"},
    }
    show_now = show(base_url="https://example.org/neu/") if kind == "base_url" else SHOW
    second = entry(replace(SECOND, **changed.get(kind, {})))
    if kind == "audio":
        second = entry(SECOND, enclosure=replace(item(SECOND).enclosure, sha256="1" * 64))
    now = [entry()] if kind == "vanished" else [entry(), second]
    assert [change.kind for change in compare(PUBLISHED, show_now, now) if change.refused] == [kind]
    after = accepted_state(PUBLISHED, show_now, now, public(now), {kind})
    assert [change.kind for change in compare(after, show_now, now) if change.refused] == []
