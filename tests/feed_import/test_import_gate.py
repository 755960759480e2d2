"""Imported episodes at the gate: their subscribers have them already, and no change to them is silent."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from import_samples import feed, folders, import_ok, item, podcast

TWO = (item(1), item(2, title="Zweite Folge", guid="kennung-2", date="Mon, 13 Jan 2025 06:00:00 +0100"))
LATER = item(3, title="Dritte Folge", guid="kennung-3", date="Mon, 20 Jan 2025 06:00:00 +0100")


def save(root: Path, *items: str) -> Path:
    path = root.parent / "alt.xml"
    path.write_bytes(feed(*items))
    return path


def reported(root: Path) -> list[str]:
    ended = podcast(root, "feed")
    assert ended.returncode == 0, ended.stderr
    return [line.partition("sehen: ")[2] for line in ended.stdout.splitlines() if "Abonnent*innen sehen: " in line]


def test_what_subscribers_have_from_the_old_provider_is_not_new_to_them(root: Path) -> None:
    said = import_ok(root, save(root, *TWO))
    assert "vermerkt in episodes/published.json" in said
    assert reported(root) == []
    import_ok(root, save(root, *TWO, LATER))
    assert reported(root) == []
    assert podcast(root, "feed", "--uploaded").returncode == 0
    assert reported(root) == []


def test_a_title_changed_after_the_import_is_reported(root: Path) -> None:
    import_ok(root, save(root, *TWO))
    toml = root / "episodes" / folders(root)[0] / "episode.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace('title = "Erste', 'title = "Allererste'), encoding="utf-8")
    assert reported(root) == ["001-erste-folge: Titel geändert: war „Erste Folge“, wird „Allererste Folge“."]


def test_an_imported_folder_does_not_vanish_silently(root: Path) -> None:
    import_ok(root, save(root, *TWO))
    shutil.rmtree(root / "episodes/001-erste-folge")
    ended = podcast(root, "feed")
    assert ended.returncode == 8
    assert "001-erste-folge: „Erste Folge“ verschwindet aus dem Feed" in ended.stderr
    import_ok(root, save(root, *TWO))
    assert reported(root) == []


def test_a_date_in_the_future_is_not_recorded_as_published(root: Path) -> None:
    import_ok(root, save(root, *TWO, item(4, guid="kennung-4", date="Mon, 02 Mar 2026 06:00:00 +0100")))
    noted = json.loads((root / "episodes/published.json").read_text(encoding="utf-8"))
    assert [entry["release"]["guid"] for entry in noted["episodes"]] == ["kennung-1", "kennung-2"]
    assert reported(root) == []
