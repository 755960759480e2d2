"""QR codes as a browser draws them: module by module what an encoder makes of the address that stands beside."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
import segno
from page_site import MIDDLE
from PIL import Image, ImageOps

from pipeline import addresses

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Visit


def modules_shown(picture: bytes) -> list[list[bool]]:
    """The modules of a QR code in a screenshot: dark or not, without the quiet zone."""
    with Image.open(io.BytesIO(picture)) as opened:
        grey = ImageOps.crop(opened.convert("L"), 4)  # the page around it may be dark
    box = grey.point(lambda value: 255 if value < 128 else 0).getbbox()
    assert box is not None and box[2] - box[0] == pytest.approx(box[3] - box[1], abs=2)
    edge = [grey.getpixel((x, box[1] + 1)) < 128 for x in range(box[0], box[2])]  # a finder pattern: 7 dark modules
    count = round((box[2] - box[0]) / (edge.index(False) / 7))
    side = (box[2] - box[0]) / count
    centres = [(place + 0.5) * side for place in range(count)]
    return [[grey.getpixel((int(box[0] + x), int(box[1] + y))) < 128 for x in centres] for y in centres]


def modules_of(address: str) -> list[list[bool]]:
    return [list(map(bool, row)) for row in segno.make_qr(address, error="m", boost_error=False).matrix]


@pytest.mark.parametrize("scheme", ["light", "dark", "forced"])
def test_the_code_on_the_subscribe_page_is_the_feeds_address_on_white(
    visit: Callable[..., Visit], server: str, scheme: str
) -> None:
    seen = visit(f"{server}{addresses.SUBSCRIBE}", scheme=scheme, device_scale_factor=2)
    feed = seen.page.locator("#feed").inner_text()
    drawing = seen.page.get_by_role("img", name="QR-Code")
    picture = drawing.screenshot()
    assert modules_shown(picture) == modules_of(feed)
    with Image.open(io.BytesIO(picture)) as opened:
        assert opened.convert("RGB").getpixel((6, 6)) == (255, 255, 255), "the quiet zone"


def test_the_code_of_an_episode_is_on_paper_only(visit: Callable[..., Visit], server: str) -> None:
    seen = visit(f"{server}{MIDDLE}", device_scale_factor=2)
    drawing = seen.page.get_by_role("img", name="QR-Code mit der Adresse dieser Seite")
    assert drawing.count() == 0
    seen.page.emulate_media(media="print")
    canonical = seen.page.locator("link[rel=canonical]").get_attribute("href")
    matrix = segno.make_qr(str(canonical), error="m", boost_error=False).matrix
    assert modules_shown(drawing.screenshot()) == [list(map(bool, row)) for row in matrix]
