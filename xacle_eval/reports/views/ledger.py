"""Views of the ledger: added uploads, attempts, the log, its check, and a second scoring."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from xacle_eval.challenge.rounding import format_metric
from xacle_eval.records.ledger.results import (
    AddedUploads,
    Attempts,
    LedgerEntry,
    LedgerLog,
    LedgerVerification,
    PhaseLimits,
)
from xacle_eval.reports.views.table import Cell, View, ViewColumn
from xacle_eval.results.rescoring import Rescoring
from xacle_eval.text import count, listing, visible

__all__ = ["ledger_contents"]

_ENTRY = ViewColumn("entry", "Entry", numeric=True, of_row=True)
_TEAM = ViewColumn("team", "Team")
_PHASE = ViewColumn("phase", "Phase")
_TIME = ViewColumn("time", "Time (UTC)")
_STATUS = ViewColumn("status", "Status")
_HASH = 12
_NO_TIME = "–"


class _Shown(NamedTuple):
    """The arguments of `xacle_eval.reports.contents.Contents`."""

    document: Callable[[], tuple[str, Any]]
    views: Callable[[], Sequence[View]]
    values: Callable[[], View]


def ledger_contents(found: Any) -> _Shown:
    """Return what a result of the ledger shows: its document, its tables and its values."""
    name, views, values = next(each for kind, each in _KINDS.items() if isinstance(found, kind))
    return _Shown(lambda: (name, found), lambda: views(found), lambda: values(found))


def _added_views(found: AddedUploads) -> list[View]:
    rows: list[tuple[Cell, ...]] = [
        (one.entry, one.team, one.path, one.time, one.status, "new" if one.new else "known")
        for one in found.uploads
    ]
    columns = (_ENTRY, _TEAM, ViewColumn("path", "Upload"), _TIME, _STATUS)
    new = sum(one.new for one in found.uploads)
    title = f"{count(len(found.uploads), 'upload')}, {new:,} new"
    views = [
        View(
            title,
            (*columns, ViewColumn("new", "In the ledger")),
            tuple(rows),
            0,
            empty="No upload was found.",
        )
    ]
    if found.skipped:
        skipped = tuple((one.path, one.reason) for one in found.skipped)
        names = (ViewColumn("path", "File"), ViewColumn("reason", "Reason", prose=True))
        views.append(View("Not recorded", names, skipped, 0))
    return views


def _added_values(found: AddedUploads) -> View:
    names = ("entry", "team", "phase", "path", "time", "sha256", "status", "new", "reply", "reason")
    rows: list[tuple[Cell, ...]] = [
        (
            one.entry, one.team, one.phase, one.path, one.time, one.sha256, one.status,
            _flag(one.new), one.reply, None,
        )
        for one in found.uploads
    ]  # fmt: skip
    for one in found.skipped:
        rows.append(
            (
                None, one.team or None, None, one.path, None, None, None, _flag(one.new), one.reply,
                one.reason,
            )
        )  # fmt: skip
    return _values(names, rows)


def _attempts_views(found: Attempts) -> list[View]:
    several = len(found.phases) > 1
    rows: list[tuple[Cell, ...]] = [
        (
            each.team, *((each.phase,) if several else ()), each.valid, each.all,
            each.valid_today, each.all_today, each.next_free or "never",
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
        ViewColumn("next_free", "Next free (UTC)"),
    )
    title = f"Attempts as of {found.as_of or _NO_TIME}"
    notes = tuple(_limits_text(each) for each in found.phases)
    return [View(title, columns, tuple(rows), 0, notes, empty="No team has sent an upload.")]


def _limits_text(limits: PhaseLimits) -> str:
    """Return a sentence such as ``Phase final: at most 3 valid uploads a day; …``."""
    parts = [
        f"{count(number, 'valid upload')} a day" if number else ""
        for number in (limits.valid_per_day,)
    ]
    parts += [f"{count(limits.valid_total, 'valid upload')} in all" if limits.valid_total else ""]
    parts += [f"{count(limits.all_per_day, 'upload')} a day" if limits.all_per_day else ""]
    parts += [f"{count(limits.final_systems, 'final system')}" if limits.final_systems else ""]
    most = ", ".join(filter(None, parts))
    window = ", ".join(
        filter(
            None,
            (
                f"opens {limits.opens}" if limits.opens else "",
                f"closes {limits.closes}" if limits.closes else "",
            ),
        )
    )
    text = f"Phase {limits.phase}: {f'at most {most} of a team' if most else 'no limits'}"
    return f"{text}; days of {limits.utc_offset}{f'; {window}' if window else ''}."


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
    columns = (
        _ENTRY, _TIME, ViewColumn("kind", "Kind"), _TEAM, _PHASE, _STATUS,
        ViewColumn("about", "About"), ViewColumn("hash", "Hash"),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = [
        (
            each.sequence, each.time or None, each.kind, each.team or None, each.phase or None,
            each.status, _about(each), each.hash[:_HASH],
        )
        for each in found.entries
    ]  # fmt: skip
    title = f"Ledger of {found.challenge}"
    return [View(title, columns, tuple(rows), 0, empty="No entry.")]


def _about(entry: LedgerEntry) -> str:
    """Return what an entry is about, in a few words."""
    body = entry.body
    if entry.kind in ("valid", "invalid"):
        return visible(str(body["file"]))
    if entry.kind == "withdrawal":
        state = "withdrawn" if body["withdrawn"] else "no longer withdrawn"
        reason = f": {visible(str(body['reason']))}" if body["reason"] else ""
        return f"entry {body['entry']} {state}{reason}"
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
            each.sequence, each.time, each.kind, each.team, each.phase, each.status, _about(each),
            each.sha256, each.previous, each.hash,
        )
        for each in found.entries
    ]  # fmt: skip
    return _values(names, rows)


def _verification_views(found: LedgerVerification) -> list[View]:
    checked = f"{count(found.entries, 'entry', 'entries')}, {count(found.files, 'file')}"
    title = f"The ledger is {'intact' if found.valid else 'NOT intact'}: {checked}"
    columns = (_ENTRY, ViewColumn("fault", "Fault", prose=True))
    rows: tuple[tuple[Cell, ...], ...] = tuple((one.entry, one.fault) for one in found.faults)
    notes = [f"SHA-256: {found.head} (head of the chain)."]
    if found.unused:
        notes.append(f"{count(found.unused, 'kept file')} without an entry, which does no harm.")
    empty = "Every entry follows from the one before it, and every file has its hash."
    return [View(title, columns, rows, 0, tuple(notes), empty=empty)]


def _verification_values(found: LedgerVerification) -> View:
    names = ("valid", "entry", "fault", "entries", "files", "head")
    rest = (found.entries, found.files, found.head)
    rows: list[tuple[Cell, ...]] = [
        (_flag(False), one.entry, one.fault, *rest) for one in found.faults
    ]
    return _values(names, rows or [(_flag(True), None, None, *rest)])


def _rescoring_views(found: Rescoring) -> list[View]:
    several = any(each.target for each in found.systems)
    columns = [
        *([ViewColumn("target", "Target")] if several else []),
        _TEAM,
        ViewColumn("system", "System"),
        ViewColumn("rank_before", "Old rank", numeric=True),
        ViewColumn("rank_after", "New rank", numeric=True),
    ]
    for name in found.metrics:
        columns += [
            ViewColumn(f"{name}_before", f"Old {name}", numeric=True),
            ViewColumn(f"{name}_after", f"New {name}", numeric=True),
        ]
    rows: list[tuple[Cell, ...]] = []
    for each in found.systems:
        row: list[Cell] = [each.target] if several else []
        row += [each.team, each.system, each.rank_before, each.rank_after]
        for name in found.metrics:
            for values in (each.before, each.after):
                value = values.get(name)
                row.append(None if value is None else format_metric(name, value, found.decimals))
        rows.append(tuple(row))
    moved = sum(each.moved for each in found.systems)
    notes = [f"{moved:,} of {count(len(found.systems), 'system')} changed rank."]
    notes += [
        f"Differs in {one.key}: {one.before or 'none'} before, {one.after or 'none'} now."
        for one in found.differences
    ]
    notes += [f"Signature: {found.signature_after}"]
    title = f"Scored again: {found.challenge}, phase {found.phase}, as of {found.as_of}"
    return [View(title, tuple(columns), tuple(rows), found.decimals, tuple(notes))]


def _rescoring_values(found: Rescoring) -> View:
    names = ["target", "team", "system", "rank_before", "rank_after"]
    for name in found.metrics:
        names += [f"{name}_before", f"{name}_after"]
    names += ["signature_before", "signature_after"]
    rows: list[tuple[Cell, ...]] = []
    for each in found.systems:
        row: list[Cell] = [each.target, each.team, each.system, each.rank_before, each.rank_after]
        for name in found.metrics:
            row += [each.before.get(name), each.after.get(name)]
        rows.append((*row, found.signature_before, found.signature_after))
    return _values(names, rows)


def _values(names: Sequence[str], rows: Sequence[tuple[Cell, ...]]) -> View:
    return View("", tuple(ViewColumn(name, name) for name in names), tuple(rows), 0)


def _flag(value: bool) -> str:
    return "true" if value else "false"


_KINDS: dict[type, tuple[str, Callable[[Any], list[View]], Callable[[Any], View]]] = {
    AddedUploads: ("ledger-add", _added_views, _added_values),
    Attempts: ("ledger-attempts", _attempts_views, _attempts_values),
    LedgerLog: ("ledger-log", _log_views, _log_values),
    LedgerVerification: ("ledger-verify", _verification_views, _verification_values),
    Rescoring: ("ledger-rescore", _rescoring_views, _rescoring_values),
}
