"""Progress bars on stderr, and only where stderr is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["progress_bar"]


@contextmanager
def progress_bar(description: str, *, shown: bool = True) -> Iterator[Callable[[int, int], None]]:
    """Show a bar while the block runs; it is moved by calling what is yielded with (done, in all).

    Of several processes on one terminal only one has it `shown`.
    """
    if not (shown and sys.stderr.isatty()):
        yield _nothing
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        task = bars.add_task(description, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


def _nothing(done: int, total: int) -> None:
    """Show nothing."""
