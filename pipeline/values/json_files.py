"""Our JSON files: values to text and back. People can open and read what one room passes to another.

Every `..._to_json` returns text with a final newline, the same for the same value. Every `..._from_json` raises
ValueError for anything that is not such a file.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from pipeline.values.speech import Provenance, Recognition, RecognitionFinding, Segment, Word

if TYPE_CHECKING:
    from pipeline.values.review import Review
    from pipeline.values.transcript import Transcript

T = TypeVar("T")

WORDS_VERSION = 1
REVIEW_VERSION = 1
_ADDED = {"stream", "scale"}


def to_json(value: Any) -> str:
    """A value (a frozen dataclass) as indented JSON; dates and datetimes as ISO 8601."""
    content = asdict(value, dict_factory=_without_additions)
    return json.dumps(content, ensure_ascii=False, indent=1, default=_plain) + "\n"


def from_json(kind: type[T], text: str) -> T:
    """The value of type `kind` in `text`, types checked.

    Raises ValueError if the text is not such a value.
    """
    try:
        return msgspec.convert(_loaded(text), kind)  # msgspec's own parser refuses -Infinity, the level of silence
    except (msgspec.ValidationError, OverflowError) as error:
        raise ValueError(f"not a {kind.__name__}: {error}") from error


def review_to_json(review: Review, before: str) -> str:
    """review.json with this `review`: every other field of the object in `before`, "" for no file, is kept. What was
    never noted is left out."""
    fields = json.loads(before) if before else {"version": REVIEW_VERSION}
    noted = {name: value for name, value in asdict(review).items() if value or name in fields}
    return json.dumps({**fields, **noted}, ensure_ascii=False, indent=1, default=_plain) + "\n"


def transcript_to_json(transcript: Transcript) -> str:
    """retimed.json: one turn per line; `from_json` reads it. Several times faster than `to_json`: it is long."""
    head = {"level": transcript.level, "demo": transcript.demo, "model": transcript.model}
    lines = json.dumps(head, ensure_ascii=False).removesuffix("}")
    turns = ",\n".join(json.dumps(turn, ensure_ascii=False, default=_shallow) for turn in transcript.turns)
    return f'{lines},\n"turns": [\n{turns}\n]}}\n'


def recognition_to_json(recognition: Recognition) -> str:
    """words.json: one segment per line, so that a diff is readable; times to 10 ms, probabilities to 0.01."""
    head = {
        "version": WORDS_VERSION,
        "fingerprint": recognition.fingerprint,
        "provenance": {**asdict(recognition.provenance), "versions": dict(recognition.provenance.versions)},
        "findings": [
            {**asdict(entry), "start_s": round(entry.start_s, 2), "end_s": round(entry.end_s, 2)}
            for entry in recognition.findings
        ],
        **({} if recognition.vocabulary is None else {"vocabulary": recognition.vocabulary}),
    }
    lines = json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}")
    segments = ",\n".join("  " + _segment_line(segment) for segment in recognition.segments)
    return f'{lines},\n "segments": [\n{segments}\n ]\n}}\n'


def recognition_from_json(text: str) -> Recognition:
    """The value that `recognition_to_json` wrote. Raises ValueError if the text is something else."""
    data = _loaded(text)
    try:
        if data["version"] != WORDS_VERSION:
            raise ValueError(f"words.json version {data['version']!r}, expected {WORDS_VERSION}")
        provenance = dict(data["provenance"])
        provenance["versions"] = tuple((str(name), str(version)) for name, version in provenance["versions"].items())
        return Recognition(
            fingerprint=data["fingerprint"],
            provenance=Provenance(**provenance),
            segments=tuple(_segment(entry) for entry in data["segments"]),
            findings=tuple(RecognitionFinding(**entry) for entry in data.get("findings", ())),
            vocabulary=_names_or_none(data.get("vocabulary")),
        )
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"not a words.json: {error}") from error


def _loaded(text: str) -> Any:
    """The content of a JSON text. Raises ValueError, also for nesting that no file of ours has and for halves of
    characters, which cannot be written again."""
    try:
        data = json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if "\\ud" in text.lower():
        json.dumps(data, ensure_ascii=False).encode("utf-8")
    return data


def _without_additions(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The fields of a value, without later ones of Source that say nothing: files from before keep their bytes."""
    return {name: entry for name, entry in pairs if entry is not None or name not in _ADDED}


def _names_or_none(entries: list[str] | None) -> tuple[str, ...] | None:
    return None if entries is None else tuple(map(str, entries))


def _segment_line(segment: Segment) -> str:
    words = [[w.text, round(w.start_s, 2), round(w.end_s, 2), round(w.probability, 2)] for w in segment.words]
    entry = {
        "start_s": round(segment.start_s, 2),
        "end_s": round(segment.end_s, 2),
        "times": segment.times,
        "words": words,
    }
    return json.dumps(entry, ensure_ascii=False)


def _segment(entry: dict[str, Any]) -> Segment:
    return Segment(
        start_s=float(entry["start_s"]),
        end_s=float(entry["end_s"]),
        times=entry["times"],
        words=tuple(
            Word(text=text, start_s=float(start), end_s=float(end), probability=float(probability))
            for text, start, end, probability in entry["words"]
        ),
    )


def _shallow(value: Any) -> dict[str, object]:
    """The fields of a dataclass, without an empty `foreign`; json itself descends into their values."""
    fields = {name: getattr(value, name) for name in value.__dataclass_fields__}
    if not fields.get("foreign", True):
        del fields["foreign"]
    return fields


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in our JSON")
