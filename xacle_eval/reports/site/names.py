"""Generated sentences, with the names in them marked as names."""

from __future__ import annotations

__all__ = ["Name", "Sentence", "capitalised", "plain"]


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
