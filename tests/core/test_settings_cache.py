"""The kept settings of a show: what the TOML files say now, always, and without reading them where nothing changed."""

from __future__ import annotations

import math
import os
import shutil
import subprocess
import sys
import unicodedata
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline.errors import ConfigError, PipelineError
from pipeline.paths import ShowPaths
from pipeline.show import config, settings_cache
from pipeline.show.settings_cache import Kept
from pipeline.values.json_files import to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipeline.values.show import Episode, Show

PROJECT = Path(__file__).parents[2]
EPISODE = """\
number = {number}
slug = "folge"
title = "Folge {number}"
summary = "Worum es geht."
guid = "guid-{number}"
published = 2026-01-15T06:00:00+01:00
corrected = 2026-07-01T05:00:00Z
recording = "raw.wav"
topics = ["Übung"]
cut = ["1:00-1:30.5"]
[[speakers]]
name = "Klara Klang"
[[chapters]]
start = "1:02.5"
title = "Mitte"
[assembly]
crossfade_s = 2
"""
FREQUENCY = '\n[update_frequency]\ntext = "wöchentlich"\nrrule = "FREQ=WEEKLY"\ndtstart = 2026-01-01T06:00:00+02:00\n'
SPEAKERS = '[[speakers]]\nname = "Klara Klang"\norganisation = "Radio Eins"\n'
LOAD_SHOW = """
import sys
from pathlib import Path
from pipeline.show import settings_cache as cache
root, episodes = Path(sys.argv[1]), ()
show = cache.load_show(root)
"""
LOAD_EPISODES = """
episodes = cache.load_episodes(root, show)
assert [cache.load_episode(root, episode.folder, show) for episode in episodes] == list(episodes)
"""
TELL = """
cache.keep(root)
print("read" if "pydantic" in sys.modules else "kept", show.title, *(episode.title for episode in episodes))
"""
LOOK = LOAD_SHOW + LOAD_EPISODES + TELL
Loaded = tuple["Show", tuple["Episode", ...]]


@pytest.fixture
def root(show_root: Path) -> Path:
    """A show with two episodes, one of them imported, whose settings are kept."""
    paths = ShowPaths(show_root)
    paths.work.mkdir()
    with paths.show_toml.open("a", encoding="utf-8") as file:
        file.write(FREQUENCY)
    paths.speakers_toml.write_text(SPEAKERS, encoding="utf-8")
    paths.glossary_toml.write_text('words = ["Breitband"]\n', encoding="utf-8")
    for number in (1, 2):
        add_episode(show_root, number)
    second = paths.episode("002-folge")
    second.episode_toml.write_text("imported = true\n" + EPISODE.format(number=2), encoding="utf-8")
    second.release.write_text("{}", encoding="utf-8")
    load(show_root)
    settings_cache.keep(show_root)
    assert paths.kept_settings.is_file()
    return show_root


def add_episode(root: Path, number: int) -> None:
    path = ShowPaths(root).episode(f"{number:03}-folge").episode_toml
    path.parent.mkdir()
    path.write_text(EPISODE.format(number=number), encoding="utf-8")


def load(root: Path) -> Loaded:
    show = settings_cache.load_show(root)
    return show, settings_cache.load_episodes(root, show)


def read(root: Path) -> Loaded:
    """The same from the files themselves."""
    show = config.load_show(root)
    return show, config.load_episodes(root, show)


def outcome(of: Callable[[Path], Loaded], root: Path) -> object:
    """What loading gives, or the error that it raises."""
    try:
        return of(root)
    except PipelineError as error:
        return type(error), str(error)


def look(root: Path, *, package: Path = PROJECT, code: str = LOOK, **environment: str) -> str:
    """Load in a process of its own, with the program in `package`: were TOML files read, and the titles."""
    path = os.pathsep.join([str(package), os.environ.get("PYTHONPATH", "")])
    ended = subprocess.run(
        [sys.executable, "-c", code, str(root)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=package,
        env={**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8", **environment},
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_what_is_kept_equals_what_the_files_say_to_the_letter(root: Path) -> None:
    kept, fresh = load(root), read(root)
    assert kept == fresh
    assert [to_json(value) for value in (kept[0], *kept[1])] == [to_json(value) for value in (fresh[0], *fresh[1])]


def test_nothing_is_read_anew_while_nothing_has_changed(root: Path) -> None:
    before = ShowPaths(root).kept_settings.stat()
    assert look(root) == "kept digitales MV Folge 1 Folge 2"
    assert look(root, TZ="Pacific/Auckland") == "kept digitales MV Folge 1 Folge 2"
    after = ShowPaths(root).kept_settings.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


CHANGES: dict[str, Callable[[ShowPaths], object]] = {
    "show.toml": lambda paths: change(paths.show_toml, 'title = "digitales MV"', 'title = "Anders"'),
    "a setting that episodes take over": lambda paths: change(
        paths.show_toml, "[update_frequency]", "[assembly]\nlongest_pause_s = 2\n[update_frequency]"
    ),
    "a mistake in show.toml": lambda paths: change(paths.show_toml, "title =", "titel ="),
    "a comment": lambda paths: change(paths.glossary_toml, "words", "# nur so\nwords"),
    "a person": lambda paths: change(paths.speakers_toml, "Radio Eins", "Radio Zwei"),
    "a mistake in speakers.toml": lambda paths: change(paths.speakers_toml, "organisation", "firma"),
    "no speakers.toml": lambda paths: paths.speakers_toml.unlink(),
    "a name in the glossary": lambda paths: change(paths.glossary_toml, "Breitband", "Schmalband"),
    "no glossary.toml": lambda paths: paths.glossary_toml.unlink(),
    "an episode": lambda paths: change(paths.episode("001-folge").episode_toml, "Folge 1", "Folge eins"),
    "a mistake in an episode": lambda paths: change(paths.episode("001-folge").episode_toml, "raw.wav", "../raw.wav"),
    "no release.json of an imported episode": lambda paths: paths.episode("002-folge").release.unlink(),
    "a folder with another name": lambda paths: paths.episode("001-folge").home.rename(paths.episodes / "001-andere"),
    "no folder": lambda paths: shutil.rmtree(paths.episode("001-folge").home),
    "a further folder": lambda paths: add_episode(paths.root, 3),
    "a guid that two have": lambda paths: change(paths.episode("001-folge").episode_toml, "guid-1", "guid-2"),
    "no show.toml": lambda paths: paths.show_toml.unlink(),
    "TOML that is none": lambda paths: paths.episode("001-folge").episode_toml.write_bytes(b"\xff"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_every_change_is_seen_at_once(root: Path, what: str) -> None:
    before = outcome(load, root)
    CHANGES[what](ShowPaths(root))
    assert outcome(load, root) == outcome(read, root)
    assert (outcome(load, root) == before) == (what == "a comment")
    settings_cache.keep(root)
    assert outcome(load, root) == outcome(read, root), "and again, now that it is kept"


def test_a_changed_episode_alone_is_seen_at_once(root: Path) -> None:
    show = settings_cache.load_show(root)
    change(ShowPaths(root).episode("001-folge").episode_toml, "Folge 1", "Folge eins")
    assert settings_cache.load_episode(root, "001-folge", show).title == "Folge eins"
    ShowPaths(root).episode("002-folge").release.unlink()
    with pytest.raises(ConfigError, match=r"release\.json fehlt"):
        settings_cache.load_episode(root, "002-folge", show)


def test_a_mistake_in_speakers_toml_is_seen_by_who_wants_the_show_alone(root: Path) -> None:
    change(ShowPaths(root).speakers_toml, "organisation", "firma")
    with pytest.raises(ConfigError, match="firma"):
        settings_cache.load_show(root)


def test_a_guid_that_two_episodes_have_is_seen_where_each_was_loaded_alone(root: Path) -> None:
    change(ShowPaths(root).episode("001-folge").episode_toml, "guid-1", "guid-2")
    show = settings_cache.load_show(root)
    for folder in ("001-folge", "002-folge"):
        assert settings_cache.load_episode(root, folder, show).guid == "guid-2"
    with pytest.raises(ConfigError, match="guid"):
        settings_cache.load_episodes(root, show)


def test_a_mistake_in_speakers_toml_is_seen_by_a_show_without_episodes(show_root: Path) -> None:
    show = settings_cache.load_show(show_root)
    ShowPaths(show_root).speakers_toml.write_text("sprecher = 1\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="sprecher"):
        settings_cache.load_episodes(show_root, show)


def test_an_episode_follows_the_show_that_it_is_loaded_for(root: Path) -> None:
    show = settings_cache.load_show(root)
    other = replace(show, speech=replace(show.speech, model="turbo"))
    assert settings_cache.load_episode(root, "001-folge", other).speech.model == "turbo"
    assert settings_cache.load_episode(root, "001-folge", show).speech.model == show.speech.model


@pytest.mark.parametrize("name", ["load_show", "load_episode", "load_episodes"])
def test_a_file_that_changes_while_it_is_read_is_read_again(
    root: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    show = settings_cache.load_show(root)
    paths = ShowPaths(root)
    path = paths.show_toml if name == "load_show" else paths.episode("001-folge").episode_toml
    arguments = {"load_show": (), "load_episode": ("001-folge", show), "load_episodes": (show,)}[name]
    really = getattr(config, name)

    def change_and_read(*given: object) -> object:
        change(path, "# erst so", "# dann so")
        change(path, 'title = "', 'title = "Neu: ')
        return really(*given)

    path.write_text(path.read_text(encoding="utf-8") + "# erst so\n", encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(config, name, change_and_read)
        assert "Neu: " in str(getattr(settings_cache, name)(root, *arguments))
    settings_cache.keep(root)
    change(path, 'title = "Neu: ', 'title = "')
    change(path, "# dann so", "# erst so")
    assert "Neu: " not in str(getattr(settings_cache, name)(root, *arguments))
    assert "Neu: " not in look(root)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A copy of the program."""
    ignored = shutil.ignore_patterns("__pycache__", "*.xz")
    shutil.copytree(PROJECT / "pipeline", tmp_path / "program/pipeline", ignore=ignored)
    return tmp_path / "program"


@pytest.mark.parametrize("module", ["values/show.py", "show/tables.py", "show/new.py", "timecode.py"])
def test_another_program_reads_the_files_itself(root: Path, program: Path, module: str) -> None:
    assert look(root, package=program).startswith("kept"), "the same source elsewhere"
    with (program / "pipeline" / module).open("a", encoding="utf-8") as file:
        file.write("# anders\n")
    assert look(root, package=program, code=LOAD_SHOW + TELL) == "read digitales MV"
    assert look(root, package=program, code=LOAD_SHOW + TELL) == "kept digitales MV"
    assert look(root, package=program) == "read digitales MV Folge 1 Folge 2", "the episodes, too"
    assert look(root, package=program) == "kept digitales MV Folge 1 Folge 2"
    assert look(root) == "read digitales MV Folge 1 Folge 2", "and back"


def test_another_pydantic_or_python_reads_the_files_itself(root: Path, program: Path) -> None:
    assert look(root, code='import sys; sys.version += " "' + LOOK).startswith("read")
    assert look(root).startswith("read")
    there = find_spec("pydantic")
    assert there is not None
    assert there.origin is not None
    shutil.copytree(Path(there.origin).parent, program / "pydantic", ignore=shutil.ignore_patterns("__pycache__"))
    assert look(root, package=program).startswith("kept"), "the same one elsewhere"
    with (program / "pydantic/version.py").open("a", encoding="utf-8") as file:
        file.write("# anders\n")
    assert look(root, package=program).startswith("read")


def test_a_module_in_a_room_that_reads_no_toml_does_not_matter(root: Path, program: Path) -> None:
    with (program / "pipeline/audio/encode.py").open("a", encoding="utf-8") as file:
        file.write("# anders\n")
    assert look(root, package=program).startswith("kept")


def test_every_module_that_reads_toml_belongs_to_the_key() -> None:
    code = "import sys, pipeline.show.config; print(*(name for name in sys.modules if name.startswith('pipeline')))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PROJECT, check=True)
    package = PROJECT / "pipeline"
    counted = {path for pattern in settings_cache.SOURCES for path in package.glob(pattern)}
    loaded = [PROJECT.joinpath(*name.split(".")) for name in ended.stdout.split()]
    files = {path / "__init__.py" if path.is_dir() else path.with_suffix(".py") for path in loaded}
    assert {path.relative_to(package) for path in files - counted if path.stat().st_size > 300} == set()


ODD: dict[str, Callable[[Path], object]] = {
    "none": lambda path: path.unlink(),
    "empty": lambda path: path.write_bytes(b""),
    "half": lambda path: path.write_bytes(path.read_bytes()[:-200]),
    "no JSON": lambda path: path.write_bytes(b"\x80\x04pickle"),
    "no UTF-8": lambda path: path.write_bytes(b'{"show": "\xff"}'),
    "other JSON": lambda path: path.write_text("[1, 2]", encoding="utf-8"),
    "another version's": lambda path: change(path, '"base_url"', '"address"'),
    "of other types": lambda path: change(path, '"draft": false', '"draft": "nein"'),
    "too deep": lambda path: path.write_text("[" * 100_000, encoding="utf-8"),
    "other keys": lambda path: path.write_text(to_json(Kept()), encoding="utf-8"),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
    "a link to nowhere": lambda path: (path.unlink(), path.symlink_to("nirgends")),
}


@pytest.mark.parametrize("what", ODD)
def test_whatever_is_odd_about_the_file_the_toml_files_are_read(root: Path, what: str) -> None:
    path = ShowPaths(root).kept_settings
    ODD[what](path)
    assert look(root) == "read digitales MV Folge 1 Folge 2"
    if what != "a folder":
        assert look(root) == "kept digitales MV Folge 1 Folge 2"


def test_loading_writes_nothing(show_root: Path) -> None:
    add_episode(show_root, 1)
    before = sorted(show_root.rglob("*"))
    assert load(show_root) == read(show_root)
    assert sorted(show_root.rglob("*")) == before


def test_letters_are_kept_as_people_wrote_them(root: Path) -> None:
    title = unicodedata.normalize("NFD", "Bläser")
    change(ShowPaths(root).episode("001-folge").episode_toml, "Folge 1", title)
    assert look(root) == f"read digitales MV {title} Folge 2"
    assert look(root) == f"kept digitales MV {title} Folge 2"


@pytest.mark.parametrize("value", [math.nan, 1])  # 1 comes back as 1.0, which is another fingerprint
def test_what_json_would_give_back_otherwise_is_not_kept(
    root: Path, monkeypatch: pytest.MonkeyPatch, value: float
) -> None:
    show = config.load_show(root)
    odd = replace(show, audio=replace(show.audio, target_lufs=value))
    before = ShowPaths(root).kept_settings.read_bytes()
    change(ShowPaths(root).glossary_toml, "Breitband", "Schmalband")
    monkeypatch.setattr(config, "load_show", lambda _: odd)
    assert settings_cache.load_show(root) is odd
    settings_cache.keep(root)
    assert ShowPaths(root).kept_settings.read_bytes() == before


@pytest.fixture
def small_disk(show_root: Path) -> Iterator[Path]:
    """The work folder of a show with one episode, on a file system of 16 KiB."""
    add_episode(show_root, 1)
    work = ShowPaths(show_root).work
    work.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(work)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a file system")
    yield work
    subprocess.run(["umount", str(work)], check=True)


def test_a_full_disk_stops_nobody(show_root: Path, small_disk: Path) -> None:
    (small_disk / "voll").write_bytes(b"\0" * 16_384)
    assert look(show_root) == "read digitales MV Folge 1"
    assert [path.name for path in small_disk.iterdir()] == ["voll"]


def test_who_may_only_read_is_told_the_same(show_root: Path, small_disk: Path) -> None:
    assert look(show_root) == "read digitales MV Folge 1"
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    assert look(show_root) == "kept digitales MV Folge 1"
    change(ShowPaths(show_root).episode("001-folge").episode_toml, "Folge 1", "Folge eins")
    assert look(show_root) == "read digitales MV Folge eins"


def test_many_at_once_all_see_what_the_files_say(root: Path) -> None:
    path = ShowPaths(root).episode("001-folge").episode_toml
    for title in ("eins", "zwei", "drei"):
        change(path, path.read_text(encoding="utf-8").split('title = "')[1].split('"')[0], title)
        command = [sys.executable, "-c", LOOK, str(root)]
        crowd = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=PROJECT) for _ in range(4)]
        told = [process.communicate()[0].split(" ", 1)[1] for process in crowd]
        assert told == [f"digitales MV {title} Folge 2\n"] * 4
    assert look(root).startswith("kept")
    assert sorted(file.name for file in ShowPaths(root).work.iterdir()) == ["settings.json"]
