"""GitHub Actions: findings as workflow commands, which GitHub shows beside the file's lines.

GitHub shows ten annotations of a step, so errors come first and the last one says how
many findings have no annotation of their own. All foreign text stands inside escaped
messages and properties: a team called ``::error …`` cannot forge a command.
"""

from __future__ import annotations

from collections.abc import Sequence

from xacle_eval.submissions.findings import Finding, SubmissionReport
from xacle_eval.text import count, visible

__all__ = ["github_annotations"]

SHOWN_BY_GITHUB = 10
_COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}


def github_annotations(reports: Sequence[SubmissionReport], strict: bool = False) -> str:
    """Return one workflow command for each finding, ten at most, errors first, and a summary line.

    `strict` makes warnings errors.
    """
    order = tuple(_COMMANDS)
    found = [(report, finding) for report in reports for finding in report.findings]
    found.sort(key=lambda pair: order.index(pair[1].severity))
    kept = found if len(found) <= SHOWN_BY_GITHUB else found[: SHOWN_BY_GITHUB - 1]
    commands = {**_COMMANDS, "warning": "error"} if strict else _COMMANDS
    lines = [_command(commands[finding.severity], report.path, finding) for report, finding in kept]
    if len(found) > len(kept):
        rest = count(len(found) - len(kept), "more finding")
        severity = commands[found[len(kept)][1].severity]
        lines.append(f"::{severity} title=xacle-eval::{rest} not annotated; xacle-eval validate shows all")
    passed = sum(report.passes(strict) for report in reports)
    word = "passed" if strict else "valid"
    lines.append(f"xacle-eval: {passed:,} of {count(len(reports), 'submission')} {word}")
    return "\n".join(lines) + "\n"


def _command(command: str, path: str, finding: Finding) -> str:
    properties = {"file": visible(path, 300)}
    if finding.line is not None:
        properties["line"] = str(finding.line)
    if finding.column is not None:
        properties["col"] = str(finding.column)
    properties["title"] = f"{finding.code} {finding.title}"
    written = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    message = f"{finding.message}. {finding.hint}" if finding.hint else finding.message
    return f"::{command} {written}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
