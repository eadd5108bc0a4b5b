"""Bias of the noise ceiling, the floor of MSE and their intervals, compared with a known truth.

Goal: measure the accuracy of ``noise_ceiling`` and ``mse_floor`` for twelve shapes of scores and
noise, with panels of four, eight and two to twelve ratings.

In each repetition pairs and ratings are drawn from a known distribution, so the true score of a
pair (the expected rating) is known; the truth is the metric between true scores and drawn averages.
Bias is the mean of estimate minus truth over the repetitions, with its standard error (SE).
Coverage is the share of 95 % intervals that contain the truth of 60,000 pairs.

Run from the repository: ``python -m benchmarks.ceiling [--repetitions 10] [--pairs 3000] [--seed
0]``. Markdown on standard output; a run of the default size takes about 20 minutes on one core.
"""

from __future__ import annotations

import argparse
import math
import os
import platform
import time

import numpy as np
from numpy.typing import NDArray

from benchmarks.ceiling_shapes import PANELS, SHAPES, panel_sizes
from xacle_eval.listeners import Ratings, mse_floor, noise_ceiling
from xacle_eval.metrics import ktau, lcc, mse, srcc

Floats = NDArray[np.float64]

METRICS = {"SRCC": srcc, "KTAU": ktau, "LCC": lcc}
RESAMPLES, MANY = 100, 60_000
SMALL_SHAPES = ("middle of the scale", "two heaps")
SMALL_PAIRS, SMALL_PANELS = (20, 50, 200), (2, 4, 8)


def repetition(
    rng: np.random.Generator, shape: str, panel: str, n: int
) -> tuple[dict[str, tuple[float, ...]], str, float]:
    """Return truth, estimate, low and high of each quantity, the variant, and the CPU time."""
    pair = np.repeat(np.arange(n), panel_sizes(rng, panel, n))
    truth, values = SHAPES[shape](rng, pair, n)
    # Blocks of 18 pairs share their listeners, as the shape "like RELATE" draws them.
    k = np.bincount(pair, minlength=n)
    place = np.arange(pair.size) - (np.cumsum(k) - k)[pair]
    ratings = Ratings.from_arrays(pair, (pair // 18) * 1000 + place, values)
    seed, begin = int(rng.integers(2**31)), time.process_time()
    ceiling = noise_ceiling(ratings, resamples=RESAMPLES, seed=seed)
    spent, means = time.process_time() - begin, ratings.means()
    rows: dict[str, tuple[float, ...]] = {}
    for name, metric in METRICS.items():
        found = ceiling.of(name)
        rows[name] = (metric(truth, means), found.value, found.low, found.high)
    floor = mse_floor(ratings, resamples=RESAMPLES, seed=seed)
    rows["MSE floor"] = (mse(truth, means), floor.value, floor.low, floor.high)
    return rows, ceiling.model, spent


def population(rng: np.random.Generator, shape: str, panel: str) -> dict[str, float]:
    """Return each quantity of many pairs."""
    pair = np.repeat(np.arange(MANY), panel_sizes(rng, panel, MANY))
    truth, values = SHAPES[shape](rng, pair, MANY)
    means = np.bincount(pair, values) / np.bincount(pair)
    found = {name: float(metric(truth, means)) for name, metric in METRICS.items()}
    return {**found, "MSE floor": float(mse(truth, means))}


def _cell(found: Floats, exact: float) -> tuple[str, float, float]:
    """Return bias, SE and coverage as text, the bias, and the coverage."""
    truth, estimate, low, high = found.T
    bias = float((estimate - truth).mean())
    error = float((estimate - truth).std(ddof=1) / math.sqrt(len(found)))
    covered = float(((low <= exact) & (exact <= high)).mean())
    return f"{exact:.3f} | {bias:+.4f} | {error:.4f} | {covered:.0%}", bias, covered


def small_table(repetitions: int, seed: int) -> None:
    """Print bias and spread of the ceilings from few pairs and ratings."""
    print("| shape | pairs | ratings | SRCC: truth | bias | SD | KTAU: truth | bias | SD |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for row, shape in enumerate(SMALL_SHAPES):
        for n in SMALL_PAIRS:
            for k in SMALL_PANELS:
                rng = np.random.default_rng([seed, row, n, k])
                found = np.array([_small(rng, shape, n, k) for _ in range(repetitions)])
                cells = []
                for column in (0, 2):
                    truth, estimate = found[:, column].mean(), found[:, column + 1]
                    bias, spread = estimate.mean() - truth, estimate.std(ddof=1)
                    cells.append(f"{truth:.3f} | {bias:+.3f} | {spread:.3f}")
                print(f"| {shape} | {n} | {k} | {' | '.join(cells)} |", flush=True)


def _small(rng: np.random.Generator, shape: str, n: int, k: int) -> tuple[float, ...]:
    """Return the true and the estimated ceilings of SRCC and KTAU; the truth is that of 5,000."""
    pair = np.repeat(np.arange(n), k)
    _, values = SHAPES[shape](rng, pair, n)
    ceiling = noise_ceiling(Ratings.from_arrays(pair, np.arange(n * k), values), resamples=1)
    many = np.repeat(np.arange(5_000), k)
    truth, ratings = SHAPES[shape](rng, many, 5_000)
    means = ratings.reshape(5_000, k).mean(axis=1)
    return (
        srcc(truth, means),
        ceiling.of("SRCC").value,
        ktau(truth, means),
        ceiling.of("KTAU").value,
    )


def main() -> None:
    """Print the tables and their summary."""
    parser = argparse.ArgumentParser(
        description="Measure the bias of noise ceiling and MSE floor by simulation."
    )
    parser.add_argument("--repetitions", type=int, default=10)
    parser.add_argument("--pairs", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--small", action="store_true", help="print the table of few pairs and ratings instead"
    )
    parser.add_argument(
        "--shape", action="append", choices=list(SHAPES), help="only this shape; repeatable"
    )
    given = parser.parse_args()
    if given.small:
        small_table(given.repetitions, given.seed)
        return
    print("# Noise ceiling and floor: bias by simulation\n")
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{given.repetitions} repetitions of {given.pairs} pairs, seed {given.seed}, 200 splits,")
    print(f"{RESAMPLES} resamples; {machine}, numpy {np.__version__}.\n")
    print("| shape | ratings | quantity | truth | bias | SE | coverage | model |")
    print("| --- | --- | --- | ---: | ---: | ---: | ---: | --- |")
    biases: dict[str, list[float]] = {}
    covered: dict[str, list[float]] = {}
    slowest = 0.0
    for row, shape in enumerate(SHAPES):
        if given.shape and shape not in given.shape:
            continue
        for column, panel in enumerate(PANELS):
            rng = np.random.default_rng([given.seed, row, column])
            found = [repetition(rng, shape, panel, given.pairs) for _ in range(given.repetitions)]
            models = ", ".join(sorted({model for _, model, _ in found}))
            slowest = max(slowest, *(spent for _, _, spent in found))
            exact = population(rng, shape, panel)
            for name in found[0][0]:
                text, bias, share = _cell(np.array([one[name] for one, _, _ in found]), exact[name])
                biases.setdefault(name, []).append(bias)
                covered.setdefault(name, []).append(share)
                print(f"| {shape} | {panel} | {name} | {text} | {models} |", flush=True)
    print()
    for name, values in biases.items():
        size = np.abs(values)
        print(
            f"- {name}: mean |bias| {size.mean():.4f}, largest {size.max():.4f}, mean coverage "
            f"{np.mean(covered[name]):.1%}"
        )
    print(f"- CPU time of a ceiling with its intervals: at most {slowest:.1f} s")


if __name__ == "__main__":
    main()
