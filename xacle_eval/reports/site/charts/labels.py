"""Names beside a chart: with no hidden sign, and short enough for the space that they have."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable

from xacle_eval.text import LONGEST_LABEL, visible

__all__ = ["LABEL_LETTERS", "chart_label", "full_name", "labels_width"]

LABEL_LETTERS = 28
"""A longer name loses its middle; the full one is the title of its row."""
_NARROW = frozenset("ijlrtfI1 .,:;|!'()[]{}-")
_WIDTHS = {"narrow": 4.6, "wide": 11.5, "capital": 8.6, "usual": 7.0}
"""Pixels of letters at the size of labels in DejaVu Sans, one of the widest usual fonts."""


def chart_label(name: str) -> str:
    """Return a name as a chart shows it."""
    shown = visible(name, LABEL_LETTERS)
    return shown if len(shown) <= LABEL_LETTERS else f"{shown[: LABEL_LETTERS - 1]}…"


def full_name(name: str) -> str:
    """Return a name at full length, without hidden signs, for the title of its row."""
    return visible(name, LONGEST_LABEL)


def labels_width(labels: Iterable[str]) -> float:
    """Return the pixels that the longest of some labels needs."""
    widths = (sum(map(_letter_width, label)) for label in labels)
    return float(math.ceil(max(widths, default=0.0)))


def _letter_width(letter: str) -> float:
    if letter in _NARROW:
        return _WIDTHS["narrow"]
    if letter in "mwMW@%\N{EM SPACE}" or unicodedata.east_asian_width(letter) in "WF":
        return _WIDTHS["wide"]
    return _WIDTHS["capital" if letter.isupper() else "usual"]
