"""The dataset check as text: numbers of each split, then the faults, grouped, with file and line."""

from __future__ import annotations

from reference.checking import CheckReport

__all__ = ["lines_of", "plain"]


def plain(text: str) -> str:
    """Return text with what a terminal would act on written out: file names are not to be trusted."""
    return "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text)


def lines_of(report: CheckReport, *, most: int | None) -> list[str]:
    """Return the lines of a report; at most `most` faults of a group are listed (None: all)."""
    lines = [
        f"{split}: {report.pairs[split]} pairs, {report.ratings[split]} ratings, {report.clips[split]} clips"
        for split in report.pairs
    ]
    if report.seconds is not None:
        lines.append(f"length of the clips: {report.seconds:g} s")
    for (severity, group), faults in report.groups().items():
        lines.append(f"{severity}: {group} ({len(faults)})")
        lines += [plain(f"  {fault.where}: {fault.message}") for fault in faults[:most]]
        if most is not None and len(faults) > most:
            lines.append(f"  and {len(faults) - most} more")
    lines.append(f"{_count(report.errors, 'error')}, {_count(report.warnings, 'warning')}")
    return lines


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
