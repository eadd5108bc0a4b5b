"""Replies: the answer to an upload, in plain words, to be mailed to the team.

A reply has what `validate` says, what the ledger recorded and how many uploads are left. No part of
it can depend on a reference, since nothing here reads one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from xacle_eval.records.ledger.attempts import next_free
from xacle_eval.records.ledger.chain import Entry
from xacle_eval.records.ledger.results import Status
from xacle_eval.records.ledger.standing import Counting, Used
from xacle_eval.records.ledger.times import local_text
from xacle_eval.submissions.findings import Finding, Severity, SubmissionReport
from xacle_eval.text import count, visible, visible_lines

__all__ = ["folder_name", "reply_text"]

_MOST = 20
_LONGEST = 1_000
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_FOLDER = 40
_OVER = "It is over the limit of uploads, so it does not count."
_MEANINGS: dict[Status, str] = {
    "counts": "It counts.",
    "invalid": "It is not scored. Please fix it and send it again.",
    "early": "It was sent before the phase opened, so it does not count. Please send it again.",
    "late": "It was sent after the phase closed, so it does not count.",
    "over the limit": _OVER,
    "withdrawn": "It is withdrawn, so it does not count.",
    "replaced": "A newer upload of yours takes its place.",
    "another team's label": "It does not count: its labels name another team. Please rename it.",
    "not selected": "It can be ranked, but it is not among your final systems.",
}


def folder_name(entry: Entry) -> str:
    """Return the name of the folder of a reply, which holds no character of a path."""
    team = _UNSAFE.sub("_", entry.team)[:_LONGEST_FOLDER].strip(".")
    return f"{entry.sequence:06d}-{team or 'team'}"


def reply_text(
    entry: Entry,
    file: str,
    reports: Sequence[SubmissionReport],
    status: Status,
    used: Used,
    rules: Counting,
    title: str,
) -> str:
    """Return the reply to an upload.

    Parameters
    ----------
    entry : Entry
        The entry of the upload.
    file : str
        The name of its file.
    reports : sequence of SubmissionReport
        The result of its check.
    status : Status
        What it is after its entry.
    used : Used
        The uploads of the team up to its entry.
    rules : Counting
        The rules of the phase.
    title : str
        The title of the phase.
    """
    lines = [
        f"Your upload {visible(file, 200)} has arrived.",
        "",
        f"Team:    {visible(entry.team, 200)}",
        f"Phase:   {visible(title, 200)}",
        f"Time:    {local_text(entry.time, rules.zone)}",
        f"SHA-256: {entry.sha256}",
        f"Number:  {entry.sequence}",
        "",
        f"Result: {_verdict(entry, reports)}. {_MEANINGS[status]}",
        *_system_lines(reports),
        *_finding_lines("What to fix:", reports, "error"),
        *_finding_lines("Please also check:", reports, "warning"),
        "",
        *_attempt_lines(entry, used, rules),
        "",
        "This answer was made by a program that has no scores and no labels.",
    ]
    return visible_lines("\n".join(lines) + "\n")


def _verdict(entry: Entry, reports: Iterable[SubmissionReport]) -> str:
    if entry.kind == "invalid":
        return "invalid"
    return "valid" if all(each.valid for each in reports) else "partly valid"


def _system_lines(reports: Iterable[SubmissionReport]) -> Iterator[str]:
    """Yield the verdict on each system of a package."""
    systems = [each for each in reports if each.package is not None]
    if systems:
        yield ""
        yield "Systems:"
    for each in systems[:_MOST]:
        verdict = "valid" if each.valid else "invalid, and not scored"
        yield f"- {visible(each.system, 200)}: {verdict}"
    if len(systems) > _MOST:
        yield f"- and {len(systems) - _MOST:,} more"


def _finding_lines(
    title: str, reports: Iterable[SubmissionReport], severity: Severity
) -> Iterator[str]:
    found = [
        (report, finding)
        for report in reports
        for finding in report.findings
        if finding.severity == severity
    ]
    if found:
        yield ""
        yield title
    for report, finding in found[:_MOST]:
        yield f"- {_place(report, finding)}: {visible(finding.message, _LONGEST)} ({finding.code})"
        if finding.hint:
            yield f"  {visible(finding.hint, _LONGEST)}"
    if len(found) > _MOST:
        yield f"- and {count(len(found) - _MOST, 'more finding')}"


def _place(report: SubmissionReport, finding: Finding) -> str:
    place = visible(finding.file or report.path, 200)
    return f"{place}, line {finding.line:,}" if finding.line is not None else place


def _attempt_lines(entry: Entry, used: Used, rules: Counting) -> Iterator[str]:
    """Yield how many uploads of each limit are used, and when the next one can be sent."""
    phase, day = rules.phase, rules.day(entry.time)
    counts = [
        (used.valid[day], phase.valid_per_day, "valid uploads on this day"),
        (used.valid.total(), phase.valid_total, "valid uploads in this phase"),
        (used.all[day], phase.all_per_day, "uploads on this day, with invalid ones"),
    ]
    for number, most, what in counts:
        if most is not None:
            yield f"Used: {number:,} of {most:,} {what}."
    free = next_free(used, rules, entry.time)
    if free is None:
        yield "No further upload counts in this phase."
    elif free == entry.time:
        yield "You can send the next upload at any time."
    else:
        yield f"The next upload counts from {local_text(free, rules.zone)} on."
    if rules.closes is not None:
        yield f"The phase closes at {local_text(rules.closes, rules.zone)}."
