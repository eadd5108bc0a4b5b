"""The scorer of a bundle as one program; see `xacle_eval.hosting.single_file`."""

from __future__ import annotations

from xacle_eval.challenge.model import Challenge

__all__ = ["scorer_program"]


def scorer_program(challenge: Challenge) -> bytes:
    """Return the scorer of all phases of a challenge, without labels."""
    return b"# placeholder for development\n"
