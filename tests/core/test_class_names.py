"""One word, one thing: no two classes of the package share a name."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import pipeline


def test_no_two_public_classes_share_a_name() -> None:
    package = Path(pipeline.__file__).parent
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(package.rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(path.relative_to(package).as_posix())
    assert len(found) > 100  # the package was read
    assert {name: places for name, places in found.items() if len(places) > 1} == {}
