"""Feeds of several programs: what is imported, and that subscribers notice nothing of the move."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import feedparser
import pytest
from feed_server import FeedServer
from import_samples import FEEDS, feed, folders, import_ok, item, notes, podcast, snapshot, toml

MAKERS = sorted(path.stem for path in FEEDS.glob("*.xml"))


def promised(content: bytes) -> dict[str, Any]:
    """What subscribers' apps rely on, as an independent reader sees it: date and enclosure by guid."""
    return {
        entry.id: (entry.published_parsed, [(e.href, e.get("length"), e.type) for e in entry.enclosures])
        for entry in feedparser.parse(content).entries
    }


@pytest.mark.parametrize("maker", MAKERS)
def test_import_and_export_keep_every_guid_date_and_enclosure(maker: str, root: Path) -> None:
    import_ok(root, FEEDS / f"{maker}.xml")
    assert podcast(root, "feed").returncode == 0
    before, after = promised((FEEDS / f"{maker}.xml").read_bytes()), promised((root / "feed/feed.xml").read_bytes())
    assert len(before) >= 2
    assert after == before


@pytest.mark.parametrize("maker", MAKERS)
def test_a_second_import_changes_nothing(maker: str, root: Path) -> None:
    import_ok(root, FEEDS / f"{maker}.xml")
    before = snapshot(root)
    assert "Es gab nichts Neues." in import_ok(root, FEEDS / f"{maker}.xml")
    assert snapshot(root) == before


def test_pages_of_imported_episodes_lead_to_the_old_provider_without_asking_it(root: Path) -> None:
    import_ok(root, FEEDS / "wordpress.xml")
    ended = podcast(root, "pages")
    assert ended.returncode == 0, ended.stderr
    page = (root / "feed/folgen/003-kf003-breitband-faehren-wer-wartet-hier/index.html").read_text(encoding="utf-8")
    assert '<a href="https://kuestenfunk.example/podlove/file/33/s/feed/c/mp3/kf003.mp3"' in page
    assert "<audio" not in page
    assert "Das Kabel" in page
    assert "<script>" not in page.partition("<main")[2]
    assert not (root / "feed/audio").exists()


def test_podlove_chapters_persons_seasons_and_notes_are_imported(root: Path) -> None:
    said = import_ok(root, FEEDS / "wordpress.xml")
    assert folders(root) == [
        "002-kf002-digitale-schule",
        "003-kf003-breitband-faehren-wer-wartet-hier",
        "bald-geht-es-los",
    ]
    third = toml(root, "003-kf003-breitband-faehren-wer-wartet-hier")
    assert (third["number"], third["season"], third["type"]) == (3, 1, "full")
    assert third["title"] == "KF003 Breitband & Fähren – „Wer wartet hier?“"
    assert third["summary"] == "Warum eine Insel auf ihr Kabel wartet"
    assert [(mark["start"], mark["title"]) for mark in third["chapters"]] == [
        ("00:00:00.000", "Begrüßung"),
        ("00:05:30.500", "Das Kabel"),
        ("00:41:00.000", "Abschied"),
    ]
    assert [(person["name"], person["role"]) for person in third["speakers"]] == [
        ("Klara Klang", "host"),
        ("Tom Takt", "guest"),
    ]
    assert notes(root, "003-kf003-breitband-faehren-wer-wartet-hier") == (
        "Für alle Hörer*innen:\n\n## Links\n\n- [Das Kabel](https://www.beispiel.example/a_b_c) (PDF)\n"
        "- [Folge 2](https://kuestenfunk.example/kf002/)\n    - darin mehr\n\n"
        "31. Mai: Treffen.  \nEintritt **frei** & barrierefrei.\n"
    )
    assert toml(root, "bald-geht-es-los")["type"] == "trailer"
    assert 'name = "Klara Klang"' in said
    assert "Mitwirkende, die nicht sprechen (podcast:person, audio editor): in 1 Folge" in said
    assert "Bilder von Kapiteln" in said
    assert "itunes:author); das ist niemand, der spricht" in said


def test_the_hosts_of_the_show_speak_if_an_item_names_nobody(root: Path) -> None:
    said = import_ok(root, FEEDS / "castopod.xml")
    assert folders(root) == ["001-erste-staffel-erste-folge", "001-zweite-staffel-erste-folge"]
    assert [person["name"] for person in toml(root, "001-erste-staffel-erste-folge")["speakers"]] == ["Sina Silbe"]
    assert "podcast:locked" in said
    assert 'feed.guid = "5f3c1d52-0a34-5e0c-9d5d-9d1f5cb2b0aa"' in said
    assert "itunes:explicit der Folge" in said


def test_a_podcast_guid_in_show_toml_reaches_the_new_feed(root: Path) -> None:
    path = root / "episodes/show.toml"
    guid = "5f3c1d52-0a34-5e0c-9d5d-9d1f5cb2b0aa"
    path.write_text(f'feed.guid = "{guid}"\n' + path.read_text(encoding="utf-8"), encoding="utf-8")
    import_ok(root, FEEDS / "castopod.xml")
    assert podcast(root, "feed").returncode == 0
    assert f"<podcast:guid>{guid}</podcast:guid>" in (root / "feed/feed.xml").read_text(encoding="utf-8")


def test_no_number_is_invented_for_a_feed_without_numbers(root: Path, tmp_path: Path) -> None:
    import_ok(root, FEEDS / "libsyn.xml")
    assert folders(root) == ["der-schalter-bleibt-offen", "warum-formulare-lange-dauern-b"]
    content = (FEEDS / "libsyn.xml").read_text(encoding="utf-8")
    newer = (
        "<item><title>Neu dazu</title><pubDate>Thu, 13 Mar 2025 07:00:00 +0000</pubDate><guid>neu</guid>"
        '<enclosure url="https://amt.example/neu.mp3" length="5" type="audio/mpeg"/></item></channel>'
    )
    (tmp_path / "newer.xml").write_text(content.replace("</channel>", newer), encoding="utf-8")
    said = import_ok(root, tmp_path / "newer.xml")
    assert "Neu: 1 Folge (neu-dazu)" in said
    assert "keine Nummer im Feed und keine im Titel" in said
    assert not any("number" in toml(root, folder) for folder in folders(root))
    assert "Schon da, unverändert: 2 Folgen" in said


def test_scripts_in_foreign_titles_and_notes_never_run(root: Path) -> None:
    import_ok(root, FEEDS / "libsyn.xml")
    assert toml(root, "warum-formulare-lange-dauern-b")["title"] == "Warum Formulare lange dauern ]]> <b> 😀"
    assert notes(root, "warum-formulare-lange-dauern-b") == (
        "Mit Skript und [Verweis](https://amt.example/x).\n\nZweiter Absatz.\n"
    )
    assert podcast(root, "feed").returncode == 0
    assert podcast(root, "pages").returncode == 0
    entry = next(e for e in feedparser.parse((root / "feed/feed.xml").read_bytes()).entries if "6666" in e.id)
    assert "javascript:" not in (root / "feed/feed.xml").read_text(encoding="utf-8")
    assert "itunes_duration" in entry


def test_an_unknown_length_is_left_out_and_not_written_as_zero(root: Path) -> None:
    import_ok(root, FEEDS / "libsyn.xml")
    assert podcast(root, "feed").returncode == 0
    assert podcast(root, "pages").returncode == 0
    entry = next(e for e in feedparser.parse((root / "feed/feed.xml").read_bytes()).entries if "7777" in e.id)
    assert "itunes_duration" not in entry
    page = (root / "feed/folgen/der-schalter-bleibt-offen/index.html").read_text(encoding="utf-8")
    assert "Sekunden" not in page


def test_episodes_without_a_number_stay_so_if_others_have_one(root: Path) -> None:
    import_ok(root, FEEDS / "anchor.xml")
    assert folders(root) == ["012-12-das-radio-wir", "folge-2024-im-rueckblick"]
    assert "number" not in toml(root, "folge-2024-im-rueckblick")


def test_pages_of_a_feed_are_read_from_the_same_server_only(root: Path, server: FeedServer) -> None:
    pages = {
        "": feed(item(3, guid="c"), item(2, guid="b"), channel='<atom:link rel="next" href="/feed?seite=2"/>'),
        "seite=2": feed(item(2, guid="b"), item(1, guid="a"), channel='<atom:link rel="next" href="/feed?seite=3"/>'),
        "seite=3": feed(channel='<atom:link rel="next" href="https://anderswo.example/feed"/>'),
    }

    def answer(handler: Any) -> None:
        content = pages[handler.path.partition("?")[2]]
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    server.answers = {"/feed": answer}
    said = import_ok(root, server.base + "/feed")
    assert [toml(root, folder)["guid"] for folder in folders(root)] == ["a", "b", "c"]
    assert server.paths == ["/feed", "/feed?seite=2", "/feed?seite=3"]
    assert "Nicht gelesen: der Feed nennt eine weitere Seite, https://anderswo.example/feed" in said
    assert "Nicht übernommen" not in said


def test_json_chapters_are_fetched_only_on_request(root: Path, server: FeedServer) -> None:
    marks = (
        b'{"version": "1.2.0", "chapters": [{"startTime": 0, "title": "Anfang"}, {"startTime": 30.5, "title": "Mitte", '
        b'"url": "https://beispiel.example/"}, {"startTime": 40, "title": "Verborgen", "toc": false}, '
        b'{"startTime": 99, "title": "Zu weit"}]}'
    )
    address = server.give("/kapitel.json", marks)
    more = f'<itunes:duration>60</itunes:duration><podcast:chapters url="{address}" type="application/json+chapters"/>'
    server.give("/feed", feed(item(more=more)))
    said = import_ok(root, server.base + "/feed")
    assert server.paths == ["/feed"]
    assert "--extras lädt sie" in said
    (root / "episodes/001-erste-folge/episode.toml").unlink()
    (root / "episodes/001-erste-folge").rename(root / "weg")
    said = import_ok(root, server.base + "/feed", "--extras")
    assert server.paths == ["/feed", "/feed", "/kapitel.json"]
    assert [(m["start"], m["title"]) for m in toml(root, "001-erste-folge")["chapters"]] == [
        ("00:00:00.000", "Anfang"),
        ("00:00:30.500", "Mitte"),
    ]
    assert "Kapitel hinter dem Ende der Folge: in 1 Folge" in said


def test_what_people_changed_after_the_import_stays(root: Path) -> None:
    import_ok(root, FEEDS / "wordpress.xml")
    path = root / "episodes/002-kf002-digitale-schule/episode.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("KF002 Digitale", "Digitale"), encoding="utf-8")
    before = snapshot(root)
    import_ok(root, FEEDS / "wordpress.xml")
    assert snapshot(root) == before
    assert podcast(root, "feed").returncode == 0


def test_an_existing_folder_is_left_alone(root: Path) -> None:
    mine = root / "episodes/002-kf002-digitale-schule"
    mine.mkdir()
    (mine / "notiz.txt").write_text("meins", encoding="utf-8")
    import_ok(root, FEEDS / "wordpress.xml")
    assert [path.name for path in mine.iterdir()] == ["notiz.txt"]
    assert toml(root, "002-kf002-digitale-schule-2")["slug"] == "kf002-digitale-schule-2"


def test_a_changed_guid_of_an_imported_episode_stops_the_feed(root: Path) -> None:
    import_ok(root, FEEDS / "anchor.xml")
    path = root / "episodes/012-12-das-radio-wir/episode.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('guid = "a1b2', 'guid = "z9b2'), encoding="utf-8")
    ended = podcast(root, "feed")
    assert ended.returncode == 8
    assert "zweites Mal" in ended.stderr


def test_an_imported_episode_without_its_release_is_reported(root: Path) -> None:
    import_ok(root, FEEDS / "anchor.xml")
    (root / "episodes/012-12-das-radio-wir/release.json").unlink()
    ended = podcast(root, "feed")
    assert ended.returncode == 3
    assert "release.json fehlt" in ended.stderr
