"""Turns openai-whisper's table of tokens into the files that CTranslate2 and faster-whisper read, and compares others
with it: a model whose tokens are read by another table gives wrong words without any error.

The tokenizer's file is the one that the tokenizers library writes, in the byte-level alphabet of GPT-2.
"""

from __future__ import annotations

import random
from contextlib import suppress
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

TOKENIZER = "tokenizer.json"  # beside the weights of faster-whisper
MULTILINGUAL = (51_865, 51_866)  # tokens of OpenAI's models: 99 languages, and 100 from large-v3 on

_TOKENS_BESIDES_LANGUAGES = 51_766  # of a multilingual model: n_vocab less the number of its languages
_OTHER_NAMES = {"<|nocaptions|>": "<|nospeech|>"}  # before 2023
_SAMPLES = 300
_SENTENCE = " Schönes Wetter in Mecklenburg-Vorpommern – 5.000 Bürger*innen, „ganz“ ohne 1 Wölkchen!"
_LETTERS = [*map(chr, range(0x20, 0x7F)), *map(chr, range(0xA0, 0x250)), *"–…„“‚‘’€😀日本", "\n"]


@cache
def whisper_tokenizer(n_vocab: int) -> Any:
    """The whisper.tokenizer.Tokenizer of a multilingual model with `n_vocab` tokens."""
    from whisper.tokenizer import get_tokenizer  # type: ignore[import-untyped]

    return get_tokenizer(multilingual=True, num_languages=n_vocab - _TOKENS_BESIDES_LANGUAGES)


def whisper_tokens(n_vocab: int) -> list[str]:
    """Every token as CTranslate2 names it, ordered by number."""
    special = whisper_tokenizer(n_vocab).special_tokens
    return [*_written_tokens(n_vocab), *sorted(special, key=special.__getitem__)]


def is_vocabulary(tokens: Sequence[str], n_vocab: int) -> bool:
    """Whether a model's own list of tokens is openai-whisper's; an empty line may follow it."""
    theirs = [_OTHER_NAMES.get(token, token) for token in tokens[:n_vocab]]
    return theirs == whisper_tokens(n_vocab) and not any(tokens[n_vocab:])


def write_tokenizer(n_vocab: int, folder: Path) -> None:
    """Write tokenizer.json."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    ranks: dict[bytes, int] = whisper_tokenizer(n_vocab).encoding._mergeable_ranks
    tokens = _written_tokens(n_vocab)
    merges = [(_written(left), _written(right)) for left, right in _merges(ranks)]
    tokenizer = Tokenizer(models.BPE(vocab=tokens, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    names = whisper_tokens(n_vocab)[len(tokens) :]
    tokenizer.add_special_tokens([AddedToken(name, normalized=False, special=True) for name in names])
    tokenizer.save(str(folder / TOKENIZER))


def is_whispers(tokenizer_file: Path, n_vocab: int) -> bool:
    """Whether a tokenizer.json gives every token its number in openai-whisper's table, including those for languages
    and times, and splits texts into the same tokens: German ones, random ones, and the text of every token, which
    reveals each missing merge. False for a file that cannot be read."""
    from tokenizers import Tokenizer

    try:
        theirs = Tokenizer.from_file(str(tokenizer_file))
    except Exception:  # tokenizers raises nothing narrower
        return False
    if any(theirs.token_to_id(token) != number for number, token in enumerate(whisper_tokens(n_vocab))):
        return False
    ours = whisper_tokenizer(n_vocab).encoding
    texts = [*_texts(ours.token_byte_values()), *_samples()]
    cut: list[list[int]] = [found.ids for found in theirs.encode_batch(texts, add_special_tokens=False)]
    same: bool = cut == ours.encode_ordinary_batch(texts, num_threads=1)
    return same


def _texts(tokens: Iterable[bytes]) -> Iterator[str]:
    """The tokens that are valid text: some are only a part of a character."""
    for token in tokens:
        with suppress(UnicodeDecodeError):
            yield token.decode()


def _samples() -> list[str]:
    chance = random.Random(5)
    strange = ["".join(chance.choices(_LETTERS, k=chance.randint(1, 30))) for _ in range(_SAMPLES)]
    words = _SENTENCE.split(" ")
    german = [" ".join(chance.choices(words, k=chance.randint(2, 8))) for _ in range(_SAMPLES)]
    return [_SENTENCE, *strange, *german]


def _written_tokens(n_vocab: int) -> dict[str, int]:
    """Each token except the special ones, and its number, in order."""
    ranks: dict[bytes, int] = whisper_tokenizer(n_vocab).encoding._mergeable_ranks
    return {_written(token): rank for token, rank in sorted(ranks.items(), key=lambda entry: entry[1])}


def _written(token: bytes) -> str:
    visible = _visible_bytes()
    return "".join(visible[byte] for byte in token)


@cache
def _visible_bytes() -> dict[int, str]:
    """The character for each byte in a byte-level vocabulary: printable bytes are themselves, the others are numbered
    from U+0100 on, in order (GPT-2's alphabet)."""
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = [byte for byte in range(256) if byte not in printable]
    return {byte: chr(byte) for byte in printable} | {byte: chr(0x100 + at) for at, byte in enumerate(others)}


def _merges(ranks: Mapping[bytes, int]) -> list[tuple[bytes, bytes]]:
    """The pairs that byte-pair encoding merged, in the order in which it learnt them. A vocabulary of ranks keeps only
    the results, so the last pair of each token is found by encoding it with all tokens before it."""
    found = []
    for token, rank in sorted(ranks.items(), key=lambda entry: entry[1]):
        if len(token) < 2:
            continue
        parts = [bytes([byte]) for byte in token]
        while len(parts) > 2:
            joined = [ranks.get(left + right, rank) for left, right in pairwise(parts)]
            best = min(range(len(joined)), key=joined.__getitem__)
            assert joined[best] < rank, token
            parts[best : best + 2] = [parts[best] + parts[best + 1]]
        found.append((parts[0], parts[1]))
    return found
