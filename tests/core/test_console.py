"""Events → German lines."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from pipeline.build.step import State, Step, StepDone, StepSkipped, StepStarted, Verdict
from pipeline.cli.console import TITLES, Console, seconds, title
from pipeline.errors import UsageError
from pipeline.steps.plan import EPISODE_VERBS, SHOW_VERBS
from pipeline.values.progress import Notice, Progress
from pipeline.workers.job import EpisodeEnded, EpisodeEvent


def step(name: str) -> Step:
    return Step(name=name, inputs=(), outputs=(Path("x"),), run=lambda _: None)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def play(stream: io.StringIO, *, verbose: bool = False) -> str:
    console = Console(stream, verbose=verbose)
    console(StepSkipped(step=step("assemble"), verdict=Verdict(state=State.FRESH)))
    console(StepStarted(step=step("transcribe"), verdict=Verdict(state=State.SETTINGS_CHANGED, details=("model",))))
    for done in (0, 30, 60, 90, 120):
        console(Progress(done_s=done, total_s=120))
    console(Notice(text="Demo-Modell"))
    console(StepDone(step=step("transcribe"), seconds=12.34))
    console.close()
    return stream.getvalue()


def test_a_log_has_plain_lines_with_progress_reason_and_seconds() -> None:
    lines = play(io.StringIO()).splitlines()
    assert lines == [
        "    Sprache erkennen: 25 %",
        "    Sprache erkennen: 50 %",
        "    Sprache erkennen: 75 %",
        "    Hinweis: Demo-Modell",
        "  ✓ Sprache erkennen                      12 s   Einstellung geändert: model",
    ]


def test_episodes_made_in_parallel_get_plain_lines_with_their_names_even_on_a_terminal() -> None:
    stream = Terminal()
    console = Console(stream)
    for event in (
        StepStarted(step=step("transcribe"), verdict=Verdict(state=State.NEVER_RUN)),
        Progress(done_s=60, total_s=120),
        Notice(text="Demo-Modell"),
        StepDone(step=step("transcribe"), seconds=12.34),
        StepSkipped(step=step("split"), verdict=Verdict(state=State.FRESH)),
    ):
        for folder in ("001-eins", "002-zwei"):
            console(EpisodeEvent(folder=folder, event=event))
    console(EpisodeEnded(folder="001-eins", seconds=61))
    console(EpisodeEnded(folder="002-zwei", seconds=1, error=UsageError("Geht nicht.", advice="Lassen.")))
    lines = stream.getvalue().replace("\r\x1b[K", "").splitlines()
    assert lines == [
        "    001-eins: Sprache erkennen: 50 %",
        "    002-zwei: Sprache erkennen: 50 %",
        "    001-eins: Hinweis: Demo-Modell",
        "    002-zwei: Hinweis: Demo-Modell",
        "  ✓ 001-eins: Sprache erkennen                      12 s   noch nie gelaufen",
        "  ✓ 002-zwei: Sprache erkennen                      12 s   noch nie gelaufen",
        "  ✓ 001-eins: fertig nach 1:01 min",
        "  ✗ 002-zwei: Geht nicht.",
    ]
    assert console.unchanged == 2


def test_a_terminal_gets_a_bar_with_the_time_left() -> None:
    text = play(Terminal())
    assert "noch 00:" in text
    assert "75 % |" in text


def test_a_long_notice_is_wrapped_at_words_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    stream = Terminal()
    Console(stream)(Notice(text="Ein langer Hinweis, " * 8))
    lines = stream.getvalue().replace("\r\x1b[K", "").splitlines()
    assert len(lines) > 2
    assert all(len(line) < 60 for line in lines)
    assert lines[1].startswith(" " * 13)


def test_verbose_shows_unchanged_steps() -> None:
    assert "  = Aufnahmen prüfen" in play(io.StringIO(), verbose=True)


@pytest.mark.parametrize(("value", "text"), [(0.04, "0,0 s"), (9.5, "9,5 s"), (59.4, "59 s"), (187.0, "3:07 min")])
def test_durations_are_shown_in_german(value: float, text: str) -> None:
    assert seconds(value) == text


def test_every_verb_has_a_german_title() -> None:
    assert set(TITLES) == {*EPISODE_VERBS, *SHOW_VERBS}
    assert title(step("pages:007-breitband")) == "Seiten: 007-breitband"
    assert title(step("feed (Vorschau)")) == "Feed (Vorschau)"
