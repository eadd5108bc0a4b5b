"""``xacle-eval score``: score one submission."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from xacle_eval.challenge.model import Challenge
from xacle_eval.cli.bootstrap import bootstrap_options, bootstrap_plan
from xacle_eval.cli.fixable import note_fixable
from xacle_eval.cli.formats import write_tables
from xacle_eval.cli.options import (
    any_path,
    argument_path,
    by_column_option,
    challenge_options,
    common_options,
    format_option,
    open_challenge,
    option,
    part_option,
    references_by_split,
    references_of_option,
    references_option,
    refuse_overwriting,
)
from xacle_eval.cli.output import demo_banner, note_few_pairs, print_invalid, print_note
from xacle_eval.cli.references import as_given, open_references, reference_files
from xacle_eval.cli.samples import repeats_banner
from xacle_eval.cli.usage import Command
from xacle_eval.errors import InvalidSubmissionError, UsageError
from xacle_eval.evaluation.score import score_systems
from xacle_eval.reports.formats.registry import TABLE_FORMATS
from xacle_eval.results.score import ScoreCard
from xacle_eval.text import visible, visible_path

if TYPE_CHECKING:
    from xacle_eval.results.targets import TargetScores

__all__ = ["command"]


class _Score(Command):
    """The command, which knows how the organisers' script is called: FILE REFERENCES DIR."""

    @staticmethod
    def instead(ctx: click.Context, arguments: list[str]) -> str | None:
        """Return the call of this command for that of the organisers' script."""
        import shlex

        given = [str(ctx.params.get("file") or ""), *arguments]
        if len(given) not in (2, 3) or any(text.startswith("-") for text in given):
            return None
        call = ["xacle-eval", "score", given[0], "--references", given[1]]
        if len(given) == 3:
            call += ["--official-csv", given[2]]
        return visible(shlex.join(call), 500)


@click.command("score", cls=_Score)
@argument_path("file", metavar="FILE")
@references_option
@option(
    "--system",
    group="Input",
    metavar="LABEL",
    help="Score only this system of a package, or give a prediction file another label. "
    "[default: every system; the file's name]",
)
@references_of_option
@format_option(TABLE_FORMATS)
@bootstrap_options()
@option(
    "--profile",
    group="Output",
    is_flag=True,
    help="Also show the parts of the error, bands of the scale and largest errors (not in CSV).",
)
@option(
    "--official-csv",
    group="Output",
    rare=True,
    type=any_path,
    metavar="DIR",
    help="Also write evaluation_result.csv, in the format of the organisers' script.",
)
@challenge_options
@part_option
@by_column_option
@common_options
def command(
    file: str,
    references: tuple[str, ...],
    system: str | None,
    references_of: tuple[str, ...],
    format_: str,
    output: str | None,
    bootstrap: int | None,
    profile: bool,
    official_csv: str | None,
    challenge: str,
    split: str | None,
    part: str | None,
    by_column: str | None,
    quiet: bool,
    **resampling: Any,
) -> int:
    """Score one submission: SRCC, LCC, KTAU and MSE.

    FILE must have exactly one finite prediction for every pair, in any order. Otherwise it is not
    scored: the findings are shown and the exit code is 1. For a package (ZIP), every system is
    scored. FILE can be compressed (.csv.gz), or - for standard input.

    \b
    Examples:
      xacle-eval score submission.csv
      xacle-eval score submission.csv --references test_average.csv
      xacle-eval score submission.csv --references ratings.csv --format json
      xacle-eval score submission.csv --bootstrap 10000
      xacle-eval score submission.csv --profile
      xacle-eval score TEAM.zip --references-of validation=validation_average.csv
    """
    loaded = open_challenge(challenge, split, part)
    others = references_by_split(references_of)
    refuse_overwriting(
        {"--output": output, **_official_files(official_csv, loaded)},
        {
            **dict.fromkeys(others.values(), "the reference file"),
            file: "the submission",
            **reference_files(references, loaded),
        },
    )
    if os.path.isdir(file):  # noqa: PTH112 -- may be too long
        raise UsageError(
            f"{visible_path(file)} is a folder, and score takes one file; for a folder, use: "
            f"xacle-eval leaderboard {visible_path(file)}"
        )
    truth = as_given(open_references(references, loaded, quiet, [file]))
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
                by_column=by_column,
                references_of=others,
                single=official_csv is not None,
            ):
                if not quiet:
                    _print_findings(card)
                cards.append(card)
    except InvalidSubmissionError as error:
        code = print_invalid(error)
        note_fixable(error.report, file, loaded, quiet)
        return code
    _write(cards, format_, output)
    for card in list(_by_target(cards[0]).values())[:1] if cards else ():
        note_few_pairs(card.breakdown, format_, quiet)
    if official_csv is not None:
        from xacle_eval.reports.formats.official import write_official_csv

        for name, card in _by_target(cards[0]).items():
            write_official_csv(card, official_csv, name)
    every = [card for one in cards for card in _by_target(one).values()]
    if not quiet and repeats_banner((card.references, card.sha256) for card in every):
        demo_banner()
    return 0


def _official_files(folder: str | None, challenge: Challenge) -> dict[str, str | None]:
    """Return the paths of the files that --official-csv writes: one for each target."""
    if folder is None:
        return {}
    from xacle_eval.reports.formats.official import official_file

    names = challenge.each_target()
    return {
        f"--official-csv ({name})" if name else "--official-csv": str(official_file(folder, name))
        for name in names
    }


def _by_target(card: ScoreCard | TargetScores) -> dict[str, ScoreCard]:
    return {"": card} if isinstance(card, ScoreCard) else card.targets


def _print_findings(card: ScoreCard | TargetScores) -> None:
    from xacle_eval.submissions.unchecked import drop_unchecked

    findings = drop_unchecked(card.findings)
    if findings:
        from xacle_eval.reports.formats.console import print_findings

        print_note(lambda out: print_findings(out, card.path, findings, indent=""))


def _write(scored: list[ScoreCard | TargetScores], format_: str, output: str | None) -> None:
    from xacle_eval.reports.contents import score_contents, target_score_contents

    cards = [card for card in scored if isinstance(card, ScoreCard)]
    if cards:
        write_tables(format_, output, score_contents(cards))
    else:
        systems = [card for card in scored if not isinstance(card, ScoreCard)]
        write_tables(format_, output, target_score_contents(systems))
