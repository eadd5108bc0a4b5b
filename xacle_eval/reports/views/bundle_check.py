"""Views of a check of a bundle: its findings as a table."""

from __future__ import annotations

from xacle_eval.hosting.lint.model import PLATFORMS, BundleReport
from xacle_eval.reports.views.table import Cell, View, ViewColumn
from xacle_eval.text import count

__all__ = ["bundle_values", "bundle_view"]


def bundle_view(report: BundleReport) -> View:
    """Return the findings for people."""
    columns = (
        ViewColumn("code", "Code"),
        ViewColumn("severity", "Severity"),
        ViewColumn("place", "Place"),
        ViewColumn("message", "What the platform does", prose=True),
        ViewColumn("hint", "How to fix it", prose=True),
    )
    rows: list[tuple[Cell, ...]] = [
        (each.code, each.severity, each.located(""), each.message, each.hint)
        for each in report.findings
    ]
    platform = PLATFORMS[report.platform] if report.platform else "unknown platform"
    title = f"Bundle {report.path}: {platform}, {count(report.files, 'file')}"
    return View(title, columns, tuple(rows), 0, (), empty="The bundle is clean.")


def bundle_values(report: BundleReport) -> View:
    """Return the findings for programs, one row for each."""
    names = ("path", "platform", "code", "severity", "title", "file", "line", "column", "count")
    columns = tuple(ViewColumn(name, name) for name in (*names, "message", "hint"))
    rows: list[tuple[Cell, ...]] = [
        (
            report.path, report.platform, each.code, each.severity, each.title, each.file,
            each.line, each.column, each.count, each.message, each.hint,
        )
        for each in report.findings
    ]  # fmt: skip
    return View("", columns, tuple(rows), 0)
