"""Result models of uncertainty, and the settings of the bootstrap.

`xacle_eval.evaluation.uncertainty` fills the models.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from xacle_eval.errors import UsageError, check_arguments, check_choice, value_text
from xacle_eval.models.model import Model

__all__ = [
    "MOST_RAISED",
    "REMOVED_LISTENERS",
    "Bootstrap",
    "Bounds",
    "Ceilings",
    "EntryUncertainty",
    "Method",
    "NoInterval",
    "ResamplingSummary",
    "Unit",
    "check_alpha",
]

_LONGEST_TIMEOUT = 86_400
_CHECKED = (
    "resamples", "seed", "level", "alpha", "resample", "method", "jobs", "scheduler",
    "scheduler_timeout", "fallback", "kernels", "progress",
)  # fmt: skip
_ALPHA = (1e-6, 0.5)
"""Smaller ones need more resamples than are added, and with larger ones nothing is bounded."""
# No computer finishes more; numpy refuses more than memory can address.
_MOST_RESAMPLES = 10**9
MOST_RAISED = 100_000
"""Resamples up to which their number is raised if a test needs more."""
Resample = Literal["auto", "pairs"]
Unit = Literal["pairs", "parts"]
Method = Literal["percentile", "bca", "normal"]
FEW_PAIRS = 100
"""With fewer pairs, groups or parts, the default interval is normal."""
NoInterval = Literal["", "few", "limit"]
"""Why a metric has no interval."""
Fallback = Literal["none", "local"]
Bounds = dict[str, float | None]
"""The ends of an interval, ``low`` and ``high``; None if every resample is undefined."""
REMOVED_LISTENERS = (
    "listeners are not redrawn any more: redrawing the listeners of each pair made intervals that "
    "miss what pairs with the same listeners have in common; leave out --resample "
    "(resample=... in Python) to resample such pairs together"
)


def check_alpha(alpha: float) -> float:
    """Return a significance level; UsageError unless it is from 1e-6 to 0.5."""
    if not _ALPHA[0] <= alpha <= _ALPHA[1]:
        raise UsageError(
            f"--alpha (alpha in Python) must be from {_ALPHA[0]:g} to {_ALPHA[1]:g}, got {alpha}"
        )
    return alpha


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """Settings of the bootstrap.

    Attributes
    ----------
    resamples : int
        Number of resamples, from 1 to 10**9; use 1,000 for a quick look and 10,000 for a report.
    seed : int
        Seed of the random numbers, 0 or more. Results depend on the seed but not on the number of
        workers.
    level : float
        Coverage of the intervals, between 0 and 1 (exclusive).
    alpha : float
        Significance level, from 1e-6 to 0.5: a difference is significant if p <= alpha.
    resample : {"auto", "pairs"}
        With ``auto``, pairs that share listeners are drawn together: the connected parts of the
        graph of pairs and listeners, where there are at least 30, otherwise the pairs. With
        ``pairs``, always the pairs.
    method : {"auto", "percentile", "bca", "normal"}
        Method of the intervals. With ``auto``, it is normal (on the scale of atanh or log) for
        fewer than 100 pairs, groups or parts (what is drawn), otherwise percentile. BCa corrects
        the bias of small samples.
    jobs : int
        Number of processes on this machine.
    scheduler : str, optional
        Address of a running Dask scheduler to use instead of local processes. The scheduler is
        trusted: its results are unpickled.
    scheduler_timeout : float
        Seconds to wait for the scheduler: until it answers and has a worker, and later without a
        result while it does not answer or has no worker.
    fallback : {"none", "local"}
        With ``local``, work that the cluster cannot do is done by `jobs` local processes.
    kernels : {"numba", "numpy"}, optional
        Implementation of the inner loops; by default the fastest one available. The results are
        the same.
    progress : callable, optional
        Called as ``progress(done, total)``.

    Raises
    ------
    UsageError
        If a number is out of range or a name is unknown.
    """

    resamples: int = 10_000
    seed: int = 0
    level: float = 0.95
    alpha: float = 0.05
    resample: Resample = "auto"
    method: Literal["auto"] | Method = "auto"
    jobs: int = 1
    scheduler: str | None = None
    scheduler_timeout: float = 30.0
    fallback: Fallback = "none"
    kernels: str | None = None
    progress: Callable[[int, int], None] | None = None

    def __post_init__(self) -> None:
        check_arguments(
            **{name: getattr(self, name) for name in _CHECKED},
            optional=("scheduler", "kernels", "progress"),
        )
        if self.resamples < 1:
            raise UsageError(f"the number of resamples must be at least 1, got {self.resamples}")
        if self.resamples > _MOST_RESAMPLES:
            raise UsageError(
                f"the number of resamples must be at most {_MOST_RESAMPLES:,}, "
                f"got {value_text(self.resamples)}"
            )
        if self.seed < 0:
            raise UsageError(f"the seed must be 0 or more, got {self.seed}")
        if not 0.0 < self.scheduler_timeout <= _LONGEST_TIMEOUT:
            raise UsageError(
                f"the timeout of the scheduler must be above 0 and at most {_LONGEST_TIMEOUT:,} "
                f"seconds, got {self.scheduler_timeout:g}"
            )
        if not 0.0 < self.level < 1.0:
            raise UsageError(f"level must be between 0 and 1, got {self.level:g}")
        check_alpha(self.alpha)
        if self.resample == "listeners":  # type: ignore[comparison-overlap]
            raise UsageError(REMOVED_LISTENERS)
        for name, chosen, known in (
            ("resample", self.resample, get_args(Resample)),
            ("method", self.method, ("auto", *get_args(Method))),
            ("fallback", self.fallback, get_args(Fallback)),
        ):
            check_choice(name, chosen, known)

    @classmethod
    def of(cls, given: Bootstrap | int | None) -> Bootstrap | None:
        """Return settings; a number stands for so many resamples.

        Raises
        ------
        UsageError
            If `given` is of another type, or the number is out of range.
        """
        if given is None or isinstance(given, cls):
            return given
        check_arguments(bootstrap=given, optional=("bootstrap",))
        return cls(resamples=int(given))  # type: ignore[arg-type]

    def raised(self, needed: int) -> Bootstrap:
        """Return the settings with at least `needed` resamples.

        If more than 100,000 are needed, they are not raised: results then say what is needed.
        """
        if needed <= self.resamples or needed > MOST_RAISED:
            return self
        return replace(self, resamples=needed)

    def method_for(self, n: int) -> Method:
        """Return the method of the intervals for a number of pairs, groups or parts."""
        if self.method != "auto":
            return self.method
        return "normal" if n < FEW_PAIRS else "percentile"

    def tag(
        self, *levels: str, unit: Unit = "pairs", methods: Sequence[Method] = ("percentile",)
    ) -> str:
        """Return the part of the signature that describes the bootstrap.

        Parameters
        ----------
        *levels : str
            The levels that are resampled: ``pair``, or names of groups, whose groups are drawn.
        unit : {"pairs", "parts"}
            What is drawn at the pair level.
        methods : sequence of str
            The methods of the intervals.
        """
        interval = ",".join(f"{each}{100 * self.level:.10g}" for each in dict.fromkeys(methods))
        units = ",".join(unit if level == "pair" else level for level in levels)
        drawn = f"bootstrap:{self.resamples}|seed:{self.seed}|resample:{units}"
        return f"{drawn}|interval:{interval}"


class EntryUncertainty(Model):
    """The uncertainty of one system.

    ``rank_marginal_low`` to ``rank_marginal_high`` is the confidence set of its rank by the first
    metric; the sets ``rank_simultaneous_low`` to ``rank_simultaneous_high`` of all systems hold
    together. ``rank_low`` to ``rank_high`` is the interval of its ranks over the resamples, in each
    of which the full ranking rule is applied; it covers the true rank of a system that is close to
    others less often than its level says. ``p_first`` is the share of resamples in which it has
    rank 1, alone or with others; ``podium`` holds the shares of ranks 1, 2 and 3. Systems that
    share one of ``letters`` do not differ significantly in the first metric. ``cluster`` counts
    from 1, best first; systems of different clusters differ significantly.
    ``rank_counts`` are the numbers of resamples in which it has rank 1, 2 and so on, up to its
    worst one.
    ``first_key_ranks`` are its ranks if another metric came first in the ranking's order.
    ``undefined`` counts, for each metric, the resamples in which it is undefined. ``no_interval``
    is as in `LevelScores`.
    ``ceiling_share`` is each metric divided by its noise ceiling. The ranks, shares, cluster and
    letters are those among the competing systems; they are None or empty for another system.
    """

    intervals: dict[str, Bounds]
    undefined: dict[str, int] = {}
    no_interval: dict[str, NoInterval] = {}
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
    first_key_ranks: dict[str, int] = {}
    ceiling_share: dict[str, float | None] = {}


class Ceilings(Model):
    """Noise ceiling and floor: the scores a perfect predictor would get against these references.

    ``ceiling`` holds the expected SRCC, LCC and KTAU of the true scores, ``floor`` their expected
    MSE in squared points. Both are estimated from the listeners' ratings, with intervals. ``note``
    holds warnings about the estimates. ``model`` is the variant of the model of the ratings that
    SRCC and KTAU come from, ``other_model`` the best one that was not chosen, with its ceilings as
    ``other``.
    """

    ceiling: dict[str, float | None]
    ceiling_intervals: dict[str, Bounds]
    floor: float | None
    floor_interval: Bounds
    note: str = ""
    model: str = ""
    other_model: str = ""
    other: dict[str, float | None] = {}


class ResamplingSummary(Model):
    """How the uncertainty was estimated, and how stable the ranking is as a whole.

    ``rank_agreement`` is Kendall's tau between the ranking and the rankings of the resamples: its
    mean and its 2.5 % quantile (``low``). ``smallest_difference`` is the detectable difference in
    the first metric, as a median over neighbours in the ranking. ``units`` are the levels whose
    groups were resampled, if any: all pairs of a drawn group are drawn together. ``resample`` is
    what was drawn at the pair level: ``n_parts`` parts of ``n_pairs`` pairs that share listeners,
    or pairs; the numbers are None if the references are averages. ``method`` is that of the
    intervals at the ranking's level, or of the pairs; ``level_methods`` are those of other levels
    where they differ. ``method_requested`` is the one that was asked for, if a mean over targets
    cannot have it. ``ceilings`` are
    those of the ranking's level, or of the pairs for a single system; ``level_ceilings`` are those
    of the group levels of a single system.

    The differences of all system pairs in the first metric are one ``family``, whose p-values are
    adjusted together; clusters, letters and the confidence sets of ranks come from them.
    ``smallest_p`` is the smallest one that was possible, and ``could_be_first`` the number of
    systems whose simultaneous set contains rank 1. They are None if nothing was tested, and
    ``family`` is 0 if the systems are too many. ``difference_p`` has these p-values: a row for each
    competing system in the order of the board, with its p against each system before it; it is
    empty for more than 200 systems. ``resamples_requested`` is the number that was
    asked for, if it was too small for any p to reach alpha and was raised.
    """

    resamples: int
    seed: int
    level: float
    alpha: float
    resample: Unit
    method: Method
    resamples_requested: int | None = None
    test: str = "studentised paired bootstrap"
    correction: str = "max-t"
    family: int | None = None
    smallest_p: float | None = None
    could_be_first: int | None = None
    difference_p: tuple[tuple[float, ...], ...] = ()
    rank_agreement: dict[str, float | None] = {}
    smallest_difference: float | None = None
    ceilings: Ceilings | None = None
    units: tuple[str, ...] = ()
    level_ceilings: dict[str, Ceilings] = {}
    n_pairs: int | None = None
    n_parts: int | None = None
    level_methods: dict[str, Method] = {}
    method_requested: Method | None = None
