"""What docs/server.md tells people to write is what the programs read."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from upload_samples import DOCS, S3Server, snippets

from pipeline.schema import PublishTable


def test_the_settings_are_those_of_show_toml() -> None:
    table = tomllib.loads(snippets("toml")[0])["publish"]
    assert PublishTable.model_validate(table).verify
    for target in re.findall(r"^\| .*", DOCS, re.MULTILINE):
        for text in re.findall(r'`"([^"]+)"`', target.split("|")[1]):
            assert PublishTable.model_validate({"target": text}).target == text


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    service, timer = snippets("ini")
    (tmp_path / "podcast-publish.service").write_text(service.replace("/srv/podcast", str(tmp_path)), encoding="utf-8")
    (tmp_path / "podcast-publish.timer").write_text(timer, encoding="utf-8")
    units = [str(tmp_path / name) for name in ("podcast-publish.service", "podcast-publish.timer")]
    ended = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    assert "podcast-publish" not in ended.stderr
    assert ended.returncode == 0, ended.stderr


def test_cron_takes_the_line_and_reads_no_percent_sign_as_a_newline() -> None:
    (crontab,) = snippets("cron")
    setting, line = crontab.splitlines()
    assert re.fullmatch(r"MAILTO=\S+@\S+", setting)
    *times, command = line.split(maxsplit=5)
    assert all(re.fullmatch(r"(\*|\d+)(/\d+)?", part) for part in times)
    assert command.startswith("cd /")
    assert "%" not in command


def test_gitlab_keeps_the_runners_folder_and_runs_make() -> None:
    yaml = pytest.importorskip("yaml")
    ((name, job),) = yaml.safe_load(snippets("yaml")[0]).items()
    assert name not in {"default", "include", "stages", "variables", "workflow"}  # these are no jobs
    assert {"rules", "resource_group", "variables", "script"} == set(job)
    assert job["variables"] == {"GIT_STRATEGY": "fetch", "GIT_CLEAN_FLAGS": "none"}
    assert all(line.startswith("make ") for line in job["script"])


def test_s3_takes_the_rule_for_other_origins(s3_server: S3Server) -> None:
    import boto3

    storage = boto3.client("s3", endpoint_url=s3_server.endpoint)
    (text,) = snippets("json")
    storage.put_bucket_cors(Bucket=s3_server.bucket, CORSConfiguration=json.loads(text))
    (rule,) = storage.get_bucket_cors(Bucket=s3_server.bucket)["CORSRules"]
    assert (rule["AllowedOrigins"], rule["AllowedMethods"]) == (["*"], ["GET", "HEAD"])
