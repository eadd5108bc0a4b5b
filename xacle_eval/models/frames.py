"""Data frames of results: the same values with every release of pandas.

pandas 2 keeps None in a column of text, pandas 3 makes it NaN, and both keep it in a column without
any value. A reader of a frame would then look for two kinds of missing values.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["frame_of", "frame_of_rows"]


def frame_of(columns: Mapping[str, Iterable[Any]], times: Sequence[str] = ()) -> pd.DataFrame:
    """Return columns of single values as a data frame.

    Columns of integers are ``int64``, of flags ``bool``, and with missing values ``Int64`` and
    ``boolean``. Other missing values are NaN, in text too, which has the type that pandas has for
    text.

    Parameters
    ----------
    columns : mapping of str to iterable
        The cells of each column; None, NaN and empty text are missing, as they are in a CSV.
    times : sequence of str
        The columns of times in UTC, such as ``2026-11-20T09:00:00Z``; they become
        ``datetime64[s, UTC]``.
    """
    import pandas as pd

    made = {
        name: _times(cells) if name in times else _column(list(cells))
        for name, cells in columns.items()
    }
    return pd.DataFrame(made, columns=list(columns))


def frame_of_rows(
    rows: Sequence[Mapping[str, Any]], names: Sequence[str] | None = None
) -> pd.DataFrame:
    """Return rows as a data frame; the columns are `names`, or those of the rows in their order."""
    if names is None:
        names = list(dict.fromkeys(name for row in rows for name in row))
    return frame_of({name: [row.get(name) for row in rows] for name in names})


def _column(cells: list[Any]) -> pd.Series:
    import numpy as np
    import pandas as pd

    cells = [cell.item() if isinstance(cell, np.generic) else cell for cell in cells]
    present = [cell for cell in cells if not _is_missing(cell)]
    whole = len(present) == len(cells)
    if present and all(isinstance(cell, bool) for cell in present):
        return pd.Series(cells, dtype="bool" if whole else "boolean")
    if present and all(type(cell) is int for cell in present):
        return pd.Series(cells) if whole else pd.Series(cells, dtype="Int64")
    # A column without rows would be float64, and without values it is.
    dtype = None if cells else "object"
    return pd.Series([np.nan if _is_missing(cell) else cell for cell in cells], dtype=dtype)


def _is_missing(cell: Any) -> bool:
    return cell is None or cell == "" or (isinstance(cell, float) and math.isnan(cell))


def _times(cells: Iterable[str | None]) -> pd.Series:
    import numpy as np
    import pandas as pd

    # To the second: nanoseconds, which older releases of pandas prefer, end in the year 2262.
    found = np.array([cell.removesuffix("Z") if cell else "NaT" for cell in cells], "datetime64[s]")
    return pd.Series(found).dt.tz_localize("UTC")
