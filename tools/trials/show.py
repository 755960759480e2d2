"""A small show for trials: a published episode, a finished one that is still to come, and a folder to publish to."""

from __future__ import annotations

import hashlib
import re
import shutil
import wave
from pathlib import Path

from tools.trials.command import podcast

PROJECT = Path(__file__).parents[2]
RELEASED, COMING = "001-probe", "002-zweite"

_EPISODE = """\
number = {number}
slug = "{slug}"
title = "Eine {slug} Folge"
summary = "Zwei synthetische Stimmen sagen guten Tag."
guid = "0b8e2b0c-7d0b-4a7e-9d62-00000000000{number}"
published = 2026-0{month}-15T06:00:00+01:00
recording = "raw.wav"

[[speakers]]
name = "Tom Takt"
role = "host"

[[speakers]]
name = "Sina Silbe"

[[chapters]]
start = "00:00:00"
title = "Anfang"

[speech]
model = "demo"
"""
_SPEAKERS = '[[speakers]]\nname = "Tom Takt"\nurl = "https://example.org/tom"\n'
_PEOPLES = re.compile(
    r"episodes/[^/]+\.(toml|json|jpg)|transcripts/.*|"
    r"episodes/[^/]+/(episode\.toml|shownotes\.md|release\.json|words\.json|[^/]*\.anderswo)"
)
_SAMPLE_RATE_HZ = 22050


def make(home: Path) -> Path:
    """Make the show in `home`/show with the real command, about ten seconds of sound each; returns its folder."""
    root = home / "show"
    (root / "transcripts").mkdir(parents=True)
    for number, folder, start_s, length_s in ((1, RELEASED, 3.0, 14.0), (2, COMING, 17.0, 8.0)):
        episode = root / "episodes" / folder
        episode.mkdir(parents=True)
        text = _EPISODE.format(number=number, slug=folder[4:], month=1)
        (episode / "episode.toml").write_text(text, encoding="utf-8")
        (episode / "shownotes.md").write_text("Für alle Hörer*innen.\n\n- eins\n- zwei\n", encoding="utf-8")
        _cut(episode / "raw.wav", start_s, length_s)
    text = (PROJECT / "episodes/show.toml").read_text(encoding="utf-8").replace(".invalid", ".example")
    (root / "episodes/show.toml").write_text(text, encoding="utf-8")
    shutil.copy(PROJECT / "episodes/cover.jpg", root / "episodes/cover.jpg")
    for folder in (RELEASED, COMING):
        _run(root, "episode", folder)
    return prepare(root)


def prepare(root: Path) -> Path:
    """Publish the first of two finished episodes to `target` beside the show, and leave the second for later."""
    toml = root / "episodes" / COMING / "episode.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("2026-01-15", "2026-05-15"), encoding="utf-8")
    with (root / "episodes/show.toml").open("a", encoding="utf-8") as file:
        file.write('\n[publish]\ntarget = "../target"\n')
    shutil.copy(PROJECT / "episodes/glossary.toml", root / "episodes/glossary.toml")
    (root / "episodes/speakers.toml").write_text(_SPEAKERS, encoding="utf-8")
    _run(root, "episode", COMING)
    _run(root, "release", RELEASED, "--yes")
    _run(root, "publish", "--yes")
    return root


def copy(base: Path, home: Path) -> Path:
    """A copy of the show `base` and of the folder it is published to, in the empty or missing folder `home`."""
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(base.parent, home, symlinks=True)
    return home / base.name


def every_hash(root: Path) -> dict[str, str]:
    """The hash of every file of the show and of its target, by its path from the folder above the show."""
    home = root.parent
    return {path.relative_to(home).as_posix(): _sha256(path) for path in home.rglob("*") if path.is_file()}


def hashes_of_people(root: Path) -> dict[str, str]:
    """The hashes of all that people wrote, of what was promised, and of what took hours, by its path in the show."""
    return {
        name.partition("/")[2]: sha
        for name, sha in every_hash(root).items()
        if _PEOPLES.fullmatch(name.partition("/")[2])
    }


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _run(root: Path, *arguments: str) -> None:
    ended = podcast(root, *arguments)
    if ended.code:
        raise RuntimeError(ended.said)


def _cut(path: Path, start_s: float, length_s: float) -> None:
    """Write a part of the example's recording as a WAV file."""
    import av

    with av.open(str(PROJECT / "episodes/000-beispiel/raw.flac")) as container:
        frames = [frame.to_ndarray().astype("<i2").tobytes() for frame in container.decode(audio=0)]
    whole = b"".join(frames)
    first, last = (2 * int(moment_s * _SAMPLE_RATE_HZ) for moment_s in (start_s, start_s + length_s))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_SAMPLE_RATE_HZ)
        file.writeframes(whole[first:last])
