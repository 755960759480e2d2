"""A logo from anywhere: what draws is published, what runs or loads is not; and a real browser that opens it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from lxml import etree

from pipeline.errors import ConfigError
from pipeline.site.drawing import drawn_only

if TYPE_CHECKING:
    from playwright.sync_api import Browser

WHERE = Path("episodes/logo.svg")
SVG = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
PIXEL = "data:image/png;base64,iVBORw0KGgo="
DRAWN = f"""<?xml version="1.0"?>
<!-- Zeichenprogramm -->
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg {SVG} xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape" viewBox="0 0 20 10" inkscape:version="1">
<title>Zeichen</title><metadata><inkscape:x/></metadata>
<style>.a {{ fill: #0a5876; }} /* blau */ .b {{ fill: url(#f) }}</style>
<defs><linearGradient id="f"><stop offset="0" stop-color="red"/></linearGradient><circle id="c" r="2"/></defs>
<path class="a" d="M0 0h9v9z" style="stroke:#fff;fill:url(#f)"/><use xlink:href="#c"/><use href="#c"/>
<image href="{PIXEL}" width="1" height="1"/><text x="1">digitales <tspan>MV</tspan> Podcast</text>
</svg>"""


def drawn(inner: str, attributes: str = "") -> str:
    return drawn_only(f"<svg {SVG} {attributes}>{inner}</svg>".encode(), where=WHERE).decode()


def test_everything_that_draws_is_kept() -> None:
    root = etree.fromstring(drawn_only(DRAWN.encode(), where=WHERE))
    names = [etree.QName(element).localname for element in root.iter()]
    assert names == (
        "svg title style defs linearGradient stop circle path use use image text tspan".split()  # noqa: SIM905
    )
    assert root.find("{*}path").attrib == {"class": "a", "d": "M0 0h9v9z", "style": "stroke:#fff;fill:url(#f)"}
    assert root.find("{*}image").get("href") == PIXEL
    assert "".join(root.find("{*}text").itertext()) == "digitales MV Podcast"
    assert "fill: url(#f)" in root.findtext("{*}style")


def test_a_drawing_comes_out_the_same_the_second_time() -> None:
    once = drawn_only(DRAWN.encode(), where=WHERE)
    assert drawn_only(once, where=WHERE) == once
    assert drawn_only(DRAWN.replace('"1.0"', '"1.0" encoding="utf-16"').encode("utf-16"), where=WHERE) == once


@pytest.mark.parametrize(
    ("inner", "attributes"),
    [
        ("<script>BOESE</script>", ""),
        ('<script href="https://example.org/BOESE.js"/>', ""),
        ('<script xmlns="http://www.w3.org/1999/xhtml">BOESE</script>', ""),
        ("<g><g><script>BOESE</script></g></g>", ""),
        ("", 'onload="BOESE()"'),
        ('<path OnClick="BOESE()"/>', ""),
        ('<foreignObject><body xmlns="http://www.w3.org/1999/xhtml">BOESE</body></foreignObject>', ""),
        ('<a href="javascript:BOESE()"><path/></a>', ""),
        ('<a xlink:href="https://example.org/BOESE"><path/></a>', ""),
        ('<animate attributeName="href" values="javascript:BOESE()"/>', ""),
        ('<set attributeName="onmouseover" to="BOESE()"/>', ""),
        ('<handler type="application/ecmascript">BOESE()</handler>', ""),
        ('<use href="https://example.org/BOESE.svg#x"/>', ""),
        ('<use href="data:image/svg+xml;base64,BOESE"/>', ""),
        ('<image xlink:href="https://example.org/BOESE.png"/>', ""),
        ('<image href="&#x6a;avascript:BOESE()"/>', ""),
        ('<path fill="url(https://example.org/BOESE)"/>', ""),
        ('<path style="background:url(//example.org/BOESE)"/>', ""),
        ('<path style="background:u\\72l(//example.org/BOESE)"/>', ""),
        ('<path style=\'background:/*"*/url("//example.org/BOESE")\'/>', ""),
        ("<?xml-stylesheet href='https://example.org/BOESE.css'?>", ""),
        ("<!--[if BOESE]-->", ""),
        ('<g xmlns:ev="http://www.w3.org/2001/xml-events" ev:event="BOESE"/>', ""),
        ("", 'xml:base="https://example.org/BOESE/"'),
    ],
)
def test_nothing_that_runs_or_loads_is_published(inner: str, attributes: str) -> None:
    assert "BOESE" in inner + attributes
    text = drawn(inner + '<path d="M1 1"/>', attributes)
    assert "BOESE" not in text
    assert 'd="M1 1"' in text


@pytest.mark.parametrize(
    "svg",
    [
        f'<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg {SVG}><text>&a;</text></svg>',
        f'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg {SVG}><text>&a;</text></svg>',
        f'<!DOCTYPE svg [<!ENTITY % a SYSTEM "http://127.0.0.1/x">%a;]><svg {SVG}/>',
        f"<svg {SVG}><style>@import 'https://example.org/x.css';</style></svg>",
        f"<svg {SVG}><style>.a {{ fill: url(https://example.org/x) }}</style></svg>",
        f"<svg {SVG}><style>@font-face {{ src: url(data:font/woff2;base64,x) }}</style></svg>",
        f"<svg {SVG}><style>.a {{ content: '/*'; fill: url(//example.org); content: '*/' }}</style></svg>",
        "<svg><path/></svg>",
        "<html><body/></html>",
        "<svg",
        "",
        "\0",
        f"<svg {SVG}>" + "<g>" * 3000 + "</g>" * 3000 + "</svg>",
        f"<svg {SVG}><!--{'x' * 2_000_000}--></svg>",
    ],
)
def test_what_is_no_plain_drawing_is_refused_in_german(svg: str) -> None:
    with pytest.raises(ConfigError, match=r"^Das Logo ") as caught:
        drawn_only(svg.encode(), where=WHERE)
    assert "SVG speichern, oder als PNG" in str(caught.value)


def test_a_browser_that_opens_the_published_logo_runs_nothing(browser: Browser, tmp_path: Path) -> None:
    evil = f"""<svg {SVG} viewBox="0 0 9 9" onload="document.documentElement.setAttribute('class', 'lief')">
    <script>document.documentElement.setAttribute('class', 'lief')</script><path d="M0 0h9v9z"/></svg>"""
    (tmp_path / "boese.svg").write_text(evil, encoding="utf-8")
    (tmp_path / "logo.svg").write_bytes(drawn_only(evil.encode(), where=WHERE))
    page = browser.new_page()
    page.goto((tmp_path / "boese.svg").as_uri())
    assert page.locator("svg").get_attribute("class") == "lief"
    page.goto((tmp_path / "logo.svg").as_uri())
    assert page.locator("svg").get_attribute("class") is None
    assert page.locator("path").bounding_box() is not None
    page.close()
