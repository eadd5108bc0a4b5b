r"""Notation of published tables: values in bold, with ± and an error, a reference mark or percent.

Tables are copied from papers, pages and repositories, so a value can be ``**0.638**``,
``\textbf{0.638}``, ``0.638 ± 0.012``, ``0.638*`` or ``63.8 %``, and a missing one ``–``.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache

from xacle_eval.submissions.printed import NUMBER

__all__ = ["plain_name", "plain_value"]

# No published value is longer.
_LONGEST = 200
_MISSING = frozenset(
    {"", "na", "n/a", "n.a.", "<na>", "null", "none", "nil", "tba", "tbd", "?", "/"}
)
_DASHES = "-‐‑‒–—―−"
_MARKS = r"[*†‡§¶#⋆★°¹²³⁴⁵⁶⁷⁸⁹⁰ᵃᵇᶜᵈ]"
# What is replaced in this order until nothing changes. A command of LaTeX keeps its last argument.
_REPLACED = (
    (r"\\textsuperscript\s*\{\d*\}|<sup>\d*</sup>|\^\{\d*\}|\^\d+", "¹"),
    (r"\\textsuperscript\s*\{[^{}]*\}|<sup>[^<]*</sup>|\^\{[^{}]*\}|\^\\?[^\W\d]+|\^\S", "*"),
    (r"\\(?:color|textcolor|cellcolor|colorbox)\s*(?:\[[^\]]*\])?\s*\{[^{}]*\}", ""),
    (r"\\(?:dagger|dag|ddagger|ddag|ast|star)(?![A-Za-z])", "*"),
    (r"\\(?:pm|textpm)(?![A-Za-z])|\+/[-−–]|\+-", "±"),
    (r"\\(?:textendash|textemdash|textminus)(?![A-Za-z])(?:\{\})?", "–"),
    (r"\\(?:bfseries|itshape|bf|it|em|tiny|scriptsize|footnotesize|small)(?![A-Za-z])", " "),
    (r"\\[A-Za-z]+\s*\{([^{}]*)\}", r"\1"),
    (r"</?(?:b|strong|i|em|u|mark|small|span)>", ""),
    (r"\*\*|__|``?|\$|\\\(|\\\)", ""),
    (r"(?<![A-Za-z])\{([^{}]*)\}", r"\1"),
    (r"\\[,;:! ]|~|\u00a0|\u2009|\u202f", " "),
    (r"\\([%_#&])", r"\1"),
)
_NAME_PARTS = ((r"\\[A-Za-z]+\s*\{([^{}]*)\}", r"\1"), (r"\*\*([^*]+)\*\*", r"\1"),
               (r"</?(?:b|strong|i|em|u)>", ""), (r"\\([%_#&])", r"\1"))  # fmt: skip
_ARROW = r"\s*\(?\s*(?:[↑↓]|\$?\\(?:up|down)arrow\$?)\s*\)?$"


@cache
def _published() -> re.Pattern[str]:
    """Return the form of a value without markup: the number, and what is not used."""
    number = rf"[{_DASHES}]?(?:\d+(?:\.\d*)?|\.\d+)"
    error = rf"±\s*{number}|_?\s*[(\[]\s*±?\s*{number}(?:\s*[,;{_DASHES}]+\s*{number})?\s*[)\]]"
    error = rf"(?:{error}|_\s*±?\s*{number})"
    return re.compile(
        rf"(?a:[*_]?\s*([+{_DASHES}]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)\s*"
        rf"(%)?{_MARKS}*\s*{error}?\s*(%)?\s*{_MARKS}*_?)"
    )


def plain_value(text: str, *, percent: bool) -> str | None:
    """Return the number of a published value as text; None if there is none.

    Parameters
    ----------
    text : str
        A field of a table.
    percent : bool
        Whether a value in percent is divided by 100, as for a correlation; otherwise it is not a
        number.

    Returns
    -------
    str or None
        A number in decimals; None for a missing value; the field itself if it has no such form.
    """
    text = text.strip()
    if len(text) > _LONGEST or re.fullmatch(NUMBER, text):
        return text
    plain = _replace(text, _REPLACED)
    if plain.casefold() in _MISSING or not plain.strip(_DASHES + " "):
        return None
    found = _published().fullmatch(plain)
    if found is None:
        return text
    if "." not in found[1] and re.search("[¹²³⁴⁵⁶⁷⁸⁹⁰]", plain):
        return text  # 10³ is a power, and 0.638³ has a reference mark
    number = re.sub(rf"^[{_DASHES}]", "-", found[1])
    if not (found[2] or found[3]):
        return number
    return f"{Decimal(number).scaleb(-2):f}" if percent else text


def plain_name(text: str, *, header: bool = False) -> str:
    """Return the name of a system, or of a column in a `header`, without markup and arrows."""
    text = text.strip()
    if len(text) > _LONGEST:
        return text
    plain = _replace(text, _NAME_PARTS)
    return re.sub(_ARROW, "", plain).strip() or text if header else plain or text


def _replace(text: str, replaced: tuple[tuple[str, str], ...]) -> str:
    before = None
    while before != text:
        before = text
        for pattern, new in replaced:
            text = re.sub(pattern, new, text)
        text = text.strip()
    return text
