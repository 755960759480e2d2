"""What was heard: who speaks when, and which words.

Every `_s` is seconds of the finished episode, as float. Sequences are tuples in time order.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # noqa: TC003  msgspec reads it at run time (json_files.py)
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakerSpan:
    """A stretch in which one speaker is heard. `speaker` is the index into the episode's speakers: known with tracks
    and recognised voices, else proposed in order of first appearance. `confidence` is 0..1."""

    start_s: float
    end_s: float
    speaker: int
    confidence: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakerMap:
    """Who is heard when (speakers.json); spans do not overlap. `notices`: doubts about `count`, in German.
    `recognised`: speakers recognised by a remembered voice."""

    method: Literal["tracks", "clustering", "pyannote", "single"]
    count: int
    spans: tuple[SpeakerSpan, ...]
    notices: tuple[str, ...] = ()
    recognised: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceProfile:
    """How a person sounds: biometric data (DSGVO Art. 9), kept only because `consent` says when and how the person
    agreed. `voice_print` has length 1; it was made on `learned` from `speech_s` seconds of `episode`. `prints` is the
    kind of print; `speech/voices.py` names the current one. "" is the first kind, whose files do not name it."""

    name: str
    consent: str
    learned: date
    episode: str
    speech_s: float
    voice_print: tuple[float, ...]
    prints: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word as Whisper said it, punctuation attached, no spaces around. `probability` is 0..1."""

    text: str
    start_s: float
    end_s: float
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One segment as Whisper returns it. `times` says where the words' times come from: "word" is the model's
    alignment, "segment" spreads the words over the segment by letters, and "paragraph" compares the recording with a
    synthetic reading, without a model."""

    start_s: float
    end_s: float
    times: Literal["word", "segment", "paragraph"]
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """The model and the programs that made a recognition. `demo` is true for the project's own demo checkpoint;
    `workers` sections were transcribed at once, on `threads` cores each."""

    model: str
    model_sha256: str
    engine: str
    versions: tuple[tuple[str, str], ...]
    date: str  # ISO day
    demo: bool
    workers: int = 1
    threads: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognitionFinding:
    """A place in the recognition that people should know of: a sentence that was left out as "invented"; one that is
    "suspicious" because models often invent it, though it seems to be spoken here; speech that stayed "unheard" because
    Whisper wrote nothing (`text` is ""); or Whisper's words that were replaced by a "named" word of the show
    (`written`). `end_s` is 0 in files of older versions."""

    kind: Literal["invented", "suspicious", "unheard", "named"]
    start_s: float
    text: str
    end_s: float = 0.0
    written: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognition:
    """What was heard (words.json). `fingerprint` is that of the transcribe step: timeline, model and settings.
    `vocabulary`: the names and terms that were looked for in it; None in files of older versions, and for a model whose
    word times are unusable."""

    fingerprint: str
    provenance: Provenance
    segments: tuple[Segment, ...]
    findings: tuple[RecognitionFinding, ...] = ()
    vocabulary: tuple[str, ...] | None = None
