"""The review's server: what it answers, and that it answers nobody but its own page."""

from __future__ import annotations

import hashlib
import http.client
import json
from pathlib import Path

import pytest
from desk import FOLDER, MOMENT, TEXT, Page, make_show

from pipeline.errors import MissingFileError, UsageError
from pipeline.paths import EpisodePaths
from pipeline.review.server import serving
from pipeline.review.session import ReviewSession


def test_the_page_has_a_nonce_of_its_own_and_the_strict_policy(page: Page) -> None:
    first, second = page.ask(""), page.ask("")
    policy = first.headers["Content-Security-Policy"]
    nonce = policy.partition("'nonce-")[2].partition("'")[0]
    assert len(nonce) >= 22
    assert f'<meta name="csp-nonce" content="{nonce}">' in first.body.decode()
    assert policy == (
        f"default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; connect-src 'self'; "
        "media-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert second.headers["Content-Security-Policy"] != policy
    for name in ("", "state.json", "codemirror.min.js", "audio", "gibt-es-nicht"):
        headers = page.ask(name).headers
        assert headers["Cache-Control"] == "no-store", name
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert not [key for key in headers if key.lower().startswith("access-control")]


def test_the_state_is_the_text_and_the_time_of_every_word(page: Page, paths: EpisodePaths) -> None:
    state = page.state()
    assert state["folder"] == FOLDER
    assert (state["text"], state["encoding"], state["level"]) == (TEXT, "UTF-8", "word")
    assert state["base"] == hashlib.sha256(paths.transcript.read_bytes()).hexdigest()
    times = [state["times"][place : place + 5] for place in range(0, len(state["times"]), 5)]
    words = [TEXT[first:last] for first, last, *_ in times]
    assert words == [word for line in TEXT.splitlines() if not line.endswith(":") for word in line.split()]
    assert [entry[2:] for entry in times[:2]] == [[0, 400, 1], [500, 900, 1]]
    assert [person["label"] for person in state["speakers"]] == ["Tom Takt:", "Sina Silbe [Wortlabor]:"]
    assert state["voices"] == [[0, 0, 7000], [1, 7000, 13000]]
    assert state["chapters"] == [{"start_ms": 0, "title": "Anfang", "reason": ""}]
    assert state["audio"] == {"url": "audio", "type": "audio/flac", "ready": True, "tracks": []}
    assert state["owner"] is True


def test_a_player_gets_the_part_it_asks_for(page: Page, paths: EpisodePaths) -> None:
    whole = paths.normalised.read_bytes()
    part = page.ask("audio", range="bytes=100-199")
    assert (part.status, part.body) == (206, whole[100:200])
    assert part.headers["Content-Range"] == f"bytes 100-199/{len(whole)}"
    assert page.ask("audio", range=f"bytes={len(whole)}-").status == 416
    assert page.ask("audio").body == whole


@pytest.mark.parametrize("name", ["state.json", "", "audio", "codemirror.min.js"])
def test_without_the_token_there_is_nothing(page: Page, name: str) -> None:
    token = page.address.rsplit("/", 2)[1]
    wrong = ("A" if token[0] != "A" else "B") + token[1:]
    for path in (f"/{name}", f"/k/{name}", f"/k/{wrong}/{name}", f"/k/{token[:-1]}/{name}", f"/k/{token}x/{name}"):
        assert page.ask(path).status == 404, path


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "localhost", "[::1]:80", "", None])
def test_another_host_is_refused(page: Page, host: str | None) -> None:
    assert page.ask("state.json", host=host).status in {400, 403}


def test_localhost_with_the_right_port_is_this_machine_too(page: Page) -> None:
    port = page.address.split(":")[2].split("/")[0]
    assert page.ask("state.json", host=f"localhost:{port}").status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": None}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": None}, 403),
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "application/x-www-form-urlencoded"}, 415),
        ({"content-type": None}, 415),
        ({"content-length": "5000001"}, 413),
        ({"content-length": "-1"}, 411),
        ({"content-length": "9" * 5000}, 413),
    ],
)
def test_a_write_that_is_not_the_pages_own_is_refused(
    page: Page, paths: EpisodePaths, headers: dict[str, str | None], status: int
) -> None:
    edits = [{"first": 0, "last": 1, "lines": ["Böse:"]}]
    body = json.dumps({"base": page.state()["base"], "tab": page.tab, "edits": edits}).encode()
    answer = page.ask("text", method="PUT", body=body, **headers)
    assert (answer.status, bool(answer.json["error"])) == (status, True)
    assert paths.transcript.read_text(encoding="utf-8") == TEXT
    assert page.ask("text", method="PUT", body=body).status == 200


def test_a_foreign_page_cannot_even_read(page: Page) -> None:
    assert page.ask("state.json", **{"sec-fetch-site": "cross-site"}).status == 403
    assert page.ask("audio", **{"sec-fetch-site": "same-site"}).status == 403


@pytest.mark.parametrize("name", ["text", "settle", "seen", "done", "owner", "retime"])
def test_a_get_never_writes(page: Page, paths: EpisodePaths, name: str) -> None:
    page.state()
    before = {path: path.read_bytes() for path in paths.root.rglob("*") if path.is_file()}
    assert page.ask(name).status == 404
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(page: Page, method: str) -> None:
    assert page.ask("state.json", method=method).status in {403, 405}


@pytest.mark.parametrize(
    "name",
    [
        "../../episodes/show.toml",
        "..%2f..%2fepisodes%2fshow.toml",
        "copies/../../../transcripts/007-probe.txt",
        "copies/007-probe",
        "audio/../episode.toml",
        "audio/0",
        "audio/99",
        "review.html",
        "__init__.py",
        "page/review.html",
        "/etc/passwd",
    ],
)
def test_names_of_files_never_come_from_the_request(page: Page, name: str) -> None:
    assert page.ask(name).status == 404


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b"\xff\xfe",
        b'{"base": 1, "tab": "tab-1", "edits": []}',
        b'{"base": "0", "tab": "tab-1", "edits": [{"first": 0, "last": 1, "lines": "x"}]}',
        b"[" * 100_000,
    ],
)
def test_a_body_that_the_page_never_sends_is_refused_in_german(page: Page, body: bytes) -> None:
    answer = page.ask("text", method="PUT", body=body)
    assert answer.status == 400
    assert answer.json["error"].startswith("Diese Anfrage")


@pytest.mark.parametrize(
    "edit", [(0, 0, ["x"]), (0, 99, ["x"]), (0, 1, []), (0, 1, ["a\nb"]), (-1, 1, ["x"]), (2, 1, ["x"])]
)
def test_edits_that_do_not_fit_change_nothing(
    page: Page, paths: EpisodePaths, edit: tuple[int, int, list[str]]
) -> None:
    assert page.put(page.state()["base"], edit).status == 400
    assert paths.transcript.read_text(encoding="utf-8") == TEXT


def test_odd_text_arrives_as_text(tmp_path: Path) -> None:
    odd = 'Tom Takt:\n<script>alert("1")</script> </script> \u202eRückwärts\u2028 & so.\n'
    make_show(tmp_path, text=odd)
    with serving(ReviewSession(tmp_path, "7", now=lambda: MOMENT), port=0) as running:
        answer = Page(running.address).ask("state.json")
        assert answer.json["text"] == odd
        assert answer.headers["Content-Type"] == "application/json"


def test_without_sound_and_without_words_it_still_corrects_text(tmp_path: Path) -> None:
    make_show(tmp_path, heard=False, sound=False)
    with serving(ReviewSession(tmp_path, "7", now=lambda: MOMENT), port=0) as running:
        page = Page(running.address)
        state = page.state()
        assert (state["audio"], state["peaks"], state["level"]) == (None, None, "none")
        assert any("kein Ton" in notice for notice in state["notices"])
        assert any("geschätzt" in notice for notice in state["notices"])
        assert state["times"][-3] <= state["duration_ms"]
        assert page.ask("audio").status == page.ask("peaks.bin").status == 404
        assert page.put(state["base"], (0, 1, ["Sina Silbe:"])).status == 200


def test_an_episode_without_a_transcript_says_what_to_do(tmp_path: Path) -> None:
    make_show(tmp_path).transcript.unlink()
    with pytest.raises(MissingFileError) as error:
        ReviewSession(tmp_path, "7", now=lambda: MOMENT)
    assert "make episode EPISODE=007-probe" in error.value.advice


def test_two_reviews_at_once_get_two_ports(paths: EpisodePaths) -> None:
    session = ReviewSession(paths.root, "7", now=lambda: MOMENT)
    with serving(session, port=None) as one, serving(session, port=None) as other:
        assert one.address.split("/")[2] != other.address.split("/")[2]
        port = int(one.address.split(":")[2].split("/")[0])
        with pytest.raises(UsageError), serving(session, port=port):
            pass


def test_the_server_is_gone_when_the_review_ends(paths: EpisodePaths) -> None:
    with serving(ReviewSession(paths.root, "7", now=lambda: MOMENT), port=0) as running:
        page = Page(running.address)
        page.state()
        assert (paths.work / "review-owner.json").exists()
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        page.state()
    assert not (paths.work / "review-owner.json").exists()


def test_the_vocabulary_is_what_the_show_says_and_whom_it_names(page: Page, paths: EpisodePaths) -> None:
    earlier = paths.transcript.with_name("006-davor.txt")
    earlier.write_text("Tom Takt:\nDas Kuratorium tagt, das Kuratorium plant.\n", encoding="utf-8")
    paths.transcript.write_text(TEXT.replace("kleinen", "winzigen"), encoding="utf-8")
    answer = page.ask("vocabulary.json")
    assert answer.status == 200
    counts = {entry["word"]: entry["count"] for entry in answer.json["words"]}
    assert counts["Kuratorium"] == 2
    assert counts["Silbe"] >= 5  # a name
    assert counts["kleinen"] == 1  # was only heard
    assert "winzigen" not in counts  # the page counts its own text
