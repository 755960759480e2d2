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
    """Who is heard when (speakers.json); spans do not overlap. `notices`: in German, what is doubtful about `count`.
    `recognised`: speakers known by a remembered voice."""

    method: Literal["tracks", "clustering", "pyannote", "single"]
    count: int
    spans: tuple[SpeakerSpan, ...]
    notices: tuple[str, ...] = ()
    recognised: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceProfile:
    """How somebody sounds: biometric data (DSGVO Art. 9), kept only because `consent` says when and how the person
    agreed. `voice_print` has length 1; it was made on `learned` from `speech_s` seconds of `episode`. `prints` is the
    kind of print, `speech/voices.py` says which is used today; "" is the first, whose files do not name it."""

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
    """One segment as Whisper returns it. `times`: do the words carry the model's alignment, were they spread over the
    segment by letters, or did nobody hear them at all ("paragraph": compared with a synthetic reading)?"""

    start_s: float
    end_s: float
    times: Literal["word", "segment", "paragraph"]
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Which model and programs made a recognition. `demo` is true for the project's own demo checkpoint; `workers`
    chunks were heard at once, on `threads` cores each."""

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
    """A place of the recognition that people should know of: a sentence that was left out as "invented", one that is
    "suspicious" because models invent it often, though here it seems to be spoken, speech that stayed "unheard" because
    Whisper wrote nothing (`text` is ""), or what Whisper wrote where a "named" word of the show stands instead
    (`written`). `end_s` is 0 in what older versions wrote."""

    kind: Literal["invented", "suspicious", "unheard", "named"]
    start_s: float
    text: str
    end_s: float = 0.0
    written: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognition:
    """What was heard (words.json). `fingerprint` is that of the transcribe step: timeline, model and settings.
    `vocabulary`: the names and terms that were looked for in it; None where an older version wrote the file, and for a
    model whose word times are of no use."""

    fingerprint: str
    provenance: Provenance
    segments: tuple[Segment, ...]
    findings: tuple[RecognitionFinding, ...] = ()
    vocabulary: tuple[str, ...] | None = None
