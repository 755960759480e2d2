"""Check covers against what podcast directories accept, check chapter pictures, make covers for MP3s, pages, books."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from pipeline.errors import ConfigError, MissingFileError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PIL.Image import Image

SMALLEST_PX, LARGEST_PX = 1400, 3000  # Apple Podcasts, artwork requirements
LARGEST_BYTES = 10_000_000  # every app fetches the file as it is; directories state no limit
TAG_LIMIT_BYTES = 500_000  # larger pictures in tags make some players slow, and some show none
TAG_SIDES_PX = (1400, 1000, 700, 500)
TAG_QUALITIES = (90, 80, 70, 60)
PROFILE_LIMIT_BYTES = 20_000  # a colour profile above this is dropped from the tag's picture
PAGE_SIDES_PX = {False: 360, True: 162}  # 10 and 4.5 rem of 18 px, twice for fine screens; True: in lists
PAGE_LIMITS_BYTES = {False: 12_000, True: 2_900}  # a start page shows one large and up to six small ones: 30 kB
PAGE_QUALITIES = (82, 72, 62, 52, 42, 32, 22, 12, 4, 0)
BOOK_SIDE_PX, BOOK_QUALITY = 600, 80
_KEYS = {"Cover": "cover", "Kapitelbild": "image"}
SUFFIXES = {"JPEG": (".jpg",), "PNG": (".png",)}  # feedgen and Apple take these endings only


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverFacts:
    """Size and kind of a cover. `mode` is Pillow's ("RGB"), `format` "JPEG" or "PNG"."""

    width_px: int
    height_px: int
    mode: str
    format: str


def check_cover(path: Path) -> CoverFacts:
    """Check the cover at `path`, read to its last pixel.

    Raises MissingFileError if it is missing or cannot be read, ConfigError if directories would refuse it.
    """
    image = _decoded(path)
    return CoverFacts(width_px=image.width, height_px=image.height, mode=image.mode, format=image.format or "")


def check_picture(path: Path) -> None:
    """Read the picture of a chapter at `path` to its last pixel; any shape and any size up to LARGEST_PX will do.

    Raises MissingFileError if it is missing or cannot be read, ConfigError if apps would not show it.
    """
    _decoded(path, _picture_mistake, name="Kapitelbild")


def tag_cover(path: Path) -> bytes:
    """The cover at `path` as a JPEG for ID3: RGB, square, at most 1400 px and 500 kB; the same bytes every time.

    Raises what `check_cover` raises.
    """
    from PIL import Image as pillow  # noqa: N813  imported late: an up-to-date build opens no picture

    image = _decoded(path)
    profile = image.info.get("icc_profile") or b""
    if len(profile) > PROFILE_LIMIT_BYTES:
        profile = b""
    for side_px in TAG_SIDES_PX:
        scaled = image.resize((side_px, side_px), resample=pillow.Resampling.LANCZOS)
        for quality in TAG_QUALITIES:
            jpeg = _as_jpeg(scaled, quality, profile)
            if len(jpeg) <= TAG_LIMIT_BYTES:
                return jpeg
    raise AssertionError("a 500 px JPEG of quality 60 is far below 500 kB")


def page_cover(path: Path, *, small: bool) -> bytes:
    """The cover at `path` as WebP for pages, in the first quality whose size is within PAGE_LIMITS_BYTES (else the
    last); the same bytes every time. Raises what `check_cover` raises."""
    from PIL import Image as pillow  # noqa: N813  imported late: an up-to-date build opens no picture

    side_px = PAGE_SIDES_PX[small]
    scaled = _decoded(path).resize((side_px, side_px), resample=pillow.Resampling.LANCZOS, reducing_gap=3.0)
    webp = b""
    for quality in PAGE_QUALITIES:
        buffer = io.BytesIO()
        scaled.save(buffer, "WEBP", quality=quality, method=6)
        webp = buffer.getvalue()
        if len(webp) <= PAGE_LIMITS_BYTES[small]:
            break
    return webp


def book_cover(path: Path) -> bytes:
    """The cover at `path` as a JPEG for books; the same bytes every time. Raises what `check_cover` raises."""
    return _book_cover(path, path.read_bytes() if path.is_file() else b"")


@lru_cache(maxsize=2)
def _book_cover(path: Path, content: bytes) -> bytes:
    """`content` is that of the file: most episodes of a show have the same cover."""
    from PIL import Image as pillow  # noqa: N813  imported late: an up-to-date build opens no picture

    side = (BOOK_SIDE_PX, BOOK_SIDE_PX)
    return _as_jpeg(
        _decoded(path).resize(side, resample=pillow.Resampling.LANCZOS, reducing_gap=3.0), BOOK_QUALITY, b""
    )


def _as_jpeg(image: Image, quality: int, profile: bytes) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality, optimize=True, icc_profile=profile)
    return buffer.getvalue()


def _decoded(
    path: Path, mistake_of: Callable[[Image, Path], ConfigError | None] | None = None, *, name: str = "Cover"
) -> Image:
    """The picture, checked and unpacked. Its size is read first: a decompression bomb is refused before unpacking."""
    from PIL import Image as pillow  # noqa: N813  imported late: an up-to-date build opens no picture

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", pillow.DecompressionBombWarning)  # refused below
            with pillow.open(path, formats=tuple(SUFFIXES)) as image:
                mistake = (mistake_of or _cover_mistake)(image, path)
                if mistake is not None:
                    raise mistake
                image.load()
                return image
    except FileNotFoundError as error:
        advice = f"Das Bild dort ablegen oder den Eintrag {_KEYS[name]} in der TOML-Datei ändern."
        raise MissingFileError(f"Das {name} fehlt.", where=path, advice=advice) from error
    except PermissionError as error:
        advice = "Leserechte für diese Datei einrichten."
        raise MissingFileError(f"Das {name} darf nicht gelesen werden.", where=path, advice=advice) from error
    except pillow.DecompressionBombError as error:
        raise _wrong(path, f"Das {name} hat viel zu viele Bildpunkte") from error
    except (OSError, SyntaxError, ValueError) as error:  # what Pillow raises if it is not a picture, or a damaged one
        raise MissingFileError(
            f"Das {name} ist nicht lesbar: {_reason(error)}.",
            where=path,
            advice="Das Bild in einem Bildprogramm öffnen und neu als JPEG oder PNG speichern.",
        ) from error


def _cover_mistake(image: Image, path: Path) -> ConfigError | None:
    """Why directories would refuse this cover, or None; header facts only."""
    size = f"{image.width} × {image.height} Pixel"
    if path.suffix.lower() not in SUFFIXES[image.format or ""]:
        right = SUFFIXES[image.format or ""][0]
        return _wrong(path, f"Das Cover ist ein Bild im Format {image.format}, sein Name muss auf {right} enden")
    if (size_bytes := path.stat().st_size) > LARGEST_BYTES:
        return _wrong(path, f"Das Cover ist als Datei zu groß ({size_bytes / 1e6:.0f} MB, höchstens 10 MB)")
    if image.width != image.height:
        return _wrong(path, f"Das Cover ist nicht quadratisch ({size})")
    if image.width < SMALLEST_PX:
        return _wrong(path, f"Das Cover ist zu klein ({size})")
    if image.width > LARGEST_PX:
        return _wrong(path, f"Das Cover ist zu groß ({size})")
    if image.mode != "RGB":
        found = {"CMYK": "CMYK-Farben", "RGBA": "Transparenz", "L": "Graustufen"}.get(image.mode, f"Modus {image.mode}")
        return _wrong(path, f"Das Cover ist kein RGB-Bild ({found})")
    return None


def _picture_mistake(image: Image, path: Path) -> ConfigError | None:
    """Why apps would not show this picture of a chapter, or None; header facts only."""
    advice = "Gebraucht wird ein JPEG (.jpg) oder PNG (.png) in RGB, am besten unter 500 kB. So speichern."
    size_bytes = path.stat().st_size
    if path.suffix.lower() not in SUFFIXES[image.format or ""]:
        right = SUFFIXES[image.format or ""][0]
        problem = f"Das Kapitelbild ist ein Bild im Format {image.format}, sein Name muss auf {right} enden."
    elif image.mode not in {"RGB", "RGBA", "L", "P"}:
        problem = f"Das Kapitelbild hat Farben, die Apps nicht zeigen ({image.mode})."
    elif max(image.size) > LARGEST_PX or size_bytes > LARGEST_BYTES:
        size = f"{image.width} × {image.height} Pixel, {size_bytes / 1e6:.1f} MB".replace(".", ",")
        problem = f"Das Kapitelbild ist zu groß ({size})."
    else:
        return None
    return ConfigError(problem, where=path, advice=advice)


def _wrong(path: Path, problem: str) -> ConfigError:
    return ConfigError(
        f"{problem}.",
        where=path,
        advice=f"Gebraucht wird ein quadratisches JPEG (.jpg) oder PNG (.png) in RGB ohne Transparenz, "
        f"{SMALLEST_PX} bis {LARGEST_PX} Pixel breit. In einem Bildprogramm so speichern.",
    )


def _reason(error: Exception) -> str:
    """Why Pillow failed, in German: its own messages are short and English."""
    from PIL import UnidentifiedImageError

    if isinstance(error, UnidentifiedImageError):
        return "es ist weder ein JPEG noch ein PNG"
    return "die Datei ist beschädigt oder unvollständig"
