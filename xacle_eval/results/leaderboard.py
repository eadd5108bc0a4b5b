"""Leaderboards: ranked and unranked systems, and the ranking under each screening."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from xacle_eval.metrics import METRICS
from xacle_eval.references.model import ReferenceSummary
from xacle_eval.results.score import LevelScores
from xacle_eval.results.uncertainty import EntryUncertainty, ResamplingSummary
from xacle_eval.submissions.findings import Finding

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "By",
    "Entry",
    "Leaderboard",
    "ScreenedPlace",
    "ScreenedRanking",
    "Unranked",
    "flat_metrics",
]


By = Literal["system", "team"]


class Entry(BaseModel):
    """A ranked system; ``rounded`` are the values that were compared, at the ranking's level."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    rank: int
    team: str
    system: str
    path: str = ""
    sha256: str | None = None
    metrics: dict[str, float | None]
    rounded: dict[str, float | None]
    undefined: tuple[str, ...] = ()
    levels: dict[str, LevelScores] = {}
    uncertainty: EntryUncertainty | None = None
    findings: tuple[Finding, ...] = ()


class Unranked(BaseModel):
    """A submission that is not ranked, and why."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    path: str
    system: str
    team: str
    findings: tuple[Finding, ...]


class ScreenedPlace(BaseModel):
    """One system under a screening: its metrics at the ranking's level and its rank, None if it has
    none.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)

    rank: int | None
    team: str
    system: str
    metrics: dict[str, float | None]


class ScreenedRanking(BaseModel):
    """The systems of a leaderboard, ranked against references without what a screening method
    removes.

    ``places`` are in the leaderboard's order. They are empty, and ``note`` says why, where
    the method cannot be applied or takes the last rating of a pair (``pairs_lost``); what it
    removes is then None if it was not applied. ``untested`` counts what the rule could not judge.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)

    method: str
    parameters: dict[str, float | str | bool | None] = {}
    n_ratings: int
    n_removed: int | None = None
    n_listeners_removed: int | None = None
    untested: int | None = None
    pairs_lost: tuple[str, ...] = ()
    places: tuple[ScreenedPlace, ...] = ()
    note: str = ""

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each system, in the leaderboard's order."""
        import pandas as pd

        rows = [{**place.model_dump(exclude={"metrics"}), **place.metrics} for place in self.places]
        return pd.DataFrame(rows, columns=["rank", "team", "system", *METRICS])


class Leaderboard(BaseModel):
    """Systems, or the best one of each team, in rank order."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    challenge: str
    split: str | None = None
    references: ReferenceSummary | None = None
    by: By = "system"
    level: str = "pair"
    order: tuple[str, ...]
    decimals: int
    entries: tuple[Entry, ...]
    unranked: tuple[Unranked, ...] = ()
    findings: tuple[Finding, ...] = ()
    resampling: ResamplingSummary | None = None
    screenings: tuple[ScreenedRanking, ...] = ()
    signature: str

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each entry, in rank order; group levels as columns like
        ``SRCC_system``.
        """
        import pandas as pd

        rows = [
            {"rank": e.rank, "team": e.team, "system": e.system, **flat_metrics(e)}
            for e in self.entries
        ]
        columns = [
            "rank",
            "team",
            "system",
            *(flat_metrics(self.entries[0]) if self.entries else METRICS),
        ]
        return pd.DataFrame(rows, columns=columns)


def flat_metrics(entry: Entry) -> dict[str, float | None]:
    """Return an entry's metrics of all levels under one name each."""
    metrics = dict(entry.metrics)
    for level, scores in entry.levels.items():
        metrics.update({f"{name}_{level}": value for name, value in scores.metrics.items()})
    return metrics
