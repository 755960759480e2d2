"""Names commands in messages as they were called: by `make`, or as `podcast …`.

All rooms name commands as they are typed with make, such as `make review EPISODE=7`; whoever called the program without
make reads `podcast review 7` instead.
"""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

import click

from pipeline.cli.wrapping import wrapped, wrapped_lines
from pipeline.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CALLED_BY = "PODCAST_CALLED_BY"  # the Makefile sets it to "make"

_VALUE = r'"[^"]*"|\'[^\']*\'|[^\s`"\'„“]*[^\s`"\'„“.,;:)]'
_MAKE = re.compile(
    rf"\bmake(?= [a-z])(?P<targets>(?: (?!make\b)[a-z]+(?:-[a-z]+)*)+)(?P<rest>(?: …| [A-Z_]+=(?:{_VALUE}))*)"
)
_VARIABLE = re.compile(rf"\b(?P<name>[A-Z_]{{2,}})=(?P<value>{_VALUE})")
_OTHERS = {"setup": "python3 tools/setup.py"}
_SPECIAL = {"episodes": ("episode", "--all"), "model": ("model", "fetch")}


def by_make() -> bool:
    """Whether make called the program."""
    return os.environ.get(CALLED_BY) == "make"


def as_called(text: str) -> str:
    """The text with its commands, and the options that it names (`YES=1`), as they were called."""
    return text if by_make() else without_make(text)


def say(text: str, *, err: bool = False) -> None:
    """Print a text in which commands are named. A terminal gets it in its width; in a log each line stays one."""
    text = as_called(text)
    click.echo(wrapped_lines(text) if (sys.stderr if err else sys.stdout).isatty() else text, err=err)


def print_wrapped(text: str, *, indent: int = 0, more: int = 2) -> None:
    """Print a paragraph in which commands are named, wrapped in logs too; see `wrapped`."""
    click.echo(wrapped(as_called(text), indent=indent, more=more))


def usage_by_make(error: click.UsageError) -> UsageError:
    """What is wrong with a call by make, with the names that make has for arguments and options."""
    target = error.ctx.command_path.partition(" ")[2].replace(" ", "-") if error.ctx else ""
    param = getattr(error, "param", None)
    variable = _variable(param) if param is not None else ""
    if isinstance(error, click.MissingParameter) and variable and error.ctx:
        needed = (each for each in error.ctx.command.params if each.required)
        return UsageError(
            f"Es fehlt {variable}=…",
            advice=" ".join((f"make {target}", *(f"{_variable(each)}=…" for each in needed))),
        )
    problem = error.format_message()
    for name in param.opts if variable and param is not None else ():
        problem = problem.replace(name, f"{variable}=…")
    return UsageError(problem, advice=f"`make help` zeigt, was zu `make {target}` gehört.")


def without_make(text: str) -> str:
    """The text with its commands and options as they are typed without make. Targets that are no command of the
    program, such as `make setup-pyannote`, stay."""
    if "make " in text:
        text = _MAKE.sub(_command, text)
    return _VARIABLE.sub(_option, text) if "=" in text else text


def _command(found: re.Match[str]) -> str:
    """What is typed in place of a call of make. Words after its targets belong to the sentence, as in „make feed
    schreibt die Datei neu“."""
    words = found["targets"].split()
    known = [word for word in words if _parts(word) or word in _OTHERS]
    count = next((place for place, word in enumerate(words) if word not in known), len(words))
    if not count:
        return found[0]
    sentence = words[count:]
    rest = "" if sentence else found["rest"]
    calls = " && ".join(_one(word, rest) for word in words[:count])
    return " ".join((calls, *sentence)) + (found["rest"] if sentence else "")


def _one(target: str, rest: str) -> str:
    if target in _OTHERS:
        return _OTHERS[target] + rest
    parts = _parts(target)
    given = {found["name"]: found["value"] for found in _VARIABLE.finditer(rest)}
    if target == "model" and "MODEL" not in given:
        parts = ("model", "list")
    typed = [*parts, *(["…"] if " …" in _VARIABLE.sub("", rest) else [])]
    for param in _params(parts):
        name = _variable(param)
        if name in given:
            typed += _typed(param, given.pop(name))
    return " ".join(("podcast", *typed, *(f"{name}={value}" for name, value in given.items())))


def _option(found: re.Match[str]) -> str:
    """An option that is named alone: `--yes` for `YES=1`. Of the options with that name, that of the running command
    counts, else the first."""
    context = click.get_current_context(silent=True)
    running = context.command.params if context is not None else []
    for param in (*running, *_all_params()):
        if isinstance(param, click.Option) and _variable(param) == found["name"]:
            return " ".join(_typed(param, found["value"]))
    return found[0]


def _typed(param: click.Parameter, value: str) -> list[str]:
    if not isinstance(param, click.Option):
        return [value]
    if param.is_flag:
        return [param.opts[0]]
    return [word for each in _several(param, value) for word in (param.opts[0], each)]


def _several(param: click.Option, value: str) -> list[str]:
    """The values of an option that is given several times; make takes all of them in one, with semicolons."""
    if not param.multiple or ";" not in value:
        return [value]
    quote = value[0] if value[0] in "\"'" else ""
    return [f"{quote}{each.strip()}{quote}" for each in value.strip(quote).split(";")]


def _variable(param: click.Parameter) -> str:
    return str(param.envvar or "").removeprefix("PODCAST_")


def _parts(target: str) -> tuple[str, ...]:
    """The words that call what a target runs, () if it runs none of our commands: ("transcript", "check")."""
    if target in _SPECIAL:
        return _SPECIAL[target]
    commands = _commands()
    if target in commands:
        return () if isinstance(commands[target], click.Group) else (target,)
    group, _, verb = target.partition("-")
    inner = commands.get(group)
    return (group, verb) if isinstance(inner, click.Group) and verb in inner.commands else ()


def _params(parts: tuple[str, ...]) -> list[click.Parameter]:
    command = _commands()[parts[0]]
    if isinstance(command, click.Group):
        command = command.commands[parts[1]]
    return sorted(command.params, key=lambda param: isinstance(param, click.Option))


def _all_params() -> Iterator[click.Parameter]:
    for command in _commands().values():
        for leaf in command.commands.values() if isinstance(command, click.Group) else (command,):
            yield from leaf.params


def _commands() -> Mapping[str, click.Command]:
    from pipeline.cli.main import cli  # late: main imports this module

    context = click.Context(cli)
    return {name: command for name in cli.list_commands(context) if (command := cli.get_command(context, name))}
