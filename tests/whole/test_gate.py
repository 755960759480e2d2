"""The gate in front of feed and upload, on a real show: every refusal, every flag, and what is reported to people."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import feedparser
import pytest
from mutagen.id3 import ID3
from probe_show import FOLDER, podcast, snapshot, two_turns, write_wav

MP3 = f"audio/{FOLDER}.mp3"
MP3_V2 = f"audio/{FOLDER}.v2.mp3"
GUID = "0b8e2b0c-7d0b-4a7e-9d62-000000000001"


@pytest.fixture(scope="module")
def released_once(produced_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The probe show with its episode released, uploaded and recorded as published."""
    root = tmp_path_factory.mktemp("released") / "show"
    shutil.copytree(produced_once, root)
    ended = podcast(root, "release", "1")
    assert ended.returncode == 0, ended.stderr
    assert f"Abonnent*innen sehen: {FOLDER}: neu: „Eine „kurze“ Probe & mehr“." in ended.stdout
    noted = podcast(root, "feed", "--uploaded")
    assert noted.returncode == 0, noted.stderr
    assert "episodes/published.json" in noted.stdout
    return root


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def toml(root: Path) -> Path:
    return root / f"episodes/{FOLDER}/episode.toml"


def release_of(root: Path) -> dict[str, object]:
    return json.loads((root / f"episodes/{FOLDER}/release.json").read_text(encoding="utf-8"))


def entries(root: Path) -> list[feedparser.FeedParserDict]:
    return feedparser.parse((root / "feed/feed.xml").read_bytes()).entries


def told(ended: subprocess.CompletedProcess[str]) -> list[str]:
    return [line.partition("sehen: ")[2] for line in ended.stdout.splitlines() if "Abonnent*innen sehen: " in line]


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# --- what is refused, and the flag that allows it -----------------------------------------------------------------


def new_guid(root: Path) -> None:
    edit(toml(root), "0b8e2b0c", "ffffffff")


def earlier(root: Path) -> None:
    edit(toml(root), "2026-01-15T06", "2025-12-15T06")


def later(root: Path) -> None:
    edit(toml(root), "2026-01-15T06", "2026-01-16T06")


def other_kind(root: Path) -> None:
    edit(toml(root), "number = 1\n", 'number = 1\ntype = "bonus"\n')


def a_season(root: Path) -> None:
    edit(toml(root), "number = 1\n", "number = 1\nseason = 2\n")


def vanished_folder(root: Path) -> None:
    shutil.rmtree(root / f"episodes/{FOLDER}")


def other_bytes_in_feed(root: Path) -> None:
    shutil.rmtree(root / f"episodes/{FOLDER}/work")
    with (root / "feed" / MP3).open("ab") as file:
        file.write(b"\0")


def other_bytes_without_release(root: Path) -> None:
    """release.json got lost, and the recording has changed since."""
    (root / f"episodes/{FOLDER}/release.json").unlink()
    write_wav(root / f"episodes/{FOLDER}/raw.wav", two_turns()[: 22050 * 8])
    assert podcast(root, "tag", "1").returncode == 0


def moved_show(root: Path) -> None:
    edit(root / "episodes/show.toml", "https://digitales-mv.example/podcast/", "https://digitales-mv.example/neu/")


REFUSED = [
    (new_guid, "guid", "ein zweites Mal"),
    (earlier, "published", "nach hinten"),
    (later, "published", "an eine andere Stelle"),
    (other_kind, "type", "ordneten die Folge anders ein"),
    (a_season, "season", "ordneten die Folge anders ein"),
    (vanished_folder, "vanished", "verschwindet aus dem Feed"),
    (other_bytes_in_feed, "audio", "nicht die freigegebene Datei"),
    (other_bytes_without_release, "audio", "war schon mit anderem Inhalt veröffentlicht"),
    (moved_show, "base_url", "HTTP 301"),
]


@pytest.mark.parametrize(("spoil", "kind", "text"), REFUSED, ids=lambda value: getattr(value, "__name__", ""))
def test_a_harmful_change_is_refused_and_passes_only_with_its_own_flag(
    released: Path, spoil, kind: str, text: str
) -> None:
    spoil(released)
    before = snapshot(released)
    refused = podcast(released, "feed")
    assert refused.returncode == 8, refused.stdout + refused.stderr
    assert text in refused.stderr
    assert f"podcast feed --accept {kind}" in refused.stderr
    wrong_flag = podcast(released, "feed", "--accept", "season" if kind == "guid" else "guid")
    assert wrong_flag.returncode == 8
    assert snapshot(released) == before
    allowed = podcast(released, "feed", "--accept", kind)
    assert allowed.returncode == 0, allowed.stderr
    assert any(line.startswith("ausdrücklich erlaubt: ") for line in told(allowed))
    again = podcast(released, "feed")
    assert again.returncode == 0, again.stderr
    assert not any(line.startswith("ausdrücklich erlaubt: ") for line in told(again))


def test_the_gate_also_guards_the_end_of_make_episode(released: Path) -> None:
    new_guid(released)
    before = snapshot(released / "feed")
    ended = podcast(released, "episode", "1")
    assert ended.returncode == 8
    assert "guid" in ended.stderr
    assert snapshot(released / "feed") == before


def test_accepted_changes_reach_the_feed(released: Path) -> None:
    earlier(released)
    new_guid(released)
    refused = podcast(released, "feed", "--accept", "published")
    assert refused.returncode == 8
    assert "guid" in refused.stderr
    assert podcast(released, "feed", "--accept", "published,guid").returncode == 0
    (entry,) = entries(released)
    assert entry.id.startswith("ffffffff")
    assert entry.published.startswith("Mon, 15 Dec 2025")


def test_accepted_other_bytes_have_their_size_in_the_feed(released: Path) -> None:
    other_bytes_in_feed(released)
    assert podcast(released, "feed", "--accept", "audio").returncode == 0
    file = released / "feed" / MP3
    assert entries(released)[0].enclosures[0].length == str(file.stat().st_size)
    assert release_of(released)["enclosure"]["sha256"] == sha256(file)


def test_a_new_slug_is_refused_and_moves_page_and_folder_only_with_the_flag(released: Path) -> None:
    old, new = released / f"episodes/{FOLDER}", released / "episodes/001-anders"
    old.rename(new)
    (released / f"transcripts/{FOLDER}.txt").rename(released / "transcripts/001-anders.txt")
    edit(new / "episode.toml", 'slug = "probe"', 'slug = "anders"')
    refused = podcast(released, "feed")
    assert refused.returncode == 8
    assert "in schon geteilten Links" in refused.stderr
    assert podcast(released, "feed", "--accept", "slug").returncode == 0
    (entry,) = entries(released)
    assert entry.id == GUID
    assert entry.enclosures[0].href.endswith(MP3), "the audio keeps the address that it was published with"
    assert told(podcast(released, "feed")) == []


def test_an_unknown_kind_is_explained(released: Path) -> None:
    ended = podcast(released, "feed", "--accept", "datum")
    assert ended.returncode == 2
    assert "„datum“ gibt es nicht; möglich sind: guid, published" in ended.stderr


def test_setting_draft_again_is_not_a_way_to_withdraw(released: Path) -> None:
    edit(toml(released), "number = 1\n", "number = 1\ndraft = true\n")
    ended = podcast(released, "feed")
    assert ended.returncode == 8
    assert "podcast withdraw" in ended.stderr
    assert "ACCEPT" not in ended.stderr


# --- what is reported, and what is not a change -------------------------------------------------------------------


def test_a_changed_title_is_reported_until_it_is_published(released: Path) -> None:
    edit(toml(released), "Eine „kurze“ Probe & mehr", "Ein besserer Titel")
    line = f"{FOLDER}: Titel geändert: war „Eine „kurze“ Probe & mehr“, wird „Ein besserer Titel“."
    assert told(podcast(released, "feed")) == [line]
    assert told(podcast(released, "feed", "--uploaded")) == [line]
    assert told(podcast(released, "feed")) == []


def test_a_missing_mp3_is_not_a_vanished_episode(released: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    shutil.copytree(released, clone, ignore=shutil.ignore_patterns("work", ".work", "raw*", "feed", "preview"))
    ended = podcast(clone, "feed")
    assert ended.returncode == 0, ended.stderr
    assert told(ended) == []
    assert len(entries(clone)) == 1


def test_audio_made_on_another_machine_never_replaces_the_released_file(released: Path) -> None:
    promised = sha256(released / "feed" / MP3)
    tagged = released / f"episodes/{FOLDER}/work/{FOLDER}.mp3"
    tagged.write_bytes(tagged.read_bytes()[:-1] + b"\x01")
    ended = podcast(released, "feed")
    assert ended.returncode == 0, ended.stderr
    assert sha256(released / "feed" / MP3) == promised


def test_an_episode_that_can_still_change_does_not_count_as_uploaded(show: Path) -> None:
    ended = podcast(show, "feed", "--uploaded")
    assert ended.returncode == 8
    assert f"noch nicht freigegeben sind: {FOLDER}" in ended.stderr
    assert not (show / "episodes/published.json").exists()
    assert any("noch nicht mit `podcast release` eingefroren" in line for line in told(ended))


def test_a_broken_published_state_is_named_and_nothing_is_written(released: Path) -> None:
    (released / "episodes/published.json").write_text("{", encoding="utf-8")
    before = snapshot(released)
    ended = podcast(released, "feed")
    assert ended.returncode == 10
    assert "published.json" in ended.stderr
    assert snapshot(released) == before


# --- a new recording ----------------------------------------------------------------------------------------------


def test_a_new_recording_gets_a_new_name_and_keeps_the_guid(released: Path) -> None:
    old = sha256(released / "feed" / MP3)
    write_wav(released / f"episodes/{FOLDER}/raw.wav", two_turns()[: 22050 * 9])
    ended = podcast(released, "release", "1", "--new-audio")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert any(line.startswith(f"{FOLDER}: neue Aufnahme: {MP3_V2} statt {MP3}") for line in told(ended))
    (entry,) = entries(released)
    file = released / "feed" / MP3_V2
    assert entry.id == GUID
    assert entry.enclosures[0].href.endswith(MP3_V2)
    assert entry.enclosures[0].length == str(file.stat().st_size)
    assert release_of(released)["enclosure"]["sha256"] == sha256(file)
    assert sha256(released / "feed" / MP3) == old, "who has the old address still gets the old file"
    assert MP3_V2 in (released / f"feed/folgen/{FOLDER}/index.html").read_text(encoding="utf-8")
    assert ID3(file)["TIT2"].text == ["Eine „kurze“ Probe & mehr"]
    assert podcast(released, "feed", "--uploaded").returncode == 0
    assert told(podcast(released, "feed")) == []
    frozen = podcast(released, "--verbose", "episode", "1")
    assert frozen.stdout.count("veröffentlicht, eingefroren") == 8
    write_wav(released / f"episodes/{FOLDER}/raw.wav", two_turns()[: 22050 * 8])
    assert podcast(released, "release", "1", "--new-audio").returncode == 0
    assert entries(released)[0].enclosures[0].href.endswith(f"audio/{FOLDER}.v3.mp3")
    assert podcast(released, "withdraw", "1", "--reason", "Darum.").returncode == 0
    assert list((released / "feed/audio").iterdir()) == [], "older recordings are withdrawn as well"
    assert podcast(released, "withdraw", "1", "--undo").returncode == 0
    assert len(list((released / "feed/audio").iterdir())) == 3


def test_the_same_recording_is_not_new_audio(released: Path) -> None:
    promised = (released / f"episodes/{FOLDER}/release.json").read_bytes()
    ended = podcast(released, "release", "1", "--new-audio")
    assert ended.returncode == 0, ended.stderr
    assert "gleicht der veröffentlichten" in ended.stdout
    assert (released / f"episodes/{FOLDER}/release.json").read_bytes() == promised


def test_a_new_recording_that_fails_leaves_the_released_episode_unchanged(released: Path) -> None:
    write_wav(released / f"episodes/{FOLDER}/raw.wav", two_turns()[: 22050 * 3])  # shorter than the second chapter
    before = {name: sha for name, sha in snapshot(released).items() if "work/" not in name}
    ended = podcast(released, "release", "1", "--new-audio")
    assert ended.returncode == 3, ended.stdout + ended.stderr
    assert {name: sha for name, sha in snapshot(released).items() if "work/" not in name} == before
    for verb in ("feed", "pages"):
        assert podcast(released, verb).returncode == 0
    assert {name: sha for name, sha in snapshot(released).items() if "work/" not in name} == before


def test_a_new_recording_whose_transcript_has_open_questions_is_refused_before_any_work(released: Path) -> None:
    edit(released / f"transcripts/{FOLDER}.txt", "Sina Silbe [Wortlabor]:", "Sina Silbr [Wortlabor]:")
    ended = podcast(released, "release", "1", "--new-audio")
    assert ended.returncode == 8
    assert "Sina Silbr" in ended.stderr
    assert "Sprache erkennen" not in ended.stdout


def test_new_audio_is_only_for_released_episodes(show: Path) -> None:
    ended = podcast(show, "release", "1", "--new-audio")
    assert ended.returncode == 8
    assert f"{FOLDER} ist nicht veröffentlicht." in ended.stderr


# --- withdrawing --------------------------------------------------------------------------------------------------


def test_a_withdrawn_episode_is_gone_from_the_feed_and_its_page_shows_a_notice(released: Path) -> None:
    promised = sha256(released / "feed" / MP3)
    reason = "Auf Wunsch des <Gastes> & der Redaktion."
    ended = podcast(released, "withdraw", "1", "--reason", reason)
    assert ended.returncode == 0, ended.stderr
    assert any("ist zurückgezogen und verschwindet aus dem Feed" in line for line in told(ended))
    assert entries(released) == []
    page = (released / f"feed/folgen/{FOLDER}/index.html").read_text(encoding="utf-8")
    assert "wurde am" in page
    assert "1. März 2026" in page.replace("\u00a0", " ")
    assert "Auf Wunsch des &lt;Gastes&gt; &amp; der Redaktion." in page
    assert "<audio" not in page
    assert [path.name for path in (released / f"feed/folgen/{FOLDER}").iterdir()] == ["index.html"]
    assert not (released / "feed" / MP3).exists()
    assert FOLDER not in (released / "feed/index.html").read_text(encoding="utf-8")
    assert "zurückgezogen" in podcast(released, "status").stdout
    assert podcast(released, "feed", "--uploaded").returncode == 0
    assert podcast(released, "episode", "1").returncode == 0
    back = podcast(released, "withdraw", "1", "--undo")
    assert back.returncode == 0, back.stderr
    assert len(entries(released)) == 1
    assert sha256(released / "feed" / MP3) == promised
    assert (released / f"feed/folgen/{FOLDER}/transkript.vtt").exists()


def test_withdrawing_twice_keeps_the_day_and_takes_the_new_reason(released: Path) -> None:
    assert podcast(released, "withdraw", "1", "--reason", "Erster Grund.").returncode == 0
    day = "2026-03-05T12:00:00+01:00"
    assert podcast(released, "--today", day, "withdraw", "1", "--reason", "Zweiter Grund.").returncode == 0
    withdrawn = release_of(released)["withdrawn"]
    assert withdrawn["reason"] == "Zweiter Grund."
    assert datetime.fromisoformat(withdrawn["moment"]).astimezone(UTC) == datetime(2026, 3, 1, 11, tzinfo=UTC)


def test_withdrawing_needs_a_reason(released: Path) -> None:
    before = snapshot(released)
    ended = podcast(released, "withdraw", "1", "--reason", " ")
    assert (ended.returncode, "Der Grund fehlt." in ended.stderr) == (2, True)
    assert snapshot(released) == before


def test_an_episode_that_is_not_released_cannot_be_withdrawn(show: Path) -> None:
    ended = podcast(show, "withdraw", "1", "--reason", "Darum.")
    assert (ended.returncode, "ist nicht veröffentlicht" in ended.stderr) == (8, True)


def test_a_released_episode_set_to_draft_can_be_withdrawn_and_returns_only_as_promised(released: Path) -> None:
    edit(toml(released), "number = 1\n", "number = 1\ndraft = true\n")
    assert podcast(released, "withdraw", "1", "--reason", "Darum.").returncode == 0
    withdrawn = (released / f"episodes/{FOLDER}/release.json").read_bytes()
    back = podcast(released, "withdraw", "1", "--undo")
    assert (back.returncode, "draft" in back.stderr) == (8, True)
    assert (released / f"episodes/{FOLDER}/release.json").read_bytes() == withdrawn
    assert entries(released) == []


def test_undoing_a_withdrawal_that_never_happened_changes_nothing(released: Path) -> None:
    promised = (released / f"episodes/{FOLDER}/release.json").read_bytes()
    ended = podcast(released, "withdraw", "1", "--undo")
    assert (ended.returncode, "nicht zurückgezogen" in ended.stdout) == (0, True)
    assert (released / f"episodes/{FOLDER}/release.json").read_bytes() == promised
