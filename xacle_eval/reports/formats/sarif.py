"""SARIF 2.1.0: findings for code scanning and editors.

Section numbers are those of the OASIS standard "Static Analysis Results Interchange Format
(SARIF) Version 2.1.0". The artifact is the package; a file inside it is a logical location
(3.28.4).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from xacle_eval._version import __version__
from xacle_eval.submissions.findings import Finding, IgnoredUpload, SubmissionReport
from xacle_eval.submissions.rules import RULE_SET_VERSION, RULES, Rule
from xacle_eval.submissions.unchecked import merge_unchecked
from xacle_eval.text import json_text

__all__ = ["sarif_json", "sarif_log"]

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
# GitHub shows this many results of a run.
_MOST_RESULTS = 5_000
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def sarif_json(
    reports: Sequence[SubmissionReport],
    strict: bool = False,
    ignored: Sequence[IgnoredUpload] = (),
) -> str:
    """Return the reports as a SARIF log with one run; `strict` makes warnings errors.

    The results about ignored uploads are the last ones; `strict` does not change them.
    """
    return sarif_log(merge_unchecked(reports), RULES, strict, ignored)


def sarif_log(
    reports: Sequence[SubmissionReport],
    rules: Mapping[str, Rule],
    strict: bool = False,
    ignored: Sequence[IgnoredUpload] = (),
) -> str:
    """Return a SARIF log of findings whose codes are in `rules`; see `sarif_json`."""
    places = {code: place for place, code in enumerate(rules)}
    results: list[dict[str, Any]] = []
    seen: Counter[tuple[str, ...]] = Counter()
    kept, left = _select(reports)
    for report, finding in kept:
        # Lines and columns move, so they do not help to identify an alert (3.27.17).
        same = (finding.code, finding.file or report.path, finding.message)
        fingerprint = _fingerprint(*same, str(seen[same]))
        seen[same] += 1
        results.append(_result(report, finding, places[finding.code], strict, fingerprint))
    uploads = [upload for upload in ignored if upload.file]
    listed = uploads[: _MOST_RESULTS - len(kept)]
    left += len(uploads) - len(listed)
    for upload in listed:
        fingerprint = _fingerprint(upload.code, upload.file or "", upload.message)
        results.append(_ignored_result(upload, places[upload.code], fingerprint))
    driver = {
        "name": "xacle-eval",
        "semanticVersion": __version__,
        "rules": [_rule(rule) for rule in rules.values()],
        "properties": {"ruleSet": RULE_SET_VERSION},
    }
    run: dict[str, Any] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "artifacts": [
            *(_artifact(report) for report in _artifacts(reports, kept)),
            *({"location": {"uri": _uri(upload.file or "")}} for upload in listed),
        ],
        "results": results,
    }
    notes = [upload for upload in ignored if not upload.file]
    if left or notes:
        run["invocations"] = [_invocation(left, notes)]
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json_text(log) + "\n"


def _select(
    reports: Sequence[SubmissionReport],
) -> tuple[list[tuple[SubmissionReport, Finding]], int]:
    """Return the findings that fit, errors first if not all do, and the number of the others."""
    found = [(report, finding) for report in reports for finding in report.findings]
    if len(found) > _MOST_RESULTS:
        order = tuple(_LEVELS)
        found.sort(key=lambda each: order.index(each[1].severity))
    return found[:_MOST_RESULTS], max(0, len(found) - _MOST_RESULTS)


def _artifacts(
    reports: Sequence[SubmissionReport], kept: Sequence[tuple[SubmissionReport, Finding]]
) -> list[SubmissionReport]:
    """Return the reports of files: all, or of very many those with a result."""
    files = [report for report in reports if report.package is None]
    if len(files) <= _MOST_RESULTS:
        return files
    named = {report.package or report.path for report, _ in kept}
    return [report for report in files if report.path in named]


def _invocation(left: int, notes: Sequence[IgnoredUpload]) -> dict[str, Any]:
    """Return an invocation (3.20) that reports what has no result: GitHub needs a place."""
    found = [{"level": _LEVELS[note.severity], "message": {"text": note.message}} for note in notes]
    if left:
        text = f"{left:,} more findings are not in this log; use --format json to list all"
        found.append({"level": "warning", "message": {"text": text}})
    return {"executionSuccessful": True, "toolExecutionNotifications": found}


def _rule(rule: Rule) -> dict[str, Any]:
    """Return a reportingDescriptor (3.49)."""
    return {
        "id": rule.code,
        "name": "".join(part.capitalize() for part in rule.name.split("-")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.about},
        "help": {"text": rule.hint},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _artifact(report: SubmissionReport) -> dict[str, Any]:
    """Return an artifact (3.24) with its hash."""
    artifact: dict[str, Any] = {"location": {"uri": _uri(report.path)}}
    if report.sha256 is not None:
        artifact["hashes"] = {"sha-256": report.sha256}
    return artifact


def _uri(path: str) -> str:
    """Return a relative reference (RFC 3986) to a path; quoting keeps it from being a scheme."""
    written = quote(path.encode("utf-8", "backslashreplace"))
    return f"./{written}" if written.startswith("/") else written


def _fingerprint(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _result(
    report: SubmissionReport, finding: Finding, index: int, strict: bool, fingerprint: str
) -> dict[str, Any]:
    """Return a result (3.27)."""
    severity = "error" if strict and finding.severity == "warning" else finding.severity
    text = f"{finding.message}. {finding.hint}" if finding.hint else finding.message
    place = finding.located(report.path)
    return {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": _LEVELS[severity],
        "message": {
            "text": text if report.package is None and finding.file is None else f"{place}: {text}"
        },
        "locations": [_location(report, finding)],
        "occurrenceCount": finding.count,
        "partialFingerprints": {"finding/v1": fingerprint},
    }


def _ignored_result(upload: IgnoredUpload, index: int, fingerprint: str) -> dict[str, Any]:
    """Return a result about an upload that is in no report."""
    place = {"artifactLocation": {"uri": _uri(upload.file or "")}}
    return {
        "ruleId": upload.code,
        "ruleIndex": index,
        "level": _LEVELS[upload.severity],
        "message": {"text": f"{upload.file}: {upload.message}. {upload.hint}"},
        "locations": [{"physicalLocation": place}],
        "occurrenceCount": upload.count,
        "partialFingerprints": {"finding/v1": fingerprint},
    }


def _location(report: SubmissionReport, finding: Finding) -> dict[str, Any]:
    """Return a location (3.28): the file with its region, or the package and the file inside it."""
    package = report.package or (report.path if report.kind == "package" else None)
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(package or report.path)}}
    location: dict[str, Any] = {"physicalLocation": physical}
    if package is not None:
        inside = (finding.file or report.path).removeprefix(f"{package}/")
        if inside != package:
            location["logicalLocations"] = [{"fullyQualifiedName": inside, "kind": "resource"}]
    elif finding.line is not None:
        region = {"startLine": finding.line}
        if finding.column is not None:
            region["startColumn"] = finding.column
        physical["region"] = region
    return location
