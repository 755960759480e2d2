"""Where windows lie, which results are believed, and that nothing said is skipped."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scripted import Asked, Scripted, decoded, in_full, recording, segment, talk, walked, word

from pipeline.speech.engines import Decoded
from pipeline.speech.names import Names
from pipeline.speech.walk import HeardSection, RecognitionInput, section_segments
from pipeline.speech.wording import WhisperSegment, shifted
from pipeline.values.json_files import from_json, to_json
from pipeline.values.speech import Word

LOOP = WhisperSegment(start_s=0, end_s=4, text="Ja. " * 40, probability=0.9, compression=8)


def words_of(section: HeardSection) -> list[Word]:
    return [one for part in section_segments(section) for one in part.words]


def texts_of(section: HeardSection) -> list[str]:
    return [part.text for part in section_segments(section)]


# --- where windows lie ------------------------------------------------------------------------------------------------


def test_a_window_joins_what_fits_into_it_and_contains_no_music() -> None:
    engine = Scripted(in_full)
    walked(engine, recording((5, 10), (12, 20), (21, 33), (37, 40), (41, 44)))
    assert [asked.times for asked in engine.asked] == [(5, 33), (37, 44)]


def test_nothing_is_decoded_if_nobody_speaks() -> None:
    engine = Scripted([])
    section, states = walked(engine, recording())
    assert section.whole
    assert states == [section]
    assert section_segments(section) == ()


def test_only_the_speech_of_the_section_is_heard() -> None:
    engine = Scripted(in_full)
    walked(engine, recording((5, 10), (100, 110), (200, 210)), HeardSection(start_s=100, end_s=110))
    assert [asked.times for asked in engine.asked] == [(100, 110)]


@pytest.mark.parametrize(
    ("words", "next_start_s"),
    [
        ([word("ein", 20, 20.5), word("Satz.", 20.5, 21), word("Dann", 21, 22), word("weiter", 22, 29)], 21),
        ([word("Eins.", 12, 13), word("Zwei.", 13, 17), word("weiter", 17, 29)], 17),  # the last of several
        (
            [word("Satz.", 20, 21), word("Luft", 21.2, 25), word("geholt", 25.1, 29)],
            21.12,
        ),  # a sentence before a breath
        ([word("nach", 12, 18), word("Luft", 18.2, 25), word("geholt", 25.1, 29)], 18.12),
        ([word("Früh.", 1, 8), word("ohne", 8.1, 19), word("Pause", 19, 29)], 29),  # such an early seam costs a window
        ([word("Eins", 1, 20), word("zwei.", 20, 29.5)], 29.5),
    ],
)
def test_a_window_cut_during_speech_ends_at_a_sentence_else_a_breath_else_a_word(
    words: list[Word], next_start_s: float
) -> None:
    engine = Scripted([decoded(segment(*words))])
    section, _ = walked(engine, recording((0, 38)))
    assert engine.asked[1].start_s == pytest.approx(next_start_s)
    kept = [one.start_s for part in section.windows[0].segments for one in part.words]
    assert kept == [one.start_s for one in words if one.start_s < next_start_s], "the rest is heard once more"


def test_no_window_ends_after_an_ordinal() -> None:
    words = [
        word("am", 1, 12),
        word("3.", 12, 20),
        word("Oktober", 20.4, 24),
        word("war.", 24, 26),
        word("Es", 26.3, 29),
    ]
    engine = Scripted([decoded(segment(*words))])
    walked(engine, recording((0, 38)))
    assert engine.asked[1].start_s == pytest.approx(26.22)


def test_a_last_word_without_length_is_kept() -> None:
    words = [word("Das", 0.2, 1.5), word("ist", 1.5, 3.0), word("alles.", 3.0, 3.0)]
    section, _ = walked(Scripted([decoded(segment(*words), next_s=3.0)]), recording((0, 6)))
    assert texts_of(section)[0] == "Das ist alles."


def test_a_cut_within_a_sentence_ends_and_begins_no_sentence() -> None:
    first = decoded(segment(word("Das", 1, 9), word("war", 9, 19), word("gestern.", 19, 29.5)))
    second = decoded(segment(word("Und", 0, 4), word("weiter.", 4, 8.4)))
    section, _ = walked(Scripted([first, second]), recording((0, 38)))
    assert texts_of(section) == ["Das war gestern", "und weiter."]
    section, _ = walked(Scripted([first, second]), recording((0, 29.6), (34, 43)))
    assert texts_of(section) == ["Das war gestern.", "Und weiter."], "with a pause it stays as it was heard"


@pytest.mark.parametrize(
    ("last_s", "next_s", "next_start_s"),
    [
        (15.0, 16.0, 15),  # it says that more follows
        (19.8, 19.8, 40),  # but hardly anything is left
        (15.0, None, 15),  # it says that nothing follows, and speech does
        (19.2, None, 40),
        (0.8, 0.8, 40),  # every window advances
    ],
)
def test_the_next_window_begins_at_the_last_word_if_the_model_stops_early(
    last_s: float, next_s: float | None, next_start_s: float
) -> None:
    engine = Scripted([decoded(segment(word("Wort", 0.2, last_s)), next_s=next_s)])
    walked(engine, recording((0, 20), (40, 45)))
    assert engine.asked[1].start_s == pytest.approx(next_start_s)


def test_a_window_without_a_word_is_not_heard_over_and_over() -> None:
    engine = Scripted(lambda _: decoded(next_s=2.0))
    walked(engine, recording((0, 65)))
    assert [asked.times for asked in engine.asked] == [(0, 30), (30, 60), (60, 65)]


SENTENCE_ENDS = st.sets(st.integers(0, 400))
SPEECH = st.lists(st.tuples(st.floats(0.3, 6.0), st.integers(2, 90)), min_size=1, max_size=4)


@settings(max_examples=60)
@given(plan=SPEECH, ends=SENTENCE_ENDS, seed=st.integers(0, 1000))
@example(  # the last window is exactly as long as a window can be
    plan=[(1.0567536356654785, 35), (3.030380039521323, 90), (5.527654101660874, 69)], ends={193}, seed=518
)
def test_every_word_is_kept_once_wherever_people_pause_and_the_model_stops(
    plan: list[tuple[float, int]], ends: set[int], seed: int
) -> None:
    """The engine hears each word that lies wholly in its window, or stops early and says so."""
    said: list[Word] = []
    stretches = []
    now_s = 0.0
    for pause_s, count in plan:
        first_s = now_s + pause_s
        for _ in range(count):
            number = len(said)
            start_s = (said[-1].end_s + 0.1) if said and said[-1].end_s > first_s else first_s
            said.append(word(f"w{number}{'.' if number in ends else ''}", start_s, start_s + 0.4))
        now_s = said[-1].end_s
        stretches.append((first_s, now_s))

    def hear(asked: Asked) -> Decoded:
        inside = [one for one in said if one.start_s >= asked.start_s - 1e-3 and one.end_s <= asked.end_s + 1e-3]
        chance = random.Random(f"{seed} {asked.start_s}")
        stop = chance.randrange(4, 80)  # four words are more than a second
        if len(inside) <= stop:
            return decoded(shifted(segment(*inside), -asked.start_s)) if inside else decoded()
        kept = shifted(segment(*inside[:stop]), -asked.start_s)
        return decoded(kept, next_s=kept.end_s + 0.05)

    engine = Scripted(hear)
    section, _ = walked(engine, recording(*stretches))
    assert [one.text for one in words_of(section)] == [one.text for one in said]
    for asked in engine.asked:
        assert asked.end_s - asked.start_s <= 30.001
        within = [part for part in stretches if part[0] < asked.end_s and part[1] > asked.start_s]
        assert all(after[0] - before[1] <= 3 for before, after in pairwise(within)), "music inside a window"
    assert all(before.end_s <= after.start_s + 1e-6 for before, after in pairwise(section.windows))


# --- prompts ----------------------------------------------------------------------------------------------------------


def test_the_prompt_is_the_tokens_of_the_windows_before() -> None:
    engine = Scripted(
        [
            decoded(talk(0, 4), talk(4, 10), tokens=[(1, 2), (3,)]),
            decoded(talk(0, 10), tokens=[(4, 5)]),
            decoded(talk(0, 10)),
        ]
    )
    section, _ = walked(engine, recording((0, 10), (20, 30), (40, 50)))
    assert [asked.before for asked in engine.asked] == [(), (1, 2, 3), (1, 2, 3, 4, 5)]
    assert section.said == (1, 2, 3, 4, 5, 1)


def test_the_prompt_has_at_most_the_last_hundred_tokens() -> None:
    engine = Scripted([decoded(talk(0, 10), tokens=[tuple(range(70 * n, 70 * n + 70))]) for n in range(3)])
    walked(engine, recording((0, 10), (20, 30), (40, 50)))
    assert [len(asked.before) for asked in engine.asked] == [0, 70, 100]
    assert engine.asked[2].before == tuple(range(40, 140))


def test_the_prompt_ends_at_the_seam() -> None:
    first = segment(word("Ein", 18, 20), word("Satz.", 20, 21))
    second = segment(word("Der", 21, 25), word("nächste", 25, 29))
    engine = Scripted([decoded(first, second, tokens=[(1,), (2,)])])
    walked(engine, recording((0, 38)))
    assert engine.asked[1].before == (1,)


def test_after_a_doubtful_window_the_next_has_no_prompt() -> None:
    engine = Scripted([decoded(talk(0, 10)), *[decoded(LOOP)] * 3, decoded(talk(0, 10))])
    section, _ = walked(engine, recording((0, 10), (20, 30), (40, 50)))
    assert engine.asked[1].before == (1,)
    assert engine.asked[-1].before == ()
    assert section.said == (1,), "of the last window alone"


# --- what is believed -------------------------------------------------------------------------------------------------


def test_a_doubtful_window_is_heard_without_context_and_then_carefully() -> None:
    engine = Scripted([decoded(talk(0, 10)), *[decoded(LOOP)] * 3])
    section, _ = walked(engine, recording((0, 10), (20, 30)))
    assert [(asked.start_s, asked.before, asked.careful) for asked in engine.asked] == [
        (0, (), False),
        (20, (1,), False),
        (20, (), False),
        (20, (), True),
    ]
    assert texts_of(section)[-1] == LOOP.text, "no better one was found"


def test_a_doubtful_first_window_is_heard_carefully_at_once() -> None:
    engine = Scripted([decoded(LOOP), decoded(talk(0, 10))])
    walked(engine, recording((0, 10)))
    assert [asked.careful for asked in engine.asked] == [False, True]


def test_the_first_sound_result_ends_the_attempts() -> None:
    engine = Scripted([decoded(talk(0, 10)), decoded(LOOP), decoded(talk(0, 10, name="gut"))])
    section, _ = walked(engine, recording((0, 10), (20, 30)))
    assert len(engine.asked) == 3
    assert words_of(section)[-1].text == "gut9"
    assert section.said == (1, 1), "it goes on from what is sound"


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        (decoded(LOOP), decoded(), LOOP.text),  # never silence instead of words
        (decoded(talk(0, 2, probability=0.3)), None, "w0 w1"),
        (
            decoded(talk(0, 2, compression=3.0, probability=0.5)),
            decoded(talk(0, 2, name="b", compression=3.0, probability=0.6)),
            "b0 b1",
        ),
        (
            decoded(talk(0, 2, compression=3.0, probability=0.6)),
            decoded(talk(0, 2, name="b", compression=3.0, probability=0.5)),
            "w0 w1",
        ),
        (
            decoded(talk(0, 2, compression=3.0, probability=0.5)),
            decoded(talk(0, 1, name="b", compression=3.0), talk(1, 2, name="b", probability=0.001)),
            "w0 w1",
        ),
    ],
)
def test_the_result_with_fewer_doubts_is_kept_else_the_more_probable(
    first: Decoded, second: Decoded | None, kept: str
) -> None:
    engine = Scripted([first, *([second] if second else [])])
    section, _ = walked(engine, recording((0, 2)))
    assert " ".join(texts_of(section)) == kept


def test_what_nobody_can_have_said_is_left_out_recorded_and_not_in_the_prompt() -> None:
    stuffed = segment(*[word(f"zusammengedrängt{n}", 9.8, 9.8, 0.02) for n in range(4)])
    engine = Scripted([decoded(talk(0, 10), stuffed)])
    section, _ = walked(engine, recording((0, 10), (20, 30)))
    assert [one.text for one in section.windows[0].invented] == [stuffed.text]
    assert not any("zusammengedrängt" in text for text in texts_of(section))
    assert engine.asked[-1].before == ()


@pytest.mark.parametrize(
    ("likes", "text"), [("Wagrain", "Wir sind in Wagrain."), ("wag rein", "Wir sind in wag rein.")]
)
def test_a_name_of_the_show_is_written_where_it_was_nearly_heard_and_the_model_agrees(likes: str, text: str) -> None:
    heard = segment(
        word("Wir", 0, 1), word("sind", 1, 2), word("in", 2, 3), word("wag", 3, 3.5, 0.5), word("rein.", 3.5, 4, 0.5)
    )
    engine = Scripted([decoded(heard)], likes=likes)
    section, _ = walked(engine, recording((0, 4), names=Names(["Wagrain"])))
    assert texts_of(section) == [text]
    assert [one.written for one in section.windows[0].named] == (["Wagrain."] if likes == "Wagrain" else [])
    assert words_of(section)[3].start_s == 3


# --- gaps -------------------------------------------------------------------------------------------------------------

HOLE = segment(*talk(0, 10).words, *shifted(talk(0, 7, name="nach"), 13).words)  # nothing from 9.5 to 13


def test_a_word_across_lost_speech_ends_where_that_is_heard_again() -> None:
    lost = segment(word("Eins", 0.1, 0.5), word("zwei", 0.5, 14.0), word("drei", 14.0, 14.5))
    engine = Scripted([decoded(lost), decoded(talk(0.2, 10.2, name="doch"))])
    section, _ = walked(engine, recording((0, 15), sure=True))
    words = words_of(section)
    assert [one.text for one in words[:3]] == ["Eins", "zwei", "doch0"]
    assert words[1].end_s <= words[2].start_s
    assert all(one.end_s <= other.start_s + 0.01 for one, other in pairwise(words))


def test_speech_without_a_word_is_heard_again_and_its_words_lie_between_the_others() -> None:
    engine = Scripted([decoded(HOLE), decoded(talk(0.3, 3.3, name="doch"))])
    section, _ = walked(engine, recording((0, 20), sure=True))
    again = engine.asked[1]
    assert (again.start_s, again.end_s) == pytest.approx((9.65, 12.85), abs=0.05)
    assert again.before == ()
    said = [one.text for one in words_of(section)]
    assert said == [*(f"w{n}" for n in range(10)), "doch0", "doch1", "doch2", *(f"nach{n}" for n in range(7))]
    times = [one.start_s for one in words_of(section)]
    assert times == sorted(times)
    assert len(section_segments(section)) == 3, "the segment gave way"


@pytest.mark.parametrize("answer", [decoded(LOOP), decoded(), decoded(talk(0, 3, probability=0.001))])
def test_a_gap_where_nothing_sound_is_heard_changes_nothing(answer: Decoded) -> None:
    section, _ = walked(Scripted([decoded(HOLE), answer]), recording((0, 20), sure=True))
    assert section_segments(section) == (HOLE,)
    assert len(section.again) == 1, "and is not tried at every start"


def test_a_short_pause_between_words_is_no_gap() -> None:
    engine = Scripted(in_full)  # half a second between every two words
    walked(engine, recording((0, 20), sure=True))
    assert len(engine.asked) == 1


def test_a_long_gap_is_heard_in_windows() -> None:
    engine = Scripted(lambda asked: decoded())
    section, _ = walked(engine, recording((0, 70), sure=True))
    again = [(one.start_s, one.end_s) for one in section.again]
    assert len(again) == 3
    assert all(end_s - start_s <= 30 for start_s, end_s in again)
    assert again[0][0] == pytest.approx(0, abs=0.04)
    assert again[-1][1] == pytest.approx(70, abs=0.04)


def test_a_model_without_usable_times_has_no_gaps() -> None:
    without_times = WhisperSegment(start_s=0, end_s=5, text="Guten Tag.", probability=0.8)
    engine = Scripted([decoded(without_times)])
    section, _ = walked(engine, recording((0, 20), aligned=False, sure=True))
    assert section_segments(section) == (without_times,)


# --- interrupted ------------------------------------------------------------------------------------------------------


def eventful(asked: Asked) -> Decoded:
    """Prompts that matter, a doubt, early stops and a gap."""
    name = f"n{len(asked.before)}x{sum(asked.before)}-"
    if round(asked.start_s) == 60 and not asked.careful:
        return decoded(LOOP)
    length_s = asked.end_s - asked.start_s
    if length_s > 25:
        early = talk(0, 14, name=name)
        return decoded(early, shifted(talk(0, 6, name=name), 17), next_s=23.5, tokens=[(7,), (len(asked.before),)])
    return decoded(talk(0, max(length_s, 1), name=name), tokens=[(round(10 * asked.start_s),)])


def the_recording() -> RecognitionInput:
    return recording((0, 55), (60, 70), (80, 130), sure=True)


def test_an_interrupted_walk_ends_the_same_wherever_it_stopped() -> None:
    engine = Scripted(eventful)
    whole, states = walked(engine, the_recording())
    assert any(asked.careful for asked in engine.asked)
    assert len(whole.again) >= 2
    assert states[-1] == whole
    for number, state in enumerate(states):
        later = Scripted(eventful)
        resumed, kept = walked(later, the_recording(), from_json(HeardSection, to_json(state)))
        assert resumed == whole
        assert len(kept) == max(1, len(states) - 1 - number), "nothing is heard twice"
        assert later.asked == engine.asked[len(engine.asked) - len(later.asked) :]


def test_a_state_is_kept_after_every_window() -> None:
    _, states = walked(Scripted(in_full), recording((0, 10), (20, 30), (40, 50)))
    assert [(len(state.windows), state.whole) for state in states] == [(1, False), (2, False), (3, False), (3, True)]
    assert [state.windows[-1].end_s for state in states] == [10, 30, 50, 50]
