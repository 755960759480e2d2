"""Checks the built pages: every link to a file of the site, and to a place in it, leads somewhere."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from pipeline.build.files import read_text
from pipeline.editor.checks.finding import WCAG, CheckFinding, error, warning

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_IN_THE_NOTES = "Steht er so in shownotes.md, dort ändern; sonst hilft: make feed pages search"
_LINKING = {"href", "src", "poster", "data-src"}
_CSS_URL = re.compile(r"url\(\s*[\"']?([^\"')]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An HTML file: its links as (line, address), and the anchors in it."""

    path: Path
    links: tuple[tuple[int, str], ...]
    anchors: frozenset[str]


def read_pages(site: Path) -> tuple[Page, ...]:
    """Every HTML page below `site`, in order of their paths."""
    return tuple(map(_read_page, sorted(site.rglob("*.html"))))


def check_links(
    root: Path, site: Path, pages: Sequence[Page], *, wanted: Sequence[Page], base: str = "/"
) -> Iterator[CheckFinding]:
    """Dead links inside the site on the `wanted` ones of all its `pages`. A missing audio file is a warning: not every
    clone has it. `base`: the path at which a server shows the site, for links that start at the host."""
    anchors = {page.path: page.anchors for page in pages}
    for page in wanted:
        for line, address in page.links:
            where = f"{page.path.relative_to(root).as_posix()}:{line}"
            yield from _check_link(where, _inside(address, base, page.path, site), page.path, site, anchors)
    for style in sorted(site.rglob("*.css")):
        for number, text in enumerate(read_text(style).splitlines(), start=1):
            for address in _CSS_URL.findall(text):
                where = f"{style.relative_to(root).as_posix()}:{number}"
                yield from _check_link(where, address, style, site, anchors)


def external_links(pages: Sequence[Page]) -> dict[str, str]:
    """Every address outside the site → the first page that links to it."""
    found: dict[str, str] = {}
    for page in pages:
        for line, address in page.links:
            if urlsplit(address).scheme in {"http", "https"}:
                found.setdefault(address.partition("#")[0], f"{page.path}:{line}")
    return found


def _inside(address: str, base: str, page: Path, site: Path) -> str:
    """A link that starts at the host, made relative to the page; other links unchanged."""
    if not address.startswith(base) or address.startswith("//"):
        return address
    return PurePosixPath(os.path.relpath(site, page.parent)).as_posix() + "/" + address.removeprefix(base)


def _check_link(
    where: str, address: str, page: Path, site: Path, anchors: Mapping[Path, frozenset[str]]
) -> Iterator[CheckFinding]:
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return
    target = Path(os.path.realpath(page.parent / unquote(parts.path))) if parts.path else page
    if target.is_dir():
        target /= "index.html"
    if not target.is_relative_to(os.path.realpath(site)):
        text = f"Der Link „{address}“ führt aus dem Ordner hinaus, der hochgeladen wird."
        yield error(where, text, advice=_IN_THE_NOTES, source=f"{WCAG} 2.4.4")
    elif not target.exists():
        is_audio = "/audio/" in target.as_posix()
        make = warning if is_audio else error
        text = f"Der Link „{address}“ führt ins Leere: die Datei gibt es nicht."
        yield make(
            where,
            text,
            advice="Die Audiodatei vor dem Hochladen von hier dorthin legen." if is_audio else _IN_THE_NOTES,
            source=f"{WCAG} 2.4.4",
        )
    elif parts.fragment and target in anchors and unquote(parts.fragment) not in anchors[target]:
        text = f"Der Link „{address}“ führt ins Leere: die Stelle gibt es auf der Seite nicht."
        yield error(where, text, advice=_IN_THE_NOTES, source=f"{WCAG} 2.4.4")


def _read_page(path: Path) -> Page:
    reader = _Reader()
    reader.feed(read_text(path))
    reader.close()
    return Page(path=Path(os.path.realpath(path)), links=tuple(reader.links), anchors=frozenset(reader.anchors))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[tuple[int, str]] = []
        self.anchors: set[str] = {"top"}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if not value:
                continue
            if name == "id" or (tag == "a" and name == "name"):
                self.anchors.add(value)
            elif name in _LINKING:
                self.links.append((self.getpos()[0], value.strip()))
