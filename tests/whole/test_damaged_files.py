"""Every file that the program reads, every kind of damage, every verb: a German message, and nothing is lost.

All combinations are tried by tools/campaign.py; here each file meets some of them.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tools.trials import command, damage
from tools.trials import show as trial_show

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the trials fork")


@pytest.fixture(scope="session")
def published_once(one_after_the_other: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    command.warm_up()
    root = tmp_path_factory.mktemp("damage") / "show"
    shutil.copytree(one_after_the_other, root)
    return trial_show.prepare(root)


def chosen() -> list[damage.Case]:
    """A kind of damage and a verb for each file and folder, so that pairs spread over the table."""
    cases = []
    for number, path in enumerate((*damage.FILES, *damage.FOLDERS)):
        kinds = tuple(damage.FOLDER_KINDS if path in damage.FOLDERS else damage.KINDS)
        kind, verb = kinds[5 * number % len(kinds)], damage.VERBS[7 * number % len(damage.VERBS)]
        cases.append(damage.Case(path=path, kind=kind, verb=verb))
    return cases


@pytest.mark.parametrize("case", chosen(), ids=str)
def test_a_damaged_file_gets_a_message_and_costs_nothing(
    published_once: Path, tmp_path: Path, case: damage.Case
) -> None:
    assert damage.complaint(trial_show.copy(published_once, tmp_path / "trial"), case) == ""


def test_a_folder_in_place_of_a_file_of_one_episode_stops_no_other(two_fresh: Path) -> None:
    (two_fresh / "episodes/001-probe/shownotes.md").unlink()
    (two_fresh / "episodes/001-probe/shownotes.md").mkdir()
    ended = command.podcast(two_fresh, "episode", "--all", "--workers", "1")
    assert "002-zweite: fertig nach" in ended.said
    assert "001-probe: Hier liegt ein Ordner, wo eine Datei hingehört." in ended.said
    assert not ended.has_traceback
