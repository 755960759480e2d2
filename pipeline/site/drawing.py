"""A drawing that people made elsewhere (SVG) → the same drawing as mere shapes, which nothing can run from.

Whoever opens the address of an SVG file runs what is in it, in the name of the show's own site. So only what draws is
kept: elements and attributes of SVG (allow-list), no scripts, no event attributes, nothing from another address.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from lxml import etree

LARGEST_BYTES = 2_000_000
_SVG = "http://www.w3.org/2000/svg"
_HREF = "{http://www.w3.org/1999/xlink}href"
_XML = "{http://www.w3.org/XML/1998/namespace}"
_SHAPES_TEXT = """
    svg g defs symbol use switch title desc style path rect circle ellipse line polyline polygon text tspan textPath
    image marker linearGradient radialGradient stop pattern clipPath mask filter view feBlend feColorMatrix
    feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting feDisplacementMap feDistantLight feDropShadow
    feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur feImage feMerge feMergeNode feMorphology feOffset
    fePointLight feSpecularLighting feSpotLight feTile feTurbulence"""
_SHAPES = frozenset(_SHAPES_TEXT.split())
_EMBEDDED = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]*\Z")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_LOADS = re.compile(
    r"@import|@charset|@namespace|expression|javascript|image-set|src\s*:|url\s*\(\s*[\"']?\s*(?!#)", re.I
)


def drawn_only(content: bytes, *, where: Path) -> bytes:
    """The drawing in the SVG file `content`, which is at `where`, as UTF-8 without anything but shapes.

    Raises ConfigError if it is no SVG, larger than 2 MB, declares entities, or has a style sheet that loads something.
    """
    from lxml import etree

    if len(content) > LARGEST_BYTES:
        raise _wrong(f"Das Logo ist zu groß ({len(content) / 1e6:.1f} MB, höchstens 2 MB)".replace(".", ",", 1), where)
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _wrong("Das Logo ist keine lesbare SVG-Datei", where) from error
    dtd = root.getroottree().docinfo.internalDTD
    if (dtd is not None and list(dtd.iterentities())) or next(root.iter(etree.Entity), None) is not None:  # type: ignore[union-attr]  # missing in lxml-stubs
        raise _wrong("Das Logo definiert eigene XML-Entitäten; so etwas wird nicht veröffentlicht", where)
    if root.tag != f"{{{_SVG}}}svg":
        raise _wrong("Das Logo ist keine SVG-Datei: <svg xmlns=…> fehlt am Anfang", where)
    _keep_shapes(root)
    if any(_loads("".join(map(str, style.itertext()))) for style in root.iter(f"{{{_SVG}}}style")):
        raise _wrong("Das Logo lädt in seinem <style> etwas nach, etwa eine Schrift", where)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def _keep_shapes(root: etree._Element) -> None:
    from lxml import etree

    for link in root.iter(f"{{{_SVG}}}a"):
        link.tag = f"{{{_SVG}}}g"
    shapes = {f"{{{_SVG}}}{name}" for name in _SHAPES}
    others = {str(element.tag) for element in root.iter()} - shapes
    etree.strip_elements(root, *others, with_tail=False)
    for element in root.iter():
        for name, value in element.items():
            if not _is_drawing(str(name), str(value)):
                del element.attrib[name]
    etree.cleanup_namespaces(root)


def _is_drawing(name: str, value: str) -> bool:
    """Whether an attribute only says how something looks, or names something in the same drawing."""
    if name in {"href", _HREF}:
        return value.strip().startswith("#") or _EMBEDDED.match(value.strip()) is not None
    if name.startswith("{"):
        return name in {f"{_XML}space", f"{_XML}lang"}
    return not name.lower().startswith("on") and not _loads(value)


def _loads(style: str) -> bool:
    """Whether CSS loads or runs something. With escapes it is not read further: they can spell any name."""
    without_comments = _COMMENT.sub("", style)
    return "\\" in style or any(_LOADS.search(text) is not None for text in (style, without_comments))


def _wrong(problem: str, where: Path) -> ConfigError:
    return ConfigError(
        f"{problem}.",
        where=where,
        advice="Die Zeichnung im Zeichenprogramm als „einfaches“ oder „optimiertes“ SVG speichern, oder als PNG, und "
        "logo unter [theme] in show.toml anpassen.",
    )
