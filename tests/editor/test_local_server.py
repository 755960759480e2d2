"""A server for this machine alone: what it refuses, and a real browser whose page on another origin wants a draft."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browsers import launched

from pipeline.editor.local_server import HEADERS, refusal
from pipeline.editor.preview import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SECRET = "geheimer Entwurf"
OURS = {"Host": "127.0.0.1:8000"}
LINK = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-User": "?1"}
# Every way in which a page can ask for something of another origin, and what it would then know of it.
THEFT = """<!DOCTYPE html><title>Fremde Seite</title><body><script>
var found = {}, told;
function suche(text) { found.script = text; }
async function steal(drafts) {
  function load(tag, name, attribute, address) {
    return new Promise(function (done) {
      var element = document.createElement(tag);
      element.onload = function () { found[name] = "loaded"; done(); };
      element.onerror = function () { done(); };
      if (tag === "link") element.rel = "stylesheet";
      element[attribute] = address;
      document.body.append(element);
    });
  }
  await load("script", "shard", "src", drafts + "suche/1.js");
  await load("img", "picture", "src", drafts + "bild.png");
  await load("link", "style", "href", drafts + "stil.css");
  await load("audio", "sound", "src", drafts + "ton.mp3");
  for (var mode of ["cors", "no-cors"]) {
    try {
      var answer = await fetch(drafts + "index.html", {mode: mode});
      found[mode] = (await answer.text()) || answer.type;
    } catch (error) { /* refused */ }
  }
  try {
    await fetch(drafts + "index.html", {method: "POST", mode: "no-cors", body: "x"});
    found.posted = true;
  } catch (error) { /* refused */ }
  var frame = document.createElement("iframe");
  frame.src = drafts + "index.html";
  await new Promise(function (done) { frame.onload = done; setTimeout(done, 3000); document.body.append(frame); });
  return found;
}
</script></body>"""


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    files = {
        "preview/index.html": f"<!DOCTYPE html><html><head></head><body>{SECRET}</body></html>",
        "preview/suche/1.js": f'suche("{SECRET}");',
        "preview/stil.css": "body { color: red }",
        "preview/ton.mp3": "x",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "preview/bild.png").write_bytes(
        bytes.fromhex(
            "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc000000301010"
            "018dd8db00000000049454e44ae426082"
        )
    )
    with serving(tmp_path, port=0, state=lambda: "1") as where:
        yield where


@pytest.fixture
def foreign_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of another server on this machine: on 127.0.0.1 the same site, as localhost another site."""
    home = tmp_path_factory.mktemp("fremd")
    (home / "index.html").write_text(THEFT, encoding="utf-8")

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(home))) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running.server_port
        running.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_page_of_another_origin_learns_nothing_about_a_draft(
    page: Page, address: str, foreign_port: int, host: str
) -> None:
    page.goto(f"http://{host}:{foreign_port}/")
    assert page.evaluate("drafts => steal(drafts)", f"{address}vorschau/") == {}
    assert all(SECRET not in frame.content() for frame in page.frames)


def test_the_preview_itself_may_load_all_of_it(page: Page, address: str) -> None:
    page.goto(f"{address}vorschau/index.html")
    assert SECRET in page.content()
    page.evaluate("window.suche = text => { window.heard = text }")
    page.add_script_tag(url=f"{address}vorschau/suche/1.js")
    assert page.evaluate("window.heard") == SECRET
    assert SECRET in page.evaluate("fetch('/vorschau/index.html').then(answer => answer.text())")


def test_people_may_follow_a_link_from_another_site_and_it_keeps_no_hold_on_the_page(
    page: Page, address: str, foreign_port: int
) -> None:
    page.goto(f"http://localhost:{foreign_port}/")
    page.evaluate(
        """address => { document.body.innerHTML = "<a target=_blank rel=opener>Entwurf</a>";
        document.querySelector("a").href = address; }""",
        f"{address}vorschau/index.html",
    )
    with page.context.expect_page() as opened:
        page.click("a")
    opened.value.wait_for_load_state()
    assert SECRET in opened.value.content()
    assert opened.value.evaluate("window.opener") is None


@pytest.mark.parametrize("status_of", ["", "feed.xml", "vorschau/", "vorschau/suche/1.js", ".neu/state.js", "nichts"])
def test_every_answer_says_that_it_is_for_this_site_only(page: Page, address: str, status_of: str) -> None:
    answer = page.request.get(address + status_of)
    assert {name: answer.headers[name.lower()] for name in HEADERS} == dict(HEADERS)


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", OURS),
        ("GET", {"Host": "localhost:8000"}),
        ("HEAD", OURS | {"Sec-Fetch-Site": "none"}),
        ("GET", OURS | {"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1:8000"}),
        ("GET", OURS | {"Sec-Fetch-Site": "cross-site"} | LINK),
        ("POST", OURS | {"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1:8000"}),
        ("PUT", {"Host": "localhost:8000", "Origin": "http://localhost:8000"}),
    ],
)
def test_a_request_of_ones_own_is_answered(method: str, headers: Mapping[str, str]) -> None:
    assert refusal(method, headers, port=8000) is None


@pytest.mark.parametrize(
    "host",
    [
        *("", "127.0.0.1", "localhost", "127.0.0.1:8001", "127.0.0.1:80000", "127.0.0.1:08000", "127.0.0.2:8000"),
        *("boese.example", "boese.example:8000", "localhost:8000.boese.example", "127.0.0.1:8000,127.0.0.1:8000"),
        *("127.0.0.1:8000@boese.example", "[::1]:8000", "0.0.0.0:8000", "LOCALHOST.:8000"),
    ],
)
def test_only_the_exact_host_and_port_are_answered(host: str) -> None:
    refused = refusal("GET", {"Host": host} if host else {}, port=8000)
    assert refused is not None
    assert refused.status == 400


def test_the_standard_port_may_be_left_out() -> None:
    assert refusal("GET", {"Host": "localhost"}, port=80) is None


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        *(("GET", {"Sec-Fetch-Site": site}) for site in ("cross-site", "same-site", "", "same-origin,cross-site")),
        *(("GET", {"Origin": origin}) for origin in ("null", "", "http://127.0.0.1:8001", "https://127.0.0.1:8000")),
        *(("GET", {"Sec-Fetch-Site": "cross-site"} | LINK | {name: "x"}) for name in LINK),
        ("POST", {}),
        ("POST", {"Sec-Fetch-Site": "same-origin"}),
        ("POST", {"Sec-Fetch-Site": "none", "Origin": "http://127.0.0.1:8000"}),
        ("POST", {"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1:8000"} | LINK),
        ("PUT", {"Origin": "http://localhost:8000"}),
        ("DELETE", {"Origin": "null"}),
        ("OPTIONS", {"Origin": "http://boese.example"}),
    ],
)
def test_a_request_of_another_page_is_refused(method: str, headers: Mapping[str, str]) -> None:
    refused = refusal(method, OURS | headers, port=8000)
    assert refused is not None
    assert refused.status == 403
