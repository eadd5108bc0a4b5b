"""The kinds of events in clips, and their synthesis.

Goal: sounds that a person can distinguish in spectrograms and a small model can learn, without
recordings and downloads.

Conventions: the kind of an event is a lower-case name in `KINDS`. A sound is float32 of shape (n,);
at a level of 0 dB its loud parts have a root mean square of 7 % of full scale.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np

from reference.world import sounds_life as life
from reference.world import sounds_machines as machines
from reference.world import sounds_weather as weather
from reference.world.synthesis import Sound, fade_window, level_to

__all__ = ["KINDS", "synthesise"]

SOUNDS: Final[Mapping[str, Callable[[np.random.Generator, int, int], Sound]]] = MappingProxyType(
    {
        "rain": weather.rain,
        "wind": weather.wind,
        "thunder": weather.thunder,
        "waves": weather.waves,
        "water drops": weather.water_drops,
        "engine": machines.engine,
        "helicopter": machines.helicopter,
        "vacuum cleaner": machines.vacuum_cleaner,
        "siren": machines.siren,
        "alarm": machines.alarm,
        "train horn": machines.train_horn,
        "telephone": machines.telephone,
        "bell": machines.bell,
        "birds": life.birds,
        "dog": life.dog,
        "crickets": life.crickets,
        "footsteps": life.footsteps,
        "knock": life.knock,
        "clock": life.clock,
        "typing": life.typing_keys,
    }
)

KINDS: Final[tuple[str, ...]] = tuple(SOUNDS)
"""Names of the kinds of events, in a fixed order."""

EDGE_SECONDS: Final = 0.03
"""Fade at both ends of an event, which avoids clicks."""


def synthesise(kind: str, rng: np.random.Generator, n: int, rate: int, level: float = 0.0) -> Sound:
    """Return one event of a kind, with pitch, rate and character drawn from `rng`.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    rng : numpy.random.Generator
        Random generator; the same state gives the same sound.
    n, rate : int
        Number of samples (at least a tenth of a second) and samples per second.
    level : float
        Loudness in dB; 0 is the nominal level.

    Returns
    -------
    ndarray of float32, shape (n,)

    Raises
    ------
    ValueError
        If the kind is unknown.
    """
    if kind not in SOUNDS:
        raise ValueError(f"unknown kind of event {kind!r}; expected one of {', '.join(KINDS)}")
    sound = SOUNDS[kind](rng, n, rate) * fade_window(n, rate, EDGE_SECONDS)
    return level_to(sound.astype(np.float32, copy=False), rate, level)
