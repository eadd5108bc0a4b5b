"""The labels that each policy reveals: the table of docs/explanations/what-a-public-score-leaks.md.

    python benchmarks/audit.py [AVERAGES.csv]

Simulates the attacks of ``xacle-eval audit`` on 3,000 labels with 41 values, for 10 and 100 tries.
With a file of averages (columns ``id`` and ``score``), also on those labels.
"""

import csv
import sys
from pathlib import Path

import numpy as np

from xacle_eval.evaluation.attacks import Policy, most_labels, simulate
from xacle_eval.statistics.leaks.labels import KnownLabels, synthetic_labels

EVERY = ("SRCC", "LCC", "KTAU", "MSE")
ALLOWED, SCALE = (-100.0, 110.0), (0.0, 10.0)
TRIES = (10, 100)


def policies() -> dict[str, tuple[dict[str, int], float | None, tuple[float, float]]]:
    """Return the decimals, the Ladder and the accepted predictions of each row."""
    rows: dict[str, tuple[dict[str, int], float | None, tuple[float, float]]] = {}
    for decimals in (10, 3, 2, 1):
        unit = "decimal" if decimals == 1 else "decimals"
        rows[f"all four metrics, {decimals} {unit}"] = (
            dict.fromkeys(EVERY, decimals),
            None,
            ALLOWED,
        )
    for decimals in (2, 1, 0):
        unit = "decimal" if decimals == 1 else "decimals"
        rows[f"MSE, {decimals} {unit}"] = ({"MSE": decimals}, None, ALLOWED)
        rows[f"MSE, {decimals} {unit}, predictions on the scale"] = ({"MSE": decimals}, None, SCALE)
    for metric in EVERY[:3]:
        for decimals in (3, 2, 1):
            unit = "decimal" if decimals == 1 else "decimals"
            rows[f"{metric}, {decimals} {unit}"] = ({metric: decimals}, None, ALLOWED)
    for step in (0.01, 0.05):
        rows[f"SRCC, Ladder with the step {step}"] = ({"SRCC": 2}, step, ALLOWED)
    return rows


def main() -> None:
    """Print the table as Markdown."""
    sources = {"drawn": synthetic_labels(np.random.default_rng(0), 3000, 0.0, 10.0, 0.25)}
    for path in sys.argv[1:]:
        with Path(path).open(encoding="utf-8", newline="") as file:
            scores = [float(row["score"]) for row in csv.DictReader(file)]
        sources[Path(path).name] = np.array(scores)
    for source, labels in sources.items():
        known = KnownLabels.of(labels)
        print(f"{source}: {known.size:,} labels, {known.values.size} values, "
              f"{known.entropy:.1f} bits each\n")  # fmt: skip
        print("| shown | 10 tries | 100 tries | bound, 10 tries |\n| --- | --- | --- | --- |")
        for name, (decimals, ladder, allowed) in policies().items():
            cells = []
            for tries in TRIES:
                policy = Policy(decimals, ladder, tries, allowed)
                found = simulate(known, policy, repetitions=20, seed=0)
                worst = max(found, key=lambda attack: attack.read)
                cells.append(f"{worst.read:.1f} ± {worst.error:.1f}")
            bound = most_labels(known, Policy(decimals, ladder, TRIES[0], allowed))
            print(f"| {name} | {cells[0]} | {cells[1]} | {bound:.0f} |", flush=True)


def sizes() -> None:
    """Print what ten tries of SRCC read of fewer and of more pairs."""
    for size in (100, 300, 1000, 10_000):
        drawn = synthetic_labels(np.random.default_rng(0), size, 0.0, 10.0, 0.25)
        known = KnownLabels.of(drawn)
        for decimals in (2, 1):
            policy = Policy({"SRCC": decimals}, None, TRIES[0], ALLOWED)
            attacks = simulate(known, policy, repetitions=8, seed=0)
            found = max(attacks, key=lambda attack: attack.read)
            print(f"{size:,} pairs, {decimals}: {found.read:.1f} ± {found.error:.1f}", flush=True)


if __name__ == "__main__":
    main()
    sizes()
