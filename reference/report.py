"""The dataset check as text: the size of each split, then all problems by group."""

from __future__ import annotations

from reference.checking import CheckReport

__all__ = ["lines_of", "plain"]


def plain(text: str) -> str:
    """Return text with control characters escaped, because file names are untrusted text."""
    return "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text)


def lines_of(report: CheckReport, *, most: int | None) -> list[str]:
    """Return the lines of a report, with at most `most` problems per group (None: all)."""
    lines = [
        f"{split}: {report.pairs[split]} pairs, {report.ratings[split]} ratings,"
        f" {report.clips[split]} clips"
        for split in report.pairs
    ]
    if report.seconds is not None:
        lines.append(f"clip length: {report.seconds:g} s")
    for (severity, group), problems in report.groups().items():
        lines.append(f"{severity}: {group} ({len(problems)})")
        lines += [plain(f"  {problem.where}: {problem.message}") for problem in problems[:most]]
        if most is not None and len(problems) > most:
            lines.append(f"  and {len(problems) - most} more")
    lines.append(f"{_count(report.errors, 'error')}, {_count(report.warnings, 'warning')}")
    return lines


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
