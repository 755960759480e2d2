"""Plain text is the house format again."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from transcript_samples import GUEST, HOST, SPEAKERS, spoken, transcript_of, words_of

from pipeline.transcript.editorial import parse
from pipeline.transcript.plaintext import render_plaintext
from pipeline.transcript.retime import retime


def test_labels_have_the_organisation_and_paragraphs_stay_separate():
    text = "Vorweg.\n\nAda Moderatorin:\nGuten Tag. Wie geht es?\n\nUnd sonst?\n\nBernd Gast [Amt]:\nGut.\n"
    transcript = retime(parse(text, speakers=SPEAKERS), None, duration_s=9.0).transcript
    assert render_plaintext(transcript, duration_s=9.0) == text


def test_an_empty_transcript_is_an_empty_text():
    assert render_plaintext(transcript_of(), duration_s=9.0) == ""


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([HOST, GUEST]), st.lists(st.text("aÄ.?*:„“1", min_size=1), min_size=1))))
def test_every_word_is_in_the_text_once_and_in_order(turns):
    transcript = transcript_of(*((speaker, spoken(" ".join(words))) for speaker, words in turns))
    blocks = render_plaintext(transcript, duration_s=9.0).split("\n")
    labels = {"Ada Moderatorin:", "Bernd Gast [Amt für Beispiele]:"}
    said = " ".join(line for line in blocks if line not in labels)
    assert said.split() == [word.text for word in words_of(transcript)]
    assert sum(line in labels for line in blocks) == len(turns)
