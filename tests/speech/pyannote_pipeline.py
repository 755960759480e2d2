"""A pyannote pipeline of real pyannote parts with random weights, built in a moment. It shows that data passes through,
not how well pyannote tells voices apart. Importing this needs pyannote."""

from __future__ import annotations

import logging
from pathlib import Path

import lightning
import numpy as np
import torch
from pyannote.audio.core.task import Problem, Resolution, Specifications
from pyannote.audio.models.embedding import XVectorMFCC
from pyannote.audio.models.segmentation import PyanNet

CONFIG = """\
dependencies:
  pyannote.audio: 4.0.0
pipeline:
  name: pyannote.audio.pipelines.SpeakerDiarization
  params:
    clustering: VBxClustering
    segmentation: $model/segmentation
    segmentation_batch_size: 32
    embedding: $model/embedding
    embedding_batch_size: 32
    embedding_exclude_overlap: true
    plda: $model/plda
params:
  clustering:
    threshold: 0.6
    Fa: 0.07
    Fb: 0.8
  segmentation:
    min_duration_off: 0.0
"""
_DIMENSION = 64  # of an embedding, and in the space of its PLDA
_WINDOW_S = 4.0
_LOUD = 0.01


class LoudIsSpeech(PyanNet):
    """pyannote's segmentation with another answer: one voice where it is loud, two where it is very loud."""

    def forward(self, waveforms: torch.Tensor) -> torch.Tensor:
        scores = super().forward(waveforms)
        peaks = torch.nn.functional.adaptive_max_pool1d(waveforms.abs(), scores.shape[1])[:, 0]
        answer = (peaks > _LOUD).long() + 3 * (peaks > 0.9).long()  # nobody, the first, or the first two voices
        return torch.log(torch.nn.functional.one_hot(answer, scores.shape[2]) + 1e-6)


def build(folder: Path, segmentation: type[PyanNet] = LoudIsSpeech) -> Path:
    """Write the pipeline into `folder`, laid out as pyannote's own."""
    torch.manual_seed(1)
    listens = segmentation(lstm={"hidden_size": 8, "num_layers": 1}, linear={"hidden_size": 8, "num_layers": 1})
    listens.specifications = Specifications(
        problem=Problem.MONO_LABEL_CLASSIFICATION,
        resolution=Resolution.FRAME,
        duration=_WINDOW_S,
        classes=["speaker#1", "speaker#2", "speaker#3"],
        powerset_max_classes=2,
        permutation_invariant=True,
    )
    listens.build()
    tells_apart = XVectorMFCC(dimension=_DIMENSION)
    tells_apart.specifications = Specifications(
        problem=Problem.REPRESENTATION, resolution=Resolution.CHUNK, duration=_WINDOW_S
    )
    tells_apart.build()
    _save(listens, folder / "segmentation")
    _save(tells_apart, folder / "embedding")
    chance = np.random.default_rng(1)
    square = chance.normal(size=(_DIMENSION, _DIMENSION))
    zeros = np.zeros(_DIMENSION)
    (folder / "plda").mkdir()
    np.savez(folder / "plda" / "xvec_transform.npz", mean1=zeros, mean2=zeros, lda=square)
    np.savez(folder / "plda" / "plda.npz", mu=zeros, tr=np.linalg.qr(square)[0], psi=np.linspace(3, 0.1, _DIMENSION))
    (folder / "config.yaml").write_text(CONFIG, encoding="utf-8")
    return folder


def _save(model: lightning.LightningModule, folder: Path) -> None:
    """Save the model as pyannote saves trained ones."""
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    folder.mkdir(parents=True)
    trainer = lightning.Trainer(
        logger=False,
        enable_checkpointing=False,
        accelerator="cpu",
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.strategy.connect(model)
    trainer.save_checkpoint(folder / "pytorch_model.bin")
