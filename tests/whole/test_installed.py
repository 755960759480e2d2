"""The wheel has all that a show needs, and a show needs no checkout: from `podcast init` to published files."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from probe_show import PROJECT, example_turns, write_wav

FROM_PROJECT = ("pyproject.toml", "README.md", "LICENSE", "Makefile", "pipeline", "episodes", "transcripts", "feed")
ADDRESSES = ("website", "imprint", "privacy", "accessibility", "report-barrier")

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """The program as its wheel installs it, away from the checkout."""

    wheel: Path
    prefix: Path

    def environment(self, **more: str) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("PODCAST_", "MAKE"))}
        site = sysconfig.get_path("purelib", vars={"base": str(self.prefix), "platbase": str(self.prefix)})
        path = f"{self.prefix / 'bin'}{os.pathsep}{os.environ['PATH']}"
        return {**kept, "PYTHONPATH": site, "PATH": path, **more}

    def __call__(self, *command: str, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=cwd,
            env=self.environment(**more),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    home = tmp_path_factory.mktemp("installed")
    source = home / "source"
    source.mkdir()
    for path in (*(PROJECT / name for name in FROM_PROJECT), *PROJECT.glob("requirements*.lock")):
        if path.is_dir():
            shutil.copytree(path, source / path.name, ignore=shutil.ignore_patterns("__pycache__", "work", "*.mp3"))
        else:
            shutil.copy(path, source)
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
    to_wheel = ("wheel", "--no-build-isolation", "--no-deps", "--no-index", "-w", str(home), str(source))
    subprocess.run([*pip, *to_wheel], check=True, capture_output=True)
    (wheel,) = home.glob("*.whl")
    prefix = home / "prefix"
    # Without --ignore-installed pip would remove the program from the environment that the tests run in.
    to_prefix = ("install", "--ignore-installed", "--no-deps", "--no-index", "--prefix", str(prefix), str(wheel))
    subprocess.run([*pip, *to_prefix], check=True, capture_output=True)
    return Installed(wheel=wheel, prefix=prefix)


@pytest.fixture
def show(installed: Installed, tmp_path: Path) -> Path:
    ended = installed("podcast", "init", "Küstenfunk", "--example", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    return tmp_path / "kuestenfunk"


def test_the_environment_of_the_tests_keeps_the_program(installed: Installed, tmp_path: Path) -> None:
    assert installed.prefix.is_dir()
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    asked = (sys.executable, "-c", "import importlib.metadata; importlib.metadata.version('digitales-mv-podcast')")
    subprocess.run(asked, cwd=tmp_path, env=kept, check=True)


def test_every_file_of_the_package_is_in_the_wheel(installed: Installed) -> None:
    names = set(zipfile.ZipFile(installed.wheel).namelist())
    files = (path for path in (PROJECT / "pipeline").rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    assert not [path for path in files if path.relative_to(PROJECT).as_posix() not in names]


def test_the_wheel_brings_the_example_the_locks_and_the_makefile(installed: Installed) -> None:
    names = {name.partition("/share/digitales-mv/")[2] for name in zipfile.ZipFile(installed.wheel).namelist()}
    locks = {path.name for path in PROJECT.glob("requirements*.lock")}
    example = {f"episodes/000-beispiel/{name}" for name in ("episode.toml", "raw.flac", "shownotes.md")}
    assert names >= locks | example | {"Makefile", "episodes/show.toml", "transcripts/README.md", "feed/.gitignore"}


def test_click_speaks_german_where_the_program_is_installed(installed: Installed, tmp_path: Path) -> None:
    asked = installed("podcast", "episode", "--gibt-es-nicht", cwd=tmp_path)
    assert "Die Option '--gibt-es-nicht' gibt es nicht" in asked.stderr


def test_make_in_a_show_lists_the_targets_of_the_project_save_those_for_developers(
    installed: Installed, show: Path
) -> None:
    listed = _targets(installed("make", cwd=show).stdout)
    there = _targets(subprocess.run(["make"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout)
    assert there - listed == {"setup", "setup-pyannote", "test", "lint", "bench", "sbom", "wheel"}
    assert not listed - there


def _targets(text: str) -> set[str]:
    heads = re.findall(r"^make ([a-z0-9-]+(?: \| [a-z0-9-]+)*)", text, re.MULTILINE)
    return {target for head in heads for target in head.split(" | ")}


def test_a_title_reaches_the_program_unchanged_through_the_makefile_of_a_show(installed: Installed, show: Path) -> None:
    title = "Preis $5 & `ls` \"so\" 'oder' \\ #1; $(id)"
    ended = installed("make", "new", "EPISODE=7", f"TITLE={title}", cwd=show)
    assert ended.returncode == 0, ended.stderr
    assert "Preis $5 & `ls`" in next(show.glob("episodes/007-*/episode.toml")).read_text(encoding="utf-8")


def test_several_targets_whose_folders_exist_run_in_a_show(installed: Installed, show: Path) -> None:
    ended = installed("make", "feed", "pages", "search", cwd=show)
    assert ended.returncode == 0, ended.stderr
    assert (show / "feed/feed.xml").exists()
    assert (show / "feed/index.html").exists()


def test_the_show_is_found_from_any_folder_in_it(installed: Installed, show: Path, tmp_path: Path) -> None:
    assert "000-beispiel" in installed("podcast", "status", cwd=show / "episodes/000-beispiel").stdout
    assert "000-beispiel" not in installed("podcast", "status", cwd=tmp_path).stdout


def test_outside_of_any_show_the_program_says_how_to_begin_one(installed: Installed, tmp_path: Path) -> None:
    asked = installed("podcast", "check", cwd=tmp_path)
    assert asked.returncode == 4
    assert "mit `podcast init …` einen anlegen" in " ".join(asked.stderr.split())


def test_without_the_program_make_says_what_to_do(show: Path, installed: Installed) -> None:
    asked = installed("make", "episode", "EPISODE=0", cwd=show, PATH="/usr/bin:/bin")
    assert asked.returncode != 0
    assert "noch nicht installiert" in asked.stdout
    assert "uv tool install" in (show / "README.md").read_text(encoding="utf-8")


def test_the_last_line_of_a_failed_make_in_a_show_is_the_programs(show: Path, installed: Installed) -> None:
    asked = installed("make", "episode", "EPISODE=9", cwd=show)
    assert asked.returncode == 1
    assert asked.stderr.rstrip().endswith("Eine neue legt `make new` an.")


def test_an_extra_that_cannot_be_fetched_is_a_message(installed: Installed, show: Path) -> None:
    nowhere = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", "PIP_CONFIG_FILE": os.devnull, "PIP_TARGET": str(show / "x")}
    asked = installed("podcast", "setup", "sftp", cwd=show, **nowhere)
    assert asked.returncode == 2
    assert "Die Pakete für sftp sind nicht fertig installiert" in asked.stderr


def test_a_show_of_ones_own_is_published_without_a_checkout(installed: Installed, tmp_path: Path) -> None:
    said = [f"--{name}=https://www.example.org/{name}" for name in ADDRESSES]
    target = (tmp_path / "netz").as_uri()
    begun = installed(
        "podcast", "init", "Küstenfunk", *said, "--email=podcast@example.org", f"--target={target}", cwd=tmp_path
    )
    assert begun.returncode == 0, begun.stderr
    show = tmp_path / "kuestenfunk"
    assert installed("make", "new", "EPISODE=1", "TITLE=Die erste Folge", cwd=show).returncode == 0
    home = show / "episodes/001-die-erste-folge"
    write_wav(home / "raw.wav", example_turns(1, 1))
    _fill_in(home / "episode.toml")
    (home / "shownotes.md").write_text("Ein Gruß.\n", encoding="utf-8")
    made = installed("make", "episode", "EPISODE=1", cwd=show)
    assert made.returncode == 0, made.stdout + made.stderr
    published = installed("make", "publish", "YES=1", cwd=show)
    assert published.returncode == 0, published.stdout + published.stderr
    assert "Die erste Folge" in (tmp_path / "netz/feed.xml").read_text(encoding="utf-8")
    assert (tmp_path / "netz/audio/001-die-erste-folge.mp3").exists()


def _fill_in(toml: Path) -> None:
    text = toml.read_text(encoding="utf-8")
    text = text.replace('"Moderation"', '"Tom Takt"').replace("Ein bis zwei Sätze, worum es geht.", "Ein Gruß.")
    text = text.replace("draft = true", "draft = false").replace("# published = 2026-01-15", "published = 2026-01-15")
    text = text.replace('# [speech]\n# model = "small"', '[speech]\nmodel = "demo"')
    guest = re.compile(r'\[\[speakers\]\]\nname = "Gast".*?(?=# Kapitel)', re.DOTALL)
    toml.write_text(guest.sub("", text), encoding="utf-8")
