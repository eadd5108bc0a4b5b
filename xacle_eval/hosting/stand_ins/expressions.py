"""The part of `regex` that challenge files use, on Python's own ``re``.

A challenge file has only expressions that both accept. ``re`` cannot be stopped, so a time limit
has no effect: whoever waits for the check can end it.
"""

from __future__ import annotations

import re
from typing import Any

__all__ = ["Pattern", "compile"]


class Pattern:
    """A compiled expression whose methods accept a time limit.

    Parameters
    ----------
    pattern : str
        The expression.
    """

    def __init__(self, pattern: str) -> None:
        self._compiled = re.compile(pattern)

    def search(self, text: str, timeout: float | None = None) -> Any:  # noqa: ARG002
        """Return the first match in a text, or None."""
        return self._compiled.search(text)

    def match(self, text: str, timeout: float | None = None) -> Any:  # noqa: ARG002
        """Return the match at the start of a text, or None."""
        return self._compiled.match(text)


def compile(pattern: str) -> Pattern:  # noqa: A001 -- the name of regex
    """Return a compiled expression."""
    return Pattern(pattern)
