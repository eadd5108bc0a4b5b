"""The progress bar: on a terminal only, and only for work that takes longer than a second.

Every command has one `Activity`. A timer shows its bar even if no work reports how much is done,
such as reading files, and every output hides the bar first.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from rich.progress import Progress

__all__ = ["activity", "hide_bar", "progress", "progress_bar", "stages"]

T = TypeVar("T")

# Work that takes less needs no bar.
_PATIENCE_SECONDS = 1.0
_WORKING = "working"


class Activity:
    """What a command is doing, shown as a bar if it takes longer than a second."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._bar: Progress | None = None
        self._task: Any = None
        self._timer: threading.Timer | None = None
        self._closed = False
        self._state: tuple[str, int, int | None] = (_WORKING, 0, None)
        self._wait()

    def report(self, what: str, done: int = 0, total: int | None = None) -> None:
        """Report which work is done, and how much of it if that is known."""
        with self._lock:
            new = what != self._state[0]
            self._state = (what, done, total)
            if self._bar is None and time.monotonic() - self._begin > _PATIENCE_SECONDS:
                self._show()
            elif self._bar is not None:
                self._update(refresh=new)

    def hide(self) -> None:
        """Remove the bar, since something else is written; it comes back after a second."""
        with self._lock:
            self._stop()
            if not self._closed:
                self._wait()

    def close(self) -> None:
        """Remove the bar."""
        with self._lock:
            self._closed = True
            self._stop()

    def _wait(self) -> None:
        self._begin = time.monotonic()
        self._timer = threading.Timer(max(_PATIENCE_SECONDS, 0.0), self._show_if_possible)
        self._timer.daemon = True
        # Without memory for a thread, the work goes on without a bar.
        with suppress(RuntimeError, MemoryError):
            self._timer.start()

    def _show_if_possible(self) -> None:
        """Show the bar; a timer calls this in its own thread, where no one reads an error."""
        with suppress(RuntimeError, MemoryError, ImportError, OSError):
            self._show()

    def _show(self) -> None:
        from rich.console import Console
        from rich.progress import Progress

        with self._lock:
            if self._closed or self._bar is not None:
                return
            self._bar = Progress(console=Console(file=sys.stderr), transient=True)
            self._task = self._bar.add_task(_WORKING, total=None)
            self._update()
            self._bar.start()

    def _update(self, refresh: bool = False) -> None:
        if self._bar is not None:
            what, done, total = self._state
            self._bar.update(
                self._task, description=what, completed=done, total=total, refresh=refresh
            )

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


_current: list[Activity] = []


@contextmanager
def activity(quiet: bool) -> Iterator[None]:
    """Show a bar during a command; not with --quiet, or if stderr is not a terminal."""
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        yield
        return
    running = Activity()
    _current.append(running)
    try:
        yield
    finally:
        _current.remove(running)
        running.close()


def hide_bar() -> None:
    """Hide the bar of the running command, if there is one, before something is written."""
    for running in _current:
        running.hide()


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None] | None]:
    """Yield a function ``(done, total)`` that shows how much is done; None if no bar is shown."""
    if not _current:
        yield None
        return
    running = _current[-1]
    running.report(what)
    try:
        yield lambda done, total: running.report(what, done, total)
    finally:
        running.report(_WORKING)


def stages() -> Callable[[str, int, int], None] | None:
    """Return a function ``(stage, done, total)`` for work in stages; None if no bar is shown."""
    return _current[-1].report if _current else None


def progress(items: Sequence[T], what: str) -> Iterable[T]:
    """Yield items and show a bar of how many are done."""
    return _with_bar(items, what) if _current else items


def _with_bar(items: Sequence[T], what: str) -> Iterator[T]:
    with progress_bar(what) as report:
        for done, item in enumerate(items):
            if report is not None:
                report(done, len(items))
            yield item
