"""Views of the ledger: added uploads, attempts, the log, its check, and a second scoring."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from xacle_eval.challenge.rounding import format_metric
from xacle_eval.records.ledger.chain import UPLOADS
from xacle_eval.records.ledger.results import (
    AddedUploads,
    Attempts,
    LedgerEntry,
    LedgerLog,
    LedgerVerification,
    PhaseLimits,
    TeamAttempts,
)
from xacle_eval.records.ledger.times import exact_text, short_text
from xacle_eval.reports.views.table import Cell, View, ViewColumn
from xacle_eval.results.rescoring import Rescoring
from xacle_eval.text import count, listing, visible

__all__ = ["ledger_contents"]

_ENTRY = ViewColumn("entry", "Entry", numeric=True, of_row=True)
_TEAM = ViewColumn("team", "Team")
_PHASE = ViewColumn("phase", "Phase")
_STATUS = ViewColumn("status", "Status")
_TIMES = ("time", "next_free", "as_of")
_NOTHING = "–"
_MOST_NUMBERS = 5
_UTC = "+00:00"


class _Shown(NamedTuple):
    """The arguments of `xacle_eval.reports.contents.Contents`."""

    document: Callable[[], tuple[str, Any]]
    views: Callable[[], Sequence[View]]
    values: Callable[[], View]


def ledger_contents(found: Any) -> _Shown:
    """Return what a result of the ledger shows: its document, its tables and its values."""
    name, views, values = next(each for kind, each in _KINDS.items() if isinstance(found, kind))
    return _Shown(lambda: (name, found), lambda: views(found), lambda: values(found))


class _Clock:
    """The times of a table, in the time zone of their phases.

    If all phases have the same zone, it is in the title of the column, else in each cell.
    """

    def __init__(self, utc_offsets: Mapping[str, str]) -> None:
        zones = set(utc_offsets.values()) or {_UTC}
        self._offsets = utc_offsets
        self._only = zones.pop() if len(zones) == 1 else None

    def title(self, word: str) -> str:
        """Return the title of a column, such as ``Time (+09:00)``."""
        return f"{word} ({_zone_text(self._only)})" if self._only else word

    def column(self) -> ViewColumn:
        """Return the column of the times of entries."""
        return ViewColumn("time", self.title("Time"), time=True)

    def short(self, time: str, phase: str) -> str:
        """Return a time without its seconds."""
        return self._shown(short_text, time, phase)

    def exact(self, time: str, phase: str) -> str:
        """Return a time with its seconds, if it has any."""
        return self._shown(exact_text, time, phase)

    def _shown(self, text: Callable[[str, str], str], time: str, phase: str) -> str:
        offset = self._only or self._offsets.get(phase, _UTC)
        return text(time, offset) if self._only else f"{text(time, offset)} {_zone_text(offset)}"


def _zone_text(utc_offset: str) -> str:
    return "UTC" if utc_offset == _UTC else utc_offset


def _time_text(time: str, utc_offset: str) -> str:
    """Return a time in a sentence, such as ``2026-11-20 18:00 +09:00``."""
    return f"{exact_text(time, utc_offset)} {_zone_text(utc_offset)}" if time else _NOTHING


def _added_views(found: AddedUploads) -> list[View]:
    clock = _Clock(found.utc_offsets)
    names = _names_in_folder(one.path for one in found.uploads)
    rows: list[tuple[Cell, ...]] = [
        (
            one.entry, one.team, name, clock.short(one.time, one.phase), one.status,
            "yes" if one.new else "no",
        )
        for one, name in zip(found.uploads, names, strict=True)
    ]  # fmt: skip
    columns = (
        _ENTRY, _TEAM, ViewColumn("path", "Upload"), clock.column(), _STATUS,
        ViewColumn("new", "New"),
    )  # fmt: skip
    new = sum(one.new for one in found.uploads)
    title = f"{count(len(found.uploads), 'upload')}, {new:,} new"
    views = [View(title, columns, tuple(rows), 0, empty="No upload was found.")]
    if found.skipped:
        skipped = tuple((one.path, one.reason) for one in found.skipped)
        prose = (ViewColumn("path", "File"), ViewColumn("reason", "Reason", prose=True))
        views.append(View("Not recorded", prose, skipped, 0))
    return views


def _names_in_folder(paths: Iterable[str]) -> list[str]:
    """Return paths without the folder that all of them are in."""
    given = list(paths)
    folders = {str(Path(path).parent) for path in given}
    try:
        common = os.path.commonpath(folders) if folders else ""
    except ValueError:  # absolute and relative paths
        return given
    return [os.path.relpath(path, common) if common else path for path in given]


def _added_values(found: AddedUploads) -> View:
    names = ("entry", "team", "phase", "path", "time", "sha256", "status", "new", "reply", "reason")
    rows: list[tuple[Cell, ...]] = [
        (
            one.entry, one.team, one.phase, one.path, one.time, one.sha256, one.status,
            one.new, one.reply, None,
        )
        for one in found.uploads
    ]  # fmt: skip
    for one in found.skipped:
        rows.append(
            (
                None, one.team or None, None, one.path, None, None, None, one.new, one.reply,
                one.reason,
            )
        )  # fmt: skip
    return _values(names, rows)


def _attempts_views(found: Attempts) -> list[View]:
    several = len(found.phases) > 1
    clock = _Clock({each.phase: each.utc_offset for each in found.phases})
    rows: list[tuple[Cell, ...]] = [
        (
            each.team, *((each.phase,) if several else ()), each.valid, each.all,
            each.valid_today, each.all_today, _next_free(each, clock),
        )
        for each in found.teams
    ]  # fmt: skip
    columns = (
        _TEAM,
        *((_PHASE,) if several else ()),
        ViewColumn("valid", "Valid", numeric=True),
        ViewColumn("all", "All", numeric=True),
        ViewColumn("valid_today", "Valid today", numeric=True),
        ViewColumn("all_today", "All today", numeric=True),
        ViewColumn("next_free", clock.title("Next free"), time=True),
    )
    title = f"Attempts as of {_time_text(found.as_of, found.phases[0].utc_offset)}"
    notes = (*map(_limits_text, found.phases), *_lost_notes(found.lost_phases))
    return [View(title, columns, tuple(rows), 0, notes, empty="No team has sent an upload.")]


def _next_free(team: TeamAttempts, clock: _Clock) -> str:
    if team.next_free is None:
        return "never"
    return "now" if team.free_now else clock.exact(team.next_free, team.phase)


def _lost_notes(lost_phases: Mapping[str, int]) -> list[str]:
    """Say that uploads are of phases that the challenge file does not name."""
    return [
        f"{count(number, 'upload is', 'uploads are')} of the phase {visible(name, 60)!r}, which "
        "the challenge file does not name. They have no status and no attempts: give the phase its "
        "old name back."
        for name, number in lost_phases.items()
    ]


def _limits_text(limits: PhaseLimits) -> str:
    """Return a sentence such as ``Phase final: at most 3 valid uploads a day; …``."""
    most = [
        count(number, noun) + rest
        for number, noun, rest in (
            (limits.valid_per_day, "valid upload", " a day"),
            (limits.valid_total, "valid upload", " in all"),
            (limits.all_per_day, "upload", " a day with the invalid ones"),
            (limits.final_systems, "final system", ""),
        )
        if number
    ]
    window = [
        f"{word} {exact_text(time, limits.utc_offset)}"
        for word, time in (("opens", limits.opens), ("closes", limits.closes))
        if time
    ]
    text = f"a team has at most {', '.join(most)}" if most else "no limits"
    parts = [text, *filter(None, [", ".join(window)])]
    zone = _zone_text(limits.utc_offset)
    return f"Phase {limits.phase}: {'; '.join(parts)}; days and times are those of {zone}."


def _attempts_values(found: Attempts) -> View:
    names = (
        "team", "phase", "valid", "all", "valid_today", "all_today", "next_free", "as_of",
        "valid_per_day", "valid_total", "all_per_day",
    )  # fmt: skip
    limits = {each.phase: each for each in found.phases}
    rows: list[tuple[Cell, ...]] = []
    for each in found.teams:
        phase = limits[each.phase]
        row = (each.team, each.phase, each.valid, each.all, each.valid_today, each.all_today)
        most = (phase.valid_per_day, phase.valid_total, phase.all_per_day)
        rows.append((*row, each.next_free, found.as_of, *most))
    return _values(names, rows)


def _log_views(found: LedgerLog) -> list[View]:
    clock = _Clock(found.utc_offsets)
    phases = {each.phase for each in found.entries if each.phase}
    several = len(phases) > 1
    columns = (
        _ENTRY, clock.column(), _TEAM, *((_PHASE,) if several else ()), _STATUS,
        ViewColumn("about", "About"),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = [
        (
            each.entry, clock.short(each.time, each.phase) if each.time else None,
            each.team or None, *((each.phase or None,) if several else ()), _state(each),
            _about(each),
        )
        for each in found.entries
    ]  # fmt: skip
    where = "".join(f", phase {visible(name, 60)}" for name in phases) if not several else ""
    title = f"Ledger of {found.challenge}{where}"
    notes = tuple(_lost_notes(found.lost_phases))
    return [View(title, columns, tuple(rows), 0, notes, empty="No entry.")]


def _state(entry: LedgerEntry) -> str | None:
    """Return the status of an upload, and of other entries their kind."""
    return entry.status if entry.kind in UPLOADS else entry.kind


def _about(entry: LedgerEntry) -> str:
    """Return what an entry is about, in a few words."""
    body = entry.body
    if entry.kind in UPLOADS:
        return visible(str(body["file"]))
    if entry.kind == "withdrawal":
        state = "" if body["withdrawn"] else " no longer withdrawn"
        reason = f": {visible(str(body['reason']))}" if body["reason"] else ""
        return f"entry {body['entry']}{state}{reason}"
    if entry.kind == "selection":
        return listing(map(visible, body["systems"]), 10) if body["systems"] else "none"
    if entry.kind == "rescoring":
        return "scored again"
    return f"challenge {visible(str(body['challenge']))}"


def _log_values(found: LedgerLog) -> View:
    names = (
        "entry", "time", "kind", "team", "phase", "status", "about", "sha256", "previous", "hash",
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = [
        (
            each.entry, each.time, each.kind, each.team, each.phase, each.status, _about(each),
            each.sha256, each.previous, each.hash,
        )
        for each in found.entries
    ]  # fmt: skip
    return _values(names, rows)


def _verification_views(found: LedgerVerification) -> list[View]:
    checked = f"{count(found.entries, 'entry', 'entries')}, {count(found.files, 'file')}"
    title = f"The ledger is {'intact' if found.valid else 'NOT intact'}: {checked}"
    columns = (ViewColumn("entry", "Entry"), ViewColumn("fault", "Fault", prose=True))
    entries: dict[str, list[str]] = {}
    for one in found.faults:
        entries.setdefault(one.fault, []).extend([] if one.entry is None else [f"{one.entry:,}"])
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (listing(numbers, _MOST_NUMBERS) if numbers else None, fault)
        for fault, numbers in entries.items()
    )
    notes = [f"The ledger has the given head: entry {number:,}." for number in found.heads]
    if found.unused:
        notes.append(
            f"{count(found.unused, 'kept file')} without an entry. An interrupted run can leave "
            "one, and so does the removal of the last entries, which only --head finds."
        )
    notes += ["The head of the chain, which is the hash of the last entry:"]
    notes += [f"SHA-256: {found.head}"]
    empty = "Every entry follows from the one before it, and every file has its hash."
    return [View(title, columns, rows, 0, tuple(notes), empty=empty)]


def _verification_values(found: LedgerVerification) -> View:
    names = ("valid", "entry", "fault", "entries", "files", "head")
    rest = (found.entries, found.files, found.head)
    rows: list[tuple[Cell, ...]] = [(False, one.entry, one.fault, *rest) for one in found.faults]
    return _values(names, rows or [(True, None, None, *rest)])


def _rescoring_views(found: Rescoring) -> list[View]:
    several = any(each.target for each in found.systems)
    columns = (
        *([ViewColumn("target", "Target")] if several else []),
        _TEAM,
        ViewColumn("system", "System"),
        ViewColumn("rank", "Rank", numeric=True),
        *(ViewColumn(name, name, numeric=True) for name in found.metrics),
    )
    rows: list[tuple[Cell, ...]] = []
    for each in found.systems:
        row: list[Cell] = [each.target] if several else []
        row += [each.team, _change(each.system_before or each.system, each.system)]
        row.append(_change(each.rank_before, each.rank_after))
        for name in found.metrics:
            values = (each.before.get(name), each.after.get(name))
            row.append(_change(*(_metric(name, value, found.decimals) for value in values)))
        rows.append(tuple(row))
    notes = [_moves(found)]
    notes += [
        f"Differs in {one.key}: {one.before or 'none'} before, {one.after or 'none'} now."
        for one in found.differences
    ]
    notes += [f"Signature: {found.signature_after}"]
    when = _time_text(found.as_of, found.utc_offset)
    title = f"Scored again: {found.challenge}, phase {found.phase}, as of {when}"
    return [View(title, columns, tuple(rows), found.decimals, tuple(notes))]


def _moves(found: Rescoring) -> str:
    """Return how many systems or teams have another rank, for any target."""
    if found.by == "system":
        systems = {(each.team, each.system): False for each in found.systems}
        systems |= {(each.team, each.system): True for each in found.systems if each.moved}
        return f"{sum(systems.values()):,} of {count(len(systems), 'system')} changed rank."
    # Baselines and the like have no rank.
    teams = [each for each in found.systems if (each.rank_before, each.rank_after) != (None, None)]
    every = {each.team for each in teams}
    moved = {each.team for each in teams if each.moved}
    others = {each.team for each in teams if each.system_before not in (None, each.system)}
    text = f"{len(moved):,} of {count(len(every), 'team')} changed rank"
    if others:
        text += f"; {len(others):,} {'has' if len(others) == 1 else 'have'} another best system"
    return f"{text}."


def _metric(name: str, value: float | None, decimals: int) -> str | None:
    return None if value is None else format_metric(name, value, decimals)


def _change(before: str | int | None, after: str | int | None) -> str:
    """Return an old and a new value, such as ``0.911 → 0.890``; only one if they are equal."""
    old, new = (_NOTHING if value is None else str(value) for value in (before, after))
    return new if old == new else f"{old} → {new}"


def _rescoring_values(found: Rescoring) -> View:
    names = ["target", "team", "system", "system_before", "rank_before", "rank_after"]
    for name in found.metrics:
        names += [f"{name}_before", f"{name}_after"]
    names += ["signature_before", "signature_after"]
    rows: list[tuple[Cell, ...]] = []
    for each in found.systems:
        row: list[Cell] = [each.target, each.team, each.system, each.system_before]
        row += [each.rank_before, each.rank_after]
        for name in found.metrics:
            row += [each.before.get(name), each.after.get(name)]
        rows.append((*row, found.signature_before, found.signature_after))
    return _values(names, rows)


def _values(names: Sequence[str], rows: Sequence[tuple[Cell, ...]]) -> View:
    columns = tuple(ViewColumn(name, name, time=name in _TIMES) for name in names)
    return View("", columns, tuple(rows), 0)


_KINDS: dict[type, tuple[str, Callable[[Any], list[View]], Callable[[Any], View]]] = {
    AddedUploads: ("ledger-add", _added_views, _added_values),
    Attempts: ("ledger-attempts", _attempts_views, _attempts_values),
    LedgerLog: ("ledger-log", _log_views, _log_values),
    LedgerVerification: ("ledger-verify", _verification_views, _verification_values),
    Rescoring: ("ledger-rescore", _rescoring_views, _rescoring_values),
}
