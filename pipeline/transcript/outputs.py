"""Renders a transcript in every format of TRANSCRIPT_FORMATS, and reports what editors should know about it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from pipeline.transcript.cues import cue_notices, make_cues
from pipeline.transcript.webvtt import webvtt_notices
from pipeline.values.transcript_formats import TRANSCRIPT_FORMATS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.values.transcript import Transcript
    from pipeline.values.transcript_formats import TranscriptFormat


def render(form: TranscriptFormat, transcript: Transcript, *, duration_s: float) -> str:
    """The file of one format: what `render_NAME` in the format's module NAME returns. `duration_s` is the length of
    the episode."""
    module = import_module(f"pipeline.transcript.{form.module}")
    text: str = getattr(module, f"render_{form.module}")(transcript, duration_s=duration_s)
    return text


def render_all(transcript: Transcript, *, duration_s: float) -> Mapping[str, str]:
    """Suffix → text of every format."""
    return {form.suffix: render(form, transcript, duration_s=duration_s) for form in TRANSCRIPT_FORMATS}


def output_notices(transcript: Transcript, *, duration_s: float) -> tuple[str, ...]:
    """German notices about names that apps show wrongly, and about subtitles that are hard to read."""
    return (*webvtt_notices(transcript), *cue_notices(make_cues(transcript, duration_s=duration_s)))
