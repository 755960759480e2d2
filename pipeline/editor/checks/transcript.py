"""Checks the transcript: by `transcript check`, and by how much of what was heard is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.build.own_files import read_json, read_words
from pipeline.editor.checks.finding import HOUSE, WCAG, CheckFinding, error, warning
from pipeline.editor.manuscripts import check_transcripts
from pipeline.paths import ShowPaths
from pipeline.timecode import clock
from pipeline.transcript.coverage import coverage, unwritten
from pipeline.values.transcript import Transcript

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.values.show import Episode
    from pipeline.values.speech import Recognition

LEAST_COVERAGE = 0.98
_NAMED_GAPS = 4


def check_transcript(root: Path, episode: Episode) -> Iterator[CheckFinding]:
    paths = ShowPaths(root).episode(episode.folder)
    name = paths.transcript.relative_to(root).as_posix()
    if not paths.transcript.exists():
        make = error if paths.release.exists() and not episode.imported else warning
        advice = (
            f"make episode EPISODE={episode.folder} legt den Entwurf an; ein fertiges liest make transcript-import ein."
        )
        yield make(name, "Es gibt kein Transkript.", advice=advice, source=f"{WCAG} 1.2.1")
        return
    for checked in check_transcripts(root, episode.folder):
        for finding in checked.findings:
            yield (error if finding.blocking else warning)(
                f"{name}:{finding.line}" if finding.line else name,
                finding.text,
                advice="Die Zeile im Texteditor ändern." if finding.line else "Die Datei ansehen.",
                source=f"{HOUSE} (transcript check)",
            )
    if paths.retimed.exists() and paths.words.exists():
        yield from _check_coverage(episode, name, read_json(Transcript, paths.retimed), read_words(paths.words))


def _check_coverage(
    episode: Episode, name: str, transcript: Transcript, recognition: Recognition
) -> Iterator[CheckFinding]:
    if transcript.demo and not episode.example:
        text = "Das Transkript stammt vom Demo-Modell, das nur künstliche Stimmen versteht."
        advice = "In episode.toml unter [speech] ein Whisper-Modell einstellen und neu erkennen lassen."
        yield warning(name, text, advice=advice, source=HOUSE)
    if transcript.level != "word":
        return  # the times come from the text itself, so they cannot show what it lacks
    for gap in unwritten(recognition.findings, transcript):
        text = f"{clock(gap.start_s)}–{clock(gap.end_s)}: hier spricht jemand, und nichts steht im Transkript."
        advice = "Die Stelle anhören und nachtragen, was gesagt wird; ist es keine Sprache, ist nichts zu tun."
        yield warning(name, text, advice=advice, source=f"{WCAG} 1.2.1")
    covered = coverage(recognition, transcript)
    if covered.share >= LEAST_COVERAGE:
        return
    places = "; ".join(f"{clock(gap.start_s)} „{gap.text}“" for gap in covered.gaps[:_NAMED_GAPS])
    rest = " …" if len(covered.gaps) > _NAMED_GAPS else ""
    yield error(
        name,
        f"Im Transkript stehen {100 * covered.share:.1f} % der Sprache, mindestens {100 * LEAST_COVERAGE:.0f} % "
        f"werden gebraucht. Es fehlen: {places}{rest}".replace(".", ",", 1),
        advice="Die fehlenden Stellen nachtragen: Wer nicht hört, bekommt sie sonst nicht mit.",
        source=f"{WCAG} 1.2.1, {HOUSE}",
    )
