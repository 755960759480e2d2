"""The show's cover is what podcast directories and players accept."""

from PIL import Image, ImageStat

from tools import cover


def test_the_cover_is_a_square_rgb_jpeg_of_accepted_size():
    with Image.open(cover.COVER) as picture:
        assert (picture.format, picture.mode) == ("JPEG", "RGB")
        assert picture.width == picture.height
        assert 1400 <= picture.width <= 3000
    assert cover.COVER.stat().st_size <= 500_000


def test_the_cover_is_what_the_script_draws(tmp_path):
    cover.write(tmp_path / "one.jpg")
    assert (tmp_path / "one.jpg").read_bytes() == cover.COVER.read_bytes()


def test_the_lettering_stands_out_from_its_background():
    with Image.open(cover.COVER) as picture:
        name = picture.convert("L").crop((330, 970, 1430, 1550))
    shares = [share / name.width / name.height for share in (sum(name.histogram()[235:]), sum(name.histogram()[:90]))]
    assert min(shares) > 0.3  # white letters and dark ground, little between


def test_the_cover_is_not_washed_out_at_thumbnail_size():
    with Image.open(cover.COVER) as picture:
        small = picture.convert("L").resize((100, 100), Image.Resampling.LANCZOS)
    assert ImageStat.Stat(small).stddev[0] > 40
