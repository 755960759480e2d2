"""Prints the events of a run as German lines, with progress bars on a terminal and as plain lines in a log."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from pipeline.build.step import StepDone, StepSkipped, StepStarted
from pipeline.cli.called import as_called
from pipeline.cli.wrapping import wrapped
from pipeline.values.progress import Notice, Progress
from pipeline.workers.job import EpisodeEnded, EpisodeEvent

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from tqdm import tqdm

    from pipeline.build.step import Event, Step, Verdict
    from pipeline.workers.job import JobEvent

TITLES = {
    "assemble": "Aufnahmen prüfen",
    "speakers": "Stimmen trennen",
    "normalise": "Lautheit angleichen",
    "transcribe": "Sprache erkennen",
    "split": "Entwurf nach Stimmen",
    "retime": "Zeiten zum Text",
    "encode": "MP3 und Messung",
    "shownotes": "Shownotes",
    "report": "Klangbericht",
    "tag": "Tags und Kapitel",
    "feed": "Feed",
    "pages": "Seiten",
    "search": "Suche",
}
_BAR = "  {desc} {percentage:3.0f} % |{bar}|"
_LOG_EVERY_S = 60.0  # some CI systems end a job that says nothing for ten minutes
_LOG_SOONEST_S, _LOG_PERCENT = 10.0, 10  # a line for every ten per cent, unless they come in quick succession
_PACE_KNOWN_S, _PACE_KNOWN_SHARE = 5.0, 0.02  # before that, the remaining time would be a guess


def title(step: Step) -> str:
    """The step in German, with its subject: `Seiten: 007-breitband`."""
    _, colon, what = step.name.partition(":")
    verb = step.name.partition(" ")[0] if not colon else step.verb
    mark = " (Vorschau)" if step.name.endswith("(Vorschau)") else ""
    return f"{TITLES[verb]}{': ' + what if colon else mark}"


def seconds(value: float) -> str:
    """A duration in German notation: `0,4 s`, `12 s`, `3:07 min`."""
    if value < 10:
        return f"{value:.1f} s".replace(".", ",")
    return f"{value:.0f} s" if value < 60 else f"{value // 60:.0f}:{value % 60:02.0f} min"


def about(value_s: float) -> str:
    """A length of time that is only known roughly: `40 s`, `12 min`, `1 h 20 min`."""
    if value_s < 55:
        return f"{max(5, 5 * round(value_s / 5))} s"
    minutes = max(1, round(value_s / 60))
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


class _Pace:
    """How fast a step goes, from its first report on: what earlier runs did counts as done at once."""

    def __init__(self, first: Progress, now_s: float) -> None:
        self._first = first
        self._began_s = now_s

    def remaining(self, progress: Progress, now_s: float) -> str:
        """`, noch etwa 12 min`; "" as long as nobody can know."""
        done_s, elapsed_s = progress.done_s - self._first.done_s, now_s - self._began_s
        if (
            elapsed_s < _PACE_KNOWN_S
            or done_s < _PACE_KNOWN_SHARE * progress.total_s
            or done_s <= 0
            or progress.done_s >= progress.total_s
        ):
            return ""
        return f", noch etwa {about((progress.total_s - progress.done_s) * elapsed_s / done_s)}"


class Console:
    """Prints events as they come. Call it for each event; close it at the end, however the run ended.

    Unchanged steps are only counted (`unchanged`) unless `verbose`. Each of several episodes that are made at the same
    time has its own console, which starts its lines with `prefix` and draws no progress.
    """

    def __init__(
        self,
        stream: TextIO,
        *,
        verbose: bool = False,
        prefix: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.stream = stream
        self.verbose = verbose
        self.prefix = prefix
        self.draws = stream.isatty() and not prefix
        self.unchanged = 0
        self._bar: tqdm[Any] | None = None
        self._running: tuple[Step, Verdict] | None = None
        self._clock = clock
        self._pace: _Pace | None = None
        self._printed_percent, self._printed_at_s = 0, clock()
        self.done: Counter[str] = Counter()  # steps that ran, by the folder of one of several episodes
        self._episodes: dict[str, Console] = {}

    def __call__(self, event: Event | JobEvent) -> None:
        match event:
            case StepStarted(step=step, verdict=verdict):
                self._running = (step, verdict)
                self._pace = None
                self._printed_percent, self._printed_at_s = 0, self._clock()
                self._transient(f"  … {title(step)}")
            case Progress():
                self._progress(event)
            case StepDone(step=step, seconds=duration):
                self._end_bar()
                reason = self._running[1].reason if self._running else ""
                self._line(f"  ✓ {self.prefix}{title(step):<32} {seconds(duration):>9}   {reason}")
                self._running = None
            case StepSkipped(step=step, verdict=verdict):
                self.unchanged += 1
                if self.verbose:
                    self._line(f"  = {self.prefix}{title(step):<32} {'':>9}   {verdict.reason}")
            case Notice(text=text):
                self._notice(as_called(text))
            case EpisodeEvent(folder=folder, event=inner):
                self._one_of_many(folder, inner)
            case EpisodeEnded(folder=folder, seconds=duration, error=None):
                self._line(f"  ✓ {folder}: fertig nach {seconds(duration)}")
            case EpisodeEnded(folder=folder, error=error):
                assert error is not None
                self._line(f"  ✗ {folder}: {as_called(error.problem)}")

    def close(self) -> None:
        """Remove the progress bar and the transient line."""
        self._end_bar()
        self._transient("")

    def _one_of_many(self, folder: str, event: Event) -> None:
        if folder not in self._episodes:
            prefix = f"{folder}: "
            self._episodes[folder] = Console(self.stream, verbose=self.verbose, prefix=prefix, clock=self._clock)
        self._episodes[folder](event)
        self.unchanged += isinstance(event, StepSkipped)
        self.done[folder] += isinstance(event, StepDone)

    def _notice(self, text: str) -> None:
        """Print one line in a log; on a terminal wrap it at words and print the running step again below."""
        if not self.draws:
            self._line(f"    {self.prefix}Hinweis: {text}")
            return
        self._line(wrapped(f"Hinweis: {text}", indent=4, more=9))
        if self._running is not None and self._bar is None:
            self._transient(f"  … {title(self._running[0])}")

    def _progress(self, progress: Progress) -> None:
        if self._running is None or progress.total_s <= 0:
            return
        now_s = self._clock()
        if self._pace is None:
            self._pace = _Pace(progress, now_s)
        remaining = self._pace.remaining(progress, now_s)
        if self.draws:
            self._draw(progress, remaining.removeprefix(","))
            return
        percent = int(100 * progress.done_s / progress.total_s)
        waited_s = now_s - self._printed_at_s
        is_far = waited_s >= _LOG_SOONEST_S and percent >= self._printed_percent + _LOG_PERCENT
        if percent < 100 and (is_far or waited_s >= _LOG_EVERY_S):
            self._printed_percent, self._printed_at_s = percent, now_s
            self._line(f"    {self.prefix}{title(self._running[0])}: {percent} %{remaining}")

    def _draw(self, progress: Progress, remaining: str) -> None:
        from tqdm import tqdm

        assert self._running is not None
        if self._bar is None:
            self._transient("")
            name = f"… {title(self._running[0])}"
            self._bar = tqdm(
                total=progress.total_s, desc=name, bar_format=_BAR, file=self.stream, leave=False, mininterval=0
            )
        self._bar.bar_format = _BAR + remaining
        self._bar.update(progress.done_s - self._bar.n)

    def _end_bar(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def _transient(self, text: str) -> None:
        if self.draws:
            self.stream.write(f"\r\x1b[K{text}")
            self.stream.flush()

    def _line(self, text: str) -> None:
        self._transient("")
        if self._bar is not None:
            self._bar.clear()
        print(text, file=self.stream, flush=True)
