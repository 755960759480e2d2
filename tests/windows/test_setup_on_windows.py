"""tools/setup.py and the podcast.cmd that it writes, as far as they can be tried without Windows."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def setup(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """tools/setup.py with an empty folder as the project's."""
    spec = importlib.util.spec_from_file_location("setup_on_windows", PROJECT / "tools/setup.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, path in {"ROOT": "", "VENV": ".venv", "MARK": ".venv/setup.json", "PODCAST_CMD": "podcast.cmd"}.items():
        monkeypatch.setattr(module, name, tmp_path / path)
    return module


def on_windows(monkeypatch: pytest.MonkeyPatch, setup: ModuleType) -> None:
    """Let setup.py, and nothing else, believe that this is Windows."""

    class Os:
        name = "nt"

        def __getattr__(self, name: str) -> object:
            return getattr(os, name)

    monkeypatch.setattr(setup, "os", Os())


def test_the_command_has_windows_line_ends_and_only_ascii(monkeypatch: pytest.MonkeyPatch, setup: ModuleType) -> None:
    on_windows(monkeypatch, setup)
    setup._write_windows_command()
    content = setup.PODCAST_CMD.read_bytes()
    lines = content.decode("ascii").split("\r\n")
    assert lines.pop() == ""
    assert not [line for line in lines if "\r" in line or "\n" in line]
    assert lines[0] == "@echo off"
    assert lines[-1].endswith("%* & exit /b")  # without a number: what podcast.exe returned
    assert str(setup.ROOT) not in content.decode("ascii")


def test_the_command_quotes_every_path_and_brings_the_environment_up_to_date(setup: ModuleType) -> None:
    calls = setup.COMMAND.splitlines()[-1]
    assert re.findall(r'"%~dp0([^"]*)"', calls) == [
        r".venv\Scripts\python.exe",
        r"tools\setup.py",
        r".venv\Scripts\podcast.exe",
        ".",
    ]
    assert "%~dp0" not in re.sub(r'"[^"]*"', "", setup.COMMAND)
    assert calls.index("setup.py") < calls.index("&&") < calls.index("podcast.exe")


def test_nothing_but_windows_gets_the_command(setup: ModuleType) -> None:
    if os.name == "nt":
        pytest.skip("this is Windows")
    setup._write_windows_command()
    assert not setup.PODCAST_CMD.exists()


def test_a_missing_command_is_written_again(monkeypatch: pytest.MonkeyPatch, setup: ModuleType) -> None:
    setup.MARK.parent.mkdir()
    setup.MARK.write_text('{"python": "x"}', encoding="utf-8")
    monkeypatch.setattr(setup, "PYTHON", Path(sys.executable))
    monkeypatch.setattr(setup, "VOICES_FILES", {})
    assert setup._is_ready({"python": "x"})
    on_windows(monkeypatch, setup)
    assert not setup._is_ready({"python": "x"})
    setup._write_windows_command()
    assert setup._is_ready({"python": "x"})


def test_a_python_of_32_bits_is_refused_before_anything_is_downloaded(
    monkeypatch: pytest.MonkeyPatch, setup: ModuleType
) -> None:
    monkeypatch.setattr(setup.sys, "maxsize", 2**31 - 1)
    assert "64" in " ".join(setup._obstacle({}))


def test_a_moved_folder_needs_a_python_that_is_not_inside_it(
    monkeypatch: pytest.MonkeyPatch, setup: ModuleType
) -> None:
    on_windows(monkeypatch, setup)
    assert setup._obstacle({}) is None
    monkeypatch.setattr(setup.sys, "prefix", str(setup.VENV))
    assert r"py tools\setup.py" in " ".join(setup._obstacle({}))


def test_a_folder_that_lies_too_deep_is_refused(monkeypatch: pytest.MonkeyPatch, setup: ModuleType) -> None:
    on_windows(monkeypatch, setup)
    real = Path.mkdir

    def short_paths_only(path: Path, *arguments: object, **options: object) -> None:
        if len(str(path)) > 247:
            raise FileNotFoundError(2, "as Windows says", str(path))
        real(path, *arguments, **options)

    monkeypatch.setattr(Path, "mkdir", short_paths_only)
    assert setup._takes_long_paths() is (len(str(setup.ROOT)) + 1 + len(".venv/") + setup.LONGEST_INSIDE <= 247)
    deep = setup.ROOT / ("d" * 100)
    monkeypatch.setattr(setup, "ROOT", deep)
    assert "zu tief" in " ".join(setup._obstacle({}))
    assert not deep.exists() or list(deep.iterdir()) == []


def test_no_package_lies_deeper_than_the_set_up_expects(setup: ModuleType) -> None:
    site = Path(sys.prefix) / f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
    if not site.is_dir():
        pytest.skip("no environment laid out as on POSIX")
    longest = max(len(folder) + len(f"/{name}") for folder, _, names in os.walk(site) for name in names) - len(
        str(site)
    )
    assert len(r"Lib\site-packages") + longest <= setup.LONGEST_INSIDE


def test_why_pytorch_cannot_be_loaded_is_said(monkeypatch: pytest.MonkeyPatch, setup: ModuleType) -> None:
    monkeypatch.setattr(setup, "PYTHON", Path(sys.executable))
    monkeypatch.setenv("PYTHONPATH", str(setup.ROOT))
    (setup.ROOT / "torch.py").write_text("raise OSError('c10.dll is missing')\n", encoding="utf-8")
    with pytest.raises(setup._TorchError, match=r"c10\.dll is missing"):
        setup._check_torch("cpu-index")


def test_windows_gets_the_default_build_of_pytorch_which_is_for_the_processor(
    monkeypatch: pytest.MonkeyPatch, setup: ModuleType
) -> None:
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(setup, "_pip", lambda *words: asked.append(words))
    monkeypatch.setattr(setup, "_has_nvidia_gpu", lambda: True)
    monkeypatch.setattr(setup, "_project", lambda: {"dependencies": ["torch==1"]})
    monkeypatch.setattr(setup.sys, "platform", "win32")
    assert setup._install_torch() == "cpu-index"
    assert asked == [("install", "--no-deps", "torch==1")]


def test_every_package_that_only_windows_needs_is_locked() -> None:
    lock = (PROJECT / "requirements.lock").read_text(encoding="utf-8")
    assert "colorama==" in lock  # click and tqdm need it there


def test_the_set_up_stops_with_a_message_and_no_traceback_if_it_is_too_deep(tmp_path: Path) -> None:
    code = (
        "import sys, types; sys.argv = ['setup.py']; sys.path.insert(0, sys.argv[0]);"
        f"import runpy; module = runpy.run_path({str(PROJECT / 'tools/setup.py')!r});"
        "main = module['main']; spaces = main.__globals__;"
        "spaces['_is_ready'] = lambda state: False;"
        "spaces['_obstacle'] = lambda state: ('Der Ordner liegt zu tief.', 'Ihn weiter oben ablegen.');"
        "sys.exit(main())"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, encoding="utf-8", check=False
    )
    assert (ended.returncode, ended.stderr) == (1, "")
    assert ended.stdout == "Fehler: Der Ordner liegt zu tief.\n  Was tun: Ihn weiter oben ablegen.\n"
