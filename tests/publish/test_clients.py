"""A real podcast client subscribes over loopback and downloads: Debian's gPodder, where it is installed."""

from __future__ import annotations

import functools
import http.server
import os
import re
import shutil
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest
from publish_samples import EPISODE, item, jpeg, make_mp3, show

from pipeline.model import Show
from pipeline.publish.feed import render_feed
from pipeline.publish.tag import Contents, tag

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GPO = shutil.which("gpo")
pytestmark = pytest.mark.skipif(GPO is None, reason="gPodder's gpo is not installed (Debian: apt-get install gpodder)")


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its interface
        pass


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Show, Path]]:
    """A show at home on loopback, and the folder that is served."""
    home = tmp_path / "site"
    (home / "audio").mkdir(parents=True)
    handler = functools.partial(_Quiet, directory=str(home))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield show(base_url=f"http://127.0.0.1:{server.server_port}/"), home
        server.shutdown()
        thread.join()


def gpo(home: Path, *arguments: str) -> str:
    # TERM=dumb keeps gpo from paging; it downloads below its own home
    environment = {
        **{key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")},
        "GPODDER_HOME": str(home),
        "TERM": "dumb",
    }
    assert GPO is not None
    done = subprocess.run(
        [GPO, *arguments], check=True, capture_output=True, env=environment, timeout=120, stdin=subprocess.DEVNULL
    )
    return re.sub(r"\x1b\[[0-9;]*m", "", done.stdout.decode("utf-8"))


def test_gpodder_subscribes_lists_and_downloads_the_very_file(tmp_path: Path, site: tuple[Show, Path]) -> None:
    by, served = site
    audio = served / "audio" / f"{EPISODE.folder}.mp3"
    encoded = make_mp3(tmp_path / "encoded.mp3")
    contents = Contents(show=by, episode=EPISODE, cover_jpeg=jpeg(), lyrics="Moin.", notes_text="Kurz.", duration_s=4.6)
    enclosure = tag(encoded, audio, contents)
    (served / "feed.xml").write_bytes(render_feed(by, [item(enclosure=enclosure)]))
    home = tmp_path / "gpodder"

    gpo(home, "subscribe", by.base_url + "feed.xml")
    assert by.title in gpo(home, "list")
    assert EPISODE.title in gpo(home, "episodes")
    gpo(home, "download")
    (downloaded,) = (home / "Downloads").rglob("*.mp3")
    assert downloaded.read_bytes() == audio.read_bytes()
