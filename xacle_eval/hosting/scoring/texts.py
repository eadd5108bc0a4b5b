"""What a platform shows to a participant: findings as text, and the fixed sentences.

Nothing here takes a label or a score, so no text can depend on one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from xacle_eval.submissions.findings import Finding, SubmissionReport
from xacle_eval.text import count, listing, visible, visible_lines

__all__ = [
    "BEHIND_LABELS",
    "INTERRUPTED",
    "NO_LABELS",
    "findings_text",
    "internal_error",
    "put",
    "several_systems",
    "valid_text",
]

BEHIND_LABELS = (
    "The submission is valid, and scoring it failed. This is not a fault of the submission; "
    "tell the organisers."
)
"""All that is reported about an error after the labels were opened."""
INTERRUPTED = "Scoring was interrupted; submit again."
NO_LABELS = (
    "The reference data of this phase cannot be found. This is not a fault of the submission; "
    "tell the organisers."
)
_MOST = 20
_LONGEST = 1_000
_LONGEST_NAME = 100
_PLACES = {"error": 0, "warning": 1, "info": 2}


def internal_error(error: BaseException) -> str:
    """Return what is reported about an unexpected error before the labels are opened."""
    kind = visible(type(error).__name__, 60)
    return (
        f"The check of the submission stopped with an unexpected {kind}. Check the file with "
        "xacle-eval validate, and tell the organisers."
    )


def several_systems(path: str, labels: Sequence[str]) -> str:
    """Return the sentence about a package with several systems."""
    systems = listing((visible(label, _LONGEST_NAME) for label in labels), 10)
    return (
        f"{visible(path, _LONGEST_NAME)} has {count(len(labels), 'system')} ({systems}); "
        "this platform scores one system of each submission. Upload one system per submission."
    )


def findings_text(reports: Iterable[SubmissionReport]) -> str:
    """Return findings for people: errors first, each once, at most 20."""
    lines: dict[str, int] = {}
    for report in reports:
        for finding in report.findings:
            lines.setdefault(_line(finding, report.path), _PLACES[finding.severity])
    ordered = sorted(lines, key=lines.__getitem__)
    more = len(ordered) - _MOST
    rest = [f"and {more:,} more"] if more > 0 else []
    return "\n".join([*ordered[:_MOST], *rest])


def _line(finding: Finding, path: str) -> str:
    place = visible(str(finding.located(path)), _LONGEST)
    text = f"{place}: {finding.severity} {finding.code}: {visible(str(finding.message), _LONGEST)}"
    return f"{text}\n    {visible(str(finding.hint), _LONGEST)}" if finding.hint else text


def valid_text(pairs: int, notes: str) -> str:
    """Return the text about a valid submission: the number of predictions, and its warnings."""
    text = f"The submission is valid: {count(pairs, 'prediction')}."
    return f"{text}\n{notes}" if notes else text


def put(stream: Any, text: str) -> None:
    """Write text for people and a line end; a stream that is closed or full is ignored."""
    with suppress(OSError, ValueError, AttributeError):  # AttributeError: there is no stream
        encoding = stream.encoding or "utf-8"
        safe = visible_lines(text).encode(encoding, "backslashreplace").decode(encoding)
        stream.write(f"{safe}\n")
        stream.flush()
