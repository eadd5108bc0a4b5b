"""Progress bars on stderr, only if stderr is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["progress_bar"]


@contextmanager
def progress_bar(description: str, *, shown: bool = True) -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar while the block runs.

    Parameters
    ----------
    description : str
        Text before the bar.
    shown : bool
        Whether to show the bar; False for all processes except one on the same terminal.

    Yields
    ------
    callable
        Call it with (done, total) to update the bar.
    """
    if not (shown and sys.stderr.isatty()):
        yield _ignore
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


def _ignore(done: int, total: int) -> None:
    """Ignore the progress."""
