"""The main facts of a result in one line, for ``repr``."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from xacle_eval.challenge.rounding import format_metric
from xacle_eval.text import abbreviate, count, visible

__all__ = ["facts"]

_DECIMALS = 3


def facts(result: Any) -> str:
    """Return the main facts of a result, such as its system and metrics, in one line."""
    for base in type(result).__mro__:
        if base.__name__ in _FACTS:
            return ", ".join(filter(None, _FACTS[base.__name__](result)))
    raise TypeError(f"no facts about {type(result).__name__}")


def _metrics(values: Mapping[str, float | None]) -> str:
    return ", ".join(
        f"{name} undefined"
        if value is None or math.isnan(value)
        else f"{name} {format_metric(name, value, _DECIMALS)}"
        for name, value in values.items()
    )


def _name(text: str) -> str:
    return visible(abbreviate(text), 60)


def _place(result: Any) -> str:
    parts = (result.challenge, getattr(result, "split", None), getattr(result, "part", None))
    return " ".join(_name(part) for part in parts if part)


def _kind(references: Any) -> str:
    if references is None:
        return "published results"
    return f"{'DEMO RATINGS' if references.kind == 'demo' else references.kind}"


def _card(card: Any) -> list[str]:
    shown = _metrics(card.metrics)
    return [f"{_name(card.system)}: {shown}", count(card.n, "pair"), _kind(card.references)]


def _board(board: Any) -> list[str]:
    number = count(len(board.entries), board.by)
    best = ""
    if board.entries:
        entry, name = board.entries[0], board.order[0]
        best = f"first {_name(entry.system)} ({_metrics({name: entry.rounded[name]})})"
    left = count(len(board.unranked), "submission") + " unranked" if board.unranked else ""
    return [f"{_place(board)}: {number}", best, left, _kind(board.references)]


def _boards(boards: Any) -> list[str]:
    numbers = [f"{_name(name)} {len(board.entries):,}" for name, board in boards.targets.items()]
    overall = "" if boards.overall is None else f"overall {len(boards.overall.entries):,}"
    return [f"{_place(boards)}: systems by target: {', '.join(filter(None, [*numbers, overall]))}"]


def _overall(board: Any) -> list[str]:
    best = board.entries[0] if board.entries else None
    first = "" if best is None else f"first {_name(best.system)} ({board.rule} {best.value:.3f})"
    return [f"{count(len(board.entries), board.by)} over all targets", first]


def _challenge_report(report: Any) -> list[str]:
    numbers = {by: report.boards_of(by) for by in report.boards}
    counts = [
        f"{_name(name)} {count(len(board.entries), by)}" if name else count(len(board.entries), by)
        for by, boards in numbers.items()
        for name, board in boards.items()
    ]
    kinds = dict.fromkeys(_kind(board.references) for board in numbers["system"].values())
    left = count(len(report.unranked), "submission") + " unranked" if report.unranked else ""
    return [f"{_place(report)}: {', '.join(counts)}", left, *kinds]


def _targets(scores: Any) -> list[str]:
    cards = scores.targets.items()
    shown = "; ".join(f"{_name(name)}: {_metrics(card.metrics)}" for name, card in cards)
    return [f"{_name(scores.system)}: {shown}"]


def _comparison(found: Any) -> list[str]:
    number = len({(each.first, each.second) for each in found.comparisons})
    different = sum(each.significant for each in found.comparisons)
    total = count(len(found.comparisons), "comparison")
    return [
        f"{count(len(found.systems), 'system')}, {count(number, 'system pair')}",
        f"{different:,} of {total} significant",
        _kind(found.references),
    ]


def _comparisons(found: Any) -> list[str]:
    each = found.targets.items()
    shown = (f"{_name(name)}: {', '.join(_comparison(one))}" for name, one in each)
    return ["; ".join(shown)]


def _listeners(report: Any) -> list[str]:
    described = report.before.description
    screened = f"screened by {report.screening.method}" if report.screening else ""
    return [
        f"{_name(report.path)}: {described['n_ratings']:,} ratings",
        count(described["n_pairs"], "pair"),
        count(described["n_listeners"], "listener"),
        screened,
    ]


def _plan(report: Any) -> list[str]:
    best = next(each for each in report.designs if each.listeners == report.cheapest)
    goal = f"{report.difference:g} in {report.metric}"
    listeners = count(best.listeners, "listener")
    return [f"to find {goal}: {count(best.pairs, 'pair')} with {listeners} each"]


def _audit(report: Any) -> list[str]:
    above = f"{len(report.above)} of {count(len(report.phases), 'audit')} above the bound"
    return [_name(report.challenge), above]


def _report(report: Any) -> list[str]:
    verdict = "valid" if report.valid else "invalid"
    found = [count(number, kind) for kind, number in report.counts().items() if number]
    size = count(report.pairs, "prediction")
    if report.kind == "package":
        size = count(len(report.members), "file")
    return [f"{_name(report.path)}: {verdict}", size, *found]


def _reports(reports: Any) -> list[str]:
    valid = sum(report.valid for report in reports)
    codes = dict.fromkeys(found.code for report in reports for found in report.findings)
    shown = ", ".join(list(codes)[:5]) + (", …" if len(codes) > 5 else "")
    return [f"{valid:,} of {count(len(reports), 'report')} valid", shown and f"findings {shown}"]


def _verification(found: Any) -> list[str]:
    verdict = f"matches the receipt: {found.verdict}" if found.same else "does not match"
    return [f"{_name(found.path)}: {verdict}"]


def _exported(found: Any) -> list[str]:
    facts = [f"{found.challenge} for {found.platform}", count(len(found.phases), "phase")]
    return [*facts, count(len(found.files), "file"), "DEMO RATINGS" if found.demo else ""]


def _bundle(report: Any) -> list[str]:
    verdict = "no errors" if report.valid else "rejected"
    found = [count(number, kind) for kind, number in report.counts().items() if number]
    return [f"{_name(report.path)}: {verdict}", count(report.files, "file"), *found]


def _evaluation(found: Any) -> list[str]:
    return [_metrics(found.metrics), count(found.n, "pair")]


def _ledger(found: Any) -> list[str]:
    from xacle_eval.reports.views.ledger import ledger_contents

    return [ledger_contents(found).views()[0].title]


def _trial(trial: Any) -> list[str]:
    numbers = f"{sum(run.accepted for run in trial.runs)} of {count(len(trial.runs), 'run')}"
    return [f"{_name(trial.submission)} on {trial.platform}: {numbers} accepted"]


_FACTS: dict[str, Callable[[Any], list[str]]] = {
    "ScoreCard": _card,
    "Leaderboard": _board,
    "TargetBoards": _boards,
    "OverallBoard": _overall,
    "TargetScores": _targets,
    "SystemComparison": _comparison,
    "TargetComparisons": _comparisons,
    "ListenerReport": _listeners,
    "PlanReport": _plan,
    "AuditReport": _audit,
    "ChallengeReport": _challenge_report,
    "SubmissionReport": _report,
    "SubmissionReports": _reports,
    "Verification": _verification,
    "Trial": _trial,
    "BundleReport": _bundle,
    "ExportedBundle": _exported,
    "Evaluation": _evaluation,
    "LedgerResult": _ledger,
    "Rescoring": _ledger,
}
