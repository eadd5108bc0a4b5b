"""Parts of a split: the pairs that are scored alone, such as a public and a private part.

A part is a list of ids, a fraction of the split, or the rest. Fractions do not depend on a random
generator of a library. The ids of the split are sorted by SHA-256 of ``seed:id``, and each part
takes the next ids of this order. So parts by fraction are disjoint, and the order of the ids in
the list of the split does not matter.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from xacle_eval.challenge.fields import Part
from xacle_eval.challenge.inputs import FileName, locate, read_list
from xacle_eval.challenge.manifest import Manifest
from xacle_eval.text import quote, visible

__all__ = ["ALL", "PartName", "SplitPart", "check_parts", "part_lists", "positions_of_part"]

ALL = "all"
"""The name of the whole split, where a part is expected."""

PartName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=60)]


class SplitPart(Part):
    """A part of a split: a ``list`` of ids, a ``fraction`` with a ``seed``, or the ``rest``.

    ``rest = true`` is every pair of the split that is in no other part.
    """

    list: FileName | None = None
    fraction: Annotated[float, Field(gt=0.0, lt=1.0)] | None = None
    seed: int | None = Field(default=None, ge=0, lt=2**63)
    rest: bool = False

    @model_validator(mode="after")
    def _check_source(self) -> SplitPart:
        given = (self.list is not None) + (self.fraction is not None) + self.rest
        if given != 1:
            raise ValueError(
                'expected one of list = "FILE", fraction = 0.3 with seed, and rest = true'
            )
        if self.seed is not None and self.fraction is None:
            raise ValueError("seed is only valid with fraction")
        return self


def check_parts(parts: Mapping[str, SplitPart]) -> None:
    """Check the parts of a split against each other.

    Raises
    ------
    ValueError
        If a part has the name of the whole split, lists and fractions are mixed, seeds differ,
        the fractions are more than the split, or two parts are the rest.
    """
    if ALL in parts:
        raise ValueError(f"{quote(ALL)} means the whole split; give the part another name")
    if sum(part.rest for part in parts.values()) > 1:
        raise ValueError("expected at most one part with rest = true")
    shares = [part for part in parts.values() if part.fraction is not None]
    if shares and any(part.list is not None for part in parts.values()):
        raise ValueError("expected either lists or fractions, got both")
    seeds = {part.seed or 0 for part in shares}
    if len(seeds) > 1:
        raise ValueError(
            f"expected the same seed for all parts, got {' and '.join(map(str, sorted(seeds)))}: "
            "the parts are slices of one order"
        )
    total = sum(_exact(part) for part in shares)
    if total > 1:
        raise ValueError(f"expected fractions that sum to at most 1, got {float(total):g}")


def _exact(part: SplitPart) -> Fraction:
    # As it is written: ten times 0.1 is 1, which is not so for the sum of ten floats.
    return Fraction(repr(part.fraction or 0.0))


def positions_of_part(
    parts: Mapping[str, SplitPart], name: str, manifest: Manifest, folder: str
) -> tuple[int, ...]:
    """Return the positions of a part's pairs in the manifest of the split, in ascending order.

    Parameters
    ----------
    parts : mapping of str to SplitPart
        The parts of the split, in the order of the challenge file.
    name : str
        The part; the name is one of them.
    manifest : Manifest
        The ids of the split.
    folder : str
        The folder of the challenge file, to which lists are relative.

    Raises
    ------
    ValueError
        If a list cannot be read or has an id that is not in the split, or the part has no pairs.
    """
    part = parts[name]
    if part.list is not None:
        found = set(_listed(part.list, manifest, folder))
    elif part.fraction is not None:
        found = _slices(parts, manifest)[name]
    else:
        others: set[int] = set()
        others.update(*(_slices(parts, manifest).values()))
        for other in parts.values():
            if other.list is not None:
                others.update(_listed(other.list, manifest, folder))
        found = set(range(len(manifest))) - others
    if not found:
        raise ValueError(f"the part has none of the {len(manifest):,} pairs of the split")
    return tuple(sorted(found))


def part_lists(
    parts: Mapping[str, SplitPart], manifest: Manifest, folder: str
) -> dict[str, tuple[str, ...]]:
    """Return the ids of every part, in the order of the split, as lists can fix them.

    Parameters
    ----------
    parts, manifest, folder
        As for `positions_of_part`.

    Returns
    -------
    dict of str to tuple of str
        The ids of each part by its name.

    Raises
    ------
    ValueError
        As for `positions_of_part`.
    """
    return {
        name: tuple(
            manifest.ids[place] for place in positions_of_part(parts, name, manifest, folder)
        )
        for name in parts
    }


def _slices(parts: Mapping[str, SplitPart], manifest: Manifest) -> dict[str, set[int]]:
    """Return the positions of every part by fraction."""
    shares = {name: part for name, part in parts.items() if part.fraction is not None}
    if not shares:
        return {}
    seed = next(iter(shares.values())).seed or 0
    order = sorted(range(len(manifest)), key=lambda place: _hash(seed, manifest.ids[place]))
    found, end, taken = {}, Fraction(0), 0
    for name, part in shares.items():
        end += _exact(part)
        # Half a pair is rounded up, so the sizes do not depend on Python's rounding to even.
        last = math.floor(end * len(manifest) + Fraction(1, 2))
        found[name] = set(order[taken:last])
        taken = last
    return found


def _hash(seed: int, pair: str) -> bytes:
    return hashlib.sha256(f"{seed}:{pair}".encode("utf-8", "surrogatepass")).digest()


def _listed(name: str, manifest: Manifest, folder: str) -> list[int]:
    """Return the positions of the ids in a list.

    Raises
    ------
    ValueError
        If the list cannot be read, or an id is not in the split or is repeated.
    """
    shown = visible(name, 300)
    positions: dict[int, int] = {}
    for line, raw in enumerate(read_list(locate(folder, name), name).split("\n"), start=1):
        pair = raw.strip()
        if not pair or pair.startswith("#"):
            continue
        position = manifest.positions.get(pair)
        if position is None:
            # The text of the line is not repeated: the file can be one of labels.
            raise ValueError(f"{shown}:{line}: the id is not in the split")
        if position in positions:
            raise ValueError(f"{shown}:{line}: duplicate id, see line {positions[position]}")
        positions[position] = line
    return list(positions)
