"""How ``metrics.ktau`` grows with the number of pairs, and what it saves against a double loop.

Run it as ``python benchmarks/ktau_scaling.py``; it needs about a minute and 1 GiB. Times are the
best of several runs in one process. *grid*: references on the 1/8 grid of an average of eight
listeners; *distinct*: both sides real-valued, hardly any ties. The predictions are real-valued in
both.
"""

import math
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

if __name__ == "__main__":  # as a script, run what stands in this checkout
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
    """Tau-b as a plain script computes it: every couple of pairs, one after the other."""
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


def made_pairs(pairs: int, ties: str) -> tuple[Vector, Vector]:
    """Make predictions and references that agree about as well as a good system does (seed 0)."""
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
    predictions, references = made_pairs(LOOP_PAIRS, ties)
    lists = predictions.tolist(), references.tolist()
    if abs(double_loop_tau(*lists) - ktau(predictions, references)) > 1e-12:
        raise RuntimeError("ktau and the double loop disagree: no time of theirs means anything")
    loop = best_seconds(lambda: double_loop_tau(*lists), runs=2)
    fast = best_seconds(lambda: ktau(predictions, references))
    return {
        "what": "double loop", "ties": ties, "pairs": LOOP_PAIRS,
        "loop_seconds": loop, "ktau_seconds": fast, "ratio": loop / fast,
    }  # fmt: skip


def scaling_row(ties: str, pairs: int) -> Row:
    """Measure ktau at one size."""
    predictions, references = made_pairs(pairs, ties)
    seconds = best_seconds(lambda: ktau(predictions, references))
    return {
        "what": "scaling", "ties": ties, "pairs": pairs,
        "ktau_seconds": seconds, "nanoseconds_a_pair": seconds / pairs * 1e9,
    }  # fmt: skip


def growth_row(ties: str, scaling: list[Row]) -> Row:
    """Divide the time a pair takes at 10^7 by that at 10^4."""
    per_pair = {
        row["pairs"]: float(row["nanoseconds_a_pair"]) for row in scaling if row["ties"] == ties
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
        One dict a measurement, all with "what", "ties" and "pairs". "what" is "double loop" (with
        "ratio", the loop's time over ktau's), "scaling" (with "nanoseconds_a_pair") or "growth"
        (with "ratio", the time a pair takes at 10^7 over that at 10^4).
    """
    kinds = ("grid", "distinct")
    loops = [loop_row(ties) for ties in kinds]
    scaling = [scaling_row(ties, pairs) for ties in kinds for pairs in SIZES]
    return loops + scaling + [growth_row(ties, scaling) for ties in kinds]


def main() -> None:
    """Print the measurements as a table."""
    print(
        f"{'what':<12} {'ties':<9} {'pairs':>10} {'loop s':>9} {'ktau s':>10} {'ns a pair':>10} {'ratio':>8}"
    )
    for row in rows():
        cells = [
            f"{row[key]:{form}}" if key in row else " " * int(form.lstrip(">").split(".")[0])
            for key, form in (("loop_seconds", ">9.3f"), ("ktau_seconds", ">10.6f"),
                              ("nanoseconds_a_pair", ">10.1f"), ("ratio", ">8.2f"))
        ]  # fmt: skip
        print(f"{row['what']:<12} {row['ties']:<9} {row['pairs']:>10}", *cells)


if __name__ == "__main__":
    main()
