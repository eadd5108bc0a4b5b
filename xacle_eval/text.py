"""Helpers for messages: suggestions, counts, and escaping of untrusted text.

Untrusted text (ids, team names, column names) is passed through `visible` before it
becomes part of a message. Control and bidirectional characters therefore cannot change
what the reader sees. Each report format then escapes its own markup. What is written to
stdout, stderr or a file also passes through `visible_lines`, in case a message was built without
`visible`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

__all__ = [
    "LONGEST_LABEL",
    "LONGEST_MESSAGE",
    "LONGEST_PATH",
    "PathText",
    "TwoForms",
    "abbreviate",
    "alternatives",
    "both_forms",
    "count",
    "count_units",
    "did_you_mean",
    "encodable",
    "is_hidden",
    "json_text",
    "key_path",
    "listing",
    "nearest",
    "plural_of",
    "quote",
    "shorten",
    "split_commands",
    "suggest",
    "typed",
    "usable_width",
    "visible",
    "visible_lines",
    "visible_path",
]

_Item = TypeVar("_Item")

LONGEST_LABEL = 200
"""The maximum number of characters that are shown of the name of a system or team."""
LONGEST_MESSAGE = 10_000
"""More characters than any line of a message has; only untrusted text is longer."""
LONGEST_PATH = 4_096
"""Linux opens no longer path; a shorter one is never cut in a message for people."""
_HASH_DIGITS = 16
# A terminal that claims to be narrower does not know its size.
_LEAST_WIDTH = 10
_USUAL_WIDTH = 80

# difflib compares every letter of two words, so the length and number of words are bounded.
_LONGEST_WORD = 64
_MOST_WORDS = 20_000
_MOST_LETTERS = 1_000_000
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters, marks and symbols that are shown as nothing or as a blank.
_BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def visible(text: str, limit: int = 120) -> str:
    """Return `text` with every invisible character written as an escape.

    Parameters
    ----------
    text : str
        Untrusted text.
    limit : int
        Maximum number of characters before escaping; a longer text loses its middle.
    """
    return visible_lines(shorten(text, limit), keep="")


def quote(text: str, limit: int = 120) -> str:
    """Return untrusted text in quotation marks, with invisible characters escaped."""
    return f"'{visible(text, limit)}'"


class TwoForms(str):
    """Text that names files, in a form for programs and in one for people.

    Its value is the form for programs, whose bytes do not depend on where a file is stored: a path
    in it is never absolute. In ``typed``, each path is as the user typed it, so that a person or a
    terminal finds the file. Joining texts loses ``typed``; `both_forms` keeps it.

    Parameters
    ----------
    stable, typed : str
        The two forms.
    """

    typed: str

    def __new__(cls, stable: str, typed: str) -> TwoForms:
        text = super().__new__(cls, stable)
        text.typed = typed
        return text

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]
        return str(self), self.typed


class _KeepForms:
    """Makes pydantic keep `TwoForms` in a model; dumps and schemas have the stable text."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        from pydantic_core.core_schema import no_info_wrap_validator_function

        return no_info_wrap_validator_function(
            lambda value, check: value if type(value) is TwoForms else check(value),
            handler(source),
        )


PathText = Annotated[str, _KeepForms()]
"""The type of a text in a result that may name a file."""


def typed(text: str) -> str:
    """Return a text for people: with the paths as typed, if it names files."""
    return getattr(text, "typed", text)


def both_forms(make: Callable[..., str], *paths: str, limit: int = 120) -> str:
    """Return a text that names files, such as a message, in both forms.

    Parameters
    ----------
    make : callable
        Returns the text for the paths, which are passed without invisible characters.
    *paths : str
        Paths in both forms; other names have one form.
    limit : int
        Maximum number of characters of a name, and of a path in the stable form.
    """
    stable = [visible(path, limit) for path in paths]
    people = [
        visible_path(path) if isinstance(path, TwoForms) else short
        for path, short in zip(paths, stable, strict=True)
    ]
    return TwoForms(make(*stable), make(*people))


def visible_path(path: str) -> str:
    """Return a path for people: as typed, not shortened, with invisible characters escaped."""
    return visible(typed(path), LONGEST_PATH)


def encodable(text: str) -> str:
    """Return a name with every character that UTF-8 cannot encode written as an escape.

    File names can contain bytes that are not valid UTF-8.
    """
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def visible_lines(text: str, keep: str = "\n") -> str:
    """Return `text` with every invisible character except those in `keep` written as an escape."""
    return _replace_hidden(text, keep, _escape)


def json_text(data: Any, indent: int | None = 2) -> str:
    """Return strict JSON in which every invisible character in a text is an escape.

    Other non-ASCII characters are written unchanged, so names stay readable. The parsed value is
    the same. ``##[`` is escaped too: GitHub Actions treats such text in a log as a command.
    """
    import json

    written = json.dumps(data, indent=indent, ensure_ascii=False, allow_nan=False)
    return _replace_hidden(written, "\n", _escape_json).replace("##[", "#\\u0023[")


def split_commands(text: str) -> str:
    """Return text for people in which no line is a command of GitHub Actions.

    Its runner executes ``::error …`` at the beginning of a line, and the older ``##[error]…``
    anywhere.
    """
    import re

    return re.sub(r"(?m)^(\s*)::", r"\1: :", text).replace("##[", "## [")


def abbreviate(name: str, limit: int = LONGEST_LABEL) -> str:
    """Return a long name as its beginning and a hash, so that different names stay different.

    Parameters
    ----------
    name : str
        An untrusted name, such as a label or an id.
    limit : int
        Maximum number of characters; a shorter name is returned unchanged.
    """
    if len(name) <= limit:
        return name
    import hashlib

    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_DIGITS]
    return f"{name[: limit - len(digest) - 1]}…{digest}"


def _replace_hidden(text: str, keep: str, escape: Callable[[str], str]) -> str:
    if text.isascii() and text.isprintable():
        return text
    # A text has few different characters, so the cost per character is small.
    hidden = {ord(char): escape(char) for char in set(text) if char not in keep and is_hidden(char)}
    return text.translate(hidden) if hidden else text


def is_hidden(char: str) -> bool:
    """Return whether a character is invisible, so that texts show it as an escape."""
    if char.isascii():
        return not char.isprintable()
    import unicodedata

    return char in _BLANK_LETTERS or unicodedata.category(char) in _HIDDEN


def _escape(char: str) -> str:
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")


def _escape_json(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[k]:02x}{units[k + 1]:02x}" for k in range(0, len(units), 2))


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


def same_name(word: str, known: Iterable[str]) -> str:
    """Return the known name that differs from a word in case only, or the word itself."""
    names = list(known)
    found = [name for name in names if name.casefold() == word.casefold()]
    return found[0] if word not in names and len(found) == 1 else word


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
    begin = f"{'D' if sentence else 'd'}id you mean"
    return both_forms(lambda path: f"{begin} {path}?", guess)


def _differ_in_one_letter(word: str, name: str) -> bool:
    same_length = len(word) == len(name) > 2
    return same_length and sum(a != b for a, b in zip(word, name, strict=True)) == 1


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Return `1 row`, `2 rows`, `3,000 rows`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def plural_of(noun: str) -> str:
    """Return the regular plural of a noun, such as `systems`, `categories` or `classes`."""
    if noun.endswith(("s", "x", "z", "ch", "sh")):
        return f"{noun}es"
    if noun.endswith("y") and noun[-2:-1] not in ("a", "e", "i", "o", "u", ""):
        return f"{noun[:-1]}ies"
    return f"{noun}s"


def count_units(number: int, level: str) -> str:
    """Return `5 pairs`, or `5 systems (groups)` for a level of groups."""
    if level in ("pair", "group"):
        return count(number, level)
    return f"{count(number, level, plural_of(level))} ({'group' if number == 1 else 'groups'})"


def alternatives(names: Iterable[str]) -> str:
    """Return `a`, `a or b`, `a, b or c`."""
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last


def listing(items: Iterable[_Item], limit: int = 5, show: Callable[[_Item], str] = str) -> str:
    """Join items with commas; after `limit` items, add the number of the others.

    `show` returns the text of an item; it is called only for items that are listed.
    """
    given = list(items)
    shown = ", ".join(map(show, given[:limit]))
    more = len(given) - limit
    return f"{shown} and {more:,} more" if more > 0 else shown


def usable_width(columns: int) -> int:
    """Return the width of a terminal; one that no terminal has is replaced by 80 columns."""
    return columns if columns >= _LEAST_WIDTH else _USUAL_WIDTH


def key_path(location: Iterable[str | int]) -> str:
    """Return the place of a value in nested data, ``submission.authors[1].email``, from 1."""
    parts = (
        f"[{part + 1}]" if isinstance(part, int) else f".{visible(part, 60)}" for part in location
    )
    return "".join(parts).removeprefix(".")
