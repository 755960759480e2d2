"""What is printed on consoles with an older code page: nothing stops, and umlauts stay what they are."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]


def printed(encoding: str, *arguments: str) -> str:
    ended = subprocess.run(
        [sys.executable, *arguments],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": str(PROJECT), "PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )
    assert b"UnicodeEncodeError" not in ended.stderr
    assert ended.returncode in {0, 2, 8}, ended.stderr
    return (ended.stdout + ended.stderr).decode(encoding)


@pytest.mark.parametrize(
    ("verb", "says"),
    [
        (("--help",), "für"),
        (("status",), "nach episodes/000-beispiel/ legen, dann"),
        (("check",), "Erläuterung in Leichter Sprache"),
        (("status", "gibt-es-nicht"), "Eine Folge „gibt-es-nicht“ gibt es nicht."),
    ],
)
def test_umlauts_are_readable_on_a_windows_console(tmp_path: Path, verb: tuple[str, ...], says: str) -> None:
    home = tmp_path / "episodes/000-beispiel"
    home.mkdir(parents=True)
    for name in ("show.toml", "000-beispiel/episode.toml"):
        (tmp_path / "episodes" / name).write_bytes((PROJECT / "episodes" / name).read_bytes())
    assert says in printed("cp1252", "-m", "pipeline", "--root", str(tmp_path), *verb)


def test_arrows_and_marks_that_a_code_page_lacks_become_similar_signs() -> None:
    code = (
        "import sys; from pipeline.cli.output import Output; output = Output();"
        "print('✓ Übung → „so“ … \\u2603'); sys.exit(not output.end())"
    )
    assert printed("cp1252", "-c", code).strip() == "+ Übung -> „so“ … ?"
    assert printed("cp850", "-c", code).strip() == '+ Übung -> "so" ... ?'
    assert printed("ascii", "-c", code).strip() == '+ Uebung -> "so" ... ?'


def test_without_a_wish_the_output_is_utf_8() -> None:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONIOENCODING"}
    command = [sys.executable, "-m", "pipeline", "--help"]
    environment |= {"PYTHONPATH": str(PROJECT), "PYTHONUTF8": "0", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}
    ended = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, check=True)
    assert "für" in ended.stdout.decode("utf-8")


def test_the_set_up_prints_on_any_code_page() -> None:
    assert "was Tests und Pr?fungen brauchen" in " ".join(printed("ascii", "tools/setup.py", "--help").split())
