"""The small Whisper network, its losses in training, and its export as an ordinary Whisper checkpoint."""

import io
import lzma
from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own custom)
from whisper.audio import log_mel_spectrogram  # type: ignore[import-untyped]  # ships no types
from whisper.model import ModelDimensions, Whisper, sinusoids  # type: ignore[import-untyped]

from tools.demo_model.vocabulary import FULL_SIZE, Vocabulary
from tools.demo_model.windows import IGNORED, LETTERS, Batch

STATE, LAYERS = 128, 2
_HEADS = 4
_GUIDED_HEADS = 2  # of each cross-attention; the others look anywhere
_NEIGHBOURS = ((-5, -2, 2, 5), (-16, -7, 7, 16))  # frames (20 ms) that the encoder's heads look at initially, by layer
_HEARD, _PLACED = 2.5, 1.2  # initial gain of sound over position in the encoder, and of position in queries and keys
_SOFT_FRAMES = 3  # a timestamp's target reaches this far to both sides, as a Gaussian of 0.02 s


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    tokens: torch.Tensor
    letters: torch.Tensor
    attention: torch.Tensor


class DemoNetwork(torch.nn.Module):
    """Whisper with the reduced vocabulary, and a letter output on the encoder that is used in training only."""

    def __init__(self, words: Vocabulary) -> None:
        super().__init__()
        self.words = words
        self.whisper = Whisper(_dimensions(words.shared + 1))
        self.letters = torch.nn.Linear(STATE, len(LETTERS) + 1)
        torch.nn.init.normal_(self.whisper.decoder.token_embedding.weight, std=0.04)
        torch.nn.init.normal_(self.whisper.decoder.positional_embedding, std=0.02)
        self._order_timestamps()
        self._look_around()
        self._queries: list[torch.Tensor] = []
        self._keys: list[torch.Tensor] = []
        for block in self.whisper.decoder.blocks:
            block.cross_attn.query.register_forward_hook(lambda _m, _i, output: self._queries.append(output))
            block.cross_attn.key.register_forward_hook(lambda _m, _i, output: self._keys.append(output))

    def losses(self, batch: Batch) -> Losses:
        self._queries.clear()
        self._keys.clear()
        with torch.autocast(batch.samples.device.type, enabled=False):  # half precision would blur the quiet bands
            mel = log_mel_spectrogram(batch.samples)
        heard = self._encoded(mel, batch.offsets)
        logits = self.whisper.decoder(batch.inputs, heard)
        return Losses(
            tokens=self._token_loss(logits, batch.targets),
            letters=self._letter_loss(heard, batch),
            attention=self._attention(batch),
        )

    def _order_timestamps(self) -> None:
        """Initialise the timestamps' rows as the encoder's positions: to write a time is then to pass on where one
        looks.

        From random rows, 1501 times would have to be learnt one by one, which takes longer than all the words.
        """
        first, last = self.words.first_timestamp, self.words.shared
        with torch.no_grad():
            rows = self.whisper.decoder.token_embedding.weight[first:last]
            rows.copy_(0.07 * sinusoids(len(rows), STATE))

    def _look_around(self) -> None:
        """Initialise each encoder head with a view to one side, and sound with as much weight as position.

        Positions are pairs of sine and cosine, so a query turned by an angle meets the key of a frame at a fixed
        distance. From random weights, finding out that a phone's neighbours matter takes the first 300 steps.
        """
        encoder = self.whisper.encoder
        half, size = STATE // 2, STATE // _HEADS
        frequencies = 10_000 ** (-torch.arange(half) / (half - 1))  # those of Whisper's `sinusoids`
        with torch.no_grad():
            encoder.conv1.weight.mul_(_HEARD)
            encoder.conv2.weight.mul_(_HEARD)
            for block, distances in zip(encoder.blocks, _NEIGHBOURS, strict=True):
                query, key = block.attn.query.weight, block.attn.key.weight
                query.mul_(0.3)
                key.mul_(0.3)
                for head, distance in enumerate(distances):
                    sine = min(abs(distance), 6) // 6 * 6 + head % 2 + 2 * torch.arange(size // 2)  # blunter if farther
                    cosine, row = sine + half, head * size + 2 * torch.arange(size // 2)
                    turn = frequencies[sine] * distance
                    key[row, sine] += _PLACED
                    key[row + 1, cosine] += _PLACED
                    query[row, sine] += _PLACED * turn.cos()
                    query[row, cosine] += _PLACED * turn.sin()
                    query[row + 1, cosine] += _PLACED * turn.cos()
                    query[row + 1, sine] -= _PLACED * turn.sin()

    def _encoded(self, mel: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
        """Whisper's encoder for windows shorter than 30 s, each at its own position in the 30 s."""
        encoder = self.whisper.encoder
        x = F.gelu(encoder.conv2(F.gelu(encoder.conv1(mel)))).permute(0, 2, 1)
        places = offsets[:, None] + torch.arange(x.shape[1], device=x.device)
        x = x + encoder.positional_embedding[places]
        for block in encoder.blocks:
            x = block(x)
        heard: torch.Tensor = encoder.ln_post(x)
        return heard

    def _token_loss(self, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        wanted = targets != IGNORED
        chosen, targets = logits[wanted].float(), targets[wanted]
        unused = torch.zeros(chosen.shape[-1], device=chosen.device)
        unused[-1] = self.words.log_unused
        likelihood = F.log_softmax(chosen + unused, -1)
        first, last = self.words.first_timestamp, self.words.shared - 1
        timed = targets >= first
        loss = -likelihood[~timed].gather(1, targets[~timed, None]).sum()
        reach = torch.arange(-_SOFT_FRAMES, _SOFT_FRAMES + 1, device=targets.device)
        weights = F.softmax(-0.5 * reach.float() ** 2, 0)
        near = (targets[timed, None] + reach).clamp(first, last)
        loss = loss - (likelihood[timed].gather(1, near) * weights).sum()
        return loss / len(targets)

    def _letter_loss(self, heard: torch.Tensor, batch: Batch) -> torch.Tensor:
        likelihood = F.log_softmax(self.letters(heard).float(), -1).transpose(0, 1)
        lengths = torch.full_like(batch.letter_counts, heard.shape[1])
        return F.ctc_loss(likelihood, batch.letters, lengths, batch.letter_counts, zero_infinity=True)

    def _attention(self, batch: Batch) -> torch.Tensor:
        """How far two heads of each cross-attention look away from where the next token is heard."""
        if not len(batch.anchors):
            return batch.anchors.new_zeros(())
        rows, places = batch.anchors[:, 0].long(), batch.anchors[:, 1].long()
        frames, reach = batch.anchors[:, 2, None], batch.anchors[:, 3, None]
        total = torch.zeros((), device=frames.device)
        for query, key in zip(self._queries, self._keys, strict=True):
            size = STATE // _HEADS
            q = query.view(*query.shape[:2], _HEADS, size)[:, :, :_GUIDED_HEADS].permute(0, 2, 1, 3)
            k = key.view(*key.shape[:2], _HEADS, size)[:, :, :_GUIDED_HEADS].permute(0, 2, 3, 1)
            looked = F.log_softmax((q @ k)[rows, :, places].float() * size**-0.5, -1)
            far = (torch.arange(looked.shape[-1], device=frames.device) - frames).abs() > reach
            total = total - looked.masked_fill(far[:, None], -1e9).logsumexp(-1).mean()
        return total / len(self._queries)


def checkpoint(network: DemoNetwork) -> bytes:
    """An ordinary Whisper checkpoint in half precision; the same weights give the same bytes."""
    words = network.words
    weights = {name: value.detach().cpu() for name, value in network.whisper.state_dict().items()}
    rows = weights["decoder.token_embedding.weight"]
    expanded = rows[words.shared].repeat(FULL_SIZE, 1)
    expanded[torch.tensor(words.used)] = rows[: words.shared]
    weights["decoder.token_embedding.weight"] = expanded
    halves = {name: value.half().contiguous() for name, value in weights.items()}
    file = io.BytesIO()
    torch.save({"dims": asdict(_dimensions(FULL_SIZE)), "model_state_dict": halves}, file)
    return file.getvalue()


def compressed(content: bytes) -> bytes:
    return lzma.compress(content, preset=9 | lzma.PRESET_EXTREME)


def _dimensions(vocabulary_size: int) -> ModelDimensions:
    return ModelDimensions(
        n_mels=80,
        n_audio_ctx=1500,
        n_audio_state=STATE,
        n_audio_head=_HEADS,
        n_audio_layer=LAYERS,
        n_vocab=vocabulary_size,
        n_text_ctx=448,
        n_text_state=STATE,
        n_text_head=_HEADS,
        n_text_layer=LAYERS,
    )
