"""Characters: invisible, full-width and typographic characters in fields, and their plain forms.

A field with such a character looks right on a screen, so messages name the character by its code
point.
"""

from __future__ import annotations

import unicodedata

from xacle_eval.text import is_hidden, listing

__all__ = ["DOUBLE_MARK", "name_characters", "odd_characters", "plain_text"]

DOUBLE_MARK = "ï»¿"
"""A byte order mark that was read as Latin-1 text and encoded again."""
# Hyphens, dashes and minus signs; a number needs the hyphen-minus of ASCII.
_MINUS = frozenset("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d")
_QUOTES = frozenset("\"'`´“”„‟‘’‚‛«»‹›＂＇")
# The forms of ASCII characters that are as wide as a Chinese or Japanese character.
_FULL_WIDTH = range(0xFF01, 0xFF5F)
_OTHERS = {"\u066b": ".", "\u060c": ",", "\u3001": ",", "\u3002": "."}
_SHOWN = 3


def plain_text(text: str) -> str:
    """Return a text as it would be typed: in ASCII, if only its characters are unusual.

    Invisible characters, and quotation marks around the text, are removed. Full-width characters,
    digits of other scripts, dashes and blanks become those of ASCII. Letters are not changed, nor
    is an apostrophe inside the text.
    """
    if text.isascii() and text.isprintable() and not _QUOTES & set(text):
        return text.strip()
    plain = "".join(map(_plain, text.replace(DOUBLE_MARK, ""))).strip()
    return plain.strip("".join(_QUOTES)).strip()


def _plain(char: str) -> str:
    if char in "\t\n\v\f\r":
        return " "
    if char in _QUOTES:
        return char
    if is_hidden(char):
        return ""
    return char if char.isascii() else _ascii(char)


def _ascii(char: str) -> str:
    if char in _MINUS:
        return "-"
    if ord(char) in _FULL_WIDTH:
        return chr(ord(char) - 0xFEE0)
    if unicodedata.category(char) == "Zs":
        return " "
    digit = unicodedata.decimal(char, None)
    return _OTHERS.get(char, char) if digit is None else str(digit)


def odd_characters(text: str) -> list[str]:
    """Return the different characters of a text that `plain_text` removes or replaces."""
    around = {*text[:1], *text[-1:]} & _QUOTES
    return [char for char in dict.fromkeys(text) if _plain(char) != char or char in around]


def name_characters(text: str) -> str:
    """Return the odd characters of a text by code point and name; empty if it has none."""
    if DOUBLE_MARK in text:
        return f"{DOUBLE_MARK} (a byte order mark that was encoded twice)"
    return listing(odd_characters(text), _SHOWN, _name)


def _name(char: str) -> str:
    other = "CONTROL CHARACTER" if unicodedata.category(char) == "Cc" else "UNNAMED CHARACTER"
    return f"U+{ord(char):04X} {_CONTROLS.get(char) or unicodedata.name(char, other)}"


# Unicode gives control characters no name, and calls the byte order mark by its old use.
_CONTROLS = {
    "\ufeff": "BYTE ORDER MARK",
    "\t": "TAB",
    "\r": "CARRIAGE RETURN",
    "\n": "LINE FEED",
    "\x1a": "CTRL-Z",
}
