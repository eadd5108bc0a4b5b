"""Untrusted text in Markdown: no markup, HTML, link, mention or reference is active.

GitHub and GitLab link words in the rendered text: addresses, ``www.``, e-mail addresses,
mentions (``@name``), references (``#1``, ``GH-1``, ``!1``) and hashes of commits. A backslash in
front of such a word does not prevent it, a code span does.
"""

from __future__ import annotations

import re

from xacle_eval.text import visible

__all__ = ["code_cell", "code_span", "markdown_text"]

_ESCAPES = str.maketrans(
    {char: f"\\{char}" for char in "\\`*_{}[]()#+!|~$"} | {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
)
# Words with the blanks and bars between them.
_WORDS = re.compile(r"([ |])")
_LINKED = re.compile(
    r"""
    @                                     # a mention, an e-mail address, owner/name@hash
    | [#!$&~%^] \d                         # a reference to an issue or a request
    | (?<![a-z0-9]) gh - \d
    | www \.
    | ://
    | (?:mailto|xmpp|tel) :
    | (?<![a-z0-9]) [0-9a-f]{7,40} (?![a-z0-9])  # the hash of a commit
    | : [a-z0-9_+-]+ :                     # an emoji or a picture of the platform
    """,
    re.VERBOSE | re.IGNORECASE,
)


def markdown_text(text: str, limit: int) -> str:
    """Return untrusted text for Markdown, also in a cell of a table.

    Words that a platform would link become code spans.

    Parameters
    ----------
    text : str
        Untrusted text.
    limit : int
        Maximum number of characters; a longer text loses its middle.
    """
    return "".join(
        _fenced(word) if _LINKED.search(word) else word.translate(_ESCAPES)
        for word in _WORDS.split(visible(text, limit))
    )


def code_span(text: str, limit: int = 1_000) -> str:
    """Return untrusted text as a code span."""
    return _fenced(visible(text, limit).strip() or " ")


def code_cell(text: str, limit: int = 1_000) -> str:
    """Return untrusted text as code spans for a cell of a table.

    Bars are written outside the spans: ``\\|``, a backslash and a bar, would end the cell.
    """
    parts = visible(text, limit).strip().split("|")
    return "\\|".join(_fenced(part) if part else "" for part in parts) or "` `"


def _fenced(shown: str) -> str:
    """Return a code span whose fence is longer than the runs of backticks in it."""
    shown = shown.replace("##[", "## [")  # a command of GitHub Actions in a log
    fence = "`" * (max(map(len, re.findall("`+", shown)), default=0) + 1)
    blank = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{blank}{shown}{blank}{fence}"
