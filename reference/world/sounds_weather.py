"""Sounds of weather and water: rain, wind, thunder, waves, water drops.

Conventions: each function takes a generator, a number of samples and the sampling rate, and returns
a sound of any loudness (`events.synthesise` sets its level). Pitch, rate and character are random
in each call. The constants were chosen by listening and by looking at spectrograms.
"""

from __future__ import annotations

import numpy as np

from reference.world.synthesis import (
    Sound,
    add_at,
    coloured_noise,
    decay,
    harmonics,
    phase_track,
    times,
    wander,
)

__all__ = ["rain", "thunder", "water_drops", "waves", "wind"]


def rain(rng: np.random.Generator, n: int, rate: int) -> Sound:
    """Return rain: a steady hiss above 1 kHz with single drops."""
    edge = rng.uniform(1200.0, 2200.0)
    hiss = coloured_noise(
        rng, n, rate, [(edge / 4, -40.0), (edge, -6.0), (3500.0, 0.0), (7900.0, -3.0)]
    )
    sparse = (rng.random(n, dtype=np.float32) < rng.uniform(0.004, 0.012)) * np.float32(4.0)
    body = hiss * (np.float32(0.9) + np.float32(0.2) * wander(rng, n, rate, 1.0))
    body[1:] += (sparse[1:] - sparse[:-1]) * rng.random(n - 1, dtype=np.float32)
    return body


def wind(rng: np.random.Generator, n: int, rate: int) -> Sound:
    """Return wind: gusts of noise below 600 Hz and a whistling noise that follows them."""
    top = rng.uniform(350.0, 600.0)
    low = coloured_noise(rng, n, rate, [(30.0, -12.0), (120.0, 0.0), (top, -4.0), (3 * top, -45.0)])
    gust = wander(rng, n, rate, rng.uniform(0.5, 1.1))
    whistle = coloured_noise(
        rng, n, rate, [(20.0, 0.0), (25.0, 0.0), (40.0, -40.0), (8000.0, -60.0)]
    )
    pitch = rng.uniform(350.0, 550.0) + 500.0 * gust.astype(np.float64)
    howl = harmonics(phase_track(pitch, n, rate), [1.0]) * whistle
    return (np.float32(0.15) + gust) * low + np.float32(0.5) * np.square(gust) * howl


def thunder(rng: np.random.Generator, n: int, rate: int) -> Sound:
    """Return thunder: a crack and a rolling rumble below 200 Hz that decays over seconds."""
    sound = np.zeros(n, dtype=np.float32)
    start = 0.0
    while start < n / rate:
        seconds = rng.uniform(3.0, 5.0)
        length = int(seconds * rate)
        rumble = coloured_noise(
            rng, length, rate, [(20.0, -3.0), (60.0, 0.0), (180.0, -12.0), (900.0, -50.0)]
        )
        roll = np.float32(0.3) + wander(rng, length, rate, 5.0)
        crack = coloured_noise(rng, length, rate, [(100.0, 0.0), (2000.0, -8.0), (7000.0, -22.0)])
        clap = rumble * roll * decay(length, rate, seconds * 1.1, attack=0.03)
        clap += np.float32(1.2) * crack * decay(length, rate, rng.uniform(0.5, 0.9), attack=0.005)
        add_at(sound, start, rate, clap * np.float32(rng.uniform(0.7, 1.0)))
        start += rng.uniform(2.5, 4.5)
    return sound


def waves(rng: np.random.Generator, n: int, rate: int) -> Sound:
    """Return waves: noise that becomes louder and brighter and fades every few seconds."""
    seconds = n / rate
    period = min(rng.uniform(2.6, 4.2), seconds)
    phase = times(n, rate) / np.float32(period) + np.float32(rng.uniform(0.0, 0.4))
    place = phase - np.floor(phase)
    crest = np.where(place < 0.45, place / 0.45, (1.0 - place) / 0.55).astype(np.float32)
    deep = coloured_noise(
        rng, n, rate, [(60.0, -14.0), (250.0, 0.0), (900.0, -6.0), (4000.0, -28.0)]
    )
    foam = coloured_noise(
        rng, n, rate, [(200.0, -30.0), (1000.0, -2.0), (3000.0, 0.0), (7900.0, -10.0)]
    )
    surf: Sound = (np.float32(0.06) + crest**1.5) * deep + np.float32(0.9) * crest**4 * foam
    return surf


def water_drops(rng: np.random.Generator, n: int, rate: int) -> Sound:
    """Return water drops: short tones of rising pitch at irregular times."""
    sound = np.zeros(n, dtype=np.float32)
    base = rng.uniform(700.0, 1100.0)
    gap = rng.uniform(0.22, 0.45)
    start = rng.uniform(0.0, 0.1)
    length = int(0.16 * rate)
    rise = 1.0 + 0.9 * np.linspace(0.0, 1.0, length)
    while start < n / rate:
        pitch = base * rng.uniform(0.8, 1.5)
        drop = harmonics(phase_track(pitch * rise, length, rate), [1.0, 0.08])
        drop *= decay(length, rate, 0.13, attack=0.004)
        add_at(sound, start, rate, drop * np.float32(rng.uniform(0.5, 1.0)))
        start += gap * rng.uniform(0.5, 1.6)
    return sound
