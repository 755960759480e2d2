"""Addresses in TOML files: every sign, port and part that would break a feed, a page or a header is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ConfigError
from pipeline.feed_import.chapters import chapter_of
from pipeline.show.config import load_show
from pipeline.values.checked import Endpoint, Mailbox
from pipeline.values.fields import Check
from pipeline.values.web_addresses import checked_folder_address, checked_web_address, is_web_address

BASE_URL = "https://digitales-mv.invalid/podcast/"
NO_WEB_ADDRESS = [
    ("", "beginnt"),
    ("podcast.example.org", "beginnt"),
    ("ftp://example.org", "beginnt"),
    ("javascript:alert(1)", "beginnt"),
    ("https:///pfad", "beginnt"),
    ("https://example.org/a b", "Leerzeichen"),
    ("https://example.org/a\u00a0b", "Leerzeichen"),
    ("https://example.org/a\tb", "Leerzeichen"),
    ("https://example.org/\r\nX-Kopf: 1", "Leerzeichen"),
    ("https://example.org/\u0000", "U+0000"),
    ("https://example.org/\u007f", "U+007F"),
    ("https://example.org/\u200b", "U+200B"),
    ("https://example.org/\u202egro.elpmaxe", "U+202E"),
    ('https://example.org/"onload="x', '„"“'),
    ("https://example.org/<b>", "„<“"),
    ("https://example.org/a\\b", "„\\“"),
    ("https://example.org:99999/", "Port"),
    ("https://example.org:0/", "Port"),
    ("https://example.org:/", "Port"),
    ("https://example.org:8a/", "Port"),
    ("https://[::1/", "Port"),
    ("https://[::g]/", "Port"),
    ("https://exam%70le.org/", "Port"),
    ("https://a..example.org/", "Port"),
    ("https://" + "a" * 64 + ".example.org/", "Port"),
    ("https://redaktion:geheim@example.org/", "Passwort"),
    ("https://redaktion:geheim@example.org:99999/", "Passwort"),
    ("https://www.regierung-mv.de@example.org/", "Passwort"),
]
NO_FOLDER = [
    ("https://example.org/podcast?alt=1", "„?“"),
    ("https://example.org/podcast?", "„?“"),
    ("https://example.org/podcast#feed", "„#“"),
    ("https://example.org/podcast/#", "„#“"),
    ("https://example.org/d'accord/", "„'“"),
    ("https://example.org/a|b/", "„|“"),
    ("https://example.org/{jahr}/", "„{“"),
    ("https://example.org/100%/", "%20"),
    ("https://example.org/a/../b/", "„..“"),
    ("https://example.org/./", "„..“"),
    ("https://example.org//podcast/", "„//“"),
]


@pytest.mark.parametrize(("text", "told"), NO_WEB_ADDRESS)
def test_no_address_is_refused_with_the_reason(text: str, told: str) -> None:
    for check in (checked_web_address, checked_folder_address):
        with pytest.raises(ValueError) as caught:
            check(text)
        assert told in str(caught.value)
        assert "geheim" not in str(caught.value)
        assert not is_web_address(text)


@pytest.mark.parametrize(("text", "told"), NO_FOLDER)
def test_a_folder_has_no_query_fragment_or_detour(text: str, told: str) -> None:
    assert checked_web_address(text) == text
    with pytest.raises(ValueError) as caught:
        checked_folder_address(text)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "https://podcast.example.org/",
        "http://127.0.0.1:8000/x/",
        "https://[2001:db8::1]:8443/",
        "https://müller.example/ministerium/",
        "https://example.org/~redaktion/a%20b/",
        "https://my_host.example.org./",
    ],
)
def test_an_address_stays_as_it_is_written(text: str) -> None:
    assert checked_web_address(text) == text
    assert checked_folder_address(text) == text
    assert checked_folder_address(text.rstrip("/")) == text
    assert checked_web_address(f" {text} ") == text


def test_links_to_other_sites_may_have_what_browsers_copy() -> None:
    for text in (
        "https://de.wikipedia.org/wiki/Düsseldorf_(Begriffsklärung)",
        "https://example.org/?q=Schrödinger's|Katze&b={1}#Absatz_2",
        "https://example.org/100%",
    ):
        assert checked_web_address(text) == text


@given(st.text(alphabet=st.characters(), max_size=20))
def test_whatever_follows_an_address_is_kept_or_refused(tail: str) -> None:
    text = f"https://example.org/{tail}"
    if is_web_address(text):
        kept = checked_web_address(text)
        assert kept == text.strip(" ")
        assert not set('"<>\\ \n') & set(kept)
        assert kept.isprintable()


@pytest.mark.parametrize(
    "base_url", ["https://example.org/a b/", "https://example.org/x?y", 'https://example.org/"', "https://h:99999/"]
)
def test_a_wrong_base_url_is_reported_with_its_line(show_root: Path, base_url: str) -> None:
    path = show_root / "episodes/show.toml"
    text = path.read_text(encoding="utf-8")
    assert BASE_URL in text
    path.write_text(text.replace(f'"{BASE_URL}"', f"'{base_url}'"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"show\.toml:\d+: base_url: "):
        load_show(show_root)


def check_of(kind: object) -> Check:
    return next(mark for mark in kind.__metadata__ if isinstance(mark, Check))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "text",
    [
        "https://schluessel:geheim@s3.example.org",
        "https://s3.example.org/?key=geheim",
        "https://s3.example.org#x",
        "https://[::1",
        "https://s3.example.org:99999",
        "s3.example.org",
    ],
)
def test_an_endpoint_is_only_the_server(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        check_of(Endpoint).function(text)
    assert "geheim" not in str(caught.value)
    assert check_of(Endpoint).function("https://s3.example.org:9000") == "https://s3.example.org:9000"


@pytest.mark.parametrize("text", ["a@b", "a b@c.de", "a@b.de\u0000", "a@b.de\u202e", '"<x>"@b.de', "A: <a@b.de>"])
def test_a_mailbox_is_only_the_address(text: str) -> None:
    with pytest.raises(ValueError, match="E-Mail-Adresse"):
        check_of(Mailbox).function(text)
    assert check_of(Mailbox).function("podcast+mv@ministerium.mv-regierung.de")


def test_a_chapter_of_a_feed_keeps_no_address_that_episode_toml_refuses() -> None:
    for text, _ in NO_WEB_ADDRESS:
        chapter = chapter_of("0", "Anfang", text, [])
        assert chapter is not None
        assert chapter.url == ""
