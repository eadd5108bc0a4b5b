"""Ctrl-C and SIGTERM: one signal ends the command, wherever it arrives.

The exit code is 128 plus the number of the signal: 130 for Ctrl-C, 143 for SIGTERM, 129 for SIGHUP.

Python raises KeyboardInterrupt between two instructions, and code outside our control can turn it
into something else: a compiled kernel reports "returned a result with an exception set"
(SystemError), and a callback of the garbage collector prints "Exception ignored" and drops it. So
the handler also records the signal, and `run` relies on the record, not on the exception.

This module imports almost nothing, because it is loaded before everything else.
"""

from __future__ import annotations

import _thread
import signal
import sys
import time
from typing import TYPE_CHECKING, Any

from xacle_eval.errors import is_interrupt

if TYPE_CHECKING:
    from sys import UnraisableHookArgs
    from types import FrameType

__all__ = ["Interrupts"]

_BASE_EXIT_CODE = 128
# SIGHUP, the end of the terminal, does not exist on Windows.
_ENDING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
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
        self._signal = signal.SIGINT
        self._raise = False
        self._caught: dict[int, Any] = {}
        self._in_hook = False
        self._report_unraisable = sys.unraisablehook

    def catch(self) -> None:
        """Start to record interrupts; each raises KeyboardInterrupt until `hold`.

        A signal that is ignored (SIGINT in a background job of a shell, SIGHUP under nohup) or has
        another handler keeps it.
        """
        self._raise = True
        defaults = {signal.SIGINT: signal.default_int_handler, **dict.fromkeys(_ENDING, 0)}
        try:
            for number, default in defaults.items():
                before = signal.getsignal(number)
                if before == default:
                    signal.signal(number, self._handle)
                    self._caught[number] = before
        except ValueError:  # only the main thread can set a handler
            pass
        if not self._caught:
            self._raise = False
            return
        self._report_unraisable = sys.unraisablehook
        sys.unraisablehook = self._handle_unraisable

    def hold(self) -> None:
        """Record interrupts without raising them: the command is about to end anyway."""
        self._raise = False

    def release(self) -> None:
        """Restore Python's handlers if the process continues after the command."""
        self._raise = False
        if self._caught:
            for number, handler in self._caught.items():
                signal.signal(number, handler)
            sys.unraisablehook = self._report_unraisable
            self._caught = {}

    @property
    def exit_code(self) -> int:
        """The exit code after a signal."""
        return _BASE_EXIT_CODE + self._signal

    @property
    def word(self) -> str:
        """What the command reports after a signal."""
        return "interrupted" if self._signal == signal.SIGINT else "terminated"

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        if not self.received:
            self._signal = signal.Signals(number)
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
            _thread.interrupt_main(self._signal)
