"""Lines that are not TOML: each usual slip has a German sentence and the line that was meant."""

from __future__ import annotations

import random
import tomllib
from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.show.config import load_episode, load_show
from pipeline.show.toml_faults import toml_faults

HEAD = 'number = 1\nslug = "probe"\n'
EXAMPLE = Path(__file__).parents[2] / "episodes"
ENGLISH = ("invalid", "expected", "unescaped", "unclosed", "unterminated", "cannot", "illegal", "duplicate", "line ")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("title = „Die Probe“", 'title = "Die Probe"'),
        ("title = “Die Probe”", 'title = "Die Probe"'),
        ("title = „Die Probe”  # neu", 'title = "Die Probe"  # neu'),
        ('title = „Die Probe"', 'title = "Die Probe"'),
        ("keywords = [„a“, «b»]", 'keywords = ["a", "b"]'),
        ("draft = nein", "draft = false"),
        ("draft = Ja  # später", "draft = true  # später"),
        ("draft = True", "draft = true"),
        ("published = 26.11.2026", "published = 2026-11-26T06:00:00+01:00"),
        ("published = 3. Juli 2026, 6 Uhr 30", "published = 2026-07-03T06:30:00+02:00"),
        ("published = 3. Juli 2026, halb sieben", None),
        ("published = 3. Juli 2026, 6:30 Uhr", "published = 2026-07-03T06:30:00+02:00"),
        ("published = 2026-11-26 6:00", "published = 2026-11-26T06:00:00+01:00"),
        ('title = "Die "neue" Verwaltung"', 'title = "Die „neue“ Verwaltung"'),
        ('title = "Was heißt "digital"?"', 'title = "Was heißt „digital“?"'),
        ("summary = 'Wie geht's?'", 'summary = "Wie geht\'s?"'),
        ("title = Hallo Welt # Notiz", 'title = "Hallo Welt" # Notiz'),
        ("guid = abc-def", 'guid = "abc-def"'),
        ("start = 12:34", 'start = "12:34"'),
        ("level = 0,5", "level = 0.5"),
        ("season = 007", "season = 7"),
        ('title = "Hallo', 'title = "Hallo"'),
        ('title = Hallo"', 'title = "Hallo"'),
        ('title: "Hallo"', 'title = "Hallo"'),
        ('title "Hallo"', 'title = "Hallo"'),
        ("title =", "# title ="),
        ('file = "C:\\Users\\x\\raw.wav"', 'file = "C:/Users/x/raw.wav"'),
        ('keywords = "a", "b"', 'keywords = ["a", "b"]'),
        ('keywords = ["a" "b"]', 'keywords = ["a", "b"]'),
        ('keywords = ["a", "b"', 'keywords = ["a", "b"]'),
        ('cut = "1:00" - "2:00"', 'cut = "1:00-2:00"'),
        ("[speech", "[speech]"),
        ("[[speakers]", "[[speakers]]"),
        ("// Notiz", "# Notiz"),
        ("Notiz für später", "# Notiz für später"),
        ('title\u00a0= "x"', 'title = "x"'),
        ('slug = "zweimal"', '# slug = "zweimal"'),
    ],
)
def test_a_usual_slip_is_told_with_the_line_that_was_meant(written: str, meant: str | None) -> None:
    faults, mended = toml_faults(f"{HEAD}{written}\n[audio]\nbitrate_kbps = 64\n")
    assert faults[0].line == 3
    if meant is None:
        assert faults[0].mended == f'published = "{written.partition(" = ")[2]}"'  # no time that anybody understands
        return
    assert [fault.mended for fault in faults] == [meant]
    assert mended is not None
    assert tomllib.loads(mended)["audio"] == {"bitrate_kbps": 64}


def test_a_list_that_was_left_open_is_closed_where_it_ended() -> None:
    faults, mended = toml_faults('keywords = [\n  "a",\n  "b"\n\ntitle = "x"\n')
    assert [(fault.line, fault.mended) for fault in faults] == [(3, '  "b"]')]
    assert tomllib.loads(mended or "") == {"keywords": ["a", "b"], "title": "x"}


@pytest.mark.parametrize(
    ("written", "line", "text"),
    [
        ('summary = "eins\nzwei"\ntitle = "x"', 1, "drei Anführungszeichen"),
        ('title = "x"\nsummary = """eins\nzwei', 2, "drei Anführungszeichen"),
        ("[audio]\na = 1\n[audio]\nb = 2", 3, "gibt es weiter oben schon"),
        ("a = 1\n= ?", 2, "nicht zu lesen"),
    ],
)
def test_what_has_no_sure_mend_is_told_without_one(written: str, line: int, text: str) -> None:
    faults, mended = toml_faults(written)
    assert mended is None
    assert (faults[-1].line, faults[-1].mended) == (line, "")
    assert text in faults[-1].text


def test_a_table_that_stands_several_times_gets_double_brackets() -> None:
    faults, _ = toml_faults('[[speakers]]\nname = "a"\n[speakers]\nname = "b"\n')
    assert [fault.mended for fault in faults] == ["[[speakers]]"]


def test_all_slips_of_a_file_are_told_at_once_with_its_other_mistakes(show_root: Path) -> None:
    home = show_root / "episodes/001-probe"
    home.mkdir()
    (home / "episode.toml").write_text(
        "number = 1\nslug = „probe“\ntitle = Probe\nsummary = 'x'\nguid = '1'\ndraft = nein\npublished = 26.11.2026\n"
        'recording = "raw.wav"\nseason = "2"\n[speech]\nlanguage = "de"\ncover = "a.png"\nbitrate_kbps = 64\n',
        encoding="utf-8",
    )
    with pytest.raises(ConfigError) as caught:
        load_episode(show_root, "001-probe", load_show(show_root))
    text = str(caught.value)
    for line in (
        'episode.toml:2: gebraucht werden die geraden Anführungszeichen " der Tastatur',
        'slug = "probe"',
        'title = "Probe"',
        "draft = false",
        "published = 2026-11-26T06:00:00+01:00",
        "episode.toml:9: season: eine ganze Zahl ohne Anführungszeichen wird gebraucht; gemeint ist wohl:",
        "season = 2",
        "episode.toml:12: speech.cover: diesen Schlüssel gibt es hier nicht. Er gehört weiter nach oben, vor",
        "episode.toml:13: speech.bitrate_kbps: diesen Schlüssel gibt es hier nicht. Er gehört unter [audio].",
    ):
        assert line in text


def test_any_damage_ends_in_german_and_a_mended_file_is_toml() -> None:
    chance = random.Random(21)
    source = next(EXAMPLE.glob("000-*/episode.toml")).read_text(encoding="utf-8")
    signs = "\"'=[]{}#,.\\\n„“ aä1\u00a0"
    told = 0
    for _ in range(400):
        text = source
        for _ in range(chance.randrange(1, 4)):
            at = chance.randrange(len(text))
            text = text[:at] + chance.choice(signs) * chance.randrange(2) + text[at + chance.randrange(3) :]
        try:
            faults, mended = toml_faults(text)
        except ValueError:  # a number or a date that TOML's parser cannot hold
            continue
        told += len(faults)
        assert not any(word in fault.text.lower() for fault in faults for word in ENGLISH), faults
        if mended is not None:
            tomllib.loads(mended)
    assert told > 200
