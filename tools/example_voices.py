"""Lays out a data folder of espeak-ng in which the wheel's German voice has three more timbres.

OpenAI's Whisper `base` understands the wheel's own variants badly, high voices worst: with one variant speaking the
whole example, 8 % of the words were wrong with the best (m6), 28 % with Andrea, the host until then, and nearly all
with some. These three were found by trial: wide formants help most, then louder consonants, a pause after every word
and a lively melody. Two of them change a variant of the wheel; the wheel itself stays as it is.
"""

from dataclasses import dataclass
from pathlib import Path

from pipeline.german.espeak import wheel_data


@dataclass(frozen=True, slots=True, kw_only=True)
class Timbre:
    """A voice variant: the wheel's variant that it is based on ("" for none), and the lines that override it, in
    espeak-ng's own notation."""

    name: str
    of: str = ""
    lines: tuple[str, ...]


# "pitch LOWEST HIGHEST" in Hz; "formant NUMBER FREQUENCY STRENGTH WIDTH" in per cent, [Hz added]; "consonants"
# voiceless and voiced in per cent; "voicing" in per cent; "flutter" in steps of 1/64.
TIMBRES = (
    Timbre(
        name="klara",
        lines=(
            "pitch 141 183",
            "formant 0 100 96 159",
            "formant 1 106 104 159",
            "formant 2 103 96 159",
            "formant 3 98 106 159",
            "formant 4 98 77 159",
            "formant 5 98 77 159",
            "consonants 154 154",
            "flutter 1",
        ),
    ),
    Timbre(
        name="tom",
        of="sandro",
        lines=(
            "pitch 75 117",
            "formant 0 95 146 180",
            "formant 1 90 90 180",
            "formant 2 95 83 180",
            "formant 3 92 76 180",
            "formant 4 100 86 180",
            "formant 5 110 102 180 2123",
            "consonants 150 184",
            "voicing 100",
            "flutter 1",
        ),
    ),
    Timbre(
        name="sina",
        of="edward",
        lines=(
            "pitch 100 137",
            "formant 1 91 100 116",
            "formant 2 102 70 71",
            "formant 3 102 70 62",
            "formant 4 114 70 53",
            "formant 5 100 70 89",
            "consonants 150 169",
            "voicing 109",
            "flutter 1",
        ),
    ),
)


def lay_out(folder: Path) -> Path:
    """Lay out the wheel's data as links in `folder`, with TIMBRES among its variants; return the path of the data."""
    data, of_wheel = folder / "espeak-ng-data", wheel_data()
    variants = data / "voices" / "!v"
    variants.mkdir(parents=True)
    for linked, into in ((of_wheel, data), (of_wheel / "voices" / "!v", variants)):
        for path in linked.iterdir():
            if path.name != "voices":
                (into / path.name).symlink_to(path)
    for timbre in TIMBRES:
        base = (variants / timbre.of).read_text(encoding="utf-8") if timbre.of else "language variant\n"
        (variants / timbre.name).write_text("\n".join((base, *timbre.lines, "")), encoding="utf-8")
    return data
