"""What a bootstrap draws: pairs, or the parts of pairs that listeners connect.

Pairs that share a listener are not independent, so whole connected parts of the graph of pairs and
listeners are drawn where there are enough of them. Definitions: docs/statistics.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xacle_eval.evaluation.scorer import Scorer
from xacle_eval.results.uncertainty import Bootstrap, Ceilings

if TYPE_CHECKING:
    from xacle_eval.listeners.parts import Parts

__all__ = ["ceiling_tag", "common_parts", "listener_parts", "parts_at", "units_at"]


def listener_parts(scorer: Scorer) -> Parts | None:
    """Return the connected parts of the scored pairs; None if the references are averages."""
    if scorer.references.ratings is None:
        return None
    from xacle_eval.listeners.parts import Parts

    return Parts.of(scorer.references.ratings)


def parts_at(scorer: Scorer, plan: Bootstrap, level: str) -> NDArray[np.intp] | None:
    """Return the part of each pair, shape (n,); None where pairs or groups are drawn."""
    if level != "pair" or plan.resample == "pairs":
        return None
    parts = listener_parts(scorer)
    return parts.code if parts is not None and parts.unit == "parts" else None


def units_at(scorer: Scorer, plan: Bootstrap, level: str) -> int:
    """Return the number of pairs, parts or groups that are drawn at a level."""
    parts = parts_at(scorer, plan, level)
    return scorer.references_at(level).size if parts is None else int(parts.max()) + 1


def common_parts(
    scorers: Sequence[Scorer], plan: Bootstrap, levels: Sequence[str]
) -> NDArray[np.intp] | None:
    """Return the parts that the listeners of any target connect, as `parts_at`.

    Resamples that several targets share must draw pairs together if one target needs it.
    """
    found = [listener_parts(scorer) for scorer in scorers]
    codes = [parts.code for parts in found if parts is not None]
    if plan.resample == "pairs" or not codes or any(level != "pair" for level in levels):
        return None
    from xacle_eval.listeners.parts import Parts

    joined = Parts.joined(codes)
    return joined.code if joined.unit == "parts" else None


def ceiling_tag(ceilings: Ceilings | None) -> str:
    """Return the part of the signature that names the model of the noise ceiling, if any."""
    if ceilings is None or not ceilings.model:
        return ""
    from xacle_eval.listeners.group_ceiling import GROUP_MODEL

    kind = "" if ceilings.model == GROUP_MODEL else "ordinal-"
    return f"|ceiling:{kind}{ceilings.model.replace(' ', '-')}"
