"""Downloads are counted as the IAB says, in logs whose downloads are known, and no address is kept."""

from __future__ import annotations

import gzip
import re
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browsers import launched, new_context
from click.testing import CliRunner
from made_logs import (
    BERLIN,
    ENOUGH,
    FOLDERS,
    KBPS,
    PROGRAMS,
    ROBOTS,
    SECONDS,
    SIZE,
    MadeLog,
    combined,
    made_log,
    s3,
    text_of,
)

from pipeline.cli.main import cli
from pipeline.errors import DamagedFileError
from pipeline.paths import ShowPaths
from pipeline.stats.agents import family_of
from pipeline.stats.counting import AudioFile, Counts, count_downloads, enough_bytes
from pipeline.stats.lines import Request, parse_line
from pipeline.stats.logs import Reading, requests_of
from pipeline.stats.page import render_page
from pipeline.stats.table import merged, parse_table, render_table
from pipeline.values.json_files import to_json
from pipeline.values.published import Enclosure, Release

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MONDAY = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PHONE = "AntennaPod/3.4.1"
BROWSER = next(agent for agent, name in PROGRAMS.items() if name == "Browser")


def find(path: str) -> AudioFile | None:
    folder = path.rpartition("/")[2].removesuffix(".mp3")
    return AudioFile(folder=folder, path=path, enough_bytes=ENOUGH) if folder in FOLDERS else None


def counted(log: MadeLog | Iterable[Request]) -> Counts:
    requests = (parse_line(combined(entry)) for entry in log.entries) if isinstance(log, MadeLog) else log
    return count_downloads((one for one in requests if one is not None), find=find, zone=BERLIN)


def number(log: MadeLog) -> int:
    return counted(log).downloads.total()


def in_files(tmp_path: Path, log: MadeLog, files: int = 1, zone: timezone = UTC) -> list[Path]:
    """The log, rotated into files as logrotate names them, the older ones compressed."""
    size = -(-len(log.entries) // files)
    paths = []
    for at in range(files):
        text = text_of(combined(entry, zone) for entry in log.entries[at * size : (at + 1) * size])
        age = files - 1 - at
        path = tmp_path / ("access.log" if age == 0 else f"access.log.{age}.gz")
        path.write_bytes(text if age == 0 else gzip.compress(text))
        paths.append(path)
    return paths


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("render", [combined, s3, lambda entry: combined(entry, host="podcast.beispiel.de:443 ")])
def test_a_made_log_has_exactly_its_downloads_in_every_format(seed: int, render: object) -> None:
    log = made_log(seed)
    lines = [
        render(
            entry,
        )
        for entry in log.entries
    ]  # type: ignore[operator]
    counts = counted([request for line in lines if (request := parse_line(line)) is not None])
    assert counts.requests == len(log.entries)
    assert counts.downloads == log.downloads
    assert counts.programs == log.programs


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=-5)), timezone(timedelta(hours=5, minutes=30))])
def test_the_zone_of_the_server_and_the_order_of_files_do_not_matter(tmp_path: Path, zone: timezone) -> None:
    log = made_log(7)
    files = in_files(tmp_path, log, files=3, zone=zone)
    reading = Reading()
    counts = counted(requests_of(files[::-1], reading))
    assert counts.downloads == log.downloads
    assert reading.lines == len(log.entries)
    assert reading.torn == 0


def test_two_servers_that_share_the_requests_are_counted_as_one(tmp_path: Path) -> None:
    log = made_log(8)
    paths = [tmp_path / "eins.log", tmp_path / "zwei.log"]
    for at, path in enumerate(paths):
        path.write_bytes(text_of(map(combined, log.entries[at::2])))
    assert counted(requests_of(paths, Reading())).downloads == log.downloads


def test_torn_lines_are_counted_and_nothing_else_is_lost(tmp_path: Path) -> None:
    log = made_log(9)
    path = in_files(tmp_path, log)[0]
    whole = path.read_bytes().splitlines(keepends=True)
    torn = [
        whole[3][: len(whole[3]) // 2] + b"\n",
        b"\x00\x00\x00\n",
        b"A" * 200_000 + b"\n",
        b"10.0.0.1 - - [99/Xyz\n",
    ]
    path.write_bytes(b"".join([*whole[:50], *torn, b"\n", *whole[50:]]))
    reading = Reading()
    assert counted(requests_of([path], reading)).downloads == log.downloads
    assert (reading.lines, reading.torn) == (len(whole) + 4, 4)


def test_a_compressed_log_that_breaks_off_counts_up_to_there_and_is_named(tmp_path: Path) -> None:
    log = made_log(10)
    packed = gzip.compress(text_of(map(combined, log.entries)))
    path = tmp_path / "access.log.1.gz"
    path.write_bytes(packed[: len(packed) // 2])
    reading = Reading()
    found = counted(requests_of([path], reading)).downloads
    assert 0 < found.total() < log.downloads.total()
    assert reading.broken == (path,)


@pytest.mark.parametrize(
    ("pieces", "downloads"),
    [
        ((ENOUGH,), 1),
        ((ENOUGH - 1,), 0),  # 59.99 seconds and the tag
        ((ENOUGH // 2, ENOUGH - ENOUGH // 2), 1),
        ((2, 2, 2), 0),
        ((SIZE, SIZE, SIZE), 1),
    ],
)
def test_a_minute_of_audio_is_a_download_however_it_was_fetched(pieces: tuple[int, ...], downloads: int) -> None:
    log = MadeLog()
    log.add(MONDAY, "192.0.2.1", PHONE, FOLDERS[0], *pieces)
    assert number(log) == downloads


@pytest.mark.parametrize(("later", "downloads"), [(timedelta(hours=24, seconds=-1), 1), (timedelta(hours=24), 2)])
def test_the_window_has_24_hours(later: timedelta, downloads: int) -> None:
    log = MadeLog()
    for moment in (MONDAY, MONDAY + later):
        log.add(moment, "192.0.2.1", PHONE, FOLDERS[0], SIZE)
    assert number(log) == downloads


@pytest.mark.parametrize(
    ("other", "downloads"),
    [
        (("192.0.2.1", PHONE, FOLDERS[0]), 1),
        (("192.0.2.2", PHONE, FOLDERS[0]), 2),
        (("192.0.2.1", BROWSER, FOLDERS[0]), 2),
        (("192.0.2.1", PHONE, FOLDERS[1]), 2),
        (("::ffff:192.0.2.1", PHONE, FOLDERS[0]), 1),
    ],
)
def test_address_program_and_episode_tell_downloads_apart(other: tuple[str, str, str], downloads: int) -> None:
    log = MadeLog()
    log.add(MONDAY, "192.0.2.1", PHONE, FOLDERS[0], SIZE)
    log.add(MONDAY + timedelta(hours=1), *other, SIZE)
    assert number(log) == downloads


@pytest.mark.parametrize(("second", "downloads"), [("2001:db8:1:2:ffff::9", 1), ("2001:db8:1:3::1", 2)])
def test_an_ipv6_address_counts_by_its_first_64_bits(second: str, downloads: int) -> None:
    log = MadeLog()
    for address in ("2001:db8:1:2::1", second):
        log.add(MONDAY, address, PHONE, FOLDERS[0], SIZE)
    assert number(log) == downloads


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 1, 31, 22, 59, 59, tzinfo=UTC), date(2026, 1, 31)),
        (datetime(2026, 1, 31, 23, 0, tzinfo=UTC), date(2026, 2, 1)),
        (datetime(2026, 7, 31, 22, 0, tzinfo=UTC), date(2026, 8, 1)),
    ],
)
def test_a_day_is_one_in_germany(moment: datetime, day: date) -> None:
    log = MadeLog()
    log.add(moment, "192.0.2.1", PHONE, FOLDERS[0], SIZE)
    assert counted(log).downloads == {(FOLDERS[0], day): 1}


@pytest.mark.parametrize("agent", ROBOTS)
def test_programs_without_people_do_not_count(agent: str) -> None:
    assert family_of(agent) is None


@pytest.mark.parametrize(("agent", "family"), PROGRAMS.items())
def test_apps_are_told_apart(agent: str, family: str) -> None:
    assert family_of(agent) == family


def test_a_log_without_programs_is_counted_by_address() -> None:
    line = '192.0.2.1 - - [23/Nov/2026:12:00:00 +0100] "GET /audio/001-anfang.mp3 HTTP/1.1" 200 90000000'
    request = parse_line(line)
    assert request is not None
    assert counted([request, request]).programs == {("nicht genannt", date(2026, 11, 23)): 1}


@pytest.mark.parametrize(
    ("size", "seconds", "kbps", "enough"),
    [
        (SIZE, SECONDS, KBPS, ENOUGH),
        (6_000_000, 600, None, 600_000),  # a variable rate: its average
        (6_000_000, 600, 256, 600_000),  # the setting was changed since
        (500_000, 40, 96, 500_000),  # shorter than a minute: all of it
        (6_000_000, 0, None, 6_000_000),
        (0, 600, None, None),
    ],
)
def test_what_comes_before_the_audio_is_no_minute_of_it(
    size: int, seconds: float, kbps: int | None, enough: int | None
) -> None:
    assert enough_bytes(size_bytes=size, duration_s=seconds, bitrate_kbps=kbps) == enough


def test_a_file_of_unknown_size_counts_when_it_was_fetched_whole() -> None:
    requests = [parse_line(line) for line in _of_status((206, 200))]
    unknown = AudioFile(folder="001-anfang", path="", enough_bytes=None)
    counts = count_downloads([one for one in requests if one], find=lambda _: unknown, zone=BERLIN)
    assert counts.downloads.total() == 1
    assert count_downloads([requests[0]], find=lambda _: unknown, zone=BERLIN).downloads.total() == 0  # type: ignore[list-item]


def _of_status(statuses: Iterable[int]) -> Iterator[str]:
    for status in statuses:
        yield f'192.0.2.1 - - [23/Nov/2026:12:00:00 +0100] "GET /x.mp3 HTTP/1.1" {status} 5000 "-" "{PHONE}"'


def test_memory_does_not_grow_with_the_log() -> None:
    def requests(count: int) -> Iterator[Request]:
        for at in range(count):  # each from another address, over 90 days
            yield Request(at * 90 * 86_400 / count, f"2001:db8:{at:x}::1", "GET", "/001-anfang.mp3", 200, SIZE, PHONE)

    counts = counted(requests(40_000))
    assert counts.downloads.total() == 40_000
    assert 0 < counts.most_windows < 11_000


def test_tables_survive_a_round_trip_and_a_spreadsheet(tmp_path: Path) -> None:
    counts = made_log(1).downloads
    text = render_table(counts, name="Folge")
    assert parse_table(text, path=tmp_path) == counts
    assert text.startswith("\ufeffFolge;Tag;Downloads\n")
    saved = re.sub(r"(\d{4})-(\d\d)-(\d\d)", r"\3.\2.\1", text)
    assert parse_table(saved, path=tmp_path) == counts
    with pytest.raises(DamagedFileError, match="Zeile 2 ist keine Zahl"):
        parse_table("Folge;Tag;Downloads\n001;gestern;drei\n", path=tmp_path)


def test_days_that_were_counted_before_stay() -> None:
    days = [date(2026, 11, day) for day in range(23, 28)]
    before = {("001", days[0]): 5, ("001", days[1]): 5, ("001", days[2]): 2}
    now = {(name, day): 7 for name in ("001", "002") for day in days[1:]}
    together = merged(before, now, sure_from=days[3])  # the new log begins on the second day
    assert (
        together
        == {
            ("001", days[0]): 5,
            ("001", days[1]): 5,  # known to its end, while the new log may have cut a window
            **{(name, day): 7 for name in ("001", "002") for day in days[2:]},
        }
    )
    assert merged({}, now, sure_from=days[3]) == now


@pytest.fixture
def show(tmp_path: Path) -> Path:
    """A show with three published episodes and nothing else."""
    project = Path(__file__).parents[2]
    (tmp_path / "episodes").mkdir()
    (tmp_path / "episodes/show.toml").write_bytes((project / "episodes/show.toml").read_bytes())
    for number_, folder in enumerate(FOLDERS, start=1):
        paths = ShowPaths(tmp_path).episode(folder)
        paths.home.mkdir()
        paths.episode_toml.write_text(
            f'number = {number_}\nslug = "{folder[4:]}"\ntitle = "Folge <{number_}>"\nsummary = "Eine Probe."\n'
            f'guid = "0b8e2b0c-7d0b-4a7e-9d62-00000000000{number_}"\npublished = 2026-01-05T06:00:00+01:00\n'
            'recording = "raw.wav"\n[[speakers]]\nname = "Klara Klang"\n',
            encoding="utf-8",
        )
        release = Release(
            guid=f"0b8e2b0c-7d0b-4a7e-9d62-00000000000{number_}",
            enclosure=Enclosure(
                path=f"audio/{folder}.mp3",
                media_type="audio/mpeg",
                size_bytes=SIZE,
                duration_s=SECONDS,
                sha256="0" * 64,
            ),
            published=datetime(2026, 1, 5, 5, tzinfo=UTC),
            slug=folder[4:],
            number=number_,
            season=None,
            episode_type="full",
            title=f"Folge <{number_}>",
        )
        paths.release.write_text(to_json(release), encoding="utf-8")
    return tmp_path


def run(show: Path, *arguments: str) -> str:
    ended = CliRunner().invoke(cli, ["--root", str(show), "stats", *arguments], catch_exceptions=False)
    assert ended.exit_code == 0, ended.output
    return ended.output


def test_the_verb_counts_writes_tables_and_a_page_and_keeps_no_address(show: Path, tmp_path: Path) -> None:
    log = made_log(3)
    (tmp_path / "logs").mkdir()
    in_files(tmp_path / "logs", log, files=2)
    said = run(show, "logs/access.log*")
    assert f"Gelesen: {len(log.entries)} Zeilen, davon {len(log.entries)} Abrufe von Folgen" in said
    assert "nicht gezählt, Programme ohne Menschen" in said
    assert f"Downloads in diesen Logs: {log.downloads.total()}, insgesamt: {log.downloads.total()}" in said
    written = {path.name: path.read_text(encoding="utf-8") for path in (show / "statistik").iterdir()}
    assert set(written) == {"downloads.csv", "programme.csv", "index.html"}
    assert parse_table(written["downloads.csv"], path=show) == log.downloads
    assert parse_table(written["programme.csv"], path=show) == log.programs
    assert "Folge &lt;1&gt;" in written["index.html"]
    everything = said + "".join(written.values())
    for address in {entry.address for entry in log.entries}:
        assert address not in everything
    assert not re.search(r"\d+\.\d+\.\d+\.\d+|[0-9a-f]{1,4}:[0-9a-f]{0,4}:|[0-9a-f]{32}", everything)
    again = run(show, "logs/access.log")  # a part of them once more
    assert f"insgesamt: {log.downloads.total()}" in again
    assert parse_table((show / "statistik/downloads.csv").read_text(encoding="utf-8"), path=show) == log.downloads


def test_what_is_wrong_is_said_in_german(show: Path) -> None:
    for arguments, told in (([], "Welche Logs"), (["nirgends.log"], "Dieses Log gibt es nicht")):
        ended = CliRunner().invoke(cli, ["--root", str(show), "stats", *arguments])
        assert told in str(ended.exception)
    other = re.sub(r"audio/\d+", "audio/009", combined(made_log(1).entries[0]))
    (show / "anderes.log").write_text(f"nur Text\n{other}\n", encoding="utf-8")
    said = run(show, "anderes.log", "--to", "zahlen")
    assert "zerrissen oder nicht zu lesen: 1 Zeile; sie fehlt" in said
    assert "Darin ist kein Abruf einer Folge" in said
    assert (show / "zahlen/index.html").exists()


def test_an_earlier_recording_counts_for_its_episode(show: Path) -> None:
    entry = made_log(1).entries[0]
    line = combined(entry).replace(f"{entry.folder}.mp3", f"{entry.folder}.v2.mp3")
    (show / "a.log").write_text(re.sub(r'" \d{3} \d+ ', f'" 200 {SIZE} ', line) + "\n", encoding="utf-8")
    assert "davon 1 Abrufe" in run(show, "a.log")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing_on_the_page_and_nothing_scrolls_sideways(tmp_path: Path, scheme: str, width: int) -> None:
    from axe_playwright_python.sync_playwright import Axe

    log = made_log(2, downloads=400)
    page_text = render_page(log.downloads, log.programs, show="Mehr & <Ton>", titles=dict.fromkeys(FOLDERS, "<Titel>"))
    assert "http" not in page_text.replace("http-equiv", "")
    (tmp_path / "index.html").write_text(page_text, encoding="utf-8")
    with launched() as browser:
        page = new_context(browser, width=width, scheme=scheme, bypass_csp=True).new_page()
        page.goto((tmp_path / "index.html").as_uri())
        page.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert Axe().run(page).response["violations"] == []
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_the_plot_of_a_year_has_a_bar_for_each_week() -> None:
    start = date(2026, 1, 1)
    counts = {("001-anfang", start + timedelta(days=at)): 1 for at in range(365)}
    page = render_page(counts, {("Spotify", start): 365}, show="Ton", titles={})
    assert "Downloads je Woche, 53 Balken, höchstens 7" in page
    assert "in den ersten 7 Tagen" in page
    assert "Noch keine Downloads" in render_page({}, {}, show="Ton", titles={})
