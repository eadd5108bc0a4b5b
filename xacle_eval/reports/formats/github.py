"""GitHub Actions: findings as annotations, the whole text below them, and a Markdown summary.

GitHub shows ten annotations per step, so findings of one rule are grouped until they fit,
errors first. Untrusted text cannot forge a workflow command: annotations escape it ("Workflow
commands for GitHub Actions"), and the text is printed while commands are stopped.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from xacle_eval.reports.formats.grouping import select_uploads
from xacle_eval.reports.formats.markdown import code_cell, code_span
from xacle_eval.submissions.findings import Finding, IgnoredUpload, SubmissionReport, count_passed
from xacle_eval.submissions.sources import STDIN_PATH
from xacle_eval.submissions.unchecked import merge_unchecked
from xacle_eval.text import (
    LONGEST_MESSAGE,
    LONGEST_PATH,
    count,
    listing,
    typed,
    visible,
    visible_lines,
)

__all__ = [
    "annotation_lines",
    "github_annotations",
    "github_summary",
    "stop_commands",
    "workspace_path",
]

SHOWN_BY_GITHUB = 10
# GitHub rejects a larger summary.
SUMMARY_BYTES = 1 << 20
_PLACES_NAMED = 3
_PLACES_LISTED = 50
_COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}


class _Item(NamedTuple):
    """A finding: its command, the file that GitHub knows, and its place in full.

    For a file inside a package (``packed``), the file is the package.
    """

    finding: Finding
    command: str
    file: str
    place: str
    packed: bool = False


def github_annotations(
    reports: Sequence[SubmissionReport],
    strict: bool = False,
    ignored: Sequence[IgnoredUpload] = (),
) -> str:
    """Return at most ten annotations, then the text of ``validate`` with commands stopped.

    Files are relative to the folder in ``GITHUB_WORKSPACE``, or to the current folder without it.

    Parameters
    ----------
    reports : sequence of SubmissionReport
        What `xacle_eval.validate` returned.
    strict : bool
        Makes warnings errors, except about ignored uploads.
    ignored : sequence of IgnoredUpload
        The uploads in folders that were not read.
    """
    lines = [
        *annotation_lines(merge_unchecked(reports), strict, ignored),
        *stop_commands(_plain_text(reports, strict)),
        f"xacle-eval: {_verdict_line(reports, strict)}",
    ]
    return "\n".join(lines) + "\n"


def annotation_lines(
    reports: Sequence[SubmissionReport],
    strict: bool = False,
    ignored: Sequence[IgnoredUpload] = (),
) -> list[str]:
    """Return at most ten annotations, the last one about those that do not fit."""
    groups = _groups(_items(reports, strict), _ignored_items(ignored))
    kept = groups if len(groups) <= SHOWN_BY_GITHUB else groups[: SHOWN_BY_GITHUB - 1]
    lines = [_annotation(group) for group in kept]
    left = groups[len(kept) :]
    if left:
        rest = count(len(left), "more rule")
        lines.append(
            f"::{left[0][0].command} title=xacle-eval::{rest} not annotated; "
            "the log of this step shows all findings"
        )
    return lines


def _items(reports: Sequence[SubmissionReport], strict: bool = False) -> list[_Item]:
    commands = {**_COMMANDS, "warning": "error"} if strict else _COMMANDS
    return [
        _Item(
            finding,
            commands[finding.severity],
            workspace_path(report.package or report.path),
            finding.located(report.path, workspace_path),
            report.package is not None or report.kind == "package",
        )
        for report in reports
        for finding in report.findings
    ]


def _ignored_items(ignored: Sequence[IgnoredUpload]) -> list[_Item]:
    """Return the items about ignored uploads; the note about other files has no place."""
    return [
        _Item(
            one,
            _COMMANDS[one.severity],
            workspace_path(one.file or ""),
            one.located("", workspace_path),
        )
        for one in ignored
    ]


def workspace_path(path: str) -> str:
    """Return a path as GitHub needs it to find the file: relative to the workspace.

    The workspace is the folder in ``GITHUB_WORKSPACE``, or the current folder without it. A file
    outside the workspace keeps its path as typed.
    """
    place, workspace = typed(path), os.environ.get("GITHUB_WORKSPACE")
    if path in ("", STDIN_PATH) or not (workspace or Path(place).is_absolute()):
        return place
    try:
        here = str(Path.cwd())
    except OSError:  # the current folder was deleted
        return place
    return _relative_to(workspace or here, here, place)


@lru_cache(maxsize=1_024)
def _relative_to(root: str, here: str, place: str) -> str:
    full = os.path.join(here, place)  # noqa: PTH118
    for find in (os.path.abspath, os.path.realpath):
        try:
            inner = Path(find(full)).relative_to(find(root))
        except (ValueError, OSError):  # ValueError: it is outside
            continue
        return f"{inner.as_posix()}/" if place.endswith("/") else inner.as_posix()
    return place


def _groups(found: list[_Item], ignored: list[_Item]) -> list[list[_Item]]:
    """Return the findings of each annotation, errors first, in the finest grouping that fits."""
    order = tuple(_COMMANDS)
    severities = len({each.finding.severity for each in ignored})
    found.sort(key=lambda each: order.index(each.finding.severity))
    groups = _finest(
        SHOWN_BY_GITHUB - severities,
        [[each] for each in found],
        _group_by(found, lambda each: (each.finding.severity, each.finding.code, each.file)),
        _group_by(found, lambda each: (each.finding.severity, each.finding.code)),
    )
    groups += _finest(
        SHOWN_BY_GITHUB - len(groups),
        [[each] for each in ignored],
        _group_by(ignored, lambda each: (each.finding.severity, each.finding.hint)),
        _group_by(ignored, lambda each: each.finding.severity),
    )
    return sorted(groups, key=lambda group: order.index(group[0].finding.severity))


def _finest(most: int, *groupings: list[list[_Item]]) -> list[list[_Item]]:
    """Return the first grouping with at most `most` groups, or the last one."""
    return next((groups for groups in groupings if len(groups) <= most), groupings[-1])


def _group_by(found: Iterable[_Item], key: Callable[[_Item], Hashable]) -> list[list[_Item]]:
    groups: dict[Hashable, list[_Item]] = {}
    for each in found:
        groups.setdefault(key(each), []).append(each)
    return list(groups.values())


def _annotation(group: list[_Item]) -> str:
    first, finding = group[0], group[0].finding
    properties = {"file": visible(first.file, LONGEST_PATH)} if first.file else {}
    if not first.packed and finding.file is None:
        if finding.line is not None:
            properties["line"] = str(finding.line)
        if finding.column is not None:
            properties["col"] = str(finding.column)
    properties["title"] = f"{finding.code} {finding.title}"
    written = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{first.command} {written}::{_data(_message(group))}"


def _message(group: list[_Item]) -> str:
    first, finding = group[0], group[0].finding
    message, hint = typed(finding.message), typed(finding.hint)
    message = f"{message}. {hint}" if hint else message
    if first.packed or finding.file is not None:
        message = f"{visible(first.place, LONGEST_PATH)}: {message}"
    if len(group) > 1:
        others = listing(group[1:], _PLACES_NAMED, lambda each: visible(each.place, LONGEST_PATH))
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

    return render(lambda out: print_reports(out, reports, strict), terminal=False)


def stop_commands(text: str) -> list[str]:
    """Return text between the commands that stop and resume workflow commands.

    The token that resumes them must not occur in the text. It is the hash of the text: a text
    cannot contain its own hash, and the same input gives the same bytes.
    """
    text = text.replace("##[", "## [")
    token = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return [f"::stop-commands::{token}", *text.rstrip("\n").split("\n"), f"::{token}::"]


def _verdict_line(reports: Sequence[SubmissionReport], strict: bool) -> str:
    passed, total = count_passed(reports, strict)
    return f"{passed:,} of {count(total, 'submission')} {'passed' if strict else 'valid'}"


def github_summary(
    reports: Sequence[SubmissionReport],
    strict: bool = False,
    ignored: Sequence[IgnoredUpload] = (),
) -> str:
    """Return the Markdown for the summary of a step, within GitHub's limit of 1 MiB.

    Untrusted text is in code spans, where markup, HTML, links and mentions have no effect.

    Parameters
    ----------
    reports : sequence of SubmissionReport
        What `xacle_eval.validate` returned.
    strict : bool
        Makes warnings count as errors.
    ignored : sequence of IgnoredUpload
        The uploads in folders that were not read.
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
        path = code_cell(typed(report.path), LONGEST_PATH)
        lines.append(
            f"| {path} | {verdict} | {pairs} | {numbers['error']} | {numbers['warning']} |"
        )
    for rest in others:
        verdict = "✅ valid" if rest.word == "valid" else f"❌ {rest.word}"
        lines.append(f"| {rest.number:,} more | {verdict} | | | |")
    order = tuple(_COMMANDS)
    found = [*_items(reports), *_ignored_items(ignored)]
    found.sort(key=lambda each: (order.index(each.finding.severity), each.finding.code))
    for group in _group_by(found, lambda each: (each.finding.severity, each.finding.code)):
        lines += ["", *_section(group)]
    return _truncate(lines, SUMMARY_BYTES)


def _section(group: list[_Item]) -> list[str]:
    """Return the findings of one rule."""
    finding = group[0].finding
    lines = [f"### {finding.code} {finding.title} ({finding.severity})", ""]
    lines += [
        f"- {_code_place(each)}{code_span(typed(each.finding.message), LONGEST_MESSAGE)}"
        for each in group[:_PLACES_LISTED]
    ]
    if len(group) > _PLACES_LISTED:
        lines.append(f"- and {len(group) - _PLACES_LISTED:,} more")
    hints = dict.fromkeys(typed(each.finding.hint) for each in group if each.finding.hint)
    return (
        [*lines, "", *(f"{code_span(hint)}  " for hint in list(hints)[:_PLACES_NAMED])]
        if hints
        else lines
    )


def _code_place(item: _Item) -> str:
    return f"{code_span(item.place, LONGEST_PATH)}: " if item.place else ""


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
