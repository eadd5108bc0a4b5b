"""Result models of comparisons of systems by paired tests."""

from __future__ import annotations

from collections.abc import Sequence

from xacle_eval.challenge.presentation import Presentation
from xacle_eval.models.display import draw
from xacle_eval.models.model import Model, Result
from xacle_eval.references.model import ReferenceSummary
from xacle_eval.results.figure import Figure
from xacle_eval.results.score import ScoreCard
from xacle_eval.text import PathText

__all__ = ["TESTS", "ComparedPair", "SystemComparison", "TestResult"]

# The tests of a comparison, in the order in which results show them.
TESTS = ("permutation", "bootstrap", "williams")


class TestResult(Model):
    """The two-sided p-value of one test, raw (``p``) and adjusted by Holm (``adjusted``).

    Values are in [0, 1]; None if the test is undefined.
    """

    __test__ = False  # not for pytest to collect

    p: float | None
    adjusted: float | None


class ComparedPair(Model):
    """Two systems compared by one metric.

    ``difference`` is the first value minus the second, in the metric's own units; ``low`` and
    ``high`` are the ends of its interval, ``standard_error`` is its bootstrap standard error.
    ``smallest_significant`` is the smallest difference that a single test would detect with these
    pairs. ``p_first`` and ``p_second`` are the one-sided p-values of the permutation test; a small
    value means that this system is better. ``undefined`` counts the resamples in which the
    difference is undefined. Values that do not exist are None.

    ``adjusted_p`` is the p of the verdict, adjusted over the family, and ``significant`` says
    whether it is at most alpha; ``smallest_p`` is the smallest one that these pairs and draws could
    give. With a margin, ``equivalent_p`` is the adjusted p that the difference is smaller than it,
    and ``equivalent`` the conclusion. ``swapped`` is what the permutation test swapped: ``values``,
    ``ranks``, ``z-scores``, or ``none`` if one system is coarse and the other is not; None if it
    was not run.
    """

    first: PathText
    second: PathText
    metric: str
    first_value: float | None
    second_value: float | None
    difference: float | None
    low: float | None
    high: float | None
    standard_error: float | None
    smallest_significant: float | None
    permutation: TestResult
    bootstrap: TestResult
    williams: TestResult
    p_first: float | None
    p_second: float | None
    identical: bool
    undefined: int
    verdict: PathText
    adjusted_p: float | None = None
    significant: bool = False
    smallest_p: float | None = None
    margin: float | None = None
    equivalent_p: float | None = None
    equivalent: bool | None = None
    swapped: str | None = None

    def to_row(self) -> dict[str, str | float | None]:
        """Return the values in one row, with p-values such as ``p_bootstrap`` per test."""
        tests = {name: getattr(self, name) for name in TESTS}
        row: dict[str, str | float | None] = self.model_dump(exclude=set(TESTS))
        for name, test in tests.items():
            row |= {f"p_{name}": test.p, f"adjusted_{name}": test.adjusted}
        return row


class SystemComparison(Result):
    """Comparisons of every system pair by every metric.

    ``coverage`` is that of the intervals, ``n`` the number of pairs (or groups) at ``level``, and
    ``family`` the number of comparisons over which the p of verdicts is adjusted: those of one
    metric for ``correction`` max-t, all of them for holm. ``test`` is the test of the verdicts.
    ``part`` is the part of the split that is scored, None for the whole split. With ``against``,
    only comparisons with this system are made. ``permutations`` is 0 if the permutation test was
    not run. ``resamples_requested`` is the number that was asked for, if it was raised.
    ``n_parts`` is the number of parts of pairs that share listeners; None without ratings, and for
    groups. With ``one_by_one``, texts also show every two systems by themselves.
    """

    challenge: str
    split: str
    part: str | None = None
    references: ReferenceSummary
    level: str
    n: int
    systems: tuple[ScoreCard, ...]
    comparisons: tuple[ComparedPair, ...]
    alpha: float
    coverage: float
    resamples: int
    permutations: int
    seed: int
    resample: str
    resamples_requested: int | None = None
    n_parts: int | None = None
    test: str = "studentised paired bootstrap"
    correction: str = "max-t"
    family: int
    against: str | None = None
    names: tuple[str, ...] = ()
    signature: str
    one_by_one: bool = False
    presentation: Presentation | None = None

    def plot(self, metrics: str | Sequence[str] | None = None) -> Figure:
        """Return a figure of the differences with their intervals, by metric.

        Parameters
        ----------
        metrics : str or sequence of str, optional
            The metrics that are drawn; by default all that were compared.

        Raises
        ------
        UsageError
            If a metric was not compared, there is nothing to draw or too much, or Jinja2 is not
            installed.
        """
        found: Figure = draw("comparison_figure", self, metrics)
        return found
