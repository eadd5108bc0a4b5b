"""Building blocks of the synthetic sounds: coloured noise, tones, decays, slow curves.

Conventions: sounds are float32 arrays of shape (n,), n samples at `rate` samples per second;
frequencies are in Hz, times in seconds, levels in dB. All random numbers come from the
`numpy.random.Generator` argument.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = [
    "Sound",
    "add_at",
    "coloured_noise",
    "decay",
    "fade_window",
    "harmonics",
    "level_to",
    "muffle",
    "phase_track",
    "times",
    "wander",
]

Sound: TypeAlias = npt.NDArray[np.float32]

FRAME_SECONDS: Final = 0.05
"""Frame length for measuring loudness: about the integration time of the ear for short sounds."""

LOUD_SHARE: Final = 0.1
"""The loudness of a sound is that of the loudest tenth of its frames, so pauses do not count."""

NOMINAL_RMS: Final = 0.07
"""Root mean square of the loud frames at 0 dB, as a fraction of full scale (-23 dBFS)."""


def times(n: int, rate: int) -> Sound:
    """Return the time of each of `n` samples, in seconds."""
    return np.arange(n, dtype=np.float32) / np.float32(rate)


def coloured_noise(
    rng: np.random.Generator, n: int, rate: int, colour: Sequence[tuple[float, float]]
) -> Sound:
    """Return Gaussian noise with the spectrum `colour`.

    Parameters
    ----------
    rng : numpy.random.Generator
        Random generator.
    n, rate : int
        Number of samples, and samples per second.
    colour : sequence of (float, float)
        Frequencies in Hz, ascending, with levels in dB; between them the level is linear in the
        logarithm of the frequency, outside them it is constant.
    """
    from scipy import fft

    length = fft.next_fast_len(n, real=True)
    bins = length // 2 + 1
    frequencies = np.maximum(
        np.arange(bins, dtype=np.float32) * np.float32(rate / length), np.float32(1.0)
    )
    hertz, decibels = np.array(colour, dtype=np.float32).T
    gain = 10.0 ** (
        np.interp(np.log(frequencies), np.log(hertz), decibels).astype(np.float32) / 20.0
    )
    parts = rng.standard_normal((bins, 2), dtype=np.float32)
    spectrum = parts.view(np.complex64)[:, 0] * gain.astype(np.float32)
    noise: Sound = fft.irfft(spectrum, length)[:n]
    return _unit_rms(noise)


def _unit_rms(sound: Sound) -> Sound:
    rms = float(np.sqrt(np.mean(np.square(sound))))
    return sound / np.float32(rms) if rms > 0.0 else sound


def phase_track(
    frequency: npt.NDArray[np.floating] | float, n: int, rate: int
) -> npt.NDArray[np.float64]:
    """Return the phase in radians of a tone, shape (n,).

    Parameters
    ----------
    frequency : float or ndarray, shape (n,)
        Frequency in Hz, constant or per sample.
    n, rate : int
        Number of samples, and samples per second.
    """
    if isinstance(frequency, float):
        return (2.0 * np.pi * frequency / rate) * np.arange(n, dtype=np.float64)
    phase: npt.NDArray[np.float64] = np.cumsum(frequency, dtype=np.float64) * (2.0 * np.pi / rate)
    return phase


def harmonics(phase: npt.NDArray[np.float64], amplitudes: Sequence[float]) -> Sound:
    """Return the sum of the harmonics of `phase`; the first amplitude is that of the fundamental.

    Uses sin(kx) = 2 cos(x) sin((k-1)x) - sin((k-2)x), two operations per harmonic.
    """
    before = np.zeros(len(phase), dtype=np.float32)
    now = np.sin(phase).astype(np.float32)
    twice = 2.0 * np.cos(phase).astype(np.float32)
    total = np.float32(amplitudes[0]) * now
    for amplitude in amplitudes[1:]:
        before, now = now, twice * now - before
        total += np.float32(amplitude) * now
    return total


def decay(n: int, rate: int, seconds: float, attack: float = 0.002) -> Sound:
    """Return an envelope that rises in `attack` seconds and falls by 60 dB in `seconds`."""
    t = times(n, rate)
    fall = np.exp(t * np.float32(-6.907755 / seconds))  # ln(1000): 60 dB in amplitude
    envelope: Sound = fall * np.minimum(t / np.float32(attack), np.float32(1.0))
    return envelope


def wander(rng: np.random.Generator, n: int, rate: int, per_second: float) -> Sound:
    """Return a smooth random curve in [0, 1] with about `per_second` turns per second."""
    knots = rng.random(max(2, round(n / rate * per_second)) + 2)
    place = np.linspace(0.0, len(knots) - 1.001, n)
    whole = place.astype(np.int64)
    blend = (1.0 - np.cos(np.pi * (place - whole))) / 2.0
    curve: Sound = (knots[whole] * (1.0 - blend) + knots[whole + 1] * blend).astype(np.float32)
    return curve


def fade_window(n: int, rate: int, edge: float) -> Sound:
    """Return ones with raised-cosine edges of `edge` seconds (at most half of the sound)."""
    window = np.ones(n, dtype=np.float32)
    width = min(int(edge * rate), n // 2)
    ramp = ((1.0 - np.cos(np.pi * np.arange(width) / max(width, 1))) / 2.0).astype(np.float32)
    window[:width] = ramp
    window[n - width :] *= ramp[::-1]
    return window


def add_at(target: Sound, start: float, rate: int, piece: Sound) -> None:
    """Add `piece` to `target` from `start` seconds on; cut it at the end of `target`."""
    first = int(start * rate)
    left = len(target) - first
    if left > 0:
        target[first : first + len(piece)] += piece[:left]


def level_to(sound: Sound, rate: int, decibels: float) -> Sound:
    """Return `sound` scaled to the level `decibels`, relative to the nominal level."""
    frame = max(1, int(FRAME_SECONDS * rate))
    whole = max(1, len(sound) // frame)
    frames = sound[: whole * frame].reshape(whole, -1)
    powers = np.sort(np.mean(np.square(frames), axis=1))
    power = float(np.mean(powers[-math.ceil(LOUD_SHARE * whole) :]))
    if power <= 0.0:
        return sound
    return sound * np.float32(NOMINAL_RMS * 10.0 ** (decibels / 20.0) / np.sqrt(power))


def muffle(sound: Sound, rate: int, decibels_per_kilohertz: float) -> Sound:
    """Return `sound` with attenuated treble, as air attenuates distant sounds."""
    from scipy import fft

    length = fft.next_fast_len(len(sound), real=True)
    spectrum = fft.rfft(sound, length)
    kilohertz = np.arange(len(spectrum), dtype=np.float32) * np.float32(rate / length / 1000.0)
    spectrum *= np.float32(10.0) ** (kilohertz * np.float32(-decibels_per_kilohertz / 20.0))
    softened: Sound = fft.irfft(spectrum, length)[: len(sound)]
    return softened
