"""Compare the ratings of a world with real ones.

Goal: statistics for comparing synthetic with real ratings: their distribution and the agreement of
the listeners of a pair.

Conventions: ratings are one sequence of whole numbers per pair; pairs may have different numbers of
ratings. Source of the mean squares and of ICC(1,1): Shrout and Fleiss (1979), one-way random
effects, with the effective number of ratings of an unbalanced design.
"""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from reference.errors import RecipeError

__all__ = ["compare", "read_relate", "statistics"]


def statistics(ratings: Sequence[Sequence[int]]) -> dict[str, float]:
    """Return the distribution and the agreement of ratings.

    Parameters
    ----------
    ratings : sequence of sequences of int
        The ratings of each pair, at least one; at least two pairs with two or more ratings.

    Returns
    -------
    dict of str to float
        ``mean``, ``sd`` (of single ratings, n - 1), ``share of 0`` to ``share of 10`` (fractions),
        ``within-pair sd`` (square root of the mean square within pairs) and
        ``ICC(1,1)`` (single ratings), the last two over pairs with two or more ratings.

    Raises
    ------
    ValueError
        If fewer than two pairs have two or more ratings.
    """
    flat = [rating for pair in ratings for rating in pair]
    repeated = [pair for pair in ratings if len(pair) >= 2]
    if len(repeated) < 2:
        raise ValueError(
            "agreement requires two pairs with two or more ratings;"
            f" {len(repeated)} of {len(ratings)} have them"
        )
    mean = math.fsum(flat) / len(flat)
    result = {
        "mean": mean,
        "sd": math.sqrt(math.fsum((r - mean) ** 2 for r in flat) / (len(flat) - 1)),
    }
    for value in range(11):
        result[f"share of {value}"] = flat.count(value) / len(flat)
    within, icc = _agreement(repeated)
    result["within-pair sd"] = math.sqrt(within)
    result["ICC(1,1)"] = icc
    return result


def _agreement(ratings: Sequence[Sequence[int]]) -> tuple[float, float]:
    counts = [len(pair) for pair in ratings]
    total, pairs = sum(counts), len(counts)
    means = [sum(pair) / len(pair) for pair in ratings]
    grand = math.fsum(sum(pair) for pair in ratings) / total
    inside = math.fsum((r - m) ** 2 for pair, m in zip(ratings, means, strict=True) for r in pair)
    between = math.fsum(k * (m - grand) ** 2 for k, m in zip(counts, means, strict=True)) / (
        pairs - 1
    )
    within = inside / (total - pairs)
    effective = (total - sum(k * k for k in counts) / total) / (pairs - 1)
    return within, (between - within) / (between + (effective - 1.0) * within)


def read_relate(path: str | os.PathLike[str]) -> list[tuple[int, ...]]:
    """Return the kept ratings of RELATE's ``REL.csv``, by pair of file and text.

    Rows with ``excluded`` in the column ``in RELATE dataset`` (removed listeners) are ignored.

    Raises
    ------
    RecipeError
        If the file cannot be read or a column is missing.
    """
    columns = ("wavname", "text", "score", "in RELATE dataset")
    pairs: dict[tuple[str, str], list[int]] = {}
    try:
        with Path(path).open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in columns if name not in (reader.fieldnames or ())]
            if missing:
                raise RecipeError(
                    f"{path}: missing columns: {', '.join(missing)}; expected RELATE's REL.csv"
                )
            for row in reader:
                if row["in RELATE dataset"] != "excluded":
                    pairs.setdefault((row["wavname"], row["text"]), []).append(int(row["score"]))
    except OSError as error:
        raise RecipeError(f"{path} cannot be read: {error.strerror or error}") from error
    return [tuple(pair) for pair in pairs.values()]


def compare(columns: Mapping[str, Sequence[Sequence[int]]]) -> str:
    """Return a Markdown table of `statistics`, with one column per named set of ratings."""
    values = {name: statistics(ratings) for name, ratings in columns.items()}
    rows = ["| statistic | " + " | ".join(columns) + " |", "| --- |" + " ---: |" * len(columns)]
    for key in next(iter(values.values())):
        cells = (_cell(key, result[key]) for result in values.values())
        rows.append(f"| {key} | " + " | ".join(cells) + " |")
    return "\n".join(rows) + "\n"


def _cell(key: str, value: float) -> str:
    return f"{100 * value:.1f} %" if key.startswith("share") else f"{value:.2f}"
