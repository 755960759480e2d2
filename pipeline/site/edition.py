"""Turns an episode's transcript into reading editions: a book (EPUB 3), and an HTML document that is whole by itself.

They are written with zipfile and our own templates, because EbookLib is under the AGPL and this project is not.
"""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pipeline import addresses
from pipeline.build.files import encoded
from pipeline.notes.text import legal
from pipeline.site.files import static_text
from pipeline.site.pages import fill_in, hosts_of
from pipeline.site.reading import passages
from pipeline.transcript.printable import printable
from pipeline.values import media_types

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipeline.site.frame import Frame
    from pipeline.site.pages import Around
    from pipeline.site.reading import Passage
    from pipeline.values.published import Item
    from pipeline.values.show import Chapter

_STYLE, _PAGE_STYLE = "lesefassung.css", "lesefassung-seite.css"
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the first that a ZIP file can name: the same content gives the same bytes
_UNDATED = datetime(2000, 1, 1, tzinfo=UTC)  # a draft; EPUB 3.3 asks every book for the moment of its last change
_CONTAINER = """\
<?xml version="1.0" encoding="utf-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles>
<rootfile full-path="inhalt/content.opf" media-type="application/oebps-package+xml"/>
</rootfiles>
</container>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A chapter of a reading edition, or what is said before the first. `name` is that of its file or anchor."""

    name: str
    title: str
    passages: tuple[Passage, ...]


def render_document(frame: Frame, item: Item, chapters: Sequence[Chapter], around: Around) -> str:
    """The transcript as one HTML file to keep: nothing else is loaded, nothing runs, and it says where it is from."""
    from markupsafe import Markup

    style = static_text(_STYLE) + static_text(_PAGE_STYLE)
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    values = _values(frame, item, chapters, around)
    return legal(fill_in("lesefassung/document.html", frame, {**values, "policy": policy, "style": Markup(style)}))


def render_book(frame: Frame, item: Item, chapters: Sequence[Chapter], around: Around, cover: bytes) -> bytes:
    """The transcript as EPUB 3.3 with a table of contents and metadata on accessibility; `cover` is a JPEG. The same
    values give the same bytes."""
    values = _values(frame, item, chapters, around)
    moments = (item.published, item.episode.corrected, around.proofread, _UNDATED)
    values["modified"] = max(moment.astimezone(UTC) for moment in moments if moment is not None)
    files = {name: f"lesefassung/{name}" for name in ("content.opf", "nav.xhtml", "titel.xhtml")}
    texts = {name: fill_in(template, frame, values) for name, template in files.items()}
    for part in values["parts"]:
        texts[f"{part.name}.xhtml"] = fill_in("lesefassung/part.xhtml", frame, {**values, "part": part})
    inside = {f"inhalt/{name}": legal(text) for name, text in texts.items()}
    return _zipped({"META-INF/container.xml": _CONTAINER, **inside, "inhalt/stil.css": static_text(_STYLE)}, cover)


def _values(frame: Frame, item: Item, chapters: Sequence[Chapter], around: Around) -> dict[str, Any]:
    """What both editions show."""
    assert item.transcript is not None
    item = replace(item, transcript=printable(item.transcript))
    source = addresses.absolute(frame.show.base_url, addresses.page(item.episode.folder)) if frame.is_public else ""
    return {"item": item, "parts": tuple(_parts(item, chapters)), "around": around, "source": source}


def _parts(item: Item, chapters: Sequence[Chapter]) -> Iterator[Part]:
    read = passages(item.transcript, chapters, hosts_of(item.episode))
    starts = [i for i, passage in enumerate(read) if passage.heading]
    if read and (not starts or starts[0] > 0):
        starts.insert(0, 0)
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(read)], strict=True), start=1):
        title = read[start].heading or ("Beginn" if chapters else "Transkript")
        yield Part(name=f"kapitel-{number}", title=title, passages=read[start:end])


def _zipped(texts: Mapping[str, str], cover: bytes) -> bytes:
    """An EPUB container (OCF 3.3): its media type first and not compressed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as book:
        _add(book, "mimetype", media_types.BY_SUFFIX[".epub"].encode("ascii"), zipfile.ZIP_STORED)
        for name, text in texts.items():
            _add(book, name, encoded(text), zipfile.ZIP_DEFLATED)
        _add(book, "inhalt/cover.jpg", cover, zipfile.ZIP_STORED)
    return buffer.getvalue()


def _add(book: zipfile.ZipFile, name: str, content: bytes, compression: int) -> None:
    entry = zipfile.ZipInfo(name, date_time=_ZIP_TIME)
    entry.compress_type = compression
    entry.create_system = 3  # else it names the system that wrote it
    entry.external_attr = 0o644 << 16
    book.writestr(entry, content)
