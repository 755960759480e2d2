"""Parse the editors' text file into turns and render it: `Name [Organisation]:` alone on a line, then paragraphs."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.build.handwritten import CONFLICT_ADVICE, conflict_line, conflict_text, encoding_of
from pipeline.errors import TranscriptError
from pipeline.transcript.foreign import read_passages
from pipeline.transcript.labels import Label, LabelFinding, read_labels

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipeline.transcript.foreign import MarkedWord, Passages
    from pipeline.values.show import Speaker
    from pipeline.values.transcript import Foreign

    _Line = tuple[int, str, Sequence[MarkedWord]]

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_WRAPPED_WIDTHS = range(50, 121)  # characters at which people or their programs break lines
_ENDS_A_SENTENCE = re.compile(r"[.!?…][\"'“”„‚‘’»«›‹)\]]*$")
_LARGEST_BYTES = 5_000_000  # 45 minutes are about 40 KB
# Never part of a word: control characters except white space, soft hyphens, zero-width spaces, direction marks.
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the file with its line end, exactly as read; `number` counts from 1."""

    number: int
    raw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A whitespace-separated word as written (NFC, without invisible characters), and its line.

    Where a passage in another language begins or ends, `marked` is the word with the mark (`[en: Public`), which is not
    part of `text`; else it is "". `foreign` are the characters of `text` in such a passage."""

    text: str
    line: int
    marked: str = ""
    foreign: tuple[Foreign, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenTurn:
    """A label and the text under it. `speaker` is the name as written, "" for text before the first label, whose `line`
    is 0. Paragraphs are never empty; a label with nothing under it has none."""

    speaker: str
    organisation: str
    line: int
    paragraphs: tuple[tuple[Token, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainTurn:
    """A turn as text: paragraphs of words with single spaces."""

    speaker: str
    organisation: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manuscript:
    """A parsed file. Lossless: `"".join(line.raw for line in lines)` is the text that was read."""

    lines: tuple[Line, ...]
    turns: tuple[WrittenTurn, ...]
    findings: tuple[LabelFinding, ...]

    @property
    def blocking(self) -> tuple[LabelFinding, ...]:
        """The findings that stop a release."""
        return tuple(finding for finding in self.findings if finding.blocking)

    def plain(self) -> tuple[PlainTurn, ...]:
        """The turns as `render` takes them, with the marks of passages in other languages."""
        return tuple(
            PlainTurn(
                speaker=turn.speaker,
                organisation=turn.organisation,
                paragraphs=tuple(
                    " ".join(token.marked or token.text for token in paragraph) for paragraph in turn.paragraphs
                ),
            )
            for turn in self.turns
        )


def decode(raw: bytes) -> str:
    """Decode a transcript file in the encoding that `encoding_of` finds, without a byte-order mark.

    Raises TranscriptError if the bytes are not text, more than 5 MB, or have marks that git left of a conflict.
    """
    if len(raw) > _LARGEST_BYTES:
        raise TranscriptError(
            f"Das Transkript ist {len(raw) / 1e6:.1f} MB groß; lesbar sind höchstens 5 MB.".replace(".", ",", 1),
            advice="Prüfen, ob wirklich der Text der Folge darin steht (eine Stunde sind etwa 50 KB), und den Text "
            "ohne Bilder und Anhänge als reinen Text (UTF-8) speichern. Es wurde nichts verändert.",
        )
    if line := conflict_line(raw):
        raise TranscriptError(conflict_text("mit dem Transkript", line), advice=CONFLICT_ADVICE)
    try:
        return raw.decode(encoding_of(raw))
    except UnicodeError as error:
        raise TranscriptError(
            "Das Transkript ist keine lesbare Textdatei.",
            advice="Die Datei als reinen Text (UTF-8) speichern, nicht als Word- oder PDF-Dokument; "
            "Word-Dateien und Untertitel liest `make transcript-import` ein.",
        ) from error


def without_invisible(text: str) -> str:
    """`text` without its invisible characters; everything else stays where it is."""
    return _INVISIBLE.sub("", text)


def parse(text: str, *, speakers: Sequence[Speaker], not_labels: Sequence[str] = ()) -> Manuscript:
    """Parse any text into a manuscript: nothing is dropped or guessed, and anything odd becomes a finding.

    `not_labels` are lines (with or without their colon) that look like labels but are speech. Line ends may be LF,
    CRLF or CR, umlauts NFC or NFD, and lines may end in spaces or no-break spaces; soft hyphens and control characters
    are not part of any word. Findings are in the order of the lines.
    """
    lines = tuple(Line(number=number, raw=raw) for number, raw in enumerate(_LINE.findall(text), start=1))
    bodies = [without_invisible(unicodedata.normalize("NFC", line.raw)).strip() for line in lines]
    passages = read_passages(bodies)
    plain = [passages.text(number, body) for number, body in enumerate(bodies, start=1)]
    labels, findings = read_labels(plain, speakers=speakers, not_labels=not_labels)
    turns = _turns(bodies, labels, passages)
    found = (*findings, *_findings_about_turns(turns), *_findings_about_passages(passages, labels))
    return Manuscript(lines=lines, turns=turns, findings=tuple(sorted(found, key=lambda finding: finding.line)))


def render(turns: Iterable[PlainTurn]) -> str:
    """Render the canonical file: labels, blank lines between paragraphs and between turns, a final newline.

    Returns "" if there are no turns. Words are kept; white space inside a paragraph becomes single spaces.
    """
    blocks: list[str] = []
    for turn in turns:
        paragraphs = [" ".join(paragraph.split()) for paragraph in turn.paragraphs]
        head = f"{label_line(turn.speaker, turn.organisation)}\n" if turn.speaker else ""
        blocks.append(head + "\n\n".join(paragraphs))
    return "\n\n".join(block.rstrip("\n") for block in blocks) + "\n" if blocks else ""


def label_line(speaker: str, organisation: str) -> str:
    """`Name [Organisation]:`, or `Name:` without an organisation."""
    return f"{speaker} [{organisation}]:" if organisation else f"{speaker}:"


def _turns(bodies: Sequence[str], labels: Sequence[Label | None], passages: Passages) -> tuple[WrittenTurn, ...]:
    width = max((len(body) for body, label in zip(bodies, labels, strict=True) if label is None), default=0)
    starts = [index for index, label in enumerate(labels) if label is not None]
    turns = []
    for start, end in zip([-1, *starts], [*starts, len(bodies)], strict=True):
        label = labels[start] if start >= 0 else None
        speech: list[_Line] = [
            (number, bodies[number - 1], passages.words.get(number, ())) for number in range(start + 2, end + 1)
        ]
        if label is not None:
            speech.insert(0, (start + 1, label.speech, passages.last_words(start + 1, label.speech)))
        paragraphs = _paragraphs(speech, width, passages)
        if label is not None or paragraphs:
            turns.append(
                WrittenTurn(
                    speaker=label.name if label else "",
                    organisation=label.organisation if label else "",
                    line=start + 1,
                    paragraphs=paragraphs,
                )
            )
    return tuple(turns)


def _paragraphs(speech: Sequence[_Line], width: int, passages: Passages) -> tuple[tuple[Token, ...], ...]:
    """The paragraphs in `speech`: of each line its number, its text, and its words if it has marks.

    Paragraphs end at a blank line, and at a line end after a full stop unless the line was wrapped by hand or is inside
    a passage in another language."""
    paragraphs: list[list[Token]] = [[]]
    for position, (number, body, words) in enumerate(speech):
        paragraphs[-1] += _tokens(number, body, words)
        following = speech[position + 1][1] if position + 1 < len(speech) else ""
        ends = _ENDS_A_SENTENCE.search(body) and number not in passages.open_after
        if not following or (ends and not _was_wrapped(body, following, width)):
            paragraphs.append([])
    return tuple(tuple(paragraph) for paragraph in paragraphs if paragraph)


def _tokens(number: int, body: str, words: Sequence[MarkedWord]) -> list[Token]:
    if not words:
        return [Token(text=word, line=number) for word in body.split()]
    return [
        Token(
            text=word.text,
            line=number,
            marked=word.written if word.written != word.text else "",
            foreign=word.foreign,
        )
        for word in words
    ]


def _was_wrapped(body: str, following: str, width: int) -> bool:
    """Return whether the file is as narrow as wrapped text and the next line's first word did not fit on this line."""
    return width in _WRAPPED_WIDTHS and len(body) + 1 + len(following.split(maxsplit=1)[0]) > width


def _findings_about_turns(turns: Sequence[WrittenTurn]) -> list[LabelFinding]:
    findings = []
    for turn in turns:
        if not turn.speaker:
            text = "Text vor der ersten Sprecherzeile; er erscheint ohne Namen."
            findings.append(LabelFinding(line=turn.paragraphs[0][0].line, text=text, blocking=False))
        elif not turn.paragraphs:
            text = f"„{turn.speaker}“: nach dieser Sprecherzeile folgt kein Text."
            findings.append(LabelFinding(line=turn.line, text=text, blocking=False))
    return findings


def _findings_about_passages(passages: Passages, labels: Sequence[Label | None]) -> list[LabelFinding]:
    found = [LabelFinding(line=line, text=text, blocking=True) for line, text in passages.unread]
    for before in sorted(passages.open_after):
        if labels[before] is not None:
            text = (
                "Eine Auszeichnung der Sprache reicht über diese Sprecherzeile; vorher schließen, danach neu beginnen."
            )
            found.append(LabelFinding(line=before + 1, text=text, blocking=True))
    return found
