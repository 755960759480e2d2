"""Events → German lines."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from pipeline.build.step import State, Step, StepDone, StepSkipped, StepStarted, Verdict
from pipeline.cli.console import TITLES, Console, about, seconds, title
from pipeline.cli.main import main
from pipeline.cli.notify import note_command, show
from pipeline.errors import UsageError
from pipeline.steps.plan import EPISODE_VERBS, SHOW_VERBS
from pipeline.values.progress import Notice, Progress
from pipeline.workers.job import EpisodeEnded, EpisodeEvent


def step(name: str) -> Step:
    return Step(name=name, inputs=(), outputs=(Path("x"),), run=lambda _: None)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    """A clock that goes on by `tick_s` whenever somebody looks at it."""

    def __init__(self, tick_s: float) -> None:
        self.now_s, self.tick_s = 0.0, tick_s

    def __call__(self) -> float:
        self.now_s += self.tick_s
        return self.now_s


def play(stream: io.StringIO, *, verbose: bool = False, tick_s: float = 30.0) -> str:
    console = Console(stream, verbose=verbose, clock=Clock(tick_s))
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
        "    Sprache erkennen: 25 %, noch etwa 2 min",
        "    Sprache erkennen: 50 %, noch etwa 1 min",
        "    Sprache erkennen: 75 %, noch etwa 30 s",
        "    Hinweis: Demo-Modell",
        "  ✓ Sprache erkennen                      12 s   Einstellung geändert: model",
    ]


def test_episodes_made_in_parallel_get_plain_lines_with_their_names_even_on_a_terminal() -> None:
    stream = Terminal()
    console = Console(stream, clock=Clock(15.0))
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
    assert "50 % |█████     | noch etwa 1 min" in text
    assert "?" not in text
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


def transcribing(stream: io.StringIO, percents: list[float], tick_s: float) -> str:
    """What is said while a step gets to each of the percents, one tick of the clock apart."""
    console = Console(stream, clock=Clock(tick_s))
    console(StepStarted(step=step("transcribe"), verdict=Verdict(state=State.NEVER_RUN)))
    for percent in percents:
        console(Progress(done_s=36.0 * percent, total_s=3600.0))
    return stream.getvalue()


def test_a_log_says_something_every_minute_of_a_long_step_and_nothing_in_a_short_one() -> None:
    slow = transcribing(io.StringIO(), [i / 2 for i in range(40)], tick_s=30.0).splitlines()
    assert len(slow) == 20  # 40 reports in twenty minutes
    assert slow[-1] == "    Sprache erkennen: 19 %, noch etwa 1 h 20 min"
    assert transcribing(io.StringIO(), list(range(0, 100, 5)), tick_s=0.2) == ""


def test_a_log_has_a_line_for_every_ten_per_cent_of_a_quicker_step() -> None:
    lines = transcribing(io.StringIO(), list(range(0, 100, 2)), tick_s=4.0).splitlines()
    assert [line.split(": ")[1].split(" ")[0] for line in lines] == [
        "10",
        "20",
        "30",
        "40",
        "50",
        "60",
        "70",
        "80",
        "90",
    ]


def test_the_remaining_time_is_left_out_until_it_is_known() -> None:
    drawn = transcribing(Terminal(), [0, 1, 1.5, 30], tick_s=3.0)
    assert "?" not in drawn
    assert drawn.count("noch") == 1
    assert "noch etwa 20 s" in drawn


def test_what_an_earlier_run_heard_does_not_count_as_speed() -> None:
    resumed = transcribing(io.StringIO(), [80, 80.5, 83], tick_s=60.0).splitlines()
    assert resumed[:2] == ["    Sprache erkennen: 80 %", "    Sprache erkennen: 80 %"]
    assert resumed[2] == "    Sprache erkennen: 83 %, noch etwa 11 min"


@pytest.mark.parametrize(
    ("value_s", "text"),
    [(0, "5 s"), (12, "10 s"), (54, "55 s"), (55, "1 min"), (3599, "1 h 0 min"), (4800, "1 h 20 min")],
)
def test_a_rough_length_of_time_is_in_round_numbers(value_s: float, text: str) -> None:
    assert about(value_s) == text


def test_the_end_of_a_run_is_noted_with_what_the_desktop_has(tmp_path: Path) -> None:
    title_of_an_episode = '"; rm -rf x; $(id) `id`'
    there = {"notify-send", "osascript", "powershell.exe", "powershell"}
    for name in ("notify-send", "osascript", "powershell.exe", "powershell"):
        command = note_command(title_of_an_episode, "Fertig.", which=lambda asked: f"/bin/{asked}" * (asked in there))
        assert command is not None
        assert command[0] == f"/bin/{name}"
        scripts = [word for word in command if title_of_an_episode in word and word != title_of_an_episode]
        assert not scripts  # it is an argument, or in the environment, and never part of a program
        there.discard(name)
    assert note_command("a", "b", which=lambda _: None) is None
    show("a", "b", which=lambda asked: str(tmp_path / asked))  # named, and not to be run: nothing happens


def test_a_note_reaches_the_desktop(tmp_path: Path) -> None:
    said = tmp_path / "said"
    program = tmp_path / "notify-send"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >{said}\nexit 3\n', encoding="utf-8")
    program.chmod(0o755)
    show("podcast episode", "Fertig.", which=lambda asked: str(program) if asked == "notify-send" else None)
    assert said.read_text(encoding="utf-8").splitlines()[-2:] == ["podcast episode", "Fertig."]


@pytest.mark.parametrize(
    ("wish", "noted"), [({"PODCAST_NOTIFY": "1"}, True), ({"PODCAST_NOTIFY": "0"}, False), ({}, False)]
)
def test_a_note_is_shown_only_to_those_who_wish_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wish: dict[str, str], noted: bool
) -> None:
    notes: list[tuple[str, str]] = []
    monkeypatch.setattr("pipeline.cli.notify.show", lambda title, text: notes.append((title, text)))
    for name, value in wish.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        main(["--root", str(tmp_path), "episode", "7"])
    assert ended.value.code == 4  # no show there: the note changes no exit status
    assert notes == [("podcast episode", "Nicht fertig; im Terminal steht, woran es liegt.")] * noted
