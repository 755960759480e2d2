"""WebVTT as independent readers see it."""

from __future__ import annotations

import html
import io
import re
from typing import TYPE_CHECKING

import pytest
import webvtt
from hypothesis import given, settings
from hypothesis import strategies as st
from transcript_samples import GOLDEN, GUEST, HOST, NOBLE, spoken, transcript_of, words_of

from pipeline.transcript.cues import make_cues
from pipeline.transcript.webvtt import render_webvtt, webvtt_notices

if TYPE_CHECKING:
    from pipeline.values.transcript import Transcript


def read_back(text: str) -> list[webvtt.Caption]:
    return list(webvtt.from_buffer(io.StringIO(text)))


def sample(*, demo: bool = False) -> Transcript:
    opening = spoken(
        "Guten Tag, liebe Hörer*innen. Heute geht es um Netze & Dienste, und zwar im ganzen Land.", pause_s=1
    )
    answer = spoken("Sehr gerne! Seit dem 31. Mai gilt: 5 < 7, z.B. auf www.beispiel.invalid --> dort.", start_s=9.0)
    closing = spoken("Danke.", start_s=16.0)
    return transcript_of((None, spoken("[Musik]")), (HOST, opening), (NOBLE, answer), (HOST, closing), demo=demo)


@pytest.mark.parametrize(("name", "demo"), [("conversation", False), ("demo", True)])
def test_the_file_is_as_expected(golden, name, demo):
    golden(GOLDEN / f"{name}.vtt", render_webvtt(sample(demo=demo), duration_s=20.0, title="Netze & Dienste --> los"))


def test_an_independent_reader_finds_every_word_every_speaker_and_every_time():
    transcript = sample()
    captions = read_back(render_webvtt(transcript, duration_s=20.0))
    cues = make_cues(transcript, duration_s=20.0).cues
    words = [word for caption in captions for word in html.unescape(caption.text).split()]
    assert words == [word.text for word in words_of(transcript)]
    assert [html.unescape(caption.voice or "") for caption in captions] == [cue.speaker for cue in cues]
    assert [(caption.start_in_seconds, caption.end_in_seconds) for caption in captions] == [
        (int(cue.start_s), int(cue.end_s)) for cue in cues
    ]


def test_markup_characters_are_escaped_and_no_text_contains_an_arrow():
    text = render_webvtt(sample(), duration_s=20.0)
    assert "5 &lt; 7" in text
    assert "Netze &amp; Dienste" in text
    for line in text.splitlines():
        assert "-->" not in line or re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3} --> \d\d:\d\d:\d\d\.\d{3}", line)


def test_every_cue_of_a_speaker_names_the_speaker_and_text_before_any_label_names_nobody():
    blocks = render_webvtt(sample(), duration_s=20.0).strip().split("\n\n")[1:]
    assert "<v " not in blocks[0]
    assert all(re.search(r"\n<v [^<>\n]+>\S", block) for block in blocks[1:])


def test_a_demo_transcript_says_so_and_no_other_does():
    assert "NOTE Demo:" in render_webvtt(sample(demo=True), duration_s=20.0)
    assert "NOTE" not in render_webvtt(sample(), duration_s=20.0)


def test_an_empty_transcript_is_a_valid_file():
    assert render_webvtt(transcript_of(), duration_s=5.0) == "WEBVTT\n"
    assert read_back("WEBVTT\n") == []


def test_a_name_that_apps_show_wrongly_is_reported_once():
    odd = GUEST.__class__(name="Müller & Söhne", slug="mueller")
    transcript = transcript_of((HOST, spoken("Ja.")), (odd, spoken("Nein.")), (odd, spoken("Doch.")))
    (notice,) = webvtt_notices(transcript)
    assert "Müller & Söhne" in notice
    assert "<v Müller &amp; Söhne>" in render_webvtt(transcript, duration_s=9.0)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([HOST, GUEST, NOBLE]),
            st.lists(st.text("ab<>&-é.:;\"'\\#", min_size=1, max_size=12), min_size=1, max_size=20),
        ),
        max_size=4,
    )
)
def test_every_word_is_in_the_file_once_and_in_order(turns):
    transcript = transcript_of(
        *((speaker, spoken(" ".join(words), start_s=10 * index)) for index, (speaker, words) in enumerate(turns))
    )
    text = render_webvtt(transcript, duration_s=100.0)
    payload = [line for line in text.splitlines()[1:] if line and "-->" not in line]
    said = " ".join(re.sub(r"^<v [^<>]+>", "", line) for line in payload)
    assert html.unescape(said).split() == [word.text for word in words_of(transcript)]
    assert len(read_back(text)) == text.count("-->")
