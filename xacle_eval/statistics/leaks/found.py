"""What an attack reads, counted against the true labels."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["LIKELY", "Found"]

LIKELY = 0.95
"""A label is read if its probability, given all answers, is at least this."""


@dataclass
class Found:
    """The labels that one run of an attack claims to have read.

    ``certain`` is the number of labels for which no other value is possible, ``likely`` that of
    labels with a probability of at least `LIKELY`, these included; ``wrong`` of them are not the
    true ones.
    """

    certain: int = 0
    likely: int = 0
    wrong: int = 0

    def claim(self, guess: int, true: int, *, certain: bool) -> None:
        """Count a label that the prober believes to know."""
        self.likely += 1
        self.certain += certain
        self.wrong += guess != true
