"""What a key costs in the review's text of three hours (27,456 words), and how long the page takes to open.

    python benchmarks/review_typing.py

The show has 30,000 other words, and words are proposed. Processor time of the page's main thread per key (Chromium's
TaskDuration: script, layout and drawing), at the start, in the middle and near the end, beside the same keys in a bare
text field with the same text, in the same run.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "review"))

from desk import MOMENT, make_show, recognised, spoken
from playwright.sync_api import sync_playwright

from pipeline.review.server import serving
from pipeline.review.session import ReviewSession

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession, Page

CHROMIUM = "/usr/bin/chromium"
PLACES = (0.02, 0.5, 0.97)
KEYS = 30
SYLLABLES = [first + second for first in "bdfgklmnprstvwz" for second in ("a", "ei")] + ["en"]
FIND = """wrong => {
  const { vocabulary } = review;
  const began = performance.now();
  vocabulary.replacing(wrong, "");
  return performance.now() - began;
}"""
GO = """share => {
  const { view } = review;
  const line = view.state.doc.lineAt(Math.floor(view.state.doc.length * share));
  view.dispatch({ selection: { anchor: line.from }, scrollIntoView: true });
  view.focus();
}"""
FIELD = """text => {
  document.body.innerHTML = "<textarea style='width: 600px; height: 600px'></textarea>";
  document.querySelector("textarea").value = text;
}"""
GO_IN_FIELD = """share => {
  const field = document.querySelector("textarea");
  field.focus();
  field.selectionStart = field.selectionEnd = Math.floor(field.value.length * share);
}"""


def main() -> None:
    labels = ("Sina Silbe", "Tom Takt")
    text = "".join(f"{labels[turn % 2]}:\n{'Wort ' * 30}Ende {turn}.\n\n" for turn in range(858))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        paths = make_show(Path(folder), text=text, recognition=recognised(spoken(text)), sound=False)
        others = " ".join(f"{one}{two}{three}" for one in SYLLABLES for two in SYLLABLES for three in SYLLABLES)
        (paths.transcript.parent / "006-davor.txt").write_text(f"Tom Takt:\n{others}\n", encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        with serving(ReviewSession(paths.root, "7", now=lambda: MOMENT), port=0) as running:
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            session = page.context.new_cdp_session(page)
            session.send("Performance.enable")
            began = time.monotonic()
            page.goto(running.address)
            while not page.evaluate("Boolean(window.review)"):
                time.sleep(0.02)
            print(f"open until it can be typed into: {time.monotonic() - began:.2f} s (server started)")
            print("page        ", *(f"{share:.0%}: {cost(page, session, GO, share):.1f} ms" for share in PLACES))
            words = page.evaluate("review.vocabulary.sorted.length")
            print(f"to find a word of {words} like a heard one: {page.evaluate(FIND, 'geimamo'):.1f} ms")
            print("nodes in the text:", page.evaluate("document.querySelectorAll('.cm-content *').length"))
        field = browser.new_page(viewport={"width": 1280, "height": 800})
        session = field.context.new_cdp_session(field)
        session.send("Performance.enable")
        field.goto("about:blank")
        field.evaluate(FIELD, text)
        print("bare field  ", *(f"{share:.0%}: {cost(field, session, GO_IN_FIELD, share):.1f} ms" for share in PLACES))
        browser.close()


def cost(page: Page, session: CDPSession, go: str, share: float) -> float:
    """Milliseconds of the main thread per key."""
    page.evaluate(go, share)
    page.wait_for_timeout(1500)
    page.keyboard.type("x")
    page.wait_for_timeout(100)
    before = task_s(session)
    for _ in range(KEYS):
        page.keyboard.press("a")
    return 1000 * (task_s(session) - before) / KEYS


def task_s(session: CDPSession) -> float:
    metrics = {entry["name"]: entry["value"] for entry in session.send("Performance.getMetrics")["metrics"]}
    return float(metrics["TaskDuration"])


if __name__ == "__main__":
    main()
