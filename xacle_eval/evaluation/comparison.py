"""Comparing systems: is A better than B, by every metric, with paired tests on the same pairs.

Paired permutation (PERM-BOTH), paired bootstrap and, for correlations, Williams' test; all
p are adjusted by Holm over the comparisons that are shown. Definitions: docs/statistics.md.
"""

from __future__ import annotations

import math
import os
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from xacle_eval.challenge.loading import DEFAULT_CHALLENGE, load_challenge
from xacle_eval.challenge.model import Challenge
from xacle_eval.errors import InvalidSubmissionError, UsageError
from xacle_eval.evaluation.score import check_systems
from xacle_eval.evaluation.scorer import Scorer
from xacle_eval.evaluation.uncertainty import draw_bootstrap
from xacle_eval.metrics import METRICS
from xacle_eval.references.loading import load_references
from xacle_eval.references.model import References
from xacle_eval.results.numbers import none_if_nan
from xacle_eval.results.score import ScoreCard
from xacle_eval.results.uncertainty import Bootstrap
from xacle_eval.text import visible

if TYPE_CHECKING:
    from xacle_eval.statistics import BootstrapSample, Comparison, PermutationCounts

from xacle_eval.results.comparison import ComparedPair, SystemComparison, TestResult

__all__ = ["compare"]

_FEWEST = 2


class _Systems(NamedTuple):
    """The systems to be compared: their cards, labels that tell them apart, and predictions."""

    cards: tuple[ScoreCard, ...]
    names: tuple[str, ...]
    predictions: list[NDArray[np.float64]]


def compare(
    *submissions: str | os.PathLike[str],
    references: str | os.PathLike[str] | References | None = None,
    challenge: str | os.PathLike[str] | Challenge = DEFAULT_CHALLENGE,
    split: str | None = None,
    bootstrap: Bootstrap | None = None,
    standardise: str = "ranks",
) -> SystemComparison:
    """Compare two or more systems with each other.

    Parameters
    ----------
    *submissions : path
        Prediction files, and packages, of which every system is taken; at least two systems.
    references : path or References, optional
        Averages or per-listener ratings; by default what the challenge brings.
    challenge : str, path or Challenge
        A challenge's name, its file, or a loaded one.
    split : str, optional
        The split, if not the challenge's default.
    bootstrap : Bootstrap, optional
        Number of resamples (and of permutations), seed, alpha and the rest.
    standardise : {"ranks", "zscore"}
        The common scale on which SRCC and KTAU are permuted; ``zscore`` is that of the WMT tools.

    Returns
    -------
    SystemComparison
        Differences with intervals and the p of each test, raw and adjusted.

    Raises
    ------
    InvalidSubmissionError
        If a submission is at fault.
    UsageError
        If there are fewer than two.
    """
    from xacle_eval.statistics import compare_systems, open_workers, permutation_tests

    if not submissions:
        raise UsageError("a comparison needs two systems or more")
    plan = bootstrap or Bootstrap()
    loaded = load_challenge(challenge, split)
    scorer = Scorer(loaded, load_references(references, loaded))
    systems = _checked(submissions, scorer)
    level = loaded.ranking.level
    rows = np.stack([scorer.values_at(level, row) for row in systems.predictions])
    with open_workers(plan.jobs, plan.scheduler) as workers:
        halves = _Halves(plan)
        permutations = permutation_tests(
            rows, scorer.references_at(level), draws=plan.resamples, seed=plan.seed,
            standardise=standardise, kernels=plan.kernels, workers=workers, progress=halves.first,  # type: ignore[arg-type]
        )  # fmt: skip
    sample = draw_bootstrap(
        scorer,
        systems.predictions,
        systems.names,
        replace(plan, progress=halves.second),
        level,
        systems.cards,
    )
    table = compare_systems(
        rows, scorer.references_at(level), sample, permutations, alpha=plan.alpha
    )
    return _report(table.comparisons, scorer, systems, sample, permutations, plan, standardise)


class _Halves:
    """Progress of two pieces of work as one: permutations first, resamples second."""

    def __init__(self, plan: Bootstrap) -> None:
        progress = plan.progress
        self.first = None if progress is None else lambda done, total: progress(done, 2 * total)
        self.second = (
            None if progress is None else lambda done, total: progress(total + done, 2 * total)
        )


def _checked(submissions: tuple[str | os.PathLike[str], ...], scorer: Scorer) -> _Systems:
    """Check and score every system of the files and packages."""
    found = [(path, one) for path in submissions for one in check_systems(path, scorer.challenge)]
    for _, one in found:
        if one.predictions is None:
            raise InvalidSubmissionError(one.report)
    if len(found) < _FEWEST:
        raise UsageError("a comparison needs two systems or more")
    seen = set()
    for path, one in found:
        place = (os.path.realpath(path), one.report.system)
        if place in seen:
            raise UsageError(
                f"{visible(one.report.path)} is given twice; a comparison needs different files"
            )
        seen.add(place)
    cards = tuple(scorer.card(one) for _, one in found)
    return _Systems(
        cards, _names(cards), [one.predictions for _, one in found if one.predictions is not None]
    )


def _names(cards: tuple[ScoreCard, ...]) -> tuple[str, ...]:
    """Return names that tell the systems apart: labels, paths where labels are alike, else with
    their place.
    """
    number = Counter(card.system for card in cards)
    names = [card.system if number[card.system] == 1 else card.path for card in cards]
    # Paths are shown by their ends, which can be alike too.
    number = Counter(names)
    return tuple(
        name if number[name] == 1 else f"{name} ({place})" for place, name in enumerate(names, 1)
    )


def _report(
    comparisons: tuple[Comparison, ...],
    scorer: Scorer,
    systems: _Systems,
    sample: BootstrapSample,
    permutations: PermutationCounts,
    plan: Bootstrap,
    standardise: str,
) -> SystemComparison:
    scale = "average-ranks" if standardise == "ranks" else "z-scores"
    tests = f"alpha:{plan.alpha:g}|test:permutation|permutations:{permutations.draws}|permuted:{scale}|correction:holm"
    level = scorer.challenge.ranking.level
    return SystemComparison(
        challenge=scorer.challenge.name,
        split=scorer.challenge.split,
        references=scorer.references.summary,
        level=level,
        n=sample.n,
        systems=systems.cards,
        comparisons=tuple(_compared(each, plan.alpha) for each in comparisons),
        alpha=plan.alpha,
        coverage=1 - plan.alpha,
        resamples=plan.resamples,
        permutations=permutations.draws,
        seed=plan.seed,
        resample=plan.resample,
        family=len(comparisons),
        signature=f"{scorer.signature}|{replace(plan, level=1 - plan.alpha).tag}|{tests}",
    )


def _compared(found: Comparison, alpha: float) -> ComparedPair:
    tests = {
        name: TestResult(
            p=none_if_nan(getattr(found, f"p_{name}")),
            adjusted=none_if_nan(getattr(found, f"adjusted_{name}")),
        )
        for name in ("permutation", "bootstrap", "williams")
    }
    plain = ("first_value", "second_value", "difference", "low", "high", "standard_error", "smallest_significant",
             "p_first", "p_second")  # fmt: skip
    return ComparedPair(
        first=found.first,
        second=found.second,
        metric=found.metric,
        identical=found.identical,
        undefined=found.undefined,
        verdict=_verdict(found, alpha),
        **tests,
        **{name: none_if_nan(getattr(found, name)) for name in plain},
    )


def _verdict(found: Comparison, alpha: float) -> str:
    """Say in words what the permutation test, adjusted, allows to say."""
    metric, p = found.metric, found.adjusted_permutation
    if math.isnan(p):
        return f"{metric} is undefined for one of the two, so nothing can be said."
    if found.identical:
        return f"The two are the same to {metric}."
    if p > alpha:
        shown = f"No difference in {metric} is shown (adjusted p = {p:.2g})"
        if math.isnan(found.smallest_significant):
            return f"{shown}."
        # Of this comparison by itself: what the adjustment asks for depends on the other
        # comparisons.
        return f"{shown}; tested alone, one of about {found.smallest_significant:.2g} or more could be."
    first_better = (found.difference > 0) == METRICS[metric].higher_is_better
    better, worse = (found.first, found.second) if first_better else (found.second, found.first)
    return f"{better} is better than {worse} in {metric} by {abs(found.difference):.2g} (adjusted p = {p:.2g})."
