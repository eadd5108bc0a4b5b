"""Outputs of frozen encoders for a split, computed once and cached on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from reference.dataset import Split
from reference.files import atomic_file
from reference.neural.data import Clips, read_ahead
from reference.neural.model import BaselineModel
from reference.neural.weights import Tokenize

__all__ = ["encode_clips", "encode_texts"]

BATCH = 16
LAYOUT = "bands, channels"  # frames cached in another order have another key
Progress = Callable[[int, int], None]


@torch.no_grad()
def encode_clips(
    model: BaselineModel,
    split: Split,
    samples: int,
    cache: Path,
    device: torch.device,
    *,
    workers: int = 0,
    progress: Progress | None = None,
) -> NDArray[np.float16]:
    """Encode the clips of a split with the audio encoder, or read its frames from the cache.

    Parameters
    ----------
    model : BaselineModel
        The model with the audio encoder; it is used without dropout.
    split : Split
        The clips.
    samples : int
        Clips are cut or padded to this number of samples.
    cache : Path
        Folder of the cache; another encoder or changed clips give another file.
    device : torch.device
        Device for the computation.
    workers : int
        Number of processes that read clips.
    progress : callable, optional
        Called with (clips done, total).

    Returns
    -------
    ndarray of float16, shape (pairs, frames, 3072)
        A memory map of the cache file.
    """
    file = cache / f"frames_{split.name}_{_key(model, split, samples)}.npy"
    frames = _load_frames(file, len(split.pairs))
    if frames is None:
        # Write directly to disk: the frames of 7,500 clips of ten seconds take 11.5 GB.
        with atomic_file(file) as opened:
            done = 0
            for part in _encode_batches(model, split, samples, device, workers):
                if not done:
                    shape = (len(split.pairs), *part.shape[1:])
                    header = {"descr": "<f2", "fortran_order": False, "shape": shape}
                    np.lib.format.write_array_header_1_0(opened, header)
                opened.write(part.tobytes())
                done += len(part)
                if progress is not None:
                    progress(done, len(split.pairs))
        frames = np.load(file, mmap_mode="r", allow_pickle=False)
    return frames


def _load_frames(file: Path, pairs: int) -> NDArray[np.float16] | None:
    """Return the cached frames, or None if the file is missing or damaged."""
    try:
        frames: NDArray[np.float16] = np.load(file, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return frames if len(frames) == pairs else None


def _encode_batches(
    model: BaselineModel, split: Split, samples: int, device: torch.device, workers: int
) -> Iterator[NDArray[np.float16]]:
    encoder = model.audio_encoder.to(device).eval()
    clips = Clips(split, samples)
    for _, audio in read_ahead(clips, range(len(clips)), BATCH, whole=False, workers=workers):
        # The eleven bits of half floats are enough: the noise of the features is larger.
        yield encoder(audio.to(device)).half().cpu().numpy()


@torch.no_grad()
def encode_texts(
    model: BaselineModel,
    split: Split,
    tokenize: Tokenize,
    device: torch.device,
    progress: Progress | None = None,
) -> torch.Tensor:
    """Encode the texts of a split.

    Parameters
    ----------
    model : BaselineModel
        The model with the text encoder; it is used without dropout.
    split : Split
        The texts.
    tokenize : Tokenize
        The tokenizer of the text encoder.
    device : torch.device
        Device for the computation.
    progress : callable, optional
        Called with (texts done, total).

    Returns
    -------
    Tensor, shape (pairs, size)
        Not cached, because texts are faster to encode than clips.
    """
    encoder = model.text_encoder.to(device).eval()
    texts = [pair.text for pair in split.pairs]
    parts = []
    for first in range(0, len(texts), BATCH):
        ids, mask = tokenize(texts[first : first + BATCH])
        parts.append(encoder(ids.to(device), mask.to(device)).float().cpu())
        if progress is not None:
            progress(min(first + BATCH, len(texts)), len(texts))
    return torch.cat(parts)


def _key(model: BaselineModel, split: Split, samples: int) -> str:
    """Return a hash of everything that determines the frames: encoder weights, settings, clips."""
    encoder = model.audio_encoder
    settings = f"{LAYOUT}/{samples}/{encoder.pool}/{encoder.mean!r}/{encoder.std!r}"
    digest = hashlib.sha256(settings.encode())
    for name, value in encoder.state_dict().items():
        digest.update(name.encode() + value.detach().cpu().numpy().tobytes())
    for pair in split.pairs:
        state = pair.audio.stat()
        digest.update(f"{pair.id}/{state.st_size}/{state.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:16]
