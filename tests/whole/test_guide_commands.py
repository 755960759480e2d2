"""Every command in README.md and docs/*.md exists as written, and those that can run here are run."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from guide_commands import FOREIGN, command_problems, commands, messages
from guides import PROJECT, Block, Guide, guide, guides, read_guide
from probe_show import make_show, podcast

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")

READ_BY = {
    "toml": "tests/whole/test_guide_toml.py",
    "sh": "tests/whole/test_guide_commands.py",
    "indented": "tests/whole/guide_commands.py",
    "text": "tests/whole/test_guide_commands.py",
    "yaml": "tests/upload/test_docs.py",
    "cron": "tests/upload/test_docs.py",
    "ini": "tests/upload/test_docs.py",
    "json": "tests/upload/test_docs.py",
    "nginx": "tests/upload/test_public.py",
    "apache": "tests/upload/test_public.py",
}
"""The languages that blocks may be fenced as, and the file that checks their content."""

NOT_RUN = {
    "make episode EPISODE=0": "tests/whole/test_example_episode.py makes the example",
    "make test": "this test is part of it",
    "make model MODEL=small": "asks OpenAI's server; tests/whole/test_model.py has a server of its own",
    "make import-feed": "asks a server; tests/feed_import has servers of its own",
    "make speaker-remember": "tests/whole/test_remembered_voices.py does it",
    "make set": "asks a person; tests/whole/test_set.py answers",
    "make review": "serves until somebody ends it; tests/review/test_verb.py does",
    "make wheel": "tests/whole/test_installed.py builds it",
    "podcast init": "tests/whole/test_installed.py and tests/editor/test_init.py do it",
    "ct2-transformers-converter": "needs a model of Hugging Face",
}
"""Beginnings of lines in shell blocks that the tests below do not run, each with the reason."""


RUN_ELSEWHERE = "docs/erste-folge.md"  # tests/whole/test_guide_pages.py types all its lines


def to_type(found: Guide) -> list[str]:
    """The commands of a guide that can be typed as written, each in one line."""
    return [shlex.join(command.words) for command in commands(found) if command.whole]


def is_left_out(command: str) -> bool:
    return command.split(maxsplit=1)[0] in FOREIGN or command.startswith(tuple(NOT_RUN))


def test_every_command_of_the_guides_is_accepted_by_the_program_that_it_names() -> None:
    assert not command_problems(guides())


def test_every_command_that_the_program_suggests_exists() -> None:
    assert len(list(commands(messages()))) > 50
    assert not command_problems([messages()])


def test_the_commands_of_the_guides_are_found() -> None:
    found = {command.words for guide in guides() for command in commands(guide)}
    assert ("make", "new", "EPISODE=7", "TITLE=Digitale Schule") in found
    assert ("make", "setup", "setup-s3") in found
    assert {"podcast", "status", "podcast.cmd", "py", ".venv/bin/dask", "benchmarks/speakers.py"} <= {
        w[0] for w in found
    }
    assert set(FOREIGN) <= {words[0] for words in found}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("`make episod EPISODE=7`", "No rule to make target 'episod'"),
        ("`make feed EPISODE=7`", "EPISODE does not reach what `make feed` runs"),
        ("`make pages ACCEPT=guid`", "ACCEPT does not reach what `make pages` runs"),
        ("`make episode EPISDE=7`", "EPISDE does not reach"),
        ("`make test ARG=-x`", "ARG does not reach"),
        ("`make feed ACCEPT=gui`", "„gui“ gibt es nicht"),
        ("`make episodes WORKERS=0`", "'--workers'"),
        ("`make setup\n&& make bensch`", "No rule to make target 'bensch'"),
        ("`podcast episod`", "'episod'"),
        ("`podcast episode --al`", "--al"),
        ("`podcast publish 7`", "7"),
        ("`.venv/bin/podcast model fetsch base`", "'fetsch'"),
        ("`status --ful`", "--ful"),
        ("`--wokers N`", "no command has this option"),
        ("`WOKERS=2`", "the Makefile does not hand it on"),
        ("`ACCEPT=gui`", "„gui“ gibt es nicht"),
        ("`PODCAST_REGISTER=1`", "nobody reads it"),
        ("`transcript-formt`", "No rule to make target 'transcript-formt'"),
        ("`benchmarks/speakers.py --conversation 1`", "--conversation: no such option"),
        ("`py tools\\set_up.py`", "no such script"),
        ("`.venv/bin/dask workr`", "workr"),
        ("`.venv/bin/dask worker x --nthread 1`", "--nthread: no such option"),
        ("`frobnicate --all`", "nobody knows this program"),
        ("    make new EPISODE=7", "probe.md:1: `make new EPISODE=7`: title is missing"),
        ("```sh\nmake feed\nfrobnicate\n```", "probe.md:3: `frobnicate`: nobody knows"),
        ("```sh\nmake feed # oder model-ad FILE=…\n```", "No rule to make target 'model-ad'"),
        ("```yaml\nscript:\n  - make setup-s4\n```", "probe.md:3: `make setup-s4`"),
        ("```ini\nExecStart=/usr/bin/make --silent publisch\n```", "No rule to make target 'publisch'"),
        ("```cron\n* * * * * cd /srv && make --silent publisch >> x\n```", "No rule to make target 'publisch'"),
        ("```toml\nverify = true   # auch einmalig: make publish VERIFI=1)\n```", "VERIFI does not reach"),
    ],
)
def test_a_command_that_does_not_exist_is_reported(text: str, told: str) -> None:
    assert told in "\n".join(command_problems([read_guide("probe.md", text)]))


@pytest.mark.parametrize(
    "text",
    [
        "`make`, `make transcript-diff`, `make model-add FILE=…`, `make split EPISODE=… TAKE_DRAFT=1`",
        "`make feed ACCEPT=guid,…`, `make test ARGS=--rewrite-golden`, `make setup setup-s3`",
        "`podcast --verbose import-feed …`, `podcast import-feed FILE|URL`, `podcast.cmd episode 7`",
        "`base`, `faster-whisper`, `http { … }`, `12:34: Stimme unsicher`, `[-so-]`, `<v Name>`",
        '    make new EPISODE=7 TITLE="Preis: 5 € & mehr"   # legt etwas an; mehr nicht',
    ],
)
def test_a_command_that_exists_passes(text: str) -> None:
    assert not command_problems([read_guide("probe.md", text)])


def test_every_block_has_a_language_that_some_test_reads() -> None:
    for found in guides():
        for block in found.blocks:
            assert block.language in READ_BY, f"{block.where}: fence it as one of {', '.join(READ_BY)}"
    for language, file in READ_BY.items():
        assert f'"{language}"' in (PROJECT / file).read_text(encoding="utf-8")


def test_every_command_to_type_is_run_here_or_has_a_reason_not_to_be() -> None:
    told = {command for found in guides() if found.name != RUN_ELSEWHERE for command in to_type(found)}
    assert {command for command in told if not is_left_out(command)} == set(own_episode())
    for beginning in NOT_RUN:
        assert any(command.startswith(beginning) for command in told), beginning


def own_episode() -> list[str]:
    """The lines under „Your own episode“ of README.md that run here."""
    readme = guide("README.md")
    blocks = tuple(block for block in readme.blocks if block.section == "Your own episode")
    return [line for line in to_type(replace(readme, blocks=blocks)) if not is_left_out(line)]


def test_readme_leads_from_a_title_to_an_uploaded_episode(tmp_path: Path) -> None:
    """Runs the lines under „Your own episode“ one after the other and, after the first two, does what people do."""
    show, target = tmp_path / "show", tmp_path / "www"
    recording = make_show(show, placeholders=False) / "raw.wav"
    settings = show / "episodes/show.toml"
    text = re.sub(r"^model = .*", 'model = "demo"', settings.read_text(encoding="utf-8"), flags=re.MULTILINE)
    settings.write_text(f'{text}\n[publish]\ntarget = "{target}"\n', encoding="utf-8")
    (tmp_path / "access.log").write_text(
        '203.0.113.7 - - [01/Mar/2026:10:00:00 +0100] "GET / HTTP/1.1" 200 5000 "-" "-"\n', encoding="utf-8"
    )
    for line in own_episode():
        ended = run(line.replace("/var/log/nginx", str(tmp_path)), show)  # not every machine has a web server
        assert ended.returncode == 0, f"{line}\n{ended.stdout}{ended.stderr}"
        if line.startswith("make new"):
            (home,) = show.glob("episodes/007-digitale-schule")
            shutil.move(recording, home)
            shutil.rmtree(recording.parent)
            fill_in(home)
        if line.startswith("make episode "):
            transcript = show / f"transcripts/{home.name}.txt"
            transcript.write_text(transcript.read_text(encoding="utf-8").replace(".", "!", 1), encoding="utf-8")
    assert (target / "audio/007-digitale-schule.mp3").read_bytes() == (
        show / "feed/audio/007-digitale-schule.mp3"
    ).read_bytes()
    assert "Digitale Schule" in (target / "feed.xml").read_text(encoding="utf-8")
    assert json.loads((home / "release.json").read_text(encoding="utf-8"))["guid"]


def run(line: str, show: Path) -> subprocess.CompletedProcess[str]:
    """Run a line of a guide on `show`."""
    program = f"PODCAST={sys.executable} -m pipeline --root {show} --today 2026-03-01"
    return subprocess.run(
        [*shlex.split(line), program, "PYTHON=true"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=PROJECT,
        check=False,
    )


def fill_in(home: Path) -> None:
    """Fill in what the template of an episode leaves to people."""
    text = (home / "episode.toml").read_text(encoding="utf-8")
    for old, new in (
        ("Ein bis zwei Sätze, worum es geht.", "Zwei Stimmen sagen guten Tag."),
        ('"Moderation"', '"Tom Takt"'),
        ('"Gast"', '"Sina Silbe"'),
        ('"Organisation"', '"Wortlabor"'),
        ("draft = true", "published = 2026-01-15T06:00:00+01:00"),
    ):
        assert old in text
        text = text.replace(old, new)
    (home / "episode.toml").write_text(text, encoding="utf-8")
    (home / "shownotes.md").write_text("Für alle Hörer*innen.\n", encoding="utf-8")


TRANSCRIPTS = [
    block for found in guides() for block in found.blocks if block.language == "text" and ":\n" in block.text
]


@pytest.mark.parametrize("block", TRANSCRIPTS, ids=lambda block: block.where)
def test_a_transcript_in_a_guide_is_in_the_house_form(block: Block, fresh_show: Path) -> None:
    """As the transcript of an episode with these speakers, it has no findings and needs no formatting."""
    names = dict.fromkeys(re.findall(r"^([^\[\n]+?)(?: \[.*\])?:$", block.text, re.MULTILINE))
    assert names
    toml = fresh_show / "episodes/001-probe/episode.toml"
    head, _, rest = toml.read_text(encoding="utf-8").partition("[[speakers]]")
    people = "".join(f'[[speakers]]\nname = "{name}"\n' for name in names)
    toml.write_text(f"{head}{people}\n[[chapters]]{rest.partition('[[chapters]]')[2]}", encoding="utf-8")
    (fresh_show / "transcripts/001-probe.txt").write_text(block.text, encoding="utf-8")
    checked = podcast(fresh_show, "transcript", "check", "1")
    assert checked.returncode == 0, checked.stdout
    assert "keine Auffälligkeiten" in checked.stdout
    assert "schon in der Hausform" in podcast(fresh_show, "transcript", "format", "1").stdout
