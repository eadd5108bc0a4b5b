"""Sentences that say what a board can and cannot distinguish, from its numbers."""

from __future__ import annotations

from xacle_eval.reports.site.names import Sentence, capitalised
from xacle_eval.reports.site.ranking import RankedSystem, Ranking
from xacle_eval.results.uncertainty import ResamplingSummary
from xacle_eval.text import count

__all__ = ["ALPHA", "board_sentence", "significant_pairs"]

ALPHA = "α\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}"


def board_sentence(ranking: Ranking, demo: bool = False) -> Sentence:
    """Return what the ranking can and cannot distinguish.

    Parameters
    ----------
    ranking : Ranking
    demo : bool
        Whether the references are synthetic, so that nothing is reported about real systems.
    """
    competing = ranking.competing
    begin = ("With the synthetic demo ratings: ",) if demo else ()
    if not competing:
        others = count(len(ranking.systems), "system")
        verb = "has" if len(ranking.systems) == 1 else "have"
        there = f" {others} outside the competition {verb} no rank." if ranking.systems else ""
        return (f"No {ranking.by} is ranked.{there}",)
    if len(competing) == 1:
        found = _single(ranking, competing[0])
    elif ranking.summary is None:
        found = _unmeasured(ranking, competing)
    else:
        found = _measured(ranking, competing, ranking.summary)
    return (*begin, *found) if demo else capitalised(found)


def _single(ranking: Ranking, system: RankedSystem) -> Sentence:
    value, interval = ranking.text(system.value), ranking.interval(system.low, system.high)
    if ranking.summary is not None and interval:
        value += f" ({100 * ranking.summary.level:.10g} % interval {interval})"
    return (
        "only ",
        ranking.name_of(system),
        f" is ranked, so there is nothing to compare. Its {ranking.title} is {value}.",
    )


def _unmeasured(ranking: Ranking, competing: tuple[RankedSystem, ...]) -> Sentence:
    leaders = [each for each in competing if each.rank == 1]
    verb = " share the first rank" if len(leaders) > 1 else " is first"
    return (
        *_listed(ranking, leaders),
        f"{verb} of {count(len(competing), ranking.by)}. Nothing was resampled, so this table "
        "cannot say which differences are larger than chance.",
    )


def _measured(
    ranking: Ranking, competing: tuple[RankedSystem, ...], summary: ResamplingSummary
) -> Sentence:
    number = count(len(competing), ranking.by)
    if summary.family == 0:
        return (f"{number} are too many to test all differences. ", *_first_share(ranking))
    if summary.smallest_p is not None and summary.smallest_p > summary.alpha:
        return _indistinct(ranking, competing, summary)
    return (*_could_be_first(ranking, competing, summary), *_differences(ranking, summary))


def _indistinct(
    ranking: Ranking, competing: tuple[RankedSystem, ...], summary: ResamplingSummary
) -> Sentence:
    """Say why no difference can be significant: equal predictions, or too little data."""
    number = count(len(competing), ranking.by)
    begin = f"the ranking cannot distinguish any of the {number}"
    if summary.smallest_p is not None and summary.smallest_p >= 1.0:
        # If two systems differed in two predictions, the smallest p would be 2/2^2 or less.
        if len({each.value for each in competing}) == 1:
            value = ranking.text(competing[0].value)
            return (
                f"{begin}: they have the same predictions (or differ in a single one) and the "
                f"same {ranking.title}, {value}.",
            )
        return (f"{begin}: their predictions are the same, or differ in a single one.",)
    return (
        f"{begin}: with so few pairs that differ, or so few resamples, no "
        f"difference could be significant at {ALPHA}{summary.alpha:g}.",
    )


def _first_share(ranking: Ranking) -> Sentence:
    leaders = [each for each in ranking.competing if each.rank == 1]
    shares = [each.uncertainty.p_first for each in leaders if each.uncertainty]
    if len(leaders) != 1 or not shares or shares[0] is None:
        return ()
    return (ranking.name_of(leaders[0]), f" is first in {100 * shares[0]:.1f} % of the resamples.")


def _could_be_first(
    ranking: Ranking, competing: tuple[RankedSystem, ...], summary: ResamplingSummary
) -> Sentence:
    """Say which systems could be first, by the confidence sets that hold for all together."""
    possible = [
        each
        for each in competing
        if each.uncertainty is not None and each.uncertainty.rank_simultaneous_low == 1
    ]
    if not possible:
        return _first_share(ranking)
    level = f"{100 * summary.level:.10g} % confidence"
    if len(possible) == len(competing):
        both = "both" if len(competing) == 2 else f"all {len(competing):,}"
        return (f"{both} {ranking.by}s could be first in {ranking.title} ({level}).",)
    if len(possible) == 1:
        return (ranking.name_of(possible[0]), f" is first in {ranking.title} ({level}).")
    return (*_listed(ranking, possible), f" could be first in {ranking.title} ({level}).")


def _listed(ranking: Ranking, systems: list[RankedSystem]) -> Sentence:
    """Name one or two systems, or the first and the number of the others."""
    first = ranking.name_of(systems[0])
    if len(systems) == 1:
        return (first,)
    if len(systems) == 2:
        return (first, " and ", ranking.name_of(systems[1]))
    return (first, f" and {len(systems) - 1:,} others")


def _differences(ranking: Ranking, summary: ResamplingSummary) -> Sentence:
    significant, tested = significant_pairs(summary)
    clusters = {each.uncertainty.cluster for each in ranking.competing if each.uncertainty}
    clusters.discard(None)
    noun = ranking.by
    text = ""
    if tested:
        if tested == 1:
            verb = "differ" if significant else "do not differ"
            text = f" The two {verb} significantly ({ALPHA}{summary.alpha:g})."
        elif significant == tested:
            text = f" Every {noun} differs significantly from every other."
        elif significant == 0:
            text = f" No two {noun}s differ significantly ({ALPHA}{summary.alpha:g})."
        else:
            pairs = count(tested, f"pair of {noun}s", f"pairs of {noun}s")
            differ = "differs" if significant == 1 else "differ"
            same = tested - significant
            text = (
                f" Of {pairs}, {significant:,} {differ} significantly ({ALPHA}{summary.alpha:g}) "
                f"and {same:,} {'does' if same == 1 else 'do'} not."
            )
    if len(clusters) > 1 and significant < tested:
        text += f" The {noun}s form {len(clusters):,} clusters."
    if summary.smallest_difference is not None and significant < tested:
        text += (
            f" Neighbours differ significantly if their {ranking.title} differs by about "
            f"{summary.smallest_difference:.2g} or more."
        )
    return (text,) if text else ()


def significant_pairs(summary: ResamplingSummary) -> tuple[int, int]:
    """Return how many pairs of systems differ significantly, and how many were tested."""
    tested = [p for row in summary.difference_p for p in row]
    return sum(p <= summary.alpha for p in tested), len(tested)
