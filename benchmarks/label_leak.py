"""How many labels the published scores of many files reveal, in spite of all defences.

    python benchmarks/label_leak.py

Simulates 3,000 labels (means of eight ratings from 0 to 10) and someone who knows how scores are
rounded. No file is probe-like; the attack needs many team names, because a team with more than
twice the allowed number of systems is not ranked.
"""

import numpy as np
from numpy.typing import NDArray

from xacle_eval.challenge.columns import ScoreRange
from xacle_eval.challenge.rounding import round_metric
from xacle_eval.metrics import all_metrics
from xacle_eval.submissions.probes import probe_finding

Floats = NDArray[np.float64]

PAIRS, DECIMALS, STEP = 3000, 3, 0.125
SCALE = ScoreRange(minimum=0, maximum=10)
RNG = np.random.default_rng(7)
QUALITY = RNG.uniform(1, 9, (PAIRS, 1))
LABELS = np.clip(np.rint(RNG.normal(QUALITY, 2.0, (PAIRS, 8))), 0, 10).mean(axis=1)
USUAL = np.clip(QUALITY[:, 0] + RNG.normal(0, 1.0, PAIRS), 0, 10)


def published_mse(values: Floats) -> float:
    """Return what a leaderboard prints of the MSE."""
    if probe_finding(values, SCALE) is not None:
        raise ValueError("the file is probe-like and would not be ranked")
    return round_metric("MSE", float(np.mean((values - LABELS) ** 2)), DECIMALS)


def published_lcc(values: Floats) -> float:
    """Return what a leaderboard prints of LCC."""
    return round_metric("LCC", all_metrics(values, LABELS)["LCC"], DECIMALS)


def one_change(target: float) -> Floats:
    """Change one prediction of a usual system to `target` in each file, and read its label."""
    before, found = published_mse(USUAL), np.empty(PAIRS)
    for pair in range(PAIRS):
        values = USUAL.copy()
        values[pair] = target if USUAL[pair] < 5 or target > 10 else 10.0 - target
        squares = PAIRS * (published_mse(values) - before)
        change = values[pair] - USUAL[pair]
        found[pair] = (values[pair] ** 2 - USUAL[pair] ** 2 - squares) / (2 * change)
    return found


def hadamard(least: int) -> Floats:
    """Return a matrix of 1 and -1 with orthogonal columns, and at least this many rows."""
    rows = np.array([[1.0]])
    while rows.shape[0] < least:
        rows = np.block([[rows, rows], [rows, -rows]])
    return rows


def seven_changes() -> Floats:
    """Set seven predictions of a usual system to 0 or 10 in eight files, and read their labels."""
    signs, found = hadamard(8)[:, 1:], LABELS.copy()
    for first in range(0, PAIRS - 6, 7):
        scores = []
        for row in signs:
            values = USUAL.copy()
            values[first : first + 7] = 5.0 + 5.0 * row
            scores.append(published_mse(values))
        products = signs.T @ (PAIRS * np.array(scores)) / 8
        found[first : first + 7] = (50.0 - products) / 10.0
    return np.asarray(found[: PAIRS - PAIRS % 7])


def many_changes(metric: str) -> Floats:
    """Move all predictions up or down by the rows of a Hadamard matrix, in 4,096 files.

    The mean and the variance of the labels are known from the scores of constant files.
    """
    rows = hadamard(PAIRS)
    size, rows = rows.shape[0], rows[:, :PAIRS]
    centre, spread = LABELS.mean(), LABELS.std()
    if metric == "MSE":
        scores = np.array([published_mse(5.0 + 2.0 * row) for row in rows])
        products = (np.mean((5.0 + 2.0 * rows) ** 2, axis=1) + np.mean(LABELS**2) - scores) / 2
        sums = (PAIRS * products - 5.0 * LABELS.sum()) / 2.0
        return np.asarray(rows.T @ sums / size)
    scores = np.array([0.0, *(published_lcc(5.0 + 2.0 * row) for row in rows[1:])])
    sums = scores * spread * rows.std(axis=1) * PAIRS + rows.sum(axis=1) * centre
    sums[0] = LABELS.sum()
    return np.asarray(rows.T @ sums / size)


def main() -> None:
    """Print a table of the share of labels that each attack finds exactly."""
    attacks = {
        "guessing the mean": (1, np.full(PAIRS, LABELS.mean())),
        "one prediction changed to 10 or 0": (PAIRS + 1, one_change(10.0)),
        "one prediction changed to 15": (PAIRS + 1, one_change(15.0)),
        "seven predictions changed to 10 or 0": (8, seven_changes()),
        "all predictions 3 or 7, from MSE": (4096, many_changes("MSE")),
        "all predictions 3 or 7, from LCC": (4096, many_changes("LCC")),
    }
    print("| attack | files | exact | mean error |\n| --- | --- | --- | --- |")
    for name, (files, found) in attacks.items():
        labels = LABELS[: found.size]
        exact = np.mean(np.rint(found / STEP) * STEP == labels)
        error = np.mean(np.abs(found - labels))
        print(f"| {name} | {files:,} | {100 * exact:.0f} % | {error:.3f} |")


if __name__ == "__main__":
    main()
