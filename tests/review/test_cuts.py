"""Proposals for cuts on the review page: heard, heard without, taken, refused."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from browsers import until
from desk import EPISODE, MOMENT, Page, make_show, recognised

from pipeline.audio.ffmpeg import encode_stream
from pipeline.review.server import serving
from pipeline.review.session import ReviewSession

if TYPE_CHECKING:
    from desk import Visits

    from pipeline.paths import EpisodePaths

RATE_HZ = 44_100
SENTENCE = "Guten Tag und äh willkommen bei uns wir haben wir haben heute viel Zeit für alle"
WORDS = SENTENCE.split()
TEXT = f"Tom Takt:\n{SENTENCE}.\n"
FILLER, REPEAT = "äh", "wir haben"


@pytest.fixture
def cut_paths(tmp_path: Path) -> EpisodePaths:
    """An episode in which every word is a tone of 0.4 s, and 0.1 s are quiet behind it."""
    paths = make_show(tmp_path, text=TEXT, recognition=recognised(WORDS), sound=False)
    time = np.arange(round(0.5 * RATE_HZ)) / RATE_HZ
    word = 0.3 * np.sin(2 * np.pi * 220 * time) * (time < 0.4)
    noise = 0.0002 * np.random.default_rng(1).standard_normal(len(WORDS) * len(word))
    samples = (np.tile(word, len(WORDS)) + noise)[:, None].astype(np.float32)
    encode_stream([samples], paths.normalised, sample_rate_hz=RATE_HZ, channels=1, options=("-c:a", "flac"))
    paths.speakers.unlink()
    return paths


def test_the_server_proposes_and_a_refusal_stays(cut_paths: EpisodePaths) -> None:
    with serving(ReviewSession(cut_paths.root, "7", now=lambda: MOMENT), port=0) as running:
        page = Page(running.address)
        answer = page.ask("cuts.json").json
        assert [one["text"] for one in answer["proposals"]] == [FILLER, REPEAT]
        assert answer["current"] == []
        first = answer["proposals"][0]
        assert 1400 < first["start_ms"] <= 1500
        assert 1900 <= first["end_ms"] < 2000
        after = page.send("POST", "cut", cut=first["cut"], refused=True).json
        assert [one["refused"] for one in after["proposals"]] == [True, False]
        assert page.send("POST", "cut", cut="00:00:00.000-00:00:01.000", refused=True).status == 400
    with serving(ReviewSession(cut_paths.root, "7", now=lambda: MOMENT), port=0) as running:
        page = Page(running.address)
        assert [one["refused"] for one in page.ask("cuts.json").json["proposals"]] == [True, False]
        noted = json.loads(cut_paths.review.read_text(encoding="utf-8"))["settled"]
        assert [(entry["kind"], entry["text"]) for entry in noted] == [("cut", FILLER)]
        page.send("POST", "cut", cut=first["cut"], refused=False)
        assert [one["refused"] for one in page.ask("cuts.json").json["proposals"]] == [False, False]


def test_without_sound_it_says_what_to_do(tmp_path: Path) -> None:
    paths = make_show(tmp_path, sound=False)
    with serving(ReviewSession(paths.root, "7", now=lambda: MOMENT), port=0) as running:
        answer = Page(running.address).ask("cuts.json")
        assert answer.status == 404
        assert "make episode" in answer.json["advice"]


def test_cuts_are_heard_taken_and_refused_by_keyboard(visit: Visits, cut_paths: EpisodePaths) -> None:
    from axe_playwright_python.sync_playwright import Axe

    with visit(cut_paths) as page:
        until(page, "review.sound.ready")
        page.locator("#tab-places").focus()
        for _ in range(3):
            page.keyboard.press("ArrowRight")
        assert page.evaluate("document.activeElement.id") == "tab-cuts"
        until(page, "document.querySelectorAll('#panel-cuts li').length === 2")
        page.evaluate(
            """() => {
                window.heardAt = [];
                const look = () => {
                    if (review.sound.playing) heardAt.push(review.sound.ms);
                    requestAnimationFrame(look);
                };
                look();
            }"""
        )
        rows = page.locator("#panel-cuts li")
        rows.nth(0).get_by_role("button", name="Ohne hören").focus()
        page.keyboard.press("Enter")
        until(page, "heardAt.length > 5 && !review.sound.playing")
        heard = page.evaluate("heardAt")
        inside = [at for at in heard if 1600 < at < 1850]  # at most the frames that one look takes
        assert inside == []
        assert min(heard) < 500
        assert 3200 < max(heard) < 3900
        page.evaluate("heardAt.length = 0")
        rows.nth(0).get_by_role("button", name="Anhören").focus()
        page.keyboard.press("Enter")
        until(page, "heardAt.length > 5 && !review.sound.playing")
        assert [at for at in page.evaluate("heardAt") if 1600 < at < 1850]
        rows.nth(1).get_by_role("button", name="Nehmen").focus()
        page.keyboard.press("Space")
        assert page.evaluate("document.activeElement.getAttribute('aria-pressed')") == "true"
        block = page.get_by_label("Schnitte zum Einfügen").input_value()
        rows.nth(0).get_by_role("button", name="Bleibt drin").focus()
        page.keyboard.press("Enter")
        until(page, "document.querySelectorAll('#panel-cuts li.settled').length === 1")
        assert "Wieder öffnen" in page.evaluate("document.activeElement.textContent")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            found = Axe().run(page).response["violations"]
            assert [(entry["id"], [node["target"] for node in entry["nodes"]]) for entry in found] == []
        page.set_viewport_size({"width": 390, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    listed = tomllib.loads(block + EPISODE)["cut"]
    assert len(listed) == 1
    assert listed[0].startswith("00:00:03.4")
