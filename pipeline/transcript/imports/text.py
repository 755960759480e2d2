"""Plain text, Markdown, and the text of Word files as other programs write it → the house format.

Time marks are taken out, names in front of text or beside a time become label lines, lines of a program about itself
are left out and told. Everything else stays, line by line.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.german.sentences import ends_sentence
from pipeline.transcript.editorial import label_line, parse, render, without_invisible
from pipeline.transcript.imports.heads import Row, read_heads, resembles
from pipeline.transcript.imports.marks import (
    CLOCK,
    is_only_a_time,
    leading_time,
    seconds_of,
    without_marks,
)
from pipeline.transcript.imports.passages import ImportedPassage, ImportedTranscript, turns_from
from pipeline.transcript.imports.people import is_voice
from pipeline.transcript.imports.prefixes import Start, prefix_of, read_prefixes
from pipeline.transcript.labels import looks_like_a_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.transcript.imports.people import People

_BEGUN = re.compile(
    r".{0,80}\b(?:hat die (?:Transkription|Aufzeichnung) (?:gestartet|begonnen|beendet|gestoppt|angehalten)"
    r"|(?:started|stopped) (?:the )?(?:transcription|recording))\.?",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"KI-generierte Inhalte können fehlerhaft sein\.?|AI-generated content may be incorrect\.?"
    r"|(?:Transkript|Transcript|Audiodatei|Audio file):?|Transkribiert mit noScribe.*",
    re.IGNORECASE,
)
_DURATION = re.compile(r"(?:\d+\s?(?:h|Std\.?)\s*)?\d+\s?(?:m|min|Min\.?)(?:\s*\d+\s?(?:s|Sek\.?))?")
_SPACES = re.compile(r"[ \t\xa0]{2,}")
_EMPTY = re.compile(r"\n(?:[ \t]*\n){2,}")
_HEADINGS = 6  # lines that a program writes above the first name at most
_TIMED = 0.6  # share of the lines that begin with a time mark in a list of timed pieces
_FEWEST_TIMES = 2
_LEADING = 0.2  # share of the lines that begin with a time without brackets
_LONG = re.compile(r"\d{1,2}:\d{2}:\d{2}")
_HOUR = re.compile(r"(?:Uhr|bis|und|oder|o'clock)\b")
_STRONG = re.compile(r"(?<![\w*])\*\*(?=\S)(.+?)(?<=\S)\*\*(?![\w*])|(?<![\w_])__(?=\S)(.+?)(?<=\S)__(?![\w_])")
_EMPHASIS = re.compile(
    r"(?<![\w*])\*(?=[^\s*])([^*]+?)(?<=\S)\*(?![\w*])|(?<![\w_])_(?=[^\s_])([^_]+?)(?<=\S)_(?![\w_])"
)
_HEAD_OR_QUOTE = re.compile(r"\s{0,3}(?:#{1,6}\s+|>\s?|[-*+]\s+(?=\*\*|__))")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!<>|\"'~])")
_LINK = re.compile(r"\[([^\[\]]+)\]\([^()\s]*\)")
_BETWEEN = re.compile(  # Klara Klang 00:03: …
    rf"(?P<name>[^:\d]{{1,80}}?)[\s,|–—-]{{1,10}}\(?(?P<time>{CLOCK})\)?(?: Uhr)?\s*:\s+(?P<rest>\S.*)"
)


def read_text_file(text: str) -> str:
    """The same words in the same lines, with LF and NFC, without invisible characters."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return (
        "\n".join(without_invisible(unicodedata.normalize("NFC", line)).rstrip() for line in lines).strip("\n") + "\n"
    )


def read_manuscript(text: str, *, people: People, markdown: bool = False) -> ImportedTranscript:
    """The text in the house format, and German notices.

    If it has lines that block the release it keeps its lines: moving them would hide them. Raises TranscriptError for
    lines of which it is not clear who speaks.
    """
    lines = [_SPACES.sub(_one_space, line) for line in read_text_file(text).rstrip("\n").split("\n")]
    rows = [Row(number=number, text=line) for number, line in enumerate(lines, start=1)]
    if markdown and lines[0] == "---" and "---" in lines[1:]:
        rows = rows[lines.index("---", 1) + 1 :]  # what Markdown programs write about the file
    if markdown or any(re.match(r"\s*\*\*[^*\n]{1,80}:?\*\*", line) for line in lines):
        rows = [replace(row, text=_without_markdown(row.text, whole=markdown)) for row in rows]
    rows = _moved_down(_timed(rows))
    rows, told = _without_headings(read_heads(rows, people), people)
    if _is_timed_list(rows):
        turns, notices = turns_from(_passages(rows, people), people=people)
        return ImportedTranscript(text=read_text_file(render(turns)), notices=(*told, *notices))
    lines = list(_labelled(rows, people))
    people.refuse_unsettled()
    written = _EMPTY.sub("\n\n", "\n".join(lines).strip("\n")) + "\n"
    manuscript = parse(written, speakers=people.speakers, not_labels=people.not_labels)
    formatted = written if manuscript.blocking else render(manuscript.plain())
    return ImportedTranscript(text=formatted, notices=(*told, *people.notices()))


def _one_space(spaces: re.Match[str]) -> str:
    return "\t" if "\t" in spaces[0] else " "  # a tab may part columns


def _without_markdown(line: str, *, whole: bool) -> str:
    line = _STRONG.sub(lambda found: found[1] or found[2], line)
    if not whole:
        return line
    line = _EMPHASIS.sub(lambda found: found[1] or found[2], _HEAD_OR_QUOTE.sub("", line))
    return _ESCAPED.sub(r"\1", _LINK.sub(r"\1", line)).removesuffix("\\")


def _timed(rows: Sequence[Row]) -> list[Row]:
    """The lines without their time marks.

    A time without brackets at the start of a line counts if it has hours or a name follows, or if many lines begin so.
    """
    between = sum(_between(row) is not None for row in rows) >= _FEWEST_TIMES
    marked = [_marked(row, between=between) for row in rows]
    leading = [(row, found) for row in marked if (found := leading_time(row.text)) and not _HOUR.match(found[1])]
    times = [time_s for _, (time_s, _) in leading]
    written = sum(bool(row.text.strip()) for row in marked)
    many = len(times) >= _FEWEST_TIMES and times == sorted(times) and len(times) >= _LEADING * written
    taken = {
        row.number: replace(row, text=rest, time_s=time_s, leads=True)
        for row, (time_s, rest) in leading
        if many or not rest or "\t" in row.text or _LONG.match(row.text.strip()) or _is_named(rest)
    }
    return [taken.get(row.number, row) for row in marked]


def _moved_down(rows: Sequence[Row]) -> list[Row]:
    """The lines with the times that stand alone above them."""
    moved: list[Row] = []
    for row in rows:
        above = moved[-1] if moved else None
        if (
            above is not None
            and above.time_s is not None
            and not above.text
            and row.time_s is None
            and row.text.strip()
        ):
            moved[-1] = replace(row, time_s=above.time_s, leads=True)
        else:
            moved.append(row)
    return moved


def _between(row: Row) -> re.Match[str] | None:
    """The time between a name and its colon, if the line has the form."""
    found = _BETWEEN.match(row.text.strip())
    return found if found is not None and resembles(found["name"]) else None


def _marked(row: Row, *, between: bool) -> Row:
    """The line without bracketed times, and, if `between`, without one that stands between a name and its colon."""
    line = row.text.strip()
    if between and (found := _between(row)) is not None:
        return replace(row, text=f"{found['name']}: {found['rest']}", time_s=seconds_of(found["time"]))
    text, time_s = without_marks(line)
    if is_only_a_time(line):
        text, time_s = "", seconds_of(line)
    return row if time_s is None else replace(row, text=text.strip(), time_s=time_s, leads=line[-1:] == text[-1:])


def _is_named(rest: str) -> bool:
    prefix = prefix_of(rest)
    return prefix is not None and (is_voice(prefix.bare) or looks_like_a_name(prefix.bare))


def _without_headings(rows: Sequence[Row], people: People) -> tuple[list[Row], tuple[str, ...]]:
    """The lines without those that a program wrote about itself, and a notice that quotes them."""
    first = next((index for index, row in enumerate(rows) if row.name), 0)  # without one, nothing is a heading
    above = [row for row in rows[:first] if row.text.strip()]
    is_headed = len(above) <= _HEADINGS and any(_is_about(row.text) for row in [*above, rows[-1]])
    left_out = {row.number for row in above if is_headed}
    if any(row.name for row in rows):
        left_out |= {row.number for row in rows if _BEGUN.fullmatch(row.text.strip())}
    left_out |= {row.number for row in rows[:first] if _is_about(row.text)}
    quoted = [f"„{row.text.strip()[:60]}“" for row in rows if row.number in left_out]
    notice = (f"Nicht übernommen, weil niemand es gesprochen hat: {', '.join(quoted)}.",) if quoted else ()
    return [row for row in rows if row.number not in left_out], notice


def _is_about(text: str) -> bool:
    text = text.strip()
    return bool(_ABOUT.fullmatch(text) or _BEGUN.fullmatch(text) or _DURATION.fullmatch(text))


def _is_timed_list(rows: Sequence[Row]) -> bool:
    """Return whether the file is a list of timed pieces, so that its lines are no paragraphs."""
    written = [row for row in rows if row.text.strip()]
    timed = [row for row in written if row.time_s is not None and not row.name]
    gaps = sum(not row.text.strip() and not row.name for row in rows)
    return len(timed) > _FEWEST_TIMES and len(timed) >= _TIMED * len(written) and gaps < len(timed) / 2


def _passages(rows: Sequence[Row], people: People) -> list[ImportedPassage]:
    written = [row for row in rows if row.text.strip() or row.name]
    prefixes = read_prefixes(_starts(written), people, others=any(row.name for row in written))
    passages: list[ImportedPassage] = []
    now_s = 0.0
    for row, prefix in zip(written, prefixes, strict=True):
        now_s = now_s if row.time_s is None else row.time_s
        speaker, text = (prefix.name, prefix.rest) if prefix is not None and not row.name else (row.name, row.text)
        passages.append(ImportedPassage(speaker=speaker, text=text, start_s=now_s, end_s=now_s))
    ends = [*(passage.start_s for passage in passages[1:]), now_s]
    return [replace(passage, end_s=max(end, passage.start_s)) for passage, end in zip(passages, ends, strict=True)]


def _labelled(rows: Sequence[Row], people: People) -> Iterator[str]:
    """The lines, with a label line of its own for every name that is sure."""
    others = any(row.name for row in rows) or _has_label_lines(rows, people)
    prefixes = read_prefixes(_starts(rows), people, others=others)
    speaker = ""
    is_open = False  # nothing is said yet under the last label
    for row, prefix in zip(rows, prefixes, strict=True):
        name, text = (prefix.name, prefix.rest) if prefix is not None and not row.name else (row.name, row.text)
        label = _line(name, people) if name else ""
        if label and label == row.text.strip():
            yield row.text
        elif label:
            repeated = bool(row.name) and label == speaker  # a program writes it above every paragraph
            yield from ("",) if repeated else ("", label)
            is_open = not text.strip()
            if text.strip():
                yield text
        elif text.strip() or (row.time_s is None and not is_open):
            yield text  # a line that was nothing but a time is gone
            is_open = is_open and not text.strip()
        speaker = label or speaker


def _line(name: str, people: People) -> str:
    label = people.label(name)
    return label_line(label.name, label.organisation)


def _has_label_lines(rows: Sequence[Row], people: People) -> bool:
    """Return whether names stand alone in their lines, as in the house format."""
    alone = (prefix_of(row.text) for row in rows if row.text.rstrip().endswith((":", "：")))
    bare = (row.text.strip() for row in rows if 0 < len(row.text) < 80)
    return any(
        prefix is not None and not prefix.rest.strip() and (people.knows(prefix.name) or looks_like_a_name(prefix.bare))
        for prefix in alone
    ) or any(people.knows(line.rstrip(" ;")) for line in bare)


def _starts(rows: Sequence[Row]) -> list[Start]:
    starts: list[Start] = []
    before = ""
    blank = True
    for row in rows:
        opens = blank or not before or ends_sentence(before)
        starts.append(Start(number=row.number, text=row.text, opens=opens, inner=not blank))
        words = row.text.split()
        before = words[-1] if words else before
        blank = not words
    return starts
