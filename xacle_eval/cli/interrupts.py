"""Ctrl-C: one signal ends the command with exit code 130, wherever it arrives.

Python raises KeyboardInterrupt between two instructions, and code outside our control can turn
it into something else: a compiled kernel reports "returned a result with an exception set"
(SystemError), a callback of the garbage collector prints "Exception ignored" and drops it. So the
handler also records the signal, and `run` decides by the record, not by the exception.

This module imports almost nothing, because it is loaded before everything else.
"""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs
    from types import FrameType

__all__ = ["Interrupts"]

EXIT_CODE = 130
_AGAIN_SECONDS = 0.01


class Interrupts:
    """The interrupts of one command.

    Attributes
    ----------
    received : bool
        Whether a signal has arrived.
    """

    def __init__(self) -> None:
        self.received = False
        self._raise = False
        self._caught = False
        self._report_unraisable = sys.unraisablehook

    def catch(self) -> None:
        """Start to record interrupts; each raises KeyboardInterrupt until `hold`.

        If SIGINT is ignored (a background job of a shell) or has another handler, nothing changes.
        """
        if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
            return
        try:
            signal.signal(signal.SIGINT, self._handle)
        except ValueError:  # only the main thread can set a handler
            return
        self._caught = self._raise = True
        self._report_unraisable = sys.unraisablehook
        sys.unraisablehook = self._handle_unraisable

    def hold(self) -> None:
        """Record interrupts without raising them: the command is about to end anyway."""
        self._raise = False

    def release(self) -> None:
        """Restore Python's handlers if the process continues after the command."""
        self._raise = False
        if self._caught:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            sys.unraisablehook = self._report_unraisable
            self._caught = False

    def _handle(self, _signal: int, _frame: FrameType | None) -> None:
        self.received = True
        if self._raise:
            raise KeyboardInterrupt

    def _handle_unraisable(self, found: UnraisableHookArgs) -> None:
        """Raise an interrupt again that arrived where Python only prints and drops exceptions."""
        if not self.received:
            self._report_unraisable(found)
        elif self._raise and _is_interrupt(found.exc_value) and hasattr(signal, "setitimer"):
            # Not from here: an exception of this hook would be printed and dropped as well.
            signal.signal(signal.SIGALRM, self._handle)
            signal.setitimer(signal.ITIMER_REAL, _AGAIN_SECONDS)


def _is_interrupt(error: BaseException | None) -> bool:
    """Return whether an exception is an interrupt, or was raised because of one."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None
