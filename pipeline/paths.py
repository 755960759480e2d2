"""The path of every file of a show. Names only: nothing is read or written here."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from pathlib import Path

_DEVICES = {"con", "prn", "aux", "nul", "conin$", "conout$"}  # Microsoft, "Naming Files, Paths, and Namespaces"
_DEVICES |= {f"{port}{sign}" for port in ("com", "lpt") for sign in "0123456789¹²³"}
_LONGEST_NAME = 150  # characters; file systems take 255 bytes, and a staged file's name is longer


def is_reserved(name: str) -> bool:
    """Whether Windows takes a name for a device, as in `con`, or in `nul.txt`: what follows a dot does not count."""
    return name.partition(".")[0].rstrip(" ").casefold() in _DEVICES


def same_file(name: str) -> str:
    """What the names of a file have in common where case and ways of writing umlauts make no difference."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


@dataclass(frozen=True)
class EpisodePaths:
    """The files of one episode. `folder` is its name, as in `007-breitband`.

    Paths that a large show asks for tens of thousands of times are joined once.
    """

    root: Path
    folder: str

    @cached_property
    def home(self) -> Path:
        return self.root / "episodes" / self.folder

    @cached_property
    def work(self) -> Path:
        return self.home / "work"

    @cached_property
    def release(self) -> Path:
        return self.home / "release.json"

    @property
    def episode_toml(self) -> Path:
        return self.home / "episode.toml"

    @property
    def shownotes_md(self) -> Path:
        return self.home / "shownotes.md"

    @property
    def words(self) -> Path:
        return self.home / "words.json"

    @property
    def draft(self) -> Path:
        return self.home / "draft.txt"

    @property
    def review(self) -> Path:
        """What people judged about what was heard (`values/review.py`)."""
        return self.home / "review.json"

    @property
    def transcript(self) -> Path:
        return self.root / "transcripts" / f"{self.folder}.txt"

    @property
    def kept_aside(self) -> Path:
        """Earlier versions of what people wrote."""
        return self.work / "gesichert"

    @property
    def chunks(self) -> Path:
        return self.work / "chunks"

    @property
    def timeline(self) -> Path:
        return self.work / "timeline.json"

    @property
    def recordings(self) -> Path:
        """What is wrong with the recordings, for the report."""
        return self.work / "recordings.json"

    @property
    def speakers(self) -> Path:
        return self.work / "speakers.json"

    @property
    def normalised(self) -> Path:
        return self.work / "normalised.flac"

    @property
    def normalise_report(self) -> Path:
        return self.work / "normalise.json"

    def encoded(self, name: str) -> Path:
        """The audio in the format `name`, without tags."""
        return self.work / f"encoded.{name}"

    @property
    def report(self) -> Path:
        return self.work / "report.json"

    @property
    def report_page(self) -> Path:
        """`report.json` and the speakers as a web page."""
        return self.work / "report.html"

    @property
    def retimed(self) -> Path:
        return self.work / "retimed.json"

    def tagged(self, name: str) -> Path:
        """The finished audio in the format `name`."""
        return self.work / f"{self.folder}.{name}"

    @property
    def new_audio_mark(self) -> Path:
        """There while `release --new-audio` works on the episode, and after it was killed."""
        return self.work / "new-audio"

    @property
    def candidate(self) -> Path:
        return self.work / "candidate.json"

    @property
    def moments(self) -> Path:
        return self.work / "moments.json"

    @property
    def notes_html(self) -> Path:
        return self.work / "shownotes.html"

    @property
    def notes_text(self) -> Path:
        return self.work / "shownotes.txt"


@dataclass(frozen=True, slots=True)
class SitePaths:
    """The files of the site in `feed/`, which is uploaded, or in `preview/`, which has the same layout."""

    home: Path

    @property
    def feed(self) -> Path:
        return self.home / "feed.xml"

    @property
    def index(self) -> Path:
        return self.home / "index.html"

    def file(self, relative: str) -> Path:
        """A file by its address relative to base_url, as in `audio/007-breitband.mp3`."""
        return self.home / relative

    def episode(self, folder: str) -> Path:
        return self.home / "folgen" / folder


@dataclass(frozen=True, slots=True)
class ShowPaths:
    """The files of the show as a whole."""

    root: Path

    @property
    def episodes(self) -> Path:
        return self.root / "episodes"

    @property
    def show_toml(self) -> Path:
        return self.episodes / "show.toml"

    @property
    def speakers_toml(self) -> Path:
        return self.episodes / "speakers.toml"

    @property
    def glossary_toml(self) -> Path:
        return self.episodes / "glossary.toml"

    @property
    def published(self) -> Path:
        """What subscribers last got: see `promises/gate.py`. Not in `feed/`, which is uploaded and may be deleted."""
        return self.episodes / "published.json"

    @property
    def work(self) -> Path:
        return self.episodes / ".work"

    @property
    def uploaded_mark(self) -> Path:
        """Its time is that of the last upload from this machine."""
        return self.work / "uploaded"

    @property
    def short_lock(self) -> Path:
        """The lock for reading, deciding and writing what people and several commands write (`build/swap.py`)."""
        return self.work / "short.lock"

    @property
    def kept_settings(self) -> Path:
        """The show and its episodes as their TOML files last said (`show/settings_cache.py`)."""
        return self.work / "settings.json"

    @property
    def voices(self) -> Path:
        """Remembered voices: for this machine's owner only, never in git."""
        return self.episodes / ".voices"

    def voice(self, name: str) -> Path:
        """The remembered voice of a person. Characters that file systems reject are escaped as in URLs, and names too
        long for them are cut: letters that are not Latin take six or more characters each."""
        escaped = quote(unicodedata.normalize("NFC", name), safe=" ")
        if is_reserved(escaped):
            escaped = f"%{ord(escaped[0]):X}{escaped[1:]}"
        if len(escaped) > _LONGEST_NAME:
            escaped = f"{escaped[:_LONGEST_NAME]}~{hashlib.sha256(escaped.encode('ascii')).hexdigest()[:16]}"
        return self.voices / f"{escaped}.json"

    def search_words(self, folder: str) -> Path:
        """The words by which the search finds an episode."""
        return self.work / "suche" / f"{folder}.txt"

    @property
    def transcripts(self) -> Path:
        return self.root / "transcripts"

    @property
    def feed(self) -> SitePaths:
        return SitePaths(self.root / "feed")

    @property
    def preview(self) -> SitePaths:
        return SitePaths(self.root / "preview")

    def episode(self, folder: str) -> EpisodePaths:
        return EpisodePaths(self.root, folder)
