"""The file that the organisers' script writes, for tools that read it."""

from __future__ import annotations

import os
from pathlib import Path

from xacle_eval.errors import OutputError
from xacle_eval.io.outputs import make_folders, write_text
from xacle_eval.reports.formats.tables import csv_rows
from xacle_eval.results.score import ScoreCard

__all__ = ["official_csv", "official_file", "write_official_csv"]


def official_csv(card: ScoreCard) -> str:
    """Return ``metric,value`` lines: SRCC, LCC, KTAU, MSE, N.

    The lines end with CRLF, as in the organisers' file, which `csv.writer` writes.
    """
    metrics = [(name, card.metrics[name]) for name in ("SRCC", "LCC", "KTAU", "MSE")]
    # None, not an empty cell: every line of the file has a value.
    rows = [(name, "None" if value is None else value) for name, value in metrics]
    # No cell has a line break of its own.
    return csv_rows(("metric", "value"), [*rows, ("N", card.n)]).replace("\n", "\r\n")


def official_file(folder: str | os.PathLike[str], target: str = "") -> Path:
    """Return the path of the official CSV in a folder; each of several targets has its own."""
    return Path(folder) / target / "evaluation_result.csv"


def write_official_csv(card: ScoreCard, folder: str | os.PathLike[str], target: str = "") -> None:
    """Write ``evaluation_result.csv`` to a folder, and create the folder if it does not exist."""
    try:
        make_folders(official_file(folder, target).parent)
    except OSError as error:
        raise OutputError(
            f"cannot create the folder {folder}: {error.strerror or error}"
        ) from error
    write_text(official_file(folder, target), official_csv(card))
