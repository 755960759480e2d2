"""SRT as its readers see it: numbers, times, two short lines, names, and colons that AntennaPod reads correctly."""

from __future__ import annotations

import io
import re

import pytest
import webvtt
from readers import antennapod_srt
from transcript_samples import GOLDEN, GUEST, HOST, NOBLE, conversation, spoken, transcript_of

from pipeline.transcript.cues import SUBRIP, make_cues
from pipeline.transcript.srt import render_srt
from pipeline.values.show import Speaker

NBSP = "\u00a0"


def rendered(*turns):
    return render_srt(transcript_of(*turns), duration_s=100.0)


def payloads(text):
    return [block.split("\n", 2)[2] for block in text.rstrip("\n").split("\n\n")]


def shown(text):
    return [(part.speaker, " ".join(part.text.split())) for part in antennapod_srt(text)]


def test_the_file_is_as_expected(golden):
    opening = spoken("Guten Tag, liebe Zuhörer:innen. Unsere Frage heute: Wer bezahlt Netze & Dienste?", pause_s=1)
    answer = spoken("Das sage ich gleich: Wir alle, und zwar 9:30 Uhr --> also jetzt.", start_s=9.0)
    turns = ((None, spoken("[Musik]")), (HOST, opening), (NOBLE, answer), (NOBLE, spoken("Danke.", start_s=18)))
    golden(GOLDEN / "conversation.srt", rendered(*turns))


def test_cues_are_counted_and_times_have_commas():
    text = rendered((HOST, conversation(300, seed=3)))
    heads = re.findall(r"(?m)^(\d+)\n(\d\d:\d\d:\d\d,\d{3}) --> (\d\d:\d\d:\d\d,\d{3})$", text)
    assert [int(number) for number, _, _ in heads] == list(range(1, len(heads) + 1))
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


def test_no_line_is_longer_than_32_characters_and_no_cue_has_three():
    heard = conversation(1500, seed=8)
    text = render_srt(transcript_of((HOST, heard[:400]), (GUEST, heard[400:])), duration_s=heard[-1].end_s + 1)
    lines = [line for payload in payloads(text) for line in payload.split("\n")]
    assert max(map(len, lines)) <= 32
    assert max(payload.count("\n") for payload in payloads(text)) == 1


def test_a_name_appears_where_the_speaker_changes_and_nowhere_else():
    text = rendered((HOST, spoken("Ja.")), (HOST, spoken("Nein.", start_s=2)), (GUEST, spoken("Doch.", start_s=4)))
    assert payloads(text) == ["Ada Moderatorin: Ja.", "Nein.", "Bernd Gast: Doch."]
    assert shown(text) == [(HOST.name, "Ja. Nein."), (GUEST.name, "Doch.")]


def test_a_cue_with_a_name_ends_before_the_next_colon():
    text = rendered((HOST, spoken("Liebe Zuhörer:innen, hallo.")))
    assert payloads(text) == ["Ada Moderatorin: Liebe", "Zuhörer:innen, hallo."]
    assert shown(text) == [(HOST.name, "Liebe Zuhörer:innen, hallo.")]


@pytest.mark.parametrize(
    ("text", "payload"),
    [
        ("Zuhörer:innen hören zu.", f"Ada Moderatorin:{NBSP}\nZuhörer:innen hören zu."),
        ("Also: gut.", f"Ada Moderatorin:{NBSP}Also:{NBSP}gut."),
        ("Also:", f"Ada Moderatorin:{NBSP}Also:{NBSP}"),
    ],
)
def test_the_name_is_shown_as_text_if_the_first_word_has_a_colon(text, payload):
    made = rendered((HOST, spoken(text)))
    assert payloads(made) == [payload]
    assert shown(made) == [("", f"{HOST.name}: {text}")]


def test_a_name_with_a_colon_loses_no_word():
    made = rendered((Speaker(name="Sprecher:in 1", slug="s"), spoken("Guten Tag.")))
    assert shown(made) == [("", "Sprecher:in 1: Guten Tag.")]


def test_a_colon_at_the_end_of_a_line_or_a_cue_does_not_make_a_name():
    words = "Wir haben dann alle ganz lange gefragt: Was tun? Er sprach:"
    made = rendered((None, spoken(words)))
    assert ": " not in made
    assert not re.search(r":$", made, re.MULTILINE)
    assert "".join(text for _, text in shown(made)).split() == words.split()


def test_a_name_of_sixty_characters_takes_the_lines_and_its_words_stay():
    name = " ".join(["Beispielname"] * 4) + " Nummer 1"
    made = rendered((Speaker(name=name, slug="b"), spoken("Guten Tag zusammen.")))
    assert made.splitlines()[2].startswith("Beispielname")
    assert shown(made) == [(name, "Guten Tag zusammen.")]
    sheet = make_cues(transcript_of((Speaker(name=name, slug="b"), spoken("Ja."))), duration_s=9, form=SUBRIP)
    assert len(sheet.cues[0].lines) == 2


def test_an_independent_reader_finds_the_same_cues():
    heard = conversation(400, seed=5)
    made = transcript_of((HOST, heard[:200]), (GUEST, heard[200:]))
    duration_s = heard[-1].end_s + 1
    cues = make_cues(made, duration_s=duration_s, form=SUBRIP).cues
    captions = webvtt.from_buffer(io.StringIO(render_srt(made, duration_s=duration_s)), format="srt")
    assert [caption.text for caption in captions] == ["\n".join(cue.lines) for cue in cues]


def test_an_empty_transcript_is_an_empty_file():
    assert rendered() == ""
