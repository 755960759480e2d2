"""Counts the downloads of a show in the logs of its web server, and adds them to what was counted before."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from pipeline.build.files import read_text, write_text
from pipeline.errors import MissingFileError
from pipeline.promises.finished import finished_episodes
from pipeline.show.settings_cache import load_episodes, load_show
from pipeline.stats.counting import WINDOW_S, AudioFile, count_downloads, enough_bytes
from pipeline.stats.logs import Reading, requests_of
from pipeline.stats.page import render_page
from pipeline.stats.table import merged, parse_table, render_table
from pipeline.values.dates import german_zone

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator, Sequence
    from datetime import date

    from pipeline.promises.finished import FinishedEpisode
    from pipeline.stats.counting import Counts
    from pipeline.workflow.session import Session

DOWNLOADS, PROGRAMS, PAGE = "downloads.csv", "programme.csv", "index.html"

_VERSION = re.compile(r"\.v\d+(?=\.)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What was counted in these logs, what was read, and all downloads so far, with the folder that has them."""

    counts: Counts
    reading: Reading
    total: int
    folder: Path


def count(session: Session, logs: Sequence[str], folder: Path) -> Counted:
    """Count the downloads in `logs` (files; `*` and `?` as in a shell), and write two tables and a page to `folder`.

    Days that were counted before stay (`merged`). Raises MissingFileError if a log or
    an episode is missing, DamagedFileError if a table of `folder` is none, and StorageError.
    """
    files = tuple(_files(session.root, logs))
    show = load_show(session.root)
    entries = finished_episodes(session.root, load_episodes(session.root, show))
    audio = {file.path.rpartition("/")[2]: file for entry in entries for file in _audio(entry)}
    if not audio:
        raise MissingFileError(
            "Es gibt noch keine fertige Folge, deren Downloads zu zählen wären.",
            where=session.paths.episodes,
            advice="Erst eine Folge veröffentlichen; die Logs bleiben dafür gültig.",
        )
    before = [_table(folder / name) for name in (DOWNLOADS, PROGRAMS)]
    reading = Reading()
    counts = count_downloads(requests_of(files, reading), find=lambda path: _find(path, audio), zone=german_zone())
    sure_from = datetime.fromtimestamp((counts.first_s or 0.0) + WINDOW_S, german_zone()).date() + timedelta(days=1)
    downloads, programs = (
        merged(old, new, sure_from=sure_from)
        for old, new in zip(before, (counts.downloads, counts.programs), strict=True)
    )
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / DOWNLOADS, render_table(downloads, name="Folge"))
    write_text(folder / PROGRAMS, render_table(programs, name="Programm"))
    titles = {entry.episode.folder: entry.episode.title for entry in entries}
    page = render_page(downloads, programs, show=show.title, titles=titles)
    write_text(folder / PAGE, page)
    return Counted(counts=counts, reading=reading, total=sum(downloads.values()), folder=folder)


def _files(root: Path, logs: Sequence[str]) -> Iterator[Path]:
    for log in dict.fromkeys(logs):
        path = root / Path(log).expanduser()
        found = [path] if path.is_file() else sorted(one for one in path.parent.glob(path.name) if one.is_file())
        if not found:
            raise MissingFileError(
                "Dieses Log gibt es nicht.",
                where=path,
                advice="Den Namen prüfen; nginx legt Logs nach /var/log/nginx/, Apache nach /var/log/apache2/.",
            )
        yield from found


def _audio(entry: FinishedEpisode) -> Iterator[AudioFile]:
    """The files of an episode, by the ends of their addresses."""
    enclosure, episode = entry.enclosure, entry.episode
    for file in enclosure.files:
        is_ours = file is enclosure and not enclosure.is_elsewhere and file.path.endswith(".mp3")
        yield AudioFile(
            folder=episode.folder,
            path=unquote(urlsplit(file.path).path) if "://" in file.path else file.path,
            enough_bytes=enough_bytes(
                size_bytes=file.size_bytes,
                duration_s=enclosure.duration_s,
                bitrate_kbps=episode.audio.bitrate_kbps if is_ours and not episode.imported else None,
            ),
        )


def _find(path: str, audio: dict[str, AudioFile]) -> AudioFile | None:
    """The file at the path; an earlier recording of an episode (`….v2.mp3`) counts for the present one."""
    name = PurePosixPath(path).name
    file = audio.get(name)
    if file is None and name.endswith((".mp3", ".m4a", ".opus")):
        plain = _VERSION.sub("", name)
        file = next((one for known, one in audio.items() if _VERSION.sub("", known) == plain), None)
    if file is None or PurePosixPath(path).parent.name != PurePosixPath(file.path).parent.name:
        return None
    return file


def _table(path: Path) -> Counter[tuple[str, date]]:
    return parse_table(read_text(path) if path.exists() else "", path=path)
