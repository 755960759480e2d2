"""Subtitles in a real browser: Chromium's own <track> reads every cue, every word and no two at once."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browsers import launched

from pipeline.german.sentences import sentence_ends
from pipeline.transcript.cues import make_cues
from pipeline.transcript.editorial import decode, parse
from pipeline.transcript.retime import retime
from pipeline.transcript.webvtt import render_webvtt
from pipeline.values.show import Speaker
from pipeline.values.transcript import Cue, Paragraph, Sentence, TimedWord, Transcript, Turn

if TYPE_CHECKING:
    from playwright.sync_api import Page

SEED = sorted((Path(__file__).parents[2] / "../shared/seed").glob("*.txt"))
SEED_SPEAKERS = ("Mareike Donath", "Axel Fick", "Silvia Rydlewicz", "Lars Bauer")

# Overlaps are counted as the browser counts them: a cue is active from its start to before its end.
READ_TRACK = """(address) => new Promise((done, fail) => {
    const media = document.createElement('video'), track = document.createElement('track');
    track.kind = 'captions'; track.src = address; track.default = true;
    track.onerror = () => fail('the browser cannot read the track');
    track.onload = () => {
        const cues = [...track.track.cues];
        done(cues.map((cue, i) => ({
            start: cue.startTime, end: cue.endTime, raw: cue.text, text: cue.getCueAsHTML().textContent,
            active: cues.slice(Math.max(0, i - 20), i + 20)
                .filter(other => other.startTime <= cue.startTime && cue.startTime < other.endTime).length,
        })));
    };
    media.append(track); document.body.append(media);
    track.track.mode = 'hidden';
})"""


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with launched() as browser:
        yield browser.new_page()


def read_by_chromium(page: Page, text: str) -> list[dict[str, Any]]:
    address = "data:text/vtt;base64," + base64.b64encode(text.encode("utf-8")).decode("ascii")
    cues: list[dict[str, Any]] = page.evaluate(READ_TRACK, address)
    return cues


def assert_chromium_reads(page: Page, transcript: Transcript, duration_s: float) -> None:
    written = make_cues(transcript, duration_s=duration_s).cues
    read = read_by_chromium(page, render_webvtt(transcript, duration_s=duration_s))
    assert [cue["text"] for cue in read] == ["\n".join(cue.lines) for cue in written]
    assert [(round(cue["start"], 3), round(cue["end"], 3)) for cue in read] == [_times(cue) for cue in written]
    assert {cue["active"] for cue in read} == {1}
    assert [cue["raw"].startswith("<v ") for cue in read] == [bool(cue.speaker) for cue in written]


def _times(cue: Cue) -> tuple[float, float]:
    return round(cue.start_s, 3), round(cue.end_s, 3)


def test_chromium_reads_every_cue_of_awkward_words_and_names(page: Page) -> None:
    words = "--> </script> ]]> <b>fett</b> &amp; & 5 < 7 Hörer*innen Zuhörer:innen NOTE also: „so“. Ja! WEBVTT " * 12
    names = ("", "Ada", "Müller & Söhne", "A < B > C", 'Dr. „Q“ "x" O\'Neil', "N" * 60)
    tokens = [*words.split()[:170], "w" * 200]
    timed = [TimedWord(text=text, start_s=i * 0.4, end_s=i * 0.4 + 0.3) for i, text in enumerate(tokens)]
    turns = tuple(
        Turn(speaker=name, organisation="", paragraphs=(_paragraph(timed[at : at + 30]),))
        for name, at in zip(names, range(0, len(timed), 30), strict=False)
    )
    assert_chromium_reads(page, Transcript(level="word", demo=True, model="demo", turns=turns), 600.0)


def _paragraph(words: list[TimedWord]) -> Paragraph:
    ends = sentence_ends([word.text for word in words])
    bounds = zip((0, *ends[:-1]), ends, strict=True)
    return Paragraph(sentences=tuple(Sentence(words=tuple(words[start:end])) for start, end in bounds))


@pytest.mark.skipif(not SEED, reason="the editorial transcript lies outside the repository")
def test_chromium_reads_every_cue_of_the_real_transcript(page: Page) -> None:
    speakers = [Speaker(name=name, slug=name) for name in SEED_SPEAKERS]
    manuscript = parse(decode(SEED[0].read_bytes()), speakers=speakers)
    assert_chromium_reads(page, retime(manuscript, None, duration_s=2044.0).transcript, 2044.0)
