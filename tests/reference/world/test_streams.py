"""The random numbers of a world's plan."""

from __future__ import annotations

import numpy as np
import pytest

from reference.world.streams import Stream


def test_draws_are_the_raw_doubles_of_pcg64() -> None:
    """A stream's uniform values equal numpy's for the same seed and key, in any block size."""
    sequence = np.random.SeedSequence(7, spawn_key=(3, 11))
    expected = np.random.Generator(np.random.PCG64(sequence)).random(200)
    stream = Stream(7, 3, 11)
    assert [stream.unit() for _ in range(200)] == expected.tolist()


def test_streams_of_different_keys_and_seeds_differ() -> None:
    """Seed 0 is a seed, and another seed or key gives other values."""
    first = [
        Stream(seed, *key).unit()
        for seed in (0, 1)
        for key in ((1, 0, 0), (1, 1, 0), (2, 0, 0), (1, 0, 1))
    ]
    assert len(set(first)) == len(first)
    assert Stream(0, 1).unit() == Stream(0, 1).unit()


def test_normal_deviates_have_the_moments_of_a_normal() -> None:
    """The mean is 0, the variance 1, the skewness 0 and the kurtosis 2.9 (for twelve terms)."""
    stream = Stream(5, 1)
    draws = np.array([stream.normal() for _ in range(20_000)])
    assert draws.mean() == pytest.approx(0.0, abs=0.03)
    assert draws.var() == pytest.approx(1.0, abs=0.04)
    assert (draws**3).mean() == pytest.approx(0.0, abs=0.08)
    assert (draws**4).mean() == pytest.approx(2.9, abs=0.2)


def test_samples_are_without_repetition_and_fair() -> None:
    """A sample never repeats an item, and all items are equally frequent."""
    stream = Stream(6, 1)
    counts = dict.fromkeys("abcde", 0)
    for _ in range(5_000):
        drawn = stream.sample("abcde", 2)
        assert len(set(drawn)) == 2
        for item in drawn:
            counts[item] += 1
    assert all(count == pytest.approx(2_000, abs=150) for count in counts.values())


def test_weights_are_respected() -> None:
    """Items are as frequent as their weights, and an item of weight 0 never occurs."""
    stream = Stream(8, 1)
    drawn = [stream.pick_weighted("abc", (0.5, 0.0, 0.5)) for _ in range(4_000)]
    assert drawn.count("b") == 0
    assert drawn.count("a") == pytest.approx(2_000, abs=130)
