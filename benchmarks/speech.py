"""Measures how fast speech becomes text, beside openai-whisper's own loop, faster-whisper's own call and the command.

    python benchmarks/speech.py --windows 4           # (a) cost at the true size of a model, and (b) whole processes
    python benchmarks/speech.py --memory              # what each size takes; needs up to 8 GB
    python benchmarks/speech.py --sizes tiny base     # CPU of a window at these sizes, one thread; large needs 10 GB

(a) Random weights of the true dimensions (--size, default small): N windows of 30 s, 100 tokens each with the end token
suppressed, beam 5, no second try, no timestamps. Only the cost is real; there is no text. Each uses all cores.

(b) Dialogues of the demo checkpoint's held-out voices, each program as a whole process, among them the `whisper`
command, and what it understood.

Both are ratios within the same run; other work of the machine shows in them.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import lzma
import multiprocessing
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
import wave
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np

from pipeline.build.processes import usable_cpus
from pipeline.speech.engines import EnginePlan, Window, plan_engine
from pipeline.values.progress import no_listener

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

RATE_HZ = 16_000
WINDOW_S = 30
TOKENS = 100
END_TOKEN = 50_257
# n_mels, audio state, heads and layers, vocabulary, text state, heads and layers
SIZES = {
    "tiny": (80, 384, 6, 4, 51_865, 4),
    "base": (80, 512, 8, 6, 51_865, 6),
    "small": (80, 768, 12, 12, 51_865, 12),
    "medium": (80, 1024, 16, 24, 51_865, 24),
    "turbo": (128, 1280, 20, 32, 51_866, 4),
    "large": (128, 1280, 20, 32, 51_866, 32),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--windows", type=int, default=4, help="windows of 30 s (default 4)")
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--memory", action="store_true", help="only the memory of each size up to medium")
    parser.add_argument("--sizes", nargs="+", choices=SIZES, help="only what a window costs at these sizes")
    arguments = parser.parse_args()
    print(f"{platform.machine()}, Python {platform.python_version()}, {usable_cpus()} cores")
    with tempfile.TemporaryDirectory() as folder:
        if arguments.memory:
            memory(Path(folder))
            return
        if arguments.sizes:
            sizes(Path(folder), arguments.sizes)
            return
        cost(Path(folder), arguments.size, arguments.windows)
        whole_processes(Path(folder))


# --- (a) -------------------------------------------------------------------------------------------------------------


def cost(folder: Path, size: str, windows: int) -> None:
    in_own_process(make_checkpoint, folder / "random.pt", size)
    began = time.perf_counter()
    _, converting_mb = in_own_process(make_ct2, folder / "random.pt", folder / "ct2")
    converting_s = time.perf_counter() - began
    rows = {}
    for name, work in (("openai-whisper", by_openai), ("faster-whisper", by_faster_whisper), ("ours", by_us)):
        model = folder / ("random.pt" if name == "openai-whisper" else "ct2")
        rows[name] = in_own_process(work, model, windows)
    ours = rows["ours"][0]["seconds"]
    print(f"\n{size}, {windows} windows of {WINDOW_S} s, {TOKENS} tokens, beam 5; converting {converting_s:.0f} s once")
    print("| engine | load s | hear s | times real time | ours is faster by | memory MB |")
    print("|---|---|---|---|---|---|")
    for name, (found, megabytes) in rows.items():
        seconds = found["seconds"]
        print(
            f"| {name} {found['how']} | {found['load']:.1f} | {seconds:.1f} | {windows * WINDOW_S / seconds:.1f} | "
            f"{seconds / ours:.2f} | {megabytes:.0f} |"
        )
    print(f"converting took {converting_mb:.0f} MB")


def make_checkpoint(path: Path, size: str) -> dict[str, Any]:
    import torch
    from whisper.model import ModelDimensions, Whisper

    mels, state, heads, layers, vocabulary, text_layers = SIZES[size]
    dims = {
        "n_mels": mels,
        "n_audio_ctx": 1500,
        "n_audio_state": state,
        "n_audio_head": heads,
        "n_audio_layer": layers,
        "n_vocab": vocabulary,
        "n_text_ctx": 448,
        "n_text_state": state,
        "n_text_head": heads,
        "n_text_layer": text_layers,
    }
    torch.manual_seed(0)
    network = Whisper(ModelDimensions(**dims))
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.02)
    torch.save({"dims": dims, "model_state_dict": {k: v.half() for k, v in network.state_dict().items()}}, path)
    return {}


def make_ct2(checkpoint: Path, folder: Path) -> dict[str, Any]:
    from pipeline.speech.conversion import convert
    from pipeline.speech.models import find_model, read_checkpoint

    folder.mkdir()
    convert(read_checkpoint(find_model(str(checkpoint), Path()), no_listener), folder)
    return {}


def sound(windows: int) -> np.ndarray:
    return (0.05 * np.random.default_rng(1).standard_normal(windows * WINDOW_S * RATE_HZ)).astype(np.float32)


def by_openai(checkpoint: Path, windows: int, tokens: int = TOKENS) -> dict[str, Any]:
    import torch

    from pipeline.speech.models import find_model, load_model

    torch.set_num_threads(usable_cpus())
    began = time.perf_counter()
    network = load_model(find_model(str(checkpoint), Path()), device="cpu", listener=no_listener)
    load_s = time.perf_counter() - began
    samples = sound(windows)
    began = time.perf_counter()
    network.transcribe(
        samples,
        language="de",
        beam_size=5,
        temperature=0.0,
        fp16=False,
        condition_on_previous_text=False,
        without_timestamps=True,
        suppress_tokens=f"-1,{END_TOKEN}",
        sample_len=tokens,
        compression_ratio_threshold=None,
        logprob_threshold=None,
        no_speech_threshold=None,
    )
    return {"load": load_s, "seconds": time.perf_counter() - began, "how": f"1 × {usable_cpus()} threads"}


def by_faster_whisper(folder: Path, windows: int) -> dict[str, Any]:
    from faster_whisper import WhisperModel

    began = time.perf_counter()
    model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=usable_cpus())
    load_s = time.perf_counter() - began
    samples = sound(windows)
    began = time.perf_counter()
    segments, _ = model.transcribe(samples, language="de", beam_size=5, **FIXED_LENGTH)
    assert len(list(segments)) >= windows
    return {"load": load_s, "seconds": time.perf_counter() - began, "how": f"1 × {usable_cpus()} threads"}


FIXED_LENGTH = {
    "temperature": 0.0,
    "condition_on_previous_text": False,
    "without_timestamps": True,
    "suppress_tokens": [-1, END_TOKEN],
    "max_new_tokens": TOKENS,
    "compression_ratio_threshold": None,
    "log_prob_threshold": None,
    "no_speech_threshold": None,
}


def by_us(folder: Path, windows: int, plan: EnginePlan | None = None) -> dict[str, Any]:
    from pipeline.speech.ct2_engine import Ct2Engine

    plan = plan or plan_engine("auto", cuda=False)
    began = time.perf_counter()
    engine = Ct2Engine(folder, plan, language="de", beam_size=5, aligns_words=False)
    load_s = time.perf_counter() - began
    never = [*engine._plain.suppress_tokens, END_TOKEN]
    engine._plain = dataclasses.replace(engine._plain, suppress_tokens=never, max_new_tokens=TOKENS)
    parts = [Window(samples=part) for part in np.split(sound(windows), windows)]
    began = time.perf_counter()
    with ThreadPoolExecutor(plan.workers) as pool:  # as crew.py does
        found = list(pool.map(lambda part: engine.decode([part])[0], parts))
    assert all(heard.segments for heard in found)
    how = f"{plan.workers} × {plan.threads} threads"
    return {"load": load_s, "seconds": time.perf_counter() - began, "how": how}


def sizes(folder: Path, names: Sequence[str]) -> None:
    """Print how much more a larger model costs in seconds of CPU, so that other work of the machine does not count."""
    print(f"\nCPU of one window of {WINDOW_S} s, {TOKENS} tokens, beam 5, faster-whisper in 8 bits, one thread")
    for name in names:
        in_own_process(make_checkpoint, folder / f"{name}.pt", name)
        in_own_process(make_ct2, folder / f"{name}.pt", folder / name)
        (folder / f"{name}.pt").unlink()
        print(f"  {name}: {in_own_process(cpu_of_a_window, folder / name)[0]['cpu']:.2f} s", flush=True)


def cpu_of_a_window(folder: Path) -> dict[str, Any]:
    """The CPU seconds of one window, from the difference between three and one, in which loading cancels out."""
    plan = EnginePlan(name="faster-whisper", device="cpu", workers=1, threads=1)
    took = {}
    for windows in (1, 1, 3):  # the first also imports
        began = time.process_time()
        by_us(folder, windows, plan)
        took[windows] = time.process_time() - began
    return {"cpu": (took[3] - took[1]) / 2}


# --- (b) -------------------------------------------------------------------------------------------------------------


def whole_processes(folder: Path) -> None:
    from pipeline.speech.models import DEMO_CHECKPOINT
    from tools.demo_model.wer import word_errors

    (folder / "demo.pt").write_bytes(lzma.decompress(DEMO_CHECKPOINT.read_bytes()))
    said = in_own_process(make_dialogues, folder)[0]
    (folder / "cache").mkdir()
    environment = {**os.environ, "PATH": f"{ffmpeg_folder(folder)}:{os.environ['PATH']}"}
    command = [str(Path(sys.executable).with_name("whisper")), str(folder / "talk.wav"), "--model"]
    command += [str(folder / "demo.pt"), "--language", "de", "--condition_on_previous_text", "False", "--fp16", "False"]
    command += ["--output_dir", str(folder), "--output_format", "txt", "--threads", str(usable_cpus())]
    rows = {"the whisper command": timed_process(command, environment)}
    texts = {"the whisper command": (folder / "talk.txt").read_text(encoding="utf-8")}
    for engine in ("faster-whisper", "openai-whisper"):
        ours = [sys.executable, __file__, "--transcribe"]
        arguments = json.dumps({"folder": str(folder), "engine": engine})
        variables = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache"), "PODCAST_BENCHMARK": arguments}
        name = f"ours, {engine}"
        if engine == "faster-whisper":
            timed_process(ours, variables)  # converts
        rows[name] = timed_process(ours, variables)
        texts[name] = (folder / f"{engine}.txt").read_text(encoding="utf-8")
    print(f"\ndemo checkpoint, {said['seconds']:.0f} s of dialogues, whole processes")
    print("| program | seconds | ours is faster by | WER |")
    print("|---|---|---|---|")
    for name, seconds in rows.items():
        errors = word_errors([(said["text"], texts[name])])
        ratio = rows["the whisper command"] / seconds
        print(f"| {name} | {seconds:.1f} | {ratio:.2f} | {100 * errors.rate:.1f} % of {errors.said} |")


def make_dialogues(folder: Path) -> dict[str, Any]:
    from tools.demo_model import evaluate

    renderings = evaluate.examination(40)
    made = [evaluate.dialogue(renderings, seed) for seed in range(4)]
    samples = np.concatenate([dialogue.samples for dialogue in made])
    with wave.open(str(folder / "talk.wav"), "wb") as file:
        file.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return {"text": " ".join(dialogue.text for dialogue in made), "seconds": len(samples) / RATE_HZ}


def ffmpeg_folder(folder: Path) -> Path:
    """A folder whose `ffmpeg` is the wheel's: the whisper command looks for one on the PATH."""
    from pipeline.audio.ffmpeg import executable

    (folder / "bin").mkdir()
    (folder / "bin" / "ffmpeg").symlink_to(executable())
    return folder / "bin"


def transcribe_here(folder: Path, engine: Any) -> None:
    from datetime import date

    from pipeline.speech.recognise import transcribe
    from pipeline.values.show import SpeechSettings

    found = transcribe(
        folder / "talk.wav",
        settings=SpeechSettings(model="demo", engine=engine),
        vocabulary=(),
        root=folder,
        chunks=folder / f"chunks-{time.time_ns()}",
        fingerprint="0" * 64,
        today=date(2026, 1, 1),
        listener=no_listener,
    )
    text = " ".join(word.text for segment in found.segments for word in segment.words)
    (folder / f"{engine}.txt").write_text(text, encoding="utf-8")


def timed_process(command: list[str], environment: dict[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return time.perf_counter() - began


# --- memory -----------------------------------------------------------------------------------------------------------


def memory(folder: Path) -> None:
    print("| size | openai-whisper MB | converting MB | faster-whisper, 1 worker MB | 2 workers MB |")
    print("|---|---|---|---|---|")
    for size in ("tiny", "base", "small", "medium"):
        checkpoint, ct2 = folder / f"{size}.pt", folder / size
        in_own_process(make_checkpoint, checkpoint, size)
        figures = [in_own_process(by_openai, checkpoint, 1, 10)[1], in_own_process(make_ct2, checkpoint, ct2)[1]]
        for workers in (1, 2):
            plan = EnginePlan(name="faster-whisper", device="cpu", workers=workers, threads=1)
            figures.append(in_own_process(by_us, ct2, 2, plan)[1])
        print(f"| {size} | {' | '.join(f'{figure:.0f}' for figure in figures)} |", flush=True)
        checkpoint.unlink()


def in_own_process(work: Callable[..., dict[str, Any]], *arguments: Any) -> tuple[dict[str, Any], float]:
    """What `work` returns in its own process, and the most memory that process took, in MB."""
    queue: Any = multiprocessing.get_context("spawn").Queue()
    process = multiprocessing.get_context("spawn").Process(target=put, args=(queue, work, arguments))
    process.start()
    answer: tuple[dict[str, Any], float] = queue.get()
    process.join()
    return answer


def put(queue: Any, work: Callable[..., dict[str, Any]], arguments: tuple[Any, ...]) -> None:
    found = work(*arguments)
    queue.put((found, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


if __name__ == "__main__":
    if sys.argv[1:] == ["--transcribe"]:
        given = json.loads(os.environ["PODCAST_BENCHMARK"])
        transcribe_here(Path(given["folder"]), given["engine"])
    else:
        main()
