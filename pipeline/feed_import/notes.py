"""Turn the HTML (or plain text) of foreign show notes into the Markdown that editors write here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape, unescape
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup
from markdownify import ATX, MarkdownConverter

if TYPE_CHECKING:
    from bs4 import Tag

_NEVER_TEXT = ("script", "style", "iframe", "object", "embed", "form", "template", "noscript", "svg", "head", "title")
_LOSSES = {
    "img": "Bilder in den Notizen",
    "iframe": "eingebettete Seiten in den Notizen",
    "object": "eingebettete Seiten in den Notizen",
    "embed": "eingebettete Seiten in den Notizen",
    "audio": "Player in den Notizen",
    "video": "Player in den Notizen",
    "form": "Formulare in den Notizen",
    "script": "Skripte in den Notizen",
}
_LINK_SCHEMES = {"http", "https", "mailto", "tel"}
_HTML = re.compile(r"<(?:/?[a-z][a-z0-9]*\b[^>]*|!--)>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d+|#x[0-9a-f]+|[a-z][a-z0-9]+);", re.IGNORECASE)
_ESCAPE_IN_WORD = re.compile(r"(?<=[^\W_])\\([*_])(?=[^\W_])")
_NESTED = re.compile(r"^( +)(?=(?:[-*+]|\d+\.) )")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """Show notes as Markdown, the same as one line without tags, and German phrases for what was lost."""

    markdown: str
    plain: str
    losses: tuple[str, ...]


def read_notes(text: str, *, base: str) -> Notes:
    """Read foreign show notes, HTML or not; addresses in them are completed with `base` ("" if it is unknown)."""
    if not _HTML.search(text):
        text = _as_html(text)
    soup = BeautifulSoup(text, "html.parser")
    losses = [loss for name, loss in _LOSSES.items() if soup.find(name) is not None]
    for tag in soup.find_all(_NEVER_TEXT):
        tag.decompose()
    for link in soup.find_all("a"):
        if not _repaired(link, base):
            losses.append("Verweise ohne brauchbare Adresse in den Notizen (ihr Text bleibt)")
    plain = " ".join(soup.get_text(" ").split())
    converter = MarkdownConverter(heading_style=ATX, bullets="-", strip=["img", "audio", "video"])
    try:
        markdown: str = converter.convert_soup(soup)
    except RecursionError:  # hundreds of nested elements, which no editor writes
        markdown = plain
        losses.append("die Gliederung der Notizen: sie sind zu tief verschachtelt")
    return Notes(markdown=_tidied(markdown), plain=plain, losses=tuple(dict.fromkeys(losses)))


def plain_of(text: str) -> str:
    """`text`, HTML or not, as one line without tags."""
    if not _HTML.search(text):
        return " ".join(unescape(text).split())
    soup = BeautifulSoup(text, "html.parser")
    for tag in soup.find_all(_NEVER_TEXT):
        tag.decompose()
    return " ".join(soup.get_text(" ").split())


def _as_html(text: str) -> str:
    """Plain text as HTML with its paragraphs and lines; entities that were escaped twice stay entities."""
    proof = re.sub(r"&(?!#?\w+;)", "&amp;", text).replace("<", "&lt;") if _ENTITY.search(text) else escape(text)
    paragraphs = re.split(r"\n[ \t\r]*\n", proof.replace("\r\n", "\n"))
    return "".join(f"<p>{'<br>'.join(part.strip().splitlines())}</p>" for part in paragraphs if part.strip())


def _repaired(link: Tag, base: str) -> bool:
    """Complete the link's address; a link without one becomes its text. Returns False if the address leads nowhere or
    runs something; that link becomes its text, too."""
    target = str(link.get("href") or "").strip()
    if not target:
        link.unwrap()
        return True
    try:
        whole = urljoin(base, target) if base else target
        usable = urlsplit(whole).scheme.lower() in _LINK_SCHEMES
    except ValueError:
        usable = False
    if not usable:
        link.unwrap()
        return False
    link.attrs = {"href": re.sub(r"[\s<>()]", lambda match: f"%{ord(match[0]):02X}", whole)}
    return True


def _tidied(markdown: str) -> str:
    """Put one blank line between paragraphs, indent nested lists as we read them, drop needless backslashes."""
    markdown = _ESCAPE_IN_WORD.sub(r"\1", markdown)
    lines = [_NESTED.sub(lambda spaces: "    " * (len(spaces[1]) // 2), line) for line in markdown.splitlines()]
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(line if line.endswith("  ") else line.rstrip() for line in lines))
    return text.strip() + "\n" if text.strip() else ""
