"""Regular expressions of Python 3.11 for the ``re`` of earlier ones.

Possessive repetitions (``a*+``) and atomic groups (``(?>a)``) never give back what they matched.
A lookahead that captures, followed by what it captured, does the same: ``(?=(a*))\\1``.
"""

from __future__ import annotations

import re

__all__ = ["without_possessive"]

_TOKEN = re.compile(
    r"""(?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])
  | (?P<reference>\\(?P<number>[1-9][0-9]?)(?![0-9]))
  | (?P<atomic>\(\?>)
  | (?P<other_group>\(\?(?!P<))
  | (?P<group>\((?:\?P<\w+>)?)
  | (?P<end>\))
  | (?P<repeat>(?:[*+?]|\{[0-9]*,?[0-9]*\})(?P<how>[?+]?))
  | (?P<atom>\\.|.)""",
    re.VERBOSE | re.DOTALL,
)
_ADDED = "_kept"
_NEEDED = re.compile(r"[*+?}]\+|\(\?>")


def without_possessive(pattern: str) -> str:
    """Return a regular expression without possessive repetitions and atomic groups.

    Parameters
    ----------
    pattern : str
        The expression, which ``re`` of Python 3.11 accepts, not in its verbose form.
    """
    if not _NEEDED.search(pattern):
        return pattern
    parts: list[str] = []
    opened: list[tuple[int, bool]] = []
    last = 0  # where the atom begins that a repetition is for
    for token in _TOKEN.finditer(pattern):
        text = token[0]
        if token["atomic"] or token["other_group"] or token["group"]:
            opened.append((len(parts), bool(token["atomic"])))
            parts.append("(?:" if token["atomic"] else text)
        elif token["repeat"]:
            possessive = token["how"] == "+"
            parts.append(text[:-1] if possessive else text)
            if possessive:
                _keep(parts, last)
        elif token["end"]:
            last, atomic = opened.pop()
            parts.append(text)
            if atomic:
                _keep(parts, last)
        else:
            last = len(parts)
            parts.append(text)
    return _renumbered("".join(parts))


def _keep(parts: list[str], start: int) -> None:
    """Let what the parts from a place on matched never be given back."""
    name = f"{_ADDED}{sum(part.count(_ADDED) for part in parts)}"
    parts[start:] = [f"(?:(?=(?P<{name}>{''.join(parts[start:])}))(?P={name}))"]


def _renumbered(pattern: str) -> str:
    """Return an expression whose references have the numbers that its groups have now."""
    numbers: dict[int, int] = {}
    count = 0
    for token in _TOKEN.finditer(pattern):
        count += bool(token["group"])
        if token["group"] and not token["group"].startswith(f"(?P<{_ADDED}"):
            numbers[len(numbers) + 1] = count

    def reference(token: re.Match[str]) -> str:
        return f"\\{numbers[int(token['number'])]}" if token["reference"] else token[0]

    return _TOKEN.sub(reference, pattern)
