"""Every word of the edited text appears once and in order in every output, as each reader reads it."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import pytest
import webvtt
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mutagen.id3 import ID3, USLT, Encoding
from readers import (
    Page,
    Shown,
    antennapod_json,
    antennapod_srt,
    antennapod_webvtt,
    browser_webvtt,
    podcasting_json,
)
from transcript_samples import SEED, transcript_of, words_of

from pipeline.notes.text import legal
from pipeline.transcript.editorial import decode, label_line, parse
from pipeline.transcript.html import render_html
from pipeline.transcript.outputs import render
from pipeline.transcript.plaintext import render_plaintext
from pipeline.transcript.printable import printable
from pipeline.transcript.retime import retime
from pipeline.transcript.srt import render_srt
from pipeline.transcript.webvtt import render_webvtt
from pipeline.values.show import Speaker
from pipeline.values.speech import Word
from pipeline.values.transcript import Transcript
from pipeline.values.transcript_formats import TRANSCRIPT_FORMATS, TranscriptFormat

SIXTY = "Prof. Dr. Anna-Maria von der Beispielhausen zu Testenfelde-X"  # sixty characters
NAMES = ("Ada", "Müller & Söhne", "A < B > C", "Dr. „Q“ O'N\"eil", "Sprecher:in 1", SIXTY)
SPEAKERS = [Speaker(name=name, slug="x", organisation="Amt <& Co>" if name == "Ada" else "") for name in NAMES]
_WORDS_TEXT = """
    --> </script> ]]> <!-- <b>fett</b> &amp; & &lt; <v {\\an8} 5 NOTE WEBVTT 00:00:01.000 Hörer*innen Zuhörer:innen
    Teilnehmer_innen also: : :: 9:30 „so“: gesagt:“ Ada: Ada:innen ` \\ ' " _ ** 31. Mai. Ja! … – #"""
WORDS = _WORDS_TEXT.split()
ODD = ["\x07Ton", "\x00", "\x1bRot", "\x9f", "w" * 200, "Wort\u00ad" + "ende", "\u200b", "\ufeff"]
word = st.one_of(
    st.sampled_from(WORDS + ODD),
    st.text(st.characters(exclude_categories=["Z", "Cs"]), min_size=1, max_size=40).filter(lambda t: t.split() == [t]),
)
turns = st.lists(
    st.tuples(
        st.sampled_from([*SPEAKERS, None]),
        st.lists(st.tuples(word, st.sampled_from([0.0, 0.02, 0.4, 2.5])), min_size=1, max_size=14),
    ),
    min_size=1,
    max_size=6,
)
DURATION_S = 200.0


def transcript(made: list[tuple[Speaker | None, list[tuple[str, float]]]]) -> Transcript:
    now_s, spoken_turns = 0.0, []
    for speaker, entries in made:
        words = []
        for text, length_s in entries:
            words.append(Word(text=text, start_s=round(now_s, 3), end_s=round(now_s + length_s, 3), probability=1))
            now_s += length_s
        spoken_turns.append((speaker, words))
    return transcript_of(*spoken_turns)


def texts(shown: list[Shown]) -> list[str]:
    return [text for part in shown for text in part.words]


def without_invisible(words: list[str]) -> list[str]:
    """The words without the characters that jsoup drops."""
    return [left for text in words if (left := text.replace("\u200b", "").replace("\u00ad", ""))]


def attributed(shown: list[Shown]) -> list[tuple[str, str]]:
    return [(part.speaker, text) for part in shown for text in part.words]


def written(clean: Transcript) -> list[str]:
    return [word.text for word in words_of(clean)]


def expected_attribution(clean: Transcript) -> list[tuple[str, str]]:
    return [(turn.speaker, text.text) for turn in clean.turns for text in words_of(replace(clean, turns=(turn,)))]


def labelled_words(clean: Transcript, *, everywhere: bool) -> list[str]:
    """The words with the labels in front of turns: of all turns, or of those whose label SRT shows as text."""
    found, speaking = [], ""
    for turn in clean.turns:
        words = [text.text for text in words_of(replace(clean, turns=(turn,)))]
        if everywhere and turn.speaker:
            found += label_line(turn.speaker, turn.organisation).split()
        elif not everywhere and turn.speaker not in ("", speaking) and ":" in turn.speaker + words[0]:
            found += f"{turn.speaker}:".split()
        found += words
        speaking = turn.speaker
    return found


def pasted_html(text: str) -> list[str]:
    page = Page(text)
    assert set(page.tags) <= {("p", ()), ("strong", ())}
    return texts(page.paragraphs)


# Suffix → programs that read the format: what each shows of a file, and what it should show of a transcript.
Reader = tuple[Callable[[str], list], Callable[[Transcript], list]]
READERS: dict[str, tuple[Reader, ...]] = {
    ".txt": ((str.split, lambda clean: labelled_words(clean, everywhere=True)),),
    ".vtt": (
        (lambda text: attributed(browser_webvtt(text)), expected_attribution),
        (lambda text: texts(antennapod_webvtt(text)), lambda clean: without_invisible(written(clean))),
    ),
    ".srt": ((lambda text: texts(antennapod_srt(text)), lambda clean: labelled_words(clean, everywhere=False)),),
    ".html": ((pasted_html, written),),
    ".json": (
        (lambda text: attributed(podcasting_json(text)), expected_attribution),
        (lambda text: texts(antennapod_json(text)), written),
    ),
}


@pytest.mark.parametrize("form", TRANSCRIPT_FORMATS, ids=lambda form: form.suffix)
def test_every_format_has_a_reader_of_its_own_that_looks_for_every_word(form):
    clean = printable(transcript([(SPEAKERS[0], [("Moin,", 0.4), ("Ada.", 0.4)]), (SPEAKERS[4], [("Ja.", 0.4)])]))
    expected = [word for _, expect in readers_of(form) for word in expect(clean)]
    assert set(written(clean)) <= {word[1] if isinstance(word, tuple) else word for word in expected}


def readers_of(form: TranscriptFormat) -> tuple[Reader, ...]:
    assert form.suffix in READERS, (
        f"No program reads transkript{form.suffix} ({form.label}) in tests: write a small model of one in readers.py "
        "and add it to READERS in test_outputs.py"
    )
    return READERS[form.suffix]


def assert_every_reader_finds_every_word(edited: Transcript, duration_s: float) -> None:
    clean = printable(edited)
    for form in TRANSCRIPT_FORMATS:
        text = render(form, edited, duration_s=duration_s)
        for read, expect in readers_of(form):
            assert read(text) == expect(clean), form.suffix
    timed = Page(render_html(edited, duration_s=duration_s, times=True))
    assert texts(timed.paragraphs) == written(clean)
    assert set(timed.tags) <= {("p", ()), ("strong", ()), ("time", ("datetime",))}
    plain = render_plaintext(edited, duration_s=duration_s)
    assert lyrics(plain) == plain


def lyrics(text: str) -> str:
    """The text as it comes back from the tag of an MP3."""
    file = io.BytesIO()
    tags = ID3()
    tags.add(USLT(encoding=Encoding.UTF16, lang="deu", desc="", text=legal(text)))
    tags.update_to_v23()
    tags.save(file, v2_version=3)
    return str(ID3(io.BytesIO(file.getvalue())).getall("USLT")[0].text)


@settings(max_examples=120)
@given(made=turns)
@example(made=[(SPEAKERS[0], [("Ja:", 0.4)]), (SPEAKERS[4], [("Gut:", 0.4), ("so", 0.4)]), (SPEAKERS[0], [("a:b", 9)])])
@example(made=[(speaker, [(text, 0.4) for text in WORDS + ODD]) for speaker in SPEAKERS])
def test_every_word_stands_once_and_in_order_in_every_output_whatever_the_text(made):
    assert_every_reader_finds_every_word(transcript(made), DURATION_S)


@settings(max_examples=60)
@given(made=turns.filter(lambda made: all(speaker is not None for speaker, _ in made)))
def test_antennapod_names_the_right_speaker_unless_a_colon_or_an_ampersand_is_in_the_way(made):
    edited = transcript([(speaker, [(t.replace(":", "-"), s) for t, s in said]) for speaker, said in made])
    clean = printable(edited)
    if not any(":" in turn.speaker for turn in clean.turns):
        assert attributed(antennapod_srt(render_srt(edited, duration_s=DURATION_S))) == expected_attribution(clean)
    if not any(sign in turn.speaker for turn in clean.turns for sign in "&<>"):
        shown = antennapod_webvtt(render_webvtt(edited, duration_s=DURATION_S))
        expected = [(name, left) for name, text in expected_attribution(clean) for left in without_invisible([text])]
        assert attributed(shown) == expected


def test_only_control_characters_are_left_out():
    edited = transcript([(SPEAKERS[0], [("\x00", 1), ("\x07Ton", 1), ("\x1b", 1), ("gut.", 1)]), (None, [("\x01", 1)])])
    assert written(printable(edited)) == ["Ton", "gut."]
    assert len(printable(edited).turns) == 1
    assert printable(printable(edited)) == printable(edited)


@pytest.mark.skipif(not SEED, reason="the editorial transcript lies outside the repository")
def test_every_reader_finds_every_word_of_the_real_transcript():
    who = ["Mareike Donath", "Axel Fick", "Silvia Rydlewicz", "Lars Bauer"]
    manuscript = parse(decode(SEED[0].read_bytes()), speakers=[Speaker(name=name, slug=name) for name in who])
    typed = [token.text for turn in manuscript.turns for paragraph in turn.paragraphs for token in paragraph]
    edited = retime(manuscript, None, duration_s=2044.0).transcript
    assert written(edited) == typed
    assert_every_reader_finds_every_word(edited, 2044.0)
    vtt, srt = render_webvtt(edited, duration_s=2044.0), render_srt(edited, duration_s=2044.0)
    captions = webvtt.from_buffer(io.StringIO(vtt))
    assert [text for caption in captions for text in caption.text.split()] == typed
    subtitles = webvtt.from_buffer(io.StringIO(srt), format="srt")
    assert len(subtitles) == srt.count(" --> ")
    names = {f"{name}:" for name in who}
    said = " ".join(caption.text for caption in subtitles)
    for name in names:
        said = said.replace(name, "")
    assert said.split() == typed
