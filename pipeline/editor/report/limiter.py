"""Judges the limiter's work: where it takes so much that people hear it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pipeline.editor.report.judgements import CRUSHING_DB, CRUSHING_S, STRONG_DB, STRONG_S
from pipeline.editor.report.wording import name_of, number, times

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.values.audio import AudioReport, Curve
    from pipeline.values.speech import SpeakerSpan

_SHOWN = 5
_JOINED_S = 3.0  # closer stretches are one place


class LimitedStretch(NamedTuple):
    """A stretch in which the limiter takes 6 dB or more; `most_db` is the most, above 0."""

    start_s: float
    end_s: float
    most_db: float


def limiter_problem(
    report: AudioReport, spans: Sequence[SpeakerSpan], names: Sequence[str]
) -> Iterator[tuple[str, str, tuple[float, ...]]]:
    """Text, remedy and places if the limiter takes too much; else nothing."""
    if not limits_too_much(report):
        return
    strong_s = _lasting_s(report, STRONG_DB)
    found = stretches(report.limiter_curve)
    worst = sorted(sorted(found, key=lambda one: -one.most_db)[:_SHOWN])
    most_db = max(one.most_db for one in found)
    who = sorted({name_of(names, speaker) for one in worst if (speaker := _speaker_at(one, spans)) is not None})
    by = f", bei {' und '.join(who)}" if who else ""
    text = (
        f"Der Begrenzer senkt {times(len(found))} bis zu {number(most_db)} dB ab, zusammen bis zu {strong_s:.0f} s"
        f"{by}: dort klingt es gepresst."
    )
    remedy = (
        "Diese Stellen im Schnittprogramm leiser machen (Lachen, Klatschen, Stöße ans Mikrofon); nächstes Mal mehr "
        "Abstand, und niemanden so leise aufnehmen, dass er weit angehoben werden muss."
    )
    yield text, remedy, tuple(one.start_s for one in worst)


def limits_too_much(report: AudioReport) -> bool:
    """Whether the limiter takes 6 dB for 5 s or 9 dB for 2 s in all."""
    return _lasting_s(report, STRONG_DB) >= STRONG_S or _lasting_s(report, CRUSHING_DB) >= CRUSHING_S


def stretches(curve: Curve) -> list[LimitedStretch]:
    """Where the limiter takes 6 dB or more, in order; stretches close to each other are one."""
    found: list[LimitedStretch] = []
    for at, value in enumerate(curve.values):
        if -value < STRONG_DB:
            continue
        start_s = at * curve.step_s
        if found and start_s - found[-1].end_s <= max(_JOINED_S, curve.step_s):
            last = found.pop()
            found.append(LimitedStretch(last.start_s, start_s + curve.step_s, max(last.most_db, -value)))
        else:
            found.append(LimitedStretch(start_s, start_s + curve.step_s, -value))
    return found


def _lasting_s(report: AudioReport, least_db: float) -> float:
    """At most how long the limiter takes so much: the curve holds the largest reduction of each step, a second or more,
    and all together it cannot last longer than the limiter works."""
    curve = report.limiter_curve
    return min(report.limited_s, curve.step_s * sum(1 for value in curve.values if -value >= least_db))


def _speaker_at(stretch: LimitedStretch, spans: Sequence[SpeakerSpan]) -> int | None:
    """Who is heard longest in the stretch."""
    heard: dict[int, float] = {}
    for span in spans:
        shared_s = min(span.end_s, stretch.end_s) - max(span.start_s, stretch.start_s)
        if shared_s > 0:
            heard[span.speaker] = heard.get(span.speaker, 0.0) + shared_s
    return max(heard, key=lambda speaker: heard[speaker]) if heard else None
