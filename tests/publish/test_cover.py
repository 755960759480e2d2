"""Covers as people deliver them."""

from __future__ import annotations

import io
import os
import random
import struct
import zlib
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageCms
from publish_samples import make_cover

from pipeline.errors import ConfigError, MissingFileError
from pipeline.tags.cover import CoverFacts, book_cover, check_cover, page_cover, tag_cover

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("name", "kind"), [("cover.jpg", "JPEG"), ("cover.png", "PNG"), ("COVER.JPG", "JPEG")])
def test_a_good_cover_is_described(tmp_path: Path, name: str, kind: str) -> None:
    facts = check_cover(make_cover(tmp_path / name, size=(1500, 1500)))
    assert facts == CoverFacts(width_px=1500, height_px=1500, mode="RGB", format=kind)


@pytest.mark.parametrize(
    ("name", "size", "mode", "expected"),
    [
        ("cover.jpg", (1400, 1401), "RGB", "nicht quadratisch (1400 × 1401 Pixel)"),
        ("cover.jpg", (1399, 1399), "RGB", "zu klein (1399 × 1399 Pixel)"),
        ("cover.jpg", (3001, 3001), "RGB", "zu groß (3001 × 3001 Pixel)"),
        ("cover.jpg", (1400, 1400), "CMYK", "CMYK-Farben"),
        ("cover.png", (1400, 1400), "RGBA", "Transparenz"),
        ("cover.png", (1400, 1400), "L", "Graustufen"),
        ("cover.png", (1400, 1400), "P", "Modus P"),
    ],
)
def test_a_cover_that_directories_would_refuse_is_reported_with_advice(
    tmp_path: Path, name: str, size: tuple[int, int], mode: str, expected: str
) -> None:
    path = make_cover(tmp_path / name, size=size, mode=mode)
    with pytest.raises(ConfigError) as raised:
        check_cover(path)
    assert expected in raised.value.problem
    assert "1400 bis 3000 Pixel" in raised.value.advice
    assert raised.value.where == path


def test_a_picture_under_a_wrong_name_is_refused(tmp_path: Path) -> None:
    made = make_cover(tmp_path / "cover.png").rename(tmp_path / "cover.jpg")
    with pytest.raises(ConfigError, match=r"Format PNG, sein Name muss auf \.png enden"):
        check_cover(made)


def test_the_long_ending_jpeg_is_refused_because_the_feed_library_drops_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"muss auf \.jpg enden"):
        check_cover(make_cover(tmp_path / "cover.jpeg"))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root, to become nobody")
def test_a_cover_without_read_permission_is_reported(tmp_path: Path) -> None:
    path = make_cover(tmp_path / "cover.jpg")
    path.chmod(0)
    os.seteuid(65534)
    try:
        with pytest.raises(MissingFileError) as raised:
            check_cover(path)
    finally:
        os.seteuid(0)
    assert raised.value.problem == "Das Cover darf nicht gelesen werden."


def test_a_missing_cover_is_reported(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="Das Cover fehlt"):
        check_cover(tmp_path / "cover.jpg")


@pytest.mark.parametrize("content", [b"", b"GIF89a nothing", b"<svg/>", b"\xff\xd8\xff\xe0"], ids=repr)
def test_a_file_that_is_not_a_picture_is_reported(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "cover.jpg"
    path.write_bytes(content)
    with pytest.raises(MissingFileError, match="nicht lesbar"):
        check_cover(path)


@pytest.mark.parametrize("name", ["cover.jpg", "cover.png"])
def test_a_truncated_picture_is_reported_although_its_header_is_good(tmp_path: Path, name: str) -> None:
    path = make_cover(tmp_path / name)
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(MissingFileError, match="beschädigt oder unvollständig"):
        check_cover(path)


@pytest.mark.parametrize("side_px", [12_000, 60_000])
def test_a_decompression_bomb_is_refused_by_its_header(tmp_path: Path, side_px: int) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side_px, side_px, 8, 2, 0, 0, 0)
    path = tmp_path / "cover.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b""))
    with pytest.raises(ConfigError, match=r"zu groß|viel zu viele Bildpunkte"):
        check_cover(path)


def test_the_tags_cover_is_a_square_rgb_jpeg_and_the_same_every_time(tmp_path: Path) -> None:
    path = make_cover(tmp_path / "cover.png", size=(2000, 2000))
    made = tag_cover(path)
    with Image.open(io.BytesIO(made)) as image:
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (1400, 1400))
    assert made == tag_cover(path)


def test_a_noisy_cover_is_made_small_enough(tmp_path: Path) -> None:
    path = tmp_path / "cover.png"
    noise = random.Random(7).randbytes(1400 * 1400 * 3)
    Image.frombytes("RGB", (1400, 1400), noise).save(path, compress_level=0)
    made = tag_cover(path)
    assert len(made) <= 500_000
    with Image.open(io.BytesIO(made)) as image:
        assert image.width == image.height >= 500


def test_covers_on_pages_are_small_webp_pictures_and_the_same_every_time(tmp_path: Path) -> None:
    rough = Image.frombytes("RGB", (140, 140), random.Random(7).randbytes(140 * 140 * 3))
    path = tmp_path / "cover.png"
    rough.resize((1400, 1400)).save(path)
    for small, side_px, limit_bytes in ((False, 360, 12_000), (True, 162, 2_900)):
        webp = page_cover(path, small=small)
        with Image.open(io.BytesIO(webp)) as image:
            assert (image.format, image.size) == ("WEBP", (side_px, side_px))
        assert len(webp) <= limit_bytes
        assert page_cover(path, small=small) == webp


def test_the_cover_of_a_book_is_a_jpeg_of_its_file_as_it_is_now(tmp_path: Path) -> None:
    path = make_cover(tmp_path / "cover.jpg")
    made = book_cover(path)
    with Image.open(io.BytesIO(made)) as image:
        assert (image.format, image.size) == ("JPEG", (600, 600))
    assert book_cover(path) == made
    Image.new("RGB", (1400, 1400), (200, 30, 30)).save(path)
    assert book_cover(path) != made
    path.unlink()
    with pytest.raises(MissingFileError):
        book_cover(path)


def test_a_colour_profile_is_kept_unless_it_is_huge(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = Image.new("RGB", (1400, 1400), (20, 60, 90))
    for name, given, expected in (("a.jpg", profile, profile), ("b.jpg", profile + bytes(30_000), None)):
        image.save(tmp_path / name, icc_profile=given)
        with Image.open(io.BytesIO(tag_cover(tmp_path / name))) as made:
            assert made.info.get("icc_profile") == expected


def test_a_bad_cover_never_reaches_the_tag(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="zu klein"):
        tag_cover(make_cover(tmp_path / "cover.jpg", size=(300, 300)))
