"""The cuts that are proposed for an episode, on the recordings' clock, as lines for episode.toml."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from pipeline.audio.edits import to_recording
from pipeline.audio.quiet import read_levels, read_stretches
from pipeline.editor.cut_proposals import propose_cuts
from pipeline.editor.review_file import read_review, recording_sha256
from pipeline.errors import MissingFileError
from pipeline.timecode import milliseconds_clock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.editor.cut_proposals import CutProposal, Kind
    from pipeline.paths import EpisodePaths
    from pipeline.values.audio import Timeline
    from pipeline.values.review import SettledPlace
    from pipeline.values.show import Episode
    from pipeline.values.speech import Recognition, SpeakerMap

PLACE_KIND = "cut"  # of refused proposals among the settled places of review.json
_SAME_S = 0.5
_KINDS: dict[Kind, str] = {
    "filler": "Füllwort",
    "sound": "Laut ohne Wort (äh?)",
    "noise": "Geräusch (Husten, Räuspern?)",
    "repeat": "Neuansatz oder Wiederholung",
    "pause": "lange Pause",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CutLine:
    """A proposal with the stretch on the recordings' clock, in seconds, as `cut` needs it. `refused`: people heard it
    and want it to stay."""

    proposal: CutProposal
    start_s: float
    end_s: float
    refused: bool = False

    @property
    def cut(self) -> str:
        """As it is written into the list `cut`."""
        return f"{milliseconds_clock(self.start_s)}-{milliseconds_clock(self.end_s)}"

    @property
    def reason(self) -> str:
        """What it is, in German, with how much it saves."""
        about = f" „{self.proposal.text}“" if self.proposal.text else ""
        return f"{_KINDS[self.proposal.kind]}{about}, spart {_seconds(self.end_s - self.start_s)}"


def cut_lines(
    paths: EpisodePaths,
    episode: Episode,
    recognition: Recognition | None,
    timeline: Timeline | None,
    speaker_map: SpeakerMap | None,
) -> tuple[CutLine, ...]:
    """What is proposed for the episode as it was assembled last, in time order; what people refused is not marked yet
    (`with_refusals`). Raises MissingFileError if it was not heard or its sound is not on this machine."""
    if recognition is None or timeline is None or not paths.normalised.exists():
        raise MissingFileError(
            f"Für Schnittvorschläge fehlt, was in {paths.folder} gehört wurde, oder der Ton dazu.",
            where=paths.normalised,
            advice=f"make episode EPISODE={paths.folder} legt beides an.",
        )
    found = propose_cuts(
        recognition,
        read_levels(paths.normalised),
        partial(read_stretches, paths.normalised),
        speaker_map=speaker_map,
        pauses=episode.assembly.longest_pause_s is None,
    )
    return tuple(line for entry in found if (line := _line(entry, timeline)) is not None)


def with_refusals(lines: Sequence[CutLine], paths: EpisodePaths) -> tuple[CutLine, ...]:
    """The same proposals; those that people refused are marked."""
    review, recording = read_review(paths), recording_sha256(paths)
    return tuple(
        replace(line, refused=any(is_about(entry, line, recording) for entry in review.settled)) for line in lines
    )


def is_about(entry: SettledPlace, line: CutLine, recording: str | None) -> bool:
    """Whether the settled place is this proposal; its time is on the recordings' clock, so that it stays when cuts
    move the episode's."""
    same = entry.kind == PLACE_KIND and entry.text == noted_text(line)
    return same and abs(entry.start_s - line.start_s) < _SAME_S and recording in {None, entry.recording_sha256}


def noted_text(line: CutLine) -> str:
    """What a refusal is about."""
    return line.proposal.text or _KINDS[line.proposal.kind]


def current_cuts(episode: Episode) -> tuple[str, ...]:
    """The cuts that episode.toml has."""
    return tuple(
        f"{milliseconds_clock(start_s)}-{milliseconds_clock(end_s)}" for start_s, end_s in sorted(episode.assembly.cuts)
    )


def as_toml(lines: Sequence[CutLine], episode: Episode, *, released: bool) -> str:
    """The proposals that nobody refused, with the cuts that are already there, as one list to paste."""
    open_lines = [line for line in lines if not line.refused]
    refused = len(lines) - len(open_lines)
    told = [
        f"# Schnittvorschläge für {episode.folder}: anhören, Zeilen streichen, in episode.toml einfügen.",
        "# Geändert wurde nichts.",
    ]
    if released:
        told.append(
            "# Die Folge ist veröffentlicht: Schnitte wirken erst mit einer neuen Aufnahme (make release NEW_AUDIO=1)."
        )
    if episode.assembly.longest_pause_s is not None:
        told.append("# Lange Pausen fehlen hier: longest_pause_s kürzt sie schon.")
    if refused:
        told.append(f"# Abgelehnt und darum nicht dabei: {refused}.")
    if not open_lines:
        return "\n".join([*told, "# Nichts gefunden, das sich sauber herausschneiden ließe."]) + "\n"
    total_s = sum(line.end_s - line.start_s for line in open_lines)
    count = "1 Stelle" if len(open_lines) == 1 else f"{len(open_lines)} Stellen"
    told.append(f"# {count}, zusammen {_seconds(total_s)}.")
    if episode.assembly.cuts:
        told.append("# Ersetzt die Zeile `cut`, die schon dasteht; ihre Schnitte sind enthalten.")
    rows = [
        (start_s, f'    "{cut}",  # steht schon da')
        for (start_s, _), cut in zip(sorted(episode.assembly.cuts), current_cuts(episode), strict=True)
    ]
    rows += [(line.start_s, f'    "{line.cut}",  # {_comment(line)}') for line in open_lines]
    return (
        "\n".join(
            [*told, "cut = [  # vor der ersten Zeile in eckigen Klammern", *(row for _, row in sorted(rows)), "]"]
        )
        + "\n"
    )


def _line(proposal: CutProposal, timeline: Timeline) -> CutLine | None:
    """The proposal on the recordings' clock; None in music, or across a joint."""
    start_s, end_s = to_recording(timeline, proposal.start_s), to_recording(timeline, proposal.end_s)
    if start_s is None or end_s is None or abs(end_s - start_s - proposal.saved_s) > 0.001:
        return None
    return CutLine(proposal=proposal, start_s=start_s, end_s=end_s)


def _comment(line: CutLine) -> str:
    cut = line.proposal.text or "–"
    text = f"{line.reason}: … {line.proposal.before} [{cut}] {line.proposal.after} …"
    return "".join(sign for sign in text if unicodedata.category(sign) not in {"Cc", "Zl", "Zp"})


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s".replace(".", ",")
