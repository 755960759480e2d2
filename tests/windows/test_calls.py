"""What Windows lacks or does differently is called in one module only (`build/system.py`).

ruff's TID251 refuses the functions by name and mypy checks the program for Windows (`make lint`); here are the calls
that neither sees: methods of paths, questions about the system, and processes that are started by fork.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
DOOR = PROJECT / "pipeline/build/system.py"
PROGRAM = [path for path in sorted((PROJECT / "pipeline").rglob("*.py")) if path != DOOR]


def breaches(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield every call of the kinds above, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name, count = node.func.attr, len(node.args) + len(node.keywords)
            owner = node.func.value
            ours = isinstance(owner, ast.Name) and owner.id == "system"
            if not ours and (name in {"unlink", "rename"} or (name == "replace" and count == 1 and node.args)):
                yield node.lineno, f".{name}() moves or deletes a file: take system.{name}, remove or discard"
            if name == "get_context" and ast.unparse(node.args[0]) != "'spawn'":
                yield node.lineno, "processes are started with spawn"
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func).rpartition(".")[2]
            if called == "ProcessPoolExecutor" and "spawn" not in ast.unparse(node):
                yield node.lineno, "processes are started with spawn"
            asked = ast.unparse(node.args[0]) if called in {"hasattr", "getattr"} and node.args else ""
            if asked in {"os", "signal", "socket", "mmap", "sys"} and "_MEIPASS" not in ast.unparse(node):
                yield node.lineno, f"{called}({asked}, …) asks which system this is"


@pytest.mark.parametrize("folder", ["pipeline", "tools/example.py"])
def test_nothing_outside_one_module_does_what_windows_does_differently(folder: str) -> None:
    files = PROGRAM if folder == "pipeline" else [PROJECT / folder]
    found = [
        f"{path.relative_to(PROJECT)}:{line}: {text}"
        for path in files
        for line, text in breaches(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert found == []


@pytest.mark.parametrize(
    "code",
    [
        "path.unlink()",
        "path.rename(other)",
        "staged.replace(path)",
        "get_context('fork')",
        "multiprocessing.get_context('fork')",
        "ProcessPoolExecutor(2)",
        "hasattr(os, 'fork')",
        "getattr(signal, 'SIGKILL')",
    ],
)
def test_each_kind_of_breach_is_seen(code: str) -> None:
    code = code.replace("get_context", "m.get_context") if code.startswith("get") and "(signal" not in code else code
    assert list(breaches(ast.parse(code)))


@pytest.mark.parametrize("code", ["text.replace('a', 'b')", "moment.replace(tzinfo=zone)", "system.replace(a, b)"])
def test_what_only_looks_alike_is_no_breach(code: str) -> None:
    assert not list(breaches(ast.parse(code)))


def test_the_linter_knows_what_windows_lacks() -> None:
    ruff = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["lint"]
    assert "TID251" in ruff["select"]
    banned = ruff["flake8-tidy-imports"]["banned-api"]
    assert {"fcntl", "pwd", "grp", "resource", "os.fork", "os.getuid", "os.chown"} <= banned.keys()
    assert {"signal.SIGKILL", "os.replace", "os.name", "sys.platform"} <= banned.keys()
    allowed = [files for files, rules in ruff["per-file-ignores"].items() if "TID251" in rules]
    assert [files for files in allowed if files.startswith("pipeline")] == ["pipeline/build/system.py"]
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    assert "mypy --platform win32" in makefile
