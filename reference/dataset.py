"""A dataset folder in the challenge's layout, read for training and prediction.

::

    DIR/meta_data/{train,validation,test}.csv           one row per rating
    DIR/meta_data/{train,validation,test}_average.csv   one row per pair
    DIR/wav/{train,validation,test}/*.wav               mono, 16-bit, 16 kHz

A split needs one of the two metadata files. If both exist, the score of a pair is the mean of its
ratings (`reference.checking` checks that the averages agree).
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reference.errors import DatasetError, RecipeError
from reference.metadata import Problem, Table, read_table

__all__ = [
    "SPLITS",
    "Pair",
    "Split",
    "SplitTables",
    "audio_names",
    "load_split",
    "read_split_tables",
]

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Pair:
    """One clip and its text; `score` is the average rating, 0 to 10, or None if withheld."""

    id: str
    text: str
    audio: Path
    score: float | None


@dataclass(frozen=True)
class Split:
    """The pairs of a split, sorted by id.

    Attributes
    ----------
    name : str
        ``train``, ``validation`` or ``test``.
    pairs : tuple of Pair
        Sorted by id.
    references : Path or None
        The file with the ratings, or else with the averages; None if there is neither.
    """

    name: str
    pairs: tuple[Pair, ...]
    references: Path | None

    def scores(self) -> NDArray[np.float64]:
        """Return the scores, shape (pairs,); NaN where a score is withheld."""
        return np.array([np.nan if pair.score is None else pair.score for pair in self.pairs])


@dataclass
class SplitTables:
    """The metadata of a split as read from its files, with all problems.

    Attributes
    ----------
    texts : dict of str to str
        Text of each pair.
    ratings : dict of str to list of float
        Valid ratings of each pair.
    averages : dict of str to float
        Average of each pair as stated in the file.
    tables : list of Table
        The files that exist.
    problems : list of Problem
        All problems within and between them.
    """

    texts: dict[str, str] = field(default_factory=dict)
    ratings: dict[str, list[float]] = field(default_factory=dict)
    averages: dict[str, float] = field(default_factory=dict)
    tables: list[Table] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def score(self, pair: str) -> float | None:
        """Return the mean of a pair's ratings, else its stated average, else None."""
        ratings = self.ratings.get(pair)
        return sum(ratings) / len(ratings) if ratings else self.averages.get(pair)


def read_split_tables(directory: Path, split: str) -> SplitTables:
    """Read and join the metadata files of a split, collecting all problems."""
    result = SplitTables()
    for name, expected in ((f"{split}.csv", "ratings"), (f"{split}_average.csv", "averages")):
        path = directory / "meta_data" / name
        if path.is_file():
            table = read_table(path, f"meta_data/{name}", expected=expected)  # type: ignore[arg-type]
            result.tables.append(table)
            result.problems += table.problems
            _join(result, table)
    if not result.tables:
        where = f"meta_data/{split}.csv"
        message = f"missing, like {split}_average.csv; expected at least one of them"
        result.problems.append(Problem("error", "layout", where, message))
    return result


def _join(result: SplitTables, table: Table) -> None:
    first_line: dict[tuple[str, str], int] = {}
    for row in table.rows:
        key = (row.pair, row.listener)
        if key in first_line:
            who = f" of listener {row.listener}" if table.kind == "ratings" else ""
            text = f"duplicate row{who}: {row.pair} (first in line {first_line[key]})"
            result.problems.append(Problem("error", "duplicates", f"{table.name}:{row.line}", text))
            continue
        # Ratings without a listener are reported elsewhere.
        if row.listener or table.kind != "ratings":
            first_line[key] = row.line
        if result.texts.setdefault(row.pair, row.text) != row.text:
            first = result.texts[row.pair]
            text = f"{row.pair} has the text {row.text!r}; expected {first!r} as before"
            result.problems.append(Problem("error", "texts", f"{table.name}:{row.line}", text))
        if row.value is not None and table.kind == "ratings":
            result.ratings.setdefault(row.pair, []).append(row.value)
        elif row.value is not None:
            result.averages[row.pair] = row.value


def audio_names(directory: Path, split: str) -> set[str]:
    """Return the names of the visible files in ``wav/{split}``; empty if the folder is missing."""
    try:
        with os.scandir(directory / "wav" / split) as folder:
            return {entry.name for entry in folder if not entry.name.startswith(".")}
    except OSError:
        return set()


def load_split(directory: Path, split: str, *, rated: bool) -> Split:
    """Read a split for training or prediction.

    Parameters
    ----------
    directory : Path
        The dataset folder.
    split : {"train", "validation", "test"}
        Which pairs.
    rated : bool
        Whether every pair must have a score: True for training, False for prediction.

    Returns
    -------
    Split
        The pairs, sorted by id.

    Raises
    ------
    RecipeError
        If the folder does not exist.
    DatasetError
        If the metadata have errors, or audio or a required score is missing.
    """
    if not directory.is_dir():
        raise RecipeError(
            f"{directory}: no such folder. Expected a dataset folder with meta_data/ and wav/;"
            f" create one with `python -m reference synthesize {directory}`."
        )
    tables = read_split_tables(directory, split)
    problems = [
        f"{problem.where}: {problem.message}"
        for problem in tables.problems
        if problem.severity == "error"
    ]
    problems += missing_audio(directory, split, tables.texts)
    if rated:
        problems += [
            f"{split}: {pair} has no score"
            for pair in sorted(tables.texts)
            if tables.score(pair) is None
        ]
    if problems:
        raise DatasetError(str(directory), problems)
    folder = directory / "wav" / split
    pairs = tuple(
        Pair(p, tables.texts[p], folder / p, tables.score(p)) for p in sorted(tables.texts)
    )
    return Split(split, pairs, _references(directory, tables))


def missing_audio(directory: Path, split: str, pairs: Iterable[str]) -> list[str]:
    """Return a message for each pair of a split without audio, sorted by id."""
    there = audio_names(directory, split)
    return [
        f"wav/{split}/{pair}: no such file, but the metadata list it"
        for pair in sorted(set(pairs) - there)
    ]


def _references(directory: Path, tables: SplitTables) -> Path | None:
    for kind in ("ratings", "averages"):
        for table in tables.tables:
            if table.kind == kind:
                return directory / table.name
    return None
