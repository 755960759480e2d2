"""The openai-whisper engine: the reference decoding, for several windows at once on a graphics card."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pipeline.speech.activity import SAMPLE_RATE_HZ
from pipeline.speech.decoding import HOP, WINDOW_FRAMES, Scores, decoded, segments_of, spoken_parts
from pipeline.speech.guards import COMPRESSION, PROBABILITY
from pipeline.speech.threads import torch_threads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.speech.engines import Decoded, EnginePlan, Samples, Window

_SEED = 0  # Whisper samples when it is unsure; the same audio must give the same words
_TEMPERATURES = (0.2, 0.4, 0.6, 0.8, 1.0)  # Whisper's own after 0
_BEST_OF = 5  # samples, as in the `whisper` command


class TorchEngine:
    """`network`: a whisper.model.Whisper on its device. `aligns_words`: whether the network's word times and timestamps
    are usable."""

    def __init__(self, network: Any, plan: EnginePlan, *, language: str, beam_size: int, aligns_words: bool) -> None:
        from whisper.tokenizer import get_tokenizer  # type: ignore[import-untyped]

        self._network, self._plan = network, plan
        self._language, self._beam_size, self._aligns = language, beam_size, aligns_words
        self._tokenizer = get_tokenizer(
            network.is_multilingual, num_languages=network.num_languages, language=language, task="transcribe"
        )

    def decode(self, windows: Sequence[Window], *, careful: bool = False) -> list[Decoded]:
        """As `Engine.decode`. On a graphics card, windows with equally many tokens before them are decoded together."""
        import torch

        results: dict[int, Decoded] = {}
        with torch_threads(self._plan.threads), torch.inference_mode():
            if careful:
                return [self._carefully(window) for window in windows]
            for count in sorted({len(window.before) for window in windows}):
                alike = [index for index, window in enumerate(windows) if len(window.before) == count]
                decoded = self._in_groups([windows[index] for index in alike])
                results.update(zip(alike, decoded, strict=True))
        return [results[index] for index in range(len(windows))]

    def weigh(self, sound: Any, texts: Sequence[str]) -> list[float]:
        import torch

        tokenizer, weights = self._tokenizer, []
        start = [*tokenizer.sot_sequence, tokenizer.no_timestamps]
        with torch_threads(self._plan.threads), torch.inference_mode():
            sound = self._silence if sound is None else sound
            for text in texts:
                said = tokenizer.encode(f" {text}")
                tokens = torch.tensor([[*start, *said]], device=self._network.device)
                logits = self._network.logits(tokens, sound[None])[0, len(start) - 1 : -1, : tokenizer.eot].float()
                chances = logits.log_softmax(dim=-1)[torch.arange(len(said)), said]
                weights.append(float(chances.sum()))
        return weights

    @cached_property
    def _silence(self) -> Any:
        """The encoder's output for silence."""
        import numpy as np

        spectrum = self._spectrum(np.zeros(SAMPLE_RATE_HZ, dtype=np.float32))[None]
        return self._network.embed_audio(spectrum.to(next(self._network.parameters()).dtype))[0]

    def language(self, part: Samples) -> tuple[str, float]:
        import whisper  # type: ignore[import-untyped]

        with torch_threads(self._plan.threads):
            _, (probabilities,) = whisper.detect_language(self._network, self._spectrum(part).unsqueeze(0))
        likeliest = max(probabilities, key=probabilities.__getitem__)
        return likeliest, float(probabilities[likeliest])

    def _in_groups(self, windows: Sequence[Window]) -> list[Decoded]:
        """Decode all windows, as many at once as the card's memory allows."""
        import torch

        size = self._plan.together
        results: list[Decoded] = []
        while len(results) < len(windows):
            try:
                results += self._decoded(windows[len(results) : len(results) + size], temperature=0.0)
            except torch.OutOfMemoryError:
                if size == 1:
                    raise
                size = max(1, size // 2)
                torch.cuda.empty_cache()
        return results

    def _carefully(self, window: Window) -> Decoded:
        """The first result of Whisper's higher temperatures that is sound by Whisper's own limits, else the last."""
        import torch

        with torch.random.fork_rng(devices=[self._network.device] if self._plan.device == "cuda" else []):
            torch.manual_seed(_SEED)
            for temperature in _TEMPERATURES:
                (result,) = self._decoded([window], temperature=temperature)
                if all(part.compression <= COMPRESSION and part.probability >= PROBABILITY for part in result.segments):
                    break
        return result

    def _decoded(self, windows: Sequence[Window], *, temperature: float) -> list[Decoded]:
        import torch
        from whisper.decoding import DecodingOptions, DecodingTask  # type: ignore[import-untyped]

        sampled = {"best_of": _BEST_OF} if temperature else {"beam_size": self._beam_size}
        options = DecodingOptions(
            language=self._language,  # otherwise a quiet start could change it
            temperature=temperature,
            without_timestamps=not self._aligns,
            prompt=list(windows[0].before) or None,
            fp16=self._plan.device == "cuda",
            **sampled,
        )
        spectra = torch.stack([self._spectrum(window.samples) for window in windows])
        task = DecodingTask(self._network, options)
        # As `decode`, but without its bug: each beam of several windows needs its own window's sound, and gets it
        # only if there is a single window (openai-whisper 20250625).
        encoded, languages = task._get_audio_features, task._detect_language
        if len(windows) > 1:
            task._get_audio_features = lambda mel: encoded(mel).repeat_interleave(task.n_group, dim=0)
            task._detect_language = lambda audio, tokens: languages(audio[:: task.n_group], tokens)
            before = torch.tensor([window.before for window in windows], dtype=torch.long, device=self._network.device)
            loop = task._main_loop
            task._main_loop = lambda audio, tokens: loop(
                audio, _after(before.repeat_interleave(task.n_group, 0), tokens)
            )
        results = task.run(spectra.half() if options.fp16 else spectra)
        return [
            self._read(window.samples, spectrum, result)
            for window, spectrum, result in zip(windows, spectra, results, strict=True)
        ]

    def _spectrum(self, samples: Samples) -> Any:
        """The window's spectrum, padded with silence as in Whisper's training."""
        from whisper.audio import N_SAMPLES, log_mel_spectrogram, pad_or_trim  # type: ignore[import-untyped]

        filled = pad_or_trim(samples, N_SAMPLES)
        return log_mel_spectrogram(filled, self._network.dims.n_mels).to(self._network.device)

    def _read(self, samples: Samples, spectrum: Any, result: Any) -> Decoded:
        from whisper.timing import add_word_timestamps  # type: ignore[import-untyped]

        clip_s = len(samples) / SAMPLE_RATE_HZ
        scores = Scores(
            mean_log=result.avg_logprob, compression=result.compression_ratio, no_speech=result.no_speech_prob
        )
        parts, next_s = spoken_parts(result.tokens, first_timestamp=self._tokenizer.timestamp_begin, duration_s=clip_s)
        segments = segments_of(parts, scores, decode=self._tokenizer.decode)
        if self._aligns:
            add_word_timestamps(
                segments=segments,
                model=self._network,
                tokenizer=self._tokenizer,
                mel=spectrum.half() if self._plan.device == "cuda" else spectrum,
                num_frames=min(math.ceil(len(samples) / HOP), WINDOW_FRAMES),
                last_speech_timestamp=0.0,
            )
        return decoded(parts, segments, next_s, sound=result.audio_features, clip_s=clip_s)


def _after(before: Any, tokens: Any) -> Any:
    """The tokens that each decoding starts with, the prompt of one window replaced by each window's own."""
    tokens[:, 1 : 1 + before.shape[1]] = before
    return tokens
