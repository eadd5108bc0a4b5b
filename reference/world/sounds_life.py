"""Sounds of animals, people and small objects.

Conventions: as in `sounds_weather`.
"""

from __future__ import annotations

import numpy as np

from reference.world.synthesis import (
    Sound,
    add_at,
    coloured_noise,
    decay,
    fade_window,
    harmonics,
    phase_track,
    times,
)

__all__ = ["birds", "clock", "crickets", "dog", "footsteps", "knock", "typing_keys"]


def birds(rng: np.random.Generator, n: int, rate: int) -> Sound:
    """Return bird song: phrases of quick chirps, each a bent sweep between 3 and 7 kHz."""
    sound = np.zeros(n, dtype=np.float32)
    base = rng.uniform(3600.0, 4600.0)
    start = rng.uniform(0.0, 0.1)
    while start < n / rate:
        seconds = rng.uniform(0.05, 0.12)
        reach = rng.uniform(0.25, 0.45) * (1.0 if rng.random() < 0.5 else -1.0)
        for _ in range(int(rng.integers(3, 7))):
            length = int(seconds * rate)
            place = np.linspace(0.0, 1.0, length)
            track = base * rng.uniform(0.9, 1.15) * (1.0 + reach * np.sin(np.pi * place * 0.9))
            chirp = harmonics(phase_track(track, length, rate), [1.0]) * fade_window(
                length, rate, seconds / 2
            )
            add_at(sound, start, rate, chirp * np.float32(rng.uniform(0.6, 1.0)))
            start += seconds * rng.uniform(1.2, 1.6)
        start += rng.uniform(0.15, 0.5)
    return sound


def dog(rng: np.random.Generator, n: int, rate: int) -> Sound:
    """Return barks: rough harmonic bursts whose pitch jumps up and falls, one or two at a time."""
    sound = np.zeros(n, dtype=np.float32)
    pitch = rng.uniform(260.0, 420.0)
    start = rng.uniform(0.0, 0.1)
    while start < n / rate:
        for _ in range(int(rng.integers(1, 3))):
            bark = _bark(rng, pitch * rng.uniform(0.93, 1.07), rate)
            add_at(sound, start, rate, bark * np.float32(rng.uniform(0.7, 1.0)))
            start += rng.uniform(0.28, 0.36)
        start += rng.uniform(0.25, 0.7)
    return sound


def _bark(rng: np.random.Generator, pitch: float, rate: int) -> Sound:
    length = int(rng.uniform(0.16, 0.22) * rate)
    place = np.linspace(0.0, 1.0, length)
    track = pitch * (1.0 + 0.7 * np.sin(np.pi * np.minimum(place * 1.3, 1.0)))
    voice = harmonics(phase_track(track, length, rate), [0.6, 1.0, 0.9, 0.6, 0.35, 0.2, 0.1, 0.05])
    rasp = coloured_noise(
        rng, length, rate, [(300.0, -6.0), (900.0, 0.0), (2500.0, -16.0), (5000.0, -45.0)]
    )
    bark: Sound = (voice + np.float32(0.35) * rasp) * fade_window(length, rate, 0.05)
    return bark


def crickets(rng: np.random.Generator, n: int, rate: int) -> Sound:
    """Return crickets: a pulsed tone near 5 kHz, grouped into continuous chirps."""
    pitch = float(rng.uniform(4800.0, 5600.0))
    t = times(n, rate)
    pulses = t * np.float32(rng.uniform(28.0, 36.0))
    pulse = np.square(np.sin(np.float32(np.pi) * pulses))
    per_chirp = int(rng.integers(9, 15))
    group = (np.mod(np.floor(pulses), per_chirp) < 0.62 * per_chirp).astype(np.float32)
    chirps: Sound = (
        harmonics(phase_track(pitch, n, rate), [1.0]) * pulse * (np.float32(0.02) + group)
    )
    return chirps


def footsteps(rng: np.random.Generator, n: int, rate: int) -> Sound:
    """Return steps on a hard floor at an even pace: the thud of a heel and the scuff of a sole."""
    sound = np.zeros(n, dtype=np.float32)
    gap = rng.uniform(0.46, 0.62)
    start = rng.uniform(0.0, 0.15)
    length = int(0.26 * rate)
    body = rng.uniform(80.0, 120.0)
    heel = [(body / 2, -6.0), (body, 0.0), (4 * body, -18.0), (4000.0, -40.0)]
    sole = [(500.0, -20.0), (1500.0, 0.0), (3500.0, -4.0), (7900.0, -18.0)]
    while start < n / rate:
        thud = coloured_noise(rng, length, rate, heel)
        scuff = coloured_noise(rng, length, rate, sole)
        step = np.float32(1.5) * thud * decay(length, rate, 0.2)
        add_at(sound, start, rate, step)
        add_at(
            sound,
            start + 0.06,
            rate,
            np.float32(0.3) * scuff * decay(length, rate, 0.3, attack=0.04),
        )
        start += gap * rng.uniform(0.95, 1.05)
    return sound


def knock(rng: np.random.Generator, n: int, rate: int) -> Sound:
    """Return knocks on a wooden door: groups of three to five quick hollow blows, then a pause."""
    sound = np.zeros(n, dtype=np.float32)
    wood = float(rng.uniform(280.0, 420.0))
    gap = rng.uniform(0.13, 0.19)
    length = int(0.14 * rate)
    phase = phase_track(wood, length, rate)
    hollow = harmonics(phase, [1.0]) + np.float32(0.6) * np.sin(2.35 * phase).astype(np.float32)
    colour = [(200.0, -4.0), (900.0, 0.0), (2500.0, -14.0), (7000.0, -36.0)]
    start = rng.uniform(0.0, 0.1)
    while start < n / rate:
        for _ in range(int(rng.integers(3, 6))):
            tap = coloured_noise(rng, length, rate, colour)
            blow = hollow * decay(length, rate, 0.12) + np.float32(0.9) * tap * decay(
                length, rate, 0.05
            )
            add_at(sound, start, rate, blow * np.float32(rng.uniform(0.8, 1.0)))
            start += gap * rng.uniform(0.93, 1.07)
        start += rng.uniform(0.5, 0.9)
    return sound


def clock(rng: np.random.Generator, n: int, rate: int) -> Sound:
    """Return a clock: dry ticks of two alternating pitches at a fixed rate."""
    sound = np.zeros(n, dtype=np.float32)
    gap = float(rng.choice([0.25, 0.333, 0.5]))
    pitch = rng.uniform(1900.0, 2400.0)
    length = int(0.03 * rate)
    ticks = [
        harmonics(phase_track(float(pitch * ratio), length, rate), [1.0, 0.0, 0.5])
        * decay(length, rate, 0.022, attack=0.0005)
        for ratio in (1.0, 0.8)
    ]
    start = rng.uniform(0.0, 0.1)
    count = 0
    while start < n / rate:
        add_at(sound, start, rate, ticks[count % 2])
        start += gap
        count += 1
    return sound


def typing_keys(rng: np.random.Generator, n: int, rate: int) -> Sound:
    """Return typing: bursts of wide-band clicks at irregular times, with short pauses."""
    sound = np.zeros(n, dtype=np.float32)
    length = int(0.05 * rate)
    pace = rng.uniform(0.085, 0.13)
    colour = [(250.0, -10.0), (1500.0, -3.0), (4500.0, 0.0), (7900.0, -2.0)]
    start = rng.uniform(0.0, 0.05)
    while start < n / rate:
        for _ in range(int(rng.integers(5, 14))):
            click = coloured_noise(rng, length, rate, colour)
            key = click * decay(length, rate, rng.uniform(0.03, 0.05), attack=0.0005)
            add_at(sound, start, rate, key * np.float32(rng.uniform(0.5, 1.0)))
            start += pace * rng.uniform(0.6, 1.5)
        start += rng.uniform(0.1, 0.35)
    return sound
