"""Add pyannote to the environment that runs this: `make setup-pyannote`, or `.venv/bin/python tools/setup_pyannote.py`.

The packages are those of requirements-pyannote.lock. torchaudio's wheels for Linux contain libraries that require
CUDA's, which the light PyTorch lacks (torchaudio 2.11); pyannote uses none of them, and torchaudio runs without.
"""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).resolve().parent.parent / "requirements-pyannote.lock"
_LIBRARIES = {".so", ".pyd", ".dylib"}


def main() -> int:
    """Return the exit status: 0 if ready, 1 if something is missing; the reason is printed in German."""
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
    try:
        subprocess.run([*pip, "install", "--no-deps", "--require-hashes", "-r", str(LOCK)], check=True)
        _drop_libraries_of_torchaudio()
        quiet = {**os.environ, "PYANNOTE_METRICS_ENABLED": "false"}  # otherwise it reports to its makers
        subprocess.run([sys.executable, "-W", "ignore", "-c", "import pyannote.audio"], check=True, env=quiet)
    except subprocess.CalledProcessError as error:
        print(f"\nFehler: pyannote ist nicht fertig eingerichtet (Ende mit {error.returncode}).")
        print("  Was tun: Die Meldung darüber lesen. Ohne Netz oder hinter einem Proxy hilft die IT.")
        return 1
    print("Fertig: pyannote. Seine Gewichte gehören nicht dazu; docs/redaktion.md sagt, woher sie kommen.")
    return 0


def _drop_libraries_of_torchaudio() -> None:
    for file in importlib.metadata.distribution("torchaudio").files or ():
        if file.suffix in _LIBRARIES:
            Path(str(file.locate())).unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
