"""How much work a correction is: a robot corrects twenty minutes in the real page, by real keys, and counts them.

    python benchmarks/review_robot.py

The text has 120 mistakes: 80 wrong words, 15 turns of the wrong person, 10 words on the wrong side of a border, a name
that is wrong ten times, and 5 missing passages. For each, the sound is where the mistake is heard, and the robot does
what the page offers; plain listening, which is the same everywhere, is not counted. In the end the file must be the
truth.
The same mistakes are counted for two other editors (`review_peers.py`). Needs Chromium.
"""

from __future__ import annotations

import difflib
import random
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "review"))

from desk import MOMENT, SECONDS_PER_WORD, make_show, recognised, spoken
from playwright.sync_api import Page, sync_playwright

from benchmarks.review_peers import PEERS, Effort
from pipeline.review.server import serving
from pipeline.review.session import ReviewSession

CHROMIUM = "/usr/bin/chromium"
LABELS = ("Tom Takt:", "Sina Silbe [Wortlabor]:")
TURNS, WORDS_A_TURN = 100, 28  # twenty minutes at 140 words a minute
POOL = (
    *("Hafen", "Küste", "Netze", "Schule", "Gemeinde", "Rathaus", "Wasser", "Ostsee", "Werkstatt", "Antrag"),
    *("Zukunft", "Technik", "Leitung", "Straße", "Norden", "digital", "offen", "langsam", "schnell", "gemeinsam"),
    *("wichtig", "einfach", "deutlich", "heute", "morgen", "gestern", "immer", "selten", "manchmal", "vielleicht"),
    *("planen", "bauen", "fragen", "zeigen", "lernen", "helfen", "warten", "rechnen", "schreiben", "sprechen"),
)
NAME, MISHEARD = "Kuratorium", "Kuratrium"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """`turn` and `word` say where it is in the truth; `wrong` and `right` are texts."""

    kind: str
    turn: int
    word: int
    wrong: str = ""
    right: str = ""


def truth(chance: random.Random) -> list[list[str]]:
    """Turns of words; two people take turns."""
    turns = []
    for _ in range(TURNS):
        words = [chance.choice(POOL) for _ in range(WORDS_A_TURN)]
        words[-1] += "."
        turns.append(words)
    for turn in range(0, TURNS, TURNS // 10):
        turns[turn][14] = NAME
    return turns


def mistakes(turns: list[list[str]], chance: random.Random) -> list[Mistake]:
    """The mistakes, none of which touches another."""
    free = [turn for turn in range(2, TURNS - 2) if turn % (TURNS // 10)]
    chance.shuffle(free)
    found = [
        Mistake(kind="name", turn=turn, word=14, wrong=MISHEARD, right=NAME) for turn in range(0, TURNS, TURNS // 10)
    ]
    taken: set[int] = set()
    for kind, count in (("speaker", 15), ("border", 10)):
        apart: list[int] = []
        for turn in free:
            if len(apart) < count and not taken & {turn - 1, turn, turn + 1}:
                taken |= {turn, turn + 1}
                apart.append(turn)
        found += [Mistake(kind=kind, turn=turn, word=0) for turn in apart]
    passages = [turn for turn in free if turn not in taken][:5]
    found += [Mistake(kind="missing", turn=turn, word=10, right=" ".join(turns[turn][10:16])) for turn in passages]
    left = 80
    places = [(turn, word) for turn in free if turn not in passages for word in (5, 20)]
    for turn, word in places[:left]:
        right = turns[turn][word]
        at = chance.randrange(1, len(right) - 1)
        found.append(Mistake(kind="word", turn=turn, word=word, wrong=f"{right[:at]}x{right[at + 1 :]}", right=right))
    assert len(found) == 120
    return sorted(found, key=lambda one: (one.turn, one.word))


def text_of(turns: list[list[str]], labels: list[str]) -> str:
    return "\n".join(f"{label}\n{' '.join(words)}\n" for label, words in zip(labels, turns, strict=True))


def with_mistakes(turns: list[list[str]], found: list[Mistake]) -> str:
    words = [list(turn) for turn in turns]
    labels = [LABELS[turn % 2] for turn in range(TURNS)]
    for one in found:
        if one.kind in {"word", "name"}:
            words[one.turn][one.word] = one.wrong
        elif one.kind == "missing":
            words[one.turn][one.word : one.word + 6] = []
        elif one.kind == "speaker":
            labels[one.turn] = LABELS[(one.turn + 1) % 2]
    for one in found:
        if one.kind == "border":  # the last word before it came after the border
            words[one.turn].insert(0, words[one.turn - 1].pop())
    return text_of(words, labels)


class Robot:
    """Presses keys in the page and counts them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.efforts: defaultdict[str, Effort] = defaultdict(Effort)
        self.kind = ""

    def press(self, combination: str) -> None:
        self.page.keyboard.press(combination)
        self.efforts[self.kind] += Effort(keys=combination.count("+") + 1)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.efforts[self.kind] += Effort(keys=len(text) + sum(letter.isupper() for letter in text))

    def hear(self, kind: str, index: int, by: str = "Escape") -> None:
        """Play until the word is heard, and pause there with a key. On a busy machine the robot may be late; it then
        listens again, which is not counted."""
        self.kind = kind
        start_ms = round(1000 * SECONDS_PER_WORD * index)
        heard = "review.times.start[review.times.heard(review.sound.ms)]"
        while True:
            self.page.evaluate(
                "ms => { const { sound } = review; sound.speed(0.5); sound.seek(ms + 20); sound.play(); }", start_ms
            )
            self.until(f"review.sound.playing && {heard} >= {start_ms}")
            self.page.keyboard.press(by)
            self.until("!review.sound.playing")
            if self.page.evaluate(heard) == start_ms:
                self.efforts[kind] += Effort(keys=by.count("+") + 1)
                return

    def until(self, expression: str) -> None:
        end = time.monotonic() + 30
        while not self.page.evaluate(expression):
            assert time.monotonic() < end, expression
            time.sleep(0.005)


def correct(robot: Robot, one: Mistake, index: int, names: int) -> None:
    """One correction, from the pause to going on; `index` counts the heard words."""
    if one.kind == "name" and names >= 2:
        return  # was offered, and taken with one key
    is_wrong = one.kind in {"word", "name"}
    after = 6 if one.kind == "missing" else 0  # who misses words has heard them
    robot.hear(one.kind, index + after, "Alt+r" if is_wrong else "Escape")
    robot.efforts[one.kind] += Effort(thoughts=1)
    if is_wrong:
        robot.type(one.right)
        if one.kind == "name" and names == 1:
            robot.until("!document.querySelector('#offer').hidden")
            robot.press("Alt+Enter")
    elif one.kind == "speaker":
        robot.press("Control+.")
        robot.press(str(1 + one.turn % 2))
    elif one.kind == "border":
        robot.press("Alt+Shift+ArrowDown")
    else:
        robot.type(one.right + " ")
    robot.press("Escape")
    robot.page.evaluate("review.sound.pause()")


def main() -> None:
    chance = random.Random(18)
    turns = truth(chance)
    found = mistakes(turns, chance)
    right = text_of(turns, [LABELS[turn % 2] for turn in range(TURNS)])
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        paths = make_show(Path(folder), text=with_mistakes(turns, found), recognition=recognised(spoken(right)))
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
        )
        with serving(ReviewSession(paths.root, "7", now=lambda: MOMENT), port=0) as running:
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.goto(running.address)
            robot = Robot(page)
            robot.until("window.review && review.sound.ready")
            names = 0
            for one in found:
                correct(robot, one, one.turn * WORDS_A_TURN + one.word, names)
                names += one.kind == "name"
            robot.until("!review.saving.dirty && !review.saving.flying")
            saved = paths.transcript.read_text(encoding="utf-8")
        browser.close()
    if saved != right:
        different = difflib.unified_diff(right.splitlines(), saved.splitlines(), "truth", "saved", lineterm="", n=1)
        sys.exit("\n".join(["the corrected file is not the truth", *different]))
    report(found, robot)


def report(found: list[Mistake], robot: Robot) -> None:
    ours = sum(robot.efforts.values(), Effort())
    print("the corrected file is the truth")
    print(f"{'':14}{'keys':>6} {'points':>6} {'seconds':>8}  (keystroke-level model)")
    print(f"{'this page':14}{ours.keys:6} {ours.points:6} {ours.seconds:8.1f}")
    totals = []
    for peer in PEERS:
        total = Effort()
        for one in found:
            typed = len(one.right) + sum(letter.isupper() for letter in one.right)
            if one.kind == "word":
                total += peer.word(typed)
            elif one.kind == "speaker":
                total += peer.speaker(len(LABELS[one.turn % 2]) + 2)
            elif one.kind == "border":
                total += peer.border()
            elif one.kind == "missing":
                total += peer.missing(typed + 1)
        total += peer.repeated(10, len(MISHEARD) + 1, len(NAME) + 1)
        totals.append(total)
        print(f"{peer.name:14}{total.keys:6} {total.points:6} {total.seconds:8.1f}")
    best = min(total.seconds for total in totals)
    print(f"this page / best of them: {ours.seconds / best:.2f}")
    thoughts = min(total.seconds - 1.35 * total.thoughts for total in totals)
    print(f"without the moments of thought (M): {(ours.seconds - 1.35 * ours.thoughts) / thoughts:.2f}")
    for kind, effort in sorted(robot.efforts.items()):
        count = sum(one.kind == kind for one in found)
        print(f"  {kind}: {effort.keys / count:.1f} keys each, {effort.keys} in all")


if __name__ == "__main__":
    main()
