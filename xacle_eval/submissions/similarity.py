"""Similarity: two systems with the same predictions, or with linearly related ones.

Two systems are *alike* if y = a·x + b holds for every pair, within the rounding step of both.
Rounding also lowers their correlation: a step u is noise of variance u²/12, which lowers it by
u²/(24·variance). Both conditions are required, because a few coarse levels can fit a line by
chance.

Among many systems, candidates are found by sketches: random projections of thousands of
predictions to 64 numbers, which preserve correlations near 1 (Johnson & Lindenstrauss 1984). A
candidate is compared exactly with one representative of each group, the most coarsely rounded one.
So neither memory nor the number of exact comparisons grows faster than the number of systems.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xacle_eval.submissions.findings import Finding
from xacle_eval.submissions.rules import rule
from xacle_eval.text import count, listing, visible

__all__ = [
    "Line",
    "Sketch",
    "Subject",
    "alike_in_team",
    "alike_systems",
    "line_between",
    "sketch",
]

_SKETCH = 64
_SEED = 0  # of the projections: the same predictions always give the same sketch
# Rounding that still allows a useful ranking lowers a correlation by less than this.
_MOST_LOSS = 0.02
# A sketch underestimates the loss by a larger factor in fewer than one in 10,000 cases.
_SKETCH_ERROR = 2.0
_LOSS_SLACK = 2.0
# Rounding moves a prediction by at most half a step; the fitted line is not exactly the true one.
_ROUNDING = 1.2
# Accuracy of correlations at full precision, and of correlations of sketches.
_EXACT, _SKETCH_EXACT = 1e-12, 1e-9
# A distance between predictions below this share of their range is a floating-point error, as in
# 0.1 + 0.2.
_NOISE = 1e-9
# Maximum number of compared candidates that differ from a system; the nearest come first.
_MOST_FAILURES = 64
_SHOWN = 8

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Line:
    """y = slope · x + offset, within rounding; ``same`` if that is y = x."""

    slope: float
    offset: float
    same: bool

    def then(self, other: Line) -> Line:
        """Return the line from x to z: this line is from x to y, `other` is from y to z."""
        offset = other.slope * self.offset + other.offset
        return Line(other.slope * self.slope, offset, self.same and other.same)

    def inverse(self) -> Line:
        """Return the line from y to x; nan if the slope is too small or too large for a float."""
        if self.slope == 0.0 or not math.isfinite(1.0 / self.slope):
            return Line(math.nan, math.nan, self.same)
        return Line(1.0 / self.slope, -self.offset / self.slope, self.same)


_IDENTITY = Line(1.0, 0.0, same=True)


@dataclass(frozen=True, slots=True, eq=False)
class Sketch:
    """A summary of a system's predictions: projections of unit length, rounding step and range.

    ``loss`` is the decrease of a correlation that rounding causes.
    """

    vector: Array
    loss: float
    step: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Subject:
    """A system to compare: its team, its label, the hash of its file and its sketch."""

    team: str
    system: str
    sha256: str | None
    sketch: Sketch | None


@dataclass(frozen=True, slots=True, eq=False)
class _Centred:
    """Predictions minus their mean, scaled by 2**-exponent: no square overflows or underflows.

    Scaling by a power of two is exact. ``power`` is the sum of squares; ``step`` is scaled too.
    """

    values: Array
    mean: float
    scaled: Array
    exponent: int
    power: float
    step: float

    @classmethod
    def of(cls, values: Array, step: float | None = None) -> _Centred | None:
        """Return centred predictions; None if they are constant or too large."""
        with np.errstate(over="ignore", invalid="ignore"):
            mean = float(values.mean())
            centred = values - mean
            largest = float(np.abs(centred).max())
        if not 0.0 < largest < math.inf or float(values.min()) == float(values.max()):
            return None
        _, exponent = math.frexp(largest)
        scaled = np.ldexp(centred, -exponent)
        step = _step(values) if step is None else step
        scaled_step = math.ldexp(step, -exponent)
        return cls(values, mean, scaled, exponent, float(scaled @ scaled), scaled_step)

    @property
    def loss(self) -> float:
        """The decrease of a correlation that rounding causes."""
        return self.step**2 / self.power * self.values.size / 24


def line_between(x: Array, y: Array) -> Line | None:
    """Return the straight line between two systems' predictions, within their rounding.

    Parameters
    ----------
    x, y : (n,) arrays of finite floats
        Predictions for the same pairs.

    Returns
    -------
    Line or None
        None if no line fits, or if either is constant. Slope and offset are infinite or nan if
        they are too large for a float.
    """
    one, other = _Centred.of(x), _Centred.of(y)
    return None if one is None or other is None else _line(one, other)


def _line(x: _Centred, y: _Centred) -> Line | None:
    product = float(x.scaled @ y.scaled)
    correlation = product / (x.power * y.power) ** 0.5
    if 1.0 - abs(correlation) > _allowed_loss(x.loss + y.loss):
        return None
    least = _NOISE * float(np.abs(y.scaled).max())
    if _are_same(x, y, least):
        return _IDENTITY
    slope = product / x.power
    tolerance = _ROUNDING * (y.step + abs(slope) * x.step) / 2 + least
    if float(np.abs(y.scaled - slope * x.scaled).max()) > tolerance:
        return None
    slope = _scale(slope, y.exponent - x.exponent)
    return Line(slope, y.mean - slope * x.mean, same=False)


def _allowed_loss(loss: float) -> float:
    return min(_LOSS_SLACK * loss + _EXACT, _MOST_LOSS)


def _are_same(x: _Centred, y: _Centred, least: float) -> bool:
    if abs(x.exponent - y.exponent) > 1:
        return False
    with np.errstate(over="ignore"):
        difference = float(np.abs(y.values - x.values).max())
    tolerance = _ROUNDING * (_scale(x.step, x.exponent - y.exponent) + y.step) / 2 + least
    return difference <= _scale(tolerance, y.exponent)


def _scale(value: float, exponent: int) -> float:
    try:
        return math.ldexp(value, exponent)
    except OverflowError:
        return math.copysign(math.inf, value)


def _step(values: Array) -> float:
    """Return the rounding step of predictions: the smallest distance between two of them."""
    # np.unique would load numpy.ma, which takes longer than this function.
    distances = np.diff(np.sort(values))
    real = distances[distances > _NOISE * float(np.ptp(values))]
    return float(real.min()) if real.size else 0.0


def sketch(predictions: Array) -> Sketch | None:
    """Return random projections of standardised predictions; None for constant ones."""
    centred = _Centred.of(predictions)
    if centred is None:
        return None
    vector = centred.scaled
    if vector.size > _SKETCH:
        vector = vector @ _projections(vector.size)
    length = float(np.sqrt(vector @ vector))
    if length == 0.0:
        return None
    step = _scale(centred.step, centred.exponent)
    low, high = float(predictions.min()), float(predictions.max())
    return Sketch(vector / length, centred.loss, step, low, high)


def _projections(size: int) -> Array:
    if size not in _DRAWN:
        _DRAWN.clear()
        _DRAWN[size] = np.random.default_rng(_SEED).standard_normal((size, _SKETCH))
    return _DRAWN[size]


_DRAWN: dict[int, Array] = {}


def alike_in_team(rows: Mapping[str, Array]) -> list[Finding]:
    """Report systems of one team that are alike (XAC066).

    Parameters
    ----------
    rows : mapping of label to (n,) array
        The predictions of a team's systems.
    """
    values = list(rows.values())
    subjects = [Subject("", label, None, sketch(row)) for label, row in rows.items()]
    search = _Search(subjects, lambda place: values[place])
    return [*search.findings("team-repeats-itself", list(rows)), *search.omissions()]


def alike_systems(
    subjects: Sequence[Subject], predictions: Callable[[int], Array | None]
) -> list[Finding]:
    """Report alike systems: of different teams (XAC065) and of one team (XAC066).

    Parameters
    ----------
    subjects : sequence of Subject
        Every system.
    predictions : callable
        Returns the predictions of a subject by its index, for the few candidates; None if they
        are no longer available.

    Returns
    -------
    list of Finding
        One for each group of systems. Identical files of different teams are reported by XAC060
        instead. XAC121 if so many systems are similar that some were not compared.
    """
    search = _Search(subjects, predictions)
    names = [f"{subject.system} of {subject.team}" for subject in subjects]
    return [
        *search.findings("same-predictions", names),
        *search.findings("team-repeats-itself", names),
        *search.omissions(),
    ]


class _Groups:
    """Groups of alike systems, with the line from the first system of each to the others.

    ``root`` holds, for each system, the one that represents its group.
    """

    def __init__(self, number: int) -> None:
        self.root = np.arange(number)
        self.members: dict[int, dict[int, Line]] = {}

    def join(self, place: int, other: int, line: Line) -> None:
        """Join the groups of two systems; `line` is from the first to the second."""
        own, its = (self._members(each) for each in (place, other))
        if len(own) < len(its):
            own, its, place, other, line = its, own, other, place, line.inverse()
        to_root = own[place].then(line).then(its[other].inverse())
        del self.members[int(self.root[other])]
        for member, from_root in its.items():
            own[member] = to_root.then(from_root)
            self.root[member] = self.root[place]

    def _members(self, place: int) -> dict[int, Line]:
        return self.members.setdefault(int(self.root[place]), {place: _IDENTITY})


class _Search:
    """The groups of alike systems, of different teams and of one team.

    Two systems with similar sketches are compared, unless they are in the same group already. The
    most coarsely rounded system comes first, because it is alike to all finer versions of itself.
    It represents its group: each finer version of it needs only one comparison to join the group.

    Parameters
    ----------
    subjects : sequence of Subject
        Every system.
    predictions : callable
        Returns the predictions of a system by its index, or None.
    """

    def __init__(
        self, subjects: Sequence[Subject], predictions: Callable[[int], Array | None]
    ) -> None:
        self._sketches = [subject.sketch for subject in subjects]
        self._predictions = predictions
        self._teams = _numbers(subject.team for subject in subjects)
        self._files = _numbers(one.sha256 or place for place, one in enumerate(subjects))
        self._omitted = 0
        self._groups = {
            name: _Groups(len(subjects)) for name in ("same-predictions", "team-repeats-itself")
        }
        for place, candidates in _candidates(self._sketches):
            self._compare(place, candidates[self._pending(place, candidates)].tolist())

    def _pending(self, place: int, others: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which systems must be compared with a system: those not in its group yet."""
        between, within = (groups.root for groups in self._groups.values())
        team = self._teams[others] == self._teams[place]
        # Identical files of different teams are reported by another rule.
        apart = ~team & (self._files[others] != self._files[place])
        return np.asarray(
            (team & (within[others] != within[place]))
            | (apart & (between[others] != between[place]))
        )

    def _compare(self, place: int, candidates: Sequence[int]) -> None:
        """Join a system with those candidates that are alike; the nearest ones come first."""
        centred = self._centred(place) if candidates else None
        if centred is None:
            return
        failures = 0
        for other in candidates:
            if not self._pending(place, np.array([other]))[0]:
                continue
            if failures == _MOST_FAILURES:
                self._omitted += 1
                continue
            found = self._centred(other)
            # The line is from the earlier system to the later one.
            forward = place < other
            pair = (centred, found) if forward else (found, centred)
            line = None if pair[0] is None or pair[1] is None else _line(pair[0], pair[1])
            if line is None:
                failures += 1
                continue
            within = self._teams[place] == self._teams[other]
            groups = self._groups["team-repeats-itself" if within else "same-predictions"]
            groups.join(*((place, other) if forward else (other, place)), line)

    def _centred(self, place: int) -> _Centred | None:
        values, short = self._predictions(place), self._sketches[place]
        return None if values is None or short is None else _Centred.of(values, short.step)

    def findings(self, name: str, names: Sequence[str]) -> list[Finding]:
        """Return a finding of a rule for each of its groups."""
        groups = self._groups[name].members.values()
        found = [self._finding(name, names, members) for members in groups]
        return sorted(found, key=lambda finding: finding.message)

    def _finding(self, name: str, names: Sequence[str], members: Mapping[int, Line]) -> Finding:
        group = sorted(members)
        shown = listing((visible(names[place]) for place in group), _SHOWN)
        message = f"same predictions, within rounding: {shown}"
        related = self._related(group, members)
        if related is not None:
            message = f"linearly related predictions: {shown}"
            other, line = related
            if line.slope and math.isfinite(line.slope) and math.isfinite(line.offset):
                sign = "+" if line.offset >= 0 else "−"
                equation = (
                    f"{line.slope:.4g} × {visible(names[group[0]])} {sign} {abs(line.offset):.4g}"
                )
                message += f" ({visible(names[other])} = {equation}, within rounding)"
        return rule(name).finding(message, count=len(group))

    def _related(
        self, group: Sequence[int], members: Mapping[int, Line]
    ) -> tuple[int, Line] | None:
        """Return the first member that is not the same as the first one, and the line to it."""
        back = members[group[0]].inverse()
        for other in group[1:]:
            line = back.then(members[other])
            # Only the two systems of a pair are known to have been compared with each other.
            same = line.same if len(group) == 2 else self._is_same(line, group[0], other)
            if not same:
                return other, line
        return None

    def _is_same(self, line: Line, place: int, other: int) -> bool:
        x, y = self._sketches[place], self._sketches[other]
        if line.same or x is None or y is None:
            return line.same
        least = _NOISE * (y.high - y.low)
        tolerance = _ROUNDING * (x.step + y.step) / 2 + least
        ends = (abs((line.slope - 1.0) * end + line.offset) for end in (x.low, x.high))
        return all(end <= tolerance for end in ends)

    def omissions(self) -> list[Finding]:
        """Return a finding if comparisons were skipped."""
        if not self._omitted:
            return []
        message = f"{count(self._omitted, 'pair')} of similar systems not compared"
        return [rule("similarity-incomplete").finding(message, count=self._omitted)]


def _numbers(values: Iterable[object]) -> NDArray[np.int64]:
    """Return a number for each value, the same for equal values."""
    known: dict[object, int] = {}
    return np.array([known.setdefault(value, len(known)) for value in values], dtype=np.int64)


def _candidates(sketches: Sequence[Sketch | None]) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Yield each system, most coarsely rounded first, and the finer ones that may be alike to it.

    The nearest ones come first. Systems are sorted by one number of their sketches, so each system
    is compared only with a few others, unless their predictions are coarse.
    """
    chosen = [(place, each) for place, each in enumerate(sketches) if each is not None]
    if len(chosen) < 2:
        return
    vectors = np.stack([each.vector for _, each in chosen])
    keys = np.abs(vectors)
    keys = keys[:, int(np.argmax(keys.std(axis=0)))]
    ascending = np.argsort(keys, kind="stable")
    vectors, keys = vectors[ascending], keys[ascending]
    places = np.array([place for place, _ in chosen])[ascending]
    losses = np.array([each.loss for _, each in chosen])[ascending]
    order = np.lexsort((places, -losses))
    turns = np.empty_like(order)
    turns[order] = np.arange(order.size)
    for turn, item in enumerate(order.tolist()):
        allowed = _near(2.0 * losses[item : item + 1])[0]
        # |cos| >= 1 - t is a distance of at most sqrt(2 t) between vectors of unit length.
        reach = math.sqrt(2.0 * allowed)
        first, last = np.searchsorted(keys, (keys[item] - reach, keys[item] + reach), "left")
        window = slice(int(first), int(last) + 1)
        losing = 1.0 - np.abs(vectors[window] @ vectors[item])
        near = (losing <= _near(losses[window] + losses[item])) & (turns[window] > turn)
        found = np.flatnonzero(near)
        found = found[np.argsort(losing[found], kind="stable")]
        yield int(places[item]), places[window][found]


def _near(loss: Array) -> Array:
    """Return the greatest loss of sketches whose predictions may be alike."""
    allowed = np.minimum(_LOSS_SLACK * loss + _EXACT, _MOST_LOSS)
    return np.asarray(_SKETCH_ERROR * allowed + _SKETCH_EXACT, dtype=np.float64)
