"""A note that numba would make a long run much faster, if it is not installed."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable

from xacle_eval.cli.output import note

__all__ = ["SpeedNote", "with_speed_note"]

# A shorter run is not worth the installation.
_WORTH_SECONDS = 5.0

_Report = Callable[[int, int], None]


class SpeedNote:
    """The note, from how long the first pieces of the work took.

    Parameters
    ----------
    clock : callable
        Returns the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._begin = clock()
        self._first: tuple[float, float] | None = None
        self._printed = False

    def seconds(self, done: int, total: int) -> float:
        """Return how long the work will take, as far as it can be known; 0 if it cannot.

        The first report is not used for the rate: what is before it, such as imports, happens once.
        """
        now, share = self._clock(), done / max(total, 1)
        if self._first is None:
            self._first = now, share
            return 0.0
        before, least = self._first
        if share <= least:
            return 0.0
        return now - self._begin + (1 - share) * (now - before) / (share - least)

    def report(self, done: int, total: int) -> None:
        """Print the note once, as soon as the work is known to take long."""
        if self._printed:
            return
        expected = self.seconds(done, total)
        if expected > _WORTH_SECONDS and done < total:
            self._printed = True
            note(
                f"this takes about {expected:.0f} seconds; the extra xacle-eval[fast] makes it "
                "several times faster: pip install numba",
                quiet=False,
            )


def with_speed_note(progress: _Report | None, quiet: bool, scheduler: str | None) -> _Report | None:
    """Return the function for progress, which prints the note too if numba is not installed."""
    if quiet or scheduler is not None or importlib.util.find_spec("numba") is not None:
        return progress
    speed = SpeedNote()

    def report(done: int, total: int) -> None:
        speed.report(done, total)
        if progress is not None:
            progress(done, total)

    return report
