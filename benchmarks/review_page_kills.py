"""What is lost if the review's server is killed while somebody types into the real page, in Chromium and Firefox.

    python benchmarks/review_page_kills.py [--kills 6]

The server is a process of its own and is killed (SIGKILL) at a random moment. *on disk*: how long ago the first letter
was typed that the file does not have; the bar is one second. Then the command is started once more on the same port,
the page is opened in the same tab, and everything that was typed, after the kill, too, must be there.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "review"))

from browsers import BOTH, launched
from desk import PROJECT, TEXT, make_show

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PORT = 8123


def started(root: Path) -> tuple[subprocess.Popen[str], str]:
    """The running command and the address of its page."""
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline", "--root", str(root), "review", "7", "--no-browser", "--port", str(PORT)],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    return process, process.stdout.readline().split()[-1]


def killed_once(browser: Browser, root: Path, chance: random.Random) -> float:
    """Seconds of typing that the file lacks after a kill."""
    paths = make_show(root)
    process, address = started(root)
    page = browser.new_page()
    page.goto(address)
    until = time.monotonic() + 30
    while not page.evaluate("Boolean(window.review)"):
        assert time.monotonic() < until
        time.sleep(0.02)
    page.evaluate("review.view.dispatch({ selection: { anchor: review.view.state.doc.line(2).from } })")
    page.evaluate("review.view.focus()")
    typed: list[tuple[str, float]] = []
    end = time.monotonic() + chance.uniform(1.0, 4.0)
    while time.monotonic() < end:
        word = f"wort{len(typed):03}x"
        page.keyboard.type(f"{word} ")
        typed.append((word, time.monotonic()))
        if chance.random() < 0.1:
            page.wait_for_timeout(900)
    process.send_signal(signal.SIGKILL)
    at = time.monotonic()
    process.wait()
    text = paths.transcript.read_text(encoding="utf-8")
    assert text.endswith(TEXT[-60:]), "the file is not whole"
    missing = [moment for word, moment in typed if word not in text]
    page.keyboard.type("nachher ")
    page.wait_for_timeout(300)
    process, address = started(root)
    page.goto(address)
    page.wait_for_timeout(2000)
    document = page.evaluate("review.view.state.doc.toString()")
    assert all(word in document for word in (*(word for word, _ in typed), "nachher")), "the page lost what was typed"
    page.close()
    process.kill()
    process.wait()
    return at - missing[0] if missing else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=6)
    options = parser.parse_args()
    chance = random.Random(18)
    for name in BOTH:
        with launched(name) as browser:
            behind = []
            for _ in range(options.kills):
                with tempfile.TemporaryDirectory() as folder:
                    behind.append(killed_once(browser, Path(folder), chance))
        print(
            f"{name}: {options.kills} kills, the page kept everything; on disk at most {max(behind):.2f} s were missing"
        )


if __name__ == "__main__":
    main()
