"""Measures how soon pages show on a slow line, what moves meanwhile, how long scripts block, and what is loaded.

    python benchmarks/pages.py --rounds 3

The start page, an episode of 45 minutes, the search and a person's page, on a phone and wide, without scrolling. Needs
Debian's Chromium. Line and processor are as in Lighthouse's "slow 4G": 1.6 Mbit/s, 150 ms, four times slower; the
server compresses, as servers do.
"""

from __future__ import annotations

import argparse
import gzip
import statistics
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "tests/pages")]

from page_site import LONG, PERSON, build_site  # noqa: E402  found by the line above
from playwright.sync_api import sync_playwright  # noqa: E402

from pipeline import addresses  # noqa: E402

PAGES = (addresses.INDEX, LONG, addresses.SEARCH, PERSON)
WIDTHS = (390, 1280)
FIGURES = ("LCP/ms", "CLS", "blocked/ms", "bytes", "requests")
TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
LINE = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 93_750}
MEASURE = """() => new Promise((done) => {
    let lcp = 0, blocked = 0, moved = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => moved += entry.value))
        .observe({ type: 'layout-shift', buffered: true });
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => lcp = entry.startTime))
        .observe({ type: 'largest-contentful-paint', buffered: true });
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => blocked += Math.max(0, entry.duration - 50)))
        .observe({ type: 'longtask', buffered: true });
    setTimeout(() => done([lcp, moved, blocked]), 1500);
})"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        build_site(Path(folder))
        with ThreadingHTTPServer(("127.0.0.1", 0), handler_for(Path(folder))) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            print(f"{'page':32} {'width':>5} " + " ".join(f"{name:>10}" for name in FIGURES))
            for address in PAGES:
                for width in WIDTHS:
                    url = f"http://127.0.0.1:{server.server_port}/{address}"
                    figures = zip(*(visit(url, width) for _ in range(rounds)), strict=True)
                    print(f"{address:32} {width:5} " + " ".join(f"{statistics.median(all_):10.4g}" for all_ in figures))
            server.shutdown()


def handler_for(home: Path) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = home / self.path.lstrip("/")
            if not path.is_file():
                self.send_error(404)
                return
            body = gzip.compress(path.read_bytes(), 6)
            self.send_response(200)
            self.send_header("Content-Type", TYPES.get(path.suffix, "application/octet-stream"))
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Print nothing but the figures."""

    return Handler


def visit(url: str, width: int) -> tuple[float, ...]:
    """One visit's FIGURES; the time that scripts blocked is the total of what each task needed above 50 ms."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": width, "height": 800})
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", LINE)
        session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        weights: list[float] = []
        session.on("Network.loadingFinished", lambda event: weights.append(event["encodedDataLength"]))
        page.goto(url)
        measured = page.evaluate(MEASURE)
        browser.close()
    return (*measured, sum(weights), len(weights))


if __name__ == "__main__":
    main()
