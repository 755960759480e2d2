"""Visits the made site of the tests in WebKit, Safari's engine, and tells what works there and what does not.

`.venv/bin/python tests/pages/webkit.py [--only TEXT] [--pictures FOLDER]` needs Debian's webkit2gtk-driver and xvfb,
and gstreamer1.0-plugins-good to hear anything. Playwright drives no unpatched WebKit, therefore WebDriver's own
protocol is spoken here (W3C WebDriver, sections 8 to 18). Exit code 1 if one of the looks failed.
"""

from __future__ import annotations

import argparse
import base64
import os
import subprocess
import sys
import tempfile
import time
import traceback
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests

sys.path.insert(0, str(Path(__file__).parents[1]))  # called as a script, it is to find the tests' own modules

from page_site import EVERY_KIND, LONG, MIDDLE, build_site
from test_player_in_browser import IN_SIGHT, SEEK, SETTLED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MINI_BROWSERS = "/usr/lib/*/webkit2gtk-4.1/MiniBrowser"
AXE = Path(sys.prefix).glob("lib/python*/site-packages/axe_playwright_python/axe.min.js")
ENTER, ARROW_RIGHT = "\ue007", "\ue014"
PATIENCE_S = 30.0
SAID = "document.querySelector('#fehler')"
LINKED = "document.querySelector('span.linked')"


@dataclass(frozen=True)
class WebKit:
    """One window of WebKit; `address` is that of its WebDriver session."""

    address: str

    def call(self, path: str, **values: Any) -> Any:
        answer = requests.post(f"{self.address}/{path}", json=values, timeout=120).json()["value"]
        if isinstance(answer, dict) and "error" in answer:
            raise RuntimeError(f"{answer['error']}: {answer['message']}")
        return answer

    def visit(self, url: str, *, width: int = 1280, height: int = 900) -> None:
        self.call("window/rect", width=width, height=height)
        self.call("url", url="about:blank")  # otherwise an address that differs in its fragment alone is no visit
        self.call("url", url=url)

    def value(self, expression: str) -> Any:
        """Evaluate an expression; a promise is awaited."""
        return self.call("execute/sync", script=f"return {expression}", args=[])

    def until(self, expression: str) -> None:
        end = time.monotonic() + PATIENCE_S
        while not self.value(expression):
            if time.monotonic() > end:
                raise AssertionError(f"nie wahr geworden: {expression}")
            time.sleep(0.05)

    def click(self, selector: str) -> None:
        element = next(iter(self.call("element", using="css selector", value=selector).values()))
        self.call(f"element/{element}/click")

    def press(self, keys: str) -> None:
        acts = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self.call("actions", actions=[{"type": "key", "id": "keys", "actions": acts}])

    def picture(self, path: Path) -> None:
        answer = requests.get(f"{self.address}/screenshot", timeout=120).json()["value"]
        path.write_bytes(base64.b64decode(answer))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="looks whose name contains this")
    parser.add_argument("--pictures", type=Path, help="a folder for pictures of every kind of page")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="webkit-") as folder, webkit(Path(folder)) as window:
        site = Path(folder) / "site"
        build_site(site)
        print(f"WebKit {window.value('navigator.userAgent')}")
        failed = [
            name for name, look in looks(window, site).items() if arguments.only in name and not succeeds(name, look)
        ]
        if arguments.pictures:
            take_pictures(window, site, arguments.pictures)
    sys.exit(1 if failed else 0)


@contextmanager
def webkit(folder: Path) -> Iterator[WebKit]:
    """Start a screen, the driver and a window; `folder` takes what they write."""
    browser = next(iter(sorted(Path("/").glob(MINI_BROWSERS[1:]))), None)
    if browser is None:
        sys.exit("WebKit fehlt: apt-get install webkit2gtk-driver xvfb gstreamer1.0-plugins-good")
    with ExitStack() as stack:
        own = {"HOME": str(folder), "XDG_CACHE_HOME": str(folder), "LIBGL_ALWAYS_SOFTWARE": "1"}
        log = stack.enter_context((folder / "driver.log").open("wb"))
        command = ["xvfb-run", "-a", "-s", "-screen 0 2000x1200x24", "WebKitWebDriver", "--port=0"]
        command[-1] = f"--port={free_port()}"
        driver = stack.enter_context(
            subprocess.Popen(command, env={**os.environ, **own}, stdout=log, stderr=log, start_new_session=True)
        )
        stack.callback(lambda: os.killpg(driver.pid, 15))
        address = command[-1].replace("--port=", "http://127.0.0.1:")
        session = new_session(address, browser)
        yield WebKit(f"{address}/session/{session}")
        requests.delete(f"{address}/session/{session}", timeout=60)


def free_port() -> int:
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def new_session(address: str, browser: Path) -> str:
    wanted = {"webkitgtk:browserOptions": {"binary": str(browser), "args": ["--automation"]}}
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            answer = requests.post(f"{address}/session", json={"capabilities": {"alwaysMatch": wanted}}, timeout=60)
        except requests.ConnectionError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
        else:
            return str(answer.json()["value"]["sessionId"])


def succeeds(name: str, look: Callable[[], object]) -> bool:
    try:
        said = look()
    except Exception as error:  # the other looks are to be taken too
        print(f"FEHLER  {name}: {error or traceback.format_exc()}")
        return False
    print(f"gut     {name}{f': {said}' if said else ''}")
    return True


# --- looks ------------------------------------------------------------------------------------------------------------


def looks(window: WebKit, site: Path) -> dict[str, Callable[[], object]]:
    """What is looked at, by name; each raises if it is not as it should be and returns what may be told."""
    return {
        "Link auf eine Zeit zeigt den Satz": partial(deep_link, window, site / MIDDLE, "4:11"),
        "Link auf eine Zeit in langer Folge zeigt den Satz": partial(deep_link, window, site / LONG, "20:05"),
        "Ein Klick auf einen Satz spielt ihn": partial(plays, window, site / MIDDLE),
        "Die Leiste spielt, springt und sagt die Stelle": partial(bar, window, site / MIDDLE),
        "Kapitel und Sprünge beenden das Mitlesen nicht": partial(reading_along, window, site / MIDDLE),
        "Fehlender Ton wird gesagt": partial(missing_sound, window, site / LONG),
        "Suche in der Folge bleibt erreichbar": partial(search_in_page, window, site / MIDDLE),
        **{
            f"axe und Breite: {address} bei {width} px": partial(accessible, window, site / address, width)
            for address in EVERY_KIND
            for width in (390, 1280)
        },
    }


def deep_link(window: WebKit, page: Path, moment: str) -> str:
    window.visit(f"{page.as_uri()}#t={moment}")
    window.until(f"document.readyState === 'complete' && {LINKED}")
    there = window.value(f"({SETTLED})()")
    assert window.value(f"({IN_SIGHT})({LINKED})"), f"{LINKED} ist außer Sicht (scrollY {there})"
    return f"scrollY {there:.0f}"


def plays(window: WebKit, page: Path) -> str:
    window.visit(page.as_uri())
    start_s = float(press_sentence(window, 3))
    window.until(f"document.querySelector('audio').currentTime > {start_s + 0.3}")
    heard_s = window.value("document.querySelector('audio').currentTime")
    assert heard_s < start_s + 5
    return f"{heard_s:.1f} s"


def bar(window: WebKit, page: Path) -> str:
    window.visit(page.as_uri())
    assert window.value("document.querySelector('.bar .clock').textContent") == "00:00 / 05:00"
    window.click(".bar .play")
    window.until("document.querySelector('audio').currentTime > 0")
    assert window.value("document.querySelector('.bar .play').ariaLabel") == "Anhalten"
    window.click("[data-skip='30']")
    window.until("document.querySelector('audio').currentTime > 29")
    window.click(".bar .play")
    window.value("document.getElementById('stelle').focus()")
    before_s = window.value("document.querySelector('audio').currentTime")
    window.press(ARROW_RIGHT)
    window.until(f"Math.abs(document.querySelector('audio').currentTime - {before_s + 5}) < 1.1")
    return str(window.value("document.getElementById('stelle').getAttribute('aria-valuetext')"))


def press_sentence(window: WebKit, number: int) -> str:
    """Click a sentence as a person does, for WebKit plays nothing before; returns where it starts, in seconds."""
    sentence = f"document.querySelectorAll('.transcript span[data-start]')[{number}]"
    start = str(window.value(f"{sentence}.dataset.start"))
    window.value(f"{sentence}.scrollIntoView({{block: 'center'}})")
    window.click(f".transcript span[data-start='{start}']")
    return start


def reading_along(window: WebKit, page: Path) -> None:
    window.visit(page.as_uri())
    along = "[...document.querySelectorAll('button')].find((b) => b.textContent.includes('Mitlesen'))"
    press_sentence(window, 3)
    window.until("!document.querySelector('audio').paused && document.querySelector('audio').currentTime > 0")
    window.value(f"{along}.click()")
    for number in (2, 0, 1):
        window.value(f"document.querySelectorAll('.chapters a[data-start]')[{number}].click()")
        window.value(f"({SETTLED})()")
    window.value(f"({SEEK})(290)")
    window.value(f"({SETTLED})()")
    assert window.value(f"{along}.getAttribute('aria-pressed')") == "true"
    assert window.value("document.querySelectorAll('.player.away').length") == 0, "Zur Stelle wird angeboten"


def missing_sound(window: WebKit, page: Path) -> str:
    window.visit(page.as_uri())
    press_sentence(window, 0)
    window.until(f"!{SAID}.hidden")
    return str(window.value(f"{SAID}.innerText"))


def search_in_page(window: WebKit, page: Path) -> None:
    window.visit(page.as_uri())
    field = "document.querySelector('input[type=search]')"
    window.value(f"{field}.focus()")
    window.press("und" + 3 * ENTER)
    window.value(f"({SETTLED})()")
    box = window.value(f"{field}.getBoundingClientRect().toJSON()")
    assert box["top"] >= 0 and box["bottom"] <= window.value("innerHeight"), f"das Feld steht bei {box['top']:.0f} px"


def accessible(window: WebKit, page: Path, width: int) -> None:
    window.visit(page.as_uri(), width=width)
    assert window.value("document.documentElement.scrollWidth <= innerWidth"), "die Seite ist breiter als das Fenster"
    window.call("execute/sync", script=next(iter(AXE_TEXT)), args=[])
    found = window.value("axe.run().then((all) => all.violations.map((one) => one.id + ' ' + one.nodes[0].html))")
    assert not found, "; ".join(found)


AXE_TEXT = [path.read_text(encoding="utf-8") for path in AXE]


def take_pictures(window: WebKit, site: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for address in EVERY_KIND:
        for width in (390, 1280):
            window.visit((site / address).as_uri(), width=width)
            window.picture(folder / f"{address.strip('/').replace('/', '-')}-{width}.png")


if __name__ == "__main__":
    main()
