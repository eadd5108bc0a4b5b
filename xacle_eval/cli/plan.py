"""``xacle-eval plan``: how many pairs and listeners a test set needs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from xacle_eval.cli.candidates import complete_metric, complete_target
from xacle_eval.cli.formats import write_tables
from xacle_eval.cli.options import (
    Choices,
    any_path,
    argument_path,
    challenge_options,
    common_options,
    force_option,
    format_option,
    keep_excluded_option,
    open_challenge,
    option,
    part_option,
    refuse_existing,
    refuse_overwriting,
    seed_option,
)
from xacle_eval.cli.output import note, print_note
from xacle_eval.cli.progress import progress_bar
from xacle_eval.cli.usage import Command
from xacle_eval.errors import UsageError
from xacle_eval.io.outputs import require_writable, write_text
from xacle_eval.reports.formats.registry import TABLE_FORMATS
from xacle_eval.text import quote

if TYPE_CHECKING:
    from xacle_eval.results.planning import PlanReport

__all__ = ["command"]


@click.command("plan", cls=Command)
@argument_path("ratings", metavar="RATINGS.csv")
@option(
    "--difference",
    group="Input",
    type=float,
    required=True,
    metavar="D",
    help="Find this difference between two systems, in the metric.",
)
@option(
    "--metric",
    group="Input",
    metavar="NAME",
    shell_complete=complete_metric,
    help="Plan for this metric. [default: the first one of the ranking]",
)
@option(
    "--power",
    group="Uncertainty",
    type=float,
    default=0.8,
    show_default=True,
    metavar="P",
    help="Set the probability of finding the difference.",
)
@option(
    "--alpha",
    group="Uncertainty",
    type=float,
    default=0.05,
    show_default=True,
    metavar="P",
    help="Set the significance level of the two-sided test.",
)
@option(
    "--score",
    group="Input",
    type=float,
    default=0.6,
    show_default=True,
    metavar="R",
    help="Assume this LCC of the better system with the averages of the pilot.",
)
@option(
    "--between",
    group="Input",
    type=float,
    default=0.8,
    show_default=True,
    metavar="R",
    help="Assume this correlation between the predictions of the two systems.",
)
@option(
    "--listeners",
    group="Input",
    metavar="K,K,…",
    help="Compare these numbers of listeners per pair. [default: 1,2,3,4,6,8,12,16]",
)
@option(
    "--pair-cost",
    group="Input",
    type=float,
    default=0.0,
    show_default=True,
    metavar="C",
    help="Set the cost of a pair without its ratings, where a rating costs 1.",
)
@option(
    "--plot",
    group="Output",
    type=any_path,
    metavar="OUT.svg",
    help="Write a plot of pairs and ratings by the number of listeners.",
)
@keep_excluded_option
@option(
    "--duplicates",
    group="Input",
    rare=True,
    type=Choices(["keep", "average"]),
    default="keep",
    show_default=True,
    help="Keep or average repeated ratings of a pair by one listener.",
)
@seed_option("the simulation")
@option(
    "--target",
    group="Input",
    metavar="NAME",
    shell_complete=complete_target,
    help="Use the ratings of this target. [required if the challenge has several]",
)
@force_option
@format_option(TABLE_FORMATS)
@challenge_options
@part_option
@common_options
def command(
    ratings: str,
    listeners: str | None,
    plot: str | None,
    force: bool,
    format_: str,
    output: str | None,
    challenge: str,
    split: str | None,
    part: str | None,
    quiet: bool,
    **settings: Any,
) -> int:
    """Plan a test set: how many pairs and listeners find a difference.

    RATINGS.csv has pilot ratings, one row per rating. Each row of the table is a number of
    listeners per pair, with the number of pairs needed to find the difference.

    \b
    Examples:
      xacle-eval plan pilot.csv --difference 0.02
      xacle-eval plan pilot.csv --difference 0.02 --between 0.95 --pair-cost 5
      xacle-eval plan pilot.csv --difference 0.05 --listeners 2,4 --plot p.svg
    """
    from xacle_eval.cli.references import about_default_challenge

    loaded = open_challenge(challenge, split, part)
    refuse_overwriting({"--output": output, "--plot": plot}, {ratings: "the ratings file"})
    _require_svg(plot)
    refuse_existing([plot], force)
    for path in (output, plot):
        if path is not None:
            require_writable(path)
    sizes = _sizes(listeners)
    with about_default_challenge(loaded), progress_bar("planning") as progress:
        report = _plan(
            ratings, challenge=loaded, split=split, part=part, listeners=sizes, progress=progress,
            **settings,
        )  # fmt: skip
    if report.findings and not quiet:
        from xacle_eval.reports.formats.console import print_findings

        print_note(lambda out: print_findings(out, report.path, report.findings, indent=""))
    _write(report, format_, output)
    if plot is not None:
        from xacle_eval.reports.formats.plot import plan_svg

        write_text(plot, plan_svg(report))
        note(f"wrote a plot to {plot}", quiet)
    return 0


def _plan(ratings: str, **settings: Any) -> PlanReport:
    """Return the plan; an error about a setting names its option."""
    from xacle_eval.evaluation.planning import plan_test_set
    from xacle_eval.listeners.pilot import SettingError

    try:
        return plan_test_set(ratings, **settings)
    except UsageError as error:
        if isinstance(error.__cause__, SettingError):
            raise UsageError(error.__cause__.option) from error
        raise


def _require_svg(plot: str | None) -> None:
    """Refuse a name that promises another format; devices and pipes have no ending."""
    if plot is None or plot.casefold().endswith(".svg"):
        return
    if os.path.exists(plot) and not os.path.isfile(plot):  # noqa: PTH110, PTH113 -- may be too long
        return
    raise UsageError(
        f"--plot {quote(plot)}: the plot is written as SVG; expected a file name that ends in .svg"
    )


def _sizes(text: str | None) -> tuple[int, ...]:
    if text is None:
        return ()
    words = [word.strip() for word in text.split(",")]
    if not all(word.isascii() and word.isdigit() and len(word) < 6 for word in words):
        raise UsageError(
            f"--listeners {quote(text)}: expected whole numbers with commas, such as 2,4,8"
        )
    return tuple(int(word) for word in words)


def _write(report: PlanReport, format_: str, output: str | None) -> None:
    from xacle_eval.reports.contents import plan_contents

    write_tables(format_, output, plan_contents(report))
