"""Proposals for cuts: what is found, what is left alone, and that no word is cut into."""

from __future__ import annotations

import random
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cut_sounds import RATE_HZ, Recording, talk
from small_show import FOLDER, make_show

from pipeline.audio.edits import to_episode
from pipeline.audio.ffmpeg import encode_stream
from pipeline.audio.quiet import FRAME_S, SHORTEST_QUIET_S, Levels, levels_of
from pipeline.cli.main import main
from pipeline.editor.cut_proposals import CutProposal, propose_cuts
from pipeline.media.pcm import read_timeline
from pipeline.paths import EpisodePaths
from pipeline.steps.episode import timeline_or_none
from pipeline.values.json_files import recognition_to_json
from pipeline.values.speech import RecognitionFinding, SpeakerMap, SpeakerSpan

TALK = talk()
SPEAKERS = """\

[[speakers]]
name = "Tom Takt"
role = "host"
"""


def levels(made: Recording) -> Levels:
    return levels_of([made.samples[:, None]])


def proposed(made: Recording, **options: object) -> tuple[CutProposal, ...]:
    samples = made.samples
    return propose_cuts(
        options.pop("recognition", made.recognition),  # type: ignore[arg-type]
        levels(made),
        lambda spans: [samples[round(a * RATE_HZ) : round(b * RATE_HZ)] for a, b in spans],
        **options,  # type: ignore[arg-type]
    )


def is_wanted(entry: CutProposal, wanted: tuple[str, float, float]) -> bool:
    """Whether it covers the stretch, and no more than the pauses around it."""
    kind, start_s, end_s = wanted
    near = start_s - 0.2 <= entry.start_s <= start_s + 0.03 and end_s - 0.03 <= entry.end_s <= end_s + 0.2
    return entry.kind == kind and near


def test_everything_known_is_found_and_nothing_else() -> None:
    found = proposed(TALK)
    hits = [entry for entry in found if any(is_wanted(entry, one) for one in TALK.wanted)]
    recall = sum(any(is_wanted(entry, one) for entry in found) for one in TALK.wanted) / len(TALK.wanted)
    assert [entry for entry in found if entry not in hits] == []  # precision 1
    assert recall == 1.0
    assert {entry.kind for entry in found} == {"filler", "sound", "noise", "repeat", "pause"}


def test_no_proposal_touches_a_word_that_stays_and_every_joint_is_quiet() -> None:
    found = proposed(TALK)
    loudness = levels(TALK)
    for entry in found:
        gone = entry.text.split()
        inside = [word for word in TALK.words if word.start_s < entry.end_s and entry.start_s < word.end_s]
        assert [word.text for word in inside] == gone  # what it overlaps is what it says it cuts
        for joint_s in (entry.start_s, entry.end_s):
            around = loudness.frames_db[round((joint_s - 0.01) / FRAME_S) : round((joint_s + 0.01) / FRAME_S)]
            assert len(around)
            assert around.max() < loudness.speech_db - 25


def test_quiet_stretches_are_found_as_by_looking_at_all_of_them() -> None:
    chance = random.Random(3)
    edges = sorted({round(chance.uniform(0, 60), 2) for _ in range(400)})
    quiet = tuple(zip(edges[::2], edges[1::2], strict=False))
    found = Levels(frames_db=np.zeros(1), speech_db=0.0, quiet=quiet)
    for _ in range(500):
        start_s = chance.uniform(-1, 61)
        end_s = start_s + chance.uniform(0, 5)
        every = [(max(first, start_s), min(last, end_s)) for first, last in quiet]
        assert found.quiet_in(start_s, end_s) == [
            span for span in every if span[1] - span[0] >= SHORTEST_QUIET_S - 1e-6
        ]


@pytest.mark.parametrize("seed", range(4))
def test_word_times_that_are_off_never_lead_into_a_word(seed: int) -> None:
    """Whisper's times are off by up to a tenth of a second: then less is found, but the sound of no word is cut."""
    rng = np.random.default_rng(seed)
    words, at_s = [], 0.0
    for word in TALK.words:
        start_s, end_s = sorted(np.array([word.start_s, word.end_s]) + rng.uniform(-0.1, 0.1, 2))
        words.append(replace(word, start_s=max(start_s, at_s), end_s=max(end_s, start_s + 0.02, at_s + 0.02)))
        at_s = words[-1].end_s
    segment = replace(TALK.recognition.segments[0], words=tuple(words))
    found = proposed(TALK, recognition=replace(TALK.recognition, segments=(segment,)))
    assert found
    going = [(start_s, end_s) for _, start_s, end_s in TALK.wanted]
    for entry in found:
        for word in TALK.words:
            if not any(start_s - 0.01 <= word.start_s and word.end_s <= end_s + 0.01 for start_s, end_s in going):
                overlap_s = min(word.end_s, entry.end_s) - max(word.start_s, entry.start_s)
                assert overlap_s <= 0.02, (entry, word)


def test_fillers_of_somebody_who_listens_and_places_without_exact_times_are_left_alone() -> None:
    word = next(word for word in TALK.words if word.text == "äh,")
    spans = (
        SpeakerSpan(start_s=0, end_s=word.start_s - 0.05, speaker=0),
        SpeakerSpan(start_s=word.start_s - 0.05, end_s=word.end_s + 0.05, speaker=1),
        SpeakerSpan(start_s=word.end_s + 0.05, end_s=TALK.now_s, speaker=0),
    )
    kinds = [entry.text for entry in proposed(TALK, speaker_map=SpeakerMap(method="tracks", count=2, spans=spans))]
    assert "äh," not in kinds
    assert "ähm" in kinds
    segment = replace(TALK.recognition.segments[0], times="segment")
    assert proposed(TALK, recognition=replace(TALK.recognition, segments=(segment,))) == ()


def test_lost_speech_is_no_cut_and_shortened_pauses_are_not_proposed_again() -> None:
    lost = tuple(
        RecognitionFinding(kind="unheard", start_s=start_s, end_s=end_s, text="")
        for kind, start_s, end_s in TALK.wanted
        if kind in {"sound", "noise"}
    )
    found = proposed(TALK, recognition=replace(TALK.recognition, findings=lost), pauses=False)
    assert {entry.kind for entry in found} == {"filler", "repeat"}


@pytest.fixture
def paths(tmp_path: Path) -> EpisodePaths:
    """A show whose recording is the talk, assembled; its words are known, nothing has to be heard."""
    paths = EpisodePaths(tmp_path, FOLDER)
    make_show(tmp_path, SPEAKERS)
    text = paths.episode_toml.read_text(encoding="utf-8")
    paths.episode_toml.write_text(text, encoding="utf-8")
    encode_stream([TALK.samples[:, None]], paths.episode_toml.parent / "raw.wav", sample_rate_hz=RATE_HZ, channels=1,
                  options=("-c:a", "pcm_s16le"))  # fmt: skip
    paths.work.mkdir(exist_ok=True)
    encode_stream([TALK.samples[:, None]], paths.normalised, sample_rate_hz=RATE_HZ, channels=1,
                  options=("-c:a", "flac"))  # fmt: skip
    paths.words.write_text(recognition_to_json(TALK.recognition), encoding="utf-8")
    run(paths, "assemble", "1")
    return paths


def run(paths: EpisodePaths, *arguments: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--root", str(paths.root), *arguments])
    assert ended.value.code in {0, None}


def test_the_pasted_block_makes_a_shorter_episode_whose_words_are_where_they_were(
    paths: EpisodePaths, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.read_bytes() for path in paths.root.rglob("*") if path.is_file() and path.name != "lock"}
    whole = timeline_or_none(paths.timeline)
    assert whole is not None
    capsys.readouterr()
    run(paths, "cuts", "propose", "1")
    block = capsys.readouterr().out
    assert {path: path.read_bytes() for path in before} == before
    listed = tomllib.loads(block)["cut"]
    assert len(listed) == len(TALK.wanted)
    assert listed == sorted(listed)
    assert f"{len(listed)} Stellen, zusammen " in block
    paths.episode_toml.write_text(block + paths.episode_toml.read_text(encoding="utf-8"), encoding="utf-8")
    run(paths, "assemble", "1")
    cut = timeline_or_none(paths.timeline)
    assert cut is not None
    saved_s = sum(entry.saved_s for entry in proposed(TALK))
    assert cut.duration_s == pytest.approx(whole.duration_s - saved_s, abs=0.01 * len(listed))
    sound = np.concatenate(list(read_timeline(cut, paths.episode_toml.parent, sample_rate_hz=RATE_HZ, channels=1)))
    kept = [word for word in TALK.words if not any(a - 0.01 <= word.start_s < b for _, a, b in TALK.wanted)]
    for word in kept:
        start_s, end_s = to_episode(cut, word.start_s), to_episode(cut, word.end_s)
        assert start_s is not None
        assert end_s is not None
        assert end_s - start_s == pytest.approx(word.end_s - word.start_s, abs=1e-4)
        first = round(start_s * RATE_HZ)
        was = TALK.samples[round(word.start_s * RATE_HZ) : round(word.end_s * RATE_HZ)]
        assert np.corrcoef(sound[first : first + len(was), 0], was)[0, 1] > 0.9


def test_cuts_that_are_there_stay_in_the_list_and_unreadable_files_say_what_to_do(
    paths: EpisodePaths, capsys: pytest.CaptureFixture[str]
) -> None:
    text = paths.episode_toml.read_text(encoding="utf-8")
    paths.episode_toml.write_text('cut = ["00:00:00-00:00:00.5"]\n' + text, encoding="utf-8")
    capsys.readouterr()
    run(paths, "cuts", "propose", "1")
    printed = capsys.readouterr().out
    assert tomllib.loads(printed)["cut"][0] == "00:00:00.000-00:00:00.500"
    assert "Ersetzt die Zeile" in printed
    for path in (paths.words, paths.normalised):
        path.write_text("{", encoding="utf-8") if path == paths.words else path.unlink()
        with pytest.raises(SystemExit) as ended:
            main(["--root", str(paths.root), "cuts", "propose", "1"])
        assert ended.value.code not in {0, None}
        assert "podcast episode" in capsys.readouterr().err
        paths.words.write_text(recognition_to_json(TALK.recognition), encoding="utf-8")
