"""The audio of imported episodes: fetched on request, resumed, checked, transcribed."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import feedparser
import imageio_ffmpeg
import pytest
from feed_server import FeedServer, body, ranged, redirect
from import_samples import PROJECT, feed, folders, import_ok, item, podcast, snapshot

FOLDER = "001-erste-folge"


@cache
def speech() -> bytes:
    """The second turn of the example, from 20 s on, as an MP3 that somebody else could have published."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-ss", "20", "-t", "12"]
    command += ["-i", str(PROJECT / "episodes/000-beispiel/raw.flac"), "-b:a", "96k", "-f", "mp3", "-"]
    return subprocess.run(command, capture_output=True, check=True).stdout


def published(server: FeedServer, *, length: int | None = None, more: str = "", path: str = "/ton/1.mp3") -> str:
    """Put a feed with one episode on the server; return its address."""
    size = len(speech()) if length is None else length
    enclosure = f'<enclosure url="{server.base}{path}" length="{size}" type="audio/mpeg"/>'
    server.give("/feed", feed(item(enclosure=enclosure, more=more or "<itunes:duration>12</itunes:duration>")))
    return server.base + "/feed"


def release(root: Path, folder: str = FOLDER) -> dict[str, Any]:
    path = root / "episodes" / folder / "release.json"
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def recording(root: Path) -> Path:
    return root / "episodes" / FOLDER / "raw.mp3"


def test_no_audio_is_fetched_unless_requested(root: Path, server: FeedServer) -> None:
    import_ok(root, published(server))
    assert server.paths == ["/feed"]
    assert not recording(root).exists()
    assert release(root)["enclosure"]["sha256"] == ""


def test_audio_is_fetched_once_and_its_hash_recorded(root: Path, server: FeedServer) -> None:
    source = published(server)
    server.answers["/ton/1.mp3"] = ranged(speech())
    said = import_ok(root, source, "--audio")
    assert "1 geladen" in said
    assert recording(root).read_bytes() == speech()
    enclosure = release(root)["enclosure"]
    assert enclosure["sha256"] == hashlib.sha256(speech()).hexdigest()
    assert enclosure["path"] == server.base + "/ton/1.mp3"
    assert enclosure["size_bytes"] == len(speech())
    assert enclosure["duration_s"] == pytest.approx(12, abs=0.2)
    before, asked = snapshot(root), len(server.asked)
    import_ok(root, source, "--audio")
    assert snapshot(root) == before
    assert server.paths[asked:] == ["/feed"]
    assert not list(root.rglob("*.part*"))


def test_audio_can_follow_later(root: Path, server: FeedServer) -> None:
    source = published(server)
    server.answers["/ton/1.mp3"] = ranged(speech())
    import_ok(root, source)
    toml = (root / "episodes" / FOLDER / "episode.toml").read_bytes()
    import_ok(root, source, "--audio")
    assert recording(root).read_bytes() == speech()
    assert (root / "episodes" / FOLDER / "episode.toml").read_bytes() == toml


def test_a_connection_that_breaks_is_resumed_where_it_broke(root: Path, server: FeedServer) -> None:
    source = published(server)
    server.answers["/ton/1.mp3"] = ranged(speech(), breaks_at=[50_000, 30_000])
    import_ok(root, source, "--audio")
    assert recording(root).read_bytes() == speech()
    ranges = [headers.get("range") for path, headers in server.asked if path == "/ton/1.mp3"]
    assert ranges == [None, "bytes=50000-", "bytes=80000-"]
    assert server.asked[-1][1]["if-range"] == '"v1"'


def test_an_incomplete_download_is_reported_and_resumed_by_the_next_call(root: Path, server: FeedServer) -> None:
    source = published(server)
    server.answers["/ton/1.mp3"] = ranged(speech(), breaks_at=[40_000, 1000, 1000])
    ended = podcast(root, "import-feed", source, "--audio")
    assert ended.returncode == 13
    assert f"{FOLDER}: Die Audiodatei kam nicht vollständig an" in ended.stderr
    assert folders(root) == [FOLDER]
    assert not recording(root).exists()
    assert podcast(root, "feed").returncode == 0
    import_ok(root, source, "--audio")
    assert server.asked[-1][1]["range"] == "bytes=42000-"
    assert recording(root).read_bytes() == speech()


def test_a_file_that_changed_in_between_is_fetched_again(root: Path, server: FeedServer) -> None:
    source = published(server)
    server.answers["/ton/1.mp3"] = ranged(b"x" * len(speech()), etag='"alt"', breaks_at=[40_000, 1000, 1000])
    assert podcast(root, "import-feed", source, "--audio").returncode == 13
    server.answers["/ton/1.mp3"] = ranged(speech(), etag='"neu"')
    import_ok(root, source, "--audio")
    assert recording(root).read_bytes() == speech()


def test_without_a_validator_no_parts_are_joined(root: Path, server: FeedServer) -> None:
    source = published(server)
    server.answers["/ton/1.mp3"] = ranged(speech(), etag="", breaks_at=[40_000])
    import_ok(root, source, "--audio")
    assert [headers.get("range") for path, headers in server.asked if path == "/ton/1.mp3"] == [None, None]
    assert recording(root).read_bytes() == speech()


@pytest.mark.parametrize("announced", [len(b"x"), 999_999_999])
def test_a_wrong_length_in_the_feed_is_kept_and_reported(announced: int, root: Path, server: FeedServer) -> None:
    source = published(server, length=announced)
    server.answers["/ton/1.mp3"] = ranged(speech())
    said = import_ok(root, source, "--audio")
    assert f"{FOLDER}: {announced} Bytes im Feed, {len(speech())} Bytes geladen" in said
    assert release(root)["enclosure"]["size_bytes"] == announced


def test_a_missing_length_is_filled_in(root: Path, server: FeedServer) -> None:
    source = published(server, length=0, more="<itunes:duration>?</itunes:duration>")
    server.answers["/ton/1.mp3"] = ranged(speech())
    import_ok(root, source, "--audio")
    assert release(root)["enclosure"]["size_bytes"] == len(speech())
    assert release(root)["enclosure"]["duration_s"] == pytest.approx(12, abs=0.2)


def test_a_file_that_is_not_audio_is_not_kept(root: Path, server: FeedServer) -> None:
    source = published(server)
    server.give("/ton/1.mp3", b"<!DOCTYPE html><html><body>Bitte anmelden</body></html>")
    ended = podcast(root, "import-feed", source, "--audio")
    assert ended.returncode == 13
    assert "kein Ton" in ended.stderr
    assert not recording(root).exists()
    assert release(root)["enclosure"]["sha256"] == ""
    assert not list(root.rglob("*.part*"))


@pytest.mark.parametrize(("answer", "word"), [(body(b"", status=404), "404"), (body(b""), "leer")])
def test_missing_audio_is_reported(answer: Any, word: str, root: Path, server: FeedServer) -> None:
    source = published(server)
    server.answers["/ton/1.mp3"] = answer
    ended = podcast(root, "import-feed", source, "--audio")
    assert (ended.returncode, word in ended.stderr) == (13, True), ended.stderr


def test_redirects_of_audio_lead_to_other_hosts_but_not_in_circles(root: Path, server: FeedServer) -> None:
    """The other host is one that only a proxy knows: the tests reach no server but their own."""
    source = published(server)
    elsewhere = "http://ton.invalid/cdn/1.mp3"
    proxy = {"http_proxy": server.base, "HTTP_PROXY": server.base}
    server.answers["/ton/1.mp3"] = redirect(elsewhere)
    server.answers[elsewhere] = ranged(speech())
    ended = podcast(root, "import-feed", source, "--audio", **proxy)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert elsewhere in server.paths
    recording(root).unlink()
    server.answers[elsewhere] = redirect(server.base + "/ton/1.mp3")
    ended = podcast(root, "import-feed", source, "--audio", **proxy)
    assert (ended.returncode, "mehr als 5 Mal" in ended.stderr) == (13, True)


def test_a_recording_that_a_person_put_there_is_never_touched(root: Path, server: FeedServer) -> None:
    source = published(server)
    import_ok(root, source)
    recording(root).write_bytes(b"meins")
    import_ok(root, source, "--audio")
    assert recording(root).read_bytes() == b"meins"
    ended = podcast(root, "import-feed", source, "--host")
    assert (ended.returncode, "nicht die Datei, die Abonnierende haben" in ended.stderr) == (13, True)
    assert release(root)["enclosure"]["path"].startswith("http")
    assert "/ton/1.mp3" not in server.paths


def test_hosted_audio_keeps_guid_and_bytes_and_gets_our_address(root: Path, server: FeedServer) -> None:
    source = published(server)
    server.answers["/ton/1.mp3"] = ranged(speech())
    import_ok(root, source, "--host")
    assert podcast(root, "feed").returncode == 0
    assert podcast(root, "pages").returncode == 0
    assert (root / f"feed/audio/{FOLDER}.mp3").read_bytes() == speech()
    entry = feedparser.parse((root / "feed/feed.xml").read_bytes()).entries[0]
    assert entry.id == "kennung-1"
    assert entry.enclosures[0].href == f"https://digitales-mv.example/podcast/audio/{FOLDER}.mp3"
    assert int(entry.enclosures[0].length) == len(speech())
    page = (root / f"feed/folgen/{FOLDER}/index.html").read_text(encoding="utf-8")
    assert "<audio controls" in page
    before = snapshot(root)
    import_ok(root, source, "--host")
    assert snapshot(root) == before


def test_hosting_can_follow_the_download(root: Path, server: FeedServer) -> None:
    source = published(server)
    server.answers["/ton/1.mp3"] = ranged(speech())
    import_ok(root, source, "--audio")
    import_ok(root, source, "--host")
    assert release(root)["enclosure"]["path"] == f"audio/{FOLDER}.mp3"
    assert server.paths.count("/ton/1.mp3") == 1


def test_an_imported_episode_with_its_audio_is_transcribed_and_stays_as_promised(
    root: Path, server: FeedServer
) -> None:
    people = '<itunes:duration>12</itunes:duration><podcast:person role="host">Tom Takt</podcast:person>'
    source = published(server, more=people)
    server.answers["/ton/1.mp3"] = ranged(speech())
    shutil.copy(PROJECT / "episodes/000-beispiel/raw.flac", root / "episodes/intro.flac")
    show = root / "episodes/show.toml"
    text = show.read_text(encoding="utf-8").replace('model = "small"', 'model = "demo"')
    show.write_text(text + '\n[assembly]\nintro = "intro.flac"\n', encoding="utf-8")
    import_ok(root, source, "--audio")
    promised = (root / "episodes" / FOLDER / "release.json").read_bytes()
    ended = podcast(root, "feed")
    assert ended.returncode == 0, ended.stderr
    assert not (root / f"transcripts/{FOLDER}.txt").exists(), "nobody asked for a transcript"
    ended = podcast(root, "episode", "1")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert (root / f"transcripts/{FOLDER}.txt").read_text(encoding="utf-8").startswith("Tom Takt:")
    assert (root / "episodes" / FOLDER / "release.json").read_bytes() == promised
    assert not (root / "episodes" / FOLDER / f"work/{FOLDER}.mp3").exists()
    entry = feedparser.parse((root / "feed/feed.xml").read_bytes()).entries[0]
    assert (entry.id, entry.enclosures[0].href) == ("kennung-1", server.base + "/ton/1.mp3")
    assert (root / f"feed/folgen/{FOLDER}/transkript.vtt").exists()
    again = podcast(root, "episode", "1")
    assert again.returncode == 0
    assert "✓" not in again.stdout, again.stdout


def test_a_transcript_from_elsewhere_gives_an_imported_episode_its_text(root: Path, server: FeedServer) -> None:
    import_ok(root, published(server))
    (root / f"transcripts/{FOLDER}.txt").write_text("Tom Takt:\nGuten Tag und willkommen.\n", encoding="utf-8")
    toml = root / "episodes" / FOLDER / "episode.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + '\n[[speakers]]\nname = "Tom Takt"\n', encoding="utf-8")
    ended = podcast(root, "episode", "1")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    page = (root / f"feed/folgen/{FOLDER}/index.html").read_text(encoding="utf-8")
    assert "willkommen" in page
    assert (root / f"feed/folgen/{FOLDER}/transkript.vtt").exists()
    (root / f"transcripts/{FOLDER}.txt").unlink()
    assert podcast(root, "feed").returncode == 0
    assert podcast(root, "pages").returncode == 0


def test_the_gate_does_not_check_audio_on_another_server(root: Path, server: FeedServer) -> None:
    source = published(server)
    server.answers["/ton/1.mp3"] = ranged(speech())
    import_ok(root, source)
    for ended in (podcast(root, "feed"), podcast(root, "feed", "--uploaded")):
        assert ended.returncode == 0, ended.stderr
    import_ok(root, source, "--audio")  # now its hash is known; the published bytes are the same
    ended = podcast(root, "feed", "--uploaded")
    assert ended.returncode == 0, ended.stderr
    assert "Abonnent*innen sehen" not in ended.stdout + ended.stderr
    import_ok(root, source, "--host")
    ended = podcast(root, "feed", "--uploaded")
    assert ended.returncode == 0, ended.stderr
    assert (root / f"feed/audio/{FOLDER}.mp3").read_bytes() == speech()


def test_a_missing_transcript_of_an_imported_episode_is_only_a_warning(root: Path, server: FeedServer) -> None:
    import_ok(root, published(server))
    assert podcast(root, "feed").returncode == 0
    said = podcast(root, "check", "1")
    assert "Es gibt kein Transkript" in said.stdout, said.stdout + said.stderr


def test_audio_moved_to_our_server_is_not_a_new_recording_to_subscribers(root: Path, server: FeedServer) -> None:
    source = published(server)
    server.answers["/ton/1.mp3"] = ranged(speech())
    import_ok(root, source, "--host")
    ended = podcast(root, "feed")
    assert ended.returncode == 0, ended.stderr
    line = f"dieselbe Aufnahme liegt künftig hier: audio/{FOLDER}.mp3 statt {server.base}/ton/1.mp3."
    assert [text for text in ended.stdout.splitlines() if "Abonnent*innen sehen" in text] == [
        f"    Hinweis: Abonnent*innen sehen: {FOLDER}: {line} Kennung und Inhalt bleiben."
    ]
