"""Sections heard at once give the same results as alone."""

from __future__ import annotations

from functools import partial
from threading import Event
from typing import TYPE_CHECKING

import pytest
from scripted import Asked, Scripted, decoded, recording, segment, talk, walked, word

from pipeline.speech import crew
from pipeline.speech.crew import walk_all
from pipeline.speech.engines import Decoded, EnginePlan
from pipeline.speech.names import Names
from pipeline.speech.walk import HeardSection, section_segments, walk
from pipeline.speech.wording import WhisperSegment

if TYPE_CHECKING:
    from pipeline.speech.crew import Begin

SPEECH = ((0, 40), (50, 75), (90, 100), (110, 170), (180, 185))
SECTIONS = tuple(HeardSection(start_s=start_s, end_s=end_s) for start_s, end_s in SPEECH)
LOOP = WhisperSegment(start_s=0, end_s=4, text="Ja. " * 40, probability=0.9, compression=8)
PLANS = {
    "one worker": EnginePlan(name="faster-whisper", device="cpu", workers=1, threads=1),
    "three workers": EnginePlan(name="faster-whisper", device="cpu", workers=3, threads=1),
    "two together": EnginePlan(name="openai-whisper", device="cuda", workers=1, threads=1, together=2),
    "all together": EnginePlan(name="openai-whisper", device="cuda", workers=1, threads=1, together=16),
}


def answer(asked: Asked) -> Decoded:
    """An answer that depends on the window and its prompt; some windows are in doubt."""
    if asked.start_s in {50, 110} and not asked.careful:
        return decoded(LOOP)
    length_s = asked.end_s - asked.start_s
    return decoded(talk(0, max(length_s, 1), name=f"n{len(asked.before)}-"), tokens=[(1, 2, 3)])


def begun() -> list[Begin]:
    return [partial(walk, recording(*SPEECH), section) for section in SECTIONS]


def alone() -> list[list[HeardSection]]:
    return [walked(Scripted(answer), recording(*SPEECH), section)[1] for section in SECTIONS]


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_sections_heard_at_once_give_the_same_as_alone(plan: EnginePlan) -> None:
    states: list[list[HeardSection]] = [[] for _ in SECTIONS]
    for index, state in walk_all(Scripted(answer), plan, begun()):
        states[index].append(state)
    assert states == alone()
    assert all(of_one[-1].whole for of_one in states)


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_names_are_weighed_however_many_are_heard_at_once(plan: EnginePlan) -> None:
    heard = segment(word("In", 0, 1), word("wag", 1, 2, 0.5), word("rein.", 2, 3, 0.5))
    record = recording((0, 3), (10, 13), (20, 23), names=Names(["Wagrain"]))
    begin = [partial(walk, record, HeardSection(start_s=start_s, end_s=start_s + 3)) for start_s in (0, 10, 20)]
    engine = Scripted(lambda _: decoded(heard), likes="Wagrain")
    ended = {index: section for index, section in walk_all(engine, plan, begin) if section.whole}
    assert [section_segments(ended[index])[0].text for index in range(3)] == ["In Wagrain."] * 3


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_without_sections_nothing_is_decoded(plan: EnginePlan) -> None:
    engine = Scripted(answer)
    assert list(walk_all(engine, plan, [])) == []
    assert engine.calls == []


def test_a_card_decodes_as_many_at_once_as_the_plan_says_and_careful_ones_separately() -> None:
    engine = Scripted(answer)
    list(walk_all(engine, PLANS["two together"], begun()))
    sizes = [len(call) for call in engine.calls]
    assert max(sizes) == 2
    assert sizes.count(2) >= 2, "a section that is done makes room for the next"
    assert all(len({asked.careful for asked in call}) == 1 for call in engine.calls)


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_an_error_in_the_engine_reaches_the_caller(plan: EnginePlan) -> None:
    def fails(asked: Asked) -> Decoded:
        if asked.start_s >= 90:
            raise MemoryError("voll")
        return answer(asked)

    with pytest.raises(MemoryError, match="voll"):
        list(walk_all(Scripted(fails), plan, begun()))


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_a_caller_that_stops_stops_the_work(plan: EnginePlan, monkeypatch: pytest.MonkeyPatch) -> None:
    """The workers wait in their next window until they are told to stop, and hear no other after it."""
    stopped = Event()

    class Stop(Event):
        def set(self) -> None:
            super().set()
            stopped.set()

    monkeypatch.setattr(crew, "Event", Stop)

    def waiting(asked: Asked) -> Decoded:
        if plan.together == 1 and asked.start_s > 0:
            stopped.wait()
        return answer(asked)

    engine = Scripted(waiting)
    states = walk_all(engine, plan, begun())
    next(states)
    states.close()
    assert len(engine.asked) <= 1 + plan.workers * plan.together
