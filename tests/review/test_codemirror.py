"""The editor that the review page loads is the one that tools/codemirror builds, and the program may ship it."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

PROJECT = Path(__file__).parents[2]
RECIPE = PROJECT / "tools/codemirror"
BUILT = PROJECT / "pipeline/review/page/codemirror.min.js"


def test_the_built_file_is_the_one_of_the_recipe() -> None:
    assert hashlib.sha256(BUILT.read_bytes()).hexdigest() == (RECIPE / "SHA256").read_text(encoding="utf-8").strip()


def test_the_recipe_pins_every_package_by_hash_and_the_file_names_its_versions() -> None:
    wanted = json.loads((RECIPE / "package.json").read_text(encoding="utf-8"))["dependencies"]
    locked = json.loads((RECIPE / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert all(entry.get("integrity", "").startswith("sha512-") for name, entry in locked.items() if name)
    head = BUILT.read_text(encoding="utf-8")[:500]
    for name, version in wanted.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
        assert locked[f"node_modules/{name}"]["version"] == version
        assert f"{name} {version}" in head


def test_the_licence_is_beside_it_and_it_asks_nobody() -> None:
    licence = BUILT.with_name("codemirror.LICENSE").read_text(encoding="utf-8")
    assert "MIT" in licence
    assert "Permission is hereby granted, free of charge" in licence
    addresses = set(re.findall(r"https?://[^\s\"'`)<]+", BUILT.read_text(encoding="utf-8")))
    assert {address for address in addresses if "w3.org" not in address} == set()
