"""Files that several processes and people change: read, decided and written under one lock, nothing is lost."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from pipeline.build.swap import Swap, content_of, short_lock
from pipeline.errors import BusyError, ChangedError

ROUNDS = 40


def count_up(root: Path, path: Path) -> None:
    for _ in range(ROUNDS):
        with short_lock(root) as swap:
            before = content_of(path)
            swap.write(path, str(int(before or b"0") + 1).encode(), before=before)


def test_two_processes_that_read_decide_and_write_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "transcripts/001-eins.txt"
    fresh = multiprocessing.get_context("spawn")
    running = [fresh.Process(target=count_up, args=(tmp_path, path)) for _ in range(2)]
    for process in running:
        process.start()
    for process in running:
        process.join()
    assert [process.exitcode for process in running] == [0, 0]
    assert content_of(path) == str(2 * ROUNDS).encode()


@pytest.mark.parametrize("there", [None, b"", b"von Hand"])
def test_a_file_that_is_not_as_it_was_read_is_kept(tmp_path: Path, there: bytes | None) -> None:
    path = tmp_path / "001-eins.txt"
    if there is not None:
        path.write_bytes(there)
    with short_lock(tmp_path) as swap, pytest.raises(ChangedError, match=r"001-eins.txt wurde inzwischen geändert"):
        swap.write(path, b"neu", before=b"gelesen")
    assert content_of(path) == there
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith(".")] == []


def test_a_file_is_compared_when_everything_else_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "001-eins.txt"
    path.write_bytes(b"gelesen")
    write = Path.write_bytes

    def somebody_saves(staged: Path, content: bytes) -> int:
        if staged != path:
            write(path, b"gespeichert")  # while our own file is being written beside it
        return write(staged, content)

    monkeypatch.setattr(Path, "write_bytes", somebody_saves)
    with short_lock(tmp_path) as swap, pytest.raises(ChangedError):
        swap.write(path, b"neu", before=b"gelesen")
    assert path.read_bytes() == b"gespeichert"


def test_who_waits_too_long_for_the_lock_is_told(tmp_path: Path) -> None:
    with short_lock(tmp_path), pytest.raises(BusyError), short_lock(tmp_path, wait_s=0.1):
        pass
    with short_lock(tmp_path) as swap:
        assert isinstance(swap, Swap)
