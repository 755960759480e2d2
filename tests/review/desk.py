"""A small show with one episode that was heard, and a client that asks the review's server as the page does."""

from __future__ import annotations

import http.client
import json
import shutil
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from pipeline.audio.ffmpeg import encode_stream
from pipeline.paths import EpisodePaths, ShowPaths
from pipeline.values.audio import Source, Timeline
from pipeline.values.json_files import recognition_to_json, to_json
from pipeline.values.speech import Provenance, Recognition, RecognitionFinding, Segment, SpeakerMap, SpeakerSpan, Word

PROJECT = Path(__file__).parents[2]
FOLDER = "007-probe"
MOMENT = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
EPISODE = """\
number = 7
slug = "probe"
title = "Probe"
summary = "Eine Probe."
guid = "0b8e2b0c-7d0b-4a7e-9d62-000000000007"
draft = true
recording = "raw.wav"

[[speakers]]
name = "Tom Takt"
organisation = "Testwerk"
role = "host"

[[speakers]]
name = "Sina Silbe"
organisation = "Wortlabor"

[[chapters]]
start = "00:00:00"
title = "Anfang"
"""
TEXT = """\
Tom Takt:
Guten Tag und willkommen zu unserer kleinen Probe. Heute sprechen wir über das Hören.

Sina Silbe [Wortlabor]:
Vielen Dank für die Einladung. Ich freue mich sehr auf dieses Gespräch mit Ihnen.

Tom Takt:
Wie hört man eigentlich richtig zu? Das möchte ich gern wissen.
"""
SECONDS_PER_WORD = 0.5
Visits = Callable[..., AbstractContextManager[Any]]
"""Opens the page of a show in a browser."""


def spoken(text: str) -> list[str]:
    """The words below the labels."""
    lines = (line for line in text.splitlines() if not line.endswith(":"))
    return [word for line in lines for word in line.split()]


def recognised(words: Sequence[str], *, findings: Sequence[RecognitionFinding] = (), **odd: float) -> Recognition:
    """A recognition of these words, two a second; `odd` gives words other probabilities than 0.95."""
    timed = tuple(
        Word(
            text=word,
            start_s=place * SECONDS_PER_WORD,
            end_s=place * SECONDS_PER_WORD + 0.4,
            probability=odd.get(word.strip(".,?"), 0.95),
        )
        for place, word in enumerate(words)
    )
    provenance = Provenance(model="base", model_sha256="0", engine="x", versions=(), date="2026-03-01", demo=False)
    segment = Segment(start_s=timed[0].start_s, end_s=timed[-1].end_s, times="word", words=timed)
    return Recognition(fingerprint="f", provenance=provenance, segments=(segment,), findings=tuple(findings))


def make_show(
    root: Path,
    *,
    text: str | bytes = TEXT,
    recognition: Recognition | None = None,
    heard: bool = True,
    sound: bool = True,
) -> EpisodePaths:
    """Make the show; `heard` false leaves words.json out, `sound` false the finished sound."""
    paths = ShowPaths(root).episode(FOLDER)
    paths.work.mkdir(parents=True)
    paths.transcript.parent.mkdir()
    shutil.copy(PROJECT / "episodes/show.toml", root / "episodes/show.toml")
    paths.episode_toml.write_text(EPISODE, encoding="utf-8")
    paths.transcript.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    recognition = recognition or recognised(spoken(TEXT))
    duration_s = recognition.segments[-1].end_s + 0.1
    source = Source(file="raw.wav", sha256="a" * 64, duration_s=duration_s, sample_rate_hz=16000, channels=1)
    timeline = Timeline(sources=(source,), music=(), duration_s=duration_s)
    paths.timeline.write_text(to_json(timeline), encoding="utf-8")
    spans = (SpeakerSpan(start_s=0, end_s=7, speaker=0), SpeakerSpan(start_s=7, end_s=13, speaker=1))
    paths.speakers.write_text(to_json(SpeakerMap(method="clustering", count=2, spans=spans)), encoding="utf-8")
    if heard:
        paths.words.write_text(recognition_to_json(recognition), encoding="utf-8")
    if sound:
        write_sound(paths.normalised, duration_s)
    return paths


def write_sound(path: Path, duration_s: float, *options: str) -> None:
    """A tone that gets louder, in FLAC or as ffmpeg's `options` say."""
    times = np.arange(int(44_100 * duration_s), dtype=np.float32) / 44_100
    samples = (np.sin(2 * np.pi * 220 * times) * times / duration_s * 0.5)[:, None].astype(np.float32)
    encode_stream([samples], path, sample_rate_hz=44_100, channels=1, options=options or ("-c:a", "flac"))


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Page:
    """Asks like the page does; `address` ends in the token."""

    address: str
    tab: str = "tab-1"

    def ask(self, name: str, *, method: str = "GET", body: bytes | None = None, **headers: str | None) -> Answer:
        """Request `name` below the token, or a whole path; a header of None is left out."""
        parts = urlsplit(self.address)
        usual: dict[str, str | None] = {"Host": parts.netloc, "Sec-Fetch-Site": "same-origin"}
        if method in {"PUT", "POST", "DELETE"}:
            usual |= {"Origin": f"http://{parts.netloc}", "Content-Type": "application/json"}
        sent = {name.replace("_", "-").title(): value for name, value in headers.items()}
        connection = http.client.HTTPConnection(parts.netloc, timeout=60)
        path = name if name.startswith("/") else parts.path + name
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for key, value in {**usual, **sent}.items():
            if value is not None:
                connection.putheader(key, value)
        if body is not None and "Content-Length" not in sent:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return Answer(status=answer.status, headers=answer.headers, body=content)

    def state(self) -> Any:
        return self.ask(f"state.json?tab={self.tab}").json

    def send(self, method: str, address: str, **value: object) -> Answer:
        return self.ask(address, method=method, body=json.dumps(value).encode("utf-8"))

    def put(self, base: str, *edits: tuple[int, int, list[str]], **more: object) -> Answer:
        """Save edits (first, last, lines) of the text `base`."""
        listed = [{"first": first, "last": last, "lines": lines} for first, last, lines in edits]
        return self.send("PUT", "text", base=base, tab=self.tab, edits=listed, **more)
