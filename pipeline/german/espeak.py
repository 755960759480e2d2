"""German text → speech samples, with the espeak-ng library of the pinned `espeakng-loader` wheel.

Only this wheel: Debian's espeak-ng is another version and sounds different. The library keeps one global state: a
process speaks one text at a time, and earlier texts change the samples a little (flutter and breath go on). Use several
processes for speed, and a fresh one for the same samples.
"""

import ctypes
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import espeakng_loader  # type: ignore[import-untyped]  # ships no types
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

# speak_lib.h of espeak-ng
_SYNCHRONOUS = 2  # espeak_AUDIO_OUTPUT: hand samples to the callback, return when the text is spoken
_DO_NOT_EXIT = 0x8000  # espeakINITIALIZE_DONT_EXIT: report a missing data folder instead of ending the process
_UTF_8 = 1  # espeakCHARS_UTF8
_RATE, _PITCH, _RANGE, _WORD_GAP = 1, 3, 4, 7  # espeak_PARAMETER
_IPA = 0x02  # espeakPHONEMES_IPA
_NOT_SPOKEN = re.compile(r"\(\w+\)|[ˈˌː\W]")  # marks, and switches to the voice of another language
_CONTINUE = 0  # what the callback returns to get more samples
_SEED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A German espeak-ng voice: a variant file of the data folder ("" is the plain voice) and how it speaks."""

    variant: str
    speed_wpm: int = 160  # words a minute; espeak's own default is 175
    pitch: int = 50  # 0 to 99, espeak's own scale; 50 is the variant's natural pitch
    pitch_range: int = 50  # 0 (monotone) to 99
    word_gap: int = 0  # a pause after every word, in 10 ms at espeak's own speed

    @property
    def name(self) -> str:
        return f"de+{self.variant}" if self.variant else "de"


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """Mono samples between -1 and 1."""

    samples: "NDArray[np.float32]"
    sample_rate_hz: int


class EspeakError(RuntimeError):
    """The library refused a call: a voice the wheel lacks, or no data folder."""


def speak(text: str, voice: Voice, data_folder: Path | None = None) -> Speech:
    """Speak one text; the same text and voice give the same samples in a fresh process.

    `data_folder` defaults to the wheel's own; a process can use only one. Raises EspeakError if it lacks the variant.
    """
    data_folder = data_folder or wheel_data()
    if voice.variant and voice.variant not in variants(data_folder):  # the library would silently take the plain one
        raise EspeakError(f"{data_folder} has no voice variant {voice.variant}")
    library = _library(data_folder)
    _checked(library.handle.espeak_SetVoiceByName(voice.name.encode()), f"voice {voice.name}")
    for parameter, value in (
        (_RATE, voice.speed_wpm),
        (_PITCH, voice.pitch),
        (_RANGE, voice.pitch_range),
        (_WORD_GAP, voice.word_gap),
    ):
        _checked(library.handle.espeak_SetParameter(parameter, value, 0), f"parameter {parameter} = {value}")
    encoded = text.encode("utf-8") + b"\0"
    library.spoken.clear()
    _checked(library.handle.espeak_Synth(encoded, len(encoded), 0, 0, 0, _UTF_8, None, None), "synthesis")
    _checked(library.handle.espeak_Synchronize(), "synthesis")
    return Speech(samples=_as_floats(b"".join(library.spoken)), sample_rate_hz=library.sample_rate_hz)


def phonemes(text: str) -> str:
    """The German pronunciation of the text in IPA letters, without stress, length and spaces."""
    library = _library(wheel_data())
    _checked(library.handle.espeak_SetVoiceByName(b"de"), "voice de")
    library.handle.espeak_TextToPhonemes.restype = ctypes.c_char_p
    rest = ctypes.c_char_p(text.encode("utf-8"))
    clauses = []
    while rest.value:
        clauses.append(library.handle.espeak_TextToPhonemes(ctypes.byref(rest), _UTF_8, _IPA) or b"")
    return _NOT_SPOKEN.sub("", b"".join(clauses).decode("utf-8"))


def wheel_data() -> Path:
    """The folder of espeak-ng's data in the wheel."""
    return Path(espeakng_loader.get_data_path())


@cache
def variants(data_folder: Path | None = None) -> tuple[str, ...]:
    """The names of the voice variants in a data folder, by default the wheel's own."""
    return tuple(sorted(path.name for path in ((data_folder or wheel_data()) / "voices" / "!v").iterdir()))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Library:
    handle: ctypes.CDLL
    sample_rate_hz: int
    spoken: list[bytes]  # filled by the callback while a text is spoken
    callback: "Callable[..., int]"  # kept here: the library holds a bare pointer to it


@cache
def _library(data_folder: Path) -> _Library:
    assert _library.cache_info().currsize == 0, "the library keeps one data folder a process"
    handle = ctypes.CDLL(espeakng_loader.get_library_path())
    sample_rate_hz = handle.espeak_Initialize(_SYNCHRONOUS, 0, str(data_folder).encode(), _DO_NOT_EXIT)
    if sample_rate_hz <= 0:
        raise EspeakError(f"espeak-ng found no data in {data_folder}")
    handle.espeak_ng_SetRandSeed(ctypes.c_long(_SEED))  # otherwise breathy voices depend on the clock
    spoken: list[bytes] = []

    def keep(samples: "ctypes._Pointer[ctypes.c_short]", count: int, _events: int) -> int:
        if samples and count > 0:
            spoken.append(ctypes.string_at(samples, 2 * count))
        return _CONTINUE

    signature = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
    callback = signature(keep)
    handle.espeak_SetSynthCallback(callback)
    return _Library(handle=handle, sample_rate_hz=sample_rate_hz, spoken=spoken, callback=callback)


def _as_floats(pcm: bytes) -> "NDArray[np.float32]":
    return np.frombuffer(pcm, dtype="=i2").astype(np.float32) / np.float32(32768)


def _checked(status: int, what: str) -> None:
    if status != 0:
        raise EspeakError(f"espeak-ng refused {what} (status {status})")
