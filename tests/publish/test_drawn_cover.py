"""A cover that is drawn is what directories accept, shows the whole title, and can be read."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import label

from pipeline.site.theme import contrast
from pipeline.tags.cover import check_cover, tag_cover
from pipeline.tags.drawn_cover import LETTERINGS, draw_cover, undrawable


def ink(title: str) -> np.ndarray:
    """Where the lettering is: black on white, without the wave below it."""
    cover = draw_cover(title, ground="#ffffff", lettering="#000000")
    picture = np.asarray(Image.open(io.BytesIO(cover)).convert("L"))
    return picture[:2200] < 128


def test_directories_accept_it_and_it_fits_into_an_mp3(tmp_path: Path) -> None:
    path = tmp_path / "cover.jpg"
    path.write_bytes(draw_cover("Küstenfunk: Verwaltung, die zuhört", ground="#ffcc00", lettering="#000000"))
    facts = check_cover(path)
    assert (facts.width_px, facts.height_px, facts.mode, facts.format) == (3000, 3000, "RGB", "JPEG")
    assert len(tag_cover(path)) <= 500_000
    assert path.read_bytes() == draw_cover("Küstenfunk: Verwaltung, die zuhört", ground="#ffcc00", lettering="#000000")


@pytest.mark.parametrize("title", ["MV", "Donaudampfschifffahrtsgesellschaftskapitän " * 5, "Wort " * 51, "m" * 255])
def test_no_title_touches_the_margins(title: str) -> None:
    rows, columns = np.nonzero(ink(title.strip()))
    assert columns.min() >= 250
    assert columns.max() <= 2750
    assert rows.min() >= 250
    assert rows.max() < 2150


def test_umlauts_and_accents_have_their_marks() -> None:
    marks, count = label(ink("Küste Öfen Café à la Fête") & ~ink("Kuste Ofen Cafe a la Fete"))
    assert count == 2 + 2 + 1 + 1 + 1
    assert np.bincount(marks.ravel())[1:].min() > 500  # pixels
    assert undrawable("Küste Öfen Café à la Fête") == ""


def test_sharp_s_is_written_as_capitals_have_it() -> None:
    assert np.array_equal(ink("Straße"), ink("STRASSE"))


def test_quotation_marks_and_dashes_are_replaced_and_other_alphabets_are_told() -> None:
    assert undrawable("„Küste“ – „Meer“ …") == ""
    assert undrawable("Küste Яна Я") == "Яна"


def test_on_any_colour_one_lettering_can_be_read() -> None:
    greys = [f"#{level:02x}{level:02x}{level:02x}" for level in range(256)]
    assert min(max(contrast(letter, grey) for letter in LETTERINGS) for grey in greys) >= 4.5
