"""Sentences below the charts of uncertainty: what each one shows for its data."""

from __future__ import annotations

from collections.abc import Sequence

from xacle_eval.reports.site.charts.lines import Alternative
from xacle_eval.reports.site.charts.matrix import p_text
from xacle_eval.reports.site.names import Name, Sentence
from xacle_eval.reports.site.numbers import NO_BREAK, percent
from xacle_eval.reports.site.ranking import RankedSystem, Ranking
from xacle_eval.reports.site.sentences import ALPHA, significant_pairs
from xacle_eval.results.leaderboard import ScreenedRanking
from xacle_eval.results.uncertainty import ResamplingSummary
from xacle_eval.text import count

__all__ = ["blob_sentence", "lines_sentence", "matrix_sentence", "screening_sentence"]


def blob_sentence(ranking: Ranking) -> Sentence:
    """Say how often the first system is first, how many ranks are certain, and the widest span."""
    systems, summary = ranking.competing, ranking.summary
    spans = [(each, span) for each in systems if (span := _span(each)) is not None]
    if summary is None or not spans:
        return ("No ranks over resamples are known.",)
    resamples = count(summary.resamples, "resample")
    level = f"{100 * summary.level:.10g} %"
    fixed = sum(low == high for _, (low, high) in spans)
    first = _first_words(ranking, resamples)
    if fixed == len(spans):
        return (*first, f" Every {ranking.by} has the same rank in {level} of the resamples.")
    verb = "has" if fixed < 2 else "have"
    number = f"{fixed:,}" if fixed else "Neither" if len(spans) == 2 else "None"
    text = (
        f" {number} of {count(len(spans), ranking.by)} {verb} the same rank in {level} of the "
        "resamples; the widest span, "
    )
    widest, (low, high) = max(spans, key=lambda each: each[1][1] - each[1][0])
    return (*first, text, f"ranks {low} to {high}, is that of ", ranking.name_of(widest), ".")


def _span(each: RankedSystem) -> tuple[int, int] | None:
    found = each.uncertainty
    if found is None or found.rank_low is None or found.rank_high is None:
        return None
    return found.rank_low, found.rank_high


def _first_words(ranking: Ranking, resamples: str) -> Sentence:
    leader = ranking.competing[0]
    share = leader.uncertainty.p_first if leader.uncertainty else None
    if share is None:
        return (f"Ranks over {resamples}.",)
    return (ranking.name_of(leader), f" is first in {percent(share)} of {resamples}.")


def matrix_sentence(ranking: Ranking) -> Sentence:
    """Say how many pairs differ, and how many systems do not differ from the first one."""
    summary, systems = ranking.summary, ranking.competing
    if summary is None or not summary.difference_p:
        return ("No differences were tested.",)
    if len(systems) == 2:
        return _one_difference(ranking, summary)
    significant, tested = significant_pairs(summary)
    pairs = count(tested, f"pair of {ranking.by}s", f"pairs of {ranking.by}s")
    verb = "differs" if significant < 2 else "differ"
    number = f"{significant:,}" if significant else "None"
    words = (
        f"{number} of {pairs} {verb} significantly in {ranking.title} "
        f"({ALPHA}{summary.alpha:g}, adjusted for all pairs). "
    )
    return (words, *_like_the_first(ranking, systems, summary))


def _one_difference(ranking: Ranking, summary: ResamplingSummary) -> Sentence:
    """Return the only difference of two systems."""
    first, second = ranking.competing
    p = summary.difference_p[1][0]
    verb = "differ" if p <= summary.alpha else "do not differ"
    text = p_text(p, summary.smallest_p)
    shown = f"p{NO_BREAK}{text if text[0] in '<≤' else f'={NO_BREAK}{text}'}"
    words = f" {verb} significantly in {ranking.title} ({shown}, {ALPHA}{summary.alpha:g})."
    return (ranking.name_of(first), " and ", ranking.name_of(second), words)


def _like_the_first(
    ranking: Ranking, systems: Sequence[RankedSystem], summary: ResamplingSummary
) -> Sentence:
    like = [row for row in range(1, len(systems)) if summary.difference_p[row][0] > summary.alpha]
    first = ranking.name_of(systems[0])
    if not like:
        return (first, f" differs significantly from every other {ranking.by}.")
    if len(like) == 1:
        return (
            ranking.name_of(systems[like[0]]),
            " does not differ significantly from ",
            first,
            ".",
        )
    noun = f"{ranking.by}s do"
    return (f"{len(like):,} {noun} not differ significantly from ", first, ".")


def lines_sentence(ranking: Ranking, alternatives: Sequence[Alternative]) -> Sentence:
    """Say for each other ranking how many systems change rank, by how much, and who is first."""
    official, *others = alternatives
    found: list[str] = []
    for each in others:
        found += [f"{each.title}: ", *_moves(ranking, official, each), " "]
    return tuple(found[:-1])


def screening_sentence(
    ranking: Ranking, alternatives: Sequence[Alternative], screenings: Sequence[ScreenedRanking]
) -> Sentence:
    """Say for each screening what it removes and what changes, and which were not applied."""
    official, by_title = alternatives[0], {each.title: each for each in alternatives[1:]}
    found: list[str] = []
    for each in screenings:
        if each.n_removed is None:
            continue
        removed = f"{each.n_removed:,} of {count(each.n_ratings, 'rating')}"
        found.append(f"Screening by {each.method} removes {removed}")
        if each.method in by_title:
            found += ["; ", *_moves(ranking, official, by_title[each.method]), " "]
        else:
            found.append(f" and gives no ranking: it {each.note}. ")
    left = [each.method for each in screenings if each.n_removed is None]
    if left:
        found.append(f"Not applied: {', '.join(left)}.")
    return tuple(found)


def _moves(ranking: Ranking, official: Alternative, other: Alternative) -> Sentence:
    """Return ``3 of 9 systems change rank, A by 2; B is first instead of A.``"""
    systems = ranking.competing
    moved = [
        (abs(new - old), row)
        for row, (old, new) in enumerate(zip(official.ranks, other.ranks, strict=True))
        if old is not None and new is not None and old != new
    ]
    if not moved:
        return ("no rank changes.",)
    number = count(len(systems), ranking.by)
    verb = "changes" if len(moved) == 1 else "change"
    size, row = max(moved, key=lambda each: (each[0], -each[1]))
    most = "at most by" if len(moved) > 1 else "by"
    words = (
        f"{len(moved):,} of {number} {verb} rank, {most} {count(size, 'place')} (",
        ranking.name_of(systems[row]),
        ")",
    )
    return (*words, *_new_first(ranking, official, other), ".")


def _new_first(ranking: Ranking, official: Alternative, other: Alternative) -> Sentence:
    old = [row for row, rank in enumerate(official.ranks) if rank == 1]
    new = [row for row, rank in enumerate(other.ranks) if rank == 1]
    if old == new:
        return (", and the first place stays",)
    names: list[str] = []
    for row in new[:3]:
        names += [", ", Name(ranking.name_of(ranking.competing[row]))]
    more = f" and {len(new) - 3:,} more" if len(new) > 3 else ""
    verb = " are first" if len(new) > 1 else " is first"
    return (", and ", *names[1:], more + verb)
