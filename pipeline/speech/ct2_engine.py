"""The engine faster-whisper: the same weights in CTranslate2, converted once and kept beside Whisper's downloads."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict
from typing import TYPE_CHECKING

from pipeline.errors import ModelError
from pipeline.files import read_text, sha256_of, storage_errors, write_text
from pipeline.model import Listener, Notice
from pipeline.speech.activity import SAMPLE_RATE_HZ
from pipeline.speech.models import (
    WhisperModel,
    alignment_heads,
    cache_folder,
    checkpoint_sha256,
    no_checkpoint,
    read_checkpoint,
)
from pipeline.speech.wording import Heard, heard_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from pipeline.speech.engines import EnginePlan, Samples

_REVISION = 1  # raised when the conversion writes something else
_TOKENIZER = "tokenizer.json"
_WHOLE = "sha256.txt"  # the checksum of model.bin, written last


class Ct2Engine:
    """`folder`: a CTranslate2 model. `prompt`: the vocabulary, "" for none. `aligns_words`: whether the model's word
    times and timestamps are of use. Raises ModelError for a folder that holds no Whisper model."""

    def __init__(
        self, folder: Path, plan: EnginePlan, *, language: str, beam_size: int, prompt: str, aligns_words: bool
    ) -> None:
        from faster_whisper import WhisperModel as FasterWhisper  # type: ignore[import-untyped]  # noqa: PLC0415

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
        self._plan = plan
        self._language, self._beam_size, self._prompt, self._aligns = language, beam_size, prompt, aligns_words

    def hear(self, parts: Sequence[Samples], *, again: bool = False) -> Iterator[tuple[int, tuple[Heard, ...]]]:
        pool = ThreadPoolExecutor(self._plan.workers)
        try:
            waiting = {pool.submit(self._alone, part, again=again): index for index, part in enumerate(parts)}
            for finished in as_completed(waiting):
                yield waiting[finished], finished.result()
        finally:
            pool.shutdown(cancel_futures=True)

    def language(self, part: Samples) -> tuple[str, float]:
        code, probability, _ = self._whisper.detect_language(part)
        return code, float(probability)

    def _alone(self, samples: Samples, *, again: bool) -> tuple[Heard, ...]:
        other: dict[str, object] = {"repetition_penalty": 1.1, "no_repeat_ngram_size": 4} if again else {}
        segments, _ = self._whisper.transcribe(
            samples,
            language=self._language,  # left open, a quiet start flips it
            beam_size=self._beam_size,
            temperature=0.0,  # no sampling: the order in which the workers take the chunks must not show
            condition_on_previous_text=False,
            hotwords=None if again else self._prompt or None,
            word_timestamps=self._aligns,
            without_timestamps=not self._aligns,
            vad_filter=False,
            **other,
        )
        return tuple(heard_of(asdict(segment), clip_s=len(samples) / SAMPLE_RATE_HZ) for segment in segments)


def is_converted(model: WhisperModel) -> bool:
    """Whether `converted` has nothing left to do; reads only names."""
    return model.path.is_dir() or (bool(model.sha256) and (_folder(model.sha256) / _WHOLE).is_file())


def converted(model: WhisperModel, listener: Listener) -> Path:
    """The folder with the model for CTranslate2; its checkpoint is fetched and converted at the first time.

    A folder that is damaged is made anew. Raises ModelError, StorageError.
    """
    if model.path.is_dir():
        _check_tokens(model.path)
        return model.path
    folder = _folder(checkpoint_sha256(model))
    if _is_whole(folder):
        return folder
    if folder.exists():
        listener(Notice(text=f"Das umgewandelte Modell in {folder} ist beschädigt; es wird neu gemacht."))
    elif not model.demo:
        listener(Notice(text=f"„{model.name}“ wird einmalig für diesen Rechner umgewandelt."))
    return _convert(model, folder, listener)


def _folder(sha256: str) -> Path:
    return cache_folder() / "ctranslate2" / f"{sha256[:16]}-{_REVISION}"


def _convert(model: WhisperModel, folder: Path, listener: Listener) -> Path:
    import tempfile  # noqa: PLC0415
    from pathlib import Path  # noqa: PLC0415

    from pipeline.speech.conversion import convert  # noqa: PLC0415

    checkpoint = read_checkpoint(model, listener)
    heads = alignment_heads(model, checkpoint["dims"])
    with storage_errors(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".unvollständig-") as temporary:
            made = Path(temporary) / "model"
            made.mkdir()
            try:
                convert(checkpoint, made, alignment_heads=heads)
            except (KeyError, AttributeError, ValueError, TypeError) as error:
                raise no_checkpoint(model) from error
            write_text(made / _WHOLE, sha256_of(made / "model.bin") + "\n")
            if folder.exists() and not _is_whole(folder):
                shutil.rmtree(folder)
            if not folder.exists():  # else another run was faster
                made.replace(folder)
    return folder


def _is_whole(folder: Path) -> bool:
    """Whether the folder is a finished conversion that nobody damaged."""
    try:
        unharmed = read_text(folder / _WHOLE).strip() == sha256_of(folder / "model.bin")
        return unharmed and (folder / _TOKENIZER).is_file()
    except (OSError, ValueError):
        return False


def token_counter(folder: Path) -> Callable[[str], int]:
    """How many tokens a text has after a space, as the vocabulary is given to the model. Raises ModelError for a folder
    without a tokenizer."""
    from tokenizers import Tokenizer  # noqa: PLC0415

    path = folder / _TOKENIZER
    if not path.is_file():
        raise _no_whisper(folder, f"{_TOKENIZER} fehlt")
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises nothing narrower
        raise _no_whisper(folder, f"{_TOKENIZER}: {error}") from error
    return lambda text: len(tokenizer.encode(f" {text}", add_special_tokens=False).ids)


def _check_tokens(folder: Path) -> None:
    """Raise ModelError for a folder of one's own that is not whole or reads its tokens by another table than Whisper's:
    nobody would see why its words are wrong."""
    from pipeline.speech.model_check import check_ct2  # noqa: PLC0415
    from pipeline.speech.tokens import is_whispers  # noqa: PLC0415

    if not is_whispers(folder / _TOKENIZER, check_ct2(folder).n_vocab):
        fault = "weicht von openai-whispers ab" if (folder / _TOKENIZER).is_file() else "fehlt"
        raise ModelError(
            f"Im Modellordner „{folder.name}“: {_TOKENIZER} {fault}.",
            where=folder,
            advice=f"Einmal `make model-add FILE={folder}`: dabei bekommt das Modell den richtigen.",
        )


def _no_whisper(folder: Path, reason: str) -> ModelError:
    return ModelError(
        f"Der Ordner enthält kein Whisper-Modell, das faster-whisper lesen kann ({reason}).",
        where=folder,
        advice="Den Ordner neu beschaffen oder das Modell mit seinem Namen einstellen.",
    )
