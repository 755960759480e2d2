"""What catalogues and auditors read: publiccode.yml, the bill of materials, and the Containerfile."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from datetime import date
from pathlib import Path

import pytest
import yaml

from tools import sbom
from tools.containerfile import Container, build, steps

PROJECT = Path(__file__).parents[2]
TYPES = {"mobile", "iot", "desktop", "web", "backend", "other"}
PYPROJECT = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))


def test_publiccode_has_the_mandatory_fields_of_the_standard() -> None:
    """publiccode.yml 0.4, "The Standard (core)", read on 2026-11-27."""
    said = yaml.safe_load((PROJECT / "publiccode.yml").read_text(encoding="utf-8"))
    assert said["publiccodeYmlVersion"] == "0.4"
    assert said["name"]
    assert said["url"].startswith("https://")
    assert date.fromisoformat(said["releaseDate"])
    assert set(said["platforms"]) <= {"web", "windows", "mac", "linux", "ios", "android"}
    assert said["platforms"]
    assert {"communications", "content-management"} >= set(said["categories"]) != set()
    assert said["developmentStatus"] in {"concept", "development", "beta", "stable", "obsolete"}
    assert said["softwareType"] in {f"standalone/{kind}" for kind in TYPES}
    for language, description in said["description"].items():
        assert re.fullmatch("[a-z]{2}", language)
        assert len(description["genericName"]) <= 35
        assert 0 < len(description["shortDescription"]) <= 150
        assert 500 <= len(description["longDescription"]) <= 10_000
        assert all(len(feature) <= 100 for feature in description["features"])
        assert description["features"]
    assert said["maintenance"]["type"] in {"internal", "contract", "community", "none"}
    assert said["maintenance"]["contacts"][0]["name"]
    assert isinstance(said["localisation"]["localisationReady"], bool)
    assert said["localisation"]["availableLanguages"] == ["de"]


def test_publiccode_and_the_package_say_the_same() -> None:
    said = yaml.safe_load((PROJECT / "publiccode.yml").read_text(encoding="utf-8"))
    assert said["softwareVersion"] == PYPROJECT["project"]["version"]
    assert said["legal"]["license"] == PYPROJECT["project"]["license"]


def test_the_bill_has_what_cyclonedx_requires() -> None:
    """CycloneDX 1.6, bom-1.6.schema.json."""
    bill = sbom.bill(sbom.packages())
    assert (bill["bomFormat"], bill["specVersion"], bill["version"]) == ("CycloneDX", "1.6", 1)
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", bill["serialNumber"])
    components = [bill["metadata"]["component"], *bill["components"]]
    for component in components:
        assert component["type"] in {"application", "library"}
        assert component["name"]
        assert component["version"]
        assert re.fullmatch(r"pkg:pypi/[a-z0-9-]+@\S+", component["purl"])
        for entry in component.get("hashes", ()):
            assert (entry["alg"], len(entry["content"])) == ("SHA-256", 64)
        for licence in component.get("licenses", ()):
            assert licence.keys() in ({"expression"}, {"license"})
    references = [component["bom-ref"] for component in components]
    assert len(references) == len(set(references))
    assert bill["dependencies"] == [{"ref": references[0], "dependsOn": references[1:]}]


def test_the_bill_has_every_locked_package_with_its_hashes_and_no_other() -> None:
    bill = sbom.bill(sbom.packages())
    listed = {(entry["name"], entry["version"]): entry for entry in bill["components"]}
    lines = [
        line
        for name in ("requirements.lock", *sbom.OPTIONAL_LOCKS)
        for line in (PROJECT / name).read_text(encoding="utf-8").replace("\\\n", "").splitlines()
    ]
    pinned = {tuple(line.split()[0].split("==")): line.count("--hash=sha256:") for line in lines}
    assert {key: len(entry.get("hashes", ())) for key, entry in listed.items()} == {**pinned, ("torch", "2.13.0"): 0}
    assert listed["click", _version("click")]["scope"] == "required"
    assert listed["sshfs", _version("sshfs")]["scope"] == "optional"


def _version(name: str) -> str:
    return next(package.version for package in sbom.packages() if package.name == name)


def test_the_same_locks_give_the_same_bytes_and_another_one_another_number() -> None:
    packages = sbom.packages()
    assert json.dumps(sbom.bill(packages)) == json.dumps(sbom.bill(sbom.packages()))
    assert sbom.bill(packages)["serialNumber"] != sbom.bill(packages[1:])["serialNumber"]


def test_licences_come_from_the_installed_packages() -> None:
    said = {entry["name"]: entry.get("licenses") for entry in sbom.bill(sbom.packages())["components"]}
    assert said["click"] == [{"expression": "BSD-3-Clause"}]
    assert all(entry != [{"license": {"name": "OSI Approved"}}] for entry in said.values())


def containerfile() -> list[tuple[str, str]]:
    return steps((PROJECT / "Containerfile").read_text(encoding="utf-8"))


def test_the_image_has_a_base_by_argument_an_ordinary_user_and_no_registry() -> None:
    found = containerfile()
    assert found[0][0] == "ARG"
    assert found[1] == ("FROM", "${BASE}")
    assert "/" not in found[0][1]
    assert [rest for kind, rest in found if kind == "USER"] == ["podcast"]
    assert not re.search(r"https?://|docker\.io|index-url", (PROJECT / "Containerfile").read_text(encoding="utf-8"))


def test_everything_that_the_image_copies_exists_and_every_lock_is_copied() -> None:
    copied = {word for kind, rest in containerfile() if kind == "COPY" for word in rest.split()[1:-1]}
    assert not [name for name in copied if not (PROJECT / name).exists()]
    assert copied >= {path.name for path in PROJECT.glob("requirements*.lock")}


def test_an_unknown_instruction_is_not_passed_over(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="HEALTHCHECK"):
        build(Container(tree=tmp_path), "ARG BASE=x\nHEALTHCHECK NONE\n")


def test_make_sbom_writes_where_git_does_not_look() -> None:
    asked = subprocess.run(["git", "check-ignore", str(sbom.OUTPUT)], cwd=PROJECT, capture_output=True, check=False)
    if asked.returncode == 128:
        pytest.skip("not a git checkout")
    assert asked.returncode == 0
