"""Heard words become turns: every word once, no short turn lost, names as proposals."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transcript_samples import GOLDEN, GUEST, HOST, NOBLE, SEED, SPEAKERS, conversation, recognition_of, spoken

from pipeline.transcript.editorial import decode, parse
from pipeline.transcript.split import Split, draft, split
from pipeline.values.show import Speaker
from pipeline.values.speech import SpeakerMap, SpeakerSpan, Word


def voices(*spans: tuple[float, float, int], method="clustering", confidence=1.0) -> SpeakerMap:
    return SpeakerMap(
        method=method,
        count=len({speaker for *_, speaker in spans}),
        spans=tuple(
            SpeakerSpan(start_s=start_s, end_s=end_s, speaker=speaker, confidence=confidence)
            for start_s, end_s, speaker in spans
        ),
    )


def dialogue(*turns: tuple[int, str]) -> tuple[list[Word], SpeakerMap]:
    """Turns said one after the other, half a second apart, with the voices that said them."""
    words: list[Word] = []
    spans = []
    now_s = 1.0
    for voice, text in turns:
        said = spoken(text, start_s=now_s, pause_s=0.3)
        spans.append((now_s - 0.1, said[-1].end_s + 0.1, voice))
        now_s = said[-1].end_s + 0.5
        words += said
    return words, voices(*spans)


def split_words(words: list[Word], speaker_map: SpeakerMap, speakers: tuple[Speaker, ...] = SPEAKERS) -> Split:
    return split(recognition_of(words), speaker_map, speakers)


def said(result: Split) -> list[tuple[str, str]]:
    return [(turn.speaker, " ".join(turn.paragraphs)) for turn in result.turns]


CONVERSATION = [
    (0, "Guten Tag und willkommen. Heute geht es um Netze."),
    (1, "Ich freue mich sehr."),
    (0, "Auch überall, richtig?"),
    (1, "Richtig."),
    (2, "Und ich komme auch noch zu Wort."),
]


def test_turns_follow_the_voices_with_names_in_the_order_of_the_episode():
    result = split_words(*dialogue(*CONVERSATION))
    assert said(result) == [(SPEAKERS[voice].name, text) for voice, text in CONVERSATION]
    assert "Vorschläge" in result.notices[0]


def test_the_draft_is_as_expected_and_reads_back_without_a_finding(golden):
    words, speaker_map = dialogue(*CONVERSATION)
    text = draft(recognition_of(words), speaker_map, SPEAKERS).text
    golden(GOLDEN / "draft.txt", text)
    assert parse(text, speakers=SPEAKERS).findings == ()


def test_guests_have_their_organisation_and_the_host_has_none():
    host = Speaker(name="Ada Moderatorin", slug="ada", role="host", organisation="Ministerium")
    result = split_words(*dialogue((0, "Guten Tag."), (1, "Danke.")), (host, GUEST))
    assert [turn.organisation for turn in result.turns] == ["", "Amt für Beispiele"]


def test_the_host_may_stand_anywhere_in_the_list():
    result = split_words(*dialogue((0, "Guten Tag."), (1, "Danke.")), (GUEST, HOST))
    assert [turn.speaker for turn in result.turns] == [GUEST.name, HOST.name]


def test_more_voices_than_names_are_numbered_and_reported():
    result = split_words(*dialogue((0, "Eins."), (1, "Zwei."), (3, "Vier.")))
    assert result.turns[-1].speaker == "Stimme 4"
    assert any("Stimme 4" in notice for notice in result.notices)
    assert any(NOBLE.name in notice and "Nicht herausgehört" in notice for notice in result.notices)


def test_tracks_name_their_speakers_without_a_doubt():
    words, speaker_map = dialogue((1, "Guten Tag."), (0, "Danke."), (2, "Bitte."))
    tracks = SpeakerMap(method="tracks", count=3, spans=speaker_map.spans)
    result = split_words(words, tracks)
    assert [turn.speaker for turn in result.turns] == [GUEST.name, HOST.name, NOBLE.name]
    assert result.notices == ()


def test_a_word_belongs_to_the_voice_it_overlaps_most():
    words = [Word(text="Grenze.", start_s=1.0, end_s=2.0, probability=1)]
    assert split_words(words, voices((0.0, 1.4, 0), (1.4, 3.0, 1))).turns[0].speaker == GUEST.name


def test_a_word_between_voices_belongs_to_the_nearest_edge():
    spans = voices((0.0, 1.0, 0), (5.0, 6.0, 1), (50.0, 51.0, 2))
    for start_s, speaker in ((1.5, HOST), (4.0, GUEST), (20.0, GUEST), (40.0, NOBLE), (99.0, NOBLE)):
        words = [Word(text="Wort.", start_s=start_s, end_s=start_s + 0.3, probability=1)]
        assert split_words(words, spans).turns[0].speaker == speaker.name


def test_a_sentence_with_a_clear_majority_goes_to_one_voice():
    words = spoken("Das ist ein ganz langer Satz ohne jede Pause.", start_s=0.0)
    edge_s = words[-1].start_s - 0.01
    result = split_words(words, voices((0.0, edge_s, 0), (edge_s, 9.0, 1)))
    assert said(result) == [(HOST.name, "Das ist ein ganz langer Satz ohne jede Pause.")]


def test_a_sentence_without_a_clear_majority_is_left_as_heard_and_reported():
    words = spoken("Das ist ein Satz aus zwei Mündern.", start_s=60.0)
    edge_s = words[4].start_s - 0.01
    result = split_words(words, voices((60.0, edge_s, 0), (edge_s, 99.0, 1)))
    assert said(result) == [(HOST.name, "Das ist ein Satz"), (GUEST.name, "aus zwei Mündern.")]
    assert [notice for notice in result.notices if notice.startswith("01:00: Sprecherwechsel mitten im Satz")]


def test_a_short_turn_with_pauses_around_is_kept_inside_a_long_sentence():
    before = spoken("Wir haben das alles schon lange und gründlich vorbereitet mit vielen")
    short = spoken("ja genau", start_s=before[-1].end_s + 0.4)
    after = spoken("anderen Menschen aus dem ganzen Land zusammen.", start_s=short[-1].end_s + 0.4)
    edges = short[0].start_s - 0.05, short[-1].end_s + 0.05
    result = split_words([*before, *short, *after], voices((0, edges[0], 0), (*edges, 1), (edges[1], 99, 0)))
    assert [turn.speaker for turn in result.turns] == [HOST.name, GUEST.name, HOST.name]


def test_a_model_that_writes_no_full_stops_does_not_join_a_dialogue():
    first = spoken("wir reden sehr lange und ausführlich über alle Netze im Land")
    second = spoken("stimmt", start_s=first[-1].end_s + 1.2)
    third = spoken("und wir reden noch viel länger weiter", start_s=second[-1].end_s + 1.2)
    spans = voices((0, first[-1].end_s, 0), (second[0].start_s, second[-1].end_s, 1), (third[0].start_s, 99, 0))
    result = split_words([*first, *second, *third], spans)
    assert [turn.speaker for turn in result.turns] == [HOST.name, GUEST.name, HOST.name]


def test_a_turn_of_an_unsure_voice_is_reported():
    words, speaker_map = dialogue((0, "Guten Tag."), (1, "Vielleicht."))
    unsure = SpeakerMap(
        method="tracks",
        count=2,
        spans=(speaker_map.spans[0], SpeakerSpan(start_s=1.8, end_s=9.0, speaker=1, confidence=0.3)),
    )
    assert [notice for notice in split_words(words, unsure).notices if "Stimme unsicher" in notice]


def test_ten_unsure_turns_are_listed_and_the_others_counted():
    words, speaker_map = dialogue(*((number % 2, f"Das ist Wort {number}.") for number in range(13)))
    unsure = tuple(replace(span, confidence=0.4) for span in speaker_map.spans)
    notices = split_words(words, replace(speaker_map, spans=unsure)).notices
    listed = [notice for notice in notices if "Stimme unsicher" in notice]
    assert len(listed) == 10
    assert listed[0].startswith("00:01: ")
    assert "„Das ist Wort 0.“" in listed[0]
    assert notices[-1] == "… und 3 weitere Stellen mit unsicherer Stimme."


def test_doubts_about_the_number_of_voices_come_first():
    words, speaker_map = dialogue((0, "Guten Tag."), (1, "Danke."))
    doubtful = replace(speaker_map, notices=("Zwei Stimmen klingen gleich.",))
    assert split_words(words, doubtful).notices[0] == "Zwei Stimmen klingen gleich."


def test_seventy_percent_of_a_sentence_is_a_majority_and_less_is_not():
    words = [Word(text=f"wort{i}" + "." * (i == 9), start_s=i, end_s=i + 0.9, probability=1) for i in range(10)]
    for edge_s, turns in ((6.95, 1), (5.95, 2)):
        result = split_words(words, voices((0.0, edge_s, 0), (edge_s, 20.0, 1)))
        assert len(result.turns) == turns
        assert sum(len(paragraph.split()) for turn in result.turns for paragraph in turn.paragraphs) == 10


def test_long_turns_get_paragraphs_at_sentence_ends_with_longer_pauses():
    words = conversation(600, seed=5)
    (turn,) = split_words(words, SpeakerMap(method="single", count=1, spans=())).turns
    lengths = [len(paragraph.split()) for paragraph in turn.paragraphs]
    assert sum(lengths) == len(words)
    assert len(lengths) >= 5
    assert all(60 <= length <= 150 for length in lengths[:-1])
    assert all(paragraph.endswith(".") for paragraph in turn.paragraphs)


def test_silence_makes_an_empty_draft_and_is_reported():
    result = draft(recognition_of([]), voices((0, 9, 0)), SPEAKERS)
    assert result.text == ""
    assert "keine Sprache" in result.notices[0]
    assert parse(result.text, speakers=SPEAKERS).turns == ()


@pytest.mark.skipif(not SEED, reason="the editorial transcript lies outside the repository")
def test_the_turns_of_a_real_conversation_come_back_from_its_words_and_voices():
    who = ["Mareike Donath", "Axel Fick", "Silvia Rydlewicz", "Lars Bauer"]
    speakers = tuple(Speaker(name=name, slug=name) for name in who)
    turns = parse(decode(SEED[0].read_bytes()), speakers=speakers).plain()
    said_turns = [(who.index(turn.speaker), " ".join(turn.paragraphs)) for turn in turns]
    result = split_words(*dialogue(*said_turns), speakers)
    assert said(result) == [(who[voice], text) for voice, text in said_turns]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["ja", "Ja.", "und", "Netz?", "…", "Dr.", "31."]), st.floats(0, 2), st.floats(0, 1)),
        max_size=40,
    ),
    st.lists(st.tuples(st.floats(0.01, 4), st.integers(0, 4)), max_size=12),
)
def test_every_heard_word_is_in_the_draft_once_and_in_order(said_words, spans):
    now_s = 0.0
    words = []
    for text, pause_s, length_s in said_words:
        now_s += pause_s
        words.append(Word(text=text, start_s=now_s, end_s=now_s + length_s, probability=1))
        now_s += length_s
    edges = [0.0]
    for length_s, _ in spans:
        edges.append(edges[-1] + length_s)
    speaker_map = voices(*((edges[index], edges[index + 1], voice) for index, (_, voice) in enumerate(spans)))
    result = split_words(words, speaker_map)
    assert " ".join(text for _, text in said(result)).split() == [word.text for word in words]
    assert all(one.speaker != two.speaker for one, two in zip(result.turns, result.turns[1:], strict=False))
