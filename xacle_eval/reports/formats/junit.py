"""JUnit XML: one test suite per submission, one test case per finding.

Errors are failures. Warnings and notes are in ``system-out``, since JUnit has no severities. A
submission without findings has one passed test case. Of very many submissions, those with the
same findings are grouped. No line is a command of GitHub Actions, which may show the file in a log.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from xacle_eval.reports.formats.grouping import MOST_LISTED, Others, select_uploads
from xacle_eval.submissions.findings import Finding, IgnoredUpload, Severity, SubmissionReport
from xacle_eval.submissions.unchecked import merge_unchecked
from xacle_eval.text import LONGEST_MESSAGE, split_commands, visible

__all__ = ["junit_xml"]

_IGNORED = "ignored uploads"


def junit_xml(
    reports: Sequence[SubmissionReport],
    strict: bool = False,
    ignored: Sequence[IgnoredUpload] = (),
) -> str:
    """Return the reports as JUnit XML; `strict` makes warnings failures.

    The ignored uploads are in a suite of their own. They are never failures: they were not checked.
    """
    root = ET.Element("testsuites", name="xacle-eval validate")
    tests = failures = 0
    failing: tuple[Severity, ...] = ("error", "warning") if strict else ("error",)
    listed, others = select_uploads(merge_unchecked(reports), strict)
    suites = [_suite(report, failing) for upload in listed for report in upload.reports]
    suites += map(_suite_of_others, others)
    if ignored:
        suites.append(_suite_of_ignored(ignored))
    for suite in suites:
        root.append(suite)
        tests, failures = (
            tests + int(suite.get("tests", 0)),
            failures + int(suite.get("failures", 0)),
        )
    root.set("tests", str(tests))
    root.set("failures", str(failures))
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode").replace("##[", "##&#91;")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _suite(report: SubmissionReport, failing: tuple[Severity, ...]) -> ET.Element:
    path = visible(report.path, 300)
    errors = sum(finding.severity in failing for finding in report.findings)
    numbers = {"tests": str(max(1, len(report.findings))), "failures": str(errors), "errors": "0"}
    suite = ET.Element("testsuite", {"name": path, **numbers})
    for finding in report.findings:
        suite.append(_case(path, finding, finding.severity in failing))
    if not report.findings:
        ET.SubElement(suite, "testcase", classname=path, name="all rules")
    return suite


def _suite_of_others(others: Others) -> ET.Element:
    """Return a suite with one test case for the submissions that are not listed."""
    failed = others.word != "valid"
    numbers = {"tests": "1", "failures": str(int(failed)), "errors": "0"}
    suite = ET.Element("testsuite", {"name": others.title, **numbers})
    case = ET.SubElement(suite, "testcase", classname=others.title, name="not listed one by one")
    if failed:
        ET.SubElement(case, "failure", message=others.title, type=others.word).text = others.names
    else:
        ET.SubElement(case, "system-out").text = others.names
    return suite


def _suite_of_ignored(ignored: Sequence[IgnoredUpload]) -> ET.Element:
    """Return a suite with a test case for each of the first ignored uploads."""
    listed = ignored[:MOST_LISTED]
    rest = len(ignored) - len(listed)
    numbers = {"tests": str(len(listed) + bool(rest)), "failures": "0", "errors": "0"}
    suite = ET.Element("testsuite", {"name": _IGNORED, **numbers})
    for upload in listed:
        suite.append(_case(visible(upload.file or _IGNORED, 300), upload, failed=False))
    if rest:
        name = f"{rest:,} more {_IGNORED}"
        case = ET.SubElement(suite, "testcase", classname=_IGNORED, name=name)
        ET.SubElement(case, "system-out").text = name
    return suite


def _case(path: str, finding: Finding, failed: bool) -> ET.Element:
    case = ET.Element("testcase", classname=path, name=f"{finding.code} {finding.title}")
    message = visible(finding.message, LONGEST_MESSAGE)
    text = f"{visible(finding.located(path), 400)}: {message}"
    if finding.hint:
        text = f"{text}\n{split_commands(visible(finding.hint, LONGEST_MESSAGE))}"
    if failed:
        ET.SubElement(case, "failure", message=message, type=finding.code).text = text
    else:
        ET.SubElement(case, "system-out").text = f"{finding.severity}: {text}"
    return case
