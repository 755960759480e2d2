"""How exactly and how fast the review page plays from a word, in Chromium and Firefox, for each kind of sound.

    python benchmarks/review_sound.py [--minutes 60] [--seeks 100]

The sound is made for it: its pitch tells the time. *seek*: from the press of Strg+Eingabe at a word somewhere in the
text until the browser's `seeked`. *error*: what is heard then, read from the pitch of what the element plays, against
the time that the page believes; positive is late. The bars: seek p95 below 100 ms, error within 0.15 s.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "review"))

from browsers import BOTH, launched
from desk import MOMENT, SECONDS_PER_WORD, make_show, recognised, spoken

from pipeline.audio.ffmpeg import encode_stream
from pipeline.review.server import serving
from pipeline.review.session import ReviewSession

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from pipeline.paths import EpisodePaths

RATE_HZ = 44_100
SILENCE_DB = -200  # of a spectrum: Firefox runs no Web Audio on a machine without a sound device
KINDS = {
    "FLAC": ("normalised.flac", ("-c:a", "flac")),
    "MP3 128 kbit/s": ("encoded.mp3", ("-c:a", "libmp3lame", "-b:a", "128k", "-f", "mp3")),
    "M4A made of a VBR MP3": ("encoded.mp3", ("-c:a", "libmp3lame", "-q:a", "4", "-f", "mp3")),
}
# Two tones: the lower one sweeps 2 kHz in ten seconds, the upper one counts these tens of seconds.
SWEEP_S, LOW_HZ, SWEEP_HZ_PER_S = 10.0, 500.0, 200.0
COUNT_HZ, COUNT_STEP_HZ = 4_000.0, 24.0
WATCH = """() => {
  const { element } = review.sound;
  window.measured = {};
  const context = new AudioContext();
  const meter = context.createAnalyser();
  meter.fftSize = 8192;
  meter.smoothingTimeConstant = 0;
  const source = context.createMediaElementSource(element);
  source.connect(meter);
  meter.connect(context.destination);
  element.addEventListener("seeked", () => { measured.seeked ??= performance.now(); });
  addEventListener("keydown", (event) => {
    if (event.key === "Enter") { measured.pressed = performance.now(); delete measured.seeked; }
  }, { capture: true });
  window.meter = () => {
    const levels = new Float32Array(meter.frequencyBinCount);
    meter.getFloatFrequencyData(levels);
    const finite = Array.from(levels, (level) => Math.max(level, -999));
    return { ms: review.sound.ms, rate: context.sampleRate, levels: finite };
  };
}"""


def tones(minutes: float) -> Iterator[np.ndarray]:
    """Blocks of ten seconds: samples × 1, float32."""
    times = np.arange(int(SWEEP_S * RATE_HZ)) / RATE_HZ
    low = np.sin(2 * np.pi * (LOW_HZ * times + SWEEP_HZ_PER_S * times**2 / 2))
    for number in range(int(minutes * 60 / SWEEP_S)):
        high = np.sin(2 * np.pi * (COUNT_HZ + COUNT_STEP_HZ * number) * times)
        yield (0.3 * low + 0.3 * high)[:, None].astype(np.float32)


def heard_s(levels: np.ndarray, rate_hz: float) -> float:
    """The time in seconds that the pitches of a spectrum tell, at the middle of what was analysed."""
    pitches = np.arange(len(levels)) * rate_hz / (2 * len(levels))
    power = 10 ** (levels / 10)

    def peak(least_hz: float, most_hz: float, spread_hz: float) -> float:
        inside = (pitches >= least_hz) & (pitches < most_hz)
        top = pitches[inside][np.argmax(power[inside])]
        near = inside & (np.abs(pitches - top) <= spread_hz)
        return float(np.sum(pitches[near] * power[near]) / np.sum(power[near]))

    low = peak(LOW_HZ - 20, LOW_HZ + SWEEP_S * SWEEP_HZ_PER_S + 20, 60)
    high = peak(COUNT_HZ - 20, 20_000, 16)
    return round((high - COUNT_HZ) / COUNT_STEP_HZ) * SWEEP_S + (low - LOW_HZ) / SWEEP_HZ_PER_S


def measure(page: Page, words: int, seeks: int, chance: random.Random) -> tuple[list[float], list[float]]:
    """Milliseconds of each seek, and seconds by which the sound was late."""
    until(page, "window.review && review.sound.ready && review.sound.element.readyState >= 2")
    page.evaluate(WATCH)
    seek_ms, late_s = [], []
    while len(seek_ms) < seeks:
        number = chance.randrange(20, words - 20)
        if (number * SECONDS_PER_WORD) % SWEEP_S > SWEEP_S - 2:
            continue  # the sweep would begin anew while it is read
        page.evaluate(
            """number => {
                const at = review.view.state.doc.toString().indexOf(`w${number}.`);
                review.view.dispatch({ selection: { anchor: at } });
                review.view.focus();
            }""",
            number,
        )
        page.keyboard.press("Control+Enter")
        until(page, "'seeked' in measured && review.sound.playing")
        seek_ms.append(page.evaluate("measured.seeked - measured.pressed"))
        page.wait_for_timeout(500)
        read = page.evaluate("meter()")
        if max(read["levels"]) < SILENCE_DB:
            page.evaluate("review.sound.pause()")
            continue
        levels = np.array(read["levels"], dtype=np.float64)
        window_s = 2 * len(levels) / read["rate"]
        late_s.append(read["ms"] / 1000 - heard_s(levels, read["rate"]) - window_s / 2)
        page.evaluate("review.sound.pause()")
    return seek_ms, late_s


def until(page: Page, expression: str) -> None:
    end = time.monotonic() + 120
    while not page.evaluate(expression):
        assert time.monotonic() < end, expression
        time.sleep(0.01)


def episode(root: Path, minutes: float, name: str, options: tuple[str, ...]) -> EpisodePaths:
    words = int(minutes * 60 / SECONDS_PER_WORD)
    numbered = [f"w{number}." for number in range(words)]
    turns = (numbered[start : start + 40] for start in range(0, words, 40))
    text = "".join(
        f"{('Tom Takt:', 'Sina Silbe [Wortlabor]:')[n % 2]}\n{' '.join(turn)}\n\n" for n, turn in enumerate(turns)
    )
    paths = make_show(root, text=text, recognition=recognised(spoken(text)), sound=False)
    encode_stream(tones(minutes), paths.work / name, sample_rate_hz=RATE_HZ, channels=1, options=options)
    return paths


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seeks", type=int, default=100)
    options = parser.parse_args()
    print(f"{options.minutes:.0f} minutes, {options.seeks} seeks; milliseconds and seconds")
    print(f"{'':32} {'seek p50':>9} {'p95':>6}   {'late: least':>11} {'median':>7} {'most':>7}")
    for kind, (name, encoding) in KINDS.items():
        for browser_name in BOTH:
            with tempfile.TemporaryDirectory() as folder:
                paths = episode(Path(folder), options.minutes, name, encoding)
                with (
                    launched(browser_name) as browser,
                    serving(ReviewSession(paths.root, "7", now=lambda: MOMENT), port=0) as server,
                ):
                    page = browser.new_page(viewport={"width": 1280, "height": 800})
                    page.goto(server.address)
                    words = int(options.minutes * 60 / SECONDS_PER_WORD)
                    seek_ms, late_s = measure(page, words, options.seeks, random.Random(18))
            p95 = statistics.quantiles(seek_ms, n=20)[-1]
            late = (
                f"{min(late_s):11.3f} {statistics.median(late_s):7.3f} {max(late_s):7.3f}"
                if late_s
                else "no sound here"
            )
            print(f"{kind + ', ' + browser_name:32} {statistics.median(seek_ms):9.0f} {p95:6.0f}   {late}")


if __name__ == "__main__":
    main()
