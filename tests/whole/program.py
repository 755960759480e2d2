"""What the tests of the guides use of the program itself: its commands and its reader of TOML files."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.main import cli
from pipeline.errors import PipelineError
from pipeline.show.config import load_episodes, load_show

COMMANDS = cli
for _name in COMMANDS.list_commands(click.Context(COMMANDS)):
    COMMANDS.get_command(click.Context(COMMANDS), _name)  # otherwise a command is loaded only when it is called


def refusal(root: Path) -> str:
    """Return what the program objects to in the TOML files of a show; "" if it accepts them all."""
    try:
        load_episodes(root, load_show(root))
    except PipelineError as error:
        return str(error)
    return ""
