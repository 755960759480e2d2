"""The commands that guides name → what make, the program's own parser and other programs object to in them."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import click
import pytest
from guides import PROJECT, Block, Code, Guide
from program import COMMANDS
from source_code import source_code

FOREIGN = {
    "aws": "asks Amazon's servers",
    "git": "has no help without its manual pages; tests/whole/test_guide_pages.py runs its lines",
    "loginctl": "changes the machine",
    "msgfmt": "belongs to gettext, which nothing here installs",
    "pip": "installs packages",
    "pipx": "installs packages",
    "podman": "builds and runs images, which nothing here can",
    "sftp": "asks another machine",
    "systemctl": "changes the machine",
    "uv": "asks the package registry; contributors bring it along",
}
"""External programs that no test can ask for their options, each with the reason."""

SHELL = ("sh", "indented")  # the languages of blocks whose lines are typed as written

_PODCAST = ("podcast", ".venv/bin/podcast", "podcast.cmd")
_PYTHON = ("py", "python", "python3", ".venv/bin/python")
_ASSIGNMENT = re.compile(r"([A-Z][A-Z_]+)=(.*)", re.DOTALL)
_MAKE_SOMEWHERE = re.compile(r"\bmake((?: (?:--[\w-]+|[A-Z_]+=[^\s)]+|[a-z][a-z0-9-]*))+)")
_COMMENT = re.compile(r"(?:^|\s)#\s(.*)")
_TARGET_IN_COMMENT = re.compile(r"([a-z]+(?:-[a-z]+)+(?: [A-Z_]+=[^\s,;)]+)+)")
_SEPARATOR = re.compile(r"\s*(?:&&|\|\||;)\s*(?:do\s)?|\s\|\s")
_REDIRECTION = re.compile(r"\s>>?\s*\S+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """`whole`: it can be typed as written; else a sentence names it and may leave out what it needs."""

    where: str
    words: tuple[str, ...]
    whole: bool


def commands(guide: Guide) -> Iterator[Command]:
    """Yield every command of a guide: lines of shell blocks, words in code, `make …` in blocks of other languages."""
    for block in guide.blocks:
        yield from _in_block(block)
    for code in guide.codes:
        for words in _split(code.text):
            if _is_command(words):
                yield Command(where=code.where, words=words, whole=False)


def _in_block(block: Block) -> Iterator[Command]:
    for where, line in _lines(block):
        if block.language in SHELL:
            typed, _, comment = _COMMENT.sub(r"\n\1", line).partition("\n")
            for words in _split(typed):
                yield Command(where=where, words=words, whole=True)
            for named in _TARGET_IN_COMMENT.findall(comment):
                yield Command(where=where, words=("make", *named.split()), whole=False)
        elif block.language != "text":
            for named in _MAKE_SOMEWHERE.findall(line):
                yield Command(where=where, words=("make", *named.split()), whole=False)


def _lines(block: Block) -> Iterator[tuple[str, str]]:
    """Yield each line with its place; a line that ends in a backslash is joined with the next."""
    guide, _, first = block.where.rpartition(":")
    lines = block.text.splitlines()
    while lines:
        where = f"{guide}:{int(first) + len(block.text.splitlines()) - len(lines)}"
        line = lines.pop(0)
        while line.endswith("\\") and lines:
            line = f"{line[:-1]} {lines.pop(0).strip()}"
        yield where, line


def _split(line: str) -> Iterator[tuple[str, ...]]:
    """Yield the commands of one line, without redirections and the shell's own `for` and `done`."""
    for piece in _SEPARATOR.split(_REDIRECTION.sub(" ", line)):
        try:
            words = shlex.split(piece.replace("\\", "/"))
        except ValueError:  # not valid in a shell, such as a single `"`
            continue
        if words and words[0] not in {"for", "done"}:
            yield tuple(words)


def _is_command(words: tuple[str, ...]) -> bool:
    """Whether words in code are meant as a command: not `base` or `faster-whisper`, but `make`, `--all`, `AUDIO=1`."""
    first = words[0]
    group, dash, _ = first.partition("-")
    return bool(
        first == "make"
        or first in _PODCAST
        or first in _PYTHON
        or first.startswith((".venv/bin/", "--"))
        or _ASSIGNMENT.match(first)
        or (dash and group in _groups())
        or (len(words) > 1 and (first in FOREIGN or first.endswith(".py") or any(w.startswith("--") for w in words)))
    )


def _groups() -> set[str]:
    """The groups of verbs, such as `transcript`: in make, their verbs are `transcript-check` and so on."""
    return {name for name, command in COMMANDS.commands.items() if isinstance(command, click.Group)}


def command_problems(guides: Iterable[Guide]) -> list[str]:
    """Return every problem with the commands of these guides, each with its line."""
    found = {}
    for guide in guides:
        for command in commands(guide):
            if problem := _problem(command.words, whole=command.whole):
                found[f"{command.where}: `{shlex.join(command.words)}`: {problem}"] = None
    return list(found)


def _problem(words: tuple[str, ...], *, whole: bool) -> str:
    first, rest = words[0], words[1:]
    program = Path(first).name
    if assigned := _ASSIGNMENT.match(first):
        problem = _problem(rest, whole=whole) if rest else _variable_problem(assigned[1], assigned[2])
    elif first == "make" or first.partition("-")[0] in _groups():
        problem = make_problem(rest if first == "make" else words, whole=whole and first == "make")
    elif first in _PODCAST or first in COMMANDS.commands:
        problem = podcast_problem(rest if first in _PODCAST else words, whole=whole)
    elif first.startswith("--"):
        known = {option for command in leaves() for param in command.params for option in param.opts}
        problem = "" if first in known else "no command has this option"
    elif first in _PYTHON or first.endswith(".py"):
        problem = _script_problem(rest if first in _PYTHON else words)
    elif program in FOREIGN:
        problem = ""
    elif (Path(sys.executable).parent / program).exists():
        problem = _installed_problem(program, rest)
    else:
        problem = "nobody knows this program; one that no test can ask belongs into FOREIGN, with the reason"
    return problem


def make_problem(words: tuple[str, ...], *, whole: bool) -> str:
    """Return what is wrong with `make` and these words, "" if nothing. A variable must reach a command of the targets
    that reads it, or appear in what the targets run."""
    words = tuple(word for word in words if _ASSIGNMENT.fullmatch(word) or "…" not in word)
    dry = _make("--dry-run", *words)
    if dry.returncode:
        return dry.stderr.strip()
    for file in re.findall(r"[\w./-]+\.(?:py|lock)\b", dry.stdout):
        if not (PROJECT / file).exists():
            return f"it wants {file}, which is not there"
    given = tuple(word for word in words if _ASSIGNMENT.fullmatch(word))
    targets = [word for word in words if word not in given]
    environment = _environment(given)
    calls = _calls(dry.stdout)
    for name, _, value in (word.partition("=") for word in given):
        exported = environment.get(f"PODCAST_{name}") == value
        is_read = exported and any(f"PODCAST_{name}" in _variables(command_of(call)) for call in calls)
        if not is_read and "Marke-7391" not in _make("--dry-run", *targets, f"{name}=Marke-7391").stdout:
            return f"{name} does not reach what `make {' '.join(targets)}` runs"
    said = {key: _filled_in(value) for key, value in environment.items() if value}
    return next(filter(None, (podcast_problem(call, whole=whole, said=said) for call in calls)), "")


def _calls(recipe: str) -> list[list[str]]:
    """The words after `podcast` in each line that runs it."""
    return [shlex.split(line)[1:] for line in recipe.splitlines() if line.startswith(f"{_PODCAST[1]} ")]


def make_targets() -> frozenset[str]:
    """The targets that the Makefile has for people."""
    phony = re.search(r"^\.PHONY: (.*)$", _make("--print-data-base", "--question").stdout, re.MULTILINE)
    assert phony is not None
    return frozenset(phony[1].split())


def commands_behind(target: str) -> list[click.Command]:
    """The commands of the program that a target runs."""
    return list(map(command_of, _calls(_make("--dry-run", target, "MODEL=base").stdout)))


def _filled_in(value: str) -> str:
    """A value as people would write it: `guid` for `guid,…`, and "" for `…`, which may be anything."""
    return "" if value == "…" else value.removesuffix(",…")


@cache
def _make(*words: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "--no-print-directory", *words, "PYTHON=python3", "PODCAST=.venv/bin/podcast"]
    ours = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=PROJECT,
        env={**ours, "LC_ALL": "C", "LANGUAGE": "C"},
        check=False,
    )


@cache
def _environment(assignments: tuple[str, ...]) -> dict[str, str]:
    """The `PODCAST_…` variables that the commands of make would see."""
    with tempfile.NamedTemporaryFile("w", suffix=".mk", encoding="utf-8") as rule:
        rule.write("what-a-recipe-sees:\n\t+@env\n")
        rule.flush()
        seen = _make("--file=Makefile", f"--file={rule.name}", "what-a-recipe-sees", *assignments).stdout
    pairs = (line.partition("=") for line in seen.splitlines() if line.startswith("PODCAST_"))
    return {name: value for name, _, value in pairs}


def podcast_problem(words: Sequence[str], *, whole: bool, said: dict[str, str] | None = None) -> str:
    """Return what the program's own parser says about these words, "" if it accepts them; nothing is run. `said` is
    what make passes in the environment, "" for a value that people fill in. What is missing counts only in a `whole`
    command."""
    rest = [word for word in words if word not in {"…", "--help", "-h"}]
    whole = whole and len(rest) == len(words)
    said = said or {}
    environment = {name: value for name, value in said.items() if value}
    context = None
    command: click.Command = COMMANDS
    try:
        while isinstance(command, click.Group):
            context = click.Context(command, info_name=command.name, parent=context)
            _, rest, _ = command.make_parser(context).parse_args(rest)
            if not rest:
                return ""
            _, command, rest = command.resolve_command(context, rest)
        while missing := _missing(command, rest, context, environment):
            if (whole and missing.envvar not in said) or missing.envvar in environment:
                return f"{missing.human_readable_name} is missing"
            if not isinstance(missing.envvar, str):
                return ""
            environment[missing.envvar] = "7"  # any value will do, so that the rest is parsed
    except click.UsageError as error:
        return error.format_message()
    return ""


def _missing(
    command: click.Command, words: list[str], parent: click.Context | None, environment: dict[str, str]
) -> click.Parameter | None:
    """Return a parameter that the command needs and does not get. Raises UsageError if the parser refuses the rest."""
    try:
        with _environ(environment):
            command.make_context(command.name, list(words), parent=parent)
    except click.MissingParameter as error:
        return error.param
    return None


def leaves(command: click.Command = COMMANDS) -> Iterator[click.Command]:
    """Yield the command and everything below it; the program itself has the options common to all."""
    yield command
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            yield from leaves(inner)


def command_of(words: Iterable[str]) -> click.Command:
    """Return the command that the words call: `transcript check 7` → `check` of `transcript`."""
    command: click.Command = COMMANDS
    for word in words:
        if isinstance(command, click.Group) and word in command.commands:
            command = command.commands[word]
    return command


def _variables(command: click.Command) -> set[str]:
    """The environment variables that a command reads."""
    return {param.envvar for param in command.params if isinstance(param.envvar, str)}


def _variable_problem(name: str, value: str) -> str:
    """Return what is wrong with `AUDIO=1` in a sentence: make must pass it to some command that accepts the value.
    `PODCAST_…` must be read somewhere in our source."""
    if name.startswith("PODCAST_"):
        return "" if _is_read(name) else "nobody reads it"
    if _environment((f"{name}={value}",)).get(f"PODCAST_{name}") != value:
        return "the Makefile does not hand it on"
    said = {f"PODCAST_{name}": _filled_in(value)} if _filled_in(value) else {}
    problems = [
        _value_problem(command, param, said)
        for command in leaves()
        for param in command.params
        if param.envvar == f"PODCAST_{name}"
    ]
    return min(problems, default="no command reads it")


@cache
def _is_read(name: str) -> bool:
    """Whether the program, a tool or a test reads this name from the environment."""
    sources = (path for folder in ("pipeline", "tools", "tests") for path in (PROJECT / folder).rglob("*.py"))
    return any(f'"{name}"' in path.read_text(encoding="utf-8") for path in sources)


def _value_problem(command: click.Command, param: click.Parameter, environment: dict[str, str]) -> str:
    context = click.Context(command)
    try:
        with _environ(environment):
            param.type_cast_value(context, param.value_from_envvar(context))
    except click.UsageError as error:
        return error.format_message()
    return ""


@contextmanager
def _environ(more: dict[str, str]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as changed:
        for name, value in more.items():
            changed.setenv(name, value)
        yield


def _script_problem(words: tuple[str, ...]) -> str:
    """Return what is wrong with `tools/setup.py --cluster`: the script must be ours and contain its options."""
    if not words or not words[0].endswith(".py"):
        return ""
    if words[0] not in source_code().texts:
        return "no such script"
    options = [word.partition("=")[0] for word in words if word.startswith("--")]
    known = source_code().constants(words[0])
    return next((f"{option}: no such option" for option in options if option not in known), "")


def messages() -> Guide:
    """The words in code in the program's messages, with `…` for what it fills in."""
    codes = [
        Code(where=f"{file}:{line}", section="", text=found, after="")
        for file, texts in source_code().texts.items()
        if file.startswith("pipeline/")
        for line, text in texts
        for found in re.findall(r"`([^`]+)`", text)
    ]
    return Guide("the program's messages", (), tuple(codes), (), ())


@cache
def _installed_problem(program: str, words: tuple[str, ...]) -> str:
    """Return what is wrong with the call of a program from a locked package: its help must list the options."""
    verb = words[:1] if words and re.fullmatch("[a-z]+", words[0]) else ()
    command = [str(Path(sys.executable).parent / program), *verb, "--help"]
    asked = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    if asked.returncode:
        return asked.stderr.strip().splitlines()[-1]
    options = [word.partition("=")[0] for word in words if word.startswith("--")]
    return next((f"{option}: no such option" for option in options if not _says(asked.stdout, option)), "")


def _says(text: str, option: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", text) is not None
