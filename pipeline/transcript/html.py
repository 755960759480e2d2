"""A transcript as a piece of HTML that can be pasted into any page: only paragraphs and names."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from pipeline.timecode import clock
from pipeline.transcript.editorial import label_line
from pipeline.transcript.podcast_json import DEMO_NOTE
from pipeline.transcript.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.values.transcript import Paragraph, Sentence, Transcript, Turn


def render_html(transcript: Transcript, *, duration_s: float, times: bool = False) -> str:
    """One `<p>` a paragraph, a line each, names as `<strong>` before a turn's first words; "" without turns.

    It has no class, id, style, script, link or heading: the page it is pasted into decides how it looks. A passage in
    another language is a `<span lang>`. With `times` every paragraph begins with its `<time>`.
    """
    paragraphs = [f"<p><em>{escape(DEMO_NOTE, quote=False)}</em></p>"] if transcript.demo else []
    for turn in printable(transcript).turns:
        paragraphs += _paragraphs(turn, times=times)
    return "".join(f"{paragraph}\n" for paragraph in paragraphs)


def _paragraphs(turn: Turn, *, times: bool) -> Iterator[str]:
    label = label_line(turn.speaker, turn.organisation) if turn.speaker else ""
    name = f"<strong>{escape(label, quote=False)}</strong> " if label else ""
    for paragraph in turn.paragraphs:
        text = " ".join(map(_in_languages, paragraph.sentences))
        time = _time(paragraph) if times else ""
        yield f"<p>{time}{name}{text}</p>"
        name = ""


def _in_languages(sentence: Sentence) -> str:
    return "".join(
        f'<span lang="{language}">{escape(text, quote=False)}</span>' if language else escape(text, quote=False)
        for language, text in sentence.parts
    )


def _time(paragraph: Paragraph) -> str:
    """The start, for machines as a duration: they would read a bare 12:34 as a time of day."""
    return f'<time datetime="PT{int(paragraph.start_s)}S">{clock(paragraph.start_s)}</time> '
