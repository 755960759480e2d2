"""One table of media types, one list of transcript formats, and a README that agrees with them."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from pipeline.values import media_types
from pipeline.values.audio_formats import AUDIO_FORMATS
from pipeline.values.transcript_formats import TRANSCRIPT_FORMATS

PROJECT = Path(__file__).parents[2]
QUOTED = re.compile(r"""["'](?:[^"'\n]*[ ,])?((?:text|audio|image|font|application)/[a-z0-9][a-z0-9.+-]*)""")


def test_every_media_type_appears_once_in_the_source() -> None:
    files = (path for path in (PROJECT / "pipeline").rglob("*") if path.suffix in {".py", ".html", ".js"})
    sources = [path for path in files if path.parts[-3:-1] != ("review", "page")]  # in the browser there is no table
    found = Counter(kind for path in sources for kind in QUOTED.findall(path.read_text(encoding="utf-8")))
    assert set(media_types.BY_SUFFIX.values()) <= found.keys()
    assert [kind for kind, times in found.items() if times > 1] == []


def test_the_suffix_of_a_name_decides_its_media_type_in_upper_and_lower_case() -> None:
    assert media_types.of("audio/007.v2.mp3") == "audio/mpeg"
    assert media_types.of("COVER.JPG") == "image/jpeg"
    assert media_types.of("transkript") == media_types.of("x.docx") == "application/octet-stream"


def test_no_two_formats_share_a_suffix_a_label_or_a_module() -> None:
    for field in ("module", "suffix", "label", "media_type"):
        values = [getattr(form, field) for form in TRANSCRIPT_FORMATS]
        assert len(set(values)) == len(values)
    assert not {form.suffix.lstrip(".") for form in TRANSCRIPT_FORMATS} & AUDIO_FORMATS.keys()


def test_the_readme_names_every_file_of_the_transcript() -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    (row,) = re.findall(r"^\| (.*/transkript\..*?) \|", readme, re.MULTILINE)
    assert {f".{name}" for name in re.findall(r"\.([a-z0-9]+)`", row)} == {form.suffix for form in TRANSCRIPT_FORMATS}
