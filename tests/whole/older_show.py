"""The probe show as the version before the current recogniser left it: revision 2 of the recognition steps."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

from probe_show import FOLDER

from pipeline.build.engine import Build, load_manifest
from pipeline.build.manifest import Manifest
from pipeline.build.step import Step
from pipeline.values.json_files import recognition_from_json, recognition_to_json
from pipeline.values.speech import RecognitionFinding

LISTENING = ("speakers", "transcribe")
HEARD_NOW, HEARD_THEN = "zusammen", "zusahmen"
"""A word of the recording, and how the older version wrote it."""


def as_the_older_version_left_it(root: Path) -> None:
    """Rewrite the results of the recognition steps and their records in the manifest to the older settings."""
    home = root / "episodes" / FOLDER
    manifest = load_manifest(root, home / "work", full=False)
    for name in LISTENING:
        older = {**manifest.steps[name].settings, "revision": 2}
        step = Step(
            name=name,
            inputs=tuple(root / path for path in manifest.steps[name].inputs),
            outputs=(home / "words.json",),
            run=lambda _context, **_: None,
            settings=older,
        )
        fingerprint = Build([step], root=root, work=home / "work", manifest=manifest).fingerprint(step)
        manifest.steps[name] = replace(manifest.steps[name], settings=older, fingerprint=fingerprint)
    _misheard(home / "words.json", older_words(home / "words.json", manifest.steps["transcribe"].fingerprint))
    for path in (home / "draft.txt", root / "transcripts" / f"{FOLDER}.txt"):
        _misheard(path, path.read_text(encoding="utf-8"))
    _remember(manifest)
    _forget_what_is_newer(home / "work", manifest.steps["transcribe"].fingerprint)


def older_words(words: Path, fingerprint: str) -> str:
    """Return words.json without a vocabulary, and with a finding that has no end."""
    finding = RecognitionFinding(kind="invented", start_s=1.5, text="Vielen Dank.")
    heard = recognition_from_json(words.read_text(encoding="utf-8"))
    older = replace(heard, fingerprint=fingerprint, vocabulary=None, findings=(finding,))
    return recognition_to_json(older).replace(',\n   "end_s": 0.0', "")


def _misheard(path: Path, text: str) -> None:
    assert HEARD_NOW in text
    path.write_text(text.replace(HEARD_NOW, HEARD_THEN), encoding="utf-8", newline="\n")


def _remember(manifest: Manifest) -> None:
    """Update every record to its files as they are now."""
    for name, record in manifest.steps.items():
        inputs = {path: manifest.sha256(manifest.root / path) for path in record.inputs}
        outputs = {path: manifest.sha256(manifest.root / path) or "" for path in record.outputs}
        manifest.steps[name] = replace(record, inputs=inputs, outputs=outputs)
    manifest.save()


def _forget_what_is_newer(work: Path, fingerprint: str) -> None:
    """Remove the remarks from the manifest, and put a finished chunk in the place and form of the older version."""
    data = json.loads((work / "manifest.json").read_text(encoding="utf-8"))
    del data["told"]
    (work / "manifest.json").write_text(json.dumps(data), encoding="utf-8")
    shutil.rmtree(work / "chunks")
    older = work / "chunks" / fingerprint[:16]
    older.mkdir(parents=True)
    (older / "0000.json").write_text('{"start_s": 0.42, "end_s": 2.8, "segments": []}\n', encoding="utf-8")
