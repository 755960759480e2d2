"""WebVTT and SRT of other programs → passages; tags and entities are resolved, no word is lost."""

from __future__ import annotations

import html
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.german.sentences import ends_sentence
from pipeline.transcript.imports.cue_lines import read_cues
from pipeline.transcript.imports.marks import without_marks
from pipeline.transcript.imports.passages import ImportedPassage
from pipeline.transcript.imports.people import TURN_MARK, UNNAMED, is_voice
from pipeline.transcript.imports.prefixes import Start, prefix_of, read_prefixes
from pipeline.transcript.labels import fold_name, looks_like_a_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Literal

    from pipeline.transcript.imports.cue_lines import RawCue
    from pipeline.transcript.imports.people import People
    from pipeline.transcript.imports.prefixes import Prefix

_VOICE = re.compile(r"<v(?:\.[^\s>]*)?(?:[ \t\n]+([^>]*))?>|(</v>)")
# Only the tags of the standards, and positions as in {\an8}: a lone "<" is part of the text.
_TAG = re.compile(
    r"</?(?:[cibuv]|lang|ruby|rt|font)(?:[.\s][^<>]*)?/?>|<(?:\d+:)?\d\d:\d\d[.,]\d{3}>|\{\\[^{}]*\}", re.IGNORECASE
)
_ARROWS = re.compile(r"\s*>{2,}\s*")  # the same, in captions for television
_DASH = re.compile(r"\s*[-–—]\s*\S")
_ROLES = frozenset(("sprecher", "sprecherin", "speaker"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """A line of a cue: the voice that its tag names, and whether a mark says that somebody else begins."""

    number: int
    start_s: float
    end_s: float
    voice: str
    text: str
    first: bool  # of its cue
    changes: bool
    dashed: bool  # one of several lines with a dash: each is said by somebody else


def read_subtitles(text: str, form: Literal["vtt", "srt"], *, people: People) -> tuple[ImportedPassage, ...]:
    """The cues in the order of the file, one passage for each voice in them.

    Speakers are read from `<v Name>`, from a cue's name, or from what precedes a line: see `read_prefixes`. Raises
    TranscriptError for text that belongs to no cue, and for lines of which it is not clear who speaks, with their
    numbers.
    """
    cues = read_cues(text, form)
    pieces = list(_pieces(cues, people))
    prefixes = read_prefixes(_starts(pieces), people, others=any(piece.voice for piece in pieces))
    named = any(prefix is not None for prefix in prefixes)
    unnamed = 0
    passages: list[ImportedPassage] = []
    for piece, prefix in zip(pieces, prefixes, strict=True):
        speaker, said = _who(piece, prefix, people)
        if not speaker and (piece.changes or (named and piece.dashed)):
            unnamed += 1
            speaker = f"{UNNAMED}{unnamed}"
        passages.append(ImportedPassage(speaker=speaker, text=said, start_s=piece.start_s, end_s=piece.end_s))
    return _joined(passages)


def _pieces(cues: Sequence[RawCue], people: People) -> Iterator[_Piece]:
    names = _named_cues(cues, people)
    changes = False
    for cue in cues:
        voice = names.get(cue.identifier, "")
        numbers = {part: line.number for line in reversed(cue.lines) for part in line.text.split("\n")}
        payload = "\n".join(line.text for line in cue.lines)
        dashes = sum(_DASH.match(line.text) is not None for line in cue.lines) > 1
        first = True
        for tagged, part in _voices(payload):
            for line in part.split("\n"):
                spoken, _ = without_marks(html.unescape(_TAG.sub("", line)))
                turns = _ARROWS.match(spoken)
                changes = changes or turns is not None
                ending = TURN_MARK.search(spoken) is not None
                spoken = TURN_MARK.sub("", _ARROWS.sub("", spoken, count=1) if turns else spoken)
                number = numbers.get(line, cue.lines[0].number)
                if spoken.strip() or tagged:
                    yield _Piece(
                        number=number, start_s=cue.start_s, end_s=cue.end_s, voice=tagged or voice, text=spoken,
                        first=first, changes=changes and bool(spoken.strip()),
                        dashed=dashes and _DASH.match(spoken) is not None,
                    )  # fmt: skip
                    first = False
                changes = ending or (changes and not spoken.strip())


def _named_cues(cues: Sequence[RawCue], people: People) -> dict[str, str]:
    """The names of cues that are names of speakers."""
    counts = Counter(cue.identifier for cue in cues)
    return {
        name: name
        for name, count in counts.items()
        if name and not name.isdecimal() and not people.is_text(name)
        if people.knows(name) or is_voice(name) or (looks_like_a_name(name) and (count > 1 or " " in name))
    }


def _voices(payload: str) -> Iterable[tuple[str, str]]:
    """The parts of a cue with the name in their voice tag, "" outside of one."""
    speaker, position = "", 0
    for tag in _VOICE.finditer(payload):
        if payload[position : tag.start()].strip():
            yield speaker, payload[position : tag.start()]
        speaker, position = html.unescape(_TAG.sub("", tag[1] or "")).strip(), tag.end()
    if payload[position:].strip():
        yield speaker, payload[position:]


def _starts(pieces: Sequence[_Piece]) -> list[Start]:
    starts: list[Start] = []
    before = ""
    for piece in pieces:
        opens = not before or ends_sentence(before)
        starts.append(Start(number=piece.number, text=piece.text, opens=opens, inner=not piece.first))
        before = (piece.text.split() or [before])[-1]
    return starts


def _who(piece: _Piece, prefix: Prefix | None, people: People) -> tuple[str, str]:
    """The speaker of a piece, "" if the previous one goes on, and what is said."""
    if not piece.voice:
        return (prefix.name, prefix.rest) if prefix is not None else ("", piece.text)
    written = prefix or prefix_of(piece.text)
    if written is None:
        return piece.voice, piece.text
    role = is_voice(piece.voice) and (is_voice(written.bare) or fold_name(written.bare) in _ROLES)
    if role or fold_name(written.name) == fold_name(piece.voice):
        return piece.voice, written.rest  # the name a second time
    if prefix is not None and (is_voice(piece.voice) or people.knows(prefix.name)):
        return prefix.name, prefix.rest
    return piece.voice, piece.text


def _joined(passages: Sequence[ImportedPassage]) -> tuple[ImportedPassage, ...]:
    """The lines of one cue and speaker as one passage."""
    joined: list[ImportedPassage] = []
    for passage in passages:
        before = joined[-1] if joined else None
        same_cue = before is not None and (before.start_s, before.end_s) == (passage.start_s, passage.end_s)
        if before is not None and same_cue and passage.speaker in {"", before.speaker}:
            text = f"{before.text}\n{passage.text}" if before.text.strip() else passage.text
            joined[-1] = ImportedPassage(speaker=before.speaker, text=text, start_s=before.start_s, end_s=before.end_s)
        else:
            joined.append(passage)
    return tuple(joined)
