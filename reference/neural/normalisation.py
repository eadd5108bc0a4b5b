"""Mean and standard deviation of the log-mel values of a split, computed once and cached.

``official`` uses the front end of the official statistics on each split: HTK scale, filters of
equal height, clips padded on both sides or cut at random. It differs from the front end of the
model, but the released checkpoint expects it. ``own`` uses the front end of the model.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
import torch

from reference.dataset import Split
from reference.files import write_bytes
from reference.neural.data import waveform
from reference.neural.frontend import LogMel, centre_clip, fit_length

__all__ = ["normalisation"]

Kind = Literal["official", "own"]
Progress = Callable[[int, int], None]


def normalisation(
    split: Split,
    kind: Kind,
    samples: int,
    seed: int,
    cache: Path | None,
    progress: Progress | None = None,
) -> tuple[float, float]:
    """Return mean and population standard deviation of the log-mel values of a split.

    Parameters
    ----------
    split : Split
        The clips.
    kind : {"official", "own"}
        The front end.
    samples : int
        Clips are cut or padded to this number of samples.
    seed : int
        Seed of the random cuts of ``official``.
    cache : Path or None
        Folder of the cache; the values are computed again if a clip has changed.
    progress : callable, optional
        Called with (clips done, total).
    """
    file = None
    if cache is not None:
        file = cache / f"normalisation_{kind}_{split.name}_{_key(split, kind, samples, seed)}.json"
        # A damaged file is written again.
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            kept = json.loads(file.read_text(encoding="utf-8"))
            return float(kept["mean"]), float(kept["std"])
    mean, std = _compute(split, kind, samples, seed, progress)
    if file is not None:
        write_bytes(file, (json.dumps({"mean": mean, "std": std}) + "\n").encode())
    return mean, std


def _key(split: Split, kind: Kind, samples: int, seed: int) -> str:
    """Return a hash of the settings and of the name, size and modification time of all clips."""
    digest = hashlib.sha256(f"{kind}/{samples}/{seed if kind == 'official' else 0}".encode())
    for pair in split.pairs:
        state = pair.audio.stat()
        digest.update(f"{pair.id}/{state.st_size}/{state.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:16]


@torch.no_grad()
def _compute(
    split: Split, kind: Kind, samples: int, seed: int, progress: Progress | None
) -> tuple[float, float]:
    logmel = LogMel("htk" if kind == "official" else "slaney")
    rng = np.random.default_rng(seed)
    number, mean, squares = 0, 0.0, 0.0
    for done, pair in enumerate(split.pairs, start=1):
        clip = waveform(pair.audio)
        clip = centre_clip(clip, rng, samples) if kind == "official" else fit_length(clip, samples)
        values = logmel(torch.from_numpy(clip)[None]).double()
        # Chan, Golub & LeVeque (1983): sums around the running mean do not lose precision.
        total = number + values.numel()
        shift = float(values.mean()) - mean
        squares += (
            float(((values - values.mean()) ** 2).sum())
            + shift**2 * number * values.numel() / total
        )
        mean += shift * values.numel() / total
        number = total
        if progress is not None:
            progress(done, len(split.pairs))
    # If all clips are silent the standard deviation is 0; divide by 1 instead.
    return mean, float(np.sqrt(squares / number)) or 1.0
