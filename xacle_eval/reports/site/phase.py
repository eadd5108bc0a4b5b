"""The phase of a report: the lines that every page shows, and times in its time zone."""

from __future__ import annotations

from xacle_eval.records.ledger.phases import ended_text
from xacle_eval.records.ledger.times import local_text, zone_of_offset
from xacle_eval.results.report import ReportPhase
from xacle_eval.text import count

__all__ = ["phase_lines", "phase_time"]


def phase_time(phase: ReportPhase, time: str) -> str:
    """Return a time of the ledger in the time zone of the phase, without the zone."""
    return local_text(time, zone_of_offset(phase.utc_offset)).rpartition(" ")[0]


def phase_lines(phase: ReportPhase) -> tuple[str, ...]:
    """Return what a page says about its phase: name and dates, the time, and what is shown."""
    name = phase.title if phase.title == phase.phase else f"{phase.title} ({phase.phase})"
    dates = [
        f"{verb} {phase_time(phase, time)}"
        for verb, time in (("opens", phase.opens), ("closes", phase.closes))
        if time is not None
    ]
    lines = [f"Phase: {name}"]
    if dates:
        lines[0] += f", {', '.join(dates)} ({phase.utc_offset})"
    if phase.as_of:
        lines.append(f"Uploads as of {phase_time(phase, phase.as_of)} ({phase.utc_offset})")
    else:
        lines.append("No upload was added yet")
    if phase.is_open:
        others = [name for name in phase.open_phases if name != phase.phase]
        has_ended = bool(others) and len(others) == len(phase.open_phases)
        ended = ended_text(others, "" if has_ended else "this phase" if others else "the phase")
        lines.append(f"Until {ended}, these pages show {_shown(phase)}.")
    return tuple(lines)


def _shown(phase: ReportPhase) -> str:
    metrics = " and ".join(filter(None, (", ".join(phase.metrics[:-1]), phase.metrics[-1])))
    if phase.ladder is not None:
        step = f"{phase.ladder:g}"
        return (
            f"{metrics} in steps of {step}, and of each team only scores that were better than its "
            f"best shown one by more than {step}"
        )
    if phase.decimals is None:
        return metrics
    return f"{metrics} with {count(phase.decimals, 'decimal')}"
