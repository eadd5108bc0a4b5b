"""Render the audio of a planned pair.

Goal: each clip can be rendered alone, in any process and in any order, with the same result.

Conventions: audio is mono, int16 of shape (samples,). The sound of a pair has its own random
stream, so rendering does not affect the plan. The same machine gives the same samples; another
mathematics library may change the last bit of some samples.
"""

from __future__ import annotations

import io
import wave
from typing import Final

import numpy as np
import numpy.typing as npt

from reference.world.events import synthesise
from reference.world.recipe import Pair, WorldConfig
from reference.world.streams import PURPOSES, generator
from reference.world.synthesis import muffle

__all__ = ["render", "wav_bytes", "wav_size"]

FULL_SCALE: Final = 32767

KNEE: Final = 0.7
"""Above this share of full scale, peaks are compressed instead of clipped."""

FLOOR_RMS: Final = 3e-4
"""Noise floor of the clips, -70 dBFS: digital silence is rare in real clips."""

FAR_LEVEL: Final = -11.0
"""Events below this level in dB lose treble, as sounds do over a distance."""

AIR_LOSS: Final = 1.5
"""Attenuation of the treble of distant events, in dB per kHz."""

HEADER_BYTES: Final = 44
"""Size of a RIFF WAV header with one format and one data chunk."""


def render(pair: Pair, config: WorldConfig) -> npt.NDArray[np.int16]:
    """Return the audio of a pair.

    Parameters
    ----------
    pair : Pair
        A pair of the world of `config`.
    config : WorldConfig
        Seed, length of the clips and sampling rate.

    Returns
    -------
    ndarray of int16, shape (config.samples,)
    """
    rng = generator(config.seed, pair.split.code, pair.index, PURPOSES["sound"])
    rate, total = config.sample_rate, config.samples
    mix = np.float32(FLOOR_RMS) * rng.standard_normal(total, dtype=np.float32)
    for event in pair.clip.events:
        first = int(event.onset * total)
        length = min(int(event.duration * total), total - first)
        sound = synthesise(event.kind, rng, length, rate, event.level)
        if event.level < FAR_LEVEL:
            sound = muffle(sound, rate, AIR_LOSS)
        mix[first : first + length] += sound
    samples: npt.NDArray[np.int16] = np.rint(_bend(mix) * np.float32(FULL_SCALE)).astype(np.int16)
    return samples


def _bend(mix: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return `mix` with its peaks smoothly compressed to -1 to 1, from `KNEE` on."""
    size = np.abs(mix)
    loud = size > KNEE
    if loud.any():
        margin = np.float32(1.0 - KNEE)
        bent = np.float32(KNEE) + margin * np.tanh((size[loud] - np.float32(KNEE)) / margin)
        mix = mix.copy()
        mix[loud] = np.copysign(bent, mix[loud])
    return mix


def wav_size(config: WorldConfig) -> int:
    """Return the size in bytes of a WAV file of a world."""
    return HEADER_BYTES + 2 * config.samples


def wav_bytes(samples: npt.NDArray[np.int16], rate: int) -> bytes:
    """Return the samples as a RIFF WAV file, mono and 16-bit."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())
    return buffer.getvalue()
