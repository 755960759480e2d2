"""make and the README do what they say."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import click
import pytest
from guide_commands import commands_behind, leaves, make_problem, make_targets
from probe_show import FOLDER, PROJECT, podcast, snapshot
from program import COMMANDS

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
def test_a_title_reaches_the_program_unchanged(fresh_show: Path, title: str) -> None:
    command = f"{sys.executable} -m pipeline --root {fresh_show}"
    ended = make("new", "EPISODE=7", f"TITLE={title}", f"PODCAST={command}", "PYTHON=true")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    toml = next((fresh_show / "episodes").glob("007-*/episode.toml"))
    assert tomllib.loads(toml.read_text(encoding="utf-8"))["title"] == title


def test_workers_and_scheduler_reach_the_program_unchanged(fresh_show: Path) -> None:
    command = f"PODCAST={sys.executable} -m pipeline --root {fresh_show}"
    both = make("episodes", "WORKERS=2", "SCHEDULER=x", command, "PYTHON=true")
    assert "WORKERS=… und SCHEDULER=… schließen sich aus" in both.stderr
    odd = make("episodes", "SCHEDULER=$(shell id) `ls` ; id", command, "PYTHON=true")
    assert "„$(shell id) `ls` ; id“ ist keine Adresse" in odd.stderr


def test_the_flags_of_make_reach_the_program(show: Path) -> None:
    command = f"PODCAST={sys.executable} -m pipeline --root {show} --today 2026-03-01"
    asked = make("release", "EPISODE=1", command, "PYTHON=true", stdin=subprocess.DEVNULL)
    assert "das Transkript ist der unveränderte Entwurf. Veröffentlicht wurde nichts." in asked.stderr
    assert make("release", "EPISODE=1", "YES=1", command, "PYTHON=true").returncode == 0
    assert "nicht noch einmal gehört" in make("transcribe", "EPISODE=1", "AGAIN=1", command, "PYTHON=true").stderr
    assert "Vermerkt in" in make("feed", "UPLOADED=1", command, "PYTHON=true").stdout
    reason = 'Auf `Wunsch` von "A" & B; $(id)'
    assert make("withdraw", "EPISODE=1", f"REASON={reason}", command, "PYTHON=true").returncode == 0
    release = show / "episodes/001-probe/release.json"
    assert json.loads(release.read_text(encoding="utf-8"))["withdrawn"]["reason"] == reason
    assert make("withdraw", "EPISODE=1", "UNDO=1", command, "PYTHON=true").returncode == 0
    again = make("release", "EPISODE=1", "NEW_AUDIO=1", "YES=1", command, "PYTHON=true")
    assert "gleicht der veröffentlichten" in again.stdout
    assert "„nein“ gibt es nicht" in make("feed", "ACCEPT=guid,nein", command, "PYTHON=true").stderr
    checked = make("check", command, "PYTHON=true")
    assert (checked.returncode, "Keine Fehler" in checked.stdout) == (0, True)


def test_a_new_episode_loads_once_its_recording_is_there(fresh_show: Path) -> None:
    assert podcast(fresh_show, "new", "7", "--title", "Digitale Schule").returncode == 0
    ended = podcast(fresh_show, "status", "7")
    assert ended.returncode == 0, ended.stderr
    assert "007-digitale-schule: Digitale Schule" in ended.stdout


def test_make_alone_prints_the_help() -> None:
    assert make().stdout == make("help").stdout != ""


def test_the_help_describes_every_target() -> None:
    entries = help_entries(make("help").stdout)
    assert {target for entry in entries for target in entry.targets} == make_targets() - {"setup-dev"}
    for entry in entries:
        assert len(entry.description.split()) > 1, entry


def test_variables_that_the_help_names_beside_a_target_reach_it() -> None:
    assert not [problem for entry in help_entries(make("help").stdout) for problem in entry_problems(entry)]


def test_the_help_leaves_out_nothing_that_a_command_accepts() -> None:
    entries = help_entries(make("help").stdout)
    said = {
        (command, name, value)
        for entry in entries
        for target in entry.targets
        for command in commands_behind(target)
        for name, value in entry.variables.items()
    }
    for command in leaves():
        for param in (param for param in command.params if isinstance(param.envvar, str)):
            name = param.envvar.removeprefix("PODCAST_")
            values = {value for described, variable, value in said if (described, variable) == (command, name)}
            assert values, f"{name} of {command.name}"
            assert values == {"1"} or not getattr(param, "is_flag", False), f"{name} of {command.name}: {values}"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "make feed | pages | search        alles\n    ACCEPT=guid,…: erlauben",
            "ACCEPT does not reach what `make pages`",
        ),
        ("make feed | pages EPISODE=7       alles", "EPISODE does not reach what `make feed`"),
        ("make new EPISODE=7                eine neue Folge", "title is missing"),
        ('make new EPISODE=7 [TITLE="…"]  eine neue Folge', "title is missing"),
        ("make episodes [WORKERS=keine]     alle", "'--workers'"),
        ("make model-add [FILE=…]           ein Modell", "DATEI|ORDNER is missing"),
    ],
)
def test_a_false_statement_in_the_help_is_noticed(text: str, told: str) -> None:
    (entry,) = help_entries(text)
    assert told in "\n".join(entry_problems(entry))


def test_feed_pages_and_search_each_make_what_the_help_says_and_together_all_of_feed(show: Path) -> None:
    whole = snapshot(show / "feed")
    made = {}
    for verb in ("feed", "pages", "search"):
        shutil.rmtree(show / "feed")
        ended = podcast(show, verb)
        assert ended.returncode == 0, ended.stderr
        assert "Abonnent*innen sehen" in ended.stdout
        made[verb] = snapshot(show / "feed")
    assert set(made["feed"]) == {"feed.xml", *(name for name in whole if name.startswith("audio/"))}
    assert {"index.html", f"folgen/{FOLDER}/index.html", f"folgen/{FOLDER}/transkript.vtt"} <= set(made["pages"])
    assert all("suche" in name for name in made["search"])
    assert sum(map(len, made.values())) == len(whole)
    assert made["feed"] | made["pages"] | made["search"] == whole


def test_after_a_due_date_the_program_names_what_makes_all_of_feed(show: Path) -> None:
    toml = show / f"episodes/{FOLDER}/episode.toml"
    text = toml.read_text(encoding="utf-8")
    toml.write_text(text.replace("published = 2026-01-15T06", "published = 2026-04-01T06"), encoding="utf-8")
    shutil.rmtree(show / "feed")
    told = re.search(r"Nächster Termin: .*?`podcast ([a-z &]+)`", podcast(show, "feed").stdout)
    assert told is not None
    for verb in told[1].split(" && podcast "):
        assert podcast(show, "--today", "2026-04-02", verb).returncode == 0
    for name in ("index.html", "transkript.vtt", "kapitel.json", "suche.js"):
        assert (show / f"feed/folgen/{FOLDER}" / name).exists()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the help with its continuation lines: `make THIS | THAT NEEDED=… [MORE=…] description`."""

    targets: tuple[str, ...]
    needed: tuple[str, ...]  # the variables beside the targets without brackets, with their values
    variables: dict[str, str]  # those and all others that the entry names
    description: str


def help_entries(text: str) -> list[Entry]:
    found = []
    for entry in re.split(r"^(?=make )", text, flags=re.MULTILINE)[1:]:
        words = entry.split()[1:]
        head = list(takewhile(_is_of_a_command, words))
        found.append(
            Entry(
                targets=tuple(word for word in head if re.match("[a-z]", word)),
                needed=tuple(word.replace('"', "") for word in head if re.match("[A-Z]", word)),
                variables=dict(re.findall(r"\b([A-Z_]+)=\"?(\S+?)(?=[\":;,)\]]*(?:\s|$))", entry)),
                description=" ".join(words[len(head) :]),
            )
        )
    return found


def _is_of_a_command(word: str) -> bool:
    return word in make_targets() | {"|"} or bool(re.fullmatch(r"\[?[A-Z_]+=\S+", word))


def entry_problems(entry: Entry) -> Iterator[str]:
    """Yield the problems: a command must be complete without the brackets, and each variable must reach each target."""
    for target in entry.targets:
        yield from filter(None, [make_problem((target, *entry.needed), whole=True)])
        for name, value in entry.variables.items():
            given = dict(word.split("=", 1) for word in entry.needed) | {name: value}
            words = (target, *(f"{key}={said}" for key, said in given.items()))
            yield from filter(None, [make_problem(words, whole=False)])


def _verbs(command: click.Command, parent: click.Context | None = None) -> Iterator[click.Context]:
    """Yield every verb of the program with its group: `podcast episode`, `podcast transcript check`."""
    context = click.Context(command, info_name=command.name if parent else "podcast", parent=parent)
    if not isinstance(command, click.Group):
        yield context
        return
    for inner in command.commands.values():
        yield from _verbs(inner, context)


def test_every_verb_of_the_program_has_its_make_target_and_german_help() -> None:
    verbs = list(_verbs(COMMANDS))
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    targets = " ".join(re.findall(r"^\w+_VERBS := (.*)$", makefile, re.MULTILINE)).split()
    assert sorted("-".join(verb.command_path.split()[1:]) for verb in verbs) == sorted(targets)
    for verb in verbs:
        text = verb.get_help()
        assert f"Aufruf: {verb.command_path} " in text
        assert "Diese Hilfe zeigen." in text
        assert not re.search(r"\b(Usage|Options|Show this)\b", text)


def test_the_program_lists_its_verbs() -> None:
    listed = podcast(PROJECT, "--help").stdout
    for name in COMMANDS.commands:
        assert re.search(rf"^  {name}  ", listed, re.MULTILINE), name


def test_the_readme_names_the_two_commands_and_its_links_have_targets() -> None:
    first_screen = "\n".join(README.splitlines()[:40])
    assert "make episode EPISODE=0" in first_screen
    assert "make test" in first_screen
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (PROJECT / target).exists(), target


def test_only_the_allowed_names_are_at_the_top_level() -> None:
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
        "Containerfile",
        "publiccode.yml",
        "requirements.lock",
        "requirements-cluster.lock",
        "requirements-dev.lock",
        "requirements-pyannote.lock",
        "requirements-s3.lock",
        "requirements-sftp.lock",
        "requirements-voices.lock",
        ".gitignore",
        ".github",
        ".gitlab-ci.yml",
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
    ours = ("docs/karte.html", "pipeline/site/templates/", "pipeline/review/page/", "tests/golden/")
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
