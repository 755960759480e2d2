"""Text that was heard but is not spoken is marked once, and then asked for no more."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from small_show import FOLDER, make_show

from pipeline.build.files import write_text
from pipeline.cli.main import cli
from pipeline.editor.checks.finding import CheckFinding
from pipeline.editor.checks.transcript import check_transcript
from pipeline.editor.manuscripts import check_transcripts
from pipeline.paths import EpisodePaths, ShowPaths
from pipeline.show.config import load_episode, load_show
from pipeline.values.audio import Source, Timeline
from pipeline.values.json_files import recognition_to_json, to_json
from pipeline.values.speech import Provenance, Recognition, RecognitionFinding, Segment, Word

MOMENT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SPEAKERS = """\

[[speakers]]
name = "Tom Takt"
role = "host"
"""
SPOKEN = [f"Wort{number}" for number in range(60)]
SUNG = [f"Lied{number}" for number in range(20)]


def heard(*parts: tuple[float, list[str]], findings: tuple[RecognitionFinding, ...] = ()) -> Recognition:
    """Each part begins at its second; a word takes half a second."""
    segments = []
    for start_s, texts in parts:
        words = tuple(
            Word(text=text, start_s=start_s + n / 2, end_s=start_s + n / 2 + 0.4, probability=0.9)
            for n, text in enumerate(texts)
        )
        segments.append(Segment(start_s=words[0].start_s, end_s=words[-1].end_s, times="word", words=words))
    provenance = Provenance(model="base", model_sha256="", engine="", versions=(), date="2026-01-01", demo=False)
    return Recognition(fingerprint="", provenance=provenance, segments=tuple(segments), findings=findings)


UNHEARD = RecognitionFinding(kind="unheard", start_s=65.0, end_s=68.0, text="")
RECOGNITION = heard((0.0, SPOKEN[:40]), (25.0, SUNG), (40.0, SPOKEN[40:]), findings=(UNHEARD,))


@pytest.fixture
def show(tmp_path: Path) -> Path:
    """A show whose transcript has all that was spoken, and nothing of the song."""
    paths = EpisodePaths(tmp_path, FOLDER)
    make_show(tmp_path, SPEAKERS)
    paths.work.mkdir()
    write_text(paths.words, recognition_to_json(RECOGNITION))
    write_text(paths.transcript, f"Tom Takt:\n{' '.join(SPOKEN[:40])}. {' '.join(SPOKEN[40:])}.\n")
    record(paths, "a" * 64)
    return tmp_path


def record(paths: EpisodePaths, *sha256: str) -> None:
    sources = tuple(
        Source(file=f"raw{number}.wav", sha256=value, duration_s=70.0, sample_rate_hz=22050, channels=1)
        for number, value in enumerate(sha256)
    )
    write_text(paths.timeline, to_json(Timeline(sources=sources, duration_s=70.0)))


def podcast(show: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--root", str(show), "--today", MOMENT.isoformat(), "transcript", *arguments])


def not_spoken(show: Path, *arguments: str) -> Result:
    return podcast(show, "not-spoken", "1", *arguments)


def review(show: Path) -> dict[str, object]:
    return json.loads(ShowPaths(show).episode(FOLDER).review.read_text(encoding="utf-8"))


def found(show: Path) -> list[CheckFinding]:
    loaded = load_show(show)
    return list(check_transcript(show, loaded, load_episode(show, FOLDER, loaded), now=MOMENT))


def asked_for(show: Path) -> list[str]:
    """What the checks demand: by `check`, and by `transcript check`, which reports what a run reports."""
    texts = [finding.text for finding in found(show) if "%" in finding.text or "spricht jemand" in finding.text]
    return texts + [entry.text for entry in check_transcripts(show, "1")[0].findings if "fehlen im Text" in entry.text]


def test_what_was_heard_and_is_not_written_is_shown_with_the_command_that_marks_it(show: Path) -> None:
    result = not_spoken(show)
    assert result.exit_code == 0
    assert "2 Stellen sind gehört, aber nicht im Transkript:" in result.output
    assert "  · 00:25–00:34 „Lied0 Lied1 Lied2" in result.output
    assert "  · 01:05–01:08 (ohne Wörter)" in result.output
    assert "podcast transcript not-spoken 001-probe --from 00:25" in result.output
    assert not ShowPaths(show).episode(FOLDER).review.exists()


def test_a_marked_passage_is_no_longer_asked_for_and_does_not_count(show: Path) -> None:
    before = asked_for(show)
    assert len(before) == 3
    assert "75,0 % der Sprache" in before[1]
    assert not_spoken(show, "--from", "00:25").exit_code == 0
    assert asked_for(show) == [before[0]]
    assert not_spoken(show, "--from", "01:06").exit_code == 0
    assert asked_for(show) == []
    assert "Nicht gesprochen: 00:25–00:34 „Lied0" in not_spoken(show).output


def test_the_judgement_names_its_recording_its_words_and_its_moment(show: Path) -> None:
    not_spoken(show, "--from", "0:25")
    assert review(show) == {
        "version": 1,
        "not_spoken": [
            {
                "start_s": 25.0,
                "end_s": 34.9,
                "heard": " ".join(SUNG),
                "recording_sha256": "a" * 64,
                "marked": "2026-03-01T12:00:00+00:00",
            }
        ],
    }


def test_a_passage_inside_a_sentence_can_be_marked_as_well(show: Path) -> None:
    write_text(ShowPaths(show).episode(FOLDER).transcript, f"Tom Takt:\n{' '.join(SPOKEN)}.\n")
    assert [text for text in asked_for(show) if "20 Wörter von 00:25" in text]
    assert "  · 00:25–00:34 „Lied0" in not_spoken(show).output
    assert not_spoken(show, "--from", "00:25").exit_code == 0
    assert asked_for(show) == ["01:05–01:08: hier spricht jemand, und nichts steht im Transkript."]


def test_only_the_words_up_to_the_given_end_are_marked(show: Path) -> None:
    assert not_spoken(show, "--from", "0:25", "--to", "0:29").exit_code == 0
    assert [entry["heard"] for entry in review(show)["not_spoken"]] == [" ".join(SUNG[:10])]  # type: ignore[union-attr]
    assert "  · 00:30–00:34 „Lied10" in not_spoken(show).output
    assert not_spoken(show, "--from", "0:30").exit_code == 0
    assert "%" not in "".join(asked_for(show))


@pytest.mark.parametrize("recordings", [("b" * 64,), ("a" * 64, "b" * 64)])
def test_with_another_recording_the_mark_does_not_count_and_check_says_so(show: Path, recordings: tuple[str]) -> None:
    not_spoken(show, "--from", "0:25")
    record(ShowPaths(show).episode(FOLDER), *recordings)
    assert len(asked_for(show)) == 3
    (told,) = [finding for finding in found(show) if "galt als nicht gesprochen" in finding.text]
    assert (told.severity, told.where) == ("warning", f"episodes/{FOLDER}/review.json")
    assert "FROM=00:25 UNDO=1" in told.advice


def test_a_mark_never_covers_other_words_than_those_that_were_judged(show: Path) -> None:
    """With an intro, or heard again, something else may be at the same time."""
    not_spoken(show, "--from", "0:25")
    again = heard((0.0, SPOKEN[:40]), (25.0, [f"Satz{number}" for number in range(20)]), (40.0, SPOKEN[40:]))
    write_text(ShowPaths(show).episode(FOLDER).words, recognition_to_json(again))
    assert any("75,0 % der Sprache" in text for text in asked_for(show))


def test_a_clone_without_the_recording_keeps_the_mark_and_makes_none(show: Path) -> None:
    not_spoken(show, "--from", "0:25")
    ShowPaths(show).episode(FOLDER).timeline.unlink()
    assert "%" not in "".join(asked_for(show))
    refused = not_spoken(show, "--from", "1:05")
    assert refused.exit_code == 1
    assert "Die Aufnahme ist auf diesem Rechner nicht bekannt" in str(refused.exception)


def test_a_mark_can_be_taken_back(show: Path) -> None:
    not_spoken(show, "--from", "0:25")
    result = not_spoken(show, "--from", "0:27", "--undo")
    assert "Zurückgenommen: 00:25–00:34" in result.output
    assert len(asked_for(show)) == 3
    again = not_spoken(show, "--from", "0:27", "--undo")
    assert "nichts als nicht gesprochen vermerkt" in str(again.exception)


def test_what_is_written_is_not_marked(show: Path) -> None:
    result = not_spoken(show, "--from", "0:05")
    assert "Bei 00:05 fehlt nichts" in str(result.exception)
    assert not ShowPaths(show).episode(FOLDER).review.exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--from", "25"), "„25“ ist keine Zeit"),
        (("--to", "0:30"), "brauchen --from"),
        (("--undo",), "brauchen --from"),
    ],
)
def test_a_wrong_call_is_explained(show: Path, arguments: tuple[str, ...], told: str) -> None:
    result = not_spoken(show, *arguments)
    assert result.exit_code != 0
    assert told in result.output + str(result.exception)


def test_what_another_version_wrote_into_the_file_stays(show: Path) -> None:
    path = ShowPaths(show).episode(FOLDER).review
    write_text(path, json.dumps({"version": 2, "reviewed": [{"text_sha256": "c" * 64}], "not_spoken": []}))
    not_spoken(show, "--from", "0:25")
    assert review(show)["version"] == 2
    assert review(show)["reviewed"] == [{"text_sha256": "c" * 64}]
    assert len(review(show)["not_spoken"]) == 1  # type: ignore[arg-type]


@pytest.mark.parametrize("broken", ["", "<<<<<<< HEAD\n{}\n", "[]", '{"not_spoken": 3}', "\0"])
def test_a_broken_file_is_an_error_of_check_and_is_never_overwritten(show: Path, broken: str) -> None:
    path = ShowPaths(show).episode(FOLDER).review
    path.write_text(broken, encoding="utf-8")
    assert [(entry.severity, entry.where) for entry in found(show)] == [("error", f"episodes/{FOLDER}/review.json")]
    result = not_spoken(show, "--from", "0:25")
    assert "nicht lesbar" in str(result.exception)
    assert path.read_text(encoding="utf-8") == broken
