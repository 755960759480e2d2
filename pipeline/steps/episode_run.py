"""What each step of an episode does: read its files, call its room, write its outputs where the workbench says."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import TYPE_CHECKING

from pipeline.build.engine import State
from pipeline.build.files import dated_copy, read_text, stage_text, write_text
from pipeline.errors import ConfigError, MissingFileError, TranscriptError
from pipeline.paths import ShowPaths
from pipeline.values.audio import AudioReport, NormaliseReport, Timeline
from pipeline.values.json_files import (
    from_json,
    recognition_from_json,
    recognition_to_json,
    to_json,
    transcript_to_json,
)
from pipeline.values.progress import Notice
from pipeline.values.published import Release
from pipeline.values.speech import SpeakerMap
from pipeline.values.transcript import Transcript

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from pipeline.build.engine import Verdict, Workbench
    from pipeline.paths import EpisodePaths
    from pipeline.tags.mp3 import Contents
    from pipeline.transcript.editorial import Manuscript
    from pipeline.transcript.labels import LabelFinding
    from pipeline.values.audio import FormatName
    from pipeline.values.progress import Listener
    from pipeline.values.published import AlternateEnclosure
    from pipeline.values.show import Episode, Show
    from pipeline.values.speech import Recognition


_TOLD_FINDINGS = 30
_TOLD_NAMES = 5

NO_MODEL = "none"
"""In place of a Whisper model, for transcripts that were written elsewhere: nothing is recognised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The episode that the steps work on. `today` only enters provenance; `take_draft` is the moment at which people
    asked for the draft in the place of their transcript, None when they did not. With `new_audio` a released episode
    is made once more. `again` names the step that people want to run anew, "" when there is none."""

    root: Path
    paths: EpisodePaths
    show: Show
    episode: Episode
    today: date
    take_draft: datetime | None = None
    new_audio: bool = False
    again: str = ""

    @property
    def frozen(self) -> bool:
        return self.paths.release.exists() and not self.new_audio


def lacks_transcript(paths: EpisodePaths, episode: Episode) -> bool:
    """Whether the episode is an imported one that nobody has transcribed yet; any other has a transcript."""
    return episode.imported and not paths.transcript.exists()


def needs_transcription(paths: EpisodePaths, episode: Episode) -> bool:
    """Whether an imported episode is still to be heard: its audio is here, and there is no transcript yet. Its steps up
    to the transcript then run, though what subscribers were promised stays frozen."""
    here = bool(episode.recording) and (paths.home / episode.recording).is_file()
    return here and lacks_transcript(paths, episode) and episode.speech.model != NO_MODEL


def recordings(episode: Episode) -> tuple[str, ...]:
    """The files of the recordings, relative to the episode's folder."""
    return (episode.recording,) if episode.recording else tuple(track.file for track in episode.tracks)


def music(root: Path, episode: Episode) -> tuple[Path, ...]:
    """The files of intro, outro and bed, where the episode has them."""
    named = (episode.assembly.intro, episode.assembly.outro, episode.assembly.bed)
    return tuple(ShowPaths(root).episodes / file for file in dict.fromkeys(named) if file)


def sources(episode: Episode) -> tuple[tuple[str, int | None, float | None], ...]:
    """The recordings as (file, index of the speaker or None for a mixed recording, offset in seconds if known)."""
    if episode.recording:
        return ((episode.recording, None, 0.0),)
    names = [speaker.name for speaker in episode.speakers]
    return tuple((track.file, names.index(track.speaker), track.offset_s) for track in episode.tracks)


def formats(episode: Episode) -> tuple[FormatName, ...]:
    """In which formats the episode is encoded; the MP3 comes first."""
    return ("mp3", *episode.audio.further_formats)


def cover(root: Path, show: Show, episode: Episode) -> Path:
    """The episode's own cover, else the show's."""
    return root / "episodes" / episode.folder / episode.cover if episode.cover else root / "episodes" / show.cover


def assemble(work: Work, bench: Workbench) -> None:
    """Chapters are times of the finished episode: where it changes, their new places are told once."""
    from pipeline.audio.assemble import assemble as assemble_recordings
    from pipeline.audio.assemble import chapter_notices

    timeline = assemble_recordings(
        work.paths.home,
        sources(work.episode),
        assembly=work.episode.assembly,
        episodes=ShowPaths(work.root).episodes,
        listener=bench.listen,
    )
    if (old := _timeline_or_none(work.paths.timeline)) is not None:
        for text in chapter_notices(old, timeline, work.episode.chapters):
            bench.listen(Notice(text=text))
    stage_text(bench[work.paths.timeline], to_json(timeline))


def timeline(work: Work) -> Timeline:
    """Which recordings the finished episode's seconds come from. Raises MissingFileError where it was not assembled."""
    found = _timeline_or_none(work.paths.timeline)
    if found is None:
        again = f"Erst `make assemble EPISODE={work.episode.folder}` aufrufen; das braucht die Aufnahme."
        frozen = "Sie ist veröffentlicht und wird nicht noch einmal zusammengesetzt: eine andere Folge nehmen."
        raise MissingFileError(
            "Die Folge ist auf diesem Rechner nicht zusammengesetzt.",
            where=work.paths.timeline,
            advice=frozen if work.frozen else again,
        )
    return found


def _timeline_or_none(path: Path) -> Timeline | None:
    try:
        return from_json(Timeline, read_text(path))
    except (FileNotFoundError, ValueError):
        return None


def find_speakers(work: Work, bench: Workbench) -> None:
    from pipeline.editor.voices import profiles_of
    from pipeline.speech.speakers import find_speakers as find

    count = len(work.episode.speakers)
    if not count:
        text = "In episode.toml steht niemand unter [[speakers]]; bis dort Namen stehen, gilt alles als eine Stimme."
        bench.listen(Notice(text=text))
    speakers = find(
        timeline(work),
        work.paths.home,
        max(count, 1),
        pyannote=pyannote_folder(work.root, work.episode),
        profiles=profiles_of(work.root, work.episode.speakers),
        listener=bench.listen,
    )
    stage_text(bench[work.paths.speakers], to_json(speakers))


def pyannote_folder(root: Path, episode: Episode) -> Path | None:
    """The folder of the pyannote pipeline where one is to tell the episode's voices apart: tracks need none, nor does
    a single speaker."""
    wanted = episode.speech.pyannote and episode.recording and len(episode.speakers) > 1
    return root / episode.speech.pyannote if wanted else None


def pyannote_files(root: Path, episode: Episode) -> tuple[Path, ...]:
    """What of that folder the result depends on."""
    folder = pyannote_folder(root, episode)
    if folder is None:
        return ()
    from pipeline.speech.pyannote_turns import pipeline_files

    return pipeline_files(folder)


def normalise(work: Work, bench: Workbench) -> None:
    from pipeline.audio.normalise import normalise as level

    flac = bench[work.paths.normalised]
    report = level(
        timeline(work),
        work.paths.home,
        work.episode.audio,
        flac,
        speakers=_speakers(work),
        episodes=work.root / "episodes",
        listener=bench.listen,
    )
    stage_text(bench[work.paths.normalise_report], to_json(report))


def _speakers(work: Work) -> SpeakerMap | None:
    """Who is heard when; None where the plan has no such step."""
    return from_json(SpeakerMap, read_text(work.paths.speakers)) if finds_speakers(work.episode) else None


def finds_speakers(episode: Episode) -> bool:
    """Whether anybody asks who is heard when: the draft of the transcript, or the levels."""
    return episode.speech.model != NO_MODEL or episode.audio.levelling == "speakers"


def transcribe(work: Work, bench: Workbench) -> None:
    """Who asks to hear again gets no window that an earlier run heard, save one of the same request, interrupted."""
    from pipeline.speech.recognise import transcribe as recognise

    again = work.again == "transcribe"
    names = vocabulary(work.show, work.episode)
    recognition = recognise(
        work.paths.normalised,
        settings=work.episode.speech,
        vocabulary=names,
        root=work.root,
        chunks=_windows(work.paths, names, again=again),
        fingerprint=bench.fingerprint,
        today=work.today,
        listener=bench.listen,
    )
    stage_text(bench[work.paths.words], recognition_to_json(recognition))
    if again:
        shutil.rmtree(work.paths.chunks, ignore_errors=True)


def _windows(paths: EpisodePaths, names: Sequence[str], *, again: bool) -> Path:
    """Where finished windows lie: those that were heard with other names are of no use, nor are earlier ones to who
    asks to hear again."""
    heard_with = hashlib.sha256("\n".join(names).encode()).hexdigest()[:8]
    return paths.chunks / (f"again-{heard_with}" if again else heard_with)


def estimate(work: Work, bench: Workbench) -> None:
    """In place of `transcribe`, without a model: where in the recording the transcript that is there is spoken."""
    from pipeline.transcript.forced import estimate as align

    _keep_heard(work, bench.listen)
    recognition = align(
        read_manuscript(work),
        work.paths.normalised,
        fingerprint=bench.fingerprint,
        today=work.today,
        listener=bench.listen,
    )
    stage_text(bench[work.paths.words], recognition_to_json(recognition))


def _keep_heard(work: Work, listen: Listener) -> None:
    """What Whisper heard took hours: a dated copy of it stays when estimated times take its place."""
    paths = work.paths
    try:
        heard = recognition_from_json(read_text(paths.words))
    except (FileNotFoundError, ValueError):
        return
    if any(segment.times != "paragraph" for segment in heard.segments):
        copy = dated_copy(paths.words, paths.kept_aside, moment=datetime.combine(work.today, time()))
        listen(Notice(text=f"Die bisherige Spracherkennung ist gesichert: {copy.relative_to(work.root)}"))


def vocabulary(show: Show, episode: Episode) -> tuple[str, ...]:
    """The names and words of the show that are looked for in what Whisper hears; each once."""
    names = [speaker.name for speaker in episode.speakers]
    organisations = [speaker.organisation for speaker in episode.speakers if speaker.organisation]
    return tuple(dict.fromkeys([*names, *organisations, *show.glossary.names]))


def remarks_on_words(work: Work, verdict: Verdict) -> tuple[str, ...]:
    """What people should know of a words.json that stays: that an older version heard it, and which names the show has
    got since. Of a released episode nothing is said: it is not heard again."""
    paths = work.paths
    if paths.release.exists():
        return ()
    again = f"make transcribe EPISODE={paths.folder} AGAIN=1"
    if verdict.state is State.OLDER:
        return (f"Diese Folge wurde mit einer älteren Fassung gehört; das bleibt so. Neu hören: {again}",)
    try:
        heard = recognition_or_none(paths)
    except ValueError:
        return ()
    if heard is None or heard.vocabulary is None:
        return ()
    missing = [name for name in vocabulary(work.show, work.episode) if name not in heard.vocabulary]
    if not missing:
        return ()
    more = f" und {len(missing) - _TOLD_NAMES} weitere" if len(missing) > _TOLD_NAMES else ""
    names = f"{', '.join(missing[:_TOLD_NAMES])}{more}"
    return (f"Gehört ohne: {names}. Wer neu hören lassen will: {again}",)


def words_stamp(words: Path) -> str | None:
    """The fingerprint that words.json carries in itself; None when there is no such file, or none of ours."""
    try:
        return recognition_from_json(read_text(words)).fingerprint
    except (FileNotFoundError, ValueError):
        return None


def split(work: Work, bench: Workbench) -> None:
    from pipeline.transcript.split import draft

    recognition = recognition_from_json(read_text(work.paths.words))
    speakers = from_json(SpeakerMap, read_text(work.paths.speakers))
    result = draft(recognition, speakers, work.episode.speakers, work.show.glossary)
    for text in result.notices:
        bench.listen(Notice(text=text))
    _adopt(work, result.text, bench.listen)
    stage_text(bench[work.paths.draft], result.text)


def settle_transcript(work: Work, listen: Listener) -> None:
    """Put the draft where people correct it, if nothing lies there or if they asked for it."""
    if not work.paths.draft.exists():
        return
    if not work.paths.transcript.exists():
        _adopt(work, read_text(work.paths.draft), listen)
    elif work.take_draft is not None:
        _take(work, work.take_draft, listen)


def _take(work: Work, moment: datetime, listen: Listener) -> None:
    from pipeline.editor.conflict import take_draft

    name = work.paths.transcript.relative_to(work.root)
    copy = take_draft(work.paths, moment=moment)
    if copy is None:
        listen(Notice(text=f"{name} und der Entwurf sind gleich; es gab nichts zu übernehmen."))
    else:
        where = copy.relative_to(work.root)
        listen(Notice(text=f"{name} ist jetzt der neue Entwurf; der bisherige Text ist gesichert: {where}"))


def _adopt(work: Work, new_draft: str, listen: Listener) -> None:
    """The ownership rule of transcripts/, before the draft itself is replaced: killed in between, the next run finds a
    transcript that equals its new draft, and goes on."""
    from pipeline.transcript.ownership import Decision, adopt, same_text

    there = work.paths.transcript
    last_draft = _text_or_none(work.paths.draft)
    try:
        decision = adopt(_text_or_none(there), last_draft, new_draft)
    except TranscriptError:
        if work.take_draft is None:
            raise
        return  # what nobody can read is no draft of ours; it is replaced after a copy
    if decision is Decision.WRITE:
        write_text(there, new_draft)
        listen(Notice(text=f"Entwurf zum Korrigieren: {there.relative_to(work.root)}"))
    elif decision is Decision.KEEP and work.take_draft is None and not same_text(last_draft or "", new_draft):
        listen(Notice(text=_kept_notice(work, new_draft)))


def _kept_notice(work: Work, new_draft: str) -> str:
    from pipeline.editor.conflict import compare_texts, kept_notice

    there = work.paths.transcript
    comparison = compare_texts(_text_or_none(there) or "", new_draft, work.episode)
    return kept_notice(there.relative_to(work.root).as_posix(), work.paths.folder, comparison)


def _text_or_none(path: Path) -> str | None:
    from pipeline.editor.conflict import read_transcript

    return read_transcript(path) if path.exists() else None


def retime(work: Work, bench: Workbench) -> None:
    from pipeline.transcript.retime import retime as align

    recognition = recognition_or_none(work.paths)
    manuscript = read_manuscript(work)
    result = align(
        manuscript,
        recognition,
        duration_s=duration_s(work),
        demo=recognition is not None and recognition.provenance.demo,
        model=recognition.provenance.model if recognition and recognition.provenance.model != NO_MODEL else "",
    )
    _tell_findings(work, (*manuscript.findings, *result.findings), bench.listen)
    stage_text(bench[work.paths.retimed], transcript_to_json(result.transcript))


def timed_transcript(work: Work) -> tuple[Transcript, float]:
    """The transcript of the episode as it now stands, with its times, and how long the episode is in seconds.

    Needs no work folder: words.json is in git. Raises MissingFileError where times or the text are missing.
    """
    from pipeline.transcript.retime import retime as align

    manuscript = read_manuscript(work)
    recognition = recognition_or_none(work.paths)
    if recognition is None or not recognition.segments:
        raise MissingFileError(
            "Für diese Folge gibt es noch keine Zeiten.",
            where=work.paths.words,
            advice=f"Erst `make episode EPISODE={work.episode.folder}` aufrufen.",
        )
    known = work.paths.release.exists() or work.paths.timeline.exists()
    length_s = duration_s(work) if known else recognition.segments[-1].end_s
    return align(manuscript, recognition, duration_s=length_s).transcript, length_s


def _tell_findings(work: Work, findings: Sequence[LabelFinding], listen: Listener) -> None:
    """Those that stop a release first; the check lists what is too much for a run."""
    ordered = sorted(findings, key=lambda finding: not finding.blocking)
    for finding in ordered[:_TOLD_FINDINGS]:
        line = f", Zeile {finding.line}" if finding.line else ""
        weight = " (zu klären vor der Veröffentlichung)" if finding.blocking else ""
        listen(Notice(text=f"{work.paths.transcript.name}{line}{weight}: {finding.text}"))
    if len(findings) > _TOLD_FINDINGS:
        where = f"make transcript-check EPISODE={work.paths.folder}"
        listen(Notice(text=f"und {len(findings) - _TOLD_FINDINGS} weitere Stellen im Transkript; alle zeigt: {where}"))


def read_manuscript(work: Work) -> Manuscript:
    """The corrected transcript of the episode. Raises MissingFileError, and TranscriptError for what is no text."""
    from pipeline.editor.conflict import read_transcript
    from pipeline.transcript.editorial import parse

    there = work.paths.transcript
    if not there.exists():
        raise MissingFileError("Das Transkript fehlt.", where=there, advice=_where_transcripts_come_from(work.episode))
    return parse(read_transcript(there), speakers=work.episode.speakers, not_labels=work.episode.not_labels)


def _where_transcripts_come_from(episode: Episode) -> str:
    """What to do when there is none: without a model no draft is written that could be brought back."""
    if episode.speech.model == NO_MODEL:
        return (
            "Ohne Whisper-Modell entsteht kein Entwurf: das fertige Transkript mit `make transcript-import` einlesen, "
            "oder in episode.toml unter [speech] ein Modell einstellen."
        )
    return (
        "`make split` legt den Entwurf wieder an, die Versionsverwaltung holt Korrekturen zurück. Ein Transkript von "
        "anderswo liest `make transcript-import` ein."
    )


def recognition_or_none(paths: EpisodePaths) -> Recognition | None:
    return recognition_from_json(read_text(paths.words)) if paths.words.exists() else None


def duration_s(work: Work) -> float:
    """How long the finished episode is: as released, else as the timeline says."""
    if work.frozen:
        return from_json(Release, read_text(work.paths.release)).enclosure.duration_s
    return timeline(work).duration_s


def encode(work: Work, bench: Workbench) -> None:
    from pipeline.audio.encode import encode as encode_files

    before = from_json(NormaliseReport, read_text(work.paths.normalise_report))
    speakers = _speakers(work)
    spans = speakers.spans if speakers else ()
    report = encode_files(
        work.paths.normalised,
        {name: bench[work.paths.encoded(name)] for name in formats(work.episode)},
        work.episode.audio,
        before,
        spans=spans,
        listener=bench.listen,
    )
    stage_text(bench[work.paths.report], to_json(report))


def write_report(work: Work, bench: Workbench) -> None:
    from pipeline.editor.audio_report import render_audio_report

    episode = work.episode
    speakers = _speakers(work)
    page = render_audio_report(
        from_json(AudioReport, read_text(work.paths.report)),
        title=episode.title,
        target_lufs=episode.audio.target_lufs,
        true_peak_dbtp=episode.audio.true_peak_dbtp,
        names=[speaker.name for speaker in episode.speakers],
        spans=speakers.spans if speakers else (),
        chapters=episode.chapters,
    )
    stage_text(bench[work.paths.report_page], page)


def write_shownotes(work: Work, bench: Workbench) -> None:
    from pipeline.notes.chapters import fitting_soundbites
    from pipeline.notes.shownotes import render_shownotes
    from pipeline.tags.cover import check_picture

    paths = work.paths
    markdown = read_text(paths.shownotes_md) if paths.shownotes_md.exists() else None
    try:
        notes = render_shownotes(markdown, episode=work.episode, duration_s=duration_s(work))
        fitting_soundbites(work.episode.soundbites, duration_s(work))
    except ConfigError as error:  # of all episodes, say which one
        raise ConfigError(error.problem, where=paths.episode_toml, advice=error.advice) from error
    for file in work.episode.pictures:
        check_picture(paths.home / file)
    stage_text(bench[paths.notes_html], notes.html)
    stage_text(bench[paths.notes_text], notes.text)


def tag(work: Work, bench: Workbench) -> None:
    from pipeline.tags.cover import tag_cover
    from pipeline.tags.mp3 import Contents
    from pipeline.tags.mp3 import tag as write_tags
    from pipeline.transcript.plaintext import render_plaintext

    paths = work.paths
    transcript = from_json(Transcript, read_text(paths.retimed))
    contents = Contents(
        show=work.show,
        episode=work.episode,
        cover_jpeg=tag_cover(cover(work.root, work.show, work.episode)),
        lyrics=render_plaintext(transcript),
        notes_text=read_text(paths.notes_text),
        duration_s=from_json(AudioReport, read_text(paths.report)).duration_s,
    )
    enclosure = write_tags(paths.encoded("mp3"), bench[paths.tagged("mp3")], contents)
    alternates = tuple(
        _tag_further(name, paths.encoded(name), bench[paths.tagged(name)], contents)
        for name in work.episode.audio.further_formats
    )
    stage_text(bench[paths.candidate], to_json(replace(enclosure, alternates=alternates)))


def _tag_further(name: FormatName, encoded: Path, tagged: Path, contents: Contents) -> AlternateEnclosure:
    from pipeline.audio.chapters import write_chapters
    from pipeline.notes.chapters import whole_second_chapters
    from pipeline.tags.m4a import tag_m4a
    from pipeline.tags.mp3 import LANGUAGES
    from pipeline.tags.opus import tag_opus

    if name == "opus":
        return tag_opus(encoded, tagged, contents)
    chapters = whole_second_chapters(contents.episode.chapters, contents.duration_s)
    language = LANGUAGES[contents.show.language]
    write_chapters(encoded, tagged, chapters, duration_s=contents.duration_s, language=language)
    return tag_m4a(tagged, contents)
