"""Measures a show of a thousand episodes: how long its feed takes, how much memory, and what one new episode rewrites.

    python benchmarks/feed.py --episodes 1000

The first part renders the feed from values; the second runs the real command on a made-up show on disk whose episodes
are released, as in a fresh clone: first for everything, then with nothing to do, then for one new episode. The gate
compares with everything that was recorded as uploaded. Names and words are made up.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "publish"))

from feed_episodes import make_episode, make_show
from publish_samples import FULL_ENCLOSURE, FULL_EPISODE, FULL_SHOW, item

from pipeline.values.published import ShowNotes
from pipeline.values.show import FeedSettings

PROJECT = Path(__file__).parents[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--episodes", type=int, default=1000)
    parser.add_argument("--words", type=int, default=300, help="words of each transcript on disk (default: 300)")
    parser.add_argument("--render-only", action="store_true", help="only the first part")
    arguments = parser.parse_args()
    print(
        f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}"
    )
    render(arguments.episodes, page_size=0)
    render(arguments.episodes, page_size=100)
    if not arguments.render_only:
        with tempfile.TemporaryDirectory() as folder:
            on_disk(Path(folder), arguments.episodes, words=arguments.words)


def render(count: int, *, page_size: int) -> None:
    """Render the feed, with 2 kB of show notes and five chapters for each episode."""
    from pipeline.feed.rss import render_paged_feed

    start = datetime(2006, 1, 1, tzinfo=UTC)
    notes = ShowNotes(
        html="<p>" + "Worum es in dieser Folge geht. " * 60 + "</p>\n", text="Worum es geht. " * 130 + "\n"
    )
    chapters = tuple(replace(FULL_EPISODE.chapters[0], start_s=10.0 * n, title=f"Kapitel {n}") for n in range(5))
    items = [
        item(
            replace(FULL_EPISODE, folder=f"{n:04}-folge", guid=f"guid-{n}", number=n, chapters=chapters),
            enclosure=FULL_ENCLOSURE,
            published=start + timedelta(days=7 * n),
            notes=notes,
        )
        for n in range(1, count + 1)
    ]
    by = replace(FULL_SHOW, feed=FeedSettings(page_size=page_size))
    before_mb = peak_mb()
    began = time.perf_counter()
    files = render_paged_feed(by, items)
    seconds = time.perf_counter() - began
    size_mb = sum(map(len, files.values())) / 1e6
    print(
        f"render {count} episodes, page_size {page_size}: {seconds:.2f} s, {len(files)} file(s), {size_mb:.1f} MB, "
        f"feed.xml {len(files['feed.xml']) / 1e6:.2f} MB, peak memory {before_mb:.0f} → {peak_mb():.0f} MB"
    )


def on_disk(root: Path, count: int, *, words: int) -> None:
    make_show(root)
    for number in range(1, count + 1):
        make_episode(root, number, words=words)
    print(f"a show of {count} released episodes, {words} words each:")
    run(root, "feed and pages, everything new", "pages")
    run(root, "feed, everything new", "feed")
    run(root, "feed, noted as uploaded", "feed", "--uploaded")
    run(root, "feed, nothing to do", "feed")
    make_episode(root, count + 1, words=words)
    before = stamps(root)
    run(root, "feed, one new episode", "feed")
    print_changes(root, before)
    before = stamps(root)
    run(root, "pages, one new episode", "pages")
    print_changes(root, before)
    manifest = json.loads((root / "episodes/.work/manifest.json").read_text(encoding="utf-8"))
    print(f"  the feed's own step took {manifest['steps']['feed']['seconds']:.2f} s")
    print(f"  feed.xml {(root / 'feed/feed.xml').stat().st_size / 1e6:.2f} MB")


def run(root: Path, what: str, *verb: str) -> None:
    began = time.perf_counter()
    command = [sys.executable, "-m", "pipeline", "--root", str(root), "--today", "2030-01-01", *verb]
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    ended = subprocess.run(command, cwd=PROJECT, check=False, capture_output=True, text=True, encoding="utf-8")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - usage.ru_utime - usage.ru_stime
    seconds = time.perf_counter() - began
    print(f"  {what:<32} {seconds:6.2f} s ({cpu_s:.2f} s of a core), peak memory so far {after.ru_maxrss / 1e3:.0f} MB")


def stamps(root: Path) -> dict[Path, tuple[int, int]]:
    return {
        path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in (root / "feed").rglob("*") if path.is_file()
    }


def print_changes(root: Path, before: dict[Path, tuple[int, int]]) -> None:
    after = stamps(root)
    changed = sorted(path.relative_to(root).as_posix() for path in after if after[path] != before.get(path))
    print(f"    of {len(after)} files written: {', '.join(changed)}")


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


if __name__ == "__main__":
    main()
