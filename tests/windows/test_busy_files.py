"""Files that another program has open on Windows: tried again for some seconds, then a German message."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.build import system
from pipeline.build.files import storage_error, write_text
from pipeline.build.left_over import aimed_at, staged_name
from pipeline.cli.net import file_problem
from pipeline.errors import StorageError


def windows_error(number: int, path: str, code: int = errno.EACCES) -> OSError:
    error = OSError(code, "as Windows says", path)
    error.winerror = number  # type: ignore[attr-defined]
    return error


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were made; none takes time."""
    made: list[float] = []
    monkeypatch.setattr(system.time, "sleep", made.append)
    return made


def refusing(monkeypatch: pytest.MonkeyPatch, name: str, times: int, number: int) -> None:
    """Make a function of `os` fail as often as `times` says, as for a file that another program has open."""
    real = getattr(os, name)
    left = [times]

    def refuse(path: str, *arguments: object, **options: object) -> object:
        if left[0]:
            left[0] -= 1
            raise windows_error(number, os.fspath(path))
        return real(path, *arguments, **options)

    monkeypatch.setattr(os, name, refuse)


@pytest.mark.parametrize("number", [system.ACCESS_DENIED, system.SHARING_VIOLATION, system.LOCK_VIOLATION])
def test_a_file_that_is_open_for_a_moment_is_replaced_as_soon_as_it_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pauses: list[float], number: int
) -> None:
    path = tmp_path / "feed.xml"
    path.write_text("alt", encoding="utf-8")
    refusing(monkeypatch, "replace", 3, number)
    write_text(path, "neu")
    assert path.read_text(encoding="utf-8") == "neu"
    assert len(pauses) == 3
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_stays_open_keeps_its_content_and_the_message_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    path = tmp_path / "feed.xml"
    path.write_text("alt", encoding="utf-8")
    refusing(monkeypatch, "replace", 10**6, system.SHARING_VIOLATION)
    with pytest.raises(StorageError, match="Ein anderes Programm benutzt diese Datei") as caught:
        write_text(path, "neu")
    assert caught.value.where == path
    assert path.read_text(encoding="utf-8") == "alt"
    assert list(tmp_path.iterdir()) == [path]
    assert 1 < sum(pauses) < 10


@pytest.mark.parametrize("remove", [system.remove, lambda path: system.move_folder(path, path.with_name("b"))])
def test_deleting_and_moving_wait_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pauses: list[float], remove: Callable[[Path], None]
) -> None:
    path = tmp_path / "a"
    path.touch()
    for name in ("unlink", "rename"):
        refusing(monkeypatch, name, 2, system.SHARING_VIOLATION)
    remove(path)
    assert not path.exists()
    assert len(pauses) == 2


def test_what_nobody_needs_is_left_if_it_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    path = tmp_path / "a"
    path.touch()
    refusing(monkeypatch, "unlink", 1, system.SHARING_VIOLATION)
    system.discard(path)
    assert path.exists()
    assert pauses == []


def test_a_lack_of_rights_is_reported_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    refusing(monkeypatch, "replace", 1, 0)
    with pytest.raises(StorageError, match="Hier darf nicht geschrieben werden"):
        write_text(tmp_path / "a", "neu")
    assert pauses == []


@pytest.mark.parametrize(
    ("number", "code", "length", "text"),
    [
        (system.NAME_TOO_LONG, errno.ENOENT, 10, "zu lang für Windows"),
        (system.PATH_NOT_FOUND, errno.ENOENT, 300, "zu lang für Windows"),
        (system.PATH_NOT_FOUND, errno.ENOENT, 10, "Diese Datei fehlt"),
        (system.INVALID_NAME, errno.EINVAL, 10, "gibt es unter Windows nicht"),
        (system.SHARING_VIOLATION, errno.EACCES, 10, "anderes Programm"),
    ],
)
def test_what_windows_says_about_a_path_is_said_in_german(number: int, code: int, length: int, text: str) -> None:
    assert text in str(file_problem(windows_error(number, "/" + "x" * length, code)))


def test_a_message_names_the_file_that_people_know(tmp_path: Path) -> None:
    staged = tmp_path / staged_name("show.toml")
    assert aimed_at(staged) == tmp_path / "show.toml"
    error = storage_error(windows_error(0, str(staged)), tmp_path)
    assert error is not None
    assert error.where == tmp_path / "show.toml"
