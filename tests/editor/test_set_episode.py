"""`podcast set` writes what people say into episode.toml, and tells what follows from it."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from small_show import FOLDER, make_show

from pipeline.editor.answers import QUESTIONS, Person, is_template, read_people, shown
from pipeline.editor.new import create_episode
from pipeline.editor.rename import plan_renaming
from pipeline.editor.set_episode import plan_setting, read_episode_file, with_registration, write_setting
from pipeline.errors import ChangedError, ConfigError, UsageError
from pipeline.show.config import load_episode, load_registry, load_show

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
PEOPLE = """
# Wer spricht
[[speakers]]
name = 'Klara Klang' # ja
role = "host"

[[speakers]]
name = "Tom Takt"
organisation = "Testwerk"
role = "guest"

[[chapters]]
start = "00:00:00"
title = "Anfang"
url = "https://beispiel.de/"
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_show(tmp_path, PEOPLE)


def toml(root: Path) -> Path:
    return root / "episodes" / FOLDER / "episode.toml"


def set_(root: Path, **answers: str) -> tuple[str, ...]:
    """Write the answers; returns the notes."""
    setting = plan_setting(root, FOLDER, answers, now=NOW)
    write_setting(root, setting, moment=NOW)
    load_episode(root, FOLDER, load_show(root))
    return setting.notes


def test_every_answer_is_written_and_is_read_as_it_was_said(root: Path) -> None:
    set_(
        root,
        title="  Größe & „mehr“ ",
        published="3.12.2026, 6 Uhr",
        draft="nein",
        speakers="Klara Klang, Sina Silbe [Amt für A, B] und Tom Takt (Moderation)",
        summary='Sie sagt "ja".',
        topics="Schule, Verwaltung",
        chapters="0:00 Anfang; 4:10 Netz; 1:02:03 Ende",
        season="2",
        type="Bonus",
    )
    episode = load_episode(root, FOLDER, load_show(root))
    assert (episode.title, episode.summary) == ("Größe & „mehr“", 'Sie sagt "ja".')
    assert episode.published is not None
    assert episode.published.isoformat() == "2026-12-03T06:00:00+01:00"
    assert (episode.draft, episode.topics, episode.season, episode.episode_type) == (
        False,
        ("Schule", "Verwaltung"),
        2,
        "bonus",
    )
    assert [(one.name, one.organisation, one.role) for one in episode.speakers] == [
        ("Klara Klang", "", "host"),
        ("Sina Silbe", "Amt für A, B", "guest"),
        ("Tom Takt", "Testwerk", "host"),
    ]
    assert [(one.start_s, one.title, one.url) for one in episode.chapters] == [
        (0.0, "Anfang", "https://beispiel.de/"),
        (250.0, "Netz", ""),
        (3723.0, "Ende", ""),
    ]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_only_the_lines_that_change_change(root: Path, newline: str) -> None:
    source = "\ufeff" + toml(root).read_text(encoding="utf-8").replace("\n", newline)
    toml(root).write_bytes(source.encode())
    set_(root, title="Neü", speakers="Sina Silbe, Tom Takt")
    klara = f"name = 'Klara Klang' # ja{newline}role = \"host\"{newline}"
    sina = f'name = "Sina Silbe"{newline}role = "guest"{newline}'
    expected = source.replace('"Probe"', '"Neü"').replace(klara, sina)
    assert toml(root).read_bytes() == expected.encode()


def test_an_answer_of_what_is_there_changes_no_byte(root: Path) -> None:
    table = tomllib.loads(toml(root).read_text(encoding="utf-8"))
    answers = {one.key: shown(one.key, table) for one in QUESTIONS if shown(one.key, table)}
    assert answers["speakers"] == "Klara Klang (Moderation), Tom Takt [Testwerk]"
    assert plan_setting(root, FOLDER, answers, now=NOW).edits == ()


def test_a_minus_removes_what_may_be_missing(root: Path) -> None:
    before = toml(root).read_bytes()
    set_(root, published="3.12.2026", topics="A")
    set_(root, published="-", topics="-", chapters="-", summary="-")
    table = tomllib.loads(toml(root).read_text(encoding="utf-8"))
    assert not {"published", "topics", "chapters"} & table.keys()
    assert table["summary"] == ""
    assert before.replace(b"Eine Probe.", b"").startswith(toml(root).read_bytes().rstrip())
    with pytest.raises(UsageError, match="Titel: das lässt sich ändern, aber nicht leeren"):
        plan_setting(root, FOLDER, {"title": "-"}, now=NOW)


@pytest.mark.parametrize(
    ("answers", "kind", "complaint"),
    [
        ({"published": "bald"}, UsageError, "Termin: „bald“ ist kein Termin; so geht es: 3.12.2026, 6 Uhr"),
        ({"title": "x" * 256}, UsageError, "Titel: hat 256 Zeichen; Podcast-Apps nehmen höchstens 255"),
        ({"draft": "vielleicht"}, UsageError, "Entwurf: „vielleicht“ ist weder ja noch nein"),
        ({"chapters": "Anfang"}, UsageError, "Kapitel: „Anfang“ ist kein Kapitel; so geht es: 0:00 Anfang"),
        ({"chapters": "0:00"}, UsageError, "dem Kapitel bei 0:00 fehlt der Titel"),
        ({"speakers": "A (Regie)"}, UsageError, "„\\(Regie\\)“ ist keine Rolle; möglich sind \\(Moderation\\)"),
        ({"speakers": " , "}, UsageError, "mindestens ein Name wird gebraucht"),
        ({"season": "zwei"}, UsageError, "Staffel: „zwei“ ist keine Zahl"),
        ({"speakers": "A, a"}, ConfigError, "episode.toml:.*: speakers: „a“ steht zweimal da"),
        ({"draft": "nein"}, ConfigError, "episode.toml.*: published fehlt; für eine Folge ohne Termin"),
        ({"type": "teaser"}, ConfigError, 'type: erlaubt ist "full", "trailer" oder "bonus"'),
        ({"season": "0"}, ConfigError, "season: mindestens 1 wird gebraucht"),
        ({"recording": "../raw.wav"}, ConfigError, "recording: ein Dateiname innerhalb des Ordners"),
    ],
)
def test_what_the_settings_do_not_allow_is_told_and_nothing_is_written(
    root: Path, answers: dict[str, str], kind: type[Exception], complaint: str
) -> None:
    before = toml(root).read_bytes()
    with pytest.raises(kind, match=complaint):
        plan_setting(root, FOLDER, answers, now=NOW)
    assert toml(root).read_bytes() == before


def test_a_file_that_is_not_toml_is_mended_by_people_first(root: Path) -> None:
    toml(root).write_text(toml(root).read_text(encoding="utf-8").replace('"Probe"', "„Probe“"), encoding="utf-8")
    with pytest.raises(ConfigError, match="gebraucht werden die geraden Anführungszeichen"):
        read_episode_file(root, "1")


def test_a_value_of_the_wrong_kind_can_be_set_right(root: Path) -> None:
    toml(root).write_text(
        toml(root).read_text(encoding="utf-8").replace("draft = true", 'published = "3.12.2026"\ndraft = true'),
        encoding="utf-8",
    )
    set_(root, published="3.12.2026")
    assert load_episode(root, FOLDER, load_show(root)).published is not None


def test_a_mistake_in_another_episode_is_no_obstacle(root: Path) -> None:
    other = root / "episodes/002-andere/episode.toml"
    other.parent.mkdir()
    other.write_text("title = nichts", encoding="utf-8")
    set_(root, speakers="Klara Klang, Tom Takt")


def test_the_names_of_the_template_give_way_to_people_and_keep_their_places(tmp_path: Path) -> None:
    root = make_show(tmp_path, PEOPLE)
    (root / "episodes/speakers.toml").write_text('[[speakers]]\nname = "Lars"\nrole = "host"\n', encoding="utf-8")
    home = create_episode(root, "7", "Neu")
    _, table = read_episode_file(root, "7")
    assert (is_template("speakers", table), is_template("summary", table)) == (True, True)
    write_setting(root, plan_setting(root, "7", {"speakers": "Klara, Lars"}, now=NOW), moment=NOW)
    episode = load_episode(root, home.name, load_show(root))
    assert [(one.name, one.organisation, one.role) for one in episode.speakers] == [
        ("Klara", "", "host"),
        ("Lars", "", "host"),
    ]
    assert 'name = "Lars"\n\n#' in (home / "episode.toml").read_text(encoding="utf-8")  # speakers.toml says the rest


def test_people_are_read_as_they_are_listed() -> None:
    assert read_people("Klara Klang (Moderation); Dr. Tom von Takt [Amt, Referat 1] (Gast) und Ünal\n") == (
        Person(name="Klara Klang", role="host"),
        Person(name="Dr. Tom von Takt", organisation="Amt, Referat 1", role="guest"),
        Person(name="Ünal"),
    )


def test_what_follows_is_told(root: Path) -> None:
    (past,) = set_(root, published="1.11.2026, 6 Uhr", draft="nein")
    assert past == (
        "Sonntag, 1.11.2026, 6 Uhr: das ist vorbei. Der nächste Aufruf von `make publish` veröffentlicht die Folge "
        "mit diesem Datum."
    )
    (coming,) = set_(root, published="3.12.2026")
    assert "Donnerstag, 3.12.2026, 6 Uhr: der erste Aufruf von `make publish` danach" in coming
    (draft,) = set_(root, draft="ja")
    assert draft.endswith("Ist die Folge fertig: make set EPISODE=1 DRAFT=nein")
    twice, _ = set_(root, published="31.10.2027, 2:30")
    assert twice == "Sonntag, 31.10.2027, 2:30 Uhr, gibt es zweimal (Ende der Sommerzeit); gemeint ist +02:00."
    alike, nobody = set_(root, speakers="Tom Tackt")
    assert alike == "„Tom Tackt“ spricht zum ersten Mal. Meinten Sie „Tom Takt“?"
    assert nobody == "Niemand moderiert. Wer es tut, bekommt „(Moderation)“ dahinter, wie in: Tom Tackt (Moderation)"


def test_a_name_that_the_transcript_has_is_better_renamed(root: Path) -> None:
    (root / "transcripts" / f"{FOLDER}.txt").write_text("Tom  Takt [Testwerk]:\nJa.\n", encoding="utf-8")
    (note,) = set_(root, speakers="Klara Klang, Ton Takt")[1:]
    assert 'make speaker-rename FROM="Tom Takt" TO="…"' in note


def test_a_promise_to_subscribers_is_named_with_its_consequence(root: Path) -> None:
    set_(root, published="1.11.2026, 6 Uhr", draft="nein")
    enclosure = {"path": "audio/001-probe.mp3", "media_type": "audio/mpeg", "size_bytes": 1, "duration_s": 9.0}
    release = {
        "guid": "0b8e2b0c-7d0b-4a7e-9d62-000000000001",
        "enclosure": {**enclosure, "sha256": ""},
        "published": "2026-11-01T06:00:00+01:00",
        "slug": "probe",
        "number": 1,
        "season": None,
        "episode_type": "full",
        "title": "Probe",
    }
    (root / "episodes" / FOLDER / "release.json").write_text(json.dumps(release), encoding="utf-8")
    assert plan_setting(root, FOLDER, {"title": "Anders"}, now=NOW).broken == ()
    (broken,) = plan_setting(root, FOLDER, {"published": "2.11.2026"}, now=NOW).broken
    assert (broken.kind, broken.refused) == ("published", True)
    assert broken.text.startswith("published: war 2026-11-01T06:00:00+01:00, ist 2026-11-02T06:00:00+01:00.")


def test_somebody_new_is_entered_in_speakers_toml_if_people_wish(root: Path) -> None:
    setting = plan_setting(root, FOLDER, {"speakers": "Klara Klang, Sina Silbe [Wortlabor]"}, now=NOW)
    assert setting.strangers == (Person(name="Sina Silbe", organisation="Wortlabor"),)
    path = root / "episodes/speakers.toml"
    path.write_bytes("# Wer öfter spricht\r\n[[speakers]]\r\nname = 'Lars' # so".encode())
    further = with_registration(root, setting, setting.strangers)
    write_setting(root, further, moment=NOW)
    assert [(one.name, one.organisation) for one in load_registry(root)] == [("Lars", ""), ("Sina Silbe", "Wortlabor")]
    assert path.read_bytes().startswith("# Wer öfter spricht\r\n[[speakers]]\r\nname = 'Lars' # so\r\n\r\n[[".encode())
    path.write_text('[[speakers]]\nname = "Lars"\nslug = "sina-silbe"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="die Adresse „sina-silbe“ hat schon „Lars“"):
        with_registration(root, setting, setting.strangers)


def test_a_file_that_somebody_saved_meanwhile_stays_and_the_old_state_is_kept(root: Path) -> None:
    before = toml(root).read_bytes()
    setting = plan_setting(root, FOLDER, {"title": "Neu"}, now=NOW)
    toml(root).write_bytes(before + b"# inzwischen\n")
    with pytest.raises(ChangedError):
        write_setting(root, setting, moment=NOW)
    assert toml(root).read_bytes() == before + b"# inzwischen\n"
    toml(root).write_bytes(before)
    (copy,) = write_setting(root, setting, moment=NOW)
    assert copy.read_bytes() == before
    assert copy.parent == toml(root).parent / "work/gesichert"


def test_an_imported_episode_can_be_set_and_its_people_renamed(root: Path) -> None:
    home = root / "episodes" / FOLDER
    toml(root).write_text(
        toml(root).read_text(encoding="utf-8").replace("draft = true", "imported = true\ndraft = true"),
        encoding="utf-8",
    )
    (home / "release.json").write_text("{}", encoding="utf-8")
    assert plan_renaming(root, "Tom Takt", "Tom Neu", keep_alias=False).files
