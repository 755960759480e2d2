from __future__ import annotations

import json
import lzma
import re
import shutil
import subprocess
import sys
import time
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from rapidfuzz.distance import Levenshtein
from speech_samples import RATE_HZ, SENTENCES, conversation, silence, speechless, write_wav

from pipeline.audio.assemble import assemble
from pipeline.audio.normalise import normalise
from pipeline.audio_model import AudioSettings
from pipeline.errors import ModelError
from pipeline.formats import recognition_from_json, recognition_to_json
from pipeline.model import Notice, Progress, Recognition, SpeechSettings, Word, nobody_listens
from pipeline.pcm import read_mono_16k
from pipeline.speech.activity import Stretch
from pipeline.speech.models import DEMO_CHECKPOINT, find_model
from pipeline.speech.recognise import DEMO_NOTICE, _check_language, _hear, _Work, transcribe
from pipeline.speech.wording import Heard

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from speech_samples import Samples, Say

    from pipeline.model import Listener

FINGERPRINT = "0123456789abcdef" * 4


class Ear:
    """Keeps what a run tells."""

    def __init__(self) -> None:
        self.told: list[Notice | Progress] = []

    def __call__(self, told: Notice | Progress) -> None:
        self.told.append(told)

    @property
    def notices(self) -> list[str]:
        return [told.text for told in self.told if isinstance(told, Notice)]

    @property
    def progress(self) -> list[Progress]:
        return [told for told in self.told if isinstance(told, Progress)]


def recognise(folder: Path, samples: Samples, listener: Listener | None = None, **changes: Any) -> Recognition:
    """The demo's recognition of the samples; finished chunks lie in `folder`/chunks."""
    arguments: dict[str, Any] = {
        "settings": SpeechSettings(model="demo", beam_size=2),
        "vocabulary": ("Klara Klang",),
        "root": folder,
        "chunks": folder / "chunks",
        "fingerprint": FINGERPRINT,
        "today": date(2025, 5, 31),
        "listener": listener or Ear(),
    }
    return transcribe(write_wav(folder / "audio.wav", samples), **arguments | changes)


def words_of(recognition: Recognition) -> list[Word]:
    return [word for segment in recognition.segments for word in segment.words]


def settings_of(recognition: Recognition) -> SpeechSettings:
    engine: Any = recognition.provenance.engine
    return SpeechSettings(model="demo", engine=engine, beam_size=2)


def word_error_rate(recognition: Recognition, sentences: tuple[str, ...]) -> float:
    said = re.findall(r"\w+", " ".join(sentences).casefold())
    got = re.findall(r"\w+", " ".join(word.text for word in words_of(recognition)).casefold())
    return Levenshtein.distance(said, got) / len(said)


@pytest.fixture(scope="session")
def talk(say: Say) -> Samples:
    """Forty seconds of silence, three sentences, four seconds of silence, one sentence: two chunks."""
    first = conversation([(0, say(sentence)) for sentence in SENTENCES[:3]], pause_s=0.6).samples
    return np.concatenate([silence(40), first, silence(3.5), say(SENTENCES[3]), silence(1)])


@pytest.fixture(scope="session", params=["openai-whisper", "faster-whisper"])
def heard(
    request: pytest.FixtureRequest, talk: Samples, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Recognition, Ear, Path]:
    folder = tmp_path_factory.mktemp("heard")
    ear = Ear()
    settings = SpeechSettings(model="demo", engine=request.param, beam_size=2)
    return recognise(folder, talk, ear, settings=settings), ear, folder


def test_synthetic_speech_becomes_its_words(heard: tuple[Recognition, Ear, Path]) -> None:
    assert word_error_rate(heard[0], SENTENCES) <= 0.08


def test_times_are_those_of_the_recording_though_speech_starts_at_forty_seconds(
    heard: tuple[Recognition, Ear, Path], talk: Samples
) -> None:
    first, *_, last = heard[0].segments
    assert first.start_s == pytest.approx(40.6, abs=0.5)
    assert last.end_s == pytest.approx(len(talk) / RATE_HZ - 1, abs=0.7)


def test_times_never_decrease_and_lie_inside_the_audio(heard: tuple[Recognition, Ear, Path], talk: Samples) -> None:
    for segment in heard[0].segments:
        times = [time for word in segment.words for time in (word.start_s, word.end_s)]
        assert segment.words
        assert segment.start_s - 1e-6 <= times[0]
        assert times[-1] <= segment.end_s + 1e-6
        assert all(earlier <= later + 1e-6 for earlier, later in pairwise(times))
    assert all(earlier.end_s <= later.start_s for earlier, later in pairwise(heard[0].segments))
    assert heard[0].segments[-1].end_s <= len(talk) / RATE_HZ


def test_the_demo_says_that_it_is_one_and_claims_no_word_times(heard: tuple[Recognition, Ear, Path]) -> None:
    recognition, ear, folder = heard
    assert ear.notices == [DEMO_NOTICE]
    assert recognition.provenance.demo
    assert recognition.provenance.model_sha256 == find_model("demo", folder).sha256
    assert recognition.provenance.date == "2025-05-31"
    assert {segment.times for segment in recognition.segments} == {"segment"}


def test_what_was_heard_survives_its_file(heard: tuple[Recognition, Ear, Path]) -> None:
    text = recognition_to_json(heard[0])
    assert recognition_to_json(recognition_from_json(text)) == text


def test_progress_ends_with_all_the_speech(heard: tuple[Recognition, Ear, Path]) -> None:
    done = [told.done_s for told in heard[1].progress]
    assert len(done) == len(SENTENCES), "a breath for every sentence"
    assert all(earlier < later for earlier, later in pairwise([0.0, *done]))
    assert done[-1] == heard[1].progress[-1].total_s < 25


def test_an_interrupted_run_goes_on_where_it_stopped(
    heard: tuple[Recognition, Ear, Path], talk: Samples, tmp_path: Path
) -> None:
    def stop(told: Notice | Progress) -> None:
        if isinstance(told, Progress):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        recognise(tmp_path, talk, stop, settings=settings_of(heard[0]))
    first, *_ = (tmp_path / "chunks").rglob("*.json")  # another may have been finished beside it
    chunk = json.loads(first.read_text(encoding="utf-8"))
    chunk["segments"][0]["text"] = "Markiert."
    first.write_text(json.dumps(chunk), encoding="utf-8")

    again = recognise(tmp_path, talk, settings=settings_of(heard[0]))
    assert "Markiert." in {word.text for word in words_of(again)}
    assert len(again.segments) == len(heard[0].segments)
    assert sum(one == other for one, other in zip(again.segments, heard[0].segments, strict=True)) == len(SENTENCES) - 1
    assert len(list((tmp_path / "chunks").rglob("*.json"))) == len(heard[1].progress)


def test_finished_chunks_are_not_decoded_again(
    heard: tuple[Recognition, Ear, Path], talk: Samples, tmp_path: Path
) -> None:
    shutil.copytree(heard[2] / "chunks", tmp_path / "chunks")
    for file in (tmp_path / "chunks").rglob("*.json"):
        chunk = json.loads(file.read_text(encoding="utf-8"))
        for segment in chunk["segments"]:
            segment["text"] = "Markiert."
        file.write_text(json.dumps(chunk), encoding="utf-8")
    again = recognise(tmp_path, talk)
    assert {word.text for word in words_of(again)} == {"Markiert."}
    assert [s.start_s for s in again.segments] == [s.start_s for s in heard[0].segments]


def test_another_fingerprint_and_a_damaged_chunk_are_decoded_again(talk: Samples, tmp_path: Path, say: Say) -> None:
    samples = np.concatenate([silence(1), say(SENTENCES[0]), silence(1)])
    first = recognise(tmp_path, samples)
    (chunk,) = (tmp_path / "chunks").rglob("*.json")
    whole = chunk.read_bytes()
    chunk.write_bytes(b"{")
    assert recognise(tmp_path, samples) == first
    assert chunk.read_bytes() == whole
    other = recognise(tmp_path, samples, fingerprint="f" * 64)
    assert other.segments == first.segments
    assert len(list((tmp_path / "chunks").iterdir())) == 2


@pytest.mark.parametrize("kind", ["silence", "noise", "tone"])
def test_where_nobody_speaks_there_is_no_text(tmp_path: Path, kind: str) -> None:
    times = np.arange(20 * RATE_HZ) / RATE_HZ
    sounds = {
        "silence": 0 * times,
        "noise": 0.05 * np.random.default_rng(2).standard_normal(len(times)),
        "tone": 0.3 * np.sin(2 * np.pi * 440 * times),
    }
    ear = Ear()
    assert recognise(tmp_path, sounds[kind].astype(np.float32), ear).segments == ()
    assert any("niemand gehört" in notice for notice in ear.notices)


@pytest.mark.parametrize("engine", ["openai-whisper", "faster-whisper"])
def test_speech_that_the_model_does_not_know_gives_the_same_words_every_time(
    tmp_path: Path, say: Say, engine: Any
) -> None:
    """It is heard a second time there, by openai-whisper with sampling."""
    strange = say("Quietschvergnügte Xylophone jonglieren zwölf Boxkämpfer quer über Sylt.", "whisper", 220)
    samples = np.concatenate([silence(1), strange[::-1], silence(1)])
    settings = SpeechSettings(model="demo", engine=engine, beam_size=2)
    one = recognise(tmp_path / "one", samples, vocabulary=(), settings=settings)
    assert recognise(tmp_path / "other", samples, vocabulary=(), settings=settings) == one


@pytest.mark.parametrize("engine", ["openai-whisper", "faster-whisper"])
def test_a_model_from_a_file_gets_the_vocabulary_and_its_word_times_are_checked(
    tmp_path: Path, say: Say, engine: Any
) -> None:
    """The demo's weights under another name: what they say of word times must not be believed where it cannot be."""
    (tmp_path / "modell.pt").write_bytes(lzma.decompress(DEMO_CHECKPOINT.read_bytes()))
    samples = np.concatenate([silence(1), say(SENTENCES[2]), silence(1)])
    ear = Ear()
    recognition = recognise(
        tmp_path,
        samples,
        ear,
        settings=SpeechSettings(model="modell.pt", engine=engine, beam_size=1),
        vocabulary=[f"Fachwort Nummer {number}" for number in range(100)],
    )
    (said,) = [notice for notice in ear.notices if notice.startswith("Das Glossar ist für Whisper zu lang")]
    assert "Fachwort Nummer 99" in said
    assert "Fachwort Nummer 10," not in said
    assert not recognition.provenance.demo
    assert recognition.provenance.model == "modell"
    for segment in recognition.segments:
        lengths = [word.end_s - word.start_s for word in segment.words]
        assert segment.times == "segment" or max(lengths) <= 3


def test_a_model_that_nobody_knows_stops_before_the_audio_is_read(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="Meinten Sie „small“"):
        recognise(tmp_path, silence(1), settings=SpeechSettings(model="smal"))
    assert not (tmp_path / "chunks").exists()


# --- the second try, the language, what is invented ----------------------------------------------------------------


class Parrot:
    """An engine that says what it is given: `first` at once, `second` when asked again."""

    def __init__(self, first: Heard, second: Heard | None = None, language: tuple[str, float] = ("de", 0.9)) -> None:
        self.first, self.second, self.spoken = first, second or first, language
        self.asked: list[tuple[float, ...]] = []

    def hear(self, parts: Sequence[Samples], *, again: bool = False) -> Iterator[tuple[int, tuple[Heard, ...]]]:
        self.asked.append(tuple(len(part) / RATE_HZ for part in parts))
        for index in reversed(range(len(parts))):
            yield index, (self.second if again else self.first,)

    def language(self, part: Samples) -> tuple[str, float]:
        return self.spoken


LOOP = Heard(start_s=0, end_s=4, text="Ja. " * 40, probability=0.9, compression=8)
SOUND = Heard(start_s=0.5, end_s=3, text="Das war gut zu verstehen.", probability=0.8)


def work_in(folder: Path, *, seconds: float = 20) -> _Work:
    return _Work(
        samples=silence(60),
        parts=(Stretch(start_s=10, end_s=10 + seconds), Stretch(start_s=40, end_s=45)),
        breaths=tuple(Stretch(start_s=start, end_s=start + 3.5) for start in (9, 14, 19, 24, 29.5, 40)),
        folder=folder,
    )


def test_a_doubtful_chunk_is_heard_again_in_shorter_parts(tmp_path: Path) -> None:
    work, engine, heard = work_in(tmp_path), Parrot(LOOP, SOUND), dict[int, tuple[Heard, ...]]()
    ear = Ear()
    _hear(engine, work, heard, ear)
    assert engine.asked[0] == (20, 5)
    assert engine.asked[1:] == [(7.5, 11), (3.5,)], "cut at the pauses, twelve seconds at most"
    assert [segment.text for segment in heard[0]] == [SOUND.text] * 2
    assert [segment.start_s for segment in heard[0]] == [10.5, 19.5]
    assert [told.done_s for told in ear.progress] == [20, 25]
    assert dict(work.finished()) == heard


def test_a_second_try_that_is_no_better_is_not_taken(tmp_path: Path) -> None:
    work, heard = work_in(tmp_path), dict[int, tuple[Heard, ...]]()
    _hear(Parrot(LOOP, LOOP), work, heard, Ear())
    assert [segment.text for segment in heard[1]] == [LOOP.text]


@pytest.mark.parametrize(
    ("language", "told"), [(("en", 0.95), True), (("en", 0.5), False), (("de", 0.95), False), (("de", 0.4), False)]
)
def test_another_language_is_told(tmp_path: Path, language: tuple[str, float], told: bool) -> None:
    ear = Ear()
    _check_language(Parrot(SOUND, language=language), work_in(tmp_path), "de", ear)
    assert [("erkannt: en" in notice) for notice in ear.notices] == ([True] if told else [])


@pytest.mark.parametrize("sound", ["music", "applause"])
def test_music_and_applause_between_sentences_become_no_text(tmp_path: Path, say: Say, sound: str) -> None:
    between = speechless("chord" if sound == "music" else sound, 15)
    samples = np.concatenate([silence(1), say(SENTENCES[1]), silence(1), between, silence(1), say(SENTENCES[2])])
    recognition = recognise(tmp_path, np.concatenate([samples, silence(1)]))
    assert word_error_rate(recognition, SENTENCES[1:3]) <= 0.1
    first, last = words_of(recognition)[0], words_of(recognition)[-1]
    assert first.start_s == pytest.approx(1, abs=0.5)
    assert last.end_s == pytest.approx(len(samples) / RATE_HZ, abs=0.7)


def test_speech_at_50_lu_below_full_scale_is_understood_once_levelled(tmp_path: Path, say: Say) -> None:
    talk = conversation([(0, say(sentence)) for sentence in SENTENCES], pause_s=0.6).samples
    write_wav(tmp_path / "leise.wav", talk * 10 ** (-33 / 20))
    timeline = assemble(tmp_path, [("leise.wav", None, 0.0)], listener=nobody_listens)
    levels = normalise(timeline, tmp_path, AudioSettings(), tmp_path / "n.flac", listener=nobody_listens)
    assert levels.before.integrated_lufs == pytest.approx(-50, abs=3)
    samples = read_mono_16k(tmp_path / "n.flac")
    assert word_error_rate(recognise(tmp_path, samples), SENTENCES) <= 0.1


# --- killed -----------------------------------------------------------------------------------------------------------

RUN = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from test_recognise import recognise_file, settings_named
if __name__ == "__main__":
    recognise_file(Path(sys.argv[2]), settings_named(sys.argv[3]))
"""


def settings_named(engine: Any) -> SpeechSettings:
    return SpeechSettings(model="demo", engine=engine, beam_size=5)


def recognise_file(folder: Path, settings: SpeechSettings) -> Recognition:
    return transcribe(
        folder / "audio.wav",
        settings=settings,
        vocabulary=(),
        root=folder,
        chunks=folder / "chunks",
        fingerprint=FINGERPRINT,
        today=date(2025, 5, 31),
        listener=Ear(),
    )


@pytest.mark.parametrize("engine", ["openai-whisper", "faster-whisper"])
def test_a_killed_run_goes_on_from_its_finished_chunks(tmp_path: Path, say: Say, engine: str) -> None:
    talk = conversation([(0, say(SENTENCES[number % 4])) for number in range(24)], pause_s=0.6).samples
    write_wav(tmp_path / "audio.wav", talk)
    (tmp_path / "run.py").write_text(RUN, encoding="utf-8")
    here = str(Path(__file__).parent)
    process = subprocess.Popen([sys.executable, str(tmp_path / "run.py"), here, str(tmp_path), engine])
    while len(list((tmp_path / "chunks").rglob("[0-9]*.json"))) < 3 and process.poll() is None:
        time.sleep(0.01)
    process.kill()
    process.wait()
    finished = {file: file.stat().st_mtime_ns for file in (tmp_path / "chunks").rglob("[0-9]*.json")}
    assert 3 <= len(finished) < 24, "killed too late to prove anything"
    recognition = recognise_file(tmp_path, settings_named(engine))
    for file, moment in finished.items():
        assert file.stat().st_mtime_ns == moment, "heard again"
    shutil.rmtree(tmp_path / "chunks")
    assert recognise_file(tmp_path, settings_named(engine)) == recognition
