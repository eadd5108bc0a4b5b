"""Views of a check of a file against a receipt."""

from __future__ import annotations

from xacle_eval.records.receipts import Verification
from xacle_eval.reports.views.table import Cell, View, ViewColumn

__all__ = ["verification_values", "verification_view"]


def _files(found: Verification) -> list[tuple[str, str]]:
    """Return the checked file and the files that differ inside it, each with its status."""
    inside = (("changed", found.changed), ("added", found.added), ("missing", found.missing))
    return [
        (found.path, "match" if found.same else "mismatch"),
        *((name, status) for status, names in inside for name in names),
    ]


def verification_view(found: Verification) -> View:
    """Return the file and what differs inside it as a table, the receipt in its notes."""
    columns = (
        ViewColumn("file", "File"),
        ViewColumn("status", "Status"),
        ViewColumn("verdict", "Verdict of the receipt"),
    )
    rows: list[tuple[Cell, ...]] = [
        (name, status, None if place else found.verdict)
        for place, (name, status) in enumerate(_files(found))
    ]
    challenge = found.challenge
    notes = [
        f"Receipt: {challenge.name}, split {challenge.split}, rule set {found.rule_set}, "
        f"{found.tool}."
    ]
    if found.compared is not None and not found.same:
        notes.append(f"Compared with {found.compared} in the receipt.")
    title = "The file matches the receipt" if found.same else "The file does not match the receipt"
    return View(title, columns, tuple(rows), 0, (*notes, f"SHA-256: {found.sha256}"))


def verification_values(found: Verification) -> View:
    """Return the same table for programs, with the values of the receipt in its first row."""
    values: dict[str, Cell] = {
        "verdict": found.verdict,
        "sha256": found.sha256,
        "compared": found.compared,
        "challenge": found.challenge.name,
        "split": found.challenge.split,
        "challenge_sha256": found.challenge.sha256,
        "rule_set": found.rule_set,
        "tool": found.tool,
    }
    blank = (None,) * len(values)
    rows = tuple(
        (name, status, *(blank if place else values.values()))
        for place, (name, status) in enumerate(_files(found))
    )
    names = ("file", "status", *values)
    return View("", tuple(ViewColumn(name, name) for name in names), rows, 0)
