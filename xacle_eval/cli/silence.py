"""What libraries write to stderr: hidden by default, shown by ``--debug``.

Warnings of Python and of libraries concern developers; a user of a command can do nothing about
them. With PYTHONWARNINGS=error they would even end the command. The warnings of this package are
shown as one line each.

This module imports almost nothing, because it is loaded before everything else.
"""

from __future__ import annotations

import os
import sys
import warnings
from typing import Any, TextIO

from xacle_eval.errors import DemoReferencesWarning, XacleEvalWarning

__all__ = ["LibraryMessages", "hide_logs", "open_closed_streams", "show_warnings"]

_VARIABLE = "PYTHONWARNINGS"
_STREAMS = 3
_before_hiding: list[Any] = []
"""The settings that `hide_logs` replaced."""


class LibraryMessages:
    """The warnings of this process and its child processes."""

    def __init__(self) -> None:
        self._variable = os.environ.get(_VARIABLE)
        self._options = list(sys.warnoptions)
        self._filters = warnings.catch_warnings()

    def hide(self) -> None:
        """Hide the warnings of all packages except this one."""
        self._filters.__enter__()
        warnings.resetwarnings()
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", XacleEvalWarning)
        warnings.showwarning = _print_warning
        # Child processes of multiprocessing inherit both settings.
        # In development mode, Python removes "default" from this list when it starts one.
        sys.warnoptions[:] = ["default", "ignore"] if sys.flags.dev_mode else ["ignore"]
        os.environ[_VARIABLE] = "ignore"

    def restore(self) -> None:
        """Restore the settings, if the process continues after the command."""
        self._filters.__exit__(None, None, None)
        sys.warnoptions[:] = self._options
        if _before_hiding:
            _show_logs()
        if self._variable is None:
            os.environ.pop(_VARIABLE, None)
        else:
            os.environ[_VARIABLE] = self._variable


def show_warnings() -> None:
    """Show every warning once per place, for --debug; not that of Python about demo ratings.

    The commands print a banner instead of it.
    """
    warnings.simplefilter("default")
    warnings.simplefilter("ignore", DemoReferencesWarning)


def hide_logs() -> None:
    """Hide the logs of Dask and of its libraries, and the tracebacks of its threads."""
    import logging
    import threading

    _before_hiding[:] = [logging.root.manager.disable, threading.excepthook]
    logging.disable(logging.CRITICAL)
    threading.excepthook = lambda _: None


def _show_logs() -> None:
    import logging
    import threading

    level, threading.excepthook = _before_hiding
    logging.disable(level)
    _before_hiding.clear()


def _print_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> Any:
    from xacle_eval.cli.output import say
    from xacle_eval.text import visible

    if issubclass(category, XacleEvalWarning):
        say(f"warning: {visible(str(message), 1000)}")
    else:
        say(visible(f"{filename}:{lineno}: {category.__name__}: {message}", 1000))


def open_closed_streams() -> None:
    """Open the null device in place of closed standard streams.

    Otherwise, the next file that is opened would get the descriptor of stderr, and a library that
    writes to stderr would write into the file.
    """
    for number in range(_STREAMS):
        try:
            os.fstat(number)
        except OSError:
            if os.open(os.devnull, os.O_RDWR) == number:
                os.set_inheritable(number, True)
