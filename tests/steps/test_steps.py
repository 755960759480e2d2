"""The steps of the plan: a step can read only what it is fingerprinted on, and so can every step added later."""

from __future__ import annotations

import ast
import inspect
import pickle
import shutil
import sys
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import FunctionType

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent / room) for room in ("pages", "publish", "whole")]

import page_samples as samples  # noqa: E402
import publish_samples  # noqa: E402
from probe_show import EPISODE, PROJECT, make_show, podcast  # noqa: E402

from pipeline.build.engine import Build  # noqa: E402
from pipeline.build.settings import canonical, only  # noqa: E402
from pipeline.build.step import Step  # noqa: E402
from pipeline.paths import EpisodePaths, ShowPaths, SitePaths  # noqa: E402
from pipeline.promises.finished import FinishedEpisode  # noqa: E402
from pipeline.steps.plan import EPISODE_VERBS, SHOW_VERBS, episode_steps, show_steps  # noqa: E402
from pipeline.steps.site import SiteFiles  # noqa: E402
from pipeline.steps.source import PACKAGE, rendering_files  # noqa: E402
from pipeline.values.audio import AudioSettings  # noqa: E402
from pipeline.values.json_files import to_json  # noqa: E402
from pipeline.values.published import Release, Withdrawal  # noqa: E402
from pipeline.values.show import Directory, Episode, FeedSettings, Palette, Show, SpeechSettings, Theme  # noqa: E402

UNCOUNTED = {
    "assemble": {"chapters"},  # their new positions are only reported
    "shownotes": {"frozen"},  # selects which of two inputs gives the duration
    "speakers": {"pyannote_folder"},  # its files are inputs
    # speakers.json is an input if there is one; `encode` looks whether what was tried out still fits
    "normalise": {"has_speakers", "true_peak_dbtp", "bitrate_kbps"},
    "encode": {"has_speakers"},
    "report": {"has_speakers"},
    "transcribe": {"vocabulary", "again", "today", "speakers", "not_labels"},  # nobody waits hours for a new name
    "split": {"labels", "takes_draft"},  # only reported; and whose text is in transcripts/
    "retime": {"model", "frozen"},  # advice; and which of two inputs gives the duration
    "tag": {"cover"},  # an input
    "pages": {"cover", "pictures"},  # inputs
}
"""By verb, what a step may read without running again when it changes, and why. Nothing else may be uncounted."""

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def finished(root: Path, number: int, *, withdrawn: bool = False, **changes: object) -> FinishedEpisode:
    item = samples.item(transcript=None, duration_s=60.0, folder=f"{number:03}-folge", number=number, **changes)
    release = Release(
        guid=item.guid,
        enclosure=item.enclosure,
        published=NOW,
        slug="folge",
        number=number,
        season=None,
        episode_type="full",
        title=item.episode.title,
        withdrawn=Withdrawal(moment=NOW, reason="Ein Grund.") if withdrawn else None,
    )
    paths = ShowPaths(root).episode(item.episode.folder)
    return FinishedEpisode(episode=item.episode, enclosure=item.enclosure, release=release, paths=paths)


def plan(root: Path) -> tuple[Step, ...]:
    """Every kind of step: for an episode with a model and without, and for both sites."""
    show = samples.show()
    episode = finished(root, 1, topics=("Häfen",), recording="raw.wav").episode
    wordless = replace(episode, speech=SpeechSettings(model="none"))
    speakers = tuple(replace(one, aliases=("Frühere Stimme",)) for one in episode.speakers[:1])
    due, later, gone = (finished(root, n, topics=("Häfen",), speakers=speakers, withdrawn=n == 4) for n in (2, 3, 4))
    options = {"today": date(2026, 3, 1), "model_file": None}
    return (
        *episode_steps(root, show, episode, model_identity="base:abc", **options),
        *episode_steps(root, show, wordless, model_identity="none", **options),
        *show_steps(root, show, due=(due,), later=(later,), withdrawn=(gone,)),
    )


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> tuple[Step, ...]:
    return plan(tmp_path_factory.mktemp("show"))


def test_the_plan_of_this_test_has_every_step(steps: tuple[Step, ...]) -> None:
    written = {
        node.name
        for file in (PACKAGE / "steps").glob("*.py")
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and _takes_a_context(node)
    }
    assert written == {step.run.__name__ for step in steps}


def _takes_a_context(node: ast.FunctionDef) -> bool:
    first = node.args.args[0].annotation if node.args.args else None
    return first is not None and ast.unparse(first).startswith("StepContext")


def test_what_takes_long_is_counted_as_in_earlier_versions(tmp_path: Path) -> None:
    """A show that exists is not transcribed again: its records and its words.json were made with these settings."""
    show = samples.show()
    episode = samples.episode(folder="001-folge", number=1, recording="raw.wav")
    steps = episode_steps(tmp_path, show, episode, today=date(2026, 3, 1), model_identity="base:abc", model_file=None)
    counted = {step.name: canonical(step.counted) for step in steps if step.source is None}
    assert counted["transcribe"] == {
        "revision": 3,
        "model": "base:abc",
        "speech": {"model": "small", "engine": "auto", "language": "de", "beam_size": 5},
    }
    assert counted["speakers"] == {"revision": 3, "count": len(episode.speakers)}
    assert counted["normalise"] == {
        "revision": 2,
        "levelling": "speakers",
        "remove_hum": False,
        "reduce_noise": False,
        "channels": 2,
        "sample_rate_hz": 44100,
        "target_lufs": -16.0,
    }
    assert counted["encode"] == {
        "revision": 2,
        "audio": {
            "channels": 2,
            "sample_rate_hz": 44100,
            "bitrate_kbps": 128,
            "vbr": False,
            "levelling": "speakers",
            "remove_hum": False,
            "reduce_noise": False,
            "further_formats": [],
            "target_lufs": -16.0,
            "true_peak_dbtp": -1.0,
        },
    }
    assert {name: settings["revision"] for name, settings in counted.items()} == {
        "assemble": 1,
        "speakers": 3,
        "normalise": 2,
        "transcribe": 3,
        "split": 2,
        "retime": 2,
        "encode": 2,
        "tag": 1,
    }
    accepted = {step.name: step.accepted_revisions for step in steps if step.accepted_revisions}
    assert accepted == {"transcribe": (2,), "speakers": (2,)}


def test_the_deesser_counts_where_it_is_used_once_it_is_on(tmp_path: Path) -> None:
    def counted(audio: AudioSettings) -> dict[str, dict[str, object]]:
        episode = samples.episode(folder="001-folge", number=1, recording="raw.wav", audio=audio)
        show = samples.show()
        steps = episode_steps(tmp_path, show, episode, today=date(2026, 3, 1), model_identity="b", model_file=None)
        return {step.name: canonical(step.counted) for step in steps if step.source is None}

    off, on = counted(AudioSettings()), counted(AudioSettings(deesser=True))
    assert on["normalise"] == {**off["normalise"], "deesser": True}
    assert {name for name in off if off[name] != on[name]} == {"normalise"}


def test_the_verbs_of_the_command_line_are_the_steps_of_the_plan(steps: tuple[Step, ...]) -> None:
    of_episode, of_show = EPISODE_VERBS, SHOW_VERBS
    verbs = dict.fromkeys(step.verb.partition(" ")[0] for step in steps)  # some are of the preview
    assert tuple(verb for verb in verbs if verb not in of_show) == of_episode
    assert {verb for verb in verbs if verb not in of_episode} == set(of_show)


def test_what_a_large_show_has_hundreds_of_runs_on_all_cores(steps: tuple[Step, ...]) -> None:
    parallel = {step.name.partition(" ")[0] for step in steps if step.parallel}
    assert parallel == {"pages:002-folge", "search:002-folge", "pages:003-folge", "search:003-folge"}


def test_a_step_is_a_plain_function_of_its_settings(steps: tuple[Step, ...]) -> None:
    """It is no closure and no partial, so a setting cannot get in any other way."""
    for step in steps:
        assert isinstance(step.run, FunctionType), step.name
        assert step.run.__closure__ is None, step.name
        arguments = inspect.signature(step.run).bind(None, **step.settings, **step.uncounted).arguments
        assert arguments, step.name
        assert not step.settings.keys() & step.uncounted.keys(), step.name


def test_a_step_reads_nothing_uncounted_except_what_is_listed_here(steps: tuple[Step, ...]) -> None:
    found: dict[str, set[str]] = {}
    for step in steps:
        if step.uncounted:
            found.setdefault(step.verb, set()).update(step.uncounted)
    assert found == UNCOUNTED


def test_paths_of_a_step_are_paths_and_nothing_else(steps: tuple[Step, ...]) -> None:
    for step in steps:
        parts = step.paths if isinstance(step.paths, tuple) else (step.paths,)
        assert all(isinstance(part, (Path, EpisodePaths, SiteFiles, SitePaths)) for part in parts), step.name


def test_no_step_gets_a_whole_show_or_a_whole_episode(steps: tuple[Step, ...]) -> None:
    for step in steps:
        for value in _values((*step.settings.values(), *step.uncounted.values())):
            if isinstance(value, (Show, Episode)):
                missing = [entry.name for entry in fields(value) if not hasattr(value, entry.name)]
                assert missing, f"{step.name} gets all of {type(value).__name__}"


def _values(value: object) -> list[object]:
    inner: list[object] = []
    if isinstance(value, (list, tuple)):
        inner = list(value)
    elif isinstance(value, dict):
        inner = list(value.values())
    elif is_dataclass(value):
        inner = [getattr(value, entry.name) for entry in fields(value) if hasattr(value, entry.name)]
    return [value, *(found for part in inner for found in _values(part))]


def test_steps_of_a_show_with_every_field_set_get_every_field_that_they_read(tmp_path: Path) -> None:
    """With an emptier show, a field that is read only if it is set would be missed."""
    show = replace(
        publish_samples.FULL_SHOW,
        cover="cover.jpg",
        directories=(Directory(name="Verzeichnis", url="https://example.org/v"),),
        theme=Theme(light=Palette(accent="#0a5876"), font="sans", logo="logo.png"),
        feed=FeedSettings(page_size=1),
    )
    paths = ShowPaths(tmp_path)
    for file in (paths.episodes / "cover.jpg", paths.episodes / "logo.png"):
        file.parent.mkdir(exist_ok=True)
        publish_samples.make_cover(file)
    entries = tuple(_full_episode(tmp_path, number) for number in (4, 3, 2, 1))
    gone = replace(
        entries[3], release=replace(_released(entries[3]), withdrawn=Withdrawal(moment=NOW, reason="Darum."))
    )
    steps = show_steps(tmp_path, show, due=entries[1:3], later=entries[:1], withdrawn=(gone,))
    build = Build(steps, root=tmp_path, work=paths.work)
    with build.exclusive(what="Die Probe", listen=lambda _: None):
        build.run(lambda _: None)
    feed = paths.feed.feed.read_text(encoding="utf-8")
    for text in ("Kurz gesagt", "Erfundene Werft", "Erfundene Küste", "05124", "Mithelfen", "Stimme Zwei"):
        assert text in feed, text
    assert "Darum." in paths.feed.file("folgen/001-breitband/index.html").read_text(encoding="utf-8")


def _full_episode(root: Path, number: int) -> FinishedEpisode:
    folder = f"{number:03}-breitband"
    of = replace(publish_samples.FULL_EPISODE, folder=folder, number=number, topics=("Häfen",), guid=f"{folder}-guid")
    enclosure = replace(publish_samples.FULL_ENCLOSURE, path=f"audio/{folder}.mp3", alternates=())
    entry = FinishedEpisode(episode=of, enclosure=enclosure, release=None, paths=ShowPaths(root).episode(folder))
    paths = entry.paths
    for file, text in (
        (paths.retimed, to_json(publish_samples.TRANSCRIPT)),
        (paths.transcript, "Stimme Eins: Moin.\n"),
        (paths.notes_html, "<p>Notizen</p>"),
        (paths.notes_text, "Notizen\n"),
        (paths.tagged("mp3"), "sound"),
    ):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    for name in (of.cover, *of.pictures):
        (paths.home / name).parent.mkdir(exist_ok=True)
        publish_samples.make_cover(paths.home / name)
    return replace(entry, release=_released(entry)) if number != 4 else entry


def _released(entry: FinishedEpisode) -> Release:
    of = entry.episode
    assert of.published is not None
    return Release(
        guid=of.guid,
        enclosure=entry.enclosure,
        published=of.published,
        slug=of.slug,
        number=of.number,
        season=of.season,
        episode_type=of.episode_type,
        title=of.title,
    )


def test_a_field_that_does_not_count_cannot_be_read() -> None:
    part = only(samples.show(), "title", "base_url")
    assert part.title == samples.show().title
    with pytest.raises(AttributeError, match="description"):
        _ = part.description
    with pytest.raises(AttributeError, match="titel"):
        only(samples.show(), "titel")
    assert canonical(part) == {"title": part.title, "base_url": part.base_url}


def test_a_part_of_a_value_reaches_another_process() -> None:
    part = pickle.loads(pickle.dumps(only(samples.show(), "title")))
    assert canonical(part) == {"title": samples.show().title}


def test_every_rendering_module_is_fingerprinted() -> None:
    """The steps of notes, feed, pages, search and transcript files are fingerprinted on every module they import."""
    elsewhere = {"build", "errors", "paths", "__init__", "tags", "promises"}  # no byte of a page comes from there
    counted = {file for file in rendering_files() if file.suffix == ".py"}
    seen: set[Path] = set()
    waiting = [PACKAGE / f"steps/{name}.py" for name in ("notes", "feed", "pages", "lists", "search")]
    while waiting:
        file = waiting.pop()
        if file in seen:
            continue
        seen.add(file)
        waiting += _imported(file)
    rest = {file for file in seen - counted if file.relative_to(PACKAGE).parts[0].removesuffix(".py") not in elsewhere}
    assert not rest


def _imported(file: Path) -> list[Path]:
    found: list[Path] = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "pipeline":
            home = PACKAGE.joinpath(*(node.module or "").split(".")[1:])
            found += [home / f"{name.name}.py" for name in node.names] + [home.with_suffix(".py"), home / "__init__.py"]
    return [path for path in found if path.is_file()]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the program that a test may change."""
    shutil.copytree(PROJECT / "pipeline", tmp_path / "program/pipeline", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "program"


def change(file: Path, before: str, after: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(before) == 1, (file, before, text.count(before))
    file.write_text(text.replace(before, after), encoding="utf-8")


def show_without_model(root: Path) -> Path:
    home = make_show(root)
    text = EPISODE.replace('model = "demo"', 'model = "none"') + '\n[audio]\nlevelling = "off"\n'
    (home / "episode.toml").write_text(text, encoding="utf-8")
    return home


def state(root: Path, copy: Path, step: str) -> str:
    told = podcast(root, "status", "1", cwd=copy)
    assert told.returncode == 0, told.stderr
    return next(line for line in told.stdout.splitlines() if step in line)


def test_a_setting_that_audio_reads_and_the_step_does_not_name_is_an_error(copy: Path, tmp_path: Path) -> None:
    """Such a setting once was a switch that did nothing, and no test noticed."""
    root = tmp_path / "show"
    show_without_model(root)
    change(
        copy / "pipeline/values/audio.py",
        "    reduce_noise: bool = False",
        "    de_ess: bool = False\n    reduce_noise: bool = False",
    )
    change(
        copy / "pipeline/audio/normalise.py",
        "    rate = settings.sample_rate_hz\n\n    floors",
        "    rate = settings.sample_rate_hz * (1 + settings.de_ess)\n\n    floors",
    )
    ended = podcast(root, "normalise", "1", cwd=copy)
    assert ended.returncode == 70  # a fault of the program
    (report,) = (root / "episodes/.work").glob("fehler-*.txt")
    assert "de_ess" in report.read_text(encoding="utf-8")

    step = copy / "pipeline/steps/sound.py"
    change(step, '"reduce_noise": audio.reduce_noise,', '"reduce_noise": audio.reduce_noise, "de_ess": audio.de_ess,')
    ended = podcast(root, "normalise", "1", cwd=copy)
    assert ended.returncode == 0, ended.stderr
    assert "unverändert" in state(root, copy, "Lautheit")
    change(copy / "pipeline/values/audio.py", "    de_ess: bool = False", "    de_ess: bool = True")
    assert "Einstellung geändert: de_ess" in state(root, copy, "Lautheit")


def test_changed_rendering_code_is_a_reason_to_render_again(copy: Path, tmp_path: Path) -> None:
    root = tmp_path / "show"
    show_without_model(root)
    assert podcast(root, "shownotes", "1", cwd=copy).returncode == 0
    assert "unverändert" in state(root, copy, "Shownotes")
    with (copy / "pipeline/notes/shownotes.py").open("a", encoding="utf-8") as file:
        file.write("# A comment changes no byte of the notes, and nobody has to know that.\n")
    assert "Einstellung geändert: Programm" in state(root, copy, "Shownotes")
    assert "unverändert" in state(root, copy, "Aufnahme")
