"""The engine openai-whisper: its own `transcribe` on a processor, its batched `decode` on a graphics card."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pipeline.speech.activity import SAMPLE_RATE_HZ
from pipeline.speech.threads import torch_threads
from pipeline.speech.wording import Heard, heard_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pipeline.speech.engines import EnginePlan, Samples

_SEED = 0  # Whisper samples when it is unsure; the same audio shall give the same words
_SECOND_TRY = (0.2, 0.4, 0.6, 0.8, 1.0)  # Whisper's own temperatures after 0
_BATCH = 16  # chunks that a graphics card decodes together
_UNHEARD_S = 2.0  # a decoding that ends so long before its chunk has left something out


class TorchEngine:
    """`network`: a whisper.model.Whisper on its device. `prompt`: the vocabulary, "" for none. `aligns_words`: whether
    the network's word times and timestamps are of use."""

    def __init__(
        self, network: Any, plan: EnginePlan, *, language: str, beam_size: int, prompt: str, aligns_words: bool
    ) -> None:
        from whisper.tokenizer import get_tokenizer  # type: ignore[import-untyped]  # noqa: PLC0415

        self._network, self._plan = network, plan
        self._language, self._beam_size, self._prompt, self._aligns = language, beam_size, prompt, aligns_words
        self._tokenizer = get_tokenizer(
            network.is_multilingual, num_languages=network.num_languages, language=language, task="transcribe"
        )

    def hear(self, parts: Sequence[Samples], *, again: bool = False) -> Iterator[tuple[int, tuple[Heard, ...]]]:
        if self._plan.device == "cuda" and not again:
            yield from self.hear_together(parts, _BATCH)
            return
        with torch_threads(self._plan.threads):
            for index, samples in enumerate(parts):
                yield index, self._alone(samples, again=again)

    def language(self, part: Samples) -> tuple[str, float]:
        import whisper  # type: ignore[import-untyped]  # noqa: PLC0415

        with torch_threads(self._plan.threads):
            _, (probabilities,) = whisper.detect_language(self._network, self._window(part).unsqueeze(0))
        likeliest = max(probabilities, key=probabilities.__getitem__)
        return likeliest, float(probabilities[likeliest])

    def _alone(self, samples: Samples, *, again: bool) -> tuple[Heard, ...]:
        import torch  # noqa: PLC0415

        prompt = "" if again else self._prompt
        with torch.random.fork_rng():
            torch.manual_seed(_SEED)
            answer = self._network.transcribe(
                samples,
                language=self._language,  # left open, a quiet start flips it
                beam_size=self._beam_size,
                temperature=_SECOND_TRY if again else 0.0,
                fp16=self._plan.device == "cuda",
                condition_on_previous_text=False,
                initial_prompt=prompt or None,
                carry_initial_prompt=bool(prompt),  # alone, a prompt reaches only the first window
                word_timestamps=self._aligns,
                without_timestamps=not self._aligns,
                verbose=None,
            )
        return tuple(heard_of(segment, clip_s=len(samples) / SAMPLE_RATE_HZ) for segment in answer["segments"])

    # --- several chunks at once --------------------------------------------------------------------------------------

    def hear_together(self, parts: Sequence[Samples], size: int) -> Iterator[tuple[int, tuple[Heard, ...]]]:
        """As `hear`, `size` parts in one decoding. A part of which the decoding left the end out is heard alone."""
        import torch  # noqa: PLC0415

        first = 0
        while first < len(parts):
            group = parts[first : first + size]
            try:
                results = self._decoded(group)
            except torch.OutOfMemoryError:
                if size == 1:
                    raise
                size = max(1, size // 2)
                torch.cuda.empty_cache()
                continue
            for index, (samples, result) in enumerate(zip(group, results, strict=True), start=first):
                heard = self._read(samples, result)
                yield index, self._alone(samples, again=False) if heard is None else heard
            first += size

    def _decoded(self, parts: Sequence[Samples]) -> list[Any]:
        import torch  # noqa: PLC0415
        from whisper.decoding import DecodingOptions, DecodingTask  # type: ignore[import-untyped]  # noqa: PLC0415

        options = DecodingOptions(
            language=self._language,
            beam_size=self._beam_size,
            prompt=self._tokenizer.encode(f" {self._prompt}") if self._prompt else None,
            without_timestamps=not self._aligns,
            fp16=self._plan.device == "cuda",
        )
        windows = torch.stack([self._window(part) for part in parts])
        task = DecodingTask(self._network, options)
        # What `decode` does, but for its mistake: each beam of several windows needs its window's sound, and gets it
        # only where there is one window (openai-whisper 20250625).
        encoded, languages = task._get_audio_features, task._detect_language
        task._get_audio_features = lambda mel: encoded(mel).repeat_interleave(task.n_group, dim=0)
        task._detect_language = lambda audio, tokens: languages(audio[:: task.n_group], tokens)
        results: list[Any] = task.run(windows.half() if options.fp16 else windows)
        return results

    def _window(self, samples: Samples) -> Any:
        from whisper.audio import (  # type: ignore[import-untyped]  # noqa: PLC0415
            N_FRAMES,
            N_SAMPLES,
            log_mel_spectrogram,
            pad_or_trim,
        )

        mel = log_mel_spectrogram(samples, self._network.dims.n_mels, padding=N_SAMPLES)
        return pad_or_trim(mel[:, : mel.shape[-1] - N_FRAMES], N_FRAMES).to(self._network.device)  # as `transcribe`

    def _read(self, samples: Samples, result: Any) -> tuple[Heard, ...] | None:
        """One result of `decode` as segments; None where it ends long before the samples do."""
        from whisper.audio import HOP_LENGTH  # noqa: PLC0415
        from whisper.timing import add_word_timestamps  # type: ignore[import-untyped]  # noqa: PLC0415

        end_s = len(samples) / SAMPLE_RATE_HZ
        if result.no_speech_prob > 0.6 and result.avg_logprob < -1.0:  # as `transcribe` skips a window
            return ()
        spoken = self._segments(result.tokens, end_s)
        if self._aligns and (not spoken or spoken[-1][1] < end_s - _UNHEARD_S):
            return None
        segments = [
            {
                "start": start_s,
                "end": end_s,
                "tokens": tokens,
                "text": self._tokenizer.decode(tokens),
                "avg_logprob": result.avg_logprob,
                "compression_ratio": result.compression_ratio,
                "no_speech_prob": result.no_speech_prob,
                "seek": 0,
            }
            for start_s, end_s, tokens in spoken
        ]
        if self._aligns:
            mel = self._window(samples)
            add_word_timestamps(
                segments=segments,
                model=self._network,
                tokenizer=self._tokenizer,
                mel=mel.half() if self._plan.device == "cuda" else mel,
                num_frames=math.ceil(len(samples) / HOP_LENGTH),
                last_speech_timestamp=0.0,
            )
        return tuple(heard_of(segment, clip_s=end_s) for segment in segments)

    def _segments(self, tokens: Sequence[int], duration_s: float) -> list[tuple[float, float, list[int]]]:
        """(start, end, text tokens) between Whisper's timestamps, which come in pairs; without any, all of it."""
        found: list[tuple[float, float, list[int]]] = []
        start_s, text = 0.0, list[int]()
        for token in tokens:
            if token < self._tokenizer.timestamp_begin:
                text.append(token)
                continue
            time_s = min(0.02 * (token - self._tokenizer.timestamp_begin), duration_s)
            if text:
                found.append((start_s, time_s, text))
            start_s, text = time_s, []
        return [*found, (start_s, duration_s, text)] if text else found


def token_counter(network: Any, language: str) -> Callable[[str], int]:
    """How many tokens a text has after a space, as the vocabulary is given to the model."""
    from whisper.tokenizer import get_tokenizer  # noqa: PLC0415

    tokenizer = get_tokenizer(network.is_multilingual, num_languages=network.num_languages, language=language)
    return lambda text: len(tokenizer.encode(f" {text}"))
