"""`podcast check` on a real show, broken in one way at a time, and the finding that people get for each."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from PIL import Image
from probe_show import FOLDER, PROJECT, podcast, snapshot

from pipeline.editor.check import run_checks
from pipeline.editor.checks import finding
from pipeline.editor.checks.finding import CheckFinding
from pipeline.values.progress import no_listener

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOML = f"episodes/{FOLDER}/episode.toml"
NOTES = f"episodes/{FOLDER}/shownotes.md"
TRANSCRIPT = f"transcripts/{FOLDER}.txt"
PAGE = f"feed/folgen/{FOLDER}/index.html"
SHOW = "episodes/show.toml"


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def in_file(name: str, old: str, new: str):
    return lambda root: edit(root / name, old, new)


def in_toml(old: str, new: str):
    return in_file(TOML, old, new)


def notes(text: str):
    return lambda root: (root / NOTES).write_text(text, encoding="utf-8")


def built_notes(text: str):
    """Return a function that writes the show notes and builds them."""

    def spoil(root: Path) -> None:
        notes(text)(root)
        assert podcast(root, "shownotes", "1").returncode == 0

    return spoil


def small_cover(root: Path) -> None:
    Image.new("RGB", (1000, 1000), (10, 90, 130)).save(root / "episodes/cover.jpg")


def grey_cover_of_the_episode(root: Path) -> None:
    Image.new("L", (1400, 1400)).save(root / f"episodes/{FOLDER}/cover.jpg")
    edit(root / TOML, "recording =", 'cover = "cover.jpg"\nrecording =')


def longer_mp3(root: Path) -> None:
    with (root / f"feed/audio/{FOLDER}.mp3").open("ab") as file:
        file.write(b"\0")


def other_mp3(root: Path) -> None:
    path = root / f"feed/audio/{FOLDER}.mp3"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))


def missing_mp3(root: Path) -> None:
    (root / f"feed/audio/{FOLDER}.mp3").unlink()


def second_turn_deleted(root: Path) -> None:
    text = (root / TRANSCRIPT).read_text(encoding="utf-8")
    (root / TRANSCRIPT).write_text(text[: text.index("Sina Silbe [Wortlabor]:")], encoding="utf-8")
    assert podcast(root, "retime", "1").returncode == 0


def names_invented(root: Path) -> None:
    """As an older version wrote it, which prompted Whisper with the names of the show."""
    path = root / f"episodes/{FOLDER}/words.json"
    words = json.loads(path.read_text(encoding="utf-8"))
    end_s = words["segments"][-1]["end_s"]
    timed = [
        [text, end_s + number / 20, end_s + (number + 1) / 20, 0.5]
        for number, text in enumerate(["Der", "Tom", "Takt,", "Sina", "Silbe,", "Testwerk."])
    ]
    words["segments"].append({"start_s": end_s, "end_s": end_s + 0.3, "times": "word", "words": timed})
    path.write_text(json.dumps(words), encoding="utf-8")
    with (root / TRANSCRIPT).open("a", encoding="utf-8") as file:
        file.write("\nTom Takt [Testwerk]:\nDer Tom Takt, Sina Silbe, Testwerk.\n")


def first_turn_moved(root: Path) -> None:
    first, second = (root / TRANSCRIPT).read_text(encoding="utf-8").strip().split("\n\n")
    (root / TRANSCRIPT).write_text(f"{second}\n\n{first}\n", encoding="utf-8")


def guid_twice(root: Path) -> None:
    home = root / "episodes/002-zweite"
    home.mkdir()
    text = (root / TOML).read_text(encoding="utf-8").replace("number = 1", "number = 2").replace('"probe"', '"zweite"')
    (home / "episode.toml").write_text(text, encoding="utf-8")


def guid_twice_in_the_feed(root: Path) -> None:
    feed = root / "feed/feed.xml"
    text = feed.read_text(encoding="utf-8")
    item = text[text.index("<item>") : text.index("</item>") + len("</item>")]
    feed.write_text(text.replace(item, item + item), encoding="utf-8")


LONG = "Ein Titel, der so lang ist, dass ihn in keiner Liste jemand ganz zu lesen bekommt"

BROKEN = [
    # settings
    (in_toml("summary =", "sumary ="), "error", f"{TOML}:4", "Meinten Sie „summary“?", "Haus"),
    (in_toml("06:00:00+01:00", "06:00:00"), "error", f"{TOML}:6", "die Zeitzone fehlt", "RSS 2.0"),
    (in_toml('role = "host"', 'role = "moderation"'), "error", f"{TOML}:12", 'erlaubt ist "host" oder "guest"', "Haus"),
    (in_file(SHOW, "category =", "categorie ="), "error", "show.toml:11", "Meinten Sie „category“?", "Haus"),
    (
        in_file(SHOW, "mv.example/podcast/", "mv.invalid/podcast/"),
        "error",
        "show.toml:13",
        "base_url: Platzhalter",
        "Haus",
    ),
    (in_file(SHOW, "podcast@digitales-mv.example", "a@b.invalid"), "error", "show.toml:25", "owner.email", "Haus"),
    (guid_twice, "error", "episodes/002-zweite/episode.toml", f"steht schon in {FOLDER}", "Haus"),
    (in_toml('role = "host"\n', ""), "warning", f"{TOML}:10", "„Tom Takt“ hat keine Rolle", "Podcasting 2.0"),
    (in_toml('"host"', '"guest"'), "warning", f"{TOML}:9", "Niemand moderiert", "Podcasting 2.0"),
    (in_toml('name = "Tom Takt"', 'name = "Moderation"'), "error", f"{TOML}:10", "heißt noch „Moderation“", "Haus"),
    (in_toml('"Testwerk"', '"Organisation"'), "error", f"{TOML}:11", "heißt noch „Organisation“", "Haus"),
    (
        in_toml("Zwei synthetische Stimmen sagen guten Tag.", "Ein bis zwei Sätze, worum es geht."),
        "error",
        f"{TOML}:4",
        "noch der Satz der Vorlage",
        "Haus",
    ),
    (in_toml("Zwei synthetische Stimmen sagen guten Tag.", ""), "warning", f"{TOML}:4", "summary ist leer", "RSS 2.0"),
    # show
    (small_cover, "error", "episodes/cover.jpg", "zu klein (1000 × 1000 Pixel)", "Apple Podcasts"),
    (in_file(SHOW, '"Government"', '"Goverment"'), "error", "show.toml:11", "Meinten Sie „Government“?", "Haus"),
    (in_file(SHOW, "Gespräche über", "Ä" * 2001), "warning", "description", "endet sie nach 4000", "PSP-1"),
    (in_file(SHOW, 'copyright = "', 'copyright = "© 2026 '), "warning", "copyright", "ohne „©“", "PSP-1"),
    (in_file(SHOW, 'title = "digitales MV"', f'title = "{"x" * 256}"'), "error", "show.toml:4", "256 Zeichen", "Haus"),
    (
        in_file(SHOW, "https://digitales-mv.example/p", "http://digitales-mv.example/p"),
        "warning",
        "base_url",
        "(http)",
        "Apple",
    ),
    # episode
    (grey_cover_of_the_episode, "error", f"episodes/{FOLDER}/cover.jpg", "Graustufen", "PSP-1"),
    (in_toml("2026-01-15T06:00:00+01:00", "2026-07-15T06:00:00+01:00"), "warning", "published", "07:00 Uhr", "Haus"),
    (
        in_toml('"00:00:05"', '"00:59:00"'),
        "error",
        "chapters",
        "„Mitte“ beginnt bei 59:00, die Folge endet",
        "Podcasting 2.0",
    ),
    (in_toml('"00:00:05"', '"00:00:00"'), "error", "chapters", "beginnen beide bei 00:00", "Podcasting 2.0"),
    (in_toml('"00:00:00"', '"00:00:02"'), "warning", "chapters", "Das erste Kapitel beginnt bei 00:02", "Spotify"),
    (notes("Text\n\n[xx: public money]\n"), "error", f"{NOTES}:3", "„xx“ ist kein bekanntes Sprachkürzel", "WCAG"),
    (notes("Text\n\n~~alt~~ neu\n"), "error", f"{NOTES}:3", "„~~alt~~“: Durchgestrichenes", "Apple"),
    (notes("H~2~O\n"), "error", f"{NOTES}:1", "Tiefgestelltes zeigen Podcast-Apps nicht", "Apple"),
    (notes("Text\n\n| A | B |\n|---|---|\n| 1 | 2 |\n"), "warning", f"{NOTES}:3", "Tabellen zeigen", "Apple"),
    (notes("Worum geht es in dieser Folge?\n"), "error", f"{NOTES}:1", "noch die Vorlage", "Haus"),
    (notes("\n[Mehr](https://www.beispiel.invalid/)\n"), "error", f"{NOTES}:2", "Platzhalter-Adresse", "Haus"),
    (notes("Wort " * 900), "warning", NOTES, "Die Shownotes haben 4499 Bytes", "PSP-1"),
    (lambda root: (root / NOTES).unlink(), "warning", NOTES, "keine Shownotes", "Haus"),
    (longer_mp3, "error", f"feed/audio/{FOLDER}.mp3", "Bytes, der Feed sagt", "enclosure length"),
    (other_mp3, "error", f"feed/audio/{FOLDER}.mp3", "anderen Inhalt als freigegeben", "Haus"),
    (missing_mp3, "warning", f"feed/audio/{FOLDER}.mp3", "auf diesem Rechner nicht", "Haus"),
    # transcript
    (
        in_file(TRANSCRIPT, "Sina Silbe [Wortlabor]:", "Sina Silbr:"),
        "error",
        f"{TRANSCRIPT}:4",
        "Sina Silbr",
        "transcript",
    ),
    (lambda root: (root / TRANSCRIPT).unlink(), "error", TRANSCRIPT, "Es gibt kein Transkript", "WCAG 1.2.1"),
    (
        lambda root: (root / TRANSCRIPT).write_bytes(b"PK\x03\x04\0"),
        "error",
        TRANSCRIPT,
        "keine lesbare Textdatei",
        "transcript check",
    ),
    (names_invented, "error", TRANSCRIPT, "nur Namen der Sendung", "Haus"),
    (first_turn_moved, "warning", TRANSCRIPT, "sind im Ton an anderer Stelle zu hören, ab 00:1", "transcript check"),
    (second_turn_deleted, "error", TRANSCRIPT, "% der Sprache, mindestens 98 %", "WCAG 1.2.1"),
    # what apps do with it
    (in_toml("Eine „kurze“ Probe & mehr", LONG), "warning", "title", "nur den Anfang", "23 Mio. Titeln"),
    (in_toml("Eine „kurze“ Probe & mehr", "y" * 256), "error", "episode.toml:3", "255", "Haus"),
    (in_toml("Eine „kurze“ Probe & mehr", "Folge 1: Probe"), "warning", "title", "„Folge 1“", "Apple Podcasts"),
    (in_toml('title = "Mitte"', f'title = "{LONG[:50]}"'), "warning", "chapters", "rät zu höchstens 40", "Spotify"),
    (
        in_toml("[speech]", '[audio]\nfurther_formats = ["opus"]\n[speech]'),
        "warning",
        "further_formats",
        "OPUS",
        "Podcasting",
    ),
    (built_notes("## Links\n\n> Zitat\n\n- a\n    - b\n"), "warning", NOTES, "Listen in Listen", "Apple Podcasts"),
    # what was built
    (lambda root: (root / "feed/feed.xml").unlink(), "warning", "feed/feed.xml", "noch nicht gebaut", "Haus"),
    (in_file("feed/feed.xml", "</channel>", ""), "error", "feed/feed.xml", "kein XML", "RSS 2.0"),
    (in_file("feed/feed.xml", "<language>de</language>", ""), "error", "channel", "Es fehlt <language>", "PSP-1"),
    (in_file("feed/feed.xml", 'length="', 'length="rund '), "error", "feed/feed.xml", "„rund", "PSP-1"),
    (
        in_file("feed/feed.xml", "+0100</pubDate>", "</pubDate>"),
        "error",
        "feed/feed.xml",
        "kein Datum mit Zeitzone",
        "RFC 822",
    ),
    (guid_twice_in_the_feed, "error", "feed/feed.xml", "steht 2-mal im Feed", "RSS 2.0"),
    (
        lambda root: (root / f"feed/folgen/{FOLDER}/kapitel.json").unlink(),
        "error",
        "feed/feed.xml",
        "kapitel.json",
        "Haus",
    ),
    (lambda root: (root / "feed/assets/podcast.css").unlink(), "error", "feed/index.html", "podcast.css", "WCAG 2.4.4"),
    (
        in_file(PAGE, 'href="#inhalt"', 'href="#inhalte"'),
        "error",
        PAGE,
        "die Stelle gibt es auf der Seite nicht",
        "WCAG",
    ),
    (in_file(PAGE, 'href="#transkript"', 'href="#transkripte"'), "error", PAGE, "#transkripte", "WCAG 2.4.4"),
    (
        in_file(PAGE, 'href="../../index.html"', 'href="../../../../raw.wav"'),
        "error",
        PAGE,
        "aus dem Ordner hinaus",
        "WCAG",
    ),
]


def found(root: Path, key: str | None = None) -> tuple[CheckFinding, ...]:
    return run_checks(root, key, now=NOW, online=False, listener=no_listener)


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken[3][:40])
def test_each_mistake_has_its_finding(released: Path, broken) -> None:
    spoil, severity, where, text, source = broken
    spoil(released)
    before = snapshot(released)
    matching = [entry for entry in found(released) if where in entry.where and text in entry.text]
    assert matching, "\n".join(map(str, found(released)))
    assert {(entry.severity, source in entry.source) for entry in matching} == {(severity, True)}
    assert all(entry.advice for entry in matching)
    assert snapshot(released) == before


def test_missing_pages_in_easy_and_in_sign_language_are_told_unless_none_is_required(released: Path) -> None:
    texts = [entry.text for entry in found(released) if entry.where.startswith(SHOW)]
    assert [text.partition(" ")[0] for text in texts] == ["legal.easy_language", "legal.sign_language"]
    edit(
        released / SHOW,
        "[legal]",
        '[legal]\nnone_required = ["sign_language"]\neasy_language = "https://example.org/l"',
    )
    assert not [entry for entry in found(released) if entry.where.startswith(SHOW)]


def test_a_valid_show_has_no_errors_and_only_known_warnings(released: Path) -> None:
    entries = found(released)
    assert {(entry.severity, entry.where.partition(":")[0]) for entry in entries} == {
        ("warning", TOML),
        ("warning", TRANSCRIPT),
        ("warning", SHOW),
    }
    assert any("Spotify zeigt Kapitel erst ab 3" in entry.text for entry in entries)
    assert any("Demo-Modell" in entry.text for entry in entries)
    assert any(entry.text == "Das Transkript ist der unveränderte Entwurf." for entry in entries)


def test_a_corrected_transcript_is_not_called_a_draft(released: Path) -> None:
    edit(released / TRANSCRIPT, ".", "!")
    assert not [entry for entry in found(released) if "Entwurf" in entry.text]


def test_a_moved_passage_is_not_called_missing(released: Path) -> None:
    first_turn_moved(released)
    assert not [entry for entry in found(released) if "98 %" in entry.text or "fehlen" in entry.text]


def drafted(root: Path) -> None:
    """The released episode as it was before anybody decided when it appears."""
    (root / f"episodes/{FOLDER}/release.json").unlink()
    (root / "episodes/published.json").unlink(missing_ok=True)
    edit(root / TOML, "published = 2026-01-15T06:00:00+01:00", "draft = true")


def test_everything_that_release_refuses_is_in_the_list_of_errors(released: Path) -> None:
    drafted(released)
    (released / f"episodes/{FOLDER}/raw.wav").unlink()
    edit(released / NOTES, "Für alle", "[x](https://a.invalid/) Für alle")
    edit(released / TRANSCRIPT, "Sina Silbe [Wortlabor]:", "Stimme 2:")
    edit(released / SHOW, "mv.example/podcast/", "mv.invalid/podcast/")
    refused = podcast(released, "release", "1")
    assert refused.returncode == 8
    errors = [entry for entry in found(released, "1") if entry.severity == "error"]
    texts = "\n".join(entry.text for entry in errors)
    for expected in (
        "draft = true in episode.toml",
        "published in episode.toml fehlt",
        "Die Aufnahme raw.wav liegt nicht im Ordner",
        "Platzhalter-Adresse",
        "base_url: Platzhalter",
        "„Stimme 2:“",
    ):
        assert expected in texts, texts
    assert {entry.where for entry in errors if "draft" in entry.text} == {f"{TOML}:6"}
    for line in refused.stderr.splitlines()[2:4]:
        assert line.strip() in texts
    ended = podcast(released, "check", "1")
    assert (ended.returncode, "draft = true in episode.toml" in ended.stdout) == (8, True)


def test_a_draft_is_only_a_warning_in_a_check_of_the_whole_show(released: Path) -> None:
    drafted(released)
    drafts = [entry for entry in found(released) if "(release)" in entry.source]
    assert [entry.severity for entry in drafts] == ["warning", "warning"]
    assert podcast(released, "check").returncode == 0
    edit(released / TOML, "draft = true", "published = 2026-01-15T06:00:00+01:00\nexample = true")
    assert not [entry for entry in found(released) if "(release)" in entry.source]
    assert "Beispiele werden nie veröffentlicht" in "".join(entry.text for entry in found(released, "1"))


def test_a_change_that_the_gate_refuses_is_an_error_of_check(released: Path) -> None:
    edit(released / TOML, "0000000001", "0000000009")
    (finding,) = [entry for entry in found(released) if "guid" in entry.text]
    assert (finding.severity, finding.where) == ("error", f"episodes/{FOLDER}")
    assert "ACCEPT=guid" in finding.advice
    assert podcast(released, "feed").returncode == 8


def test_a_broken_published_json_is_an_error_of_check(released: Path) -> None:
    (released / "episodes/published.json").write_text("<<<<<<< HEAD\n", encoding="utf-8")
    errors = [entry for entry in found(released) if entry.severity == "error"]
    assert [entry.where for entry in errors] == ["episodes/published.json"]
    assert podcast(released, "check").returncode == 8


def renamed(root: Path) -> None:
    for name in (TOML, TRANSCRIPT):
        path = root / name
        path.write_text(path.read_text(encoding="utf-8").replace("Sina Silbe", "Sina Sommer"), encoding="utf-8")


def recorded_again(root: Path) -> None:
    with (root / f"episodes/{FOLDER}/raw.wav").open("ab") as file:
        file.write(b"\0" * 64)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (in_toml('"Mitte"', '"Woanders"'), "die Kapitel (in der MP3: „Mitte“)"),
        (in_toml('"00:00:05"', '"00:00:06"'), "die Kapitel (in der MP3: „Mitte“)"),
        (in_toml("Eine „kurze“ Probe & mehr", "Neu"), "der Titel (in der MP3: „Eine „kurze“ Probe & mehr“)"),
        (renamed, "Namen (in der MP3: Sina Silbe; jetzt: Sina Sommer)"),
        (recorded_again, "die Aufnahme (raw.wav)"),
    ],
)
def test_what_the_frozen_mp3_cannot_follow_is_told_with_the_way_out(released: Path, change, told: str) -> None:
    assert not [entry for entry in found(released) if "NEW_AUDIO=1" in entry.text]
    before = (released / f"feed/audio/{FOLDER}.mp3").read_bytes()
    change(released)
    (finding,) = [entry for entry in found(released) if "NEW_AUDIO=1" in entry.text]
    assert (finding.severity, finding.where) == ("warning", TOML)
    assert f"Seit der Veröffentlichung geändert: {told}." in finding.text
    assert f"make release EPISODE={FOLDER} NEW_AUDIO=1" in finding.text
    run = podcast(released, "episode", "1")
    assert told in run.stdout
    assert told not in podcast(released, "episode", "1").stdout  # once is enough
    assert told in podcast(released, "status", "1").stdout
    assert (released / f"feed/audio/{FOLDER}.mp3").read_bytes() == before


def test_a_changed_chapter_is_told_by_the_run_that_brings_it_to_the_pages(released: Path) -> None:
    edit(released / TOML, '"Mitte"', '"Woanders"')
    assert "--new-audio" in podcast(released, "feed").stdout
    assert "NEW_AUDIO=1" not in podcast(released, "feed").stdout


def test_after_a_new_recording_the_mp3_says_what_people_wrote(released: Path) -> None:
    edit(released / TOML, '"Mitte"', '"Woanders"')
    assert podcast(released, "release", "1", "--new-audio").returncode == 0
    assert not [entry for entry in found(released) if "NEW_AUDIO=1" in entry.text]


def test_warnings_alone_exit_with_0_and_errors_with_8(released: Path) -> None:
    sound = podcast(released, "check")
    assert (sound.returncode, "Warnungen (" in sound.stdout, "Fehler" in sound.stdout) == (0, True, True), sound.stderr
    assert "Keine Fehler, " in sound.stdout
    small_cover(released)
    broken = podcast(released, "check", "1")
    assert broken.returncode == 8
    assert "Fehler (1):\n  ! episodes/cover.jpg: Das Cover ist zu klein" in broken.stdout
    assert "[PSP-1, Apple Podcasts]\n      → Gebraucht wird" in broken.stdout
    assert broken.stdout.index("Fehler (1)") < broken.stdout.index("Warnungen (")
    assert "1 Fehler verhindert die Veröffentlichung." in broken.stderr


def test_a_broken_episode_does_not_hide_the_others(released: Path) -> None:
    guid_twice(released)
    edit(released / "episodes/002-zweite/episode.toml", "summary =", "sumary =")
    edit(released / NOTES, "Für alle", "[x](https://a.invalid/) Für alle")
    texts = [entry.text for entry in found(released) if entry.severity == "error"]
    assert any("Meinten Sie „summary“?" in text for text in texts)
    assert any("Platzhalter-Adresse" in text for text in texts)


def test_one_episode_is_checked_on_its_own_and_an_unknown_one_is_explained(released: Path) -> None:
    guid_twice(released)
    edit(released / "episodes/002-zweite/episode.toml", "summary =", "sumary =")
    assert not [entry for entry in found(released, "1") if entry.severity == "error"]
    assert [entry for entry in found(released, "2") if "summary" in entry.text]
    ended = podcast(released, "check", "7")
    assert (ended.returncode, "Eine Folge „7“ gibt es nicht." in ended.stderr) == (2, True)


def test_a_placeholder_in_a_draft_is_only_a_warning(released: Path) -> None:
    (released / f"episodes/{FOLDER}/release.json").unlink()
    edit(released / TOML, "number = 1\n", "number = 1\ndraft = true\n")
    edit(released / NOTES, "Für alle", "[x](https://a.invalid/) Für alle")
    (finding,) = [entry for entry in found(released) if "Platzhalter" in entry.text]
    assert finding.severity == "warning"


def test_a_withdrawn_episode_needs_no_audio(released: Path) -> None:
    assert podcast(released, "withdraw", "1", "--reason", "Darum.").returncode == 0
    assert not [entry for entry in found(released) if entry.severity == "error"]


def test_without_the_flag_the_network_is_not_used(released: Path) -> None:
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-n", "true"], check=False).returncode:
        pytest.skip("needs unshare and the right to use it")
    notes("[Anderswo](http://127.0.0.1:9/)\n")(released)
    ended = podcast(released, "check")
    assert ended.returncode == 0, ended.stdout


def test_with_the_flag_dead_links_of_the_pages_are_reported(released: Path, tmp_path: Path) -> None:
    (tmp_path / "da.html").write_text("da", encoding="utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    here = f"http://127.0.0.1:{server.server_address[1]}"
    edit(released / PAGE, "</footer>", f'<a href="{here}/da.html">a</a>\n<a href="{here}/weg.html">b</a></footer>')
    for path in released.rglob("*.html"):  # the other links of the pages lead to the real internet
        path.write_text(path.read_text(encoding="utf-8").replace("https://", "mailto:"), encoding="utf-8")
    (released / "feed/feed.xml").unlink()
    # The show's own server may be on this machine; no other one here is asked.
    toml = released / "episodes/show.toml"
    text = re.sub(r'(?m)^base_url = "[^"]*"', f'base_url = "{here}/podcast/"', toml.read_text(encoding="utf-8"))
    toml.write_text(text, encoding="utf-8")
    ended = podcast(released, "check", "--online")
    server.shutdown()
    server.server_close()
    assert ended.returncode == 8, ended.stderr
    assert f"{here}/weg.html: der Server antwortet mit 404" in ended.stdout
    assert f"! {PAGE}:" in ended.stdout
    assert "da.html" not in ended.stdout


def test_the_project_itself_has_no_errors_except_its_placeholders(tmp_path: Path) -> None:
    root = tmp_path / "show"
    made = shutil.ignore_patterns("work", ".work", "words.json", "draft.txt", "release.json")
    shutil.copytree(PROJECT / "episodes", root / "episodes", ignore=made)
    errors = [entry for entry in found(root) if entry.severity == "error"]
    assert errors
    assert all("Platzhalter" in entry.text for entry in errors)


def test_every_finding_names_a_source_that_is_told_with_the_day_when_it_was_read(released: Path) -> None:
    sources = (PROJECT / "pipeline/editor/checks").glob("*.py")
    text = "".join(path.read_text(encoding="utf-8") for path in sources)
    named = set(re.findall(r"source=(?:f\")?\{?([A-Z][A-Z_0-9]+)", text)) - {"SOURCES"}
    assert {getattr(finding, name) for name in named} <= {source.name for source in finding.SOURCES}
    assert not re.findall(r'source="', text)
    assert all(source.read for source in finding.SOURCES if source.name != finding.HOUSE)
    (released / "episodes" / FOLDER / "shownotes.md").unlink()
    checked = podcast(released, "check")
    told = checked.stdout[checked.stdout.index("Woher die Regeln kommen:") :].splitlines()
    assert "  Haus: eigene Regeln; docs/redaktion.md" in told
    assert (
        "  BITV 2.0, § 4: Leichte Sprache, Gebärdensprache; gesetze-im-internet.de/bitv_2_0 (gelesen am 27.11.2026)"
        in told
    )
    assert not any(line.startswith("  WCAG") for line in told)


def rename_recording(root: Path) -> None:
    (root / f"episodes/{FOLDER}/raw.wav").rename(root / f"episodes/{FOLDER}/gespräch.mp3")


def without_model(root: Path) -> None:
    edit(root / TOML, 'model = "demo"', 'model = "none"')
    (root / TRANSCRIPT).unlink()


@pytest.mark.parametrize(
    ("change", "text", "advice"),
    [
        (
            in_file(TRANSCRIPT, "Tom Takt:", "\u00a0 Tom Takt:"),
            "Geschützte Leerzeichen",
            f"make transcript-format EPISODE={FOLDER}",
        ),
        (
            in_file(TRANSCRIPT, "Tom Takt:", "Ein Satz zuvor.\n\nTom Takt:"),
            "Text vor der",
            "Eine Sprecherzeile darüber",
        ),
        (
            in_file(TOML, 'name = "Sina Silbe"', 'name = "Sina Silbe"\n\n[[speakers]]\nname = "Wer Anders"'),
            "spricht hier aber nie",
            "Heißt die Person im Transkript anders",
        ),
        (rename_recording, "Die Aufnahme raw.wav liegt nicht", 'schreiben: recording = "gespräch.mp3"'),
        (without_model, "Es gibt kein Transkript", f"make transcript-import EPISODE={FOLDER} FILE=…"),
    ],
)
def test_the_advice_fits_its_finding(show: Path, change, text: str, advice: str) -> None:
    change(show)
    found = run_checks(show, "1", now=NOW, online=False, listener=no_listener)
    (finding,) = [entry for entry in found if text in entry.text]
    assert advice in finding.advice
    assert "legt den Entwurf an" not in finding.advice
    assert finding.advice != "Die Zeile im Texteditor ändern."


def test_the_advice_on_a_dead_link_names_the_show_notes(released: Path) -> None:
    edit(released / PAGE, "</main>", '<a href="../gibt-es-nicht/">dort</a></main>')
    found = run_checks(released, "1", now=NOW, online=False, listener=no_listener)
    (advice,) = {entry.advice for entry in found if "gibt-es-nicht" in entry.text}
    assert advice.startswith("Steht er so in shownotes.md, dort ändern")
