"""`podcast model` as people call it: in any folder, without a show and without the network."""

from __future__ import annotations

import lzma
import subprocess
import sys
from pathlib import Path

import pytest
from probe_show import PROJECT, nowhere, podcast

from pipeline.speech.models import DEMO_CHECKPOINT


@pytest.fixture(name="nowhere")
def leads_nowhere(tmp_path: Path) -> dict[str, str]:
    return nowhere(tmp_path / "cache")


def test_the_list_names_only_models_that_understand_german(tmp_path: Path, nowhere: dict[str, str]) -> None:
    listed = podcast(tmp_path, "model", "list", env=nowhere)
    assert listed.returncode == 0, listed.stderr
    lines = listed.stdout.splitlines()
    names = [line.split()[0] for line in lines[1:9]]
    assert names == ["tiny", "base", "small", "medium", "large-v1", "large-v2", "large", "turbo"]
    assert all(line.endswith("nein") or "  nein  (auch: " in line for line in lines[1:9])
    assert max(map(len, lines)) <= 80
    assert max(map(len, lines[:9])) + len("ja, geprüft") - len("nein") <= 80
    assert ".en" not in listed.stdout
    assert "demo" not in listed.stdout.lower()
    assert list(tmp_path.iterdir()) == []


def test_the_list_works_without_torch_and_whisper(tmp_path: Path, nowhere: dict[str, str]) -> None:
    code = (
        "import sys; from pathlib import Path; from pipeline.speech.catalogue import offers; offers(Path())\n"
        "print(sorted({'torch', 'whisper', 'numpy', 'ctranslate2', 'tokenizers'} & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=nowhere)
    assert answer.stdout.strip() == "[]"


def test_a_damaged_model_is_listed_as_such(tmp_path: Path, nowhere: dict[str, str]) -> None:
    file = tmp_path / "cache" / "whisper" / "base.pt"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"halb")
    listed = podcast(tmp_path, "model", "list", env=nowhere).stdout
    assert "beschädigt" in next(line for line in listed.splitlines() if line.startswith("base "))
    assert f"Beschädigt, bitte löschen und neu laden: {file}" in listed


@pytest.mark.parametrize("name", ["base", "small"])
def test_both_ways_to_get_the_file_are_named_if_no_source_answers(
    tmp_path: Path, nowhere: dict[str, str], name: str
) -> None:
    ended = podcast(tmp_path, "model", "fetch", name, env=nowhere)
    assert ended.returncode == 6
    assert str(tmp_path / "cache" / "whisper" / f"{name}.pt") in ended.stderr
    assert f"/{name}.pt herunterladen (SHA-256 " in ended.stderr
    assert "podcast model add " in ended.stderr
    assert ended.stderr.count("Fehler:") == 1
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.name != ".unvollständig.lock"][1:]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("bse", "Meinten Sie „base“?"),
        ("small.en", "versteht nur Englisch"),
        ("demo", "ist kein Whisper-Modell von OpenAI"),
        ("modell.pt", "ist kein Whisper-Modell von OpenAI"),
    ],
)
def test_only_openais_german_models_can_be_fetched(
    tmp_path: Path, nowhere: dict[str, str], name: str, said: str
) -> None:
    ended = podcast(tmp_path, "model", "fetch", name, env=nowhere)
    assert ended.returncode == 6
    assert said in ended.stderr
    assert "demo" not in ended.stderr.replace("„demo“", "").lower()


def test_an_added_model_is_listed_and_the_line_for_show_toml_is_printed(
    tmp_path: Path, nowhere: dict[str, str]
) -> None:
    (tmp_path / "mein modell.pt").write_bytes(lzma.decompress(DEMO_CHECKPOINT.read_bytes()))
    added = podcast(tmp_path, "model", "add", str(tmp_path / "mein modell.pt"), env=nowhere)
    assert added.returncode == 0, added.stderr
    assert '  model = "models/mein-modell"' in added.stdout.splitlines()
    assert 'model = "models/mein-modell"' in podcast(tmp_path, "model", "list", env=nowhere).stdout


def test_what_make_passes_reaches_the_program_unchanged(tmp_path: Path, nowhere: dict[str, str]) -> None:
    command = ["make", "--no-print-directory", f"PODCAST={sys.executable} -m pipeline --root {tmp_path}", "PYTHON=true"]

    def make(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, *arguments], capture_output=True, text=True, cwd=PROJECT, env=nowhere, check=False
        )

    assert "„b $(id) `ls`“ ist kein Whisper-Modell von OpenAI" in make("model", "MODEL=b $(id) `ls`").stderr
    assert "„b“ ist kein Whisper-Modell von OpenAI" in make("model-fetch", "MODEL=b").stderr
    assert make("model").stdout == make("model-list").stdout != ""
    assert "Hier liegt weder eine Datei noch ein Ordner" in make("model-add", "FILE=$(id) x.pt").stderr
