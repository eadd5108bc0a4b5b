"""A dataset folder in the challenge's layout, read for training and prediction.

::

    DIR/meta_data/{train,validation,test}.csv           one row a rating
    DIR/meta_data/{train,validation,test}_average.csv   one row a pair
    DIR/wav/{train,validation,test}/*.wav               mono, 16-bit, 16 kHz

Either of the two metadata files of a split is enough. Where both are there the score of a
pair is the mean of its ratings (`reference.checking` verifies that the averages agree).
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reference.errors import DatasetError, RecipeError
from reference.metadata import Fault, Table, read_table

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
    """One clip and its text; `score` is the average rating, 0 to 10, or None where it is held back."""

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
        The file that holds ratings, or else averages; None where neither is there.
    """

    name: str
    pairs: tuple[Pair, ...]
    references: Path | None

    def scores(self) -> NDArray[np.float64]:
        """Return the scores, shape (pairs,); NaN where a score is held back."""
        return np.array([np.nan if pair.score is None else pair.score for pair in self.pairs])


@dataclass
class SplitTables:
    """The metadata of a split as its files give it, and what is wrong with them.

    Attributes
    ----------
    texts : dict of str to str
        Text of each pair.
    ratings : dict of str to list of float
        Usable ratings of each pair.
    averages : dict of str to float
        Averages of each pair as the file states them.
    tables : list of Table
        The files that are there.
    faults : list of Fault
        Everything wrong within and between them.
    """

    texts: dict[str, str] = field(default_factory=dict)
    ratings: dict[str, list[float]] = field(default_factory=dict)
    averages: dict[str, float] = field(default_factory=dict)
    tables: list[Table] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def score(self, pair: str) -> float | None:
        """Return the mean of a pair's ratings, or else its stated average, or else None."""
        ratings = self.ratings.get(pair)
        return sum(ratings) / len(ratings) if ratings else self.averages.get(pair)


def read_split_tables(directory: Path, split: str) -> SplitTables:
    """Read the metadata files of a split and join them, collecting every fault."""
    result = SplitTables()
    for name, expected in ((f"{split}.csv", "ratings"), (f"{split}_average.csv", "averages")):
        path = directory / "meta_data" / name
        if path.is_file():
            table = read_table(path, f"meta_data/{name}", expected=expected)  # type: ignore[arg-type]
            result.tables.append(table)
            result.faults += table.faults
            _join(result, table)
    if not result.tables:
        where = f"meta_data/{split}.csv"
        message = f"missing, and {split}_average.csv too; expected one of them or both"
        result.faults.append(Fault("error", "layout", where, message))
    return result


def _join(result: SplitTables, table: Table) -> None:
    first_line: dict[tuple[str, str], int] = {}
    for row in table.rows:
        key = (row.pair, row.listener)
        if key in first_line:
            who = f"by listener {row.listener}" if table.kind == "ratings" else "as a pair"
            text = f"{row.pair} is listed {who} again (first in line {first_line[key]})"
            result.faults.append(Fault("error", "duplicates", f"{table.name}:{row.line}", text))
            continue
        if (
            row.listener or table.kind != "ratings"
        ):  # ratings without a listener are a fault of their own
            first_line[key] = row.line
        if result.texts.setdefault(row.pair, row.text) != row.text:
            text = (
                f"{row.pair} has another text than before: {row.text!r}, {result.texts[row.pair]!r}"
            )
            result.faults.append(Fault("error", "texts", f"{table.name}:{row.line}", text))
        if row.value is not None and table.kind == "ratings":
            result.ratings.setdefault(row.pair, []).append(row.value)
        elif row.value is not None:
            result.averages[row.pair] = row.value


def audio_names(directory: Path, split: str) -> set[str]:
    """Return the names of the files in ``wav/{split}``, without hidden ones; empty where it is
    missing.
    """
    try:
        with os.scandir(directory / "wav" / split) as folder:
            return {entry.name for entry in folder if not entry.name.startswith(".")}
    except OSError:
        return set()


def load_split(directory: Path, split: str, *, rated: bool) -> Split:
    """Read a split for use.

    Parameters
    ----------
    directory : Path
        The dataset folder.
    split : {"train", "validation", "test"}
        Which pairs.
    rated : bool
        Whether every pair must have a score (training) or not (prediction).

    Raises
    ------
    RecipeError
        If the folder does not exist.
    DatasetError
        If its metadata are at fault, audio is missing, or a needed score is.
    """
    if not directory.is_dir():
        raise RecipeError(
            f"{directory}: no such folder. Expected a dataset folder with meta_data/ and wav/;"
            f" `python -m reference synthesize {directory}` makes one."
        )
    tables = read_split_tables(directory, split)
    faults = [
        f"{fault.where}: {fault.message}" for fault in tables.faults if fault.severity == "error"
    ]
    faults += missing_audio(directory, split, tables.texts)
    if rated:
        faults += [
            f"{split}: {pair} has no score"
            for pair in sorted(tables.texts)
            if tables.score(pair) is None
        ]
    if faults:
        raise DatasetError(str(directory), faults)
    folder = directory / "wav" / split
    pairs = tuple(
        Pair(p, tables.texts[p], folder / p, tables.score(p)) for p in sorted(tables.texts)
    )
    return Split(split, pairs, _references(directory, tables))


def missing_audio(directory: Path, split: str, pairs: Iterable[str]) -> list[str]:
    """Return a line for each pair of a split whose audio is not there, sorted by id."""
    there = audio_names(directory, split)
    return [
        f"wav/{split}/{pair}: no such file, the metadata list it"
        for pair in sorted(set(pairs) - there)
    ]


def _references(directory: Path, tables: SplitTables) -> Path | None:
    for kind in ("ratings", "averages"):
        for table in tables.tables:
            if table.kind == kind:
                return directory / table.name
    return None
