"""The steps of an episode's text: the draft, the transcript that people correct, and its times."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pipeline.build.files import encoded, stage_text
from pipeline.build.own_files import read_json, read_own_text, read_words
from pipeline.build.settings import only
from pipeline.build.step import Step
from pipeline.build.swap import content_of, short_lock
from pipeline.errors import ChangedError, MissingFileError, TranscriptError
from pipeline.promises.finished import lacks_transcript
from pipeline.steps.episode import NO_MODEL, read_duration_s, release_or_timeline
from pipeline.values.json_files import transcript_to_json
from pipeline.values.progress import Notice
from pipeline.values.speech import SpeakerMap

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from pipeline.build.step import StepContext
    from pipeline.paths import EpisodePaths
    from pipeline.steps.episode import EpisodeContext
    from pipeline.transcript.editorial import Manuscript
    from pipeline.transcript.labels import LabelFinding
    from pipeline.values.progress import Listener
    from pipeline.values.show import Episode, Glossary, Speaker
    from pipeline.values.speech import Recognition
    from pipeline.values.transcript import Transcript

_LISTED_FINDINGS = 30


def split_steps(context: EpisodeContext, model_identity: str) -> tuple[Step, ...]:
    """The step that writes the draft; none without a model."""
    paths, episode = context.paths, context.episode
    if model_identity == NO_MODEL:
        return ()
    step = Step(
        name="split",
        inputs=(paths.words, paths.speakers),
        outputs=(paths.draft,),
        run=split,
        paths=paths,
        settings={"speakers": episode.speakers, "glossary": context.show.glossary},
        uncounted={"labels": _labels(episode), "takes_draft": context.take_draft is not None},
        revision=2,
        after=partial(settle_transcript, context),
        frozen=context.is_settled,
        keep=True,
    )
    return (step,)


def split(
    context: StepContext[EpisodePaths],
    *,
    speakers: Sequence[Speaker],
    glossary: Glossary,
    labels: Episode,
    takes_draft: bool,
) -> None:
    """Write the draft. `labels` is the episode with the fields needed to read the labels in a transcript."""
    from pipeline.transcript.split import draft

    paths = context.paths
    recognition = read_words(paths.words)
    result = draft(recognition, read_json(SpeakerMap, paths.speakers), speakers, glossary)
    for text in result.notices:
        context.listen(Notice(text=text))
    _adopt(paths, result.text, labels, context.listen, takes_draft=takes_draft)
    stage_text(context[paths.draft], result.text)


def settle_transcript(context: EpisodeContext, listen: Listener) -> None:
    """Copy the draft to `transcripts/`, where people correct it, if no file is there or if they asked for it."""
    paths = context.paths
    if not paths.draft.exists():
        return
    if not paths.transcript.exists():
        takes_draft = context.take_draft is not None
        _adopt(paths, read_own_text(paths.draft), _labels(context.episode), listen, takes_draft=takes_draft)
    elif context.take_draft is not None:
        _take(paths, context.take_draft, listen)


def _take(paths: EpisodePaths, moment: datetime, listen: Listener) -> None:
    from pipeline.editor.conflict import take_draft

    name = paths.transcript.relative_to(paths.root)
    copy = take_draft(paths, moment=moment)
    if copy is None:
        listen(Notice(text=f"{name} und der Entwurf sind gleich; es gab nichts zu übernehmen."))
    else:
        where = copy.relative_to(paths.root)
        listen(Notice(text=f"{name} ist jetzt der neue Entwurf; der bisherige Text ist gesichert: {where}"))


def _adopt(paths: EpisodePaths, new_draft: str, labels: Episode, listen: Listener, *, takes_draft: bool) -> None:
    """Apply the ownership rule of transcripts/ before the draft itself is replaced. If the run is killed in between,
    the next one finds a transcript that equals its new draft, and continues."""
    from pipeline.editor.conflict import transcript_text
    from pipeline.transcript.ownership import Decision, adopt, same_text

    there = paths.transcript
    last_draft = _text_or_none(paths.draft)
    with short_lock(paths.root) as swap:
        existing = content_of(there)
        try:
            decision = adopt(None if existing is None else transcript_text(existing, there), last_draft, new_draft)
        except TranscriptError:
            if not takes_draft:
                raise
            return  # an unreadable file is not our draft; it is copied, then replaced
        if decision is Decision.WRITE:
            try:
                swap.write(there, encoded(new_draft), before=existing)
            except ChangedError:
                decision = Decision.KEEP  # somebody saved it at this very moment
    if decision is Decision.WRITE:
        listen(Notice(text=f"Entwurf zum Korrigieren: {there.relative_to(paths.root)}"))
    elif decision is Decision.KEEP and not takes_draft and not same_text(last_draft or "", new_draft):
        listen(Notice(text=_kept_notice(paths, new_draft, labels)))


def _kept_notice(paths: EpisodePaths, new_draft: str, labels: Episode) -> str:
    from pipeline.editor.conflict import compare_texts, kept_notice

    there = paths.transcript
    comparison = compare_texts(_text_or_none(there) or "", new_draft, labels)
    return kept_notice(there.relative_to(paths.root).as_posix(), paths.folder, comparison)


def _labels(episode: Episode) -> Episode:
    return only(episode, "folder", "speakers", "not_labels")


def _text_or_none(path: Path) -> str | None:
    from pipeline.editor.conflict import read_transcript

    return read_transcript(path) if path.exists() else None


def retime_steps(context: EpisodeContext) -> tuple[Step, ...]:
    """The step that adds times to the corrected text; none for an imported episode without a transcript."""
    paths, episode = context.paths, context.episode
    if context.is_settled and lacks_transcript(paths, episode):
        return ()
    step = Step(
        name="retime",
        inputs=(paths.transcript, paths.words, release_or_timeline(context)),
        outputs=(paths.retimed,),
        run=retime,
        paths=paths,
        settings={"speakers": episode.speakers, "not_labels": episode.not_labels},
        uncounted={"model": episode.speech.model, "frozen": context.frozen},
        revision=2,
    )
    return (step,)


def retime(
    context: StepContext[EpisodePaths],
    *,
    speakers: Sequence[Speaker],
    not_labels: Sequence[str],
    model: str,
    frozen: bool,
) -> None:
    from pipeline.editor.review_file import judged
    from pipeline.transcript.retime import retime as align

    paths = context.paths
    recognition = recognition_or_none(paths)
    manuscript = read_manuscript(paths, speakers=speakers, not_labels=not_labels, model=model)
    result = align(
        manuscript,
        recognition,
        duration_s=read_duration_s(paths, frozen=frozen),
        demo=recognition is not None and recognition.provenance.demo,
        model=recognition.provenance.model if recognition and recognition.provenance.model != NO_MODEL else "",
        not_spoken_s=judged(paths, recognition).not_spoken_s if recognition else (),  # changes only what is reported
    )
    _report_findings(paths, (*manuscript.findings, *result.findings), context.listen)
    stage_text(context[paths.retimed], transcript_to_json(result.transcript))


def timed_transcript(context: EpisodeContext) -> tuple[Transcript, float]:
    """The episode's current transcript with its times, and the length of the episode in seconds.

    Needs no work folder: words.json is in git. Raises MissingFileError if times or the text are missing.
    """
    from pipeline.transcript.retime import retime as align

    paths = context.paths
    manuscript = manuscript_of(context)
    recognition = recognition_or_none(paths)
    if recognition is None or not recognition.segments:
        raise MissingFileError(
            "Für diese Folge gibt es noch keine Zeiten.",
            where=paths.words,
            advice=f"Erst `make episode EPISODE={paths.folder}` aufrufen.",
        )
    known = paths.release.exists() or paths.timeline.exists()
    length_s = read_duration_s(paths, frozen=context.frozen) if known else recognition.segments[-1].end_s
    return align(manuscript, recognition, duration_s=length_s).transcript, length_s


def _report_findings(paths: EpisodePaths, findings: Sequence[LabelFinding], listen: Listener) -> None:
    """Report findings, those that prevent a release first. If there are too many, `make transcript-check` lists all."""
    ordered = sorted(findings, key=lambda finding: not finding.blocking)
    for finding in ordered[:_LISTED_FINDINGS]:
        line = f", Zeile {finding.line}" if finding.line else ""
        weight = " (zu klären vor der Veröffentlichung)" if finding.blocking else ""
        listen(Notice(text=f"{paths.transcript.name}{line}{weight}: {finding.text}"))
    if len(findings) > _LISTED_FINDINGS:
        where = f"make transcript-check EPISODE={paths.folder}"
        more = len(findings) - _LISTED_FINDINGS
        listen(Notice(text=f"und {more} weitere Stellen im Transkript; alle zeigt: {where}"))


def manuscript_of(context: EpisodeContext) -> Manuscript:
    """The corrected transcript of the episode. Raises what `read_manuscript` raises."""
    episode = context.episode
    return read_manuscript(
        context.paths, speakers=episode.speakers, not_labels=episode.not_labels, model=episode.speech.model
    )


def read_manuscript(
    paths: EpisodePaths, *, speakers: Sequence[Speaker], not_labels: Sequence[str], model: str
) -> Manuscript:
    """The corrected transcript. Raises MissingFileError, with advice that depends on the `model`, and TranscriptError
    if the file is not text."""
    from pipeline.editor.conflict import read_transcript
    from pipeline.transcript.editorial import parse

    there = paths.transcript
    if not there.exists():
        raise MissingFileError("Das Transkript fehlt.", where=there, advice=_where_transcripts_come_from(model))
    return parse(read_transcript(there), speakers=speakers, not_labels=not_labels)


def _where_transcripts_come_from(model: str) -> str:
    """German advice for a missing transcript. Without a model there is no draft that could be restored."""
    if model == NO_MODEL:
        return (
            "Ohne Whisper-Modell entsteht kein Entwurf: das fertige Transkript mit `make transcript-import` einlesen, "
            "oder in episode.toml unter [speech] ein Modell einstellen."
        )
    return (
        "`make split` legt den Entwurf wieder an, die Versionsverwaltung holt Korrekturen zurück. Ein Transkript von "
        "anderswo liest `make transcript-import` ein."
    )


def recognition_or_none(paths: EpisodePaths) -> Recognition | None:
    """The content of words.json; None without the file. Raises DamagedFileError."""
    return read_words(paths.words) if paths.words.exists() else None
