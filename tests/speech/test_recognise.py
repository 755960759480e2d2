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
import scripted
from rapidfuzz.distance import Levenshtein
from scripted import Scripted, recording
from speech_samples import RATE_HZ, SENTENCES, conversation, silence, speechless, write_wav

from pipeline.audio.assemble import assemble
from pipeline.audio.normalise import normalise
from pipeline.errors import ModelError
from pipeline.media.pcm import read_mono_16k
from pipeline.speech.models import DEMO_CHECKPOINT, find_model
from pipeline.speech.recognise import DEMO_NOTICE, _check_language, _judged, _notices, _Work, transcribe
from pipeline.speech.walk import HeardSection, HeardWindow
from pipeline.values.audio import AudioSettings
from pipeline.values.json_files import recognition_from_json, recognition_to_json
from pipeline.values.progress import Notice, Progress, no_listener
from pipeline.values.show import SpeechSettings
from pipeline.values.speech import Recognition, Word

if TYPE_CHECKING:
    from speech_samples import Samples, Say

    from pipeline.values.progress import Listener

FINGERPRINT = "0123456789abcdef" * 4


class Ear:
    """Keeps what a run reports."""

    def __init__(self) -> None:
        self.events: list[Notice | Progress] = []

    def __call__(self, event: Notice | Progress) -> None:
        self.events.append(event)

    @property
    def notices(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, Notice)]

    @property
    def progress(self) -> list[Progress]:
        return [event for event in self.events if isinstance(event, Progress)]


def recognise(folder: Path, samples: Samples, listener: Listener | None = None, **changes: Any) -> Recognition:
    """The demo's recognition of the samples; finished windows are in `folder`/chunks."""
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
    """Forty seconds of silence, three sentences, four seconds of silence, one sentence."""
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


def test_times_are_those_of_the_recording_even_if_speech_starts_at_forty_seconds(
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


def test_a_recognition_survives_its_file(heard: tuple[Recognition, Ear, Path]) -> None:
    text = recognition_to_json(heard[0])
    assert recognition_to_json(recognition_from_json(text)) == text


def test_progress_ends_with_all_the_speech(heard: tuple[Recognition, Ear, Path]) -> None:
    done = [event.done_s for event in heard[1].progress]
    assert len(done) == len(SENTENCES), "a breath for every sentence"
    assert all(earlier < later for earlier, later in pairwise([0.0, *done]))
    assert done[-1] == heard[1].progress[-1].total_s < 25


def test_an_interrupted_run_goes_on_where_it_stopped(
    heard: tuple[Recognition, Ear, Path], talk: Samples, tmp_path: Path
) -> None:
    def stop(event: Notice | Progress) -> None:
        if isinstance(event, Progress):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        recognise(tmp_path, talk, stop, settings=settings_of(heard[0]))
    first, *_ = (tmp_path / "chunks").rglob("*.json")  # another may have been finished at the same time
    section = json.loads(first.read_text(encoding="utf-8"))
    section["windows"][0]["segments"][0]["text"] = "Markiert."
    first.write_text(json.dumps(section), encoding="utf-8")

    again = recognise(tmp_path, talk, settings=settings_of(heard[0]))
    assert "Markiert." in {word.text for word in words_of(again)}
    assert len(again.segments) == len(heard[0].segments)
    assert sum(one == other for one, other in zip(again.segments, heard[0].segments, strict=True)) == len(SENTENCES) - 1
    assert len(list((tmp_path / "chunks").rglob("*.json"))) == len(heard[1].progress)


def test_finished_sections_are_not_decoded_again(
    heard: tuple[Recognition, Ear, Path], talk: Samples, tmp_path: Path
) -> None:
    shutil.copytree(heard[2] / "chunks", tmp_path / "chunks")
    for file in (tmp_path / "chunks").rglob("*.json"):
        section = json.loads(file.read_text(encoding="utf-8"))
        for window in section["windows"]:
            window["segments"] = [{**heard, "text": "Markiert."} for heard in window["segments"]]
        file.write_text(json.dumps(section), encoding="utf-8")
    again = recognise(tmp_path, talk)
    assert {word.text for word in words_of(again)} == {"Markiert."}
    assert [s.start_s for s in again.segments] == [s.start_s for s in heard[0].segments]


@pytest.mark.parametrize("fault", ["cut off", "another stretch", "an older version"])
def test_another_fingerprint_and_a_damaged_section_are_decoded_again(tmp_path: Path, say: Say, fault: str) -> None:
    samples = np.concatenate([silence(1), say(SENTENCES[0]), silence(1)])
    first = recognise(tmp_path, samples)
    (file,) = (tmp_path / "chunks").rglob("*.json")
    whole = file.read_bytes()
    section = json.loads(whole)
    older = {name: section[name] for name in ("start_s", "end_s")} | {"segments": []}
    faulty = {"cut off": "{", "another stretch": {**section, "end_s": 99.0, "windows": []}, "an older version": older}
    file.write_text(json.dumps(faulty[fault]) if fault != "cut off" else "{", encoding="utf-8")
    assert recognise(tmp_path, samples) == first
    assert file.read_bytes() == whole
    other = recognise(tmp_path, samples, fingerprint="f" * 64)
    assert other.segments == first.segments
    assert len(list((tmp_path / "chunks").iterdir())) == 2


@pytest.mark.parametrize("kind", ["silence", "noise", "tone"])
def test_there_is_no_text_if_nobody_speaks(tmp_path: Path, kind: str) -> None:
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
    """Such speech is heard carefully, by openai-whisper with sampling."""
    strange = say("Quietschvergnügte Xylophone jonglieren zwölf Boxkämpfer quer über Sylt.", "whisper", 220)
    samples = np.concatenate([silence(1), strange[::-1], silence(1)])
    settings = SpeechSettings(model="demo", engine=engine, beam_size=2)
    one = recognise(tmp_path / "one", samples, vocabulary=(), settings=settings)
    assert recognise(tmp_path / "other", samples, vocabulary=(), settings=settings) == one


# --- a model that claims word times: the demo's weights under another name --------------------------------------------


@pytest.fixture(scope="session")
def own_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("own") / "modell.pt"
    path.write_bytes(lzma.decompress(DEMO_CHECKPOINT.read_bytes()))
    return path


@pytest.fixture(scope="session")
def long_talk(say: Say) -> Samples:
    """Forty seconds without a long pause: one section of two windows."""
    spoken = [(0, say(SENTENCES[number % 4])) for number in range(13)]
    return conversation(spoken, pause_s=0.45).samples


def with_word_times(model: Path, engine: Any) -> SpeechSettings:
    return SpeechSettings(model=str(model), engine=engine, beam_size=1)


@pytest.mark.parametrize("engine", ["openai-whisper", "faster-whisper"])
def test_the_word_times_of_a_model_from_a_file_are_checked(
    tmp_path: Path, say: Say, own_model: Path, engine: Any
) -> None:
    """Impossible word times must not be believed."""
    samples = np.concatenate([silence(1), say(SENTENCES[2]), silence(1)])
    recognition = recognise(tmp_path, samples, settings=with_word_times(own_model, engine))
    assert not recognition.provenance.demo
    assert recognition.provenance.model == "modell"
    assert recognition.segments
    for part in recognition.segments:
        lengths = [one.end_s - one.start_s for one in part.words]
        assert part.times == "segment" or max(lengths) <= 3


@pytest.mark.parametrize("engine", ["openai-whisper", "faster-whisper"])
def test_an_interrupted_section_goes_on_where_it_stopped(
    tmp_path: Path, long_talk: Samples, own_model: Path, engine: Any
) -> None:
    settings = with_word_times(own_model, engine)
    whole = recognise(tmp_path / "whole", long_talk, settings=settings)
    heard: list[Progress] = []

    def stop(event: Notice | Progress) -> None:
        if isinstance(event, Progress):
            heard.append(event)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        recognise(tmp_path / "cut", long_talk, stop, settings=settings)
    (file,) = (tmp_path / "cut" / "chunks").rglob("*.json")
    section = json.loads(file.read_text(encoding="utf-8"))
    assert not section["whole"]
    assert len(section["windows"]) == 1
    assert 0 < heard[0].done_s < heard[0].total_s

    ear = Ear()
    assert recognise(tmp_path / "cut", long_talk, ear, settings=settings) == whole
    assert ear.progress[0].done_s > heard[0].done_s
    assert ear.progress[-1].done_s == pytest.approx(ear.progress[-1].total_s)
    (as_in_one_go,) = (tmp_path / "whole" / "chunks").rglob("*.json")
    assert file.read_bytes() == as_in_one_go.read_bytes()


def test_the_number_of_workers_does_not_change_the_result(
    tmp_path: Path, talk: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for workers in (1, 3):
        monkeypatch.setenv("PODCAST_CPUS", str(workers))
        settings = SpeechSettings(model="demo", engine="faster-whisper", beam_size=2)
        found.append(recognise(tmp_path / str(workers), talk, settings=settings))
    assert [one.provenance.workers for one in found] == [1, 3]
    assert found[0].segments == found[1].segments
    assert found[0].findings == found[1].findings


def test_an_unknown_model_is_an_error_before_the_audio_is_read(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="Meinten Sie „small“"):
        recognise(tmp_path, silence(1), settings=SpeechSettings(model="smal"))
    assert not (tmp_path / "chunks").exists()


# --- what is reported -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "reported"), [(("en", 0.95), True), (("en", 0.5), False), (("de", 0.95), False), (("de", 0.4), False)]
)
def test_another_language_is_reported(tmp_path: Path, language: tuple[str, float], reported: bool) -> None:
    ear = Ear()
    work = _Work(recording=recording((10, 30), (40, 45)), sections=(), folder=tmp_path)
    _check_language(Scripted([], language=language), work, "de", ear)
    assert [("erkannt: en" in notice) for notice in ear.notices] == ([True] if reported else [])


def section_of(*windows: HeardWindow, **changes: Any) -> HeardSection:
    return HeardSection(start_s=0.0, end_s=60.0, windows=windows, whole=True, **changes)


def test_speech_without_words_is_reported_with_its_place() -> None:
    heard = HeardWindow(start_s=10, end_s=30, segments=(scripted.talk(10, 18), scripted.talk(25, 30)))
    segments, findings = _judged([section_of(heard)], recording((10, 30), sure=True))
    assert [one.text for one in segments] == [one.text for one in heard.segments]
    (finding,) = findings
    assert finding.kind == "unheard"
    assert (finding.start_s, finding.end_s) == pytest.approx((17.65, 24.85), abs=0.05)
    assert list(_notices(findings)) == ["00:17–00:24: hier spricht jemand, Whisper schreibt nichts."]


def test_what_was_heard_again_is_no_longer_missing() -> None:
    heard = HeardWindow(start_s=10, end_s=30, segments=(scripted.talk(10, 18), scripted.talk(25, 30)))
    again = HeardWindow(start_s=17.65, end_s=24.85, segments=(scripted.talk(17.7, 24.7, name="doch"),))
    segments, findings = _judged([section_of(heard, again=(again,))], recording((10, 30), sure=True))
    assert findings == ()
    assert [one.text.split()[0] for one in segments] == ["w0", "doch0", "w0"]


def test_missing_words_are_not_reported_for_a_model_without_word_times() -> None:
    _, findings = _judged([section_of()], recording((10, 30), aligned=False, sure=True))
    assert findings == ()


def test_what_is_left_out_is_reported_in_the_order_of_the_recording() -> None:
    stuffed = scripted.segment(scripted.word("Zusammengedrängt", 28, 28), start_s=28.0, end_s=28.0)
    credit = scripted.segment(
        scripted.word("Untertitelung", 40, 41),
        scripted.word("des", 41, 41.4),
        scripted.word("ZDF,", 41.4, 42),
        scripted.word("2020", 42, 43),
    )
    windows = (
        HeardWindow(start_s=10, end_s=30, segments=(scripted.talk(10, 14),), invented=(stuffed,)),
        HeardWindow(start_s=38, end_s=45, segments=(credit,)),
    )
    segments, findings = _judged([section_of(*windows)], recording((10, 30), sure=True))
    assert [one.text for one in segments] == [scripted.talk(10, 14).text]
    assert [(one.kind, one.text) for one in findings] == [
        ("unheard", ""),
        ("invented", stuffed.text),
        ("invented", credit.text),
    ]
    assert "Erfunden und weggelassen: 00:28 „Zusammengedrängt“" in _notices(findings)


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
    timeline = assemble(tmp_path, [("leise.wav", None, 0.0)], listener=no_listener)
    levels = normalise(timeline, tmp_path, AudioSettings(), tmp_path / "n.flac", listener=no_listener)
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


def finished_in(folder: Path) -> dict[Path, int]:
    """The files of whole sections, with the time at which each was written."""
    files = (folder / "chunks").rglob("[0-9]*.json")
    return {
        file: file.stat().st_mtime_ns for file in files if json.loads(file.read_text(encoding="utf-8"))["whole"] is True
    }


@pytest.mark.parametrize("engine", ["openai-whisper", "faster-whisper"])
def test_a_killed_run_goes_on_from_its_finished_sections(tmp_path: Path, say: Say, engine: str) -> None:
    talk = conversation([(0, say(SENTENCES[number % 4])) for number in range(24)], pause_s=0.6).samples
    write_wav(tmp_path / "audio.wav", talk)
    (tmp_path / "run.py").write_text(RUN, encoding="utf-8")
    here = str(Path(__file__).parent)
    process = subprocess.Popen([sys.executable, str(tmp_path / "run.py"), here, str(tmp_path), engine])
    while len(finished_in(tmp_path)) < 3 and process.poll() is None:
        time.sleep(0.01)
    process.kill()
    process.wait()
    finished = finished_in(tmp_path)
    assert 3 <= len(finished) < 24, "killed too late to prove anything"
    recognition = recognise_file(tmp_path, settings_named(engine))
    for file, moment in finished.items():
        assert file.stat().st_mtime_ns == moment, "heard again"
    shutil.rmtree(tmp_path / "chunks")
    assert recognise_file(tmp_path, settings_named(engine)) == recognition
