"""Rebuilds the checkpoint that OpenAI published, byte for byte, from the CTranslate2 conversion of a Whisper model.

A conversion in half precision keeps every weight. The names and the order of the tensors are openai-whisper's, those of
the arrays are ctranslate2.specs.whisper_spec.WhisperSpec's: the reverse of `conversion`. The sha256 shows whether the
result is OpenAI's.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from pipeline.speech.ct2_file import FLOAT16, Ct2File, StoredArray, read_ct2
from pipeline.speech.torch_file import HalfTensor, write_checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

_WEIGHTS = ("/weight", "/bias", "/gamma", "/beta", "/encodings")


def rebuild_checkpoint(model_bin: Path, checkpoint: Path) -> None:
    """Write the checkpoint of the conversion `model_bin`. Needs a few megabytes of memory, whatever the model's size.

    Raises ValueError if the file is not a complete Whisper model in half precision, and OSError from reading and
    writing.
    """
    model = read_ct2(model_bin)
    if any(array.kind != FLOAT16 for name, array in model.arrays.items() if name.endswith(_WEIGHTS)):
        raise ValueError("the weights are not in half precision")
    try:
        tensors = list(_tensors(model))
        dims = _dims(model, {tensor.name: tensor.shape for tensor in tensors})
    except (KeyError, IndexError) as error:
        raise ValueError(f"no Whisper model: {error} is missing") from error
    with checkpoint.open("wb") as file:
        write_checkpoint(file, dims, tensors)


def _dims(model: Ct2File, shapes: dict[str, tuple[int, ...]]) -> dict[str, int]:
    (n_vocab, text_state), (text_ctx, _) = (
        shapes[f"decoder.{name}"] for name in ("token_embedding.weight", "positional_embedding")
    )
    audio_ctx, audio_state = shapes["encoder.positional_embedding"]
    return {
        "n_mels": shapes["encoder.conv1.weight"][1],
        "n_vocab": n_vocab,
        "n_audio_ctx": audio_ctx,
        "n_audio_state": audio_state,
        "n_audio_head": model.integer("encoder/num_heads"),
        "n_audio_layer": _layers(model, "encoder"),
        "n_text_ctx": text_ctx,
        "n_text_state": text_state,
        "n_text_head": model.integer("decoder/num_heads"),
        "n_text_layer": _layers(model, "decoder"),
    }


def _tensors(model: Ct2File) -> Iterator[HalfTensor]:
    """The tensors of the checkpoint, in its order."""
    arrays = model.arrays
    yield _plain("decoder.positional_embedding", arrays["decoder/position_encodings/encodings"])
    yield _plain("encoder.positional_embedding", arrays["encoder/position_encodings/encodings"])
    yield _plain("decoder.token_embedding.weight", arrays["decoder/embeddings/weight"])
    for number in range(_layers(model, "decoder")):
        yield from _block(model, f"decoder/layer_{number}", f"decoder.blocks.{number}")
        yield from _cross_attention(model, f"decoder/layer_{number}/attention", f"decoder.blocks.{number}.cross_attn")
    yield from _norm(model, "decoder/layer_norm", "decoder.ln")
    for name in ("conv1", "conv2"):
        yield _plain(f"encoder.{name}.weight", arrays[f"encoder/{name}/weight"])
        yield _plain(f"encoder.{name}.bias", arrays[f"encoder/{name}/bias"])
    for number in range(_layers(model, "encoder")):
        yield from _block(model, f"encoder/layer_{number}", f"encoder.blocks.{number}")
    yield from _norm(model, "encoder/layer_norm", "encoder.ln_post")


def _layers(model: Ct2File, side: str) -> int:
    return next(number for number in count() if f"{side}/layer_{number}/ffn/linear_0/weight" not in model.arrays)


def _block(model: Ct2File, source: str, name: str) -> Iterator[HalfTensor]:
    yield from _norm(model, f"{source}/ffn/layer_norm", f"{name}.mlp_ln")
    yield from _linear(f"{name}.mlp.0", *_pair(model, f"{source}/ffn/linear_0"))
    yield from _linear(f"{name}.mlp.2", *_pair(model, f"{source}/ffn/linear_1"))
    yield from _norm(model, f"{source}/self_attention/layer_norm", f"{name}.attn_ln")
    query, key, value = _parts(model, f"{source}/self_attention/linear_0", 3)
    yield from _attention(f"{name}.attn", query, key, value, _pair(model, f"{source}/self_attention/linear_1"))


def _cross_attention(model: Ct2File, source: str, name: str) -> Iterator[HalfTensor]:
    yield from _norm(model, f"{source}/layer_norm", f"{name}_ln")
    key, value = _parts(model, f"{source}/linear_1", 2)
    yield from _attention(name, _pair(model, f"{source}/linear_0"), key, value, _pair(model, f"{source}/linear_2"))


_Pair = tuple[StoredArray, StoredArray]  # weight and bias of a linear layer


def _attention(name: str, query: _Pair, key: _Pair, value: _Pair, result: _Pair) -> Iterator[HalfTensor]:
    if key[1].read().any():
        raise ValueError(f"{name}.key has a bias, which Whisper's has not")
    yield from _linear(f"{name}.query", *query)
    yield from list(_linear(f"{name}.key", *key))[:1]
    yield from _linear(f"{name}.value", *value)
    yield from _linear(f"{name}.out", *result)


def _pair(model: Ct2File, source: str) -> _Pair:
    return model.arrays[f"{source}/weight"], model.arrays[f"{source}/bias"]


def _parts(model: Ct2File, source: str, parts: int) -> list[_Pair]:
    """The layers that CTranslate2 concatenated."""
    weight, bias = _pair(model, source)
    return list(zip(weight.split(parts), bias.split(parts), strict=True))


def _linear(name: str, weight: StoredArray, bias: StoredArray) -> Iterator[HalfTensor]:
    """The tensors of a linear layer. OpenAI's storages hold [in, out]; the checkpoint shows them transposed."""
    rows = weight.shape[0]
    yield HalfTensor(name=f"{name}.weight", shape=weight.shape, strides=(1, rows), pieces=_transposed(weight))
    yield _plain(f"{name}.bias", bias)


def _transposed(array: StoredArray) -> Callable[[], Iterable[bytes]]:
    return lambda: [array.read().T.tobytes()]


def _norm(model: Ct2File, source: str, name: str) -> Iterator[HalfTensor]:
    yield _plain(f"{name}.weight", model.arrays[f"{source}/gamma"])
    yield _plain(f"{name}.bias", model.arrays[f"{source}/beta"])


def _plain(name: str, array: StoredArray) -> HalfTensor:
    strides = [1]
    for length in array.shape[:0:-1]:
        strides.insert(0, strides[0] * length)
    return HalfTensor(name=name, shape=array.shape, strides=tuple(strides), pieces=array.pieces)
