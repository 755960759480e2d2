"""Turn our own sanitised HTML into plain text, for tags and for apps that show no HTML."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BLOCKS = {"p", "h3", "h4", "ul", "ol", "blockquote", "hr"}
_SPACE = re.compile(r"[ \t\r\n\f]+")  # white space of HTML; a no-break space stays


def plain_text(html: str) -> str:
    """The text of `html`: paragraphs a blank line apart, list items with "• " or their number, links with their
    address in brackets."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.text()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._paragraphs: list[str] = [""]
        self._numbers: list[int | None] = []  # open lists: the last item's number, None for bullets
        self._link = ""
        self._link_text = ""

    def text(self) -> str:
        return "\n\n".join(paragraph for part in self._paragraphs if (paragraph := _trimmed(part)))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "li":
            self._paragraphs[-1] += f"\n{self._marker()}"
        elif tag == "br":
            self._paragraphs[-1] += "\n"
        elif tag == "a":
            self._link, self._link_text = dict(attrs).get("href") or "", ""
        elif tag in _BLOCKS and not self._begins_item():
            self._paragraphs.append("")
        if tag in {"ul", "ol"}:
            self._numbers.append(0 if tag == "ol" else None)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            address = self._link.removeprefix("mailto:").removeprefix("tel:")
            shown = self._link_text.strip()
            if address and shown not in {address, address.removeprefix("https://")}:
                self._paragraphs[-1] += f" ({address})"
            self._link = ""
        elif tag in {"ul", "ol"} and self._numbers:
            self._numbers.pop()
        if tag in _BLOCKS and not self._numbers:
            self._paragraphs.append("")

    def handle_data(self, data: str) -> None:
        text = _SPACE.sub(" ", data)
        if self._link:
            self._link_text += text
        self._paragraphs[-1] += text

    def _marker(self) -> str:
        if not self._numbers or self._numbers[-1] is None:
            return "• "
        self._numbers[-1] += 1
        return f"{self._numbers[-1]}. "

    def _begins_item(self) -> bool:
        """Return whether a list is open: an item and its content are one block, so no paragraph begins there."""
        return bool(self._numbers)


def _trimmed(paragraph: str) -> str:
    lines = [line.strip(" ") for line in paragraph.split("\n")]
    return "\n".join(line for line in lines if line)
