"""The list of places to look at, and what people decide about them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from desk import FOLDER, MOMENT, TEXT, Page, make_show, recognised, spoken

from pipeline.editor.review_file import read_review
from pipeline.paths import EpisodePaths
from pipeline.review.judging import joined
from pipeline.review.server import serving
from pipeline.review.session import ReviewSession
from pipeline.values.json_files import to_json
from pipeline.values.speech import RecognitionFinding, SpeakerMap, SpeakerSpan

EXTRA = "Ja und das hier wurde wirklich auch noch ganz laut gesagt."


@contextmanager
def reviewed(root: Path) -> Iterator[Page]:
    with serving(ReviewSession(root, "7", now=lambda: MOMENT), port=0) as running:
        yield Page(running.address)


def of_kind(state: Any, kind: str) -> list[Any]:
    return [place for place in state["places"] if place["kind"] == kind]


def test_a_faultless_episode_has_no_places(page: Page) -> None:
    assert page.state()["places"] == []


def test_numbers_dates_and_addresses_are_places_once_and_last(tmp_path: Path) -> None:
    said = "Am 31. Mai kommen 40 Gäste, am 31. Mai also, und zwei mehr. Mehr steht unter beispiel.de im Netz."
    text = f"Tom Takt:\n{said}\n"
    make_show(tmp_path, text=text, recognition=recognised(spoken(text)))
    with reviewed(tmp_path) as page:
        figures = of_kind(page.state(), "figure")
    assert [text[place["from"] : place["to"]] for place in figures] == ["31. Mai", "40 Gäste,", "beispiel.de"]
    assert "31. Mai" in figures[0]["reason"]
    assert figures[0]["allows"] == ["heard", "mended"]


def test_every_kind_of_doubt_is_a_place_with_its_reason(tmp_path: Path) -> None:
    words = spoken(TEXT)
    heard = [*words[:14], *EXTRA.split(), *words[14:]]
    findings = [
        RecognitionFinding(kind="unheard", start_s=40.0, end_s=43.0, text=""),
        RecognitionFinding(kind="invented", start_s=20.0, end_s=21.0, text="Untertitel im Auftrag des ZDF"),
        RecognitionFinding(kind="suspicious", start_s=0.0, end_s=0.9, text="Guten Tag"),
        RecognitionFinding(kind="named", start_s=4.0, end_s=4.4, text="Heute", written="Häute"),
    ]
    text = TEXT.replace("willkommen", "Herr Tackt") + "\nStimme 3:\nNoch eine Stimme.\n"
    make_show(tmp_path, text=text, recognition=recognised(heard, findings=findings, Gespräch=0.2))
    with reviewed(tmp_path) as page:
        state = page.state()
    text = state["text"]
    kinds = {place["kind"]: place for place in state["places"]}
    assert set(kinds) == {"label", "lost", "missing", "name", "suspicious", "invented", "renamed", "word"}
    assert [place["from"] for place in state["places"]] == sorted(place["from"] for place in state["places"])

    def about(kind: str) -> str:
        return text[kinds[kind]["from"] : kinds[kind]["to"]]

    assert about("label") == "Stimme 3:"
    assert about("name") == "Tackt"
    assert kinds["name"]["replacement"] == "Takt"
    assert about("word") == "Gespräch"
    assert about("suspicious") == "Guten Tag"
    assert (about("renamed"), kinds["renamed"]["replacement"]) == ("Heute", "Häute")
    assert kinds["missing"]["from"] == kinds["missing"]["to"] == text.index("Hören.") + len("Hören.")
    assert "das hier wurde wirklich" in kinds["missing"]["reason"]
    assert (kinds["lost"]["start_ms"], kinds["lost"]["end_ms"]) == (40_000, 43_000)
    assert all(place["reason"].endswith((".", "“", "?")) for place in state["places"])


def test_voices_are_places_until_somebody_else_speaks_there(tmp_path: Path) -> None:
    paths = make_show(tmp_path)
    spans = (
        SpeakerSpan(start_s=0, end_s=7, speaker=0),
        SpeakerSpan(start_s=7, end_s=10, speaker=1, confidence=0.2),
        SpeakerSpan(start_s=10, end_s=13, speaker=1, confidence=0.2),
        SpeakerSpan(start_s=13, end_s=15.8, speaker=0),
        SpeakerSpan(start_s=15.8, end_s=20, speaker=1),
    )
    paths.speakers.write_text(to_json(SpeakerMap(method="clustering", count=2, spans=spans)), encoding="utf-8")
    with reviewed(tmp_path) as page:
        state = page.state()
        (unsure,) = of_kind(state, "unsure")
        assert TEXT[unsure["from"] : unsure["to"]].startswith("Vielen Dank")
        assert "Sina Silbe" in unsure["reason"]
        (mixed,) = of_kind(state, "mixed")
        assert TEXT[mixed["from"] : mixed["to"]] == "Wie hört man eigentlich richtig zu?"
        base = page.put(state["base"], (3, 4, ["Tom Takt:"])).json["base"]
        assert of_kind(page.send("POST", "retime").json, "unsure") == []
        assert page.send("POST", "retime").json["base"] == base


def test_doubtful_words_are_few_and_none_that_the_show_has_used(tmp_path: Path) -> None:
    words = [f"Zweifelhaft{number}" for number in range(1000)]
    odd = dict.fromkeys(words, 0.1)
    paths = make_show(
        tmp_path, sound=False, text="Tom Takt:\n" + " ".join(words) + "\n", recognition=recognised(words, **odd)
    )
    with reviewed(tmp_path) as page:
        found = of_kind(page.state(), "word")
        assert len(found) == 6  # 500 s: one in 90 s
        starts = sorted(place["start_ms"] for place in found)
        assert all(after - before >= 90_000 for before, after in pairwise(starts))
        known = [word for word in words if word != found[0]["text"]]
        (paths.transcript.parent / "006-davor.txt").write_text(f"Tom Takt:\n{' '.join(known)}\n", encoding="utf-8")
        assert [place["text"] for place in of_kind(page.state(), "word")] == [found[0]["text"]]


def lone_word(root: Path) -> EpisodePaths:
    return make_show(root, recognition=recognised(spoken(TEXT), Gespräch=0.2))


def test_a_settled_place_stays_settled_after_other_changes_and_a_restart(tmp_path: Path) -> None:
    paths = lone_word(tmp_path)
    with reviewed(tmp_path) as page:
        state = page.state()
        (place,) = state["places"]
        (settled,) = page.send("POST", "settle", place=place["id"], verdict="heard").json["places"]
        assert settled == {**place, "settled": "heard"}
        page.put(state["base"], (1, 2, ["Ein ganz anderer erster Satz steht jetzt hier."]))
        assert [entry["settled"] for entry in of_kind(page.send("POST", "retime").json, "word")] == ["heard"]
    with reviewed(tmp_path) as page:
        assert [entry["settled"] for entry in of_kind(page.state(), "word")] == ["heard"]
        (again,) = of_kind(page.state(), "word")
        page.send("POST", "settle", place=again["id"], verdict=None)
        assert [entry["settled"] for entry in of_kind(page.state(), "word")] == [None]
    assert read_review(paths).settled == ()


def test_another_recording_opens_it_again(tmp_path: Path) -> None:
    paths = lone_word(tmp_path)
    with reviewed(tmp_path) as page:
        (place,) = page.state()["places"]
        page.send("POST", "settle", place=place["id"], verdict="heard")
        timeline = paths.timeline.read_text(encoding="utf-8").replace("a" * 64, "b" * 64)
        paths.timeline.write_text(timeline, encoding="utf-8")
        assert [place["settled"] for place in page.state()["places"]] == [None]


@pytest.mark.parametrize(("place", "verdict"), [("gibt-es-nicht", "heard"), (None, "not_spoken"), (None, "gut")])
def test_a_place_is_settled_only_as_it_allows(tmp_path: Path, place: str | None, verdict: str) -> None:
    paths = lone_word(tmp_path)
    with reviewed(tmp_path) as page:
        (there,) = page.state()["places"]
        assert page.send("POST", "settle", place=place or there["id"], verdict=verdict).status == 400
    assert not paths.review.exists()


def test_what_nobody_says_is_noted_as_transcript_not_spoken_does(tmp_path: Path) -> None:
    words = spoken(TEXT)
    paths = make_show(tmp_path, recognition=recognised([*words[:14], *EXTRA.split(), *words[14:]]))
    with reviewed(tmp_path) as page:
        (place,) = page.state()["places"]
        (settled,) = page.send("POST", "settle", place=place["id"], verdict="not_spoken").json["places"]
        assert settled["settled"] == "not_spoken"
        (mark,) = read_review(paths).not_spoken
        assert (mark.start_s, mark.end_s, mark.heard) == (7.5, 11.9, EXTRA.removeprefix("Ja ").removesuffix(" gesagt."))
        (opened,) = page.send("POST", "settle", place=place["id"], verdict=None).json["places"]
        assert opened["settled"] is None
    assert read_review(paths).not_spoken == ()


def test_what_was_heard_is_one_sum_and_survives(page: Page, paths: EpisodePaths) -> None:
    assert page.send("POST", "seen", intervals=[[0, 3000], [2000, 5000]]).json == {"seen": [[0, 5000]]}
    page.send("POST", "seen", intervals=[[8000, 9000], [-5000, 100], [9000, 10**9], [4, 4]])
    length = page.state()["duration_ms"]
    assert page.state()["seen"] == [[0, 5000], [8000, length]]
    heard = read_review(paths).heard
    assert heard is not None
    assert heard.seconds == pytest.approx(5 + (length - 8000) / 1000)


def test_intervals_are_joined_in_order() -> None:
    assert joined([(5.0, 6.0), (0.0, 1.0), (1.0, 2.0), (1.5, 1.8), (7.0, 7.0)]) == ((0.0, 2.0), (5.0, 6.0))


def test_fertig_notes_the_text_and_ends_the_review(tmp_path: Path) -> None:
    paths = lone_word(tmp_path)
    paths.draft.write_text(TEXT.replace("kleinen", "feinen"), encoding="utf-8")
    session = ReviewSession(tmp_path, "7", now=lambda: MOMENT)
    with serving(session, port=0) as running:
        page = Page(running.address)
        page.send("POST", "seen", intervals=[[0, 3000]])
        answer = page.send("POST", "done", name="  Erika\nFremd ").json
        assert session.ended.is_set()
    proofread = read_review(paths).proofread
    assert proofread is not None
    assert answer["said_sha256"] == proofread.said_sha256
    assert (proofread.name, proofread.finished, proofread.heard_s) == ("Erika Fremd", MOMENT, 3.0)
    assert (proofread.changed_words, proofread.open_places) == (1, 1)
    fields = json.loads(paths.review.read_text(encoding="utf-8"))
    assert set(fields) == {"version", "heard", "proofread"}
    assert FOLDER not in paths.review.read_text(encoding="utf-8")
