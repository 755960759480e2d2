"""A newer draft beside an edited transcript, and episodes without a model: no edited text is ever lost."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import webvtt
from mutagen.id3 import ID3
from probe_show import FOLDER, PROJECT, podcast, snapshot, two_turns, write_wav

ADDED = "\nGrüße von Hand, mit 100 € & „Strichen“.\n"
COPY_NAME = f"{FOLDER}.2026-03-01-*.txt"


def transcript_of(root: Path) -> Path:
    return root / f"transcripts/{FOLDER}.txt"


def draft_of(root: Path) -> Path:
    return root / f"episodes/{FOLDER}/draft.txt"


def kept_in(root: Path) -> Path:
    return root / f"episodes/{FOLDER}/work/gesichert"


def copies_in(root: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(kept_in(root).glob(COPY_NAME))]


def edit_by_hand(root: Path) -> bytes:
    """Save the transcript as an old editor does: changed, Windows-1252, CRLF; return its bytes."""
    text = transcript_of(root).read_text(encoding="utf-8") + ADDED
    transcript_of(root).write_bytes(text.replace("\n", "\r\n").encode("cp1252"))
    return transcript_of(root).read_bytes()


def cut_the_recording(root: Path) -> None:
    samples = two_turns()
    write_wav(root / f"episodes/{FOLDER}/raw.wav", samples[: len(samples) // 2])


def without_model(root: Path) -> None:
    toml = root / f"episodes/{FOLDER}/episode.toml"
    text = toml.read_text(encoding="utf-8")
    assert 'model = "demo"' in text
    toml.write_text(text.replace('model = "demo"', 'model = "none"'), encoding="utf-8")


@pytest.fixture(scope="module")
def drafted_once(produced_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The show after the transcript was edited by hand and the recording cut: the new draft differs from the text."""
    root = tmp_path_factory.mktemp("drafted") / "show"
    shutil.copytree(produced_once, root)
    (root / "edited").write_bytes(edit_by_hand(root))
    cut_the_recording(root)
    ended = podcast(root, "split", "1")
    assert ended.returncode == 0, ended.stderr
    (root / "split.log").write_text(ended.stdout, encoding="utf-8")
    return root


@pytest.fixture
def drafted(drafted_once: Path, tmp_path: Path) -> Path:
    root = tmp_path / "drafted"
    shutil.copytree(drafted_once, root)
    return root


def test_a_new_draft_is_announced_and_compared_and_the_edited_text_stays(drafted: Path) -> None:
    told = (drafted / "split.log").read_text(encoding="utf-8")
    assert (
        f"transcripts/{FOLDER}.txt ist von Hand bearbeitet und bleibt, wie es ist. Ein neuer Entwurf weicht an" in told
    )
    assert f"podcast transcript diff {FOLDER}" in told
    assert f"podcast split {FOLDER} --take-draft" in told
    edited = (drafted / "edited").read_bytes()
    before = snapshot(drafted)
    shown = podcast(drafted, "transcript", "diff", "1")
    assert shown.returncode == 0, shown.stderr
    assert "„Strichen“.-]" in shown.stdout
    assert snapshot(drafted) == before
    again = podcast(drafted, "split", "1")
    assert "bleibt, wie es ist" not in again.stdout  # reported once for each new draft
    assert transcript_of(drafted).read_bytes() == edited
    assert copies_in(drafted) == []


def test_a_single_word_under_another_name_is_counted_as_one(show: Path) -> None:
    text = transcript_of(show).read_text(encoding="utf-8")
    label = "Sina Silbe [Wortlabor]:\n"
    before, behind = text.split(label)
    word, rest = behind.split(" ", 1)
    transcript_of(show).write_text(f"{before}{word}\n\n{label}{rest}", encoding="utf-8")
    shown = podcast(show, "transcript", "diff", "1").stdout
    assert f"[-Tom Takt-]{{+Sina Silbe+}} spricht: „{word}“ (1 Wort)" in shown


def test_split_takes_the_draft_on_request_and_keeps_a_dated_copy(drafted: Path) -> None:
    taken = podcast(drafted, "split", "1", "--take-draft")
    assert taken.returncode == 0, taken.stderr
    assert f"transcripts/{FOLDER}.txt ist jetzt der neue Entwurf" in taken.stdout
    assert transcript_of(drafted).read_bytes() == draft_of(drafted).read_bytes()
    assert copies_in(drafted) == [(drafted / "edited").read_bytes()]
    again = podcast(drafted, "split", "1", "--take-draft")
    assert again.returncode == 0, again.stderr
    assert "es gab nichts zu übernehmen" in again.stdout
    assert len(copies_in(drafted)) == 1


def test_episode_takes_the_draft_of_the_same_run_and_uses_it_everywhere(drafted: Path) -> None:
    draft_of(drafted).unlink()
    taken = podcast(drafted, "episode", "1", "--take-draft")
    assert taken.returncode == 0, taken.stderr
    assert "bleibt, wie es ist" not in taken.stdout
    assert transcript_of(drafted).read_bytes() == draft_of(drafted).read_bytes()
    assert copies_in(drafted) == [(drafted / "edited").read_bytes()]
    folder = drafted / f"feed/folgen/{FOLDER}"
    lyrics = ID3(drafted / f"feed/audio/{FOLDER}.mp3").getall("USLT")[0].text
    written = [
        (folder / name).read_text(encoding="utf-8") for name in ("index.html", "transkript.vtt", "transkript.txt")
    ]
    assert not [text for text in (*written, lyrics) if "Strichen" in text]


@pytest.mark.parametrize("verb", ["split", "episode"])
def test_the_draft_is_not_taken_once_the_episode_is_released(show: Path, verb: str) -> None:
    edit_by_hand(show)
    assert podcast(show, "release", "1").returncode == 0
    before = snapshot(show)
    refused = podcast(show, verb, "1", "--take-draft")
    assert refused.returncode == 8
    assert "ein neuer Entwurf ersetzt das Transkript nicht mehr" in refused.stderr
    assert snapshot(show) == before


@pytest.mark.parametrize("draft_is_there", [True, False], ids=["draft there", "draft made in this run"])
def test_an_unreadable_transcript_can_be_replaced_by_the_draft_and_is_kept(drafted: Path, draft_is_there: bool) -> None:
    binary = b"PK\x03\x04\x00\xff\xfe kein Text"
    transcript_of(drafted).write_bytes(binary)
    if not draft_is_there:
        draft_of(drafted).unlink()
    stopped = podcast(drafted, "retime", "1")
    assert (stopped.returncode, f"{FOLDER}.txt" in stopped.stderr) == (7, True), stopped.stderr
    taken = podcast(drafted, "split", "1", "--take-draft")
    assert taken.returncode == 0, taken.stderr
    assert transcript_of(drafted).read_bytes() == draft_of(drafted).read_bytes()
    assert copies_in(drafted) == [binary]


@pytest.mark.parametrize("seed", [1, 2, pytest.param(random.SystemRandom().randrange(10_000), id="random")])
def test_killing_a_run_that_takes_the_draft_never_loses_the_edited_text(drafted: Path, seed: int) -> None:
    print(f"kill seed {seed}")  # noqa: T201  a failure must show its seed
    chance = random.Random(seed)
    edited, draft = (drafted / "edited").read_bytes(), draft_of(drafted).read_bytes()
    for turn in range(4):
        transcript_of(drafted).write_bytes(edited)
        shutil.rmtree(kept_in(drafted), ignore_errors=True)
        if turn % 2:
            draft_of(drafted).unlink(missing_ok=True)  # the killed run has to write it, too
        command = [sys.executable, "-m", "pipeline", "--root", str(drafted), "split", "1", "--take-draft"]
        victim = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for_the_copy(victim, drafted)
        for _ in range(chance.randrange(3000)):  # a moment or two later; how long depends on the machine
            victim.poll()
        victim.kill()
        victim.wait()
        there = transcript_of(drafted).read_bytes()
        assert there in {edited, draft}
        kept = [path.read_bytes() for path in kept_in(drafted).glob(f"{FOLDER}.*.txt")]
        assert there == edited or edited in kept
    ended = podcast(drafted, "split", "1", "--take-draft")
    assert ended.returncode == 0, ended.stderr
    assert transcript_of(drafted).read_bytes() == draft
    assert edited in copies_in(drafted) + kept


def wait_for_the_copy(victim: subprocess.Popen[bytes], root: Path) -> None:
    """Wait until the folder of copies exists, which is just before the copy is written, or the run has ended."""
    while victim.poll() is None and not kept_in(root).exists():
        pass


def test_without_a_model_a_transcript_from_elsewhere_is_published_with_times_for_paragraphs(
    produced_once: Path, fresh_show: Path
) -> None:
    without_model(fresh_show)
    subtitles = produced_once / f"feed/folgen/{FOLDER}/transkript.vtt"
    taken = podcast(fresh_show, "transcript", "import", "1", str(subtitles))
    assert taken.returncode == 0, taken.stderr
    written = transcript_of(fresh_show).read_bytes()
    ended = podcast(fresh_show, "episode", "1")
    assert ended.returncode == 0, ended.stderr
    assert transcript_of(fresh_show).read_bytes() == written
    assert not draft_of(fresh_show).exists()
    folder = fresh_show / f"feed/folgen/{FOLDER}"
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert "Die Zeiten gelten für ganze Absätze." in page
    assert not [word for word in ("Whisper", "Demo-Modell", "espeak", "none“") if word in page]
    cues = webvtt.read(folder / "transkript.vtt")
    assert "NOTE" not in (folder / "transkript.vtt").read_text(encoding="utf-8")
    text = " ".join(cue.text for cue in cues).split()
    assert text == [word for cue in webvtt.read(subtitles) for word in cue.text.split()]
    heard = json.loads((produced_once / f"feed/folgen/{FOLDER}/transkript.json").read_text(encoding="utf-8"))
    second_turn = next(cue for cue in cues if cue.voice == "Sina Silbe").start_in_seconds
    truth = next(part["startTime"] for part in heard["segments"] if part["speaker"] == "Sina Silbe")
    assert abs(second_turn - truth) <= 1.5
    assert "✓" not in podcast(fresh_show, "episode", "1").stdout


def test_without_a_model_and_without_a_transcript_the_error_says_how_to_get_one(show: Path) -> None:
    without_model(show)
    transcript_of(show).unlink()
    draft_of(show).unlink()
    ended = podcast(show, "episode", "1")
    assert ended.returncode == 4, ended.stdout + ended.stderr
    assert "Das Transkript fehlt." in ended.stderr
    assert "podcast transcript import" in ended.stderr
    assert "podcast split" not in ended.stderr  # which would not make one here
    assert not transcript_of(show).exists()


@pytest.mark.parametrize(
    "arguments", [("split", "1"), ("split", "1", "--take-draft"), ("episode", "1", "--take-draft")]
)
def test_without_a_model_asking_for_a_draft_is_refused_and_changes_nothing(
    show: Path, arguments: tuple[str, ...]
) -> None:
    edit_by_hand(show)
    without_model(show)
    before = snapshot(show)
    refused = podcast(show, *arguments)
    assert refused.returncode == 2
    assert "einen neuen Entwurf gibt es nicht" in refused.stderr
    assert snapshot(show) == before


def test_switching_from_whisper_to_estimated_times_keeps_its_words_and_reports_a_different_text(show: Path) -> None:
    words = show / f"episodes/{FOLDER}/words.json"
    heard = words.read_bytes()
    without_model(show)
    ended = podcast(show, "episode", "1")
    assert ended.returncode == 0, ended.stderr
    assert "Die bisherige Spracherkennung ist gesichert" in ended.stdout
    assert words.read_bytes() != heard
    assert [path.read_bytes() for path in kept_in(show).glob("words.*.json")] == [heard]
    transcript_of(show).write_text(
        "Klara Klang:\n" + "Etwas ganz anderes steht nun hier. " * 9 + "\n", encoding="utf-8"
    )
    assert "anderen Stand des Textes" in " ".join(podcast(show, "episode", "1").stdout.split())
