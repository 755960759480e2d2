"""Measures how well German conversations are heard, beside faster-whisper's own call on the same weights.

    python benchmarks/german.py                                       # every conversation that is at hand
    python benchmarks/german.py two quick --model base --engine openai-whisper
    python benchmarks/german.py --sources FOLDER                      # five more, assembled of single sentences

Recordings of real people with known truth are in `../shared/speech`: four conversations as they are, and five that its
`assemble.py` puts together once from fetched recordings, under --assembled. Without `../shared`, or with the demo
model, only the example episode is heard, whose voices are synthetic; that says nothing about people.

The peer is `WhisperModel(folder, device="cpu", compute_type="int8").transcribe(audio, language="de", beam_size=5,
vad_filter=True, word_timestamps=True)` on the recording as it is. The project hears the output of its own earlier steps
(voices told apart, levels evened; not counted), with the names beside the conversation as its glossary. Each runs in
its own process, whose CPU is counted whole.

For each: the word error rate; the longest run of words that nobody said; speech that is missing and not reported, in
runs of at least 1.5 s; how many names of `names.txt` are right; how far the first words of sentences are from their
true starts; CPU, and its ratio to the peer's. Case, punctuation and hyphens do not count, and numbers count as words.

Needed in addition to `make setup-dev`: `pip install onnxruntime num2words` (the peer's voice activity; numbers), and
`pyloudnorm` for --sources. --python names another Python that has them and faster-whisper, for the peer and assembling.
"""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import re
import resource
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import click
from rapidfuzz.distance import Levenshtein

from pipeline.audio.assemble import assemble
from pipeline.audio.normalise import normalise
from pipeline.build.processes import usable_cpus
from pipeline.media.pcm import read_mono_16k
from pipeline.speech.activity import SAMPLE_RATE_HZ, Stretch, speech_probabilities, speech_stretches
from pipeline.speech.ct2_models import converted
from pipeline.speech.models import find_model
from pipeline.speech.recognise import transcribe
from pipeline.speech.speakers import find_speakers
from pipeline.speech.wording import spread
from pipeline.transcript.unsure import unsure
from pipeline.values.audio import AudioSettings
from pipeline.values.progress import no_listener
from pipeline.values.show import SpeechSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Plain = Callable[[str], list[str]]

ROOT = Path(__file__).parents[1]
SHARED = ROOT / "../shared/speech"
EXAMPLE = "example"
LOST_S = 1.5  # speech without words that must be reported to a reader

PEER = """
import json, sys
from faster_whisper import WhisperModel
model = WhisperModel(sys.argv[1], device="cpu", compute_type="int8", cpu_threads=int(sys.argv[3]))
segments, _ = model.transcribe(sys.argv[2], language="de", beam_size=5, vad_filter=True, word_timestamps=True)
json.dump({"words": [[w.word, w.start, w.end] for s in segments for w in s.words or ()], "told": []}, sys.stdout)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """What was said, and when."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """A recording and the truth about it."""

    name: str
    audio: Path
    speakers: int
    sentences: tuple[Sentence, ...]
    names: tuple[str, ...] = ()

    @property
    def minutes(self) -> float:
        return self.sentences[-1].end_s / 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The result of one of the two: (text, start, end) of every word, and the places that it reports to people."""

    words: tuple[tuple[str, float, float], ...]
    told: tuple[Stretch, ...]
    cpu_s: float
    unsure: frozenset[int] = frozenset()  # which of the words are reported as probably wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Counts, so that scores can be added. `offsets_s` are those of the first words of sentences."""

    said: int = 0
    wrong: int = 0
    invented: int = 0
    unreported_s: float = 0.0
    names: int = 0
    names_right: int = 0
    offsets_s: tuple[float, ...] = ()
    cpu_s: float = 0.0
    wrong_heard: int = 0  # words that differ from what was said there
    unsure: int = 0
    unsure_wrong: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(
            said=self.said + other.said,
            wrong=self.wrong + other.wrong,
            invented=max(self.invented, other.invented),
            unreported_s=self.unreported_s + other.unreported_s,
            names=self.names + other.names,
            names_right=self.names_right + other.names_right,
            offsets_s=self.offsets_s + other.offsets_s,
            cpu_s=self.cpu_s + other.cpu_s,
            wrong_heard=self.wrong_heard + other.wrong_heard,
            unsure=self.unsure + other.unsure,
            unsure_wrong=self.unsure_wrong + other.unsure_wrong,
        )


@click.command(help=__doc__.partition("\n")[0])
@click.argument("conversations", nargs=-1)
@click.option("--model", help="one of Whisper's names, or a file or folder (default: base where it is, else the demo)")
@click.option("--engine", type=click.Choice(["faster-whisper", "openai-whisper"]), default="faster-whisper")
@click.option(
    "--unspoken", type=int, default=0, help="so many places of places.txt that nobody speaks of are names, too"
)
@click.option("--peer/--no-peer", default=True, help="also faster-whisper's own call")
@click.option("--peer-model", type=Path, help="its CTranslate2 folder (default: the project's own conversion)")
@click.option("--python", default=sys.executable, help="a Python that has what the peer needs")
@click.option("--assembled", type=Path, default=Path(tempfile.gettempdir()) / "digitales-mv-german", help="the five")
@click.option("--sources", type=Path, help="single sentences to assemble the five from")
def main(
    *,
    conversations: tuple[str, ...],
    model: str | None,
    engine: str,
    unspoken: int,
    peer: bool,
    peer_model: Path | None,
    python: str,
    assembled: Path,
    sources: Path | None,
) -> None:
    model = model or ("base" if find_model("base", ROOT).path.is_file() else "demo")
    print(f"{platform.machine()}, Python {platform.python_version()}, {usable_cpus()} cores, {model}, {engine}")
    if sources and not assembled.is_dir():
        subprocess.run([python, str(SHARED / "assemble.py"), str(sources), str(assembled)], check=True)
    talks = chosen(conversations, assembled, real=model != "demo")
    plain = plain_words()
    if peer and subprocess.run([python, "-c", "import faster_whisper, onnxruntime"], check=False).returncode:
        print("The peer is left out: it needs onnxruntime.")
        peer = False
    totals: dict[str, Score] = {}
    print("\n| | | words | WER | longest invented | missing, not told | names | starts, median / p90 | CPU | ratio |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for talk in talks:
        found = {"project": by_project(talk, model, engine, not_said(talk, unspoken))}
        if peer:
            folder = peer_model or converted(find_model(model, ROOT), no_listener)
            found["plain call"] = by_peer(talk, folder, python)
        speech = speech_in(talk)
        scores = {name: scored(talk, one, plain, speech) for name, one in found.items()}
        print_rows(f"{talk.name}, {talk.minutes:.1f} min", scores)
        totals = {name: totals.get(name, Score()) + score for name, score in scores.items()}
    if len(talks) > 1:
        print_rows("all", totals)
    ours = totals["project"]
    if ours.unsure and ours.wrong_heard:
        right, found_share = ours.unsure_wrong / ours.unsure, ours.unsure_wrong / ours.wrong_heard
        print(f"\nUnsure words: {ours.unsure}, {right:.0%} of them wrong; {found_share:.0%} of the wrong words.")


# --- conversations ----------------------------------------------------------------------------------------------------


def chosen(names: Sequence[str], assembled: Path, *, real: bool) -> list[Talk]:
    if real and not SHARED.is_dir():
        print("No ../shared/speech here: only the example episode is heard.")
    folders = [SHARED / "conversations", assembled] if real else []
    found = {path.parent.name: path.parent for folder in folders for path in sorted(folder.glob("*/truth.json"))}
    if unknown := set(names) - {*found, EXAMPLE}:
        raise click.UsageError(f"not at hand: {', '.join(sorted(unknown))}; there are {', '.join([*found, EXAMPLE])}")
    wanted = names or list(found) or [EXAMPLE]
    return [example() if name == EXAMPLE else read_talk(found[name]) for name in wanted]


def read_talk(folder: Path) -> Talk:
    turns = json.loads((folder / "truth.json").read_text(encoding="utf-8"))["turns"]
    names = folder / "names.txt"
    return Talk(
        name=folder.name,
        audio=next(folder.glob("raw.*")),
        speakers=len({turn["speaker"] for turn in turns}),
        sentences=tuple(
            Sentence(text=sentence["text"], start_s=sentence["start"], end_s=sentence["end"])
            for turn in turns
            for sentence in turn["sentences"]
        ),
        names=tuple(names.read_text(encoding="utf-8").split("\n")[:-1]) if names.is_file() else (),
    )


def example() -> Talk:
    """The example episode; each whole turn counts as a sentence."""
    turns = json.loads((ROOT / "tests/demo/example_truth.json").read_text(encoding="utf-8"))["turns"]
    return Talk(
        name=EXAMPLE,
        audio=ROOT / "episodes/000-beispiel/raw.flac",
        speakers=len({turn["speaker"] for turn in turns}),
        sentences=tuple(Sentence(**{key: turn[key] for key in ("text", "start_s", "end_s")}) for turn in turns),
    )


# --- the two ----------------------------------------------------------------------------------------------------------


def not_said(talk: Talk, count: int) -> list[str]:
    """The first `count` places that are not mentioned in the conversation."""
    said = {word for sentence in talk.sentences for word in re.findall(r"\w+", sentence.text)}
    places = (Path(__file__).parent / "places.txt").read_text(encoding="utf-8").splitlines()
    return [place for place in places if not said & set(re.findall(r"\w+", place))][:count]


def by_project(talk: Talk, model: str, engine: str, further: Sequence[str]) -> Found:
    with tempfile.TemporaryDirectory() as folder:
        level(talk, Path(folder) / "levelled.flac")
        arguments = {"folder": folder, "model": model, "engine": engine, "vocabulary": [*talk.names, *further]}
        return run([sys.executable, __file__, "--hear"], PODCAST_BENCHMARK=json.dumps(arguments))


def level(talk: Talk, flac: Path) -> None:
    """Process the recording as the pipeline does before transcription."""
    folder = talk.audio.parent
    timeline = assemble(folder, [(talk.audio.name, None, 0.0)], listener=no_listener)
    speakers = find_speakers(timeline, folder, talk.speakers, listener=no_listener)
    normalise(timeline, folder, AudioSettings(), flac, speakers=speakers, listener=no_listener)


def hear(folder: str, model: str, engine: Any, vocabulary: Sequence[str]) -> dict[str, Any]:
    found = transcribe(
        Path(folder) / "levelled.flac",
        settings=SpeechSettings(model=model, engine=engine),
        vocabulary=vocabulary,
        root=ROOT,
        chunks=Path(folder) / "chunks",
        fingerprint="0" * 64,
        today=date(2026, 1, 1),
        listener=no_listener,
    )
    words = [(word.text, word.start_s, word.end_s) for segment in found.segments for word in segment.words]
    told = [(one.start_s, one.end_s) for one in found.findings if one.kind in {"unheard", "invented"}]
    starts = {word.start_s for word in unsure(found)}
    return {"words": words, "told": told, "unsure": [index for index, word in enumerate(words) if word[1] in starts]}


def by_peer(talk: Talk, folder: Path, python: str) -> Found:
    return run([python, "-c", PEER, str(folder), str(talk.audio), str(usable_cpus())])


def run(command: Sequence[str], **variables: str) -> Found:
    """Run the command; return what it prints, and the CPU that it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ended = subprocess.run(command, env={**os.environ, **variables}, check=True, stdout=subprocess.PIPE)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = json.loads(ended.stdout)
    return Found(
        words=tuple((text, start_s, end_s) for text, start_s, end_s in found["words"]),
        told=tuple(Stretch(start_s=start_s, end_s=end_s) for start_s, end_s in found["told"]),
        unsure=frozenset(found.get("unsure", ())),
        cpu_s=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
    )


# --- scores -----------------------------------------------------------------------------------------------------------


def plain_words() -> Plain:
    """The function that splits a text into the words that count; that of `../shared/speech` if it can be used."""
    path = SHARED / "score.py"
    if path.is_file() and importlib.util.find_spec("num2words"):
        spec = importlib.util.spec_from_file_location("score", path)
        assert spec
        assert spec.loader
        score = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(score)
        return score.plain  # type: ignore[no-any-return]
    print("Numbers count as they are written: ../shared/speech/score.py or num2words is missing.")
    return lambda text: re.findall(r"[\w%]+", text.casefold().replace("ß", "ss"))


def speech_in(talk: Talk) -> tuple[Stretch, ...]:
    """The stretches of speech, since the sentences of the truth contain pauses."""
    samples = read_mono_16k(talk.audio)
    return speech_stretches(speech_probabilities([samples]), duration_s=len(samples) / SAMPLE_RATE_HZ)


def scored(talk: Talk, found: Found, plain: Plain, speech: Sequence[Stretch]) -> Score:
    said: list[str] = []
    times: list[Stretch] = []
    firsts: dict[int, float] = {}
    for sentence in talk.sentences:
        words = plain(sentence.text)
        firsts[len(said)] = sentence.start_s
        said += words
        whole = Stretch(start_s=sentence.start_s, end_s=sentence.end_s)
        times += [Stretch(start_s=start_s, end_s=end_s) for start_s, end_s in spread(words, whole, speech)]
    heard = [(word, start_s, index) for index, (text, start_s, _) in enumerate(found.words) for word in plain(text)]
    wrong_heard: set[int] = set()
    place: dict[int, int] = {}
    wrong, invented, unreported_s = 0, 0, 0.0
    for edit in Levenshtein.opcodes(said, [word for word, *_ in heard]):
        here, there = range(edit.src_start, edit.src_end), range(edit.dest_start, edit.dest_end)
        if edit.tag == "equal":
            place.update(zip(here, there, strict=True))
            continue
        wrong += max(len(here), len(there))
        wrong_heard |= {heard[index][2] for index in there}
        if edit.tag == "insert":
            invented = max(invented, len(there))
        if edit.tag == "delete":
            unreported_s += missing_s(times[here.start : here.stop], found.told)
    wanted = {word for name in talk.names for word in plain(name)}
    named = [index for index, word in enumerate(said) if word in wanted]
    return Score(
        said=len(said),
        wrong=wrong,
        invented=invented,
        unreported_s=unreported_s,
        names=len(named),
        names_right=sum(index in place for index in named),
        offsets_s=tuple(abs(heard[place[index]][1] - start_s) for index, start_s in firsts.items() if index in place),
        cpu_s=found.cpu_s,
        wrong_heard=len(wrong_heard),
        unsure=len(found.unsure),
        unsure_wrong=len(found.unsure & wrong_heard),
    )


def missing_s(lost: Sequence[Stretch], told: Iterable[Stretch]) -> float:
    """Seconds of speech in a run of lost words; 0 if it is short or reported."""
    run_of = Stretch(start_s=lost[0].start_s, end_s=lost[-1].end_s)
    seconds = sum(word.duration_s for word in lost)
    return 0.0 if seconds < LOST_S or any(run_of.overlap_s(place) for place in told) else seconds


def print_rows(title: str, scores: dict[str, Score]) -> None:
    for name, score in scores.items():
        offsets = sorted(score.offsets_s)
        starts = f"{median(offsets):.3f} / {offsets[int(0.9 * len(offsets))]:.2f} s" if offsets else ""
        names = f"{score.names_right} of {score.names}" if score.names else ""
        peer = scores.get("plain call")
        ratio = f"{score.cpu_s / peer.cpu_s:.2f}" if peer else ""
        print(
            f"| {title} | {name} | {score.said} | {100 * score.wrong / score.said:.1f} % | {score.invented} | "
            f"{score.unreported_s:.1f} s | {names} | {starts} | {score.cpu_s:.0f} s | {ratio} |",
            flush=True,
        )


if __name__ == "__main__":
    if sys.argv[1:] == ["--hear"]:
        json.dump(hear(**json.loads(os.environ["PODCAST_BENCHMARK"])), sys.stdout)
    else:
        main()
