"""Feeds that are broken, hostile or odd: one clear German message, nothing half-written, no other server asked."""

from __future__ import annotations

import gzip
import shutil
import socket
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import feedparser
import pytest
from feed_server import FeedServer, body, endless, redirect
from import_samples import FEEDS, feed, folders, import_ok, item, podcast, snapshot, toml

BOMB = (
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1 if n else chr(0)};".replace(chr(0), "") * 10}">' for n in range(12))
    + ']><rss version="2.0"><channel><title>&a11;</title><item><title>x</title></item></channel></rss>'
).encode()
QUADRATIC = (
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "'
    + "x" * 100_000
    + '">]><rss version="2.0"><channel><title>'
    + "&a;" * 100_000
    + "</title></channel></rss>"
).encode()
FILE_ENTITY = (
    b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
    b'<rss version="2.0"><channel><title>&e;</title><item><title>&e;</title></item></channel></rss>'
)

REFUSED = {
    "bomb": (BOMB, "Entitäten"),
    "quadratic": (QUADRATIC, "Entitäten"),
    "file entity": (FILE_ENTITY, "Entitäten"),
    "bomb in UTF-16": (BOMB.decode().replace('"1.0"', '"1.0" encoding="UTF-16"', 1).encode("utf-16"), "Entitäten"),
    "malformed": (feed(item()).replace(b"</item>", b""), "Zeile 2"),
    "malformed after white space": (
        b"\n\n" + feed(item()).replace(b"</item>", b""),
        "<item> aus Zeile 4 endet nicht, bevor </channel> kommt",
    ),
    "what stands there": (feed(item(title="a <b> c")), "</title><itunes:episode>"),
    "bare less-than": (feed(item(title="1 < 2")), "ein „<“, das kein Element beginnt"),
    "unquoted attribute": (feed(item()).replace(b'length="1234"', b"length=1234"), "ohne Anführungszeichen"),
    "open CDATA": (feed(item(more="<description><![CDATA[Text</description>")), "ein <![CDATA[ ohne ]]>"),
    "item after the end": (feed(item()) + item(2, guid="b").encode(), "hinter dem Ende geht es weiter"),
    "bomb after white space": (b"\n" + BOMB, "Entitäten"),
    "cut off": ((FEEDS / "wordpress.xml").read_bytes()[:3000], "kein fehlerfreies XML"),
    "cut off in an item": (feed(item(), item(2, guid="b"))[:-60], "er ist wohl abgeschnitten"),
    "deep": (feed("<a>" * 5000 + "</a>" * 5000), "verschachtelt"),
    "empty": (b"", "leer"),
    "blanks": (b" \n", "leer"),
    "web page": (b"<!DOCTYPE html><html><body>Hallo</body></html>", "Webseite"),
    "broken web page": (b"<!DOCTYPE html><html><body><br>Hallo</html>", "Webseite"),
    "atom": (b'<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title></feed>', "Atom"),
    "audio": (b"ID3\x03\x00\x00\x00\x00" + bytes(range(256)) * 20, "kein fehlerfreies XML"),
    "no episode": (feed(), "keine Folge"),
    "no channel": (b'<rss version="2.0"/>', "kein Podcast-Feed"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_feed_that_cannot_be_imported_is_refused_and_leaves_no_trace(name: str, root: Path, tmp_path: Path) -> None:
    content, word = REFUSED[name]
    path = tmp_path / "feed.xml"
    path.write_bytes(content)
    before = snapshot(root)
    ended = podcast(root, "import-feed", str(path))
    assert ended.returncode == 13, ended.stdout + ended.stderr
    assert "Fehler:" in ended.stderr and "Was tun:" in ended.stderr
    assert word in ended.stderr
    assert "Traceback" not in ended.stderr
    assert len(ended.stderr) < 1500
    assert snapshot(root) == before


def test_feedparser_itself_expands_no_bomb() -> None:
    for bomb in (BOMB, QUADRATIC):
        assert len(str(feedparser.parse(bomb))) < 1_000_000


def test_a_missing_or_too_large_file_is_reported(root: Path, tmp_path: Path) -> None:
    ended = podcast(root, "import-feed", str(tmp_path / "fehlt.xml"))
    assert (ended.returncode, "gibt es nicht" in ended.stderr) == (4, True)
    assert podcast(root, "import-feed", str(tmp_path)).returncode == 4
    huge = tmp_path / "huge.xml"
    with huge.open("wb") as file:
        file.truncate(50_000_000)
    ended = podcast(root, "import-feed", str(huge))
    assert (ended.returncode, "größer als 20 MB" in ended.stderr) == (13, True)


@pytest.mark.parametrize(
    "address", ["ftp://h.example/feed", "file:///etc/passwd", "http://", "http://[::1/x", "https://a b/"]
)
def test_invalid_addresses_are_refused_before_any_request(address: str, root: Path) -> None:
    ended = podcast(root, "import-feed", address)
    assert ended.returncode == 13, ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_unreachable_server_is_reported(root: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: connections are refused
        ended = podcast(root, "import-feed", f"http://127.0.0.1:{taken.getsockname()[1]}/feed")
    assert ended.returncode == 13
    assert "nicht zu erreichen" in ended.stderr


def test_credentials_are_sent_to_their_own_host_and_appear_in_no_message(root: Path, server: FeedServer) -> None:
    server.answers["/feed"] = body(b"", status=403)
    source = server.base.replace("http://", "http://nutzer:geheim@") + "/feed?token=auchgeheim"
    ended = podcast(root, "import-feed", source)
    assert ended.returncode == 13
    assert "403" in ended.stderr
    assert "geheim" not in ended.stdout + ended.stderr
    assert server.asked[0][1]["authorization"].startswith("Basic ")


def test_passwords_of_netrc_are_not_sent(root: Path, server: FeedServer, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n", encoding="utf-8")
    netrc.chmod(0o600)
    server.give("/feed", feed(item()))
    assert podcast(root, "import-feed", server.base + "/feed", NETRC=str(netrc)).returncode == 0
    assert "authorization" not in server.asked[0][1]


def test_redirects_on_the_same_host_are_followed_five_times(root: Path, server: FeedServer) -> None:
    server.answers |= {f"/{n}": redirect(f"/{n + 1}", 301) for n in range(5)}
    server.give("/5", feed(item()))
    import_ok(root, server.base + "/0")
    server.answers["/5"] = redirect("/6")
    ended = podcast(root, "import-feed", server.base + "/0")
    assert (ended.returncode, "mehr als 5 Mal" in ended.stderr) == (13, True)


def test_a_redirect_loop_ends(root: Path, server: FeedServer) -> None:
    server.answers |= {"/a": redirect("/b"), "/b": redirect("/a")}
    ended = podcast(root, "import-feed", server.base + "/a")
    assert (ended.returncode, "mehr als 5 Mal" in ended.stderr) == (13, True)
    assert len(server.asked) == 6


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://h.example/", "gopher://h.example/", "data:text/xml,x"])
def test_a_redirect_to_anything_but_the_web_is_not_followed(target: str, root: Path, server: FeedServer) -> None:
    server.answers["/feed"] = redirect(target)
    ended = podcast(root, "import-feed", server.base + "/feed")
    assert (ended.returncode, "leitet nach" in ended.stderr) == (13, True)


def test_another_host_is_reported_and_not_asked(root: Path, server: FeedServer) -> None:
    other = server.base.replace("127.0.0.1", "localhost")
    server.answers["/feed"] = redirect(other + "/andere")
    ended = podcast(root, "import-feed", server.base + "/feed")
    assert ended.returncode == 13
    assert f"anderen Server weiter: {other}/andere" in ended.stderr
    assert server.paths == ["/feed"]


def test_an_endless_answer_is_cut_off(root: Path, server: FeedServer) -> None:
    server.answers["/feed"] = endless(feed(item())[:-20])
    ended = podcast(root, "import-feed", server.base + "/feed", "--max-mb", "1")
    assert (ended.returncode, "größer als 1 MB" in ended.stderr) == (13, True)


def test_a_compression_bomb_is_cut_off_while_it_is_unpacked(root: Path, server: FeedServer) -> None:
    packed = gzip.compress(b" " * 100_000_000)
    server.give("/feed", packed, Content_Encoding="gzip")
    ended = podcast(root, "import-feed", server.base + "/feed")
    assert (ended.returncode, "größer als 20 MB" in ended.stderr) == (13, True)


def test_a_compressed_feed_is_read_and_a_wrongly_compressed_one_reported(root: Path, server: FeedServer) -> None:
    server.give("/feed", gzip.compress(feed(item())), Content_Encoding="gzip")
    import_ok(root, server.base + "/feed")
    server.give("/feed", b"kein gzip", Content_Encoding="gzip")
    ended = podcast(root, "import-feed", server.base + "/feed")
    assert (ended.returncode, "falsch gepackt" in ended.stderr) == (13, True)


def test_an_answer_that_breaks_off_is_not_used(root: Path, server: FeedServer) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        content = feed(item())
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content) + 500))
        handler.end_headers()
        handler.wfile.write(content)
        handler.close_connection = True

    server.answers["/feed"] = answer
    ended = podcast(root, "import-feed", server.base + "/feed")
    assert (ended.returncode, "brach ab" in ended.stderr) == (13, True)
    assert folders(root) == []


def test_missing_and_duplicate_guids_are_reported(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    other = '<enclosure url="https://audio.example/2.mp3" length="9" type="audio/mpeg"/>'
    path.write_bytes(feed(item(3, guid=None), item(2, title="Zweite", enclosure=other), item(1, title="Erste")))
    said = import_ok(root, path)
    assert [toml(root, folder)["guid"] for folder in folders(root)] == ["kennung-1", "https://audio.example/1.mp3"]
    assert "„Erste“: dieselbe Kennung (guid) wie „Zweite“" in said
    assert "keine Kennung (guid) im Feed" in said


def test_items_that_cannot_become_an_episode_are_listed(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"

    def enclosure(url: str, media_type: str = "audio/mpeg") -> str:
        return f'<enclosure url="{url}" type="{media_type}" length="1"/>'

    path.write_bytes(
        feed(
            item(1, guid="a", title="Ohne Ton", enclosure=None),
            item(2, guid="b", title="Ohne Datum", date=None),
            item(3, guid="c", title="Unsinniges Datum", date="gestern"),
            item(
                4,
                guid="d",
                title="PDF",
                enclosure=enclosure("https://h.example/x.pdf", "application/pdf"),
            ),
            item(
                5,
                guid="e",
                title="Skript",
                enclosure=enclosure("javascript:alert(1)"),
            ),
            item(
                6,
                guid="f",
                title="Geheim",
                enclosure=enclosure("https://a:b@h.example/x.mp3"),
            ),
            item(
                7,
                guid="g",
                title="Zeile",
                enclosure=enclosure("https://h.example/x&#10;y.mp3"),
            ),
            item(8, guid="h\ni", title="Kennung mit Zeilen"),
            item(9, guid="gut", title="Gut"),
        )
    )
    said = import_ok(root, path)
    assert folders(root) == ["009-gut"]
    assert "Nicht übernommen: 8 Folgen" in said
    for title in (
        "Ohne Ton",
        "Ohne Datum",
        "Unsinniges Datum",
        "PDF",
        "Skript",
        "Geheim",
        "Zeile",
        "Kennung mit Zeilen",
    ):
        assert f"„{title}“: " in said


@pytest.mark.parametrize("length", ["", "0", "-5", "viel", "1.5", "9" * 40, "\u0663"])
def test_a_useless_length_is_reported(length: str, root: Path, tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_bytes(
        feed(item(enclosure=f'<enclosure url="https://h.example/1.mp3" length="{length}" type="audio/mpeg"/>'))
    )
    assert "keine brauchbare Dateigröße" in import_ok(root, path)
    assert podcast(root, "feed").returncode == 0
    assert 'length="0"' in (root / "feed/feed.xml").read_text(encoding="utf-8")


def test_relative_addresses_are_completed_with_the_address_of_the_feed(root: Path, server: FeedServer) -> None:
    enclosure = '<enclosure url="ton/1.mp3" length="5" type="audio/mpeg"/>'
    notes = '<description>&lt;a href="../mehr">Mehr&lt;/a></description><itunes:duration>60</itunes:duration>'
    server.give("/podcast/feed.xml", feed(item(enclosure=enclosure, more=notes)))
    said = import_ok(root, server.base + "/podcast/feed.xml")
    release = (root / "episodes/001-erste-folge/release.json").read_text(encoding="utf-8")
    assert f'"path": "{server.base}/podcast/ton/1.mp3"' in release
    assert f"[Mehr]({server.base}/mehr)" in (root / "episodes/001-erste-folge/shownotes.md").read_text(encoding="utf-8")
    assert "unvollständige Adresse der Audiodatei" in said
    assert server.paths == ["/podcast/feed.xml"]


def test_relative_addresses_in_a_file_without_its_own_address_are_refused(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_bytes(feed(item(enclosure='<enclosure url="1.mp3" length="5" type="audio/mpeg"/>')))
    assert "keine brauchbare Audiodatei" in import_ok(root, path)
    assert folders(root) == []


TITLES = {
    "controls": "Ein\u0085Titel\u009b31m mit\tTab",
    "emoji": "👩\u200d🚀🎙",
    "end of CDATA": "a ]]&gt; b &lt;script&gt;alert(1)&lt;/script&gt;",
    "long": "Donaudampfschifffahrt " * 14,
    "quotes": "\"'\\\\ ${HOME} `id` $(id) %s {0}",
    "empty": "",
    "dots": "../../etc/passwd",
    "escaped twice": "Tom &amp;amp; Tina &amp;#8211; Teil",
    "right to left": "abc\u202egpj.exe",
    "device": "CON",
}


@pytest.mark.parametrize("name", TITLES)
def test_any_title_becomes_a_folder_and_a_feed(name: str, root: Path, tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_bytes(feed(item(title=TITLES[name])))
    said = import_ok(root, path)
    assert "\u009b" not in said
    folder = folders(root)[0]
    assert folder.startswith("001-") and len(folder) <= 60
    assert not any(ord(sign) < 32 or 0x7F <= ord(sign) < 0xA0 for sign in toml(root, folder)["title"])
    assert podcast(root, "feed").returncode == 0
    assert podcast(root, "pages").returncode == 0
    assert len(feedparser.parse((root / "feed/feed.xml").read_bytes()).entries) == 1
    assert "<script>alert" not in (root / f"feed/folgen/{folder}/index.html").read_text(encoding="utf-8")
    if name == "escaped twice":
        assert toml(root, folder)["title"] == "Tom & Tina – Teil"


def test_chapters_that_do_not_fit_are_left_out_and_reported(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    chapters = (
        "<itunes:duration>60</itunes:duration>"
        '<psc:chapters xmlns:psc="http://podlove.org/simple-chapters" version="1.2">'
        '<psc:chapter start="0" title="A"/><psc:chapter start="00:00:00.5" title="Dieselbe Sekunde"/>'
        '<psc:chapter start="bald" title="B"/><psc:chapter start="10" title=""/>'
        '<psc:chapter start="00:02:00" title="Zu weit"/><psc:chapter start="20" title="C" href="javascript:x"/>'
        "</psc:chapters>"
    )
    path.write_bytes(feed(item(more=chapters)))
    said = import_ok(root, path)
    assert toml(root, "001-erste-folge")["chapters"] == [
        {"start": "00:00:00.000", "title": "A"},
        {"start": "00:00:20.000", "title": "C"},
    ]
    for text in ("ohne lesbare Zeit", "ohne Titel", "hinter dem Ende", "derselben Sekunde"):
        assert text in said
    assert podcast(root, "feed").returncode == 0


def test_a_mistake_in_show_toml_stops_before_any_request(root: Path, server: FeedServer) -> None:
    (root / "episodes/show.toml").write_text("title = ", encoding="utf-8")
    assert podcast(root, "import-feed", server.base + "/feed").returncode == 3
    assert server.asked == []


def test_a_person_registered_under_two_names_is_imported_once(root: Path, tmp_path: Path) -> None:
    (root / "episodes/speakers.toml").write_text(
        '[[speakers]]\nname = "Klara Klang"\naliases = ["Klara K."]\n', encoding="utf-8"
    )
    path = tmp_path / "feed.xml"
    people = "<podcast:person>Klara Klang</podcast:person><podcast:person>Klara K.</podcast:person>"
    path.write_bytes(feed(item(more=people)))
    said = import_ok(root, path)
    assert [person["name"] for person in toml(root, "001-erste-folge")["speakers"]] == ["Klara Klang"]
    assert "eine Person unter zwei Namen" in said


def test_no_address_that_a_feed_names_is_fetched(root: Path, server: FeedServer) -> None:
    pixel = f"{server.base}/pixel.gif"
    doctype = f'<!DOCTYPE rss SYSTEM "{server.base}/rss.dtd"><?xml-stylesheet href="{server.base}/x.xsl"?>'
    more = (
        f'<itunes:duration>60</itunes:duration><itunes:image href="{pixel}"/>'
        f'<description>&lt;img src="{pixel}"&gt; &lt;a href="{server.base}/link"&gt;a&lt;/a&gt;</description>'
        f'<podcast:chapters url="{server.base}/k.json" type="application/json+chapters"/>'
        f'<podcast:transcript url="{server.base}/t.vtt" type="text/vtt"/>'
    )
    enclosure = f'<enclosure url="{server.base}/1.mp3" length="5" type="audio/mpeg"/>'
    content = feed(item(enclosure=enclosure, more=more)).replace(b"<rss", doctype.encode() + b"<rss", 1)
    server.give("/feed", content)
    import_ok(root, server.base + "/feed")
    assert podcast(root, "feed").returncode == 0
    assert podcast(root, "pages").returncode == 0
    assert server.paths == ["/feed"]


@pytest.mark.parametrize("declared", ['<!ENTITY e SYSTEM "{}/e">', '<!ENTITY % e SYSTEM "{}/e"> %e;'])
def test_entities_on_other_servers_are_never_fetched(declared: str, root: Path, server: FeedServer) -> None:
    doctype = f"<!DOCTYPE rss [{declared.format(server.base)}]>"
    server.give("/feed", feed(item()).replace(b"<rss", doctype.encode() + b"<rss", 1))
    ended = podcast(root, "import-feed", server.base + "/feed")
    assert ended.returncode == 13, ended.stdout + ended.stderr
    assert server.paths == ["/feed"]


def test_pages_that_link_in_a_circle_are_read_once(root: Path, server: FeedServer) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        number = int(handler.path.partition("=")[2] or 0) + 1
        link = f'<atom:link rel="next" href="/feed?seite={number}"/>'
        body(feed(item(), channel=link))(handler)

    server.answers["/feed"] = answer
    import_ok(root, server.base + "/feed")
    assert server.paths == ["/feed", "/feed?seite=1"]


def test_further_pages_are_requested_with_the_given_password(root: Path, server: FeedServer) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        second = "?" in handler.path
        link = "" if second else f'<atom:link rel="next" href="{server.base}/feed?2"/>'
        body(feed(item(guid=str(second)), channel=link))(handler)

    server.answers["/feed"] = answer
    said = import_ok(root, server.base.replace("http://", "http://nutzer:geheim@") + "/feed")
    assert [headers["authorization"] for _, headers in server.asked] == ["Basic bnV0emVyOmdlaGVpbQ=="] * 2
    assert "geheim" not in said
    files = [path.read_text(encoding="utf-8") for path in root.rglob("*.json")]
    assert not any("geheim" in text for text in files)


def test_a_run_that_was_killed_leaves_whole_folders_and_the_next_one_goes_on(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    dates = [f"Mon, 06 Jan 2025 06:{minute:02}:00 +0100" for minute in range(3)]
    path.write_bytes(feed(*(item(n + 1, guid=f"g{n}", date=date) for n, date in enumerate(dates))))
    import_ok(root, path)
    whole = snapshot(root)
    for folder in ("002-erste-folge", "003-erste-folge"):  # as if the run had been killed before these two
        shutil.rmtree(root / "episodes" / folder)
    stage = root / "episodes/.work/import-feed/episodes/002-erste-folge"
    stage.mkdir(parents=True)
    (stage / "episode.toml").write_text("halb", encoding="utf-8")
    import_ok(root, path)
    assert snapshot(root) == whole
