"""`make publish`: what is due is released, uploaded and verified; what must not be published stays here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from probe_show import FOLDER, PROJECT, podcast, snapshot
from several_episodes import FIRST, SECOND

AUDIO = f"audio/{FOLDER}.mp3"


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def aim(show: Path, target: str, more: str = "") -> None:
    path = show / "episodes/show.toml"
    path.write_text(f'{path.read_text(encoding="utf-8")}\n[publish]\ntarget = "{target}"\n{more}', encoding="utf-8")


def public(folder: Path) -> dict[str, str]:
    return {name: sha for name, sha in snapshot(folder).items() if name != ".veroeffentlicht.json"}


def saying(folder: Path, words: str) -> set[str]:
    """The files in which `words` stand."""
    return {name for name in public(folder) if words.encode() in (folder / name).read_bytes()}


def test_a_due_episode_is_released_and_uploaded_once(show: Path, tmp_path: Path) -> None:
    aim(show, "../web")
    ended = podcast(show, "publish")
    assert ended.returncode == 0, ended.stderr
    assert f"{FOLDER} ist veröffentlicht und eingefroren." in ended.stdout
    sent = [line.split()[1] for line in ended.stdout.splitlines() if line.startswith("  ↑")]
    assert (sent[0], sent[-1]) == (AUDIO, "feed.xml")
    assert (show / f"episodes/{FOLDER}/release.json").exists()
    assert public(tmp_path / "web") == snapshot(show / "feed")
    again = podcast(show, "publish")
    assert again.returncode == 0, again.stderr
    assert "↑" not in again.stdout
    assert "../web ist auf dem Stand" in again.stdout


def test_a_corrected_transcript_is_uploaded_without_the_audio(show: Path, tmp_path: Path) -> None:
    aim(show, "../web")
    assert podcast(show, "publish").returncode == 0
    before = public(tmp_path / "web")
    transcript = show / f"transcripts/{FOLDER}.txt"
    transcript.write_text(transcript.read_text(encoding="utf-8").rstrip() + " Und ein Nachtrag.\n", encoding="utf-8")
    ended = podcast(show, "publish")
    assert ended.returncode == 0, ended.stderr
    after = public(tmp_path / "web")
    changed = {name for name in after if after[name] != before.get(name)}
    assert f"folgen/{FOLDER}/transkript.vtt" in changed
    assert AUDIO not in changed
    assert after == snapshot(show / "feed")


def test_a_dry_run_shows_everything_and_does_nothing(show: Path, tmp_path: Path) -> None:
    aim(show, "../web")
    ended = podcast(show, "publish", "--dry-run")
    assert ended.returncode == 0, ended.stderr
    assert f"{FOLDER} ist fällig und würde geprüft" in ended.stdout
    assert AUDIO in ended.stdout
    assert "Es wurde nichts veröffentlicht und nichts hochgeladen." in ended.stdout
    assert not (show / f"episodes/{FOLDER}/release.json").exists()
    assert not (tmp_path / "web").exists()


def test_a_scheduled_episode_is_published_when_it_is_due(show: Path, tmp_path: Path) -> None:
    aim(show, "../web")
    early = podcast(show, "--today", "2026-01-14T12:00:00+01:00", "publish")
    assert early.returncode == 8
    assert "Noch ist keine Folge fällig" in early.stderr
    assert not (tmp_path / "web").exists()
    assert podcast(show, "--today", "2026-01-15T06:00:01+01:00", "publish").returncode == 0
    assert (tmp_path / "web" / AUDIO).exists()


def test_an_episode_that_may_not_be_released_stops_everything(show: Path, tmp_path: Path) -> None:
    aim(show, "../web")
    transcript = show / f"transcripts/{FOLDER}.txt"
    transcript.write_text(transcript.read_text(encoding="utf-8") + "\nStimme 2:\nWer war das?\n", encoding="utf-8")
    ended = podcast(show, "publish")
    assert ended.returncode == 8
    assert "lässt sich noch nicht veröffentlichen" in ended.stderr
    assert not (tmp_path / "web").exists()


def corrected(show: Path, folder: str) -> None:
    edit(show / f"transcripts/{folder}.txt", ".", "!")


def test_without_a_terminal_an_uncorrected_episode_stays_out_and_the_others_are_published(
    two_made: Path, tmp_path: Path
) -> None:
    corrected(two_made, SECOND)
    aim(two_made, "../web")
    ended = podcast(two_made, "publish", asks=True, stdin=subprocess.DEVNULL)
    assert ended.returncode == 14, ended.stdout + ended.stderr
    assert f"{FIRST} bleibt draußen: das Transkript ist der unveränderte Entwurf." in ended.stdout
    assert f"{SECOND} ist veröffentlicht und eingefroren." in ended.stdout
    assert f"  {FIRST}\n" in ended.stderr
    sent = public(tmp_path / "web")
    assert f"audio/{SECOND}.mp3" in sent
    assert not [name for name in sent if FIRST in name]
    assert FIRST not in (tmp_path / "web/feed.xml").read_text(encoding="utf-8")
    assert not (two_made / f"episodes/{FIRST}/release.json").exists()
    assert podcast(two_made, "publish", asks=True, stdin=subprocess.DEVNULL).returncode == 14
    corrected(two_made, FIRST)
    ended = podcast(two_made, "publish", asks=True, stdin=subprocess.DEVNULL)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert f"audio/{FIRST}.mp3" in public(tmp_path / "web")


def test_if_nobody_corrected_any_transcript_nothing_is_uploaded(show: Path, tmp_path: Path) -> None:
    aim(show, "../web")
    for arguments in (("publish",), ("publish", "--dry-run"), ("release", "1")):
        ended = podcast(show, *arguments, asks=True, stdin=subprocess.DEVNULL)
        assert ended.returncode == 14, ended.stderr
        assert FOLDER in ended.stderr
        assert "unveränderte Entwurf" in ended.stderr
        assert "--yes" in ended.stderr
    assert not (show / f"episodes/{FOLDER}/release.json").exists()
    assert not (tmp_path / "web").exists()


@pytest.mark.skipif(os.name != "posix", reason="needs a terminal of POSIX")
@pytest.mark.parametrize(("verb", "answer", "code"), [("publish", "j", 0), ("publish", "n", 14), ("release", "j", 0)])
def test_at_a_terminal_a_person_is_asked(show: Path, verb: str, answer: str, code: int) -> None:
    import pty

    aim(show, "../web")
    ours, theirs = pty.openpty()
    os.write(ours, f"{answer}\n".encode())
    ended = podcast(show, verb, *(("1",) if verb == "release" else ()), asks=True, stdin=theirs)
    os.close(ours)
    os.close(theirs)
    assert ended.returncode == code, ended.stdout + ended.stderr
    assert f"{FOLDER}: das Transkript ist der unveränderte Entwurf. Trotzdem veröffentlichen?" in ended.stdout
    assert (show / f"episodes/{FOLDER}/release.json").exists() == (code == 0)


def test_a_new_recording_whose_draft_nobody_corrected_is_asked_about(released: Path) -> None:
    before = (released / f"episodes/{FOLDER}/release.json").read_bytes()
    edit(released / f"episodes/{FOLDER}/episode.toml", "Mitte", "Anderswo")
    ended = podcast(released, "release", "1", "--new-audio", asks=True, stdin=subprocess.DEVNULL)
    assert ended.returncode == 14, ended.stderr
    assert (released / f"episodes/{FOLDER}/release.json").read_bytes() == before


@pytest.mark.parametrize(
    ("target", "code", "expected"),
    [
        (None, 2, "[publish]"),
        ("feed", 2, "in dem der Podcast selbst arbeitet"),
        ("preview/x", 2, "in dem der Podcast selbst arbeitet"),
        (".", 2, "in dem der Podcast selbst arbeitet"),
        ("..", 2, "oder enthält ihn"),
        ("../..", 2, "oder enthält ihn"),
        ("/", 2, "in dem der Podcast selbst arbeitet"),
        ("../verweis", 2, "in dem der Podcast selbst arbeitet"),
        ("../verweis/feed", 2, "in dem der Podcast selbst arbeitet"),
        ("webdav://server/pfad?password=geheim4711", 3, "Zugangsdaten"),
        ("simplecache::sftp://ich:geheim4711@server/pfad", 3, "verkettete"),
        ("sftp:/ich:geheim4711@server/pfad", 3, "weder ein Ordner noch eine Adresse"),
        ("../nicht/da", 12, "Das Ziel gibt es nicht"),
        ("../kreis", 10, "Diese Verknüpfung verweist auf sich selbst"),
        ("../datei", 12, "Auf dem Ziel liegt eine Datei, wo ein Ordner hingehört"),
        ("../" + "x" * 300, 12, "Ein Name ist für das Ziel zu lang"),
        ("sftp://ich:geheim4711@server/pfad", 3, "ein Passwort gehört nicht in diese Datei"),
        ('s3://speicher"\nendpoint = "https://ich:geheim4711@server', 3, "Zugangsdaten gehören nicht in diese Datei"),
        ("https://server/pfad", 3, "dorthin kann man nicht hochladen"),
        ("sftp://server", 3, "der Ordner fehlt"),
        ("s3:///ordner", 3, "fehlt der Server oder der Speicher"),
    ],
)
def test_an_impossible_target_is_reported_before_anything_happens(
    show: Path, target: str | None, code: int, expected: str
) -> None:
    (show.parent / "datei").write_bytes(b"")
    (show.parent / "verweis").symlink_to(show)
    (show.parent / "kreis").symlink_to("kreis")
    if target is not None:
        aim(show, target)
    ended = podcast(show, "publish")
    assert ended.returncode == code, ended.stderr
    assert not (show.parent / "feed.xml").exists()
    assert expected in ended.stderr
    assert "geheim4711" not in ended.stderr + ended.stdout
    assert "Traceback" not in ended.stderr
    assert not (show / f"episodes/{FOLDER}/release.json").exists()


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="needs root to mount")
def test_a_target_that_cannot_be_written_is_found_before_anything_is_frozen(show: Path, tmp_path: Path) -> None:
    target = tmp_path / "web"
    target.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", str(target)], check=False).returncode:
        pytest.skip("needs the right to mount")
    try:
        aim(show, "../web")
        ended = podcast(show, "publish")
    finally:
        subprocess.run(["umount", str(target)], check=True)
    assert (ended.returncode, "Hier darf nicht geschrieben werden." in ended.stderr) == (10, True), ended.stderr
    assert not (show / f"episodes/{FOLDER}/release.json").exists()
    assert podcast(show, "publish").returncode == 0


def test_placeholders_and_the_example_are_never_published(show: Path, tmp_path: Path) -> None:
    aim(show, "../web")
    edit(show / f"episodes/{FOLDER}/episode.toml", "recording", "example = true\nrecording")
    ended = podcast(show, "publish")
    assert (ended.returncode, "das Beispiel wird nie hochgeladen" in ended.stderr) == (8, True)
    edit(show / "episodes/show.toml", ".example", ".invalid")
    ended = podcast(show, "publish")
    assert (ended.returncode, "base_url" in ended.stderr) == (8, True)
    assert not (tmp_path / "web").exists()


def test_another_clone_publishes_without_the_audio(show: Path, tmp_path: Path) -> None:
    aim(show, "../web")
    assert podcast(show, "publish").returncode == 0
    before = public(tmp_path / "web")
    (show / "feed" / AUDIO).unlink()
    for path in sorted((show / f"episodes/{FOLDER}/work").glob("*.mp3")):
        path.unlink()
    ended = podcast(show, "publish")
    assert ended.returncode == 0, ended.stderr
    assert public(tmp_path / "web") == before
    (tmp_path / "web" / AUDIO).unlink()
    ended = podcast(show, "publish")
    assert ended.returncode == 12
    assert f"feed/{AUDIO}" in ended.stderr


def test_secrets_are_never_printed(show: Path) -> None:
    aim(show, "s3://speicher/podcast", 'endpoint = "http://127.0.0.1:1"\n')
    secrets = {"AWS_ACCESS_KEY_ID": "AKIAGEHEIM", "AWS_SECRET_ACCESS_KEY": "geheim4711", "AWS_SESSION_TOKEN": "tok4711"}
    ended = podcast(show, "-v", "publish", env={**os.environ, **secrets, "AWS_MAX_ATTEMPTS": "1"})
    assert ended.returncode == 12, ended.stderr
    assert "nicht zu erreichen" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not [secret for secret in secrets.values() if secret in ended.stdout + ended.stderr]


def test_the_public_address_is_checked_on_request(show: Path, tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/web/"
    edit(show / "episodes/show.toml", "https://digitales-mv.example/podcast/", url)
    assert podcast(show, "episode", "1").returncode == 0
    aim(show, "../web")
    quiet = podcast(show, "publish")
    assert (quiet.returncode, url in quiet.stdout) == (0, False)
    ended = podcast(show, "publish", "--verify")
    server.shutdown()
    server.server_close()
    assert ended.returncode == 12  # Python's own server answers no Range
    assert f"{AUDIO}: Range wird nicht beantwortet" in ended.stderr
    assert f"  · folgen/{FOLDER}/transkript.vtt: Access-Control-Allow-Origin fehlt" in ended.stdout


def test_a_second_publication_at_the_same_time_is_refused(show: Path) -> None:
    aim(show, "../web")
    code = "import sys; from pathlib import Path; from pipeline.build.locks import locked\n"
    code += "with locked(Path(sys.argv[1]), what='x', wait_s=0, on_wait=print):\n"
    code += "    print('held', flush=True)\n    sys.stdin.read()"
    lock = show / "episodes/.work/publish.lock"
    command = [sys.executable, "-c", code, str(lock)]
    other = subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    ended = podcast(show, "publish")
    other.communicate()
    assert ended.returncode == 9
    assert "Das Hochladen wird gerade von einem anderen Lauf bearbeitet" in ended.stderr


def test_a_withdrawn_episode_leaves_the_target_after_a_question(released: Path, tmp_path: Path) -> None:
    """The only one: the feed is empty then, and the example does not take its place. Without an answer nothing is
    removed, but listed; offered again, everything is back."""
    aim(released, "../web")
    assert podcast(released, "publish").returncode == 0
    before = public(tmp_path / "web")
    theirs = {name for name in before if FOLDER in name} - {f"folgen/{FOLDER}/index.html"}
    (tmp_path / "web/audio" / f"{FOLDER}.v0.mp3").write_bytes(
        b"ID3"
    )  # an older recording that the record does not know
    theirs |= {f"audio/{FOLDER}.v0.mp3"}
    words = (released / f"transcripts/{FOLDER}.txt").read_text(encoding="utf-8").splitlines()[1][:30]
    assert f"folgen/{FOLDER}/transkript.txt" in saying(tmp_path / "web", words)
    assert podcast(released, "withdraw", "1", "--reason", "Auf Wunsch.").returncode == 0

    planned = podcast(released, "publish", "--dry-run")
    assert planned.returncode == 0, planned.stderr
    assert {line.split()[1] for line in planned.stdout.splitlines() if "zurückgezogen;" in line} == theirs
    assert b"<item>" in (tmp_path / "web/feed.xml").read_bytes()

    asked = podcast(released, "publish", asks=True, stdin=subprocess.DEVNULL)
    assert asked.returncode == 12
    assert {line.strip() for line in asked.stderr.splitlines() if FOLDER in line} == theirs
    assert f"  audio/{FOLDER}.v0.mp3 (hier liegt keine Kopie davon)" in asked.stdout
    assert f"  audio/{FOLDER}.mp3\n" in asked.stdout
    assert "--yes" in asked.stdout
    assert b"<item>" not in (tmp_path / "web/feed.xml").read_bytes()
    assert theirs <= public(tmp_path / "web").keys()

    ended = podcast(released, "publish", "--yes", "--verify")  # nobody answers at the public address
    assert f"× audio/{FOLDER}.mp3 (zurückgezogen)" in ended.stdout
    assert f" unverändert, {len(theirs)} gelöscht." in ended.stdout
    assert public(tmp_path / "web") == snapshot(released / "feed")
    assert not saying(tmp_path / "web", words)
    again = podcast(released, "publish")
    assert (again.returncode, "nichts zu tun" in again.stdout) == (0, True)

    assert podcast(released, "withdraw", "1", "--undo").returncode == 0
    assert podcast(released, "publish").returncode == 0
    assert public(tmp_path / "web") == before


def test_the_example_does_not_take_the_place_of_the_only_episode(released: Path, tmp_path: Path) -> None:
    example = released / "episodes/002-beispiel"
    shutil.copytree(released / f"episodes/{FOLDER}", example)
    (example / "release.json").unlink()
    edit(example / "episode.toml", "number = 1", "number = 2\nexample = true")
    edit(example / "episode.toml", 'slug = "probe"', 'slug = "beispiel"')
    edit(example / "episode.toml", "000000000001", "000000000002")
    shutil.copy(released / f"transcripts/{FOLDER}.txt", released / "transcripts/002-beispiel.txt")
    aim(released, "../web")
    assert podcast(released, "publish").returncode == 0
    assert podcast(released, "withdraw", "1", "--reason", "Auf Wunsch.").returncode == 0
    ended = podcast(released, "publish", env={**os.environ, "PODCAST_YES": "1"})
    assert ended.returncode == 0, ended.stderr
    assert not [name for name in public(tmp_path / "web") if "beispiel" in name or name.startswith("audio/")]


def test_a_link_out_of_feed_is_not_uploaded_and_named(released: Path, tmp_path: Path) -> None:
    aim(released, "../web")
    (tmp_path / "privat.txt").write_text("geheim", encoding="utf-8")
    (released / "feed/privat.txt").symlink_to(tmp_path / "privat.txt")
    ended = podcast(released, "publish")
    assert ended.returncode == 4
    assert "Verweise aus feed/ hinaus sind:\n  privat.txt" in ended.stderr
    assert "feed.xml" in public(tmp_path / "web")
    assert "privat.txt" not in public(tmp_path / "web")


@pytest.mark.skipif(os.name != "posix", reason="needs rights of POSIX")
def test_a_strict_umask_keeps_no_web_server_out(released: Path, tmp_path: Path) -> None:
    aim(released, "../web")
    ended = podcast(released, "publish", umask=0o077)
    assert ended.returncode == 0, ended.stderr
    assert "Nur der Besitzer" not in ended.stdout
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "web").rglob("*")} | {
        (tmp_path / "web").stat().st_mode & 0o777
    }
    assert modes == {0o644, 0o755}
    (tmp_path / "web").chmod(0o700)
    assert "Nur der Besitzer darf lesen" in podcast(released, "publish").stdout


def test_a_record_that_names_files_elsewhere_stops_the_upload(released: Path, tmp_path: Path) -> None:
    aim(released, "../web")
    assert podcast(released, "publish").returncode == 0
    (tmp_path / "privat").mkdir()
    letter = tmp_path / "privat/brief.html"
    letter.write_text("Liebe Oma", encoding="utf-8")
    record = tmp_path / "web/.veroeffentlicht.json"
    edit(record, '"files": {', '"files": {"../privat/brief.html": {"sha256": "ab", "size_bytes": 9},')
    ended = podcast(released, "publish")
    assert ended.returncode == 12
    assert "../privat/brief.html" in ended.stderr
    assert letter.exists()
    record.unlink()
    assert podcast(released, "publish").returncode == 0
