"""What frozen encoders make of a split, computed once and kept on the disk."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from reference.dataset import Split
from reference.files import write_bytes
from reference.neural.data import Clips, batches
from reference.neural.model import BaselineModel
from reference.neural.weights import Tokenize

__all__ = ["frozen_audio", "frozen_text"]

BATCH = 16
Progress = Callable[[int, int], None]


@torch.no_grad()
def frozen_audio(
    model: BaselineModel,
    split: Split,
    samples: int,
    cache: Path | None,
    device: torch.device,
    *,
    workers: int = 0,
    progress: Progress | None = None,
) -> NDArray[np.float32]:
    """Return the frames of a split's clips, shape (pairs, frames, 3072), float32.

    Parameters
    ----------
    model : BaselineModel
        Whose audio encoder is used, without dropout.
    split : Split
        The clips.
    samples : int
        Length that clips are brought to.
    cache : Path or None
        A folder where they are kept as half floats; another encoder or clip makes another file.
    device : torch.device
        Where they are computed.
    workers : int
        Processes that read clips.
    progress : callable, optional
        Called with (clips done, clips in all).
    """
    file = None if cache is None else cache / f"frames_{split.name}_{_key(model, split, samples)}.npy"
    if file is not None and file.is_file():
        return np.load(file, mmap_mode="r", allow_pickle=False)
    encoder = model.audio_encoder.to(device).eval()
    parts: list[NDArray[np.float16]] = []
    nothing = torch.zeros(len(split.pairs), 1)
    order = range(len(split.pairs))
    for batch in batches(split, Clips(split, samples), _no_tokens, nothing, order, BATCH, whole=False, workers=workers):
        # Half floats have eleven bits of precision: the features' own noise is larger.
        parts.append(encoder(batch.audio.to(device)).half().cpu().numpy())
        if progress is not None:
            progress(sum(map(len, parts)), len(split.pairs))
    frames = np.concatenate(parts)
    if file is not None:
        memory = io.BytesIO()
        np.save(memory, frames)
        write_bytes(file, memory.getvalue())
        return np.load(file, mmap_mode="r", allow_pickle=False)
    return frames.astype(np.float32)


def _no_tokens(_: object) -> tuple[torch.Tensor, torch.Tensor]:
    raise NotImplementedError("text vectors stand in for tokens here")


@torch.no_grad()
def frozen_text(model: BaselineModel, split: Split, tokenize: Tokenize, device: torch.device) -> torch.Tensor:
    """Return the vectors of a split's texts, shape (pairs, size); they are quick to make, and not kept."""
    encoder = model.text_encoder.to(device).eval()
    texts = [pair.text for pair in split.pairs]
    parts = []
    for first in range(0, len(texts), BATCH):
        ids, mask = tokenize(texts[first : first + BATCH])
        parts.append(encoder(ids.to(device), mask.to(device)).float().cpu())
    return torch.cat(parts)


def _key(model: BaselineModel, split: Split, samples: int) -> str:
    """Return a hash of what frames are made of: the encoder's weights, its settings, and the clips."""
    encoder = model.audio_encoder
    digest = hashlib.sha256(f"{samples}/{encoder.pool}/{encoder.mean!r}/{encoder.std!r}".encode())
    for name, value in encoder.state_dict().items():
        digest.update(name.encode() + value.detach().cpu().numpy().tobytes())
    for pair in split.pairs:
        state = pair.audio.stat()
        digest.update(f"{pair.id}/{state.st_size}/{state.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:16]
