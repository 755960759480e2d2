"""Links inside the built site to files and to places in them, and links to other sites."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.editor.checks.pages import check_links, external_links, read_pages


@pytest.fixture
def site(tmp_path: Path) -> Path:
    home = tmp_path / "feed"
    (home / "folgen/1").mkdir(parents=True)
    (home / "index.html").write_text('<h2 id="folgen">Folgen</h2><a name="alt"></a>', encoding="utf-8")
    (home / "folgen/1/mit leer.txt").write_text("x", encoding="utf-8")
    return home


def findings(site: Path, html: str) -> list[tuple[str, str]]:
    page = site / "folgen/1/index.html"
    page.write_text(html, encoding="utf-8")
    pages = read_pages(site)
    return [(entry.severity, entry.where) for entry in check_links(site.parent, site, pages, wanted=pages)]


@pytest.mark.parametrize(
    "html",
    [
        '<a href="../../index.html">',
        '<a href="../..">',
        '<a href="../../index.html#folgen">',
        '<a href="../../#alt">',
        '<a href="#top"><p id="t=12:34"><a href="#t=12:34"><a href="#t%3D12:34">',
        '<a href="mit%20leer.txt?x=1">',
        '<a href="https://example.org/#nirgends"> <a href="mailto:a@example.org"> <a href="tel:1">',
        '<a href="">',
    ],
)
def test_a_link_with_a_target_is_not_reported(site: Path, html: str) -> None:
    assert findings(site, html) == []


@pytest.mark.parametrize(
    ("html", "severity"),
    [
        ('<a href="fehlt.html">', "error"),
        ('<img src="cover.jpg">', "error"),
        ('<script src="../../assets/x.js"></script>', "error"),
        ('<audio src="../../audio/1.mp3">', "warning"),
        ('<a href="#nirgends">', "error"),
        ('<a href="../../index.html#nirgends">', "error"),
        ('<a href="/fremd.html">', "error"),
        ('<a href="../../../geheim.txt">', "error"),
    ],
)
def test_a_dead_link_is_reported_with_file_and_line(site: Path, html: str, severity: str) -> None:
    assert findings(site, f"<p>\n{html}") == [(severity, "feed/folgen/1/index.html:2")]


def test_a_missing_picture_of_the_style_sheet_is_reported(site: Path) -> None:
    (site / "assets").mkdir()
    (site / "assets/podcast.css").write_text("a {}\nb { background: url('horizont.svg') }\n", encoding="utf-8")
    assert findings(site, "") == [("error", "feed/assets/podcast.css:2")]


def test_addresses_of_other_sites_are_collected_once_without_fragments(site: Path) -> None:
    (site / "folgen/1/index.html").write_text(
        '<a href="https://example.org/a#b">\n<a href="https://example.org/a"><a href="x.html">', encoding="utf-8"
    )
    links = external_links(read_pages(site))
    assert links == {"https://example.org/a": f"{(site / 'folgen/1/index.html').resolve()}:1"}
