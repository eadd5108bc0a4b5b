"""Result models of leaderboards, and of their rankings under screening."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from xacle_eval.challenge.presentation import Presentation
from xacle_eval.challenge.rules import Kind
from xacle_eval.metrics import DEFAULT_METRICS
from xacle_eval.models.display import draw
from xacle_eval.models.frames import frame_of_rows
from xacle_eval.models.model import Model, Result
from xacle_eval.references.model import ReferenceSummary
from xacle_eval.results.breakdown import Breakdown
from xacle_eval.results.figure import Figure
from xacle_eval.results.score import LevelScores
from xacle_eval.results.uncertainty import EntryUncertainty, ResamplingSummary
from xacle_eval.submissions.findings import Finding, IgnoredUpload
from xacle_eval.text import PathText, count

if TYPE_CHECKING:
    import pandas as pd

    from xacle_eval.results.targets import OverallEntry

__all__ = [
    "By",
    "Entry",
    "FigureKind",
    "Leaderboard",
    "ScreenedPlace",
    "ScreenedRanking",
    "Unranked",
    "flat_metrics",
    "has_uncompeting",
    "shown_decimals",
]

By = Literal["system", "team"]
FigureKind = Literal["forest", "blob", "matrix"]
"""The figures of a board."""


class Entry(Model):
    """A system of a leaderboard.

    ``rank`` is None for a baseline and a system out of competition (``kind``), which stand in
    their place by value. ``metrics`` are the scores at the pair level. ``rounded`` are the values
    that the ranking compares, at its own level.
    """

    rank: int | None
    kind: Kind = "competing"
    team: str
    system: str
    path: PathText = ""
    sha256: str | None = None
    metrics: dict[str, float | None]
    rounded: dict[str, float | None]
    undefined: tuple[str, ...] = ()
    levels: dict[str, LevelScores] = {}
    uncertainty: EntryUncertainty | None = None
    breakdown: Breakdown | None = None
    findings: tuple[Finding, ...] = ()


class Unranked(Model):
    """A submission that is not ranked; ``findings`` state the reason."""

    path: PathText
    system: str
    team: str
    findings: tuple[Finding, ...]


class ScreenedPlace(Model):
    """A system ranked under screening, with its metrics at the ranking's level.

    ``rank`` is None if a metric of the ranking's order is undefined, or if the system does not
    compete.
    """

    rank: int | None
    team: str
    system: str
    metrics: dict[str, float | None]


class ScreenedRanking(Model):
    """The ranking of a leaderboard's systems under one screening method.

    The references are averaged without the ratings that the method removes. ``places`` are in
    the order of the leaderboard. They are empty if the method cannot be applied or removes all
    ratings of a pair (``pairs_lost``); ``note`` then states the reason. The numbers of removed
    ratings and listeners are None if the method was not applied. ``untested`` counts the ratings
    or listeners that it could not test; they are kept.
    """

    method: str
    parameters: dict[str, float | str | bool | None] = {}
    n_ratings: int
    n_removed: int | None = None
    n_listeners_removed: int | None = None
    untested: int | None = None
    pairs_lost: tuple[str, ...] = ()
    places: tuple[ScreenedPlace, ...] = ()
    note: str = ""

    @property
    def public_note(self) -> str:
        """The note without ids of pairs."""
        if not self.pairs_lost:
            return self.note
        return f"would leave {count(len(self.pairs_lost), 'pair')} without ratings"

    def to_frame(self) -> pd.DataFrame:
        """Return one row per system, in the order of the leaderboard."""
        rows = [{**place.model_dump(exclude={"metrics"}), **place.metrics} for place in self.places]
        names = tuple(self.places[0].metrics) if self.places else DEFAULT_METRICS
        return frame_of_rows(rows, ["rank", "team", "system", *names])


class Leaderboard(Result):
    """Systems, or the best system of each team, in rank order.

    Systems that do not compete have no rank; ``by`` does not apply to them, so all are shown.
    ``level`` is the level at which systems are ranked, ``order`` the metrics in the order in which
    they decide, and ``decimals`` the precision at which they are compared; with a ``step``, all
    metrics are multiples of it. ``findings`` concern several submissions together; ``ignored`` are
    the uploads that were not read. ``references`` and ``split`` are None for published results,
    ``part`` also if the whole split is scored.
    """

    challenge: str
    split: str | None = None
    part: str | None = None
    references: ReferenceSummary | None = None
    by: By = "system"
    level: str = "pair"
    order: tuple[str, ...]
    decimals: int
    step: float | None = None
    entries: tuple[Entry, ...]
    unranked: tuple[Unranked, ...] = ()
    findings: tuple[Finding, ...] = ()
    ignored: tuple[IgnoredUpload, ...] = ()
    resampling: ResamplingSummary | None = None
    screenings: tuple[ScreenedRanking, ...] = ()
    signature: str
    presentation: Presentation | None = None

    def plot(self, kind: FigureKind = "forest") -> Figure:
        """Return a figure of the board, with rounded numbers as in its texts.

        Parameters
        ----------
        kind : {"forest", "blob", "matrix"}
            The first metric with its intervals and noise ceiling; how often each system had each
            rank over the resamples; or which systems differ significantly, with the clusters.

        Raises
        ------
        UsageError
            If the kind is unknown, the board has no numbers for it, or Jinja2 is not installed.
        """
        found: Figure = draw("board_figure", self, kind)
        return found

    @property
    def shown_decimals(self) -> int:
        """The decimals of shown metrics; fewer than are compared if the challenge says so."""
        return shown_decimals(self.decimals, self.presentation)


def shown_decimals(compared: int, presentation: Presentation | None) -> int:
    """Return the decimals of the metrics of a board, of which `compared` decide ranks."""
    return compared if presentation is None else min(compared, presentation.decimals)


def has_uncompeting(entries: Iterable[Entry | OverallEntry]) -> bool:
    """Return whether a system is a baseline or out of competition."""
    return any(entry.kind != "competing" for entry in entries)


def flat_metrics(entry: Entry) -> dict[str, float | None]:
    """Return the metrics of all levels in one dict, with keys like ``SRCC`` and ``SRCC_system``."""
    metrics = dict(entry.metrics)
    for level, scores in entry.levels.items():
        metrics.update({f"{name}_{level}": value for name, value in scores.metrics.items()})
    return metrics
