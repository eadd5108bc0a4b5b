"""The options of the bootstrap, and its progress: shared by ``score``, ``leaderboard`` and
``compare``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from xacle_eval.cli.options import Choices, debug_enabled, option
from xacle_eval.cli.output import say
from xacle_eval.cli.progress import progress_bar
from xacle_eval.results.uncertainty import Bootstrap

__all__ = ["bootstrap_options", "bootstrap_plan"]

F = TypeVar("F", bound=Callable[..., Any])


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
    with progress_bar("resampling", quiet) as progress:
        yield Bootstrap(resamples=resamples, progress=progress, **settings)
