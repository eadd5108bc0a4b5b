"""The bootstrap's options and progress: shared by ``score``, ``leaderboard`` and ``compare``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from xacle_eval.cli.options import Choices, debug_enabled, option
from xacle_eval.cli.output import note, say
from xacle_eval.cli.progress import progress_bar
from xacle_eval.cli.silence import hide_logs
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
            type=click.IntRange(min=1),
            metavar="N",
            default=default,
            show_default=default is not None,
            help="Resample N times, for intervals and the uncertainty of a ranking.",
        ),
        option(
            "--seed",
            type=click.IntRange(min=0),
            default=0,
            show_default=True,
            metavar="S",
            help="Seed of the resamples; the same seed gives the same output.",
        ),
        option(
            "--resample",
            type=Choices(["auto", "pairs", "listeners"]),
            default="auto",
            show_default=True,
            help="Draw pairs with common listeners together (auto), or every pair by itself "
            "(pairs). The choice listeners was removed: its error gives the reason.",
        ),
        option(
            "--jobs",
            type=click.IntRange(min=1),
            default=1,
            show_default=True,
            metavar="N",
            help="Number of processes; it does not change the results.",
        ),
        option(
            "--scheduler",
            metavar="ADDRESS",
            help="Use a running Dask scheduler instead of processes; the scheduler is trusted.",
        ),
        option(
            "--scheduler-timeout",
            type=click.IntRange(min=1),
            default=30,
            show_default=True,
            metavar="SECONDS",
            help="Seconds without an answer from the scheduler, or without a worker, after which "
            "the cluster counts as failed; see --fallback.",
        ),
        option(
            "--fallback",
            type=Choices(["none", "local"]),
            default="none",
            show_default=True,
            help="What to do if the cluster fails: stop (none), or continue on this machine with "
            "--jobs processes (local).",
        ),
    ]
    if level:
        options += [
            option(
                "--interval",
                "method",
                type=Choices(["auto", "percentile", "bca", "normal"]),
                default="auto",
                show_default=True,
                help="Type of interval; auto is normal below 100 pairs (or groups), else "
                "percentile. BCa corrects the bias of small samples.",
            ),
            option(
                "--level",
                type=float,
                default=0.95,
                show_default=True,
                metavar="P",
                help="Coverage of the intervals.",
            ),
        ]
    if alpha:
        options.append(
            option(
                "--alpha",
                type=float,
                default=0.05,
                show_default=True,
                metavar="P",
                help="Significance level of the tests.",
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
        _note_unused_options(settings, "--bootstrap", quiet)
        yield None
        return
    if settings.get("scheduler") is None:
        _note_unused_options(("scheduler_timeout", "fallback"), "--scheduler", quiet)
    if debug_enabled():
        from xacle_eval.statistics import backend

        say(f"kernels: {backend()}")
    elif settings.get("scheduler") is not None:
        hide_logs()
    with progress_bar("resampling", quiet) as progress:
        yield Bootstrap(resamples=resamples, progress=progress, **settings)


def _note_unused_options(names: Iterable[str], needed: str, quiet: bool) -> None:
    """Note the options on the command line that have no effect without another option."""
    ctx = click.get_current_context(silent=True)
    if ctx is None:
        return
    given = {
        name for name in names if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE
    }
    if given:
        unused = ", ".join(param.opts[0] for param in ctx.command.params if param.name in given)
        note(f"no effect without {needed}: {unused}", quiet)
