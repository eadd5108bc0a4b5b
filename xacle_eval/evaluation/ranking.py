"""Ranking: ScoreCards to a Leaderboard by the challenge's rule.

"The final ranking is determined based on the SRCC metric. If multiple teams are tied, the
standings will be determined using the LCC, KTAU, and MSE metrics" (XACLE paper, section
2.2). At full precision two systems never tie, so a tie is one at the printed precision:
values are rounded with Python's `round`, compared metric by metric, each in its own
direction, and systems equal in all share a rank; the next rank is skipped (1, 2, 2, 4).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from xacle_eval.challenge.model import Ranking
from xacle_eval.metrics import METRICS
from xacle_eval.results.leaderboard import By, Entry, Unranked
from xacle_eval.results.score import ScoreCard
from xacle_eval.submissions.findings import Finding, SubmissionReport
from xacle_eval.submissions.rules import rule
from xacle_eval.text import listing, visible

__all__ = ["rank_entries", "round_metrics", "to_entry"]


def round_metrics(metrics: Mapping[str, float | None], decimals: int) -> dict[str, float | None]:
    """Round values as the ranking compares them; a negative zero becomes zero."""
    return {
        name: None if value is None else round(value, decimals) + 0.0
        for name, value in metrics.items()
    }


def to_entry(card: ScoreCard, ranking: Ranking) -> Entry:
    """Return a card as an entry that has no rank yet (0)."""
    ranked = card.at(ranking.level)
    return Entry(
        rank=0,
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


def rank_entries(
    entries: Iterable[Entry], ranking: Ranking, by: By = "system"
) -> tuple[Entry, ...]:
    """Rank entries.

    Parameters
    ----------
    entries : iterable of Entry
        With a value for every metric of the ranking's order.
    ranking : Ranking
        The order of the metrics.
    by : {"system", "team"}
        ``team`` keeps each team's best system by that same order.

    Returns
    -------
    tuple of Entry
        In rank order; entries of the same rank by team and system name.
    """
    key = _key(ranking.order)
    ordered = sorted(entries, key=lambda entry: (key(entry), entry.team, entry.system, entry.path))
    if by == "team":
        best: dict[str, Entry] = {}
        for entry in ordered:
            best.setdefault(entry.team, entry)
        ordered = list(best.values())
    ranked: list[Entry] = []
    for place, entry in enumerate(ordered, start=1):
        shared = ranked and key(ranked[-1]) == key(entry)
        ranked.append(entry.model_copy(update={"rank": ranked[-1].rank if shared else place}))
    return tuple(ranked)


def _key(order: Sequence[str]) -> Callable[[Entry], tuple[float, ...]]:
    """Return the sort key: smaller is better in every place."""
    signs = [(name, -1.0 if METRICS[name].higher_is_better else 1.0) for name in order]

    def key(entry: Entry) -> tuple[float, ...]:
        values = [(sign, entry.rounded[name]) for name, sign in signs]
        return tuple(math.inf if value is None else sign * value for sign, value in values)

    return key


def unrankable(entry: Entry, order: Sequence[str]) -> tuple[str, ...]:
    """Return the metrics of the order that an entry has no value for."""
    return tuple(name for name in order if entry.rounded[name] is None)


def to_unranked(report: SubmissionReport) -> Unranked:
    """Return an invalid submission as an unranked one."""
    return Unranked(
        path=report.path, system=report.system, team=report.team, findings=report.findings
    )


def same_bytes(entries: Iterable[Entry]) -> tuple[Finding, ...]:
    """Report files of different teams that are the same to the byte."""
    groups: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.sha256:
            groups[entry.sha256].append(entry)
    findings = []
    for same in groups.values():
        if len({entry.team for entry in same}) > 1:
            paths = sorted(visible(entry.path) for entry in same)
            message = f"{listing(paths, 10)} are the same to the byte, sent by different teams"
            findings.append(rule("same-bytes").finding(message, count=len(same)))
    return tuple(sorted(findings, key=lambda finding: finding.message))


def too_many_systems(entries: Iterable[Entry], limit: int | None) -> tuple[Finding, ...]:
    """Report teams with more systems than the challenge allows."""
    systems: dict[str, list[str]] = defaultdict(list)
    for entry in entries:
        systems[entry.team].append(entry.system)
    return tuple(
        rule("too-many-systems").finding(
            f"{visible(team)} has {len(names)} systems, the challenge allows {limit}",
            count=len(names),
        )
        for team, names in sorted(systems.items())
        if limit is not None and len(names) > limit
    )


def order_tag(ranking: Ranking, by: By) -> str:
    """Return the part of a signature that describes the ranking."""
    level = "" if ranking.level == "pair" else f"@{ranking.level}"
    return f"order:{'>'.join(ranking.order)}{level}|decimals:{ranking.decimals}|by:{by}"
