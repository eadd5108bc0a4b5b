"""The check of lists of ids: a list is a text file with one id per line and nothing else.

Reading a list accepts more than this check: a byte order mark and CRLF do no harm until the list is
saved by another editor, which changes the hash of the challenge. Messages name lines and never
repeat their text, because a wrong name can be that of a file with labels.
"""

from __future__ import annotations

from collections.abc import Iterator

from xacle_eval.challenge.columns import Ids
from xacle_eval.challenge.inputs import MOST_LIST_BYTES, ListError, locate
from xacle_eval.io.files import read_input
from xacle_eval.text import count, quote, visible

__all__ = ["list_problems", "text_problems"]

_BOM = b"\xef\xbb\xbf"
_DELIMITERS = (("\t", "a tab"), (",", "a comma"), (";", "a semicolon"))


def list_problems(folder: str, name: str, ids: Ids) -> list[str]:
    """Return what is wrong in a list of ids, each problem with its file and line.

    Parameters
    ----------
    folder : str
        The folder of the challenge file.
    name : str
        The list, as the challenge file names it.
    ids : Ids
        The names of the id column, one of which may be in a header, and the ending of all ids.

    Returns
    -------
    list of str
        Empty if the list is valid, or if it cannot be read as text; loading reports this.
    """
    try:
        data = read_input(locate(folder, name), MOST_LIST_BYTES)
        text = data.decode("utf-8-sig")
    except (OSError, ListError, UnicodeDecodeError):
        return []
    shown = visible(name, 300)
    return [f"{shown}:{line}: {problem}" for line, problem in text_problems(data, text, ids)]


def text_problems(data: bytes, text: str, ids: Ids) -> Iterator[tuple[int, str]]:
    """Yield the line and the description of what is wrong in a list, given as bytes and text."""
    if data.startswith(_BOM):
        yield 1, "the file begins with a byte order mark; save it as UTF-8 without one"
    raw = text.split("\n")
    crlf = next((line for line, each in enumerate(raw, start=1) if each.endswith("\r")), None)
    if crlf is not None:
        yield crlf, "the line ends with CRLF, expected LF; save the file with the line ends of Unix"
    rows = [
        (line, pair)
        for line, each in enumerate(raw, start=1)
        if (pair := each.strip()) and not pair.startswith("#")
    ]
    table = _table(rows, ids)
    if table is not None:
        yield table
        return
    if rows and rows[0][1].casefold() in ids.folded_names:
        yield rows[0][0], "the line is a header; a list has only ids"
        rows = rows[1:]
    yield from _without_ending(rows, ids)
    yield from _duplicates(rows)


def _table(rows: list[tuple[int, str]], ids: Ids) -> tuple[int, str] | None:
    """Return the first line of a table, or of a list with the path of each id."""
    for char, noun in _DELIMITERS:
        found = [line for line, pair in rows if char in pair]
        if 2 * len(found) > len(rows) or (found and char == "\t"):
            lines = count(len(found), "line")
            return found[0], f"the line contains {noun} ({lines}); a list has one id per line"
    found = [line for line, pair in rows if _is_kaldi(pair.split(), ids.ending)]
    if 2 * len(found) > len(rows):
        return (
            found[0],
            "the line has an id and a path, as in lists of Kaldi; keep only the ids",
        )
    return None


def _is_kaldi(fields: list[str], ending: str) -> bool:
    """Return whether a line has an id, and a path that ends with it or has folders."""
    name = fields[-1].rpartition("/")[2]
    return len(fields) == 2 and ("/" in fields[1] or name.removesuffix(ending) == fields[0])


def _without_ending(rows: list[tuple[int, str]], ids: Ids) -> Iterator[tuple[int, str]]:
    if not ids.ending or ids.ending_optional:
        return
    lines = [line for line, pair in rows if not pair.endswith(ids.ending)]
    if lines:
        others = f" ({count(len(lines), 'line')})" if len(lines) > 1 else ""
        yield (
            lines[0],
            f"the id does not end in {quote(ids.ending)}, the value of ids.ending{others}",
        )


def _duplicates(rows: list[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    first: dict[str, int] = {}
    again = [(line, pair) for line, pair in rows if first.setdefault(pair, line) != line]
    if again:
        line, pair = again[0]
        others = f" ({count(len(again), 'duplicate id')})" if len(again) > 1 else ""
        yield line, f"duplicate id, see line {first[pair]}{others}"
