"""Power of planned test sets, by simulation in a world that the planner does not know.

Goal: measure how often a test set of the planned size finds the planned difference.

World: a pair has a true quality q, standard normal; a rating is 5 + 2 q plus noise of standard
deviation 2, rounded to an integer and clipped to 0 to 10. The pilot has 500 pairs with four
ratings. Two systems predict the quality with noise, so that their predictions correlate by 0.8,
the better one has an LCC of 0.6 with averages of four ratings, and their SRCC differs by the
planned difference (found by bisection over 10**6 pairs). The test is the two-sided paired
bootstrap at 5 %.

Run as ``python -m benchmarks.planning [--repetitions 400] [--seed 0]``. Markdown on standard
output; about ten minutes on one core.
"""

from __future__ import annotations

import argparse
import math

import numpy as np
from numpy.typing import NDArray

from xacle_eval.listeners import Ratings, plan_test_set
from xacle_eval.metrics import lcc, srcc
from xacle_eval.statistics import bootstrap_metrics

Floats = NDArray[np.float64]

PILOT, LISTENERS, SIZES = 500, 4, (2, 4, 8)
SCORE, BETWEEN, ALPHA, POWER = 0.6, 0.8, 0.05, 0.8
LARGE, DRAWS = 10**6, 499


def rate(quality: Floats, listeners: int, rng: np.random.Generator) -> Floats:
    """Return ratings of shape (n, listeners)."""
    noise = rng.normal(scale=2.0, size=(quality.size, listeners))
    return np.clip(np.rint(5.0 + 2.0 * quality[:, np.newaxis] + noise), 0.0, 10.0)


def predict(quality: Floats, shares: tuple[float, float], rng: np.random.Generator) -> Floats:
    """Return the predictions of two systems with given correlations with the quality."""
    common, first, second = rng.normal(size=(3, quality.size))
    # The errors share as much as makes the predictions correlate by 0.8.
    rest = math.sqrt((1.0 - shares[0] ** 2) * (1.0 - shares[1] ** 2))
    own = min(max((BETWEEN - shares[0] * shares[1]) / rest, 0.0), 1.0)
    rows = []
    for share, each in zip(shares, (first, second), strict=True):
        error = math.sqrt(own) * common + math.sqrt(1.0 - own) * each
        rows.append(share * quality + math.sqrt(1.0 - share**2) * error)
    return np.array(rows)


def true_shares(difference: float, seed: int) -> tuple[float, float]:
    """Return the correlations of the two systems with the quality, by bisection."""
    rng = np.random.default_rng([seed, 1])
    quality = rng.normal(size=LARGE)
    averages = rate(quality, LISTENERS, rng).mean(axis=1)
    better = SCORE / lcc(quality, averages)

    def gap(low: float) -> float:
        rows = predict(quality, (better, low), np.random.default_rng([seed, 2]))
        return srcc(rows[0], averages) - srcc(rows[1], averages)

    low, high = 0.0, better
    for _ in range(20):
        middle = (low + high) / 2.0
        low, high = (middle, high) if gap(middle) > difference else (low, middle)
    return better, (low + high) / 2.0


def share_found(n: int, k: int, shares: tuple[float, float], repetitions: int, seed: int) -> float:
    """Return how often a test set of n pairs with k ratings finds the better system."""
    found = 0
    for repetition in range(repetitions):
        rng = np.random.default_rng([seed, n, k, repetition])
        quality = rng.normal(size=n)
        averages = rate(quality, k, rng).mean(axis=1)
        sample = bootstrap_metrics(
            predict(quality, shares, rng),
            averages,
            metrics=["SRCC"],
            resamples=DRAWS,
            seed=repetition,
        )
        gains = sample.of("SRCC")[0] - sample.of("SRCC")[1]
        found += 2 * (1 + int((gains <= 0).sum())) / (DRAWS + 1) <= ALPHA
    return found / repetitions


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    rng = np.random.default_rng([given.seed, 0])
    values = rate(rng.normal(size=PILOT), LISTENERS, rng)
    pair = np.repeat(np.arange(PILOT), LISTENERS)
    pilot = Ratings.from_arrays(pair, np.arange(pair.size), values.ravel())
    print(f"{given.repetitions} repetitions, seed {given.seed}; planned power {POWER:.0%}.\n")
    print("| difference | listeners | pairs | found | SE |")
    print("| ---: | ---: | ---: | ---: | ---: |")
    for difference in (0.03, 0.06):
        plan = plan_test_set(
            pilot, difference, power=POWER, alpha=ALPHA, score=SCORE, between=BETWEEN,
            listeners=SIZES, seed=given.seed,
        )  # fmt: skip
        shares = true_shares(difference, given.seed)
        for design in plan.designs:
            found = share_found(
                design.pairs, design.listeners, shares, given.repetitions, given.seed
            )
            error = math.sqrt(found * (1.0 - found) / given.repetitions)
            print(
                f"| {difference:g} | {design.listeners} | {design.pairs:,} | {found:.1%} | "
                f"{error:.1%} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
