"""Parts of a split by fractions, written out as lists of ids."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pydantic import ValidationError

from xacle_eval.challenge.manifest import Manifest
from xacle_eval.challenge.parts import ALL, SplitPart, check_parts, part_lists
from xacle_eval.errors import UsageError
from xacle_eval.text import visible

__all__ = ["draw_parts"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")


def draw_parts(given: Iterable[str], seed: int, manifest: Manifest) -> dict[str, tuple[str, ...]]:
    """Return the ids of each part of a split; the pairs in no part are another part.

    Parameters
    ----------
    given : iterable of str
        The parts, such as ``public=0.3``: a name and a fraction of the pairs.
    seed : int
        The seed of the order from which the parts are taken.
    manifest : Manifest
        The ids of the split.

    Returns
    -------
    dict of str to tuple of str
        The ids of each part, in the order of the split. The rest is ``private``, or ``rest`` if
        a part has that name.

    Raises
    ------
    UsageError
        If a part is not a name and a fraction, or the parts do not fit into the split.
    """
    parts: dict[str, SplitPart] = {}
    for text in given:
        name, mark, share = text.partition("=")
        if not mark or not _NAME.fullmatch(name) or name == ALL:
            raise UsageError(
                f"--parts {visible(text, 60)}: expected a name and a fraction, such as public=0.3"
            )
        if name in parts:
            raise UsageError(f"--parts {visible(text, 60)}: duplicate part {name}")
        try:
            parts[name] = SplitPart(fraction=float(share), seed=seed)
        except (ValueError, ValidationError) as error:
            raise UsageError(
                f"--parts {visible(text, 60)}: expected a fraction between 0 and 1"
            ) from error
    rest = "rest" if "private" in parts else "private"
    total = sum(part.fraction or 0.0 for part in parts.values())
    if total < 1 - 1e-9:
        parts[rest] = SplitPart(rest=True)
    try:
        check_parts(parts)
        return part_lists(parts, manifest, "")
    except ValueError as error:
        raise UsageError(f"--parts: {visible(str(error), 300)}") from error
