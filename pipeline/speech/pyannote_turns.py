"""Finds who is heard when with a pyannote pipeline from a local folder: samples in, turns out.

This is an option for those who have accepted the terms of its weights and put them there. pyannote gets our decoded
samples, never a file, and the number of speakers that people gave. Nothing is fetched and nothing is reported to
anybody: its telemetry is off before it is imported, Hugging Face's client is offline, and a folder that refers to
anything outside itself is refused before anything is loaded.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import warnings
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.build.processes import usable_cpus
from pipeline.errors import ModelError
from pipeline.speech.activity import SAMPLE_RATE_HZ
from pipeline.speech.memory import available_mb, gigabytes
from pipeline.speech.threads import torch_threads
from pipeline.values.progress import Listener, Progress

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

SETTING = "`pyannote` im Abschnitt `[speech]` von episodes/show.toml (oder der Folge)"
SOURCE = "https://huggingface.co/pyannote/speaker-diarization-community-1"

_CONFIG = "config.yaml"
_RESULT_DEPENDS_ON = {".bin", ".ckpt", ".npz", ".safetensors", ".yaml"}
_NAMES = (
    "pyannote.audio.pipelines.SpeakerDiarization",
    "pyannote.audio.pipelines.speaker_diarization.SpeakerDiarization",
)
_PARTS = {  # of the pipeline, and the files that each is read from
    "segmentation": ("pytorch_model.bin",),
    "embedding": ("pytorch_model.bin",),
    "plda": ("xvec_transform.npz", "plda.npz"),
}
_IN_FOLDER = "$model/"  # how a pipeline refers to its own folder
_NEED_MB = 800  # measured with random weights of the true dimensions: 650, import and loading included
_NEED_MB_PER_MINUTE = 30  # of the recording: 0.43 MB for each of 60 windows a minute, measured on 5 minutes
_SEGMENTATION_SHARE = 0.1  # of the work on a processor; the rest are voice prints


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceTurn:
    """`voice` is pyannote's label. `alone` is the share of the turn, 0..1, in which nobody else speaks."""

    start_s: float
    end_s: float
    voice: str
    alone: float


def pipeline_files(folder: Path) -> tuple[Path, ...]:
    """The files that the result depends on; the missing config file if the folder contains none."""
    found = (path for path in folder.rglob("*") if path.suffix in _RESULT_DEPENDS_ON and path.is_file())
    visible = [path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts)]
    return tuple(sorted(visible)) or (folder / _CONFIG,)


def pyannote_turns(
    samples: NDArray[np.float32], folder: Path, count: int, *, listener: Listener
) -> tuple[VoiceTurn, ...]:
    """The turns of `count` speakers in order; they do not overlap. `samples` have one dimension, 16 kHz.

    Raises ModelError if pyannote is not installed, if the folder is missing, contains no such pipeline, refers to
    anything outside itself or is damaged, and if there is too little memory.
    """
    check_folder(folder)
    duration_s = len(samples) / SAMPLE_RATE_HZ
    _check_memory(duration_s)
    with warnings.catch_warnings(), torch_threads(usable_cpus()):
        warnings.simplefilter("ignore")  # from torchcodec, which would read files, and about training
        pipeline = _loaded(folder)
        found = _applied(pipeline, samples, count, _progress(duration_s, listener))
    everybody = found.speaker_diarization.get_overlap()
    turns = []
    for segment, _, voice in found.exclusive_speaker_diarization.itertracks(yield_label=True):
        start_s, end_s = float(segment.start), min(float(segment.end), duration_s)
        if start_s < end_s:
            shared_s = sum(part.duration for part in everybody.crop(segment))
            alone = 1 - min(1.0, shared_s / segment.duration)
            turns.append(VoiceTurn(start_s=start_s, end_s=end_s, voice=str(voice), alone=alone))
    return tuple(sorted(turns, key=lambda turn: turn.start_s))


def check_folder(folder: Path) -> None:
    """Raise ModelError unless pyannote is installed and the folder contains a complete pipeline that tells voices
    apart."""
    if not _is_installed():
        raise _not_installed("pyannote ist nicht installiert.")
    import yaml  # type: ignore[import-untyped]

    path = folder / _CONFIG
    if not path.is_file():
        raise ModelError(
            f"Dort liegt keine Pipeline von pyannote: {_CONFIG} fehlt.",
            where=folder,
            advice=f"{SETTING} auf den Ordner setzen, in dem diese Datei liegt. {_OBTAIN}",
        )
    try:
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise _no_pipeline(path) from error
    table = config.get("pipeline") if isinstance(config, dict) else None
    if not isinstance(table, dict) or table.get("name") not in _NAMES or not isinstance(table.get("params"), dict):
        raise _no_pipeline(path)
    for part in _PARTS:
        _check_part(folder, part, table["params"])


_OBTAIN = (
    f"Die Gewichte gibt es nur nach Zustimmung zu ihren Bedingungen: {SOURCE}; dort alle Dateien laden, die großen "
    "auch (mit git nur, wenn git-lfs eingerichtet ist)."
)


def _check_part(folder: Path, part: str, params: Mapping[str, object]) -> None:
    """Raise ModelError unless all files of a part lie in the pipeline's own folder."""
    place = params.get(part)
    if not isinstance(place, str) or not place.startswith(_IN_FOLDER) or "@" in place or ".." in place:
        named = f"„{place}“" if place is not None else "nichts, und pyannote würde es aus dem Netz holen"
        raise ModelError(
            f"Die Pipeline liegt nicht ganz in diesem Ordner: für `{part}` nennt sie {named}.",
            where=folder / _CONFIG,
            advice=f"Hier wird nichts nachgeladen. Die Dateien in einen Unterordner legen und ihn so nennen: "
            f"`{part}: {_IN_FOLDER}{part}`; die Pipeline muss für pyannote.audio 4 sein. {_OBTAIN}",
        )
    for name in _PARTS[part]:
        path = folder / place.removeprefix(_IN_FOLDER) / name
        if not path.is_file():
            raise ModelError(f"Der Pipeline von pyannote fehlt eine Datei: {name}.", where=path, advice=_OBTAIN)


def _check_memory(duration_s: float) -> None:
    need_mb = _NEED_MB + _NEED_MB_PER_MINUTE * duration_s / 60
    free_mb = available_mb()
    if need_mb > free_mb:
        raise ModelError(
            f"Für pyannote reicht der freie Arbeitsspeicher nicht: es braucht rund {gigabytes(need_mb)}, frei sind "
            f"{gigabytes(free_mb)}.",
            where="Arbeitsspeicher dieses Rechners",
            advice="Andere Programme schließen, oder die Zeile `pyannote` unter [speech] streichen.",
        )


def _is_installed() -> bool:
    try:
        return importlib.util.find_spec("pyannote.audio") is not None
    except ModuleNotFoundError:
        return False


def _not_installed(problem: str) -> ModelError:
    return ModelError(
        problem,
        where=SETTING,
        advice="Einmal `make setup-pyannote` aufrufen und den Befehl wiederholen. Ohne make:\n"
        f"  {sys.executable} tools/setup_pyannote.py\n"
        "  Oder die Zeile streichen: dann trennt das Programm die Stimmen selbst.",
    )


def _no_pipeline(path: Path) -> ModelError:
    return ModelError(
        "Diese Datei beschreibt keine Pipeline von pyannote, die Sprecher*innen trennt.",
        where=path,
        advice=f"Einen anderen Ordner nennen: {SETTING}. {_OBTAIN}",
    )


def _loaded(folder: Path) -> Any:
    """The pipeline, ready to be applied.

    pyannote may bridge a pause of one voice although another speaks in it; spans must not overlap, and the caller joins
    them itself, so that setting is 0. On a processor, batches of voice prints are no faster and take three times the
    memory.
    """
    import pickle

    os.environ["PYANNOTE_METRICS_ENABLED"] = "false"  # pyannote checks this on each call, and once on import
    from huggingface_hub import constants

    constants.HF_HUB_OFFLINE = True  # the environment variable of that name counts only before the first import
    try:
        import torch
        from pyannote.audio import Pipeline
        from pyannote.audio.utils.dependencies import MissingDependency, WrongDependencyVersion
    except (ImportError, OSError) as error:  # OSError: a package's library, such as torchaudio's for CUDA
        raise _not_installed(f"pyannote lässt sich nicht laden ({error}).") from error
    try:
        pipeline = Pipeline.from_pretrained(folder)
        parameters = pipeline.parameters(instantiated=True)
        parameters["segmentation"]["min_duration_off"] = 0.0
        pipeline.instantiate(parameters)
    except (MissingDependency, WrongDependencyVersion) as error:
        raise ModelError(
            f"Die Pipeline ist für eine andere Ausgabe von pyannote oder braucht mehr als das ({error}).",
            where=folder / _CONFIG,
            advice=f"Eine Pipeline für pyannote.audio 4 nehmen. {_OBTAIN}",
        ) from error
    except (ArithmeticError, AttributeError, EOFError, ImportError, LookupError, OSError, RuntimeError, TypeError,
            ValueError, pickle.UnpicklingError, zipfile.BadZipFile) as error:  # fmt: skip
        raise ModelError(
            f"Die Pipeline von pyannote ist beschädigt oder unvollständig ({error}).",
            where=folder,
            advice=f"Die Dateien neu beschaffen. {_OBTAIN}",
        ) from error
    pipeline.legacy = False
    if torch.cuda.is_available():
        pipeline.to(torch.device("cuda"))
    else:
        pipeline.segmentation_batch_size = pipeline.embedding_batch_size = 1
    return pipeline


def _applied(pipeline: Any, samples: NDArray[np.float32], count: int, hook: Any) -> Any:
    import torch

    recording = {"waveform": torch.from_numpy(samples)[None], "sample_rate": SAMPLE_RATE_HZ}
    return pipeline(recording, num_speakers=count, hook=hook)


def _progress(duration_s: float, listener: Listener) -> Any:
    """The hook that pyannote calls after each batch; it reports our progress."""
    before = {"segmentation": (0.0, _SEGMENTATION_SHARE), "embeddings": (_SEGMENTATION_SHARE, 1.0)}

    def report(step: str, _: object, *, total: int | None = None, completed: int | None = None, **__: object) -> None:
        if step in before and total and completed is not None:
            first, last = before[step]
            share = first + (last - first) * min(1.0, completed / total)
            listener(Progress(done_s=share * duration_s, total_s=duration_s))

    return report
