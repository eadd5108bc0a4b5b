"""Comparisons: test whether one system is better than another, by every metric.

All tests are paired: permutation (PERM-BOTH), bootstrap and, for correlations, Williams' test.
Holm adjusts the p-values of each test over all comparisons. Definitions: docs/statistics.md.
"""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from xacle_eval.challenge.loading import DEFAULT_CHALLENGE, load_challenge
from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.parts import ALL
from xacle_eval.errors import InvalidSubmissionError, UsageError
from xacle_eval.evaluation.numbers import none_if_undefined
from xacle_eval.evaluation.score import check_systems
from xacle_eval.evaluation.scorer import Scorer
from xacle_eval.evaluation.slow_metrics import announce_slow_metrics
from xacle_eval.evaluation.uncertainty import draw_bootstrap, workers_of
from xacle_eval.metrics import METRICS, Metric
from xacle_eval.outputs import real_path
from xacle_eval.references.model import GivenReferences
from xacle_eval.references.targets import load_target_references
from xacle_eval.results.comparison import ComparedPair, SystemComparison, TestResult
from xacle_eval.results.score import ScoreCard
from xacle_eval.results.uncertainty import Bootstrap
from xacle_eval.submissions.checking import CheckedSubmission
from xacle_eval.submissions.sources import refuse_two_stdins
from xacle_eval.text import TwoForms, count, typed, visible_path

if TYPE_CHECKING:
    from xacle_eval.statistics import BootstrapSample, Comparison, PermutationCounts

__all__ = ["compare"]

_MIN_SYSTEMS = 2


class _Systems(NamedTuple):
    """The systems to compare: their cards, unique names and predictions."""

    cards: tuple[ScoreCard, ...]
    names: tuple[str, ...]
    predictions: list[NDArray[np.float64]]


def compare(
    *submissions: str | os.PathLike[str],
    references: GivenReferences = None,
    challenge: str | os.PathLike[str] | Challenge = DEFAULT_CHALLENGE,
    split: str | None = None,
    part: str | None = None,
    bootstrap: Bootstrap | None = None,
    standardise: str = "ranks",
    metrics: Sequence[str | Metric] | None = None,
    allow_code: bool = False,
) -> SystemComparison | Any:
    """Compare two or more systems with each other.

    Parameters
    ----------
    *submissions : path
        Prediction files and packages with at least two systems in total. For a package, every
        system is compared.
    references : path or References, optional
        Averages or per-listener ratings; by default the challenge's bundled references. For
        several targets: a file with a column for each, or a mapping of target to references.
    challenge : str, path or Challenge
        The name of a bundled challenge, a challenge file, or a loaded challenge.
    split : str, optional
        The split to score; by default that of the challenge file.
    part : str, optional
        The part of the split to score; by default all of it. Submissions cover all of it.
    bootstrap : Bootstrap, optional
        Number of resamples (and of permutations), seed, alpha and the other settings.
    standardise : {"ranks", "zscore"}
        The common scale on which SRCC and KTAU are permuted; the WMT tools use ``zscore``.
    metrics : sequence of str or Metric, optional
        The metrics to compare, by name or as own ones, beside those of the ranking's order; by
        default those of the challenge file.
    allow_code : bool
        Import the own metrics that the challenge file names.

    Returns
    -------
    SystemComparison
        One comparison per system pair and metric: the difference in the metric's own units, its
        interval at coverage 1 − alpha, and the raw and adjusted p-value of each test. For a
        challenge with several targets, a `TargetComparisons` with a comparison for each.

    Raises
    ------
    InvalidSubmissionError
        If a submission has errors.
    ReferencesError, ChallengeError
        If the references or the challenge file have errors.
    UsageError
        If there are fewer than two systems or one is passed twice, or if listeners cannot be
        resampled.

    Notes
    -----
    Sources: Deutsch et al. 2021 (PERM-BOTH); Steiger 1980 (Williams' test); Holm 1979.
    """
    refuse_two_stdins(submissions)
    if not submissions:
        raise UsageError("a comparison needs at least two systems")
    plan = bootstrap or Bootstrap()
    loaded = load_challenge(challenge, split, part=part, allow_code=allow_code)
    loaded = loaded.with_metrics(metrics)
    truths = load_target_references(references, loaded, predictions=submissions)
    checked = _check_submissions(submissions, loaded)
    found = {}
    for name, one in loaded.each_target().items():
        systems = checked if not name else [c.targets[name] for c in checked if name in c.targets]
        # An optional target can be missing in submissions, and in the references.
        if name in truths and (not name or len(systems) >= _MIN_SYSTEMS):
            scorer = Scorer(one, truths[name])
            found[name] = _compare(_score_systems(systems, scorer), scorer, plan, standardise)
    if not loaded.targets:
        return found[""]
    from xacle_eval.results.targets import TargetComparisons

    return TargetComparisons(challenge=loaded.name, split=loaded.split, targets=found)


def _compare(
    systems: _Systems, scorer: Scorer, plan: Bootstrap, standardise: str
) -> SystemComparison:
    """Compare systems for one target."""
    from xacle_eval.statistics import compare_systems, permutation_tests

    level = scorer.challenge.ranking.level
    rows = np.stack([scorer.values_at(level, row) for row in systems.predictions])
    number = len(systems.names)
    announce_slow_metrics(
        scorer, systems.predictions[0], level, plan,
        systems=number, system_pairs=number * (number - 1) // 2,
    )  # fmt: skip
    with workers_of(plan) as workers:
        halves = _Halves(plan)
        permutations = permutation_tests(
            rows, scorer.references_at(level), metrics=scorer.metrics,
            draws=plan.resamples, seed=plan.seed,
            standardise=standardise, kernels=plan.kernels, workers=workers, progress=halves.first,  # type: ignore[arg-type]
        )  # fmt: skip
        sample = draw_bootstrap(
            scorer,
            systems.predictions,
            systems.names,
            replace(plan, progress=halves.second),
            level,
            systems.cards,
            workers,
        )
    table = compare_systems(
        rows, scorer.references_at(level), sample, permutations, alpha=plan.alpha
    )
    return _to_result(table.comparisons, scorer, systems, sample, permutations, plan, standardise)


class _Halves:
    """One progress bar for two steps: permutations first, resamples second."""

    def __init__(self, plan: Bootstrap) -> None:
        progress = plan.progress
        self.first = None if progress is None else lambda done, total: progress(done, 2 * total)
        self.second = (
            None if progress is None else lambda done, total: progress(total + done, 2 * total)
        )


def _check_submissions(
    submissions: tuple[str | os.PathLike[str], ...], challenge: Challenge
) -> list[CheckedSubmission]:
    """Check every system of the submissions."""
    systems = [(path, system) for path in submissions for system in check_systems(path, challenge)]
    for _, system in systems:
        if not system.report.valid:
            raise InvalidSubmissionError(system.report)
    if len(systems) < _MIN_SYSTEMS:
        raise UsageError("a comparison needs at least two systems")
    seen = set()
    for path, system in systems:
        place = (real_path(path), system.report.system)
        if place in seen:
            raise UsageError(
                f"{visible_path(system.report.path)} is listed twice; a comparison needs "
                "different files"
            )
        seen.add(place)
    return [system for _, system in systems]


def _score_systems(checked: Sequence[CheckedSubmission], scorer: Scorer) -> _Systems:
    """Score checked systems of one target."""
    cards = tuple(scorer.card(system) for system in checked)
    predictions = [system.predictions for system in checked if system.predictions is not None]
    return _Systems(cards, _unique_names(cards), predictions)


def _unique_names(cards: tuple[ScoreCard, ...]) -> tuple[str, ...]:
    """Return unique names: the labels, the paths of equal labels, or paths with a number."""
    number = Counter(card.system for card in cards)
    names = [card.system if number[card.system] == 1 else card.path for card in cards]
    # Programs get only the end of an absolute path, so two paths can look the same.
    stable, people = Counter(map(str, names)), Counter(map(typed, names))
    return tuple(
        name
        if stable[name] == people[typed(name)] == 1
        else TwoForms(
            name if stable[name] == 1 else f"{name} ({place})",
            typed(name) if people[typed(name)] == 1 else f"{typed(name)} ({place})",
        )
        for place, name in enumerate(names, 1)
    )


def _to_result(
    comparisons: tuple[Comparison, ...],
    scorer: Scorer,
    systems: _Systems,
    sample: BootstrapSample,
    permutations: PermutationCounts,
    plan: Bootstrap,
    standardise: str,
) -> SystemComparison:
    scale = "average-ranks" if standardise == "ranks" else "z-scores"
    tests = (
        f"alpha:{plan.alpha:g}|test:permutation|permutations:{permutations.draws}"
        f"|permuted:{scale}|correction:holm"
    )
    level = scorer.challenge.ranking.level
    return SystemComparison(
        challenge=scorer.challenge.name,
        split=scorer.challenge.split,
        part=None if scorer.challenge.part == ALL else scorer.challenge.part,
        references=scorer.references.summary,
        level=level,
        n=sample.n,
        systems=systems.cards,
        comparisons=tuple(_to_pair(each, plan.alpha, sample.n) for each in comparisons),
        alpha=plan.alpha,
        coverage=1 - plan.alpha,
        resamples=plan.resamples,
        permutations=permutations.draws,
        seed=plan.seed,
        resample=plan.resample,
        family=len(comparisons),
        signature=f"{scorer.signature}|{replace(plan, level=1 - plan.alpha).tag(level)}|{tests}",
    )


def _to_pair(compared: Comparison, alpha: float, n: int) -> ComparedPair:
    if _smallest_p(n) > alpha:
        # So few pairs have no interval, and can show no difference of any size.
        nan = math.nan
        compared = replace(compared, low=nan, high=nan, smallest_significant=nan)
    tests = {
        name: TestResult(
            p=none_if_undefined(getattr(compared, f"p_{name}")),
            adjusted=none_if_undefined(getattr(compared, f"adjusted_{name}")),
        )
        for name in ("permutation", "bootstrap", "williams")
    }
    numbers = (
        "first_value",
        "second_value",
        "difference",
        "low",
        "high",
        "standard_error",
        "smallest_significant",
        "p_first",
        "p_second",
    )
    return ComparedPair(
        first=compared.first,
        second=compared.second,
        metric=compared.metric,
        identical=compared.identical,
        undefined=compared.undefined,
        verdict=_verdict(compared, alpha, n),
        **tests,
        **{name: none_if_undefined(getattr(compared, name)) for name in numbers},
    )


def _smallest_p(n: int) -> float:
    """Return 2/2ⁿ: with n pairs there are 2ⁿ ways to swap, so no two-sided p can be smaller."""
    return 2.0 / 2.0 ** min(n, 1000)


def _verdict(compared: Comparison, alpha: float, n: int) -> str:
    """Return the conclusion from the adjusted permutation test as a sentence."""
    metric, p = compared.metric, compared.adjusted_permutation
    if math.isnan(p):
        return f"{metric} is undefined for one of the two systems; no conclusion."
    if compared.identical:
        return f"Both systems are identical in {metric}."
    least = _smallest_p(n)
    if p > alpha and least > alpha:
        return (
            f"{count(n, 'pair')} cannot show a difference in {metric}: the smallest possible p is "
            f"{least:.2g}, above alpha {alpha:g}."
        )
    if p > alpha:
        result = f"No difference in {metric} was detected (adjusted p = {p:.2g})"
        detectable = compared.smallest_significant
        if math.isnan(detectable):
            return f"{result}."
        # The adjusted threshold depends on the other comparisons, so this is for a single test.
        return f"{result}; tested alone, the detectable difference is about {detectable:.2g}."
    first_better = (compared.difference > 0) == METRICS[metric].higher_is_better
    names = (compared.first, compared.second)
    better, worse = names if first_better else names[::-1]
    size = f"{abs(compared.difference):.2g} (adjusted p = {p:.2g})"
    return TwoForms(
        f"{better} is better than {worse} in {metric} by {size}.",
        f"{typed(better)} is better than {typed(worse)} in {metric} by {size}.",
    )
