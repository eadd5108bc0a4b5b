"""The progress bar: on a terminal only, and only for work that takes longer than a second."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from rich.progress import Progress

__all__ = ["progress", "progress_bar"]

T = TypeVar("T")

# Work that takes less needs no bar.
_PATIENCE_SECONDS = 1.0


@contextmanager
def progress_bar(what: str, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """Yield a function ``(done, total)`` that shows a bar with the remaining time.

    Yield None if no bar is shown: with --quiet, or if stderr is not a terminal.
    """
    if not _shows_bar(quiet):
        yield None
        return
    begin = time.monotonic()
    bars: list[tuple[Progress, Any]] = []

    def report(done: int, total: int) -> None:
        if not bars and time.monotonic() - begin > _PATIENCE_SECONDS:
            from rich.console import Console
            from rich.progress import Progress

            bar = Progress(console=Console(file=sys.stderr), transient=True)
            bars.append((bar, bar.add_task(what, total=total)))
            bar.start()
        for bar, task in bars:
            bar.update(task, completed=done, total=total)

    try:
        yield report
    finally:
        for bar, _ in bars:
            bar.stop()


def progress(items: Sequence[T], quiet: bool, what: str) -> Iterable[T]:
    """Yield items and show a bar of how many are done."""
    return _with_bar(items, what) if _shows_bar(quiet) else items


def _shows_bar(quiet: bool) -> bool:
    return not quiet and sys.stderr is not None and sys.stderr.isatty()


def _with_bar(items: Sequence[T], what: str) -> Iterator[T]:
    with progress_bar(what, quiet=False) as report:
        for done, item in enumerate(items):
            if report is not None:
                report(done, len(items))
            yield item
