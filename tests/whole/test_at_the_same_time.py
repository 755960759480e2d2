"""Commands and people who change a release or a transcript at the same moment: nothing of either is lost."""

from __future__ import annotations

import json
import os
import shutil
from datetime import date
from pathlib import Path

import feedparser
import pytest
from killed import operations, stopped_before
from probe_show import FOLDER, podcast, snapshot, two_turns, write_wav
from several_episodes import FIRST, SECOND

from pipeline.paths import EpisodePaths
from pipeline.show.config import load_episode, load_show
from pipeline.steps.episode import EpisodeContext
from pipeline.steps.text import settle_transcript

pytestmark = pytest.mark.skipif(os.name != "posix", reason="stops by signal")

RELEASE = f"episodes/{FOLDER}/release.json"
WITHDRAW = ("withdraw", "1", "--reason", "Auf Wunsch.")


def release_of(root: Path) -> dict[str, dict[str, object] | None]:
    return json.loads((root / RELEASE).read_text(encoding="utf-8"))


def entries(root: Path) -> list[feedparser.FeedParserDict]:
    return feedparser.parse((root / "feed/feed.xml").read_bytes()).entries


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def another_recording(root: Path) -> None:
    write_wav(root / f"episodes/{FOLDER}/raw.wav", two_turns()[: 22050 * 8])


@pytest.mark.parametrize("place", ["draft.txt", "work/candidate.json"])
def test_an_episode_withdrawn_while_it_gets_a_new_recording_stays_withdrawn(released: Path, place: str) -> None:
    another_recording(released)
    old = release_of(released)["enclosure"]
    name = f"os.rename episodes/{FOLDER}/{place}"
    with stopped_before(name, released, "release", "1", "--new-audio") as making:
        withdrawn = podcast(released, *WITHDRAW)
        assert withdrawn.returncode == 0, withdrawn.stdout + withdrawn.stderr
        assert entries(released) == []
    output, _ = making.communicate()
    assert making.returncode == 0, output
    assert "inzwischen zurückgezogen" in " ".join(output.split())
    after = release_of(released)
    assert after["withdrawn"] is not None
    assert after["enclosure"] != old
    assert entries(released) == []
    assert list((released / "feed/audio").glob("*.mp3")) == []
    assert podcast(released, "withdraw", "1", "--undo").returncode == 0
    assert [entry.enclosures[0].href.rpartition("/")[2] for entry in entries(released)] == [f"{FOLDER}.v2.mp3"]


def test_a_site_built_while_an_episode_is_withdrawn_does_not_offer_it_again(released: Path) -> None:
    append(released / f"transcripts/{FOLDER}.txt", "\nNoch ein Satz.\n")
    with stopped_before(f"os.rename episodes/{FOLDER}/work/retimed.json", released, "feed") as feed:
        withdrawn = release_of(released) | {"withdrawn": {"moment": "2026-03-01T12:00:00+01:00", "reason": "Darum."}}
        (released / RELEASE).write_text(json.dumps(withdrawn), encoding="utf-8")
    output, _ = feed.communicate()
    assert feed.returncode == 0, output
    assert entries(released) == []


@pytest.mark.parametrize("arguments", [("feed",), ("publish",), ("episode", "2"), ("episode", "--all")])
def test_other_episodes_go_on_while_one_gets_a_new_recording(
    two_made: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    append(two_made / "episodes/show.toml", '\n[publish]\ntarget = "../web"\n')
    assert podcast(two_made, "publish").returncode == 0
    before = snapshot(two_made / f"feed/folgen/{FIRST}")
    another_recording(two_made)
    append(two_made / f"transcripts/{SECOND}.txt", "\nNachgetragen.\n")
    with stopped_before(f"os.rename episodes/{FIRST}/draft.txt", two_made, "release", "1", "--new-audio") as making:
        ended = podcast(two_made, *arguments)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        assert f"{FIRST} bekommt gerade eine neue Aufnahme" in " ".join(ended.stdout.split())
        text = (two_made / f"feed/folgen/{SECOND}/transkript.txt").read_text(encoding="utf-8")
        assert "Nachgetragen." in text or arguments == ("feed",)
        assert snapshot(two_made / f"feed/folgen/{FIRST}") == before
    output, _ = making.communicate()
    assert making.returncode == 0, output
    assert (two_made / f"feed/audio/{FIRST}.v2.mp3").exists()
    assert snapshot(two_made / f"feed/folgen/{FIRST}") != before


def test_what_people_write_while_an_episode_is_checked_is_not_released(show: Path) -> None:
    append(show / f"transcripts/{FOLDER}.txt", "\nNoch ein Satz.\n")
    with stopped_before("os.rename feed/feed.xml", show, "release", "1") as making:
        edit(show / f"episodes/{FOLDER}/episode.toml", "number = 1\n", "number = 1\ndraft = true\n")
    output, _ = making.communicate()
    assert making.returncode == 9, output
    assert "episode.toml wurde geändert, während die Folge geprüft wurde." in output
    assert not (show / RELEASE).exists()


def test_an_upload_whose_files_another_run_renews_sends_the_new_ones(released: Path, tmp_path: Path) -> None:
    append(released / "episodes/show.toml", '\n[publish]\ntarget = "../web"\n')
    done = operations(copied(released, tmp_path / "trial"), tmp_path / "log", "publish")
    place = next(name for name in done if name.startswith("os.rename ../web/folgen/"))
    with stopped_before(place, released, "publish") as publishing:
        append(released / f"transcripts/{FOLDER}.txt", "\nNachgetragen.\n")
        assert podcast(released, "pages").returncode == 0
    output, _ = publishing.communicate()
    assert publishing.returncode == 0, output
    assert "Ein anderer Lauf hat feed/ inzwischen erneuert" in " ".join(output.split())
    sent = snapshot(tmp_path / "web")
    sent.pop(".veroeffentlicht.json")
    assert sent == snapshot(released / "feed")


def test_a_transcript_saved_while_a_draft_is_copied_there_stays(
    fresh_show: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = EpisodePaths(fresh_show, FOLDER)
    paths.draft.write_text("Tom Takt:\nDer Entwurf.\n", encoding="utf-8")
    written = b"Tom Takt:\nEben gespeichert.\n"
    write = Path.write_bytes

    def somebody_saves(staged: Path, content: bytes) -> int:
        write(paths.transcript, written)  # while our own file is being written beside it
        return write(staged, content)

    monkeypatch.setattr(Path, "write_bytes", somebody_saves)
    show = load_show(fresh_show)
    episode = load_episode(fresh_show, FOLDER, show)
    context = EpisodeContext(root=fresh_show, paths=paths, show=show, episode=episode, today=date(2026, 3, 1))
    settle_transcript(context, print)
    assert paths.transcript.read_bytes() == written


def copied(root: Path, folder: Path) -> Path:
    return Path(shutil.copytree(root, folder / "show"))
