"""`podcast review`: the real command, from its start to „Fertig“."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from typing import IO

import pytest
from desk import PROJECT, Page

from pipeline.editor.review_file import read_review
from pipeline.paths import EpisodePaths


def start(paths: EpisodePaths, *options: str) -> tuple[subprocess.Popen[str], Page, IO[str]]:
    """The running command, its page, and what it imports: in a file, because it is more than a pipe holds."""
    imports = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115  closed with the test
    process = subprocess.Popen(
        [sys.executable, "-X", "importtime", "-m", "pipeline", "--root", str(paths.root), "review", "7", *options],
        stdout=subprocess.PIPE, stderr=imports, text=True, encoding="utf-8", cwd=PROJECT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  a background job ignores it
    )  # fmt: skip
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("Gegenlesen: http://127.0.0.1:"), process.communicate()
    return process, Page(line.split()[-1]), imports


def test_it_serves_saves_and_ends_with_fertig_without_loading_models(paths: EpisodePaths) -> None:
    process, page, imports = start(paths, "--no-browser", "--port", "0")
    base = page.state()["base"]
    assert page.put(base, (1, 2, ["Ein anderer Satz."])).status == 200
    assert page.send("POST", "done").status == 200
    output, _ = process.communicate(timeout=60)
    imports.seek(0)
    imported = imports.read()
    assert process.returncode == 0
    assert "Der Text liegt in transcripts/007-probe.txt." in output
    token = page.address.rsplit("/", 2)[1]
    assert token not in output + imported, "the address is told once, on the first line"
    modules = {line.rpartition("|")[2].strip() for line in imported.splitlines()}
    assert "werkzeug" in modules
    assert not modules & {"torch", "whisper", "faster_whisper", "scipy"}
    assert read_review(paths).proofread is not None
    assert "Ein anderer Satz." in paths.transcript.read_text(encoding="utf-8")


@pytest.mark.skipif(os.name != "posix", reason="Ctrl+C is another signal on Windows")
def test_it_ends_with_ctrl_c(paths: EpisodePaths) -> None:
    process, page, _ = start(paths, "--no-browser", "--port", "0")
    page.state()
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Beendet." in output
    assert not list(paths.work.glob("review-*.lock"))
    assert not paths.review.exists()
