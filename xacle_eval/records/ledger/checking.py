"""The check of a ledger: its chain, and its files against their hashes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xacle_eval.records.ledger.bodies import entry_fault
from xacle_eval.records.ledger.chain import Entry, Head, faults
from xacle_eval.records.ledger.results import LedgerFault, LedgerVerification
from xacle_eval.records.ledger.store import Store

__all__ = ["head_text", "parse_head", "verify_entries"]


def verify_entries(
    entries: Sequence[Entry], store: Store, heads: Sequence[Head] = ()
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
    """
    found = [LedgerFault(entry=number, fault=fault) for number, fault in faults(entries)]
    named = {one.entry for one in found}
    found += [
        LedgerFault(entry=each.sequence, fault=fault)
        for each in entries
        if each.sequence not in named and (fault := entry_fault(each))
    ]
    found += [LedgerFault(entry=None, fault=fault) for fault in _head_faults(entries, heads)]
    files: dict[str, int] = {}
    for each in entries:
        if each.kind == "valid":
            files.setdefault(each.sha256, each.sequence)
    for sha256, fault in store.faults(list(files)).items():
        found.append(LedgerFault(entry=files[sha256], fault=fault))
    last = entries[-1] if entries else None
    return LedgerVerification(
        valid=not found,
        entries=len(entries),
        head=last.hash if last else "",
        files=len(files),
        unused=len(set(store.names()) - files.keys()),
        heads=tuple(head.sequence for head in heads if not any(_head_faults(entries, [head]))),
        faults=tuple(sorted(found, key=lambda one: (one.entry is None, one.entry or 0))),
    )


def _head_faults(entries: Sequence[Entry], heads: Sequence[Head]) -> Iterator[str]:
    for head in heads:
        if not 1 <= head.sequence <= len(entries):
            yield f"entry {head.sequence:,} of the given head does not exist"
        elif entries[head.sequence - 1].hash != head.hash:
            yield f"entry {head.sequence:,} does not have the hash of the given head"


def head_text(head: Head) -> str:
    """Return the text that is signed: the number and the hash of the last entry."""
    return f"{head.sequence} {head.hash}\n"


def parse_head(text: str) -> Head | None:
    """Return the head in a text; None if it is none."""
    number, _, digest = text.strip().partition(" ")
    known = number.isascii() and number.isdigit() and len(number) < 20
    if not known or len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        return None
    return Head(int(number), digest)
