"""Stop a run on SIGINT and SIGTERM without losing its state."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from reference.errors import RecipeError

__all__ = ["StopRequest", "StoppedError", "stop_on_signals"]


class StoppedError(RecipeError):
    """The run was stopped on request; it can be resumed from its last saved state."""


class StopRequest:
    """A signal handler: the first signal requests a stop, the second one stops the run immediately.

    The first signal raises nothing, because it may arrive while Python cleans up, where exceptions
    are lost.
    """

    requested = False

    def __call__(self, _: int, __: Any) -> None:
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True

    def raise_if_requested(self) -> None:
        """Raise KeyboardInterrupt if a stop was requested."""
        if self.requested:
            raise KeyboardInterrupt


@contextmanager
def stop_on_signals() -> Iterator[StopRequest]:
    """Handle SIGINT and SIGTERM inside the block; restore the previous handlers at its end."""
    stop = StopRequest()
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
