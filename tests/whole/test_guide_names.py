"""Every file and folder that README.md and docs/*.md name exists, in the repository or in a show."""

from __future__ import annotations

from pathlib import Path

import pytest
from guide_names import Known, link_problems, name_problems
from guides import PROJECT, Guide, guides, read_guide
from probe_show import FOLDER, podcast, two_turns, write_wav


@pytest.fixture
def lived_in(released: Path, tmp_path: Path) -> Known:
    """The names in the repository, and in a show with which people did what the guides describe: produced, released,
    uploaded, imported old episodes, replaced and withdrew a recording, began another episode."""
    target = tmp_path / "target"
    settings = released / "episodes/show.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(f'{text}\n[feed]\npage_size = 1\n[publish]\ntarget = "{target}"\n', encoding="utf-8")
    paths: set[str] = set()
    for words in (
        ("publish",),
        ("import-feed", str(PROJECT / "tests/feed_import/feeds/wordpress.xml")),
        ("release", "1", "--new-audio"),
        ("feed",),
        ("withdraw", "1", "--reason", "Darum."),
        ("new", "7", "--title", "Digitale Schule"),
    ):
        if "--new-audio" in words:
            write_wav(released / f"episodes/{FOLDER}/raw.wav", two_turns()[: 22050 * 9])
        ended = podcast(released, *words)
        assert ended.returncode == 0, f"{words}: {ended.stdout}{ended.stderr}"
        paths |= Known.in_folders(released, target).paths
    return Known(frozenset(paths))


def test_every_file_and_folder_that_the_guides_name_exists(lived_in: Known) -> None:
    assert not name_problems(guides(), lived_in)


@pytest.fixture
def known(tmp_path: Path) -> Known:
    """The names in the repository, and some that a show could have."""
    for name in (
        "episodes/001-probe/draft.txt",
        "episodes/001-probe/raw.wav",
        "episodes/001-probe/words.json",
        "episodes/001-probe/work/gesichert/audio/001-probe.mp3",
        "feed/audio/001-probe.v2.mp3",
        "feed/feed-2.xml",
        "feed/folgen/001-probe/transkript.json",
        "feed/folgen/001-probe/transkript.srt",
        "feed/folgen/001-probe/transkript.vtt",
        "transcripts/001-probe.txt",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return Known.in_folders(tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        "pipeline/gone.py",
        "docs/gone.md",
        "feed/words.json",
        "episodes/007-…/drafts.txt",
        "episodes/transcripts/",
        "work/repot.html",
        "feed/folgen/000-beispiel/transkript.vtx",
        "feed/folgen/000-beispiel/transkript.vtt`, `.srx",
        "requirements-s4.lock",
        "requirements-*.lok",
        "feed-x.xml",
        "007-digitale-schule.v2.mp4",
        ".dokx",
        ".v3",
        "Step.nothing",
        "gone.record_published",
        "feed.gid",
        "model.savetensors",
    ],
)
def test_a_name_that_does_not_exist_is_reported(known: Known, name: str) -> None:
    assert "is nowhere" in "\n".join(name_problems([read_guide("probe.md", f"In `{name}`.")], known)), name


@pytest.mark.parametrize(
    "text",
    [
        "`pipeline/`, `feed/`, `docs/server.md`, `episodes/…/words.json`, `episodes/007-…/draft.txt`, `NNN-slug.txt`",
        "`feed/folgen/000-beispiel/transkript.vtt`, `.srt` und `.json`; `requirements-*.lock`, `raw.*`, `.docx`",
        "`feed-2.xml`, `007-digitale-schule.v2.mp3`, `.veroeffentlicht.json`, `work/gesichert/audio/`",
        "`feed.guid`, `~/.ssh/config`, `/var/www/podcast/`, `tokenizer.json`, `http { … }`, `base`, `1.5`",
        "`work/.staging/`, `model.safetensors`",
        '`musik/leise.wav`\n\n```toml\nintro = "musik/leise.wav"\n```',
    ],
)
def test_a_name_that_exists_passes(known: Known, text: str) -> None:
    assert not name_problems([read_guide("probe.md", text)], known)


def test_a_word_that_the_program_does_not_know_is_reported(known: Known) -> None:
    text = "`page_size`, `own_models`, `recognise_all_at_once`\n\n# nginx\n\n`gzip_types`\n\n```nginx\n```\n"
    assert name_problems([read_guide("probe.md", text)], known) == [
        "probe.md:1: the program does not know `recognise_all_at_once`"
    ]


def test_a_file_that_moved_is_named_with_its_new_place(known: Known) -> None:
    (told,) = name_problems([read_guide("probe.md", "`pipeline/gone/redaktion.md`")], known)
    assert "There is docs/redaktion.md." in told


def test_a_name_in_a_line_to_type_is_checked(known: Known) -> None:
    text = "    uv pip compile pyproject.toml -o requirements-dew.lock"
    assert "requirements-dew.lock is nowhere" in "\n".join(name_problems([read_guide("probe.md", text)], known))


@pytest.mark.parametrize("found", guides(), ids=lambda found: found.name)
def test_every_link_and_every_section_that_a_sentence_names_exists(found: Guide) -> None:
    assert not link_problems(found, (PROJECT / found.name).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[a](docs/gone.md)", "docs/gone.md does not exist"),
        ("[a](docs/server.md#gone)", "docs/server.md has no heading for #gone"),
        ("[a](#gone)", "no heading for #gone"),
        ("Mehr dazu\n(siehe „Neues“).", "no heading begins with „Neues“"),
        ("[a](docs/server.md#was-geschieht), [b](https://example.org/#x), (siehe „Wie“)\n\n# Wie es geht", ""),
    ],
)
def test_a_link_without_a_target_is_reported(text: str, told: str) -> None:
    found = "\n".join(link_problems(read_guide("README.md", text), text))
    assert told in found
    assert bool(told) == bool(found)
