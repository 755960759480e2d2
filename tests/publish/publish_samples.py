"""A show, an episode and an item to vary, and small real MP3 files and covers; nobody in them exists."""

from __future__ import annotations

import io
import subprocess
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import imageio_ffmpeg
from PIL import Image

from pipeline.values.audio import AudioSettings
from pipeline.values.feed_tags import ContentLink, Season, SocialPost
from pipeline.values.published import AlternateEnclosure, Enclosure, Item, ShowNotes
from pipeline.values.show import (
    Chapter,
    Episode,
    FeedSettings,
    FeedText,
    Funding,
    LegalLinks,
    Location,
    Owner,
    Show,
    Soundbite,
    Speaker,
    SpeechSettings,
    UpdateFrequency,
)
from pipeline.values.transcript import Paragraph, Sentence, TimedWord, Transcript, Turn

if TYPE_CHECKING:
    from pathlib import Path

SUMMER = timezone(timedelta(hours=2))

SHOW = Show(
    title="Küstenfunk & Söhne",
    subtitle="Ein erfundener Podcast",
    description="Gespräche über erfundene Dinge <an der Küste>.",
    author="Erfundene Redaktion",
    owner=Owner(name="Erfundene Redaktion", email="podcast@example.org"),
    language="de",
    category="Government",
    explicit=False,
    base_url="https://example.org/podcast/",
    cover="cover.jpg",
    copyright="© 2026 Erfundene Redaktion",
    license="cc-by-4.0",
    license_url="https://creativecommons.org/licenses/by/4.0/deed.de",
    locked=True,
    podcast_type="episodic",
    legal=LegalLinks(
        imprint="https://example.org/impressum",
        privacy="https://example.org/datenschutz",
        accessibility="https://example.org/barrierefreiheit",
        report_barrier="https://example.org/barriere",
    ),
)

HOST = Speaker(name="Stimme Eins", slug="stimme-eins", role="host", url="https://example.org/eins")
GUEST = Speaker(name="Stimme Zwei", slug="stimme-zwei", organisation="Werft & Co")

EPISODE = Episode(
    folder="007-breitband",
    slug="breitband",
    title="Breitband für „alle“ <jetzt> & später",
    summary="Worum es geht: schnelle Leitungen.",
    guid="3f0f8c1e-5a52-4c58-9a3e-0a7a5f6f2b11",
    published=datetime(2026, 5, 31, 6, 0, tzinfo=SUMMER),
    draft=False,
    example=False,
    number=7,
    season=2,
    episode_type="full",
    speakers=(HOST, GUEST),
    recording="raw.flac",
    tracks=(),
    chapters=(
        Chapter(start_s=0.0, title="Begrüßung"),
        Chapter(start_s=1.4, title="Ein Kapitel mit einem wirklich sehr langen Titel 🚢", url="https://example.org/k2"),
        Chapter(start_s=3.0, title="Ende"),
    ),
    not_labels=(),
    cover="",
    audio=AudioSettings(),
    speech=SpeechSettings(),
)

TRANSCRIPT = Transcript(
    level="word",
    demo=False,
    model="small",
    turns=(
        Turn(
            speaker="Stimme Eins",
            organisation="",
            paragraphs=(Paragraph(sentences=(Sentence(words=(TimedWord(text="Moin.", start_s=0.1, end_s=0.5),)),)),),
        ),
    ),
)


FULL_SHOW = replace(
    SHOW,
    copyright="Erfundene Redaktion",
    category="Society & Culture",
    subcategory="Places & Travel",
    cover_alt="Ein gezeichneter Leuchtturm",
    funding=(Funding(url="https://example.org/mithelfen", text="Mithelfen"),),
    locations=(
        Location(name="Erfundene Küste", geo="geo:54.1,12.1", osm="R113314", country="DE"),
        Location(name="Erfundenes Studio", rel="creator"),
    ),
    update_frequency=UpdateFrequency(
        text="Jeden zweiten Donnerstag",
        rrule="FREQ=WEEKLY;INTERVAL=2;BYDAY=TH",
        dtstart=datetime(2026, 1, 1, 6, 0, tzinfo=SUMMER),
    ),
    txt=(FeedText(text="05124", purpose="applepodcastsverify"), FeedText(text="frei")),
    feed=FeedSettings(new_feed_url="https://neu.example.org/feed.xml", trailers=True),
    cover_width_px=3000,
    social=(SocialPost(protocol="disabled"),),
    seasons=(Season(number=1, name="Anfänge"), Season(number=2, name="Netze & mehr")),
)
"""A show with every setting that the feed can express."""

FULL_EPISODE = replace(
    EPISODE,
    cover="bild.png",
    cover_alt="Ein gezeichnetes Kabel",
    corrected=datetime(2026, 7, 1, 8, 30, tzinfo=SUMMER),
    chapters=(*EPISODE.chapters[:2], replace(EPISODE.chapters[2], image="bilder/ende.jpg")),
    soundbites=(Soundbite(start_s=1.0, end_s=20.5, title="Kurz gesagt"), Soundbite(start_s=2.0, end_s=30.0)),
    locations=(Location(name="Erfundene Werft", geo="geo:54.15,12.1", rel="subject"),),
    cover_width_px=1400,
    content_links=(ContentLink(url="https://example.org/video", text="Als Video, mit Gebärdensprache"),),
    social=(
        SocialPost(
            protocol="activitypub",
            url="https://example.org/@funk/1",
            account="@funk@example.org",
            account_url="https://example.org/@funk",
        ),
        SocialPost(protocol="atproto", url="https://bsky.example/profile/x/post/y"),
    ),
)

FULL_ENCLOSURE = Enclosure(
    path="audio/007-breitband.mp3",
    media_type="audio/mpeg",
    size_bytes=960_000,
    duration_s=60.0,
    sha256="0" * 64,
    alternates=(
        AlternateEnclosure(
            path="audio/007-breitband.m4a", media_type="audio/mp4", size_bytes=480_000, sha256="00ff" * 16
        ),
    ),
)


def episode(**changes: Any) -> Episode:
    return replace(EPISODE, **changes)


def show(**changes: Any) -> Show:
    return replace(SHOW, **changes)


def item(of: Episode = EPISODE, **changes: Any) -> Item:
    plain = Item(
        episode=of,
        guid=of.guid,
        enclosure=Enclosure(
            path=f"audio/{of.folder}.mp3", media_type="audio/mpeg", size_bytes=81_234, duration_s=4.6, sha256="0" * 64
        ),
        published=of.published,
        notes=ShowNotes(html="<p>Mehr dazu.</p>\n", text="Worum es geht: schnelle Leitungen.\n\nMehr dazu.\n"),
        transcript=TRANSCRIPT,
    )
    return replace(plain, **changes)


def make_mp3(path: Path, *, seconds: float = 4.6, id3: bool = False) -> Path:
    """A sine through the real encoder; with `id3` it has tags that are not ours."""
    tags = ["-metadata", "title=fremd", "-write_id3v1", "1"] if id3 else ["-id3v2_version", "0"]
    source = f"sine=frequency=330:sample_rate=44100:duration={seconds}"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", source, "-b:a", "64k", *tags]
    subprocess.run([*command, "-y", str(path)], check=True)
    return path


def make_cover(path: Path, *, size: tuple[int, int] = (1400, 1400), mode: str = "RGB") -> Path:
    """A cover of soft colours, so that the file is small."""
    Image.linear_gradient("L").resize(size).convert(mode).save(path)
    return path


def jpeg(side_px: int = 64) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (side_px, side_px), (10, 90, 130)).save(buffer, "JPEG")
    return buffer.getvalue()
