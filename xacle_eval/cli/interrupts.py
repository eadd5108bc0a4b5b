"""Ctrl-C: one signal ends the command with exit code 130, wherever it arrives.

Python raises KeyboardInterrupt between two instructions, and code outside our control can turn
it into something else: a compiled kernel reports "returned a result with an exception set"
(SystemError), a callback of the garbage collector prints "Exception ignored" and drops it. So the
handler also records the signal, and `run` decides by the record, not by the exception.

This module imports almost nothing, because it is loaded before everything else.
"""

from __future__ import annotations

import _thread
import signal
import sys
import time
from typing import TYPE_CHECKING

from xacle_eval.errors import is_interrupt

if TYPE_CHECKING:
    from sys import UnraisableHookArgs
    from types import FrameType

__all__ = ["Interrupts"]

EXIT_CODE = 130
_PAUSE_SECONDS = 0.01


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
        self._in_hook = False
        self._report_unraisable = sys.unraisablehook

    def catch(self) -> None:
        """Start to record interrupts; each raises KeyboardInterrupt until `hold`.

        If SIGINT is ignored (a background job of a shell) or has another handler, nothing changes.
        """
        if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
            return
        self._raise = True
        try:
            signal.signal(signal.SIGINT, self._handle)
        except ValueError:  # only the main thread can set a handler
            self._raise = False
            return
        self._caught = True
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
        if self._in_hook:
            # Python would print and drop an exception of the hook: on a busy machine the main
            # thread can still be there after the pause.
            _thread.start_new_thread(self._repeat, ())
        elif self._raise:
            raise KeyboardInterrupt

    def _handle_unraisable(self, found: UnraisableHookArgs) -> None:
        """Repeat an interrupt that arrived where Python only prints and drops exceptions."""
        self._in_hook = True
        if not self.received:
            self._report_unraisable(found)
        elif self._raise and is_interrupt(found.exc_value):
            _thread.start_new_thread(self._repeat, ())
        self._in_hook = False

    def _repeat(self) -> None:
        """Interrupt the main thread again, after it has left the callback and this hook.

        Inside either of them, the interrupt would be lost again; then the hook repeats it.
        """
        time.sleep(_PAUSE_SECONDS)
        if self._raise:
            _thread.interrupt_main()
