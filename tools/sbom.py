"""Writes a software bill of materials from the locks: CycloneDX 1.6 in JSON, a component for each locked package.

    python -m tools.sbom               # build/sbom.json

The same locks, in the same environment, give the same bytes. Hashes are those of all files that the lock accepts;
licences are what the installed packages say about themselves, and are missing for those that are not installed. PyTorch
is pinned by version only. Not in it: what a package brings inside its wheel (ffmpeg, espeak-ng), and models.
"""

from __future__ import annotations

import importlib.metadata
import json
import re
import tomllib
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]
OUTPUT = PROJECT / "build/sbom.json"
OPTIONAL_LOCKS = tuple(f"requirements-{name}.lock" for name in ("cluster", "sftp", "s3", "pyannote", "voices"))
_PACKAGE = re.compile(r"(?P<name>[\w.-]+)==(?P<version>[^\s;]+)")
_LONGEST_NAME = 100  # characters; some packages put the whole text of their licence where its name belongs


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package at one version, with the sha256 of every file that may be installed for it, in order."""

    name: str
    version: str
    hashes: tuple[str, ...] = ()
    optional: bool = False

    @property
    def purl(self) -> str:
        """Its package URL; names are normalised as PyPI does (PEP 503)."""
        return f"pkg:pypi/{re.sub('[-_.]+', '-', self.name).lower()}@{self.version}"


def locked(text: str, *, optional: bool) -> list[Package]:
    """The packages of a lock."""
    found = []
    for line in text.replace("\\\n", "").splitlines():
        if match := _PACKAGE.match(line):
            hashes = tuple(sorted(re.findall(r"--hash=sha256:([0-9a-f]{64})", line)))
            found.append(Package(**match.groupdict(), hashes=hashes, optional=optional))
    return found


def packages() -> list[Package]:
    """Every package of the locks and of the pins in pyproject.toml, each once; one that the program itself needs is not
    optional."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = locked((PROJECT / "requirements.lock").read_text(encoding="utf-8"), optional=False)
    needed += locked("\n".join(project["dependencies"]), optional=False)
    for name in OPTIONAL_LOCKS:
        needed += locked((PROJECT / name).read_text(encoding="utf-8"), optional=True)
    return [each for _, each in sorted({package.purl: package for package in reversed(needed)}.items())]


def bill(found: list[Package]) -> dict[str, Any]:
    """The bill of materials. Its serial number follows from its content."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    root = Package(name=project["name"], version=project["version"])
    subject = {"type": "application", "licenses": [{"expression": project["license"]}], **_identity(root)}
    subject["description"] = project["description"]
    components = [_component(package) for package in found]
    content = json.dumps([subject, components], sort_keys=True)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": uuid.uuid5(uuid.NAMESPACE_URL, content).urn,
        "version": 1,
        "metadata": {"component": subject},
        "components": components,
        "dependencies": [{"ref": root.purl, "dependsOn": [package.purl for package in found]}],
    }


def _component(package: Package) -> dict[str, Any]:
    component = {"type": "library", "scope": "optional" if package.optional else "required", **_identity(package)}
    if package.hashes:
        component["hashes"] = [{"alg": "SHA-256", "content": content} for content in package.hashes]
    licence = _licence(package.name)
    return {**component, "licenses": [licence]} if licence else component


def _identity(package: Package) -> dict[str, Any]:
    return {"bom-ref": package.purl, "name": package.name, "version": package.version, "purl": package.purl}


def _licence(name: str) -> dict[str, Any] | None:
    """What the installed package says: an SPDX expression, else a name; None if it is not installed or says nothing."""
    try:
        said = importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError:
        return None
    if "License-Expression" in said:
        return {"expression": said["License-Expression"]}
    classifiers = [entry.rpartition(" :: ")[2] for entry in said.get_all("Classifier") or () if "License ::" in entry]
    named = [entry for entry in classifiers if entry != "OSI Approved"] or said.get_all("License") or []
    short = [entry for entry in named if len(entry) <= _LONGEST_NAME]
    return {"license": {"name": ", ".join(short)}} if short else None


def main() -> None:
    found = packages()
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps(bill(found), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{OUTPUT.relative_to(PROJECT)}: {len(found)} Pakete")


if __name__ == "__main__":
    main()
