"""Result models of scores: the metrics of one system, with their signature."""

from __future__ import annotations

from xacle_eval.challenge.presentation import Presentation
from xacle_eval.models.display import draw
from xacle_eval.models.model import Model, Result
from xacle_eval.references.model import ReferenceSummary
from xacle_eval.results.breakdown import Breakdown
from xacle_eval.results.figure import Figure
from xacle_eval.results.profile import ErrorProfile
from xacle_eval.results.uncertainty import Bounds, NoInterval, ResamplingSummary
from xacle_eval.submissions.findings import Finding
from xacle_eval.text import PathText

__all__ = ["LevelScores", "Metrics", "ScoreCard"]

Metrics = dict[str, float | None]


class LevelScores(Model):
    """The metrics at one level: over the pairs, or over the averages of groups of pairs.

    ``n`` is the number of pairs or groups. ``undefined`` lists the metrics that are undefined,
    because the predictions or the references are constant, or an error is too large for a float.
    Their value in ``metrics`` is that of the challenge's policy, None if it does not rank them or
    for an error. ``undefined_resamples`` counts, for each metric, the resamples in which it is
    undefined. ``no_interval`` has the reason for each metric without an interval: ``few`` pairs or
    groups, or a value or resamples at a ``limit`` of the metric.
    """

    n: int
    metrics: Metrics
    undefined: tuple[str, ...] = ()
    intervals: dict[str, Bounds] | None = None
    undefined_resamples: dict[str, int] = {}
    no_interval: dict[str, NoInterval] = {}


class ScoreCard(Result):
    """The metrics of one system, with what is needed to reproduce them.

    ``sha256`` is that of the prediction file; ``levels`` holds the scores over groups by the
    group's name. ``part`` is the part of the split that is scored, None for the whole split. The
    other fields are as in `LevelScores`.
    """

    challenge: str
    split: str
    part: str | None = None
    references: ReferenceSummary
    path: PathText
    sha256: str | None
    system: str
    team: str
    n: int
    metrics: Metrics
    undefined: tuple[str, ...] = ()
    intervals: dict[str, Bounds] | None = None
    undefined_resamples: dict[str, int] = {}
    no_interval: dict[str, NoInterval] = {}
    levels: dict[str, LevelScores] = {}
    findings: tuple[Finding, ...] = ()
    resampling: ResamplingSummary | None = None
    profile: ErrorProfile | None = None
    breakdown: Breakdown | None = None
    signature: str
    presentation: Presentation | None = None

    def at(self, level: str) -> LevelScores:
        """Return the scores at a level.

        Parameters
        ----------
        level : str
            ``pair``, or the name of the challenge's group.

        Raises
        ------
        KeyError
            If the card has no such level.
        """
        if level == "pair":
            return LevelScores(
                n=self.n,
                metrics=self.metrics,
                undefined=self.undefined,
                intervals=self.intervals,
                undefined_resamples=self.undefined_resamples,
                no_interval=self.no_interval,
            )
        return self.levels[level]

    def plot(self) -> Figure:
        """Return a figure of the metrics with their intervals and noise ceilings, if there are any.

        Raises
        ------
        UsageError
            If every metric is undefined, or Jinja2 is not installed.
        """
        found: Figure = draw("scores_figure", self)
        return found
