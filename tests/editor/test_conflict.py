"""A draft replaces an edited transcript only after it was copied, and no copy is ever overwritten."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.build.files import dated_copy
from pipeline.editor.conflict import take_draft
from pipeline.errors import ChangedError, StorageError
from pipeline.paths import EpisodePaths

MOMENT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
EDITED = "Klara Klang:\r\nVon Hand verbessert.\r\n".encode("cp1252")
DRAFT = "Klara Klang:\nEin neuer Entwurf.\n"


@pytest.fixture
def paths(tmp_path: Path) -> EpisodePaths:
    paths = EpisodePaths(tmp_path, "001-eins")
    paths.home.mkdir(parents=True)
    paths.transcript.parent.mkdir()
    paths.transcript.write_bytes(EDITED)
    paths.draft.write_text(DRAFT, encoding="utf-8")
    return paths


def test_the_edited_text_is_copied_byte_for_byte_before_the_draft_replaces_it(paths: EpisodePaths) -> None:
    copy = take_draft(paths, moment=MOMENT)
    assert copy is not None
    assert copy.parent == paths.kept_aside
    assert copy.name.startswith("001-eins.2026-03-01-")
    assert copy.read_bytes() == EDITED
    assert paths.transcript.read_text(encoding="utf-8") == DRAFT
    assert take_draft(paths, moment=MOMENT) is None


def test_what_somebody_saves_while_the_draft_is_taken_is_kept(
    paths: EpisodePaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    def save_and_copy(path: Path, folder: Path, *, moment: datetime) -> Path:
        copy = dated_copy(path, folder, moment=moment)
        path.write_bytes(b"Klara Klang:\nEben gespeichert.\n")
        return copy

    monkeypatch.setattr("pipeline.editor.conflict.dated_copy", save_and_copy)
    with pytest.raises(ChangedError):
        take_draft(paths, moment=MOMENT)
    assert paths.transcript.read_bytes() == b"Klara Klang:\nEben gespeichert.\n"


def test_two_copies_made_in_the_same_second_are_both_kept(paths: EpisodePaths) -> None:
    first = dated_copy(paths.transcript, paths.kept_aside, moment=MOMENT)
    paths.transcript.write_text("anders", encoding="utf-8")
    second = dated_copy(paths.transcript, paths.kept_aside, moment=MOMENT)
    assert first != second
    assert (first.read_bytes(), second.read_text(encoding="utf-8")) == (EDITED, "anders")


def test_without_a_copy_the_draft_is_not_taken(paths: EpisodePaths, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(*_: object, **__: object) -> Path:
        raise StorageError("Der Datenträger ist voll.", advice="Platz schaffen.")

    monkeypatch.setattr("pipeline.editor.conflict.dated_copy", no_room)
    with pytest.raises(StorageError):
        take_draft(paths, moment=MOMENT)
    assert paths.transcript.read_bytes() == EDITED
