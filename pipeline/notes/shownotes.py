"""Turn the Markdown people wrote into show notes that every app can show: safe HTML, and plain text.

Raw HTML is shown as it was typed, never interpreted or lost; `Mitarbeiter*innen` never becomes emphasis.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

import nh3
from markdown import Markdown
from markdown.inlinepatterns import InlineProcessor
from markdown.util import AtomicString

from pipeline.notes.brackets import bound_links
from pipeline.notes.chapters import whole_second_chapters
from pipeline.notes.foreign import as_written, read_foreign, with_signs, without_languages
from pipeline.notes.guards import guarded
from pipeline.notes.plain import plain_text
from pipeline.notes.text import clip_bytes, legal
from pipeline.timecode import clock
from pipeline.values.published import ShowNotes

if TYPE_CHECKING:
    import re
    from collections.abc import Sequence

    from pipeline.values.show import Chapter, Episode, Speaker

TEXT_LIMIT_BYTES = 3500  # with HTML tags around its lines it still fits a feed's description of 4000 bytes
TAGS = {"p", "br", "hr", "strong", "em", "code", "a", "ul", "ol", "li", "blockquote", "h3", "h4", "span"}
ATTRIBUTES = {"a": {"href", "title"}, "span": {"lang"}}
URL_SCHEMES = {"http", "https", "mailto", "tel"}
_TRAILING = ".,;:!?…'\"»«“”„*_"  # at the end of an address these belong to the sentence


def render_shownotes(markdown_text: str | None, *, episode: Episode, duration_s: float) -> ShowNotes:
    """The show notes of `episode`. `html` is only what people wrote; `text` is complete: summary, notes, chapters
    and speakers, in at most 3500 bytes (the notes are cut first).

    Raises ConfigError if chapters do not fit the audio.
    """
    html = _body(legal(markdown_text or ""))
    head = "\n\n".join(part for part in (legal(episode.summary).strip(), plain_text(html)) if part)
    tail = _tail_text(whole_second_chapters(episode.chapters, duration_s), episode.speakers)
    room = TEXT_LIMIT_BYTES - len(tail.encode("utf-8")) - 2
    text = "\n\n".join(part for part in (clip_bytes(head, max(room, 3)), tail) if part)
    return ShowNotes(html=html, text=clip_bytes(text, TEXT_LIMIT_BYTES) + "\n")


def whole_html(notes_html: str, *, episode: Episode, chapters: Sequence[Chapter]) -> str:
    """Show notes for apps, which show nothing else: summary, notes, chapters with their times, speakers.

    `notes_html` is a `ShowNotes.html`; the rest is escaped here. Apps know no languages, so those are left out.
    """
    head = f"<p>{_line(episode.summary)}</p>" if episode.summary.strip() else ""
    parts = [head, without_languages(notes_html.strip())]
    if chapters:
        lines = [f"{clock(chapter.start_s)} {_linked(chapter.title, chapter.url)}" for chapter in chapters]
        parts.append("<p><strong>Kapitel</strong><br>\n" + "<br>\n".join(lines) + "</p>")
    if episode.speakers:
        people = [
            f"<li>{_linked(speaker.name, speaker.url)} {_line(_about(speaker))}</li>" for speaker in episode.speakers
        ]
        parts.append("<p><strong>Mitwirkende</strong></p>\n<ul>\n" + "\n".join(people) + "\n</ul>")
    return "\n".join(part for part in parts if part) + "\n"


def _tail_text(chapters: Sequence[Chapter], speakers: Sequence[Speaker]) -> str:
    parts = []
    if chapters:
        lines = [f"{clock(chapter.start_s)} {legal(chapter.title)}" for chapter in chapters]
        parts.append("\n".join(["Kapitel:", *lines]))
    if speakers:
        people = [f"{legal(speaker.name)} {legal(_about(speaker))}" for speaker in speakers]
        parts.append("\n".join(["Mitwirkende:", *people]))
    return "\n\n".join(parts)


def _about(speaker: Speaker) -> str:
    role = "Moderation" if speaker.role == "host" else "zu Gast"
    return f"({role}, {speaker.organisation})" if speaker.organisation else f"({role})"


def _linked(text: str, url: str) -> str:
    if not url:
        return _line(text)
    return f'<a href="{_line(url)}" rel="noopener noreferrer">{_line(text)}</a>'


def _line(text: str) -> str:
    return escape(" ".join(legal(text).split()))


def _body(markdown_text: str) -> str:
    """Sanitised HTML; headings begin at h3, because pages have two levels above."""
    if not markdown_text.strip():
        return ""
    html = as_written(_markdown().convert(with_signs(guarded(markdown_text))))
    for level, lower in ((6, 4), (5, 4), (4, 4), (3, 4), (2, 3), (1, 3)):
        html = html.replace(f"<h{level}>", f"<h{lower}>").replace(f"</h{level}>", f"</h{lower}>")
    clean = nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=URL_SCHEMES, url_relative="deny")
    return clean.strip() + "\n"


def _markdown() -> Markdown:
    """Markdown without raw HTML, code blocks and images, with bare addresses as links and no emphasis inside a word."""
    converter = Markdown(output_format="html")
    converter.preprocessors.deregister("html_block")
    converter.parser.blockprocessors.deregister("code")
    for pattern in ("html", "image_link", "image_reference", "short_image_ref"):
        converter.inlinePatterns.deregister(pattern)
    bound_links(converter)
    read_foreign(converter)
    converter.inlinePatterns.register(_BareAddress(_BareAddress.PATTERN, converter), "bare_address", 115)
    converter.inlinePatterns.register(_MailAddress(_MailAddress.PATTERN, converter), "mail_address", 105)
    for kind, tag in (("olist", "ol"), ("ulist", "ul")):  # numbers below bullets are a list of their own
        vars(converter.parser.blockprocessors[kind])["SIBLING_TAGS"] = [tag]  # the stubs lack it
    converter.inlinePatterns.register(_InsideWord(_InsideWord.PATTERN, converter), "inside_word", 70)
    return converter


# The stubs check handleMatch against Pattern, the old interface; InlineProcessor takes `data` and returns a triple.
class _BareAddress(InlineProcessor):
    """Turn `https://…` and `www.…` in the text into a link."""

    # \x02 and \x03 enclose what Markdown has already worked on
    PATTERN = r"(?:https?://|(?<![\w@/.\x03-])[wW]{3}\.(?=[\w-]+\.))[^\s<>\x02\x03]+"
    ANCESTOR_EXCLUDES = ("a",)

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Element, int, int]:  # type: ignore[override]  # noqa: N802
        url = m[0].rstrip(_TRAILING + ("" if "(" in m[0] else ")"))
        link = Element("a", href=url if "://" in url else f"https://{url}")
        link.text = AtomicString(url)
        return link, m.start(), m.start() + len(url)


class _MailAddress(InlineProcessor):
    """Turn `name@host.de` in the text into a link."""

    PATTERN = r"(?<![\w.+/@:\x03-])[A-Za-z0-9][\w.+-]*@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}(?![\w@-])"
    ANCESTOR_EXCLUDES = ("a",)

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Element, int, int]:  # type: ignore[override]  # noqa: N802
        link = Element("a", href=f"mailto:{m[0]}")
        link.text = AtomicString(m[0])
        return link, m.start(), m.end()


class _InsideWord(InlineProcessor):
    """Keep `*` and `_` between two letters: Markdown would take the gender star for emphasis."""

    PATTERN = r"(?<=[^\W_])[*_]+(?=[^\W_])"

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[str, int, int]:  # type: ignore[override]  # noqa: N802
        return m[0], m.start(), m.end()
