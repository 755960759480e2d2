"""Tells people at their desk that a long run has ended: the terminal's bell, and a note of the desktop."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_LONGEST_S = 10  # a desktop that does not answer does not hold up a run
_BELL = "\a"
# Title and text are arguments and never part of a script: the title of an episode may be anything.
_MAC = 'on run argv\ndisplay notification (item 2 of argv) with title (item 1 of argv) sound name "Glass"\nend run'
_WINDOWS = (
    "Add-Type -AssemblyName System.Windows.Forms; $n = New-Object System.Windows.Forms.NotifyIcon; "
    "$n.Icon = [System.Drawing.SystemIcons]::Information; $n.Visible = $true; "
    "$n.ShowBalloonTip(8000, $env:PODCAST_NOTE_TITLE, $env:PODCAST_NOTE_TEXT, 'Info'); Start-Sleep 8; $n.Dispose()"
)

notify_option = click.option(
    "--notify",
    is_flag=True,
    envvar="PODCAST_NOTIFY",
    expose_value=False,
    callback=lambda ctx, _param, value: _wish(ctx, value),
    help="Am Ende läuten und, wo es geht, eine Meldung auf dem Schreibtisch zeigen.",
)


def _wish(ctx: click.Context, value: bool) -> None:
    from pipeline.cli.main import cli  # late: main imports the verbs

    cli.noted_verb = ctx.info_name or "" if value else ""


def note_end(command: str, code: int) -> None:
    """Ring, and show a note. Whatever fails is left out: the run itself is over."""
    text = "Fertig." if code == 0 else "Nicht fertig; im Terminal steht, woran es liegt."
    with suppress(OSError, ValueError):
        if sys.stderr.isatty():
            click.echo(_BELL, nl=False, err=True)
    show(f"podcast {command}".strip(), text)


def show(title: str, text: str, *, which: Callable[[str], str | None] = shutil.which) -> None:
    """Show a note with what this desktop has, if it has anything."""
    import subprocess  # late: few runs end with a note

    command = note_command(title, text, which=which)
    if command is None:
        return
    own = {**os.environ, "PODCAST_NOTE_TITLE": title, "PODCAST_NOTE_TEXT": text}
    with suppress(OSError, ValueError, subprocess.SubprocessError):
        subprocess.run(
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_LONGEST_S,
            env=own,
        )


def note_command(title: str, text: str, *, which: Callable[[str], str | None]) -> Sequence[str] | None:
    """The command of this desktop that shows a note: notify-send (Linux), osascript (macOS) or PowerShell (Windows)."""
    if found := which("notify-send"):
        return [found, "--app-name=podcast", "--", title, text]
    if found := which("osascript"):
        return [found, "-e", _MAC, title, text]
    if found := which("powershell.exe") or which("powershell"):
        return [found, "-NoProfile", "-NonInteractive", "-Command", _WINDOWS]
    return None
