"""Result models of challenges with several targets: one result for each, and the overall board."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from xacle_eval.challenge.rules import Kind
from xacle_eval.results.comparison import SystemComparison
from xacle_eval.results.leaderboard import By, Leaderboard, Unranked
from xacle_eval.results.score import ScoreCard
from xacle_eval.results.uncertainty import Bounds, NoInterval, ResamplingSummary
from xacle_eval.submissions.findings import Finding, IgnoredUpload
from xacle_eval.text import PathText

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "OverallBoard",
    "OverallEntry",
    "OverallUncertainty",
    "TargetBoards",
    "TargetComparisons",
    "TargetScores",
]


class TargetScores(BaseModel):
    """The scores of one system for every target.

    ``targets`` holds a score card by target, in the order of the challenge file. ``absent`` lists
    the optional targets that are not scored: the submission has no predictions for them, or no
    references are given. ``findings`` are all findings about the submission; the cards have those
    about the file and about their own column.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)

    challenge: str
    split: str
    path: PathText
    sha256: str | None
    system: str
    team: str
    targets: dict[str, ScoreCard]
    absent: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """Return one row per target and level, with its metrics."""
        return _join({name: card.to_frame() for name, card in self.targets.items()})


class OverallUncertainty(BaseModel):
    """The uncertainty of a system on the overall board.

    The rules of all boards and that of the overall board are applied in every resample; the same
    pairs are drawn for every target. ``interval`` is that of the value, ``no_interval`` is the
    reason why there is none. The others are as in `EntryUncertainty`; they are None or empty for a
    system that does not compete. For the mean of ranks, the simultaneous sets combine those of all
    targets, and there is no marginal set.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)

    interval: Bounds
    no_interval: NoInterval = ""
    rank_low: int | None = None
    rank_median: int | None = None
    rank_high: int | None = None
    p_first: float | None = None
    podium: tuple[float, ...] = ()
    rank_marginal_low: int | None = None
    rank_marginal_high: int | None = None
    rank_simultaneous_low: int | None = None
    rank_simultaneous_high: int | None = None
    cluster: int | None = None
    letters: str = ""


class OverallEntry(BaseModel):
    """A system of the overall board.

    ``value`` is the mean of ``by_target``: the system's ranks on the boards of the targets, or
    its values of the first metric there, rounded as in the ranking. The rank of a system that does
    not compete is None; its place on the board of a target counts as if it competed alone against
    the competing systems.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)

    rank: int | None
    kind: Kind = "competing"
    team: str
    system: str
    path: PathText = ""
    value: float
    by_target: dict[str, float]
    uncertainty: OverallUncertainty | None = None


class OverallBoard(BaseModel):
    """The systems that are ranked for every target, ordered by one value.

    ``rule`` is ``mean-rank`` (lower is better) or ``mean``, the mean of ``metric``. ``unranked``
    lists the systems that are on the boards of some targets only. ``level`` is that of the boards,
    or ``pair`` if they differ.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)

    rule: Literal["mean-rank", "mean"]
    metric: str | None = None
    by: By = "system"
    level: str = "pair"
    decimals: int
    entries: tuple[OverallEntry, ...]
    unranked: tuple[Unranked, ...] = ()
    resampling: ResamplingSummary | None = None
    signature: str

    def to_frame(self) -> pd.DataFrame:
        """Return one row per system, with its value and the parts of it."""
        import pandas as pd

        rows = [
            {
                "rank": entry.rank,
                "team": entry.team,
                "system": entry.system,
                "value": entry.value,
                **entry.by_target,
            }
            for entry in self.entries
        ]
        return pd.DataFrame(rows)


class TargetBoards(BaseModel):
    """A leaderboard for every target, and the overall board if the challenge file asks for one.

    ``unranked`` and ``findings`` are what all boards have in common, and ``ignored`` the uploads
    that were not read; they are not repeated there.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)

    challenge: str
    split: str | None = None
    by: By = "system"
    targets: dict[str, Leaderboard]
    overall: OverallBoard | None = None
    unranked: tuple[Unranked, ...] = ()
    findings: tuple[Finding, ...] = ()
    ignored: tuple[IgnoredUpload, ...] = ()

    @property
    def all_unranked(self) -> tuple[Unranked, ...]:
        """The submissions that are not on every board."""
        own = (one for board in self.targets.values() for one in board.unranked)
        return (*self.unranked, *own)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per target and entry."""
        return _join({name: board.to_frame() for name, board in self.targets.items()})


class TargetComparisons(BaseModel):
    """The comparisons of the same systems for every target; p-values are adjusted per target."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    challenge: str
    split: str
    targets: dict[str, SystemComparison]

    def to_frame(self) -> pd.DataFrame:
        """Return one row per target, system pair and metric."""
        return _join({name: each.to_frame() for name, each in self.targets.items()})


def _join(frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return tables below each other, with a first column ``target``."""
    import pandas as pd

    for name, frame in frames.items():
        frame.insert(0, "target", name)
    return pd.concat(list(frames.values()), ignore_index=True)
