"""The data of a scorer, made from a challenge when a bundle is written; no label is in them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from xacle_eval.challenge.grouping import number_values, scored_groups
from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.phases import Release, phases_of, release_of, worst_score
from xacle_eval.errors import ChallengeError
from xacle_eval.hosting.challenge_data import challenge_data
from xacle_eval.hosting.scoring.metrics import FUNCTIONS
from xacle_eval.hosting.scoring.phases import OVERALL_LEVEL, ScoredPhase, ScoreKey
from xacle_eval.metrics import METRICS
from xacle_eval.text import count, listing, quote

__all__ = [
    "LONGEST_KEY",
    "MOST_RESAMPLES",
    "in_ranking_order",
    "score_keys",
    "scored_phase",
    "scorer_data",
]

LONGEST_KEY = 36
"""The maximum number of characters of a column's key on Codabench."""
MOST_RESAMPLES = 1_000
"""The largest number of resamples of an error bar."""
_FEWEST_RESAMPLES = 200
# 1,000 resamples of four metrics over 3,000 pairs take 10 s with Python 3.7.
_VALUES = 12_000_000
_OVERALL = "overall"


def scorer_data(
    challenge: Challenge, targets: Mapping[str, Sequence[str]] | None = None
) -> dict[str, Any]:
    """Return what the scorer of a platform needs of a challenge, as JSON values without labels.

    Parameters
    ----------
    challenge : Challenge
        The challenge.
    targets : mapping of str to sequence of str, optional
        The targets that have labels, by phase; by default all targets in all phases.

    Returns
    -------
    dict
        The data of `challenge_data`, and besides them ``phases`` by name.

    Raises
    ------
    ChallengeError
        If a list or a pairs file cannot be used, a metric is no bundled one, or the names of the
        scores do not fit a platform.
    """
    scored = targets or {}
    phases = {
        name: scored_phase(challenge, name, targets=scored.get(name)).data()
        for name in phases_of(challenge)
    }
    return {**challenge_data(challenge), "phases": phases}


def scored_phase(
    challenge: Challenge, phase: str, *, targets: Sequence[str] | None = None
) -> ScoredPhase:
    """Return what a scorer needs of one phase.

    Parameters
    ----------
    challenge : Challenge
        The challenge.
    phase : str
        The name of one of its phases.
    targets : sequence of str, optional
        The targets that have labels; by default all.

    Raises
    ------
    ChallengeError
        As for `scorer_data`.
    """
    keys = score_keys(challenge, phase, targets=targets)
    each = _each_target(challenge, targets)
    release = release_of(next(iter(each.values())), phase)
    scored = challenge.with_split(release.split).with_part(release.part)
    used = {key.level for key in keys}
    groups = {
        group.name: tuple(number_values(scored_groups(group, scored))[1])
        for group in scored.groups
        if group.name in used
    }
    sizes = {"pair": len(scored.scored)}
    sizes.update({level: len(set(codes)) for level, codes in groups.items()})
    _require_enough(challenge, phase, keys, sizes)
    return ScoredPhase(
        name=phase,
        split=release.split,
        part=release.part,
        positions=scored.scored_positions,
        groups=groups,
        undefined={name: one.ranking.undefined for name, one in each.items()},
        scales={name: (one.scores.minimum, one.scores.maximum) for name, one in each.items()},
        keys=keys,
        resamples=_resamples(keys, sizes),
    )


def _resamples(keys: Sequence[ScoreKey], sizes: Mapping[str, int]) -> int:
    """Return the number of resamples of an error bar, so that all take some seconds."""
    values = sum(sizes.get(each.level, 0) for each in keys)
    return max(_FEWEST_RESAMPLES, min(MOST_RESAMPLES, _VALUES // values))


def score_keys(
    challenge: Challenge, phase: str, *, targets: Sequence[str] | None = None
) -> tuple[ScoreKey, ...]:
    """Return the scores that a phase shows, in ranking order.

    The mean over the targets comes first, if the challenge ranks by it, then target by target the
    metrics at the level of the ranking, those of its order first, then those at other levels. With
    a ladder, only the first metric at the level of the ranking is shown. The mean of ranks depends
    on other submissions, so no scorer of one submission can compute it.

    Parameters
    ----------
    challenge : Challenge
        The challenge.
    phase : str
        The name of one of its phases.
    targets : sequence of str, optional
        The targets that have labels; by default all.

    Raises
    ------
    ChallengeError
        If there is no such phase, a metric is no bundled one, or a key is too long or occurs twice.
    """
    if phase not in phases_of(challenge):
        known = listing(phases_of(challenge), 20)
        raise ChallengeError(challenge.name, [f"no phase {quote(phase, 60)}; expected {known}"])
    keys: list[ScoreKey] = []
    for name, one in _each_target(challenge, targets).items():
        keys += _keys_of(name, one, release_of(one, phase))
    if challenge.targets and challenge.ranking.overall == "mean":
        keys.insert(0, _overall(keys, challenge))
    _check_keys(challenge, phase, keys)
    return tuple(keys)


def _each_target(challenge: Challenge, targets: Sequence[str] | None) -> dict[str, Challenge]:
    each = challenge.each_target()
    found = {name: each[name] for name in each if targets is None or name in targets}
    if not found:
        raise ChallengeError(challenge.name, ["no target has labels, so there is nothing to score"])
    return found


def in_ranking_order(challenge: Challenge, keys: Iterable[ScoreKey]) -> tuple[ScoreKey, ...]:
    """Return scores of several phases in the order of `score_keys`; of equal keys, the first."""
    each = challenge.each_target()

    def place(key: ScoreKey) -> tuple[int, ...]:
        if key.level == OVERALL_LEVEL:
            return ()
        one = each[key.target]
        levels, metrics = _levels(one), one.shown_metrics
        return list(each).index(key.target), levels.index(key.level), metrics.index(key.metric)

    found: dict[str, ScoreKey] = {}
    for key in keys:
        found.setdefault(key.key, key)
    return tuple(sorted(found.values(), key=place))


def _levels(challenge: Challenge) -> list[str]:
    """Return the levels of evaluation, that of the ranking first."""
    first = challenge.ranking.level
    others = ("pair", *(group.name for group in challenge.groups))
    return [first, *(level for level in others if level != first)]


def _keys_of(target: str, challenge: Challenge, release: Release) -> Iterator[ScoreKey]:
    ranking = challenge.ranking
    levels = _levels(challenge) if release.ladder is None else [ranking.level]
    shown = [metric for metric in challenge.shown_metrics if metric in release.decimals]
    _require_bundled(challenge, release.phase, shown)
    for level in levels:
        for name in shown:
            metric = METRICS[name]
            start, end = f"{target}_" if target else "", "" if level == "pair" else f"_{level}"
            yield ScoreKey(
                key=f"{start}{name}{end}",
                metric=name,
                target=target,
                level=level,
                higher_is_better=metric.higher_is_better,
                decimals=release.decimals[name],
                digits=metric.digits,
                step=release.ladder,
                worst=worst_score(challenge, name),
                limited=math.isfinite(metric.range[1]),
                needs_variance=metric.needs_variance,
                decides=level == ranking.level and name in ranking.order,
            )


def _overall(keys: Sequence[ScoreKey], challenge: Challenge) -> ScoreKey:
    """Return the key of the mean over the targets, which have the same first metric."""
    first = next(each for each in keys if each.decides)
    same = [each for each in keys if each.metric == first.metric and each.decides]
    return replace(
        first,
        key=f"{_OVERALL}_{first.metric}",
        target="",
        level=OVERALL_LEVEL,
        decimals=min(challenge.ranking.decimals, *(each.decimals for each in same)),
        worst=sum(each.worst for each in same) / len(same),
    )


def _require_bundled(challenge: Challenge, phase: str, names: Iterable[str]) -> None:
    own = [name for name in names if name not in FUNCTIONS]
    if own:
        noun = "a metric" if len(own) == 1 else "metrics"
        raise ChallengeError(
            challenge.name,
            [
                f"phase {phase}: {listing(own)}: {noun} of your own code, which the scorer of a "
                "platform does not have; show others with the key metrics of "
                f"[publish.phase.{phase}]; bundled are {', '.join(FUNCTIONS)}"
            ],
        )


def _check_keys(challenge: Challenge, phase: str, keys: Sequence[ScoreKey]) -> None:
    problems = [
        f"phase {phase}: the key {quote(each.key)} has {len(each.key)} characters; Codabench "
        f"accepts {LONGEST_KEY}; choose a shorter name for the target or the level"
        for each in keys
        if len(each.key) > LONGEST_KEY
    ]
    # On EvalAI, error_KEY is the error bar of KEY.
    names = Counter(f"{start}{each.key}".casefold() for each in keys for start in ("", "error_"))
    problems += [
        f"phase {phase}: two scores would be called {quote(name)}; rename a target or a level"
        for name, times in names.items()
        if times > 1
    ]
    if problems:
        raise ChallengeError(challenge.name, problems)


def _require_enough(
    challenge: Challenge, phase: str, keys: Sequence[ScoreKey], sizes: Mapping[str, int]
) -> None:
    """Refuse metrics that are undefined for every submission, because there are too few pairs."""
    problems = []
    for each in keys:
        if each.level == OVERALL_LEVEL:
            continue
        least = max(METRICS[each.metric].minimum_pairs, 2 if each.needs_variance else 1)
        if sizes[each.level] < least:
            noun = "pair" if each.level == "pair" else "group"
            problems.append(
                f"phase {phase}: {each.key} needs {count(least, noun)} and has "
                f"{sizes[each.level]:,}, so it is undefined; score more pairs or show other metrics"
            )
    if problems:
        raise ChallengeError(challenge.name, problems)
