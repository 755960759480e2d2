"""Renders an episode's audio report as one small HTML file: what was measured and done, and each speaker's level.

No script, no request, light and dark; everything in the picture is also there as text or in tables.
"""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

from pipeline.german.formatting import gain
from pipeline.timecode import clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipeline.values.audio import AudioReport, Curve, Loudness, SpeakerLevel
    from pipeline.values.show import Chapter
    from pipeline.values.speech import SpeakerSpan

_LEFT, _WIDTH, _TOP, _HEIGHT = 44.0, 900.0, 16.0, 200.0  # of the loudness plot, in SVG units
_LOUDEST_LUFS, _QUIETEST_LUFS = -6.0, -42.0
_ROW, _WORK_HEIGHT, _WORK_DB = 22.0, 60.0, 12.0
_TIME_STEPS_S = (10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
_MOST_MARKS = 10
_TOLERANCE_LU = 0.2

_LEGEND = (
    "Lautheit in LUFS. Durchgezogen: die fertige Folge. Gestrichelt: die Aufnahme. Lange Striche: das Ziel. Darunter, "
    "wer wann spricht, und wie weit der Begrenzer absenkt."
)
_STYLE = """
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#57606a;--paper:#fff;--line:#c9d1d9;--after:#0b5cad;--before:#8a5a00;
--work:#a3261f}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#a9b4c0;--paper:#11161c;--line:#3b444d;--after:#7cb7ff;
--before:#e3b341;--work:#ff938a}}
body{margin:0 auto;max-width:62rem;padding:1rem;font:1rem/1.5 system-ui,sans-serif;color:var(--ink);
background:var(--paper)}
h1{font-size:1.5rem;line-height:1.25}h2{font-size:1.15rem;margin-top:2rem}
.wide{overflow-x:auto}table{border-collapse:collapse}th,td{padding:.3rem .8rem .3rem 0;text-align:left;
border-bottom:1px solid var(--line);vertical-align:top}td.n,th.n{text-align:right}td:last-child:not(.n){min-width:14rem}
svg{width:100%;height:auto;min-width:36rem;display:block}svg text{font-size:12px;fill:var(--ink)}
svg .soft{fill:var(--soft)}svg .grid{stroke:var(--line)}svg .mark{stroke:var(--soft);stroke-dasharray:2 4}
svg .target{stroke:var(--ink);stroke-dasharray:8 4}svg .after{stroke:var(--after);stroke-width:2;fill:none}
svg .before{stroke:var(--before);stroke-dasharray:4 3;fill:none}svg .voice{fill:var(--after)}svg .work{fill:var(--work)}
@media print{svg{min-width:0}}
"""


def render_audio_report(
    report: AudioReport,
    *,
    title: str,
    target_lufs: float,
    true_peak_dbtp: float,
    names: Sequence[str],
    spans: Sequence[SpeakerSpan],
    chapters: Sequence[Chapter],
) -> str:
    """The whole page. `names[i]` is the name of `speaker` i in levels and spans; missing ones are „Stimme 1“ etc."""
    parts = [
        "<!doctype html>",
        '<html lang="de"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<title>Klang: {escape(title)}</title><style>{_STYLE}</style></head><body><main>",
        f"<h1>Klang: {escape(title)}</h1>",
        f"<p>{_summary(report, target_lufs, true_peak_dbtp)}</p>",
        *(f"<p><strong>Hinweis:</strong> {escape(text)}</p>" for text in report.notices),
        "<h2>Vorher und nachher</h2>",
        _measured(report),
        "<h2>Verlauf</h2>",
        f"<p>{_LEGEND}</p>",
        '<div class="wide" tabindex="0" role="region" aria-label="Verlauf">',
        _picture(report, target_lufs, names, spans, chapters),
        "</div>",
        "<h2>Stimmen</h2>",
        _voices(report, names),
        "</main></body></html>\n",
    ]
    return "\n".join(parts)


def _summary(report: AudioReport, target_lufs: float, true_peak_dbtp: float) -> str:
    after = report.after
    kept = abs(after.integrated_lufs - target_lufs) <= _TOLERANCE_LU and after.true_peak_dbtp <= true_peak_dbtp
    verdict = "Alles in Ordnung." if kept else "Das weicht ab; was zu tun ist, sagen die Hinweise."
    return (
        f"Die fertige MP3 hat {_number(after.integrated_lufs)} LUFS (Ziel {_number(target_lufs)}) und Spitzen bis "
        f"{_number(after.true_peak_dbtp)} dBTP (erlaubt {_number(true_peak_dbtp)}). {verdict}"
    )


def _measured(report: AudioReport) -> str:
    def row(name: str, loudness: Loudness, how: str) -> str:
        cells = (loudness.integrated_lufs, loudness.range_lu, loudness.true_peak_dbtp)
        numbers = "".join(f'<td class="n">{_number(value)}</td>' for value in cells)
        return f'<tr><th scope="row">{name}</th>{numbers}<td>{how}</td></tr>'

    def done(encoder: str, ceiling_dbtp: float, limited_s: float, attempts: int) -> str:
        tries = "1 Durchgang" if attempts == 1 else f"{attempts} Durchgänge"
        return f"{escape(encoder)}, Begrenzer bei {_number(ceiling_dbtp)} dBTP, {_number(limited_s)} s lang; {tries}"

    rows = [
        row("Aufnahme", report.before, gain(report.gain_db)),
        row("MP3", report.after, done(report.encoder, report.ceiling_dbtp, report.limited_s, report.attempts)),
        *(
            row(one.format.upper(), one.after, done(one.encoder, one.ceiling_dbtp, one.limited_s, one.attempts))
            for one in report.others
        ),
    ]
    head = (
        '<tr><th scope="col">Datei</th><th scope="col" class="n">Lautheit, LUFS</th>'
        '<th scope="col" class="n">Umfang, LU</th><th scope="col" class="n">Spitze, dBTP</th>'
        '<th scope="col">Was geschah</th></tr>'
    )
    return _table("Messwerte", head, rows)


def _voices(report: AudioReport, names: Sequence[str]) -> str:
    if not report.speakers:
        return "<p>Wer wann spricht, ist nicht bekannt.</p>"
    total_s = sum(level.spoken_s for level in report.speakers) or 1.0

    def row(level: SpeakerLevel) -> str:
        share = f"{clock(level.spoken_s)} min ({100 * level.spoken_s / total_s:.0f} %)"
        moved = f"{gain(level.gain_db)}{' (Grenze erreicht)' if level.capped else ''}"
        after = "unbekannt" if level.after_lufs is None else _number(level.after_lufs)
        cells = (share, _number(level.before_lufs), moved, after)
        numbers = "".join(f'<td class="n">{cell}</td>' for cell in cells)
        return f'<tr><th scope="row">{escape(_name(names, level.speaker))}</th>{numbers}</tr>'

    head = (
        '<tr><th scope="col">Stimme</th><th scope="col" class="n">Anteil</th>'
        '<th scope="col" class="n">vorher, LUFS</th><th scope="col" class="n">Pegel</th>'
        '<th scope="col" class="n">nachher, LUFS</th></tr>'
    )
    before, after = (
        _spread(level.before_lufs for level in report.speakers),
        _spread(level.after_lufs for level in report.speakers if level.after_lufs is not None),
    )
    spread = f"<p>Abstand der lautesten von der leisesten Stimme: vorher {before} LU, nachher {after} LU.</p>"
    return _table("Anteil und Pegel der Stimmen", head, map(row, report.speakers)) + spread


def _table(caption: str, head: str, rows: Iterable[str]) -> str:
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{caption}"><table><thead>{head}</thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


# --- the picture ------------------------------------------------------------------------------------------------------


def _picture(
    report: AudioReport,
    target_lufs: float,
    names: Sequence[str],
    spans: Sequence[SpeakerSpan],
    chapters: Sequence[Chapter],
) -> str:
    length_s = max(report.duration_s, 1.0)
    speakers = sorted({span.speaker for span in spans})
    rows_top = _TOP + _HEIGHT + 34
    work_top = rows_top + _ROW * len(speakers) + 14
    bottom = work_top + _WORK_HEIGHT + 8
    title = (
        f"Lautheit über die Zeit: vorher {_number(report.before.integrated_lufs)}, nachher "
        f"{_number(report.after.integrated_lufs)} LUFS; {len(speakers)} Stimmen; der Begrenzer arbeitet "
        f"{_number(report.limited_s)} Sekunden."
    )
    return "\n".join(
        (
            f'<svg viewBox="0 0 {_LEFT + _WIDTH + 16:.0f} {bottom:.0f}" role="img" aria-label="{title}">',
            *_grid(length_s, chapters, until=work_top + _WORK_HEIGHT),
            f'<path class="target" d="M{_LEFT} {_level_y(target_lufs):.1f}h{_WIDTH}"/>',
            _line(report.before_curve, length_s, "before"),
            _line(report.after_curve, length_s, "after"),
            *_rows(spans, speakers, names, length_s, rows_top),
            *_work(report.limiter_curve, length_s, work_top),
            "</svg>",
        )
    )


def _grid(length_s: float, chapters: Sequence[Chapter], *, until: float) -> Iterable[str]:
    for lufs in range(int(_QUIETEST_LUFS) + 2, int(_LOUDEST_LUFS), 8):
        y = _level_y(lufs)
        yield f'<path class="grid" d="M{_LEFT} {y:.1f}h{_WIDTH}"/>'
        yield f'<text class="soft" x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{_number(lufs, 0)}</text>'
    step_s = next((step for step in _TIME_STEPS_S if length_s / step <= _MOST_MARKS), 7200)
    for mark in range(0, int(length_s) + 1, step_s):
        x = _x(mark, length_s)
        yield f'<path class="grid" d="M{x:.1f} {_TOP}V{until:.1f}"/>'
        yield f'<text class="soft" x="{x:.1f}" y="{_TOP + _HEIGHT + 16}" text-anchor="middle">{clock(mark)}</text>'
    for chapter in chapters:
        x = _x(chapter.start_s, length_s)
        about = escape(f"Kapitel {clock(chapter.start_s)}: {chapter.title}")
        yield f'<path class="mark" d="M{x:.1f} {_TOP}v{_HEIGHT}"><title>{about}</title></path>'


def _line(curve: Curve, length_s: float, kind: str) -> str:
    points = " ".join(
        f"{_x((number + 0.5) * curve.step_s, length_s):.1f},{_level_y(value):.1f}"
        for number, value in enumerate(curve.values)
    )
    return f'<polyline class="{kind}" points="{points}"/>' if points else ""


def _rows(
    spans: Sequence[SpeakerSpan], speakers: Sequence[int], names: Sequence[str], length_s: float, top: float
) -> Iterable[str]:
    for row, speaker in enumerate(speakers):
        y = top + _ROW * row
        boxes = "".join(
            f"M{left:.1f} {y + 14:.1f}h{right - left:.1f}v5H{left:.1f}z"
            for left, right in _boxes(spans, speaker, length_s)
        )
        yield f'<text x="{_LEFT}" y="{y + 10:.1f}">{escape(_name(names, speaker))}</text>'
        yield f'<path class="voice" d="{boxes}"/>'


def _boxes(spans: Sequence[SpeakerSpan], speaker: int, length_s: float) -> list[tuple[float, float]]:
    """Left and right edge of each stretch; stretches that would touch in the picture are joined."""
    boxes: list[tuple[float, float]] = []
    for span in spans:
        if span.speaker != speaker:
            continue
        left, right = _x(span.start_s, length_s), _x(span.end_s, length_s)
        if boxes and left - boxes[-1][1] < 1:
            boxes[-1] = (boxes[-1][0], right)
        else:
            boxes.append((left, max(right, left + 1)))
    return boxes


def _work(curve: Curve, length_s: float, top: float) -> Iterable[str]:
    yield f'<text x="{_LEFT}" y="{top - 2:.1f}">Begrenzer, bis {_number(-_WORK_DB, 0)} dB</text>'
    yield f'<path class="grid" d="M{_LEFT} {top + 2:.1f}h{_WIDTH}"/>'
    bars = "".join(
        f"M{_x(number * curve.step_s, length_s):.1f} {top + 2:.1f}v{_WORK_HEIGHT * min(1.0, -value / _WORK_DB):.1f}"
        f"H{_x(min(length_s, (number + 1) * curve.step_s), length_s):.1f}V{top + 2:.1f}z"
        for number, value in enumerate(curve.values)
        if value < 0
    )
    yield f'<path class="work" d="{bars}"/>'


def _x(time_s: float, length_s: float) -> float:
    return _LEFT + _WIDTH * min(1.0, max(0.0, time_s / length_s))


def _level_y(lufs: float) -> float:
    share = (_LOUDEST_LUFS - lufs) / (_LOUDEST_LUFS - _QUIETEST_LUFS) if math.isfinite(lufs) else 1.0
    return _TOP + _HEIGHT * min(1.0, max(0.0, share))


# --- words ------------------------------------------------------------------------------------------------------------


def _name(names: Sequence[str], speaker: int) -> str:
    return names[speaker] if speaker < len(names) else f"Stimme {speaker + 1}"


def _spread(levels_lufs: Iterable[float]) -> str:
    heard = [value for value in levels_lufs if math.isfinite(value)]
    return _number(max(heard) - min(heard)) if heard else "unbekannte"


def _number(value: float, digits: int = 1) -> str:
    """The number in German notation, with a true minus sign."""
    if not math.isfinite(value):
        return "Stille"
    return f"{value:.{digits}f}".replace("-", "−").replace(".", ",")
