"""Draws a cover from a show's title and a colour, for shows that have no picture yet.

The typeface is the one inside Pillow (Aileron, CC0), so nothing is downloaded and nothing more is shipped. Pillow has
only its ASCII part: accents are drawn here, and ß, which it lacks, is written as capitals have it (STRASSE).
"""

from __future__ import annotations

import io
import unicodedata
from typing import TYPE_CHECKING

from pipeline.tags.cover import LARGEST_PX

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

LETTERINGS = ("#ffffff", "#000000")
"""The colours of the lettering. On any colour one of them has a contrast of at least 4.58 (WCAG 2.2)."""

_MARGIN_PX = 300
_BOLD = 0.022  # width of the letters' outline, of their size: the typeface has one weight
_SIZES_PX = range(560, 119, -20)
_MOST_LINES = 6
_LEADING = 1.25  # of the size
_BARS = (0.35, 0.62, 0.45, 0.8, 1.0, 0.7, 0.9, 0.5, 0.72, 0.4, 0.58, 0.3)  # a spoken word, more or less
_BAR_HEIGHT_PX, _BAR_WIDTH_PX = 420, 96
_TEXT_HEIGHT_PX = LARGEST_PX - 3 * _MARGIN_PX - _BAR_HEIGHT_PX
_DIAERESIS = "\u0308"
_ACCENTS = {"\u0301": ((-1, 0), (1, 1)), "\u0300": ((-1, 1), (1, 0)), "\u0302": ((-1, 0), (0, 1), (1, 0))}
"""Combining sign → the points of its line: left, middle or right of the letter, and low or high."""
_PLAIN = str.maketrans(dict(zip("–—„“”‚‘’\u00a0", "--\"\"\"''' ", strict=True)) | {"…": "..."})


def draw_cover(title: str, *, ground: str, lettering: str) -> bytes:
    """A square JPEG (RGB, 3000 px) with the title in the colour `lettering` on `ground` ("#rrggbb"); the same bytes
    every time. Long titles are set smaller; words that are wider than the picture are broken."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (LARGEST_PX, LARGEST_PX), ground)
    brush = ImageDraw.Draw(picture)
    font, lines = _set(_drawable(title))
    line_px = _LEADING * font.size
    baseline = _MARGIN_PX + (_TEXT_HEIGHT_PX - line_px * len(lines)) / 2 + font.size
    for number, line in enumerate(lines):
        _draw_line(brush, line, font, baseline + number * line_px, lettering)
    _draw_bars(brush, lettering)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=90, optimize=True, subsampling="4:4:4")
    return buffer.getvalue()


def undrawable(title: str) -> str:
    """The signs of the title that cannot be drawn, each once."""
    font = _font(40)
    missing = bytes(font.getmask("\uffff"))  # what stands for any sign that the typeface lacks
    return "".join(
        sign
        for sign in dict.fromkeys(_drawable(title))
        for letter in unicodedata.normalize("NFD", sign)
        if letter not in {" ", _DIAERESIS, *_ACCENTS} and bytes(font.getmask(letter)) == missing
    )


def _drawable(title: str) -> str:
    plain = unicodedata.normalize("NFC", title).translate(_PLAIN)
    return plain.upper() if {"ß", "ẞ"} & set(plain) else plain


def _font(size_px: int) -> FreeTypeFont:
    from PIL import ImageFont

    font = ImageFont.load_default(size_px)
    assert isinstance(font, ImageFont.FreeTypeFont), "Pillow without FreeType"
    return font


def _set(title: str) -> tuple[FreeTypeFont, list[str]]:
    """The largest size at which the title fits, and its lines. Words are broken only in the smallest size."""
    for size in _SIZES_PX:
        font = _font(size)
        lines = _lines(title, font)
        fits_below = len(lines) <= _MOST_LINES and len(lines) * _LEADING * size <= _TEXT_HEIGHT_PX
        if fits_below and all(_fits(line, font) for line in lines):
            return font, lines
    broken = [part for line in lines for part in _broken(line, font)]
    most = int(_TEXT_HEIGHT_PX / (_LEADING * font.size))
    return font, broken if len(broken) <= most else [*broken[: most - 1], "..."]


def _lines(title: str, font: FreeTypeFont) -> list[str]:
    lines: list[str] = []
    for word in title.split():
        if lines and _fits(f"{lines[-1]} {word}", font):
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _broken(line: str, font: FreeTypeFont) -> list[str]:
    parts = [""]
    for sign in line:
        if not _fits(parts[-1] + sign, font):
            parts.append("")
        parts[-1] += sign
    return parts


def _fits(text: str, font: FreeTypeFont) -> bool:
    return font.getlength(_letters(text)) + 2 * _BOLD * font.size <= LARGEST_PX - 2 * _MARGIN_PX


def _letters(text: str) -> str:
    """The text without its accents."""
    return "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign))


def _draw_line(brush: ImageDraw, line: str, font: FreeTypeFont, baseline: float, colour: str) -> None:
    bold, place = _BOLD * font.size, (_MARGIN_PX, baseline)
    brush.text(place, _letters(line), font=font, fill=colour, anchor="ls", stroke_width=bold, stroke_fill=colour)
    drawn = ""
    for sign in unicodedata.normalize("NFD", line):
        if not unicodedata.combining(sign):
            drawn += sign
            continue
        left, top, right, _ = font.getbbox(drawn[-1], anchor="ls")
        middle = _MARGIN_PX + font.getlength(drawn) - font.getlength(drawn[-1]) + (left + right) / 2
        above = baseline + top - (_BOLD + 0.07) * font.size
        if sign == _DIAERESIS:
            _draw_dots(brush, middle, above, font.size, colour)
        elif sign in _ACCENTS:
            points = [(middle + 0.09 * font.size * x, above - 0.15 * font.size * y) for x, y in _ACCENTS[sign]]
            brush.line(points, fill=colour, width=round(0.075 * font.size), joint="curve")


def _draw_dots(brush: ImageDraw, middle: float, bottom: float, size: float, colour: str) -> None:
    radius = 0.07 * size
    for x in (middle - 1.75 * radius, middle + 1.75 * radius):
        brush.ellipse((x - radius, bottom - 2 * radius, x + radius, bottom), fill=colour)


def _draw_bars(brush: ImageDraw, colour: str) -> None:
    """A wave of upright bars along the lower edge."""
    step = (LARGEST_PX - 2 * _MARGIN_PX - _BAR_WIDTH_PX) / (len(_BARS) - 1)
    middle = LARGEST_PX - _MARGIN_PX - _BAR_HEIGHT_PX / 2
    for number, share in enumerate(_BARS):
        left, half = _MARGIN_PX + number * step, share * _BAR_HEIGHT_PX / 2
        box = (left, middle - half, left + _BAR_WIDTH_PX, middle + half)
        brush.rounded_rectangle(box, radius=_BAR_WIDTH_PX / 2, fill=colour)
