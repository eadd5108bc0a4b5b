"""A plain script as a challenge's organisers write it, to measure against: ``PREDICTIONS
REFERENCES``.

Written from the description of the XACLE baseline's evaluation script, not from its code: pandas
reads and inner-joins the two files, pairs with NaN are dropped, SRCC is Pearson on average ranks,
tau-b a double loop over Python lists. Like that script it scores whatever is left, which is why it
is no part of the toolkit.
"""

from __future__ import annotations

import math
import sys

import pandas as pd


def average_ranks(values: list[float]) -> list[float]:
    """Rank values, ties sharing their average."""
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
    """Pearson's correlation; 0.0 without variance."""
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    xy = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))
    xx = sum((a - mean_x) ** 2 for a in x)
    yy = sum((b - mean_y) ** 2 for b in y)
    return xy / math.sqrt(xx * yy) if xx and yy else 0.0


def tau_b(x: list[float], y: list[float]) -> float:
    """Kendall's tau-b by a double loop."""
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
