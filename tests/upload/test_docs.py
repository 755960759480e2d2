"""The examples of docs/server.md are what the programs read."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from upload_samples import DOCS, S3Server, snippets

from pipeline.show.tables import read
from pipeline.upload.kinds import media_type
from pipeline.values import media_types
from pipeline.values.audio_formats import AUDIO_FORMATS
from pipeline.values.show import PublishSettings

# What Apache's own mime.types names as we do.
KNOWN_TO_APACHE = {".html", ".css", ".txt", ".jpg", ".png", ".woff2", ".xml"}
SENT_WITH_CHARSET = {suffix for suffix in media_types.BY_SUFFIX if media_type(f"x{suffix}").endswith("charset=utf-8")}


def test_the_settings_are_those_of_show_toml() -> None:
    table = tomllib.loads(snippets("toml")[0])["publish"]
    assert read(PublishSettings, table).value().verify
    for target in re.findall(r"^\| .*", DOCS, re.MULTILINE):
        for text in re.findall(r'`"([^"]+)"`', target.split("|")[1]):
            assert read(PublishSettings, {"target": text}).value().target == text


def test_nginx_is_told_the_type_of_every_file_and_the_encoding_of_every_text() -> None:
    _, location = snippets("nginx")
    types = re.search(r"^ {4}types \{\n(.*?)^ {4}\}", location, re.MULTILINE | re.DOTALL)
    assert types is not None
    pairs = [pair.split() for pair in types[1].split(";") if pair.strip()]
    assert {f".{suffix}": kind for kind, suffix in pairs} == media_types.BY_SUFFIX
    assert f"location = /podcast/feed.xml {{ types {{ {media_types.FEED} xml; }} }}" in location
    assert f"{{ types {{ {media_types.CHAPTERS} json; }} }}" in location
    charset_types = re.search(r"^ *charset_types (.*);", location, re.MULTILINE)
    assert charset_types is not None
    texts = {media_types.BY_SUFFIX[suffix] for suffix in SENT_WITH_CHARSET} | {media_types.FEED}
    assert {*charset_types[1].split(), "text/html"} == texts  # nginx knows text/html beforehand


def test_apache_is_told_what_it_does_not_know_beforehand() -> None:
    htaccess, _ = snippets("apache")
    told = {suffix: kind for kind, suffix in re.findall(r"^AddType (\S+) (\S+)$", htaccess, re.MULTILINE)}
    assert told == {s: kind for s, kind in media_types.BY_SUFFIX.items() if s not in KNOWN_TO_APACHE}
    (charset,) = re.findall(r"^AddCharset utf-8 (.*)$", htaccess, re.MULTILINE)
    assert set(charset.split()) == SENT_WITH_CHARSET
    assert f'ForceType "{media_type("feed.xml")}"' in htaccess
    assert f"ForceType {media_type('folgen/001-x/kapitel.json')}\n" in htaccess
    assert rf'<FilesMatch "\.({"|".join(AUDIO_FORMATS)})$">' in htaccess


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
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
