"""Transcribes the levelled recording with Whisper: segments of timed words with their provenance (words.json).

Whisper invents text where nobody speaks, falls into loops, stops early, and takes its own errors for context. The
guards against that, in order: only speech is handed over; the language is given; no window gets doubtful text of the
one before as a prompt; a doubtful window is decoded again without a prompt, then with other settings; segments that
nobody can have said are left out; speech without a word is heard again (`walk.py`); known inventions of Whisper are
left out where there is hardly any speech; loops that remain are collapsed. What was left out and what could not be
understood is reported and kept. Finished windows are kept on disk, so that an interrupted run goes on where it stopped.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from pipeline.build.files import read_text, write_text
from pipeline.speech import activity
from pipeline.speech.activity import SAMPLE_RATE_HZ, Stretch, speech_probabilities, speech_stretches
from pipeline.speech.coverage import uncovered
from pipeline.speech.crew import walk_all
from pipeline.speech.engines import Engine, EnginePlan, plan_engine
from pipeline.speech.guards import without_inventions
from pipeline.speech.memory import check_memory
from pipeline.speech.models import checkpoint_sha256, find_model, load_model, public_name
from pipeline.speech.names import Names
from pipeline.speech.pauses import without_pauses
from pipeline.speech.seams import repaired
from pipeline.speech.walk import WINDOW_S, HeardSection, RecognitionInput, section_segments, walk
from pipeline.speech.wording import WhisperSegment, to_segments
from pipeline.timecode import clock
from pipeline.values.json_files import from_json, to_json
from pipeline.values.progress import Listener, Notice, Progress
from pipeline.values.speech import Provenance, Recognition, RecognitionFinding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from pipeline.speech.whisper_model import WhisperModel
    from pipeline.values.show import SpeechSettings

DEMO_NOTICE = (
    "Demo-Modell: Es versteht nur die künstlichen Stimmen des Beispiels. Für echte Aufnahmen in episodes/show.toml "
    'unter [speech] ein Whisper-Modell einstellen, etwa model = "small".'
)

_LANGUAGE_SAMPLES = 3  # windows whose language is checked
_SURE = 0.7  # probability from which another language is believed
_REPORTED_S = 1.0  # speech without a word that is reported
_MOST_PLACES = 5  # reported for one name
_MARKS = ",.;:!?…"
_ENGINE_PACKAGES = {
    "openai-whisper": ("openai-whisper", "torch"),
    "faster-whisper": ("faster-whisper", "ctranslate2", "torch"),
}


def transcribe(
    audio: Path,
    *,
    settings: SpeechSettings,
    vocabulary: Sequence[str],
    root: Path,
    chunks: Path,
    fingerprint: str,
    today: date,
    listener: Listener,
) -> Recognition:
    """Transcribe `audio`.

    `vocabulary`: names and terms of the show, as they are written. `root`: the show's folder, for models that are
    files. `chunks`: the folder for finished windows, with one folder for every `fingerprint`. Progress is reported in
    seconds of speech. Raises ModelError, and what reading the audio raises.
    """
    import torch

    from pipeline.media.pcm import read_mono_16k  # numpy

    model = find_model(settings.model, root)
    if model.demo:
        listener(Notice(text=DEMO_NOTICE))
    plan = plan_engine(settings.engine, cuda=torch.cuda.is_available())
    samples = read_mono_16k(audio)
    probabilities = speech_probabilities([samples])
    length_s = len(samples) / SAMPLE_RATE_HZ
    speech = speech_stretches(probabilities, duration_s=length_s, longest_s=float("inf"))
    if not speech:
        listener(Notice(text="In der Aufnahme wurde niemand gehört, der spricht; der Text bleibt leer."))
    # A model without usable times hears one breath after the other, and the voice activity knows when.
    breaths = speech if model.aligns_words else speech_stretches(probabilities, duration_s=length_s)
    sections = activity.sections(speech) if model.aligns_words else breaths
    recording = RecognitionInput(
        samples=samples,
        speech=breaths,
        probabilities=probabilities,
        aligned=model.aligns_words,
        names=Names(vocabulary),
    )
    work = _Work(recording=recording, sections=sections, folder=chunks / fingerprint[:16])
    heard = [work.begun(index) for index in range(len(sections))]
    if not all(section.whole for section in heard):
        engine = _load(model, plan, settings, audio_mb=samples.nbytes / 2**20, listener=listener)
        if not model.demo:
            _check_language(engine, work, settings.language, listener)
        _hear(engine, plan, work, heard, listener)
    segments, findings = _judged(heard, recording, vocabulary)
    for text in _notices(findings):
        listener(Notice(text=text))
    return Recognition(
        fingerprint=fingerprint,
        provenance=_provenance(model, plan, today),
        segments=to_segments(segments, speech),
        findings=findings,
        vocabulary=tuple(vocabulary) if model.aligns_words else None,
    )


# --- sections ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """The recording, the sections it is heard in, and where finished windows are kept."""

    recording: RecognitionInput
    sections: Sequence[Stretch]
    folder: Path

    def file(self, index: int) -> Path:
        return self.folder / f"{index:04}.json"

    def begun(self, index: int) -> HeardSection:
        """What an earlier run heard of the section. If that cannot be read or covers another stretch, the section is
        heard again: the folder belongs to the machine, and an older version of the program may have written it."""
        wanted = self.sections[index]
        nothing = HeardSection(start_s=wanted.start_s, end_s=wanted.end_s)
        try:
            found = from_json(HeardSection, read_text(self.file(index)))
        except (OSError, ValueError):
            return nothing
        return found if (found.start_s, found.end_s) == (wanted.start_s, wanted.end_s) else nothing

    def done_s(self, section: HeardSection) -> float:
        """How many seconds of the section's speech are done."""
        reached_s = section.windows[-1].end_s if section.windows else section.start_s
        past = Stretch(start_s=section.start_s, end_s=section.end_s if section.whole else reached_s)
        return sum(stretch.overlap_s(past) for stretch in self.recording.speech)


def _hear(engine: Engine, plan: EnginePlan, work: _Work, heard: list[HeardSection], listener: Listener) -> None:
    """Hear the sections that are not finished yet, and update `heard`."""
    missing = [index for index, section in enumerate(heard) if not section.whole]
    total_s = sum(stretch.duration_s for stretch in work.recording.speech)
    done_s = [work.done_s(section) for section in heard]
    begin = [partial(walk, work.recording, heard[index]) for index in missing]
    for place, section in walk_all(engine, plan, begin):
        index = missing[place]
        heard[index] = section
        write_text(work.file(index), to_json(section))
        before_s, done_s[index] = done_s[index], work.done_s(section)
        if done_s[index] > before_s:
            listener(Progress(done_s=min(sum(done_s), total_s), total_s=total_s))


def _judged(
    sections: Iterable[HeardSection], recording: RecognitionInput, vocabulary: Sequence[str] = ()
) -> tuple[list[WhisperSegment], tuple[RecognitionFinding, ...]]:
    """The segments that count, and findings: what was left out, where names were inserted, and where words are
    missing."""
    sections = list(sections)
    impossible = [
        RecognitionFinding(kind="invented", start_s=segment.start_s, end_s=segment.end_s, text=segment.text)
        for section in sections
        for heard in (*section.windows, *section.again)
        for segment in heard.invented
    ]
    everything = [segment for section in sections for segment in section_segments(section)]
    segments, invented = without_inventions(everything, recording.probabilities)
    segments = repaired(without_pauses(segments, recording.probabilities), vocabulary)
    named = [
        RecognitionFinding(kind="named", start_s=name.start_s, end_s=name.end_s, text=name.heard, written=name.written)
        for section in sections
        for heard in (*section.windows, *section.again)
        for name in heard.named
    ]
    findings = [*impossible, *invented, *named]
    if recording.aligned:
        words = [word for segment in segments for word in segment.words]
        whole = Stretch(start_s=0.0, end_s=len(recording.samples) / SAMPLE_RATE_HZ)
        findings += [
            RecognitionFinding(kind="unheard", start_s=gap.start_s, end_s=gap.end_s, text="")
            for gap in uncovered(words, recording.probabilities, whole)
            if gap.duration_s >= _REPORTED_S
        ]
    return segments, tuple(sorted(findings, key=lambda finding: finding.start_s))


def _notices(findings: Iterable[RecognitionFinding]) -> Iterator[str]:
    """A German line for each finding, but one line for all places where the same words became the same name."""
    named: dict[tuple[str, str], list[str]] = {}
    for finding in findings:
        start = clock(finding.start_s)
        match finding.kind:
            case "unheard":
                yield f"{start}–{clock(finding.end_s)}: hier spricht jemand, Whisper schreibt nichts."
            case "invented":
                yield f"Erfunden und weggelassen: {start} „{finding.text}“"
            case "suspicious":
                yield f"Bitte prüfen, oft erfunden: {start} „{finding.text}“"
            case "named":
                pair = (finding.text.strip(_MARKS), finding.written.strip(_MARKS))
                named.setdefault(pair, []).append(start)
    for (heard, written), places in named.items():
        more = f" und {len(places) - _MOST_PLACES} weitere Male" if len(places) > _MOST_PLACES else ""
        yield f"Als Name der Sendung verstanden: „{heard}“ → „{written}“ ({', '.join(places[:_MOST_PLACES])}{more})."


# --- engine -----------------------------------------------------------------------------------------------------------


def _load(
    model: WhisperModel, plan: EnginePlan, settings: SpeechSettings, *, audio_mb: float, listener: Listener
) -> Engine:
    options: dict[str, Any] = {
        "language": settings.language,
        "beam_size": settings.beam_size,
        "aligns_words": model.aligns_words,
    }
    if plan.name == "faster-whisper":
        from pipeline.speech import ct2_engine, ct2_models

        check_memory(model, plan, converted=ct2_models.is_converted(model), audio_mb=audio_mb)
        return ct2_engine.Ct2Engine(ct2_models.converted(model, listener), plan, **options)
    from pipeline.speech.torch_engine import TorchEngine

    check_memory(model, plan, converted=False, audio_mb=audio_mb)
    return TorchEngine(load_model(model, device=plan.device, listener=listener), plan, **options)


def _check_language(engine: Engine, work: _Work, language: str, listener: Listener) -> None:
    """Notify people if the recording does not seem to be in the language that Whisper is given."""
    longest = sorted(work.recording.speech, key=lambda part: part.duration_s, reverse=True)[:_LANGUAGE_SAMPLES]
    samples = [work.recording.cut(part.start_s, min(part.end_s, part.start_s + WINDOW_S)) for part in longest]
    heard = Counter(code for part in samples for code, sure in [engine.language(part)] if sure >= _SURE)
    if heard[language] or not heard:
        return
    code, _ = heard.most_common(1)[0]
    listener(
        Notice(
            text=f"Die Aufnahme klingt nicht nach Deutsch (erkannt: {code}). Whisper schreibt trotzdem deutschen Text; "
            "bitte prüfen, ob es die richtige Aufnahme ist."
        )
    )


def _provenance(model: WhisperModel, plan: EnginePlan, today: date) -> Provenance:
    packages = (*_ENGINE_PACKAGES[plan.name], "silero-vad")
    return Provenance(
        model=public_name(model),
        model_sha256=checkpoint_sha256(model),
        engine=plan.name,
        versions=tuple((package, version(package)) for package in packages),
        date=today.isoformat(),
        demo=model.demo,
        workers=plan.workers,
        threads=plan.threads,
    )
