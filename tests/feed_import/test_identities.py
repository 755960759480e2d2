"""Which items are the same episode, which number each has, and what its summary is."""

from __future__ import annotations

from pathlib import Path

import pytest
from import_samples import feed, folders, import_ok, item, notes, toml

from pipeline.feed_import.numbers import number_in

FRIDAY, SUNDAY = "Fri, 24 Jul 2015 23:50:00 +0100", "Sun, 26 Jul 2015 23:50:00 +0100"


def nameless(title: str, date: str = FRIDAY, url: str = "https://audio.example/1.mp3") -> str:
    """An item without guid and number."""
    enclosure = f'<enclosure url="{url}" length="9" type="audio/mpeg"/>'
    return item(title=title, guid=None, date=date, enclosure=enclosure).replace(
        "<itunes:episode>1</itunes:episode>", ""
    )


def guids(root: Path) -> dict[str, str]:
    return {toml(root, folder)["title"]: toml(root, folder)["guid"] for folder in folders(root)}


def imported(root: Path, *items: str) -> str:
    path = root.parent / "feed.xml"
    path.write_bytes(feed(*items))
    return import_ok(root, path)


ALL = (
    nameless("Rennen", SUNDAY),
    nameless("Qualifikation", FRIDAY),
    nameless("Training", FRIDAY),
    nameless("Anderes", FRIDAY, "https://audio.example/2.mp3"),
)


def test_different_items_with_one_audio_address_are_different_episodes(root: Path) -> None:
    said = imported(root, *ALL)
    assert guids(root) == {
        "Anderes": "https://audio.example/2.mp3",
        "Training": "https://audio.example/1.mp3",
        "Qualifikation": "https://audio.example/1.mp3#20150724T225000Z",
        "Rennen": "https://audio.example/1.mp3#20150726T225000Z",
    }
    assert "dieselbe Audioadresse wie eine andere Folge und keine Kennung (guid)" in said


@pytest.mark.parametrize("parts", [(ALL[2:], ALL), (ALL[1:], ALL[:2]), (ALL[2:], ALL[:1], ALL)])
def test_an_import_in_parts_gives_the_same(root: Path, parts: tuple[tuple[str, ...], ...]) -> None:
    for part in parts:
        imported(root, *part)
    in_parts = guids(root)
    assert "Es gab nichts Neues." in imported(root, *ALL)
    assert len(in_parts) == 4
    for folder in folders(root):
        for file in (root / "episodes" / folder).iterdir():
            file.unlink()
        (root / "episodes" / folder).rmdir()
    (root / "episodes/published.json").unlink()
    imported(root, *ALL)
    assert guids(root) == in_parts


def test_a_changed_title_or_date_is_no_other_episode(root: Path) -> None:
    imported(root, nameless("Alt", FRIDAY))
    assert "Es gab nichts Neues." in imported(root, nameless("Berichtigt", FRIDAY))
    assert "Es gab nichts Neues." in imported(root, nameless("Alt", SUNDAY))


def test_an_item_that_the_feed_has_twice_is_named(root: Path) -> None:
    said = imported(root, item(title="Eins"), item(title="Eins noch einmal"), nameless("Zwei"), nameless("Zwei"))
    assert len(folders(root)) == 2
    assert "Steht mehrmals im Feed, mit derselben Kennung und Audiodatei: „Eins noch einmal“, „Zwei“" in said


NUMBERS = [
    ("CRE209 Das Linux-System", "CRE: Technik, Kultur, Gesellschaft", 209),
    ("LNP481 Mit Brief und Siegel", "Logbuch:Netzpolitik", 481),
    ("ALT035: über Diskurskultur", "Alternativlos", 35),
    ("Weiter so – PHD151", "Podcast Help Desk", 151),
    ("Folge 12: Breitband", "Probe", 12),
    ("Folge 007 Breitband", "Probe", 7),
    ("Breitband (Folge 12)", "Probe", 12),
    ("Breitband - Ep. 5", "Probe", 5),
    ("#12 Breitband", "Probe", 12),
    ("12: Breitband", "Probe", 12),
    ("012 – Breitband", "Probe", 12),
    ("199- The Yin and Yang", "99% Invisible", 199),
    ("99% Invisible-21- Bad Design", "99% Invisible", 21),
    ("Probe Nr. 8", "Probe", 8),
    ("Probe 603: Call of Tuesday", "Probe", 603),
    ("Podcast 447", "The Probe Podcast", 447),
    ("Taverncast 62 - Temporal", "Taverncast - Happy Hour", 62),
    ("0: Null", "Probe", 0),
]
NO_NUMBERS = [
    *("24 Stunden im Amt", "2024 im Rückblick", "2024: ein Rückblick", "3. Oktober", "30. Mai: Treffen", "12:30 Uhr"),
    *("18.03.2022 – Nachrichten", "07-22-2008", "99% Zufall", "4:0 gegen England", "4 - 0 gegen England", "RTL2 geht"),
    *("G20 in Hamburg", "WM2018: Rückblick", "Folge 3 von 5", "Folgen 1 bis 3", "Die 5 besten", "Wir sind #1", "H5N1"),
    *(
        "Top 10: Apps",
        "Probe 2008",
        "Probe 07-22-2008",
        "0.00000015: Andy",
        "#2030 wird gut",
        "Teil 2: Weiter",
        "Nr. 5 lebt",
    ),
    *("Windows 11: was neu ist", "Probe 1,5 Jahre", "PRO7 sendet wieder nicht über 5G", "MV2: Teil"),
]


@pytest.mark.parametrize(("title", "show", "number"), NUMBERS)
def test_a_number_in_the_title_counts(title: str, show: str, number: int) -> None:
    assert number_in(title, show_title=show) == (number, None)


@pytest.mark.parametrize("title", NO_NUMBERS)
def test_other_numbers_in_a_title_do_not(title: str) -> None:
    assert number_in(title, show_title="Der Rundblick") == (None, None)
    if "PRO7" not in title:
        assert number_in(title, show_title="Probe") == (None, None)


@pytest.mark.parametrize(
    "title", ["S2E3 Rückkehr", "Probe S02 E03: Rückkehr", "Staffel 2, Folge 3: Rückkehr", "X (S2F3)"]
)
def test_season_and_number_in_a_title_count(title: str) -> None:
    assert number_in(title, show_title="Probe") == (3, 2)


def test_the_number_in_the_title_names_the_folder(root: Path) -> None:
    said = imported(root, nameless("Folge 12: Breitband"))
    assert folders(root) == ["012-folge-12-breitband"]
    assert toml(root, folders(root)[0])["number"] == 12
    assert "keine Nummer im Feed; sie steht im Titel" in said


WHOLE = "&lt;p&gt;Es geht um Kabel.&lt;/p&gt;&lt;ul&gt;&lt;li&gt;&lt;a href='https://x.example'&gt;Mehr&lt;/a&gt;&lt;/li&gt;&lt;/ul&gt;"
FLAT = "Es geht um Kabel. Links: https://x.example 00:00 Anfang 10:00 Ende"
BOTH = f"<description>{FLAT}</description><content:encoded>{WHOLE}</content:encoded>"
SHORT, CUT = "<itunes:summary>Es geht um Kabel.</itunes:summary>", "<itunes:subtitle>Es geht um…</itunes:subtitle>"
SUMMARIES = {
    "the summary": (f"<description>{WHOLE}</description>{SHORT}", "Es geht um Kabel."),
    "the subtitle": (f"{BOTH}<itunes:subtitle>Es geht um Kabel.</itunes:subtitle>", "Es geht um Kabel."),
    "the whole text is none": (BOTH, ""),
    "a whole summary before a cut subtitle": (f"{BOTH}{CUT}{SHORT}", "Es geht um Kabel."),
    "the title is none": ("<description>Es geht.</description><itunes:subtitle>Erste Folge</itunes:subtitle>", ""),
    "chapters are none": (f"{BOTH}<itunes:summary>Kabel 00:00 Anfang 10:00 Mitte</itunes:summary>", ""),
}


@pytest.mark.parametrize("name", SUMMARIES)
def test_the_summary_is_that_of_the_feed(name: str, root: Path) -> None:
    more, summary = SUMMARIES[name]
    imported(root, item(more=more))
    assert toml(root, folders(root)[0])["summary"] == summary
    assert "Es geht" in notes(root, folders(root)[0])


def test_notes_that_only_repeat_the_summary_are_not_kept_twice(root: Path) -> None:
    text = "Es geht um Kabel."
    imported(root, item(more=f"<description>{text}</description><itunes:summary>{text}</itunes:summary>"))
    assert toml(root, folders(root)[0])["summary"] == text
    assert not (root / "episodes" / folders(root)[0] / "shownotes.md").exists()
