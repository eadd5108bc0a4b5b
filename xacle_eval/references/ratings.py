"""The ratings of a panel: who gave which pair how much, as integer codes and one array of values.

Goal: one small frozen table that every measure of this room reads. Nothing is assumed about the
design: pairs may have different numbers of ratings, listeners may share few pairs or none.

Conventions: a *pair* is an audio clip with a text, a *listener* a person who rated it. Codes run
from 0 in order of first appearance. A listener may have rated a pair twice; such rows are always
listed in ``Ratings.duplicates`` and either all kept or averaged, never dropped.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from xacle_eval.errors import XacleEvalError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Duplicate", "Ratings", "RatingsError", "sums_by"]

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
Booleans = NDArray[np.bool_]

#: Spellings of a boolean cell, in lower case.
_BOOLEANS = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}
#: Joins the cells of several columns that name a pair together.
_JOINT = " | "


class RatingsError(XacleEvalError):
    """Ratings that cannot be used, or a question that they cannot answer."""


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A pair that one listener rated more than once."""

    pair_id: str
    listener_id: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Ratings:
    """Ratings of pairs by listeners; build it with ``from_arrays`` or ``from_frame``.

    Attributes
    ----------
    pair_ids, listener_ids : tuple of str
        What the codes stand for.
    pair, listener : array of int, shape (ratings,)
        Codes of each rating's pair and listener.
    values : array of float64, shape (ratings,)
        The ratings, finite, in the challenge's own points.
    flags : mapping of str to array of bool, shape (ratings,)
        Extra marks of the ratings, such as ``anchor``.
    duplicates : tuple of Duplicate
        The (pair, listener) combinations that occurred more than once in the input.
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
        """Ratings from three columns of equal length, one entry a rating.

        Parameters
        ----------
        pairs, listeners : sequence, length ratings
            Identifiers; their ``str`` is kept.
        values : array_like, length ratings
            Finite numbers.
        flags : mapping of str to array_like of bool, optional
            Marks of the ratings, each of the same length.
        duplicates : {"keep", "average"}
            What becomes of a listener's repeated ratings of one pair: all kept as they are, or
            replaced by their average at the place of the first (a flag then holds if it holds for
            any of them).

        Raises
        ------
        RatingsError
            For no rows, lengths that differ, a value that is not finite, or flags that are not
            boolean.
        """
        if duplicates not in ("keep", "average"):
            raise RatingsError(f"duplicates is {duplicates!r}; expected 'keep' or 'average'")
        pair_ids, pair = _encode(pairs)
        listener_ids, listener = _encode(listeners)
        numbers = _finite(values)
        marks = {name: _booleans(name, column) for name, column in (flags or {}).items()}
        _check_lengths(pair=pair, listener=listener, value=numbers, **marks)
        found, group = _duplicates(pair_ids, listener_ids, pair, listener, numbers)
        if found and duplicates == "average":
            pair, listener, numbers, marks = _averaged(group, pair, listener, numbers, marks)
        return cls(pair_ids, listener_ids, pair, listener, numbers, marks, found)

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
            What the codes stand for.
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
            found, _ = _duplicates(names, listeners, pair, listener, values)
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
        """Ratings from a table with one row a rating.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a rating.
        pair : str or sequence of str
            The column, or the columns together, that name a pair (XACLE: the file name; RELATE:
            ``("wavname", "text")``, since some clips carry two texts).
        listener, value : str
            The columns of the listener and of the rating.
        flags : mapping of str to str, optional
            Name of a flag to the column of booleans it comes from, e.g. ``{"anchor": "anchor
            label"}``.
        duplicates : {"keep", "average"}
            As in ``from_arrays``.

        Raises
        ------
        RatingsError
            For a column that is not there, an empty identifier, or as in ``from_arrays``.
        """
        names = (pair,) if isinstance(pair, str) else tuple(pair)
        columns = flags or {}
        _check_columns(frame, (*names, listener, value, *columns.values()))
        return cls.from_arrays(
            _joined(frame, names),
            _cells(frame, listener),
            frame[value].to_numpy(),
            flags={name: frame[column].to_numpy() for name, column in columns.items()},
            duplicates=duplicates,
        )

    @property
    def n_ratings(self) -> int:
        """Number of ratings."""
        return int(self.values.size)

    @property
    def n_pairs(self) -> int:
        """Number of pairs."""
        return len(self.pair_ids)

    @property
    def n_listeners(self) -> int:
        """Number of listeners."""
        return len(self.listener_ids)

    def counts(self) -> Codes:
        """Ratings of each pair, shape (pairs,); at least 1."""
        return np.bincount(self.pair, minlength=self.n_pairs)

    def means(self) -> Floats:
        """Average rating of each pair, shape (pairs,)."""
        # Not centred: sums of whole ratings are exact, so equal averages are equal to the last bit
        # and tie, as they do in the references.
        return np.asarray(
            sums_by(self.pair, self.values, self.n_pairs) / self.counts(), dtype=np.float64
        )

    def squares_within(self) -> Floats:
        """Sum of squared deviations from the pair's average, shape (pairs,)."""
        deviation = self.values - self.means()[self.pair]
        return sums_by(self.pair, deviation * deviation, self.n_pairs)

    def others(self) -> tuple[Floats, Codes]:
        """For each rating, the mean and the number of the pair's ratings by other listeners.

        Returns
        -------
        mean : array of float64, shape (ratings,)
            ``nan`` where no other listener rated the pair.
        count : array of int, shape (ratings,)
            A listener's own repeated ratings do not count.
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
        """The flag ``name`` of each rating.

        Raises
        ------
        RatingsError
            Where there is no such flag.
        """
        if name not in self.flags:
            known = ", ".join(map(repr, self.flags)) or "none"
            raise RatingsError(
                f"the ratings carry no flag {name!r} (there are: {known}); name its column "
                "when the ratings are read"
            )
        return self.flags[name]

    def where(self, keep: Booleans) -> Ratings:
        """The ratings for which ``keep`` holds; pairs and listeners without any are left out.

        Raises
        ------
        RatingsError
            Where nothing would be left.
        """
        chosen = np.asarray(keep, dtype=np.bool_)
        if chosen.shape != self.values.shape:
            raise RatingsError(
                f"keep has shape {chosen.shape}; expected one boolean for each of {self.n_ratings} ratings"
            )
        if not chosen.any():
            raise RatingsError("no rating is left after this selection")
        pair_ids, pair = _recode(self.pair_ids, self.pair[chosen])
        listener_ids, listener = _recode(self.listener_ids, self.listener[chosen])
        flags = {name: mark[chosen] for name, mark in self.flags.items()}
        values = self.values[chosen]
        found, _ = _duplicates(pair_ids, listener_ids, pair, listener, values)
        return Ratings(pair_ids, listener_ids, pair, listener, values, flags, found)

    def to_frame(self) -> pd.DataFrame:
        """One row a rating: ``pair_id``, ``listener_id``, ``value`` and the flags."""
        import pandas as pd

        columns: dict[str, Any] = {
            "pair_id": np.asarray(self.pair_ids, dtype=object)[self.pair],
            "listener_id": np.asarray(self.listener_ids, dtype=object)[self.listener],
            "value": self.values,
        }
        return pd.DataFrame(columns | dict(self.flags))


def sums_by(code: Codes, values: NDArray[Any], size: int) -> Floats:
    """Sum of the values of each code."""
    return np.asarray(np.bincount(code, values, minlength=size), dtype=np.float64)


def _encode(identifiers: Sequence[Any] | NDArray[Any]) -> tuple[tuple[str, ...], Codes]:
    """Distinct identifiers in order of first appearance, and each entry's code."""
    items = identifiers.tolist() if isinstance(identifiers, np.ndarray) else identifiers
    seen: dict[str, int] = {}
    codes = np.fromiter(
        (seen.setdefault(_name(i, x), len(seen)) for i, x in enumerate(items)), dtype=np.intp
    )
    return tuple(seen), codes


def _name(row: int, identifier: Any) -> str:
    """An identifier as text; missing cells have none."""
    text = "" if identifier is None or _is_nan(identifier) else str(identifier)
    if not text:
        raise RatingsError(f"rating {row + 1} has an empty pair or listener identifier")
    return text


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _recode(names: tuple[str, ...], codes: Codes) -> tuple[tuple[str, ...], Codes]:
    """Leave out names that no code uses any more; the order stays."""
    used, recoded = np.unique(codes, return_inverse=True)
    return tuple(names[code] for code in used), recoded.astype(np.intp)


def _finite(values: ArrayLike) -> Floats:
    try:
        numbers = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise RatingsError(f"the ratings are not all numbers: {error}") from None
    if numbers.ndim != 1 or not numbers.size:
        raise RatingsError(
            f"the ratings have shape {numbers.shape}; expected one number a rating, at least one"
        )
    bad = np.flatnonzero(~np.isfinite(numbers))
    if bad.size:
        raise RatingsError(
            f"rating {bad[0] + 1} is {numbers[bad[0]]} ({bad.size} such); expected finite numbers"
        )
    return numbers


def _booleans(name: str, column: ArrayLike) -> Booleans:
    cells = np.asarray(column)
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


def _check_lengths(**columns: NDArray[Any]) -> None:
    sizes = {name: column.size for name, column in columns.items()}
    if len(set(sizes.values())) > 1:
        listed = ", ".join(f"{name} {size}" for name, size in sizes.items())
        raise RatingsError(f"the columns of the ratings differ in length: {listed}")


def _check_columns(frame: pd.DataFrame, wanted: Sequence[str]) -> None:
    missing = [name for name in wanted if name not in frame.columns]
    if missing:
        there = ", ".join(map(repr, frame.columns))
        raise RatingsError(
            f"the ratings have no column {', '.join(map(repr, missing))}; there are {there}"
        )


def _cells(frame: pd.DataFrame, name: str) -> list[Any]:
    """The cells of a column, None for each of pandas' kinds of missing value."""
    column = frame[name].astype(object)
    return list(column.where(column.notna(), None).tolist())


def _joined(frame: pd.DataFrame, names: Sequence[str]) -> list[Any]:
    """The identifiers of one column, or of several columns joined row by row."""
    if len(names) == 1:
        return _cells(frame, names[0])
    columns = [[_name(i, cell) for i, cell in enumerate(_cells(frame, name))] for name in names]
    return [_JOINT.join(cells) for cells in zip(*columns, strict=True)]


def _duplicates(
    pair_ids: tuple[str, ...],
    listener_ids: tuple[str, ...],
    pair: Codes,
    listener: Codes,
    values: Floats,
) -> tuple[tuple[Duplicate, ...], Codes]:
    """The repeated (pair, listener) combinations, and the group each rating belongs to."""
    _, group, counts = np.unique(
        pair * len(listener_ids) + listener, return_inverse=True, return_counts=True
    )
    rows: dict[int, list[int]] = {}
    for row in np.flatnonzero(counts[group] > 1).tolist():
        rows.setdefault(int(group[row]), []).append(row)
    found = tuple(
        Duplicate(pair_ids[pair[r[0]]], listener_ids[listener[r[0]]], tuple(values[r].tolist()))
        for r in rows.values()
    )
    return found, group.astype(np.intp)


def _averaged(
    group: Codes, pair: Codes, listener: Codes, values: Floats, marks: dict[str, Booleans]
) -> tuple[Codes, Codes, Floats, dict[str, Booleans]]:
    """One row for each group, in order of its first row."""
    _, first = np.unique(group, return_index=True)
    order = np.argsort(first)
    rows = first[order]
    mean = (np.bincount(group, values) / np.bincount(group))[order]
    flags = {name: np.bincount(group, mark)[order] > 0 for name, mark in marks.items()}
    return pair[rows], listener[rows], mean, flags
