"""What frozen encoders make of a split, computed once and kept on the disk."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from reference.dataset import Split
from reference.files import writing
from reference.neural.data import Clips, read_ahead
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
    cache: Path,
    device: torch.device,
    *,
    workers: int = 0,
    progress: Progress | None = None,
) -> NDArray[np.float16]:
    """Return the frames of a split's clips, shape (pairs, frames, 3072), as a map of the file that
    keeps them.

    Parameters
    ----------
    model : BaselineModel
        Whose audio encoder is used, without dropout.
    split : Split
        The clips.
    samples : int
        Length that clips are brought to.
    cache : Path
        A folder where they are kept as half floats; another encoder or clip makes another file.
    device : torch.device
        Where they are computed.
    workers : int
        Processes that read clips.
    progress : callable, optional
        Called with (clips done, clips in all).
    """
    file = cache / f"frames_{split.name}_{_key(model, split, samples)}.npy"
    frames = _kept(file, len(split.pairs))
    if frames is None:
        # Straight to the disk: the frames of 7,500 clips of ten seconds take 11.5 GB.
        with writing(file) as opened:
            done = 0
            for part in _encoded(model, split, samples, device, workers):
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


def _kept(file: Path, pairs: int) -> NDArray[np.float16] | None:
    """Return what was computed before; None if there is nothing, or nothing whole."""
    try:
        frames: NDArray[np.float16] = np.load(file, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return frames if len(frames) == pairs else None


def _encoded(
    model: BaselineModel, split: Split, samples: int, device: torch.device, workers: int
) -> Iterator[NDArray[np.float16]]:
    encoder = model.audio_encoder.to(device).eval()
    clips = Clips(split, samples)
    for _, audio in read_ahead(clips, range(len(clips)), BATCH, whole=False, workers=workers):
        # Half floats have eleven bits of precision: the features' own noise is larger.
        yield encoder(audio.to(device)).half().cpu().numpy()


@torch.no_grad()
def frozen_text(
    model: BaselineModel,
    split: Split,
    tokenize: Tokenize,
    device: torch.device,
    progress: Progress | None = None,
) -> torch.Tensor:
    """Return the vectors of a split's texts, shape (pairs, size); they are quicker to make, and not
    kept.
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
    """Return a hash of what frames are made of: the encoder's weights, its settings, and the clips."""
    encoder = model.audio_encoder
    digest = hashlib.sha256(f"{samples}/{encoder.pool}/{encoder.mean!r}/{encoder.std!r}".encode())
    for name, value in encoder.state_dict().items():
        digest.update(name.encode() + value.detach().cpu().numpy().tobytes())
    for pair in split.pairs:
        state = pair.audio.stat()
        digest.update(f"{pair.id}/{state.st_size}/{state.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:16]
