"""Result models of a plan for a test set."""

from __future__ import annotations

from xacle_eval.models.model import Model, Result
from xacle_eval.submissions.findings import Finding

__all__ = ["PlanReport", "PlannedDesign"]


class PlannedDesign(Model):
    """One number of listeners per pair.

    ``ceiling`` is the metric of a perfect predictor with so many listeners, ``difference`` the
    difference to find as it appears with them. ``pairs`` find it with the given power; ``ratings``
    is pairs times listeners, ``cost`` adds the cost of the pairs themselves. ``error`` is the
    standard error of the difference times the root of the number of pairs. ``detectable`` is the
    smallest difference that as many pairs as the pilot's find with that power, for the pilot's
    number of listeners; None if no system can be so much worse.
    """

    listeners: int
    ceiling: float | None
    difference: float
    error: float
    pairs: int
    ratings: int
    cost: float
    detectable: float | None


class PlanReport(Result):
    """How many pairs and listeners per pair a test set needs, from pilot ratings.

    ``cheapest`` is the number of listeners per pair of the design with the lowest cost. The pilot
    has ``pilot_pairs`` pairs, and ``pilot_listeners`` ratings per pair (median). ``model`` is the
    variant of the model of its ratings; empty if its listeners agree exactly. ``distinguishes`` is
    false if the interval of its reliability includes zero.
    """

    challenge: str
    split: str | None
    part: str | None = None
    target: str | None = None
    path: str
    sha256: str | None
    excluded: int
    metric: str
    difference: float
    power: float
    alpha: float
    score: float
    between: float
    pair_cost: float
    seed: int
    pilot_pairs: int
    pilot_listeners: int
    model: str
    distinguishes: bool = True
    designs: tuple[PlannedDesign, ...]
    cheapest: int
    findings: tuple[Finding, ...] = ()
