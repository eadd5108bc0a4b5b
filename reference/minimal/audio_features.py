"""Log-mel statistics of a clip: a vector of fixed length for clips of any length.

The front end: frames of 32 ms every 10 ms, Hann window, power spectrum, 40 triangular mel
bands from 50 to 8,000 Hz, natural logarithm. The vector consists of named groups (`GROUPS`):
the spectrum (bands), its change from frame to frame (onsets) and the rates of change (modulation),
and the differences between the parts of the clip (segments), which carry the order of events.

The mel scale is ``2595 log10(1 + f / 700)`` (O'Shaughnessy, "Speech Communication", 1987).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from reference.audio import SAMPLE_RATE

__all__ = [
    "FEATURE_VERSION",
    "GROUPS",
    "clip_statistics",
    "group_columns",
    "log_mel",
    "mel_filterbank",
]

FEATURE_VERSION = 1
"""Part of the cache key; increase it whenever the features of the same clip change."""

BANDS = 40
FFT_LENGTH = 512
HOP = 160
LOWEST_HZ, HIGHEST_HZ = 50.0, SAMPLE_RATE / 2
POWER_FLOOR = 1e-8  # about 16-bit quantisation noise in a band; keeps digital silence finite

PERCENTILES = (5, 25, 50, 75, 95)
SEGMENTS = 4
COARSE = 8  # average groups of five bands where less frequency resolution is enough
MODULATION_EDGES_HZ = (0.3, 0.8, 1.5, 2.5, 4.0, 6.0, 9.0, 14.0, 22.0, 50.0)

Array = NDArray[np.float32]


def _mel(hertz: NDArray[np.float64] | float) -> NDArray[np.float64]:
    return 2595.0 * np.log10(1.0 + np.asarray(hertz) / 700.0)


@cache
def mel_filterbank() -> Array:
    """Return the triangular mel filters, shape (FFT_LENGTH // 2 + 1, BANDS); each sums to 1."""
    centres = np.linspace(_mel(LOWEST_HZ), _mel(HIGHEST_HZ), BANDS + 2)
    position = _mel(np.arange(FFT_LENGTH // 2 + 1) * SAMPLE_RATE / FFT_LENGTH)[:, None]
    rising = (position - centres[:-2]) / (centres[1:-1] - centres[:-2])
    falling = (centres[2:] - position) / (centres[2:] - centres[1:-1])
    filters = np.maximum(0.0, np.minimum(rising, falling))
    # The lowest triangles are narrower than the bin spacing of the spectrum: use the nearest bin.
    for band in np.flatnonzero(filters.sum(axis=0) == 0.0):
        filters[np.argmin(np.abs(position[:, 0] - centres[band + 1])), band] = 1.0
    result: Array = (filters / filters.sum(axis=0)).astype(np.float32)
    return result


def log_mel(samples: NDArray[np.int16]) -> Array:
    """Return the log-mel spectrogram of a clip, shape (frames, BANDS).

    A clip shorter than one frame is padded with zeros.

    Parameters
    ----------
    samples : ndarray of int16, shape (samples,)
        The clip, at 16 kHz.
    """
    signal = samples.astype(np.float32) / 32768.0
    if len(signal) < FFT_LENGTH:
        signal = np.pad(signal, (0, FFT_LENGTH - len(signal)))
    frames = np.lib.stride_tricks.sliding_window_view(signal, FFT_LENGTH)[::HOP]
    spectrum = fft.rfft(frames * np.hanning(FFT_LENGTH).astype(np.float32), axis=1)
    power = spectrum.real**2 + spectrum.imag**2
    result: Array = np.log(power @ mel_filterbank() + np.float32(POWER_FLOOR))
    return result


def clip_statistics(samples: NDArray[np.int16]) -> Array:
    """Return the statistics of a clip, shape (features,): all groups of `GROUPS`, in order."""
    spectrogram = log_mel(samples)
    return np.concatenate([group(spectrogram).ravel() for group in GROUPS.values()]).astype(
        np.float32
    )


@cache
def group_columns(name: str) -> tuple[int, int]:
    """Return the start and stop column of a group in the vector of `clip_statistics`."""
    silence = log_mel(np.zeros(SAMPLE_RATE, dtype=np.int16))
    sizes = {key: group(silence).size for key, group in GROUPS.items()}
    names = list(GROUPS)
    start = sum(sizes[key] for key in names[: names.index(name)])
    return start, start + sizes[name]


def _bands(spectrogram: Array) -> Array:
    """Mean, standard deviation and percentiles over time of each band: (7, BANDS)."""
    order = np.sort(spectrogram, axis=0)
    ranks = [round(p / 100 * (len(order) - 1)) for p in PERCENTILES]
    return np.vstack([spectrogram.mean(axis=0), spectrogram.std(axis=0), order[ranks]])


def _onsets(spectrogram: Array) -> Array:
    """Mean rise, standard deviation of the change and largest rise of each band: (3, BANDS)."""
    change = np.diff(spectrogram, axis=0) if len(spectrogram) > 1 else np.zeros_like(spectrogram)
    rise = np.maximum(change, 0.0)
    return np.vstack([rise.mean(axis=0), change.std(axis=0), rise.max(axis=0)])


def _coarse(spectrogram: Array) -> Array:
    result: Array = spectrogram.reshape(len(spectrogram), COARSE, -1).mean(axis=2)
    return result


def _modulation(spectrogram: Array) -> Array:
    """Log energy of each coarse band's envelope per modulation-rate band: (rates, COARSE)."""
    envelope = _coarse(spectrogram)
    centred = (envelope - envelope.mean(axis=0)) * np.hanning(len(envelope) + 2)[1:-1, None]
    energy = np.abs(fft.rfft(centred, n=_modulation_length(len(envelope)), axis=0)) ** 2 / len(
        envelope
    )
    rates = fft.rfftfreq(_modulation_length(len(envelope)), HOP / SAMPLE_RATE)
    rows = [
        energy[(rates >= low) & (rates < high)].mean(axis=0)
        for low, high in pairwise(MODULATION_EDGES_HZ)
    ]
    # The floor is far below any audible modulation.
    result: Array = np.log(np.vstack(rows) + 1e-4).astype(np.float32)
    return result


def _modulation_length(frames: int) -> int:
    # At least 10 s of frames, zero-padded, so that every modulation band contains a bin.
    return int(fft.next_fast_len(max(frames, 1000)))


def _segments(spectrogram: Array) -> Array:
    """Mean and standard deviation of each part minus those of the clip, per pair of bands.

    Shape (2 SEGMENTS, BANDS / 2).
    """
    fine = spectrogram.reshape(len(spectrogram), BANDS // 2, 2).mean(axis=2)
    edges = np.linspace(0, len(fine), SEGMENTS + 1).round().astype(int)
    # A clip with fewer frames than parts repeats its last frame.
    parts = [fine[min(low, len(fine) - 1) : max(high, low + 1)] for low, high in pairwise(edges)]
    means = np.vstack([part.mean(axis=0) for part in parts]) - fine.mean(axis=0)
    spreads = np.vstack([part.std(axis=0) for part in parts]) - fine.std(axis=0)
    return np.vstack([means, spreads])


GROUPS: dict[str, Callable[[Array], Array]] = {
    "bands": _bands,
    "onsets": _onsets,
    "modulation": _modulation,
    "segments": _segments,
}
"""The groups of statistics by name, in the order of the vector."""
