"""The program accepts the TOML in README.md and docs/*.md and builds a show from it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from guide_toml import FILES, HOW_TO_SAY, SmallShow, as_toml, examples, files_of, toml_problems
from guides import PROJECT, guides, read_guide
from probe_show import podcast


@pytest.fixture
def small(tmp_path: Path) -> SmallShow:
    return SmallShow(tmp_path / "small")


def problems(small: SmallShow, text: str) -> str:
    return "\n".join(toml_problems([read_guide("probe.md", text)], small))


def test_the_program_accepts_every_setting_that_the_guides_show(small: SmallShow) -> None:
    assert not toml_problems(guides(), small)


def test_the_guides_show_each_file_that_people_write() -> None:
    blocks = [block for guide in guides() for block in guide.blocks if block.language == "toml"]
    assert {file for block in blocks for file in files_of(block)} == set(FILES)


@pytest.mark.parametrize(
    ("block", "told"),
    [
        ("corrected = 2026-03-01", "probe.md:4 (as it stands), as episode.toml"),
        ("topisc = []", "Meinten Sie „topics“?"),
        ("[audio]\nchannels = 3", "audio.channels: erlaubt ist"),
        ("[audio]\n# bitrate_kbps = 129", "probe.md:4 (bitrate_kbps = 129)"),
        ("[audio]\n# bitrate_kpbs = 128", "Meinten Sie „bitrate_kbps“?"),
        ('[audio]\nlevelling = "off"   # oder "soft"', '(levelling = "soft")'),
        ('[audio]\nlevelling = "off"   # "off": so, wie es ist; "soft": leiser', '(levelling = "soft")'),
        ("[audio]\nremove_hum = true   # auch reduce_noise, reduce_nose", "(reduce_nose = true)"),
        ("[audio]                # und [adio]", "([adio])"),
        ('[[chapters]]\ntitle = "Ohne Zeit"', "start: dieser Schlüssel fehlt"),
        ('[[chapters]]\nstart = "00:10"\ntitle = "Wo?"\n# urrl = "https://…"', "Meinten Sie „url“?"),
        ("speakers = Klara", "probe.md:4: no TOML"),
    ],
)
def test_a_block_that_the_program_refuses_is_reported(small: SmallShow, block: str, told: str) -> None:
    assert told in problems(small, f"In `episode.toml`:\n\n```toml\n{block}\n```\n")


@pytest.mark.parametrize(
    "block",
    [
        '[[tracks]]\nfile = "raw-klara.wav"\nspeaker = "Klara Klang"',
        '[[chapters]]\nstart = "00:10"\ntitle = "Wo?"\n# url = "https://…"',
        '[audio]\nlevelling = "off"   # "off": so, wie es ist; "slow": langsam',
        "imported = true",
    ],
)
def test_a_block_that_the_program_accepts_passes(small: SmallShow, block: str) -> None:
    assert not problems(small, f"In `episode.toml`:\n\n```toml\n{block}\n```\n")


def test_a_block_belongs_to_every_file_that_the_text_above_names(small: SmallShow) -> None:
    cut = '```toml\ncut = ["00:10-00:20"]\n```\n'
    assert not problems(small, f"In `episode.toml`:\n\n{cut}")
    assert "as show.toml" in problems(small, f"In `episode.toml` oder `episodes/show.toml`:\n\n{cut}")
    assert "as show.toml" in problems(small, cut.replace("cut", "# show.toml\ncut"))


def test_a_block_without_a_named_file_is_recognised_by_its_keys_or_refused(small: SmallShow) -> None:
    assert not problems(small, '## Schnitte\n\n```toml\ncut = ["00:10-00:20"]\n```\n')
    told = problems(small, '## Schnitte\n\n```toml\ncut = ["00:10-00:20"]\nschnitt = 1\n```\n')
    assert HOW_TO_SAY in told
    assert "schnitt: diesen Schlüssel gibt es hier nicht" in told


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ('Wer will: `engine = "openai-whisper"` unter `[speech]`.', ""),
        ('Wer will: `engine = "openai"` unter `[speech]`.', "speech.engine: erlaubt ist"),
        ('Wer will: `engine = "auto"` unter `[audio]`.', "audio.engine: diesen Schlüssel gibt es hier nicht"),
        ('Wer will: `engine = "auto"` unter `[sprache]`.', "`[sprache]` is a table of none"),
        ('Wer will: `engien = "auto"`.', "gibt es hier nicht"),
        ("Der Tag: `corrected = 2026-03-01`.", "so wird ein Zeitpunkt geschrieben: 2026-03-01T06:00:00+01:00"),
        ("Der Tag: `corrected = gestern`.", "is no TOML"),
        ("Oben: `channels = 1` (oben in `episode.toml`).", "gibt es hier nicht"),
        ("Spuren: `[[tracks]]`, `[speech]`.", ""),
        ("Spuren: `[tracks]`.", "`[tracks]` is a table of none"),
    ],
)
def test_toml_inside_a_sentence_is_checked_too(small: SmallShow, sentence: str, told: str) -> None:
    found = problems(small, sentence)
    assert told in found
    assert bool(found) == bool(told)


def test_a_show_as_the_guides_describe_it_can_be_built(show: Path, tmp_path: Path) -> None:
    """Checks what reading the settings does not: contrast of the colours, the logo, the use in feed and pages."""
    text = (show / "episodes/show.toml").read_text(encoding="utf-8")
    tables = tomllib.loads(text)
    for guide in guides():
        for block in guide.blocks:
            if block.language == "toml" and "show.toml" in files_of(block):
                found = tomllib.loads(block.text)
                merged = {key: tables.get(key, {}) | value for key, value in found.items() if isinstance(value, dict)}
                tables |= found | merged
    (show / "episodes/show.toml").write_text(as_toml(tables), encoding="utf-8")
    logo = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>\n'
    (show / "episodes" / tables["theme"]["logo"]).write_text(logo, encoding="utf-8")
    for verb in ("feed", "pages"):
        ended = podcast(show, verb)
        assert ended.returncode == 0, ended.stderr
    feed = (show / "feed/feed.xml").read_text(encoding="utf-8")
    for shown in (tables["funding"][0]["url"], tables["locations"][0]["name"], tables["txt"][0]["text"]):
        assert shown in feed
    page = (show / "feed/abonnieren/index.html").read_text(encoding="utf-8")
    assert tables["directories"][0]["name"] in page
    assert tables["theme"]["light"]["accent"] in (show / "feed/assets/podcast.css").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["show.toml", "speakers.toml", "glossary.toml", "episode.toml"])
def test_settings_that_our_own_files_offer_in_comments_are_accepted(
    small: SmallShow, tmp_path: Path, name: str
) -> None:
    """A line such as `# [feed]` or `# page_size = 100` works once its # is removed."""
    file = PROJECT / "episodes" / name
    if name == "episode.toml":
        other = SmallShow(tmp_path / "other").root
        assert podcast(other, "new", "7", "--title", "Digitale Schule").returncode == 0
        file = next(other.glob("episodes/007-*/episode.toml"))
    text = re.sub(r"^# (?=\[\[?[a-z_]+\]|[a-z_]+ = )", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for example in examples(text):
        tables = example.tables | ({"number": 1, "slug": "probe"} if name == "episode.toml" else {})
        assert not small.refusal(name, tables), example.said
