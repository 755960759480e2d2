"""What our own Python files contain, read once: the string literals, the names, and what classes and modules define."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from guides import PROJECT


@dataclass(slots=True)
class SourceCode:
    """`texts`: by file, each string literal with its line, except docstrings; `…` is what an f-string fills in.
    `identifiers`: every name in the program. `attributes`: what a class, module or package of the program defines, by
    its name; for a class whose name ends in `Table` also by the rest in lower case, as in TOML."""

    texts: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    identifiers: set[str] = field(default_factory=set)
    attributes: dict[str, set[str]] = field(default_factory=dict)

    def constants(self, *folders: str) -> frozenset[str]:
        """The literals of the files whose paths begin with one of these."""
        return frozenset(text for file, texts in self.texts.items() if file.startswith(folders) for _, text in texts)


@cache
def source_code() -> SourceCode:
    found = SourceCode()
    for folder in ("pipeline", "tools", "benchmarks"):
        for path in sorted((PROJECT / folder).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found.texts[path.relative_to(PROJECT).as_posix()] = list(_texts(tree))
            if folder == "pipeline":
                found.identifiers |= {path.stem, path.parent.name, *_names(tree)}
                for owner, body in _owners(path.stem, path.parent.name, tree):
                    found.attributes.setdefault(owner, set()).update(_defined(body))
    return found


def _texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    nodes = list(ast.walk(tree))
    docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    composed = [node for node in nodes if isinstance(node, ast.JoinedStr)]
    parts = {id(part) for node in composed for part in node.values}
    for node in composed:
        yield node.lineno, "".join(map(_said, node.values))
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings | parts:
            yield node.lineno, node.value


def _said(part: ast.expr) -> str:
    return part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else "…"


def _names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        for kind in ("id", "attr", "arg", "name"):
            if isinstance(name := getattr(node, kind, None), str):
                yield name


def _owners(module: str, package: str, tree: ast.Module) -> Iterator[tuple[str, list[ast.stmt]]]:
    yield module, tree.body
    yield package, tree.body
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield node.name, node.body
            yield node.name.removesuffix("Table").lower(), node.body


def _defined(body: list[ast.stmt]) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id
