"""Reading editions of a transcript: a valid EPUB and an HTML document, each whole by itself and the same every time."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import page_samples as samples
import pytest
from axe_playwright_python.sync_playwright import Axe
from lxml import etree
from PIL import Image

from pipeline.site.edition import render_book, render_document
from pipeline.site.frame import Frame
from pipeline.site.pages import Around
from pipeline.transcript.editorial import parse
from pipeline.transcript.retime import retime

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Visit

    from pipeline.values.published import Item
    from pipeline.values.transcript import Transcript

DURATION_S = 900.0
FRAME = Frame(show=samples.show())
CHAPTERS = samples.chapters_of(DURATION_S, 3)
NS = {
    "opf": "http://www.idpf.org/2007/opf",
    "dc": "http://purl.org/dc/elements/1.1/",
    "h": "http://www.w3.org/1999/xhtml",
    "epub": "http://www.idpf.org/2007/ops",
}
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
HOSTILE = "„Wir“ & <script>alert(1)</script> ]]> \ufffe'\""
FOREIGN = parse("Stimme Eins:\nWir sagen „[en: public money]“ dazu.\n", speakers=samples.SPEAKERS)


def jpeg() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (60, 60), (10, 80, 110)).save(buffer, "JPEG")
    return buffer.getvalue()


def item(transcript: Transcript | None = None, **changes: object) -> Item:
    spoken = transcript or samples.long_transcript(DURATION_S)
    return samples.item(transcript=spoken, duration_s=DURATION_S, **changes)


def book(of: Item, *, around: Around | None = None, frame: Frame = FRAME) -> zipfile.ZipFile:
    content = render_book(frame, of, CHAPTERS, around or Around(), jpeg())
    return zipfile.ZipFile(io.BytesIO(content))


def xml(opened: zipfile.ZipFile, name: str) -> etree._Element:
    return etree.fromstring(opened.read(f"inhalt/{name}"))


def chapters_in(opened: zipfile.ZipFile) -> list[etree._Element]:
    """The documents of the text, in the order in which a reading system shows them."""
    package = xml(opened, "content.opf")
    hrefs = {entry.get("id"): entry.get("href") for entry in package.iterfind("opf:manifest/opf:item", NS)}
    order = [hrefs[entry.get("idref")] for entry in package.iterfind("opf:spine/opf:itemref", NS)]
    assert order[0] == "titel.xhtml"
    return [xml(opened, str(href)) for href in order[1:]]


def said(transcript: Transcript) -> list[str]:
    return [s.text for turn in transcript.turns for paragraph in turn.paragraphs for s in paragraph.sentences]


def words_below(element: etree._Element) -> list[str]:
    """The words of the paragraphs, without times and names."""
    for extra in [*element.iter("{*}time"), *element.iter("{*}strong")]:
        extra.text = None
    return " ".join("".join(p.itertext()) for p in element.iter("{*}p")).split()


def test_an_epub_begins_with_its_media_type_and_lists_every_file_once() -> None:
    opened = book(item())
    first, *others = opened.infolist()
    assert (first.filename, first.compress_type, first.extra) == ("mimetype", zipfile.ZIP_STORED, b"")
    assert opened.read("mimetype") == b"application/epub+zip"
    assert others[0].filename == "META-INF/container.xml"
    rootfile = etree.fromstring(opened.read("META-INF/container.xml")).find(".//{*}rootfile")
    assert rootfile is not None and rootfile.get("full-path") == "inhalt/content.opf"
    listed = [entry.get("href") for entry in xml(opened, "content.opf").iterfind("opf:manifest/opf:item", NS)]
    inside = [entry.filename.removeprefix("inhalt/") for entry in others[1:]]
    assert sorted([*listed, "content.opf"]) == sorted(inside)
    assert len(set(inside)) == len(inside)


def test_the_same_episode_gives_the_same_bytes() -> None:
    made = [render_book(FRAME, item(), CHAPTERS, Around(), jpeg()) for _ in range(2)]
    assert made[0] == made[1]
    assert {entry.date_time for entry in book(item()).infolist()} == {(1980, 1, 1, 0, 0, 0)}
    documents = {render_document(FRAME, item(), CHAPTERS, Around()) for _ in range(2)}
    assert len(documents) == 1


def test_an_epub_has_every_word_once_and_in_order_below_its_chapters() -> None:
    spoken = samples.long_transcript(DURATION_S)
    opened = book(item(spoken))
    found = chapters_in(opened)
    assert [word for chapter in found for word in words_below(chapter)] == " ".join(said(spoken)).split()
    headings = [chapter.findtext(".//h:h2", namespaces=NS) for chapter in found]
    assert headings == [chapter.title for chapter in CHAPTERS]
    toc = xml(opened, "nav.xhtml").find(".//h:nav", NS)
    assert toc is not None and toc.get(f"{{{NS['epub']}}}type") == "toc"
    first, *links = toc.iterfind(".//h:a", NS)
    assert (first.get("href"), [link.text for link in links]) == ("titel.xhtml", headings)
    assert [xml(opened, str(link.get("href"))).findtext(".//h:h2", namespaces=NS) for link in links] == headings
    assert found[0].find(".//h:strong", NS) is not None, "who speaks"


def test_an_epub_says_what_it_is_who_speaks_and_how_accessible_it_is() -> None:
    moment = datetime(2026, 3, 2, 9, 0, tzinfo=samples.CET)
    of = item(corrected=moment)
    package = xml(book(of), "content.opf")
    assert package.get("version") == "3.0"

    def one(name: str) -> str | None:
        (found,) = package.iterfind(f".//dc:{name}", NS)
        return found.text

    def metas(name: str) -> list[str | None]:
        return [meta.text for meta in package.iterfind(f".//opf:meta[@property='{name}']", NS)]

    assert (one("title"), one("language")) == (of.episode.title, "de")
    assert str(one("identifier")).startswith(of.guid)
    creators = [creator.text for creator in package.iterfind(".//dc:creator", NS)]
    assert creators == [speaker.name for speaker in of.episode.speakers]
    assert one("source") == f"{samples.BASE_URL}folgen/007-leuchtturm/index.html"
    assert of.published is not None and one("date") == of.published.isoformat()
    assert metas("dcterms:modified") == [max(moment, of.published).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")]
    assert metas("schema:accessMode") == ["textual", "visual"]
    assert metas("schema:accessModeSufficient") == ["textual"]
    assert "tableOfContents" in metas("schema:accessibilityFeature")
    assert metas("schema:accessibilityHazard") == ["none"]
    assert metas("schema:accessibilitySummary")[0]
    cover = package.find(".//opf:item[@properties='cover-image']", NS)
    assert cover is not None and cover.get("media-type") == "image/jpeg"


def test_a_draft_without_a_date_is_a_book_too() -> None:
    opened = book(replace(item(), published=None), frame=Frame(show=samples.show(), preview=True))
    package = xml(opened, "content.opf")
    assert package.find(".//dc:date", NS) is None
    assert package.find(".//dc:source", NS) is None, "a preview has no address"
    assert package.find(".//opf:meta[@property='dcterms:modified']", NS) is not None


def test_passages_in_other_languages_say_which_in_both_editions() -> None:
    of = item(retime(FOREIGN, None, duration_s=DURATION_S).transcript)
    (chapter, *_) = chapters_in(book(of))
    (span,) = chapter.iterfind(".//h:span", NS)
    assert (span.get("lang"), span.get(XML_LANG), span.text) == ("en", "en", "public money")
    (span,) = samples.parsed(render_document(FRAME, of, CHAPTERS, Around())).xpath("//p/span")
    assert (span.get("lang"), span.text) == ("en", "public money")


def test_whatever_people_write_stays_text_and_well_formed() -> None:
    spoken = samples.transcript((HOSTILE, HOSTILE, [[HOSTILE]]))
    of = item(spoken, title=HOSTILE, summary=HOSTILE)
    opened = book(of)
    for entry in opened.infolist():
        if entry.filename.endswith((".xhtml", ".opf", ".xml")):
            etree.fromstring(opened.read(entry.filename))
    assert b"<script" not in b"".join(opened.read(entry.filename) for entry in opened.infolist())
    html = render_document(FRAME, of, CHAPTERS, Around())
    assert not samples.parsed(html).xpath("//script")
    assert "alert(1)" in html and "<script" not in html


def test_a_document_is_whole_by_itself_and_says_where_it_is_from() -> None:
    of = item()
    assert of.transcript is not None
    html = render_document(FRAME, of, CHAPTERS, Around())
    tree = samples.parsed(html)
    assert tree.get("lang") == "de"
    assert of.episode.title in tree.findtext(".//title")
    assert not tree.xpath("//script | //img | //iframe | //@src | //link[@rel='stylesheet'] | //@style | //@onclick")
    assert tree.xpath("//footer//a/@href")[0] == f"{samples.BASE_URL}folgen/007-leuchtturm/index.html"
    assert all(href.startswith(("#", "https://")) for href in tree.xpath("//a/@href"))
    (main,) = tree.iter("main")
    for extra in main.xpath("./p | ./h1 | ./nav"):
        main.remove(extra)
    assert words_below(main) == " ".join(said(of.transcript)).split()


@pytest.mark.skipif(not (shutil.which("epubcheck") or os.environ.get("EPUBCHECK")), reason="needs epubcheck")
def test_epubcheck_finds_nothing_to_complain_about(tmp_path: Path) -> None:
    jar = os.environ.get("EPUBCHECK")
    command = ["java", "-jar", jar] if jar else ["epubcheck"]
    foreign = retime(FOREIGN, None, duration_s=DURATION_S).transcript
    hostile = samples.transcript((HOSTILE, HOSTILE, [[HOSTILE, "Und weiter."]]))
    spoken = replace(foreign, turns=(*foreign.turns, *hostile.turns))
    path = tmp_path / "buch.epub"
    path.write_bytes(render_book(FRAME, item(spoken, title=HOSTILE, summary=HOSTILE), CHAPTERS, Around(), jpeg()))
    checked = subprocess.run([*command, "--failonwarnings", path], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_shows_a_saved_document_with_its_style_and_asks_nobody(
    tmp_path: Path, visit: Callable[..., Visit], scheme: str
) -> None:
    path = tmp_path / "lesefassung.html"
    path.write_text(render_document(FRAME, item(), CHAPTERS, Around()), encoding="utf-8")
    seen = visit(path.as_uri(), width=390, scheme=scheme)
    assert seen.console == [], "the policy allows the style"
    assert seen.requests == [path.as_uri()]
    assert seen.page.evaluate("getComputedStyle(document.body).maxWidth") != "none"
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= 390
    found = Axe().run(seen.page)
    assert found.violations_count == 0, found.generate_report()
