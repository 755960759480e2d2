"""A separate show with one short episode, and the real command run on it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import av
import numpy as np

PROJECT = Path(__file__).parents[2]
FOLDER = "001-probe"

EPISODE = """\
number = 1
slug = "probe"
title = "Eine „kurze“ Probe & mehr"
summary = "Zwei synthetische Stimmen sagen guten Tag."
guid = "0b8e2b0c-7d0b-4a7e-9d62-000000000001"
published = 2026-01-15T06:00:00+01:00
recording = "raw.wav"

[[speakers]]
name = "Tom Takt"
organisation = "Testwerk"
role = "host"

[[speakers]]
name = "Sina Silbe"
organisation = "Wortlabor"

[[chapters]]
start = "00:00:00"
title = "Anfang"

[[chapters]]
start = "00:00:05"
title = "Mitte"

[speech]
model = "demo"
"""


def podcast(root: Path, *arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    """Run the real command in its own process, on the day 2026-03-01 unless `arguments` name another."""
    day = () if "--today" in arguments else ("--today", "2026-03-01T12:00:00+01:00")
    command = [sys.executable, "-m", "pipeline", "--root", str(root), *day, *arguments]
    options = {"cwd": PROJECT, **options}
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, **options)


def nowhere(cache: Path) -> dict[str, str]:
    """An environment with its own cache, in which pip and the network reach nothing."""
    without_pip = {key: value for key, value in os.environ.items() if not key.startswith("PIP_")}
    proxies = dict.fromkeys(("https_proxy", "HTTPS_PROXY"), "http://127.0.0.1:9")
    return {**without_pip, **proxies, "XDG_CACHE_HOME": str(cache), "PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1"}


def make_show(root: Path, *, placeholders: bool = True) -> Path:
    """Make a show with the project's own show.toml and cover and one episode; return the episode's folder."""
    home = root / "episodes" / FOLDER
    home.mkdir(parents=True)
    (root / "transcripts").mkdir()
    show = (PROJECT / "episodes/show.toml").read_text(encoding="utf-8")
    if not placeholders:
        show = show.replace(".invalid", ".example")
    (root / "episodes/show.toml").write_text(show, encoding="utf-8")
    shutil.copy(PROJECT / "episodes/cover.jpg", root / "episodes/cover.jpg")
    (home / "episode.toml").write_text(EPISODE, encoding="utf-8")
    (home / "shownotes.md").write_text("Für alle Hörer*innen und Gäste*innen.\n\n- eins\n- zwei\n", encoding="utf-8")
    write_wav(home / "raw.wav", two_turns())
    return home


def two_turns() -> np.ndarray:
    """The second and third turn of the example: two speakers, about twenty seconds."""
    return example_turns(1, 2)


def example_turns(first: int, last: int) -> np.ndarray:
    """The example's recording from one turn to another, 16-bit at 22.05 kHz."""
    turns = json.loads((PROJECT / "tests/demo/example_truth.json").read_text(encoding="utf-8"))["turns"]
    with av.open(str(PROJECT / "episodes/000-beispiel/raw.flac")) as container:
        frames = [frame.to_ndarray().reshape(-1) for frame in container.decode(audio=0)]
    samples = np.concatenate(frames)
    return samples[int((turns[first]["start_s"] - 0.5) * 22050) : int((turns[last]["end_s"] + 0.5) * 22050)]


def write_wav(path: Path, samples: np.ndarray, sample_rate_hz: int = 22050) -> None:
    import wave

    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sample_rate_hz)
        file.writeframes(samples.astype("<i2").tobytes())


def snapshot(root: Path) -> dict[str, str]:
    """Every file with its hash, except locks."""
    files = (path for path in root.rglob("*") if path.is_file() and path.name.rpartition(".")[2] != "lock")
    return {path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
