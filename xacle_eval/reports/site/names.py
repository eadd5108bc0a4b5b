"""Generated sentences, with the names in them marked as names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

__all__ = ["Name", "Sentence", "capitalised", "distinct_names", "plain"]


class Name(str):
    """A name inside a sentence, which came from a submission or a challenge file."""


Sentence = tuple[str, ...]
"""Pieces of text; those that are a `Name` are shown as names."""


def plain(sentence: Sentence) -> str:
    """Return a sentence as one text."""
    return "".join(sentence)


def capitalised(sentence: Sentence) -> Sentence:
    """Return a sentence that begins with a capital letter, unless it begins with a name."""
    first, *rest = sentence or ("",)
    return sentence if isinstance(first, Name) else (first[:1].upper() + first[1:], *rest)


def distinct_names(systems: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Name]:
    """Return the name of each system by team and label.

    That is its label, with the team where several systems have the same label.
    """
    keys = list(dict.fromkeys(systems))
    number = Counter(system for _, system in keys)
    return {
        (team, system): Name(system if number[system] == 1 else f"{system} ({team})")
        for team, system in keys
    }
