"""Prints where the episodes stand, and what to do next."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from pipeline.cli.called import print_wrapped, say
from pipeline.cli.summary import folders_in_short
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
            print_wrapped(f"{folders_in_short(folders)}: {' · '.join(states)}", more=4)
            say(f"    → {f'{hint} ' if hint else ''}{command}")
    _print_finished([entry for entry in found.episodes if entry.finished])


def print_next(found: Overview) -> None:
    """Print the next thing to do, and why."""
    if found.problem:
        print_wrapped(f"Zu klären: {found.problem}")
    say(f"Als Nächstes: {found.next_command}")
    if found.of is not None:
        what = f"{found.of.folder}: {', '.join(found.of.states)}"
        print_wrapped(what, indent=2, more=0)
        if found.of.hint:
            print_wrapped(found.of.hint, indent=2, more=0)


def _print_episode(entry: Standing) -> None:
    date = _moment(entry.published) if entry.published else "ohne Termin"
    name = f"{entry.folder}  {entry.title}"
    room = _WIDTH - len(date) - 2
    click.echo(f"{name if len(name) <= room else name[: room - 1] + '…':<{room}}  {date}")
    print_wrapped(" · ".join(entry.states), indent=4, more=0)
    if entry.hint:
        print_wrapped(entry.hint, indent=4, more=0)
    if entry.command:
        later = entry.published is not None and entry.urgency == LATER
        say(f"    → {entry.command}{f'   (ab {_moment(entry.published)})' if later and entry.published else ''}")


def _kind(entry: Standing) -> tuple[tuple[str, ...], str, str]:
    return entry.states, entry.hint, entry.command


def _print_finished(entries: Sequence[Standing]) -> None:
    """Print one line for each state that finished episodes are in, with their folders in short."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for entry in entries:
        groups.setdefault(entry.states, []).append(entry.folder)
    for states, folders in groups.items():
        print_wrapped(f"Fertig · {', '.join(states)}: {folders_in_short(folders)}", more=9)


def _moment(moment: datetime) -> str:
    here = moment.astimezone(german_zone())
    return f"{_DAYS[here.weekday()]} {here:%d.%m.%Y %H:%M}"
