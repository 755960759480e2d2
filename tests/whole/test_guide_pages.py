"""The guide's pages for a first episode, for trouble and for keeping: what they show and type is real."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from guide_commands import SHELL
from guides import PROJECT, guide
from PIL import Image
from probe_show import make_show, podcast
from source_code import source_code
from test_guide_commands import run

FIRST, TROUBLE, KEEPING = "docs/erste-folge.md", "docs/schiefgegangen.md", "docs/aufbewahren.md"


def test_the_first_episode_is_made_as_the_page_says_and_prints_what_it_shows(tmp_path: Path) -> None:
    """Types every line of the page and does between them what it asks for; a line of a `text` block is in the output
    of the block before it, `…` being anything."""
    show = tmp_path / "show"
    recording = make_show(show, placeholders=False) / "raw.wav"
    settings = show / "episodes/show.toml"
    text = re.sub(r"^model = .*", 'model = "demo"', settings.read_text(encoding="utf-8"), flags=re.MULTILINE)
    settings.write_text(f'{text}\n[publish]\ntarget = "{tmp_path / "www"}"\n', encoding="utf-8")
    shutil.move(recording, tmp_path / "raw.wav")
    shutil.rmtree(recording.parent)
    typed, printed = [], ""
    for block in guide(FIRST).blocks:
        if block.language == "text":
            assert missing(block.text, printed) == [], printed
            continue
        printed = ""
        for line in block.text.splitlines():
            if line.startswith("make review"):  # people listen, and correct a word
                transcript = show / "transcripts/007-digitale-schule.txt"
                transcript.write_text(transcript.read_text(encoding="utf-8").replace(".", "!", 1), encoding="utf-8")
                continue
            ended = run(line, show)
            assert ended.returncode == 0, f"{line}\n{ended.stdout}{ended.stderr}"
            printed += ended.stdout
            typed.append(line)
            if line.startswith("make set"):
                (home,) = show.glob("episodes/007-digitale-schule")
                shutil.copy(tmp_path / "raw.wav", home)
                (home / "shownotes.md").write_text("Für alle Hörer*innen.\n", encoding="utf-8")
    assert len(typed) == 7
    assert (tmp_path / "www/audio/007-digitale-schule.mp3").exists()


def missing(shown: str, printed: str) -> list[str]:
    """The lines of a guide's block that the program did not print."""
    lines = [".*".join(map(re.escape, re.split(" *…", line.rstrip()))) for line in shown.splitlines()]
    return [line for line in lines if not re.search(f"^{line}", printed, re.MULTILINE)]


def test_a_line_that_the_program_does_not_print_is_seen() -> None:
    assert missing("Angelegt: …\n  make set\n", "Angelegt: episodes/7/\n") == [re.escape("  make set")]


def test_every_message_in_the_table_of_trouble_is_one_of_the_program() -> None:
    table = re.findall(r"^\| „(.+?)“ \| (.+) \|$", (PROJECT / TROUBLE).read_text(encoding="utf-8"), re.MULTILINE)
    assert len(table) > 15
    texts = [text.replace("…", "") for text in source_code().constants("pipeline/")]
    unknown = [said for said, _ in table if not any(said.replace("…", "").strip() in text for text in texts)]
    assert unknown == []


def test_every_picture_is_small_and_described() -> None:
    found = re.findall(r"!\[([^\]]*)\]\((bilder/[^)]+)\)", (PROJECT / FIRST).read_text(encoding="utf-8"))
    assert {path for _, path in found} == {f"bilder/{file.name}" for file in (PROJECT / "docs/bilder").iterdir()}
    for text, path in found:
        assert len(text) > 40
        file = PROJECT / "docs" / path
        assert file.stat().st_size < 80_000
        with Image.open(file) as picture:
            assert picture.width <= 1280


@pytest.fixture
def office(show: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A produced show in git, with a server that is a folder."""
    if shutil.which("git") is None:
        pytest.skip("needs git")
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Klara Klang")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "klara@beispiel.invalid")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "no.gitconfig"))
    git(tmp_path, "git init --quiet --bare --initial-branch=main server.git")
    for ignored in (".gitignore", "feed/.gitignore"):
        shutil.copy(PROJECT / ignored, show / ignored)
    git(show, "git init --quiet --initial-branch=main")
    git(show, "git remote add origin ../server.git")
    git(show, "git add --all")
    git(show, "git commit --quiet -m Anfang")
    git(show, "git push --quiet --set-upstream origin main")
    return show


def git(folder: Path, line: str) -> str:
    ended = subprocess.run(shlex.split(line), cwd=folder, capture_output=True, encoding="utf-8", check=False)
    assert ended.returncode == 0, f"{line}\n{ended.stderr}"
    return ended.stdout


def test_the_lines_about_git_carry_the_work_to_another_computer(office: Path, tmp_path: Path) -> None:
    transcript = office / "transcripts/001-probe.txt"
    transcript.write_text(transcript.read_text(encoding="utf-8").replace(".", "!", 1), encoding="utf-8")
    typed = [line for block in guide(KEEPING).blocks if block.language in SHELL for line in block.text.splitlines()]
    assert [line.split()[1] for line in typed] == ["add", "commit", "push", "pull", "checkout"]
    for line in typed[:4]:
        git(office, line)
    assert git(office, "git status --porcelain") == ""
    corrected = transcript.read_bytes()
    transcript.write_text("verdorben\n", encoding="utf-8")
    git(office, typed[4].replace("007-digitale-schule", "001-probe"))
    assert transcript.read_bytes() == corrected
    git(tmp_path, "git clone --quiet server.git other")
    other = tmp_path / "other"
    assert (other / transcript.relative_to(office)).read_bytes() == corrected
    shutil.copy(office / "episodes/001-probe/raw.wav", other / "episodes/001-probe")
    ended = podcast(other, "episode", "1")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "Sprache erkennen" not in ended.stdout


def test_git_keeps_what_the_page_says_and_nothing_that_it_says_git_does_not(office: Path) -> None:
    kept = git(office, "git ls-files").splitlines()
    rows = re.findall(r"^\| .+? \| (.+?) \| (.+?) \|$", (PROJECT / KEEPING).read_text(encoding="utf-8"), re.MULTILINE)
    for places, keeper in rows[1:]:
        for place in re.findall(r"`([^`]+)`", places):
            own = place.replace("007-…", "001-probe")
            there = [path for path in kept if f"/{own}" in f"/{path}" and not path.endswith(".gitignore")]
            if keeper == "git":
                made = (office / own.rstrip("/")).exists()
                assert there or not made, place
            else:
                assert not there, place
