"""What screening the listeners would do to a ranking: the same systems, ranked anew under each
method.

The references are averaged again without what a method removes, and the challenge's whole
ranking rule is applied to the new scores. The ranking itself never changes by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xacle_eval.errors import UsageError
from xacle_eval.evaluation.ranking import rank_entries, round_metrics, unrankable
from xacle_eval.evaluation.scorer import Scorer
from xacle_eval.references.model import References
from xacle_eval.results.leaderboard import Entry, Leaderboard, ScreenedPlace, ScreenedRanking
from xacle_eval.text import count, listing, nearest, quote, visible

if TYPE_CHECKING:
    from xacle_eval.listeners import Ratings, Screening, ScreeningMethod

__all__ = ["parse_methods", "with_screenings"]


def parse_methods(names: str | Sequence[str], references: References) -> tuple[str, ...]:
    """Return the screening methods that were asked for, each once; ``all`` stands for every one.

    Raises
    ------
    UsageError
        For a name that is no method, or references without ratings.
    """
    from xacle_eval.listeners import SCREENING_METHODS

    asked = (names,) if isinstance(names, str) else tuple(names)
    for name in asked:
        if name != "all" and name not in SCREENING_METHODS:
            guess = nearest(name, (*SCREENING_METHODS, "all"))
            hint = (
                f"did you mean {guess}?"
                if guess
                else f"there are {', '.join(SCREENING_METHODS)}, and all"
            )
            raise UsageError(f"there is no screening method {quote(name)}; {hint}")
    if asked and references.ratings is None:
        raise UsageError(
            "screening needs the ratings of the listeners, and the references are averages: "
            "pass --references with a file of ratings"
        )
    return tuple(SCREENING_METHODS) if "all" in asked else tuple(dict.fromkeys(asked))


def with_screenings(
    board: Leaderboard,
    scorer: Scorer,
    predictions: Mapping[str, NDArray[np.float64]],
    methods: Sequence[str],
) -> Leaderboard:
    """Return a leaderboard with the ranking of its systems under each screening method.

    Parameters
    ----------
    board : Leaderboard
        In rank order; the ranks stay as they are.
    scorer : Scorer
        That made it, with references made from ratings.
    predictions : mapping of path to array
        The predictions of every entry, in manifest order.
    methods : sequence of str
        As `parse_methods` returns them; each is applied with its default parameters.
    """
    ratings = scorer.references.ratings
    if ratings is None:
        return board
    found = tuple(_under(method, board, scorer, predictions, ratings) for method in methods)
    return board.model_copy(update={"screenings": found})


def _under(
    name: str,
    board: Leaderboard,
    scorer: Scorer,
    predictions: Mapping[str, NDArray[np.float64]],
    ratings: Ratings,
) -> ScreenedRanking:
    """Return the ranking under one method, or why there is none."""
    from xacle_eval.listeners import SCREENING_METHODS, RatingsError, screen

    missing = _missing(SCREENING_METHODS[name], ratings)
    if missing:
        return ScreenedRanking(method=name, n_ratings=ratings.n_ratings, note=missing)
    try:
        screening = screen(ratings, name)
    except RatingsError as error:
        return ScreenedRanking(method=name, n_ratings=ratings.n_ratings, note=str(error))
    references, lost = _averaged(scorer.references, screening)
    ids = scorer.challenge.manifest.ids
    result = ScreenedRanking(
        method=name,
        parameters=dict(screening.parameters),
        n_ratings=ratings.n_ratings,
        n_removed=screening.n_removed,
        n_listeners_removed=screening.n_listeners_removed,
        untested=screening.untested,
        pairs_lost=tuple(ids[pair] for pair in lost),
    )
    if lost:
        pairs = listing(visible(pair) for pair in result.pairs_lost)
        return result.model_copy(
            update={"note": f"would leave {count(len(lost), 'pair')} without ratings: {pairs}"}
        )
    places = _places(board, Scorer(scorer.challenge, references), predictions)
    return result.model_copy(update={"places": places})


def _missing(method: ScreeningMethod, ratings: Ratings) -> str:
    """Say what a method needs that has no default, or that references do not carry; empty if
    nothing.
    """
    needs = [
        f"{parameter.name}, which has no default"
        for parameter in method.parameters
        if parameter.required
    ]
    flags = [str(parameter.default) for parameter in method.parameters if parameter.name == "flag"]
    needs += [f"a column that marks each {flag}" for flag in flags if flag not in ratings.flags]
    if not needs:
        return ""
    return (
        f"it needs {', and '.join(needs)}: see xacle-eval listeners --screen {method.name}, "
        "whose --averages are references to rank by"
    )


def _averaged(references: References, screening: Screening) -> tuple[References, list[int]]:
    """Return the references without what a screening removes, and the pairs that keep no rating."""
    ratings, size = references.ratings, references.values.size
    if ratings is None:
        return references, []
    kept = ~screening.removed
    number = np.bincount(ratings.pair[kept], minlength=size)
    lost: list[int] = np.flatnonzero(number == 0).tolist()
    # Summed as the references are, so that a screening that removes nothing changes no bit.
    total = np.bincount(ratings.pair[kept], weights=ratings.values[kept], minlength=size)
    return replace(references, values=total / np.maximum(number, 1), ratings=None), lost


def _places(
    board: Leaderboard, scorer: Scorer, predictions: Mapping[str, NDArray[np.float64]]
) -> tuple[ScreenedPlace, ...]:
    """Return the place of each of a board's systems under other references, in the board's order."""
    entries = [_scored(entry, board, scorer, predictions[entry.path]) for entry in board.entries]
    ranked = rank_entries(
        (e for e in entries if not unrankable(e, board.order)), scorer.challenge.ranking
    )
    ranks = {entry.path: entry.rank for entry in ranked}
    return tuple(
        ScreenedPlace(
            rank=ranks.get(entry.path), team=entry.team, system=entry.system, metrics=entry.metrics
        )
        for entry in entries
    )


def _scored(
    entry: Entry, board: Leaderboard, scorer: Scorer, predictions: NDArray[np.float64]
) -> Entry:
    metrics = scorer.scores_at(board.level, predictions).metrics
    return entry.model_copy(
        update={"metrics": metrics, "rounded": round_metrics(metrics, board.decimals)}
    )
