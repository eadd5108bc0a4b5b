"""Small helpers for text that people read: nearest names, counts, foreign text made harmless.

Untrusted text (ids, team names, column names) goes through `visible` before it is
put into a message, so that a control or bidirectional character cannot change what
the reader sees; each report format then escapes its own markup.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = [
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
    """Return `text` with every character that does not show written as an escape.

    Parameters
    ----------
    text : str
        Foreign text.
    limit : int
        Longest result; the middle of a longer text is left out.
    """
    text = shorten(text, limit)
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(char) for char in text)


def quote(text: str, limit: int = 120) -> str:
    """Return foreign text made visible, in quotation marks."""
    return f"'{visible(text, limit)}'"


def encodable(text: str) -> str:
    """Return a name with what UTF-8 cannot carry, such as the odd bytes of a file's name, as
    escapes.
    """
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _shown(char: str) -> str:
    import unicodedata

    if unicodedata.category(char) not in _HIDDEN:
        return char
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")


def shorten(text: str, limit: int) -> str:
    """Cut the middle out of a text longer than `limit` characters."""
    if len(text) <= limit:
        return text
    tail = limit // 4
    return f"{text[: limit - tail - 1]}…{text[len(text) - tail :]}"


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Return the known name most like `word`, or None when none is near."""
    import difflib

    names = list(known)
    folded = {name.casefold(): name for name in reversed(names)}
    word = word.casefold()[:200]
    # difflib does not mind where letters stand: to it 1O4 is as near to 410 as to 104.
    slip = next((name for name in reversed(folded) if _one_letter_apart(word, name)), None)
    if slip is not None:
        return folded[slip]
    match = difflib.get_close_matches(word, folded, n=1, cutoff=cutoff)
    return folded[match[0]] if match else None


def did_you_mean(
    word: str, known: Iterable[str], otherwise: str = "", *, sentence: bool = False
) -> str:
    """Return a suggestion for a mistyped word.

    Parameters
    ----------
    word : str
        What was written.
    known : iterable of str
        The names that would be accepted.
    otherwise : str
        What to return when no known name is near.
    sentence : bool
        Begin with a capital letter, for a hint of its own.
    """
    guess = nearest(word, known)
    if guess is None:
        return otherwise
    return f"{'D' if sentence else 'd'}id you mean {visible(guess)}?"


def _one_letter_apart(word: str, name: str) -> bool:
    same_length = len(word) == len(name) > 2
    return same_length and sum(a != b for a, b in zip(word, name, strict=True)) == 1


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Return `1 row`, `2 rows`, `3,000 rows`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def listing(items: Iterable[object], limit: int = 5) -> str:
    """Join items with commas; past `limit` say how many more there are."""
    everything = [str(item) for item in items]
    shown = ", ".join(everything[:limit])
    more = len(everything) - limit
    return f"{shown} and {more:,} more" if more > 0 else shown
