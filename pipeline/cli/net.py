"""The one net under all verbs: what no verb expected becomes one German sentence, and a file for the developers."""

from __future__ import annotations

import errno
import sys
import tempfile
import traceback
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.build import system
from pipeline.build.files import storage_error
from pipeline.errors import MissingFileError, PipelineError, StorageError
from pipeline.paths import ShowPaths

if TYPE_CHECKING:
    from collections.abc import Sequence

_PACKAGE = Path(__file__).parents[1]


def file_problem(error: OSError) -> PipelineError | None:
    """What the operating system says about a file, as an error that people can mend; None if it names no file."""
    if not isinstance(error.filename, str) or error.errno is None:
        return None
    where = Path(error.filename)
    if known := storage_error(error, where):
        return known
    if error.errno == errno.ENOENT:
        return MissingFileError(
            "Diese Datei fehlt, oder sie ist während des Laufs verschwunden.",
            where=where,
            advice="Den Befehl wiederholen; fehlt sie dann noch, holt die Versionsverwaltung sie zurück.",
        )
    return StorageError(
        f"Das Betriebssystem meldet einen Fehler bei dieser Datei ({error.strerror}).",
        where=where,
        advice="Prüfen, ob das Laufwerk noch verbunden und in Ordnung ist, und den Befehl wiederholen.",
    )


def bug_report(error: BaseException, root: Path | None, arguments: Sequence[str]) -> str:
    """The German sentence for an error that nobody expected; its traceback is in a file that it names."""
    place = _place(error)
    kept = _keep(_report(error, arguments), root)
    sentence = f"Das ist ein Fehler im Programm ({type(error).__name__} in {place})"
    if kept is None:
        return f"{sentence}; der Bericht ließ sich nirgends speichern: {error}"
    return f"{sentence}; bitte diese Datei an die Entwicklung geben: {kept}"


def _place(error: BaseException) -> str:
    """The innermost line of our own code, such as `pipeline/steps/text.py, Zeile 12`."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(_PACKAGE)]
    if not ours:
        return "unbekannter Stelle"
    return f"{Path(ours[-1].filename).relative_to(_PACKAGE.parent).as_posix()}, Zeile {ours[-1].lineno}"


def _report(error: BaseException, arguments: Sequence[str]) -> str:
    try:
        ours = version("digitales-mv-podcast")
    except PackageNotFoundError:
        ours = "?"
    head = f"podcast {ours}, Python {sys.version}, {system.NAME}\npodcast {' '.join(arguments)}\n\n"
    return head + "".join(traceback.format_exception(error))


def _keep(report: str, root: Path | None) -> Path | None:
    """Write the report beside the show's other machine-owned files, else where the system keeps temporary ones. Returns
    the file, None if none could be written."""
    name = f"fehler-{datetime.now().astimezone():%Y-%m-%d-%H%M%S-%f}.txt"
    homes = [Path(tempfile.gettempdir())]
    if root is not None and ShowPaths(root).show_toml.exists():
        homes.insert(0, ShowPaths(root).work)
    for home in homes:
        try:
            home.mkdir(exist_ok=True)
            (home / name).write_text(report, encoding="utf-8", errors="backslashreplace")
        except OSError:
            continue
        return home / name
    return None
