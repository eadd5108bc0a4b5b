"""Plan a world: everything except the sound.

Goal: generate from a seed and sizes every pair of every split, with its file name, caption, clip,
alignment and ratings, within seconds and identically on any machine.

Conventions: each pair has its own random streams, identified by split, index and purpose. So the
size of one split does not change another, longer splits begin with the pairs of shorter ones, and
the ratings need no audio. The length and sampling rate of the clips do not affect the plan.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from reference.errors import RecipeError
from reference.world.captions import Caption, write
from reference.world.listeners import draw_listener, listener_number, rate
from reference.world.pairs import Clip, alignment, draw_caption, draw_clip, draw_pair_kind
from reference.world.streams import PURPOSES, Stream

__all__ = [
    "SPLITS",
    "WORLD_VERSION",
    "Pair",
    "Rating",
    "Split",
    "World",
    "WorldConfig",
    "plan",
    "plan_pair",
    "plan_split",
]

WORLD_VERSION: Final = 1
"""Increase it whenever the same seed gives another world."""

SHORTEST_SECONDS, LONGEST_SECONDS = 2.0, 60.0
"""Shorter clips are too short for three successive events; longer ones are not useful."""

LOWEST_RATE, HIGHEST_RATE = 16_000, 48_000
"""The sounds contain frequencies up to 8 kHz."""


@dataclass(frozen=True)
class Split:
    """A split of the challenge.

    Attributes
    ----------
    name : str
        Name of its folder and metadata files.
    code : int
        Its number in the keys of streams and in listener ids.
    first : int
        Number of its first file in the real challenge.
    limit : int
        Largest number of pairs; more would use the file numbers of another split.
    ratings : int
        Ratings per pair.
    """

    name: str
    code: int
    first: int
    limit: int
    ratings: int


SPLITS: Final = (
    Split("train", code=1, first=0, limit=7_500, ratings=4),
    Split("validation", code=2, first=7_500, limit=3_000, ratings=4),
    Split("test", code=3, first=10_500, limit=89_500, ratings=8),
)
"""The splits of the challenge; file names have five digits."""


@dataclass(frozen=True)
class WorldConfig:
    """The settings of a world.

    Parameters
    ----------
    seed : int
        Seed of all random numbers, 0 or more.
    n_train, n_validation, n_test : int
        Pairs per split: at least 1; at most 7,500, 3,000 and 89,500, so that file names are unique.
    seconds : float
        Length of the clips in seconds, 2 to 60; 10 in the challenge.
    sample_rate : int
        Samples per second, 16,000 to 48,000; 16,000 in the challenge.

    Raises
    ------
    RecipeError
        If a value is outside its range; the message lists all of them.
    """

    seed: int = 2026
    n_train: int = 2000
    n_validation: int = 500
    n_test: int = 3000
    seconds: float = 10.0
    sample_rate: int = 16_000

    def __post_init__(self) -> None:
        problems = [
            f"{name} is {value}; expected {low:,} "
            + ("or more" if high == math.inf else f"to {high:,}")
            for name, value, low, high in (
                ("seed", self.seed, 0, math.inf),
                *((f"n_{split.name}", self.size(split), 1, split.limit) for split in SPLITS),
                ("seconds", self.seconds, SHORTEST_SECONDS, LONGEST_SECONDS),
                ("sample_rate", self.sample_rate, LOWEST_RATE, HIGHEST_RATE),
            )
            if not low <= value <= high
        ]
        if problems:
            raise RecipeError("invalid world settings: " + "; ".join(problems))

    def size(self, split: Split) -> int:
        """Return the number of pairs in a split."""
        return {"train": self.n_train, "validation": self.n_validation, "test": self.n_test}[
            split.name
        ]

    @property
    def samples(self) -> int:
        """Number of samples of a clip."""
        return round(self.seconds * self.sample_rate)


@dataclass(frozen=True)
class Rating:
    """One listener's rating of a pair, a whole number from 0 to 10."""

    listener_id: str
    score: int


@dataclass(frozen=True)
class Pair:
    """One pair of a world.

    Attributes
    ----------
    split : Split
        Its split.
    index : int
        Its position in the split, from 0.
    text : str
        The text of the caption.
    caption : Caption
        The meaning of the caption.
    clip : Clip
        The content of the clip.
    kind : str
        How the pair was generated, one of `pairs.PAIR_KINDS`; for information only.
    alignment : float
        How well the caption describes the clip, 0 to 1.
    ratings : tuple of Rating
        The listeners' ratings, in the order of the file.
    """

    split: Split
    index: int
    text: str
    caption: Caption
    clip: Clip
    kind: str
    alignment: float
    ratings: tuple[Rating, ...]

    @property
    def wav_file_name(self) -> str:
        """The id of the pair, such as ``10500.wav``."""
        return f"{self.split.first + self.index:05d}.wav"

    @property
    def average(self) -> float:
        """Mean of the ratings."""
        return sum(rating.score for rating in self.ratings) / len(self.ratings)


@dataclass(frozen=True)
class World:
    """A planned world.

    Attributes
    ----------
    config : WorldConfig
        Its settings.
    train, validation, test : tuple of Pair
        The pairs of each split, in the order of their file names.
    """

    config: WorldConfig
    train: tuple[Pair, ...]
    validation: tuple[Pair, ...]
    test: tuple[Pair, ...]

    def split(self, name: str) -> tuple[Pair, ...]:
        """Return the pairs of the split with this name."""
        return {"train": self.train, "validation": self.validation, "test": self.test}[name]

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """All pairs, in the order of the splits."""
        return self.train + self.validation + self.test


def plan_pair(seed: int, split: Split, index: int) -> Pair:
    """Return one pair of a world; it depends only on the arguments."""
    content = Stream(seed, split.code, index, PURPOSES["content"])
    caption = draw_caption(content)
    kind = draw_pair_kind(len(caption.events), content)
    clip = draw_clip(caption, kind, content)
    text = write(caption, Stream(seed, split.code, index, PURPOSES["caption"]))
    truth = alignment(caption, clip)
    numbers = (listener_number(index, slot, split.ratings) for slot in range(split.ratings))
    listeners = [draw_listener(seed, split.code, number) for number in numbers]
    scores = rate(truth, listeners, Stream(seed, split.code, index, PURPOSES["ratings"]))
    ratings = tuple(
        Rating(listener.listener_id, score)
        for listener, score in zip(listeners, scores, strict=True)
    )
    return Pair(split, index, text, caption, clip, kind, truth, ratings)


def plan_split(config: WorldConfig, split: Split) -> tuple[Pair, ...]:
    """Return the pairs of one split."""
    return tuple(plan_pair(config.seed, split, index) for index in range(config.size(split)))


def plan(config: WorldConfig) -> World:
    """Return the plan of a world: everything except the audio.

    The same seed gives the same plan, bit for bit, on any machine.
    """
    return World(config, *(plan_split(config, split) for split in SPLITS))
