"""Resampling and permutation: this toolkit compared with plain loops over scipy and numpy.

Conventions: 3,000 pairs with references on the 1/8 grid. The slow programs run a few repetitions,
alternately with the fast ones; their times are extrapolated, which is exact for a loop. Ratios are
ratios of processor time of one process; the rows for two processes and the second table show
elapsed time.

Run as ``python -m benchmarks.resampling [--growth]``.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import scipy.stats

from xacle_eval.metrics import average_ranks
from xacle_eval.statistics import backend, bootstrap_metrics, permutation_tests

Floats = npt.NDArray[np.float64]
Row = dict[str, str]

PAIRS, DRAWS, SYSTEMS = 3000, 10_000, 100
ROUNDS = 3
SLOW_REPETITIONS = 60


def make_data(systems: int, pairs: int) -> tuple[Floats, Floats]:
    """Return predictions (systems, pairs) of decreasing quality, and references on the 1/8 grid."""
    rng = np.random.default_rng(2026)
    quality = rng.normal(size=pairs)
    references = np.clip(np.round((5 + 2 * quality + rng.normal(size=pairs)) * 8) / 8, 0, 10)
    noise = np.linspace(0.8, 3.0, systems)[:, np.newaxis]
    return 5 + 2 * (quality + noise * rng.normal(size=(systems, pairs))), references


def scipy_bootstrap(predictions: Floats, references: Floats, repetitions: int) -> None:
    """Resample indices and call scipy for SRCC, KTAU and LCC, and numpy for MSE."""
    rng = np.random.default_rng(0)
    for _ in range(repetitions):
        drawn = rng.integers(0, references.size, references.size)
        x, y = predictions[drawn], references[drawn]
        scipy.stats.spearmanr(x, y)
        scipy.stats.kendalltau(x, y)
        scipy.stats.pearsonr(x, y)
        np.mean((x - y) ** 2)


def numpy_permutation(first: Floats, second: Floats, references: Floats, repetitions: int) -> None:
    """Swap the average ranks of two systems and rank both samples again in each permutation."""
    rng = np.random.default_rng(0)
    a, b, y = average_ranks(first), average_ranks(second), average_ranks(references)
    for _ in range(repetitions):
        swap = rng.random(references.size) < 0.5
        _correlation(_average_ranks(np.where(swap, b, a)), y)
        _correlation(_average_ranks(np.where(swap, a, b)), y)


def _average_ranks(values: Floats) -> Floats:
    """Return average ranks, computed by one sort with numpy."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks: Floats = (ends - (counts - 1) / 2.0)[inverse]
    return ranks


def _correlation(x: Floats, y: Floats) -> float:
    a, b = x - x.mean(), y - y.mean()
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))


def _seconds(work: Callable[[], object]) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin


def _race(fast: Callable[[], object], slow: Callable[[int], object]) -> tuple[float, float]:
    """Return the lowest processor time of both programs; the slow one is extrapolated."""
    times = [(_seconds(fast), _seconds(lambda: slow(SLOW_REPETITIONS))) for _ in range(ROUNDS)]
    return min(a for a, _ in times), min(b for _, b in times) * DRAWS / SLOW_REPETITIONS


def _ratio_row(work: str, other: str, fast: float, slow: float, target: str) -> Row:
    measured = f"{fast:.2f} s, {slow:.1f} s: {slow / fast:.0f}x"
    return {"work": work, "compared with": other, "measured": measured, "target": target}


def rows() -> list[Row]:
    """Return the measurements of the resampling kernels with their targets."""
    predictions, references = make_data(SYSTEMS, PAIRS)
    found = []
    for name in ("numba", "numpy") if backend() == "numba" else ("numpy",):
        bootstrap_metrics(predictions[0], references, resamples=1, kernels=name)  # compile
        fast, slow = _race(
            lambda name=name: bootstrap_metrics(
                predictions[0], references, resamples=DRAWS, kernels=name
            ),  # type: ignore[misc]
            lambda repetitions: scipy_bootstrap(predictions[0], references, repetitions),
        )
        work = f"{DRAWS:,} bootstrap resamples, four metrics, one system ({name})"
        target = "20x" if name == "numba" else "–"
        found.append(_ratio_row(work, "loop over scipy, extrapolated", fast, slow, target))
    for name in ("numba", "numpy") if backend() == "numba" else ("numpy",):
        permutation_tests(predictions[:2], references, metrics=("SRCC",), draws=1, kernels=name)
        fast, slow = _race(
            lambda name=name: permutation_tests(  # type: ignore[misc]
                predictions[:2], references, metrics=("SRCC",), draws=DRAWS, kernels=name
            ),
            lambda repetitions: numpy_permutation(
                predictions[0], predictions[1], references, repetitions
            ),
        )
        work = f"{DRAWS:,} paired permutations, SRCC, two systems ({name})"
        target = "20x" if name == "numba" else "–"
        found.append(
            _ratio_row(work, "numpy loop with repeated ranking, extrapolated", fast, slow, target)
        )
    return [*found, _leaderboard_row(predictions, references)]


def _leaderboard_row(predictions: Floats, references: Floats) -> Row:
    begin = time.perf_counter()
    sample = bootstrap_metrics(predictions, references, resamples=DRAWS, jobs=2)
    elapsed = time.perf_counter() - begin
    peaks = [
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    ]
    # Kilobytes on Linux; for the two children, it is the maximum.
    mebibytes = (peaks[0] + 2 * peaks[1]) / 1024
    return {
        "work": f"{DRAWS:,} bootstrap resamples, four metrics, {len(sample.systems)} systems,"
        " two processes",
        "compared with": "–",
        "measured": f"{elapsed:.1f} s elapsed, peak {mebibytes:.0f} MiB in all three processes",
        "target": "60 s, 1 GiB",
    }


def growth_rows() -> list[Row]:
    """Return elapsed time and memory of one process by number of systems and pairs."""
    found = []
    bootstrap_metrics(*make_data(1, 10**5), resamples=1)  # compile the variants for many pairs
    bootstrap_metrics(*make_data(1, 10**6), resamples=1)
    for systems, pairs, resamples in (
        (10, PAIRS, 1000),
        (100, PAIRS, 1000),
        (1000, PAIRS, 1000),
        (1, 10**3, 1000),
        (1, 10**4, 1000),
        (1, 10**5, 200),
        (1, 10**6, 20),
    ):
        predictions, references = make_data(systems, pairs)
        begin = time.perf_counter()
        bootstrap_metrics(predictions, references, resamples=resamples)
        elapsed = time.perf_counter() - begin
        each = elapsed / (systems * pairs * resamples) * 1e9
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        found.append(
            {
                "systems": f"{systems:,}",
                "pairs": f"{pairs:,}",
                "resamples": f"{resamples:,}",
                "seconds": f"{elapsed:.2f}",
                "ns per system, pair and resample": f"{each:.1f}",
                "peak so far, MiB": f"{peak:.0f}",
            }
        )
    return found


def cluster_estimate(table: list[Row]) -> str:
    """Return an estimate for 10,000 systems, from the measured time of 1,000."""
    row = next(row for row in table if row["systems"] == "1,000")
    cells = 10_000 * DRAWS * PAIRS
    seconds = float(row["ns per system, pair and resample"]) * 1e-9 * cells
    values = 10_000 * DRAWS * 4 * 8 / 1e9
    return (
        f"Estimate: 10,000 systems with {DRAWS:,} resamples of {PAIRS:,} pairs take "
        f"{seconds / 3600:.2f} core hours, {seconds / 100:.0f} s on a cluster of 100 cores. The "
        f"values take {values:.1f} GB of memory at the client, which is the tighter limit."
    )


def machine() -> str:
    """Return machine and versions in one line."""
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    python = (
        f"Python {platform.python_version()}, numpy {np.__version__}, scipy {scipy.__version__}"
    )
    return f"{system}, {python}, kernels {backend()}."


def _print_table(table: list[Row]) -> None:
    print("| " + " | ".join(table[0]) + " |")
    print("|" + " --- |" * len(table[0]))
    for row in table:
        print("| " + " | ".join(row.values()) + " |")


def main() -> None:
    """Print the tables as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--growth", action="store_true", help="also measure by number of systems and pairs"
    )
    options = parser.parse_args()
    print(machine() + "\n")
    _print_table(rows())
    if options.growth:
        table = growth_rows()
        print()
        _print_table(table)
        print("\n" + cluster_estimate(table))


if __name__ == "__main__":
    main()
