"""``xacle-eval score``: score one submission."""

from __future__ import annotations

from typing import Any

import click

from xacle_eval.challenge.loading import load_challenge
from xacle_eval.challenge.model import Challenge
from xacle_eval.cli.bootstrap import bootstrap_options, bootstrap_plan
from xacle_eval.cli.options import (
    any_path,
    argument_path,
    challenge_options,
    common_options,
    format_option,
    option,
    references_by_split,
    references_of_option,
    references_option,
    refuse_overwriting,
)
from xacle_eval.cli.output import emit, explain, note, print_result, reference_notes
from xacle_eval.errors import InvalidSubmissionError
from xacle_eval.evaluation.score import score_systems
from xacle_eval.references.loading import load_references
from xacle_eval.results.score import ScoreCard

__all__ = ["command"]


@click.command("score")
@argument_path("file", metavar="FILE")
@references_option
@option(
    "--system", metavar="LABEL", help="The system of a package that is scored. [default: every one]"
)
@references_of_option
@format_option("text", "json", "csv", "markdown", "latex")
@bootstrap_options()
@option(
    "--profile",
    is_flag=True,
    help="Also show where the error comes from: its parts, bands of the scale, the worst pairs (not in CSV).",
)
@option(
    "--official-csv",
    type=any_path,
    metavar="DIR",
    help="Also write evaluation_result.csv as the organisers' script does.",
)
@challenge_options
@common_options
def command(
    file: str,
    references: str | None,
    system: str | None,
    references_of: tuple[str, ...],
    format_: str,
    output: str | None,
    bootstrap: int | None,
    profile: bool,
    official_csv: str | None,
    challenge: str,
    split: str | None,
    quiet: bool,
    **resampling: Any,
) -> int:
    """Score one submission: SRCC, LCC, KTAU and MSE.

    FILE needs exactly one finite prediction for every pair, in any order; otherwise it is not
    scored, the findings are shown and the exit code is 1. Of a package (ZIP) every system is
    scored.

    \b
    Examples:
      xacle-eval score submission.csv
      xacle-eval score submission.csv --references test_average.csv
      xacle-eval score submission.csv --references ratings.csv --format json
      xacle-eval score submission.csv --bootstrap 10000
      xacle-eval score submission.csv --profile
      xacle-eval score TEAM.zip --references-of validation=validation_average.csv
    """
    loaded = load_challenge(challenge, split)
    refuse_overwriting({"--output": output}, {file: "the submission", references: "the references"})
    truth = load_references(references, loaded)
    reference_notes(truth, quiet)
    cards = []
    try:
        with bootstrap_plan(bootstrap, quiet, **resampling) as plan:
            for card in score_systems(
                file,
                truth,
                challenge=loaded,
                system=system,
                bootstrap=plan,
                profile=profile,
                references_of=references_by_split(references_of),
                single=official_csv is not None,
            ):
                if card.findings and not quiet:
                    _print_findings(card)
                cards.append(card)
    except InvalidSubmissionError as error:
        from xacle_eval.reports.formats.console import print_not_scored

        report = error.report
        explain(lambda out: print_not_scored(out, report))
        return error.exit_code
    _write(cards, loaded, format_, output)
    if profile and format_ == "csv":
        note("the error profile is not in CSV: text, JSON, Markdown and LaTeX have it", quiet)
    if official_csv is not None:
        from xacle_eval.reports.formats.official import write_official_csv

        write_official_csv(cards[0], official_csv)
    return 0


def _print_findings(card: ScoreCard) -> None:
    from xacle_eval.reports.formats.console import print_findings

    explain(lambda out: print_findings(out, card.path, card.findings, indent=""))


def _write(cards: list[ScoreCard], challenge: Challenge, format_: str, output: str | None) -> None:
    if format_ == "json":
        from xacle_eval.reports.formats.documents import score_json, score_package_json

        emit(score_json(cards[0]) if len(cards) == 1 else score_package_json(cards), output)
        return
    from xacle_eval.reports.views.score import score_values, score_view
    from xacle_eval.reports.views.table import one_below_other

    if format_ == "csv":
        from xacle_eval.reports.formats.tables import csv_table

        emit(csv_table(one_below_other([score_values(card) for card in cards])), output)
        return
    views = [one_below_other([score_view(card, challenge) for card in cards])]
    for card in cards:
        if card.profile is not None:
            from xacle_eval.reports.views.profile import profile_views

            views += profile_views(card.profile, challenge.ranking.decimals)
    if format_ == "text":
        from xacle_eval.reports.formats.console import print_views

        print_result(lambda out: print_views(out, views), output)
    else:
        from xacle_eval.reports.formats.tables import TABLE_FORMATS

        emit("\n".join(TABLE_FORMATS[format_](view) for view in views), output)
