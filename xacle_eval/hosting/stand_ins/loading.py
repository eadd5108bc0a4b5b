"""Stands for `xacle_eval.challenge.loading`: a standalone program has one challenge, as data."""

from __future__ import annotations

from typing import Any, NoReturn

from xacle_eval.errors import UsageError

__all__ = ["DEFAULT_CHALLENGE", "load_challenge"]

DEFAULT_CHALLENGE = "xacle2026"


def load_challenge(challenge: Any, split: str | None = None) -> NoReturn:  # noqa: ARG001
    """Refuse a challenge file.

    Raises
    ------
    UsageError
        Always.
    """
    raise UsageError("a standalone program has its own challenge; it reads no challenge file")
