"""The check of a ledger: its chain, and its files against their hashes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from xacle_eval.records.ledger.bodies import body_of, entry_fault
from xacle_eval.records.ledger.chain import UPLOADS, Entry, Head, faults, is_digest
from xacle_eval.records.ledger.results import LedgerFault, LedgerVerification
from xacle_eval.records.ledger.store import Store
from xacle_eval.text import visible

__all__ = ["entries_faults", "head_text", "parse_head", "verify_entries"]


def entries_faults(entries: Sequence[Entry]) -> Iterator[tuple[int, str]]:
    """Yield what is wrong with the entries of a ledger, without its files.

    Parameters
    ----------
    entries : sequence of Entry
        All entries.

    Yields
    ------
    tuple of (int, str)
        The number of the entry and the fault.
    """
    if not entries:
        yield 1, "it was removed; the ledger has no entries"
    named: set[int] = set()
    for number, fault in faults(entries):
        named.add(number)
        yield number, fault
    uploads: dict[int, Entry] = {}
    for each in entries:
        if each.kind in UPLOADS:
            uploads[each.sequence] = each
        if each.sequence not in named:
            fault = entry_fault(each) or _withdrawal_fault(each, uploads)
            if fault:
                yield each.sequence, fault


def _withdrawal_fault(entry: Entry, uploads: Mapping[int, Entry]) -> str:
    """Return what is wrong with the upload that an entry withdraws, of the uploads before it."""
    if entry.kind != "withdrawal":
        return ""
    number = body_of(entry)["entry"]
    upload = uploads.get(number)
    if upload is None:
        return f"it is about entry {number:,}, which is not an earlier upload"
    if (upload.team, upload.phase) != (entry.team, entry.phase):
        return f"it is about entry {number:,}, an upload of another team or phase"
    return ""


def verify_entries(
    entries: Sequence[Entry],
    store: Store,
    heads: Sequence[Head] = (),
    schema_faults: Iterable[str] = (),
) -> LedgerVerification:
    """Check the chain and the files of valid uploads.

    Parameters
    ----------
    entries : sequence of Entry
        All entries.
    store : Store
        The kept files.
    heads : sequence of Head
        Heads that were signed or published earlier; the chain must have them.
    schema_faults : iterable of str
        What is wrong with the table.
    """
    found = [LedgerFault(entry=number, fault=fault) for number, fault in entries_faults(entries)]
    found += [LedgerFault(entry=None, fault=fault) for fault in schema_faults]
    found += [LedgerFault(entry=None, fault=fault) for fault in _head_faults(entries, heads)]
    files: dict[str, int] = {}
    for each in entries:
        if each.kind == "valid" and is_digest(each.sha256):
            files.setdefault(each.sha256, each.sequence)
    for sha256, fault in store.faults(list(files)).items():
        found.append(LedgerFault(entry=files[sha256], fault=fault))
    last = entries[-1] if entries else None
    return LedgerVerification(
        valid=not found,
        entries=len(entries),
        head=visible(last.hash, 64) if last else "",
        files=len(files),
        unused=len(set(store.names()) - files.keys()),
        heads=tuple(head.sequence for head in heads if not any(_head_faults(entries, [head]))),
        faults=tuple(sorted(found, key=lambda one: (one.entry is None, one.entry or 0))),
    )


def _head_faults(entries: Sequence[Entry], heads: Sequence[Head]) -> Iterator[str]:
    hashes = {each.sequence: each.hash for each in entries} if heads else {}
    for head in heads:
        if head.sequence not in hashes:
            yield f"entry {head.sequence:,} of the given head does not exist"
        elif hashes[head.sequence] != head.hash:
            yield f"entry {head.sequence:,} does not have the hash of the given head"


def head_text(head: Head) -> str:
    """Return the text that is signed: the number and the hash of the last entry."""
    return f"{head.sequence} {head.hash}\n"


def parse_head(text: str) -> Head | None:
    """Return the head in a text; None if it is none."""
    number, _, digest = text.strip().partition(" ")
    known = number.isascii() and number.isdigit() and len(number) < 20
    return Head(int(number), digest) if known and is_digest(digest) else None
