"""What may be released, and what must not change after a release."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from publish_samples import EPISODE, SHOW, episode, item, show

from pipeline.promises.release import broken_promise_lines, frozen_formats, make_release, refusals
from pipeline.values.audio import AudioSettings
from pipeline.values.json_files import from_json, to_json
from pipeline.values.published import AlternateEnclosure, Release
from pipeline.values.show import Episode

RELEASE = make_release(EPISODE, item().enclosure)


def test_a_release_keeps_what_subscribers_were_given() -> None:
    assert RELEASE.guid == EPISODE.guid
    assert RELEASE.enclosure == item().enclosure
    assert RELEASE.published == EPISODE.published
    assert (RELEASE.slug, RELEASE.number, RELEASE.season, RELEASE.episode_type) == ("breitband", 7, 2, "full")


def test_a_release_survives_its_file() -> None:
    assert from_json(Release, to_json(RELEASE)) == RELEASE


def test_a_release_from_before_there_were_further_formats_is_still_read() -> None:
    old = json.loads(to_json(RELEASE))
    del old["enclosure"]["alternates"]
    assert from_json(Release, json.dumps(old)) == RELEASE


def test_formats_asked_for_after_the_release_wait_for_new_episodes() -> None:
    m4a = AlternateEnclosure(path="audio/7.m4a", media_type="audio/mp4", size_bytes=1, sha256="ab")
    both = make_release(EPISODE, replace(item().enclosure, alternates=(m4a,)))
    assert from_json(Release, to_json(both)) == both
    asking = episode(audio=AudioSettings(further_formats=("opus", "m4a")))
    assert broken_promise_lines(RELEASE, asking) == ()  # nothing that subscribers would see
    assert (frozen_formats(RELEASE, asking) or "").startswith(
        "Veröffentlicht ist die Folge als MP3, in den Einstellungen steht MP3, Opus und M4A."
    )
    assert "als MP3 und M4A, in den Einstellungen steht MP3. " in (frozen_formats(both, EPISODE) or "")
    assert frozen_formats(both, episode(audio=AudioSettings(further_formats=("m4a",)))) is None
    assert frozen_formats(RELEASE, EPISODE) is None


def test_a_finished_episode_may_be_released_even_ahead_of_its_date() -> None:
    assert refusals(SHOW, EPISODE) == ()
    assert refusals(SHOW, episode(published=datetime(2999, 1, 1, tzinfo=UTC))) == ()


@pytest.mark.parametrize(
    ("of", "changes", "expected"),
    [
        (episode(example=True), {}, "Beispiel"),
        (episode(draft=True), {}, "Entwurf"),
        (episode(published=None), {}, "keinen Termin"),
        (EPISODE, {"placeholders": ("base_url", "owner.email")}, "base_url, owner.email"),
    ],
)
def test_an_unfinished_episode_is_refused_with_its_reason(of: Episode, changes: dict[str, Any], expected: str) -> None:
    found = refusals(show(**changes), of)
    assert len(found) == 1
    assert expected in found[0]


def test_all_reasons_are_given_at_once() -> None:
    unfinished = episode(example=True, draft=True, published=None)
    assert len(refusals(show(placeholders=("base_url",)), unfinished)) == 4


def test_what_may_be_corrected_after_a_release_breaks_no_promise() -> None:
    corrected = episode(title="Ein besserer Titel", summary="Neu.", chapters=(), speakers=EPISODE.speakers[:1])
    assert broken_promise_lines(RELEASE, corrected) == ()


def test_the_same_moment_in_another_time_zone_is_the_same_date() -> None:
    assert RELEASE.published.utcoffset() == timedelta(hours=2)
    assert broken_promise_lines(RELEASE, episode(published=RELEASE.published.astimezone(UTC))) == ()


@pytest.mark.parametrize(
    ("changes", "key", "what_subscribers_see"),
    [
        ({"guid": "neu"}, "guid", "ein zweites Mal"),
        ({"published": datetime(2026, 6, 1, tzinfo=UTC)}, "published", "an eine andere Stelle"),
        ({"published": None}, "published", "verlöre ihren Platz"),
        ({"slug": "glasfaser"}, "slug", "ins Leere"),
        ({"number": 8}, "number", "war 7, ist 8"),
        ({"season": None}, "season", "war 2, ist nicht angegeben"),
        ({"episode_type": "bonus"}, "type", "war full, ist bonus"),
        ({"draft": True}, "draft", "aus allen Apps"),
    ],
)
def test_a_broken_promise_says_what_subscribers_would_see(
    changes: dict[str, Any], key: str, what_subscribers_see: str
) -> None:
    found = broken_promise_lines(RELEASE, episode(**changes))
    assert len(found) == 1
    assert found[0].startswith(f"{key}: ")
    assert what_subscribers_see in found[0]
