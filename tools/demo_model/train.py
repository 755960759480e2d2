"""Trains the demo model from scratch, on a processor or a graphics card, and writes the compressed checkpoint.

    python -m tools.demo_model.train build/demo-corpus.npz pipeline/speech/demo/demo.pt.xz --processes 2

Phase A: windows of 6 s at random places in the 30 seconds: the most sentences in a given time.
Phase B: windows of 15 s.
Phase C: windows of 30 s as in transcription; without it dialogues fail.
A letter output (CTC), used in training only, teaches the encoder in all phases.
On a processor, several processes of one thread each share every batch: several threads in one process cost more.
"""

import argparse
import math
import tempfile
import time
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import distributed
from torch.multiprocessing.spawn import spawn

from tools.demo_model import corpus, network, windows
from tools.demo_model.sentences import PROMPT_WORDS
from tools.demo_model.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED = 5
_ATTENTION_WEIGHT = 0.3
_LETTER_WEIGHT = 0.6
_RATES = {"adamw": 1.0, "muon": 4.0}  # of a phase's rate; Muon, for the layers' matrices, needs a quarter fewer steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    name: str
    shape: windows.Shape
    steps: int
    first_rate: float
    last_rate: float
    warm_up: int

    def rate(self, step: int) -> float:
        """Learning rate: a short rise, then half a cosine down."""
        falling = 0.5 * (1 + math.cos(math.pi * step / self.steps))
        return (self.last_rate + (self.first_rate - self.last_rate) * falling) * min(1.0, (step + 1) / self.warm_up)


def phases(short_steps: int, middle_steps: int, long_steps: int) -> tuple[Phase, ...]:
    return (
        Phase(
            name="A",
            shape=windows.Shape(window_s=6, batch=16, sentences=4),
            steps=short_steps,
            first_rate=2.5e-3,
            last_rate=1.5e-3,
            warm_up=150,
        ),
        Phase(
            name="B",
            shape=windows.Shape(window_s=15, batch=8, sentences=7),
            steps=middle_steps,
            first_rate=1.5e-3,
            last_rate=1.2e-3,
            warm_up=20,
        ),
        Phase(
            name="C",
            shape=windows.Shape(window_s=30, batch=8, sentences=14),
            steps=long_steps,
            first_rate=1.2e-3,
            last_rate=1e-5,
            warm_up=20,
        ),
    )


@dataclass(slots=True, kw_only=True)
class Training:
    """A network with its optimisers, and the number of steps done."""

    net: network.DemoNetwork
    optimisers: dict[str, torch.optim.Optimizer]
    device: torch.device
    done: dict[str, int]  # steps by phase

    def run(self, phase: Phase, batches: "Iterator[windows.Batch]") -> "Iterator[tuple[int, network.Losses]]":
        self.net.train()
        for step, batch in enumerate(batches, start=self.done.get(phase.name, 0)):
            for name, optimiser in self.optimisers.items():
                for group in optimiser.param_groups:
                    group["lr"] = phase.rate(step) * _RATES[name]
            with torch.autocast(self.device.type, dtype=torch.bfloat16):
                losses = self.net.losses(_moved(batch, self.device))
            total = losses.tokens + _ATTENTION_WEIGHT * losses.attention + _LETTER_WEIGHT * losses.letters
            self.net.zero_grad()
            total.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
            self._share_gradients()
            torch.nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
            for optimiser in self.optimisers.values():
                optimiser.step()
            self.done[phase.name] = step + 1
            yield step + 1, losses

    def _share_gradients(self) -> None:
        """Average the gradients of all processes, so that their networks stay the same."""
        if not distributed.is_initialized():
            return
        gradients = [p.grad if p.grad is not None else torch.zeros_like(p) for p in self.net.parameters()]
        joined = torch.cat([gradient.flatten() for gradient in gradients])
        distributed.all_reduce(joined)
        joined /= distributed.get_world_size()
        parts = torch.split(joined, [gradient.numel() for gradient in gradients])
        for parameter, part in zip(self.net.parameters(), parts, strict=True):
            parameter.grad = part.view_as(parameter)

    def save(self, path: Path) -> None:
        optimisers = {name: optimiser.state_dict() for name, optimiser in self.optimisers.items()}
        state = {"net": self.net.state_dict(), "optimisers": optimisers, "done": self.done}
        part = path.with_suffix(".part")
        torch.save(state, part)
        part.replace(path)

    def restore(self, path: Path) -> None:
        state = torch.load(path, map_location=self.device, weights_only=True)
        self.net.load_state_dict(state["net"])
        for name, optimiser in self.optimisers.items():
            optimiser.load_state_dict(state["optimisers"][name])
        self.done = dict(state["done"])


def start(renderings: list[corpus.Rendering], device: torch.device) -> Training:
    torch.manual_seed(SEED)
    words = vocabulary([*{r.text for r in renderings}, ", ".join(PROMPT_WORDS)])
    net = network.DemoNetwork(words).to(device)
    matrices = {name for name, weight in net.named_parameters() if ".blocks." in name and weight.ndim == 2}
    parts = {
        kind: [weight for name, weight in net.named_parameters() if (name in matrices) == (kind == "muon")]
        for kind in _RATES
    }
    optimisers: dict[str, torch.optim.Optimizer] = {
        "adamw": torch.optim.AdamW(parts["adamw"], betas=(0.9, 0.98), weight_decay=0.01),
        "muon": torch.optim.Muon(parts["muon"], weight_decay=0.01, adjust_lr_fn="match_rms_adamw"),
    }
    return Training(net=net, optimisers=optimisers, device=device, done={})


def batches(
    phase: Phase, renderings: list[corpus.Rendering], training: Training, *, share: "Share", loaders: int
) -> "Iterator[windows.Batch]":
    """The phase's remaining batches, or this process's share of each."""
    shape = replace(phase.shape, batch=phase.shape.batch // share.of)
    made = windows.WindowBatches(renderings, training.net.words, shape, seed=SEED + ord(phase.name), rank=share.rank)
    steps = range(training.done.get(phase.name, 0), phase.steps)
    return iter(
        torch.utils.data.DataLoader(
            made,
            batch_size=None,
            sampler=steps,
            num_workers=loaders,
            prefetch_factor=4 if loaders else None,
            worker_init_fn=_one_thread,
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Which of the training processes this is."""

    rank: int = 0
    of: int = 1


def _one_thread(_worker: int) -> None:
    torch.set_num_threads(1)


def _moved(batch: windows.Batch, device: torch.device) -> windows.Batch:
    return windows.Batch(**{f.name: getattr(batch, f.name).to(device, non_blocking=True) for f in fields(batch)})


def train(arguments: argparse.Namespace, share: Share) -> None:
    """Run the phases that are not done yet; the first process writes the checkpoint and reports progress."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    renderings = [r for r in corpus.load(arguments.corpus) if r.part == "trained"]
    training = start(renderings, device)
    if arguments.state and arguments.state.exists():
        training.restore(arguments.state)
    began = time.monotonic()
    for phase in phases(arguments.short_steps, arguments.middle_steps, arguments.long_steps):
        made = batches(phase, renderings, training, share=share, loaders=arguments.loaders)
        for step, losses in training.run(phase, made):
            if share.rank:
                continue
            if step % 25 == 0:
                figures = (f"{f.name} {getattr(losses, f.name).item():.3f}" for f in fields(losses))
                print(f"{phase.name} {step}/{phase.steps} {time.monotonic() - began:.0f} s", *figures, flush=True)
            if arguments.state and step % arguments.save == 0:
                training.save(arguments.state)
        if not share.rank:
            content = network.compressed(network.checkpoint(training.net))
            arguments.checkpoint.write_bytes(content)
            print(f"phase {phase.name}: {len(content)} bytes in {arguments.checkpoint}", flush=True)


def _train_share(rank: int, arguments: argparse.Namespace, meeting: str) -> None:
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", init_method=meeting, rank=rank, world_size=arguments.processes)
    train(arguments, Share(rank=rank, of=arguments.processes))
    distributed.destroy_process_group()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("checkpoint", type=Path, help="written at the end of each phase (.pt.xz)")
    parser.add_argument("--short-steps", type=int, default=1200)
    parser.add_argument("--middle-steps", type=int, default=900)
    parser.add_argument("--long-steps", type=int, default=1100)
    parser.add_argument("--processes", type=int, default=1, help="processes that share each batch (processor only)")
    parser.add_argument("--loaders", type=int, default=0, help="processes that compose batches (graphics card)")
    parser.add_argument("--state", type=Path, help="goes on from this file if it is there; saved every --save steps")
    parser.add_argument("--save", type=int, default=100)
    arguments = parser.parse_args()
    if arguments.processes == 1:
        train(arguments, Share())
        return
    with tempfile.TemporaryDirectory() as folder:
        meeting = (Path(folder) / "meeting").as_uri()
        spawn(_train_share, (arguments, meeting), nprocs=arguments.processes)  # type: ignore[no-untyped-call]  # torch leaves it untyped


if __name__ == "__main__":
    main()
