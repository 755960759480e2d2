"""Draws the show's cover: calm sea, a sun made of sound, and the show's name. No fonts or pictures are downloaded.

    python -m tools.cover              # episodes/cover.jpg

Square RGB JPEG as Apple requires (1400 to 3000 px), below 500 KB so that it also fits into every MP3.
"""

import math
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

COVER = Path(__file__).resolve().parents[1] / "episodes" / "cover.jpg"

SIDE = 3000
_DRAWN_AT = 2  # drawn twice as large, then scaled down: smooth edges
_HORIZON = 2140
_NIGHT, _BLUE, _DAWN = (6, 26, 54), (12, 74, 110), (62, 150, 160)
_SEA, _DEEP = (10, 66, 98), (4, 24, 48)
_SUN, _WHITE = (255, 205, 96), (255, 255, 255)
_MARGIN = 330
_BAR, _GAP = 62, 40  # of the sun's bars
# Heights of the bars from the middle outwards, as a share of the half disc they fill: a spoken word, more or less.
_SPOKEN = (1.0, 0.74, 0.93, 0.6, 0.86, 0.97, 0.66, 0.9, 0.55)

Colour = tuple[int, int, int]


def drawn() -> Image.Image:
    """The cover at full size."""
    picture = _sky_and_sea()
    large = picture.resize((SIDE * _DRAWN_AT, SIDE * _DRAWN_AT))
    brush = ImageDraw.Draw(large)
    _draw_sun(brush)
    _draw_name(brush)
    return large.resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def write(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    drawn().save(path, "JPEG", quality=88, optimize=True, subsampling="4:2:0")


def _sky_and_sea() -> Image.Image:
    """Two vertical gradients that meet at the horizon."""
    column = Image.new("RGB", (1, SIDE))
    for y in range(SIDE):
        if y < _HORIZON:
            height = y / _HORIZON
            colour = _mixed(_NIGHT, _BLUE, height / 0.6) if height < 0.6 else _mixed(_BLUE, _DAWN, (height - 0.6) / 0.4)
        else:
            colour = _mixed(_SEA, _DEEP, (y - _HORIZON) / (SIDE - _HORIZON))
        column.putpixel((0, y), colour)
    return column.resize((SIDE, SIDE))


def _draw_sun(brush: ImageDraw.ImageDraw) -> None:
    """A half disc of upright bars, like a waveform, and its reflection in ever shorter and fainter strokes."""
    radius = len(_SPOKEN) * (_BAR + _GAP)
    for number in range(-len(_SPOKEN) + 1, len(_SPOKEN)):
        middle = SIDE / 2 + number * (_BAR + _GAP)
        disc = math.sqrt(max(0.0, 1 - (number * (_BAR + _GAP) / radius) ** 2))
        height = 0.44 * radius * disc * _SPOKEN[abs(number)]
        _bar(brush, middle, _HORIZON - 34 - height, _HORIZON - 34, _SUN)
    for row in range(8):
        depth = row / 8
        y = _HORIZON + 60 + 88 * row + 5 * row * row
        half = radius * (0.98 - 0.8 * depth) * (1.0, 0.82)[row % 2]
        stroke = _mixed(_SUN, _SEA, 0.18 + 0.7 * depth)
        middle = SIDE / 2 + (-70, 90, -40, 60)[row % 4]
        _stroke(brush, (middle - half, middle + half), y, thick=30 - 2 * row, colour=stroke)


def _draw_name(brush: ImageDraw.ImageDraw) -> None:
    """ "digitales" above a large MV, both as wide as the margins allow."""
    width = SIDE - 2 * _MARGIN
    font = ImageFont.load_default(100 * _DRAWN_AT)
    size = 100 * width * _DRAWN_AT / font.getlength("digitales") * 0.985
    font = ImageFont.load_default(size * _DRAWN_AT)
    brush.text(
        (SIDE / 2 * _DRAWN_AT, 765 * _DRAWN_AT),
        "digitales",
        font=font,
        fill=_WHITE,
        anchor="ms",
        stroke_width=12 * _DRAWN_AT,
        stroke_fill=_WHITE,
    )
    top, bottom, thick = 970, 1550, 185
    middle = SIDE / 2
    _polygon(brush, _letter_m(_MARGIN, middle - 70, top, bottom, thick))
    _polygon(brush, _letter_v(middle + 40, SIDE - _MARGIN, top, bottom, thick))


Outline = list[tuple[float, float]]


def _letter_m(left: float, right: float, top: float, bottom: float, thick: float) -> Outline:
    middle, dip = (left + right) / 2, bottom - 0.02 * (bottom - top)
    inner = top + 1.6 * thick
    return [
        (left, bottom), (left, top), (left + thick, top), (middle, dip - 1.45 * thick), (right - thick, top),
        (right, top), (right, bottom), (right - thick, bottom), (right - thick, inner), (middle, dip),
        (left + thick, inner), (left + thick, bottom),
    ]  # fmt: skip


def _letter_v(left: float, right: float, top: float, bottom: float, thick: float) -> Outline:
    middle, half = (left + right) / 2, 0.56 * thick
    return [
        (left, top), (left + 1.18 * thick, top), (middle, bottom - 1.3 * thick), (right - 1.18 * thick, top),
        (right, top), (middle + half, bottom), (middle - half, bottom),
    ]  # fmt: skip


def _polygon(brush: ImageDraw.ImageDraw, outline: Outline) -> None:
    brush.polygon([(x * _DRAWN_AT, y * _DRAWN_AT) for x, y in outline], fill=_WHITE)


def _bar(brush: ImageDraw.ImageDraw, middle: float, top: float, bottom: float, colour: Colour) -> None:
    box = (middle - _BAR / 2, min(top, bottom - _BAR), middle + _BAR / 2, bottom)
    brush.rounded_rectangle([edge * _DRAWN_AT for edge in box], radius=_BAR / 2 * _DRAWN_AT, fill=colour)


def _stroke(brush: ImageDraw.ImageDraw, ends: tuple[float, float], y: float, *, thick: float, colour: Colour) -> None:
    box = [edge * _DRAWN_AT for edge in (ends[0], y - thick / 2, ends[1], y + thick / 2)]
    brush.rounded_rectangle(box, radius=thick / 2 * _DRAWN_AT, fill=colour)


def _mixed(first: Colour, second: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return (red, green, blue)


def main() -> None:
    write(COVER)
    print(f"{COVER.name}: {SIDE} x {SIDE} px, {COVER.stat().st_size} bytes")


if __name__ == "__main__":
    main()
