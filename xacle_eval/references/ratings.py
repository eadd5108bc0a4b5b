"""Per-listener ratings as integer codes of pairs and listeners and an array of values.

Goal: one small frozen table as the input of every function in ``xacle_eval.listeners``. The design
is arbitrary: pairs may have different numbers of ratings and listeners may share few or no pairs.

Conventions: a *pair* is an audio clip with a text, a *listener* is a person who rated it. Codes
start at 0, in order of first appearance. A listener may rate a pair more than once. These ratings
are listed in ``Ratings.duplicates`` and either kept or averaged, never dropped.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from xacle_eval.errors import XacleEvalError
from xacle_eval.text import quote

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Duplicate", "Ratings", "RatingsError", "sums_by"]

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
Booleans = NDArray[np.bool_]

#: Accepted values of a boolean cell, in lower case.
_BOOLEANS = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}
#: Separator of the cells of a pair that is identified by several columns.
_JOINT = " | "


class RatingsError(XacleEvalError):
    """Invalid ratings, or a request that the ratings or settings do not allow."""


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A pair that one listener rated more than once."""

    pair_id: str
    listener_id: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Ratings:
    """Ratings of pairs by listeners; create them with ``from_arrays`` or ``from_frame``.

    Attributes
    ----------
    pair_ids, listener_ids : tuple of str
        Identifiers by code.
    pair, listener : array of int, shape (ratings,)
        Codes of the pair and the listener of each rating.
    values : array of float64, shape (ratings,)
        The ratings: finite numbers on the challenge's scale.
    flags : mapping of str to array of bool, shape (ratings,)
        Additional properties of the ratings, such as ``anchor``.
    duplicates : tuple of Duplicate
        The (pair, listener) combinations that occur more than once in the input.
    """

    pair_ids: tuple[str, ...]
    listener_ids: tuple[str, ...]
    pair: Codes
    listener: Codes
    values: Floats
    flags: Mapping[str, Booleans] = field(default_factory=dict)
    duplicates: tuple[Duplicate, ...] = ()

    @classmethod
    def from_arrays(
        cls,
        pairs: Sequence[Any] | NDArray[Any],
        listeners: Sequence[Any] | NDArray[Any],
        values: ArrayLike,
        *,
        flags: Mapping[str, ArrayLike] | None = None,
        duplicates: Literal["keep", "average"] = "keep",
    ) -> Ratings:
        """Make ratings from three columns of equal length, with one entry per rating.

        Parameters
        ----------
        pairs, listeners : sequence, length ratings
            Identifiers; converted with ``str``.
        values : array_like, length ratings
            Finite numbers.
        flags : mapping of str to array_like of bool, optional
            Additional properties of the ratings, each of the same length.
        duplicates : {"keep", "average"}
            Keep a listener's repeated ratings of a pair, or replace them with their average at
            the position of the first one (a flag is then true if it is true for any of them).

        Raises
        ------
        RatingsError
            If no rows are given, lengths differ, a value is not a finite number, or a flag is not
            boolean.
        """
        if duplicates not in ("keep", "average"):
            raise RatingsError(f"duplicates is {duplicates!r}; expected 'keep' or 'average'")
        pair_ids, pair = _encode(pairs)
        listener_ids, listener = _encode(listeners)
        numbers = _check_numbers(values)
        marks = {name: _check_booleans(name, column) for name, column in (flags or {}).items()}
        _check_lengths(
            {"pair": pair, "listener": listener, "value": numbers}
            | {f"flag {name!r}": mark for name, mark in marks.items()}
        )
        repeated, group = _find_duplicates(pair_ids, listener_ids, pair, listener, numbers)
        if repeated and duplicates == "average":
            pair, listener, numbers, marks = _average_groups(group, pair, listener, numbers, marks)
        return cls(pair_ids, listener_ids, pair, listener, numbers, marks, repeated)

    @classmethod
    def from_codes(
        cls,
        pair_ids: Sequence[str],
        listener_ids: Sequence[str],
        pair: Codes,
        listener: Codes,
        values: Floats,
        *,
        repeated: bool,
    ) -> Ratings:
        """Make ratings from checked codes, without looking at each identifier again.

        Parameters
        ----------
        pair_ids, listener_ids : sequence of str
            The identifiers of the codes.
        pair, listener : array of int, shape (ratings,)
            Codes of each rating's pair and listener.
        values : array of float64, shape (ratings,)
            Finite ratings.
        repeated : bool
            Whether a listener rated a pair more than once: only then the duplicates are listed.
        """
        names, listeners = tuple(pair_ids), tuple(listener_ids)
        found: tuple[Duplicate, ...] = ()
        if repeated:
            found, _ = _find_duplicates(names, listeners, pair, listener, values)
        return cls(names, listeners, pair, listener, values, {}, found)

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        *,
        pair: str | Sequence[str] = "wav_file_name",
        listener: str = "listener_id",
        value: str = "score",
        flags: Mapping[str, str] | None = None,
        duplicates: Literal["keep", "average"] = "keep",
    ) -> Ratings:
        """Make ratings from a table with one row per rating.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row per rating.
        pair : str or sequence of str
            The column or columns that identify a pair (XACLE: the file name; RELATE:
            ``("wavname", "text")``, because some clips have two texts).
        listener, value : str
            The columns of the listener and of the rating.
        flags : mapping of str to str, optional
            The boolean column of each flag, e.g. ``{"anchor": "anchor label"}``.
        duplicates : {"keep", "average"}
            As in ``from_arrays``.

        Raises
        ------
        RatingsError
            If a column is missing, an identifier is empty, or as in ``from_arrays``.
        """
        names = (pair,) if isinstance(pair, str) else tuple(pair)
        columns = flags or {}
        _check_columns(frame, (*names, listener, value, *columns.values()))
        return cls.from_arrays(
            _pair_names(frame, names),
            _cells(frame, listener),
            frame[value].to_numpy(),
            flags={name: frame[column].to_numpy() for name, column in columns.items()},
            duplicates=duplicates,
        )

    @property
    def n_ratings(self) -> int:
        """Return the number of ratings."""
        return int(self.values.size)

    @property
    def n_pairs(self) -> int:
        """Return the number of pairs."""
        return len(self.pair_ids)

    @property
    def n_listeners(self) -> int:
        """Return the number of listeners."""
        return len(self.listener_ids)

    def counts(self) -> Codes:
        """Return the number of ratings of each pair, shape (pairs,); at least 1."""
        return np.bincount(self.pair, minlength=self.n_pairs)

    def means(self) -> Floats:
        """Return the average rating of each pair, shape (pairs,)."""
        # Not centred: sums of integer ratings are exact, so equal averages are equal to the last
        # bit and tie, as in the references.
        return np.asarray(
            sums_by(self.pair, self.values, self.n_pairs) / self.counts(), dtype=np.float64
        )

    def squares_within(self) -> Floats:
        """Return the sum of squared deviations from the average of each pair, shape (pairs,)."""
        deviation = self.values - self.means()[self.pair]
        return sums_by(self.pair, deviation * deviation, self.n_pairs)

    def others(self) -> tuple[Floats, Codes]:
        """Return mean and number of the other listeners' ratings of the pair, for each rating.

        Returns
        -------
        mean : array of float64, shape (ratings,)
            ``nan`` if no other listener rated the pair.
        count : array of int, shape (ratings,)
            Excludes the listener's own repeated ratings.
        """
        key = self.pair * self.n_listeners + self.listener
        _, own = np.unique(key, return_inverse=True)
        count = self.counts()[self.pair] - np.bincount(own)[own]
        total = np.bincount(self.pair, self.values, minlength=self.n_pairs)[self.pair]
        rest = total - np.bincount(own, self.values)[own]
        mean = np.full(self.n_ratings, np.nan)
        np.divide(rest, count, out=mean, where=count > 0)
        return mean, count

    def flag(self, name: str) -> Booleans:
        """Return the flag ``name`` of each rating.

        Raises
        ------
        RatingsError
            If the flag is unknown.
        """
        if name not in self.flags:
            known = ", ".join(map(repr, self.flags)) or "none"
            raise RatingsError(
                f"unknown flag {name!r} (known flags: {known}); pass its column when the ratings "
                "are loaded"
            )
        return self.flags[name]

    def where(self, keep: Booleans) -> Ratings:
        """Return the ratings for which ``keep`` is true, with only their pairs and listeners.

        Raises
        ------
        RatingsError
            If no rating remains.
        """
        chosen = np.asarray(keep, dtype=np.bool_)
        if chosen.shape != self.values.shape:
            raise RatingsError(
                f"keep has shape {chosen.shape}; expected one boolean for each of "
                f"{self.n_ratings} ratings"
            )
        if not chosen.any():
            raise RatingsError("the selection contains no rating")
        pair_ids, pair = _recode(self.pair_ids, self.pair[chosen])
        listener_ids, listener = _recode(self.listener_ids, self.listener[chosen])
        flags = {name: mark[chosen] for name, mark in self.flags.items()}
        values = self.values[chosen]
        repeated, _ = _find_duplicates(pair_ids, listener_ids, pair, listener, values)
        return Ratings(pair_ids, listener_ids, pair, listener, values, flags, repeated)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per rating: ``pair_id``, ``listener_id``, ``value`` and the flags."""
        import pandas as pd

        columns: dict[str, Any] = {
            "pair_id": np.asarray(self.pair_ids, dtype=object)[self.pair],
            "listener_id": np.asarray(self.listener_ids, dtype=object)[self.listener],
            "value": self.values,
        }
        return pd.DataFrame(columns | dict(self.flags))


def sums_by(code: Codes, values: NDArray[Any], size: int) -> Floats:
    """Return the sum of the values of each code."""
    return np.asarray(np.bincount(code, values, minlength=size), dtype=np.float64)


def _encode(identifiers: Sequence[Any] | NDArray[Any]) -> tuple[tuple[str, ...], Codes]:
    """Return the distinct identifiers in order of first appearance, and the code of each entry."""
    items = identifiers.tolist() if isinstance(identifiers, np.ndarray) else identifiers
    seen: dict[str, int] = {}
    codes = np.fromiter(
        (seen.setdefault(_name(i, x), len(seen)) for i, x in enumerate(items)), dtype=np.intp
    )
    return tuple(seen), codes


def _name(row: int, identifier: Any) -> str:
    """Return an identifier as text; refuse missing cells."""
    text = "" if identifier is None or _is_nan(identifier) else str(identifier)
    if not text:
        raise RatingsError(f"rating {row + 1} has an empty pair or listener identifier")
    return text


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _recode(names: tuple[str, ...], codes: Codes) -> tuple[tuple[str, ...], Codes]:
    """Remove names that no code uses; keep the order."""
    used, recoded = np.unique(codes, return_inverse=True)
    return tuple(names[code] for code in used), recoded.astype(np.intp)


def _check_numbers(values: ArrayLike) -> Floats:
    """Return the ratings as an array of finite numbers; name the first that is not one."""
    try:
        numbers = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise RatingsError(_not_a_number(values)) from None
    if numbers.ndim != 1 or not numbers.size:
        raise RatingsError(
            f"the ratings have shape {numbers.shape}; expected one number per rating, and at "
            "least one rating"
        )
    bad = np.flatnonzero(~np.isfinite(numbers))
    if bad.size:
        more = f" ({bad.size} ratings are not finite)" if bad.size > 1 else ""
        raise RatingsError(
            f"rating {bad[0] + 1} is {numbers[bad[0]]}; expected a finite number{more}"
        )
    return numbers


def _not_a_number(values: Any) -> str:
    """Return a message with the place and the value of the first rating that is not a number."""
    for row, value in enumerate(values if np.iterable(values) else (values,)):
        try:
            float(value)
        except OverflowError:
            return f"rating {row + 1} is too large; expected a finite number"
        except (TypeError, ValueError):
            return f"rating {row + 1} is {quote(str(value))}; expected a finite number"
    return "the ratings are not a flat sequence of numbers"


def _check_booleans(name: str, column: ArrayLike) -> Booleans:
    """Return a flag as an array of booleans; name the first cell that is not one."""
    try:
        cells = np.asarray(column)
    except ValueError:
        raise RatingsError(f"flag {name!r} is not a flat sequence of booleans") from None
    if cells.dtype == np.bool_:
        return cells
    marks = [_BOOLEANS.get(str(cell).strip().lower()) for cell in cells.tolist()]
    wrong = next((i for i, mark in enumerate(marks) if mark is None), None)
    if wrong is not None:
        cell = str(cells[wrong])
        raise RatingsError(
            f"flag {name!r} of rating {wrong + 1} is {cell!r}; expected true or false"
        )
    return np.asarray(marks, dtype=np.bool_)


def _check_lengths(columns: Mapping[str, NDArray[Any]]) -> None:
    sizes = {name: column.size for name, column in columns.items()}
    if len(set(sizes.values())) > 1:
        listed = ", ".join(f"{name} {size}" for name, size in sizes.items())
        raise RatingsError(f"the columns of the ratings have different lengths: {listed}")


def _check_columns(frame: pd.DataFrame, wanted: Sequence[str]) -> None:
    names = frame.columns.tolist()
    missing = [name for name in wanted if name not in names]
    if missing:
        raise RatingsError(
            f"the ratings have no column {', '.join(map(repr, missing))}; "
            f"found {', '.join(map(repr, names))}"
        )
    repeated = [name for name in dict.fromkeys(wanted) if names.count(name) > 1]
    if repeated:
        raise RatingsError(
            f"the ratings have more than one column {', '.join(map(repr, repeated))}"
        )


def _cells(frame: pd.DataFrame, name: str) -> list[Any]:
    """Return the cells of a column, with None for every missing value of pandas."""
    column = frame[name].astype(object)
    return list(column.where(column.notna(), None).tolist())


def _pair_names(frame: pd.DataFrame, names: Sequence[str]) -> list[Any]:
    """Return the identifiers of one column, or of several columns joined row by row."""
    if len(names) == 1:
        return _cells(frame, names[0])
    columns = [[_name(i, cell) for i, cell in enumerate(_cells(frame, name))] for name in names]
    return [_JOINT.join(cells) for cells in zip(*columns, strict=True)]


def _find_duplicates(
    pair_ids: tuple[str, ...],
    listener_ids: tuple[str, ...],
    pair: Codes,
    listener: Codes,
    values: Floats,
) -> tuple[tuple[Duplicate, ...], Codes]:
    """Return the repeated (pair, listener) combinations, and the group of each rating."""
    _, group, counts = np.unique(
        pair * len(listener_ids) + listener, return_inverse=True, return_counts=True
    )
    rows: dict[int, list[int]] = {}
    for row in np.flatnonzero(counts[group] > 1).tolist():
        rows.setdefault(int(group[row]), []).append(row)
    repeated = tuple(
        Duplicate(pair_ids[pair[r[0]]], listener_ids[listener[r[0]]], tuple(values[r].tolist()))
        for r in rows.values()
    )
    return repeated, group.astype(np.intp)


def _average_groups(
    group: Codes, pair: Codes, listener: Codes, values: Floats, marks: dict[str, Booleans]
) -> tuple[Codes, Codes, Floats, dict[str, Booleans]]:
    """Return one averaged row per group, in order of its first row."""
    _, first = np.unique(group, return_index=True)
    order = np.argsort(first)
    rows = first[order]
    mean = (np.bincount(group, values) / np.bincount(group))[order]
    flags = {name: np.bincount(group, mark)[order] > 0 for name, mark in marks.items()}
    return pair[rows], listener[rows], mean, flags
