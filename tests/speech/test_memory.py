"""A model that does not fit is refused before anything is downloaded or loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import ModelError
from pipeline.speech import memory, pyannote_turns
from pipeline.speech.engines import plan_engine
from pipeline.speech.memory import available_mb, check_memory, needed_mb
from pipeline.speech.models import find_model, official_urls


def check(name: str, engine: Any = "faster-whisper", **changes: Any) -> None:
    plan = plan_engine(engine, cuda=False, cpus=2)
    check_memory(find_model(name, Path()), plan, **{"converted": False, "audio_mb": 200.0} | changes)


def test_a_model_that_does_not_fit_is_refused_and_the_next_smaller_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_mb", lambda: 3000.0)
    with pytest.raises(ModelError) as caught:
        check("large-v3")
    assert "„large-v3“ reicht der freie Arbeitsspeicher nicht" in caught.value.problem
    assert "frei sind 2,9 GB" in caught.value.problem
    assert 'model = "small"' in caught.value.advice
    check("small")


def test_no_other_model_is_named_if_even_the_smallest_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_mb", lambda: 300.0)
    with pytest.raises(ModelError) as caught:
        check("tiny")
    assert "auch für das kleinste Modell nicht" in caught.value.advice


def test_a_converted_model_needs_less(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_engine("faster-whisper", cuda=False, cpus=2)
    running, converting = (needed_mb("large", plan, converted=done) for done in (True, False))
    assert running < converting < needed_mb("large", plan_engine("openai-whisper", cuda=False), converted=False)
    monkeypatch.setattr(memory, "available_mb", lambda: running + 300)
    check("large-v3", converted=True)
    with pytest.raises(ModelError):
        check("large-v3")


def test_demo_and_files_are_not_checked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(memory, "available_mb", lambda: 1.0)
    check("demo")
    (tmp_path / "eigenes.pt").write_bytes(b"")
    plan = plan_engine("auto", cuda=False)
    check_memory(find_model("eigenes.pt", tmp_path), plan, converted=False, audio_mb=1.0)


@pytest.mark.parametrize("engine", ["openai-whisper", "faster-whisper"])
def test_every_official_model_has_its_figure(engine: Any) -> None:
    plan = plan_engine(engine, cuda=False)
    for name in official_urls():
        if not name.endswith(".en"):
            assert needed_mb(find_model(name, Path()).family, plan, converted=False) > 400


def test_a_container_limits_the_free_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert available_mb() > 100
    (tmp_path / "memory.max").write_text(f"{64 * 2**20}\n")
    (tmp_path / "unlimited").write_text("max\n")
    limits = (tmp_path / "memory.max", tmp_path / "unlimited", tmp_path / "missing")
    monkeypatch.setattr(memory, "_CGROUP_LIMITS", limits)
    assert available_mb() == 64


def test_too_little_memory_for_pyannote_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pyannote_turns, "available_mb", lambda: 512.0)
    with pytest.raises(ModelError) as caught:
        pyannote_turns._check_memory(3600.0)
    assert caught.value.problem.endswith("frei sind 0,5 GB.")
