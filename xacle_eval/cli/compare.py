"""``xacle-eval compare``: paired tests between systems."""

from __future__ import annotations

from typing import Any

import click

from xacle_eval.cli.bootstrap import bootstrap_options, bootstrap_plan
from xacle_eval.cli.candidates import complete_file, complete_metric
from xacle_eval.cli.formats import write_tables
from xacle_eval.cli.options import (
    Choices,
    Lines,
    argument_path,
    challenge_options,
    common_options,
    format_option,
    open_challenge,
    option,
    part_option,
    references_option,
    refuse_overwriting,
)
from xacle_eval.cli.output import demo_banner, print_invalid
from xacle_eval.cli.references import as_given, open_references, reference_files
from xacle_eval.cli.samples import repeats_banner
from xacle_eval.cli.usage import Command
from xacle_eval.errors import InvalidSubmissionError
from xacle_eval.reports.formats.registry import TABLE_FORMATS
from xacle_eval.results.comparison import SystemComparison
from xacle_eval.results.score import ScoreCard
from xacle_eval.results.targets import TargetComparisons

__all__ = ["command"]

DEFAULT_RESAMPLES = 10_000


@click.command("compare", cls=Command)
@argument_path("files", many=True, metavar="A B [C...]")
@references_option
@bootstrap_options(default=DEFAULT_RESAMPLES, alpha=True, level=False)
@option(
    "--standardise",
    group="Uncertainty",
    rare=True,
    type=Choices(["auto", "values", "ranks", "zscore"]),
    default="auto",
    show_default=True,
    help="Choose what the permutation test swaps for SRCC and KTAU: by a rule (auto), the "
    "predictions, their ranks or their z-scores. The WMT tools use zscore.",
)
@option(
    "--metric",
    "metric",
    group="Ranking",
    multiple=True,
    type=Lines(),
    metavar="NAME",
    shell_complete=complete_metric,
    help="Compare by this metric only; can be repeated.",
)
@option(
    "--against",
    group="Ranking",
    type=Lines(),
    metavar="SYSTEM",
    shell_complete=complete_file,
    help="Compare only this system with each of the others; it is one of the files or its label.",
)
@option(
    "--margin",
    group="Uncertainty",
    type=float,
    metavar="DELTA",
    help="Also test whether systems differ by less than DELTA, in the units of --metric or of the "
    "first metric of the ranking.",
)
@option(
    "--pairs",
    group="Output",
    is_flag=True,
    help="Show every two systems one by one, with all tests, also for more than three.",
)
@option(
    "--correction",
    group="Uncertainty",
    rare=True,
    type=Choices(["max-t", "holm"]),
    default="max-t",
    show_default=True,
    help="Adjust p-values by max-T over the comparisons of each metric, or by Holm's method over "
    "all comparisons, which needs more draws.",
)
@format_option(TABLE_FORMATS)
@challenge_options
@part_option
@common_options
def command(
    files: tuple[str, ...],
    references: tuple[str, ...],
    bootstrap: int | None,
    standardise: str,
    metric: tuple[str, ...],
    against: str | None,
    margin: float | None,
    pairs: bool,
    correction: str,
    format_: str,
    output: str | None,
    challenge: str,
    split: str | None,
    part: str | None,
    quiet: bool,
    **resampling: Any,
) -> int:
    """Compare systems by paired tests.

    Every two systems are compared on the same pairs, by every metric: their difference with its
    interval, the p-values of three paired tests, one p adjusted for the number of comparisons, and
    a verdict. More than three systems are shown as a matrix for each metric. A file can be
    compressed (.csv.gz), and one can be - for standard input. --bootstrap sets the number of
    resamples and of permutations; it is raised up to 100,000 if no p could reach alpha.

    \b
    Examples:
      xacle-eval compare a.csv b.csv
      xacle-eval compare a.csv b.csv c.csv --references ratings.csv --seed 1
      xacle-eval compare *.csv --metric SRCC
      xacle-eval compare *.csv --against baseline --metric SRCC --margin 0.01
    """
    from xacle_eval.evaluation.comparison import compare

    loaded = open_challenge(challenge, split, part)
    refuse_overwriting(
        {"--output": output},
        {**dict.fromkeys(files, "a submission"), **reference_files(references, loaded)},
    )
    truth = as_given(open_references(references, loaded, quiet, files))
    try:
        with bootstrap_plan(bootstrap, quiet, **resampling) as plan:
            comparison = compare(
                *files,
                references=truth,
                challenge=loaded,
                bootstrap=plan,
                standardise=standardise,
                metric=metric,
                against=against,
                margin=margin,
                pairs=pairs,
                correction=correction,
            )
    except InvalidSubmissionError as error:
        return print_invalid(error)
    from xacle_eval.reports.contents import comparison_contents, target_comparison_contents

    if isinstance(comparison, TargetComparisons):
        write_tables(format_, output, target_comparison_contents(comparison))
    else:
        write_tables(format_, output, comparison_contents(comparison))
    scored = ((card.references, card.sha256) for card in _cards(comparison))
    if not quiet and repeats_banner(scored):
        demo_banner()
    return 0


def _cards(comparison: SystemComparison | TargetComparisons) -> tuple[ScoreCard, ...]:
    if isinstance(comparison, SystemComparison):
        return comparison.systems
    return tuple(card for each in comparison.targets.values() for card in each.systems)
