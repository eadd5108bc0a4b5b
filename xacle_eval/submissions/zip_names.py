"""The encoding of names in a ZIP archive.

A flag marks a name as UTF-8 (APPNOTE.TXT 6.3.10, appendix D); without it a name is in code page
437. In practice, macOS writes UTF-8 without the flag, and Windows writes the code page of its
language: in Japan cp932.
"""

from __future__ import annotations

from collections.abc import Sequence

from xacle_eval.submissions.findings import Finding
from xacle_eval.submissions.rules import rule
from xacle_eval.text import quote

__all__ = ["decode_name", "encoding_findings"]

_SHOWN = 3
# What messages call the encodings.
_TITLES = {"utf-8": "UTF-8", "cp932": "Japanese (cp932)", "cp437": "Western (cp437)"}
_MARKED = "marked"


def decode_name(name: bytes, marked: bool) -> tuple[str, str]:
    """Return the name of an entry and its encoding.

    A name that is `marked` is UTF-8. Another name is UTF-8 if it is valid, otherwise cp932 if it
    is Japanese, otherwise cp437.

    Raises
    ------
    UnicodeDecodeError
        If the name is marked as UTF-8 and is not valid UTF-8.
    """
    try:
        text = name.decode("utf-8")
    except UnicodeDecodeError:
        if marked:
            raise
        japanese = _read_japanese(name)
        return (japanese, "cp932") if japanese else (name.decode("cp437"), "cp437")
    if name.isascii():
        return text, "ascii"
    return text, _MARKED if marked else "utf-8"


def _read_japanese(name: bytes) -> str | None:
    """Return a name in cp932 if its characters are Japanese, otherwise None.

    Accented letters of cp437 before an ASCII character are also valid in cp932, as single signs:
    "Köln" would be "K", a kanji and "n". So a Japanese name needs two such characters in a row,
    one whose second byte is not ASCII either, or one that stands alone as in "雲_01".
    """
    try:
        text = name.decode("cp932")
    except UnicodeDecodeError:
        return None
    others = [char for char in text if not char.isascii()]
    if not all(map(_is_japanese, others)):
        return None
    padded = f" {text} "
    evidence = any(
        _is_letter(char) and _is_certain(char, padded[place], padded[place + 2])
        for place, char in enumerate(text)
    )
    return text if evidence else None


def _is_certain(char: str, before: str, after: str) -> bool:
    """Return whether a kana or kanji cannot be an accented letter and an ASCII character."""
    second = char.encode("cp932")[-1:]
    alone = not any(each.isascii() and each.isalnum() for each in (before, after))
    return _is_letter(before) or not second.isascii() or (alone and not second.isalnum())


def _is_letter(char: str) -> bool:
    """Return whether a character is a kana or a kanji."""
    return "\u3040" <= char <= "\u30ff" or "\u4e00" <= char <= "\u9fff"


def _is_japanese(char: str) -> bool:
    """Return whether a character occurs in Japanese names; not half-width katakana."""
    wide = "\uff01" <= char <= "\uff5e" or "\u3000" <= char <= "\u303f"
    return _is_letter(char) or wide or char in "―−～・…×"


def encoding_findings(names: Sequence[tuple[str, str]]) -> list[Finding]:
    """Return one finding for each encoding that was not marked; `names` have their encodings."""
    findings = []
    for encoding, title in _TITLES.items():
        read = [name for name, found in names if found == encoding]
        if not read:
            continue
        shown = ", ".join(quote(name, 80) for name in read[:_SHOWN])
        more = len(read) - _SHOWN
        rest = f" and {more:,} more" if more > 0 else ""
        noun, verb = ("name", "is") if len(read) == 1 else ("names", "are")
        message = (
            f"{len(read):,} {noun} without a mark of UTF-8 {verb} read as {title}: {shown}{rest}"
        )
        finding = rule("names-decoded").finding(message, count=len(read))
        if encoding == "utf-8":
            finding = finding.model_copy(
                update={"severity": "info", "hint": "No action is needed."}
            )
        findings.append(finding)
    return findings
