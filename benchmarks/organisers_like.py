"""A plain evaluation script for comparison, similar to that of a challenge's organisers.

Usage: ``organisers_like.py PREDICTIONS REFERENCES``. It follows the description of the evaluation
script of the XACLE baseline, not its code: pandas reads and inner-joins the two files, pairs with
NaN are dropped, SRCC is Pearson's correlation of average ranks, and tau-b is a double loop over
Python lists. Like that script, it scores only the remaining pairs, so it is not part of the
toolkit.
"""

from __future__ import annotations

import math
import sys

import pandas as pd


def average_ranks(values: list[float]) -> list[float]:
    """Return the ranks of values; tied values get their average rank."""
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end + 1 < len(order) and values[order[end + 1]] == values[order[start]]:
            end += 1
        for place in range(start, end + 1):
            ranks[order[place]] = (start + end) / 2 + 1
        start = end + 1
    return ranks


def pearson(x: list[float], y: list[float]) -> float:
    """Return Pearson's correlation; 0.0 for constant values."""
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    xy = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))
    xx = sum((a - mean_x) ** 2 for a in x)
    yy = sum((b - mean_y) ** 2 for b in y)
    return xy / math.sqrt(xx * yy) if xx and yy else 0.0


def tau_b(x: list[float], y: list[float]) -> float:
    """Return Kendall's tau-b, computed by a double loop."""
    concordant = discordant = only_x = only_y = 0
    for i in range(len(x)):
        for j in range(i + 1, len(x)):
            dx, dy = x[i] - x[j], y[i] - y[j]
            if dx == 0 and dy == 0:
                continue
            if dx == 0:
                only_x += 1
            elif dy == 0:
                only_y += 1
            elif dx * dy > 0:
                concordant += 1
            else:
                discordant += 1
    both = concordant + discordant
    scale = math.sqrt((both + only_x) * (both + only_y))
    return (concordant - discordant) / scale if scale else 0.0


def main() -> None:
    """Print the four metrics of a prediction file."""
    joined = pd.read_csv(sys.argv[1]).merge(pd.read_csv(sys.argv[2]), on="wav_file_name").dropna()
    x, y = joined["pred_score"].tolist(), joined["average_score"].tolist()
    print("SRCC", pearson(average_ranks(x), average_ranks(y)))
    print("LCC", pearson(x, y))
    print("KTAU", tau_b(x, y))
    print("MSE", sum((a - b) ** 2 for a, b in zip(x, y, strict=True)) / len(x))
    print("N", len(x))


if __name__ == "__main__":
    main()
