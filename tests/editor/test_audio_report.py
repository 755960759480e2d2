"""The audio report as a page: what it says, how large it is, and how accessible."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from pathlib import Path
from xml.etree import ElementTree

import pytest
from browsers import launched, new_context

from pipeline.audio.speaker_levels import _capped_notice
from pipeline.editor.audio_report import render_audio_report
from pipeline.german.formatting import gain
from pipeline.values.audio import AudioReport, Curve, Encoded, Loudness, SpeakerLevel
from pipeline.values.show import Chapter
from pipeline.values.speech import SpeakerSpan


def report_of(minutes: int) -> AudioReport:
    seconds = minutes * 60
    step_s = max(1.0, seconds / 720)
    count = round(seconds / step_s)
    levels = [
        SpeakerLevel(
            speaker=who, spoken_s=seconds / 3, before_lufs=lufs, gain_db=gain, capped=who == 1, after_lufs=-16.2
        )
        for who, (lufs, gain) in enumerate(((-20.0, 0.0), (-32.5, 12.5), (-inf, 0.0)))
    ]
    return AudioReport(
        before=Loudness(integrated_lufs=-20.4, range_lu=9, true_peak_dbtp=-0.5),
        after=Loudness(integrated_lufs=-16.04, range_lu=4, true_peak_dbtp=-1.4),
        gain_db=4.4,
        ceiling_dbtp=-1.85,
        limited_s=83.2,
        attempts=2,
        encoder="libmp3lame 128 kbit/s CBR",
        duration_s=seconds,
        levelling="speakers",
        speakers=tuple(levels),
        before_curve=Curve(step_s=step_s, values=tuple(-70.0 if at % 50 == 0 else -22.3 for at in range(count))),
        after_curve=Curve(step_s=step_s, values=tuple(-16.0 - at % 5 for at in range(count))),
        limiter_curve=Curve(step_s=step_s, values=tuple(-float(at % 4) for at in range(count))),
        notices=("Zu <leise> & zu laut.",),
    )


def page_of(report: AudioReport, minutes: int) -> str:
    spans = [SpeakerSpan(start_s=at, end_s=at + 4, speaker=at // 5 % 3) for at in range(0, minutes * 60, 5)]
    return render_audio_report(
        report,
        title="Mehr & „weniger“ <Ton>",
        target_lufs=-16,
        true_peak_dbtp=-1,
        names=["Klara Klang", "Tom & Takt"],
        spans=spans,
        chapters=[Chapter(start_s=0, title="Anfang"), Chapter(start_s=60, title="Mehr <Licht>")],
    )


def test_the_page_says_in_words_what_it_shows() -> None:
    page = page_of(report_of(45), 45)
    assert "−16,0 LUFS (Ziel −16,0) und Spitzen bis −1,4 dBTP (erlaubt −1,0). Alles in Ordnung." in page
    for text in (
        "um 12,5 dB angehoben (Grenze erreicht)",
        "Stimme 3",
        "Tom &amp; Takt",
        "Zu &lt;leise&gt; &amp; zu laut.",
        "2 Durchgänge",
    ):
        assert text in page
    assert "vorher 12,5 LU, nachher 0,0 LU" in page
    svg = ElementTree.fromstring(page[page.index("<svg") : page.index("</svg>") + 6])  # well-formed
    lines = [line.get("points", "") for line in svg.iter("polyline")]
    assert [len(line.split()) for line in lines] == [720, 720]
    assert "<Licht>" not in page


def test_a_missed_target_is_reported() -> None:
    missed = replace(report_of(2), after=Loudness(integrated_lufs=-16.5, range_lu=4, true_peak_dbtp=-1.4))
    assert "Das weicht ab" in page_of(missed, 2)


def test_each_further_format_has_its_row() -> None:
    other = Encoded(
        format="opus",
        after=Loudness(integrated_lufs=-15.9, range_lu=4, true_peak_dbtp=-1.1),
        ceiling_dbtp=-2,
        limited_s=1,
        attempts=1,
        encoder="libopus 64 kbit/s",
        duration_s=120,
    )
    assert "libopus 64 kbit/s" in page_of(replace(report_of(2), others=(other,)), 2)


def test_a_report_without_speakers_and_curves_is_still_a_page() -> None:
    empty = Curve(step_s=1, values=())
    bare = replace(report_of(2), speakers=(), before_curve=empty, after_curve=empty, limiter_curve=empty)
    page = render_audio_report(bare, title="T", target_lufs=-16, true_peak_dbtp=-1, names=[], spans=[], chapters=[])
    assert "ist nicht bekannt" in page


def test_the_page_of_four_hours_stays_small_and_loads_nothing() -> None:
    page = page_of(report_of(240), 240)
    assert len(page.encode()) < 100_000
    assert "http" not in page.replace("http-equiv", "")
    assert "<script" not in page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(tmp_path: Path, scheme: str, width: int) -> None:
    from axe_playwright_python.sync_playwright import Axe

    (tmp_path / "report.html").write_text(page_of(report_of(45), 45), encoding="utf-8")
    with launched() as browser:
        page = new_context(browser, width=width, scheme=scheme, bypass_csp=True).new_page()
        page.goto((tmp_path / "report.html").as_uri())
        assert Axe().run(page).response["violations"] == []
        assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize(
    ("gain_db", "text"),
    [
        (4.3, "um 4,3 dB angehoben"),
        (-4.3, "um 4,3 dB abgesenkt"),
        (0.04, "unverändert"),
        (-0.04, "unverändert"),
        (-0.06, "um 0,1 dB abgesenkt"),
    ],
)
def test_a_gain_is_told_by_its_direction(gain_db: float, text: str) -> None:
    assert gain(gain_db) == text


@pytest.mark.parametrize(("gain_db", "direction"), [(18.0, "leiser"), (-18.0, "lauter")])
def test_a_voice_at_the_limit_is_told_by_its_direction(gain_db: float, direction: str) -> None:
    level = SpeakerLevel(speaker=1, spoken_s=9.0, before_lufs=-20.0, gain_db=gain_db, capped=True, after_lufs=-18.0)
    text = _capped_notice(level)
    assert text.startswith("Stimme 2 ist mehr als 18 dB " + direction)
    assert f"wurde nur um 18 dB {'angehoben' if gain_db > 0 else 'abgesenkt'}" in text
