"""SARIF 2.1.0: findings for code scanning and editors.

Section numbers are those of the OASIS standard "Static Analysis Results Interchange Format
(SARIF) Version 2.1.0". The artifact is the package; a file inside it is a logical location
(3.28.4).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from xacle_eval._version import __version__
from xacle_eval.submissions.findings import Finding, SubmissionReport
from xacle_eval.submissions.rules import RULE_SET_VERSION, RULES
from xacle_eval.text import json_text

__all__ = ["sarif_json"]

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def sarif_json(reports: Sequence[SubmissionReport], strict: bool = False) -> str:
    """Return the reports as a SARIF log with one run; `strict` makes warnings errors."""
    codes = list(RULES)
    results: list[dict[str, Any]] = []
    seen: Counter[tuple[str, ...]] = Counter()
    for report in reports:
        for finding in report.findings:
            # Lines and columns move, so they do not help to identify an alert (3.27.17).
            same = (finding.code, finding.file or report.path, finding.message)
            fingerprint = _fingerprint(*same, str(seen[same]))
            seen[same] += 1
            results.append(_result(report, finding, codes.index(finding.code), strict, fingerprint))
    driver = {
        "name": "xacle-eval",
        "semanticVersion": __version__,
        "rules": [_rule(code) for code in codes],
        "properties": {"ruleSet": RULE_SET_VERSION},
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "artifacts": [_artifact(report) for report in reports if report.package is None],
        "results": results,
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json_text(log) + "\n"


def _rule(code: str) -> dict[str, Any]:
    """Return a reportingDescriptor (3.49)."""
    rule = RULES[code]
    return {
        "id": code,
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
