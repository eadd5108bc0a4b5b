"""Result models of challenges with several targets: one result for each, and the overall board."""

from __future__ import annotations

from typing import Literal, Self

from xacle_eval.challenge.presentation import Presentation
from xacle_eval.challenge.rules import Kind
from xacle_eval.models.display import draw, read_json
from xacle_eval.models.model import Model, Result
from xacle_eval.results.comparison import SystemComparison
from xacle_eval.results.figure import Figure
from xacle_eval.results.leaderboard import By, FigureKind, Leaderboard, Unranked, shown_decimals
from xacle_eval.results.score import ScoreCard
from xacle_eval.results.uncertainty import Bounds, NoInterval, ResamplingSummary
from xacle_eval.submissions.findings import Finding, IgnoredUpload
from xacle_eval.text import PathText

__all__ = [
    "OverallBoard",
    "OverallEntry",
    "OverallUncertainty",
    "TargetBoards",
    "TargetComparisons",
    "TargetScores",
]


class TargetScores(Result):
    """The scores of one system for every target.

    ``targets`` holds a score card by target, in the order of the challenge file. ``absent`` lists
    the optional targets that are not scored: the submission has no predictions for them, or no
    references are given. ``findings`` are all findings about the submission; the cards have those
    about the file and about their own column.
    """

    challenge: str
    split: str
    path: PathText
    sha256: str | None
    system: str
    team: str
    targets: dict[str, ScoreCard]
    absent: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    presentation: Presentation | None = None

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read the JSON of the scores of one system again; see `Result.from_json`."""
        return cls(**dict(read_json(_ScoresDocument, text, cls.__name__).systems[0]))


class _ScoresDocument(Model):
    """The JSON document of the scores of one system."""

    systems: tuple[TargetScores]


class OverallUncertainty(Model):
    """The uncertainty of a system on the overall board.

    The rules of all boards and that of the overall board are applied in every resample; the same
    pairs are drawn for every target. ``interval`` is that of the value, ``no_interval`` is the
    reason why there is none. The others are as in `EntryUncertainty`; they are None or empty for a
    system that does not compete. For the mean of ranks, the simultaneous sets combine those of all
    targets, and there is no marginal set.
    """

    interval: Bounds
    no_interval: NoInterval = ""
    rank_low: int | None = None
    rank_median: int | None = None
    rank_high: int | None = None
    p_first: float | None = None
    podium: tuple[float, ...] = ()
    rank_counts: tuple[int, ...] = ()
    rank_marginal_low: int | None = None
    rank_marginal_high: int | None = None
    rank_simultaneous_low: int | None = None
    rank_simultaneous_high: int | None = None
    cluster: int | None = None
    letters: str = ""


class OverallEntry(Model):
    """A system of the overall board.

    ``value`` is the mean of ``by_target``: the system's ranks on the boards of the targets, or
    its values of the first metric there, rounded as in the ranking. The rank of a system that does
    not compete is None; its place on the board of a target counts as if it competed alone against
    the competing systems.
    """

    rank: int | None
    kind: Kind = "competing"
    team: str
    system: str
    path: PathText = ""
    value: float
    by_target: dict[str, float]
    uncertainty: OverallUncertainty | None = None


class OverallBoard(Result):
    """The systems that are ranked for every target, ordered by one value.

    ``rule`` is ``mean-rank`` (lower is better) or ``mean``, the mean of ``metric``. ``unranked``
    lists the systems that are on the boards of some targets only. ``level`` is that of the boards,
    or ``pair`` if they differ. ``split``, ``part`` and ``reference_kinds`` are those of the boards.
    """

    rule: Literal["mean-rank", "mean"]
    metric: str | None = None
    by: By = "system"
    level: str = "pair"
    decimals: int
    entries: tuple[OverallEntry, ...]
    unranked: tuple[Unranked, ...] = ()
    resampling: ResamplingSummary | None = None
    signature: str
    split: str | None = None
    part: str | None = None
    reference_kinds: tuple[str, ...] = ()
    presentation: Presentation | None = None

    def plot(self, kind: FigureKind = "forest") -> Figure:
        """Return a figure of the board; see `Leaderboard.plot`."""
        found: Figure = draw("board_figure", self, kind)
        return found

    @property
    def shown_decimals(self) -> int:
        """The decimals of shown values; fewer than are compared if the challenge says so."""
        return shown_decimals(self.decimals, self.presentation)


class TargetBoards(Result):
    """A leaderboard for every target, and the overall board if the challenge file asks for one.

    ``unranked`` and ``findings`` are what all boards have in common, and ``ignored`` the uploads
    that were not read; they are not repeated there.
    """

    challenge: str
    split: str | None = None
    by: By = "system"
    targets: dict[str, Leaderboard]
    overall: OverallBoard | None = None
    unranked: tuple[Unranked, ...] = ()
    findings: tuple[Finding, ...] = ()
    ignored: tuple[IgnoredUpload, ...] = ()
    presentation: Presentation | None = None

    @property
    def all_unranked(self) -> tuple[Unranked, ...]:
        """The submissions that are not on every board."""
        own = (one for board in self.targets.values() for one in board.unranked)
        return (*self.unranked, *own)


class TargetComparisons(Result):
    """The comparisons of the same systems for every target; p-values are adjusted per target."""

    challenge: str
    split: str
    targets: dict[str, SystemComparison]
    presentation: Presentation | None = None
