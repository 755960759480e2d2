"""Who speaks in a foreign file: names in front of lines are labels, are asked for, or stay speech; none is guessed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transcript_samples import SPEAKERS

from pipeline.errors import TranscriptError
from pipeline.transcript.editorial import parse
from pipeline.transcript.imports.door import read_foreign
from pipeline.transcript.imports.passages import ImportedTranscript


def cues(*payloads: str) -> str:
    """A WebVTT file with these cues, numbered as Zoom does."""
    blocks = [
        f"{at}\n00:00:{at:02}.000 --> 00:00:{at:02}.900\n{payload}" for at, payload in enumerate(payloads, start=1)
    ]
    return "WEBVTT\n\n" + "\n\n".join(blocks) + "\n"


def read(text: str, suffix: str = ".vtt", **settled: str) -> ImportedTranscript:
    options = {name.replace("_", " "): meant for name, meant in settled.items()}
    return read_foreign(text.encode(), suffix, speakers=SPEAKERS, settled=options)


def turns(text: str, suffix: str = ".vtt", **settled: str) -> list[tuple[str, str]]:
    """What everybody says, as (label line without its colon, words); "" for text without a label."""
    made: list[tuple[str, str]] = []
    for block in read(text, suffix, **settled).text.split("\n\n"):
        first, _, rest = block.strip().partition("\n")
        if first.endswith(":"):
            made.append((first[:-1], " ".join(rest.split())))
        elif made:
            made[-1] = (made[-1][0], f"{made[-1][1]} {' '.join(block.split())}".strip())
        else:
            made.append(("", " ".join(block.split())))
    return made


def blocking(text: str, suffix: str = ".vtt") -> list[int]:
    return [finding.line for finding in parse(read(text, suffix).text, speakers=SPEAKERS).blocking]


def test_a_name_in_front_of_several_cues_is_a_label_even_if_it_is_one_word():
    text = cues("Christina: Willkommen", "Bernd Gast: Danke.", "Christina: Ja: sehr gut.", "und weiter.")
    assert turns(text) == [
        ("Christina", "Willkommen"),
        ("Bernd Gast", "Danke."),
        ("Christina", "Ja: sehr gut. und weiter."),
    ]
    assert blocking(text) == [1, 7]


@pytest.mark.parametrize("name", ["iPhone von Klara", "Redaktion/Tom", "Toms iPad", "Stralsund"])
def test_a_name_that_may_be_one_or_not_ends_the_import_with_its_line_and_the_option(name):
    text = cues("Bernd Gast: Hören Sie mich?", f"{name}: Ja, ich höre Sie.", "Bernd Gast: Gut.")
    with pytest.raises(TranscriptError) as caught:
        read(text)
    assert f"Zeile 9: „{name}: Ja, ich höre Sie.“" in caught.value.problem
    assert f"SPEAKER='{name}=" in caught.value.advice
    assert f"SPEAKER='{name}=" in caught.value.advice
    assert "nichts eingelesen" in caught.value.problem


def test_the_option_suggests_a_person_whose_name_is_in_it():
    with pytest.raises(TranscriptError) as caught:
        read(cues("iPad von Bernd: Ja.", "iPad von Bernd: Nein."))
    assert "SPEAKER='iPad von Bernd=Bernd Gast'" in caught.value.advice


def test_the_option_settles_who_it_is_or_that_it_is_text():
    text = cues("Ada Moderatorin: Hören Sie mich?", "iPad von Bernd: Ja.", "iPad von Bernd: Gut.")
    settled = {"iPad von Bernd": "Bernd Gast"}
    read_text = read_foreign(text.encode(), ".vtt", speakers=SPEAKERS, settled=settled).text
    assert read_text == "Ada Moderatorin:\nHören Sie mich?\n\nBernd Gast:\nJa. Gut.\n"
    as_text = read_foreign(text.encode(), ".vtt", speakers=SPEAKERS, settled={"iPad von Bernd": ""}).text
    assert as_text == "Ada Moderatorin:\nHören Sie mich? iPad von Bernd: Ja. iPad von Bernd: Gut.\n"


def test_an_option_for_a_name_that_the_file_does_not_have_is_an_error():
    with pytest.raises(TranscriptError, match="gibt es kein „Tom“"):
        read_foreign(cues("Ada M.: Ja.").encode(), ".vtt", speakers=SPEAKERS, settled={"Tom": "Bernd Gast"})


def test_an_option_gives_a_name_as_the_episode_spells_it_and_never_one_that_is_no_label():
    text = cues("Christina: Ja.", "Christina: Nein.").encode()
    made = read_foreign(text, ".vtt", speakers=SPEAKERS, settled={"Christina": "ada moderatorin"}).text
    assert made == "Ada Moderatorin:\nJa. Nein.\n"
    with pytest.raises(TranscriptError, match="„das bin ich“ kann keine Sprecherzeile sein"):
        read_foreign(text, ".vtt", speakers=SPEAKERS, settled={"Christina": "das bin ich"})


def test_all_lines_in_doubt_are_listed_at_once():
    names = [f"Gerät{n}x von Tom" for n in range(14)]
    with pytest.raises(TranscriptError, match="und 2 weitere") as caught:
        read(cues(*(f"{name}: Ja." for name in names)))
    assert caught.value.problem.count("Zeile ") == 12
    assert "SPEAKER='Gerät0x von Tom=" in caught.value.advice
    assert "; Gerät1x von Tom=" in caught.value.advice


def test_the_first_name_of_somebody_in_the_episode_is_a_label_that_blocks():
    text = cues("Ada Moderatorin: Hallo.", "Bernd: Hallo.", "Ada Moderatorin: Gut.")
    assert [name for name, _ in turns(text)] == ["Ada Moderatorin", "Bernd", "Ada Moderatorin"]
    assert len(blocking(text)) == 1


@pytest.mark.parametrize(
    "label",
    ["[SPEAKER_00]: ", "SPEAKER_01: ", "SPEAKER_01:", "(speaker 0) ", "Speaker 2: ", "Sprecher 1: ", "S04: ", "B1: "],
)
def test_a_label_that_a_program_made_up_becomes_a_numbered_voice_even_if_it_appears_once(label):
    text = cues("Ada Moderatorin: Wer da?", f"{label}Ich.", "Ada Moderatorin: Gut.")
    assert turns(text)[1] == ("Stimme 1", "Ich.")
    assert blocking(text) == [4]
    assert label.strip(" :[]()") in read(text).notices[0]


def test_interview_letters_are_voices_and_one_alone_is_asked_for():
    text = cues("I: Wie geht es?", "B: Gut.", "I: Schön.", "B: Ja.")
    assert [name for name, _ in turns(text)] == ["Stimme 1", "Stimme 2", "Stimme 1", "Stimme 2"]
    with pytest.raises(TranscriptError, match="„I: Wie geht es“"):
        read(cues("I: Wie geht es", "Gut."))


@pytest.mark.parametrize(
    "said",
    [
        "Frage: warum?",
        "Und dann: ja.",
        "Die Antwort: nein.",
        "Das ist so: ja.",
        "Zuhörer:innen sind da.",
        "12:30 Uhr: Beginn.",
        "Herzlichen Dank an alle: ja.",
        "https://beispiel.de ist es.",
        "[Beifall] Danke.",
        "(lacht) Danke.",
    ],
)
def test_words_before_a_colon_or_in_brackets_stay_speech(said):
    text = cues("Ada Moderatorin: Gut.", said, "Ada Moderatorin: So.")
    assert turns(text) == [("Ada Moderatorin", f"Gut. {said} So.")]


def test_what_might_have_been_a_name_is_told():
    notices = read(cues("Ada Moderatorin: Gut.", "Frage: warum?")).notices
    assert len(notices) == 1
    assert "Als Text gelesen: „Frage:“." in notices[0]
    assert "SPEAKER='Frage=Name'" in notices[0]


def test_question_and_answer_in_front_of_many_lines_are_asked_for():
    with pytest.raises(TranscriptError) as caught:
        read("Frage: Wie?\nAntwort: So.\nFrage: Und?\nAntwort: Auch so.\n", ".txt")
    assert "Zeile 1: „Frage: Wie?“" in caught.value.problem
    assert "Zeile 4: „Antwort: Auch so.“" in caught.value.problem


def test_a_line_inside_a_cue_may_begin_with_a_name_too():
    text = cues("- Ada Moderatorin: Ja?\n- Bernd: Nein.", "{\\an8}Ada Moderatorin: Gut.", "<i>Bernd: Schön.</i>")
    assert turns(text) == [
        ("Ada Moderatorin", "Ja?"),
        ("Bernd", "Nein."),
        ("Ada Moderatorin", "Gut."),
        ("Bernd", "Schön."),
    ]


def test_lines_with_dashes_are_said_by_different_people_in_a_file_that_names_its_speakers():
    text = cues("Ada Moderatorin: Ja.", "- Wie bitte?\n- Doch.", "Ada Moderatorin: Gut.")
    assert [name for name, _ in turns(text)] == ["Ada Moderatorin", "Stimme 1", "Stimme 2", "Ada Moderatorin"]
    assert turns(cues("- Wie bitte?\n- Doch.")) == [("", "- Wie bitte? - Doch.")]


@pytest.mark.parametrize("mark", ["&gt;&gt; Und jetzt?", ">> Und jetzt?"])
def test_a_change_without_a_name_is_a_voice_of_its_own(mark):
    text = cues("Ada Moderatorin: Ja.", mark, "Ada Moderatorin: Gut.")
    assert turns(text)[1] == ("Stimme 1", "Und jetzt?")
    assert "Wechsel ohne Namen: 1" in read(text).notices[0]


def test_the_mark_of_whisper_cpp_is_no_word_and_changes_the_voice():
    text = cues("Ada Moderatorin: Ja. [SPEAKER_TURN]", "Und jetzt?", "Bernd Gast: Gut. [SPEAKER_TURN]")
    assert turns(text) == [("Ada Moderatorin", "Ja."), ("Stimme 1", "Und jetzt?"), ("Bernd Gast", "Gut.")]


def test_names_of_cues_are_speakers_and_other_identifiers_are_not():
    times = "00:00:01.000 --> 00:00:02.000"
    text = f"WEBVTT\n\nSpeaker 1\n{times}\nJa.\n\nAda Moderatorin\n{times}\nNein.\n\nmarke-1\n{times}\nDoch.\n"
    assert turns(text) == [("Stimme 1", "Ja."), ("Ada Moderatorin", "Nein. Doch.")]


def test_all_voices_without_a_usable_name_are_asked_for_at_once():
    with pytest.raises(TranscriptError) as caught:
        read(cues("<v Konferenzraum 2.01>Ja.", "<v +49 170 ***12>Nein.", "<v Ada Moderatorin>Gut."))
    assert "„Konferenzraum 2.01“" in caught.value.problem
    assert "„+49 170 ***12“" in caught.value.problem
    assert "gehört es zum Text" not in caught.value.advice


def test_a_voice_whose_text_repeats_its_name_says_it_once():
    text = cues("<v S00>S00: Ja.", "<v S01>Sprecher: ", "<v S01>[00:01:16]", "<v S01>Nein.", "<v Ada M.>Ada M.: Doch.")
    assert turns(text) == [("Stimme 1", "Ja."), ("Stimme 2", "Nein."), ("Ada M.", "Doch.")]


def test_a_line_that_somebody_said_to_be_text_stays_text():
    text = cues("Ada Moderatorin: Gut.", "Stralsund: ein Erfolg.", "Stralsund: immer.")
    made = read_foreign(text.encode(), ".vtt", speakers=SPEAKERS, not_labels=("Stralsund",)).text
    assert made == "Ada Moderatorin:\nGut. Stralsund: ein Erfolg. Stralsund: immer.\n"


_NAMES = st.sampled_from(["Ada Moderatorin", "Christina", "SPEAKER_01", "Klang, Klara (Amt)", "I", ""])
_SAID = st.lists(st.sampled_from(["ja", "Nein.", "Um", "12:30", "Uhr.", "gut,", "sehr!"]), min_size=1, max_size=4)


@settings(deadline=None, max_examples=80)
@given(st.lists(st.tuples(_NAMES, _SAID), min_size=1, max_size=8))
def test_whoever_is_named_twice_says_exactly_the_words_behind_that_name(spoken):
    names = ("Ada Moderatorin", "Christina", "SPEAKER_01", "Klang, Klara (Amt)", "I")
    spoken += [(name, ["Ende."]) for name in names] * 2
    text = cues(*(f"{name}: {' '.join(words)}" if name else " ".join(words) for name, words in spoken))
    expected: list[tuple[str, list[str]]] = []
    for name, words in spoken:
        if not expected or name not in {"", expected[-1][0]}:
            expected.append((name, []))
        expected[-1][1].extend(words)
    made = [words.split() for _, words in turns(text)]
    assert made == [words for _, words in expected]


@pytest.mark.parametrize("sign", ["-", "*", ">", "_", "{\\x}", "[", "( ", "Klara ", "- ", "#00:", "\t"])
def test_a_long_row_of_signs_is_read_as_quickly_as_words(sign):
    """Each of these took minutes in a pattern that tried every way to divide them; the test would not end."""
    for suffix in (".txt", ".md"):
        assert "Ende" in read(f"Ada Moderatorin:\nAnfang.\n\n{sign * 5000} Ende.\n", suffix).text


def test_spaces_do_not_make_a_line_slow():
    assert read(f"Ada Moderatorin:\nAnfang{' ' * 20_000}Ende.\n", ".txt").text == "Ada Moderatorin:\nAnfang Ende.\n"
