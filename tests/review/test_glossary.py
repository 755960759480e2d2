"""A correction for glossary.toml: one line more, and every other byte as people wrote it."""

from __future__ import annotations

import tomllib

import pytest
from desk import Page

from pipeline.paths import EpisodePaths, ShowPaths

FILES = (
    None,
    "",
    'words = ["NØRD"]  # unser Fest\n',
    'words = ["NØRD"]\n\n[corrections] # immer falsch\n"Bio Kohn" = "BioCon"\n',
    'words = ["NØRD"]\r\n\r\n[corrections]\r\n"Bio Kohn" = "BioCon"\r\n\r\n\r\n',
    '[corrections]\n"Bio Kohn" = "BioCon"\n\n[[fremd]]\nx = 1',
    "words = []",
)


@pytest.mark.parametrize("before", FILES)
def test_the_line_is_shown_and_then_added(page: Page, paths: EpisodePaths, before: str | None) -> None:
    glossary = ShowPaths(paths.root).glossary_toml
    if before is not None:
        glossary.write_bytes(before.encode())
    shown = page.ask("glossary?wrong=Kohn%20%22Wellie&right=Con%20Valley").json
    assert shown == {"line": '"Kohn \\"Wellie" = "Con Valley"', "file": "episodes/glossary.toml", "known": False}
    assert (glossary.read_bytes() if before is not None else None) == (None if before is None else before.encode())
    done = page.send("POST", "glossary", wrong='Kohn "Wellie', right="Con Valley").json
    after = glossary.read_bytes().decode()
    assert done == {**shown, "known": True}
    old = tomllib.loads((before or "").replace("\r\n", "\n"))
    corrections = {**old.get("corrections", {}), 'Kohn "Wellie': "Con Valley"}
    assert tomllib.loads(after.replace("\r\n", "\n")) == {**old, "corrections": corrections}
    lines = after.splitlines()
    assert [line for line in (before or "").splitlines() if line not in lines] == []
    assert ("\r\n" in after) == ("\r\n" in (before or ""))
    assert page.send("POST", "glossary", wrong='Kohn "Wellie', right="Con Valley").status == 200
    assert glossary.read_bytes().decode() == after


@pytest.mark.parametrize(
    ("before", "wrong", "right"),
    [
        ('[corrections]\n"Nord" = "NØRD"\n', "Nord", "Norden"),
        ("", "", "NØRD"),
        ("", "x" * 200, "NØRD"),
        ("", "Nord\u202e", "NØRD"),
        ('corrections = { "a" = "b" }\n', "Nord", "NØRD"),
        ("words = [", "Nord", "NØRD"),
    ],
)
def test_what_makes_no_line_changes_nothing(
    page: Page, paths: EpisodePaths, before: str, wrong: str, right: str
) -> None:
    glossary = ShowPaths(paths.root).glossary_toml
    glossary.write_text(before, encoding="utf-8")
    answer = page.send("POST", "glossary", wrong=wrong, right=right)
    assert (answer.status, bool(answer.json["advice"])) == (400, True)
    assert glossary.read_text(encoding="utf-8") == before
