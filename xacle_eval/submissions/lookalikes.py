"""Look-alikes: team names and labels that a reader cannot distinguish.

Two names look alike if their *skeletons* are equal. Names that differ only in letter case, in
invisible characters or blanks, in the width of letters, or in Greek, Cyrillic or Armenian letters
with the shape of a Latin letter have equal skeletons.

The idea and the letters come from section 4 of Unicode Technical Standard 39 and its file
``confusables.txt`` (version 15.1); only the letters that look like a basic Latin letter are
listed here, each with the Latin letter of the same case.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable

from xacle_eval.submissions.findings import Finding
from xacle_eval.submissions.rules import rule
from xacle_eval.text import count, is_hidden, listing, quote

__all__ = ["look_alike_teams", "skeleton"]

_LETTERS = (
    # Greek capitals, then small letters
    ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX"),
    ("αγικνορτυϲϳϹͿ", "ayikvoptucjCJ"),
    # Cyrillic capitals, then small letters
    ("АВСЕНІЈКМОРԚЅТԜХҮУ", "ABCEHIJKMOPQSTWXYY"),
    ("авсеһіјкмоԛрѕтѵԝхуүԁӏԍ", "abcehijkmoqpstvwxyydlg"),
    # Armenian, and Latin letters that Unicode does not decompose
    ("ՍՕհոսցօ", "UOhnuqo"),
    ("ıȷɑɡɩ", "ijagi"),
)
_LATIN = {ord(one): latin for group, names in _LETTERS
          for one, latin in zip(group, names, strict=True)}  # fmt: skip
# Variation selectors choose the shape of the character before them.
_SELECTORS = {*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)}
# Letters and digits of ASCII with one shape in many fonts.
_SHAPES = str.maketrans("I1|0", "lllO")
_SHOWN_LETTERS = 4
_SHOWN_NAMES = 3
_SHOWN_GROUPS = 20
# Characters of a name that are compared, and of the part in which two names differ.
_LONGEST = 500
_COMPARED = 64


def skeleton(name: str) -> str:
    """Return a key that is equal for names that look alike or differ only in letter case."""
    return _plain(name).casefold()


def _plain(name: str) -> str:
    """Return a name without invisible characters, with Latin letters where they look the same."""
    if name.isascii() and name.isprintable():
        return name.replace(" ", "")
    # Before and after: the lunate sigma ϲ, which looks like c, would become ς.
    text = unicodedata.normalize("NFKC", name.translate(_LATIN)).translate(_LATIN)
    return _drop_invisible(text)


def _drop_invisible(name: str) -> str:
    return "".join(char for char in name if not _is_invisible(char))


def _is_invisible(char: str) -> bool:
    return is_hidden(char) or unicodedata.category(char) == "Zs" or ord(char) in _SELECTORS


def look_alike_teams(teams: Iterable[str]) -> tuple[Finding, ...]:
    """Return a finding (XAC069) for each group of different team names that look alike.

    Parameters
    ----------
    teams : iterable of str
        Team names; repetitions are ignored.
    """
    names = sorted(set(teams))
    groups: dict[str, list[str]] = defaultdict(list)
    shapes: dict[str, list[str]] = defaultdict(list)
    for name in names:
        groups[skeleton(name[:_LONGEST])].append(name)
        # Before the letter case is ignored: I looks like l, but i does not.
        shapes[_plain(name[:_LONGEST]).translate(_SHAPES).casefold()].append(name)
    found = dict.fromkeys(tuple(group) for group in (*groups.values(), *shapes.values()))
    alike = sorted(group for group in found if len(group) > 1)
    findings = [_finding(group) for group in alike[:_SHOWN_GROUPS]]
    if len(alike) > _SHOWN_GROUPS:
        more = count(len(alike) - _SHOWN_GROUPS, "more group")
        findings.append(rule("look-alike-teams").finding(f"{more} of team names that look alike"))
    return tuple(findings)


def _finding(group: tuple[str, ...]) -> Finding:
    first, *others = group
    each = [f"{quote(name)} ({_difference(first, name)})" for name in others]
    message = f"{quote(first)} looks like {listing(each, _SHOWN_NAMES)}"
    return rule("look-alike-teams").finding(message, count=len(group))


def _difference(one: str, other: str) -> str:
    """Return the characters in which two names differ, with their code points."""
    from difflib import SequenceMatcher

    if one.isascii() and other.isascii() and one.lower() == other.lower():
        return "only the letter case differs"
    start = _same_letters(one, other)
    one, other = one[start:], other[start:]
    end = _same_letters(one[::-1], other[::-1])
    one, other = one[: len(one) - end][:_COMPARED], other[: len(other) - end][:_COMPARED]
    steps = SequenceMatcher(None, one, other, False).get_opcodes()
    parts = [
        f"{_characters(other[first:last])} instead of {_characters(one[begin:stop])}"
        for tag, begin, stop, first, last in steps
        if tag != "equal"
    ]
    return listing(parts, _SHOWN_LETTERS)


def _same_letters(one: str, other: str) -> int:
    """Return the number of equal characters at the beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


def _characters(text: str) -> str:
    if not text:
        return "nothing"
    more = " …" if len(text) > _SHOWN_LETTERS else ""
    return " and ".join(map(_character, text[:_SHOWN_LETTERS])) + more


def _character(char: str) -> str:
    name = unicodedata.name(char, "unnamed character")
    shown = "" if _is_invisible(char) else f"{quote(char)} "
    return f"{shown}U+{ord(char):04X} {name}"
