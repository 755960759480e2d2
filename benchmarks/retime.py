"""Measures how far times are off after every kind of edit, which of them are marked, and how long retiming takes.

    python benchmarks/retime.py --words 6000 --conversations 5

Conversations are made up (tests/transcript/edits.py), so that the truth is known to the hundredth of a second; errors
of the recognition itself come on top. "Marked" is what page and report show as uncertain: ideally all words that are
off by more than 2 s, and as few as possible of those off by at most 0.5 s. The peer in the timing is Python's difflib
on the same words.
"""

from __future__ import annotations

import argparse
import difflib
import platform
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "transcript"))

from edits import KINDS, Edited, Errors, errors
from transcript_samples import SPEAKERS, conversation, recognition_of, spoken, words_of

from pipeline.transcript.align import normalised
from pipeline.transcript.editorial import decode, parse
from pipeline.transcript.retime import Retimed, retime

if TYPE_CHECKING:
    from pipeline.values.speech import Word


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", type=Path, help="a text file to be said, in place of made-up conversations")
    parser.add_argument("--words", type=int, default=6000, help="words of a conversation (default: 6000, 45 minutes)")
    parser.add_argument("--conversations", type=int, default=5, help="conversations for each kind of edit")
    arguments = parser.parse_args()
    print(
        "| edit | median s | p95 s | sentence start p95 s | > 2 s | of these marked | marked though right | findings |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for name, edit in KINDS.items():
        seeds = range(arguments.conversations)
        made = [edit(said(arguments.text, arguments.words, seed), seed) for seed in seeds]
        results = [timed(edited) for edited in made]
        found = [errors(edited, words_of(r.transcript)) for edited, r in zip(made, results, strict=True)]
        print(row(name, found, sum(len(result.findings) for result in results)))
    print(speed())


def said(text: Path | None, count: int, seed: int) -> list[Word]:
    return spoken(decode(text.read_bytes())) if text else conversation(count, seed)


def timed(edited: Edited) -> Retimed:
    return retime(
        parse(edited.text, speakers=SPEAKERS), recognition_of(edited.heard), duration_s=edited.heard[-1].end_s + 1
    )


def row(name: str, found: list[Errors], notices: int) -> str:
    everything = Errors(
        words_s=sorted(error for e in found for error in e.words_s),
        sentence_starts_s=sorted(error for e in found for error in e.sentence_starts_s),
        wrong=sum(e.wrong for e in found),
        wrong_marked=sum(e.wrong_marked for e in found),
        marked=sum(e.marked for e in found),
        right_marked=sum(e.right_marked for e in found),
        invented_unmarked=sum(e.invented_unmarked for e in found),
    )
    share = f"{100 * everything.wrong_marked / everything.wrong:.0f} %" if everything.wrong else "-"
    false = f"{100 * everything.right_marked / len(everything.words_s):.1f} %"
    return (
        f"| {name} | {everything.at(0.5):.3f} | {everything.at(0.95):.3f} | {everything.starts_at(0.95):.3f} "
        f"| {everything.wrong} | {share} | {false} | {notices} |"
    )


def speed() -> str:
    """The best of five for 10,000 words, 15 % of them changed; parsing the text is not counted."""
    edited = KINDS["15 % of the words changed"](conversation(10_000, 0), 0)
    manuscript = parse(edited.text, speakers=SPEAKERS)
    recognition = recognition_of(edited.heard)
    ours = best(lambda: retime(manuscript, recognition, duration_s=edited.heard[-1].end_s + 1))
    written = [normalised(word) for word in edited.text.split()]
    heard = [normalised(word.text) for word in edited.heard]
    peer = best(lambda: difflib.SequenceMatcher(None, written, heard, autojunk=False).get_opcodes(), times=1)
    return (
        f"{platform.machine()}, Python {platform.python_version()}: 10,000 words retimed in {ours:.3f} s; "
        f"difflib alone {peer:.2f} s ({peer / ours:.0f} times)"
    )


def best(work: object, *, times: int = 5) -> float:
    assert callable(work)
    seconds = []
    for _ in range(times):
        began = time.process_time()
        work()
        seconds.append(time.process_time() - began)
    return min(seconds)


if __name__ == "__main__":
    main()
