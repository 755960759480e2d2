"""Time marks of other programs are times, never words; times that somebody says stay words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_imports_prefixes import turns
from transcript_samples import SPEAKERS

from pipeline.transcript.editorial import parse
from pipeline.transcript.imports.door import read_foreign
from pipeline.transcript.imports.marks import ending_time, leading_time, seconds_of, without_marks
from pipeline.transcript.proofread import proofread


@pytest.mark.parametrize(
    ("line", "text", "time_s"),
    [
        ("Gut. #00:00:05-0#", "Gut.", 5.0),
        ("#00:01:05-3# Gut.", "Gut.", 65.0),
        ("[00:00:04] Gut.", "Gut.", 4.0),
        ("[00:04.5] Gut.", "Gut.", 4.5),
        ("Gut [01:02:03,25], ja.", "Gut, ja.", 3723.25),
        ("[00:00.000 --> 00:05.000]  Gut.", "  Gut.", 0.0),
        ("[00:00:04 - 00:00:09] Gut.", " Gut.", 4.0),
        ("00:00:01.2 --> 00:00:04.0", "", 1.2),
        ("(00:04) Gut.", "Gut.", 4.0),
        ("Gut (00:00:04), ja.", "Gut, ja.", 4.0),
        ("{00:04} Gut.", "Gut.", 4.0),
        ("<00:04> Gut.", "Gut.", 4.0),
        ("00:00:04:12 - [00:00:04:12]", "00:00:04:12 -", 4.0),
        ("[00:04][00:05] Gut.", "Gut.", 4.0),
        ("Es ist 12:30 Uhr.", "Es ist 12:30 Uhr.", None),
        ("Um eins (12:30) geht es los.", "Um eins (12:30) geht es los.", None),
        ("Es steht 3:2 [lacht].", "Es steht 3:2 [lacht].", None),
        ("#digitalesMV #1", "#digitalesMV #1", None),
    ],
)
def test_marks_are_taken_out_with_their_first_time(line, text, time_s):
    left, found = without_marks(line)
    assert left.strip() == text.strip()
    assert found == time_s


def test_times_at_the_edges_of_lines_are_read():
    assert leading_time("00:04 Klara: Ja.") == (4.0, "Klara: Ja.")
    assert leading_time("00:00:04 - Klara") == (4.0, "Klara")
    assert leading_time("Um 00:04") is None
    assert ending_time("Klara Klang   1:02:11") == ("Klara Klang", 3731.0)
    assert ending_time("Klara Klang (00:03):") == ("Klara Klang", 3.0)
    assert ending_time("Klara Klang 1 Minute 3 Sekunden") == ("Klara Klang", 63.0)
    assert ending_time("Klara Klang") is None


@given(st.integers(0, 99 * 3600), st.integers(0, 999))
def test_a_time_is_read_as_it_was_written(whole, thousandths):
    hours, minutes, seconds = whole // 3600, whole // 60 % 60, whole % 60
    assert seconds_of(f"[{hours:02}:{minutes:02}:{seconds:02}.{thousandths:03}]") == pytest.approx(
        whole + thousandths / 1000
    )


HOST, GUEST = "Ada Moderatorin", "Bernd Gast"


@pytest.mark.parametrize(
    "text",
    [
        f"00:04 {HOST}: Guten Tag.\n00:09 {GUEST}: Gern, um 12:30 Uhr.\n",
        f"00:00:05\t{HOST}:\tGuten Tag.\n00:00:09\t{GUEST}:\tGern, um 12:30 Uhr.\n",
        f"00:00:05\t{HOST}\tGuten Tag.\n00:00:09\t{GUEST}\tGern, um 12:30 Uhr.\n",
        f"[{HOST}] 10:02:11\nGuten Tag.\n\n[{GUEST}] 10:02:15\nGern, um 12:30 Uhr.\n",
        f"10:02:11\t From {HOST} to Everyone:\n\tGuten Tag.\n10:02:15\t From {GUEST} : Gern, um 12:30 Uhr.\n",
        f"{HOST}   0:03\nGuten Tag.\n{GUEST}   1:00:09\nGern, um 12:30 Uhr.\n",
        f"{HOST} (00:03):\nGuten Tag.\n\n{GUEST} (00:12): Gern, um 12:30 Uhr.\n",
        f"{HOST} [00:03]: Guten Tag.\n{GUEST} [00:12]: Gern, um 12:30 Uhr.\n",
        f"{HOST} 00:03: Guten Tag.\n{GUEST} 00:12: Gern, um 12:30 Uhr.\n",
        f"{HOST} — 00:03\nGuten Tag.\n{GUEST} — 00:12\nGern, um 12:30 Uhr.\n",
        f"{HOST}, 00:03 Uhr: Guten Tag.\n{GUEST}, 00:12 Uhr: Gern, um 12:30 Uhr.\n",
        f"0:03\n{HOST}\nGuten Tag.\n0:12\n{GUEST}\nGern, um 12:30 Uhr.\n",
        f"{HOST}\tGuten Tag.\n{GUEST}\tGern, um 12:30 Uhr.\n",
        f"{HOST} | 00:03\nGuten Tag.\n{GUEST} | 00:12\nGern, um 12:30 Uhr.\n",
        f"{HOST}: [00:00:03]\nGuten Tag.\n{GUEST}: [00:00:12]\nGern, um 12:30 Uhr.\n",
        f"{HOST}: Guten Tag. #00:00:05-0#\n\n{GUEST}: Gern, um 12:30 Uhr. #00:00:12-4#\n",
        f"00:00:00.680 --> 00:00:12.8\n{HOST}:\nGuten Tag.\n\n00:12.9 --> 00:25.9\n{GUEST}:\nGern, um 12:30 Uhr.\n",
        f"[00:00.000 --> 00:05.000]  {HOST}: Guten Tag.\n[00:05.000 --> 00:09.000]  {GUEST}: Gern, um 12:30 Uhr.\n",
        f"00:00:01 {HOST}\nGuten Tag.\n00:00:09 {GUEST}\nGern, um 12:30 Uhr.\n",
    ],
)
def test_a_text_with_times_says_who_said_what_without_them(text):
    assert turns(text, ".txt") == [(HOST, "Guten Tag."), (GUEST, "Gern, um 12:30 Uhr.")]


def test_times_that_are_said_at_the_start_of_lines_stay_words():
    text = f"{HOST}:\nSo geht es:\n\n10:00 Uhr Beginn.\n\n12:30 Uhr Pause.\n\n3:2 steht es.\n"
    assert turns(text, ".txt") == [(HOST, "So geht es: 10:00 Uhr Beginn. 12:30 Uhr Pause. 3:2 steht es.")]


def test_a_time_before_the_colon_of_one_line_stays_a_word():
    text = f"{HOST}:\nSo ist es.\n\nTreffen Schwerin, 12:30 Uhr: am Markt.\n"
    assert turns(text, ".txt") == [(HOST, "So ist es. Treffen Schwerin, 12:30 Uhr: am Markt.")]


def test_times_in_lines_of_their_own_divide_no_sentence():
    assert turns("0:03\nGuten Tag und\n0:06\nwillkommen bei\n0:09\nuns allen.\n", ".txt") == [
        ("", "Guten Tag und willkommen bei uns allen.")
    ]


def test_times_of_a_list_make_paragraphs():
    pieces = "".join(f"[00:{at:02}:00] Dies ist ein Satz mit genau zehn Wörtern, sehr schön.\n" for at in range(30))
    made = read_foreign(pieces.encode(), ".txt", speakers=SPEAKERS).text
    assert [len(paragraph.split()) for paragraph in made.split("\n\n")] == [150, 150]


def test_a_transcript_with_time_marks_is_never_without_findings():
    text = f"{HOST}:\nGut. #00:00:05-0#\n\n{GUEST}:\nJa [00:04] gut.\n"
    found = proofread(parse(text, speakers=SPEAKERS), text.encode(), SPEAKERS)
    assert [finding.line for finding in found if "Zeitmarken (2×" in finding.text] == [2]
