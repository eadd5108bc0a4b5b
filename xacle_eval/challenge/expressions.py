"""Regular expressions of challenge files, matched within a time limit.

Some expressions, such as ``(a+)+$``, need exponential time for some texts, and Python's ``re``
cannot be stopped. The package ``regex`` has the same syntax and a time limit, and it also exists
for Pyodide; RE2 has neither lookarounds nor a build for Pyodide. Only expressions that ``re``
accepts are used, so the additional syntax of ``regex`` has no effect.
"""

from __future__ import annotations

import math
import re
import time
import warnings
from functools import cached_property
from typing import Any

from xacle_eval.errors import ChallengeError
from xacle_eval.text import quote, visible

__all__ = ["DEFAULT_LABEL_PATTERN", "Expression", "check_expression"]

DEFAULT_LABEL_PATTERN = r"^(?P<team>.+)_\d+$"
_LONGEST_PATTERN = 300
_LONGEST_TEXT = 4_096
# `regex` copies a repeated part, so nested counts such as ((a{99}){99}){99} need much memory.
_MOST_COPIES = 1_000
_COUNT = re.compile(r"\{(\d{0,9})(?:,(\d{0,9}))?\}")
_OTHER_BRACE = re.compile(r"(?<!\\)\{(?!\d+(?:,\d*)?\}|,\d+\})")
# The time for all texts together: ordinary expressions need about 1 µs per text.
_SECONDS = 1.0
_SECONDS_PER_TEXT = 1e-5


def check_expression(pattern: str) -> re.Pattern[str]:
    """Return an expression compiled by ``re``.

    Raises
    ------
    ValueError
        If the pattern is invalid or too long, or its repetitions are too large.
    """
    if len(pattern) > _LONGEST_PATTERN:
        raise ValueError(
            f"expected a regular expression of at most {_LONGEST_PATTERN} characters, "
            f"got {len(pattern):,}"
        )
    if _OTHER_BRACE.search(pattern):
        raise ValueError(r"expected a number of repetitions after {; write \{ for a brace")
    copies = [max(int(first or 1), int(last or 1), 1) for first, last in _COUNT.findall(pattern)]
    if len(copies) != len(re.findall(r"\{[\d,]+\}", pattern)) or math.prod(copies) > _MOST_COPIES:
        raise ValueError(
            f"expected repetition counts with a product of at most {_MOST_COPIES:,}; "
            "use + or * for more"
        )
    return _compile(pattern)


def _compile(pattern: str) -> re.Pattern[str]:
    try:
        with warnings.catch_warnings():
            # Sets such as [[:x:]] mean something else in `regex`; `re` warns about them.
            warnings.simplefilter("error", FutureWarning)
            found = re.compile(pattern)
        if pattern != DEFAULT_LABEL_PATTERN:
            import regex

            regex.compile(pattern)
    except FutureWarning as error:
        raise ValueError(r"invalid regular expression (a [ inside a set; write \[)") from error
    # The error classes of `re` and `regex` have only Exception in common.
    except Exception as error:
        raise ValueError(f"invalid regular expression ({visible(str(error))})") from error
    return found


class Expression:
    """A regular expression with one time limit for all texts together.

    Parameters
    ----------
    pattern : str
        The expression, checked by `check_expression`.
    key : str
        Its key in the challenge file, for messages.
    """

    def __init__(self, pattern: str, key: str) -> None:
        self.pattern = pattern
        self.key = key
        self._left = _SECONDS

    @cached_property
    def _compiled(self) -> Any:
        if self.pattern == DEFAULT_LABEL_PATTERN:
            return None  # needs no limit, and `regex` takes time to load
        import regex

        return regex.compile(self.pattern)

    def search(self, text: str) -> Any:
        """Return the first match in a text, or None.

        Raises
        ------
        ChallengeError
            If the text is too long, or matching takes too long.
        """
        return self._apply("search", text)

    def match(self, text: str) -> Any:
        """Return the match at the start of a text, or None; raises like `search`."""
        return self._apply("match", text)

    def _apply(self, method: str, text: str) -> Any:
        if self._compiled is None:
            return getattr(re, method)(self.pattern, text)
        if len(text) > _LONGEST_TEXT:
            raise self._problem(text, f"has more than {_LONGEST_TEXT:,} characters")
        start = time.process_time()
        try:
            # A timeout of zero would mean no limit.
            return getattr(self._compiled, method)(text, timeout=max(self._left, 1e-6))
        except (TimeoutError, MemoryError) as error:
            raise self._problem(text, "takes too long to match; simplify the pattern") from error
        finally:
            spent = time.process_time() - start
            self._left = min(_SECONDS, self._left - spent + _SECONDS_PER_TEXT)

    def _problem(self, text: str, problem: str) -> ChallengeError:
        return ChallengeError("file", [f"{self.key}: {quote(text, 60)} {problem}"])
