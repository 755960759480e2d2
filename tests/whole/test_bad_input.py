"""Mistakes that people make: one clear German message, its exit code, and every existing file unchanged."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from probe_show import FOLDER, PROJECT, make_show, podcast, snapshot, two_turns, write_wav

from pipeline.cli.main import main

IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


def home(root: Path) -> Path:
    return root / "episodes" / FOLDER


def replace_in(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def missing_recording(root: Path) -> None:
    (home(root) / "raw.wav").unlink()


def empty_recording(root: Path) -> None:
    (home(root) / "raw.wav").write_bytes(b"")


def mislabelled_recording(root: Path) -> None:
    (home(root) / "raw.wav").write_text("Das ist kein Ton.\n" * 100, encoding="utf-8")


def truncated_recording(root: Path) -> None:
    whole = (PROJECT / "episodes/000-beispiel/raw.flac").read_bytes()
    (home(root) / "raw.flac").write_bytes(whole[: len(whole) // 3])
    replace_in(home(root) / "episode.toml", "raw.wav", "raw.flac")


def silent_recording(root: Path) -> None:
    write_wav(home(root) / "raw.wav", np.zeros(22050 * 5))


def video_without_sound(root: Path) -> None:
    import av

    with av.open(str(home(root) / "raw.mp4"), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 64
        for _ in range(10):
            frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    replace_in(home(root) / "episode.toml", "raw.wav", "raw.mp4")


def misspelt_model(root: Path) -> None:
    replace_in(home(root) / "episode.toml", '"demo"', '"smal"')


def broken_model_file(root: Path) -> None:
    (root / "modell.pt").write_bytes(b"kein Modell" * 100)
    replace_in(home(root) / "episode.toml", '"demo"', '"modell.pt"')


def misspelt_key(root: Path) -> None:
    replace_in(home(root) / "episode.toml", "summary =", "sumary =")


def unreadable_cover(root: Path) -> None:
    (root / "episodes/cover.jpg").write_bytes(b"kein Bild")


def cover_in_print_colours(root: Path) -> None:
    Image.new("CMYK", (1400, 1400)).save(root / "episodes/cover.jpg")


def tiny_cover(root: Path) -> None:
    Image.new("RGB", (299, 299)).save(root / "episodes/cover.jpg")


def cover_of_20_megabytes(root: Path) -> None:
    picture = Image.effect_noise((2600, 2600), 50).convert("RGB")
    picture.save(home(root) / "bild.png", compress_level=0)
    replace_in(home(root) / "episode.toml", 'recording = "raw.wav"', 'cover = "bild.png"\nrecording = "raw.wav"')


def long_title(root: Path) -> None:
    replace_in(home(root) / "episode.toml", "Eine „kurze“ Probe", "Eine lange Probe " * 18)


def title_with_control_characters(root: Path) -> None:
    replace_in(home(root) / "episode.toml", "Eine „kurze“ Probe", "Eine\\u0007 Probe")


def unreadable_chapter_picture(root: Path) -> None:
    (home(root) / "karte.jpg").write_bytes(b"kein Bild")
    replace_in(home(root) / "episode.toml", 'title = "Mitte"', 'title = "Mitte"\nimage = "karte.jpg"')


def soundbite_after_the_end(root: Path) -> None:
    bite = '[[soundbites]]\nstart = "00:50"\nend = "01:10"\n\n[speech]'
    replace_in(home(root) / "episode.toml", "[speech]", bite)


def missing_cover(root: Path) -> None:
    (root / "episodes/cover.jpg").unlink()


def chapter_after_the_end(root: Path) -> None:
    replace_in(home(root) / "episode.toml", '"00:00:05"', '"00:59:00"')


def broken_show(root: Path) -> None:
    replace_in(root / "episodes/show.toml", "explicit = false", 'explicit = "nein"')


def binary_transcript(root: Path) -> None:
    (root / "transcripts" / f"{FOLDER}.txt").write_bytes(b"PK\x03\x04\x00\xff\xfe")


def neither_model_nor_transcript(root: Path) -> None:
    (root / "transcripts" / f"{FOLDER}.txt").unlink()
    replace_in(home(root) / "episode.toml", '"demo"', '"none"')


CASES = [
    (missing_recording, 4, "raw.wav"),
    (empty_recording, 5, "raw.wav"),
    (mislabelled_recording, 5, "raw.wav"),
    (truncated_recording, 5, "raw.flac"),
    (silent_recording, 5, "still"),
    (video_without_sound, 5, "raw.mp4"),
    (misspelt_model, 6, "Meinten Sie „small“?"),
    (broken_model_file, 6, "modell.pt"),
    (misspelt_key, 3, "Meinten Sie „summary“?"),
    (unreadable_cover, 4, "cover.jpg"),
    (missing_cover, 4, "cover.jpg"),
    (cover_in_print_colours, 3, "Das Cover ist kein RGB-Bild (CMYK-Farben)."),
    (tiny_cover, 3, "Das Cover ist zu klein (299 × 299 Pixel)."),
    (cover_of_20_megabytes, 3, "Das Cover ist als Datei zu groß (20 MB, höchstens 10 MB)."),
    (long_title, 3, "episode.toml:3: title: hat 313 Zeichen; Podcast-Apps nehmen höchstens 255, also kürzen"),
    (title_with_control_characters, 3, "title: darf keine Zeilenumbrüche oder Steuerzeichen enthalten (hier: U+0007)"),
    (unreadable_chapter_picture, 4, "Das Kapitelbild ist nicht lesbar: es ist weder ein JPEG noch ein PNG."),
    (soundbite_after_the_end, 3, "Diese Hörbeispiele reichen hinter das Ende der Folge"),
    (chapter_after_the_end, 3, "Mitte"),
    (broken_show, 3, "show.toml:12: explicit: true oder false"),
    (binary_transcript, 7, f"transcripts/{FOLDER}.txt"),
    (neither_model_nor_transcript, 4, "podcast transcript import"),
]


@pytest.mark.parametrize(("spoil", "code", "text"), CASES, ids=lambda value: getattr(value, "__name__", ""))
def test_a_mistake_gets_one_german_message_and_changes_nothing(show: Path, spoil, code: int, text: str) -> None:
    spoil(show)
    before = {name: sha for name, sha in snapshot(show).items() if "/work/" not in name and "/.work/" not in name}
    ended = podcast(show, "episode", "1")
    assert ended.returncode == code, ended.stdout + ended.stderr
    assert ended.stderr.count("Fehler:") == 1
    assert "Was tun:" in ended.stderr
    assert text in ended.stderr
    assert "Traceback" not in ended.stderr
    after = {name: sha for name, sha in snapshot(show).items() if "/work/" not in name and "/.work/" not in name}
    assert after == before


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (("episode", "9"), 2, "Eine Folge „9“ gibt es nicht."),
        (("episode", "prob"), 2, "Meinten Sie „probe“?"),
        (("episod",), 2, "Meinten Sie 'episode'?"),
        (("episode",), 2, "Es fehlt das Argument"),
        (("new", "1", "--title", "Neu"), 2, "Die Nummer 1 ist vergeben"),
        (("new", "x", "--title", "Neu"), 2, "„x“ ist keine Nummer."),
        (("new", "5", "--title", "…"), 2, "kein Ordnername"),
        (("new", "5", "--title", ""), 2, "Der Titel darf nicht leer sein."),
        (("new", "5", "--title", "x" * 300), 2, "Der Titel hat 300 Zeichen"),
        (("new", "5", "--title", "a\x07"), 2, "Der Titel darf keine Zeilenumbrüche oder Steuerzeichen enthalten"),
        (("new", "5", "--title", "Probe"), 2, "Den Kurznamen „probe“ gibt es schon"),
        (("--today", "gestern", "status"), 2, "„gestern“ ist kein Datum"),
    ],
)
def test_a_wrong_call_is_explained(fresh_show: Path, arguments: tuple[str, ...], code: int, text: str) -> None:
    before = snapshot(fresh_show)
    ended = podcast(fresh_show, *arguments)
    assert (ended.returncode, text in ended.stderr) == (code, True), ended.stderr
    assert snapshot(fresh_show) == before


def test_an_unknown_label_in_the_transcript_is_reported_and_stops_the_release(show: Path) -> None:
    transcript = show / f"transcripts/{FOLDER}.txt"
    replace_in(transcript, "Sina Silbe [Wortlabor]:", "Sina Silbr [Wortlabor]:")
    ended = podcast(show, "episode", "1")
    assert ended.returncode == 0
    assert "Zeile 4 (zu klären vor der Veröffentlichung)" in ended.stdout
    assert "Sina Silbe" in ended.stdout
    refused = podcast(show, "release", "1")
    assert refused.returncode == 8
    assert "Sina Silbr" in refused.stderr


def test_thousands_of_unknown_labels_do_not_bury_the_run(show: Path) -> None:
    with (show / f"transcripts/{FOLDER}.txt").open("a", encoding="utf-8") as file:
        file.writelines(f"\nHerr Zeuge{'abcdefghij'[i % 10]}{'abcdefghij'[i // 10]}:\nJa.\n" for i in range(99))
    ended = podcast(show, "retime", "1")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.count("(zu klären vor der Veröffentlichung)") == 30
    assert f"alle zeigt: podcast transcript check {FOLDER}" in ended.stdout


@pytest.mark.skipif(not IS_ROOT or shutil.which("unshare") is None, reason="needs root and unshare")
def test_a_model_that_cannot_be_fetched_says_which_file_is_missing_and_where_it_belongs(
    fresh_show: Path, tmp_path: Path
) -> None:
    replace_in(home(fresh_show) / "episode.toml", '"demo"', '"tiny"')
    command = ["unshare", "-n", sys.executable, "-m", "pipeline", "--root", str(fresh_show), "episode", "1"]
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    ended = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT, env=environment, check=False)
    assert ended.returncode == 6, ended.stderr
    assert "tiny.pt" in ended.stderr
    assert str(tmp_path / "cache") in ended.stderr
    assert not (home(fresh_show) / "words.json").exists()


@pytest.mark.skipif(not IS_ROOT, reason="needs root to mount a small file system")
def test_a_full_disk_leaves_every_existing_file_unchanged(fresh_show: Path, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2500k", "tmpfs", str(small)], check=False)
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        shutil.copytree(fresh_show, small / "show")
        before = snapshot(small / "show")
        ended = podcast(small / "show", "episode", "1")
        assert ended.returncode == 10, ended.stdout + ended.stderr
        assert "Der Datenträger ist voll." in ended.stderr
        after = snapshot(small / "show")
        assert {name: after[name] for name in before} == before
        assert not (home(small / "show") / "work/.staging").exists()
    finally:
        subprocess.run(["umount", str(small)], check=True)


@pytest.mark.skipif(IS_ROOT and shutil.which("setpriv") is None, reason="root may write anywhere without setpriv")
def test_a_read_only_folder_is_named_and_left_unchanged(fresh_show: Path) -> None:
    before = snapshot(fresh_show)
    folders = [fresh_show, *(path for path in fresh_show.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    powerless = ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner"] if IS_ROOT else []
    command = [*powerless, sys.executable, "-m", "pipeline", "--root", str(fresh_show), "episode", "1"]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT, check=False)
    for folder in folders:
        folder.chmod(0o755)
    assert ended.returncode == 10, ended.stderr
    assert "Hier darf nicht geschrieben werden." in ended.stderr
    assert snapshot(fresh_show) == before


def test_a_very_short_recording_still_becomes_an_episode(fresh_show: Path) -> None:
    write_wav(home(fresh_show) / "raw.wav", two_turns()[: 22050 * 6])
    ended = podcast(fresh_show, "episode", "1")
    assert ended.returncode == 0, ended.stderr


def test_a_truncated_recording_is_accepted_on_request(show: Path) -> None:
    truncated_recording(show)
    replace_in(home(show) / "episode.toml", 'recording = "raw.flac"', 'accept_truncated = true\nrecording = "raw.flac"')
    ended = podcast(show, "normalise", "1")
    assert ended.returncode == 0, ended.stderr
    assert "genommen wird, was da ist" in " ".join(ended.stdout.split())


def test_running_out_of_memory_is_reported_like_any_other_mistake(
    show: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def no_room(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("pipeline.workflow.overview.overview", no_room)
    with pytest.raises(SystemExit) as ended:
        main(["--root", str(show), "status"])
    assert ended.value.code == 10
    told = capsys.readouterr().err
    assert told.startswith("\nFehler: Der Arbeitsspeicher reicht nicht.")
    assert "Was tun: Andere Programme schließen" in told


def test_a_template_that_is_not_filled_in_stops_before_whisper(tmp_path: Path) -> None:
    home = make_show(tmp_path / "show")
    toml = home / "episode.toml"
    filled_in = toml.read_text(encoding="utf-8")
    assert 'name = "Tom Takt"' in filled_in
    toml.write_text(filled_in.replace('name = "Tom Takt"', 'name = "Moderation"'), encoding="utf-8")
    for verb in ("episode", "transcribe"):
        refused = podcast(tmp_path / "show", verb, "1")
        assert refused.returncode == 3
        assert "heißt noch „Moderation“" in refused.stderr
        assert not (home / "work/words.json").exists()
    assert podcast(tmp_path / "show", "normalise", "1").returncode == 0  # needs no names
