"""What docs/server.md tells people to write is what the programs read."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from upload_samples import DOCS, snippets

from pipeline.show.tables import read
from pipeline.values.show import PublishSettings


def test_the_settings_are_those_of_show_toml() -> None:
    table = tomllib.loads(snippets("toml")[0])["publish"]
    assert read(PublishSettings, table).value().verify
    for target in re.findall(r"^\| .*", DOCS, re.MULTILINE):
        for text in re.findall(r'`"([^"]+)"`', target.split("|")[1]):
            assert read(PublishSettings, {"target": text}).value().target == text


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    service, timer = snippets("ini")
    (tmp_path / "podcast-publish.service").write_text(service.replace("/srv/podcast", str(tmp_path)), encoding="utf-8")
    (tmp_path / "podcast-publish.timer").write_text(timer, encoding="utf-8")
    units = [str(tmp_path / name) for name in ("podcast-publish.service", "podcast-publish.timer")]
    ended = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    assert "podcast-publish" not in ended.stderr
    assert ended.returncode == 0, ended.stderr


def test_every_make_variable_and_target_that_the_guides_name_is_there() -> None:
    root = Path(__file__).parents[2]
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    for variable in set(re.findall(r"make publish (\w+)=1", DOCS)):
        assert f"export PODCAST_{variable} := $(value {variable})" in makefile
    for group in set(re.findall(r"`make setup-(\w+)`", DOCS)):
        assert (root / f"requirements-{group}.lock").exists()
