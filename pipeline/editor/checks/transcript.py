"""Checks the transcript: by `transcript check`, by how much of what was heard is in it, and for words that nobody can
have said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.build.own_files import read_words
from pipeline.editor.checks.finding import HOUSE, WCAG, CheckFinding, error, warning
from pipeline.editor.conflict import is_unchanged_draft
from pipeline.editor.manuscripts import check_transcripts
from pipeline.editor.review_file import judged, read_review
from pipeline.errors import StorageError
from pipeline.paths import ShowPaths
from pipeline.timecode import clock
from pipeline.transcript.coverage import coverage, unwritten
from pipeline.transcript.implausible import implausible
from pipeline.transcript.said import said_in_transcript
from pipeline.values.show import vocabulary_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from pipeline.editor.review_file import Judged
    from pipeline.paths import EpisodePaths
    from pipeline.transcript.implausible import Implausible
    from pipeline.transcript.labels import LabelFinding
    from pipeline.transcript.retime import Retimed
    from pipeline.values.show import Episode, Show
    from pipeline.values.speech import Recognition

LEAST_COVERAGE = 0.98
_NAMED_GAPS = 4
_SHOWN_LETTERS = 60


def check_transcript(root: Path, show: Show, episode: Episode, *, now: datetime) -> Iterator[CheckFinding]:
    paths = ShowPaths(root).episode(episode.folder)
    name = paths.transcript.relative_to(root).as_posix()
    if not paths.transcript.exists():
        make = error if paths.release.exists() and not episode.imported else warning
        yield make(name, "Es gibt kein Transkript.", advice=_where_from(episode), source=f"{WCAG} 1.2.1")
        return
    try:
        (checked,) = check_transcripts(root, episode.folder)
    except StorageError as broken:  # review.json
        where = paths.review.relative_to(root).as_posix()
        yield error(where, broken.problem, advice=broken.advice, source=HOUSE)
        return
    for finding in checked.findings:
        yield (error if finding.blocking else warning)(
            f"{name}:{finding.line}" if finding.line else name,
            finding.text,
            advice=_advice(finding, episode.folder),
            source=f"{HOUSE} (transcript check)",
        )
    if is_unchanged_draft(paths):
        advice = "Gegenlesen und dabei hören; was Whisper verhört hat, merkt sonst niemand."
        yield warning(name, "Das Transkript ist der unveränderte Entwurf.", advice=advice, source=HOUSE)
    elif checked.timed is not None and _is_about_to_appear(paths, episode, now):
        yield from _check_proofread(paths, name, checked.timed)
    if checked.timed is not None:
        recognition = read_words(paths.words)
        heard = _Heard(recognition=recognition, timed=checked.timed, judgements=judged(paths, recognition))
        yield from _check_heard(show, episode, name, heard)
        yield from _check_outdated(paths.review.relative_to(root).as_posix(), episode.folder, heard.judgements)


def _advice(finding: LabelFinding, folder: str) -> str:
    default = "Die Zeile im Texteditor ändern." if finding.line else "Die Datei ansehen."
    return finding.advice.replace("{folder}", folder) or default


def _where_from(episode: Episode) -> str:
    """Where a transcript of the episode can come from: without a model, or without a recording, there is no draft."""
    taken = f"make transcript-import EPISODE={episode.folder} FILE=… liest ein fertiges ein"
    if episode.speech.model == "none":
        return f"{taken}."
    if episode.imported and not episode.recording:
        return f"{taken}; make import-feed FILE=… AUDIO=1 lädt den Ton, dann entsteht ein Entwurf."
    return f"make episode EPISODE={episode.folder} legt den Entwurf an; {taken}."


def _is_about_to_appear(paths: EpisodePaths, episode: Episode, now: datetime) -> bool:
    """Whether the next `publish` would release the episode. What is out already is not asked for again."""
    is_due = not episode.draft and episode.published is not None and episode.published <= now
    return is_due and not episode.example and not paths.release.exists()


def _check_proofread(paths: EpisodePaths, name: str, timed: Retimed) -> Iterator[CheckFinding]:
    """Ask for proofreading if the text was heard by a program and nobody has noted that they read it as it is."""
    if timed.transcript.level != "word":
        return
    proofread = read_review(paths).proofread
    advice = f"make review EPISODE={paths.folder}: dabei hören, verbessern und mit „Fertig“ abschließen."
    if proofread is None:
        yield warning(name, "Dieses Transkript hat noch niemand gegengelesen.", advice=advice, source=HOUSE)
    elif proofread.said_sha256 != said_in_transcript(timed.transcript):
        text = f"Seit dem Gegenlesen am {proofread.finished:%d.%m.%Y} wurde das Transkript geändert."
        yield warning(name, text, advice=advice, source=HOUSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """What was heard, the text with its times, and what people judged about what was heard."""

    recognition: Recognition
    timed: Retimed
    judgements: Judged


def _check_heard(show: Show, episode: Episode, name: str, heard: _Heard) -> Iterator[CheckFinding]:
    if heard.recognition.provenance.demo and not episode.example:
        text = "Das Transkript stammt vom Demo-Modell, das nur künstliche Stimmen versteht."
        advice = (
            f"In episode.toml unter [speech] ein Whisper-Modell einstellen, dann: make episode EPISODE={episode.folder}"
        )
        yield warning(name, text, advice=advice, source=HOUSE)
    if heard.timed.transcript.level != "word":
        return  # the times come from the text itself, so they cannot show what it lacks
    for entry in implausible(heard.timed.transcript, vocabulary_of(show, episode)):
        yield _implausible_finding(episode, name, entry)
    yield from _check_coverage(episode, name, heard)


def _check_coverage(episode: Episode, name: str, heard: _Heard) -> Iterator[CheckFinding]:
    recognition, timed, not_spoken_s = heard.recognition, heard.timed, heard.judgements.not_spoken_s
    not_spoken = f"wenn dort niemand spricht: make transcript-not-spoken EPISODE={episode.folder}"
    for gap in unwritten(recognition.findings, timed.transcript, not_spoken_s=not_spoken_s):
        text = f"{clock(gap.start_s)}–{clock(gap.end_s)}: hier spricht jemand, und nichts steht im Transkript."
        advice = f"Die Stelle anhören und nachtragen, was gesagt wird; {not_spoken} FROM={clock(gap.start_s)}"
        yield warning(name, text, advice=advice, source=f"{WCAG} 1.2.1")
    covered = coverage(recognition, timed.transcript, moved_s=timed.moved_s, not_spoken_s=not_spoken_s)
    if covered.share >= LEAST_COVERAGE:
        return
    places = "; ".join(f"{clock(gap.start_s)} „{gap.text}“" for gap in covered.gaps[:_NAMED_GAPS])
    rest = " …" if len(covered.gaps) > _NAMED_GAPS else ""
    yield error(
        name,
        f"Im Transkript stehen {100 * covered.share:.1f} % der Sprache, mindestens {100 * LEAST_COVERAGE:.0f} % "
        f"werden gebraucht. Es fehlen: {places}{rest}".replace(".", ",", 1),
        advice="Die fehlenden Stellen nachtragen: Wer nicht hört, bekommt sie sonst nicht mit. Oder, "
        f"{not_spoken} FROM={clock(covered.gaps[0].start_s)}",
        source=f"{WCAG} 1.2.1, {HOUSE}",
    )


def _check_outdated(where: str, folder: str, judgements: Judged) -> Iterator[CheckFinding]:
    """Judgements about another recording, or about words that are no longer heard there."""
    for mark in judgements.outdated:
        text = (
            f"{clock(mark.start_s)}–{clock(mark.end_s)} „{mark.heard}“ galt als nicht gesprochen; Aufnahme oder "
            "Gehörtes sind seitdem anders, und der Vermerk gilt nicht mehr."
        )
        advice = (
            f"Noch einmal anhören und neu vermerken, oder: make transcript-not-spoken EPISODE={folder} "
            f"FROM={clock(mark.start_s)} UNDO=1"
        )
        yield warning(where, text, advice=advice, source=HOUSE)


def _implausible_finding(episode: Episode, name: str, entry: Implausible) -> CheckFinding:
    shown = entry.text if len(entry.text) <= _SHOWN_LETTERS else f"{entry.text[:_SHOWN_LETTERS].rstrip()} …"
    duration = f"{entry.end_s - entry.start_s:.1f} s".replace(".", ",")
    why = {
        "rate": f"so schnell spricht niemand ({duration}).",
        "names": f"nur Namen der Sendung, in {duration}; so etwas erfindet Whisper in Pausen.",
    }[entry.kind]
    return error(
        name,
        f"{clock(entry.start_s)} „{shown}“: {why}",
        advice="Die Stelle anhören und streichen, was nicht gesprochen wird. Wird es doch gesprochen, stimmen die "
        f"Zeiten nicht: make transcribe EPISODE={episode.folder} AGAIN=1",
        source=HOUSE,
    )
