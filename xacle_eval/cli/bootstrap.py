"""The bootstrap's options and progress: shared by ``score``, ``leaderboard`` and ``compare``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from xacle_eval.cli.options import Choices, debug_enabled, option, seed_option
from xacle_eval.cli.output import say
from xacle_eval.cli.progress import progress_bar
from xacle_eval.cli.silence import hide_logs
from xacle_eval.cli.speed import with_speed_note
from xacle_eval.results.uncertainty import Bootstrap

__all__ = ["bootstrap_options", "bootstrap_plan"]

F = TypeVar("F", bound=Callable[..., Any])


def bootstrap_options(
    *, default: int | None = None, alpha: bool = False, level: bool = True
) -> Callable[[F], F]:
    """Add --bootstrap and the options that belong to it.

    Parameters
    ----------
    default : int, optional
        The default number of resamples; if None, nothing is resampled by default.
    alpha : bool
        Add --alpha.
    level : bool
        Add --interval and --level; a comparison derives the coverage from alpha instead.
    """
    options = [
        option(
            "--bootstrap",
            group="Uncertainty",
            type=click.IntRange(min=1),
            metavar="N",
            default=default,
            show_default=default is not None,
            help="Resample N times, for intervals and the uncertainty of a ranking.",
        ),
        seed_option("the resamples"),
        option(
            "--resample",
            group="Uncertainty",
            rare=True,
            type=Choices(["auto", "pairs", "listeners"]),
            default="auto",
            show_default=True,
            help="Draw pairs with common listeners together (auto), or every pair by itself "
            "(pairs). The choice listeners was removed; its error gives the reason.",
        ),
        option(
            "--jobs",
            group="Execution",
            type=click.IntRange(min=1),
            default=1,
            show_default=True,
            metavar="N",
            help="Use N processes; the results stay the same.",
        ),
        option(
            "--scheduler",
            group="Execution",
            rare=True,
            metavar="ADDRESS",
            help="Use a running Dask scheduler, which is trusted, instead of processes.",
        ),
        option(
            "--scheduler-timeout",
            group="Execution",
            rare=True,
            type=click.IntRange(min=1),
            default=30,
            show_default=True,
            metavar="SECONDS",
            help="Give up the cluster after this time without an answer from the scheduler, or "
            "without a worker; see --fallback.",
        ),
        option(
            "--fallback",
            group="Execution",
            rare=True,
            type=Choices(["none", "local"]),
            default="none",
            show_default=True,
            help="If the cluster fails, stop (none), or continue on this machine with --jobs "
            "processes (local).",
        ),
    ]
    if level:
        options += [
            option(
                "--interval",
                "method",
                group="Uncertainty",
                type=Choices(["auto", "percentile", "bca", "normal"]),
                default="auto",
                show_default=True,
                help="Choose the type of interval; auto is normal below 100 pairs (or groups), "
                "else percentile. BCa corrects the bias of small samples.",
            ),
            option(
                "--level",
                group="Uncertainty",
                type=float,
                default=0.95,
                show_default=True,
                metavar="P",
                help="Set the coverage of the intervals.",
            ),
        ]
    if alpha:
        options.append(
            option(
                "--alpha",
                group="Uncertainty",
                type=float,
                default=0.05,
                show_default=True,
                metavar="P",
                help="Set the significance level of the tests.",
            )
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
    """Yield the bootstrap that the options describe, with a progress bar, or None."""
    if resamples is None:
        yield None
        return
    if settings.get("scheduler") is not None and settings["fallback"] == "none":
        settings["jobs"] = 1  # a number from the environment is for other commands
    if debug_enabled():
        from xacle_eval.statistics import backend

        say(f"kernels: {backend()}")
    elif settings.get("scheduler") is not None:
        hide_logs()
    with progress_bar("resampling") as progress:
        report = with_speed_note(progress, quiet, settings.get("scheduler"))
        yield Bootstrap(resamples=resamples, progress=report, **settings)
