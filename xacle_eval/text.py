"""Helpers for messages: suggestions, counts, and escaping of untrusted text.

Untrusted text (ids, team names, column names) is passed through `visible` before it
becomes part of a message, so that a control or bidirectional character cannot change
what the reader sees. Each report format then escapes its own markup.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = [
    "alternatives",
    "count",
    "did_you_mean",
    "encodable",
    "listing",
    "nearest",
    "quote",
    "shorten",
    "visible",
]

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def visible(text: str, limit: int = 120) -> str:
    """Return `text` with every invisible character written as an escape.

    Parameters
    ----------
    text : str
        Untrusted text.
    limit : int
        Maximum number of characters before escaping; a longer text loses its middle.
    """
    text = shorten(text, limit)
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape_hidden(char) for char in text)


def quote(text: str, limit: int = 120) -> str:
    """Return untrusted text in quotation marks, with invisible characters escaped."""
    return f"'{visible(text, limit)}'"


def encodable(text: str) -> str:
    """Return a name with every character that UTF-8 cannot encode written as an escape.

    File names can contain bytes that are not valid UTF-8.
    """
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _escape_hidden(char: str) -> str:
    import unicodedata

    if unicodedata.category(char) not in _HIDDEN:
        return char
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")


def shorten(text: str, limit: int) -> str:
    """Replace the middle of a text longer than `limit` characters with an ellipsis."""
    if len(text) <= limit:
        return text
    tail = limit // 4
    return f"{text[: limit - tail - 1]}…{text[len(text) - tail :]}"


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Return the known name closest to `word`, or None if none is close."""
    import difflib

    names = list(known)
    folded = {name.casefold(): name for name in reversed(names)}
    word = word.casefold()[:200]
    # difflib ignores the position of letters: it rates 410 as close to 1O4 as 104.
    typo = next((name for name in reversed(folded) if _differ_in_one_letter(word, name)), None)
    if typo is not None:
        return folded[typo]
    match = difflib.get_close_matches(word, folded, n=1, cutoff=cutoff)
    return folded[match[0]] if match else None


def did_you_mean(
    word: str, known: Iterable[str], otherwise: str = "", *, sentence: bool = False
) -> str:
    """Return a suggestion for a mistyped word.

    Parameters
    ----------
    word : str
        The word that the user wrote.
    known : iterable of str
        The accepted names.
    otherwise : str
        Text to return if no known name is close.
    sentence : bool
        Start with a capital letter, for a separate hint.
    """
    guess = nearest(word, known)
    if guess is None:
        return otherwise
    return f"{'D' if sentence else 'd'}id you mean {visible(guess)}?"


def _differ_in_one_letter(word: str, name: str) -> bool:
    same_length = len(word) == len(name) > 2
    return same_length and sum(a != b for a, b in zip(word, name, strict=True)) == 1


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Return `1 row`, `2 rows`, `3,000 rows`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def alternatives(names: Iterable[str]) -> str:
    """Return `a`, `a or b`, `a, b or c`."""
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last


def listing(items: Iterable[object], limit: int = 5) -> str:
    """Join items with commas; after `limit` items, add the number of the others."""
    texts = [str(item) for item in items]
    shown = ", ".join(texts[:limit])
    more = len(texts) - limit
    return f"{shown} and {more:,} more" if more > 0 else shown
