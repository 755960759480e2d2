"""What a command imports, beyond what click brings along by itself."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from functools import cache

from probe_show import PROJECT

SLOW = {
    *("asyncio", "concurrent", "csv", "ctypes", "email", "http", "multiprocessing", "sqlite3", "ssl", "subprocess"),
    *("tempfile", "tomllib", "unittest", "xml", "zipfile"),
    *("importlib.metadata", "importlib.resources"),
}
"""Parts of the standard library that take long to import, and that an unchanged episode has no use for."""

_RUN = """
import sys
from pipeline.cli.main import main
try:
    main(sys.argv[1:])
finally:
    print("\\f", *sys.modules)
"""


@dataclass(frozen=True, kw_only=True)
class Imported:
    """The output of a command, and the modules that it imported."""

    output: str
    modules: frozenset[str]

    @property
    def libraries(self) -> set[str]:
        """The libraries of others."""
        tops = {name.partition(".")[0] for name in self.modules} - {"pipeline"} - sys.stdlib_module_names
        return {name for name in tops if not name.startswith("_")}

    @property
    def slow(self) -> set[str]:
        return SLOW & self.modules


def imported(*arguments: str) -> Imported:
    """The command, in a process of its own."""
    ended = subprocess.run(
        [sys.executable, "-c", _RUN, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=PROJECT,
        check=True,
    )
    output, _, modules = ended.stdout.rpartition("\f")
    return Imported(output=output, modules=frozenset(modules.split()) - _of_click())


@cache
def _of_click() -> frozenset[str]:
    code = "import sys, click; print(*sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PROJECT, check=True)
    return frozenset(ended.stdout.split())
