"""Ranking: order scored systems by the challenge's rule.

"The final ranking is determined based on the SRCC metric. If multiple teams are tied, the
standings will be determined using the LCC, KTAU, and MSE metrics" (XACLE paper, section
2.2). At full precision ties are very rare, so values are compared at the printed precision:
they are rounded with Python's `round` and compared metric by metric, each in its own direction.
An MSE also has at most four significant digits, in the ranking as in print
(`xacle_eval.challenge.rounding`).
Systems that are equal in all metrics share a rank, and the next rank is skipped (1, 2, 2, 4).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import get_args

from xacle_eval.challenge.model import Challenge
from xacle_eval.challenge.ranking import Ranking
from xacle_eval.challenge.rounding import round_metrics
from xacle_eval.errors import check_choice
from xacle_eval.metrics import METRICS
from xacle_eval.results.leaderboard import By, Entry, Unranked
from xacle_eval.results.score import ScoreCard
from xacle_eval.submissions.findings import Finding, SubmissionReport
from xacle_eval.submissions.rules import rule
from xacle_eval.text import both_forms, listing, visible

__all__ = ["check_by", "places_of", "rank_entries", "sort_key", "to_entry"]


def to_entry(card: ScoreCard, challenge: Challenge) -> Entry:
    """Convert a score card to an entry without a rank.

    Parameters
    ----------
    card : ScoreCard
        With the scores at the ranking's level.
    challenge : Challenge
        Its ranking has the level and the number of decimals; it names the baselines.
    """
    ranking = challenge.ranking
    ranked = card.at(ranking.level)
    return Entry(
        rank=None,
        kind=challenge.submissions.kind_of(card.system, card.team),
        team=card.team,
        system=card.system,
        path=card.path,
        sha256=card.sha256,
        metrics=card.metrics,
        rounded=round_metrics(ranked.metrics, ranking.decimals),
        undefined=card.undefined,
        levels=card.levels,
        findings=card.findings,
    )


def check_by(by: str) -> None:
    """Raise UsageError if `by` is neither ``system`` nor ``team``."""
    check_choice("by", by, get_args(By))


def rank_entries(
    entries: Iterable[Entry], ranking: Ranking, by: By = "system"
) -> tuple[Entry, ...]:
    """Rank entries.

    Parameters
    ----------
    entries : iterable of Entry
        Entries with a value for the first metric of the ranking's order. Without a later one, an
        entry is behind those that have it and have equal values before it.
    ranking : Ranking
        The order of the metrics.
    by : {"system", "team"}
        ``team`` keeps the best system of each team, by the same order.

    Returns
    -------
    tuple of Entry
        In rank order; entries with the same rank are sorted by team and system name. Systems that
        do not compete are in their place by value without a rank, behind competing systems with
        the same values; `by` does not apply to them.
    """
    key = sort_key(ranking.order)
    ordered = sorted(
        entries,
        key=lambda entry: (
            key(entry), entry.kind != "competing", entry.team, entry.system, entry.path
        ),
    )  # fmt: skip
    teams: set[str] = set()
    ranked: list[Entry] = []
    place, rank, last = 0, 0, None
    for entry in ordered:
        if entry.kind != "competing":
            ranked.append(entry.model_copy(update={"rank": None}))
            continue
        if by == "team" and entry.team in teams:
            continue
        teams.add(entry.team)
        place += 1
        values = key(entry)
        rank, last = (rank if values == last else place), values
        ranked.append(entry.model_copy(update={"rank": rank}))
    return tuple(ranked)


def places_of(entries: Sequence[Entry], ranking: Ranking) -> list[int]:
    """Return the place of each entry: 1 plus the number of competing ones with better values.

    It is the rank of a competing entry, and what another one would have among them.
    """
    key = sort_key(ranking.order)
    competing = [key(entry) for entry in entries if entry.kind == "competing"]
    return [1 + sum(other < key(entry) for other in competing) for entry in entries]


def sort_key(order: Sequence[str]) -> Callable[[Entry], tuple[float, ...]]:
    """Return a sort key in which smaller values are better.

    Metrics behind a missing one decide nothing, because it is unknown who would be better in it.
    """
    signs = [(name, -METRICS[name].sign) for name in order]

    def key(entry: Entry) -> tuple[float, ...]:
        found: list[float] = []
        for name, sign in signs:
            value = entry.rounded[name]
            if value is None:
                return (*found, *(math.inf for _ in range(len(signs) - len(found))))
            found.append(sign * value)
        return tuple(found)

    return key


def unrankable(entry: Entry, order: Sequence[str]) -> tuple[str, ...]:
    """Return the metrics of the ranking's order that are undefined for an entry."""
    return tuple(name for name in order if entry.rounded[name] is None)


def to_unranked(report: SubmissionReport) -> Unranked:
    """Convert the report of an invalid submission to an unranked submission."""
    return Unranked(
        path=report.path, system=report.system, team=report.team, findings=report.findings
    )


def same_bytes(entries: Iterable[Entry]) -> tuple[Finding, ...]:
    """Return a finding for each group of byte-identical files from different teams."""
    groups: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.sha256:
            groups[entry.sha256].append(entry)
    findings = []
    for same in groups.values():
        if len({entry.team for entry in same}) > 1:
            paths = sorted((entry.path for entry in same), key=visible)
            message = both_forms(
                lambda *paths: f"byte-identical files from different teams: {listing(paths, 10)}",
                *paths,
            )
            findings.append(rule("same-bytes").finding(message, count=len(same)))
    return tuple(sorted(findings, key=lambda finding: finding.message))


def order_tag(ranking: Ranking, by: By, step: float | None = None) -> str:
    """Return the part of the signature that describes the ranking."""
    level = "" if ranking.level == "pair" else f"@{ranking.level}"
    steps = "" if step is None else f"|step:{step!r}"
    return f"order:{'>'.join(ranking.order)}{level}|decimals:{ranking.decimals}{steps}|by:{by}"
