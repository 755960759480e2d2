"""The review's promises, as numbers: what it saves, what survives a kill, and how long it takes to open.

    python benchmarks/review.py                      # fewer of everything
    python benchmarks/review.py --pairs 100000 --kills 1000 --hours 3

*pairs*: random files in every encoding and random edits; the bytes of all other lines must stay. *merges*: two people's
random edits of one text; no new line of anybody may be lost. *kills*: the server is killed (SIGKILL) at a random moment
while a client types and saves without a pause; the file must be what was last confirmed, or what was under way, whole.
Servers are forked from a process that has loaded the program, so this part needs a POSIX system. *open*: the real
command, from its start until the page has its state, for an episode of so many hours; processor time, and what it
imported.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import random
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from http.client import HTTPException
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "review"))

from desk import MOMENT, Page, make_show, recognised

from pipeline.review.merging import merged
from pipeline.review.server import serving
from pipeline.review.session import ReviewSession
from pipeline.transcript.patch import TranscriptEdit, patch

PROJECT = Path(__file__).parents[1]
ENCODINGS = (
    ("utf-8", b""),
    ("utf-8", b"\xef\xbb\xbf"),
    ("utf-16-le", b"\xff\xfe"),
    ("utf-16-be", b"\xfe\xff"),
    ("cp1252", b""),
)
ENDS = ("\n", "\r\n", "\r")
PIECES = (
    "Grüße",
    "aus",
    "Ribnitz-Damgarten",
    " ",
    "\u00a0",
    "\t",
    "a\u0308",
    "\u00ad",
    "„so“",
    "Tom Takt:",
    "–",
    "😀",
    "ﬁ",
)
NARROW = tuple(piece for piece in PIECES if piece.encode("cp1252", "ignore").decode("cp1252") == piece)
WORDS = (
    "wir",
    "reden",
    "heute",
    "über",
    "Wind",
    "Wasser",
    "Netze",
    "und",
    "Menschen",
    "im",
    "Norden",
    "bewegen",
    "sagt",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=5_000)
    parser.add_argument("--merges", type=int, default=2_000)
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--hours", type=float, default=3.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    chance = random.Random(options.seed)
    check_pairs(options.pairs, chance)
    check_merges(options.merges, chance)
    if hasattr(os, "fork"):
        check_kills(options.kills, chance)
    with tempfile.TemporaryDirectory() as folder:
        measure_opening(Path(folder), options.hours)


# --- pairs of a file and edits ----------------------------------------------------------------------------------------


def check_pairs(count: int, chance: random.Random) -> None:
    start_s = time.process_time()
    edited = 0
    for number in range(count):
        raw, codec, mark, lines, ends = random_file(chance)
        edits = random_edits(lines, NARROW if codec == "cp1252" else PIECES, chance)
        after = patch(raw, edits)
        if not edits:
            assert after == raw, f"pair {number}: nothing was typed"
        edited += len(edits)
        assert after.startswith(mark)
        kept = [place for place in range(len(lines)) if not any(e.first <= place < e.last for e in edits)]
        check_kept(raw, after, codec, mark, lines, ends, kept, edits)
    print(
        f"pairs: {count:,} files, {edited:,} edits, every other line byte for byte "
        f"({time.process_time() - start_s:.1f} s CPU)"
    )


def random_file(chance: random.Random) -> tuple[bytes, str, bytes, list[str], list[str]]:
    codec, mark = chance.choice(ENCODINGS)
    pieces = NARROW if codec == "cp1252" else PIECES
    lines = [random_line(pieces, chance) for _ in range(chance.randrange(1, 12))]
    if codec == "cp1252":
        lines[0] = "Größe " + lines[0]  # else the bytes may be valid UTF-8
    one = chance.choice(ENDS)
    mixed = chance.random() < 0.3
    ends = [chance.choice(ENDS) if mixed else one for _ in lines[1:]]
    for place in range(1, len(ends)):
        if not lines[place] and ends[place - 1 : place + 1] == ["\r", "\n"]:
            ends[place] = "\r\n"  # "\r" and "\n" side by side are one line end
    text = "".join(line + end for line, end in zip(lines, [*ends, ""], strict=True))
    return mark + text.encode(codec), codec, mark, lines, ends


def random_line(pieces: tuple[str, ...], chance: random.Random) -> str:
    return "".join(chance.choice(pieces) + chance.choice(("", " ")) for _ in range(chance.randrange(0, 9)))


def random_edits(lines: list[str], pieces: tuple[str, ...], chance: random.Random) -> list[TranscriptEdit]:
    edits: list[TranscriptEdit] = []
    place = 0
    while place < len(lines) and chance.random() < 0.6:
        first = chance.randrange(place, len(lines))
        last = chance.randrange(first + 1, len(lines) + 1)
        new = tuple(random_line(pieces, chance) for _ in range(chance.randrange(1, 4)))
        if first == 0:
            new = (lines[0], *new)  # the letter by which Windows-1252 is recognised stays
        edits.append(TranscriptEdit(first=first, last=last, lines=new))
        place = last
    return edits


def check_kept(  # noqa: PLR0917  a file, before and after
    raw: bytes,
    after: bytes,
    codec: str,
    mark: bytes,
    lines: list[str],
    ends: list[str],
    kept: list[int],
    edits: list[TranscriptEdit],
) -> None:
    """Compare the bytes of every untouched line, with its own line end unless an edit is beside it."""
    body = after[len(mark) :]
    at = 0
    for place in range(len(lines)):
        if place not in kept:
            continue
        beside = {place + 1, place - 1} & {line for e in edits for line in range(e.first, e.last)}
        end = "" if place == len(ends) or beside else ends[place]
        wanted = (lines[place] + end).encode(codec)
        found = body.find(wanted, at)
        assert found >= 0, (raw, after, edits, place)
        at = found + len(wanted)
    if not edits:
        assert after == raw


# --- merges -----------------------------------------------------------------------------------------------------------


def check_merges(count: int, chance: random.Random) -> None:
    start_s = time.process_time()
    conflicts = 0
    for number in range(count):
        base = [chance.choice(("", "Tom:", f"Satz {line}.", "und dann")) for line in range(chance.randrange(1, 40))]
        mine, theirs = typed(base, "m", chance), typed(base, "t", chance)
        result = merged(base, mine, theirs)
        there = {*result.lines, *(line for conflict in result.conflicts for line in conflict.mine)}
        assert not ({*mine, *theirs} - set(base) - there), f"merge {number} lost a line"
        conflicts += len(result.conflicts)
    print(f"merges: {count:,}, {conflicts:,} conflicts, no line lost ({time.process_time() - start_s:.1f} s CPU)")


def typed(text: list[str], name: str, chance: random.Random) -> list[str]:
    new: list[str] = []
    for number, line in enumerate(text):
        act = chance.random()
        new += [] if act < 0.05 else [f"{name}{number}."] if act < 0.15 else [line]
        new += [f"{name}{number} neu."] if act > 0.95 else []
    return new or [""]


# --- kills ------------------------------------------------------------------------------------------------------------


def check_kills(count: int, chance: random.Random) -> None:
    """Kill the server while it saves, again and again."""
    context = multiprocessing.get_context("fork")
    with tempfile.TemporaryDirectory() as folder:
        text = "Tom Takt:\n" + "\n\n".join(" ".join(chance.choices(WORDS, k=60)) + "." for _ in range(60)) + "\n"
        paths = make_show(Path(folder), text=text, sound=False, heard=False)
        saves = under_way = 0
        for number in range(count):
            here, there = context.Pipe()
            server = context.Process(target=serve, args=(paths.root, there), daemon=True)
            server.start()
            page = Page(here.recv(), tab="kill")
            confirmed = paths.transcript.read_bytes()
            base = page.state()["base"]
            sent = confirmed
            threading.Timer(chance.uniform(0.0, 0.2), os.kill, (server.pid, signal.SIGKILL)).start()
            try:
                while True:
                    lines = confirmed.decode().split("\n")
                    place = chance.randrange(1, len(lines))
                    edit = TranscriptEdit(
                        first=place, last=place + 1, lines=(f"{lines[place]} {chance.choice(WORDS)}",)
                    )
                    sent = patch(confirmed, [edit])
                    answer = page.put(base, (place, place + 1, list(edit.lines)))
                    assert answer.status == 200, answer.body
                    base, confirmed, saves = answer.json["base"], sent, saves + 1
            except (OSError, json.JSONDecodeError, HTTPException):
                pass  # the server is gone
            server.join()
            now = paths.transcript.read_bytes()
            assert now in {confirmed, sent}, f"kill {number}: the file is neither what was confirmed nor what was sent"
            under_way += now != confirmed
        left = [path.name for path in paths.transcript.parent.iterdir() if path != paths.transcript]
        print(
            f"kills: {count:,} while {saves:,} saves were confirmed; file always whole, no confirmed save lost; "
            f"{under_way} times the one under way was written, too; staged files left: {len(left)}"
        )


def serve(root: Path, connection: object) -> None:
    session = ReviewSession(root, "7", now=lambda: MOMENT)
    with serving(session, port=0) as running:
        connection.send(running.address)  # type: ignore[attr-defined]
        session.ended.wait()


# --- opening ----------------------------------------------------------------------------------------------------------


def measure_opening(root: Path, hours: float) -> None:
    """Start the real command, and ask for the page and its state as a browser does."""
    chance = random.Random(3)
    words = [chance.choice(WORDS) for _ in range(int(hours * 9_000))]
    paragraphs = [" ".join(words[start : start + 32]) + "." for start in range(0, len(words), 32)]
    names = ("Tom Takt:", "Sina Silbe:")
    text = "\n\n".join(f"{names[number % 2]}\n{paragraph}" for number, paragraph in enumerate(paragraphs)) + "\n"
    make_show(root, text=text, recognition=recognised(words), sound=False)
    command = [
        sys.executable,
        "-X",
        "importtime",
        "-m",
        "pipeline",
        "--root",
        str(root),
        "review",
        "7",
        "--no-browser",
        "--port",
        "0",
    ]
    for attempt in ("first", "again"):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        begun_s = time.perf_counter()
        with tempfile.TemporaryFile("w+", encoding="utf-8") as imported:
            process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=imported, text=True, encoding="utf-8", cwd=PROJECT,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )  # fmt: skip
            assert process.stdout is not None
            page = Page(process.stdout.readline().split()[-1])
            page.ask("")
            shown_s = time.perf_counter() - begun_s
            state = page.ask("state.json")
            opened_s = time.perf_counter() - begun_s
            process.terminate()
            process.wait()
            imported.seek(0)
            modules = {line.rpartition("|")[2].strip() for line in imported}
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        heavy = sorted({"torch", "whisper", "scipy", "pydantic", "av"} & modules)
        print(
            f"open ({attempt}): {hours:g} h, {len(words):,} words: page after {shown_s:.2f} s, state after "
            f"{opened_s:.2f} s, {cpu_s:.2f} s CPU in all, state {len(state.body) / 1e6:.2f} MB; "
            f"heavy imports: {', '.join(heavy) or 'none'}"
        )


if __name__ == "__main__":
    main()
