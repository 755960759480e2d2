"""make and the README hold what they say."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from probe_show import PROJECT, podcast

README = (PROJECT / "README.md").read_text(encoding="utf-8")

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")


def make(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=PROJECT,
        check=False,
        **options,
    )


@pytest.mark.parametrize("title", ["Preis $5 & `ls` \"so\" 'oder' \\ #1", "$(shell id) ${HOME} %s", "Übung; rm -rf x"])
def test_a_title_reaches_the_program_unharmed(fresh_show: Path, title: str) -> None:
    command = f"{sys.executable} -m pipeline --root {fresh_show}"
    ended = make("new", "EPISODE=7", f"TITLE={title}", f"PODCAST={command}", "PYTHON=true")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    toml = next((fresh_show / "episodes").glob("007-*/episode.toml"))
    assert tomllib.loads(toml.read_text(encoding="utf-8"))["title"] == title


def test_workers_and_scheduler_reach_the_program_unharmed(fresh_show: Path) -> None:
    command = f"PODCAST={sys.executable} -m pipeline --root {fresh_show}"
    both = make("episodes", "WORKERS=2", "SCHEDULER=x", command, "PYTHON=true")
    assert "--workers und --scheduler schließen sich aus" in both.stderr
    odd = make("episodes", "SCHEDULER=$(shell id) `ls` ; id", command, "PYTHON=true")
    assert "„$(shell id) `ls` ; id“ ist keine Adresse" in odd.stderr


def test_the_flags_of_make_reach_the_program(show: Path) -> None:
    command = f"PODCAST={sys.executable} -m pipeline --root {show} --today 2026-03-01"
    assert make("release", "EPISODE=1", command, "PYTHON=true").returncode == 0
    assert "nicht noch einmal gehört" in make("transcribe", "EPISODE=1", "AGAIN=1", command, "PYTHON=true").stderr
    assert "Vermerkt in" in make("feed", "UPLOADED=1", command, "PYTHON=true").stdout
    reason = 'Auf `Wunsch` von "A" & B; $(id)'
    assert make("withdraw", "EPISODE=1", f"REASON={reason}", command, "PYTHON=true").returncode == 0
    release = show / "episodes/001-probe/release.json"
    assert json.loads(release.read_text(encoding="utf-8"))["withdrawn"]["reason"] == reason
    assert make("withdraw", "EPISODE=1", "UNDO=1", command, "PYTHON=true").returncode == 0
    assert "gleicht der veröffentlichten" in make("release", "EPISODE=1", "NEW_AUDIO=1", command, "PYTHON=true").stdout
    assert "„nein“ gibt es nicht" in make("feed", "ACCEPT=guid,nein", command, "PYTHON=true").stderr
    checked = make("check", command, "PYTHON=true")
    assert (checked.returncode, "Keine Fehler" in checked.stdout) == (0, True)


def test_a_new_episode_loads_once_its_recording_is_there(fresh_show: Path) -> None:
    assert podcast(fresh_show, "new", "7", "--title", "Digitale Schule").returncode == 0
    ended = podcast(fresh_show, "status", "7")
    assert ended.returncode == 0, ended.stderr
    assert "007-digitale-schule: Digitale Schule" in ended.stdout


def test_make_alone_prints_help_with_every_target() -> None:
    help_text = make().stdout
    targets = re.search(r"^\.PHONY: (.*)$", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert targets is not None
    verbs = make("--print-data-base", "--question").stdout
    phony = re.search(r"^\.PHONY: (.*)$", verbs, re.MULTILINE)
    assert phony is not None
    for target in set(phony[1].split()) - {"setup-dev"}:
        assert re.search(rf"\b{target}\b", help_text), target


def _verbs(*group: str) -> Iterator[tuple[str, ...]]:
    """Every verb of the program, those of a group behind its name: ("episode",), ("transcript", "check")."""
    listed = podcast(PROJECT, *group, "--help").stdout.partition("Befehle")[2]
    for name in re.findall(r"^  ([\w-]+)  ", listed, re.MULTILINE):
        inner = list(_verbs(*group, name)) if "Befehle:" in podcast(PROJECT, *group, name, "--help").stdout else []
        yield from inner or [(*group, name)]


def test_every_verb_of_the_program_has_its_make_target_and_german_help() -> None:
    verbs = list(_verbs())
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    targets = " ".join(re.findall(r"^\w+_VERBS := (.*)$", makefile, re.MULTILINE)).split()
    assert sorted("-".join(verb) for verb in verbs) == sorted(targets)
    for verb in verbs:
        text = podcast(PROJECT, *verb, "--help").stdout
        assert "Aufruf:" in text
        assert "Diese Hilfe zeigen." in text
        assert not re.search(r"\b(Usage|Options|Show this)\b", text)


def test_the_readme_names_the_two_commands_and_its_links_lead_somewhere() -> None:
    first_screen = "\n".join(README.splitlines()[:40])
    assert "make episode EPISODE=0" in first_screen
    assert "make test" in first_screen
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (PROJECT / target).exists(), target


def test_only_the_allowed_folders_stand_at_the_top() -> None:
    allowed = {
        "pipeline",
        "episodes",
        "transcripts",
        "feed",
        "tests",
        "docs",
        "benchmarks",
        "tools",
        ".ci",
        "pyproject.toml",
        "Makefile",
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "requirements.lock",
        "requirements-cluster.lock",
        "requirements-dev.lock",
        "requirements-pyannote.lock",
        "requirements-s3.lock",
        "requirements-sftp.lock",
        "requirements-voices.lock",
        ".gitignore",
    }
    listed = subprocess.run(["git", "ls-files"], capture_output=True, text=True, cwd=PROJECT, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    assert {Path(line).parts[0] for line in listed.stdout.splitlines()} <= allowed


def test_no_output_of_the_example_is_in_git() -> None:
    listed = subprocess.run(["git", "ls-files"], capture_output=True, text=True, cwd=PROJECT, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    made = ("words.json", "draft.txt", "release.json", "transcripts/000-beispiel.txt", ".mp3", "feed.xml", ".html")
    ours = ("pipeline/site/templates/", "tests/golden/")
    assert not [line for line in listed.stdout.splitlines() if line.endswith(made) and not line.startswith(ours)]


def test_clean_keeps_what_people_wrote_and_what_was_released(tmp_path: Path) -> None:
    kept = (
        "episodes/001-alt/release.json",
        "episodes/001-alt/work/001-alt.mp3",
        "episodes/002-neu/raw.wav",
        "episodes/002-neu/work/gesichert/002-neu.2026-03-01-120000.txt",
        "transcripts/002-neu.txt",
        "feed/.gitignore",
        "feed/audio/001-alt.mp3",
        "feed/audio/001-alt.m4a",
        "feed/audio/001-alt.v2.opus",
    )
    made = (
        "episodes/002-neu/work/002-neu.mp3",
        "feed/audio/002-neu.mp3",
        "feed/audio/002-neu.opus",
        "feed/folgen/x.html",
        "preview/x.html",
    )
    for name in (*kept, *made):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name, encoding="utf-8")
    assert make("-C", str(tmp_path), "-f", str(PROJECT / "Makefile"), "clean").returncode == 0
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert left == set(kept)
