"""OpenAI's own `base` on real German voices: bounds on what is wrong, invented and lost, never exact words.

PODCAST_WEIGHTS is the XDG_CACHE_HOME under which `base` was fetched; the voices are in ../shared. Without either these
tests are skipped. The bounds are wider than what was measured (benchmarks/german.py), for other processors' rounding.
"""

from __future__ import annotations

import datetime
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from rapidfuzz.distance import Levenshtein

from pipeline.media.pcm import read_mono_16k
from pipeline.speech.activity import WINDOW_S, speech_probabilities
from pipeline.speech.recognise import transcribe
from pipeline.values.progress import no_listener
from pipeline.values.show import SpeechSettings
from pipeline.values.speech import RecognitionFinding, Word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pipeline.values.speech import Recognition

WEIGHTS = Path(os.environ.get("PODCAST_WEIGHTS", "/nowhere"))
TALKS = Path(__file__).parents[3] / "shared" / "speech" / "conversations"
LOST_S = 1.5  # of speech without a word that must be reported
NOBODY_SPEAKS_OF = ("Ribnitz-Damgarten", "Neubrandenburg", "Güstrow", "Kröning", "Heiligendamm", "Zinnowitz", "Anklam")

pytestmark = [
    pytest.mark.skipif(
        not (WEIGHTS / "whisper" / "base.pt").is_file(), reason="needs PODCAST_WEIGHTS, where base was fetched to"
    ),
    pytest.mark.skipif(not TALKS.is_dir(), reason="needs the voices in ../shared"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    text: str
    start_s: float
    end_s: float


@pytest.fixture(autouse=True)
def _weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """Conversions are kept there as well."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(WEIGHTS))


def said_in(talk: str) -> list[Sentence]:
    truth = json.loads((TALKS / talk / "truth.json").read_text(encoding="utf-8"))
    return [
        Sentence(text=sentence["text"], start_s=sentence["start"], end_s=sentence["end"])
        for turn in truth["turns"]
        for sentence in turn["sentences"]
    ]


def heard_in(talk: str, folder: Path, vocabulary: Sequence[str] = ()) -> Recognition:
    return transcribe(
        TALKS / talk / "raw.flac",
        settings=SpeechSettings(model="base", engine="faster-whisper"),
        vocabulary=vocabulary,
        root=folder,
        chunks=folder / "chunks",
        fingerprint="f" * 64,
        today=datetime.date(2026, 3, 1),
        listener=no_listener,
    )


def plain(text: str) -> list[str]:
    spaced = re.sub(r"[-–/]", " ", text.casefold())
    return [word for part in spaced.split() if (word := re.sub(r"\W", "", part))]


def words_of(recognition: Recognition) -> list[Word]:
    return [word for segment in recognition.segments for word in segment.words]


def unreported_losses(
    said: Sequence[Sentence], words: Sequence[Word], findings: Sequence[RecognitionFinding], speech: NDArray[np.float32]
) -> list[float]:
    """The starts of sentences with at least LOST_S of speech that is neither written nor reported. `speech`: the voice
    activity, since the sentences of the truth contain pauses."""
    reported = [(found.start_s, found.end_s) for found in findings if found.kind in {"unheard", "invented"}]
    covered = sorted([(word.start_s, word.end_s) for word in words] + reported)
    lost = []
    for sentence in said:
        reached_s = sentence.start_s
        for start_s, end_s in [*covered, (sentence.end_s, sentence.end_s)]:
            gap = speech[round(reached_s / WINDOW_S) : round(min(start_s, sentence.end_s) / WINDOW_S)]
            if np.count_nonzero(gap >= 0.5) * WINDOW_S >= LOST_S:
                lost.append(sentence.start_s)
            reached_s = max(reached_s, end_s)
    return lost


@pytest.mark.parametrize(("talk", "most_wrong"), [("c4-zwei-frauen", 0.19), ("m2-monolog-ohne-pausen", 0.20)])
def test_little_is_wrong_nothing_is_invented_and_nothing_is_lost_unreported(
    talk: str, most_wrong: float, tmp_path: Path
) -> None:
    said = said_in(talk)
    names = TALKS / talk / "names.txt"
    spoken = names.read_text(encoding="utf-8").split("\n") if names.is_file() else []
    recognition = heard_in(talk, tmp_path, [*spoken, *NOBODY_SPEAKS_OF])
    words = words_of(recognition)
    truth, found = (
        [word for one in said for word in plain(one.text)],
        [one for word in words for one in plain(word.text)],
    )
    operations = Levenshtein.opcodes(truth, found)
    wrong = sum(max(op.src_end - op.src_start, op.dest_end - op.dest_start) for op in operations if op.tag != "equal")
    assert wrong / len(truth) <= most_wrong
    assert max((op.dest_end - op.dest_start for op in operations if op.tag == "insert"), default=0) <= 4
    speech = speech_probabilities([read_mono_16k(TALKS / talk / "raw.flac")])
    assert unreported_losses(said, words, recognition.findings, speech) == []
    assert not set(found) & {part for name in NOBODY_SPEAKS_OF for part in plain(name)}
    wanted = [name for name in spoken if name]
    if wanted:
        right = [name for name in wanted if set(plain(name)) <= set(found)]
        assert len(right) >= len(wanted) / 3


def test_the_check_for_lost_speech_finds_it() -> None:
    said = [Sentence(text="", start_s=0.0, end_s=4.0), Sentence(text="", start_s=5.0, end_s=9.0)]
    words = [Word(text="", start_s=start_s, end_s=start_s + 0.5, probability=1.0) for start_s in (0.0, 1.0, 2.0, 3.0)]
    speech = np.ones(round(10 / WINDOW_S), dtype=np.float32)
    assert unreported_losses(said, words, (), speech) == [5.0]
    assert (
        unreported_losses(said, words, (RecognitionFinding(kind="unheard", start_s=5.0, end_s=8.5, text=""),), speech)
        == []
    )
    assert unreported_losses(said, words[:2], (), speech) == [0.0, 5.0]
    assert unreported_losses(said, words[:2], (), 0 * speech) == []
