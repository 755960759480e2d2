"""TOML files that people write → Show and Episode, or every mistake at once in German."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipeline.editor.checks.settings import check_show_file
from pipeline.errors import ConfigError, MissingFileError, UsageError
from pipeline.german.slug import slugify
from pipeline.show.config import load_episode, load_episodes, load_show
from pipeline.show.folders import find_episode
from pipeline.show.toml_file import line_of

BROKEN = sorted(path.parent.name for path in (Path(__file__).parents[1] / "broken").glob("*/episode.toml"))

EPISODE = """\
number = {number}
slug = "{slug}"
title = "Eine Folge"
summary = "Worum es geht."
guid = "{number}-{slug}"
published = 2026-01-15T06:00:00+01:00
recording = "raw.wav"
[[speakers]]
name = "Klara Klang"
role = "host"
[[chapters]]
start = "1:02.5"
title = "Mitte"
[speech]
model = "turbo"
"""


def add_episode(root: Path, number: int, slug: str, text: str = EPISODE) -> Path:
    home = root / "episodes" / f"{number:03}-{slug}"
    home.mkdir()
    (home / "episode.toml").write_text(text.format(number=number, slug=slug), encoding="utf-8")
    return home


@pytest.mark.parametrize("case", BROKEN)
def test_a_mistake_is_reported_in_german_with_its_place(show_root: Path, case: str) -> None:
    folder = Path(__file__).parents[1] / "broken" / case
    shutil.copytree(folder, show_root / "episodes/001-probe")
    with pytest.raises(ConfigError) as caught:
        load_episode(show_root, "001-probe", load_show(show_root))
    for line in (folder / "expected.txt").read_text(encoding="utf-8").splitlines():
        assert line in str(caught.value)
    assert "Was tun:" in str(caught.value)


def test_the_example_show_loads_and_names_its_placeholders(show_root: Path) -> None:
    show = load_show(show_root)
    assert (show.title, show.language, show.category) == ("digitales MV", "de", "Government")
    assert show.base_url.endswith("/")
    assert {"base_url", "owner.email", "legal.imprint"} <= set(show.placeholders)


def test_mistakes_in_several_files_are_reported_together(show_root: Path) -> None:
    add_episode(show_root, 1, "eins", EPISODE.replace("title = ", "titel = ", 1))
    add_episode(show_root, 2, "zwei", EPISODE.replace("guid = ", "giud = ", 1))
    with pytest.raises(ConfigError, match=r"(?s)^4 Fehler.*001-eins.*002-zwei"):
        load_episodes(show_root, load_show(show_root))


def test_two_episodes_may_not_share_a_guid(show_root: Path) -> None:
    same = EPISODE.replace('guid = "{number}-{slug}"', 'guid = "gleich"')
    add_episode(show_root, 1, "eins", same)
    add_episode(show_root, 2, "zwei", same)
    with pytest.raises(ConfigError, match="guid: steht schon in 001-eins"):
        load_episodes(show_root, load_show(show_root))


def test_an_episode_overrides_the_show_and_speakers_come_from_their_file(show_root: Path) -> None:
    (show_root / "episodes/speakers.toml").write_text(
        '[[speakers]]\nname = "Klara Klang"\norganisation = "Sender"\naliases = ["K. Klang"]\n', encoding="utf-8"
    )
    add_episode(show_root, 1, "eins")
    episode = load_episode(show_root, "001-eins", load_show(show_root))
    assert episode.speech.model == "turbo"
    assert episode.chapters[0].start_s == 62.5
    speaker = episode.speakers[0]
    assert (speaker.organisation, speaker.role, speaker.aliases, speaker.slug) == (
        "Sender",
        "host",
        ("K. Klang",),
        "klara-klang",
    )


def test_one_channel_lowers_the_target_by_three_lu(show_root: Path) -> None:
    add_episode(show_root, 1, "eins", EPISODE + "[audio]\nchannels = 1\n")
    episode = load_episode(show_root, "001-eins", load_show(show_root))
    assert episode.audio.target_lufs == -19.0


@pytest.mark.parametrize(
    ("key", "folder"),
    [
        ("007-breitband", "007-breitband"),
        ("7", "007-breitband"),
        ("007", "007-breitband"),
        ("breitband", "007-breitband"),
        ("2024", "012-2024"),
    ],
)
def test_an_episode_is_found_by_folder_number_and_slug(show_root: Path, key: str, folder: str) -> None:
    add_episode(show_root, 7, "breitband")
    add_episode(show_root, 12, "2024")
    assert find_episode(show_root, key) == folder


def test_an_unknown_or_ambiguous_episode_is_explained(show_root: Path) -> None:
    add_episode(show_root, 7, "breitband")
    with pytest.raises(UsageError, match="Meinten Sie „breitband“"):
        find_episode(show_root, "breitbnad")
    add_episode(show_root, 8, "breitband")
    with pytest.raises(UsageError, match="mehrdeutig: 007-breitband, 008-breitband"):
        find_episode(show_root, "breitband")


def test_a_folder_without_a_show_is_reported(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="kein Podcast"):
        load_show(tmp_path)


@pytest.mark.parametrize(
    ("text", "slug"), [("Digitale Schule: Übung", "digitale-schule-uebung"), ("NØRD 4.0", "noerd-4-0"), ("…", "")]
)
def test_slugs_fold_umlauts(text: str, slug: str) -> None:
    assert slugify(text) == slug


def test_lines_are_found_for_keys_tables_and_arrays_of_tables() -> None:
    source = 'title = "x"\n\n[owner]\nname = "y"\n[[speakers]]\nname = "a"\n[[speakers]]\nname = "b"\n'
    assert line_of(source, ("title",)) == 1
    assert line_of(source, ("owner", "name")) == 4
    assert line_of(source, ("speakers", 1, "name")) == 8
    assert line_of(source, ("speakers", 1, "role")) == 7
    assert line_of(source, ("nowhere",)) is None


FEED_KEYS = """\
subcategory = "Politics"
cover_alt = "Ein Leuchtturm"
[[funding]]
url = "https://example.org/mithelfen"
text = "Mithelfen"
[[locations]]
name = "Schwerin"
geo = "geo:53.6288,11.4148"
osm = "R113314"
country = "de"
[update_frequency]
text = "Alle zwei Wochen"
rrule = "FREQ=WEEKLY;INTERVAL=2"
[[txt]]
text = "05124"
purpose = "applepodcastsverify"
[feed]
page_size = 100
new_feed_url = "https://neu.example.org/feed.xml"
guid = "9B024349-CCF0-5F69-A609-6B82873EAB3C"
"""


def with_feed_keys(root: Path, old: str = "", new: str = "") -> None:
    path = root / "episodes/show.toml"
    top, tables = path.read_text(encoding="utf-8").replace('"Government"', '"News"').split("\n[", 1)
    assert old in FEED_KEYS
    path.write_text(f"{top}\n{FEED_KEYS.replace(old, new)}[{tables}", encoding="utf-8")


def test_the_feed_settings_come_from_show_toml(show_root: Path) -> None:
    with_feed_keys(show_root)
    show = load_show(show_root)
    assert (show.category, show.subcategory, show.cover_alt) == ("News", "Politics", "Ein Leuchtturm")
    assert [entry.text for entry in show.funding] == ["Mithelfen"]
    assert (show.locations[0].country, show.locations[0].rel) == ("DE", "subject")
    assert show.update_frequency is not None
    assert show.update_frequency.rrule == "FREQ=WEEKLY;INTERVAL=2"
    assert show.txt[0].purpose == "applepodcastsverify"
    assert (show.feed.page_size, show.feed.guid) == (100, "9b024349-ccf0-5f69-a609-6b82873eab3c")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("Politics", "Polotics", "subcategory: „Polotics“ gehört nicht zu „News“; es gibt: Business News"),
        ("geo:53.6288,11.4148", "53,6 Nord", "locations[1].geo: Breite und Länge, wie in geo:53.6288,11.4148"),
        ("R113314", "62774", "locations[1].osm: eine Kennung von OpenStreetMap"),
        ('"de"', '"Deutschland"', "locations[1].country: zwei Buchstaben"),
        ("FREQ=WEEKLY", "WEEKLY", "update_frequency.rrule: eine Regel aus iCalendar"),
        ("INTERVAL=2", "INTERVALL=2", "„INTERVALL“ gibt es in einer Regel von iCalendar nicht"),
        ("INTERVAL=2", "COUNT=2", "mit COUNT wird auch dtstart gebraucht"),
        ("05124", "x" * 4001, "txt[1].text: hat 4001 Zeichen; Podcast-Apps nehmen höchstens 4000, also kürzen"),
        ("Mithelfen", "x" * 129, "funding[1].text: hat 129 Zeichen"),
        ("https://neu.example.org", "neu.example.org", "feed.new_feed_url: eine Adresse, die mit https:// beginnt"),
        ("9B024349", "9B02", "feed.guid: eine Kennung wie"),
        ("page_size = 100", "page_size = -1", "feed.page_size: mindestens 0 wird gebraucht"),
    ],
)
def test_a_mistake_in_the_feed_settings_is_reported(show_root: Path, old: str, new: str, told: str) -> None:
    with_feed_keys(show_root, old, new)
    with pytest.raises(ConfigError) as caught:
        load_show(show_root)
    assert told in str(caught.value)
    assert "show.toml:" in str(caught.value)


NO_RULE = "update_frequency.rrule: eine Regel aus iCalendar (RFC 5545), wie in FREQ=WEEKLY;INTERVAL=2;BYDAY=TH"
RULE = "FREQ=WEEKLY;INTERVAL=2"


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;UNTIL=19971224T000000Z",
        "FREQ=WEEKLY;UNTIL=20261231;WKST=SU;BYDAY=TU,TH",
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=1SU,-1SU,+2MO",
        "FREQ=MONTHLY;BYMONTHDAY=1,-1,31",
        "FREQ=YEARLY;INTERVAL=3;BYYEARDAY=1,100,-366",
        "FREQ=YEARLY;BYWEEKNO=20,53;BYDAY=MO",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
        "FREQ=YEARLY;INTERVAL=4;BYMONTH=11,12;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
        "INTERVAL=20;BYHOUR=9,10,16;BYMINUTE=0,20,40;FREQ=MINUTELY",
        "FREQ=HOURLY;INTERVAL=2;BYHOUR=9",
        "FREQ=SECONDLY;BYSECOND=0,59",
    ],
)
def test_an_icalendar_rule_is_accepted_as_written(show_root: Path, rule: str) -> None:
    with_feed_keys(show_root, RULE, rule)
    frequency = load_show(show_root).update_frequency
    assert frequency is not None
    assert frequency.rrule == rule


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("INTERVAL=2", NO_RULE),
        ("FREQ=FORTNIGHTLY", NO_RULE),
        ("FREQ=weekly", NO_RULE),
        ("FREQ=WEEKLY;FREQ=DAILY", NO_RULE),
        ("FREQ=WEEKLY;", NO_RULE),
        ("FREQ=WEEKLY;;INTERVAL=2", NO_RULE),
        ("FREQ=WEEKLY;INTERVAL", NO_RULE),
        ("FREQ=WEEKLY;INTERVAL=", NO_RULE),
        ("FREQ=WEEKLY;INTERVAL==2", NO_RULE),
        ("FREQ=WEEKLY;INTERVAL=zwei", NO_RULE),
        ("FREQ=WEEKLY;INTERVAL=0", NO_RULE),
        ("FREQ=WEEKLY;INTERVAL=-1", NO_RULE),
        ("FREQ=WEEKLY;COUNT=0", NO_RULE),
        ("FREQ=WEEKLY;COUNT=1_0", NO_RULE),
        ("FREQ=WEEKLY;COUNT=٣", NO_RULE),
        ("FREQ=WEEKLY;COUNT=3;UNTIL=20261231", NO_RULE),
        ("FREQ=WEEKLY;BYDAY=DO", NO_RULE),
        ("FREQ=WEEKLY;BYDAY=Donnerstag", NO_RULE),
        ("FREQ=WEEKLY;BYDAY=TH,", NO_RULE),
        ("FREQ=WEEKLY;BYDAY=TH(+1)", NO_RULE),
        ("FREQ=WEEKLY;BYDAY=TH, FR", NO_RULE),
        ("FREQ=MONTHLY;BYDAY=0MO", NO_RULE),
        ("FREQ=WEEKLY;WKST=MO,TU", NO_RULE),
        ("FREQ=YEARLY;BYMONTH=13", NO_RULE),
        ("FREQ=YEARLY;BYMONTH=0", NO_RULE),
        ("FREQ=YEARLY;BYMONTH=1-2", NO_RULE),
        ("FREQ=MONTHLY;BYMONTHDAY=32", NO_RULE),
        ("FREQ=MONTHLY;BYMONTHDAY=1,-32", NO_RULE),
        ("FREQ=YEARLY;BYWEEKNO=54", NO_RULE),
        ("FREQ=YEARLY;BYYEARDAY=367", NO_RULE),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0", NO_RULE),
        ("FREQ=DAILY;BYHOUR=24", NO_RULE),
        ("FREQ=DAILY;BYHOUR=99999999999999999999", NO_RULE),
        ("FREQ=WEEKLY;UNTIL=morgen", NO_RULE),
        ("FREQ=WEEKLY;UNTIL=20260230", NO_RULE),
        ("FREQ=WEEKLY;UNTIL=2026", NO_RULE),
        ("FREQ=WEEKLY;UNTIL=20261231T250000Z", NO_RULE),
        ("RRULE:FREQ=WEEKLY", NO_RULE),
        ("FREQ=WEEKLY BYDAY=TH", NO_RULE),
        ("DTSTART:20260101T000000Z\\nRRULE:FREQ=WEEKLY", NO_RULE),
        ("FREQ=YEARLY;BYEASTER=0", "„BYEASTER“ gibt es in einer Regel von iCalendar nicht"),
        ("FREQ=WEEKLY;BYWEEKDAY=TH", "„BYWEEKDAY“ gibt es in einer Regel von iCalendar nicht"),
    ],
)
def test_an_invalid_icalendar_rule_is_reported(show_root: Path, rule: str, told: str) -> None:
    with_feed_keys(show_root, RULE, rule)
    with pytest.raises(ConfigError) as caught:
        load_show(show_root)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        ("FREQ=WEEKLY;UNTIL=20261231T225900Z", True),
        ("FREQ=WEEKLY;COUNT=3", True),
        ("FREQ=HOURLY;INTERVAL=2;BYHOUR=9", True),
        ("FREQ=WEEKLY;UNTIL=20261231T225900", False),
        ("FREQ=WEEKLY;UNTIL=20261231", False),
        ("FREQ=HOURLY;INTERVAL=2;BYHOUR=8", False),
    ],
)
def test_a_rule_that_does_not_fit_its_start_is_reported(show_root: Path, rule: str, fits: bool) -> None:
    with_feed_keys(show_root, f'rrule = "{RULE}"', f'rrule = "{rule}"\ndtstart = 2026-01-01T09:00:00+01:00')
    if fits:
        assert load_show(show_root).update_frequency is not None
    else:
        with pytest.raises(ConfigError, match="rrule: passt nicht zu dtstart"):
            load_show(show_root)


def test_a_category_unknown_to_apple_is_reported_with_a_similar_one(show_root: Path) -> None:
    path = show_root / "episodes/show.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("Government", "Goverment"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"keine Kategorie von Apple Podcasts\. Meinten Sie „Government“"):
        load_show(show_root)


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("x" * 300, "title: hat 300 Zeichen; Podcast-Apps nehmen höchstens 255, also kürzen"),
        ("Glocke\\u0007", "Steuerzeichen enthalten (hier: U+0007)"),
        ("Strich\\u0096", "Steuerzeichen enthalten (hier: U+0096)"),
        ("Zeile\\u2028Zeile", "Steuerzeichen enthalten (hier: U+2028)"),
    ],
)
def test_a_title_that_apps_would_not_show_is_reported(show_root: Path, title: str, told: str) -> None:
    add_episode(show_root, 1, "eins", EPISODE.replace("Eine Folge", title))
    with pytest.raises(ConfigError) as caught:
        load_episode(show_root, "001-eins", load_show(show_root))
    assert told in str(caught.value)


@pytest.mark.parametrize("title", ["🚢👩🏽‍💻 an Bord", "ein ]]> und <b>", "x" * 255])
def test_other_titles_are_accepted_as_written(show_root: Path, title: str) -> None:
    add_episode(show_root, 1, "eins", EPISODE.replace("Eine Folge", title))
    assert load_episode(show_root, "001-eins", load_show(show_root)).title == title


def test_soundbites_pictures_and_corrections_of_an_episode_are_read_and_checked(show_root: Path) -> None:
    top, rest = EPISODE.split("[[speakers]]", 1)
    more = """\
corrected = 2026-02-01T08:00:00+01:00
[[soundbites]]
start = "1:00"
end = "1:30.5"
title = "Kurz"
[[locations]]
name = "Wismar"
[[chapters]]
start = "2:00"
title = "Karte"
image = "bilder/karte.jpg"
"""
    home = add_episode(show_root, 1, "eins", top + more + "[[speakers]]" + rest)
    show = load_show(show_root)
    episode = load_episode(show_root, "001-eins", show)
    assert (episode.soundbites[0].start_s, episode.soundbites[0].end_s) == (60.0, 90.5)
    assert [place.name for place in episode.locations] == ["Wismar"]
    assert [chapter.image for chapter in episode.chapters] == ["bilder/karte.jpg", ""]

    toml = home / "episode.toml"
    text = toml.read_text(encoding="utf-8").replace("1:30.5", "1:05").replace("2026-02-01", "2026-01-01")
    toml.write_text(text + '[[chapters]]\nstart = "3:00"\ntitle = "x"\nimage = "andere/karte.jpg"\n', encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_episode(show_root, "001-eins", show)
    for told in (
        "soundbites[1].end: ein Hörbeispiel dauert 15 bis 120 Sekunden",
        "corrected: berichtigt wird nach der Veröffentlichung",
        "ein anderes Bild heißt auch „karte.jpg“",
    ):
        assert told in str(caught.value)


def test_a_serial_show_numbers_its_episodes_from_1(show_root: Path) -> None:
    path = show_root / "episodes/show.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('"episodic"', '"serial"'), encoding="utf-8")
    add_episode(show_root, 0, "null")
    with pytest.raises(ConfigError, match="zählt ihre Folgen ab 1"):
        load_episode(show_root, "000-null", load_show(show_root))


def test_a_number_that_is_far_too_large_is_reported_as_such(show_root: Path) -> None:
    path = add_episode(show_root, 1, "eins") / "episode.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "\n[audio]\nchannels = 99999999999999999999\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"audio\.channels: die Zahl ist viel zu groß"):
        load_episodes(show_root, load_show(show_root))


def add_to_show(root: Path, text: str, *, top: str = "") -> None:
    path = root / "episodes/show.toml"
    path.write_text(f"{top}{path.read_text(encoding='utf-8')}\n{text}", encoding="utf-8")


def test_placeholders_in_lists_of_tables_are_named_by_their_position(show_root: Path) -> None:
    entry = '[[funding]]\nurl = "{}"\ntext = "Mithelfen"\n'
    add_to_show(show_root, entry.format("https://example.org/") + entry.format("https://hilfe.invalid/"))
    assert "funding[2].url" in load_show(show_root).placeholders


def test_one_channel_for_the_whole_show_lowers_the_target_by_three_lu(show_root: Path) -> None:
    path = show_root / "episodes/show.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("channels = 2", "channels = 1"), encoding="utf-8")
    assert load_show(show_root).audio.target_lufs == -19.0


def test_the_glossary_of_a_show_comes_from_its_own_file(show_root: Path) -> None:
    (show_root / "episodes/glossary.toml").write_text(
        'words = [" Breitband "]\nsafe = ["OZG"]\n[corrections]\n"O Z G" = "OZG"\nMeck = "MV"\n', encoding="utf-8"
    )
    glossary = load_show(show_root).glossary
    assert (glossary.words, glossary.safe) == (("Breitband",), ("OZG",))
    assert glossary.corrections == (("O Z G", "OZG"), ("Meck", "MV"))


def test_the_music_of_the_show_is_not_added_to_an_imported_episode(show_root: Path) -> None:
    add_to_show(show_root, '[assembly]\nintro = "anfang.wav"\noutro = "ende.wav"\n')
    own = add_episode(show_root, 1, "eins")
    imported = add_episode(show_root, 2, "zwei", "imported = true\n" + EPISODE + '[assembly]\noutro = "anders.wav"\n')
    (imported / "release.json").touch()
    show = load_show(show_root)
    first, second = (load_episode(show_root, home.name, show).assembly for home in (own, imported))
    assert (first.intro, first.outro) == ("anfang.wav", "ende.wav")
    assert (second.intro, second.outro) == ("", "anders.wav")


def test_a_further_format_listed_twice_is_made_once(show_root: Path) -> None:
    add_episode(show_root, 1, "eins", EPISODE + '[audio]\nfurther_formats = ["opus", "m4a", "opus"]\n')
    assert load_episode(show_root, "001-eins", load_show(show_root)).audio.further_formats == ("opus", "m4a")


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("[feed]\npage_size = 1001\n", "feed.page_size: höchstens 1000 ist erlaubt"),
        ("[assembly]\nbed_s = 0.5\n", "assembly.bed_s: mindestens 1.0 wird gebraucht"),
        ("[assembly]\nbed_s = nan\n", "assembly.bed_s: höchstens 300.0 ist erlaubt"),
        ('[theme]\nlogo = "logo.gif"\n', "theme.logo: ein Bild, dessen Name auf .svg oder .png endet"),
        ('[assembly]\nintro = "/tmp/x"\n', "assembly.intro: ein Dateiname innerhalb des Ordners"),
    ],
)
def test_an_impossible_setting_is_reported_by_its_key(show_root: Path, more: str, told: str) -> None:
    add_to_show(show_root, more)
    with pytest.raises(ConfigError) as caught:
        load_show(show_root)
    assert f": {told}" in str(caught.value)
    assert "1 Fehler" in str(caught.value)


@pytest.mark.parametrize("more", ["[feed]\npage_size = 1000\n", "[feed]\npage_size = 0\n", "[assembly]\nbed_s = 1\n"])
def test_values_at_the_bounds_are_allowed(show_root: Path, more: str) -> None:
    add_to_show(show_root, more)
    load_show(show_root)


def test_a_variable_bit_rate_is_read_and_no_longer_used(show_root: Path) -> None:
    """Browsers do not find moments in such MP3s; shows that asked for one still load, and `check` tells them why."""
    path = show_root / "episodes/show.toml"
    source = path.read_text(encoding="utf-8")
    assert "[audio]\n" in source
    path.write_text(source.replace("[audio]\n", "[audio]\nvbr = true\n"), encoding="utf-8")
    show = load_show(show_root)
    assert show.audio.vbr is False
    (finding,) = [finding for finding in check_show_file(show_root, show) if "vbr" in finding.text]
    assert finding.where.startswith("episodes/show.toml:")
