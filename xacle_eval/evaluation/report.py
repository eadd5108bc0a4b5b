"""Reports: the boards, the details of every system and the listeners, from one reading."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar, cast

from xacle_eval.challenge.loading import DEFAULT_CHALLENGE, load_challenge
from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.parts import ALL
from xacle_eval.challenge.presentation import Presentation
from xacle_eval.errors import check_arguments
from xacle_eval.evaluation.boards import BoardSettings, Collection
from xacle_eval.evaluation.details import system_details
from xacle_eval.evaluation.ratings_report import ratings_report
from xacle_eval.evaluation.scorer import Scorer
from xacle_eval.evaluation.targets import add_all, boards_of
from xacle_eval.metrics import Metric
from xacle_eval.references.demo import warn_of_demo
from xacle_eval.references.loading import load_one
from xacle_eval.references.model import GivenReferences, OneReferences, References
from xacle_eval.references.targets import load_all
from xacle_eval.results.details import SystemDetails
from xacle_eval.results.leaderboard import By, Leaderboard
from xacle_eval.results.policy import publish_report
from xacle_eval.results.report import ChallengeReport, RatingsReport
from xacle_eval.results.targets import TargetBoards
from xacle_eval.results.uncertainty import Bootstrap
from xacle_eval.submissions.discovery import find_submissions, require_some
from xacle_eval.submissions.objects import (
    GivenSystems,
    InOrder,
    Order,
    paths_among,
    require_arrays,
)
from xacle_eval.submissions.validation import PathLike

__all__ = ["Stages", "full_report", "report"]

Stages = Callable[[str, int, int], None]
"""Called as ``progress(stage, done, total)``."""
T = TypeVar("T")


def report(
    *paths: GivenSystems,
    references: GivenReferences = None,
    challenge: PathLike | Challenge = DEFAULT_CHALLENGE,
    split: str | None = None,
    part: str | None = None,
    bootstrap: Bootstrap | int = 10_000,
    screenings: str | Sequence[str] | None = None,
    references_of: Mapping[str, OneReferences] | None = None,
    follow_links: bool = False,
    rank_suspicious: bool = False,
    metrics: Sequence[str | Metric] | None = None,
    allow_code: bool = False,
    ids: Iterable[str] | None = None,
    order: Order | None = None,
    progress: Stages | None = None,
) -> ChallengeReport:
    """Return all that the results pages of a challenge show.

    Parameters
    ----------
    *paths : path, predictions in memory, or dict of them
        As for `xacle_eval.leaderboard`.
    references, challenge, split, part, references_of, follow_links, rank_suspicious
        As for `xacle_eval.leaderboard`.
    bootstrap : Bootstrap or int
        The settings of the bootstrap. A number means so many resamples.
    screenings : str or sequence of str, optional
        Names of `xacle_eval.listeners.SCREENING_METHODS`, or ``all``, which is the default for
        references with ratings.
    metrics, allow_code, ids, order
        As for `xacle_eval.leaderboard`. Only metrics that the challenge file publishes are shown.
    progress : callable, optional
        Called as ``progress(stage, done, total)``; the stages are ``scoring``, ``resampling``,
        ``details`` and ``ratings``.

    Returns
    -------
    ChallengeReport
        The board by system and, if a team has several ranked systems, the board by team. For a
        challenge with several targets, both are `TargetBoards`.
        The report is made for publication: its attributes, as its texts and files, have only what
        the table ``[publish]`` of the challenge file allows, and all numbers are rounded. Use
        `xacle_eval.leaderboard` for full precision.

    Raises
    ------
    ChallengeError, ReferencesError
        If the challenge file or the references have errors.
    UsageError
        If no submission is found, or if listeners cannot be screened.
    """
    found = full_report(
        *paths,
        references=references,
        challenge=challenge,
        split=split,
        part=part,
        bootstrap=bootstrap,
        screenings=screenings,
        references_of=references_of,
        follow_links=follow_links,
        rank_suspicious=rank_suspicious,
        metrics=metrics,
        allow_code=allow_code,
        ids=ids,
        order=order,
        progress=progress,
    )
    warn_of_demo(board.references for board in found.boards_of("system").values())
    return publish_report(found)


def full_report(
    *paths: GivenSystems,
    references: GivenReferences = None,
    challenge: PathLike | Challenge = DEFAULT_CHALLENGE,
    split: str | None = None,
    part: str | None = None,
    bootstrap: Bootstrap | int = 10_000,
    screenings: str | Sequence[str] | None = None,
    references_of: Mapping[str, OneReferences] | None = None,
    follow_links: bool = False,
    rank_suspicious: bool = False,
    metrics: Sequence[str | Metric] | None = None,
    allow_code: bool = False,
    ids: Iterable[str] | None = None,
    order: Order | None = None,
    progress: Stages | None = None,
    may_be_empty: bool = False,
) -> ChallengeReport:
    """Return a report before it is rounded and cut for publication; see `report`.

    It has every finding with its places, and findings between submissions, for the organisers.
    Without any path, it has empty boards if it ``may_be_empty``.
    """
    optional = ("screenings", "references_of", "metrics", "progress")
    check_arguments(
        bootstrap=bootstrap, screenings=screenings, references_of=references_of,
        follow_links=follow_links, rank_suspicious=rank_suspicious, metrics=metrics,
        progress=progress, optional=optional,
    )  # fmt: skip
    plan = _with_progress(cast(Bootstrap, Bootstrap.of(bootstrap)), progress)
    loaded = load_challenge(challenge, split, part=part, allow_code=allow_code)
    loaded = loaded.with_metrics(metrics)
    in_order = InOrder(ids, order)
    require_arrays(in_order, loaded, *paths, references)
    located, ignored = find_submissions(paths, loaded, follow_links=follow_links, in_order=in_order)
    if paths or not may_be_empty:
        require_some(located, ignored, paths_among(paths))
    if loaded.targets:
        truths = load_all(references, loaded, paths, in_order)
    else:
        truths = {"": load_one(cast(Any, references), loaded, paths, in_order)}
    settings = BoardSettings("system", plan, (), references_of, rank_suspicious, tuple(ignored))
    collections = {
        name: _collection(loaded, name, truth, settings, screenings)
        for name, truth in truths.items()
    }
    add_all(_counted(located, "scoring", progress), loaded, collections)
    return _report(loaded, collections, plan, progress)


def _with_progress(plan: Bootstrap, progress: Stages | None) -> Bootstrap:
    if progress is None or plan.progress is not None:
        return plan
    return replace(plan, progress=lambda done, total: progress("resampling", done, total))


def _counted(items: Sequence[T], stage: str, progress: Stages | None) -> Iterator[T]:
    """Yield items and report how many are done."""
    for done, item in enumerate(items):
        if progress is not None:
            progress(stage, done, len(items))
        yield item
    if progress is not None:
        progress(stage, len(items), len(items))


def _collection(
    challenge: Challenge,
    target: str,
    truth: References,
    settings: BoardSettings,
    screenings: str | Sequence[str] | None,
) -> Collection:
    """Return the empty collection of a target; by default, all screenings if it has ratings."""
    if screenings is None:
        screenings = () if truth.ratings is None else "all"
    scorer = Scorer(challenge.for_target(target), truth)
    return Collection(challenge, scorer, replace(settings, screenings=screenings))


def _report(
    challenge: Challenge,
    collections: Mapping[str, Collection],
    plan: Bootstrap,
    progress: Stages | None,
) -> ChallengeReport:
    """Return the report before its numbers are rounded."""
    boards = {"system": _board(challenge, collections, "system", plan)}
    if any(map(_has_several, collections.values())):
        boards["team"] = _board(challenge, collections, "team", plan)
    return ChallengeReport(
        challenge=challenge.name,
        split=challenge.split,
        part=None if challenge.part == ALL else challenge.part,
        boards=cast(dict[By, Leaderboard | TargetBoards], boards),
        details=_details(challenge, collections, progress),
        ratings=_ratings(challenge, collections, plan, progress),
        publishing=challenge.publish,
        presentation=Presentation.of(challenge),
    )


def _details(
    challenge: Challenge, collections: Mapping[str, Collection], progress: Stages | None
) -> dict[str, tuple[SystemDetails, ...]]:
    """Return the details of every ranked system by target."""
    ranked = [(name, entry) for name, each in collections.items() for entry in each.ranked]
    found: dict[str, list[SystemDetails]] = {name: [] for name in collections}
    for name, entry in _counted(ranked, "details", progress):
        collection = collections[name]
        (row,) = collection.predictions_of([entry])
        found[name].append(
            system_details(
                collection.scorer,
                row,
                entry,
                challenge.publish,
                description=collection.descriptions.get(entry.path),
            )
        )
    return {name: tuple(details) for name, details in found.items()}


def _ratings(
    challenge: Challenge,
    collections: Mapping[str, Collection],
    plan: Bootstrap,
    progress: Stages | None,
) -> dict[str, RatingsReport]:
    """Return the analysis of the ratings of each target that has them."""
    found = {}
    for name in _counted(list(collections), "ratings", progress):
        each = collections[name]
        ratings = ratings_report(each.scorer, each.screened, plan, challenge.publish.min_pairs)
        if ratings is not None:
            found[name] = ratings
    return found


def _board(
    challenge: Challenge, collections: Mapping[str, Collection], by: By, plan: Bootstrap
) -> Leaderboard | TargetBoards:
    if challenge.targets:
        return boards_of(challenge, collections, by, plan)
    return collections[""].board(by)


def _has_several(collection: Collection) -> bool:
    """Return whether a team has several ranked systems."""
    teams = [entry.team for entry in collection.ranked if entry.kind == "competing"]
    return len(set(teams)) < len(teams)
