"""What a step reports, refuses and counts, seen through the real command on a show of its own."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent / room) for room in ("pages", "whole")]

import page_samples as samples  # noqa: E402
from probe_show import EPISODE, FOLDER, make_show, podcast  # noqa: E402

from pipeline.build.engine import Build  # noqa: E402
from pipeline.build.step import Step  # noqa: E402
from pipeline.paths import ShowPaths  # noqa: E402
from pipeline.steps.plan import episode_steps  # noqa: E402
from pipeline.values.audio import AudioSettings  # noqa: E402
from pipeline.values.json_files import from_json  # noqa: E402
from pipeline.values.progress import Notice  # noqa: E402
from pipeline.values.show import Episode, SpeechSettings  # noqa: E402
from pipeline.values.transcript import Transcript  # noqa: E402


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A show whose episode was heard and split once, with a glossary that corrects a heard word."""
    root = tmp_path_factory.mktemp("show")
    home = make_show(root)
    text = EPISODE.replace("[speech]", '[audio]\nlevelling = "off"\n\n[speech]')
    (home / "episode.toml").write_text(text, encoding="utf-8")
    (root / "episodes/glossary.toml").write_text('[corrections]\n"Tag" = "Morgen"\n', encoding="utf-8")
    first = podcast(root, "split", "1")
    assert first.returncode == 0, first.stderr
    (root / "first_output.txt").write_text(first.stdout + first.stderr, encoding="utf-8")
    return root


def test_a_word_that_the_glossary_corrected_is_reported(heard: Path) -> None:
    said = (heard / "first_output.txt").read_text(encoding="utf-8")
    assert "„Tag“" in said
    assert "Morgen" in said
    assert "steht niemand unter" not in said


def test_a_draft_made_again_that_says_the_same_is_not_announced(heard: Path) -> None:
    transcript = heard / "transcripts" / f"{FOLDER}.txt"
    glossary = heard / "episodes/glossary.toml"
    before = transcript.read_text(encoding="utf-8"), glossary.read_text(encoding="utf-8")
    transcript.write_text(before[0] + "\nEin Satz der Redaktion.\n", encoding="utf-8")
    glossary.write_text(before[1] + '"Nirgendwort" = "Anderswort"\n', encoding="utf-8")
    try:
        ended = podcast(heard, "split", "1")
    finally:
        transcript.write_text(before[0], encoding="utf-8")
        glossary.write_text(before[1], encoding="utf-8")
    assert ended.returncode == 0, ended.stderr
    assert "✓ Entwurf nach Stimmen" in ended.stdout
    assert "von Hand bearbeitet" not in ended.stdout + ended.stderr


def test_a_chapter_that_a_cut_moves_is_reported_once(heard: Path) -> None:
    toml = heard / "episodes" / FOLDER / "episode.toml"
    text = toml.read_text(encoding="utf-8")
    toml.write_text('cut = ["0:01-0:02.5"]\n' + text, encoding="utf-8")
    try:
        moved = podcast(heard, "assemble", "1")
        again = podcast(heard, "assemble", "1")
    finally:
        toml.write_text(text, encoding="utf-8")
    assert moved.returncode == 0, moved.stderr
    assert "Kapitel „Mitte“ begann bei 00:00:05.000 und beginnt jetzt bei 00:00:03.500" in moved.stdout + moved.stderr
    assert "Mitte" not in again.stdout + again.stderr


def test_an_episode_in_which_nobody_is_named_is_one_voice_and_says_so(heard: Path, tmp_path: Path) -> None:
    """Such an episode was imported; its recording is real here, its episode.toml is not needed."""
    shutil.copytree(heard / "episodes", tmp_path / "episodes")
    episode = samples.episode(folder=FOLDER, number=1, recording="raw.wav", imported=True, speakers=())
    step = steps_of(tmp_path, episode)["speakers"]
    said: list[object] = []
    build = Build((step,), root=tmp_path, work=ShowPaths(tmp_path).episode(FOLDER).work)
    with build.exclusive(what="Die Probe", listen=said.append):
        build.run(said.append)
    texts = [event.text for event in said if isinstance(event, Notice)]
    assert any("steht niemand unter [[speakers]]" in text for text in texts)


def test_a_transcript_without_a_model_names_no_model(tmp_path: Path) -> None:
    home = make_show(tmp_path)
    (home / "episode.toml").write_text(EPISODE.replace('"demo"', '"none"'), encoding="utf-8")
    (tmp_path / "transcripts" / f"{FOLDER}.txt").write_text(
        "Sina Silbe:\nGuten Tag zusammen.\n\nTom Takt:\nWillkommen in der Sendung.\n", encoding="utf-8"
    )
    ended = podcast(tmp_path, "retime", "1")
    assert ended.returncode == 0, ended.stderr
    retimed = ShowPaths(tmp_path).episode(FOLDER).retimed.read_text(encoding="utf-8")
    assert from_json(Transcript, retimed).model == ""


def test_chapters_are_not_proposed_where_no_word_was_heard(tmp_path: Path) -> None:
    """A recording without speech has a words.json without segments, and no times to propose."""
    home = make_show(tmp_path)
    (home / "episode.toml").write_text(EPISODE, encoding="utf-8")
    paths = ShowPaths(tmp_path).episode(FOLDER)
    assert podcast(tmp_path, "transcribe", "1").returncode == 0
    (tmp_path / "transcripts" / f"{FOLDER}.txt").write_text("Tom Takt:\nGuten Tag.\n", encoding="utf-8")
    text = paths.words.read_text(encoding="utf-8")
    paths.words.write_text(text[: text.index('"segments"')] + '"segments": []}\n', encoding="utf-8")
    ended = podcast(tmp_path, "chapters", "propose", "1")
    assert ended.returncode != 0
    assert "noch keine Zeiten" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_pages_in_colours_that_cannot_be_read_are_refused(heard: Path) -> None:
    toml = heard / "episodes/show.toml"
    text = toml.read_text(encoding="utf-8")
    toml.write_text(text + '\n[theme.light]\nquiet = "#dddddd"\n', encoding="utf-8")
    try:
        ended = podcast(heard, "pages")
    finally:
        toml.write_text(text, encoding="utf-8")
    assert ended.returncode != 0
    assert "Kontrast" in ended.stderr


def steps_of(root: Path, episode: Episode, *, model_file: Path | None = None) -> dict[str, Step]:
    steps = episode_steps(
        root, samples.show(), episode, today=date(2026, 3, 1), model_identity="base:abc", model_file=model_file
    )
    return {step.name: step for step in steps}


def test_words_are_heard_again_for_another_timeline_or_another_model_file(tmp_path: Path) -> None:
    episode = samples.episode(folder=FOLDER, number=1, recording="raw.wav")
    model_file = tmp_path / "base.pt"
    paths = ShowPaths(tmp_path).episode(FOLDER)
    with_file = steps_of(tmp_path, episode, model_file=model_file)["transcribe"]
    assert with_file.inputs == (paths.timeline, model_file)
    assert steps_of(tmp_path, episode)["transcribe"].inputs == (paths.timeline,)


def test_remembered_voices_count_only_where_several_people_share_one_recording(tmp_path: Path) -> None:
    episode = samples.episode(folder=FOLDER, number=1, recording="raw.wav")
    assert len(episode.speakers) > 1
    for speaker in episode.speakers:
        file = ShowPaths(tmp_path).voice(speaker.name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("{}", encoding="utf-8")

    def settings(of: Episode) -> object:
        return steps_of(tmp_path, of)["speakers"].settings

    assert "profiles" in settings(episode)
    assert settings(replace(episode, speakers=episode.speakers[:1])) == {"count": 1}
    assert settings(replace(episode, recording="")) == {"count": len(episode.speakers)}


def test_who_is_heard_when_is_found_for_the_draft_or_for_the_levels(tmp_path: Path) -> None:
    episode = samples.episode(folder=FOLDER, number=1, recording="raw.wav")
    for model, levelling, found in (
        ("small", "off", True),
        ("none", "speakers", True),
        ("small", "speakers", True),
        ("none", "off", False),
    ):
        of = replace(episode, speech=SpeechSettings(model=model), audio=AudioSettings(levelling=levelling))
        steps = episode_steps(
            tmp_path, samples.show(), of, today=date(2026, 3, 1), model_identity=model, model_file=None
        )
        assert ("speakers" in {step.name for step in steps}) is found, (model, levelling)


def test_a_finished_step_leaves_no_staging_behind(heard: Path) -> None:
    work = ShowPaths(heard).episode(FOLDER).work
    assert work.is_dir()
    assert not [path for path in work.rglob("*") if "staging" in path.name or path.name.endswith(".neu")]
