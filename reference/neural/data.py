"""Pairs as tensors (clips, tokens and scores); their order depends only on seed and epoch."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from reference.audio import read_wav
from reference.dataset import Split
from reference.neural.frontend import fit_length
from reference.neural.weights import Tokenize

__all__ = ["Batch", "Clips", "batches", "order_of", "read_ahead", "waveform"]


@dataclass
class Batch:
    """A batch of pairs.

    Attributes
    ----------
    audio : Tensor, shape (batch, samples) or (batch, frames, 3072)
        Waveforms or encoded frames.
    text : Tensor, shape (batch, tokens) or (batch, size)
        Tokens or encoded texts.
    mask : Tensor
        Mask of the tokens.
    scores : Tensor, shape (batch,)
        Scores from 0 to 10; NaN if withheld.
    """

    audio: Tensor
    text: Tensor
    mask: Tensor
    scores: Tensor

    def to(self, device: torch.device) -> Batch:
        """Return the batch on a device."""
        return Batch(
            *(
                part.to(device, non_blocking=True)
                for part in (self.audio, self.text, self.mask, self.scores)
            )
        )


def waveform(path: Path) -> NDArray[np.float32]:
    """Return a clip's samples in [-1, 1], shape (samples,)."""
    return read_wav(path).astype(np.float32) / np.float32(32_768)


class Clips(Dataset[Tensor]):
    """The clips of a split, cut or padded to the same length, or their precomputed frames."""

    def __init__(
        self, split: Split, samples: int, frames: NDArray[np.float16] | None = None
    ) -> None:
        self._paths = [pair.audio for pair in split.pairs]
        self._samples = samples
        self._frames = frames

    @property
    def precomputed(self) -> bool:
        """Whether the items are precomputed frames."""
        return self._frames is not None

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, index: int) -> Tensor:
        if self._frames is not None:
            return torch.from_numpy(np.asarray(self._frames[index], dtype=np.float32))
        return torch.from_numpy(fit_length(waveform(self._paths[index]), self._samples))


def order_of(size: int, seed: int, epoch: int) -> list[int]:
    """Return the order of the pairs in an epoch; it depends only on the arguments."""
    return np.random.default_rng((seed, epoch)).permutation(size).tolist()


def _ignore_stop_signals(_: int) -> None:
    """Ignore stop signals in a reader process: the run saves its state, then ends its readers."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def read_ahead(
    clips: Clips, order: Sequence[int], size: int, *, whole: bool, workers: int = 0
) -> Iterator[tuple[list[int], Tensor]]:
    """Yield batches of clips in the given order: their indices and their audio.

    Parameters
    ----------
    clips : Clips
        The audio.
    order : sequence of int
        Indices of the pairs.
    size : int
        Pairs per batch.
    whole : bool
        Whether to drop an incomplete last batch, as in training.
    workers : int
        Number of processes that read clips in advance.
    """
    chunks = [list(order[first : first + size]) for first in range(0, len(order), size)]
    if whole and chunks and len(chunks[-1]) < size:
        chunks.pop()
    # A separate generator, so that reading does not change the random numbers of dropout.
    # Precomputed frames need no reader processes, which would only take CPU time.
    loader = DataLoader(
        clips,
        batch_sampler=chunks,
        num_workers=0 if clips.precomputed else workers,
        worker_init_fn=_ignore_stop_signals,
        generator=torch.Generator().manual_seed(0),
    )
    yield from zip(chunks, loader, strict=True)


def batches(
    split: Split,
    clips: Clips,
    tokenize: Tokenize,
    texts: Tensor | None,
    order: Sequence[int],
    size: int,
    *,
    whole: bool,
    workers: int = 0,
) -> Iterator[Batch]:
    """Yield batches of pairs in the given order.

    Parameters
    ----------
    split : Split
        The pairs.
    clips : Clips
        Their audio.
    tokenize : Tokenize
        The tokenizer of the text encoder.
    texts : Tensor, shape (pairs, size), or None
        Precomputed text vectors, used instead of tokens.
    order, size, whole, workers
        As in `read_ahead`.
    """
    scores = torch.from_numpy(split.scores()).float()
    for chunk, audio in read_ahead(clips, order, size, whole=whole, workers=workers):
        if texts is not None:
            text, mask = texts[chunk], torch.ones(len(chunk), 1)
        else:
            text, mask = tokenize([split.pairs[index].text for index in chunk])
        yield Batch(audio, text, mask, scores[chunk])
