"""The end of a command: flush the output, kill workers after an interrupt, exit."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from typing import Any, NoReturn

__all__ = ["leave", "report_interrupt"]


def report_interrupt(word: str) -> None:
    """Print a word on stderr; the interrupt may have broken any import, so use none."""
    with contextlib.suppress(OSError):
        if sys.stderr is not None:
            sys.stderr.write(f"{word}\n")
            sys.stderr.flush()


def leave(code: int, *, whole_process: bool, interrupted: bool) -> NoReturn:
    """Exit with a code.

    Parameters
    ----------
    code : int
        The exit code; 2 instead if the result cannot be flushed.
    whole_process : bool
        This process runs only the command, so it may end without Python's own clean-up.
        That clean-up deletes numpy and pydantic object by object, which takes a tenth of the
        time of ``score``; the system frees the memory anyway.
    interrupted : bool
        The command was interrupted or terminated by a signal: its worker processes are killed.
    """
    children = _children()
    if interrupted:
        for child in children:
            child.kill()
        for child in children:
            child.join()
    if not whole_process or (not interrupted and (threading.active_count() > 1 or children)):
        sys.exit(code)
    code = _flush(code)
    os._exit(code)


def _children() -> list[Any]:
    """Return the processes that this one started with multiprocessing and has not waited for."""
    loaded = sys.modules.get("multiprocessing")
    return [] if loaded is None else list(loaded.active_children())


def _flush(code: int) -> int:
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        pass  # the reader closed the pipe, which is not an error
    except OSError as error:
        from xacle_eval.cli.output import say

        say(f"error: the result cannot be written: {error.strerror or error}")
        code = 2
    with contextlib.suppress(OSError):
        if sys.stderr is not None:
            sys.stderr.flush()
    return code
