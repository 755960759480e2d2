"""Installs what some shows need besides the program: the weights that tell voices apart, and packages for targets and
clusters. For a program that was installed from its wheel; in a checkout tools/setup.py does most of it."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

from pipeline.build.shipped import shipped
from pipeline.errors import UsageError

PACKAGES = ("sftp", "s3", "cluster")
"""Extras that are packages: each has a lock `requirements-NAME.lock`."""


def install_packages(extra: str) -> None:
    """Install the locked packages of one of `PACKAGES` into this environment, with pip as the user configured it; what
    pip says goes to the terminal. Raises UsageError if there is no pip or it fails."""
    if importlib.util.find_spec("pip") is None:
        raise UsageError(
            "In der Umgebung dieses Programms fehlt pip.",
            where=sys.prefix,
            advice="Das Programm mit pip installieren: pipx tut es von selbst, uv mit `uv tool install --with pip …`.",
        )
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "install")
    lock = shipped(f"requirements-{extra}.lock")
    ended = subprocess.run([*pip, "--no-deps", "--require-hashes", "-r", str(lock)], check=False)
    if ended.returncode:
        raise UsageError(
            f"Die Pakete für {extra} sind nicht fertig installiert (pip meldet {ended.returncode}).",
            where=lock,
            advice="Die Meldung darüber lesen; ohne Netz oder hinter einem Proxy hilft die IT. Dann wiederholen.",
        )
