"""Ids: the ids of a file as positions in the manifest, and what is wrong with the others.

Whole columns are looked up at once, and only unknown ids one by one, so a valid file of thousands
of rows takes milliseconds.
"""

from __future__ import annotations

import shlex
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from xacle_eval.challenge.manifest import LONGEST_ID, Manifest
from xacle_eval.challenge.model import Challenge
from xacle_eval.submissions.characters import name_characters, plain_text
from xacle_eval.submissions.columns import Table
from xacle_eval.submissions.delimiters import with_delimiter_hint, wrong_delimiter
from xacle_eval.submissions.rules import rule
from xacle_eval.text import nearest, quote, suggest, visible

__all__ = ["find_positions"]

# A search for the nearest of more ids would take too long.
_SEARCHED_IDS = 20_000


def find_positions(table: Table, challenge: Challenge) -> NDArray[np.int64]:
    """Return the position of each data row in the manifest, -1 for unknown ids.

    Ids with folders, spaces, or another extension or letter case are found too, with a finding.
    """
    manifest = challenge.manifest
    written = table.texts("id")
    found = [manifest.positions.get(text, -1) for text in written]
    odd: dict[str, list[int]] = defaultdict(list)
    others = _OtherSplits(challenge)
    for item, position in enumerate(found):
        if position < 0:
            kind, found[item] = _identify(written[item], manifest, others)
            # The name of a split can have blanks.
            for name in [kind] if ":" in kind else kind.split():
                odd[name].append(item)
    for name, items in odd.items():
        _REPORTS[name.partition(":")[0]](table, _OddIds(name, items, written, found, challenge))
    return np.array(found, dtype=np.int64)


def _identify(text: str, manifest: Manifest, others: _OtherSplits) -> tuple[str, int]:
    """Return the names of the rules that an unusual id breaks, and its position."""
    plain = text.strip()
    if not plain:
        return "id-empty", -1
    blanks = "id-with-blanks " if plain != text else ""
    if plain in manifest.positions:
        return blanks, manifest.positions[plain]
    position = manifest.find(plain)
    if position is not None:
        return f"{blanks}id-with-folders", position
    position = manifest.find_by_stem(plain)
    if position is not None:
        return "id-ending", position
    for char in ";\t|":
        position = manifest.find(plain.partition(char)[0].strip()) if char in plain else None
        if position is not None:
            return f"wrong-delimiter:{ord(char)}", position
    kind = _unknown_kind(plain, others)
    return _guess(plain, manifest, others) if kind == "id-unknown" else (kind, -1)


def _guess(plain: str, manifest: Manifest, others: _OtherSplits) -> tuple[str, int]:
    """Return the rule that an unknown id breaks, and the position of the id that it can only be."""
    position = manifest.find_by_number(plain)
    if position is not None:
        return "leading-zeros", position
    typed = plain_text(plain)
    for text in (typed, typed.replace(" ", "")) if typed != plain else ():
        for find in (manifest.find, manifest.find_by_stem, manifest.find_by_number):
            position = find(text)
            if position is not None:
                return "odd-characters", position
    return _other_split_by_number(plain, others), -1


class _OtherSplits:
    """The manifests of the other splits; they are loaded when the first unknown id is found."""

    def __init__(self, challenge: Challenge) -> None:
        self._challenge = challenge

    @cached_property
    def manifests(self) -> list[tuple[str, Manifest]]:
        """The name and the manifest of each of them."""
        challenge = self._challenge
        names = [split for split in challenge.splits if split != challenge.split]
        return [(split, challenge.manifest_of(split)) for split in names]


def _unknown_kind(text: str, others: _OtherSplits) -> str:
    """Return the name of the rule that an id breaks that is not in the manifest."""
    if len(text) > LONGEST_ID:
        return "id-too-long"
    for split, manifest in others.manifests:
        if manifest.find(text) is not None or manifest.find_by_stem(text) is not None:
            return f"id-of-other-split:{split}"
    return "id-unknown"


def _other_split_by_number(text: str, others: _OtherSplits) -> str:
    """Return the rule that an unknown id breaks if another split has it with other zeros."""
    for split, manifest in others.manifests:
        if manifest.find_by_number(text) is not None:
            return f"id-of-other-split:{split}"
    return "id-unknown"


@dataclass(frozen=True, slots=True)
class _OddIds:
    """Ids that break one rule: their items in the columns `written` and `found`."""

    name: str
    items: list[int]
    written: list[str]
    found: list[int]
    challenge: Challenge


def _report_empty(table: Table, odd: _OddIds) -> None:
    number = len(odd.items)
    message = f"empty id in {number:,} rows" if number > 1 else "empty id"
    table.add_finding("id-empty", odd.items, "id", message)


def _report_too_long(table: Table, odd: _OddIds) -> None:
    first = odd.written[odd.items[0]].strip()
    message = f"an id has {len(first):,} characters; the limit is {LONGEST_ID:,}: {quote(first)}"
    if len(odd.items) > 1:
        limit = f"{LONGEST_ID:,} characters"
        message = f"{len(odd.items):,} ids have more than {limit}; the first is {quote(first)}"
    table.add_finding("id-too-long", odd.items, "id", message)


def _report_unknown(table: Table, odd: _OddIds) -> None:
    challenge, items = odd.challenge, odd.items
    manifest, first = challenge.manifest, odd.written[items[0]].strip()
    shown = quote(first)
    where = f"not in the split {challenge.split} of {challenge.name}"
    if len(items) == 1:
        message = f"unknown id: {shown} ({where})"
    else:
        message = f"{len(items):,} unknown ids ({where}); the first is {shown}"
    guess = nearest(first, manifest.ids, 0.75) if len(manifest) <= _SEARCHED_IDS else None
    example = f"Ids look like {visible(manifest.ids[0])}."
    known = suggest(guess, example, sentence=True)
    table.add_finding("id-unknown", items, "id", message, f"{known} {rule('id-unknown').hint}")


def _report_delimiter(table: Table, odd: _OddIds) -> None:
    """Report rows such as ``07500.wav;2,11``, which a decimal comma splits into two fields."""
    separator, lines = table.reading.separator, table.lines(odd.items)
    message = wrong_delimiter(chr(int(odd.name.partition(":")[2])), separator)
    if len(lines) > 1:
        message = f"{message} ({len(lines):,} rows)"
    finding = rule("wrong-delimiter").finding(message, count=len(lines), lines=lines)
    table.findings.append(with_delimiter_hint(finding, separator))


def _report_other_split(table: Table, odd: _OddIds) -> None:
    (name, _, split), items = odd.name.partition(":"), odd.items
    ours = odd.challenge.split
    shown = quote(odd.written[items[0]].strip())
    if len(items) == 1:
        message = f"id of the split {split}, not of {ours}: {shown}"
    else:
        message = f"{len(items):,} ids of the split {split}, not of {ours}; the first is {shown}"
    hint = f"Submit predictions for the split {ours}, or use --split {shlex.quote(split)}."
    if len(items) < len(table.rows):
        hint = f"Replace these rows: every row must be of the split {ours}."
    table.add_finding(name, items, "id", message, hint)


def _report_written_as(table: Table, odd: _OddIds) -> None:
    name, items, written, found = odd.name, odd.items, odd.written, odd.found
    verb = "must be" if name == "id-ending" else "is read as"
    first, ids = items[0], odd.challenge.manifest.ids
    example = f"{quote(written[first])} {verb} {quote(ids[found[first]])}"
    if name == "id-with-blanks" and (blanks := name_characters(written[first])):
        example = f"{example}; it contains {blanks}"
    kinds = {
        "id-ending": "differ in their extension or letter case",
        "id-with-folders": "have folders or a leading /",
        "id-with-blanks": "have spaces around them",
    }
    message = (
        example if len(items) == 1 else f"{len(items):,} ids {kinds[name]}; the first: {example}"
    )
    plain = name != "id-with-folders" or "/" not in ids[found[first]]
    table.add_finding(
        name,
        items,
        "id",
        message,
        None if plain else "Write the ids as in the manifest to silence this warning.",
    )


def _report_zeros(table: Table, odd: _OddIds) -> None:
    items, first = odd.items, odd.items[0]
    written, right = odd.written[first].strip(), odd.challenge.manifest.ids[odd.found[first]]
    whole = written.removesuffix(".0")
    decimal = whole != written and len(_digits(whole)) == len(_digits(right))
    fewer = decimal or len(_digits(whole)) < len(_digits(right))
    fault = "leading zeros are missing" if fewer else "there are too many leading zeros"
    where = f"{fault} in {len(items):,} ids"
    if decimal:
        fault = "the id is written as a decimal number"
        where = f"{len(items):,} ids are written as decimal numbers"
    message = f"{fault}: {quote(written)} must be {quote(right)}"
    if len(items) > 1:
        message = f"{where}; the first: {quote(written)} must be {quote(right)}"
    change = "write decimals in" if decimal else "remove zeros from"
    hint = (
        f"Write {visible(right)}. Spreadsheets and pandas {change} a column of numbers: "
        "read and write the ids as text."
    )
    table.add_finding("leading-zeros", items, "id", message, hint if fewer else None)


def _digits(text: str) -> str:
    return "".join(char for char in text if char.isdecimal())


def _report_characters(table: Table, odd: _OddIds) -> None:
    items, first = odd.items, odd.items[0]
    written, right = odd.written[first].strip(), odd.challenge.manifest.ids[odd.found[first]]
    named = name_characters(written)
    fault = f"{quote(written)} contains {named}"
    message = f"the id {fault}"
    if len(items) > 1:
        message = f"{len(items):,} ids contain unusual characters; the first: {fault}"
    table.add_finding("odd-characters", items, "id", message, f"Write {visible(right)}.")


_REPORTS = {
    "wrong-delimiter": _report_delimiter,
    "leading-zeros": _report_zeros,
    "odd-characters": _report_characters,
    "id-empty": _report_empty,
    "id-too-long": _report_too_long,
    "id-unknown": _report_unknown,
    "id-of-other-split": _report_other_split,
    "id-ending": _report_written_as,
    "id-with-folders": _report_written_as,
    "id-with-blanks": _report_written_as,
}
