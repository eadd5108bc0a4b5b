"""Pairs as tensors: clips, tokens and scores, in an order that depends on the seed and the epoch
alone.
"""

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
from reference.neural.frontend import fitted
from reference.neural.weights import Tokenize

__all__ = ["Batch", "Clips", "batches", "order_of", "read_ahead", "waveform"]


@dataclass
class Batch:
    """Some pairs: audio (waveforms or frames), text (tokens or vectors), mask, scores (NaN where
    held back).
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
    """The clips of a split, cut or padded to a length; or frames that were computed before."""

    def __init__(
        self, split: Split, samples: int, frames: NDArray[np.float16] | None = None
    ) -> None:
        self._paths = [pair.audio for pair in split.pairs]
        self._samples = samples
        self._frames = frames

    @property
    def computed(self) -> bool:
        """Whether it holds frames that were computed before."""
        return self._frames is not None

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, index: int) -> Tensor:
        if self._frames is not None:
            return torch.from_numpy(np.asarray(self._frames[index], dtype=np.float32))
        return torch.from_numpy(fitted(waveform(self._paths[index]), self._samples))


def order_of(size: int, seed: int, epoch: int) -> list[int]:
    """Return the order of the pairs in an epoch; the same for the same seed and epoch, whatever
    came before.
    """
    return np.random.default_rng((seed, epoch)).permutation(size).tolist()


def _deaf(_: int) -> None:
    """Let a reading process miss the signals that stop a run: it ends with the run, which first
    saves its state.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def read_ahead(
    clips: Clips, order: Sequence[int], size: int, *, whole: bool, workers: int = 0
) -> Iterator[tuple[list[int], Tensor]]:
    """Yield the clips of a split in an order, batch by batch: their indices, and their audio.

    Parameters
    ----------
    clips : Clips
        The audio.
    order : sequence of int
        Indices of the pairs.
    size : int
        Pairs in a batch.
    whole : bool
        Whether a last batch of fewer pairs is left out, as in training.
    workers : int
        Processes that read clips ahead.
    """
    chunks = [list(order[first : first + size]) for first in range(0, len(order), size)]
    if whole and chunks and len(chunks[-1]) < size:
        chunks.pop()
    # A generator of its own, so that reading draws nothing from the one that dropout draws from.
    # Frames that were computed before are at hand: processes to fetch them would only take the
    # cores.
    loader = DataLoader(
        clips,
        batch_sampler=chunks,
        num_workers=0 if clips.computed else workers,
        worker_init_fn=_deaf,
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
    """Yield the pairs of a split in an order, as `read_ahead` does their clips.

    Parameters
    ----------
    split : Split
        The pairs.
    clips : Clips
        Their audio.
    tokenize : Tokenize
        Of the text encoder.
    texts : Tensor, shape (pairs, size), or None
        Text vectors that were computed before, in place of tokens.
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
