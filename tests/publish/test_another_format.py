"""Another transcript format: one module and one line in a copy of the program, and every room knows it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import lxml.html
import pytest
from feed_episodes import make_episode, make_show
from feed_rules import NS

PROJECT = Path(__file__).parents[2]
ADDRESS = "folgen/001-folge/transkript.probe"

LINE = """\
    TranscriptFormat(module="probe", suffix=".probe", label="Probe", media_type="application/probe+xml", in_feed=True),
"""
MODULE = '''\
"""A transcript as an XML that nobody else knows."""

from html import escape

from pipeline.transcript.cues import make_cues


def render_probe(transcript, *, duration_s):
    cues = make_cues(transcript, duration_s=duration_s).cues
    lines = (f'<p begin="{cue.start_s}s" end="{cue.end_s}s">{escape(" ".join(cue.lines))}</p>' for cue in cues)
    return f"<probe>{''.join(lines)}</probe>\\n"
'''
READER = """
def probe_words(text):
    from xml.etree import ElementTree
    return " ".join(ElementTree.fromstring(text).itertext()).split()


READERS[".probe"] = ((probe_words, written),)
"""
ASK = """\
import json, sys
from pathlib import Path
from urllib.request import urlopen

from pipeline.editor.preview import serving
from pipeline.upload.kinds import Stage, cache_control, is_page, media_type, needs_cors, stage_of

root, address = Path(sys.argv[1]), sys.argv[2]
with serving(root, port=0, state=str) as site, urlopen(site + address) as answer:
    preview = answer.headers.get_content_type()
print(json.dumps({
    "preview": preview, "upload": media_type(address), "cors": needs_cors(address), "page": is_page(address),
    "stage": stage_of(address).name, "cache": cache_control(address), "feed": stage_of("feed.xml").name,
}))
"""


@pytest.fixture(scope="module")
def show_and_program(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A show that was built before its program, a copy of ours, learned the format, and once more after that."""
    show, program = tmp_path_factory.mktemp("show"), tmp_path_factory.mktemp("program")
    make_show(show)
    for number in (1, 2):
        make_episode(show, number)
    shutil.copytree(PROJECT / "pipeline", program / "pipeline", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "tests/conftest.py"):
        (program / name).parent.mkdir(exist_ok=True)
        shutil.copy(PROJECT / name, program / name)
    shutil.copytree(PROJECT / "tests/transcript", program / "tests/transcript")
    build(show, program)
    assert "probe" not in (show / "feed/feed.xml").read_text(encoding="utf-8")
    table = program / "pipeline/values/transcript_formats.py"
    head, end, rest = table.read_text(encoding="utf-8").rpartition("\n)\n")
    assert (end, rest) == ("\n)\n", ""), "the list is the last thing in its module"
    table.write_text(f"{head}\n{LINE})\n", encoding="utf-8")
    (program / "pipeline/transcript/probe.py").write_text(MODULE, encoding="utf-8")
    build(show, program)
    return show, program


def run(program: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python in a process of its own, which finds the copy and not the program that tests import."""
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=program,
        env={**os.environ, "PYTHONPATH": str(program), "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
    )


def build(show: Path, program: Path) -> None:
    for verb in ("pages", "feed"):
        ended = run(program, "-m", "pipeline", "--root", str(show), "--today", "2026-03-01T12:00:00+01:00", verb)
        assert ended.returncode == 0, ended.stdout + ended.stderr


def test_the_file_is_written_and_linked_with_its_label_and_size(show_and_program: tuple[Path, Path]) -> None:
    show, _ = show_and_program
    file = show / "feed" / ADDRESS
    said = " ".join(ElementTree.parse(file).getroot().itertext()).split()
    assert said[:3] == ["wort1", "wort2", "wort3"]
    page = lxml.html.parse(file.with_name("index.html"))
    (link,) = page.xpath("//a[@download][@type='application/probe+xml']")
    assert link.get("href") == "transkript.probe"
    assert re.fullmatch(r"Transkript: Probe \(\d+\skB\)", link.text_content())


def test_the_feed_of_a_show_that_was_built_before_names_it(show_and_program: tuple[Path, Path]) -> None:
    show, _ = show_and_program
    feed = ElementTree.parse(show / "feed/feed.xml")
    named = [entry for entry in feed.iterfind(".//podcast:transcript", NS) if entry.attrib["url"].endswith(".probe")]
    assert [entry.attrib["url"].rpartition("/podcast/")[2] for entry in named] == [
        "folgen/002-folge/transkript.probe",
        ADDRESS,
    ]
    assert {entry.attrib["type"] for entry in named} == {"application/probe+xml"}


def test_a_label_that_changes_is_written_to_pages_that_were_made_before(show_and_program: tuple[Path, Path]) -> None:
    show, program = show_and_program
    table = program / "pipeline/values/transcript_formats.py"
    before = table.read_text(encoding="utf-8")
    assert before.count('label="HTML"') == 1
    table.write_text(before.replace('label="HTML"', 'label="Zum Einfügen"'), encoding="utf-8")
    build(show, program)
    page = lxml.html.parse((show / "feed" / ADDRESS).with_name("index.html"))
    assert "Zum Einfügen" in page.xpath("string(//a[@href='transkript.html'])")


def test_upload_and_preview_know_what_kind_of_file_it_is(show_and_program: tuple[Path, Path]) -> None:
    show, program = show_and_program
    ended = run(program, "-c", ASK, str(show), ADDRESS)
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout) == {
        "preview": "application/probe+xml",
        "upload": "application/probe+xml",
        "cors": True,
        "page": False,
        "stage": "FILES",
        "cache": "public, max-age=300",
        "feed": "FEED",
    }


def test_the_test_of_every_word_asks_for_a_reader_and_takes_it(show_and_program: tuple[Path, Path]) -> None:
    _, program = show_and_program
    tests = program / "tests/transcript/test_outputs.py"
    command = ("-m", "pytest", "-n", "0", "-p", "no:cacheprovider", str(tests), "-k", "every_word")
    without = run(program, *command)
    assert without.returncode == 1, without.stdout
    assert "No program reads transkript.probe (Probe) in tests" in without.stdout
    with tests.open("a", encoding="utf-8") as file:
        file.write(READER)
    assert run(program, *command).returncode == 0
