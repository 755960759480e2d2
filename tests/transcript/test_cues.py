"""Subtitles: words are never lost, and the other rules yield by rank."""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transcript_samples import GUEST, HOST, SEED, conversation, spoken, transcript_of, words_of

from pipeline.transcript.breaks import ADJECTIVE, BOUND, CLAUSE, CONJUNCTION, NAME, PLAIN, SENTENCE, break_costs
from pipeline.transcript.cues import SUBRIP, WEBVTT, CueSheet, Misses, cue_notices, make_cues
from pipeline.transcript.editorial import decode, parse
from pipeline.transcript.retime import retime
from pipeline.values.show import Speaker
from pipeline.values.speech import Word
from pipeline.values.transcript import Cue, Transcript

OWN_TEXT = [
    line.replace(" | ", " ")
    for line in (Path(__file__).parent / "sentences.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


def cued(*turns: tuple[Speaker | None, list[Word]], duration_s: float | None = None) -> CueSheet:
    transcript = transcript_of(*turns)
    duration_s = words_of(transcript)[-1].end_s + 2 if duration_s is None else duration_s
    return make_cues(transcript, duration_s=duration_s)


def words_in(cues: tuple[Cue, ...]) -> list[str]:
    return [word for cue in cues for line in cue.lines for word in line.split()]


def assert_rules_hold(sheet: CueSheet, transcript: Transcript, duration_s: float) -> None:
    """Check the rules that never yield, and that the misses are counted correctly."""
    assert words_in(sheet.cues) == [word.text for word in words_of(transcript)]
    by_speaker = [
        (turn.speaker, " ".join(word.text for word in words_of(_only(transcript, turn)))) for turn in transcript.turns
    ]
    assert _joined([(cue.speaker, " ".join(cue.lines)) for cue in sheet.cues]) == _joined(by_speaker)
    now_ms = 0
    for cue in sheet.cues:
        start_ms, end_ms = round(cue.start_s * 1000), round(cue.end_s * 1000)
        assert now_ms <= start_ms < end_ms <= start_ms + 7000
        assert 1 <= len(cue.lines) <= 2
        now_ms = end_ms
    lengths = [round((cue.end_s - cue.start_s) * 1000) for cue in sheet.cues]
    assert sheet.misses == Misses(
        long_lines=sum(max(map(len, cue.lines)) > 42 for cue in sheet.cues),
        too_short=sum(length < 1000 for length in lengths),
        outside_the_audio=sum(round(cue.end_s * 1000) > int(duration_s * 1000) for cue in sheet.cues),
        too_fast=sum(
            len(" ".join(cue.lines)) * 1000 > 20 * length for cue, length in zip(sheet.cues, lengths, strict=True)
        ),
    )
    if duration_s * 1000 >= len(sheet.cues) + 1:
        assert sheet.misses.outside_the_audio == 0


def _only(transcript: Transcript, turn: object) -> Transcript:
    return Transcript(level="word", demo=False, model="", turns=(turn,))  # type: ignore[arg-type]


def _joined(parts: list[tuple[str, str]]) -> list[tuple[str, str]]:
    joined: list[tuple[str, str]] = []
    for speaker, text in parts:
        if joined and joined[-1][0] == speaker:
            joined[-1] = (speaker, f"{joined[-1][1]} {text}")
        else:
            joined.append((speaker, text))
    return joined


def test_short_sentences_become_separate_cues_at_their_own_times():
    heard = spoken("Guten Tag und willkommen zu dieser Folge. Heute reden wir über das Netz.", pause_s=2.0)
    first, second = cued((HOST, heard)).cues
    assert first.lines == ("Guten Tag und willkommen zu dieser Folge.",)
    assert second.lines == ("Heute reden wir über das Netz.",)
    assert (first.speaker, first.start_s) == (HOST.name, 0.0)
    assert second.start_s == pytest.approx(heard[7].start_s, abs=0.001)


def test_a_long_conversation_keeps_every_rule():
    heard = conversation(2000, seed=4)
    transcript = transcript_of((HOST, heard[:700]), (GUEST, heard[700:705]), (HOST, heard[705:]))
    duration_s = heard[-1].end_s + 2
    sheet = make_cues(transcript, duration_s=duration_s)
    assert_rules_hold(sheet, transcript, duration_s)
    assert sheet.misses.long_lines == 0
    assert sheet.misses.too_short <= len(sheet.cues) // 100


def test_a_cue_never_has_two_speakers_however_short_the_turn():
    sheet = cued((HOST, spoken("Richtig?")), (GUEST, spoken("Ja.", start_s=0.6)), (HOST, spoken("Gut.", start_s=0.8)))
    assert [cue.speaker for cue in sheet.cues] == [HOST.name, GUEST.name, HOST.name]
    assert sheet.misses.too_short == 2


def test_a_short_cue_stays_for_a_second_if_there_is_room():
    sheet = cued((HOST, spoken("Ja.", start_s=5.0)), (GUEST, spoken("Nein.", start_s=9.0)))
    assert [(cue.start_s, cue.end_s) for cue in sheet.cues] == [(5.0, 6.0), (9.0, 10.0)]


def test_the_last_short_cue_begins_earlier_rather_than_leaving_the_audio():
    sheet = cued((HOST, spoken("Ja.", start_s=5.0)), duration_s=5.2)
    assert [(cue.start_s, cue.end_s) for cue in sheet.cues] == [(4.2, 5.2)]


def test_a_cue_leaves_the_screen_after_seven_seconds():
    slow = [Word(text="Ähm.", start_s=1.0, end_s=30.0, probability=1)]
    (cue,) = cued((HOST, slow)).cues
    assert (cue.start_s, cue.end_s) == (1.0, 8.0)


def test_a_long_silence_is_not_spanned():
    words = [
        Word(text="Erst", start_s=0.0, end_s=0.4, probability=1),
        Word(text="dann", start_s=4.0, end_s=4.4, probability=1),
    ]
    assert [cue.lines for cue in cued((HOST, words)).cues] == [("Erst",), ("dann",)]


def test_a_word_longer_than_a_line_stays_whole_and_is_counted():
    url = "www.beispiel.invalid/ein/sehr/langer/pfad/zu/einer/seite"
    sheet = cued((HOST, spoken(f"Siehe {url} im Netz.", letter_s=0.03)))
    assert url in [line for cue in sheet.cues for line in cue.lines]
    assert sheet.misses.long_lines == 1


def test_words_that_share_one_time_follow_each_other():
    squeezed = [Word(text=f"Satz{number}.", start_s=5.0, end_s=5.0, probability=0) for number in range(40)]
    transcript = transcript_of((HOST, squeezed))
    assert_rules_hold(make_cues(transcript, duration_s=60.0), transcript, 60.0)


def test_more_cues_than_milliseconds_keep_their_words_and_are_counted():
    squeezed = [Word(text="A" * 50, start_s=0.0, end_s=0.0, probability=0) for _ in range(9)]
    transcript = transcript_of((HOST, squeezed))
    sheet = make_cues(transcript, duration_s=0.004)
    assert_rules_hold(sheet, transcript, 0.004)
    assert sheet.misses.outside_the_audio > 0


def test_an_empty_transcript_has_no_cues():
    assert make_cues(transcript_of(), duration_s=5.0).cues == ()


@pytest.mark.parametrize(
    ("text", "cost"),
    [
        ("Punkt. | Neu", SENTENCE),
        ("gut, | dass", CLAUSE),
        ("Netz | und", CONJUNCTION),
        ("wir | gehen", PLAIN),
        ("schnelle | Netze", ADJECTIVE),
        ("Ada | Moderatorin", NAME),
        ("Gut. Heute | Morgen", PLAIN),
        ("das | Netz", BOUND),
        ("im | Land", BOUND),
        ("31. | Mai", BOUND),
        ("Dr. | Muster", BOUND),
        ("Frau | Muster", BOUND),
        ("z.B. | Schulen", BOUND),
        ("drei | –", BOUND),
        ("5 | Euro", BOUND),
    ],
)
def test_the_cost_of_a_break_follows_german_grammar(text, cost):
    words = text.replace(" | ", " ").split()
    assert break_costs(words)[text.split().index("|")] == cost


def test_lines_do_not_break_between_article_and_noun_or_first_and_last_name():
    heard = spoken("Heute begrüße ich aus dem Norden hier Ada Moderatorin und auch den Kollegen aus der Stadt")
    lines = [line for cue in cued((HOST, heard)).cues for line in cue.lines]
    assert not [line for line in lines if line.split()[-1] in {"dem", "den", "der", "Ada", "aus"}]


@pytest.mark.parametrize("form", [WEBVTT, SUBRIP], ids=["webvtt", "srt"])
def test_a_long_text_is_never_broken_between_article_and_noun_or_inside_a_name(form):
    sheet = make_cues(transcript_of((None, spoken(" ".join(OWN_TEXT)))), duration_s=4000, form=form)
    lines = [line for cue in sheet.cues for line in cue.lines]
    costs = break_costs([word for line in lines for word in line.split()])
    ends = list(accumulate(len(line.split()) for line in lines))[:-1]
    torn = [(before, after) for at, before, after in zip(ends, lines, lines[1:], strict=False) if costs[at] >= NAME]
    assert len(ends) > 250
    assert torn == []


def test_fast_speech_stays_until_it_can_be_read_and_is_counted_if_it_cannot():
    quick = spoken("Das sind vierzig Zeichen in einer Sekunde", letter_s=0.02)
    alone = cued((HOST, quick))
    assert alone.misses.too_fast == 0
    assert alone.cues[0].end_s == pytest.approx(len(alone.cues[0].lines[0]) / 20, abs=0.002)
    hurried = cued((HOST, quick), (GUEST, spoken("Ja, das stimmt.", start_s=1.1)))
    assert hurried.misses.too_fast == 1
    (notice,) = cue_notices(hurried)
    assert "über 20 Zeichen je Sekunde" in notice
    assert "1 von 2 Untertiteln, bei 00:00;" in notice


def test_notices_name_the_first_places_only_and_every_broken_rule():
    words = [Word(text="x" * 50, start_s=60.0 * i, end_s=60.0 * i + 0.2, probability=1) for i in range(5)]
    words += [replace(word, start_s=word.start_s + 0.5, end_s=word.end_s + 0.5) for word in words]
    words.sort(key=lambda word: word.start_s)
    sheet = cued((HOST, words))
    fast, broken = cue_notices(sheet)
    assert f"{sheet.misses.too_fast} von 10 Untertiteln, bei 00:00, 00:59, 01:59 …" in fast
    assert broken == (
        f"Untertitel, die eine Regel brechen (von 10): {sheet.misses.too_short} kürzer als 1 Sekunde, "
        "10 mit zu langer Zeile. Kein Wort fehlt."
    )
    assert cue_notices(cued((HOST, spoken("Guten Tag.")))) == ()


_WORD = st.one_of(
    st.sampled_from(["Ja.", "und", "das", "Netz", "–", "31.", "Wirklich?", "Donaudampfschifffahrtsgesellschaft,"]),
    st.text(st.characters(exclude_categories=["Z", "C"]), min_size=1, max_size=60),
)
_TURNS = st.lists(
    st.tuples(
        st.sampled_from([HOST, GUEST, None]),
        st.lists(st.tuples(_WORD, st.floats(0, 3), st.floats(0, 9)), min_size=1, max_size=25),
    ),
    max_size=5,
)


@settings(max_examples=150, deadline=None)
@given(turns=_TURNS, rest_s=st.floats(0, 3))
def test_every_word_is_shown_once_and_in_order_whatever_the_times(turns, rest_s):
    now_s = 0.0
    spoken_turns = []
    for speaker, entries in turns:
        words = []
        for text, pause_s, length_s in entries:
            start_s = now_s + pause_s
            now_s = start_s + length_s
            words.append(Word(text=text, start_s=round(start_s, 3), end_s=round(now_s, 3), probability=1))
        spoken_turns.append((speaker, words))
    transcript = transcript_of(*spoken_turns)
    assert_rules_hold(make_cues(transcript, duration_s=now_s + rest_s), transcript, now_s + rest_s)


@pytest.mark.skipif(not SEED, reason="the editorial transcript lies outside the repository")
def test_the_real_transcript_becomes_cues_that_keep_the_rules():
    who = ["Mareike Donath", "Axel Fick", "Silvia Rydlewicz", "Lars Bauer"]
    manuscript = parse(decode(SEED[0].read_bytes()), speakers=[Speaker(name=name, slug=name) for name in who])
    transcript = retime(manuscript, None, duration_s=2400.0).transcript
    sheet = make_cues(transcript, duration_s=2400.0)
    assert_rules_hold(sheet, transcript, 2400.0)
    assert sheet.misses.long_lines == 0
    assert sheet.misses.too_short <= 1
