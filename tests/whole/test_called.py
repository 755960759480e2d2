"""Commands are named as they were called, and the last line of a run is ours."""

from __future__ import annotations

import ast
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from guide_commands import leaves, make_problem, podcast_problem
from probe_show import FOLDER, PROJECT
from program import COMMANDS
from terminal import at_a_terminal

from pipeline.cli.called import CALLED_BY, as_called, usage_by_make, without_make

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
COMMAND = re.compile(r"\bmake (?!a |of |up |sure)([a-z]+(?:-[a-z]+)*)")


def literals() -> Iterator[tuple[str, str]]:
    """Every text of the program that is no docstring, with its place; what is put into an f-string is `…`."""
    for path in sorted((PROJECT / "pipeline").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        inner, docs = set(), set()
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                inner |= {id(part) for part in ast.walk(node) if part is not node}
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                docs.add(id(node.value))
        for node in ast.walk(tree):
            if id(node) in inner or id(node) in docs:
                continue
            where = f"{path.relative_to(PROJECT).as_posix()}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.JoinedStr):
                yield where, "".join(str(p.value) if isinstance(p, ast.Constant) else "…" for p in node.values)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield where, node.value


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("`make release EPISODE=7 NEW_AUDIO=1` aufrufen", "`podcast release 7 --new-audio` aufrufen"),
        ("make feed pages search aufrufen", "podcast feed && podcast pages && podcast search aufrufen"),
        ("make feed und make pages; Audio", "podcast feed und podcast pages; Audio"),
        ("`make feed` schreibt die Datei neu.", "`podcast feed` schreibt die Datei neu."),
        ("make transcript-not-spoken EPISODE=7 FROM=12:34.", "podcast transcript not-spoken 7 --from 12:34."),
        ("make transcript-not-spoken EPISODE=7 ohne FROM", "podcast transcript not-spoken 7 ohne FROM"),
        ("`make episodes WORKERS=2`", "`podcast episode --all --workers 2`"),
        ("`make model MODEL=base`, `make model-add FILE=…`", "`podcast model fetch base`, `podcast model add …`"),
        ('make withdraw EPISODE=7 REASON="Auf Wunsch."', 'podcast withdraw 7 --reason "Auf Wunsch."'),
        ("Mit YES=1 wird gelöscht.", "Mit --yes wird gelöscht."),
        ("SPEAKER='A=Ada; B=Bo'.", "--speaker 'A=Ada' --speaker 'B=Bo'."),
        ("(make import-feed … AUDIO=1)", "(podcast import-feed … --audio)"),
        ('make new EPISODE=8 TITLE="…"', 'podcast new 8 --title "…"'),
        ("`make setup`, `make setup-pyannote`", "`python3 tools/setup.py`, `make setup-pyannote`"),
        ("`make setup-sftp`", "`podcast setup sftp`"),
        ("draft = false, make ich: ABC=1", "draft = false, make ich: ABC=1"),
    ],
)
def test_a_command_is_named_as_it_is_typed_without_make(text: str, typed: str) -> None:
    assert without_make(text) == typed


def test_who_called_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CALLED_BY, "make")
    assert as_called("make check EPISODE=7") == "make check EPISODE=7"
    monkeypatch.delenv(CALLED_BY)
    assert as_called("make check EPISODE=7") == "podcast check 7"


@needs_make
def test_every_command_in_a_message_can_be_typed_either_way() -> None:
    wrong, seen = [], 0
    for where, text in literals():
        for found in COMMAND.finditer(text):
            seen += 1
            target = found[1]
            if problem := make_problem((target,), whole=False):
                wrong.append(f"{where}: make {target}: {problem}")
            typed = without_make(found[0]).split()
            if typed[0] == "podcast" and (problem := podcast_problem(typed[1:], whole=False)):
                wrong.append(f"{where}: {' '.join(typed)}: {problem}")
            if typed[0] == "make" and target != "help" and not target.startswith("setup-"):
                wrong.append(f"{where}: „{found[0]}“ has no form without make")
    assert not wrong
    assert seen > 60


def test_no_message_names_a_command_in_the_form_without_make() -> None:
    verbs = "|".join(COMMANDS.commands)
    options = {
        option
        for command in leaves()
        for param in command.params
        if param.envvar
        for option in param.opts
        if option.startswith("--")
    }
    wrong = []
    for where, text in literals():
        if where.startswith("pipeline/cli/called.py") or text.strip() in {*options, "release --new-audio"}:
            continue
        named = re.findall(rf"\bpodcast (?:{verbs})\b|(?<![\w-]){'|'.join(sorted(options))}\b(?! ?[=<])", text)
        if re.search(r"[a-zäöü] ", text) and named and not _is_help(where):
            wrong.append(f"{where}: {named[0]}: {text[:80]}")
    assert not wrong


def _is_help(where: str) -> bool:
    """Whether the text is a command's own help, which is about this form."""
    name, _, line = where.rpartition(":")
    source = (PROJECT / name).read_text(encoding="utf-8").splitlines()
    return name.startswith("pipeline/cli/") and "help=" in "".join(source[max(0, int(line) - 3) : int(line)])


def test_what_names_a_command_is_printed_as_it_was_called() -> None:
    """Nothing in the command line prints a command past `say` or `as_called`."""
    wrong = []
    for path in sorted((PROJECT / "pipeline/cli").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and ast.unparse(node.func) == "click.echo") or path.stem == "called":
                continue
            text = " ".join(
                part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str)
            )
            if (COMMAND.search(text) or re.search(r"\b[A-Z_]{3,}=", text)) and "as_called" not in ast.unparse(node):
                wrong.append(f"{path.name}:{node.lineno}: {text[:70]}")
    assert not wrong


def test_a_wrong_call_by_make_is_told_in_the_words_of_make() -> None:
    command = COMMANDS.commands["new"]
    context = click.Context(command, info_name="new", parent=click.Context(COMMANDS, info_name="podcast"))
    missing = usage_by_make(click.MissingParameter(ctx=context, param=command.params[1]))
    assert (missing.problem, missing.advice) == ("Es fehlt TITLE=…", "make new EPISODE=… TITLE=…")
    workers = next(param for param in COMMANDS.commands["episode"].params if param.name == "workers")
    bad = usage_by_make(click.BadParameter("'x' ist keine Zahl", param=workers, param_hint="'--workers'"))
    assert "WORKERS=…" in bad.problem
    assert "--workers" not in bad.problem


def run_make(root: Path, *arguments: str, program: str = "", **options: object) -> subprocess.CompletedProcess[str]:
    called = program or f"{sys.executable} -m pipeline --root {root} --today 2026-03-01"
    return subprocess.run(
        ["make", "--no-print-directory", "PYTHON=true", f"PODCAST={called}", *arguments],
        capture_output=True, text=True, encoding="utf-8", cwd=PROJECT, check=False, stdin=subprocess.DEVNULL, **options,
    )  # fmt: skip


@needs_make
@pytest.mark.parametrize("flags", [(), ("-k",), ("-j2",)])
def test_the_last_line_of_a_failed_make_is_ours(show: Path, flags: tuple[str, ...]) -> None:
    ended = run_make(show, *flags, "status", "EPISODE=9")
    assert ended.returncode != 0
    assert ended.stderr.splitlines()[-1].startswith("  Was tun: ")
    assert "***" not in ended.stdout + ended.stderr
    assert "`make new`" in ended.stderr


@needs_make
def test_a_target_after_a_failed_one_is_not_made() -> None:
    ended = run_make(Path(), "feed", "pages", program="sh -c 'echo $$0; exit 4'")
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "feed\n", "")


@needs_make
def test_a_killed_program_is_told_too() -> None:
    ended = run_make(Path(), "feed", program="sh -c 'kill -9 $$$$'")
    assert ended.returncode == 1
    assert "Fehler: Der Befehl wurde von außen beendet (Signal 9)." in ended.stderr
    assert ended.stderr.splitlines()[-1].startswith("  Was tun: ")


@needs_make
def test_make_still_only_shows_what_it_would_do_if_asked(tmp_path: Path) -> None:
    ended = run_make(Path(), "-n", "feed", program=f"touch {tmp_path}/da")
    assert (ended.returncode, list(tmp_path.iterdir())) == (0, [])
    assert f"touch {tmp_path}/da feed" in ended.stdout
    assert run_make(Path(), "-q", "feed", program=f"touch {tmp_path}/da").returncode == 1
    assert list(tmp_path.iterdir()) == []


@needs_make
def test_programs_that_make_starts_are_not_asked_only_questions() -> None:
    ended = run_make(Path(), "feed", program="sh -c 'echo flags=$$MAKEFLAGS'")
    assert (ended.returncode, ended.stdout) == (0, "flags=\n")


@needs_make
def test_after_ctrl_c_the_last_line_is_ours(tmp_path: Path) -> None:
    script = tmp_path / "wait.py"
    script.write_text(
        "import time\ntry: print('bereit', flush=True), time.sleep(60)\n"
        "except KeyboardInterrupt: print('Abgebrochen.')\nraise SystemExit(130)\n",
        encoding="utf-8",
    )
    command = ["make", "--no-print-directory", "PYTHON=true", f"PODCAST={sys.executable} {script}", "feed"]
    said, status = at_a_terminal(command, {"bereit": b"\x03"})
    assert said.rstrip().endswith("Abgebrochen.")
    assert "***" not in said
    assert os.waitstatus_to_exitcode(status) == -signal.SIGINT


@needs_make
def test_every_line_that_make_prints_by_itself_fits_a_terminal() -> None:
    shown = subprocess.run(["make", "help", "PYTHON=true"], capture_output=True, text=True, cwd=PROJECT, check=True)
    assert max(map(len, shown.stdout.splitlines())) <= 80


@needs_make
def test_make_alone_begins_with_what_to_do_next(show: Path) -> None:
    lines = run_make(show).stdout.splitlines()
    assert lines[0] == "Als Nächstes: make review EPISODE=1"
    assert lines[1].startswith(f"  {FOLDER}: fällig, produziert")
    assert lines[3].startswith("make episode EPISODE=0 ")
    fresh = run_make(show, program="/nirgends/podcast").stdout
    assert fresh.startswith("Als Nächstes: make episode EPISODE=0\n")


def test_a_question_in_german_takes_an_answer_in_german(show: Path) -> None:
    toml = show / f"episodes/{FOLDER}/episode.toml"
    before = toml.read_text(encoding="utf-8")
    command = [sys.executable, "-m", "pipeline", "--root", str(show), "speaker", "rename", "Tom Takt", "Tom Taktvoll"]
    for answer in (b"n\n", b"\n", b"vielleicht\n", b"\x04"):
        said, _ = at_a_terminal(command, {"[j/N]": answer})
        assert toml.read_text(encoding="utf-8") == before, said
    said, status = at_a_terminal(command, {"[j/N]": b"Ja\n"})
    assert "Tom Taktvoll" in toml.read_text(encoding="utf-8"), said
    assert status == 0
