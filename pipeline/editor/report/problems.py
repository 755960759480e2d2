"""What was measured in an episode → its problems: a sentence, a remedy, and the places where it can be heard.

Every threshold stands in `judgements.py`, with its reason.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from itertools import pairwise
from statistics import median_high
from typing import TYPE_CHECKING

from pipeline.audio.edits import conversation, to_episode
from pipeline.editor.report import judgements
from pipeline.editor.report.limiter import limiter_problem
from pipeline.editor.report.wording import name_of, number, times

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pipeline.values.audio import AudioReport, RecordingFaults, SpeakerLevel, Timeline
    from pipeline.values.speech import SpeakerSpan

_VOICE = re.compile(r"\bStimme (\d+)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundProblem:
    """One thing that listeners would notice, in German. `places_s` are seconds of the finished episode, in order."""

    text: str
    remedy: str = ""
    places_s: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """All that is known about the sound of an episode. `names[i]` is the name of `speaker` i."""

    report: AudioReport
    timeline: Timeline
    faults: tuple[RecordingFaults, ...] = ()
    spans: tuple[SpeakerSpan, ...] = ()
    names: tuple[str, ...] = ()


def problems(measured: Measured) -> tuple[SoundProblem, ...]:
    """The problems of an episode: first those of the recordings, then of its people, then of the finished file."""
    limited = limiter_problem(measured.report, measured.spans, measured.names)
    return (
        *_of_recordings(measured),
        *_of_levels(measured.report.speakers, measured.spans, measured.names),
        *_of_absent(measured),
        *_of_silence(measured),
        *(SoundProblem(text=text, remedy=remedy, places_s=places_s) for text, remedy, places_s in limited),
        *(SoundProblem(text=_named(text, measured.names)) for text in measured.report.notices),
    )


# --- the recordings ---------------------------------------------------------------------------------------------------


def _of_recordings(measured: Measured) -> Iterator[SoundProblem]:
    for faults in measured.faults:
        what = faults.file if faults.speaker is None else f"{name_of(measured.names, faults.speaker)} ({faults.file})"
        yield from _clipped(what, faults, measured.timeline)
        yield from _gaps(what, faults, measured.timeline)
        yield from _sides(what, faults, measured.timeline)
        yield from _noise(what, faults, measured)


def _clipped(what: str, faults: RecordingFaults, timeline: Timeline) -> Iterator[SoundProblem]:
    places_s = _kept(faults.clipped_s, timeline)
    if places_s:
        yield SoundProblem(
            text=f"{what} ist {times(len(places_s))} übersteuert: dort verzerrt der Ton.",
            remedy="Nächstes Mal leiser aussteuern. Jetzt anhören, und was stört, herausschneiden oder neu aufnehmen.",
            places_s=places_s,
        )


def _gaps(what: str, faults: RecordingFaults, timeline: Timeline) -> Iterator[SoundProblem]:
    places_s = _kept([start_s for start_s, _ in faults.gaps], timeline)
    if places_s:
        lost_s = sum(length_s for _, length_s in faults.gaps)
        yield SoundProblem(
            text=f"In {what} fehlt {times(len(places_s))} Ton, zusammen {number(lost_s)} s: dort ist Stille.",
            remedy="Gibt es eine lokale Aufnahme, diese nehmen; nächstes Mal jede Person bei sich aufnehmen lassen.",
            places_s=places_s,
        )


def _sides(what: str, faults: RecordingFaults, timeline: Timeline) -> Iterator[SoundProblem]:
    if faults.empty_channel is not None:
        heard, empty = (("rechts", "links"), ("links", "rechts"))[faults.empty_channel]
        yield SoundProblem(
            text=f"{what} hat nur {heard} Ton; er ist jetzt auf beiden Seiten zu hören.",
            remedy=f"Nächstes Mal einkanalig aufnehmen, oder das Kabel {empty} prüfen.",
        )
    elif faults.inverted_from_s is not None:
        yield SoundProblem(
            text=f"In {what} heben sich links und rechts auf; deshalb ist nur die linke Seite zu hören.",
            remedy="Ein Kabel oder Adapter ist wohl verpolt: vor der nächsten Aufnahme tauschen.",
            places_s=_kept([faults.inverted_from_s], timeline),
        )


def _noise(what: str, faults: RecordingFaults, measured: Measured) -> Iterator[SoundProblem]:
    if faults.above_noise_db is not None and faults.above_noise_db < judgements.NOISY_DB:
        pauses = _pauses(measured, least_s=1.0)
        yield SoundProblem(
            text=f"{what} rauscht: die Pausen sind nur {number(faults.above_noise_db, 0)} dB leiser als die Sprache.",
            remedy="Nächstes Mal näher ans Mikrofon, Lüfter und Fenster zu. Jetzt reduce_noise = true unter [audio] "
            "ausprobieren und anhören.",
            places_s=tuple(start_s for start_s, _ in pauses[:1]),
        )


def _kept(moments_s: Iterable[float], timeline: Timeline) -> tuple[float, ...]:
    """The moments of the recordings that are in the finished episode, on its clock."""
    found = (to_episode(timeline, moment_s) for moment_s in moments_s)
    return tuple(moment_s for moment_s in found if moment_s is not None)


# --- the people -------------------------------------------------------------------------------------------------------


def _of_levels(
    levels: Sequence[SpeakerLevel], spans: Sequence[SpeakerSpan], names: Sequence[str]
) -> Iterator[SoundProblem]:
    heard = [level for level in levels if level.spoken_s >= judgements.LEAST_SPOKEN_S]
    heard = [level for level in heard if math.isfinite(level.before_lufs)]
    if len(heard) < 2:
        return
    usual_lufs = median_high(level.before_lufs for level in heard)  # of two the louder: one has to come nearer
    for level in heard:
        apart_db = level.before_lufs - usual_lufs
        name = name_of(names, level.speaker)
        other = next(one.speaker for one in heard if one is not level)
        whom = name_of(names, other) if len(heard) == 2 else "die anderen"
        places_s = _longest(spans, level.speaker)
        if apart_db <= -judgements.APART_DB:
            yield SoundProblem(
                text=f"{name} war {number(-apart_db, 0)} dB leiser als {whom}.",
                remedy="Das ist angeglichen, samt Raum und Rauschen; nächstes Mal näher ans Mikrofon.",
                places_s=places_s,
            )
        elif apart_db >= judgements.APART_DB:
            yield SoundProblem(
                text=f"{name} war {number(apart_db, 0)} dB lauter als {whom}.",
                remedy="Das ist angeglichen; nächstes Mal leiser aussteuern oder weiter weg vom Mikrofon.",
                places_s=places_s,
            )


def _longest(spans: Sequence[SpeakerSpan], speaker: int) -> tuple[float, ...]:
    own = [span for span in spans if span.speaker == speaker]
    return (max(own, key=lambda span: span.end_s - span.start_s).start_s,) if own else ()


def _of_absent(measured: Measured) -> Iterator[SoundProblem]:
    """People of episode.toml whom nobody hears: their words were given to somebody else."""
    if not measured.spans:
        return
    spoken_s = {level.speaker: level.spoken_s for level in measured.report.speakers}
    for speaker, name in enumerate(measured.names):
        if spoken_s.get(speaker, 0.0) < judgements.LEAST_HEARD_S:
            yield SoundProblem(
                text=f"Von {name} ist nichts zu hören.",
                remedy="Spricht die Person gar nicht, in episode.toml herausnehmen; sonst im Transkript prüfen, wem "
                "ihre Sätze zugeschrieben sind.",
            )


def _of_silence(measured: Measured) -> Iterator[SoundProblem]:
    long = _pauses(measured, least_s=judgements.LONG_PAUSE_S)
    if long:
        whole_s = sum(end_s - start_s for start_s, end_s in long)
        count = "An 1 Stelle" if len(long) == 1 else f"An {len(long)} Stellen"
        yield SoundProblem(
            text=f"{count} spricht länger als {judgements.LONG_PAUSE_S:.0f} s niemand, zusammen {whole_s:.0f} s.",
            remedy="Anhören und herausschneiden (cut in episode.toml), oder mit longest_pause_s alle langen Pausen "
            "kürzen.",
            places_s=tuple(start_s for start_s, _ in long),
        )
    start_s, end_s = conversation(measured.timeline)
    spoken_s = sum(level.spoken_s for level in measured.report.speakers)
    share = spoken_s / max(1.0, end_s - start_s)
    if measured.spans and share < judgements.LITTLE_SPEECH:
        yield SoundProblem(
            text=f"Nur {100 * share:.0f} % des Gesprächs sind Sprache.",
            remedy="Prüfen, ob die Aufnahme zu früh begann oder zu spät endete und ob alle Stimmen erkannt sind.",
        )


def _pauses(measured: Measured, *, least_s: float) -> list[tuple[float, float]]:
    """Stretches of the conversation in which nobody speaks, longest first kept in order of time."""
    if not measured.spans:
        return []
    start_s, end_s = conversation(measured.timeline)
    heard = sorted((span.start_s, span.end_s) for span in measured.spans)
    edges = [(start_s, start_s), *heard, (end_s, end_s)]
    found: list[tuple[float, float]] = []
    until_s = start_s
    for (_, before_s), (after_s, _) in pairwise(edges):
        until_s = max(until_s, before_s)
        if after_s - until_s >= least_s:
            found.append((until_s, after_s))
    return found


def _named(text: str, names: Sequence[str]) -> str:
    """The text with names for `Stimme 2`."""
    return _VOICE.sub(lambda match: name_of(names, int(match[1]) - 1), text)
