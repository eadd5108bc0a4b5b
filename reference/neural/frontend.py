"""Log-mel spectrograms in PyTorch: the front end of the model and that of the official statistics.

Both use 16 kHz, 1,024 points with a periodic Hann window, a hop of 160, centred frames with
reflection padding, power 2, 64 bands from 60 to 7,800 Hz, and the logarithm of the value plus the
machine epsilon of float32. They differ in the filters: the model's use Slaney's scale and equal
area (Slaney, "Auditory Toolbox", 1998), those of the statistics the scale of the HTK book
(mel = 2595 log10(1 + f/700)) and equal height.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

__all__ = ["CLIP_SAMPLES", "LogMel", "Scale", "centre_clip", "fit_length", "mel_filters"]

SAMPLE_RATE = 16_000
N_FFT, HOP, N_MELS = 1024, 160, 64
LOWEST_HZ, HIGHEST_HZ = 60.0, 7800.0
CLIP_SAMPLES = 160_000
"""Clips are cut or padded to this number of samples: ten seconds."""

Scale = Literal["slaney", "htk"]

# Slaney's scale is linear up to 1 kHz (15 mel) and logarithmic above: 27 mel per factor of 6.4.
_LINEAR_HZ = 200.0 / 3.0
_BREAK_HZ, _BREAK_MEL = 1000.0, 15.0
_LOG_STEP = np.log(6.4) / 27.0


def _to_mel(hertz: NDArray[np.float64], scale: Scale) -> NDArray[np.float64]:
    if scale == "htk":
        return 2595.0 * np.log10(1.0 + hertz / 700.0)
    above = _BREAK_MEL + np.log(np.maximum(hertz, _BREAK_HZ) / _BREAK_HZ) / _LOG_STEP
    return np.where(hertz < _BREAK_HZ, hertz / _LINEAR_HZ, above)


def _to_hertz(mel: NDArray[np.float64], scale: Scale) -> NDArray[np.float64]:
    if scale == "htk":
        return 700.0 * (10.0 ** (mel / 2595.0) - 1.0)
    above = _BREAK_HZ * np.exp(_LOG_STEP * (np.maximum(mel, _BREAK_MEL) - _BREAK_MEL))
    return np.where(mel < _BREAK_MEL, mel * _LINEAR_HZ, above)


def mel_filters(scale: Scale = "slaney", *, area: bool = True) -> NDArray[np.float64]:
    """Return triangular filters.

    Parameters
    ----------
    scale : {"slaney", "htk"}
        The mel scale on which all bands have the same width.
    area : bool
        Whether every filter has area 1 (height 2 / its width in Hz) or height 1.

    Returns
    -------
    ndarray, shape (64, 513)
        One filter per row, over the frequencies of the transform.
    """
    ends = _to_mel(np.array([LOWEST_HZ, HIGHEST_HZ]), scale)
    corners = _to_hertz(np.linspace(ends[0], ends[1], N_MELS + 2), scale)
    frequencies = np.linspace(0.0, SAMPLE_RATE / 2, N_FFT // 2 + 1)
    low, centre, high = (corners[part : part + N_MELS, None] for part in (0, 1, 2))
    rising, falling = (frequencies - low) / (centre - low), (high - frequencies) / (high - centre)
    filters = np.maximum(0.0, np.minimum(rising, falling))
    return filters * (2.0 / (high - low)) if area else filters


class LogMel(nn.Module):
    """Convert waveforms to log-mel spectrograms.

    Parameters
    ----------
    scale : {"slaney", "htk"}
        ``slaney``, with filters of equal area, is used by the model; ``htk``, with filters of equal
        height, by the official statistics.
    """

    window: Tensor
    filters: Tensor

    def __init__(self, scale: Scale = "slaney") -> None:
        super().__init__()
        filters = torch.from_numpy(mel_filters(scale, area=scale == "slaney")).float()
        # Not persistent: buffers in the official checkpoint are ignored, and none are written.
        self.register_buffer("window", torch.hann_window(N_FFT), persistent=False)
        self.register_buffer("filters", filters, persistent=False)

    def forward(self, waveforms: Tensor) -> Tensor:
        """Return log-mel spectrograms.

        Parameters
        ----------
        waveforms : Tensor, shape (batch, samples)
            In [-1, 1], at least 513 samples.

        Returns
        -------
        Tensor, shape (batch, 1, 64, 1 + samples // 160)
        """
        # Disable autocast: the squares of small samples underflow in half precision.
        with torch.autocast(waveforms.device.type, enabled=False):
            spectrum = torch.stft(
                waveforms.float(),
                N_FFT,
                HOP,
                window=self.window,
                center=True,
                pad_mode="reflect",
                return_complex=True,
            )
            power = spectrum.real**2 + spectrum.imag**2
            return torch.log(self.filters @ power + torch.finfo(torch.float32).eps)[:, None]


def fit_length(waveform: NDArray[np.float32], samples: int = CLIP_SAMPLES) -> NDArray[np.float32]:
    """Return a clip cut, or padded with zeros at its end, to `samples` samples."""
    return np.pad(waveform[:samples], (0, max(0, samples - waveform.size)))


def centre_clip(
    waveform: NDArray[np.float32], rng: np.random.Generator, samples: int = CLIP_SAMPLES
) -> NDArray[np.float32]:
    """Return a clip as used by the official statistics, with `samples` samples.

    A short clip is padded with zeros on both sides, a long one cut at a random position.
    """
    missing = samples - waveform.size
    if missing >= 0:
        return np.pad(waveform, (missing // 2, missing - missing // 2))
    start = int(rng.integers(0, -missing + 1))
    return waveform[start : start + samples]
