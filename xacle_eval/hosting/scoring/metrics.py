"""The bundled metrics in the standard library alone, equal to those of `xacle_eval.metrics`.

A scorer on a platform has no numpy. Conventions: two lists with one finite number per pair, in the
same order, at least one pair. A value is nan where the toolkit's is nan. The rank metrics are
computed in exact integers, so they have the toolkit's bits; sums of floats are exactly rounded, so
the others differ from the toolkit's by the rounding of its sums alone. Tests compare both.

All are O(n log n), except those of `QUADRATIC`, which are quadratic in the toolkit, too.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

__all__ = ["FUNCTIONS", "QUADRATIC", "Pairing", "acc_eq_at", "all_metrics", "best_tie_width"]

# Lists up to this size are kept in order by insertion, which moves a block of memory.
_INSERTED = 512


class Pairing:
    """Predictions and references of the same pairs; what several metrics need is computed once.

    Parameters
    ----------
    x, y : sequence of float, length n
        The predictions and the references, n >= 1.
    """

    def __init__(self, x: Sequence[float], y: Sequence[float]) -> None:
        self.x = list(x)
        self.y = list(y)
        self.n = len(self.x)
        self._cached: dict[str, Any] = {}

    def _once(self, name: str, compute: Callable[[], Any]) -> Any:
        if name not in self._cached:
            self._cached[name] = compute()
        return self._cached[name]

    def levels(self) -> tuple[list[int], list[int]]:
        """Return the number of each value's level, on both sides; equal values have one level."""
        found: tuple[list[int], list[int]] = self._once(
            "levels", lambda: (_levels(self.x), _levels(self.y))
        )
        return found

    def sizes(self) -> tuple[list[int], list[int]]:
        """Return the number of values in each level, on both sides."""
        found: tuple[list[int], list[int]] = self._once(
            "sizes", lambda: (_sizes(self.levels()[0]), _sizes(self.levels()[1]))
        )
        return found

    def is_constant(self) -> bool:
        """Return whether either side has a single distinct value."""
        return min(self.x) == max(self.x) or min(self.y) == max(self.y)

    def comparisons(self) -> Comparisons:
        """Return the numbers of comparisons by kind."""
        found: Comparisons = self._once("comparisons", lambda: _compare(self))
        return found

    def errors(self) -> list[float]:
        """Return the differences; infinite where they are too large for a float."""
        found: list[float] = self._once(
            "errors",
            lambda: [a - b for a, b in zip(self.x, self.y)],  # noqa: B905 -- Python 3.7
        )
        return found


class Comparisons:
    """Numbers of unordered pairs of positions: all, tied in x, in y and in both, and discordant."""

    def __init__(self, every: int, tied: tuple[int, int, int], discordant: int) -> None:
        self.every = every
        self.tied_x, self.tied_y, self.tied_both = tied
        self.discordant = discordant

    @property
    def concordant(self) -> int:
        """The number of comparisons that both sides order in the same way."""
        untied = self.every - self.tied_x - self.tied_y + self.tied_both
        return untied - self.discordant


def _levels(values: Sequence[float]) -> list[int]:
    places = {value: level for level, value in enumerate(sorted(set(values)))}
    return [places[value] for value in values]


def _sizes(levels: Sequence[int]) -> list[int]:
    counts = Counter(levels)
    return [counts[level] for level in range(len(counts))]


def _ties(sizes: Iterable[int]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes)


def _compare(pairing: Pairing) -> Comparisons:
    x, y = pairing.levels()
    sizes_x, sizes_y = pairing.sizes()
    width = len(sizes_y)
    keys = sorted([a * width + b for a, b in zip(x, y)])  # noqa: B905 -- Python 3.7
    tied_both = _ties(Counter(keys).values())
    discordant, _ = _inversions([key % width for key in keys])
    tied = _ties(sizes_x), _ties(sizes_y), tied_both
    return Comparisons(pairing.n * (pairing.n - 1) // 2, tied, discordant)


def _inversions(values: list[int]) -> tuple[int, list[int]]:
    """Return how many pairs of positions have the larger value first, and the sorted values."""
    if len(values) <= _INSERTED:
        ordered: list[int] = []
        found = 0
        for value in values:
            found += len(ordered) - bisect_right(ordered, value)
            insort(ordered, value)
        return found, ordered
    middle = len(values) // 2
    first, left = _inversions(values[:middle])
    second, right = _inversions(values[middle:])
    # Merge the two sorted lists, marked by the last bit; sorting finds them as runs, in O(n).
    marked = [2 * value for value in left] + [2 * value + 1 for value in right]
    marked.sort()
    # A value of the right list comes after those of the left list that are not larger.
    places = sum([place for place, value in enumerate(marked) if value & 1])
    not_larger = places - len(right) * (len(right) - 1) // 2
    between = len(left) * len(right) - not_larger
    return first + second + between, [value >> 1 for value in marked]


def _srcc(pairing: Pairing) -> float:
    if pairing.is_constant():
        return math.nan
    ranks = []
    for levels, sizes in zip(pairing.levels(), pairing.sizes()):  # noqa: B905 -- Python 3.7
        of_level, begin = [], 0
        for size in sizes:
            # Twice the average rank minus twice the mean rank: a whole number.
            of_level.append(2 * begin + size - pairing.n)
            begin += size
        ranks.append([of_level[level] for level in levels])
    x, y = ranks
    return _cosine(
        sum([a * b for a, b in zip(x, y)]),  # noqa: B905 -- Python 3.7
        sum([a * a for a in x]),
        sum([b * b for b in y]),
    )


def _ktau(pairing: Pairing) -> float:
    if pairing.is_constant():
        return math.nan
    counts = pairing.comparisons()
    untied = counts.every - counts.tied_x, counts.every - counts.tied_y
    return _cosine(counts.concordant - counts.discordant, *untied)


def _cosine(product: int, square_x: int, square_y: int) -> float:
    if square_x == square_y:
        return product / square_x
    return _clip(product / math.sqrt(square_x * square_y))


def _clip(value: float) -> float:
    return max(-1.0, min(1.0, value))


def _lcc(pairing: Pairing) -> float:
    if pairing.is_constant():
        return math.nan
    x, y = _centred(pairing.x), _centred(pairing.y)
    squares = math.fsum([a * a for a in x]) * math.fsum([b * b for b in y])
    product = math.fsum([a * b for a, b in zip(x, y)])  # noqa: B905 -- Python 3.7
    return _clip(product / math.sqrt(squares))


def _centred(values: Sequence[float]) -> list[float]:
    """Return values minus their mean, in units of a power of two, so that no square overflows."""
    exponent = math.frexp(max(map(abs, values)))[1]
    moved = [math.ldexp(value, -exponent) for value in values]
    for _ in range(2):  # the first mean is rounded in units of the offset
        mean = _mean(moved)
        moved = [value - mean for value in moved]
    return moved


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _ccc(pairing: Pairing) -> float:
    """Return the value from means of both sides, in one unit and each moved near 0."""
    if pairing.is_constant():
        return math.nan
    largest = max(map(abs, pairing.x + pairing.y))
    exponent = math.frexp(largest)[1]
    x = [math.ldexp(value, -exponent) for value in pairing.x]
    y = [math.ldexp(value, -exponent) for value in pairing.y]
    middle_x, middle_y = _mean(x), _mean(y)
    x, y = [value - middle_x for value in x], [value - middle_y for value in y]
    mean_x, mean_y = _mean(x), _mean(y)
    spread = _mean([a * a for a in x]) - mean_x * mean_x
    spread += _mean([b * b for b in y]) - mean_y * mean_y
    spread += (middle_x - middle_y + mean_x - mean_y) ** 2
    product = _mean([a * b for a, b in zip(x, y)])  # noqa: B905 -- Python 3.7
    return _clip(2.0 * (product - mean_x * mean_y) / spread)


def _mse(pairing: Pairing) -> float:
    errors = pairing.errors()
    largest = max(map(abs, errors))
    if largest == 0.0 or math.isinf(largest):
        return largest
    exponent = math.frexp(largest)[1]
    scaled = [math.ldexp(error, -exponent) for error in errors]
    try:
        return math.ldexp(_mean([error * error for error in scaled]), 2 * exponent)
    except OverflowError:
        return math.inf


def _rmse(pairing: Pairing) -> float:
    return math.sqrt(_mse(pairing))


def _mae(pairing: Pairing) -> float:
    try:
        return _mean([abs(error) for error in pairing.errors()])
    except OverflowError:
        return math.inf


def _acc_eq(pairing: Pairing) -> float:
    if pairing.n < 2:
        return math.nan
    counts = pairing.comparisons()
    return (counts.concordant + counts.tied_both) / counts.every


def _acc_eq_ties(pairing: Pairing) -> float:
    return math.nan if pairing.n < 2 else best_tie_width(pairing)[0]


def best_tie_width(pairing: Pairing) -> tuple[float, float]:
    """Return the highest ACC_EQ if close predictions count as tied, and the smallest width for it.

    Parameters
    ----------
    pairing : Pairing
        At least two pairs. Two predictions count as tied if they differ by at most the width.
    """
    order = sorted(range(pairing.n), key=pairing.y.__getitem__)
    x = [pairing.x[place] for place in order]
    y = [pairing.y[place] for place in order]
    above = [bisect_right(y, value) for value in y]
    widths, gains = _tied_widths(x, above)
    concordant, lost = 0, [0] * (len(widths) + 1)
    for low, start in zip(x, above):  # noqa: B905 -- Python 3.7
        for high in x[start:]:
            if high > low:
                concordant += 1
                lost[bisect_left(widths, high - low)] += 1
    best, best_width, right = -1, 0.0, concordant
    for width, gain, loss in zip(widths, gains, lost):  # noqa: B905 -- Python 3.7
        right += gain - loss
        if right > best:
            best, best_width = right, width
    return best / (pairing.n * (pairing.n - 1) // 2), best_width


def _tied_widths(x: list[float], above: list[int]) -> tuple[list[float], list[int]]:
    """Return the widths at which comparisons of tied references become right, and how many do."""
    every = [0.0]
    for place, end in enumerate(above):
        one = x[place]
        every += [abs(other - one) for other in x[place + 1 : end]]
    every.sort()
    widths, counts = [0.0], [-1]  # the 0 that is always a candidate
    for width in every:
        if width == widths[-1]:
            counts[-1] += 1
        else:
            widths.append(width)
            counts.append(1)
    return widths, counts


def acc_eq_at(pairing: Pairing, width: float) -> float:
    """Return ACC_EQ if predictions that differ by at most `width` count as tied; n >= 2.

    With the width held, the time is O(n log n): for each prediction in ascending order, the ones
    that are smaller by more than the width are counted by their references.
    """
    order = sorted(range(pairing.n), key=pairing.x.__getitem__)
    x = [pairing.x[place] for place in order]
    y = [pairing.levels()[1][place] for place in order]
    below = _Tally(len(pairing.sizes()[1]))
    concordant = apart_tied = first = 0
    for value, level in zip(x, y):  # noqa: B905 -- Python 3.7
        while value - x[first] > width:
            below.add(y[first])
            first += 1
        concordant += below.before(level)
        apart_tied += below.counts[level]
    ties = _ties(pairing.sizes()[1])
    return (concordant + ties - apart_tied) / (pairing.n * (pairing.n - 1) // 2)


class _Tally:
    """Counts of levels, whose sums up to a level are found in O(log n) (a Fenwick tree)."""

    def __init__(self, size: int) -> None:
        self.counts = [0] * size
        self._tree = [0] * (size + 1)

    def add(self, level: int) -> None:
        self.counts[level] += 1
        place = level + 1
        while place < len(self._tree):
            self._tree[place] += 1
            place += place & -place

    def before(self, level: int) -> int:
        """Return how many are in lower levels."""
        found = 0
        while level:
            found += self._tree[level]
            level &= level - 1
        return found


FUNCTIONS: dict[str, Callable[[Pairing], float]] = {
    "SRCC": _srcc,
    "LCC": _lcc,
    "KTAU": _ktau,
    "MSE": _mse,
    "RMSE": _rmse,
    "MAE": _mae,
    "CCC": _ccc,
    "ACC_EQ": _acc_eq,
    "ACC_EQ_TIES": _acc_eq_ties,
}
"""The function of each metric."""
QUADRATIC = frozenset(["ACC_EQ_TIES"])
"""The metrics whose time grows with the square of the number of pairs."""


def all_metrics(
    predictions: Sequence[float], references: Sequence[float], names: Iterable[str]
) -> dict[str, float]:
    """Return metrics by name; nan where undefined, inf for an error too large for a float.

    Parameters
    ----------
    predictions, references : sequence of float, length n
        Finite numbers, n >= 1, in the same order.
    names : iterable of str
        Names in `FUNCTIONS`.
    """
    pairing = Pairing(predictions, references)
    return {name: FUNCTIONS[name](pairing) for name in names}
