"""Turns the colours of show.toml into those of the pages, and rejects colours that cannot be read.

Every pair of colours that meets on a page is measured by WCAG 2.2 (1.4.3 for text, 1.4.11 for outlines).
"""

from __future__ import annotations

from dataclasses import asdict
from string import Template
from typing import TYPE_CHECKING

from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pipeline.values.show import Palette, Theme

# Sea, horizon, sand; docs/design.md gives the reasons.
HOUSE = {
    "light": {
        "paper": "#fbf8f1",
        "ink": "#15252d",
        "quiet": "#4c5e68",
        "accent": "#0a5876",
        "sky": "#dcebf0",
        "sand": "#f4ead3",
        "line": "#ddd2bb",
        "mark": "#8a6100",
        "sun": "#edbd62",
    },
    "dark": {
        "paper": "#101b22",
        "ink": "#e2e7e4",
        "quiet": "#a8b6bc",
        "accent": "#8fd0e8",
        "sky": "#0c1820",
        "sand": "#1f2b2f",
        "line": "#33454e",
        "mark": "#e6bd6a",
        "sun": "#cfdcd9",
    },
}
TEXT_RATIO, OUTLINE_RATIO = 4.5, 3.0
_PAIRS = (  # (upper colour, the colour below it, the least contrast ratio)
    ("ink", "paper", TEXT_RATIO),
    ("ink", "sand", TEXT_RATIO),
    ("ink", "sky", TEXT_RATIO),
    ("quiet", "paper", TEXT_RATIO),
    ("quiet", "sand", TEXT_RATIO),
    ("accent", "paper", TEXT_RATIO),
    ("accent", "sand", TEXT_RATIO),
    ("accent", "sky", TEXT_RATIO),
    ("paper", "accent", TEXT_RATIO),
    ("mark", "paper", OUTLINE_RATIO),
    ("mark", "sand", OUTLINE_RATIO),
    ("mark", "sky", OUTLINE_RATIO),
)
FONTS = {
    "sans": 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif',
    "serif": 'Charter, "Bitstream Charter", "Sitka Text", Cambria, "Noto Serif", "Liberation Serif", Georgia, serif',
}


def palettes(theme: Theme) -> Mapping[str, Mapping[str, str]]:
    """`light` and `dark` → colour by name: the default ones, with the changes in `theme`."""
    return {"light": HOUSE["light"] | _changed(theme.light), "dark": HOUSE["dark"] | _changed(theme.dark)}


def _changed(palette: Palette) -> dict[str, str]:
    return {name: colour for name, colour in asdict(palette).items() if colour}


def check_contrast(theme: Theme, *, where: Path) -> None:
    """Raise ConfigError naming every pair of colours that people with weak sight could not tell apart."""
    problems = []
    for scheme, colours in palettes(theme).items():
        for upper, lower, least in _PAIRS:
            ratio = contrast(colours[upper], colours[lower])
            if ratio < least:
                problems.append(
                    f"theme.{scheme}: {upper} ({colours[upper]}) auf {lower} ({colours[lower]}): Kontrast "
                    f"{_number(ratio)} : 1, gebraucht werden {_number(least)} : 1"
                )
    if problems:
        raise ConfigError(
            "\n".join(["Diese Farben wären schlecht zu lesen:", *(f"  {line}" for line in problems)]),
            where=where,
            advice="Eine der beiden Farben heller oder dunkler wählen; ohne Angabe gilt die Farbe des Hauses.",
        )


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def themed(text: str, theme: Theme) -> str:
    """`text` of a style sheet or drawing with `$light_paper`, `$dark_sea`, `$font` … filled in."""
    values = {"font": FONTS[theme.font], "sans": FONTS["sans"]}
    for scheme, colours in palettes(theme).items():
        values |= {f"{scheme}_{name}": colour for name, colour in colours.items()}
        values[f"{scheme}_sea"] = mixed(colours["accent"], colours["sky"], 0.25 if scheme == "light" else 0.76)
        values[f"{scheme}_shallows"] = mixed(colours["accent"], colours["sky"], 0.55 if scheme == "light" else 0.62)
        values[f"{scheme}_dunes"] = mixed(colours["sand"], colours["line"], 0.5)
    return Template(text).substitute(values)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def mixed(one: str, other: str, share: float) -> str:
    """`one` with `share` (0 to 1) of `other`."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a * (1 - share) + b * share):02x}" for a, b in pairs)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _number(ratio: float) -> str:
    """The ratio rounded down, so that 4.49 is not shown as 4,5."""
    return f"{int(ratio * 10) / 10:.1f}".replace(".", ",")
