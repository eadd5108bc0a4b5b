"""Views of findings: how often each code occurs, and the verdict on each team."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, cast

from xacle_eval.reports.views.table import Cell, View, ViewColumn
from xacle_eval.submissions.findings import Finding, SubmissionReport
from xacle_eval.submissions.rules import RULES
from xacle_eval.text import abbreviate, count

__all__ = ["codes_view", "finding_values", "teams_view", "verdicts_views"]


def verdicts_views(reports: Sequence[SubmissionReport]) -> list[View]:
    """Return the verdict on each submission, and the findings with their places and fixes."""
    rows = tuple(
        (
            report.path,
            report.system if report.kind == "predictions" else "",
            "valid" if report.valid else "invalid",
            report.pairs,
            report.counts()["error"],
            report.counts()["warning"],
        )
        for report in reports
    )
    columns = (
        ViewColumn("path", "Submission"),
        ViewColumn("system", "System"),
        ViewColumn("verdict", "Verdict"),
        ViewColumn("pairs", "Predictions", numeric=True),
        ViewColumn("errors", "Errors", numeric=True),
        ViewColumn("warnings", "Warnings", numeric=True),
    )
    verdicts = View("Submissions", columns, rows, decimals=0)
    return [verdicts, *([_findings_view(reports)] if any(r.findings for r in reports) else [])]


def _findings_view(reports: Sequence[SubmissionReport]) -> View:
    rows = tuple(
        (found.severity, found.code, found.located(report.path), found.message, found.hint)
        for report in reports
        for found in report.findings
    )
    columns = (
        ViewColumn("severity", "Severity"),
        ViewColumn("code", "Code"),
        ViewColumn("place", "Place"),
        ViewColumn("finding", "Finding", prose=True),
        ViewColumn("hint", "How to fix it", prose=True),
    )
    return View("Findings", columns, rows, decimals=0)


def finding_values(reports: Sequence[SubmissionReport]) -> View:
    """Return the findings of all submissions for programs."""
    names = ("path", "system", "team", *Finding.model_fields)
    rows = tuple(
        (report.path, report.system, report.team, *map(_cell, dict(found).values()))
        for report in reports
        for found in report.findings
    )
    return View("", tuple(ViewColumn(name, name) for name in names), rows, decimals=0)


def _cell(value: Any) -> Cell:
    """Return a value of a finding; line numbers are separated by blanks."""
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    return cast(Cell, value)


def codes_view(reports: Sequence[SubmissionReport]) -> View:
    """Return the codes by count: how often each occurs, and in how many files."""
    places: Counter[str] = Counter()
    files: Counter[str] = Counter()
    for report in reports:
        for finding in report.findings:
            places[finding.code] += finding.count
        files.update({finding.code for finding in report.findings})
    severities = {f.code: f.severity for report in reports for f in report.findings}
    rows = tuple(
        (code, severities[code], RULES[code].title, number, files[code])
        for code, number in sorted(places.items(), key=lambda item: (-item[1], item[0]))
    )
    columns = (
        ViewColumn("code", "Code"),
        ViewColumn("severity", "Severity"),
        ViewColumn("title", "Rule"),
        ViewColumn("places", "Places", numeric=True),
        ViewColumn("files", "Files", numeric=True),
    )
    return View("Findings by code", columns, rows, decimals=0, empty="No findings.")


def teams_view(reports: Sequence[SubmissionReport], strict: bool = False) -> View:
    """Return the verdict on each team: its systems, how many are valid, and the codes."""
    teams: dict[str, list[SubmissionReport]] = defaultdict(list)
    for report in reports:
        teams[report.team].append(report)
    rows = []
    for team, given in sorted(teams.items()):
        systems = [report for report in given if report.kind == "predictions"]
        passed = sum(report.passes(strict) for report in systems)
        fine = all(report.passes(strict) for report in given)
        verdict = "valid" if fine else f"{count(len(systems) - passed, 'system')} invalid"
        if not fine and passed == len(systems):
            verdict = "package invalid"
        codes = sorted({finding.code for report in given for finding in report.findings})
        rows.append((abbreviate(team), len(systems), verdict, ", ".join(codes)))
    columns = (
        ViewColumn("team", "Team"),
        ViewColumn("systems", "Systems", numeric=True),
        ViewColumn("verdict", "Verdict"),
        ViewColumn("codes", "Codes"),
    )
    return View("Teams", columns, tuple(rows), decimals=0)
