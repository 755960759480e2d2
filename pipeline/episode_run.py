"""What each step of an episode does: read its files, call its room, write its outputs where the workbench says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.errors import MissingFileError
from pipeline.files import read_text, write_text
from pipeline.formats import from_json, recognition_from_json, recognition_to_json, to_json
from pipeline.model import AudioReport, NormaliseReport, Notice, Release, SpeakerMap, Timeline, Transcript

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from pipeline.build import Workbench
    from pipeline.model import Episode, Listener, Recognition, Show
    from pipeline.paths import EpisodePaths
    from pipeline.transcript.editorial import Manuscript


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The episode that the steps work on. `today` only enters provenance."""

    root: Path
    paths: EpisodePaths
    show: Show
    episode: Episode
    today: date


def recordings(episode: Episode) -> tuple[str, ...]:
    """The files of the recordings, relative to the episode's folder."""
    return (episode.recording,) if episode.recording else tuple(track.file for track in episode.tracks)


def sources(episode: Episode) -> tuple[tuple[str, int | None, float], ...]:
    """The recordings as (file, index of the speaker or None for a mixed recording, offset in seconds)."""
    if episode.recording:
        return ((episode.recording, None, 0.0),)
    names = [speaker.name for speaker in episode.speakers]
    return tuple((track.file, names.index(track.speaker), track.offset_s) for track in episode.tracks)


def cover(root: Path, show: Show, episode: Episode) -> Path:
    """The episode's own cover, else the show's."""
    return root / "episodes" / episode.folder / episode.cover if episode.cover else root / "episodes" / show.cover


def assemble(work: Work, bench: Workbench) -> None:
    from pipeline.audio.assemble import assemble as assemble_recordings  # noqa: PLC0415

    timeline = assemble_recordings(work.paths.home, sources(work.episode), listener=bench.listen)
    write_text(bench[work.paths.timeline], to_json(timeline))


def find_speakers(work: Work, bench: Workbench) -> None:
    from pipeline.speech.speakers import find_speakers as find  # noqa: PLC0415

    timeline = from_json(Timeline, read_text(work.paths.timeline))
    speakers = find(timeline, work.paths.home, len(work.episode.speakers), listener=bench.listen)
    write_text(bench[work.paths.speakers], to_json(speakers))


def normalise(work: Work, bench: Workbench) -> None:
    from pipeline.audio.normalise import normalise as level  # noqa: PLC0415

    timeline = from_json(Timeline, read_text(work.paths.timeline))
    flac = bench[work.paths.normalised]
    report = level(timeline, work.paths.home, work.episode.audio, flac, listener=bench.listen)
    write_text(bench[work.paths.normalise_report], to_json(report))


def transcribe(work: Work, bench: Workbench) -> None:
    from pipeline.speech.recognise import transcribe as recognise  # noqa: PLC0415

    recognition = recognise(
        work.paths.normalised,
        settings=work.episode.speech,
        vocabulary=vocabulary(work.show, work.episode),
        root=work.root,
        chunks=work.paths.chunks,
        fingerprint=bench.fingerprint,
        today=work.today,
        listener=bench.listen,
    )
    write_text(bench[work.paths.words], recognition_to_json(recognition))


def vocabulary(show: Show, episode: Episode) -> tuple[str, ...]:
    """Names and words that Whisper should know, most important first; each once."""
    names = [speaker.name for speaker in episode.speakers]
    organisations = [speaker.organisation for speaker in episode.speakers if speaker.organisation]
    return tuple(dict.fromkeys([*names, *organisations, *show.glossary]))


def words_stamp(words: Path) -> str | None:
    """The fingerprint that words.json carries in itself; None when there is no such file, or none of ours."""
    try:
        return recognition_from_json(read_text(words)).fingerprint
    except (FileNotFoundError, ValueError):
        return None


def split(work: Work, bench: Workbench) -> None:
    from pipeline.transcript.split import draft  # noqa: PLC0415

    recognition = recognition_from_json(read_text(work.paths.words))
    speakers = from_json(SpeakerMap, read_text(work.paths.speakers))
    result = draft(recognition, speakers, work.episode.speakers)
    for text in result.notices:
        bench.listen(Notice(text=text))
    _adopt(work, result.text, bench.listen)
    write_text(bench[work.paths.draft], result.text)


def adopt_missing(work: Work, listen: Listener) -> None:
    """Put the draft where people correct it, if nothing lies there."""
    if work.paths.draft.exists() and not work.paths.transcript.exists():
        _adopt(work, read_text(work.paths.draft), listen)


def _adopt(work: Work, new_draft: str, listen: Listener) -> None:
    """The ownership rule of transcripts/, before the draft itself is replaced: killed in between, the next run finds a
    transcript that equals its new draft, and goes on."""
    from pipeline.transcript.ownership import Decision, adopt  # noqa: PLC0415

    there = work.paths.transcript
    decision = adopt(_text_or_none(there), _text_or_none(work.paths.draft), new_draft)
    if decision is Decision.WRITE:
        write_text(there, new_draft)
        listen(Notice(text=f"Entwurf zum Korrigieren: {there.relative_to(work.root)}"))
    elif decision is Decision.KEEP:
        listen(
            Notice(
                text=f"{there.relative_to(work.root)} ist von Hand bearbeitet und bleibt, wie es ist; "
                f"der neue Entwurf liegt daneben: {work.paths.draft.relative_to(work.root)}"
            )
        )


def _text_or_none(path: Path) -> str | None:
    from pipeline.transcript.editorial import decode  # noqa: PLC0415

    return decode(path.read_bytes()) if path.exists() else None


def retime(work: Work, bench: Workbench) -> None:
    from pipeline.transcript.retime import retime as align  # noqa: PLC0415

    recognition = recognition_or_none(work.paths)
    manuscript = read_manuscript(work)
    for finding in manuscript.findings:
        bench.listen(Notice(text=f"{work.paths.transcript.name}, Zeile {finding.line}: {finding.text}"))
    result = align(
        manuscript,
        recognition,
        duration_s=duration_s(work.paths),
        demo=recognition is not None and recognition.provenance.demo,
        model=recognition.provenance.model if recognition else "",
    )
    for text in result.notices:
        bench.listen(Notice(text=text))
    write_text(bench[work.paths.retimed], to_json(result.transcript))


def read_manuscript(work: Work) -> Manuscript:
    """The corrected transcript of the episode. Raises MissingFileError."""
    from pipeline.transcript.editorial import decode, parse  # noqa: PLC0415

    there = work.paths.transcript
    if not there.exists():
        raise MissingFileError(
            "Das Transkript fehlt.",
            where=there,
            advice="`make split` legt den Entwurf wieder an, die Versionsverwaltung holt Korrekturen zurück.",
        )
    return parse(decode(there.read_bytes()), speakers=work.episode.speakers, not_labels=work.episode.not_labels)


def recognition_or_none(paths: EpisodePaths) -> Recognition | None:
    return recognition_from_json(read_text(paths.words)) if paths.words.exists() else None


def duration_s(paths: EpisodePaths) -> float:
    """How long the finished episode is: as released, else as the timeline says."""
    if paths.release.exists():
        return from_json(Release, read_text(paths.release)).enclosure.duration_s
    return from_json(Timeline, read_text(paths.timeline)).duration_s


def encode(work: Work, bench: Workbench) -> None:
    from pipeline.audio.encode import encode as encode_mp3  # noqa: PLC0415

    before = from_json(NormaliseReport, read_text(work.paths.normalise_report))
    mp3 = bench[work.paths.encoded]
    report = encode_mp3(work.paths.normalised, mp3, work.episode.audio, before, listener=bench.listen)
    write_text(bench[work.paths.report], to_json(report))


def write_shownotes(work: Work, bench: Workbench) -> None:
    from pipeline.publish.shownotes import render_shownotes  # noqa: PLC0415

    paths = work.paths
    markdown = read_text(paths.shownotes_md) if paths.shownotes_md.exists() else None
    notes = render_shownotes(markdown, episode=work.episode, duration_s=duration_s(paths))
    write_text(bench[paths.notes_html], notes.html)
    write_text(bench[paths.notes_text], notes.text)


def tag(work: Work, bench: Workbench) -> None:
    from pipeline.publish.cover import tag_cover  # noqa: PLC0415
    from pipeline.publish.tag import tag as write_tags  # noqa: PLC0415
    from pipeline.transcript.plaintext import render_plaintext  # noqa: PLC0415

    paths = work.paths
    transcript = from_json(Transcript, read_text(paths.retimed))
    enclosure = write_tags(
        paths.encoded,
        bench[paths.tagged],
        show=work.show,
        episode=work.episode,
        cover_jpeg=tag_cover(cover(work.root, work.show, work.episode)),
        lyrics=render_plaintext(transcript),
        notes_text=read_text(paths.notes_text),
        duration_s=from_json(AudioReport, read_text(paths.report)).duration_s,
    )
    write_text(bench[paths.candidate], to_json(enclosure))
