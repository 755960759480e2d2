"""How other programs read transcripts: small models of their rules, each with its source."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from html.parser import HTMLParser

MIN_SPAN_MS, MAX_SPAN_MS = 5000, 8000  # AntennaPod, TranscriptParser.java
_JAVA_WHITE = "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f "  # Character.isWhitespace below U+0100: no U+00A0


@dataclass(frozen=True)
class Shown:
    """What a reader shows, and under which name."""

    speaker: str
    text: str
    start_ms: int = 0
    end_ms: int = 0

    @property
    def words(self) -> list[str]:
        return self.text.split()


def browser_webvtt(text: str) -> list[Shown]:
    """WebVTT 6.1 (blocks) and 6.4 (cue text): tags vanish, an annotation names the voice, references are resolved."""
    assert text.startswith("WEBVTT\n")
    shown = []
    for block in re.split(r"\n{2,}", text.replace("\0", "\ufffd")):
        lines = block.strip("\n").split("\n")
        times = re.fullmatch(r"(\d\d+:\d\d:\d\d\.\d{3})[ \t]+-->[ \t]+(\d\d+:\d\d:\d\d\.\d{3})", lines[0])
        if times is None:
            assert "-->" not in block, "a browser would take this for a cue"
            continue
        payload = "\n".join(lines[1:])
        assert "-->" not in payload, "a browser would begin a new cue here"
        voice = re.match(r"<v[ \t]+([^>]*)>", payload)
        said = html.unescape(re.sub(r"<[^>]*>?", "", payload))
        name = " ".join(html.unescape(voice[1]).split()) if voice else ""
        shown.append(Shown(name, said, _ms(times[1]), _ms(times[2])))
    return shown


def antennapod_webvtt(text: str) -> list[Shown]:
    """VttTranscriptParser.java: a name without `&` and `>` in its tag; jsoup turns the lines, joined, into text."""
    shown: list[Shown] = []
    segment: Shown | None = None
    speaker = ""
    lines = iter(text.split("\n"))
    for line in lines:
        if "-->" not in line:
            continue
        start, end = (_ms(part.strip()) for part in line.split("-->"))
        body = []
        for payload_line in lines:
            if not payload_line:
                break
            body.append(payload_line.strip(_JAVA_WHITE))
        payload = " ".join(body)
        if found := re.search(r"<v(?:\.[^\t\n\r &<>.]+)*[ \t]([^\n\r&>]+)>", payload):
            speaker = found[1]
        said = _jsoup_text(payload)
        if segment and segment.speaker == speaker and end - segment.start_ms < MAX_SPAN_MS:
            segment = Shown(speaker, f"{segment.text} {said}", segment.start_ms, end)
        else:
            shown += [segment] if segment else []
            segment = Shown(speaker, said, start, end)
        if segment.end_ms - segment.start_ms >= MIN_SPAN_MS:
            shown.append(segment)
            segment = None
    return shown + ([segment] if segment else [])


def antennapod_srt(text: str) -> list[Shown]:
    """SrtTranscriptParser.java: lines joined by spaces; if they contain ": ", split at every ":", two parts kept."""
    shown: list[Shown] = []
    speaker, earlier, pending = "", "", ""
    span_start, start, end, duration = -1, -1, -1, 0
    lines = iter(text.split("\n"))
    for line in lines:
        if not line:
            continue
        span_end, body = end, ""
        if "-->" in line:
            start, end = (_ms(part.strip().replace(",", ".")) for part in line.split("-->"))
            span_start = start if span_start == -1 else span_start
            duration += end - start
            for payload_line in lines:
                if not payload_line.strip(" \t\n\f\r"):
                    break
                body += payload_line.strip(_JAVA_WHITE) + " "
        if ": " in body:
            parts = body.strip(_TRIMMED).split(":")
            while parts and not parts[-1]:
                parts.pop()  # Java drops empty parts at the end
            if len(parts) < 2:
                continue
            earlier, speaker = speaker, parts[0]
            body = parts[1].strip(_JAVA_WHITE)
            if earlier and speaker != earlier and pending:
                shown.append(Shown(earlier, pending, span_start, span_end))
                duration, span_start, pending = 0, start, body
                continue
        elif earlier and not speaker:
            speaker = earlier
        pending = f"{pending} {body}".strip(_TRIMMED)
        if duration >= MIN_SPAN_MS and end > span_start:
            shown.append(Shown(speaker, pending, span_start, end))
            duration, span_start, pending = 0, -1, ""
    if pending.strip() and end > span_start:
        shown.append(Shown(speaker, pending, span_start, end))
    return shown


_TRIMMED = "".join(map(chr, range(0x21)))  # String.trim


def antennapod_json(text: str) -> list[Shown]:
    """JsonTranscriptParser.java: sentences gathered until 5 s are full; a missing name repeats the last."""
    shown: list[Shown] = []
    segments = json.loads(text)["segments"]
    speaker, pending, duration = "", "", 0
    begin, end = -1, -1
    for index, segment in enumerate(segments):
        last_end = end
        start, end = (int(segment.get(key, -1) * 1000) for key in ("startTime", "endTime"))
        if start < 0 or end < 0:
            continue
        begin = start if begin == -1 else begin
        duration += end - start
        earlier, speaker = speaker, segment.get("speaker", "") or speaker
        if earlier != speaker and pending:
            shown.append(Shown(earlier, pending.strip(_TRIMMED), begin, last_end))
            begin, pending, duration = start, segment["body"], 0
            continue
        pending += " " + segment["body"]
        if duration >= MIN_SPAN_MS:
            following = segments[index + 1]["body"][:1] if index + 1 < len(segments) else ""
            if following and not following.isalnum() and duration < MAX_SPAN_MS:
                continue
            shown.append(Shown(speaker, pending.strip(_TRIMMED), begin, end))
            duration, pending, begin = 0, "", -1
    return shown + ([Shown(speaker, pending.strip(_TRIMMED), begin, end)] if pending.strip() else [])


def podcasting_json(text: str) -> list[Shown]:
    """transcripts.md: version and segments; a body is text, not markup."""
    data = json.loads(text)
    assert data["version"] == "1.0.0"
    return [
        Shown(entry.get("speaker", ""), entry["body"], round(entry["startTime"] * 1000), round(entry["endTime"] * 1000))
        for entry in data["segments"]
    ]


class Page(HTMLParser):
    """An HTML reader: text by paragraph, strong text separately; tags and attributes in their order."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.paragraphs: list[Shown] = []
        self.open: list[str] = []
        self._name = self._text = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        if tag == "p":
            self.paragraphs.append(Shown(self._name, self._text))
            self._name = self._text = ""

    def handle_data(self, data: str) -> None:
        if self.open[-1:] == ["strong"]:
            self._name += data
        elif self.open[-1:] == ["p"]:
            self._text += data
        elif not self.open:
            assert not data.strip(), "text outside of every paragraph"


def _jsoup_text(payload: str) -> str:
    """Jsoup.parse(…).text(): drops tags and invisible characters, resolves references, collapses white space."""
    said = html.unescape(re.sub(r"</?[A-Za-z][^>]*>|<[!?/][^>]*>", "", payload))
    return re.sub(r"[ \t\n\f\r\xa0]+", " ", re.sub("[\u200b\u00ad]", "", said)).strip()


def _ms(clock: str) -> int:
    hours, minutes, seconds = clock.split(":")
    return (int(hours) * 60 + int(minutes)) * 60_000 + round(float(seconds) * 1000)
