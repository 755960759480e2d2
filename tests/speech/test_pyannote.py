"""pyannote from a local folder, with random weights: tests of the data flow, not of how well voices are told apart."""

from __future__ import annotations

import shutil
import socket
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from speech_samples import RATE_HZ, silence, write_wav

from pipeline.build.settings import canonical
from pipeline.errors import ModelError
from pipeline.show.config import load_episode, load_show
from pipeline.speech import pyannote_turns as room
from pipeline.speech.pyannote_turns import SETTING, check_folder, pipeline_files
from pipeline.speech.speakers import find_speakers
from pipeline.steps.plan import episode_steps
from pipeline.values.audio import Source, Timeline
from pipeline.values.progress import Notice, Progress, no_listener
from pipeline.values.speech import SpeakerMap

if TYPE_CHECKING:
    from collections.abc import Callable

    from speech_samples import Samples

INSTALLED = room._is_installed()
needs_pyannote = pytest.mark.skipif(not INSTALLED, reason="pyannote is not installed (make setup-pyannote)")


@pytest.fixture(scope="session")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from pyannote_pipeline import build

    return build(tmp_path_factory.mktemp("models") / "pyannote")


@pytest.fixture
def copy(pipeline: Path, tmp_path: Path) -> Path:
    return shutil.copytree(pipeline, tmp_path / "pyannote")


def buzz(hertz: int, seconds: float, peak: float = 0.3) -> Samples:
    times = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    return (peak * np.sign(np.sin(2 * np.pi * hertz * times))).astype(np.float32)


def talk() -> Samples:
    """Two pitches, heard from 1 to 4, 5 to 9 and 10 to 12 seconds; 13 in all."""
    parts = (silence(1), buzz(200, 3), silence(1), buzz(1500, 4), silence(1), buzz(200, 2), silence(1))
    return np.concatenate(parts)


def split(
    folder: Path, samples: Samples, pyannote: Path, count: int = 2, listener: Callable[..., None] = no_listener
) -> SpeakerMap:
    source = Source(
        file=write_wav(folder / "raw.wav", samples).name,
        sha256="",
        duration_s=len(samples) / RATE_HZ,
        sample_rate_hz=RATE_HZ,
        channels=1,
        offset_s=0.0,
        speaker=None,
    )
    timeline = Timeline(sources=(source,), duration_s=source.duration_s)
    return find_speakers(timeline, folder, count, pyannote=pyannote, listener=listener)


# --- data passes through --------------------------------------------------------------------------------------------


@needs_pyannote
def test_samples_go_in_and_turns_at_the_right_times_come_out(pipeline: Path, tmp_path: Path) -> None:
    events: list[Notice | Progress] = []
    found = split(tmp_path, talk(), pipeline, listener=events.append)
    assert (found.method, found.count) == ("pyannote", 2)
    assert list(dict.fromkeys(span.speaker for span in found.spans)) == [0, 1]
    heard = np.zeros(1300, dtype=int)
    for span in found.spans:
        heard[round(span.start_s * 100) : round(span.end_s * 100)] += 1
    assert heard.max() == 1
    truth = np.zeros(1300, dtype=int)
    for start_s, end_s in ((1, 4), (5, 9), (10, 12)):
        truth[start_s * 100 : end_s * 100] = 1
    assert np.mean(heard != truth) <= 0.03
    done = [one.done_s for one in events if isinstance(one, Progress)]
    assert done == sorted(done)
    assert done[-1] == pytest.approx(13.0)


@needs_pyannote
@pytest.mark.parametrize("count", [2, 3])
def test_the_given_number_of_speakers_is_used(pipeline: Path, tmp_path: Path, count: int) -> None:
    found = split(tmp_path, talk(), pipeline, count)
    assert {span.speaker for span in found.spans} == set(range(count))
    assert found.notices == ()


@needs_pyannote
def test_the_same_recording_gives_the_same_spans(pipeline: Path, tmp_path: Path) -> None:
    assert split(tmp_path, talk(), pipeline) == split(tmp_path, talk(), pipeline)


@needs_pyannote
def test_confidence_falls_where_two_speak_at_once(pipeline: Path, tmp_path: Path) -> None:
    samples = np.concatenate([silence(1), buzz(200, 4), silence(2), buzz(1500, 4, peak=0.95), silence(1)])
    found = split(tmp_path, samples, pipeline)
    alone = [span.confidence for span in found.spans if span.end_s <= 5.5]
    shared = [span.confidence for span in found.spans if span.start_s >= 6.5]
    assert min(alone) >= 0.9
    assert min(shared) <= 0.1


@needs_pyannote
def test_fewer_voices_than_given_are_reported(pipeline: Path, tmp_path: Path) -> None:
    found = split(tmp_path, np.concatenate([silence(0.5), buzz(200, 1), silence(0.5)]), pipeline, 3)
    assert len(found.notices) == 1
    assert "statt 3 Stimmen" in found.notices[0]


@needs_pyannote
def test_silence_has_no_speakers_and_says_so(pipeline: Path, tmp_path: Path) -> None:
    found = split(tmp_path, silence(3), pipeline)
    assert found.spans == ()
    assert "niemand" in found.notices[0]


@needs_pyannote
def test_pyannotes_own_segmentation_runs_with_random_weights(tmp_path: Path) -> None:
    from pyannote.audio.models.segmentation import PyanNet
    from pyannote_pipeline import build

    found = split(tmp_path, talk(), build(tmp_path / "pyannote", PyanNet))
    assert found.method == "pyannote"
    assert all(0 <= span.start_s < span.end_s <= 13.0 for span in found.spans)


# --- nothing leaves the machine -------------------------------------------------------------------------------------


@needs_pyannote
def test_no_socket_is_opened(pipeline: Path, tmp_path: Path) -> None:
    """In its own process, which imports pyannote for the first time, with its telemetry requested."""
    import os
    import subprocess

    write_wav(tmp_path / "raw.wav", talk())
    code = (
        "import sys\n"
        "def hook(event, arguments):\n"
        "    if event in ('socket.connect', 'socket.getaddrinfo', 'socket.sendto'):\n"
        "        print('ASKED', event, arguments[1:], flush=True)\n"
        "sys.addaudithook(hook)\n"
        "from pathlib import Path\n"
        "from pipeline.media.pcm import read_mono_16k\n"
        "from pipeline.speech.pyannote_turns import pyannote_turns\n"
        "samples = read_mono_16k(Path(sys.argv[1]))\n"
        "samples = samples[:, 0] if samples.ndim == 2 else samples\n"
        "print(len(pyannote_turns(samples, Path(sys.argv[2]), 2, listener=lambda event: None)), 'turns')\n"
        "import time; from pyannote.audio.telemetry import metrics; metrics.provider.force_flush(3000)\n"
        "print(metrics.is_metrics_enabled())\n"
    )
    paths = os.pathsep.join(sys.path)
    ended = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "raw.wav"), str(pipeline)],
        env={**os.environ, "PYTHONPATH": paths, "PYANNOTE_METRICS_ENABLED": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert "ASKED" not in ended.stdout
    assert ended.stdout.splitlines()[-1] == "False"
    assert "turns" in ended.stdout


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("somebody asked for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@needs_pyannote
@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    ("line", "other"),
    [
        ("segmentation: $model/segmentation", "segmentation: pyannote/segmentation-3.0"),
        ("embedding: $model/embedding", "embedding: pyannote/wespeaker-voxceleb-resnet34-LM"),
        ("plda: $model/plda", "plda: {checkpoint: pyannote/speaker-diarization-community-1, subfolder: plda}"),
        ("    plda: $model/plda\n", ""),
        ("segmentation: $model/segmentation", "segmentation: $model/segmentation@main"),
        ("segmentation: $model/segmentation", "segmentation: $model/../elsewhere"),
    ],
)
def test_parts_outside_the_folder_are_refused_and_not_fetched(
    copy: Path, tmp_path: Path, line: str, other: str
) -> None:
    config = copy / "config.yaml"
    text = config.read_text(encoding="utf-8")
    assert line in text
    config.write_text(text.replace(line, other), encoding="utf-8")
    with pytest.raises(ModelError, match="liegt nicht ganz in diesem Ordner") as caught:
        split(tmp_path, talk(), copy)
    assert "Hier wird nichts nachgeladen" in caught.value.advice


# --- bad folders ----------------------------------------------------------------------------------------------------


@pytest.mark.skipif(INSTALLED, reason="pyannote is installed")
def test_without_the_package_the_set_up_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="nicht installiert") as caught:
        split(tmp_path, talk(), tmp_path / "pyannote")
    assert "make setup-pyannote" in caught.value.advice
    assert caught.value.where == SETTING


@needs_pyannote
def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"config\.yaml fehlt") as caught:
        check_folder(tmp_path / "models")
    assert caught.value.where == tmp_path / "models"
    assert "Bedingungen" in caught.value.advice


@needs_pyannote
@pytest.mark.parametrize(
    "text",
    ["", "- 1\n", "pipeline: [1\n", "pipeline: {name: os.system, params: {}}\n", "pipeline: {name: 3}\n", "\xff"],
)
def test_a_file_that_describes_no_such_pipeline_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.yaml").write_bytes(text.encode("latin-1"))
    with pytest.raises(ModelError, match="beschreibt keine Pipeline"):
        check_folder(tmp_path)


@needs_pyannote
@pytest.mark.parametrize("file", ["segmentation/pytorch_model.bin", "embedding/pytorch_model.bin", "plda/plda.npz"])
def test_missing_and_damaged_files_are_reported(copy: Path, tmp_path: Path, file: str) -> None:
    (copy / file).write_text("version https://git-lfs.github.com/spec/v1\n", encoding="utf-8")
    with pytest.raises(ModelError, match="beschädigt oder unvollständig") as caught:
        split(tmp_path, talk(), copy)
    assert "git-lfs" in caught.value.advice
    whole = (copy / file).with_suffix(".whole")
    (copy / file).rename(whole)
    with pytest.raises(ModelError, match="fehlt eine Datei"):
        split(tmp_path, talk(), copy)


@needs_pyannote
def test_a_pipeline_for_another_pyannote_is_reported(copy: Path, tmp_path: Path) -> None:
    config = copy / "config.yaml"
    config.write_text(config.read_text(encoding="utf-8").replace("4.0.0", "9.0.0"), encoding="utf-8")
    with pytest.raises(ModelError, match="andere Ausgabe"):
        split(tmp_path, talk(), copy)


@needs_pyannote
def test_too_little_memory_is_reported_before_anything_is_loaded(
    pipeline: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "available_mb", lambda: 500.0)
    with pytest.raises(ModelError, match="reicht der freie Arbeitsspeicher nicht") as caught:
        split(tmp_path, talk(), pipeline)
    assert "0,5 GB" in caught.value.problem


# --- in the plan ----------------------------------------------------------------------------------------------------


def test_hidden_files_are_not_inputs(tmp_path: Path) -> None:
    for name in ("config.yaml", "plda/plda.npz", ".git/lfs/x.bin", "README.md", "segmentation/pytorch_model.bin"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    names = [path.relative_to(tmp_path).as_posix() for path in pipeline_files(tmp_path)]
    assert names == ["config.yaml", "plda/plda.npz", "segmentation/pytorch_model.bin"]
    assert pipeline_files(tmp_path / "none") == (tmp_path / "none" / "config.yaml",)


SHOW = Path(__file__).parents[2] / "episodes/show.toml"
EPISODE = """\
title = "Probe"
summary = "Eine Probe."
slug = "probe"
guid = "1-probe"
number = 1
published = 2026-01-15T06:00:00+01:00
recording = "raw.wav"
[[speakers]]
name = "Klara Klang"
[[speakers]]
name = "Tom Takt"
"""


def test_the_setting_changes_the_step_that_tells_voices_apart_and_no_other(tmp_path: Path) -> None:
    home = tmp_path / "episodes/001-probe"
    home.mkdir(parents=True)
    shutil.copy(SHOW, tmp_path / "episodes/show.toml")

    def steps(text: str) -> dict[str, tuple[object, object]]:
        (home / "episode.toml").write_text(text, encoding="utf-8")
        show = load_show(tmp_path)
        episode = load_episode(tmp_path, "001-probe", show)
        made = episode_steps(tmp_path, show, episode, today=date(2026, 1, 1), model_identity="x", model_file=None)
        return {step.name: (canonical(step.counted), step.inputs) for step in made}

    before, after = steps(EPISODE), steps(EPISODE + '[speech]\npyannote = "models/pyannote"\n')
    assert [name for name in before if before[name] != after[name]] == ["speakers"]
    assert before["speakers"][0] == {"revision": 3, "count": 2}
    assert tmp_path / "models/pyannote/config.yaml" in after["speakers"][1]  # type: ignore[operator]
