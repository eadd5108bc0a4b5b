"""Views of findings: how often each code occurs, and the verdict on each team."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from xacle_eval.reports.views.table import View, ViewColumn
from xacle_eval.submissions.findings import SubmissionReport
from xacle_eval.submissions.rules import RULES
from xacle_eval.text import abbreviate, count

__all__ = ["codes_view", "teams_view"]


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
