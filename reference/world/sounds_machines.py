"""Sounds of machines and signals, from engine and helicopter to telephone and bell.

Conventions: as in `sounds_weather`.
"""

from __future__ import annotations

from typing import Final

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
    wander,
)

__all__ = [
    "alarm",
    "bell",
    "engine",
    "helicopter",
    "siren",
    "telephone",
    "train_horn",
    "vacuum_cleaner",
]

BELL_PARTIALS: Final = (
    (0.5, 0.5, 3.4),
    (1.0, 0.8, 2.6),
    (1.2, 0.7, 2.2),
    (1.5, 0.3, 1.8),
    (2.0, 1.0, 1.8),
    (3.0, 0.5, 1.0),
    (4.2, 0.4, 0.7),
)
"""Hum, prime, tierce, quint, nominal and two higher partials of a minor-third bell: ratio to the
strike note, amplitude, decay time of 60 dB in seconds."""


def engine(rng: np.random.Generator, n: int, rate: int) -> Sound:
    """Return an idling engine: many harmonics of a low, slightly unsteady firing rate."""
    firing = rng.uniform(38.0, 60.0)
    track = firing * (1.0 + 0.04 * (wander(rng, n, rate, 3.0).astype(np.float64) - 0.5))
    strengths = [1.0 / (1.0 + 0.12 * k) * rng.uniform(0.5, 1.0) for k in range(16)]
    buzz = harmonics(phase_track(track, n, rate), strengths)
    hum = coloured_noise(
        rng, n, rate, [(50.0, 0.0), (400.0, -6.0), (1500.0, -25.0), (6000.0, -50.0)]
    )
    idle: Sound = buzz * (np.float32(0.8) + np.float32(0.4) * wander(rng, n, rate, 6.0))
    return idle + np.float32(0.5) * hum


def helicopter(rng: np.random.Generator, n: int, rate: int) -> Sound:
    """Return a rotor: bursts of low noise about twelve times per second, and a turbine whine."""
    chops = rng.uniform(10.0, 14.0)
    phase = phase_track(float(chops), n, rate)
    blade: Sound = (((1.0 + np.cos(phase)) / 2.0) ** 6).astype(np.float32)
    slap = coloured_noise(
        rng, n, rate, [(40.0, -4.0), (150.0, 0.0), (900.0, -6.0), (3500.0, -24.0)]
    )
    whine = harmonics(phase_track(float(rng.uniform(2300.0, 2900.0)), n, rate), [1.0])
    drift = np.float32(0.8) + np.float32(0.4) * wander(rng, n, rate, 0.5)
    chop: Sound = drift * (blade * slap + np.float32(0.03) * slap) + np.float32(0.06) * whine
    return chop


def vacuum_cleaner(rng: np.random.Generator, n: int, rate: int) -> Sound:
    """Return a steady motor whine with harmonics and broad, even air noise."""
    motor = rng.uniform(480.0, 640.0)
    track = motor * (1.0 + 0.015 * (wander(rng, n, rate, 0.8).astype(np.float64) - 0.5))
    whine = harmonics(
        phase_track(track, n, rate), [1.0, 0.7, 0.5, 0.6, 0.3, 0.3, 0.2, 0.2, 0.1, 0.1]
    )
    air = coloured_noise(
        rng, n, rate, [(150.0, -20.0), (600.0, 0.0), (2500.0, -3.0), (7900.0, -14.0)]
    )
    return whine + np.float32(0.55) * air


def siren(rng: np.random.Generator, n: int, rate: int) -> Sound:
    """Return an emergency siren: a tone with harmonics that repeatedly sweeps up and down."""
    period = min(rng.uniform(1.2, 3.0), n / rate)
    low, high = rng.uniform(550.0, 700.0), rng.uniform(1250.0, 1600.0)
    place = times(n, rate).astype(np.float64) / period + rng.random()
    sweep = (1.0 - np.cos(2.0 * np.pi * place)) / 2.0
    return harmonics(phase_track(low * (high / low) ** sweep, n, rate), [1.0, 0.4, 0.3, 0.1])


def alarm(rng: np.random.Generator, n: int, rate: int) -> Sound:
    """Return an electronic alarm: beeps of one high pitch in a fixed rhythm."""
    pitch = float(rng.uniform(2600.0, 3300.0))
    cycle = rng.uniform(0.3, 0.5)
    place = times(n, rate) / np.float32(cycle)
    triangle = np.abs(place - np.floor(place) - np.float32(0.5)) * 2
    gate = np.clip(np.float32(20.0) * (np.float32(0.5) - triangle), 0, 1)
    beeps: Sound = harmonics(phase_track(pitch, n, rate), [1.0, 0.35]) * gate.astype(np.float32)
    return beeps


def train_horn(rng: np.random.Generator, n: int, rate: int) -> Sound:
    """Return a train horn: long blasts of a chord of steady reedy tones, with pauses."""
    length = int(min(rng.uniform(1.0, 1.9), n / rate * 0.8) * rate)
    root = rng.uniform(250.0, 310.0)
    chord = np.zeros(length, dtype=np.float32)
    for ratio in (1.0, 1.26, 1.5, 1.89):  # a major seventh chord, the usual tuning of such horns
        pitch = float(root * ratio * rng.uniform(0.995, 1.005))
        chord += harmonics(phase_track(pitch, length, rate), [1.0, 0.8, 0.7, 0.5, 0.3, 0.2])
    chord *= fade_window(length, rate, 0.08)
    breath = coloured_noise(rng, length, rate, [(200.0, 0.0), (1500.0, -4.0), (6000.0, -16.0)])
    chord += np.float32(0.15) * breath * fade_window(length, rate, 0.1)
    sound = np.zeros(n, dtype=np.float32)
    start = rng.uniform(0.0, 0.1)
    while start < n / rate:
        add_at(sound, start, rate, chord)
        start += length / rate + rng.uniform(0.3, 0.7)
    return sound


def telephone(rng: np.random.Generator, n: int, rate: int) -> Sound:
    """Return an old telephone: long rings of two small bells, about twenty strokes per second."""
    low = rng.uniform(1250.0, 1500.0)
    pair = harmonics(phase_track(float(low), n, rate), [1.0, 0.0, 0.3, 0.0, 0.1])
    pair += harmonics(phase_track(float(low * 1.27), n, rate), [0.9, 0.0, 0.3])
    t = times(n, rate)
    strokes = np.float32(rng.uniform(18.0, 24.0)) * t
    tremble = np.float32(0.15) + np.exp(np.float32(-3.0) * (strokes - np.floor(strokes)))
    on, off = rng.uniform(0.9, 1.3), rng.uniform(0.5, 0.8)
    place = np.mod(t + np.float32(rng.uniform(0.0, 0.2)), np.float32(on + off))
    gate = np.clip((np.float32(on) - place) * np.float32(12.0), 0.02, 1.0) * np.minimum(
        place * 50, 1.0
    )
    ringing: Sound = pair * tremble * gate.astype(np.float32)
    return ringing


def bell(rng: np.random.Generator, n: int, rate: int) -> Sound:
    """Return a church bell: strokes with inharmonic partials that decay over seconds."""
    strike = rng.uniform(420.0, 620.0)
    length = int(3.5 * rate)
    stroke = np.zeros(length, dtype=np.float32)
    for ratio, strength, seconds in BELL_PARTIALS:
        tone = harmonics(phase_track(float(strike * ratio), length, rate), [strength])
        stroke += tone * decay(length, rate, seconds)
    sound = np.zeros(n, dtype=np.float32)
    gap = rng.uniform(1.1, 1.9)
    start = rng.uniform(0.0, 0.15)
    while start < n / rate:
        add_at(sound, start, rate, stroke * np.float32(rng.uniform(0.85, 1.0)))
        start += gap
    return sound
