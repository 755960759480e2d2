"""What was decoded, cleaned or tried out once is not done again, and the bytes are those of doing it again."""

from __future__ import annotations

import errno
import tempfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest
from sounds import voice, write_wav

from pipeline.audio import spool
from pipeline.audio.assemble import assemble
from pipeline.audio.encode import encode
from pipeline.audio.normalise import normalise
from pipeline.audio.rehearsal import Rehearsal, first_plan
from pipeline.audio.spool import Spool
from pipeline.media import pcm
from pipeline.values.audio import AudioSettings, NormaliseReport
from pipeline.values.json_files import from_json, to_json
from pipeline.values.progress import no_listener

if TYPE_CHECKING:
    from collections.abc import Iterator

STEREO = AudioSettings()


class Decoded(NamedTuple):
    """The names of the files that were decoded, in order."""

    names: list[str]


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> Decoded:
    found = Decoded([])
    real = pcm.read_blocks

    def counted(path: Path, **options: Any) -> Iterator[np.ndarray]:
        found.names.append(path.name)
        return real(path, **options)

    monkeypatch.setattr(pcm, "read_blocks", counted)
    return found


def levelled(folder: Path, settings: AudioSettings = STEREO, *, name: str = "n.flac") -> NormaliseReport:
    """Two tracks, of which the second begins later; peaks far above their average."""
    for track, seed in (("a.wav", 1), ("b.wav", 2)):
        write_wav(folder / track, 3 * voice(7, seed=seed), kind="f32")
    timeline = assemble(folder, [("a.wav", 0, 0.0), ("b.wav", 1, 1.3)], listener=no_listener)
    return normalise(timeline, folder, settings, folder / name, listener=no_listener)


def encoded(folder: Path, before: NormaliseReport, settings: AudioSettings = STEREO) -> bytes:
    encode(folder / "n.flac", {"mp3": folder / "a.mp3"}, settings, before, listener=no_listener)
    return (folder / "a.mp3").read_bytes()


@pytest.mark.parametrize("settings", [STEREO, AudioSettings(channels=1, target_lufs=-19.0)], ids=["dual mono", "mono"])
def test_what_normalise_tried_out_is_what_the_flac_gives(tmp_path: Path, settings: AudioSettings) -> None:
    before = levelled(tmp_path, settings)
    plan = first_plan(settings, before.headroom_db)
    again = Rehearsal(plan, sample_rate_hz=44_100, channels=1, dual_mono=settings.channels == 2)
    samples = pcm.read_blocks(tmp_path / "n.flac", sample_rate_hz=44_100, channels=1)  # in blocks of another size
    heard = np.concatenate(list(again.through(samples)))
    assert len(heard) == round(8.3 * 44_100)
    assert again.result() == before.rehearsed
    assert again.result().limited_s > 0.2


def test_encode_tries_out_only_what_normalise_did_not(tmp_path: Path, decoded: Decoded) -> None:
    before = from_json(NormaliseReport, to_json(levelled(tmp_path)))
    decoded.names.clear()
    spared = encoded(tmp_path, before)
    assert decoded.names == ["n.flac", "a.mp3"]

    decoded.names.clear()
    assert encoded(tmp_path, replace(before, rehearsed=None)) == spared
    assert decoded.names == ["n.flac", "n.flac", "a.mp3"]


def test_encode_tries_again_when_the_true_peak_has_changed(tmp_path: Path, decoded: Decoded) -> None:
    before = levelled(tmp_path)
    quieter = AudioSettings(true_peak_dbtp=-2.0)
    decoded.names.clear()
    told = encoded(tmp_path, before, quieter)
    assert decoded.names == ["n.flac", "n.flac", "a.mp3"]
    assert told == encoded(tmp_path, replace(before, rehearsed=None), quieter)


def test_a_recording_is_decoded_once_to_be_levelled_and_nothing_is_left(tmp_path: Path, decoded: Decoded) -> None:
    report = levelled(tmp_path)
    assert decoded.names == ["a.wav", "b.wav"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.wav", "b.wav", "n.flac"]
    assert report.rehearsed is not None


@pytest.mark.parametrize(
    "settings", [STEREO, AudioSettings(reduce_noise=True, remove_hum=True)], ids=["as is", "clean"]
)
def test_a_disk_without_room_costs_time_and_changes_nothing(
    tmp_path: Path, decoded: Decoded, monkeypatch: pytest.MonkeyPatch, settings: AudioSettings
) -> None:
    usual = levelled(tmp_path, settings)
    once = len(decoded.names)
    monkeypatch.setattr(spool.shutil, "disk_usage", lambda _: SimpleNamespace(free=2 * 8.3 * 44_100 * 4 * 2))
    usual_again = levelled(tmp_path, settings, name="ohne.flac")
    assert usual_again == usual
    assert len(decoded.names) - once == once + 2
    assert (tmp_path / "ohne.flac").read_bytes() == (tmp_path / "n.flac").read_bytes()


class Failing:
    """A file of a disk that fills up, or that cannot be read again."""

    def __init__(self, file: IO[bytes], *, writes: int, seeks: int) -> None:
        self._file, self._writes, self._seeks = file, writes, seeks

    def __enter__(self) -> Failing:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        if not self._writes:
            raise OSError(errno.ENOSPC, "voll")  # what was buffered does not fit either

    def write(self, samples: memoryview) -> int:
        if not self._writes:
            raise OSError(errno.ENOSPC, "voll")
        self._writes -= 1
        return self._file.write(samples)

    def seek(self, place: int) -> int:
        if not self._seeks:
            raise OSError(errno.EIO, "kaputt")
        return self._file.seek(place)

    def read(self, count: int) -> bytes:
        return self._file.read(count)


@pytest.mark.parametrize(("writes", "seeks"), [(0, 1), (5, 1), (1000, 0)])
def test_a_disk_that_fills_up_costs_time_and_changes_nothing(
    tmp_path: Path, decoded: Decoded, monkeypatch: pytest.MonkeyPatch, writes: int, seeks: int
) -> None:
    usual = levelled(tmp_path)
    decoded.names.clear()
    real = tempfile.TemporaryFile

    def failing(**options: Any) -> Any:
        file = real(**options)
        return Failing(file, writes=writes, seeks=seeks) if options else file

    monkeypatch.setattr(spool.tempfile, "TemporaryFile", failing)
    assert levelled(tmp_path, name="voll.flac") == usual
    assert decoded.names == ["a.wav", "b.wav"] * 2
    assert (tmp_path / "voll.flac").read_bytes() == (tmp_path / "n.flac").read_bytes()


def test_a_folder_that_takes_no_file_costs_time_only(tmp_path: Path) -> None:
    with Spool(tmp_path / "fehlt", count=1, samples=4, channels=1) as kept:
        blocks = [(np.zeros((4, 1), np.float32),)]
        assert [len(block) for (block,) in kept.through(blocks)] == [4]
        assert kept.again() is None


def test_kept_blocks_come_again_bit_by_bit(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    lanes = [
        tuple(rng.standard_normal((count, 2)).astype(np.float32) for _ in range(3)) for count in (100, 100, 100, 7)
    ]
    with Spool(tmp_path, count=3, samples=307, channels=2) as kept:
        assert list(kept.through(lanes)) == lanes
        again = list(kept.again() or ())
    assert len(again) == 4
    for before, after in zip(lanes, again, strict=True):
        for one, other in zip(before, after, strict=True):
            np.testing.assert_array_equal(one, other)
