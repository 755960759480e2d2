"""Prints where the episodes stand, and what to do next."""

from __future__ import annotations

import textwrap
from collections import Counter
from typing import TYPE_CHECKING

import click

from pipeline.cli.called import as_called, say
from pipeline.values.dates import german_zone
from pipeline.workflow.overview import LATER

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pipeline.workflow.overview import Overview, Standing

_WIDTH = 80
_MANY = 4  # episodes with the same to do are told in one
_DAYS = ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So")


def print_overview(found: Overview) -> None:
    """Print all episodes: those with something to do one by one, newest last, the finished ones in a line."""
    print_next(found)
    if not found.episodes:
        return
    click.echo()
    open_ones = [entry for entry in found.episodes if not entry.finished]
    alike = Counter(map(_kind, open_ones))
    for entry in open_ones:
        if alike[_kind(entry)] < _MANY:
            _print_episode(entry)
    for (states, hint, command), count in alike.items():
        if count >= _MANY:
            folders = [entry.folder for entry in open_ones if _kind(entry) == (states, hint, command)]
            click.echo(_wrapped(f"{_folders(folders)}: {' · '.join(states)}", "", "    "))
            say(f"    → {f'{hint} ' if hint else ''}{command}")
    _print_finished([entry for entry in found.episodes if entry.finished])


def print_next(found: Overview) -> None:
    """Print the next thing to do, and why."""
    if found.problem:
        click.echo(_wrapped(found.problem, "Zu klären: ", " " * 11))
    say(f"Als Nächstes: {found.next_command}")
    if found.of is not None:
        what = f"{found.of.folder}: {', '.join(found.of.states)}"
        click.echo(_wrapped(what, "  ", "  "))
        if found.of.hint:
            click.echo(_wrapped(found.of.hint, "  ", "  "))


def _print_episode(entry: Standing) -> None:
    date = _moment(entry.published) if entry.published else "ohne Termin"
    name = f"{entry.folder}  {entry.title}"
    room = _WIDTH - len(date) - 2
    click.echo(f"{name if len(name) <= room else name[: room - 1] + '…':<{room}}  {date}")
    click.echo(_wrapped(" · ".join(entry.states), "    ", "    "))
    if entry.hint:
        click.echo(_wrapped(entry.hint, "    ", "    "))
    if entry.command:
        later = entry.published is not None and entry.urgency == LATER
        say(f"    → {entry.command}{f'   (ab {_moment(entry.published)})' if later and entry.published else ''}")


def _kind(entry: Standing) -> tuple[tuple[str, ...], str, str]:
    return entry.states, entry.hint, entry.command


def _folders(folders: Sequence[str]) -> str:
    """`1 Folge (001-probe)`, `297 Folgen (001-anfang … 297-ende)`."""
    count = "1 Folge" if len(folders) == 1 else f"{len(folders)} Folgen"
    return f"{count} ({', '.join(folders) if len(folders) <= 2 else f'{folders[0]} … {folders[-1]}'})"


def _print_finished(entries: Sequence[Standing]) -> None:
    """Print one line for each state that finished episodes are in, with their folders in short."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for entry in entries:
        groups.setdefault(entry.states, []).append(entry.folder)
    for states, folders in groups.items():
        click.echo(_wrapped(f"{', '.join(states)}: {_folders(folders)}", "Fertig · ", " " * 9))


def _moment(moment: datetime) -> str:
    here = moment.astimezone(german_zone())
    return f"{_DAYS[here.weekday()]} {here:%d.%m.%Y %H:%M}"


def _wrapped(text: str, first: str, others: str) -> str:
    return textwrap.fill(
        as_called(text),
        _WIDTH,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )
