"""Remembered voices as files: any name works, damaged files can be forgotten, and no consent is lost."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from pipeline.editor.voice_files import profile_paths
from pipeline.editor.voices import (
    check_corrected,
    check_recordings,
    forget_voice,
    is_outdated,
    move,
    of_name,
    read_profiles,
    remembered,
    store,
)
from pipeline.errors import ConfigError, MissingFileError, TranscriptError, UsageError
from pipeline.paths import EpisodePaths
from pipeline.speech.voices import KIND, NUMBERS
from pipeline.values.audio import Source, Timeline
from pipeline.values.show import Speaker
from pipeline.values.speech import VoiceProfile

LONG = "Владимир Владимирович Александровский-Константинопольский"


def profile(name: str, *, consent: str = "schriftlich, 3. März 2026") -> VoiceProfile:
    return VoiceProfile(
        name=name,
        consent=consent,
        learned=date(2026, 3, 1),
        episode="001-probe",
        speech_s=20.0,
        voice_print=(1.0, *(0.0,) * (NUMBERS - 1)),
        prints=KIND,
    )


def voices_of(root: Path, *speakers: Speaker) -> dict[int, VoiceProfile]:
    """The remembered voices as the step `speakers` reads them."""
    return read_profiles(root, {str(number): path.name for number, path in profile_paths(root, speakers).items()})


def of_an_older_version(root: Path, name: str) -> Path:
    """Write a file as versions did whose voice prints had 256 numbers and no kind."""
    path = store(root, profile(name))
    numbers = ",\n".join(["  1.0", *255 * ["  0.0"]])
    head = f'"name": "{name}", "consent": "mündlich, 2. Mai 2025", "learned": "2025-05-03", "episode": "001-probe"'
    path.write_text(f'{{{head}, "speech_s": 20.0, "voice_print": [\n{numbers}\n]}}\n', encoding="utf-8")
    return path


def speaker(name: str, *aliases: str) -> Speaker:
    return Speaker(name=name, slug="wer", aliases=aliases)


@pytest.mark.parametrize("name", ["Käthe Müller-Groß", "AC/DC", "../../show", "Klara 🎙️ Klang", "a: *?", LONG, "🎙️" * 60])
def test_any_name_is_remembered_and_forgotten(tmp_path: Path, name: str) -> None:
    path = store(tmp_path, profile(name))
    assert path.parent == tmp_path / "episodes/.voices"
    assert voices_of(tmp_path, speaker("Tom Takt"), speaker(name)) == {1: profile(name)}
    assert forget_voice(tmp_path, name.upper()) == path
    assert remembered(tmp_path) == ()


def test_long_names_that_differ_at_their_end_are_two_people(tmp_path: Path) -> None:
    store(tmp_path, profile(LONG + " I"))
    store(tmp_path, profile(LONG + " II"))
    assert len(remembered(tmp_path)) == 2


def test_a_long_name_without_a_voice_is_not_an_error(tmp_path: Path) -> None:
    assert profile_paths(tmp_path, [speaker(LONG)]) == {}


@pytest.mark.parametrize(
    "content",
    ['{"name": "Tom', "[]", "", '{"name": 1}', "\ufeff{}", "short"],
)
def test_a_damaged_voice_is_reported_and_can_be_forgotten(tmp_path: Path, content: str) -> None:
    path = store(tmp_path, profile("Tom Täkt"))
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole.replace("  0.0,\n", "", 1) if content == "short" else content, encoding="utf-8")
    store(tmp_path, profile("Klara Klang"))
    with pytest.raises(ConfigError, match="kann nicht gelesen werden") as caught:
        remembered(tmp_path)
    assert 'SPEAKER="Tom Täkt"' in caught.value.advice
    forget_voice(tmp_path, "Tom Täkt")
    assert remembered(tmp_path) == (profile("Klara Klang"),)


def test_a_voice_of_an_older_version_is_recognised_and_kept_until_replaced_or_forgotten(
    tmp_path: Path,
) -> None:
    path = of_an_older_version(tmp_path, "Tom Takt")
    before = path.read_bytes()
    (old,) = remembered(tmp_path)
    assert (is_outdated(old), old.consent) == (True, "mündlich, 2. Mai 2025")
    assert not is_outdated(profile("Tom Takt"))
    assert voices_of(tmp_path, speaker("Tom Takt")) == {0: old}
    assert path.read_bytes() == before
    assert move(tmp_path, old, "Tom Neu")
    assert remembered(tmp_path) == (replace(old, name="Tom Neu"),)
    store(tmp_path, profile("Tom Neu"))
    assert not is_outdated(remembered(tmp_path)[0])
    of_an_older_version(tmp_path, "Tom Neu")
    forget_voice(tmp_path, "Tom Neu")
    assert remembered(tmp_path) == ()


def test_forgetting_removes_the_leftovers_of_a_run_killed_while_writing(tmp_path: Path) -> None:
    path = store(tmp_path, profile("Tom Takt"))
    unfinished = path.with_name(f".{path.name}.4711.neu")
    unfinished.write_text("{}", encoding="utf-8")
    forget_voice(tmp_path, "Tom Takt")
    assert [entry.name for entry in path.parent.iterdir()] == [".gitignore"]


def test_an_unknown_name_forgets_nobody(tmp_path: Path) -> None:
    store(tmp_path, profile("Tom Takt"))
    with pytest.raises(UsageError, match="Meinten Sie „Tom Takt“"):
        forget_voice(tmp_path, "Tom Tackt")


def test_an_alias_in_an_episode_finds_the_voice(tmp_path: Path) -> None:
    store(tmp_path, profile("Tom Takt"))
    assert voices_of(tmp_path, speaker("T. Takt", "Tom Takt")) == {0: profile("Tom Takt")}


def test_a_voice_follows_its_renamed_speaker(tmp_path: Path) -> None:
    store(tmp_path, profile("Tom Takt"))
    assert move(tmp_path, profile("Tom Takt"), "Tom Neu")
    assert remembered(tmp_path) == (profile("Tom Neu"),)


def test_renaming_to_a_person_with_a_voice_keeps_that_persons_consent(tmp_path: Path) -> None:
    store(tmp_path, profile("Tom Takt"))
    store(tmp_path, profile("Tom Neu", consent="mündlich, 1. Mai 2026"))
    assert not move(tmp_path, profile("Tom Takt"), "Tom Neu")
    assert remembered(tmp_path) == (profile("Tom Neu", consent="mündlich, 1. Mai 2026"),)


def test_renaming_to_another_normal_form_loses_nothing(tmp_path: Path) -> None:
    store(tmp_path, profile("Zoë"))
    assert move(tmp_path, profile("Zoë"), "Zoe\u0308")
    assert of_name(tmp_path, "Zoë") is not None


def test_a_replaced_recording_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "raw.wav").write_bytes(b"another")
    source = Source(file="raw.wav", sha256="0" * 64, duration_s=1.0, sample_rate_hz=16_000, channels=1)
    with pytest.raises(MissingFileError, match="nicht mehr die, aus der die Folge entstand"):
        check_recordings(Timeline(sources=(source,), duration_s=1.0), tmp_path)


@pytest.mark.parametrize(("released", "imported", "refused"), [(0, 0, 1), (1, 0, 0), (0, 1, 1), (1, 1, 1)])
def test_no_voice_is_learned_from_an_untouched_draft(
    tmp_path: Path, released: int, imported: int, refused: int
) -> None:
    paths = EpisodePaths(tmp_path, "001-probe")
    for path in (paths.draft, paths.transcript, *([paths.release] if released else [])):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("Tom Takt:\nGuten Tag.\n", encoding="utf-8")
    with pytest.raises(TranscriptError, match="unveränderte Entwurf") if refused else nullcontext():
        check_corrected(paths, imported=bool(imported))
