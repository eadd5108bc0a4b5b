"""Clusters of systems, also those of the WMT metrics task, and the letter display.

Conventions: systems come best first. Members of a cluster may differ significantly from each other,
because the relation is not transitive. The letter display is exact: two systems share a letter if
and only if they do not differ. Neither changes the official rank.

Leaderboards use :func:`separate_clusters`: systems of different clusters never share a letter. By
the rule of WMT (:func:`assign_clusters`) they can, because there a cluster starts as soon as one
system above is significantly better.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from xacle_eval.errors import UsageError

__all__ = ["assign_clusters", "letter_display", "separate_clusters"]

_ALPHABET = "abcdefghijklmnopqrstuvwxyz"


def assign_clusters(
    count: int, p_better: Callable[[int, int], float] | npt.ArrayLike, alpha: float = 0.05
) -> tuple[int, ...]:
    """Number the clusters of a ranking from 1.

    From the best to the worst system, a system starts a new cluster if any system of the current
    cluster is significantly better.

    Parameters
    ----------
    count : int
        Number of systems, best first.
    p_better : callable or array_like, shape (count, count)
        One-sided p that system i is better than system j, as ``p_better(i, j)`` or at [i, j]. Only
        i < j is used. A callable is called only for the values that are needed. nan is not
        significant.
    alpha : float
        A system is significantly better if p <= alpha.

    Returns
    -------
    tuple of int, length count

    Raises
    ------
    UsageError
        If `alpha` is not between 0 and 1.

    Notes
    -----
    `p_better` can be the first result of :meth:`PermutationCounts.matrices` or of
    :func:`bootstrap_p_matrices`. With many systems, a callable saves most of the tests.

    References
    ----------
    The procedure is that of ``AssignRanks`` in google-research/mt-metrics-eval, used by the WMT
    metrics task.
    """
    _check_alpha(alpha)
    if callable(p_better):
        p_of = p_better
    else:
        matrix = np.asarray(p_better, dtype=np.float64)

        def p_of(i: int, j: int) -> float:
            return float(matrix[i, j])

    clusters: list[int] = []
    first = 0
    for system in range(count):
        if any(p_of(member, system) <= alpha for member in range(first, system)):
            first = system
        clusters.append(clusters[-1] + (first == system) if clusters else 1)
    return tuple(clusters)


def separate_clusters(
    p_values: npt.ArrayLike, better: npt.ArrayLike, alpha: float = 0.05
) -> tuple[int, ...]:
    """Number the clusters of a ranking from 1, so that they never contradict the letters.

    A cluster ends where every system above is significantly better than every system below. So
    systems of different clusters differ significantly and share no letter.

    Parameters
    ----------
    p_values : array_like, shape (S, S)
        Two-sided p of each system pair, systems best first; nan is not significant.
    better : array_like of bool, shape (S, S)
        At [i, j] whether system i is better than j.
    alpha : float
        Systems differ if p <= alpha.

    Returns
    -------
    tuple of int, length S

    Raises
    ------
    UsageError
        If `alpha` is not between 0 and 1.
    """
    _check_alpha(alpha)
    beats = (np.asarray(p_values, dtype=np.float64) <= alpha) & np.asarray(better, dtype=bool)
    number, last = 1, 0
    clusters = []
    for system in range(beats.shape[0]):
        # No cluster ends between a system and the last one below that it does not beat.
        if system > last:
            number, last = number + 1, system
        below = np.flatnonzero(~beats[system, system + 1 :])
        if below.size:
            last = max(last, system + 1 + int(below[-1]))
        clusters.append(number)
    return tuple(clusters)


def _check_alpha(alpha: float) -> None:
    if not 0.0 < alpha < 1.0:
        raise UsageError(f"alpha must be between 0 and 1, such as 0.05; got {alpha}")


def letter_display(p_values: npt.ArrayLike, alpha: float = 0.05) -> tuple[str, ...]:
    """Return the letters of each system; systems that share one do not differ significantly.

    Parameters
    ----------
    p_values : array_like, shape (S, S)
        Two-sided p of each system pair, symmetrical, systems best first; nan is not significant.
    alpha : float
        Systems differ if p <= alpha.

    Returns
    -------
    tuple of str, length S
        Letters in the order of the ranking, "a" first. After "z" come "aa", "ab", …; all are then
        separated by commas.

    Notes
    -----
    Every system pair that does not differ belongs to a set of systems that do not differ from each
    other. Sets grow from the best system to the worst, and redundant sets are dropped. Piepho,
    H.-P. (2004). An algorithm for a letter-based representation of all-pairwise comparisons. J.
    Comput. Graph. Stat. 13(2), 456-466.
    """
    _check_alpha(alpha)
    p = np.asarray(p_values, dtype=np.float64)
    alike = ~(p <= alpha)
    np.fill_diagonal(alike, True)
    alike &= alike.T
    sets = sorted(_drop_redundant(_cover_by_sets(alike), p.shape[0]))
    names = _letters(len(sets))
    separator = "," if len(sets) > len(_ALPHABET) else ""
    return tuple(
        separator.join(name for name, members in zip(names, sets, strict=True) if system in members)
        for system in range(p.shape[0])
    )


def _cover_by_sets(alike: npt.NDArray[np.bool_]) -> list[list[int]]:
    """Cover every system and every alike system pair by sets of mutually alike systems."""
    count = alike.shape[0]
    covered = np.zeros_like(alike)
    sets = []
    for i in range(count):
        for j in range(i, count):
            # j == i comes first and grows a set from i alone; later pairs cover the others.
            if alike[i, j] and not covered[i, j]:
                members = sorted({i, j})
                for candidate in range(count):
                    if candidate not in members and alike[candidate, members].all():
                        members.append(candidate)
                covered[np.ix_(members, members)] = True
                sets.append(sorted(members))
    return sets


def _drop_redundant(sets: list[list[int]], count: int) -> list[list[int]]:
    """Drop each set whose system pairs are all in other sets; try later sets first."""
    times = np.zeros((count, count), np.int64)
    for members in sets:
        times[np.ix_(members, members)] += 1
    kept = []
    for members in reversed(sets):
        block = np.ix_(members, members)
        if (times[block] > 1).all():
            times[block] -= 1
        else:
            kept.append(members)
    return kept


def _letters(count: int) -> list[str]:
    names = []
    for number in range(count):
        name, rest = "", number
        while rest >= 0:
            name = _ALPHABET[rest % len(_ALPHABET)] + name
            rest = rest // len(_ALPHABET) - 1
        names.append(name)
    return names
