"""What every run must satisfy: status, streams, files, size, time and memory."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.fuzzing.cases import Case
from benchmarks.fuzzing.places import outside

__all__ = ["Outcome", "failures"]

ALLOWED = (0, 1, 2)
MEGABYTE = 1 << 20
MOST_OUTPUT = MEGABYTE
MOST_SECONDS = 10.0
MOST_MEMORY = 300 * MEGABYTE
# C0 except tab and newline, DEL and C1; marks of direction; separators of lines and paragraphs.
_RAW = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]"
)
_WARNING = re.compile(r"\.py:\d+: \w*Warning")
_WORKFLOW = re.compile(r"^\s*::|##\[", re.MULTILINE)
_KNOWN = re.compile(r"^::(error|warning|notice|group|endgroup)[ :]")
# Between these lines, the runner executes nothing.
_STOPPED = re.compile(r"^::stop-commands::([0-9a-f]{16,})\n.*?^::\1::\n", re.MULTILINE | re.DOTALL)


@dataclass
class Outcome:
    """What a run did.

    Attributes
    ----------
    status : int
        The exit status; -1 for an exception.
    out, err : bytes
        The streams.
    stray : bytes
        What arrived at the file descriptors 1 and 2 of the process, around Python's streams.
    error : str
        The exception, if any.
    changed : list of str
        The paths that were created, changed or removed.
    written : mapping of str to bytes
        The regular files among them.
    seconds : float
        CPU time, with child processes.
    memory : int
        Growth of the peak memory in bytes.
    reached : frozenset of str
        ``"parsed"`` if the first parser accepted the input, ``"scored"`` if results were computed.
    """

    status: int
    out: bytes = b""
    err: bytes = b""
    stray: bytes = b""
    error: str = ""
    changed: list[str] = field(default_factory=list)
    written: Mapping[str, bytes] = field(default_factory=dict)
    seconds: float = 0.0
    memory: int = 0
    reached: frozenset[str] = frozenset()


def _raw_control(name: str, data: bytes) -> str | None:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"{name} is not UTF-8: {error.reason}"
    found = _RAW.search(text)
    if found is None:
        return None
    around = text[max(0, found.start() - 60) : found.end() + 20]
    return f"raw control character U+{ord(found[0]):04X} in {name}: {around!a}"


def _words(case: Case) -> set[str]:
    """Return the words of the command line and the values of its variables."""
    return {*case.arguments, *case.environment.values()}


def _has_bug(case: Case, text: str) -> bool:
    """Return whether the text has the finding of an unexpected error."""
    if "explain" in case.arguments:  # shows rules, and suggests codes
        return False
    # SARIF lists every rule, also those without a finding.
    return ('"ruleId": "XAC120"' if "sarif" in _words(case) else "XAC120") in text


def _stream_failures(case: Case, outcome: Outcome) -> list[str]:
    text = (outcome.out + outcome.err + outcome.stray).decode("utf-8", "replace")
    found = []
    if outcome.error:
        found.append(f"exception: {outcome.error}")
    elif outcome.status not in ALLOWED:
        found.append(f"exit status {outcome.status}: {text[-300:]!a}")
    # A trial shows the traceback of the tried script.
    if not {"--debug", "--try"} & set(case.arguments) and "Traceback" in text:
        found.append("traceback")
    if "internal error:" in text or _has_bug(case, text):
        found.append(f"internal error: {text[-300:]!a}")
    if "not enough memory" in text:
        found.append("memory: the limit of the process was reached")
    if _WARNING.search(text):
        found.append(f"Python warning: {text[-300:]!a}")
    if outcome.stray:
        found.append(f"stray output: {outcome.stray[-300:].decode('utf-8', 'replace')!a}")
    for name, data in (("stdout", outcome.out), ("stderr", outcome.err)):
        problem = _raw_control(name, data)
        found += [problem] if problem else []
    return found + _workflow_failures(case, outcome)


def _workflow_failures(case: Case, outcome: Outcome) -> list[str]:
    """Return lines that the runner of GitHub Actions would execute as commands."""
    if case.environment.get("GITHUB_ACTIONS") != "true":
        return []
    github = "github" in _words(case)
    found = []
    for name, data in (("stdout", outcome.out), ("stderr", outcome.err)):
        text = data.decode("utf-8", "replace")
        for line in (_STOPPED.sub("", text) if github else text).split("\n"):
            if github and name == "stdout" and _KNOWN.match(line):
                continue
            if _WORKFLOW.search(line):
                found.append(f"workflow command in {name}: {line[:200]!a}")
                break
    return found


def _file_failures(case: Case, outcome: Outcome) -> list[str]:
    found = [
        f"written outside the output: {path!a}" for path in outside(outcome.changed, case.outputs)
    ]
    if case.free:
        names = "\n".join(outcome.changed)
        given = "".join(case.outputs)
        if _RAW.search(names) and not _RAW.search(given):
            found.append(f"raw control character in a file name: {names!a}")
        return found
    for path, data in outcome.written.items():
        if case.command == "fix":
            continue  # the user's own fields stay as they are
        kind = f"a written file ({path})"
        lines = data.replace(b"\r\n", b"\n") if path.endswith("evaluation_result.csv") else data
        problem = _raw_control(kind, lines)
        found += [problem] if problem else []
    return found


def failures(case: Case, outcome: Outcome) -> list[str]:
    """Return what the run violates, one sentence each; the words before the colon are its kind."""
    found = _stream_failures(case, outcome) + _file_failures(case, outcome)
    size = len(outcome.out) + len(outcome.err)
    if not case.free:
        size += sum(map(len, outcome.written.values()))
    if size > MOST_OUTPUT * max(1, case.submissions):
        found.append(f"output size: {size:,} bytes")
    if outcome.seconds > MOST_SECONDS:
        found.append(f"CPU time: {outcome.seconds:.1f} s")
    if outcome.memory > MOST_MEMORY:
        found.append(f"memory: {outcome.memory >> 20} MB")
    return found
