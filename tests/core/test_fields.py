"""Every field that a value declares can be set in TOML and reaches the value; only the declaration is needed."""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

import pytest

from pipeline.errors import ConfigError
from pipeline.show.config import load_episode, load_show
from pipeline.show.tables import MistakesError, read
from pipeline.values import checked, feed_tags
from pipeline.values.fields import Check, Key, toml_keys
from pipeline.values.show import Episode, Show

PROJECT = Path(__file__).parents[2]
MOMENT = datetime(2026, 2, 1, 9, 30, tzinfo=UTC)

SAMPLES: Mapping[object, tuple[Any, Any]] = {
    str: ("Ein Text", "Ein Text"),
    bool: (True, True),
    checked.Line: ("  eine Zeile ", "eine Zeile"),
    checked.Title: ("Ein Titel", "Ein Titel"),
    checked.Short: ("Kurz", "Kurz"),
    checked.Remark: ("Ein Wort", "Ein Wort"),
    checked.Proof: ("05124", "05124"),
    checked.AltText: ("Ein Leuchtturm", "Ein Leuchtturm"),
    checked.Category: ("Comedy", "Comedy"),
    checked.Geo: ("geo:53.6288,11.4148", "geo:53.6288,11.4148"),
    checked.Osm: ("R113314", "R113314"),
    checked.Country: ("de", "DE"),
    checked.RecurrenceRule: ("FREQ=WEEKLY;INTERVAL=2", "FREQ=WEEKLY;INTERVAL=2"),
    checked.Uuid: ("9B024349-CCF0-5F69-A609-6B82873EAB3C", "9b024349-ccf0-5f69-a609-6b82873eab3c"),
    checked.Name: ("Ada  Beispiel", "Ada Beispiel"),
    checked.Organisation: ("Sender  Nord", "Sender Nord"),
    checked.Slug: ("ein-slug", "ein-slug"),
    checked.Seconds: ("00:00:15", 15.0),
    checked.AwareTime: (MOMENT, MOMENT),
    checked.WebAddress: ("https://example.org/", "https://example.org/"),
    checked.WebAddressOrNone: ("https://example.org/x", "https://example.org/x"),
    checked.FolderAddress: ("https://example.org/podcast", "https://example.org/podcast/"),
    checked.TargetAddress: ("sftp://benutzer@server/pfad/", "sftp://benutzer@server/pfad"),
    checked.Endpoint: ("https://speicher.example", "https://speicher.example"),
    checked.Mailbox: ("post@example.org", "post@example.org"),
    checked.FileName: ("ordner\\datei.wav", "ordner/datei.wav"),
    checked.FileNameOrNone: ("musik.wav", "musik.wav"),
    checked.Colour: ("#0A5876", "#0a5876"),
    checked.Drawing: ("logo.svg", "logo.svg"),
    feed_tags.HttpsAddress: (" https://example.org/v", "https://example.org/v"),
    feed_tags.HttpsAddressOrNone: ("https://example.org/@a", "https://example.org/@a"),
}
"""For each type of field, what people may write in TOML and what the value then holds."""

SPECIAL: Mapping[str, tuple[Any, Any]] = {
    "subcategory": ("Politics", "Politics"),
    "aliases": (["Ada B."], ("Ada B.",)),
    "cover_width": (3000, 3000),
    "slug": ("ein-slug", "ein-slug"),
}
"""The same by key, for keys that are checked against others."""

SHOW = {
    "title": "Funk",
    "description": "Ein Podcast.",
    "author": "Redaktion",
    "category": "News",
    "base_url": "https://example.org/",
    "cover": "cover.jpg",
    "copyright": "Redaktion",
    "owner": {"name": "Redaktion", "email": "redaktion@example.org"},
    "legal": dict.fromkeys(("imprint", "privacy", "accessibility", "report_barrier"), "https://example.org/"),
}
EPISODE = {
    "slug": "eins",
    "title": "Eins",
    "summary": "",
    "guid": "g",
    "published": datetime(2026, 1, 1, 6, 0, tzinfo=UTC),
    "recording": "raw.wav",
    "speakers": [{"name": "Ada Beispiel"}],
}
NEEDED = {
    "tracks": {"file": "a.wav", "speaker": "Ada Beispiel"},
    "chapters": {"start": "0:00", "title": "Anfang"},
    "soundbites": {"start": "0:00", "end": "0:30"},
    "locations": {"name": "Wismar"},
    "funding": {"url": "https://example.org/", "text": "Mithelfen"},
    "txt": {"text": "05124"},
    "directories": {"name": "Verzeichnis", "url": "https://example.org/"},
    "update_frequency": {"text": "oft"},
    "publish": {"target": "web"},
    "content_links": {"url": "https://example.org/", "text": "Als Video"},
    "social": {"protocol": "activitypub", "url": "https://example.org/@a/1"},
    "seasons": {"number": 2, "name": "Häfen"},
}
"""What a table needs in addition to the field under test."""


class Place(NamedTuple):
    """A field on the way from a TOML file to one of its keys: its name, its key, and whether it is a list of tables."""

    name: str
    key: str
    listed: bool


Way = tuple[Place, ...]


def declared(kind: type, way: Way = ()) -> Iterator[tuple[Way, object]]:
    """Yield the way to every field below `kind` that TOML can set, with the type of the field."""
    hints = get_type_hints(kind, include_extras=True)
    for name, key in toml_keys(kind).items():
        inner = table_in(hints[name])
        here = (*way, Place(name, key, listed=inner is not None and get_origin(hints[name]) is tuple))
        if inner is None:
            yield here, hints[name]
        else:
            yield from declared(inner, here)


def no_keys(kind: type, way: Way = ()) -> Iterator[Way]:
    """Yield the way to every field below `kind` whose name is not a key in TOML."""
    hints, keys = get_type_hints(kind, include_extras=True), toml_keys(kind)
    for name, hint in hints.items():
        inner = table_in(hint)
        if name not in keys.values():
            yield (*way, Place(name, name, listed=False))
        if name in keys and inner is not None:
            yield from no_keys(inner, (*way, Place(name, keys[name], listed=get_origin(hint) is tuple)))


def table_in(hint: object) -> type | None:
    """Return the value class of a table or of the tables in a list, None for other types."""
    return next((kind for kind in (hint, *get_args(hint)) if isinstance(kind, type) and is_dataclass(kind)), None)


def sample(hint: Any) -> tuple[Any, Any]:
    """Return what may be written to a field of the type `hint`, and what the field then holds."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        marks = [mark for mark in inner[1:] if not isinstance(mark, Key)]
        without_key = Annotated[(inner[0], *marks)] if marks else inner[0]
        if without_key in SAMPLES:
            return SAMPLES[without_key]
        return number(inner[0], marks) if inner[0] in {int, float} else sample(inner[0])
    if origin in {Union, UnionType}:
        return sample(inner[0])
    if origin is Literal:
        return inner[-1], inner[-1]
    if origin is tuple:
        written, kept = sample(inner[0])
        return [written], (kept,)
    return SAMPLES[hint]


def number(kind: type, marks: Sequence[Check]) -> tuple[Any, Any]:
    value = next(value for value in (kind(4), kind(-12)) if all(passes(mark, value) for mark in marks))
    return value, value


def passes(mark: Check, value: float) -> bool:
    try:
        return bool(mark.function(value) == value)
    except ValueError:
        return False


def document(base: Mapping[str, Any], way: Way = (), written: object = None) -> str:
    """Return `base` as TOML with the key at the end of `way` set, and with whatever else the tables on the way need."""
    table = copy.deepcopy(dict(base))
    if way and way[0].key == "tracks":
        del table["recording"]
    if way and way[0].key == "cover_width":
        table["cover"] = "bild.jpg"
    here = table
    for place in way[:-1]:
        needed = dict(NEEDED.get(place.key, {}))
        inner = here.setdefault(place.key, [needed] if place.listed else needed)
        here = inner[0] if place.listed else inner
    if way:
        here[way[-1].key] = written
    return "".join(f"{key} = {toml(value)}\n" for key, value in table.items())


def toml(value: object) -> str:
    """`value` on one line of TOML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)


def at(way: Way, value: Any) -> Any:
    for place in way:
        value = getattr(value, place.name)
        value = value[0] if place.listed else value
    return value


NO_LONGER_USED = {"audio.vbr"}
"""May stand in a file of an older version, and is not read."""


def cases(ways: Iterator[Any]) -> list[Any]:
    named = [(".".join(place.key for place in case[0]), case) for case in ways]
    return [pytest.param(*case, id=name) for name, case in named if name not in NO_LONGER_USED]


def show_of(root: Path, text: str) -> Show:
    (root / "episodes").mkdir()
    (root / "episodes/show.toml").write_text(text, encoding="utf-8")
    return load_show(root)


def episode_of(root: Path, show: Show, text: str, folder: str = "eins") -> Episode:
    home = root / "episodes" / folder
    home.mkdir()
    (home / "episode.toml").write_text(text, encoding="utf-8")
    (home / "release.json").touch()  # an imported episode must have one; its content does not matter here
    return load_episode(root, folder, show)


def test_a_variable_bit_rate_is_read_as_none(tmp_path: Path) -> None:
    """Browsers miss the place by seconds when they seek in such an MP3; files that were released stay."""
    show = show_of(tmp_path, document(SHOW) + "audio = {vbr = true}\n")
    assert not show.audio.vbr
    assert not episode_of(tmp_path, show, document(EPISODE) + "audio = {vbr = true}\n").audio.vbr


@pytest.mark.parametrize(("way", "hint"), cases(declared(Show)))
def test_every_field_of_a_show_is_read_from_toml(tmp_path: Path, way: Way, hint: object) -> None:
    written, kept = SPECIAL.get(way[-1].key) or sample(hint)
    assert at(way, show_of(tmp_path, document(SHOW, way, written))) == kept


@pytest.mark.parametrize(("way", "hint"), cases(declared(Episode)))
def test_every_field_of_an_episode_is_read_from_toml(tmp_path: Path, way: Way, hint: object) -> None:
    written, kept = SPECIAL.get(way[-1].key) or sample(hint)
    folder = {"number": "004-eins", "slug": "ein-slug"}.get(way[0].key, "eins")
    episode = episode_of(tmp_path, show_of(tmp_path, document(SHOW)), document(EPISODE, way, written), folder)
    assert at(way, episode) == kept


@pytest.mark.parametrize(
    ("way", "hint"), cases(case for case in declared(Show) if case[0][0].key in {"audio", "assembly", "speech"})
)
def test_settings_that_an_episode_does_not_give_come_from_the_show(tmp_path: Path, way: Way, hint: object) -> None:
    written, kept = sample(hint)
    show = show_of(tmp_path, document(SHOW, way, written))
    assert at(way, episode_of(tmp_path, show, document(EPISODE) + f"{way[0].key} = {{}}\n")) == kept


@pytest.mark.parametrize("way", cases((way,) for way in no_keys(Show)))
def test_no_other_field_of_a_show_is_a_key(tmp_path: Path, way: Way) -> None:
    with pytest.raises(ConfigError, match=rf"{way[-1].name}: diesen Schlüssel gibt es hier nicht"):
        show_of(tmp_path, document(SHOW, way, "x"))


@pytest.mark.parametrize("way", cases((way,) for way in no_keys(Episode)))
def test_no_other_field_of_an_episode_is_a_key(tmp_path: Path, way: Way) -> None:
    show = show_of(tmp_path, document(SHOW))
    with pytest.raises(ConfigError, match=rf"{way[-1].name}: diesen Schlüssel gibt es hier nicht"):
        episode_of(tmp_path, show, document(EPISODE, way, "x"))


def test_cuts_at_the_top_of_an_episode_become_part_of_its_assembly(tmp_path: Path) -> None:
    show = show_of(tmp_path, document(SHOW))
    more = 'cut = ["1:00-1:10", "0:10-0:20.5"]\naccept_truncated = true\nassembly = {outro = "ende.wav"}\n'
    assembly = episode_of(tmp_path, show, document(EPISODE) + more).assembly
    assert (assembly.cuts, assembly.accept_truncated) == (((10.0, 20.5), (60.0, 70.0)), True)
    assert assembly.outro == "ende.wav"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mast:
    height_m: Annotated[int, Key("height")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Boat:
    masts_by_name: Annotated[tuple[Mast, ...], Key("masts")]


def test_a_misspelt_key_is_compared_with_the_keys_of_its_table_and_not_with_field_names() -> None:
    assert read(Boat, {"masts": [{"height": 3}]}).value() == Boat(masts_by_name=(Mast(height_m=3),))
    with pytest.raises(MistakesError) as caught:
        read(Boat, {"mast": [], "masts": [{"height": 3, "heigth": 4}]})
    assert dict(caught.value.found) == {
        ("masts", 0, "heigth"): "diesen Schlüssel gibt es hier nicht. Meinten Sie „height“?",
        ("mast",): "diesen Schlüssel gibt es hier nicht. Meinten Sie „masts“?",
    }


def test_pydantic_is_only_imported_when_a_file_is_read() -> None:
    code = "import sys, pipeline.show.config, pipeline.values.show; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=False).returncode == 0


READ_IT = """
import sys
from pathlib import Path
import pipeline
from pipeline.show.config import load_episode, load_show
from pipeline.show.tables import MistakesError, read
assert Path(pipeline.__file__).is_relative_to(sys.argv[1]), "another copy of the program"
root = Path(sys.argv[2])
print(load_episode(root, "eins", load_show(root)).trial_note)
"""


def test_one_line_in_one_file_adds_a_field_to_episode_toml(tmp_path: Path) -> None:
    copied = tmp_path / "program"
    shutil.copytree(PROJECT / "pipeline", copied / "pipeline", ignore=shutil.ignore_patterns("__pycache__", "*.xz"))
    root = tmp_path / "show"
    root.mkdir()
    episode_of(root, show_of(root, document(SHOW)), document(EPISODE))
    (root / "episodes/eins/release.json").unlink()  # it has no content here, and the real command reads it
    toml_file = root / "episodes/eins/episode.toml"
    toml_file.write_text(document(EPISODE) + 'trial_note = "Es wird laut."\n', encoding="utf-8")

    def program(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHONPATH": str(copied), "PYTHONUTF8": "1"}
        command = [sys.executable, *arguments]
        return subprocess.run(
            command, cwd=copied, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
        )

    status = ("-m", "pipeline", "--root", str(root), "status", "eins")
    before = program(*status)
    assert before.returncode == 3
    assert "trial_note: diesen Schlüssel gibt es hier nicht." in before.stderr

    values = copied / "pipeline/values/show.py"
    source, line = values.read_text(encoding="utf-8"), "    topics: tuple[Line, ...] = ()\n"
    assert source.count(line) == 1
    values.write_text(source.replace(line, line + '    trial_note: str = ""\n'), encoding="utf-8")
    assert program("-c", READ_IT, str(copied), str(root)).stdout == "Es wird laut.\n"
    after = program(*status)
    assert after.returncode == 0, after.stderr

    toml_file.write_text(document(EPISODE) + 'trial_noet = "Es wird laut."\n', encoding="utf-8")
    misspelt = program(*status)
    assert misspelt.returncode == 3
    assert "trial_noet: diesen Schlüssel gibt es hier nicht. Meinten Sie „trial_note“?" in misspelt.stderr
