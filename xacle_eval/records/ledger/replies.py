"""Replies: the answer to an upload, in plain words, to be mailed to the team.

A reply has what `validate` says, what the ledger recorded and how many uploads are left. No part of
it can depend on a reference, since nothing here reads one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from xacle_eval.records.ledger.attempts import next_free
from xacle_eval.records.ledger.chain import Entry
from xacle_eval.records.ledger.results import Status
from xacle_eval.records.ledger.skipped import Skipped
from xacle_eval.records.ledger.standing import Counting, Try, Used, count_tries
from xacle_eval.records.ledger.times import local_text
from xacle_eval.submissions.findings import Finding, Severity, SubmissionReport
from xacle_eval.text import count, listing, visible, visible_lines

__all__ = [
    "Answer",
    "Crowd",
    "folder_name",
    "folder_of_skipped",
    "longer_folder_name",
    "reply_text",
    "skipped_text",
]

_MOST = 20
_LONGEST = 1_000
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_FOLDER = 40
_DIGITS = 12
_HASH_DIGITS = 8
_BY_PROGRAM = "This answer was made by a program that checks files. It does not know your score."
_MEANINGS: dict[Status, str] = {
    "counts": "It counts.",
    "invalid": "It is not scored.",
    "early": "It was sent before the phase opened, so it does not count.",
    "late": "It was sent after the phase closed, so it does not count.",
    "withdrawn": "It is withdrawn, so it does not count.",
    "replaced": "A newer upload of yours takes its place.",
    "another team's label": "It does not count: its labels name another team.",
    "not selected": "It can be ranked, but it is not among your final systems.",
}
_ADVICE: dict[Status, str] = {
    "invalid": "Please fix it and send it again.",
    "another team's label": "Please rename it.",
}
"""What to do, while a further upload can count."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """The systems of a team on the board, if they are more than the challenge allows.

    If there are more than ``most``, a board ranks none of them; None if it ranks any number.
    """

    systems: Sequence[str]
    limit: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reply is made from: an upload, its check, and what counts after its entry.

    ``tries`` are the uploads of the team in the phase up to its entry, in the order of their times,
    ``ranked`` the systems of the team that count, and ``others`` those that could count instead.
    ``title`` is that of the phase; ``crowd`` is None unless the team has too many systems.
    """

    entry: Entry
    file: str
    reports: Sequence[SubmissionReport]
    status: Status
    tries: Sequence[Try]
    ranked: Sequence[str]
    others: Sequence[str]
    rules: Counting
    title: str
    crowd: Crowd | None = None

    @property
    def used(self) -> Used:
        """The attempts of the team that are used up."""
        return count_tries(self.tries, self.rules).used

    @property
    def free(self) -> str | None:
        """From when on the next upload can count; None if no further one can."""
        return next_free(self.used, self.rules, self.entry.time)

    @property
    def unranked(self) -> bool:
        """Whether no system of the team is ranked, because there are too many."""
        return self.crowd is not None and self.crowd.most is not None

    @property
    def partly(self) -> bool:
        """Whether only some systems of a package are valid."""
        return self.entry.kind == "valid" and not all(each.valid for each in self.reports)


def folder_name(entry: Entry) -> str:
    """Return the name of the folder of a reply, which holds no character of a path."""
    return f"{entry.sequence:06d}-{_safe(entry.team)}"


def longer_folder_name(entry: Entry) -> str:
    """Return the name of the folder of a reply, if `folder_name` has one to another upload."""
    return f"{folder_name(entry)}-{entry.sha256[:_HASH_DIGITS]}"


def folder_of_skipped(name: str, state: str, team: str) -> str:
    """Return the name of the folder of a reply to a file that is not recorded.

    Parameters
    ----------
    name : str
        The path of the file in the folder of the uploads.
    state : str
        What differs if the file is another one.
    team : str
        The team.
    """
    key = f"{name}\0{state}".encode("utf-8", "surrogatepass")
    return f"not-recorded-{hashlib.sha256(key).hexdigest()[:_DIGITS]}-{_safe(team)}"


def _safe(team: str) -> str:
    return _UNSAFE.sub("_", team)[:_LONGEST_FOLDER].strip(".") or "team"


def skipped_text(skipped: Skipped, name: str, time: str) -> str:
    """Return the reply about a file that is not recorded, or the note for the organisers.

    Parameters
    ----------
    skipped : Skipped
        The file, and why it is not recorded.
    name : str
        Its path in the folder of the uploads.
    time : str
        Its time for people; empty if it has none.
    """
    begin = f"The file {visible(name, 200)} was not recorded."
    if skipped.of_sender:
        sent = name.removeprefix(f"{skipped.team}/")
        begin = f"Your upload {visible(sent, 200)} has arrived, but it was not recorded."
    lines = [
        begin,
        "",
        f"Team:    {visible(skipped.team, 200) or 'unknown'}",
        *([f"Time:    {time}"] if time else []),
        "",
        f"Reason: {visible(skipped.reason, _LONGEST)}.",
        *([visible(skipped.advice, _LONGEST)] if skipped.advice else []),
    ]
    if skipped.of_sender:
        lines += [
            "",
            "It does not use up any of your uploads.",
            _BY_PROGRAM,
        ]
    return visible_lines("\n".join(lines) + "\n")


def reply_text(answer: Answer) -> str:
    """Return the reply to an upload."""
    entry, reports, rules = answer.entry, answer.reports, answer.rules
    can_fix = answer.free is not None
    lines = [
        f"Your upload {visible(answer.file, 200)} has arrived.",
        "",
        f"Team:    {visible(entry.team, 200)}",
        f"Phase:   {visible(answer.title, 200)}",
        f"Time:    {local_text(entry.time, rules.zone)}",
        f"SHA-256: {entry.sha256}",
        f"Number:  {entry.sequence}",
        "",
        f"Result: {_verdict(answer)}. {_meaning(answer)}",
        *_system_lines(reports),
        *_finding_lines("What to fix:" if can_fix else "What is wrong:", reports, "error"),
        *_finding_lines("Please also check:", reports, "warning"),
        *(_help_lines(reports) if can_fix else ()),
        *(_final_lines(answer) if answer.crowd is None else _crowd_lines(answer, answer.crowd)),
        "",
        *_attempt_lines(answer),
        "",
        *_receipt_lines(answer),
        _BY_PROGRAM,
    ]
    return visible_lines("\n".join(lines) + "\n")


def _verdict(answer: Answer) -> str:
    if answer.entry.kind == "invalid":
        return "invalid"
    return "partly valid" if answer.partly else "valid"


def _meaning(answer: Answer) -> str:
    if answer.status == "over the limit":
        return f"It is over the limit of {_limit_text(answer)}, so it does not count."
    if answer.status == "counts" and answer.partly:
        meaning = "Its valid systems count."
    else:
        meaning = _MEANINGS[answer.status]
    if answer.status == "counts" and answer.unranked:
        return f"{meaning[:-1]}, but no system of your team is ranked now."
    advice = _ADVICE.get(answer.status) if answer.free is not None else None
    return f"{meaning} {advice}" if advice else meaning


def _limit_text(answer: Answer) -> str:
    """Return the limit that an upload is over; only what was sent before it decides."""
    entry, rules, phase = answer.entry, answer.rules, answer.rules.phase
    until = [
        one for one in answer.tries if (one.time, one.sequence) <= (entry.time, entry.sequence)
    ]
    used, day = count_tries(until, rules).used, rules.day(entry.time)
    if phase.all_per_day is not None and used.all[day] > phase.all_per_day:
        return f"{count(phase.all_per_day, 'upload')} on one day, with invalid ones"
    if phase.valid_total is not None and used.valid.total() >= phase.valid_total:
        return f"{count(phase.valid_total, 'valid upload')} in this phase"
    return f"{count(phase.valid_per_day or 0, 'valid upload')} on one day"


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


def _help_lines(reports: Iterable[SubmissionReport]) -> Iterator[str]:
    """Yield the commands that help to send a file without errors."""
    if all(each.valid for each in reports):
        return
    yield ""
    yield "Check it before you send it again: xacle-eval validate FILE --challenge CHALLENGE"
    yield (
        "If the format of a prediction file is wrong (its delimiter, header, ids or encoding), "
        "xacle-eval fix can correct it."
    )


def _final_lines(answer: Answer) -> Iterator[str]:
    """Yield which systems of the team are ranked, if it can name others."""
    most = answer.rules.phase.final_systems
    if most is None or not answer.ranked:
        return
    yield ""
    ranked = listing((visible(each, 200) for each in answer.ranked), _MOST)
    are = "is" if most == 1 else "are"
    line = f"At most {count(most, 'system')} of your team {are} ranked: now {ranked}."
    if answer.others:
        others = listing((visible(each, 200) for each in answer.others), _MOST)
        line += f" Tell the organisers if you want another one: {others}."
    yield line


def _crowd_lines(answer: Answer, crowd: Crowd) -> Iterator[str]:
    """Yield that the team has too many systems, and what it can do."""
    systems = listing((visible(each, 200) for each in crowd.systems), _MOST)
    line = (
        f"Your team has {count(len(crowd.systems), 'system')} on the board: {systems}. The "
        f"challenge allows {crowd.limit:,}"
    )
    if crowd.most is not None:
        line += f", and ranks none of them while there are more than {crowd.most:,}"
    yield ""
    yield f"{line}."
    wish = "to withdraw"
    if answer.rules.phase.final_systems is not None:
        wish = "are your final systems"
    yield f"Tell the organisers which of them {wish}."


def _attempt_lines(answer: Answer) -> Iterator[str]:
    """Yield how many uploads of each limit are used, and when the next one can be sent."""
    entry, rules, free = answer.entry, answer.rules, answer.free
    yield from _used_lines(answer.used, rules, rules.day(entry.time))
    if free is None:
        yield "No further upload counts in this phase."
    elif free == entry.time:
        yield "You can send the next upload at any time."
    else:
        again = entry.kind == "valid" and answer.status in ("early", "over the limit")
        then = "; this one counts if you send it again then" if again else ""
        yield f"The next upload counts from {local_text(free, rules.zone)} on{then}."
    if rules.closes is not None:
        verb = "closed" if entry.time >= rules.closes else "closes"
        yield f"The phase {verb} at {local_text(rules.closes, rules.zone)}."


def _used_lines(used: Used, rules: Counting, day: str) -> Iterator[str]:
    phase = rules.phase
    counts = [
        (used.valid[day], phase.valid_per_day, "valid uploads on this day"),
        (used.valid.total(), phase.valid_total, "valid uploads in this phase"),
        (used.all[day], phase.all_per_day, "uploads on this day, with invalid ones"),
    ]
    for number, most, what in counts:
        if most is not None:
            yield f"Used: {min(number, most):,} of {most:,} {what}."


def _receipt_lines(answer: Answer) -> Iterator[str]:
    yield (
        "The receipt of this check is receipt.json; to compare a file with it: "
        "xacle-eval verify receipt.json FILE"
    )
    if answer.partly:
        yield (
            "In it, the file as a whole is invalid, since not all of its systems are valid; each "
            "system has its own verdict."
        )
