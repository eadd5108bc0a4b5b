"""The options of the bootstrap, and its progress: shared by ``score``, ``leaderboard`` and
``compare``.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from xacle_eval.cli.options import Choices, debug_enabled, option
from xacle_eval.cli.output import say
from xacle_eval.results.uncertainty import Bootstrap

if TYPE_CHECKING:
    from rich.progress import Progress

__all__ = ["bootstrap_options", "bootstrap_plan", "counting_bar"]

F = TypeVar("F", bound=Callable[..., Any])

# Work that is done sooner needs no bar.
_PATIENCE_SECONDS = 1.0


def bootstrap_options(
    *, default: int | None = None, alpha: bool = False, level: bool = True
) -> Callable[[F], F]:
    """Add --bootstrap and what goes with it.

    ``default`` is the number of resamples if it is not given. A comparison takes the coverage
    of its intervals from alpha, and has no --level.
    """
    options = [
        option("--bootstrap", type=click.IntRange(min=1), metavar="N", default=default,
               show_default=default is not None, help="Resample N times: intervals, and what they say of the ranking."),
        option("--seed", type=click.IntRange(min=0), default=0, show_default=True, metavar="S",
               help="Seed of the resamples; the same seed gives the same bytes."),
        option("--resample", type=Choices(["pairs", "listeners"]), default="pairs", show_default=True,
               help="Redraw the pairs, or also the listeners inside each drawn pair (needs ratings)."),
        option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, metavar="N",
               help="Processes on this machine; the results are the same."),
        option("--scheduler", metavar="ADDRESS",
               help="A running Dask scheduler, which does the work instead."),
    ]  # fmt: skip
    if level:
        text = "BCa corrects the bias of small samples."
        options.append(option("--interval", "method", type=Choices(["percentile", "bca"]),
                              default="percentile", show_default=True, help=text))  # fmt: skip
        text = "Coverage of the intervals."
        options.append(
            option("--level", type=float, default=0.95, show_default=True, metavar="P", help=text)
        )
    if alpha:
        text = "A system is significantly better where p is at most this."
        options.append(
            option("--alpha", type=float, default=0.05, show_default=True, metavar="P", help=text)
        )

    def add(command: F) -> F:
        for each in reversed(options):
            command = each(command)
        return command

    return add


@contextmanager
def bootstrap_plan(
    resamples: int | None, quiet: bool, **settings: Any
) -> Iterator[Bootstrap | None]:
    """Give the bootstrap that was asked for, with a bar of its progress; None if none was."""
    if resamples is None:
        yield None
        return
    if debug_enabled():
        from xacle_eval.statistics import backend

        say(f"kernels: {backend()}")
    with counting_bar("resampling", quiet) as progress:
        yield Bootstrap(resamples=resamples, progress=progress, **settings)


@contextmanager
def counting_bar(what: str, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """Give a function ``(done, total)`` that shows a bar with the remaining time, on a terminal
    only.
    """
    if quiet or sys.stderr is None or not sys.stderr.isatty():
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
