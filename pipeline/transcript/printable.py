"""Remove from a transcript the characters that no reader shows and some fail on."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.values.transcript import Paragraph, Sentence, Transcript, Turn

# Control characters (HTML and WebVTT read NUL as U+FFFD, XML allows few of them), lone surrogates, and the
# noncharacters U+FFFE and U+FFFF.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def printable(transcript: Transcript) -> Transcript:
    """The same transcript without unprintable characters; words, sentences and turns of nothing else are left out.

    Every visible character stays. Names lose the same characters, and white space in names becomes single spaces.
    """
    return replace(transcript, turns=tuple(_turns(transcript)))


def _turns(transcript: Transcript) -> Iterator[Turn]:
    for turn in transcript.turns:
        paragraphs = tuple(filter(None, map(_paragraph, turn.paragraphs)))
        if paragraphs:
            speaker, organisation = _name(turn.speaker), _name(turn.organisation)
            yield replace(turn, speaker=speaker, organisation=organisation, paragraphs=paragraphs)


def _paragraph(paragraph: Paragraph) -> Paragraph | None:
    sentences = tuple(filter(None, map(_sentence, paragraph.sentences)))
    return replace(paragraph, sentences=sentences) if sentences else None


def _sentence(sentence: Sentence) -> Sentence | None:
    if not _UNPRINTABLE.search(sentence.text):
        return sentence
    words = (replace(word, text=_UNPRINTABLE.sub("", word.text)) for word in sentence.words)
    kept = tuple(word for word in words if word.text)
    return replace(sentence, words=kept) if kept else None


def _name(text: str) -> str:
    return _UNPRINTABLE.sub("", " ".join(text.split()))
