"""A voice remembered with consent names its speaker in the next episode; all with the real command."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from probe_show import FOLDER, example_turns, make_show, podcast, snapshot, write_wav

SPEAKERS = """
summary = "Zwei Folgen, drei Stimmen."
draft = true
recording = "raw.wav"
[[speakers]]
name = "Klara Klang"
role = "host"
[[speakers]]
name = "Tom Takt"
[[speakers]]
name = "Sina Silbe"
[speech]
model = "demo"
"""
CONSENT = ("--consent", "schriftlich, 3. März 2026")
VOICE = "episodes/.voices/Sina Silbe.json"


@pytest.fixture(scope="module")
def show(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two episodes of three voices each: in the first Klara Klang begins, in the second Sina Silbe."""
    root = tmp_path_factory.mktemp("voices") / "show"
    first = make_show(root)
    second = root / "episodes/002-spaeter"
    second.mkdir()
    for number, (home, turns) in enumerate(((first, (0, 14)), (second, (2, 9))), start=1):
        head = f'number = {number}\nslug = "{home.name[4:]}"\ntitle = "{number}"\nguid = "{number}"'
        (home / "episode.toml").write_text(head + SPEAKERS, encoding="utf-8")
        (home / "shownotes.md").write_text("Notizen.\n", encoding="utf-8")
        write_wav(home / "raw.wav", example_turns(*turns))
    for number in "12":
        ended = podcast(root, "split", number)
        assert ended.returncode == 0, ended.stdout + ended.stderr
    return root


def first_names(root: Path) -> list[str]:
    lines = (root / "transcripts/002-spaeter.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.endswith(":")][:2]


def git_status(root: Path) -> str:
    """Return what git sees of a show that is its own repository, without this project's .gitignore."""
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    command = ["git", "-C", str(root), "status", "--porcelain", "--untracked-files=all"]
    seen = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "episode.toml" in seen
    return seen


def test_a_voice_is_remembered_recognised_and_forgotten(show: Path) -> None:
    assert first_names(show) == ["Klara Klang:", "Tom Takt:"]  # the order of episode.toml, and wrong
    nothing_yet = snapshot(show)
    untouched = podcast(show, "speaker", "remember", "Sina Silbe", "1", *CONSENT)
    assert untouched.returncode == 7
    assert "unveränderte Entwurf" in untouched.stderr

    transcript = show / f"transcripts/{FOLDER}.txt"
    transcript.write_text(transcript.read_text(encoding="utf-8").replace("Guten Tag", "Guten Morgen"), encoding="utf-8")
    without_consent = podcast(show, "speaker", "remember", "Sina Silbe", "1")
    assert without_consent.returncode == 2
    assert "DSGVO" in without_consent.stderr
    stranger = podcast(show, "speaker", "remember", "Sina Silb", "1", *CONSENT)
    assert stranger.returncode == 2
    assert "Meinten Sie „Sina Silbe“?" in stranger.stderr
    assert set(snapshot(show)) == set(nothing_yet)

    done = podcast(show, "speaker", "remember", "sina silbe", "1", *CONSENT)
    assert done.returncode == 0, done.stderr
    assert f"aus 26 Sekunden Sprache in {FOLDER}" in done.stdout
    assert "mehr als eine Stimme" not in done.stdout
    assert (show / VOICE).stat().st_mode & 0o077 == 0
    assert set(snapshot(show)) - set(nothing_yet) == {VOICE, "episodes/.voices/.gitignore"}
    assert ".voices" not in git_status(show)
    listed = podcast(show, "speaker", "list")
    assert "Stimme gemerkt: Sina Silbe, am 01.03.2026" in listed.stdout
    assert "schriftlich, 3. März 2026" in listed.stdout

    again = podcast(show, "split", "2")
    assert "An der gemerkten Stimme erkannt: Sina Silbe." in again.stdout
    assert "in der Reihenfolge aus episode.toml: Klara Klang, Tom Takt." in again.stdout
    assert first_names(show) == ["Sina Silbe:", "Klara Klang:"]

    assert podcast(show, "speaker", "forget", "SINA SILBE").returncode == 0
    assert not (show / VOICE).exists()
    assert podcast(show, "speaker", "forget", "Sina Silbe").returncode == 2
    assert podcast(show, "split", "2").returncode == 0
    assert first_names(show) == ["Klara Klang:", "Tom Takt:"]


def test_no_voice_is_learned_if_times_and_recording_do_not_match(show: Path) -> None:
    remember = ("speaker", "remember", "Sina Silbe", "1", *CONSENT)
    transcript = show / f"transcripts/{FOLDER}.txt"
    transcript.write_text(transcript.read_text(encoding="utf-8").replace("Guten Tag", "Guten Morgen"), encoding="utf-8")
    raw = show / f"episodes/{FOLDER}/raw.wav"
    recorded = raw.read_bytes()
    write_wav(raw, example_turns(2, 9))
    other = podcast(show, *remember)
    assert (other.returncode, "nicht auf dem Stand" in other.stderr) == (4, True), other.stderr
    assert podcast(show, "assemble", "1").returncode == 0
    not_heard_again = podcast(show, *remember)
    assert (not_heard_again.returncode, "nicht auf dem Stand" in not_heard_again.stderr) == (4, True)

    raw.write_bytes(recorded)
    assert podcast(show, "assemble", "1").returncode == 0
    (show / f"episodes/{FOLDER}/work/timeline.json").write_text("{", encoding="utf-8")
    damaged = podcast(show, *remember)
    assert (damaged.returncode, "Traceback" in damaged.stderr) == (4, False)
    assert not (show / VOICE).exists()
    assert podcast(show, "assemble", "1").returncode == 0
    again = podcast(show, *remember)
    assert again.returncode == 0, again.stderr
    twice = podcast(show, *remember)
    assert "schon gemerkt, am 01.03.2026" in twice.stdout
    assert podcast(show, "speaker", "forget", "Sina Silbe").returncode == 0


def test_two_voices_under_one_name_are_reported(tmp_path: Path) -> None:
    """A person who is not in episode.toml has not consented to anything."""
    home = make_show(tmp_path)
    head = f'number = 1\nslug = "{home.name[4:]}"\ntitle = "1"\nguid = "1"'
    alone = SPEAKERS.replace('[[speakers]]\nname = "Tom Takt"\n[[speakers]]\nname = "Sina Silbe"\n', "")
    (home / "episode.toml").write_text(head + alone, encoding="utf-8")
    write_wav(home / "raw.wav", example_turns(0, 9))
    assert podcast(tmp_path, "split", "1").returncode == 0
    done = podcast(tmp_path, "speaker", "remember", "Klara Klang", "1", *CONSENT)
    assert done.returncode == 0, done.stderr
    assert "scheint hier mehr als eine Stimme zu sprechen" in done.stdout
