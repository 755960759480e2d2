"""The engine faster-whisper: the same weights in CTranslate2 (`ct2_models.py`)."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pipeline.errors import ModelError
from pipeline.speech.activity import SAMPLE_RATE_HZ
from pipeline.speech.decoding import FRAMES_PER_S, HOP, WINDOW_FRAMES, Scores, decoded, segments_of, spoken_parts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from pipeline.speech.engines import Decoded, EnginePlan, Samples, Window

_LEAST_PROBABILITY = 1e-9  # below any probability that matters


class Ct2Engine:
    """`folder`: a CTranslate2 model. `aligns_words`: whether the model's word times and timestamps are usable. Raises
    ModelError if the folder contains no Whisper model."""

    def __init__(self, folder: Path, plan: EnginePlan, *, language: str, beam_size: int, aligns_words: bool) -> None:
        from faster_whisper import WhisperModel as FasterWhisper  # type: ignore[import-untyped]
        from faster_whisper.tokenizer import Tokenizer  # type: ignore[import-untyped]

        try:
            self._whisper = FasterWhisper(
                str(folder),
                device="cpu",
                compute_type="int8",
                cpu_threads=plan.threads,
                num_workers=plan.workers,
                local_files_only=True,
            )
        except (RuntimeError, ValueError) as error:
            raise _no_whisper(folder, str(error)) from error
        self._aligns = aligns_words
        self._tokenizer = Tokenizer(self._whisper.hf_tokenizer, True, task="transcribe", language=language)
        self._plain = _options(self._tokenizer, beam_size=beam_size)
        self._careful = _options(self._tokenizer, beam_size=beam_size, repetition_penalty=1.1, no_repeat_ngram_size=4)

    def decode(self, windows: Sequence[Window], *, careful: bool = False) -> list[Decoded]:
        return [self._decoded(window, careful=careful) for window in windows]

    def weigh(self, sound: Any, texts: Sequence[str]) -> list[float]:
        encoded, frames = sound or self._silence
        weights = []
        for text in texts:
            tokens = self._tokenizer.encode(f" {text}")
            (aligned,) = self._whisper.model.align(encoded, self._tokenizer.sot_sequence, [tokens], frames)
            weights.append(sum(math.log(max(chance, _LEAST_PROBABILITY)) for chance in aligned.text_token_probs))
        return weights

    @cached_property
    def _silence(self) -> tuple[Any, int]:
        """The encoder's output for silence, and its number of frames."""
        import numpy as np

        features, frames = self._features(np.zeros(WINDOW_FRAMES * HOP, dtype=np.float32))
        return self._whisper.encode(features), frames

    def language(self, part: Samples) -> tuple[str, float]:
        code, probability, _ = self._whisper.detect_language(part)
        return code, float(probability)

    def _decoded(self, window: Window, *, careful: bool) -> Decoded:
        features, frames = self._features(window.samples)
        encoded = self._whisper.encode(features)
        prompt = self._whisper.get_prompt(self._tokenizer, list(window.before), without_timestamps=not self._aligns)
        result, mean_log, _, compression = self._whisper.generate_with_fallback(
            encoded, prompt, self._tokenizer, self._careful if careful else self._plain
        )
        scores = Scores(mean_log=mean_log, compression=compression, no_speech=result.no_speech_prob)
        parts, next_s = spoken_parts(
            result.sequences_ids[0], first_timestamp=self._tokenizer.timestamp_begin, duration_s=frames / FRAMES_PER_S
        )
        segments = segments_of(parts, scores, decode=self._tokenizer.decode)
        if self._aligns:
            self._whisper.add_word_timestamps(
                [segments],
                self._tokenizer,
                encoded,
                frames,
                self._plain.prepend_punctuations,
                self._plain.append_punctuations,
                last_speech_timestamp=0.0,
            )
        clip_s = len(window.samples) / SAMPLE_RATE_HZ
        return decoded(parts, segments, next_s, sound=(encoded, frames), clip_s=clip_s)

    def _features(self, samples: Samples) -> tuple[NDArray[np.float32], int]:
        """The window's spectrum, padded with silence as in Whisper's training, and how many of its frames are sound."""
        import numpy as np

        frames = min(math.ceil(len(samples) / HOP), WINDOW_FRAMES)
        filled = np.pad(samples, (0, max(0, WINDOW_FRAMES * HOP - len(samples))))
        return self._whisper.feature_extractor(filled)[:, :WINDOW_FRAMES], frames


def _options(tokenizer: Any, *, beam_size: int, **others: float) -> Any:
    """Options for one decoding without sampling, so that the order in which workers take windows has no effect.
    faster-whisper's own thresholds are off, since `guards` judges the results of both engines."""
    from faster_whisper.transcribe import (  # type: ignore[import-untyped]
        TranscriptionOptions,
        get_suppressed_tokens,
    )

    usual: dict[str, Any] = {
        "best_of": 1,
        "patience": 1,
        "length_penalty": 1,
        "repetition_penalty": 1,
        "no_repeat_ngram_size": 0,
        "log_prob_threshold": None,
        "no_speech_threshold": None,
        "compression_ratio_threshold": None,
        "condition_on_previous_text": False,
        "prompt_reset_on_temperature": 0.5,
        "temperatures": [0.0],
        "initial_prompt": None,
        "prefix": None,
        "suppress_blank": True,
        "suppress_tokens": get_suppressed_tokens(tokenizer, [-1]),
        "without_timestamps": False,
        "max_initial_timestamp": 1.0,
        "word_timestamps": True,
        "prepend_punctuations": "\"'“¿([{-",
        "append_punctuations": "\"'.。,，!！?？:：”)]}、",
        "multilingual": False,
        "max_new_tokens": None,
        "clip_timestamps": "0",
        "hallucination_silence_threshold": None,
        "hotwords": None,
    }
    return TranscriptionOptions(beam_size=beam_size, **{**usual, **others})


def _no_whisper(folder: Path, reason: str) -> ModelError:
    return ModelError(
        f"Der Ordner enthält kein Whisper-Modell, das faster-whisper lesen kann ({reason}).",
        where=folder,
        advice="Den Ordner neu beschaffen oder das Modell mit seinem Namen einstellen.",
    )
