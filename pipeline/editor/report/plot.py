"""Draws an episode's loudness, chapters, voices and limiter over time as SVG; a table says the same in numbers."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

from pipeline.editor.report.judgements import STRONG_DB
from pipeline.editor.report.wording import name_of, number
from pipeline.timecode import clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pipeline.editor.report.problems import Measured
    from pipeline.values.audio import Curve
    from pipeline.values.show import Chapter
    from pipeline.values.speech import SpeakerSpan

LEFT, WIDTH = 44.0, 900.0  # of the plot, in SVG units; the page's script finds them in data-left and data-width
_TOP, _HEIGHT = 16.0, 200.0
_LOUDEST_LUFS, _QUIETEST_LUFS = -6.0, -42.0
_ROW, _WORK_HEIGHT, _WORK_DB = 22.0, 60.0, 12.0
_TITLE_ROWS, _TITLE_ROW, _LETTER = 3, 16.0, 6.4  # of the chapters' titles; a letter's width is an estimate, upwards
_SHORTEST_TITLE = 4
_TIME_STEPS_S = (10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
_MOST_MARKS = 10
_MOST_ROWS = 24


def render_plot(measured: Measured, chapters: Sequence[Chapter], target_lufs: float) -> str:
    """The picture; its text alternative is a summary, the numbers are in `plot_table`."""
    report = measured.report
    length_s = max(report.duration_s, 1.0)
    speakers = sorted({span.speaker for span in measured.spans})
    titles = list(_titles(chapters, length_s))
    plot_top = _TOP + _TITLE_ROW * (1 + max((row for row, _ in titles), default=-1))
    rows_top = plot_top + _HEIGHT + 34
    work_top = rows_top + _ROW * len(speakers) + 14
    bottom = work_top + _WORK_HEIGHT + 8
    title = (
        f"Lautheit über die Zeit: vorher {number(report.before.integrated_lufs)}, nachher "
        f"{number(report.after.integrated_lufs)} LUFS; {len(speakers)} Stimmen; {len(chapters)} Kapitel; der Begrenzer "
        f"arbeitet {number(report.limited_s)} Sekunden. Die Zahlen stehen darunter als Tabelle."
    )
    marks = f'id="plot" data-left="{LEFT:.0f}" data-width="{WIDTH:.0f}" data-all="{LEFT + WIDTH + 16:.0f}"'
    return "\n".join(
        (
            f'<svg viewBox="0 0 {LEFT + WIDTH + 16:.0f} {bottom:.0f}" role="img" aria-label="{title}" {marks}>',
            *_chapters(chapters, titles, length_s, until=work_top + _WORK_HEIGHT),
            *_grid(length_s, plot_top, until=work_top + _WORK_HEIGHT),
            f'<path class="target" d="M{LEFT} {_level_y(target_lufs, plot_top):.1f}h{WIDTH}"/>',
            _line(report.before_curve, length_s, plot_top, "before"),
            _line(report.after_curve, length_s, plot_top, "after"),
            *_rows(measured.spans, speakers, measured.names, length_s, rows_top),
            *_work(report.limiter_curve, length_s, work_top),
            f'<path id="now" d="M{LEFT} 0V{bottom:.0f}"/>',
            "</svg>",
        )
    )


def plot_table(measured: Measured, chapters: Sequence[Chapter]) -> Iterator[tuple[float, tuple[str, ...]]]:
    """The plot in at most 24 stretches: start in seconds; then chapter, who speaks most, loudness before and after
    (averages of the curve), and the limiter's largest reduction."""
    report = measured.report
    length_s = max(report.duration_s, 1.0)
    step_s = next((step for step in _TIME_STEPS_S if length_s / step <= _MOST_ROWS), 3600)
    for start_s in range(0, math.ceil(length_s), step_s):
        end_s = start_s + step_s
        begun = [chapter.title for chapter in chapters if chapter.start_s < end_s]
        least_db = min(_values(report.limiter_curve, start_s, end_s), default=0.0)
        yield (
            float(start_s),
            (
                begun[-1] if begun else "",
                _most_heard(measured, start_s, end_s),
                _average(report.before_curve, start_s, end_s),
                _average(report.after_curve, start_s, end_s),
                "–" if least_db == 0 else f"{number(least_db)} dB",
            ),
        )


def _most_heard(measured: Measured, start_s: float, end_s: float) -> str:
    heard: dict[int, float] = {}
    for span in measured.spans:
        shared_s = min(span.end_s, end_s) - max(span.start_s, start_s)
        if shared_s > 0:
            heard[span.speaker] = heard.get(span.speaker, 0.0) + shared_s
    return name_of(measured.names, max(heard, key=lambda speaker: heard[speaker])) if heard else "niemand"


def _values(curve: Curve, start_s: float, end_s: float) -> Sequence[float]:
    return curve.values[int(start_s / curve.step_s) : max(int(start_s / curve.step_s) + 1, int(end_s / curve.step_s))]


def _average(curve: Curve, start_s: float, end_s: float) -> str:
    values = _values(curve, start_s, end_s)
    return number(sum(values) / len(values)) if values else "unbekannt"


# --- the parts of the picture -----------------------------------------------------------------------------------------


def _titles(chapters: Sequence[Chapter], length_s: float) -> Iterator[tuple[int, str]]:
    """For each chapter the row above the plot in which its title has room, and as much of the title as fits."""
    free = [0.0] * _TITLE_ROWS
    starts = [_x(chapter.start_s, length_s) for chapter in chapters]
    for number_, (chapter, x) in enumerate(zip(chapters, starts, strict=True), start=1):
        wanted = f"{number_} {chapter.title}"
        row = next((row for row, until in enumerate(free) if until <= x), _TITLE_ROWS - 1)
        later = starts[number_ + _TITLE_ROWS - 1] if number_ + _TITLE_ROWS - 1 < len(starts) else LEFT + WIDTH
        room = int(max(0.0, later - x) / _LETTER) - 1
        text = wanted if len(wanted) <= room else f"{wanted[: max(_SHORTEST_TITLE, room - 1)].rstrip()}…"
        free[row] = x + _LETTER * (len(text) + 1)
        yield row, text


def _chapters(
    chapters: Sequence[Chapter], titles: Sequence[tuple[int, str]], length_s: float, *, until: float
) -> Iterable[str]:
    for chapter, (row, text) in zip(chapters, titles, strict=True):
        x = _x(chapter.start_s, length_s)
        y = _TOP + _TITLE_ROW * row
        about = escape(f"Kapitel {clock(chapter.start_s)}: {chapter.title}")
        yield f'<path class="mark" d="M{x:.1f} {y - 10:.1f}V{until:.1f}"><title>{about}</title></path>'
        anchor = ' text-anchor="end"' if x + _LETTER * len(text) > LEFT + WIDTH + 16 else ""
        yield f'<text class="chapter" x="{x + (-3 if anchor else 3):.1f}" y="{y:.1f}"{anchor}>{escape(text)}</text>'


def _grid(length_s: float, top: float, *, until: float) -> Iterable[str]:
    for lufs in range(int(_QUIETEST_LUFS) + 2, int(_LOUDEST_LUFS), 8):
        y = _level_y(lufs, top)
        yield f'<path class="grid" d="M{LEFT} {y:.1f}h{WIDTH}"/>'
        yield f'<text class="soft" x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{number(lufs, 0)}</text>'
    step_s = next((step for step in _TIME_STEPS_S if length_s / step <= _MOST_MARKS), 7200)
    for mark in range(0, int(length_s) + 1, step_s):
        x = _x(mark, length_s)
        yield f'<path class="grid" d="M{x:.1f} {top}V{until:.1f}"/>'
        yield f'<text class="soft" x="{x:.1f}" y="{top + _HEIGHT + 16}" text-anchor="middle">{clock(mark)}</text>'


def _line(curve: Curve, length_s: float, top: float, kind: str) -> str:
    points = " ".join(
        f"{_x((at + 0.5) * curve.step_s, length_s):.1f},{_level_y(value, top):.1f}"
        for at, value in enumerate(curve.values)
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
        yield f'<text x="{LEFT}" y="{y + 10:.1f}">{escape(name_of(names, speaker))}</text>'
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
    strong_y = top + 2 + _WORK_HEIGHT * STRONG_DB / _WORK_DB
    yield f'<text x="{LEFT}" y="{top - 2:.1f}">Begrenzer, bis {number(-_WORK_DB, 0)} dB</text>'
    yield f'<path class="grid" d="M{LEFT} {top + 2:.1f}h{WIDTH}"/>'
    yield f'<path class="mark" d="M{LEFT} {strong_y:.1f}h{WIDTH}"/>'
    yield f'<text class="soft" x="{LEFT - 6}" y="{strong_y + 4:.1f}" text-anchor="end">{number(-STRONG_DB, 0)}</text>'
    bars = "".join(
        f"M{_x(at * curve.step_s, length_s):.1f} {top + 2:.1f}v{_WORK_HEIGHT * min(1.0, -value / _WORK_DB):.1f}"
        f"H{_x(min(length_s, (at + 1) * curve.step_s), length_s):.1f}V{top + 2:.1f}z"
        for at, value in enumerate(curve.values)
        if value < 0
    )
    yield f'<path class="work" d="{bars}"/>'


def _x(time_s: float, length_s: float) -> float:
    return LEFT + WIDTH * min(1.0, max(0.0, time_s / length_s))


def _level_y(lufs: float, top: float) -> float:
    share = (_LOUDEST_LUFS - lufs) / (_LOUDEST_LUFS - _QUIETEST_LUFS) if math.isfinite(lufs) else 1.0
    return top + _HEIGHT * min(1.0, max(0.0, share))
