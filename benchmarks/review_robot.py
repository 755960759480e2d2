"""How much work a correction is: a robot corrects twenty minutes in the real page, by real keys, and counts them.

    python benchmarks/review_robot.py

The text has 120 mistakes: 80 wrong words, 15 turns of the wrong person, 10 words on the wrong side of a border, a
name that is wrong ten times, and 5 missing passages. The words are those of the German guide as they come. A wrong
word sounds alike, has another ending, or is a compound in two words; what was heard (words.json) has the same
mistakes as the text, and for a missing passage nothing. The show has one earlier transcript (the rest of the guides);
`--first` leaves it out.

For each mistake, the sound is where it is heard, and the robot does what costs the fewest keys: it looks at the
proposal after every letter. Plain listening, which is the same everywhere, is not counted. In the end the file must
be the truth. The same mistakes are counted for two other editors (`review_peers.py`), each word in the way that costs
them least. Every key of a chord and every Shift counts as a key; a second figure counts a chord as one. Needs Chromium.
"""

from __future__ import annotations

import dataclasses
import difflib
import random
import re
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "review"))

from desk import MOMENT, PROJECT, SECONDS_PER_WORD, make_show, recognised
from playwright.sync_api import Page, sync_playwright

from benchmarks.review_peers import PEERS, Effort, Peer
from pipeline.review.server import serving
from pipeline.review.session import ReviewSession
from pipeline.values.speech import Recognition, Segment, Word

CHROMIUM = "/usr/bin/chromium"
LABELS = ("Tom Takt:", "Sina Silbe [Wortlabor]:")
TURNS, WORDS_A_TURN = 100, 28  # twenty minutes at 140 words a minute
GUIDES = ("docs/redaktion.md", "docs/server.md", "README.md")
SPOKEN = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*[.,;:?!]?")
ALIKE = (
    ("d", "t"),
    ("b", "p"),
    ("g", "k"),
    ("f", "w"),
    ("m", "n"),
    ("ie", "i"),
    ("ei", "ai"),
    ("ss", "s"),
    ("ll", "l"),
)
ENDINGS = (("en", "e"), ("er", "e"), ("em", "en"), ("es", "e"), ("e", "en"), ("t", ""), ("n", ""), ("s", ""))
SECOND_PART_S = 0.2  # the second part of a compound that was heard as two words
PROPOSAL = "[...document.querySelectorAll('#proposal:not([hidden]) span')].map(one => one.textContent.trim()).join('')"
NAME, MISHEARD = "Kuratorium", "Kuratrium"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """`turn` and `word` say where it is in the truth; `wrong` and `right` are texts."""

    kind: str
    turn: int
    word: int
    wrong: str = ""
    right: str = ""


def guide_words() -> list[str]:
    """The running words of the German guides, without code, tables and headings."""
    words: list[str] = []
    for name in GUIDES:
        text = (PROJECT / name).read_text(encoding="utf-8")
        text = re.sub(r"```.*?```", " ", text, flags=re.DOTALL)
        text = re.sub(r"^(#|\|).*$", " ", text, flags=re.MULTILINE)
        text = re.sub(r"`[^`]*`|\]\([^)]*\)|[*„“\[\]()]", " ", text)
        words += [token for token in text.split() if SPOKEN.fullmatch(token)]
    return words


def truth(words: list[str]) -> list[list[str]]:
    """Turns of words; two people take turns."""
    turns = [words[start : start + WORDS_A_TURN] for start in range(0, TURNS * WORDS_A_TURN, WORDS_A_TURN)]
    assert all(len(turn) == WORDS_A_TURN for turn in turns)
    for turn in turns:
        turn[-1] = turn[-1].rstrip(".,;:?!") + "."
    for turn in range(0, TURNS, TURNS // 10):
        turns[turn][14] = NAME
    return turns


def misheard(word: str, chance: random.Random) -> str:
    """A word that sounds alike, ends otherwise, or (long ones) stands in two parts."""
    ways = []
    if len(word) >= 12 and "-" not in word:
        at = len(word) // 2
        second = word[at:].capitalize() if word[0].isupper() else word[at:]
        ways.append(f"{word[:at]} {second}")
    ways += [word[: -len(old)] + new for old, new in ENDINGS if word.endswith(old)]
    for pair in ALIKE:
        for old, new in (pair, pair[::-1]):
            at = word.find(old, 1)
            if at > 0:
                ways.append(word[:at] + new + word[at + len(old) :])
    return chance.choice(ways or [word + "e"])


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
    places = [(turn, word) for turn in free if turn not in passages for word in _wordy(turns[turn])]
    for turn, word in places[:left]:
        right = turns[turn][word]
        found.append(Mistake(kind="word", turn=turn, word=word, wrong=misheard(right, chance), right=right))
    assert len(found) == 120
    return sorted(found, key=lambda one: (one.turn, one.word))


def _wordy(turn: list[str]) -> list[int]:
    """Two places of words of four letters or more, without a mark, that may be misheard."""
    found = []
    for places in (range(4, 12), range(17, 25)):
        found += [at for at in places if len(turn[at]) >= 4 and turn[at].isalpha()][:1]
    return found


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


def heard_words(turns: list[list[str]], found: list[Mistake]) -> Recognition:
    """What was heard: the mistakes too, at the times at which the right words are spoken."""
    wrong = {(one.turn, one.word): one.wrong for one in found if one.kind in {"word", "name"}}
    missed = {(one.turn, one.word + more) for one in found if one.kind == "missing" for more in range(6)}
    words = []
    for turn, spoken_words in enumerate(turns):
        for place, word in enumerate(spoken_words):
            if (turn, place) in missed:
                continue
            start_s = (turn * WORDS_A_TURN + place) * SECONDS_PER_WORD
            for part, text in enumerate(wrong.get((turn, place), word).split()):
                begin_s = start_s + part * SECOND_PART_S
                words.append(Word(text=text, start_s=begin_s, end_s=begin_s + 0.19, probability=0.95))
    base = recognised(["x"])
    segment = Segment(start_s=0.0, end_s=words[-1].end_s, times="word", words=tuple(words))
    return dataclasses.replace(base, segments=(segment,))


class Robot:
    """Presses keys in the page and counts them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.efforts: defaultdict[str, Effort] = defaultdict(Effort)
        self.kind = ""
        self.modifiers = 0  # keys that are held down with another one

    def press(self, combination: str) -> None:
        self.page.keyboard.press(combination)
        self.efforts[self.kind] += Effort(keys=combination.count("+") + 1)
        self.modifiers += combination.count("+")

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)
        capitals = sum(letter.isupper() for letter in text)
        self.efforts[self.kind] += Effort(keys=len(text) + capitals)
        self.modifiers += capitals

    def hear(self, kind: str, at_s: float, by: str = "Escape") -> None:
        """Play until the word is heard, and press `by` there, "" for nothing. On a busy machine the robot may be late;
        it then listens again, which is not counted."""
        self.kind = kind
        start_ms = round(1000 * at_s)
        heard = "review.times.start[review.times.heard(review.sound.ms)]"
        while True:
            self.page.evaluate(
                "ms => { const { sound } = review; sound.speed(0.5); sound.seek(ms + 20); sound.play(); }", start_ms
            )
            self.until(f"review.sound.playing && {heard} >= {start_ms}")
            if not by:
                if self.page.evaluate(heard) == start_ms:
                    return
                continue
            self.page.keyboard.press(by)
            self.until("!review.sound.playing")
            if self.page.evaluate(heard) == start_ms:
                self.efforts[kind] += Effort(keys=by.count("+") + 1)
                self.modifiers += by.count("+")
                return

    def proposal(self) -> str:
        return str(self.page.evaluate(PROPOSAL))

    def write(self, word: str, take: str) -> bool:
        """Type a word until it is proposed, and take it by a key; whether it was proposed."""
        for done in range(len(word) + 1):
            if done < len(word) and self.proposal() == word:
                self.press(take)
                return True
            if done < len(word):
                self.type(word[done])
        return False

    def until(self, expression: str) -> None:
        end = time.monotonic() + 30
        while not self.page.evaluate(expression):
            assert time.monotonic() < end, expression
            time.sleep(0.005)


def correct(robot: Robot, one: Mistake, index: int, names: int) -> None:
    """One correction, from the pause to going on; `index` counts the heard words."""
    if one.kind == "name" and names >= 1:
        return  # was offered, and taken with one key
    at_s = index * SECONDS_PER_WORD
    if one.kind == "missing":
        robot.hear(one.kind, at_s + 6 * SECONDS_PER_WORD)  # who misses words has heard them
        robot.press("Space")
        robot.press("ArrowLeft")
        for place, word in enumerate(one.right.split()):
            if place:
                robot.press("Space")
            bare = word.rstrip(".,;:?!")
            robot.write(bare, "ArrowRight")
            if word != bare:
                robot.type(word[-1])
        robot.press("Escape")
    elif " " in one.wrong:
        robot.hear(one.kind, at_s + SECOND_PART_S, "")
        robot.press("Alt+j")
    elif one.kind in {"word", "name"}:
        robot.hear(one.kind, at_s, "Insert")
        mend(robot, one)
        if one.kind == "name":
            robot.until("!document.querySelector('#offer').hidden")
            robot.press("Alt+Enter")
            robot.efforts[one.kind] += Effort(thoughts=1)
    else:
        robot.hear(one.kind, at_s, "")
        if one.kind == "speaker":
            robot.press("Control+.")
            robot.press(str(1 + one.turn % 2))
        else:
            robot.press("Alt+Shift+ArrowDown")
    robot.efforts[one.kind] += Effort(thoughts=1)
    robot.page.evaluate("review.sound.pause()")


def mend(robot: Robot, one: Mistake) -> None:
    """The marked word: take the proposal, or mend its end or its start, or type it until it is proposed."""
    deleted, inserted, start = edit(one)
    end_first = len(one.wrong) - start == deleted and inserted + deleted < start + 1
    if robot.proposal() == one.right:
        robot.press("Enter")
    elif end_first:
        robot.press("ArrowRight")
        for _ in range(deleted):
            robot.press("Backspace")
        robot.type(one.right[start:])
        robot.press("Escape")
    elif not robot.write(one.right, "Enter"):
        robot.press("Escape")


def _common(texts: list[str]) -> str:
    """The letters with which both texts begin."""
    one, other = texts
    length = next((at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), None)
    return one[:length] if length is not None else min(one, other, key=len)


def edit(one: Mistake) -> tuple[int, int, int]:
    """How many letters go, how many keys the new ones take, and where, to turn the wrong text into the right one."""
    start = len(_common([one.wrong, one.right]))
    end = len(_common([one.wrong[start:][::-1], one.right[start:][::-1]]))
    new = one.right[start : len(one.right) - end]
    return len(one.wrong) - start - end, len(new) + sum(letter.isupper() for letter in new), start


def main() -> None:
    chance = random.Random(18)
    words = guide_words()
    turns = truth(words)
    found = mistakes(turns, chance)
    right = text_of(turns, [LABELS[turn % 2] for turn in range(TURNS)])
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        paths = make_show(Path(folder), text=with_mistakes(turns, found), recognition=heard_words(turns, found))
        if "--first" not in sys.argv:
            earlier = " ".join(words[TURNS * WORDS_A_TURN :])
            (paths.transcript.parent / "006-davor.txt").write_text(f"Tom Takt:\n{earlier}\n", encoding="utf-8")
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
        )
        with serving(ReviewSession(paths.root, "7", now=lambda: MOMENT), port=0) as running:
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.goto(running.address)
            robot = Robot(page)
            robot.until("window.review && review.sound.ready")
            names = 0
            for place, one in enumerate(found):
                correct(robot, one, one.turn * WORDS_A_TURN + one.word, names)
                names += one.kind == "name"
                open_ones = [later for later in found[place + 1 :] if later.kind != "name" or not names]
                compare(page.evaluate("review.view.state.doc.toString()"), with_mistakes(turns, open_ones), repr(one))
            robot.until("!review.saving.dirty && !review.saving.flying")
            saved = paths.transcript.read_text(encoding="utf-8")
        browser.close()
    compare(saved, right, "the corrected file")
    report(found, robot)


def compare(text: str, expected: str, what: str) -> None:
    """End with the difference if there is one."""
    if text != expected:
        different = difflib.unified_diff(expected.splitlines(), text.splitlines(), "truth", "text", lineterm="", n=1)
        sys.exit("\n".join([f"not the truth: {what}", *different]))


def peer_effort(peer: Peer, found: list[Mistake], *, shift: int) -> Effort:
    """What the corrections cost in another editor; `shift` is what a capital costs besides its letter."""
    total = Effort()
    for one in found:
        typed = len(one.right) + shift * sum(letter.isupper() for letter in one.right)
        if one.kind == "word":
            deleted, inserted, start = edit(one)
            new = one.right[start : start + len(one.right) - len(one.wrong) + deleted]
            total += peer.word(typed, deleted + inserted - (1 - shift) * sum(letter.isupper() for letter in new))
        elif one.kind == "speaker":
            total += peer.speaker(len(LABELS[one.turn % 2]) + 2 * shift)
        elif one.kind == "border":
            total += peer.border()
        elif one.kind == "missing":
            total += peer.missing(typed + 1)
    return total + peer.repeated(10, len(MISHEARD) + shift, len(NAME) + shift, 1)


def report(found: list[Mistake], robot: Robot) -> None:
    ours = sum(robot.efforts.values(), Effort())
    print("the corrected file is the truth")
    print(f"{'':14}{'keys':>6} {'points':>6} {'seconds':>8}  (keystroke-level model)")
    print(f"{'this page':14}{ours.keys:6} {ours.points:6} {ours.seconds:8.1f}")
    totals = {peer.name: peer_effort(peer, found, shift=1) for peer in PEERS}
    for name, total in totals.items():
        print(f"{name:14}{total.keys:6} {total.points:6} {total.seconds:8.1f}")
    best = min(total.seconds for total in totals.values())
    print(f"this page / best of them: {ours.seconds / best:.3f} (every key of a chord counts, and every Shift)")
    chords = [peer_effort(dataclasses.replace(peer, pause=1, chord=1), found, shift=0) for peer in PEERS]
    ours_by_chords = dataclasses.replace(ours, keys=ours.keys - robot.modifiers)
    share = ours_by_chords.seconds / min(total.seconds for total in chords)
    print(f"the same if a chord is one key: {share:.3f} ({ours_by_chords.keys} keys; {[one.keys for one in chords]})")
    thoughts = min(total.seconds - 1.35 * total.thoughts for total in totals.values())
    print(f"without the moments of thought (M): {(ours.seconds - 1.35 * ours.thoughts) / thoughts:.3f}")
    for kind, effort in sorted(robot.efforts.items()):
        count = sum(one.kind == kind for one in found)
        print(f"  {kind}: {effort.keys / count:.1f} keys each, {effort.keys} in all")


if __name__ == "__main__":
    main()
