"""Renders an episode's audio report as one HTML file: its problems, then what was measured and done, to be listened to.

One file, no request to anywhere; audio is named relative to it. Light and dark; everything in the picture is also there
as text or in tables.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.audio.edits import pieces_of
from pipeline.editor.report.judgements import REASONS
from pipeline.editor.report.limiter import limits_too_much
from pipeline.editor.report.plot import plot_table, render_plot
from pipeline.editor.report.problems import Measured, problems
from pipeline.editor.report.wording import name_of, number, spread
from pipeline.german.formatting import gain
from pipeline.timecode import clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipeline.editor.report.findings import Finding
    from pipeline.editor.report.problems import SoundProblem
    from pipeline.values.audio import AudioReport, Loudness, SpeakerLevel
    from pipeline.values.show import Chapter

_HERE = Path(__file__).parent
_TOLERANCE_LU = 0.2
_EARLIER_S = 1.0  # a place begins to play a little before it
_LEGEND = (
    "Lautheit in LUFS. Durchgezogen: die fertige Folge. Gestrichelt: die Aufnahme. Lange Striche: das Ziel. Darunter, "
    "wer wann spricht, und wie weit der Begrenzer absenkt. Ein Klick spielt von dort."
)
_LIMITER = (
    "Der Begrenzer senkt Spitzen ab, die sonst über die Grenze gingen: 5 Millisekunden vorher geht er herunter, "
    "danach in etwa 80 Millisekunden wieder hinauf. Einzelne Spitzen bis 3 dB hört niemand."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Where the page finds audio, as addresses relative to itself: the finished episode, and the recordings in the
    order of the timeline's sources."""

    finished: str
    recordings: tuple[str, ...] = ()


def render_audio_report(
    measured: Measured,
    *,
    title: str,
    target_lufs: float,
    true_peak_dbtp: float,
    chapters: Sequence[Chapter],
    files: Files,
    findings: Sequence[Finding] | None = None,
) -> str:
    """The whole page. `findings` are those about the transcript, None if there is none yet."""
    report = measured.report
    found = problems(measured)
    script = (_HERE / "report.js").read_text(encoding="utf-8")
    parts = [
        "<!doctype html>",
        '<html lang="de"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(script)}">',
        f"<title>Klang: {escape(title)}</title><style>{_style()}</style></head><body><main>",
        f"<h1>Klang: {escape(title)}</h1>",
        f"<p>{_summary(report, target_lufs, true_peak_dbtp, found)}</p>",
        _problems(found),
        _player(report.duration_s, bool(files.recordings)),
        "<h2>Verlauf</h2>",
        f"<p>{_LEGEND}</p>",
        '<div class="wide" tabindex="0" role="region" aria-label="Verlauf">',
        render_plot(measured, chapters, target_lufs),
        "</div>",
        _chapters(chapters),
        _numbers(measured, chapters),
        "<h2>Begrenzer</h2>",
        f"<p>{_LIMITER} {_limited(report, too_much=limits_too_much(report))}</p>",
        _reasons(),
        "<h2>Transkript</h2>",
        _findings(findings),
        "<h2>Vorher und nachher</h2>",
        _measured(report),
        "<h2>Stimmen</h2>",
        _voices(report, measured.names),
        f'</main><script type="text/json" id="sound">{_sound(measured, chapters, files)}</script>',
        f"<script>{script}</script></body></html>\n",
    ]
    return "\n".join(parts)


@cache
def _style() -> str:
    return (_HERE / "report.css").read_text(encoding="utf-8")


def _policy(script: str) -> str:
    """Only this script and this style; audio only from files."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; media-src 'self' file:"


def _sound(measured: Measured, chapters: Sequence[Chapter], files: Files) -> str:
    """What the script has to know, as JSON that cannot end its element."""
    timeline = measured.timeline
    told = {
        "length": measured.report.duration_s,
        "after": files.finished,
        "pieces": [[piece.start_s, piece.end_s, piece.at_s] for piece in pieces_of(timeline)],
        "sources": [
            {"file": file, "name": source.file, "offset": source.offset_s, "length": source.duration_s}
            for source, file in zip(timeline.sources, files.recordings, strict=False)
        ],
        "chapters": [[chapter.start_s, chapter.title] for chapter in chapters],
    }
    return json.dumps(told, ensure_ascii=False).replace("<", "\\u003c")


# --- what to do about it ----------------------------------------------------------------------------------------------


def _summary(report: AudioReport, target_lufs: float, true_peak_dbtp: float, found: Sequence[SoundProblem]) -> str:
    after = report.after
    kept = abs(after.integrated_lufs - target_lufs) <= _TOLERANCE_LU and after.true_peak_dbtp <= true_peak_dbtp
    if not kept:
        verdict = "Das weicht ab; was zu tun ist, steht darunter."
    elif found:
        verdict = "Das stimmt. Aufgefallen ist: "
    else:
        verdict = "Alles in Ordnung."
    return (
        f"Die fertige MP3 hat {number(after.integrated_lufs)} LUFS (Ziel {number(target_lufs)}) und Spitzen bis "
        f"{number(after.true_peak_dbtp)} dBTP (erlaubt {number(true_peak_dbtp)}). {verdict.strip()}"
    )


def _problems(found: Sequence[SoundProblem]) -> str:
    def item(problem: SoundProblem) -> str:
        remedy = f'<p class="remedy">{escape(problem.remedy)}</p>' if problem.remedy else ""
        return f"<li><p>{escape(problem.text)} {_places(problem.places_s)}</p>{remedy}</li>"

    return f'<ul class="found">{"".join(map(item, found))}</ul>' if found else ""


def _places(places_s: Iterable[float]) -> str:
    return " ".join(_place(moment_s) for moment_s in places_s)


def _place(moment_s: float, what: str = "") -> str:
    """A button that plays there; `what` follows the time."""
    label = f"{clock(moment_s)} {escape(what)}".strip()
    return f'<button type="button" data-at="{max(0.0, moment_s - _EARLIER_S):.2f}">▶ {label}</button>'


def _player(length_s: float, has_recordings: bool) -> str:
    """The bar that plays; the script shows it."""
    before = "" if has_recordings else " disabled"
    return (
        '<div class="player" hidden role="group" aria-label="Anhören">'
        '<button type="button" class="main" id="play">Abspielen</button>'
        "<fieldset><legend>Was zu hören ist</legend>"
        '<label><input type="radio" name="which" id="after" checked> nachher (fertige Folge)</label>'
        f'<label><input type="radio" name="which" id="before"{before}> vorher (Aufnahme)</label></fieldset>'
        f'<input type="range" id="place" max="{int(length_s)}" value="0" step="1" aria-label="Stelle der Folge">'
        '<span id="time"></span><p role="status" id="trouble"></p></div>'
    )


# --- the picture in words ---------------------------------------------------------------------------------------------


def _chapters(chapters: Sequence[Chapter]) -> str:
    if not chapters:
        return ""
    entries = "".join(f"<li>{_place(chapter.start_s, chapter.title)}</li>" for chapter in chapters)
    return f'<h3>Kapitel</h3><ol class="chapters">{entries}</ol>'


def _numbers(measured: Measured, chapters: Sequence[Chapter]) -> str:
    head = _head("Ab", ("Kapitel", "Es spricht vor allem"), ("vorher, LUFS", "nachher, LUFS", "Begrenzer bis"))
    rows = (
        f'<tr><th scope="row">{_place(start_s)}</th><td>{escape(title)}</td><td>{escape(who)}</td>'
        + "".join(f'<td class="n">{cell}</td>' for cell in numbers)
        + "</tr>"
        for start_s, (title, who, *numbers) in plot_table(measured, chapters)
    )
    table = _table("Verlauf in Zahlen", head, rows)
    return f"<details><summary>Verlauf als Tabelle</summary>{table}</details>"


def _limited(report: AudioReport, *, too_much: bool) -> str:
    if not report.limited_s:
        return "In dieser Folge hatte er nichts zu tun."
    share = 100 * report.limited_s / max(1.0, report.duration_s)
    most_db = -min(report.limiter_curve.values, default=0.0)
    return (
        f"In dieser Folge arbeitet er {number(report.limited_s)} s ({share:.0f} %) und senkt um höchstens "
        f"{number(most_db)} dB ab: {'zu viel, siehe oben.' if too_much else 'das fällt nicht auf.'}"
    )


def _reasons() -> str:
    entries = "".join(f"<dt>{escape(what)}</dt><dd>{escape(why)}</dd>" for what, why in REASONS)
    return f"<details><summary>Ab wann etwas auffällt, und warum</summary><dl>{entries}</dl></details>"


def _findings(findings: Sequence[Finding] | None) -> str:
    if findings is None:
        return "<p>Es gibt noch kein Transkript.</p>"
    if not findings:
        return (
            "<p>Keine Auffälligkeiten in Form und Namen. Ob die Wörter stimmen, hört nur, wer gegenliest: "
            "<code>make review</code>.</p>"
        )

    def item(finding: Finding) -> str:
        line = f"Zeile {finding.line}: " if finding.line else ""
        blocks = " <strong>Vor der Veröffentlichung klären.</strong>" if finding.blocking else ""
        place = "" if finding.at_s is None else f" {_place(finding.at_s)}"
        kind = "" if finding.blocking else ' class="soft"'
        return f"<li{kind}><p>{line}{escape(finding.text)}{blocks}{place}</p></li>"

    return f'<ul class="found">{"".join(map(item, findings))}</ul>'


# --- the tables -------------------------------------------------------------------------------------------------------


def _measured(report: AudioReport) -> str:
    def row(name: str, loudness: Loudness, how: str) -> str:
        cells = (loudness.integrated_lufs, loudness.range_lu, loudness.true_peak_dbtp)
        numbers = "".join(f'<td class="n">{number(value)}</td>' for value in cells)
        return f'<tr><th scope="row">{name}</th>{numbers}<td>{how}</td></tr>'

    def done(encoder: str, ceiling_dbtp: float, limited_s: float, attempts: int) -> str:
        tries = "1 Durchgang" if attempts == 1 else f"{attempts} Durchgänge"
        return f"{escape(encoder)}, Begrenzer bei {number(ceiling_dbtp)} dBTP, {number(limited_s)} s lang; {tries}"

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
        after = "unbekannt" if level.after_lufs is None else number(level.after_lufs)
        cells = (share, number(level.before_lufs), moved, after)
        numbers = "".join(f'<td class="n">{cell}</td>' for cell in cells)
        return f'<tr><th scope="row">{escape(name_of(names, level.speaker))}</th>{numbers}</tr>'

    before, after = (
        spread(level.before_lufs for level in report.speakers),
        spread(level.after_lufs for level in report.speakers if level.after_lufs is not None),
    )
    apart = f"<p>Abstand der lautesten von der leisesten Stimme: vorher {before} LU, nachher {after} LU.</p>"
    head = _head("Stimme", (), ("Anteil", "vorher, LUFS", "Pegel", "nachher, LUFS"))
    return _table("Anteil und Pegel der Stimmen", head, map(row, report.speakers)) + apart


def _head(first: str, texts: Iterable[str], numbers: Iterable[str]) -> str:
    cells = [f'<th scope="col">{name}</th>' for name in (first, *texts)]
    cells += [f'<th scope="col" class="n">{name}</th>' for name in numbers]
    return f"<tr>{''.join(cells)}</tr>"


def _table(caption: str, head: str, rows: Iterable[str]) -> str:
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{caption}"><table><thead>{head}</thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )
