"""Asks the search twenty queries, and Pagefind the same ones on the same pages, and prints both first hits.

    python benchmarks/search.py --pagefind /path/to/pagefind

The show is made up (tests/pages/programme.py): 60 episodes that mention each other's subjects. Queries and right
answers are in tests/pages/search_queries.py. Both searches run in Chromium against a server on loopback. A first hit is
the first link among the results, be it an episode, a person or a topic. KB is what a browser loads until then, each
file gzipped: page, style, script, index, and the sentences or fragments that are shown. Without Pagefind (`pip install
"pagefind[bin]"`) its column stays empty.
"""

from __future__ import annotations

import argparse
import gzip
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "pages"))

from many_episodes import WORDS_OF_45_MINUTES, write_programme
from page_site import QuietHandler
from playwright.sync_api import Page, sync_playwright
from programme import FIRST_NUMBER
from search_queries import QUERIES

from pipeline import addresses

PROJECT = Path(__file__).parents[1]
CHROMIUM = "/usr/bin/chromium"
PROBE = "pagefind-probe.html"  # a page without our Content-Security-Policy: Pagefind needs WebAssembly
# When the first hit is there, as the page itself sees it.
WATCH = """new MutationObserver((_, watcher) => {
  if (!document.querySelector('#direkt a, #treffer a')) return;
  window.firstHit = performance.now();
  watcher.disconnect();
}).observe(document, { childList: true, subtree: true });"""
AFTER_FIRST_HIT = """performance.getEntriesByType('resource')
  .filter(entry => entry.startTime > (window.firstHit ?? Infinity)).map(entry => entry.name)"""
FIRST_HIT = "document.querySelector('#direkt a, #treffer a')?.pathname ?? ''"
TOLD = "/^(Gefunden|Nichts|Bitte|Hier|Ein Teil|Keine)/.test(document.getElementById('suchstand').textContent)"
ASK_PAGEFIND = """async asked => {
  const pagefind = await import('/pagefind/pagefind.js');
  const found = await pagefind.search(asked);
  return found.results.length ? (await found.results[0].data()).url : '';
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--words", type=int, default=WORDS_OF_45_MINUTES, help="of an episode (default: 45 minutes)")
    parser.add_argument("--show", type=Path, help="make the show here and keep it (default: a temporary folder)")
    parser.add_argument("--pagefind", default=shutil.which("pagefind"), help="the program (default: the one in PATH)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = arguments.show or Path(folder)
        if not (root / "episodes").exists():
            write_programme(root, words=arguments.words)
        environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
        command = [sys.executable, "-m", "pipeline", "--root", root, "episode", str(FIRST_NUMBER)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
        feed = root / "feed"
        peer = index_with_pagefind(feed, arguments.pagefind)
        handler = partial(QuietHandler, directory=str(feed))
        with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, sync_playwright() as playwright:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            report(chromium.new_context, feed, f"http://127.0.0.1:{server.server_port}/", peer=peer)
            chromium.close()
            server.shutdown()


def index_with_pagefind(feed: Path, program: str | None) -> bool:
    """Index the pages with Pagefind; False, said on the screen, without it."""
    if program is None:
        print('Pagefind is not installed (pip install "pagefind[bin]"): only our own search is asked.')
        return False
    began = time.perf_counter()
    subprocess.run([program, "--site", feed], check=True, capture_output=True)
    version = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout.strip()
    print(f"{version}, indexed in {time.perf_counter() - began:.1f} s")
    (feed / PROBE).write_text("<!DOCTYPE html><title>Probe</title>", encoding="utf-8")
    return True


def report(new_context, feed: Path, home: str, *, peer: bool) -> None:  # type: ignore[no-untyped-def]
    right, peer_right, largest = 0, 0, 0.0
    print(f"{'query':36}{'ours':>5}{'KB':>7}{'Pagefind':>10}{'KB':>7}   first hit of ours | of Pagefind")
    for asked, answer in QUERIES.items():
        hit, loaded = in_new_page(new_context, lambda page, asked=asked: ask_ours(page, home, asked))
        size_kb = packed_kb(feed, loaded)
        right += hit == answer
        largest = max(largest, size_kb)
        line = f"{asked:36}{mark(hit == answer):>5}{size_kb:7.1f}"
        if peer:
            other, loaded = in_new_page(new_context, lambda page, asked=asked: ask_pagefind(page, home, asked))
            peer_right += other == answer
            line += f"{mark(other == answer):>10}{packed_kb(feed, loaded):7.1f}   {hit or '-'} | {other or '-'}"
        else:
            line += f"{'':>10}{'':>7}   {hit or '-'}"
        print(line)
    print(f"right first hits: ours {right} of {len(QUERIES)}, at most {largest:.1f} KB", end="")
    print(f"; Pagefind {peer_right} of {len(QUERIES)}" if peer else "")


def in_new_page(new_context, ask) -> tuple[str, list[str]]:  # type: ignore[no-untyped-def]
    """The first hit, and the addresses that an empty cache had to load for it."""
    context = new_context()
    context.add_init_script(WATCH)
    page = context.new_page()
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    hit = plain(ask(page))
    later = page.evaluate(AFTER_FIRST_HIT)
    context.close()
    return hit, [address for address in loaded if address not in later]


def ask_ours(page: Page, home: str, asked: str) -> str:
    page.goto(f"{home}{addresses.SEARCH}#q={quote(asked)}")
    page.wait_for_function(TOLD)
    return str(page.evaluate(FIRST_HIT))


def ask_pagefind(page: Page, home: str, asked: str) -> str:
    page.goto(home + PROBE)
    return str(page.evaluate(ASK_PAGEFIND, asked))


def plain(address: str) -> str:
    """`/folgen/x/index.html#t=1:00` → `folgen/x`."""
    return unquote(urlsplit(address).path).strip("/").removesuffix("index.html").strip("/")


def packed_kb(feed: Path, loaded: list[str]) -> float:
    files = {feed / unquote(urlsplit(address).path).lstrip("/") for address in loaded}
    return sum(len(gzip.compress(file.read_bytes())) for file in files if file.is_file()) / 1000


def mark(right: bool) -> str:
    return "yes" if right else "-"


if __name__ == "__main__":
    main()
