"""The kinds of events that clips are made of, and their synthesis.

Goal: sounds that a person tells apart at a glance on spectrograms and a small model can
learn, with nothing recorded and nothing downloaded.

Conventions: an event is known by its kind, a lower-case name out of `KINDS`. A sound is
float32 of shape (n,); at a level of 0 dB its loud parts have a root mean square of 7 %
of full scale.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np

from reference.world import sounds_life as life
from reference.world import sounds_machines as machines
from reference.world import sounds_weather as weather
from reference.world.synthesis import Sound, level_to, raised

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
"""Fade at both ends of an event, so that it does not begin or end in a click."""


def synthesise(kind: str, rng: np.random.Generator, n: int, rate: int, level: float = 0.0) -> Sound:
    """Return one event of a kind, its pitch, rate and character drawn from `rng`.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    rng : numpy.random.Generator
        Source of chance; the same state gives the same sound.
    n, rate : int
        Number of samples (a tenth of a second or more makes sense) and samples per second.
    level : float
        Loudness in dB; 0 is the nominal level.

    Returns
    -------
    ndarray of float32, shape (n,)

    Raises
    ------
    ValueError
        If there is no such kind.
    """
    if kind not in SOUNDS:
        raise ValueError(f"there is no kind of event {kind!r}; the kinds are {', '.join(KINDS)}")
    sound = SOUNDS[kind](rng, n, rate) * raised(n, rate, EDGE_SECONDS)
    return level_to(sound.astype(np.float32, copy=False), rate, level)
