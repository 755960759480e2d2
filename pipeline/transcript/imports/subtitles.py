"""WebVTT and SRT of other programs → passages; tags and entities are resolved, no word is lost."""

from __future__ import annotations

import html
import re
from collections import Counter
from typing import TYPE_CHECKING

from pipeline.errors import TranscriptError
from pipeline.german.sentences import ends_sentence
from pipeline.transcript.imports.passages import ImportedPassage
from pipeline.transcript.labels import fold_name, looks_like_a_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Literal

    from webvtt import Caption

_LINE_END = re.compile(r"\r\n|\r|\n")
_TIMINGS = re.compile(r"\s*(?:\d+:)?\d{1,2}:\d{1,2}[.,]\d+\s*-->\s*(?:\d+:)?\d{1,2}:\d{1,2}[.,]\d+")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?[ \t\n]+([^>]*)>|(</v>)")
# Only the tags of the standards: a lone "<" is part of the text.
_TAG = re.compile(r"</?(?:[cibuv]|lang|ruby|rt|font)(?:[.\s][^<>]*)?/?>|<(?:\d+:)?\d\d:\d\d[.,]\d{3}>", re.IGNORECASE)
_PREFIX = re.compile(r"(?:[-–—>]+\s*)?(?P<name>[^\[\](){}:;：]{1,80}?)\s*(?P<square>\[[^\[\]:]*\])?\s*:(?P<end>\s|$)")
_NO_CUES = ("NOTE", "STYLE", "REGION")


def read_subtitles(text: str, form: Literal["vtt", "srt"], *, known: Iterable[str]) -> tuple[ImportedPassage, ...]:
    """The cues in the order of the file, one passage for each voice in them.

    Speakers are read from `<v Name>`, or from `Name:` at a cue's start if the name is `known` or a full name. Raises
    TranscriptError if the file is not in this format, or if text belongs to no cue, with its line.
    """
    captions = _captions(text, form)
    _assert_all_read(_LINE_END.split(text.removeprefix("\ufeff")), captions, form)
    names = {fold_name(name) for name in known}
    passages: list[ImportedPassage] = []
    for caption in captions:
        start_s, end_s = caption.start_time.in_milliseconds() / 1000, caption.end_time.in_milliseconds() / 1000
        for speaker, said in _voices(caption.raw_text):
            spoken = html.unescape(_TAG.sub("", said))
            if not speaker:
                speaker, spoken = _prefixed(spoken, names, passages)  # noqa: PLW2901  a name found in the text itself
            passages.append(ImportedPassage(speaker=speaker, text=spoken, start_s=start_s, end_s=end_s))
    return tuple(passages)


def _captions(text: str, form: Literal["vtt", "srt"]) -> Sequence[Caption]:
    from io import StringIO

    from webvtt import WebVTT  # needed only here
    from webvtt.errors import MalformedCaptionError, MalformedFileError

    try:
        return WebVTT.from_buffer(StringIO(text.lstrip("\ufeff\r\n "), newline=""), form).captions
    except (MalformedFileError, MalformedCaptionError) as error:
        name = "WebVTT" if form == "vtt" else "SRT"
        raise TranscriptError(
            f"Die Datei ist kein lesbares {name}.",
            advice="Die Untertitel im anderen Programm noch einmal ausgeben, als WebVTT, SRT oder reinen Text.",
        ) from error


def _assert_all_read(lines: Sequence[str], captions: Sequence[Caption], form: Literal["vtt", "srt"]) -> None:
    """Raise TranscriptError for the first line of text that is not in a cue."""
    taken = Counter(line.strip() for caption in captions for text in caption.lines for line in text.split("\n"))
    header = next((index for index, line in enumerate(lines) if line.strip()), 0)
    skipping = False  # the header, a comment, a style: until the next blank line
    for index, line in enumerate(lines):
        following = lines[index + 1] if index + 1 < len(lines) else ""
        starts_block = index == 0 or not lines[index - 1]
        if form == "vtt" and (index == header or (starts_block and line.startswith(_NO_CUES))):
            skipping = True
        elif not line or "-->" in line:
            skipping = False
        if skipping or not line.strip() or _TIMINGS.match(line) or _TIMINGS.match(following):
            continue
        if taken[line.strip()] == 0:
            raise TranscriptError(
                f"Zeile {index + 1} gehört zu keinem Untertitel: „{line.strip()[:60]}“.",
                advice="Davor fehlt die Zeile mit den Zeiten (00:00:01.000 --> 00:00:02.000), oder sie ist beschädigt. "
                "Die Stelle mit einem Texteditor ansehen und die Datei noch einmal einlesen.",
            )
        taken[line.strip()] -= 1


def _voices(payload: str) -> Iterable[tuple[str, str]]:
    """The parts of a cue with the name in their voice tag, "" outside of one."""
    speaker, position = "", 0
    for tag in _VOICE.finditer(payload):
        if payload[position : tag.start()].strip():
            yield speaker, payload[position : tag.start()]
        speaker, position = html.unescape(_TAG.sub("", tag[1] or "")).strip(), tag.end()
    if payload[position:].strip():
        yield speaker, payload[position:]


def _prefixed(text: str, known: set[str], before: Sequence[ImportedPassage]) -> tuple[str, str]:
    """Split a leading `Name:` from the text; the name is "" if there is none.

    A colon before a no-break space ends a label only if the name is known: our own SRT writes all others so.
    """
    match = _PREFIX.match(text.lstrip())
    if match is None:
        return "", text
    name = " ".join(match["name"].split())
    opens = not before or ends_sentence((before[-1].text.split() or ["."])[-1])
    full_name = len(name.split()) > 1 and looks_like_a_name(name) and match["end"] != "\u00a0"
    if fold_name(name) not in known and not (opens and full_name):
        return "", text
    return f"{name} {match['square'] or ''}".strip(), text.lstrip()[match.end() :]
