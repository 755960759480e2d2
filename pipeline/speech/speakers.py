"""Finds who is heard when: by one track per speaker, otherwise by voices and their given number, which a pyannote
pipeline may tell apart instead."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from itertools import count as count_up
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING

from pipeline.speech.activity import SAMPLE_RATE_HZ, Stretch, speech_probabilities, speech_stretches
from pipeline.speech.clustering import group_voices
from pipeline.speech.filterbank import filterbank
from pipeline.speech.headcount import count_doubt
from pipeline.speech.profiles import recognised_groups
from pipeline.speech.tracks import frame_levels, spans_of_tracks
from pipeline.speech.voices import KIND, voice_prints
from pipeline.values.progress import Listener, Notice, Progress
from pipeline.values.speech import SpeakerMap, SpeakerSpan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from pipeline.speech.clustering import Voices
    from pipeline.values.audio import Timeline
    from pipeline.values.speech import VoiceProfile

NO_PROFILES: Mapping[int, VoiceProfile] = MappingProxyType({})
NOBODY_KNOWN: Mapping[int, int] = MappingProxyType({})

_PAUSE_S = 0.1  # between two speakers there is often no more
_PADDING_S = 0.05
_WINDOW_S = 1.5
_HOP_S = 0.75
_JOINED_S = 0.5  # the same speaker before and after a shorter pause is one span
_DISPUTED = 0.1  # share of the prints from which the whole split is in doubt
_BATCH = 256  # windows between two reports of progress
_NOBODY = "In der Aufnahme wurde niemand gehört, der spricht; es gibt nichts aufzuteilen."


@dataclass(frozen=True, slots=True, kw_only=True)
class VoicePrints:
    """All speech in parts, in order; row i of `prints` is the voice of part i, and its weight says how much speech the
    print was made from: 1 for a full window."""

    parts: tuple[Stretch, ...]
    prints: NDArray[np.float32]
    weights: NDArray[np.float32]


def find_speakers(
    timeline: Timeline,
    folder: Path,
    count: int,
    *,
    listener: Listener,
    pyannote: Path | None = None,
    profiles: Mapping[int, VoiceProfile] = NO_PROFILES,
) -> SpeakerMap:
    """Find who is heard when on the `timeline`, whose recordings are in `folder`. `count` is the number of speakers.

    Sources that belong to a speaker are compared by level. A mixed recording is split by voice; voices are numbered in
    order of first appearance, except those recognised by the `profiles` of speakers: a proposal, which people confirm.
    `pyannote` is the folder of a pipeline that splits it instead, without profiles. Raises what reading the recordings,
    `voice_prints` and `pyannote_turns` raise.
    """
    if any(source.speaker is not None for source in timeline.sources):
        spans = _by_tracks(timeline, folder, listener)
        return SpeakerMap(method="tracks", count=count, spans=_joined(spans))
    if pyannote is not None and count > 1:
        found = _by_pyannote(timeline, folder, count, pyannote, listener)
    else:
        heard = hear(partial(blocks_of, timeline, folder), timeline.duration_s, listener)
        found = _by_voice(heard, count, profiles) if count > 1 else _one_voice(heard, timeline.duration_s)
    for text in found.notices:
        listener(Notice(text=text))
    return found


def hear(blocks: Callable[[], Iterator[NDArray[np.float32]]], duration_s: float, listener: Listener) -> VoicePrints:
    """The voice prints of a recording of that length. Each call of `blocks` returns all its samples: one dimension, at
    16 kHz."""
    import numpy as np

    speech = _speech(blocks(), duration_s, listener, share=0.5)
    by_stretch = [windows_of(stretch) for stretch in speech]
    windows = [window for windows in by_stretch for window in windows]
    bands = filterbank(blocks() if windows else ())
    prints = [voice_prints(bands, [])]
    for first in range(0, len(windows), _BATCH):
        prints.append(voice_prints(bands, windows[first : first + _BATCH]))
        share = 0.5 + 0.5 * min(1.0, (first + _BATCH) / len(windows))
        listener(Progress(done_s=share * duration_s, total_s=duration_s))
    return VoicePrints(
        parts=tuple(part for stretch, own in zip(speech, by_stretch, strict=True) for part in shares(stretch, own)),
        prints=np.concatenate(prints),
        weights=np.array([min(1.0, window.duration_s / _WINDOW_S) for window in windows], dtype=np.float32),
    )


def spans_of(heard: VoicePrints, voices: Voices, known: Mapping[int, int] = NOBODY_KNOWN) -> tuple[SpeakerSpan, ...]:
    """The parts with their voices as spans, numbered by `known` (group → speaker), the others in order of first
    appearance; neighbours are joined."""
    numbers = in_order_of_appearance(voices.labels.tolist(), known)
    return _joined(
        [
            SpeakerSpan(start_s=part.start_s, end_s=part.end_s, speaker=speaker, confidence=float(confidence))
            for part, speaker, confidence in zip(heard.parts, numbers, voices.confidences, strict=True)
        ]
    )


def _by_tracks(timeline: Timeline, folder: Path, listener: Listener) -> tuple[SpeakerSpan, ...]:
    import numpy as np

    own = {
        speaker: replace(timeline, sources=tuple(source for source in timeline.sources if source.speaker == speaker))
        for speaker in sorted({source.speaker for source in timeline.sources if source.speaker is not None})
    }
    everybody = replace(timeline, sources=tuple(source for track in own.values() for source in track.sources))
    speech = _speech(blocks_of(everybody, folder), timeline.duration_s, listener, share=1.0)
    levels = [frame_levels(blocks_of(track, folder), sample_rate_hz=SAMPLE_RATE_HZ) for track in own.values()]
    return spans_of_tracks(np.stack(levels), tuple(own), speech)


def _by_voice(heard: VoicePrints, count: int, profiles: Mapping[int, VoiceProfile]) -> SpeakerMap:
    """The spans by voice, with German notices about the number of voices and who was not recognised."""
    if not heard.parts:
        return SpeakerMap(method="clustering", count=count, spans=(), notices=(_NOBODY,))
    voices = group_voices(heard.prints, heard.weights, count)
    current = {number: profile for number, profile in profiles.items() if profile.prints == KIND}
    known = recognised_groups(voices.means, {number: profile.voice_print for number, profile in current.items()})
    if voices.count < count:
        doubt = f"Es ist zu wenig Sprache da, um {count} Stimmen zu trennen; gefunden: {voices.count}."
    else:
        doubt = _doubt(heard, voices) or dispute(voices)
    strangers = ", ".join(current[number].name for number in sorted(set(current) - set(known.values())))
    unknown = f"Gemerkte Stimme nicht sicher wiedererkannt: {strangers}." if strangers else ""
    return SpeakerMap(
        method="clustering",
        count=count,
        spans=spans_of(heard, voices, known),
        notices=(*filter(None, (doubt, unknown)), *_outdated(profiles.values())),
        recognised=tuple(sorted(known.values())),
    )


def _outdated(profiles: Iterable[VoiceProfile]) -> list[str]:
    return [
        f"Die gemerkte Stimme von {profile.name} stammt aus einer anderen Fassung des Programms und wird nicht mehr "
        "benutzt. Bitte neu merken: `make speaker-remember`; als Einwilligung ist festgehalten: "
        f"{profile.consent}."
        for profile in profiles
        if profile.prints != KIND
    ]


def _one_voice(heard: VoicePrints, duration_s: float) -> SpeakerMap:
    """One span for the only speaker that people gave, with a German notice if more voices are heard."""
    everything = SpeakerSpan(start_s=0.0, end_s=duration_s, speaker=0)
    doubt = _doubt(heard, group_voices(heard.prints, heard.weights, 1)) if heard.parts else ""
    return SpeakerMap(method="single", count=1, spans=(everything,), notices=(doubt,) if doubt else ())


def _doubt(heard: VoicePrints, voices: Voices) -> str:
    return count_doubt(voices, heard.prints, heard.weights, [part.start_s for part in heard.parts])


def dispute(voices: Voices) -> str:
    """A German notice if the voices can be told apart in two ways that fit equally well, otherwise ""."""
    if voices.disputed < _DISPUTED:
        return ""
    return (
        f"Die {voices.count} Stimmen lassen sich auf zwei Arten aufteilen, die gleich gut passen und sich in "
        f"{100 * voices.disputed:.0f} % der Sprache unterscheiden: bitte alle Sprecherzeilen prüfen."
    )


def _by_pyannote(timeline: Timeline, folder: Path, count: int, pipeline: Path, listener: Listener) -> SpeakerMap:
    """As `_by_voice`. pyannote does not report how sure it is of a turn: the confidence is the share that one voice has
    alone."""
    import numpy as np

    from pipeline.speech.pyannote_turns import pyannote_turns

    turns = pyannote_turns(np.concatenate(list(blocks_of(timeline, folder))), pipeline, count, listener=listener)
    voices = list(dict.fromkeys(turn.voice for turn in turns))
    numbers = [voices.index(turn.voice) for turn in turns]
    spans = [
        SpeakerSpan(start_s=turn.start_s, end_s=turn.end_s, speaker=speaker, confidence=turn.alone)
        for turn, speaker in zip(turns, numbers, strict=True)
    ]
    found = len(set(numbers))
    doubt = f"pyannote hat {found} statt {count} Stimmen gefunden." if found else _NOBODY
    notices = (doubt,) if found != count else ()
    return SpeakerMap(method="pyannote", count=count, spans=_joined(spans), notices=notices)


def windows_of(stretch: Stretch) -> tuple[Stretch, ...]:
    """Windows of 1.5 s every 0.75 s, the last one ending with the stretch; a shorter stretch is one window."""
    if stretch.duration_s <= _WINDOW_S:
        return (stretch,)
    last_s = stretch.end_s - _WINDOW_S
    whole = int((last_s - stretch.start_s) / _HOP_S) + 1
    starts = [stretch.start_s + _HOP_S * number for number in range(whole)]
    if last_s - starts[-1] > _HOP_S / 4:
        starts.append(last_s)
    return tuple(Stretch(start_s=start, end_s=start + _WINDOW_S) for start in starts)


def shares(stretch: Stretch, windows: Sequence[Stretch]) -> tuple[Stretch, ...]:
    """The part of the stretch that each of its windows represents: up to halfway between its middle and the next
    one's."""
    middles = [(window.start_s + window.end_s) / 2 for window in windows]
    edges = [stretch.start_s, *((one + other) / 2 for one, other in pairwise(middles)), stretch.end_s]
    return tuple(Stretch(start_s=start, end_s=end) for start, end in pairwise(edges))


def in_order_of_appearance(labels: Sequence[int], known: Mapping[int, int] = NOBODY_KNOWN) -> list[int]:
    """The labels renumbered by `known`; the others get the lowest free numbers, in order of appearance."""
    free = (number for number in count_up() if number not in known.values())
    numbers = {label: known[label] if label in known else next(free) for label in dict.fromkeys(labels)}
    return [numbers[label] for label in labels]


def _joined(spans: Sequence[SpeakerSpan]) -> tuple[SpeakerSpan, ...]:
    """Neighbouring spans of one speaker as one span, with the mean of their confidences by length, rounded for the
    file."""
    groups: list[list[SpeakerSpan]] = []
    for span in spans:
        last = groups[-1][-1] if groups else None
        if last is not None and last.speaker == span.speaker and span.start_s - last.end_s <= _JOINED_S:
            groups[-1].append(span)
        else:
            groups.append([span])
    return tuple(_one(group) for group in groups)


def _one(group: Sequence[SpeakerSpan]) -> SpeakerSpan:
    lengths = [span.end_s - span.start_s for span in group]
    confidence = sum(span.confidence * length for span, length in zip(group, lengths, strict=True)) / sum(lengths)
    return SpeakerSpan(
        start_s=round(group[0].start_s, 3),
        end_s=round(group[-1].end_s, 3),
        speaker=group[0].speaker,
        confidence=round(confidence, 2),
    )


def _speech(
    blocks: Iterable[NDArray[np.float32]], duration_s: float, listener: Listener, *, share: float
) -> tuple[Stretch, ...]:
    """Where anybody speaks. Reports progress: this is `share` of the whole work."""

    def watched() -> Iterator[NDArray[np.float32]]:
        done = 0
        for block in blocks:
            yield block
            done += len(block)
            done_s = min(done / SAMPLE_RATE_HZ, duration_s)
            listener(Progress(done_s=share * done_s, total_s=duration_s))

    probabilities = speech_probabilities(watched())
    return speech_stretches(probabilities, duration_s=duration_s, pause_s=_PAUSE_S, padding_s=_PADDING_S)


def blocks_of(timeline: Timeline, folder: Path) -> Iterator[NDArray[np.float32]]:
    """The timeline's samples, one dimension, 16 kHz."""
    from pipeline.media import pcm  # numpy

    for block in pcm.read_timeline(timeline, folder, sample_rate_hz=SAMPLE_RATE_HZ, channels=1):
        yield block[:, 0]
