"""The pages in a real browser: accessible in every look, silent towards other hosts, usable by keyboard, seekable."""

from __future__ import annotations

import threading
import wave
from dataclasses import dataclass, replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import page_samples as samples
import pytest

from pipeline.model import Chapter, Theme
from pipeline.publish import addresses
from pipeline.publish.pages import Frame, render_episode_page, render_index, static_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium ist nicht installiert")

QUIET_BROWSER = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LONG_S, MIDDLE_S, SHORT_S = 2700.0, 300.0, 12.0
LONG, MIDDLE, SHORT, BARE = (addresses.page(folder) for folder in ("007-leuchtturm", "006-mole", "000-kurz", "trailer"))
PAGES = (LONG, SHORT, BARE, addresses.INDEX)
LOOKS = [(scheme, width) for scheme in ("light", "dark") for width in (390, 1280)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole site on disk; the short episode's audio is real, twelve seconds of silence."""
    home = tmp_path_factory.mktemp("site")
    long = samples.item(transcript=samples.long_transcript(LONG_S), duration_s=LONG_S, notes=samples.NOTES)
    middle_words = samples.long_transcript(MIDDLE_S)
    middle = samples.item(transcript=middle_words, duration_s=MIDDLE_S, notes=samples.NOTES, folder="006-mole")
    short = _short()
    bare = samples.item(transcript=None, duration_s=90.0, folder="trailer", title="x" * 90, speakers=())
    files = {
        LONG: render_episode_page(Frame(show=samples.show()), long, samples.chapters_of(LONG_S)),
        MIDDLE: render_episode_page(Frame(show=samples.show()), middle, samples.chapters_of(MIDDLE_S, 3)),
        SHORT: render_episode_page(
            Frame(show=samples.show(placeholders=("base_url",)), preview=True),
            short,
            (Chapter(start_s=7.5, title="Zweiter Teil"),),
        ),
        BARE: render_episode_page(Frame(show=samples.show()), bare, (Chapter(start_s=7.5, title="Nur Ton"),)),
        addresses.INDEX: render_index(Frame(show=samples.show()), [long, short, bare]),
    }
    for address, content in {**static_files(Theme()), **{k: text.encode() for k, text in files.items()}}.items():
        (home / address).parent.mkdir(parents=True, exist_ok=True)
        (home / address).write_bytes(content)
    _write_silence(home / short.enclosure.path, SHORT_S)
    return home


def _short() -> samples.Item:
    words = samples.transcript(
        ("Stimme Eins", "", [["Guten Tag, hier spricht eine Stimme."]]),
        ("Stimme Zwei", "Beispielverein Nordlicht", [["Und hier noch eine andere Stimme."], ["Das war es."]]),
        demo=True,
    )
    item = samples.item(transcript=words, duration_s=SHORT_S, folder="000-kurz", example=True)
    return replace(item, enclosure=replace(item.enclosure, path="audio/000-kurz.wav"))


def _write_silence(path: Path, duration_s: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(int(duration_s * 8000) * 2))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=QUIET_BROWSER)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def server(site: Path) -> Iterator[str]:
    """The same site under a sub-path of a loopback web server."""
    handler = partial(_QuietHandler, directory=str(site.parent))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}/{site.name}/"
        running.shutdown()


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        """Tests read requests in the browser."""


@dataclass(frozen=True)
class Visit:
    """An open page and what happened on it."""

    page: Page
    console: list[str]
    requests: list[str]


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visit]]:
    contexts = []

    def open_page(url: str, *, width: int = 1280, scheme: str = "light", **options: object) -> Visit:
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme=scheme,  # type: ignore[arg-type]
            **options,  # type: ignore[arg-type]
        )
        contexts.append(context)
        page = context.new_page()
        seen = Visit(page=page, console=[], requests=[])
        page.on("console", lambda message: seen.console.append(message.text))
        page.on("pageerror", lambda error: seen.console.append(str(error)))
        page.on("request", lambda request: seen.requests.append(request.url))
        page.goto(url)
        return seen

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
@pytest.mark.parametrize("address", [MIDDLE, SHORT, BARE, addresses.INDEX])
def test_axe_finds_nothing(visit: Callable[..., Visit], site: Path, address: str, scheme: str, width: int) -> None:
    from axe_playwright_python.sync_playwright import Axe

    seen = visit((site / address).as_uri(), width=width, scheme=scheme)
    result = Axe().run(seen.page, options={"preload": False, "runOnly": AXE_RULES}).response
    assert [(found["id"], [node["html"] for node in found["nodes"]]) for found in result["violations"]] == []
    assert [found["id"] for found in result["incomplete"] if found["id"] == "color-contrast"] == []


@pytest.mark.parametrize("address", PAGES)
def test_from_disk_the_policy_lets_our_files_in_and_nothing_else_is_asked_for(
    visit: Callable[..., Visit], site: Path, address: str
) -> None:
    seen = visit((site / address).as_uri())
    _assert_dressed_and_quiet(seen)
    assert all(url.startswith(site.as_uri()) for url in seen.requests)


@pytest.mark.parametrize("address", PAGES)
def test_under_a_sub_path_of_a_server_the_pages_ask_no_other_host(
    visit: Callable[..., Visit], server: str, address: str
) -> None:
    seen = visit(server + address)
    _assert_dressed_and_quiet(seen)
    assert {urlsplit(url).netloc for url in seen.requests} == {urlsplit(server).netloc}
    assert len(seen.requests) <= 10


def _assert_dressed_and_quiet(seen: Visit) -> None:
    assert seen.console == []
    assert seen.page.evaluate("getComputedStyle(document.querySelector('main')).maxWidth") != "none"
    assert any(url.endswith("podcast.js") for url in seen.requests)
    assert any(url.endswith("horizont.svg") for url in seen.requests)


def test_the_policy_stops_a_script_that_slipped_into_the_page(visit: Callable[..., Visit], site: Path) -> None:
    seen = visit((site / SHORT).as_uri())
    seen.page.evaluate(
        """() => {
            const script = document.createElement('script');
            script.textContent = 'window.slipped = 1';
            document.body.append(script);
        }"""
    )
    assert seen.page.evaluate("window.slipped") is None
    assert "Content Security Policy" in seen.console[0]


@pytest.mark.parametrize("address", PAGES)
def test_at_320_pixels_nothing_scrolls_sideways(visit: Callable[..., Visit], site: Path, address: str) -> None:
    page = visit((site / address).as_uri(), width=320).page
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_every_target_is_at_least_24_pixels_high(visit: Callable[..., Visit], site: Path) -> None:
    """WCAG 2.2, 2.5.8; links within running text are exempt there and here."""
    for address in PAGES:
        page = visit((site / address).as_uri(), width=390).page
        small = page.evaluate(
            """() => [...document.querySelectorAll('a')].filter(a => !a.closest('.notes, footer > p, .people'))
                 .filter(a => a.getBoundingClientRect().height < 24).map(a => a.outerHTML)"""
        )
        assert small == []


def test_tab_reaches_the_player_and_every_link_and_the_player_hides_none(
    visit: Callable[..., Visit], site: Path
) -> None:
    page = visit((site / LONG).as_uri()).page
    page.evaluate("document.querySelectorAll('a[href], audio').forEach((stop, i) => stop.dataset.stop = i)")
    expected = page.evaluate("document.querySelectorAll('[data-stop]').length")
    order = _walk(page, "Tab", last=expected - 1)
    assert list(dict.fromkeys(order)) == list(range(expected))
    assert len(order) <= 160
    backwards = _walk(page, "Shift+Tab", last=0)
    assert list(dict.fromkeys(backwards)) == list(range(expected - 2, -1, -1))


def _walk(page: Page, key: str, *, last: int) -> list[int]:
    """The stops in the order in which `key` reaches them. None may lie behind the player, which stays in view."""
    order: list[int] = []
    while (not order or order[-1] != last) and len(order) < 300:
        page.keyboard.press(key)
        stop, hidden = page.evaluate(
            """() => {
                const at = document.activeElement, player = document.querySelector('.player');
                const a = at.getBoundingClientRect(), p = player.getBoundingClientRect();
                const over = !player.contains(at) && !at.matches('.skip') && a.top < p.bottom && a.bottom > p.top;
                return [Number(at.dataset.stop ?? -1), over];
            }"""
        )
        assert not hidden, f"stop {stop} lies behind the player"
        order.append(stop)
    return order


def test_a_link_to_a_time_scrolls_there_without_javascript(visit: Callable[..., Visit], site: Path) -> None:
    page = visit((site / LONG).as_uri(), java_script_enabled=False).page
    href = page.locator(".chapters a").nth(4).get_attribute("href")
    assert href is not None
    page.goto((site / LONG).as_uri() + href)
    box = page.locator(f'[id="{href[1:]}"]').bounding_box()
    player = page.locator(".player").bounding_box()
    assert box is not None
    assert player is not None
    assert player["y"] + player["height"] <= box["y"] <= 400


def test_a_link_to_a_time_sets_the_player_without_starting_it(visit: Callable[..., Visit], site: Path) -> None:
    page = visit((site / SHORT).as_uri() + "#t=00:05").page
    assert page.evaluate("[document.querySelector('audio').currentTime, document.querySelector('audio').paused]") == [
        5,
        True,
    ]


@pytest.mark.parametrize("address", [SHORT, BARE])
def test_opening_a_page_loads_no_audio(visit: Callable[..., Visit], site: Path, address: str) -> None:
    seen = visit((site / address).as_uri() + "#t=00:05")
    assert not [url for url in seen.requests if "/audio/" in url]


@pytest.mark.parametrize("selector", [".chapters a", ".transcript p > a"])
def test_times_play_from_there_by_keyboard(visit: Callable[..., Visit], site: Path, selector: str) -> None:
    page = visit((site / SHORT).as_uri()).page
    link = page.locator(selector).first
    start_s = float(link.get_attribute("data-start") or "nan")
    page.evaluate(
        """() => {
            const audio = document.querySelector('audio');
            window.startedAt = new Promise((done, fail) => {
                audio.addEventListener('playing', () => done(audio.currentTime));
                audio.addEventListener('error', () => fail(audio.error.message));
                setTimeout(() => fail('never played'), 30000);
            });
        }"""
    )
    link.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("window.startedAt") == pytest.approx(start_s, abs=0.2)
