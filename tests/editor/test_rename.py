"""Renaming a speaker in every file that people wrote: only the name changes, in all files or in none."""

from __future__ import annotations

import os
import tomllib
import unicodedata
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.build.locks import locked
from pipeline.editor.people import listed_speakers
from pipeline.editor.rename import plan_renaming, rename
from pipeline.editor.toml_names import NotByLineError, renamed_toml
from pipeline.errors import BusyError, ConfigError, StorageError, TranscriptError, UsageError
from pipeline.show.config import load_episodes, load_registry, load_show
from pipeline.transcript.editorial import decode, parse

PROJECT = Path(__file__).parents[2]
MOMENT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

REGISTRY = '# wer\n[[speakers]]\nname = "Klara Klang"  # host\norganisation = "Sender"\n'
EPISODE = """\
number = {number}
slug = "eins"
title = "Klara Klang fragt"
summary = "Worum es geht."
guid = "{number}-eins"
draft = true
[[tracks]]
file = "a.wav"
speaker = "Klara Klang"
[[tracks]]
file = "b.wav"
speaker = "Tom Takt"
[[speakers]]
name = 'Klara Klang'
[[speakers]]
name = "Tom Takt"
"""
TRANSCRIPT = """\
Klara Klang:
Guten Tag, Tom Takt.

Tom Takt [Testwerk]:
Guten Tag, Frau Klang. Klara Klang: so steht es da.

Klara  Klang [Sender]:
Danke.
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for number in (1, 2):
        home = tmp_path / f"episodes/{number:03}-eins"
        home.mkdir(parents=True)
        (home / "episode.toml").write_text(EPISODE.format(number=number), encoding="utf-8")
    (tmp_path / "episodes/show.toml").write_bytes((PROJECT / "episodes/show.toml").read_bytes())
    (tmp_path / "episodes/speakers.toml").write_text(REGISTRY, encoding="utf-8")
    (tmp_path / "transcripts").mkdir()
    (tmp_path / "transcripts/001-eins.txt").write_text(TRANSCRIPT, encoding="utf-8")
    return tmp_path


def contents(root: Path) -> dict[str, bytes]:
    files = (path for path in root.rglob("*") if path.is_file() and path.name.rpartition(".")[2] != "lock")
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def renamed(root: Path, old: str, new: str, *, keep_alias: bool = False) -> tuple[Path, ...]:
    return rename(root, plan_renaming(root, old, new, keep_alias=keep_alias), moment=MOMENT)


def test_every_file_is_changed_at_the_name_and_nowhere_else(root: Path) -> None:
    before = contents(root)
    copies = renamed(root, "Klara Klang", "Klara Klöppel")
    after = contents(root)
    assert after["transcripts/001-eins.txt"].decode() == TRANSCRIPT.replace(
        "Klara Klang:\nG", "Klara Klöppel:\nG"
    ).replace("Klara  Klang [", "Klara Klöppel [")
    assert after["episodes/speakers.toml"].decode() == REGISTRY.replace("Klang", "Klöppel")
    expected = (
        EPISODE.format(number=2).replace('"Klara Klang"', '"Klara Klöppel"').replace("'Klara Klang'", '"Klara Klöppel"')
    )
    assert after["episodes/002-eins/episode.toml"].decode() == expected
    kept = {path.read_bytes() for path in copies}
    assert kept == {before[name] for name in before if before[name] != after[name]}
    assert all("gesichert" in path.parts for path in copies)


def test_planning_changes_nothing_and_names_file_and_line_of_each_edit(root: Path) -> None:
    before = contents(root)
    renaming = plan_renaming(root, "klara klang", "Klara Neu", keep_alias=False)
    assert contents(root) == before
    found = {(edit.path.relative_to(root).as_posix(), line.line) for edit in renaming.files for line in edit.lines}
    assert {("transcripts/001-eins.txt", 1), ("transcripts/001-eins.txt", 7)} <= found
    assert {("episodes/speakers.toml", 3), ("episodes/001-eins/episode.toml", 9)} <= found
    assert len(found) == 7


def test_mentions_in_running_text_are_listed_and_left_unchanged(root: Path) -> None:
    mentions = plan_renaming(root, "Klara Klang", "Klara Neu", keep_alias=False).mentions
    assert [(mention.path.name, mention.line) for mention in mentions] == [
        ("episode.toml", 3),
        ("001-eins.txt", 5),
        ("episode.toml", 3),
    ]
    assert "Frau Klang" in mentions[1].text


@pytest.mark.parametrize(
    ("prefix", "codec", "ending"),
    [
        (b"", "utf-8", "\r\n"),
        (b"\xef\xbb\xbf", "utf-8", "\n"),
        (b"", "cp1252", "\r\n"),
        (b"\xff\xfe", "utf-16-le", "\r\n"),
        (b"\xfe\xff", "utf-16-be", "\n"),
    ],
)
def test_a_file_keeps_its_encoding_its_byte_order_mark_and_its_line_endings(
    root: Path, prefix: bytes, codec: str, ending: str
) -> None:
    path = root / "transcripts/001-eins.txt"
    text = TRANSCRIPT.replace("Guten", "Schönen").replace("\n", ending)
    path.write_bytes(prefix + text.encode(codec))
    renamed(root, "Tom Takt", "Tom Täkt")
    assert path.read_bytes() == prefix + text.replace("Tom Takt [", "Tom Täkt [").encode(codec)


def test_a_name_that_the_file_cannot_encode_is_refused_and_nothing_is_changed(root: Path) -> None:
    (root / "transcripts/001-eins.txt").write_bytes(TRANSCRIPT.replace("Guten", "Schönen").encode("cp1252"))
    before = contents(root)
    with pytest.raises(TranscriptError, match="Windows-1252"):
        renamed(root, "Tom Takt", "Tom Łakt")
    assert contents(root) == before


@pytest.mark.parametrize(
    "name",
    [
        'Ada "Addi" O\'Neil',
        "Müller & Söhne",
        "Dr. Ada von der Aue-Übel",
        "X" * 60 + " " + "Y" * 60,
        "ada",
        "Name \\ Strich",
    ],
)
def test_odd_names_survive_a_round_trip(root: Path, name: str) -> None:
    before = contents(root)
    renamed(root, "Tom Takt", name)
    episode = load_episodes(root, load_show(root))[0]
    assert [speaker.name for speaker in episode.speakers] == ["Klara Klang", name]
    manuscript = parse(decode((root / "transcripts/001-eins.txt").read_bytes()), speakers=episode.speakers)
    assert [turn.speaker for turn in manuscript.turns] == ["Klara Klang", name, "Klara Klang"]
    renamed(root, name, "Tom Takt")
    after = contents(root)
    assert {key: after[key] for key in before} == before


def test_a_decomposed_name_is_the_same_name(root: Path) -> None:
    renamed(root, "Tom Takt", "Tom Täkt")
    path = root / "transcripts/001-eins.txt"
    path.write_bytes(unicodedata.normalize("NFD", path.read_text(encoding="utf-8")).encode())
    renamed(root, unicodedata.normalize("NFD", "Tom Täkt"), "Tom Takt")
    assert path.read_text(encoding="utf-8") == TRANSCRIPT


def test_the_old_name_becomes_an_alias_on_request(root: Path) -> None:
    renamed(root, "Klara Klang", "Klara Neu", keep_alias=True)
    renamed(root, "Tom Takt", "Tom Neu", keep_alias=True)
    assert load_registry(root)[0].aliases == ("Klara Klang",)
    episode = load_episodes(root, load_show(root))[0]
    assert [speaker.aliases for speaker in episode.speakers] == [("Klara Klang",), ("Tom Takt",)]
    assert [person.name for person in listed_speakers(root)] == ["Klara Neu", "Tom Neu"]


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ("Klara Clang", "X", "Niemand heißt „Klara Clang“. Meinten Sie „Klara Klang“"),
        ("Tom Takt", "Klara Klang", "Klara Klang“ steht zweimal da"),
        ("Tom Takt", "Tom: Takt", "kann kein Name sein"),
        ("Tom Takt", "  ", "kann kein Name sein"),
        ("Tom Takt", "Tom\nTakt", "gleich"),
        ("Tom Takt", "Tom Takt", "gleich"),
    ],
)
def test_an_impossible_renaming_is_reported_and_changes_nothing(root: Path, old: str, new: str, match: str) -> None:
    before = contents(root)
    with pytest.raises(UsageError, match=match):
        renamed(root, old, new)
    assert contents(root) == before


def test_a_misspelt_guest_is_merged_with_the_registered_person(root: Path) -> None:
    toml = root / "episodes/002-eins/episode.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("Klara Klang", "Klara Clang"), encoding="utf-8")
    renaming = plan_renaming(root, "Klara Clang", "Klara Klang", keep_alias=False)
    assert renaming.joins
    assert [edit.path for edit in renaming.files] == [toml]


def test_a_run_that_was_killed_midway_is_completed_by_the_same_call(root: Path) -> None:
    renaming = plan_renaming(root, "Klara Klang", "Klara Neu", keep_alias=False)
    for edit in renaming.files[:2]:
        edit.path.write_bytes(edit.after)
    renamed(root, "Klara Klang", "Klara Neu")
    after = contents(root)
    for edit in renaming.files:
        assert after[edit.path.relative_to(root).as_posix()] == edit.after


def test_a_file_changed_after_the_plan_or_a_running_episode_stops_everything(root: Path) -> None:
    renaming = plan_renaming(root, "Klara Klang", "Klara Neu", keep_alias=False)
    with (
        locked(root / "episodes/001-eins/work/lock", what="x", wait_s=0, on_wait=lambda: None),
        pytest.raises(BusyError),
    ):
        rename(root, renaming, moment=MOMENT)
    toml = root / "episodes/002-eins/episode.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + "# neu\n", encoding="utf-8")
    before = contents(root)
    with pytest.raises(BusyError, match="inzwischen geändert"):
        rename(root, renaming, moment=MOMENT)
    assert contents(root) == before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_file_that_cannot_be_written_leaves_every_file_unchanged(root: Path) -> None:
    before = contents(root)
    (root / "episodes/002-eins").chmod(0o500)
    with pytest.raises(StorageError):
        renamed(root, "Klara Klang", "Klara Neu")
    assert contents(root) == before


def test_two_renamings_in_one_second_keep_both_copies(root: Path) -> None:
    first = renamed(root, "Tom Takt", "Tom Neu")
    second = renamed(root, "Tom Neu", "Tom Takt")
    assert not set(first) & set(second)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[[speakers]]\r\nname='A B' # A B\r\n", '[[speakers]]\r\nname="N" # A B\r\n'),
        ('speakers = [{name = "A B"}, { name="C"}]\n', 'speakers = [{name = "N"}, { name="C"}]\n'),
        (
            'title = "name = A B"\n[[speakers]]\n"name" = "\\u0041 B"\n',
            'title = "name = A B"\n[[speakers]]\n"name" = "N"\n',
        ),
        ('title = "A B"\n# name = "A B"\n', 'title = "A B"\n# name = "A B"\n'),
    ],
)
def test_only_the_value_of_a_name_changes(source: str, expected: str) -> None:
    assert renamed_toml(source, "A B", "N", keep_alias=False)[0] == expected


@pytest.mark.parametrize(
    ("aliases", "expected"),
    [
        ("", ["A B"]),
        ("aliases = []\n", ["A B"]),
        ('aliases = ["x"]  # so\n', ["A B", "x"]),
        ('aliases = [ # so\n  "x",\n  "y" ]\n', ["A B", "x", "y"]),
        ("aliases = [\n]\n", ["A B"]),
    ],
)
def test_an_alias_is_added_to_existing_ones(aliases: str, expected: list[str]) -> None:
    source = f'[[speakers]]\nrole = "host"\nname = "A B"\n{aliases}[[speakers]]\nname = "C"\n'
    text, _ = renamed_toml(source, "A B", "N", keep_alias=True)
    assert tomllib.loads(text)["speakers"] == [{"role": "host", "name": "N", "aliases": expected}, {"name": "C"}]


@pytest.mark.parametrize("source", ['[[speakers]]\nname = """A B"""\n', 'x = """\nname = "A B"\n"""\n'])
def test_a_name_that_no_line_edit_can_safely_change_is_refused(source: str, root: Path) -> None:
    with pytest.raises(NotByLineError):
        renamed_toml(source, "A B", "N", keep_alias=False)
    toml = root / "episodes/speakers.toml"
    toml.write_text('[[speakers]]\nname = """Klara Klang"""\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="nicht sicher ändern"):
        plan_renaming(root, "Klara Klang", "Klara Neu", keep_alias=False)


def test_a_name_that_somebody_else_changes_at_the_same_time_is_reported(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_first = listed_speakers(root)
    renamed(root, "Klara Klang", "Klara Klöppel")
    monkeypatch.setattr("pipeline.editor.rename.listed_speakers", lambda _: read_first)
    before = contents(root)
    with pytest.raises(BusyError, match="von jemand anderem umbenannt"):
        plan_renaming(root, "Klara Klang", "Klara Glocke", keep_alias=False)
    assert contents(root) == before
