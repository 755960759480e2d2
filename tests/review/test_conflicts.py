"""What somebody else does to the file while it is being corrected: no word is lost, and one sentence says it."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from desk import FOLDER, MOMENT, PROJECT, TEXT, Page, make_show

from pipeline.build.locks import locked
from pipeline.paths import EpisodePaths
from pipeline.review.server import serving
from pipeline.review.session import ReviewSession

FIRST, SECOND = "Guten Tag", "Vielen Dank"


def mine(page: Page) -> tuple[str, tuple[int, int, list[str]]]:
    """The base and an edit of the first paragraph."""
    state = page.state()
    line = state["text"].split("\n")[1]
    return state["base"], (1, 2, [line.replace(FIRST, "Moin")])


def elsewhere(paths: EpisodePaths, old: str, new: str) -> None:
    """Another editor saves the file."""
    text = paths.transcript.read_text(encoding="utf-8")
    assert old in text
    paths.transcript.write_text(text.replace(old, new), encoding="utf-8")


def merged_and_saved(page: Page, answer: dict[str, object]) -> None:
    """What the page does without a conflict: it takes the merged text and saves it against the new base."""
    edits = [(edit["first"], edit["last"], edit["lines"]) for edit in answer["edits"]]  # type: ignore[attr-defined]
    assert page.put(str(answer["base"]), *edits).status == 200


def test_another_editor_saves_another_paragraph(page: Page, paths: EpisodePaths) -> None:
    base, edit = mine(page)
    elsewhere(paths, SECOND, "Besten Dank")
    answer = page.put(base, edit)
    assert answer.status == 409
    assert (answer.json["conflicts"], answer.json["known"]) == ([], True)
    assert answer.json["adopted"] == ["1 Stelle anderswo geändert, übernommen."]
    assert FIRST in paths.transcript.read_text(encoding="utf-8"), "nothing is written before the page agrees"
    merged_and_saved(page, answer.json)
    assert paths.transcript.read_text(encoding="utf-8") == TEXT.replace(FIRST, "Moin").replace(SECOND, "Besten Dank")
    assert not (paths.work / "review-konflikt.txt").exists()


def test_another_editor_saves_the_same_paragraph(page: Page, paths: EpisodePaths) -> None:
    base, edit = mine(page)
    elsewhere(paths, FIRST, "Hallo")
    answer = page.put(base, edit)
    assert answer.status == 409
    (conflict,) = answer.json["conflicts"]
    assert "Moin" in conflict["mine"][0]
    assert "Hallo" in conflict["theirs"][0]
    assert (conflict["first"], conflict["last"], answer.json["edits"]) == (1, 2, [])
    assert "Hallo" in paths.transcript.read_text(encoding="utf-8")
    assert "Moin" in (paths.work / "review-konflikt.txt").read_text(encoding="utf-8")


def test_somebody_deletes_the_file(page: Page, paths: EpisodePaths) -> None:
    base, edit = mine(page)
    paths.transcript.unlink()
    answer = page.put(base, edit)
    assert answer.status == 404
    assert answer.json["error"].startswith("Das Transkript gibt es nicht mehr")
    assert not paths.transcript.exists()
    assert "Moin" in (paths.work / "review-konflikt.txt").read_text(encoding="utf-8")
    assert page.put(base, edit, create=True).status == 200
    assert paths.transcript.read_text(encoding="utf-8") == TEXT.replace(FIRST, "Moin")


def test_a_speaker_is_renamed_everywhere(page: Page, paths: EpisodePaths) -> None:
    base, edit = mine(page)
    run("speaker", "rename", "Tom Takt", "Tom Taktvoll", "--yes", root=paths.root)
    answer = page.put(base, edit)
    assert (answer.status, answer.json["conflicts"]) == (409, [])
    merged_and_saved(page, answer.json)
    text = paths.transcript.read_text(encoding="utf-8")
    assert text == TEXT.replace(FIRST, "Moin").replace("Tom Takt:", "Tom Taktvoll:")
    assert [person["name"] for person in page.state()["speakers"]] == ["Tom Taktvoll", "Sina Silbe"]


def test_somebody_formats_the_transcript(tmp_path: Path) -> None:
    loose = TEXT.replace("Probe. Heute", "Probe.   Heute").replace("Tom Takt:\nWie", "Tom Takt ;\nWie")
    paths = make_show(tmp_path, text=loose)
    with serving(ReviewSession(tmp_path, "7", now=lambda: MOMENT), port=0) as running:
        page = Page(running.address)
        state = page.state()
        base = state["base"]
        line = state["text"].split("\n")[4]
        run("transcript", "format", "7", root=paths.root)
        answer = page.put(base, (4, 5, [line.replace(SECOND, "Besten Dank")]))
        assert (answer.status, answer.json["conflicts"]) == (409, [])
        merged_and_saved(page, answer.json)
    assert paths.transcript.read_text(encoding="utf-8") == TEXT.replace(SECOND, "Besten Dank")


def test_somebody_takes_the_draft_instead(page: Page, paths: EpisodePaths) -> None:
    base, edit = mine(page)
    draft = TEXT.replace(FIRST, "Gute Nacht").replace(SECOND, "Fielen Dank")
    paths.draft.write_text(draft, encoding="utf-8")
    from pipeline.editor.conflict import take_draft

    copy = take_draft(paths, moment=MOMENT)
    answer = page.put(base, edit)
    (conflict,) = answer.json["conflicts"]
    assert ("Moin" in conflict["mine"][0], "Gute Nacht" in conflict["theirs"][0]) == (True, True)
    assert paths.transcript.read_text(encoding="utf-8") == draft
    assert copy is not None
    assert copy.read_text(encoding="utf-8") == TEXT


def test_git_writes_the_file_with_other_line_ends(tmp_path: Path) -> None:
    paths = make_show(tmp_path, text=TEXT.replace("\n", "\r\n").encode())
    with serving(ReviewSession(tmp_path, "7", now=lambda: MOMENT), port=0) as running:
        page = Page(running.address)
        state = page.state()
        line = state["text"].replace("\r\n", "\n").split("\n")[1]
        paths.transcript.write_text(TEXT, encoding="utf-8")
        answer = page.put(state["base"], (1, 2, [line.replace(FIRST, "Moin")]))
        assert (answer.status, answer.json["conflicts"], answer.json["adopted"]) == (409, [], [])
        merged_and_saved(page, answer.json)
    assert paths.transcript.read_bytes() == TEXT.replace(FIRST, "Moin").encode()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "klein"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if os.name != "posix" or os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no small file system here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_the_disk_is_full(small_disk: Path) -> None:
    paths = make_show(small_disk, sound=False)
    with serving(ReviewSession(small_disk, "7", now=lambda: MOMENT), port=0) as running:
        page = Page(running.address)
        base, edit = mine(page)
        assert page.put(base, edit).status == 200
        filler = small_disk / "voll"
        with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="space"):
            while True:
                file.write(bytes(4096))
        base = page.state()["base"]
        answer = page.put(base, (1, 2, ["x" * 100_000]))
        assert (answer.status, answer.json["error"]) == (507, "Der Datenträger ist voll.")
        assert paths.transcript.read_text(encoding="utf-8") == TEXT.replace(FIRST, "Moin")
        filler.unlink()
        assert page.put(base, (1, 2, ["x" * 100_000])).status == 200


def test_the_folder_is_read_only(small_disk: Path) -> None:
    paths = make_show(small_disk, sound=False)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with serving(ReviewSession(small_disk, "7", now=lambda: MOMENT), port=0) as running:
        page = Page(running.address)
        base, edit = mine(page)
        answer = page.put(base, edit)
        assert (answer.status, answer.json["error"]) == (507, "Hier darf nicht geschrieben werden.")
        assert paths.transcript.read_text(encoding="utf-8") == TEXT
        subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
        assert page.put(base, edit).status == 200


def test_a_second_tab_only_reads_until_it_takes_over(page: Page, paths: EpisodePaths) -> None:
    base, edit = mine(page)
    second = Page(page.address, tab="tab-2")
    assert second.state()["owner"] is False
    answer = second.put(base, edit)
    assert (answer.status, "anderen Fenster" in answer.json["error"]) == (423, True)
    assert paths.transcript.read_text(encoding="utf-8") == TEXT
    assert second.send("POST", "owner", tab="tab-2", take=True).json == {"owner": True}
    assert second.put(base, edit).status == 200
    assert page.put(base, (0, 1, ["Böse:"])).status == 423
    second.send("POST", "owner", tab="tab-2", take=False)
    assert page.state()["owner"] is True


def test_a_second_server_on_the_same_folder_only_reads(page: Page, paths: EpisodePaths) -> None:
    base, edit = mine(page)
    with serving(ReviewSession(paths.root, "7", now=lambda: MOMENT), port=0) as running:
        other = Page(running.address, tab="tab-9")
        assert other.state()["owner"] is False
        assert other.put(base, edit).status == 423
        other.send("POST", "owner", tab="tab-9", take=True)
        assert other.put(base, edit).status == 200
        assert page.put(base, edit).status == 423
    assert page.state()["owner"] is True


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a server that can be killed needs fork")
def test_a_killed_server_owns_nothing(paths: EpisodePaths) -> None:
    """Nobody has to wait or to take over from a server that is no more."""
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()
    server = context.Process(target=_serve, args=(paths.root, there), daemon=True)
    server.start()
    base, edit = mine(Page(here.recv(), tab="alt"))
    server.kill()
    server.join()
    assert (paths.work / "review-owner.json").exists()
    with serving(ReviewSession(paths.root, "7", now=lambda: MOMENT), port=0) as running:
        page = Page(running.address, tab="neu")
        assert page.state()["owner"] is True
        assert page.put(base, edit).status == 200


def _serve(root: Path, connection: Connection) -> None:
    session = ReviewSession(root, "7", now=lambda: MOMENT)
    with serving(session, port=0) as running:
        connection.send(running.address)
        session.ended.wait()


def test_the_server_goes_and_comes_back_while_the_file_changes(paths: EpisodePaths) -> None:
    with serving(ReviewSession(paths.root, "7", now=lambda: MOMENT), port=0) as running:
        base, edit = mine(Page(running.address))
    elsewhere(paths, SECOND, "Besten Dank")
    with serving(ReviewSession(paths.root, "7", now=lambda: MOMENT), port=0) as running:
        page = Page(running.address)
        answer = page.put(base, edit)
        assert (answer.status, answer.json["known"], answer.json["conflicts"]) == (409, True, [])
        merged_and_saved(page, answer.json)
        stranger = page.put("0" * 64, (0, 1, ["Böse:"]))
        assert (stranger.status, stranger.json["known"]) == (409, False)
    assert paths.transcript.read_text(encoding="utf-8") == TEXT.replace(FIRST, "Moin").replace(SECOND, "Besten Dank")


def test_another_program_saves_it_in_another_encoding(page: Page, paths: EpisodePaths) -> None:
    base, edit = mine(page)
    paths.transcript.write_bytes(TEXT.replace(SECOND, "Schönen Dank").encode("cp1252"))
    answer = page.put(base, edit)
    assert (answer.status, answer.json["conflicts"]) == (409, [])
    merged_and_saved(page, answer.json)
    expected = TEXT.replace(FIRST, "Moin").replace(SECOND, "Schönen Dank")
    assert paths.transcript.read_bytes() == expected.encode("cp1252")
    assert page.state()["encoding"] == "Windows-1252"
    base = page.state()["base"]
    refused = page.put(base, (0, 1, ["Łukasz:"]))
    assert (refused.status, refused.json["kind"], "Ł" in refused.json["error"]) == (422, "encoding", True)
    assert paths.transcript.read_bytes() == expected.encode("cp1252")
    assert page.put(base, (0, 1, ["Łukasz:"]), as_utf8=True).status == 200
    assert paths.transcript.read_bytes() == expected.replace("Tom Takt:", "Łukasz:", 1).encode()


def test_a_run_of_make_episode_does_not_stop_anybody(page: Page, paths: EpisodePaths) -> None:
    base, edit = mine(page)
    assert page.state()["running"] is False
    (paths.work / ".staging").mkdir()
    with locked(paths.work / "lock", what="Die Folge", wait_s=0, on_wait=lambda: None):
        assert page.state()["running"] is True
        assert page.put(base, edit).status == 200
    assert page.state()["running"] is False
    assert paths.transcript.read_text(encoding="utf-8") == TEXT.replace(FIRST, "Moin")


def test_a_text_editor_that_saves_at_the_same_moment_wins(paths: EpisodePaths, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock does not stop a text editor: the last look at the file is just before it is replaced."""
    from pipeline.build import swap
    from pipeline.review.saving import Changed, TranscriptFile
    from pipeline.transcript.patch import TranscriptEdit

    file = TranscriptFile(paths, now=lambda: MOMENT)
    version = file.read()
    write_bytes = swap.write_bytes

    def interrupted(path: Path, content: bytes, **options: object) -> None:
        if path == paths.transcript:
            elsewhere(paths, SECOND, "Besten Dank")
        write_bytes(path, content, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(swap, "write_bytes", interrupted)
    done = file.save(version.base, [TranscriptEdit(first=1, last=2, lines=("Moin.",))])
    assert isinstance(done, Changed)
    assert paths.transcript.read_text(encoding="utf-8") == TEXT.replace(SECOND, "Besten Dank")


def test_a_lost_answer_is_asked_for_again(page: Page, paths: EpisodePaths) -> None:
    base, edit = mine(page)
    first, again = page.put(base, edit), page.put(base, edit)
    assert (first.status, again.status) == (200, 200)
    assert first.json == again.json == {"base": hashlib.sha256(paths.transcript.read_bytes()).hexdigest()}


def test_no_edits_do_not_touch_the_file(page: Page, paths: EpisodePaths) -> None:
    before = paths.transcript.stat().st_mtime_ns
    assert page.put(page.state()["base"]).status == 200
    assert paths.transcript.stat().st_mtime_ns == before
    assert not paths.kept_aside.exists()


def test_what_was_there_is_kept_once_and_can_be_read_again(page: Page, paths: EpisodePaths) -> None:
    base, edit = mine(page)
    base = page.put(base, edit).json["base"]
    page.put(base, (4, 5, ["Danke."]))
    (copy,) = page.ask("copies.json").json["copies"]
    assert page.ask(f"copies/{copy['id']}").json == {"text": TEXT}
    assert copy["words_changed"] == 16
    assert copy["moment"].startswith("03.03.2026, ")


def test_only_twenty_copies_stay_and_others_are_not_touched(paths: EpisodePaths) -> None:
    from pipeline.review.saving import TranscriptFile
    from pipeline.transcript.patch import TranscriptEdit

    kept = paths.kept_aside / f"{FOLDER}.2020-01-01-000000.txt"
    kept.parent.mkdir()
    kept.write_text("alt", encoding="utf-8")
    for number in range(25):
        file = TranscriptFile(paths, now=lambda: MOMENT)
        file.save(file.read().base, [TranscriptEdit(first=1, last=2, lines=(f"Satz {number}.",))])
    assert len(file.copies()) == 21
    assert kept.read_text(encoding="utf-8") == "alt"


def run(*arguments: str, root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "--root", str(root), *arguments],
        capture_output=True, text=True, cwd=PROJECT, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
