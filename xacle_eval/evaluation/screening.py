"""Screening: how screening the listeners would change a ranking.

For each method, the references are averaged again without the ratings that it removes. The
challenge's full ranking rule is applied to the new scores. The official ranking never changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xacle_eval.challenge.rounding import round_metrics
from xacle_eval.errors import UsageError
from xacle_eval.evaluation.ranking import rank_entries, unrankable
from xacle_eval.evaluation.scorer import Scorer
from xacle_eval.references.model import References
from xacle_eval.results.leaderboard import Entry, Leaderboard, ScreenedPlace, ScreenedRanking
from xacle_eval.text import did_you_mean, listing, quote, visible

if TYPE_CHECKING:
    from xacle_eval.listeners import Ratings, Screening, ScreeningMethod

__all__ = ["Screened", "parse_methods", "with_screenings"]


def parse_methods(names: str | Sequence[str], references: References) -> tuple[str, ...]:
    """Return the requested screening methods without duplicates.

    Parameters
    ----------
    names : str or sequence of str
        Names of `xacle_eval.listeners.SCREENING_METHODS`, or ``all``.
    references : References
        The references to screen.

    Raises
    ------
    UsageError
        If a name is unknown, or if the references have no ratings.
    """
    from xacle_eval.listeners import SCREENING_METHODS

    requested = (names,) if isinstance(names, str) else tuple(names)
    for name in requested:
        if name != "all" and name not in SCREENING_METHODS:
            known = (*SCREENING_METHODS, "all")
            hint = did_you_mean(name, known, f"expected one of {', '.join(known)}")
            raise UsageError(f"unknown screening method {quote(name)}; {hint}")
    if requested and references.ratings is None:
        raise UsageError(
            "screening needs per-listener ratings, but the references are averages: "
            "pass a file of ratings with --references"
        )
    return tuple(SCREENING_METHODS if "all" in requested else dict.fromkeys(requested))


def with_screenings(
    board: Leaderboard,
    scorer: Scorer,
    predictions: Mapping[str, NDArray[np.float64]],
    methods: Sequence[str],
    earlier: dict[str, Screened] | None = None,
) -> Leaderboard:
    """Return a leaderboard with the ranking of its systems under each screening method.

    Parameters
    ----------
    board : Leaderboard
        A leaderboard, whose ranks do not change.
    scorer : Scorer
        The scorer of that leaderboard. Nothing is added if its references have no ratings.
    predictions : mapping of path to array, shape (n,)
        The predictions of every entry, in manifest order.
    methods : sequence of str
        Methods from `parse_methods`, which are applied with their default parameters.
    earlier : dict of method to Screened, optional
        What is known from boards of the same systems. It is used again; the rest is added.

    Returns
    -------
    Leaderboard
        With one item in ``screenings`` for each method; see `ScreenedRanking`.
    """
    ratings = scorer.references.ratings
    if ratings is None:
        return board
    known = {} if earlier is None else earlier
    rankings = []
    for method in methods:
        if method not in known:
            known[method] = _screen(method, scorer, ratings)
        rankings.append(known[method].ranking_of(board, predictions))
    return board.model_copy(update={"screenings": tuple(rankings)})


@dataclass(slots=True)
class Screened:
    """What one method removes, and the scores of systems without it.

    ``kept`` are the ratings that it keeps, None if the method cannot be applied; ``scorer`` has
    their averages, None also if it removes all ratings of a pair.
    """

    outcome: ScreenedRanking
    kept: Ratings | None = None
    scorer: Scorer | None = None
    entries: dict[str, Entry] = field(default_factory=dict)

    def ranking_of(
        self, board: Leaderboard, predictions: Mapping[str, NDArray[np.float64]]
    ) -> ScreenedRanking:
        """Return the ranking of the systems of a board."""
        if self.scorer is None:
            return self.outcome
        for entry in board.entries:
            if entry.path not in self.entries:
                found = _score_again(entry, board, self.scorer, predictions[entry.path])
                self.entries[entry.path] = found
        entries = [self.entries[entry.path] for entry in board.entries]
        places = _rank_again(entries, board.order, self.scorer)
        return self.outcome.model_copy(update={"places": places})


def _screen(name: str, scorer: Scorer, ratings: Ratings) -> Screened:
    """Apply one method; without places, a note states the reason."""
    from xacle_eval.listeners import SCREENING_METHODS, RatingsError, screen

    needs = _unmet_needs(SCREENING_METHODS[name], ratings)
    if needs:
        return Screened(ScreenedRanking(method=name, n_ratings=ratings.n_ratings, note=needs))
    try:
        screening = screen(ratings, name)
    except RatingsError as error:
        note = str(error)
        return Screened(ScreenedRanking(method=name, n_ratings=ratings.n_ratings, note=note))
    references, lost = _average_again(scorer.references, screening)
    kept = ratings.where(~screening.removed)
    ids = scorer.challenge.scored.ids
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
        note = f"{result.public_note}: {pairs}"
        return Screened(result.model_copy(update={"note": note}), kept)
    return Screened(result, kept, Scorer(scorer.challenge, references))


def _unmet_needs(method: ScreeningMethod, ratings: Ratings) -> str:
    """Return a note on missing parameters and columns; empty if the method can be applied."""
    needs = [parameter.name for parameter in method.parameters if parameter.required]
    flags = [str(parameter.default) for parameter in method.parameters if parameter.name == "flag"]
    needs += [f"a column of {flag}s" for flag in flags if flag not in ratings.flags]
    if not needs:
        return ""
    return (
        f"requires {' and '.join(needs)}; to rank under it, pass --references with the file from "
        f"xacle-eval listeners --screen {method.name} --averages"
    )


def _average_again(references: References, screening: Screening) -> tuple[References, list[int]]:
    """Return the references without the removed ratings, and the pairs that lose all ratings."""
    ratings, size = references.ratings, references.values.size
    if ratings is None:
        return references, []
    kept = ~screening.removed
    number = np.bincount(ratings.pair[kept], minlength=size)
    lost: list[int] = np.flatnonzero(number == 0).tolist()
    # Same summation as in the references: removing nothing must give bit-identical averages.
    total = np.bincount(ratings.pair[kept], weights=ratings.values[kept], minlength=size)
    return replace(references, values=total / np.maximum(number, 1), ratings=None), lost


def _rank_again(
    entries: Sequence[Entry], order: Sequence[str], scorer: Scorer
) -> tuple[ScreenedPlace, ...]:
    """Return systems in the given order, with ranks by other references."""
    ranked = rank_entries(
        (e for e in entries if not unrankable(e, order)), scorer.challenge.ranking
    )
    ranks = {entry.path: entry.rank for entry in ranked}
    return tuple(
        ScreenedPlace(
            rank=ranks.get(entry.path), team=entry.team, system=entry.system, metrics=entry.metrics
        )
        for entry in entries
    )


def _score_again(
    entry: Entry, board: Leaderboard, scorer: Scorer, predictions: NDArray[np.float64]
) -> Entry:
    metrics = scorer.scores_at(board.level, predictions).metrics
    return entry.model_copy(
        update={"metrics": metrics, "rounded": round_metrics(metrics, board.decimals)}
    )
