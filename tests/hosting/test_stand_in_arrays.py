"""The stand-in for numpy has numpy's results, on values as the check has them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xacle_eval.hosting.stand_ins import arrays

NUMBERS = st.one_of(st.sampled_from([0.0, -0.0, 1.5, -2.0]), st.floats(-1e100, 1e100))
VECTORS = st.lists(NUMBERS, min_size=1, max_size=12)
SIZES = st.lists(st.integers(0, 9), min_size=1, max_size=12)


def both(values, compute, dtype=float):
    """Return what numpy and the stand-in make of a vector, as lists or numbers."""
    found = []
    for library in (np, arrays):
        answer = compute(library, library.array(values, dtype))
        found.append(answer.tolist() if hasattr(answer, "tolist") else answer)
    return found


SAME = {
    "abs": lambda xp, v: xp.abs(v),
    "all": lambda _, v: bool((v <= 1.0).all()),
    "argmax": lambda xp, v: int(xp.argmax(v)),
    "argsort": lambda xp, v: xp.argsort(v, kind="stable"),
    "between": lambda _, v: ((v < -1.0) | (v > 1.0)) & ~(v >= 2.0),
    "count": lambda xp, v: int(xp.count_nonzero(v)),
    "diff": lambda xp, v: xp.diff(xp.sort(v)),
    "flatnonzero": lambda xp, v: xp.flatnonzero(v == v.max()),
    "halves": lambda _, v: (v / 2.0 - 1.0) * 0.5,
    "isfinite": lambda xp, v: xp.isfinite(v),
    "ldexp": lambda xp, v: xp.ldexp(v, -3),
    "max": lambda _, v: float(v.max()),
    "min": lambda _, v: float(v.min()),
    "minimum": lambda xp, v: xp.minimum(v, 0.5),
    "negative": lambda _, v: 1.0 - (-v),
    "nanmin": lambda xp, v: float(xp.nanmin(v)),
    "nanmax": lambda xp, v: float(xp.nanmax(v)),
    "ptp": lambda xp, v: float(xp.ptp(v)),
    "searchsorted": lambda xp, v: xp.searchsorted(xp.sort(v), (v[0], 0.0), "left"),
    "selected": lambda _, v: v[v > 0.0],
    "slice": lambda _, v: v[1:3],
    "sqrt": lambda xp, v: xp.sqrt(xp.abs(v)),
    "different": lambda _, v: bool((v != 1.5).any()),
}


@pytest.mark.parametrize("name", SAME)
@given(values=VECTORS)
def test_exact_results(name, values):
    """Functions that only compare, select or round once have exactly numpy's results."""
    first, second = both(values, SAME[name])
    assert first == second


@given(values=VECTORS)
def test_sums(values):
    """Sums are numpy's within its rounding."""
    for compute in (lambda _, v: float(v.mean()), lambda _, v: float(v @ v)):
        scaled = [value / 1e100 for value in values]
        first, second = both(scaled, compute)
        assert first == pytest.approx(second, rel=1e-12, abs=1e-12)


@given(values=SIZES)
def test_positions(values):
    """Whole numbers as positions: counts, selection and assignment."""
    first, second = both(values, lambda xp, v: xp.bincount(v), int)
    assert first == second

    def assigned(xp, places):
        vector = xp.full(10, xp.nan)
        vector[places] = places * 0.5
        present = xp.zeros(10, dtype=bool)
        present[places] = True
        present[3] = True
        copied = present.copy()
        copied[0] = False
        return [
            *vector[present].tolist()[:1],
            *present.tolist(),
            int(present.sum()),
            bool(copied.any()),
        ]

    first, second = both(values, assigned, int)
    assert first[1:] == second[1:]
    assert first[:1] == second[:1] or first[0] != first[0]


@given(rows=st.lists(st.lists(st.floats(-10, 10), min_size=3, max_size=3), min_size=2, max_size=6))
def test_matrices(rows):
    """Rows, columns, products and deviations of a matrix."""

    def of(xp):
        matrix = xp.stack([xp.array(row) for row in rows])
        order = xp.lexsort((xp.arange(len(rows)), -matrix[:, 0]))
        turns = xp.empty_like(order)
        turns[order] = xp.arange(len(rows))
        return [
            matrix[:, 1].tolist(),
            order.tolist(),
            turns.tolist(),
            [row.tolist() for row in xp.abs(matrix[order])],
            [float(value) for value in matrix @ matrix[0]],
            [float(value) for value in xp.array(range(len(rows))) @ matrix],
            [float(value) for value in matrix.std(axis=0)],
        ]

    first, second = of(np), of(arrays)
    assert first[:4] == second[:4]
    for one, other in zip(first[4:], second[4:], strict=True):
        assert one == pytest.approx(other, rel=1e-9, abs=1e-9)


def test_what_is_not_supported():
    """Other orders than the check's are refused, not ignored."""
    vector = arrays.array([1.0])
    with pytest.raises(ValueError, match="stable"):
        arrays.argsort(vector, kind="quicksort")
    with pytest.raises(ValueError, match="left"):
        arrays.searchsorted(vector, (1.0,), "right")


def test_random_numbers():
    """Projections are standard normal, and the same for the same seed."""
    first, second = (arrays.random.default_rng(0).standard_normal((50, 64)) for _ in range(2))
    values = [value for row in first for value in row]
    assert values == [value for row in second for value in row]
    assert abs(sum(values) / len(values)) < 0.1
    assert abs(sum(value**2 for value in values) / len(values) - 1.0) < 0.1
