"""Helpers for messages: suggestions, counts, and escaping of untrusted text.

Untrusted text (ids, team names, column names) is passed through `visible` before it
becomes part of a message. Control and bidirectional characters therefore cannot change
what the reader sees. Each report format then escapes its own markup.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

__all__ = [
    "alternatives",
    "count",
    "did_you_mean",
    "encodable",
    "listing",
    "nearest",
    "quote",
    "shorten",
    "suggest",
    "visible",
]

# difflib compares every letter of two words, so the length and number of words are bounded.
_LONGEST_WORD = 64
_MOST_WORDS = 20_000
_MOST_LETTERS = 1_000_000
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
    """Return the known name closest to `word`, or None if none is close.

    The cost is bounded for untrusted words and names: words of more than 64 characters are only
    compared letter by letter, and nothing is suggested if there are more than 20,000 names. The
    word itself is never suggested.
    """
    names = list(islice(known, _MOST_WORDS + 1))
    if len(names) > _MOST_WORDS:
        return None
    folded = {name.casefold(): name for name in reversed(names) if name != word}
    word = word.casefold()
    # difflib ignores the position of letters: it rates 410 as close to 1O4 as 104.
    typo = next((name for name in reversed(folded) if _differ_in_one_letter(word, name)), None)
    if typo is not None:
        return folded[typo]
    short = [name for name in folded if len(name) <= _LONGEST_WORD]
    if len(word) > _LONGEST_WORD or len(word) * sum(map(len, short)) > _MOST_LETTERS:
        return None
    match = _closest(word, short, cutoff)
    return None if match is None else folded[match]


def _closest(word: str, names: Iterable[str], cutoff: float) -> str | None:
    """Return the first of ``difflib.get_close_matches``, with fewer comparisons."""
    from difflib import SequenceMatcher

    best: tuple[float, str] | None = None
    matcher = SequenceMatcher()
    matcher.set_seq2(word)
    for name in names:
        matcher.set_seq1(name)
        if matcher.real_quick_ratio() >= cutoff and matcher.quick_ratio() >= cutoff:
            ratio = matcher.ratio()
            if ratio >= cutoff and (best is None or (ratio, name) > best):
                best = cutoff, _ = ratio, name
    return None if best is None else best[1]


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
    return suggest(nearest(word, known), otherwise, sentence=sentence)


def suggest(guess: str | None, otherwise: str = "", *, sentence: bool = False) -> str:
    """Return the suggestion of a name that was found by another search; see `did_you_mean`."""
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
