"""Names of copies: the marks that browsers and file managers add to the name of a second file."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["original_of"]

# The word for a copy in Windows, macOS, GNOME and KDE, in the languages of most participants.
_WORDS = "copy|kopie|copie|copia|cópia|kopia|kopio|копия|копія|kopya"
_CJK = "のコピー|コピー|的副本|副本|拷贝|拷貝|복사본|사본"
_NUMBER = r"(?:\s*\(?\s*\d{1,3}\s*\)?)"
# A letter before the word belongs to the name: Photocopy is not a copy of Photo.
_AFTER = (
    r"\s*\(\d{1,3}\)",
    rf"\s*\(\s*(?:{_WORDS}|{_CJK}){_NUMBER}?\s*\)",
    rf"(?:(?<=\d)|\s+|\s*[-–_.]\s*)(?:{_WORDS}){_NUMBER}?",
    rf"\s*[-–_]?\s*(?:{_CJK}){_NUMBER}?",
)
_BEFORE = (
    rf"(?:{_WORDS}){_NUMBER}?\s+(?:of|von|van|de|di|da|af|av)\s+",
    r"コピー\s*(?:\(\d{1,3}\))?\s*[-–~～〜]\s*",
)
_LONGEST = 300


def original_of(name: str) -> str | None:
    """Return the name without the mark of a copy, such as ``(1)`` or ``- Copy``; None without one.

    Parameters
    ----------
    name : str
        A label, or the name of a folder, without an extension.
    """
    # macOS stores letters such as ピ as two characters.
    text = before = unicodedata.normalize("NFC", name).strip()
    while len(text) <= _LONGEST and (shorter := _without_mark(text)):
        text = shorter
    return None if text == before else text


def _without_mark(text: str) -> str:
    """Return a name without its last mark of a copy; empty without one, or if nothing is left."""
    for pattern in _AFTER:
        found = re.search(rf"(?i)(?:{pattern})\s*$", text)
        if found:
            return text[: found.start()].strip()
    for pattern in _BEFORE:
        found = re.match(rf"(?i){pattern}", text)
        if found:
            return text[found.end() :].strip()
    macos = re.search(r"_\d+( \d{1,2})$", text)  # Kumo_01 2
    return text[: macos.start(1)] if macos else ""
