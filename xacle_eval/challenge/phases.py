"""The phases of a challenge: when uploads are taken, how many, and what is shown of their scores.

The tables ``[phases.NAME]`` and ``[publish.phase.NAME]`` of a challenge file. No score depends on
them, so they are not in the hash of signatures.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field

from xacle_eval.challenge.fields import Name, Part
from xacle_eval.challenge.ladder import Shown, decimals_of_step, ladder, to_step
from xacle_eval.challenge.publishing import PhasePublishing
from xacle_eval.challenge.rounding import round_metric
from xacle_eval.metrics import METRICS
from xacle_eval.models.model import Model
from xacle_eval.text import did_you_mean, quote

if TYPE_CHECKING:
    from xacle_eval.challenge.model import Challenge, Split

__all__ = [
    "OPEN_DECIMALS",
    "Phase",
    "Release",
    "check_phases",
    "parts_of_phases",
    "phase_warnings",
    "phases_of",
    "release_of",
    "split_of",
    "worst_score",
]

OPEN_DECIMALS = 1
"""The decimals of scores on a platform, where the challenge file names no others.

With two decimals of SRCC, ten probes of 3,000 pairs reveal about one label; with one decimal they
reveal none (docs/explanations/what-a-public-score-leaks.md).
"""

# The largest value with the four digits of an error that is below 1e10.
_LARGEST_SHOWN = 9.999e9
_Count = Annotated[int, Field(ge=1, le=1_000_000, strict=True)]


def _check_zone(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(
            f"expected a date and time with a time zone, got {moment.isoformat()}; write "
            f"{moment.isoformat()}Z for UTC or {moment.isoformat()}-12:00 for anywhere on earth"
        )
    try:
        moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{moment.isoformat()} is no date in UTC") from None
    return moment


Moment = Annotated[datetime, Field(strict=True), AfterValidator(_check_zone)]


class Phase(Part):
    """A time in which submissions to one split are taken.

    ``title`` is for people; by default the name. ``split`` is that of the phase's name, or else the
    default split. ``opens`` and ``closes`` are times with a time zone; the phase is open at
    ``opens`` and no longer at ``closes``. A team may send ``valid_per_day`` valid submissions in a
    day and ``valid_total`` in the phase, and ``all_per_day`` submissions including invalid ones; a
    day is one of the time zone of ``opens``, or of ``closes``, or UTC. At most ``final_systems``
    systems of a team are ranked at the end. Without a key there is no limit.
    """

    title: Name | None = None
    split: str | None = None
    opens: Moment | None = None
    closes: Moment | None = None
    valid_per_day: _Count | None = None
    valid_total: _Count | None = None
    all_per_day: _Count | None = None
    final_systems: _Count | None = None

    @property
    def utc_offset(self) -> timedelta:
        """The offset of the phase's time zone, in which its days begin at midnight."""
        moment = self.opens or self.closes
        return (moment.utcoffset() if moment is not None else None) or timedelta()


class Release(Model):
    """What a phase shows of the scores of one target, with every default filled in.

    ``decimals`` has the number of decimals of each shown metric, in the order in which they are
    shown; with a ``ladder``, those that its step needs. ``split`` and ``part`` are what is scored.
    """

    phase: str
    split: str
    part: str
    decimals: dict[str, int]
    ladder: float | None = None

    def rounded(self, metric: str, value: float) -> float:
        """Return a value as the phase shows it: rounded to the ladder's step and the decimals."""
        if self.ladder is not None:
            value = to_step(value, self.ladder)
        return round_metric(metric, value, self.decimals[metric])

    def shown(self, metric: str, best: float | None, value: float) -> Shown:
        """Return what a team sees after a new score, if its best shown one is `best`.

        Without a ladder it sees every score.
        """
        if self.ladder is not None:
            found = ladder(best, value, self.ladder, METRICS[metric].higher_is_better)
            if not found.is_new:
                return found
        return Shown(self.rounded(metric, value), True)


def phases_of(challenge: Challenge) -> dict[str, Phase]:
    """Return the phases of a challenge; without any, one of the split in use without limits."""
    return dict(challenge.phases) or {challenge.split: Phase(split=challenge.split)}


def phase_warnings(challenge: Challenge) -> tuple[str, ...]:
    """Return what is valid in the phases of a challenge and works on few hosts, each by its key."""
    if not challenge.targets:
        return ()
    return tuple(
        f"publish.phase.{name}.ladder: a ladder with several targets works on Hugging Face alone. "
        "Codabench and EvalAI only round to its step, and report --ledger refuses it: an upload "
        "that is shown for one target would show its scores for the others. Without Hugging Face, "
        "remove ladder"
        for name, policy in challenge.publish.phase.items()
        if policy.ladder is not None
    )


def split_of(name: str, phase: Phase, splits: Collection[str], default: str) -> str:
    """Return the split of a phase: its own, that of its name, or the default split."""
    return phase.split or (name if name in splits else default)


def parts_of_phases(
    phases: Mapping[str, Phase], splits: Mapping[str, Split], default: str
) -> dict[str, Collection[str]]:
    """Return the names of the parts that each phase can score."""
    named = phases or {default: Phase()}
    return {
        name: splits[split_of(name, phase, splits, default)].parts for name, phase in named.items()
    }


def release_of(challenge: Challenge, name: str) -> Release:
    """Return what a phase shows of the scores of a challenge, or of one of its targets.

    Parameters
    ----------
    challenge : Challenge
        The challenge; for a challenge with several targets, that of one target
        (`Challenge.for_target`).
    name : str
        The name of a phase.

    Raises
    ------
    KeyError
        If the challenge has no such phase.
    """
    phase = phases_of(challenge)[name]
    policy = challenge.publish.phase.get(name, PhasePublishing())
    ranking = challenge.ranking
    if policy.metrics is not None:
        shown = tuple(each for each in policy.metrics if each in challenge.shown_metrics)
    else:
        # Every further metric is one more answer about the same labels.
        shown = ranking.order[:1]
    common = policy.decimals
    if policy.ladder is not None:
        common = decimals_of_step(policy.ladder)
    elif common is None:
        common = min(OPEN_DECIMALS, challenge.publish.decimals_for(ranking.decimals))
    decimals = {
        metric: min(policy.decimals_by_metric.get(metric, common), ranking.decimals)
        for metric in shown
    }
    return Release(
        phase=name,
        split=split_of(name, phase, challenge.splits, challenge.default_split),
        part=policy.part,
        decimals=decimals,
        ladder=policy.ladder,
    )


def worst_score(challenge: Challenge, name: str) -> float:
    """Return the worst score of a metric, which a bundle shows of a target that is left out.

    No submission has a worse one: it is the end of the metric's range or, of an error without a
    limit, the largest one of predictions as far outside the scale as the challenge accepts. A
    platform has no column for 1e10, so submissions with such errors are refused.

    Parameters
    ----------
    challenge : Challenge
        The challenge, or that of one target.
    name : str
        The metric.
    """
    low, _ = challenge.scores.allowed
    worst = METRICS[name].worst(challenge.scores.maximum - low)
    return min(worst, _LARGEST_SHOWN)


def check_phases(phases: Mapping[str, Phase], splits: Mapping[str, object]) -> None:
    """Check the phases of a challenge file.

    Raises
    ------
    ValueError
        If a phase closes before it opens, its split is unknown, or a limit is larger than one that
        includes it.
    """
    for name, phase in phases.items():
        if phase.split is not None and phase.split not in splits:
            hint = did_you_mean(phase.split, splits, f"the splits are {', '.join(splits)}")
            raise ValueError(f"{name}.split: no split is called {quote(phase.split, 60)}; {hint}")
        if phase.opens is not None and phase.closes is not None and phase.closes <= phase.opens:
            raise ValueError(f"{name}.closes: expected a time after {name}.opens")
        for smaller, larger in (
            ("valid_per_day", "valid_total"),
            ("valid_per_day", "all_per_day"),
            ("final_systems", "valid_total"),
        ):
            low, high = getattr(phase, smaller), getattr(phase, larger)
            if low is not None and high is not None and low > high:
                raise ValueError(
                    f"{name}.{smaller}: expected at most {larger} ({high:,}), got {low:,}"
                )
