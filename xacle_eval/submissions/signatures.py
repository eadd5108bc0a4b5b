"""Signatures: the format of a file that is not CSV text, recognised by its first bytes."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["kind_of", "kind_of_text", "text_hint"]

# The first bytes of other file formats, from the formats' own specifications.
_SIGNATURES = (
    (b"PK\x03\x04", "a ZIP archive or an Excel workbook (.xlsx)"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook (.xls)"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh91AY", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"%PDF-", "a PDF document"),
    (b"\x93NUMPY", "a NumPy array (.npy)"),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow or Feather file"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x80\x02", "a Python pickle"),
    (b"\x80\x03", "a Python pickle"),
    (b"\x80\x04", "a Python pickle"),
    (b"\x80\x05", "a Python pickle"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\xff\xfe\x00\x00", "UTF-32 text"),
    (b"\x00\x00\xfe\xff", "UTF-32 text"),
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
)


def kind_of(head: bytes) -> str | None:
    """Return the format of a file, recognised by its first bytes; None if it may be text."""
    if head.startswith(b"RIFF") and head[8:12] == b"WAVE":
        return "WAV audio"
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    sample = head[:200]
    for zeros, letters in ((sample[1::2], sample[0::2]), (sample[0::2], sample[1::2])):
        if len(zeros) > 2 and not any(zeros) and all(letters):
            return "UTF-16 text"
    return None


# The beginnings of text that is not CSV. JSON is recognised by its first two characters.
_TEXTS = (
    (r"version https://git-lfs\.github\.com/spec/", "a Git LFS pointer"),
    (r"(?i)<!doctype html|<html|<head|<body", "an HTML page"),
    (r"<\?xml", "XML"),
    (r"\{\s*(?:[\"\}]|$)|\[\s*(?:[\[\{\"]|-?[0-9]|$)", "JSON"),
    (r"diff --git ", "a patch"),
)
_TEXT_HINTS = {
    "a Git LFS pointer": "Run git lfs pull, and pass the file that it downloads.",
    "an HTML page": "The page of a website was saved, not the file: download the file itself.",
    "JSON": "Export the table as CSV text in UTF-8.",
    "XML": "Export the table as CSV text in UTF-8.",
    "a patch": "Apply the patch, and pass the file that it changes.",
}
# A row of a comment or of an id has none of these beginnings in its first characters.
_LONGEST_BEGINNING = 200


def kind_of_text(lines: Sequence[str]) -> str | None:
    """Return the format of text that is not CSV, recognised by its first line; otherwise None."""
    first = next((line.strip() for line in lines[:100] if line.strip()), "")
    for pattern, kind in _TEXTS:
        if re.match(pattern, first[:_LONGEST_BEGINNING].lstrip("\ufeff")):
            return kind
    return None


def text_hint(kind: str) -> str | None:
    """Return how to get CSV text instead of a kind of `kind_of_text`."""
    return _TEXT_HINTS.get(kind)
