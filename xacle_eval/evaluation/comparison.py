"""Comparisons: test whether one system is better than another, by every metric.

All tests are paired: bootstrap, permutation (PERM-BOTH) and, for correlations, Williams' test.
Verdicts use the studentised bootstrap, adjusted by step-down max-T over the system pairs of each
metric. Definitions: docs/statistics.md.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from xacle_eval.challenge.loading import DEFAULT_CHALLENGE, load_challenge
from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.presentation import Presentation
from xacle_eval.errors import InvalidSubmissionError, UsageError, check_arguments
from xacle_eval.evaluation.score import check_submission, check_systems
from xacle_eval.evaluation.scorer import Scorer
from xacle_eval.evaluation.slow_metrics import announce_slow_metrics
from xacle_eval.evaluation.uncertainty import draw_bootstrap, workers_of
from xacle_eval.evaluation.verdicts import MOST_PAIRS, Asked, to_result
from xacle_eval.io.outputs import real_path
from xacle_eval.metrics import Metric
from xacle_eval.references.demo import warn_of_demo
from xacle_eval.references.model import GivenReferences
from xacle_eval.references.targets import load_all
from xacle_eval.results.comparison import SystemComparison
from xacle_eval.results.score import ScoreCard
from xacle_eval.results.uncertainty import Bootstrap
from xacle_eval.submissions.checking import CheckedSubmission
from xacle_eval.submissions.objects import (
    GivenSystems,
    InOrder,
    Order,
    is_in_memory,
    named_systems,
    paths_among,
    require_arrays,
)
from xacle_eval.submissions.sources import refuse_two_stdins
from xacle_eval.text import TwoForms, typed, visible_path

__all__ = ["compare"]

_MIN_SYSTEMS = 2


class _Systems(NamedTuple):
    """The systems to compare: their cards, unique names and predictions."""

    cards: tuple[ScoreCard, ...]
    names: tuple[str, ...]
    predictions: list[NDArray[np.float64]]


def compare(
    *submissions: GivenSystems,
    references: GivenReferences = None,
    challenge: str | os.PathLike[str] | Challenge = DEFAULT_CHALLENGE,
    split: str | None = None,
    part: str | None = None,
    bootstrap: Bootstrap | int | None = None,
    standardise: str = "auto",
    metrics: Sequence[str | Metric] | None = None,
    metric: str | Sequence[str] = (),
    against: str | None = None,
    margin: float | None = None,
    pairs: bool = False,
    correction: str = "max-t",
    allow_code: bool = False,
    ids: Iterable[str] | None = None,
    order: Order | None = None,
) -> SystemComparison | Any:
    """Compare two or more systems with each other.

    Parameters
    ----------
    *submissions : path, predictions in memory, or dict of them
        Prediction files, packages and predictions in memory (as for `xacle_eval.score`) with at
        least two systems in total. Of a package and of a dict, every system is compared.
    references : path, References or references in memory, optional
        Averages or per-listener ratings, as for `xacle_eval.load_references`; by default the
        challenge's bundled references. For several targets: a file or a data frame with a column
        for each, or a mapping of target to references.
    challenge : str, path or Challenge
        The name of a bundled challenge, a challenge file, or a loaded challenge.
    split : str, optional
        The split to score; by default that of the challenge file.
    part : str, optional
        The part of the split to score; by default all of it. Submissions cover all of it.
    bootstrap : Bootstrap or int, optional
        Number of resamples (and of permutations), seed, alpha and the other settings. A number
        means so many resamples.
    standardise : {"auto", "values", "ranks", "zscore"}
        What the permutation test swaps for SRCC and KTAU: by rule, the predictions, their ranks or
        their z-scores; the WMT tools use ``zscore``.
    metrics : sequence of str or Metric, optional
        The metrics to compare, by name or as own ones, beside those of the ranking's order; by
        default those of the challenge file.
    metric : str or sequence of str
        Compare by these metrics only, of those that are computed; by all if empty. Case does not
        matter.
    against : str, optional
        The name of a system: compare only this one with each of the others.
    margin : float, optional
        Also test whether two systems are equivalent: whether they differ by less than this, in the
        units of the one metric of `metric`, or of the first metric of the ranking.
    pairs : bool
        Run the permutation test also for more than three system pairs; it takes most of the time.
    correction : {"max-t", "holm"}
        How the p of verdicts is adjusted. ``holm`` uses the permutation test, over all system pairs
        and metrics.
    allow_code : bool
        Import the own metrics that the challenge file names.
    ids : iterable of str, optional
        The id of each value of an array.
    order : "manifest", optional
        The values of an array are in the order of the challenge's manifest.

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
        If there are fewer than two systems or one is passed twice, if listeners cannot be
        resampled, if `metric` or `against` is unknown, if `margin` is not positive or given with
        several metrics, or if Holm's method needs more than 100,000 draws.

    Notes
    -----
    If no p could reach alpha, the number of resamples is raised, to at most 100,000. Beyond that
    the verdicts say what is needed.

    Sources: Romano & Wolf 2005 (max-T); Schuirmann 1987 (equivalence); Deutsch et al. 2021
    (PERM-BOTH); Steiger 1980 (Williams' test); Holm 1979.
    """
    optional = ("metrics", "against", "margin")
    check_arguments(
        standardise=standardise, metrics=metrics, metric=metric, against=against, margin=margin,
        pairs=pairs, correction=correction, optional=optional,
    )  # fmt: skip
    refuse_two_stdins(paths_among(submissions))
    if not submissions:
        raise UsageError("a comparison needs at least two systems")
    plan = Bootstrap.of(bootstrap) or Bootstrap()
    asked = Asked(
        standardise=standardise,  # type: ignore[arg-type]
        metric=(metric,) if isinstance(metric, str) else tuple(metric),
        against=against,
        margin=margin,
        pairs=pairs,
        correction=correction,  # type: ignore[arg-type]
    )
    loaded = load_challenge(challenge, split, part=part, allow_code=allow_code)
    loaded = loaded.with_metrics(metrics)
    in_order = InOrder(ids, order)
    require_arrays(in_order, loaded, *submissions, references)
    truths = load_all(references, loaded, submissions, in_order)
    checked = _check_submissions(submissions, loaded, in_order)
    found = {}
    for name, one in loaded.each_target().items():
        systems = checked if not name else [c.targets[name] for c in checked if name in c.targets]
        # An optional target can be missing in submissions, and in the references.
        if name in truths and (not name or len(systems) >= _MIN_SYSTEMS):
            scorer = Scorer(one, truths[name])
            found[name] = _compare(_score_systems(systems, scorer), scorer, plan, asked)
    warn_of_demo(each.references for each in found.values())
    if not loaded.targets:
        return found[""]
    from xacle_eval.results.targets import TargetComparisons

    return TargetComparisons(
        challenge=loaded.name,
        split=loaded.split,
        targets=found,
        presentation=Presentation.of(loaded),
    )


def _compare(systems: _Systems, scorer: Scorer, plan: Bootstrap, asked: Asked) -> SystemComparison:
    """Compare systems for one target."""
    from xacle_eval.statistics import compare_systems, permutation_tests

    asked = asked.of_scorer(scorer)
    level = scorer.challenge.ranking.level
    rows = np.stack([scorer.values_at(level, row) for row in systems.predictions])
    metrics = asked.metrics_of(scorer)
    pairs = asked.system_pairs(systems.names, [card.path for card in systems.cards])
    permuted = asked.pairs or asked.correction == "holm" or len(pairs) <= MOST_PAIRS
    requested = plan.resamples
    plan = asked.enough(plan, rows, pairs, len(metrics))
    announce_slow_metrics(
        scorer, systems.predictions[0], level, plan,
        systems=len(systems.names), system_pairs=len(pairs) if permuted else 0,
    )  # fmt: skip
    with workers_of(plan) as workers:
        halves = _Halves(plan)
        permutations = None
        if permuted:
            permutations = permutation_tests(
                rows,
                scorer.references_at(level),
                metrics=metrics,
                system_pairs=pairs,
                draws=plan.resamples,
                seed=plan.seed,
                standardise=asked.standardise,
                kernels=plan.kernels,
                workers=workers,
                progress=halves.first,
            )
        sample = draw_bootstrap(
            scorer,
            systems.predictions,
            systems.names,
            replace(plan, progress=halves.second if permuted else plan.progress),
            level,
            systems.cards,
            workers,
        )
    table = compare_systems(
        rows,
        scorer.references_at(level),
        sample.select_metrics([metric.name for metric in metrics]),
        permutations,
        system_pairs=pairs,
        alpha=plan.alpha,
        correction=asked.correction,
        margins=asked.margins(scorer),
    )
    found = to_result(table, scorer, systems.cards, plan, asked)
    update: dict[str, Any] = {"names": systems.names}
    if plan.resamples > requested:
        update["resamples_requested"] = requested
    return found.model_copy(update=update)


class _Halves:
    """One progress bar for two steps: permutations first, resamples second."""

    def __init__(self, plan: Bootstrap) -> None:
        progress = plan.progress
        self.first = None if progress is None else lambda done, total: progress(done, 2 * total)
        self.second = (
            None if progress is None else lambda done, total: progress(total + done, 2 * total)
        )


def _check_submissions(
    submissions: tuple[GivenSystems, ...], challenge: Challenge, in_order: InOrder
) -> list[CheckedSubmission]:
    """Check every system of the submissions."""
    systems = [
        (path, system)
        for label, given in named_systems(submissions, challenge)
        for path, system in _check_one(label, given, challenge, in_order)
    ]
    for _, system in systems:
        if not system.report.valid:
            raise InvalidSubmissionError(system.report)
    if len(systems) < _MIN_SYSTEMS:
        raise UsageError("a comparison needs at least two systems")
    seen = set()
    for path, system in systems:
        place = (path, system.report.system)
        if place in seen:
            raise UsageError(
                f"{visible_path(system.report.path)} is listed twice; a comparison needs "
                "different files"
            )
        seen.add(place)
    return [system for _, system in systems]


def _check_one(
    label: str | None, given: Any, challenge: Challenge, in_order: InOrder
) -> list[tuple[str, CheckedSubmission]]:
    """Check the systems of a file, a package or an object, each with the place that it is from."""
    if is_in_memory(given):
        (system,) = check_submission(given, challenge, label, in_order)
        return [(f"object {id(given)}", system)]
    if os.path.isdir(given):  # noqa: PTH112  (False for a path that is too long)
        folder = visible_path(str(given))
        raise UsageError(f"{folder} is a folder. Pass the files: {folder.rstrip('/')}/*.csv")
    return [(real_path(given), system) for system in check_systems(given, challenge)]


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
