"""A plan for a test set from a file of pilot ratings. Definitions: docs/planning.md."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Literal

from xacle_eval.challenge.loading import DEFAULT_CHALLENGE, load_challenge
from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.parts import ALL
from xacle_eval.errors import UsageError, check_arguments, check_choice
from xacle_eval.evaluation.listeners import of_target, parse_ratings
from xacle_eval.evaluation.numbers import none_if_undefined
from xacle_eval.metrics import METRICS
from xacle_eval.references.loading import MAX_BYTES, MAX_ROWS
from xacle_eval.references.model import OneFile
from xacle_eval.references.objects import about_reading, reference_source
from xacle_eval.references.ratings import RatingsError
from xacle_eval.results.planning import PlannedDesign, PlanReport
from xacle_eval.submissions.reading import read
from xacle_eval.text import same_name

__all__ = ["plan_test_set"]


def plan_test_set(
    path: OneFile,
    difference: float,
    *,
    challenge: str | os.PathLike[str] | Challenge = DEFAULT_CHALLENGE,
    split: str | None = None,
    part: str | None = None,
    target: str | None = None,
    keep_excluded: bool = False,
    duplicates: Literal["keep", "average"] = "keep",
    metric: str | None = None,
    power: float = 0.8,
    alpha: float = 0.05,
    score: float = 0.6,
    between: float = 0.8,
    listeners: Sequence[int] = (),
    pair_cost: float = 0.0,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> PlanReport:
    """Return how many pairs find a difference of two systems, by the number of listeners per pair.

    Parameters
    ----------
    path : path or data frame
        Pilot ratings: one row per rating, with the challenge's columns; at least 20 pairs with two
        ratings.
    difference : float
        The difference to find, in the metric against averages of as many ratings as the pilot has
        per pair (its median).
    challenge, split, part, target, keep_excluded, duplicates
        As for `study_ratings`.
    metric : str, optional
        By default the first metric of the ranking.
    power : float
        Probability of finding the difference, between 0.5 and 1 (exclusive).
    alpha : float
        Level of the two-sided test.
    score : float
        The better system's LCC with the pilot's averages; below the noise ceiling.
    between : float
        Correlation between the predictions of the two systems. Similar systems need fewer pairs.
        It must be possible for systems of these qualities; the error states the range.
    listeners : sequence of int, optional
        Numbers of listeners per pair to compare; by default 1 to 16.
    pair_cost : float
        Cost of a pair without its ratings, where a rating costs 1; at most 1e9.
    seed : int
        Seed of the simulation.
    progress : callable, optional
        Called as ``progress(done, total)`` after each number of listeners.

    Returns
    -------
    PlanReport
        One design for each number of listeners, and the cheapest one.

    Raises
    ------
    ReferencesError
        If the file is invalid; every error has a line and a column.
    ChallengeError, UsageError
        If the challenge or a setting is invalid, or the ratings are too few.
    """
    from xacle_eval.listeners.pilot import SettingError
    from xacle_eval.listeners.planning import DEFAULT_LISTENERS
    from xacle_eval.listeners.planning import plan_test_set as plan

    check_arguments(
        difference=difference, target=target, keep_excluded=keep_excluded, power=power,
        alpha=alpha, score=score, between=between, listeners=listeners, pair_cost=pair_cost,
        seed=seed, progress=progress, optional=("target", "progress"),
    )  # fmt: skip
    check_choice("duplicates", duplicates, ("keep", "average"))
    if metric is not None:
        metric = same_name(metric, METRICS) if isinstance(metric, str) else metric
        check_choice("metric", metric, METRICS)
    loaded = of_target(load_challenge(challenge, split, part=part), target)
    if part is not None and split is None:
        split = loaded.split
    reading = read(reference_source(path, loaded), MAX_BYTES, MAX_ROWS, loaded.delimiter)
    ratings, _, excluded = parse_ratings(reading, loaded, split, {}, keep_excluded, duplicates)
    try:
        found = plan(
            ratings,
            difference,
            metric=same_name(metric or loaded.ranking.order[0], METRICS),
            power=power,
            alpha=alpha,
            score=score,
            between=between,
            listeners=tuple(listeners) or DEFAULT_LISTENERS,
            pair_cost=pair_cost,
            seed=seed,
            progress=progress,
        )
    except SettingError as error:
        raise UsageError(str(error)) from error
    except RatingsError as error:
        raise UsageError(f"{reading.path}: {error}") from error
    shared = {
        name: getattr(found, name) for name in PlanReport.model_fields if hasattr(found, name)
    }
    designs = tuple(
        PlannedDesign(
            **{
                name: none_if_undefined(getattr(design, name))
                if name in ("ceiling", "detectable")
                else getattr(design, name)
                for name in PlannedDesign.model_fields
            }
        )
        for design in found.designs
    )
    return PlanReport(
        challenge=loaded.name,
        split=split,
        part=None if loaded.part == ALL else loaded.part,
        target=loaded.target or None,
        path=reading.path,
        sha256=reading.sha256,
        excluded=excluded,
        findings=about_reading(reading, reading.findings),
        **{**shared, "designs": designs},
    )
