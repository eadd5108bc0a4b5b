"""Similarity: two systems with the same predictions, or with linearly related ones.

Two systems are *alike* if y = a·x + b holds for every pair, within the rounding step of both.
Rounding also lowers their correlation: a step u is noise of variance u²/12, which lowers it by
u²/(24·variance). Both conditions are required, because a few coarse levels can lie near a line by
chance.

Among many systems, candidates are found by sketches: random projections of thousands of
predictions to 64 numbers, which preserve correlations near 1 (Johnson & Lindenstrauss 1984). So
memory does not grow with the number of predictions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xacle_eval.submissions.findings import Finding
from xacle_eval.submissions.rules import rule
from xacle_eval.text import listing, visible

__all__ = ["Line", "Subject", "alike_in_team", "alike_systems", "line_between", "sketch"]

_SKETCH = 64
_SEED = 0  # of the projections: the same predictions always give the same sketch
# Rounding that still allows a useful ranking lowers a correlation by less than this.
_MOST_LOSS = 0.02
# A sketch underestimates the loss by a larger factor in fewer than one in 10,000 cases.
_SKETCH_ERROR = 2.0
_LOSS_SLACK = 2.0
# Rounding moves a prediction by at most half a step; the fitted line is not exactly the true one.
_ROUNDING = 1.2
_ROWS = 256
_SHOWN = 8

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Line:
    """y = slope · x + offset, within rounding; ``same`` if that is y = x."""

    slope: float
    offset: float
    same: bool


@dataclass(frozen=True, slots=True)
class Subject:
    """A system to compare: its team, its label, the hash of its file and its sketch."""

    team: str
    system: str
    sha256: str | None
    sketch: Array | None


def line_between(x: Array, y: Array) -> Line | None:
    """Return the straight line between two systems' predictions, within their rounding.

    Parameters
    ----------
    x, y : (n,) arrays of finite floats
        Predictions for the same pairs.

    Returns
    -------
    Line or None
        None if no line fits, or if either is constant.
    """
    centred_x, centred_y = x - x.mean(), y - y.mean()
    power_x, power_y = float(centred_x @ centred_x), float(centred_y @ centred_y)
    if power_x <= 0.0 or power_y <= 0.0:
        return None
    product = float(centred_x @ centred_y)
    correlation = product / (power_x * power_y) ** 0.5
    step_x, step_y = _step(x), _step(y)
    loss = (step_x**2 / power_x + step_y**2 / power_y) * x.size / 24
    if 1.0 - abs(correlation) > min(_LOSS_SLACK * loss + 1e-12, _MOST_LOSS):
        return None
    least = 1e-9 * float(np.abs(centred_y).max())
    if float(np.abs(y - x).max()) <= _ROUNDING * (step_x + step_y) / 2 + least:
        return Line(1.0, 0.0, same=True)
    slope = product / power_x
    tolerance = _ROUNDING * (step_y + abs(slope) * step_x) / 2 + least
    if float(np.abs(centred_y - slope * centred_x).max()) > tolerance:
        return None
    return Line(slope, float(y.mean() - slope * x.mean()), same=False)


def _step(values: Array) -> float:
    """Return the rounding step of predictions: the smallest distance between two of them."""
    distances = np.diff(np.unique(values))
    # Smaller distances come from floating-point error, as in 0.1 + 0.2.
    real = distances[distances > 1e-9 * float(np.ptp(values))]
    return float(real.min()) if real.size else 0.0


def sketch(predictions: Array) -> Array | None:
    """Return random projections of standardised predictions; None for constant ones."""
    centred = predictions - predictions.mean()
    length = float(np.sqrt(centred @ centred))
    if length == 0.0 or not np.isfinite(length):
        return None
    if centred.size > _SKETCH:
        centred = centred @ _projections(centred.size)
        length = float(np.sqrt(centred @ centred))
    return centred / length if length else None


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
    labels = list(rows)
    pairs = ((i, j) for i in range(len(labels)) for j in range(i))
    lines = {(i, j): line_between(rows[labels[j]], rows[labels[i]]) for i, j in pairs}
    return _findings(
        "team-repeats-itself", labels, {pair: line for pair, line in lines.items() if line}
    )


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
        instead.
    """
    between: dict[tuple[int, int], Line] = {}
    within: dict[tuple[int, int], Line] = {}
    for i, j in _candidates(subjects):
        one, other = subjects[i], subjects[j]
        same_bytes = one.sha256 is not None and one.sha256 == other.sha256
        if one.team != other.team and same_bytes:
            continue
        line = _line(predictions(j), predictions(i))
        if line is not None:
            (within if one.team == other.team else between)[i, j] = line
    names = [_name(subject) for subject in subjects]
    return [
        *_findings("same-predictions", names, between),
        *_findings("team-repeats-itself", names, within),
    ]


def _name(subject: Subject) -> str:
    return f"{subject.system} of {subject.team}"


def _line(x: Array | None, y: Array | None) -> Line | None:
    return None if x is None or y is None else line_between(x, y)


def _candidates(subjects: Sequence[Subject]) -> Iterator[tuple[int, int]]:
    """Yield pairs (i, j), j < i, of systems whose sketches are near enough to be alike."""
    places = [place for place, subject in enumerate(subjects) if subject.sketch is not None]
    if len(places) < 2:
        return
    sketches = np.stack([subject.sketch for subject in subjects if subject.sketch is not None])
    for first in range(0, len(places), _ROWS):
        rows = sketches[first : first + _ROWS] @ sketches.T
        near = 1.0 - np.abs(rows) <= _MOST_LOSS * _SKETCH_ERROR
        for i, j in np.argwhere(near).tolist():
            if j < first + i:
                yield places[first + i], places[j]


def _findings(
    name: str, names: Sequence[str], lines: Mapping[tuple[int, int], Line]
) -> list[Finding]:
    """Return one finding for each group of alike systems."""
    findings = []
    for group in _groups(lines):
        shown = listing((visible(names[place]) for place in group), _SHOWN)
        others = [
            (pair, line) for pair, line in lines.items() if pair[0] in group and not line.same
        ]
        message = f"same predictions, within rounding: {shown}"
        if others:
            (i, j), line = others[0]
            sign = "+" if line.offset >= 0 else "−"
            equation = f"{line.slope:.4g} × {visible(names[j])} {sign} {abs(line.offset):.4g}"
            line_shown = f"{visible(names[i])} = {equation}"
            message = f"linearly related predictions: {shown} ({line_shown}, within rounding)"
        findings.append(rule(name).finding(message, count=len(group)))
    return sorted(findings, key=lambda finding: finding.message)


def _groups(pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Return the groups that pairs of systems form, each in order."""
    group_of: dict[int, set[int]] = {}
    for i, j in pairs:
        joined = group_of.get(i, {i}) | group_of.get(j, {j})
        for member in joined:
            group_of[member] = joined
    return sorted({tuple(sorted(group)): sorted(group) for group in group_of.values()}.values())
