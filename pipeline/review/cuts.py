"""The cuts that the page proposes: heard, taken or refused there, and never made by the program."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.editor.cut_lines import PLACE_KIND, current_cuts, cut_lines, is_about, noted_text, with_refusals
from pipeline.editor.review_file import change_review, recording_sha256
from pipeline.review.stamps import stamp
from pipeline.steps.episode import timeline_or_none
from pipeline.values.review import SettledPlace

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pipeline.editor.cut_lines import CutLine
    from pipeline.paths import EpisodePaths
    from pipeline.values.review import Review
    from pipeline.values.show import Episode
    from pipeline.values.speech import Recognition, SpeakerMap


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedCut:
    """A cut to hear: `cut` as episode.toml needs it, on the recordings' clock (also its name); `start_ms` .. `end_ms`
    on the episode's. `text` is "" for what is no word."""

    cut: str
    start_ms: int
    end_ms: int
    reason: str
    before: str
    text: str
    after: str
    refused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuts:
    """`current` are the cuts of episode.toml; `shortens`: its long pauses are shortened already."""

    proposals: tuple[ProposedCut, ...]
    current: tuple[str, ...]
    shortens: bool


class CutDesk:
    """Keeps what was found, because it takes the whole sound to find it."""

    def __init__(
        self,
        paths: EpisodePaths,
        *,
        episode: Callable[[], Episode],
        recognition: Callable[[], Recognition | None],
        speaker_map: Callable[[], SpeakerMap | None],
        now: Callable[[], datetime],
    ) -> None:
        self.paths = paths
        self.episode = episode
        self.recognition = recognition
        self.speaker_map = speaker_map
        self.now = now
        self._lock = threading.Lock()
        self._found: tuple[object, tuple[CutLine, ...]] | None = None

    def answer(self) -> Cuts:
        """What is proposed. Raises MissingFileError if the sound or what was heard is missing."""
        episode = self.episode()
        return Cuts(
            proposals=tuple(map(_shown, self._lines())),
            current=current_cuts(episode),
            shortens=episode.assembly.longest_pause_s is not None,
        )

    def refuse(self, cut: str, *, refused: bool) -> Cuts:
        """Note in review.json that the stretch stays, or open it again. Raises ValueError for an unknown one."""
        line = next((line for line in self._lines() if line.cut == cut), None)
        if line is None:
            raise ValueError(f"no proposed cut {cut}")
        recording = recording_sha256(self.paths)

        def change(review: Review) -> Review:
            settled = [entry for entry in review.settled if not is_about(entry, line, recording)]
            if refused:
                settled.append(
                    SettledPlace(
                        kind=PLACE_KIND,
                        start_s=round(line.start_s, 3),
                        text=noted_text(line),
                        verdict="heard",
                        recording_sha256=recording or "",
                        settled=self.now(),
                    )
                )
            return replace(review, settled=tuple(sorted(settled, key=lambda entry: entry.start_s)))

        change_review(self.paths, change)
        return self.answer()

    def _lines(self) -> tuple[CutLine, ...]:
        episode = self.episode()
        files = (self.paths.normalised, self.paths.words, self.paths.timeline, self.paths.speakers)
        key = (*map(stamp, files), episode.assembly)
        with self._lock:
            if self._found is None or self._found[0] != key:
                timeline = timeline_or_none(self.paths.timeline)
                found = cut_lines(self.paths, episode, self.recognition(), timeline, self.speaker_map())
                self._found = (key, found)
            return with_refusals(self._found[1], self.paths)


def _shown(line: CutLine) -> ProposedCut:
    return ProposedCut(
        cut=line.cut,
        start_ms=round(1000 * line.proposal.start_s),
        end_ms=round(1000 * line.proposal.end_s),
        reason=line.reason,
        before=line.proposal.before,
        text=line.proposal.text,
        after=line.proposal.after,
        refused=line.refused,
    )
