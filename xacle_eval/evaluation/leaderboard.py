"""Leaderboards: score and rank submissions.

Submissions are scored one at a time. Unless later steps need all predictions, only the scores, a
sketch of each system and a limited number of predictions are kept in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from xacle_eval.challenge.loading import DEFAULT_CHALLENGE, load_challenge
from xacle_eval.challenge.model import Challenge
from xacle_eval.errors import check_arguments
from xacle_eval.evaluation.boards import BoardSettings, Collection
from xacle_eval.evaluation.breakdown import check_column
from xacle_eval.evaluation.ranking import check_by
from xacle_eval.evaluation.scorer import Scorer
from xacle_eval.evaluation.targets import add_all, rank_targets
from xacle_eval.metrics import Metric
from xacle_eval.references.demo import warn_of_demo
from xacle_eval.references.loading import load_one
from xacle_eval.references.model import GivenReferences, OneReferences
from xacle_eval.results.leaderboard import By, Leaderboard
from xacle_eval.results.uncertainty import Bootstrap
from xacle_eval.submissions.discovery import find_submissions, require_some
from xacle_eval.submissions.objects import (
    GivenSystems,
    InOrder,
    Order,
    paths_among,
    require_arrays,
)
from xacle_eval.submissions.validation import PathLike, Progress

__all__ = ["leaderboard"]


def leaderboard(
    *paths: GivenSystems,
    references: GivenReferences = None,
    challenge: PathLike | Challenge = DEFAULT_CHALLENGE,
    split: str | None = None,
    part: str | None = None,
    by: By = "system",
    bootstrap: Bootstrap | int | None = None,
    screenings: str | Sequence[str] = (),
    by_column: str | None = None,
    references_of: Mapping[str, OneReferences] | None = None,
    follow_links: bool = False,
    rank_suspicious: bool = False,
    metrics: Sequence[str | Metric] | None = None,
    allow_code: bool = False,
    ids: Iterable[str] | None = None,
    order: Order | None = None,
    progress: Progress = iter,
) -> Leaderboard | Any:
    """Score and rank submissions.

    Parameters
    ----------
    *paths : path, predictions in memory, or dict of them
        Prediction files, packages, and folders to search for them. In ``DIR/<team>/<file>`` the
        folder is the team. Predictions in memory as for `xacle_eval.score`; a dict of them has
        the labels of the systems.
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
    by : {"system", "team"}
        Rank every system, or the best system of each team.
    bootstrap : Bootstrap or int, optional
        Add intervals, rank stability, clusters and, with ratings, the noise ceiling. A number
        means so many resamples.
    screenings : str or sequence of str
        Names of `xacle_eval.listeners.SCREENING_METHODS`, or ``all``: add the ranking under each
        method with its default parameters. Needs ratings. The official ranking does not change.
    by_column : str, optional
        Add the metrics of every entry for each value of this column of the pairs file, as
        ``Entry.breakdown``; with `bootstrap`, also their intervals. The ranking does not change.
    references_of : mapping of split to references, optional
        References of other splits. Claimed results are checked against the scores of the
        predictions that packages contain for those splits.
    follow_links : bool
        Follow symbolic links in folders if they lead to a place in the same folder. Otherwise,
        a link in the place of a submission is unranked (XAC126).
    rank_suspicious : bool
        Also rank files with spikes outside the scale (XAC067), and teams with more than twice as
        many systems as the challenge allows (XAC061). Their scores can reveal the labels.
    metrics : sequence of str or Metric, optional
        The metrics to compute, by name or as own ones, beside those of the ranking's order; by
        default those of the challenge file.
    allow_code : bool
        Import the own metrics that the challenge file names.
    ids : iterable of str, optional
        The id of each value of an array.
    order : "manifest", optional
        The values of an array are in the order of the challenge's manifest.
    progress : callable, optional
        Wraps the list of files while they are scored, like ``tqdm``.

    Returns
    -------
    Leaderboard
        Ranked systems, with metrics at full precision; invalid submissions are listed as unranked,
        with their findings. An unexpected error in one submission is its finding XAC120.
        Its texts and files have rounded metrics, which can be published.
        For a challenge with several targets, a `TargetBoards` with a board for each.

    Raises
    ------
    ChallengeError, ReferencesError
        If the challenge file or the references have errors.
    UsageError
        If no submission is found, if `by` is unknown, or if listeners cannot be resampled or
        screened.
    """
    check_by(by)
    optional = ("by_column", "references_of", "metrics")
    check_arguments(
        screenings=screenings, by_column=by_column, references_of=references_of,
        follow_links=follow_links, rank_suspicious=rank_suspicious, metrics=metrics,
        progress=progress, optional=optional,
    )  # fmt: skip
    plan = Bootstrap.of(bootstrap)
    loaded = load_challenge(challenge, split, part=part, allow_code=allow_code)
    loaded = loaded.with_metrics(metrics)
    in_order = InOrder(ids, order)
    require_arrays(in_order, loaded, *paths, references)
    located, ignored = find_submissions(paths, loaded, follow_links=follow_links, in_order=in_order)
    require_some(located, ignored, paths_among(paths))
    check_column(loaded, by_column)
    settings = BoardSettings(
        by, plan, screenings, references_of, rank_suspicious, tuple(ignored), by_column
    )
    if loaded.targets:
        boards = rank_targets(progress(located), references, loaded, settings, paths, in_order)
        warn_of_demo(board.references for board in boards.targets.values())
        return boards
    truth = load_one(cast(Any, references), loaded, paths, in_order)
    collection = Collection(loaded, Scorer(loaded, truth), settings)
    add_all(progress(located), loaded, {"": collection})
    board = collection.board()
    warn_of_demo([board.references])
    return board
