"""What the tests of the guides ask of the program itself: its commands, its reader of TOML files, where files lie."""

from __future__ import annotations

from pathlib import Path

from pipeline.cli.main import cli
from pipeline.errors import PipelineError
from pipeline.show.config import load_episodes, load_show

COMMANDS = cli


def refusal(root: Path) -> str:
    """What the program has against the TOML files of a show; "" when it reads them all."""
    try:
        load_episodes(root, load_show(root))
    except PipelineError as error:
        return str(error)
    return ""
