"""Transcripts as JSON → passages: Podcasting 2.0, the editions of Whisper, Podlove, AWS Transcribe."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.errors import TranscriptError
from pipeline.transcript.imports.marks import CLOCK, seconds_of
from pipeline.transcript.imports.passages import ImportedPassage
from pipeline.transcript.imports.people import TURN_MARK, UNNAMED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_LISTS = (
    "segments",
    "transcription",
    "chunks",
    "utterances",
    "transcripts",
    "transcript",
    "cues",
    "monologues",
    "items",
)
_TEXTS = ("body", "text", "transcript")
_SPEAKERS = ("voice", "speaker", "speaker_label", "speakerName", "speaker_name", "name")
_STARTS = ("startTime", "start", "start_time", "startTimeInSeconds", "from", "begin")
_ENDS = ("endTime", "end", "end_time", "endTimeInSeconds", "to")
_CLOSES_UP = re.compile(r"[.,;:!?…%)\]”“’]+")
_LAST_S = 1e6  # twelve days; larger numbers are no times of a recording


def read_json(text: str) -> tuple[ImportedPassage, ...]:
    """The segments in the order of the file. Raises TranscriptError with the place of the mistake.

    Times that are missing or not numbers are read as 0: they only help to find paragraphs. A segment whose words have
    several speakers is divided between them.
    """
    content = parsed(text)
    words = _service_words(content)
    if words:
        return tuple(_of_words(words))
    segments = _segments(content)
    key = next((name for name in _TEXTS if segments and isinstance(segments[0], dict) and name in segments[0]), "body")
    passages = (found for number, segment in enumerate(segments, 1) for found in _passages(segment, number, key))
    return tuple(_changes(passages))


def parsed(text: str) -> object:
    """The content of a JSON file. Raises TranscriptError with the line of the mistake."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: also an integer of too many digits
        place = f", Zeile {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise _unreadable(f"Das JSON ist beschädigt{place}.") from error


def text_of_editor(content: object) -> str | None:
    """The text of an .otr file of oTranscribe, as plain text with its time marks in brackets; None if it is none."""
    html = content.get("text") if isinstance(content, dict) else None
    if not isinstance(html, str) or not isinstance(content, dict) or not {"media", "media-time"} & content.keys():
        return None
    return plain_text(html)


def plain_text(html: str) -> str:
    """The text of HTML as an editor writes it: blocks become lines, time marks keep their brackets."""
    from lxml import etree

    root = etree.HTML(f"<div>{html}</div>", etree.HTMLParser(no_network=True, huge_tree=False))
    return "" if root is None else "".join(_written(root))


def _written(element: object) -> Iterator[str]:
    from lxml import etree

    if not isinstance(element, etree._Element) or not isinstance(element.tag, str):  # a comment
        return
    is_time = "timestamp" in (element.get("class") or "")
    if element.tag in {"script", "style", "head", "title"}:
        return
    yield {"br": "\n", "p": "\n\n", "div": "\n\n"}.get(element.tag, "[" if is_time else "")
    yield (element.text or "").replace("\n", " ").replace("\xa0", " ")
    for child in element:
        yield from _written(child)
        yield (child.tail or "").replace("\n", " ").replace("\xa0", " ")
    yield {"p": "\n\n", "div": "\n\n"}.get(element.tag, "] " if is_time else "")


def _segments(content: object) -> Sequence[object]:
    """The list of segments, in whatever a program calls it."""
    if isinstance(content, list) and content and isinstance(content[0], dict):
        if "items" in content[0] and "text" not in content[0]:  # Podlove, grouped by speaker
            return [_grouped(group, entry) for group in content for entry in _list(group.get("items"))]
        if any(name in content[0] for name in ("text", "transcript")):
            return content
    if isinstance(content, dict):
        results = content.get("results")
        for place in (content, results if isinstance(results, dict) else {}):
            found = next((place[name] for name in _LISTS if isinstance(place.get(name), list)), None)
            if found is not None:
                return list(found)
    raise _unreadable("In der JSON-Datei fehlt die Liste „segments“.")


def _grouped(group: object, entry: object) -> object:
    names = {name: group[name] for name in _SPEAKERS if isinstance(group, dict) and group.get(name)}
    return names | entry if isinstance(entry, dict) else entry


def _passages(segment: object, number: int, key: str) -> Iterator[ImportedPassage]:
    text = segment.get(key) if isinstance(segment, dict) else None
    if not isinstance(segment, dict) or not isinstance(text, str):
        raise _unreadable(f"In der JSON-Datei hat Segment {number} keinen Text („body“ oder „text“).")
    start_s, end_s = _times(segment)
    words = [word for word in _list(segment.get("words")) if isinstance(word, dict)]
    speakers = {_speaker(word) for word in words} - {""}
    said = "".join("".join(_word(word).split()) for word in words)
    if len(speakers) > 1 and said == "".join(text.split()):
        yield from _of_words([(_speaker(word) or _speaker(segment), _word(word), *_times(word)) for word in words])
        return
    yield ImportedPassage(speaker=_speaker(segment), text=text, start_s=start_s, end_s=end_s)


def _changes(passages: Iterable[ImportedPassage]) -> Iterator[ImportedPassage]:
    """The passages without whisper.cpp's mark that somebody else speaks next; whoever that is has no name."""
    changed = False
    unnamed = 0
    for passage in passages:
        speaker = passage.speaker
        if changed and not speaker:
            unnamed += 1
            speaker = f"{UNNAMED}{unnamed}"
        changed = TURN_MARK.search(passage.text) is not None
        yield replace(passage, speaker=speaker, text=TURN_MARK.sub("", passage.text))


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _speaker(entry: dict[str, object]) -> str:
    """The name, "" if none is given; a number becomes `Speaker 1`."""
    value = next((entry[name] for name in _SPEAKERS if entry.get(name) not in (None, "")), "")
    if isinstance(value, dict):
        value = next((value[name] for name in ("name", "label", "id") if value.get(name)), "")
    if isinstance(value, int) and not isinstance(value, bool):
        return f"Speaker {value}"
    text = value.strip() if isinstance(value, str) else ""
    return f"Speaker {text}" if text.isdecimal() or re.fullmatch("[A-Z]", text) else text


def _word(word: dict[str, object]) -> str:
    value = next((word[name] for name in ("punctuated_word", "word", "text", "content") if word.get(name)), "")
    return value if isinstance(value, str) else ""


def _times(entry: dict[str, object]) -> tuple[float, float]:
    """Start and end in seconds, from any of the names that programs have for them."""
    if "start_ms" in entry or "end_ms" in entry:
        return _seconds(entry.get("start_ms")) / 1000, _seconds(entry.get("end_ms")) / 1000
    pair = entry.get("timestamp")
    if isinstance(pair, list) and len(pair) == 2:
        return _seconds(pair[0]), _seconds(pair[1])
    inner = entry.get("timestamps")
    place = inner if isinstance(inner, dict) else entry
    first, last = (next((place[name] for name in names if name in place), None) for names in (_STARTS, _ENDS))
    return _seconds(first), _seconds(last)


def _service_words(content: object) -> list[tuple[str, str, float, float]]:
    """The words of AWS Transcribe, with their speakers; [] if the file is of another kind."""
    results = content.get("results") if isinstance(content, dict) else None
    items = results.get("items") if isinstance(results, dict) else None
    if not isinstance(results, dict) or not isinstance(items, list):
        return []
    said_by = _said_by(results.get("speaker_labels"))
    words: list[tuple[str, str, float, float]] = []
    for number, item in enumerate(items, start=1):
        choices = item.get("alternatives") if isinstance(item, dict) else None
        choice = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(item, dict) or not isinstance(choice, dict) or not isinstance(choice.get("content"), str):
            raise _unreadable(f"In der JSON-Datei hat Eintrag {number} von „items“ kein Wort.")
        before = words[-1] if words else ("", "", 0.0, 0.0)
        if item.get("type") == "punctuation":
            words.append((before[0], choice["content"], before[3], before[3]))
        else:
            speaker = _speaker(item) or said_by.get(str(item.get("start_time")), "")
            words.append((speaker, choice["content"], *_times(item)))
    return words


def _said_by(labels: object) -> dict[str, str]:
    """The speaker of every word, by its start as written."""
    segments = labels.get("segments") if isinstance(labels, dict) else None
    entries = [segment for segment in segments or () if isinstance(segment, dict)] if isinstance(segments, list) else []
    return {
        str(item.get("start_time")): _speaker(item) or _speaker(segment)
        for segment in entries
        for item in _list(segment.get("items"))
        if isinstance(item, dict)
    }


def _of_words(words: Sequence[tuple[str, str, float, float]]) -> Iterator[ImportedPassage]:
    """Words with their speakers as passages, one for each run of a speaker."""
    text, speaker, start_s, end_s = "", "", 0.0, 0.0
    pause_s = 1.5  # longer ones begin a new passage, so that paragraphs can be found
    for said_by, word, begun_s, done_s in words:
        if text and (said_by not in {"", speaker} or begun_s - end_s > pause_s):
            yield ImportedPassage(speaker=speaker, text=text, start_s=start_s, end_s=end_s)
            text, start_s = "", begun_s
        speaker = said_by or speaker
        text += word.strip() if not text or _CLOSES_UP.fullmatch(word.strip()) else f" {word.strip()}"
        end_s = done_s
    if text:
        yield ImportedPassage(speaker=speaker, text=text, start_s=start_s, end_s=end_s)


def _seconds(value: object) -> float:
    """Seconds, from a number or a clock; 0 for anything that is no time of a recording."""
    if isinstance(value, str):
        if re.fullmatch(CLOCK, value.strip()):
            return seconds_of(value)
        value = value.strip().rstrip("s")
    try:
        seconds = float(value) if isinstance(value, int | float | str) else 0.0
    except (OverflowError, ValueError):
        return 0.0
    return seconds if math.isfinite(seconds) and 0 <= seconds <= _LAST_S * 1000 else 0.0


def _unreadable(problem: str) -> TranscriptError:
    return TranscriptError(
        problem,
        advice="Gelesen werden Podcasting-2.0-JSON (eine Liste „segments“ mit speaker, startTime, endTime und body) "
        "und die Ausgaben von Whisper, whisperX, faster-whisper, Podlove und AWS Transcribe.",
    )
