"""Subtitle files that keep to no standard are read as they are meant; rolling captions say every line once."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transcript_samples import SPEAKERS

from pipeline.errors import TranscriptError
from pipeline.transcript.imports.cue_lines import read_cues
from pipeline.transcript.imports.door import read_foreign

FIRST, SECOND = "00:00:01,000 --> 00:00:02,500", "00:01:04,000 --> 00:01:05,000"


def imported(text: str, suffix: str) -> str:
    return read_foreign(text.encode(), suffix, speakers=SPEAKERS).text


@pytest.mark.parametrize(
    "text",
    [
        f"1\n{FIRST}\nEins,\n\n2\n{SECOND}\nzwei.\n",
        f"{FIRST}\nEins,\n\n{SECOND}\nzwei.\n",
        f"{FIRST}\nEins,\n{SECOND}\nzwei.\n",
        f"1\n{FIRST}\nEins,\n2\n{SECOND}\nzwei.\n",
        f"1\n\n{FIRST}\nEins,\n\n2\n\n{SECOND}\nzwei.\n",
        f"1\n{FIRST}\n\nEins,\n\n2\n{SECOND}\n \nzwei.\n",
        f"1\n\n{FIRST}\n\nEins,\n\n\n2\n\n{SECOND}\n\nzwei.\n",
        f"1\n{FIRST}\nEins,\n\n2\n{SECOND}\nzwei.\n".replace(",000", ""),
        f"1\n{FIRST}\nEins,\n\n2\n{SECOND}\nzwei.\n".replace(",", "."),
        f"1\n{FIRST}\nEins,\n\n2\n{SECOND}\nzwei.\n".replace("00:00:", "00:").replace("00:01:", "01:"),
        f"1\n{FIRST}\nEins,\n\n2\n{SECOND}\nzwei.\n".replace("-->", "->"),
        f"1\n{FIRST}\nEins,\n\n2\n{SECOND}\nzwei.\n".replace(",000", ", 000"),
        f"1\n{FIRST} Eins,\n\n2\n{SECOND}\nzwei.\n",
        f"1\n{FIRST}  X1:100 X2:200\nEins,\n\n2\n{SECOND}\nzwei.\n",
        f"\ufeff1\r\n{FIRST}\r\nEins,\r\n\r\n2\r\n{SECOND}\r\nzwei.\r\n",
    ],
)
@pytest.mark.parametrize("suffix", [".srt", ".txt"])
def test_an_srt_file_is_read_however_it_numbers_times_and_divides_its_cues(text, suffix):
    assert imported(text, suffix) == "Eins, zwei.\n".replace("Eins,", "Eins." if "Eins." in text else "Eins,")


def test_an_srt_file_with_a_table_of_odd_forms_keeps_its_times():
    (first, second) = read_cues(f"{FIRST}\nEins.\n{SECOND.replace(',000', '')}\nzwei.\n", "srt")
    assert (first.start_s, first.end_s, second.start_s, second.end_s) == (1.0, 2.5, 64.0, 65.0)
    assert [line.number for line in (*first.lines, *second.lines)] == [2, 4]


@pytest.mark.parametrize(
    "text",
    [
        "WEBVTT\n00:01.000 --> 00:02.000\nEins,\n00:02.000 --> 00:03.000\nzwei.\n",
        "WEBVTT\n\n1\n00:01.000 --> 00:02.000\nEins,\n2\n00:02.000 --> 00:03.000\nzwei.\n",
        "WEBVTT\nKind: captions\nLanguage: de\n00:01.000 --> 00:02.000\nEins,\n\n00:02.000 --> 00:03.000\nzwei.\n",
        "WEBVTT\n\n00:01 --> 00:02\nEins,\n\n00:02 --> 00:03 align:start\nzwei.\n",
        "WEBVTT\n\nNOTE\n\nSTYLE\na\n\nid-1\n00:01.000 --> 00:02.000\nEins,\n\nid-2\n00:02.000 --> 00:03.000\nzwei.\n",
        "0:00:01.000,0:00:02.000\nEins,\n\n0:00:02.000,0:00:03.000\nzwei.\n",
    ],
)
def test_webvtt_and_youtubes_own_form_are_read_with_and_without_blank_lines(text):
    assert imported(text, ".vtt") == "Eins, zwei.\n"


@pytest.mark.parametrize("number", ["1990", "2024"])
def test_a_number_that_somebody_says_is_not_the_number_of_a_cue(number):
    assert imported(f"{FIRST}\nEins\n{SECOND}\n{number}\n{SECOND}\nzwei.\n", ".srt") == f"Eins {number} zwei.\n"
    assert imported(f"1\n{FIRST}\n{number}\n\n2\n{SECOND}\nzwei.\n", ".srt") == f"{number} zwei.\n"


def test_text_that_belongs_to_no_cue_is_named_with_its_line():
    for lost, form in (
        (f"Vorwort.\n\n{FIRST}\nEins.\n", "srt"),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\nE.\n\nLost.\n", "vtt"),
    ):
        with pytest.raises(TranscriptError, match=r"Zeile \d gehört zu keinem Untertitel") as caught:
            read_cues(lost, form)
        assert "Texteditor" in caught.value.advice


def test_a_file_that_is_not_what_its_name_says_is_not_told_to_be_renamed():
    with pytest.raises(TranscriptError) as caught:
        imported("Guten Tag.", ".srt")
    assert "umbenennen" not in caught.value.advice


def rolling(lines: list[str], *, tagged: bool) -> str:
    """Captions as YouTube makes them: each line grows, stands still for 10 ms, and moves up."""
    blocks = []
    before = " "
    for at, line in enumerate(lines):
        first, *others = line.split()
        grown = first + "".join(f"<00:00:{at:02}.500><c> {word}</c>" for word in others) if tagged else line
        times = f"00:00:{at * 2:02}.010 --> 00:00:{at * 2 + 2:02}.000"
        still = f"00:00:{at * 2 + 2:02}.000 --> 00:00:{at * 2 + 2:02}.010"
        blocks += [f"{times} align:start position:0%\n{before}\n{grown}", f"{still} align:start position:0%\n{line}\n "]
        before = line
    return "WEBVTT\nKind: captions\nLanguage: de\n\n" + "\n\n".join(blocks) + "\n"


@pytest.mark.parametrize("tagged", [True, False])
def test_rolling_captions_say_every_line_once(tagged):
    lines = ["guten tag und", "willkommen bei uns", "ja ja", "ja ja", "bis bald"]
    assert imported(rolling(lines, tagged=tagged), ".vtt") == " ".join(lines) + "\n"


def test_a_word_that_is_said_again_in_ordinary_subtitles_stays():
    cues = [f"00:00:{at:02}.000 --> 00:00:{at + 1:02}.000\nJa." for at in range(6)]
    assert imported("WEBVTT\n\n" + "\n\n".join(cues), ".vtt") == " ".join(["Ja."] * 6) + "\n"


_WORDS = st.lists(st.sampled_from(["ja", "gut", "12", "um", "drei"]), min_size=1, max_size=4).map(" ".join)


@settings(deadline=None, max_examples=60)
@given(st.lists(_WORDS, min_size=3, max_size=20), st.booleans())
def test_every_word_of_rolling_captions_is_read_once_and_in_order(lines, tagged):
    assert imported(rolling(lines, tagged=tagged), ".vtt").split() == " ".join(lines).split()


_GLUE = st.sampled_from(["\n", "\n\n", "\n\n\n"])


@settings(deadline=None, max_examples=80)
@given(st.lists(_WORDS.map("x {}".format), min_size=1, max_size=6), _GLUE, _GLUE, st.booleans(), st.booleans())
def test_every_word_of_a_loose_srt_file_is_read_once_and_in_order(said, after_number, between, numbered, exact):
    cues = []
    for at, words in enumerate(said):
        times = f"00:00:{at:02},000 --> 00:00:{at + 1:02},000"
        head = f"{at + 1}{after_number}" if numbered else ""
        cues.append(f"{head}{times if exact else times.replace(',000', '')}\n{words}")
    assert imported(between.join(cues), ".srt").split() == " ".join(said).split()
