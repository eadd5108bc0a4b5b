"""Coverage of bootstrap intervals and type-I error of paired tests, by simulation.

Conventions: a pair has a true quality q, standard normal; the rating of each listener is 5 + 2 q
plus noise of standard deviation 2, rounded to an integer and clipped to 0 to 10; the reference is
the mean of 8 ratings (on the 1/8 grid, with ties) or of 4; a system predicts the quality plus its
own noise. The truth is the metric over 10**7 pairs. Prints Markdown.

Run as ``python -m benchmarks.simulation [--seed S] [--scale X]``; it takes about ten minutes on one
core with scale 1.
"""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Callable, Iterator, Mapping
from functools import cache

import numpy as np
import numpy.typing as npt
import scipy

from xacle_eval.metrics import DEFAULT_METRICS, all_metrics
from xacle_eval.statistics import (
    Interval,
    backend,
    bootstrap_metrics,
    compare_systems,
    intervals,
    permutation_tests,
)

Floats = npt.NDArray[np.float64]

NAMES = DEFAULT_METRICS
TRUTH_PAIRS, TRUTH_RUNS = 10**6, 10
BLOCK = 18
Rate = Callable[[Floats, int, np.random.Generator], Floats]
ALPHA = 0.05


def rate(quality: Floats, listeners: int, rng: np.random.Generator) -> Floats:
    """Return ratings of shape (n, listeners)."""
    noise = rng.normal(scale=2.0, size=(quality.size, listeners))
    return np.clip(np.rint(5.0 + 2.0 * quality[:, np.newaxis] + noise), 0.0, 10.0)


def predict(quality: Floats, rng: np.random.Generator) -> Floats:
    """Return the predictions of one system: the quality on the rating scale, with noise."""
    return 5.0 + 1.5 * quality + rng.normal(scale=1.5, size=quality.size)


def rate_blocks(quality: Floats, listeners: int, rng: np.random.Generator) -> Floats:
    """Return ratings of blocks of 18 pairs, each with its own listeners, who are biased."""
    block = np.arange(quality.size) // BLOCK
    bias = rng.normal(scale=3.0, size=(block[-1] + 1, listeners))[block]
    noise = bias + rng.normal(scale=2.0, size=(quality.size, listeners))
    return np.clip(np.rint(5.0 + 2.0 * quality[:, np.newaxis] + noise), 0.0, 10.0)


@cache
def truth(listeners: int, seed: int, rate: Rate = rate) -> Floats:
    """Return the metrics over ten million pairs: the mean of ten runs of a million."""
    runs = []
    for run in range(TRUTH_RUNS):
        rng = np.random.default_rng([seed, listeners, run])
        quality = rng.normal(size=TRUTH_PAIRS)
        references = rate(quality, listeners, rng).mean(axis=1)
        runs.append(list(all_metrics(predict(quality, rng), references).values()))
    means: Floats = np.array(runs).mean(axis=0)
    return means


def table(head: list[str], rows: list[list[str]]) -> Iterator[str]:
    """Yield a Markdown table."""
    yield "| " + " | ".join(head) + " |"
    yield "|" + " --- |" * len(head)
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def coverage_of_pairs(n: int, repetitions: int, resamples: int, seed: int) -> list[list[str]]:
    """Return rows: coverage of all intervals over pairs, with eight listeners."""
    true = truth(8, seed)
    hits = {method: np.zeros(len(NAMES)) for method in ("percentile", "bca", "normal")}
    for repetition in range(repetitions):
        rng = np.random.default_rng([seed, n, repetition])
        quality = rng.normal(size=n)
        references = rate(quality, 8, rng).mean(axis=1)
        predictions = predict(quality, rng)
        sample = bootstrap_metrics(predictions, references, resamples=resamples, seed=repetition)
        tables = {
            "percentile": intervals(sample),
            "bca": intervals(sample, method="bca", predictions=predictions, references=references),
            "normal": intervals(sample, method="normal"),
        }
        for method, found in tables.items():
            hits[method] += _hits(found.rows[0], true)
    return [
        [
            "pairs",
            m,
            f"{n:,}",
            f"{resamples:,}",
            f"{repetitions:,}",
            *_percentages(hits[m], repetitions),
        ]
        for m in hits
    ]


def coverage_of_blocks(n: int, repetitions: int, resamples: int, seed: int) -> list[list[str]]:
    """Return rows: coverage where blocks of pairs have the same listeners, by what is drawn."""
    true = truth(4, seed, rate_blocks)
    parts = {"pairs": None, "parts": np.arange(n) // BLOCK}
    hits = {unit: np.zeros(len(NAMES)) for unit in parts}
    for repetition in range(repetitions):
        rng = np.random.default_rng([seed, n, 4, repetition])
        quality = rng.normal(size=n)
        references = rate_blocks(quality, 4, rng).mean(axis=1)
        predictions = predict(quality, rng)
        for unit, codes in parts.items():
            sample = bootstrap_metrics(
                predictions, references, resamples=resamples, seed=repetition, parts=codes
            )
            hits[unit] += _hits(intervals(sample).rows[0], true)
    return [
        [
            f"{unit}, blocks of {BLOCK} pairs",
            "percentile",
            f"{n:,}",
            f"{resamples:,}",
            f"{repetitions:,}",
            *_percentages(hits[unit], repetitions),
        ]
        for unit in hits
    ]


def type_one_errors(n: int, repetitions: int, draws: int, seed: int) -> list[list[str]]:
    """Return rows: share of p <= 0.05 for two systems of equal quality, one optionally skewed."""
    rejected: dict[tuple[str, str], Floats] = {}
    for repetition in range(repetitions):
        rng = np.random.default_rng([seed, n, 5, repetition])
        quality = rng.normal(size=n)
        references = rate(quality, 8, rng).mean(axis=1)
        shared = quality + 0.5 * rng.normal(size=n)
        systems = 5.0 + 1.5 * (shared + rng.normal(scale=0.7, size=(2, n)))
        skewed = np.stack([np.exp(systems[0] / 1.5), systems[1]])
        for case, predictions in (("equal", systems), ("one skewed", skewed)):
            for test, p in _p_values(predictions, references, draws, repetition).items():
                rejected.setdefault((case, test), np.zeros(len(NAMES)))
                rejected[case, test] += np.where(np.isnan(p), np.nan, p <= ALPHA)
    for (case, _), counts in rejected.items():
        if case == "one skewed":
            # Here the null hypothesis only holds for rank metrics: exp changes LCC and MSE.
            counts[[NAMES.index("LCC"), NAMES.index("MSE")]] = np.nan
    return [
        [case, test, f"{n:,}", f"{draws:,}", f"{repetitions:,}", *_percentages(counts, repetitions)]
        for (case, test), counts in rejected.items()
    ]


def _p_values(predictions: Floats, references: Floats, draws: int, seed: int) -> dict[str, Floats]:
    sample = bootstrap_metrics(predictions, references, resamples=draws, seed=seed)
    tests = permutation_tests(predictions, references, draws=draws, seed=seed)
    scores = permutation_tests(
        predictions,
        references,
        draws=draws,
        seed=seed,
        metrics=("SRCC", "KTAU"),
        standardise="zscore",
    )
    compared = compare_systems(predictions, references, sample, tests).comparisons
    by_zscore = dict(zip(scores.metrics, scores.p_values()["two_sided"][0], strict=True))
    return {
        "permutation, ranks": np.array([c.p_permutation for c in compared]),
        "permutation, ranks, one-sided": np.array([c.p_first for c in compared]),
        "permutation, z-scores (WMT)": np.array([by_zscore.get(name, np.nan) for name in NAMES]),
        "bootstrap": np.array([c.p_bootstrap for c in compared]),
        "Williams": np.array([c.p_williams for c in compared]),
    }


def _hits(row: Mapping[str, Interval], true: Floats) -> Floats:
    """Return 1.0 for each metric whose interval contains the truth, else 0.0."""
    return np.array(
        [float(row[name].covers(value)) for name, value in zip(NAMES, true, strict=True)]
    )


def _percentages(hits: Floats, repetitions: int) -> list[str]:
    return ["–" if np.isnan(count) else f"{100.0 * count / repetitions:.1f}" for count in hits]


def machine(seed: int) -> str:
    """Return seed, machine and versions in one line."""
    return (
        f"Seed {seed}. {platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, numpy {np.__version__}, scipy {scipy.__version__}, "
        f"kernels {backend()}."
    )


def main() -> None:
    """Run all simulations and print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=20260)
    parser.add_argument(
        "--scale", type=float, default=1.0, help="factor for the numbers of repetitions"
    )
    options = parser.parse_args()
    times, seed = options.scale, options.seed
    print(machine(seed), flush=True)
    print("\nType-I error, % of p <= 0.05 for systems of equal true quality (nominal 5):\n")
    head = ["systems", "test", "pairs", "draws", "repetitions", *NAMES]
    print("\n".join(table(head, type_one_errors(500, round(2000 * times), 999, seed))), flush=True)
    print("\nCoverage of 95 % intervals, %:\n")
    rows = coverage_of_pairs(3000, round(2000 * times), 1000, seed)
    for n in (100, 50, 30):
        rows += coverage_of_pairs(n, round(2000 * times), 1000, seed)
    rows += coverage_of_blocks(1080, round(1000 * times), 500, seed)
    head = ["resampled", "interval", "pairs", "resamples", "repetitions", *NAMES]
    print("\n".join(table(head, rows)))


if __name__ == "__main__":
    main()
