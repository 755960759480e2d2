"""The workflow files for GitHub and GitLab are valid, and what they run exists. No runner has run them here."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli.main import cli

yaml = pytest.importorskip("yaml")  # comes with what the tests need anyway (moto)
PROJECT = Path(__file__).parents[2]
GITHUB, GITLAB = ".github/workflows/check.yml", ".gitlab-ci.yml"


def content(file: str) -> dict[Any, Any]:
    read = yaml.safe_load((PROJECT / file).read_text(encoding="utf-8"))
    assert isinstance(read, dict)
    return read


def lines(file: str) -> list[str]:
    """Every line that a job runs."""
    if file == GITHUB:
        found = [step["run"] for job in content(file)["jobs"].values() for step in job["steps"] if "run" in step]
    else:
        found = [line for job in content(file).values() if isinstance(job, dict) for line in job.get("script", ())]
    return "\n".join(found).splitlines()


def test_github_runs_on_all_three_systems() -> None:
    read = content(GITHUB)
    assert {"push", "pull_request"} <= read[True].keys()  # YAML 1.1 reads `on` as true
    job = read["jobs"]["check"]
    systems = {name.partition("-")[0] for name in job["strategy"]["matrix"]["os"]}
    assert systems == {"windows", "macos", "ubuntu"}
    assert all(("run" in step) != ("uses" in step) for step in job["steps"])
    assert read["permissions"] == {"contents": "read"}


def test_gitlab_has_a_job_for_each_system_and_every_template_exists() -> None:
    read = content(GITLAB)
    jobs = {name: job for name, job in read.items() if isinstance(job, dict) and not name.startswith(".")}
    assert jobs.keys() == {"linux", "windows", "macos"}
    assert all(job["extends"] in read and job["script"] for job in jobs.values())


@pytest.mark.parametrize("file", [GITHUB, GITLAB])
def test_set_up_example_and_tests_run_and_every_command_exists(file: str) -> None:
    said = "\n".join(lines(file)).replace("\\", "/")
    for script in re.findall(r"\S+/setup\.py|\.ci/\w+", said):
        assert (PROJECT / script).is_file()
    assert re.search(r"tools/setup\.py --dev", said)
    assert "podcast.cmd episode 0" in said
    assert "pytest" in said
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"\bmake ([a-z-]+)", said):
        assert re.search(rf"\b{target}\b", makefile)
    for verb in re.findall(r"podcast\.cmd (\w+)", said):
        assert verb in cli.commands


def test_the_readme_says_what_is_proven_and_what_is_not() -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    section = readme.partition("## Windows")[2].partition("\n## ")[0]
    assert "Not proven" in section
    for file in (GITHUB, GITLAB):
        assert file in section
