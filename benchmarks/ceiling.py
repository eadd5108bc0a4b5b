"""Bias of the noise ceiling, the floor of MSE and their intervals, compared with a known truth.

Goal: measure the accuracy of ``noise_ceiling`` and ``mse_floor`` for panels of four, eight and
unequal size.

In each repetition pairs and ratings are drawn from a known model, so the true score of a pair (the
expected rating) is known; the truth is the metric between true scores and drawn averages. Bias is
the mean of estimate minus truth over the repetitions; the table also shows its standard error (SE).
Coverage is the share of 95 % intervals that contain the mean truth of all repetitions.

Run from the repository: ``python -m benchmarks.ceiling [--repetitions 30] [--pairs 1500] [--seed
0]``. Markdown on standard output; a run of the default size takes some minutes.
"""

from __future__ import annotations

import argparse
import math
import os
import platform
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from xacle_eval.listeners import NoiseCeiling, Ratings, mse_floor, noise_ceiling
from xacle_eval.metrics import ktau, lcc, mse, srcc

Floats = NDArray[np.float64]
Drawn = tuple[Floats, Floats]

METRICS = {"LCC": lcc, "SRCC": srcc, "KTAU": ktau}
HIGHEST = 10
RESAMPLES = 200


def expected_rating(centre: Floats, spread: float) -> Floats:
    """Return the mean of normal ratings that are rounded and clipped to 0 to 10."""
    cuts = np.arange(HIGHEST) + 0.5
    z = (cuts[None, :] - centre[:, None]) / (spread * math.sqrt(2))
    return np.asarray((0.5 * (1 - np.vectorize(math.erf)(z))).sum(axis=1))


def continuous(rng: np.random.Generator, pair: NDArray[np.intp], n: int) -> Drawn:
    """Draw normal scores and noise without rounding; ICC(1,1) is 0.4."""
    truth = rng.normal(scale=math.sqrt(0.4), size=n)
    return truth, truth[pair] + rng.normal(scale=math.sqrt(0.6), size=pair.size)


def _round_ratings(
    rng: np.random.Generator, pair: NDArray[np.intp], latent: Floats, spread: float
) -> Drawn:
    ratings = np.clip(np.round(latent[pair] + rng.normal(scale=spread, size=pair.size)), 0, HIGHEST)
    return expected_rating(latent, spread), ratings


def mid_scale(rng: np.random.Generator, pair: NDArray[np.intp], n: int) -> Drawn:
    """Draw whole ratings, 0 to 10, around the middle of the scale."""
    return _round_ratings(rng, pair, 5 + rng.normal(scale=1.4, size=n), 1.7)


def near_ten(rng: np.random.Generator, pair: NDArray[np.intp], n: int) -> Drawn:
    """Draw whole ratings of which a third are 10 and a tenth 0, as in RELATE."""
    return _round_ratings(rng, pair, 7.8 + rng.normal(scale=3.2, size=n), 3.9)


def bimodal(rng: np.random.Generator, pair: NDArray[np.intp], n: int) -> Drawn:
    """Draw whole ratings of pairs that either match or do not: the scores are bimodal."""
    low = rng.random(n) < 0.45
    latent = np.where(low, rng.normal(2, 1.2, n), rng.normal(8.5, 1.2, n))
    return _round_ratings(rng, pair, latent, 4.2)


SCORES: dict[str, Callable[[np.random.Generator, NDArray[np.intp], int], Drawn]] = {
    "continuous": continuous,
    "mid-scale": mid_scale,
    "near 10": near_ten,
    "bimodal": bimodal,
}


def panel(rng: np.random.Generator, size: int | None, n: int) -> NDArray[np.intp]:
    """Return the ratings per pair: ``size``, or 1 to 18 with mean 3.3 if it is None."""
    if size is not None:
        return np.full(n, size)
    return np.minimum(rng.geometric(1 / 3.3, n), 18)


def repetition(
    rng: np.random.Generator, scores: str, size: int | None, n: int
) -> dict[str, tuple[float, ...]]:
    """Return truth, estimate, low, high, components, halves and plain for each quantity."""
    k = panel(rng, size, n)
    pair = np.repeat(np.arange(n), k)
    truth, values = SCORES[scores](rng, pair, n)
    ratings = Ratings.from_arrays(pair, np.arange(pair.size), values)
    seed = int(rng.integers(2**31))
    plain = noise_ceiling(ratings, resamples=1, seed=seed, conversion="spearman-brown")
    ceiling = noise_ceiling(ratings, resamples=RESAMPLES, seed=seed)
    means = ratings.means()
    rows = {
        name: _row(ceiling, plain, name, metric(truth, means)) for name, metric in METRICS.items()
    }
    floor = mse_floor(ratings, resamples=RESAMPLES, seed=seed)
    nothing = (float("nan"),) * 3
    return rows | {"MSE floor": (mse(truth, means), floor.value, floor.low, floor.high, *nothing)}


def _row(ceiling: NoiseCeiling, plain: NoiseCeiling, name: str, truth: float) -> tuple[float, ...]:
    found = ceiling.of(name)
    return (
        truth,
        found.value,
        found.low,
        found.high,
        found.components,
        found.halves,
        plain.of(name).halves,
    )


def _bias(column: Floats, truth: Floats) -> str:
    difference = column - truth
    return "–" if np.isnan(difference).all() else f"{difference.mean():+.4f}"


def table_row(found: Floats) -> list[str]:
    """Return the table cells of one quantity.

    Parameters
    ----------
    found : ndarray, shape (repetitions, 7)
        The columns truth, estimate, low, high, components, halves and plain.
    """
    truth, estimate, low, high, components, halves, plain = found.T
    error = float((estimate - truth).std(ddof=1) / math.sqrt(len(found)))
    covered = float(((low <= truth.mean()) & (truth.mean() <= high)).mean())
    bias = [_bias(column, truth) for column in (components, halves, plain)]
    return [f"{truth.mean():.4f}", _bias(estimate, truth), f"{error:.4f}", f"{covered:.0%}", *bias]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description="Measure the bias of noise ceiling and MSE floor by simulation."
    )
    parser.add_argument("--repetitions", type=int, default=30)
    parser.add_argument("--pairs", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    print("# Noise ceiling and floor: bias by simulation\n")
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{given.repetitions} repetitions of {given.pairs} pairs, seed {given.seed}, 200 splits,")
    print(f"{RESAMPLES} resamples; {machine}, numpy {np.__version__}.\n")
    print(
        "| scores | listeners | quantity | truth | bias of the estimate | SE | coverage | "
        "bias: components | split halves | plain Spearman–Brown |"
    )
    print("| --- | --- | --- " + "| ---: " * 7 + "|")
    for row, scores in enumerate(SCORES):
        for column, size in enumerate((4, 8, None)):
            rng = np.random.default_rng([given.seed, row, column])
            found = [repetition(rng, scores, size, given.pairs) for _ in range(given.repetitions)]
            for name in found[0]:
                cells = table_row(np.array([one[name] for one in found]))
                label = "1–18" if size is None else str(size)
                print("| " + " | ".join([scores, label, name, *cells]) + " |", flush=True)


if __name__ == "__main__":
    main()
