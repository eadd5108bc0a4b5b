"""GitHub Actions: findings as annotations, the whole text below them, and a Markdown summary.

GitHub shows ten annotations per step, so findings of one rule are grouped until they fit,
errors first. Untrusted text cannot forge a workflow command: annotations escape it ("Workflow
commands for GitHub Actions"), and the text is printed while commands are stopped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import NamedTuple

from xacle_eval.reports.formats.grouping import select_uploads
from xacle_eval.reports.formats.markdown import code_cell, code_span
from xacle_eval.submissions.findings import Finding, SubmissionReport, count_passed
from xacle_eval.submissions.unchecked import merge_unchecked
from xacle_eval.text import count, listing, visible, visible_lines

__all__ = ["github_annotations", "github_summary"]

SHOWN_BY_GITHUB = 10
# GitHub rejects a larger summary.
SUMMARY_BYTES = 1 << 20
_PLACES_NAMED = 3
_PLACES_LISTED = 50
_COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}


class _Item(NamedTuple):
    """A finding with its report."""

    report: SubmissionReport
    finding: Finding

    @property
    def file(self) -> str:
        """The file that GitHub knows: for a file inside a package, the package."""
        return self.report.package or self.report.path

    @property
    def packed(self) -> bool:
        """Whether the finding is about a file inside a package."""
        return self.report.package is not None or self.report.kind == "package"

    @property
    def place(self) -> str:
        """The place of the finding, with the path inside the package."""
        return self.finding.located(self.report.path)


def github_annotations(reports: Sequence[SubmissionReport], strict: bool = False) -> str:
    """Return at most ten annotations, then the text of ``validate`` with commands stopped.

    Parameters
    ----------
    reports : sequence of SubmissionReport
        What `xacle_eval.validate` returned.
    strict : bool
        Makes warnings errors.
    """
    commands = {**_COMMANDS, "warning": "error"} if strict else _COMMANDS
    groups = _groups(merge_unchecked(reports))
    kept = groups if len(groups) <= SHOWN_BY_GITHUB else groups[: SHOWN_BY_GITHUB - 1]
    lines = [_annotation(commands[group[0].finding.severity], group) for group in kept]
    left = groups[len(kept) :]
    if left:
        rest = count(len(left), "more rule")
        severity = commands[left[0][0].finding.severity]
        lines.append(
            f"::{severity} title=xacle-eval::{rest} not annotated; "
            "the log of this step shows all findings"
        )
    lines += [
        *_stop_commands(_plain_text(reports, strict)),
        f"xacle-eval: {_verdict_line(reports, strict)}",
    ]
    return "\n".join(lines) + "\n"


def _groups(reports: Sequence[SubmissionReport]) -> list[list[_Item]]:
    """Return the findings of each annotation, errors first, in the finest grouping that fits."""
    order = tuple(_COMMANDS)
    found = [_Item(report, finding) for report in reports for finding in report.findings]
    found.sort(key=lambda each: order.index(each.finding.severity))
    single = [[each] for each in found]
    by_file = _group_by(found, lambda each: (each.finding.severity, each.finding.code, each.file))
    by_rule = _group_by(found, lambda each: (each.finding.severity, each.finding.code))
    return next((groups for groups in (single, by_file) if len(groups) <= SHOWN_BY_GITHUB), by_rule)


def _group_by(found: Iterable[_Item], key: Callable[[_Item], Hashable]) -> list[list[_Item]]:
    groups: dict[Hashable, list[_Item]] = {}
    for each in found:
        groups.setdefault(key(each), []).append(each)
    return list(groups.values())


def _annotation(command: str, group: list[_Item]) -> str:
    first, finding = group[0], group[0].finding
    properties = {"file": visible(first.file, 300)}
    if not first.packed and finding.file is None:
        if finding.line is not None:
            properties["line"] = str(finding.line)
        if finding.column is not None:
            properties["col"] = str(finding.column)
    properties["title"] = f"{finding.code} {finding.title}"
    written = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{command} {written}::{_data(_message(group))}"


def _message(group: list[_Item]) -> str:
    first, finding = group[0], group[0].finding
    message = f"{finding.message}. {finding.hint}" if finding.hint else finding.message
    if first.packed or finding.file is not None:
        message = f"{visible(first.place, 300)}: {message}"
    if len(group) > 1:
        others = listing(group[1:], _PLACES_NAMED, lambda each: visible(each.place, 100))
        message = f"{message} (also {others})"
    return message


def _data(text: str) -> str:
    # Line breaks have an escape of their own; the page of a log marks lines with "##[error]".
    text = visible_lines(text, keep="\r\n").replace("##[", "## [")
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _plain_text(reports: Sequence[SubmissionReport], strict: bool) -> str:
    from xacle_eval.reports.formats.console import print_reports, render

    text = render(lambda out: print_reports(out, reports, strict), terminal=False)
    return text.replace("##[", "## [")


def _stop_commands(text: str) -> list[str]:
    """Return text between the commands that stop and resume workflow commands.

    The token that resumes them must not occur in the text. It is the hash of the text: a text
    cannot contain its own hash, and the same input gives the same bytes.
    """
    token = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return [f"::stop-commands::{token}", *text.rstrip("\n").split("\n"), f"::{token}::"]


def _verdict_line(reports: Sequence[SubmissionReport], strict: bool) -> str:
    passed, total = count_passed(reports, strict)
    return f"{passed:,} of {count(total, 'submission')} {'passed' if strict else 'valid'}"


def github_summary(reports: Sequence[SubmissionReport], strict: bool = False) -> str:
    """Return the Markdown for the summary of a step, within GitHub's limit of 1 MiB.

    Untrusted text is in code spans, where markup, HTML, links and mentions have no effect.

    Parameters
    ----------
    reports : sequence of SubmissionReport
        What `xacle_eval.validate` returned.
    strict : bool
        Makes warnings count as errors.
    """
    reports = merge_unchecked(reports)
    lines = [f"## xacle-eval: {_verdict_line(reports, strict)}", ""]
    lines += [
        "| submission | verdict | pairs | errors | warnings |",
        "| --- | --- | ---: | ---: | ---: |",
    ]
    listed, others = select_uploads(reports, strict)
    for report in (report for upload in listed for report in upload.reports):
        numbers = report.counts()
        verdict = (
            "✅ valid" if report.passes(strict) else "❌ warned" if report.valid else "❌ invalid"
        )
        pairs = "" if report.kind == "package" else f"{report.pairs:,}"
        path = code_cell(report.path)
        lines.append(
            f"| {path} | {verdict} | {pairs} | {numbers['error']} | {numbers['warning']} |"
        )
    for rest in others:
        verdict = "✅ valid" if rest.word == "valid" else f"❌ {rest.word}"
        lines.append(f"| {rest.number:,} more | {verdict} | | | |")
    order = tuple(_COMMANDS)
    found = [_Item(report, finding) for report in reports for finding in report.findings]
    found.sort(key=lambda each: (order.index(each.finding.severity), each.finding.code))
    for group in _group_by(found, lambda each: (each.finding.severity, each.finding.code)):
        lines += ["", *_section(group)]
    return _truncate(lines, SUMMARY_BYTES)


def _section(group: list[_Item]) -> list[str]:
    """Return the findings of one rule."""
    finding = group[0].finding
    lines = [f"### {finding.code} {finding.title} ({finding.severity})", ""]
    lines += [
        f"- {code_span(each.place)}: {code_span(each.finding.message)}"
        for each in group[:_PLACES_LISTED]
    ]
    if len(group) > _PLACES_LISTED:
        lines.append(f"- and {len(group) - _PLACES_LISTED:,} more")
    hints = dict.fromkeys(each.finding.hint for each in group if each.finding.hint)
    return (
        [*lines, "", *(f"{code_span(hint)}  " for hint in list(hints)[:_PLACES_NAMED])]
        if hints
        else lines
    )


def _truncate(lines: list[str], limit: int) -> str:
    """Join lines up to a number of bytes, with a note if lines are left out."""
    cut = "\n_Truncated at GitHub's limit; the log of this step shows more._\n"
    left = limit - len(cut.encode())
    kept: list[str] = []
    for line in lines:
        left -= len(line.encode("utf-8", "backslashreplace")) + 1
        if left < 0:
            return "\n".join(kept) + "\n" + cut
        kept.append(line)
    return "\n".join(kept) + "\n"
