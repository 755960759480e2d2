"""Which model hears the example: its own, or the demo if no source of its weights answers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline.build.engine import Build
from pipeline.build.files import stage_text
from pipeline.build.step import Step, StepContext
from pipeline.show.config import load_episode, load_show
from pipeline.speech import download
from pipeline.speech.models import find_model
from pipeline.values.progress import Notice, Progress, no_listener
from pipeline.values.show import Episode
from pipeline.workflow import stand_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.speech.whisper_model import WhisperModel

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def example() -> Episode:
    return load_episode(PROJECT, "000-beispiel", load_show(PROJECT))


@pytest.fixture
def build_of(tmp_path: Path) -> Callable[[Episode], Build]:
    """A function that returns the build of an episode: `assemble` and `transcribe`, which depends on the model."""
    raw, timeline, words = tmp_path / "raw", tmp_path / "timeline", tmp_path / "words"
    raw.write_text("Ton", encoding="utf-8")

    def looked(context: StepContext[None]) -> None:
        stage_text(context[timeline], raw.read_text(encoding="utf-8"))

    def of(episode: Episode) -> Build:
        model = episode.speech.model
        steps = (
            Step(name="assemble", inputs=(raw,), outputs=(timeline,), run=looked),
            Step(
                name="transcribe",
                inputs=(timeline,),
                outputs=(words,),
                settings={"model": model},
                run=lambda context, **_: stage_text(context[words], model),
            ),
        )
        return Build(steps, root=tmp_path, work=tmp_path / "work")

    return of


class Sources:
    """Stands in for all sources of weights: `answer` says whether one has them, `asked` counts the requests."""

    def __init__(self, *, answer: bool) -> None:
        self.answer = answer
        self.asked = 0

    def fetch_or_none(self, model: WhisperModel, _listener: object) -> Path | None:
        self.asked += 1
        if self.answer:
            model.path.parent.mkdir(parents=True, exist_ok=True)
            model.path.write_bytes(b"base")
        return model.path if self.answer else None


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sources:
    """No source answers, and no weights are cached."""
    found = Sources(answer=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(download, "fetch_or_none", found.fetch_or_none)
    return found


class Run:
    """Runs an episode several times, started as the workflow does; `told` holds the notices of the last run."""

    def __init__(self, build_of: Callable[[Episode], Build], root: Path) -> None:
        self.build_of = build_of
        self.root = root
        self.told: list[str] = []

    def __call__(self, episode: Episode, *verbs: str) -> str:
        """Run the episode and return the model that hears it."""
        self.told.clear()
        heard = stand_in.with_weights(episode, self.build_of, self.root, verbs=verbs or None, listener=self.listen)
        build = self.build_of(stand_in.as_heard(heard, self.build_of, self.root))
        only = [step for step in build.steps if step.name in verbs] if verbs else None
        build.run(no_listener, only=only)
        return heard.speech.model

    def listen(self, event: Notice | Progress) -> None:
        assert isinstance(event, Notice)
        self.told.append(event.text)

    def waiting(self, episode: Episode) -> list[str]:
        """Return the names of the steps that would run, as the status shows them."""
        build = self.build_of(stand_in.as_heard(episode, self.build_of, self.root))
        return [step.name for step, verdict in build.verdicts() if verdict.runs]


@pytest.fixture
def run(build_of: Callable[[Episode], Build], tmp_path: Path) -> Run:
    return Run(build_of, tmp_path)


def test_the_demo_hears_the_example_if_no_source_answers_and_the_run_says_so(
    example: Episode, run: Run, sources: Sources
) -> None:
    assert run(example) == "demo"
    assert sources.asked == 1
    (told,) = run.told
    assert "Keine Quelle für das Whisper-Modell „base“ antwortet" in told
    assert "Demo-Modell" in told
    assert "make model MODEL=base" in told


def test_words_heard_by_the_demo_stay_without_asking_again_and_every_run_names_the_demo(
    example: Episode, run: Run, sources: Sources
) -> None:
    run(example)
    assert run.waiting(example) == []
    assert run(example) == "demo"
    assert sources.asked == 1
    assert "hat das Demo-Modell gehört, nicht „base“" in run.told[0]


def test_the_example_is_heard_again_once_the_weights_are_cached(
    example: Episode, run: Run, sources: Sources, tmp_path: Path
) -> None:
    run(example)
    sources.answer = True
    sources.fetch_or_none(find_model("base", tmp_path), None)
    assert run.waiting(example) == ["transcribe"]
    assert run(example) == "base"
    assert run.told == []
    assert (tmp_path / "words").read_text(encoding="utf-8") == "base"


def test_another_recording_asks_the_sources_again(example: Episode, run: Run, sources: Sources, tmp_path: Path) -> None:
    run(example)
    (tmp_path / "raw").write_text("anderer Ton", encoding="utf-8")
    sources.answer = True
    assert run(example) == "base"
    assert sources.asked == 2


def test_words_heard_by_its_own_model_stay_if_the_weights_are_deleted(
    example: Episode, run: Run, sources: Sources, tmp_path: Path
) -> None:
    sources.answer = True
    assert run(example) == "base"
    find_model("base", tmp_path).path.unlink()
    assert run.waiting(example) == []
    assert run(example) == "base"
    assert sources.asked == 1


def test_nothing_is_fetched_for_a_step_that_needs_no_model(example: Episode, run: Run, sources: Sources) -> None:
    assert run(example, "assemble") == "base"
    assert (sources.asked, run.told) == (0, [])


@pytest.mark.parametrize("model", ["none", "demo"])
def test_a_model_without_openai_weights_asks_no_source(
    example: Episode, run: Run, sources: Sources, model: str
) -> None:
    changed = replace(example, speech=replace(example.speech, model=model))
    assert run(changed) == model
    assert (sources.asked, run.told) == (0, [])


def test_no_other_episode_is_ever_heard_by_the_demo(example: Episode, run: Run, sources: Sources) -> None:
    assert run(replace(example, example=False)) == "base"
    assert (sources.asked, run.told) == (0, [])
