"""Time of ``metrics.ktau`` by number of pairs, and its speed compared with a double loop.

Run it as ``python benchmarks/ktau_scaling.py``; it takes about a minute and 1 GiB. Times are the
best of several runs in one process. *grid*: references on the 1/8 grid of an average of eight
listeners; *distinct*: real-valued references with hardly any ties. The predictions are real-valued
in both cases.
"""

import math
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

if __name__ == "__main__":  # as a script, use the package in this checkout
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from xacle_eval.metrics import ktau

LOOP_PAIRS = 3_000
"""Pairs in the challenge's test set."""

SIZES = (10**3, 10**4, 10**5, 10**6, 10**7)
LEAST_TOTAL_SECONDS = 0.5
LEAST_RUNS = 5

Vector = npt.NDArray[np.float64]
Row = dict[str, str | int | float]


def double_loop_tau(predictions: list[float], references: list[float]) -> float:
    """Return tau-b as computed by a plain script: a double loop over all pairs."""
    concordant = discordant = tied_x = tied_y = 0
    for i in range(len(predictions) - 1):
        for j in range(i + 1, len(predictions)):
            dx = predictions[i] - predictions[j]
            dy = references[i] - references[j]
            if dx == 0 and dy == 0:
                continue
            if dx == 0:
                tied_x += 1
            elif dy == 0:
                tied_y += 1
            elif dx * dy > 0:
                concordant += 1
            else:
                discordant += 1
    untied = concordant + discordant
    return (concordant - discordant) / math.sqrt((untied + tied_x) * (untied + tied_y))


def make_pairs(pairs: int, ties: str) -> tuple[Vector, Vector]:
    """Return predictions of a good system, and references (seed 0)."""
    rng = np.random.default_rng(0)
    references = np.clip(rng.normal(6.0, 2.5, pairs), 0.0, 10.0)
    predictions = 0.6 * references + rng.normal(2.0, 1.5, pairs)
    if ties == "grid":
        return predictions, np.round(references * 8) / 8
    return predictions, references + rng.normal(0.0, 0.1, pairs)


def best_seconds(call: Callable[[], object], runs: int = LEAST_RUNS) -> float:
    """Return the shortest of at least `runs` runs that last LEAST_TOTAL_SECONDS together."""
    times: list[float] = []
    while len(times) < runs or sum(times) < LEAST_TOTAL_SECONDS:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def loop_row(ties: str) -> Row:
    """Measure the double loop and ktau on the same pairs; the values must agree to 1e-12."""
    predictions, references = make_pairs(LOOP_PAIRS, ties)
    lists = predictions.tolist(), references.tolist()
    if abs(double_loop_tau(*lists) - ktau(predictions, references)) > 1e-12:
        raise RuntimeError("ktau and the double loop disagree, so their times are meaningless")
    loop = best_seconds(lambda: double_loop_tau(*lists), runs=2)
    fast = best_seconds(lambda: ktau(predictions, references))
    return {
        "what": "double loop",
        "ties": ties,
        "pairs": LOOP_PAIRS,
        "loop_seconds": loop,
        "ktau_seconds": fast,
        "ratio": loop / fast,
    }


def scaling_row(ties: str, pairs: int) -> Row:
    """Measure ktau at one size."""
    predictions, references = make_pairs(pairs, ties)
    seconds = best_seconds(lambda: ktau(predictions, references))
    return {
        "what": "scaling",
        "ties": ties,
        "pairs": pairs,
        "ktau_seconds": seconds,
        "nanoseconds_per_pair": seconds / pairs * 1e9,
    }


def growth_row(ties: str, scaling: list[Row]) -> Row:
    """Divide the time per pair at 10^7 pairs by that at 10^4."""
    per_pair = {
        row["pairs"]: float(row["nanoseconds_per_pair"]) for row in scaling if row["ties"] == ties
    }
    return {
        "what": "growth",
        "ties": ties,
        "pairs": 10**7,
        "ratio": per_pair[10**7] / per_pair[10**4],
    }


def rows() -> list[Row]:
    """Measure everything.

    Returns
    -------
    list of dict
        One dict per measurement, all with "what", "ties" and "pairs". "what" is "double loop" (with
        "ratio": time of the loop divided by that of ktau), "scaling" (with "nanoseconds_per_pair")
        or "growth" (with "ratio": time per pair at 10^7 divided by that at 10^4).
    """
    kinds = ("grid", "distinct")
    loops = [loop_row(ties) for ties in kinds]
    scaling = [scaling_row(ties, pairs) for ties in kinds for pairs in SIZES]
    return loops + scaling + [growth_row(ties, scaling) for ties in kinds]


def main() -> None:
    """Print the measurements as a table."""
    columns = (
        ("loop_seconds", "loop s", 9, 3),
        ("ktau_seconds", "ktau s", 10, 6),
        ("nanoseconds_per_pair", "ns per pair", 11, 1),
        ("ratio", "ratio", 8, 2),
    )
    heads = [f"{head:>{width}}" for _, head, width, _ in columns]
    print(f"{'what':<12} {'ties':<9} {'pairs':>10}", *heads)
    for row in rows():
        cells = [
            f"{row[key]:>{width}.{decimals}f}" if key in row else " " * width
            for key, _, width, decimals in columns
        ]
        print(f"{row['what']:<12} {row['ties']:<9} {row['pairs']:>10}", *cells)


if __name__ == "__main__":
    main()
