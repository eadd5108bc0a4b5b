"""Base class of the results: conversion to a strict JSON dict or a pandas table.

Conventions: an undefined value (such as the standard deviation of one rating) is ``nan`` in Python
and ``None`` in ``to_dict()``, because JSON has no NaN.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from xacle_eval.models.frames import frame_of_rows

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Result", "plain"]


def plain(value: Any) -> Any:
    """Return ``value`` as dict, list, str, int, finite float, bool and None only.

    Parameters
    ----------
    value : object
        Numbers, strings, numpy scalars and arrays, mappings, sequences and results.

    Raises
    ------
    TypeError
        If a value has any other type: a ``repr`` must not be written to JSON.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    raise TypeError(f"cannot convert {type(value).__name__} to strict JSON")


class Result:
    """Base class of the frozen results of this package."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Return every field by name, as strict JSON values."""
        return {field.name: plain(getattr(self, field.name)) for field in dataclasses.fields(self)}  # type: ignore[arg-type]

    def to_frame(self) -> pd.DataFrame:
        """Return one row with a column for each field that holds a single value."""
        cells = {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)  # type: ignore[arg-type]
        }
        single = {
            k: v for k, v in cells.items() if v is None or isinstance(v, bool | int | float | str)
        }
        return frame_of_rows([single])
