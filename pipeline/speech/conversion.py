"""Converts an openai-whisper checkpoint into a CTranslate2 model for faster-whisper: the same weights as 8-bit
integers.

Everything comes from the checkpoint and from openai-whisper's own tokenizer, without network access or transformers.
The layers have the names of ctranslate2.specs.whisper_spec.WhisperSpec (CTranslate2 4.8).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pipeline.speech.tokens import whisper_tokenizer, whisper_tokens, write_tokenizer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

FEATURES = "preprocessor_config.json"


def convert(
    checkpoint: Mapping[str, Any], folder: Path, *, alignment_heads: Sequence[tuple[int, int]] | None = None
) -> None:
    """Write the CTranslate2 model of a `checkpoint` ({"dims": …, "model_state_dict": …}) into the empty `folder`.

    `alignment_heads`: (layer, head) pairs whose cross-attention follows the words; without them all heads of the upper
    half of the decoder, as in openai-whisper. Needs about one and a half times the checkpoint in memory.
    """
    dims = checkpoint["dims"]
    spec = _spec(dims, _Weights(checkpoint["model_state_dict"]))
    write_tokenizer(dims["n_vocab"], folder)
    spec.register_vocabulary(whisper_tokens(dims["n_vocab"]))
    layers, heads = dims["n_text_layer"], dims["n_text_head"]
    upper_half = [(layer, head) for layer in range(layers // 2, layers) for head in range(heads)]
    spec.config.alignment_heads = [list(pair) for pair in alignment_heads or upper_half]
    _set_special_tokens(spec.config, dims["n_vocab"])
    spec.validate()
    spec.optimize(quantization="int8_float32")
    spec.save(str(folder))
    write_features(dims["n_mels"], folder)


def write_features(n_mels: int, folder: Path) -> None:
    """Write the file with a model's number of mel bands; without it, faster-whisper assumes 80."""
    features = {"feature_size": n_mels, "sampling_rate": 16_000, "hop_length": 160, "chunk_length": 30, "n_fft": 400}
    (folder / FEATURES).write_text(json.dumps(features), encoding="utf-8")


def _set_special_tokens(config: Any, n_vocab: int) -> None:
    """Set which tokens are never written, which are never written first, and which stand for languages."""
    whisper = whisper_tokenizer(n_vocab)
    never = {
        *whisper.non_speech_tokens,
        whisper.transcribe,
        whisper.translate,
        whisper.sot,
        whisper.sot_prev,
        whisper.sot_lm,
        whisper.no_speech,
    }
    config.suppress_ids = sorted(never)
    config.suppress_ids_begin = [*whisper.encode(" "), whisper.eot]
    config.lang_ids = sorted(whisper.all_language_tokens)


# --- weights ----------------------------------------------------------------------------------------------------------


class _Weights:
    """The checkpoint's tensors by openai-whisper's names; its methods copy them to the layers of a CTranslate2
    model."""

    def __init__(self, tensors: Mapping[str, Any]) -> None:
        self.tensors = tensors

    def array(self, name: str) -> NDArray[np.floating[Any]]:
        array: NDArray[np.floating[Any]] = self.tensors[name].numpy()
        return array

    def linear(self, layer: Any, *names: str) -> None:
        """Fill one linear layer from one or more, concatenating their outputs. Whisper's key layers have no bias."""
        import numpy as np

        weights = [self.array(f"{name}.weight") for name in names]
        layer.weight = np.concatenate(weights) if len(weights) > 1 else weights[0]
        layer.bias = np.concatenate(
            [
                self.array(f"{name}.bias") if f"{name}.bias" in self.tensors else np.zeros(len(weight), weight.dtype)
                for name, weight in zip(names, weights, strict=True)
            ]
        )

    def norm(self, layer: Any, name: str) -> None:
        layer.gamma, layer.beta = self.array(f"{name}.weight"), self.array(f"{name}.bias")

    def convolution(self, layer: Any, name: str) -> None:
        layer.weight, layer.bias = self.array(f"{name}.weight"), self.array(f"{name}.bias")

    def self_attention(self, layer: Any, block: str) -> None:
        attention = f"{block}.attn"
        self.norm(layer.layer_norm, f"{block}.attn_ln")
        self.linear(layer.linear[0], *(f"{attention}.{part}" for part in ("query", "key", "value")))
        self.linear(layer.linear[1], f"{attention}.out")

    def cross_attention(self, layer: Any, block: str) -> None:
        attention = f"{block}.cross_attn"
        self.norm(layer.layer_norm, f"{block}.cross_attn_ln")
        self.linear(layer.linear[0], f"{attention}.query")
        self.linear(layer.linear[1], f"{attention}.key", f"{attention}.value")
        self.linear(layer.linear[2], f"{attention}.out")

    def feed_forward(self, layer: Any, block: str) -> None:
        self.norm(layer.layer_norm, f"{block}.mlp_ln")
        self.linear(layer.linear_0, f"{block}.mlp.0")
        self.linear(layer.linear_1, f"{block}.mlp.2")


def _spec(dims: Mapping[str, int], weights: _Weights) -> Any:
    from ctranslate2.specs.whisper_spec import WhisperSpec  # type: ignore[import-untyped]

    spec = WhisperSpec(dims["n_audio_layer"], dims["n_audio_head"], dims["n_text_layer"], dims["n_text_head"])
    encoder, decoder = spec.encoder, spec.decoder
    weights.convolution(encoder.conv1, "encoder.conv1")
    weights.convolution(encoder.conv2, "encoder.conv2")
    encoder.position_encodings.encodings = weights.array("encoder.positional_embedding")
    for number, layer in enumerate(encoder.layer):
        block = f"encoder.blocks.{number}"
        weights.self_attention(layer.self_attention, block)
        weights.feed_forward(layer.ffn, block)
    weights.norm(encoder.layer_norm, "encoder.ln_post")
    decoder.embeddings.weight = weights.array("decoder.token_embedding.weight")
    decoder.position_encodings.encodings = weights.array("decoder.positional_embedding")
    for number, layer in enumerate(decoder.layer):
        block = f"decoder.blocks.{number}"
        weights.self_attention(layer.self_attention, block)
        weights.cross_attention(layer.attention, block)
        weights.feed_forward(layer.ffn, block)
    weights.norm(decoder.layer_norm, "decoder.ln")
    decoder.projection.weight = weights.array("decoder.token_embedding.weight")
    return spec
