"""Feeds with faults that do no harm are read, and every fault is named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from import_samples import feed, folders, import_ok, item, toml

from pipeline.feed_import.document import read_feed
from pipeline.feed_import.mending import mended

WHOLE = feed(item(title="Alpha & Omega".replace("&", "&amp;")), item(2, guid="b"))

HARMLESS = {  # the bytes, and what the notice says
    "white space first": (b" \r\n\t" + WHOLE, "Leerraum vor „<?xml“"),
    "byte order mark, then line breaks": (b"\xef\xbb\xbf\n\n" + WHOLE, "Leerraum vor „<?xml“"),
    "a warning first": (b"<br />\nWarning: Undefined index<br />\n" + WHOLE, "vor dem Feed steht „<br /> Warning"),
    "text after the end": (WHOLE + b"\n<script>x()</script>", "nach dem Ende des Feeds steht „<script>"),
    "bare ampersand": (WHOLE.replace(b"&amp;", b"&"), "Zeile 2: ein „&“"),
    "name of HTML": (WHOLE.replace(b"Omega", b"&Omega;mega&nbsp;"), "Zeile 2: ein Zeichenname, den XML nicht kennt"),
    "name of nothing": (WHOLE.replace(b"Omega", b"&nixda;Omega"), "(„&nixda;“)"),
    "control character": (WHOLE.replace(b"Omega", b"Ome\x08ga"), "Zeile 2: Steuerzeichen"),
    "control character by number": (WHOLE.replace(b"Omega", b"Ome&#x8;ga&#11;"), "und 1 weitere"),
    "Windows-1252 in UTF-8": (WHOLE.replace(b"Omega", b"Om\xe9ga \xe4"), "Zeile 2: Zeichen, die nicht in UTF-8"),
    "prefix not declared": (WHOLE.replace(b"<guid>", b'<media:x/><neu:y neu:z="1"/><guid>'), "Vorsilben: media, neu"),
}
TITLES = {
    "name of HTML": "Alpha & Ωmega\xa0",
    "name of nothing": "Alpha & &nixda;Omega",
    "Windows-1252 in UTF-8": "Alpha & Oméga ä",
}


@pytest.mark.parametrize("name", HARMLESS)
def test_a_harmless_fault_is_read_and_named(name: str) -> None:
    content, notice = HARMLESS[name]
    read = read_feed(content, base="", explicit=False)
    assert [item.guid for item in read.items] == ["kennung-1", "b"]
    assert read.items[0].title == TITLES.get(name, "Alpha & Omega").strip()
    (said,) = read.mended
    assert notice in said


def test_the_notice_is_printed(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_bytes(b"\n" + feed(item(title="A & B")))
    said = import_ok(root, path)
    assert "Kein fehlerfreies XML, aber lesbar: Leerraum vor „<?xml“; übergangen" in said
    assert "Kein fehlerfreies XML, aber lesbar: Zeile 3: ein „&“, das „&amp;“ heißen muss" in said
    assert [toml(root, folder)["title"] for folder in folders(root)] == ["A & B"]


def test_what_is_literal_stays() -> None:
    text = "<![CDATA[a &nbsp; b & <c:d>]]><!-- & x:y -->"
    content, notices = mended(feed(item(more=f"<description>{text}</description>")))
    assert text.encode() in content
    assert notices == ()


def test_a_faultless_feed_is_not_touched() -> None:
    assert read_feed(WHOLE, base="", explicit=False).mended == ()


REAL = os.environ.get("PODCAST_FEEDS", "")


@pytest.mark.skipif(not REAL, reason="PODCAST_FEEDS names a folder of real feeds (../shared/cases/feeds/SOURCES.txt)")
@pytest.mark.parametrize("path", sorted(Path(REAL).glob("*.xml")) if REAL else [], ids=lambda path: path.stem)
def test_every_item_of_a_real_feed_is_an_episode_or_named(path: Path, root: Path) -> None:
    content = path.read_bytes()
    count = content.count(b"<item>") + content.count(b"<item ")
    said = import_ok(root, path, "--max-mb", "200")
    refused = [line for line in said.splitlines() if line.startswith("  „")]
    twice = [line for line in said.splitlines() if line.startswith("Steht mehrmals")]
    assert len(folders(root)) + len(refused) + sum(line.count("„") for line in twice) == count
