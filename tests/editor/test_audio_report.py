"""The audio report as a page: what it says, what it plays, how large it is, and how accessible."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from math import inf
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from browsers import BOTH, launched, new_context, until

from pipeline.audio.ffmpeg import encode_stream
from pipeline.audio.speaker_levels import _capped_notice
from pipeline.editor.report.findings import Finding
from pipeline.editor.report.limiter import stretches
from pipeline.editor.report.page import Files, render_audio_report
from pipeline.editor.report.problems import Measured, SoundProblem, problems
from pipeline.german.formatting import gain
from pipeline.values.audio import (
    AudioReport,
    Curve,
    Encoded,
    Loudness,
    Music,
    Piece,
    RecordingFaults,
    Source,
    SpeakerLevel,
    Timeline,
)
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


def timeline_of(seconds: float, *, pieces: tuple[Piece, ...] = (), music: tuple[Music, ...] = ()) -> Timeline:
    source = Source(file="raw.wav", sha256="", duration_s=seconds, sample_rate_hz=22050, channels=1)
    return Timeline(sources=(source,), duration_s=seconds, pieces=pieces, music=music)


def measured_of(report: AudioReport, **changes: object) -> Measured:
    minutes = round(report.duration_s / 60)
    spans = tuple(SpeakerSpan(start_s=at, end_s=at + 4, speaker=at // 5 % 3) for at in range(0, minutes * 60, 5))
    names = ("Klara Klang", "Tom & Takt")
    return replace(
        Measured(report=report, timeline=timeline_of(report.duration_s), spans=spans, names=names),
        **changes,  # type: ignore[arg-type]  # the fields of Measured
    )


def rendered(measured: Measured, **changes: object) -> str:
    options: dict[str, object] = {
        "title": "Mehr & „weniger“ <Ton>",
        "target_lufs": -16,
        "true_peak_dbtp": -1,
        "chapters": [Chapter(start_s=0, title="Anfang"), Chapter(start_s=60, title="Mehr <Licht>")],
        "files": Files(finished="encoded.mp3", recordings=("../raw.wav",)),
    }
    return render_audio_report(measured, **(options | changes))  # type: ignore[arg-type]


def page_of(report: AudioReport) -> str:
    return rendered(measured_of(report))


def in_order(minutes: int) -> AudioReport:
    """A report in which nothing is wrong."""
    report = report_of(minutes)
    levels = tuple(replace(level, before_lufs=-20.0 - level.speaker, capped=False) for level in report.speakers)
    return replace(report, speakers=levels, notices=())


def limited_to(least_db: float, seconds: int) -> AudioReport:
    """A report of two minutes in which the limiter takes so much from 0:40 on."""
    values = tuple(-least_db if 40 <= at < 40 + seconds else 0.0 for at in range(120))
    return replace(in_order(2), limiter_curve=Curve(step_s=1.0, values=values), limited_s=float(seconds))


def only(found: tuple[SoundProblem, ...]) -> SoundProblem:
    assert len(found) == 1, found
    return found[0]


def test_the_page_says_in_words_what_it_shows() -> None:
    page = page_of(report_of(45))
    assert "−16,0 LUFS (Ziel −16,0) und Spitzen bis −1,4 dBTP (erlaubt −1,0). Das stimmt. Aufgefallen ist:" in page
    for text in (
        "Tom &amp; Takt war 12 dB leiser als Klara Klang.",
        "nächstes Mal näher ans Mikrofon",
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
    assert page.index("war 12 dB leiser") < page.index("<svg")  # first what is to be done


def test_a_report_without_problems_says_that_all_is_well() -> None:
    page = page_of(in_order(45))
    assert "Alles in Ordnung." in page
    assert 'class="found"' not in page


@pytest.mark.parametrize(("least_db", "seconds", "told"), [(9, 25, True), (9, 2, True), (6, 5, True), (6, 4, False)])
def test_a_limiter_that_takes_much_is_not_in_order(least_db: float, seconds: int, told: bool) -> None:
    measured = measured_of(limited_to(least_db, seconds))
    page = rendered(measured)
    assert ("Alles in Ordnung" not in page) == told
    assert ("zu viel, siehe oben" in page) == told
    if told:
        problem = only(problems(measured))
        assert f"bis zu {least_db},0 dB ab, zusammen bis zu {seconds} s" in problem.text
        assert problem.places_s == (40.0,)
        assert any(name in problem.text for name in ("Klara Klang", "Tom & Takt", "Stimme 3"))


def test_a_limiter_at_three_decibels_is_in_order_however_long() -> None:
    assert problems(measured_of(limited_to(3, 80))) == ()


def test_stretches_of_the_limiter_close_to_each_other_are_one_place() -> None:
    curve = Curve(step_s=1.0, values=(0, -7, 0, -8, 0, 0, 0, 0, 0, -6, -5))
    assert [tuple(one) for one in stretches(curve)] == [(1.0, 4.0, 8), (9.0, 10.0, 6)]


@pytest.mark.parametrize(
    ("faults", "told", "advice", "places_s"),
    [
        ({"clipped_s": (65.0, 15.0)}, "übersteuert", "leiser aussteuern", (55.0,)),
        ({"gaps": ((30.0, 2.5),)}, "fehlt an 1 Stelle Ton, zusammen 2,5 s", "lokale Aufnahme", (20.0,)),
        ({"empty_channel": 0}, "hat nur rechts Ton", "links prüfen", ()),
        ({"inverted_from_s": 40.0}, "heben sich links und rechts auf", "verpolt", (30.0,)),
        ({"above_noise_db": 17.0}, "rauscht: die Pausen sind nur 17 dB leiser", "reduce_noise", (14.0,)),
        ({"above_noise_db": 23.0}, "", "", ()),
    ],
)
def test_each_fault_of_a_recording_has_a_remedy_and_its_place_in_the_finished_episode(
    faults: dict[str, object], told: str, advice: str, places_s: tuple[float, ...]
) -> None:
    kept = (Piece(start_s=0, end_s=10, at_s=0), Piece(start_s=20, end_s=130, at_s=10))  # 0:10 to 0:20 is cut out
    spans = tuple(SpeakerSpan(start_s=at, end_s=at + 5, speaker=at // 5 % 2) for at in range(0, 120, 5))
    spans = (*spans[:2], replace(spans[2], end_s=14.0), *spans[3:])
    recording = RecordingFaults(file="tom.wav", speaker=1, **faults)  # type: ignore[arg-type]
    measured = replace(
        measured_of(in_order(2)), timeline=timeline_of(120, pieces=kept), spans=spans, faults=(recording,)
    )
    found = problems(measured)
    if not told:
        assert found == ()
        return
    problem = only(found)
    assert problem.text.startswith(("Tom & Takt (tom.wav)", "In Tom & Takt (tom.wav)"))
    assert told in problem.text
    assert advice in problem.remedy
    assert problem.places_s == places_s


def test_silence_and_somebody_who_is_never_heard_are_told_with_their_places() -> None:
    spans = (
        SpeakerSpan(start_s=0, end_s=50, speaker=0),
        SpeakerSpan(start_s=56, end_s=60, speaker=0),
        SpeakerSpan(start_s=64, end_s=114.5, speaker=0),
    )
    report = in_order(2)
    level = replace(report.speakers[0], spoken_s=104.5)
    measured = replace(measured_of(replace(report, speakers=(level,))), spans=spans)
    absent, silence = problems(measured)
    assert "Von Tom & Takt ist nichts zu hören" in absent.text
    assert silence.text == "An 2 Stellen spricht länger als 5 s niemand, zusammen 12 s."
    assert silence.places_s == (50.0, 114.5)
    little = replace(level, spoken_s=50.0)
    assert "Nur 42 % des Gesprächs sind Sprache." in [
        problem.text for problem in problems(replace(measured, report=replace(report, speakers=(little,))))
    ]


def test_who_is_far_louder_than_all_others_is_told_so_and_the_others_are_not_blamed() -> None:
    report = in_order(2)
    levels = (replace(report.speakers[0], before_lufs=-10.0), *report.speakers[1:])
    problem = only(problems(measured_of(replace(report, speakers=levels))))
    assert problem.text == "Klara Klang war 11 dB lauter als die anderen."


def test_findings_of_the_transcript_have_line_and_place() -> None:
    findings = [
        Finding(line=3, text="„Tm Takt“ ist <unbekannt>.", blocking=True, at_s=12.0),
        Finding(line=0, text="Die Zeilen enden wie auf Windows.", blocking=False),
    ]
    page = rendered(measured_of(in_order(2)), findings=findings)
    assert "Zeile 3: „Tm Takt“ ist &lt;unbekannt&gt;." in page
    assert 'data-at="11.00">▶ 00:12' in page
    assert "noch kein Transkript" not in page
    assert "noch kein Transkript" in page_of(in_order(2))
    assert "Keine Auffälligkeiten in Form und Namen. Ob die Wörter stimmen, hört nur, wer gegenliest" in rendered(
        measured_of(in_order(2)), findings=[]
    )


def test_chapters_are_named_in_the_plot_however_many_there_are() -> None:
    chapters = [Chapter(start_s=at * 60.0, title=f"Kapitel über {at} Dinge") for at in range(30)]
    page = rendered(measured_of(in_order(45)), chapters=chapters)
    svg = ElementTree.fromstring(page[page.index("<svg") : page.index("</svg>") + 6])
    titles = [text for text in svg.iter("text") if text.get("class") == "chapter"]
    assert len(titles) == 30
    assert all((title.text or "").startswith(f"{at} Ka") for at, title in enumerate(titles, start=1))
    rows: dict[str, float] = {}
    for title in titles:  # none is written over the one before it in its row
        row, x = str(title.get("y")), float(title.get("x", "0"))
        assert x >= rows.get(row, 0.0)
        rows[row] = x + 6.4 * len(title.text or "")
    assert all(f"{at} Dinge</button>" in page for at in range(30))


def test_the_table_says_what_the_plot_shows() -> None:
    page = rendered(measured_of(limited_to(9, 25)))
    table = page[page.index("Verlauf in Zahlen") : page.index("</details>")]
    row = table[table.index("▶ 00:40") :]
    assert re.findall(r"<td[^>]*>([^<]*)", row)[:5] == ["Anfang", "Stimme 3", "−22,3", "−18,0", "−9,0 dB"]


def test_a_missed_target_is_reported() -> None:
    missed = replace(report_of(2), after=Loudness(integrated_lufs=-16.5, range_lu=4, true_peak_dbtp=-1.4))
    assert "Das weicht ab" in page_of(missed)


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
    assert "libopus 64 kbit/s" in page_of(replace(report_of(2), others=(other,)))


def test_a_report_without_speakers_and_curves_is_still_a_page() -> None:
    empty = Curve(step_s=1, values=())
    bare = replace(report_of(2), speakers=(), before_curve=empty, after_curve=empty, limiter_curve=empty)
    measured = Measured(report=bare, timeline=timeline_of(120))
    page = rendered(measured, chapters=[], files=Files(finished="encoded.mp3"))
    assert "ist nicht bekannt" in page


def test_the_page_of_four_hours_stays_small_and_loads_nothing() -> None:
    page = page_of(report_of(240))
    assert len(page.encode()) < 100_000
    assert "http" not in page.replace("http-equiv", "")
    assert not re.search(r"<(?:script|img|link|iframe|audio)[^>]*(?:src|href)=", page)


def test_the_policy_allows_this_script_only() -> None:
    page = page_of(report_of(2))
    script = page[page.rindex("<script>") + 8 : page.rindex("</script>")]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in page
    assert "default-src 'none'" in page


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An episode's folder with a report and its audio: two minutes, of which 0:10 to 0:20 of the recording are cut."""
    home = tmp_path_factory.mktemp("folge")
    (home / "work").mkdir()
    silence = np.zeros((8000, 1), np.int32)
    for name, seconds, options in (("raw.wav", 130, ["-f", "wav"]), ("work/encoded.mp3", 120, ["-f", "mp3"])):
        blocks = (silence for _ in range(seconds))
        encode_stream(blocks, home / name, sample_rate_hz=8000, channels=1, options=options)
    pieces = (Piece(start_s=0, end_s=10, at_s=0), Piece(start_s=20, end_s=130, at_s=10))
    findings = [Finding(line=3, text="Hier fehlen Wörter.", blocking=True, at_s=12.0)]
    measured = replace(measured_of(report_of(2)), timeline=timeline_of(120, pieces=pieces))
    (home / "work/report.html").write_text(rendered(measured, findings=findings), encoding="utf-8")
    return home


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(home: Path, scheme: str, width: int) -> None:
    from axe_playwright_python.sync_playwright import Axe

    with launched() as browser:
        page = new_context(browser, width=width, scheme=scheme, bypass_csp=True).new_page()
        page.goto((home / "work/report.html").as_uri())
        page.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert Axe().run(page).response["violations"] == []
        assert page.evaluate("document.documentElement.scrollWidth") == width


_PLAYING = (
    "(which) => { const audio = document.querySelectorAll('audio')[which]; return !audio.paused && audio.currentTime"
)
_SEEK = """(second) => {
    const place = document.getElementById('place');
    place.value = second;
    place.dispatchEvent(new Event('input'));
}"""


@pytest.mark.parametrize("name", BOTH)
def test_the_page_plays_before_and_after_from_a_folder_without_a_server(home: Path, name: str) -> None:
    with launched(name) as browser:
        page = new_context(browser).new_page()
        page.goto((home / "work/report.html").as_uri())
        # A machine for tests has no loudspeaker, without which Firefox plays only what is muted.
        page.evaluate("() => document.querySelectorAll('audio').forEach((one) => { one.muted = true; })")
        page.get_by_role("button", name="▶ 00:12").click()
        until(page, f"{_PLAYING} > 11 && audio.currentTime < 14 }}", 0)
        page.get_by_label("vorher (Aufnahme)").check()
        until(page, f"{_PLAYING} > 21 && audio.currentTime < 26 }}", 1)  # ten seconds were cut out before
        assert page.evaluate("document.querySelector('audio').paused")
        page.evaluate(_SEEK, 9)
        until(page, f"{_PLAYING} > 20 }}", 1)  # over the cut
        assert page.locator("#time").inner_text().startswith("00:1")
        page.locator("#plot").evaluate("(plot) => plot.scrollIntoView({block: 'center'})")
        box = page.locator("#plot").bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + box["width"] * (44 + 450) / 960, box["y"] + box["height"] / 2)
        until(page, "() => document.getElementById('time').innerText.startsWith('01:0')")
        page.get_by_role("button", name="Anhalten").click()
        assert page.get_by_role("button", name="Abspielen").is_visible()
        assert page.locator("#trouble").inner_text() == ""


def test_the_keyboard_reaches_every_moment(home: Path) -> None:
    with launched() as browser:
        page = new_context(browser).new_page()
        page.goto((home / "work/report.html").as_uri())
        page.get_by_label("Stelle der Folge").focus()
        page.keyboard.press("End")
        page.keyboard.press("ArrowLeft")
        assert page.locator("#time").inner_text() == "01:59 / 02:00"
        assert page.get_by_label("Stelle der Folge").get_attribute("aria-valuetext") == "01:59, Mehr <Licht>"


def test_a_missing_recording_is_said_and_the_finished_episode_still_plays(tmp_path: Path, home: Path) -> None:
    (tmp_path / "encoded.mp3").write_bytes((home / "work/encoded.mp3").read_bytes())
    (tmp_path / "report.html").write_bytes((home / "work/report.html").read_bytes())  # ../raw.wav is not there
    with launched() as browser:
        page = new_context(browser).new_page()
        page.goto((tmp_path / "report.html").as_uri())
        page.get_by_label("vorher (Aufnahme)").check()
        page.get_by_role("button", name="Abspielen").click()
        until(page, "() => document.getElementById('trouble').innerText.includes('Die Aufnahme raw.wav lässt sich')")
        page.get_by_label("nachher (fertige Folge)").check()
        page.get_by_role("button", name="Abspielen").click()
        until(page, f"{_PLAYING} > 0 }}", 0)


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
