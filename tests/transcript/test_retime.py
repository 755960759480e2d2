"""Retiming against conversations whose true times are known."""

from __future__ import annotations

import random
import statistics
from dataclasses import replace

import pytest
from edits import KINDS, errors
from hypothesis import given, settings
from hypothesis import strategies as st
from transcript_samples import GUEST, HOST, SEED, SPEAKERS, conversation, recognition_of, spoken, words_of

from pipeline.timecode import clock
from pipeline.transcript.editorial import decode, parse
from pipeline.transcript.labels import LabelFinding
from pipeline.transcript.retime import Retimed, retime
from pipeline.values.show import Speaker
from pipeline.values.speech import Word
from pipeline.values.transcript import TimedWord

NUMBERS = ["erste", "zweite", "dritte", "vierte", "fünfte", "sechste", "siebte", "achte", "neunte", "zehnte"]


def retimed(text: str, heard: list[Word], duration_s: float | None = None) -> Retimed:
    duration_s = heard[-1].end_s + 1 if duration_s is None else duration_s
    return retime(parse(text, speakers=SPEAKERS), recognition_of(heard), duration_s=duration_s)


def timed(text: str, heard: list[Word], duration_s: float | None = None) -> list[TimedWord]:
    return words_of(retimed(text, heard, duration_s).transcript)


def times(words: list[Word] | list[TimedWord]) -> list[tuple[float, float]]:
    return [(round(word.start_s, 3), round(word.end_s, 3)) for word in words]


def text_of(words: list[Word]) -> str:
    return " ".join(word.text for word in words)


def reported(findings: tuple[LabelFinding, ...]) -> list[str]:
    assert not any(finding.blocking for finding in findings)
    return [f"{finding.line}: {finding.text}" for finding in findings]


def assert_in_order(words: list[TimedWord], duration_s: float) -> None:
    now_s = 0.0
    for word in words:
        assert now_s <= word.start_s <= word.end_s <= duration_s
        now_s = word.end_s


def test_unedited_words_get_their_own_times_back():
    heard = spoken("Guten Tag und willkommen. Wie geht es Ihnen?")
    words = timed("Ada Moderatorin:\nGuten Tag und willkommen. Wie geht es Ihnen?\n", heard)
    assert times(words) == times(heard)
    assert all(word.certain for word in words)


def test_renaming_merging_and_splitting_turns_moves_no_word():
    heard = conversation(300, seed=1)
    half = len(heard) // 2
    one = timed(f"Ada Moderatorin:\n{text_of(heard)}\n", heard)
    two = timed(f"Bernd Gast [Amt]:\n{text_of(heard[:half])}\n\nAda M.:\n{text_of(heard[half:])}\n", heard)
    assert times(one) == times(two) == times(heard)


def test_words_stay_exactly_as_written():
    text = "Ada Moderatorin:\n„Hörer*innen“ – ja, am 31. Mai … z.B. 14/15 talk@work!\n"
    words = timed(text, spoken("Hörerinnen ja am 31. Mai zum Beispiel 14 15 talk at work."))
    assert [word.text for word in words] == text.split(":", 1)[1].split()


def test_a_gender_star_a_capital_and_punctuation_change_no_time():
    heard = spoken("liebe hörerinnen und hörer willkommen")
    words = timed("Ada M.:\nLiebe Hörer*innen, und Hörer: Willkommen!\n", heard)
    assert times(words) == times(heard)
    assert all(word.certain for word in words)


def test_a_corrected_word_takes_the_place_of_the_misheard_one():
    heard = spoken("Das Ministerium für Energy hat heute gesprochen.")
    words = timed("Ada M.:\nDas Ministerium für Energie hat heute gesprochen.\n", heard)
    assert times(words) == times(heard)


def test_an_inserted_sentence_leaves_the_times_of_all_others():
    heard = conversation(200, seed=2)
    cut = next(index + 1 for index in range(80, 200) if heard[index].text.endswith("."))
    inserted = "Dieser Satz wurde nachträglich geschrieben."
    words = timed(f"Ada M.:\n{text_of(heard[:cut])} {inserted} {text_of(heard[cut:])}\n", heard)
    count = len(inserted.split())
    assert times(words[:cut]) == times(heard[:cut])
    assert times(words[cut + count :]) == times(heard[cut:])
    assert not any(word.certain for word in words[cut : cut + count])
    assert heard[cut - 1].end_s <= words[cut].start_s <= words[cut + count - 1].end_s <= heard[cut].start_s


def test_a_deleted_sentence_leaves_the_times_of_all_others():
    heard = conversation(200, seed=3)
    ends = [index + 1 for index, word in enumerate(heard) if word.text.endswith(".")]
    start, end = ends[4], ends[5]
    kept = [*heard[:start], *heard[end:]]
    assert times(timed(f"Ada M.:\n{text_of(kept)}\n", heard)) == times(kept)


@pytest.mark.parametrize("copy", [1, 2])
def test_a_passage_that_occurs_twice_is_kept_whole_when_one_copy_is_deleted(copy):
    passage = "Wir bauen das Netz aus und alle machen mit."
    heard = spoken(f"Der Anfang ist nun hier. {passage} Dazwischen kommt eine andere Frage. {passage} Das Ende naht.")
    first, middle = 5, 14
    kept = [*heard[: first if copy == 1 else middle], *heard[middle if copy == 1 else 19 :]]
    if copy == 2:
        kept = [*heard[:19], *heard[28:]]
    words = timed(f"Ada M.:\n{text_of(kept)}\n", heard)
    assert times(words) == times(kept)


def test_between_two_copies_the_passage_is_not_torn_apart():
    passage = "Wir bauen das Netz aus und alle machen mit."
    heard = spoken(f"Der Anfang ist nun hier. {passage} {passage} Das Ende naht.", pause_s=0.6)
    words = timed(f"Ada M.:\nDer Anfang ist nun hier. {passage} Das Ende naht.\n", heard)
    assert times(words[5:14]) in (times(heard[5:14]), times(heard[14:23]))


def test_a_text_said_twice_and_written_once_is_matched_whole():
    heard = spoken("Wir bauen das Netz. Wir bauen das Netz. Danke.")
    words = timed("Ada M.:\nWir bauen das Netz. Danke.\n", heard)
    assert times(words[:4]) in (times(heard[:4]), times(heard[4:8]))
    assert times(words[4:]) == times(heard[8:])


def test_in_a_gap_a_finished_sentence_is_timed_from_the_left_and_a_begun_one_from_the_right():
    heard = spoken("Eins zwei drei. Vier fünf sechs.", pause_s=8.0)
    words = timed("Ada M.:\nEins zwei drei nochmals weiter. Also nun vier fünf sechs.\n", heard)
    by_text = {word.text: word for word in words}
    assert by_text["weiter."].end_s < heard[2].end_s + 2
    assert by_text["Also"].start_s > heard[3].start_s - 2


def test_a_rewritten_passage_is_not_pinned_to_chance_matches_of_small_words():
    heard = [*spoken("Am Anfang steht ein langer gemeinsamer Satz davor.")]
    lost = "und " + " ".join(f"weggelassen{index}" for index in range(40)) + "."
    heard += spoken(lost, start_s=heard[-1].end_s + 0.5)
    heard += spoken("Am Ende folgt wieder gemeinsamer Text danach.", start_s=heard[-1].end_s + 0.5)
    written = " ".join(f"neu{index}" for index in range(9)) + " und weiter."
    words = timed(
        f"Ada M.:\nAm Anfang steht ein langer gemeinsamer Satz davor. {written} "
        "Am Ende folgt wieder gemeinsamer Text danach.\n",
        heard,
    )
    assert not next(word for word in words if word.text == "und").certain


def test_times_stay_inside_the_audio_and_never_run_backwards_even_if_the_recognition_does():
    heard = [
        Word(text="eins", start_s=2.0, end_s=2.5, probability=1),
        Word(text="zwei", start_s=1.0, end_s=1.5, probability=1),
        Word(text="drei", start_s=9.0, end_s=12.0, probability=1),
    ]
    assert_in_order(timed("Ada M.:\neins zwei drei vier\n", heard, 10.0), 10.0)


def test_text_that_shares_no_word_with_the_audio_is_spread_over_what_was_heard():
    heard = spoken("eins zwei drei vier fünf sechs", start_s=10)
    words = timed("Ada M.:\nvöllig anderer Text\n", heard, 60.0)
    assert words[0].start_s == pytest.approx(10, abs=0.01)
    assert words[-1].end_s == pytest.approx(heard[-1].end_s, abs=0.01)


@pytest.mark.parametrize("recognition", [None, recognition_of([])])
def test_without_heard_words_the_text_is_spread_evenly_and_says_so(recognition):
    result = retime(parse("Ada M.:\nEins zwei.\n\nDrei!\n", speakers=SPEAKERS), recognition, duration_s=12.0)
    words = words_of(result.transcript)
    assert result.transcript.level == "paragraph"
    assert [word.text for word in words] == ["Eins", "zwei.", "Drei!"]
    assert [word.start_s for word in words] == [0.0, 4.0, 8.0]
    assert words[-1].end_s == 12.0
    assert not any(word.certain for word in words)


def test_nothing_written_and_nothing_heard_is_an_empty_transcript():
    assert retime(parse("", speakers=SPEAKERS), None, duration_s=5.0).transcript.turns == ()


def test_the_transcript_says_which_model_heard_it_and_that_it_is_a_demo():
    manuscript = parse("Ada M.:\nHallo.\n", speakers=SPEAKERS)
    recognition = recognition_of(spoken("Hallo."), demo=True)
    transcript = retime(manuscript, recognition, duration_s=3.0, demo=True, model="demo").transcript
    assert (transcript.demo, transcript.model, transcript.level) == (True, "demo", "word")


def test_turns_keep_label_organisation_paragraphs_and_sentences():
    heard = spoken("Guten Tag. Wie geht es? Gut.")
    result = retimed("Guten Tag.\n\nBernd Gast [Amt]:\nWie geht es? Gut.\n\nAda M.:\n", heard)
    first, second = result.transcript.turns
    assert (first.speaker, second.speaker, second.organisation) == ("", GUEST.name, "Amt")
    assert [sentence.text for sentence in second.paragraphs[0].sentences] == ["Wie geht es?", "Gut."]


def test_a_mark_without_letters_takes_the_moment_between_its_neighbours():
    heard = spoken("Ja genau so")
    words = timed("Ada M.:\n– Ja – genau so …\n", heard)
    assert words[0].start_s == words[0].end_s == heard[0].start_s
    assert words[2].start_s == words[2].end_s == heard[0].end_s


def test_text_that_is_not_in_the_audio_is_reported_with_its_lines():
    heard = spoken("Der erste Satz steht hier. Der letzte Satz steht dort.")
    added = "Hier wurde von Hand ein langer neuer Gedanke\neingefügt, den niemand gesagt hat."
    findings = retimed(f"Ada M.:\nDer erste Satz steht hier. {added} Der letzte Satz steht dort.\n", heard).findings
    assert reported(findings) == ["2: (bis Zeile 3) 13 Wörter ab 00:01 sind im Ton nicht zu finden („Hier … hat.“)."]


def test_audio_that_is_not_in_the_text_is_reported_with_its_time():
    lost = " ".join(f"Wort{index}" for index in range(20)) + "."
    heard = spoken(f"Der erste Satz steht hier. {lost} Der letzte Satz steht dort.")
    findings = retimed("Ada M.:\nDer erste Satz steht hier. Der letzte Satz steht dort.\n", heard).findings
    assert len(findings) == 1
    assert reported(findings)[0].startswith("2: nach dieser Zeile: 20 Wörter von 00:01 bis 00:")


def test_a_left_out_greeting_is_reported_at_the_start():
    lost = " ".join(f"Wort{index}" for index in range(20)) + "."
    findings = retimed("Ada M.:\nDer letzte Satz steht dort.\n", spoken(f"{lost} Der letzte Satz steht dort.")).findings
    assert reported(findings)[0].startswith("0: am Anfang: 20 Wörter von 00:00")


def test_a_passage_moved_elsewhere_disturbs_no_other_word():
    heard = conversation(3000, seed=6)
    moved = [*heard[:400], *heard[500:2000], *heard[400:500], *heard[2000:]]
    result = retimed(f"Ada M.:\n{text_of(moved)}\n", heard)
    words = words_of(result.transcript)
    assert times([*words[:1900], *words[2000:]]) == times([*moved[:1900], *moved[2000:]])
    (told,) = reported(result.findings)
    assert "100 Wörter sind im Ton an anderer Stelle zu hören" in told
    assert result.moved_s == ((heard[400].start_s, heard[499].end_s),)


@pytest.mark.parametrize("corrected", [(), (3,), (3, 14)])
def test_a_moved_passage_is_told_once_with_its_lines_and_is_not_called_missing(corrected: tuple[int, ...]) -> None:
    heard = conversation(300, seed=8)
    passage = text_of(heard[100:120]).split(" ")
    for place in corrected:
        passage[place] = "Berichtigt"
    parts = (text_of(heard[:100]), text_of(heard[120:200]), " ".join(passage), text_of(heard[200:]))
    told = reported(retimed("Ada M.:\n" + "\n\n".join(parts) + "\n", heard).findings)
    assert len(told) == 1
    assert told[0].startswith("6: 20 Wörter sind im Ton an anderer Stelle zu hören, ab ")
    assert f"ab {clock(heard[100].start_s)} (nach Zeile 2);" in told[0]


def test_a_short_sentence_that_was_moved_is_told_and_a_common_phrase_is_not() -> None:
    first, second = conversation(60, seed=9)[:60], "Jede Stimme soll gleich laut sein."
    before, after = text_of(first[:30]), text_of(first[30:])
    heard = spoken(f"{before} {second} {after}")
    told = reported(retimed(f"Ada M.:\n{before} {after} {second}\n", heard).findings)
    assert [line for line in told if "6 Wörter sind im Ton an anderer Stelle zu hören" in line] == told != []
    lost = " ".join(f"weg{n}" for n in range(10)) + f" {second} " + " ".join(f"fort{n}" for n in range(10))
    added = " ".join(f"neu{n}" for n in range(10)) + " Jede Stimme soll gleich ruhen. " + "und so weiter " * 3
    told = reported(retimed(f"Ada M.:\n{before} {after} {added}\n", spoken(f"{before} {lost} {after}")).findings)
    assert not [line for line in told if "an anderer Stelle" in line]


def test_words_that_nobody_spoke_are_not_asked_for() -> None:
    heard = conversation(200, seed=10)
    text = "Ada M.:\n" + text_of([*heard[:50], *heard[80:]]) + "\n"
    manuscript = parse(text, speakers=SPEAKERS)

    def told(*not_spoken_s: tuple[float, float]) -> list[str]:
        recognition = recognition_of(heard)
        return reported(retime(manuscript, recognition, duration_s=900.0, not_spoken_s=not_spoken_s).findings)

    assert "30 Wörter von" in told()[0]
    assert told((heard[50].start_s, heard[79].end_s)) == []
    assert "15 Wörter von" in told((heard[50].start_s, heard[64].end_s))[0]


def test_a_moved_paragraph_is_reported_with_the_place_where_it_is_heard():
    sentences = [" ".join(f"{word}{n}" for n in range(10)) + "." for word in NUMBERS]
    heard = spoken(" ".join(sentences))
    moved = [*sentences[:1], *sentences[2:6], sentences[1], *sentences[6:]]
    result = retimed("Ada M.:\n" + "\n\n".join(moved) + "\n", heard)
    start_s = next(word.start_s for word in heard if word.text == "zweite0")
    (moved_line,) = [line for line in reported(result.findings) if "an anderer Stelle" in line]
    assert moved_line.startswith("12: 10 Wörter sind im Ton an anderer Stelle zu hören, ab 00:0")
    assert clock(start_s)[:4] in moved_line
    words = words_of(result.transcript)
    assert {word.certain for word in words if word.text.startswith("zweite")} == {False}


@pytest.mark.parametrize(
    ("kind", "word_s", "sentence_s"),
    [
        ("unchanged", 0.0, 0.0),
        ("speakers renamed, turns merged and split", 0.0, 0.0),
        ("15 % of the words changed", 0.2, 0.5),
        ("10 % of the sentences cut", 0.2, 1.0),
        ("10 % new sentences", 0.2, 0.5),
        ("a passage said twice, one copy cut", 0.0, 0.0),
        ("words changed, sentences cut and added", 0.2, 1.0),
    ],
)
def test_every_kind_of_edit_keeps_the_times_within_its_bound(kind, word_s, sentence_s):
    """`python benchmarks/retime.py` prints the whole table."""
    for seed in range(4):
        edited = KINDS[kind](conversation(2500, seed), seed)
        found = errors(edited, words_of(retimed(edited.text, edited.heard).transcript))
        assert found.at(0.5) <= 0.05
        assert found.at(0.95) <= word_s
        assert found.starts_at(0.95) <= sentence_s
        assert found.wrong_marked >= 0.95 * found.wrong
        assert found.right_marked <= 0.03 * len(found.words_s)


@pytest.mark.parametrize("seed", range(4))
def test_if_a_paragraph_moved_every_wrong_time_is_marked_and_few_are_wrong(seed):
    edited = KINDS["a paragraph moved"](conversation(2500, seed), seed)
    found = errors(edited, words_of(retimed(edited.text, edited.heard).transcript))
    assert found.wrong_marked == found.wrong > 10
    assert found.at(0.95) == 0


def test_a_wholly_rewritten_passage_is_reported_as_estimated():
    before, after = "Der erste Satz steht hier.", "Der letzte Satz steht dort."
    lost = " ".join(f"Wort{index}" for index in range(20)) + "."
    written = " ".join(f"Begriff{index}" for index in range(18)) + "."
    findings = retimed(f"Ada M.:\n{before} {written} {after}\n", spoken(f"{before} {lost} {after}")).findings
    assert len(findings) == 1
    assert reported(findings)[0].startswith("2: ab 00:0")


def _substitute(word: Word, dice: random.Random) -> str:
    return f"ersatz{dice.randrange(99)}" + ("." if word.text.endswith(".") else "")


def edited(heard: list[Word], share: float, seed: int) -> tuple[list[str], list[Word | None]]:
    """Change `share` of the words: a third replaced, a third deleted, a third followed by another; with the truth."""
    dice = random.Random(seed)
    tokens: list[str] = []
    truth: list[Word | None] = []
    for word in heard:
        kind = dice.choice(("replace", "delete", "insert")) if dice.random() < share else "keep"
        if kind != "delete":
            tokens.append(_substitute(word, dice) if kind == "replace" else word.text)
            truth.append(word)
        if kind == "insert":
            tokens.append(f"zusatz{dice.randrange(99)}")
            truth.append(None)
    return tokens, truth


@pytest.mark.parametrize("seed", range(5))
def test_at_15_percent_changed_words_the_times_stay_within_the_promised_bounds(seed):
    heard = conversation(3000, seed=seed)
    tokens, truth = edited(heard, 0.15, seed)
    words = timed(f"Ada M.:\n{' '.join(tokens)}\n", heard)
    errors = sorted(
        abs(word.start_s - true.start_s) for word, true in zip(words, truth, strict=True) if true is not None
    )
    assert statistics.median(errors) <= 0.05
    assert errors[int(len(errors) * 0.95)] <= 0.2
    assert errors[-1] <= 5.0


@pytest.mark.skipif(not SEED, reason="the editorial transcript lies outside the repository")
def test_a_real_transcript_keeps_its_times_through_corrections():
    speakers = [
        Speaker(name=name, slug=str(number))
        for number, name in enumerate(["Mareike Donath", "Axel Fick", "Silvia Rydlewicz", "Lars Bauer"])
    ]
    manuscript = parse(decode(SEED[0].read_bytes()), speakers=speakers)
    tokens = [token.text for turn in manuscript.turns for paragraph in turn.paragraphs for token in paragraph]
    said = spoken(" ".join(tokens))
    dice = random.Random(7)
    heard = [replace(word, text=f"{word.text}x") if dice.random() < 0.1 else word for word in said]
    words = words_of(retime(manuscript, recognition_of(heard), duration_s=said[-1].end_s).transcript)
    assert [word.text for word in words] == tokens
    assert max(abs(word.start_s - true.start_s) for word, true in zip(words, said, strict=True)) < 1.0


@settings(max_examples=150, deadline=None)
@given(
    written=st.lists(st.sampled_from(["und", "das", "Netz.", "–", "Ja!", "baut", "z.B.", "Ä"]), max_size=40),
    said=st.lists(
        st.tuples(
            st.sampled_from(["und", "das", "Netz.", "…", "ja", "baut", "neu"]),
            st.floats(-5, 90, allow_nan=False),
            st.floats(-5, 90, allow_nan=False),
        ),
        max_size=40,
    ),
    duration_s=st.floats(0, 60),
)
def test_any_words_written_or_heard_get_times_in_order(written, said, duration_s):
    heard = [Word(text=text, start_s=start_s, end_s=end_s, probability=0.5) for text, start_s, end_s in said]
    manuscript = parse(f"{HOST.name}:\n{' '.join(written)}\n", speakers=SPEAKERS)
    words = words_of(retime(manuscript, recognition_of(heard), duration_s=duration_s).transcript)
    assert [word.text for word in words] == written
    assert_in_order(words, duration_s)
