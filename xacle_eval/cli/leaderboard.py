"""``xacle-eval leaderboard``: score and rank submissions."""

from __future__ import annotations

from typing import Any

import click

from xacle_eval.cli.boards import note_omissions, repeat_banner, status_of, write_board
from xacle_eval.cli.bootstrap import bootstrap_options, bootstrap_plan
from xacle_eval.cli.candidates import complete_screenings
from xacle_eval.cli.ledger_options import (
    board_options,
    board_submissions,
    ledger_files,
    open_ledger,
)
from xacle_eval.cli.options import (
    Choices,
    any_path,
    by_column_option,
    challenge_options,
    common_options,
    follow_links_option,
    format_option,
    open_challenge,
    option,
    part_option,
    references_by_split,
    references_of_option,
    references_option,
    refuse_overwriting,
)
from xacle_eval.cli.output import (
    note,
    note_few_pairs,
)
from xacle_eval.cli.progress import progress
from xacle_eval.cli.references import as_given, open_references, reference_files
from xacle_eval.cli.usage import Command
from xacle_eval.errors import UsageError
from xacle_eval.evaluation.leaderboard import leaderboard
from xacle_eval.reports.formats.registry import BOARD_FORMATS
from xacle_eval.results.leaderboard import By, Leaderboard
from xacle_eval.results.policy import publish_page
from xacle_eval.results.publishing import publish_board, publish_boards
from xacle_eval.results.targets import TargetBoards
from xacle_eval.submissions.ignored import ignored_line

__all__ = ["by_option", "command"]

by_option = option(
    "--by",
    group="Ranking",
    type=Choices(["system", "team"]),
    default="system",
    show_default=True,
    help="Rank every system, or the best system of each team.",
)


@click.command("leaderboard", cls=Command)
@click.argument("paths", type=any_path, nargs=-1, metavar="DIR|FILE...")
@board_options
@references_option
@references_of_option
@by_option
@follow_links_option
@format_option(BOARD_FORMATS)
@bootstrap_options(alpha=True)
@option(
    "--screenings",
    group="Ranking",
    metavar="METHOD,…|all",
    shell_complete=complete_screenings,
    help="Also rank after screening the listeners (requires ratings; not in CSV).",
)
@option(
    "--rank-suspicious",
    group="Ranking",
    rare=True,
    is_flag=True,
    help="Also rank files with spikes outside the scale (XAC067) and teams far above the limit "
    "(XAC061); their scores reveal labels.",
)
@option(
    "--exit-zero",
    group="Execution",
    rare=True,
    is_flag=True,
    help="Exit with 0 even if a submission is unranked.",
)
@challenge_options
@part_option
@by_column_option
@common_options
def command(
    paths: tuple[str, ...],
    ledger: str | None,
    phase: str | None,
    as_of: str | None,
    references: tuple[str, ...],
    references_of: tuple[str, ...],
    by: By,
    follow_links: bool,
    format_: str,
    output: str | None,
    bootstrap: int | None,
    screenings: str | None,
    rank_suspicious: bool,
    exit_zero: bool,
    challenge: str,
    split: str | None,
    part: str | None,
    by_column: str | None,
    quiet: bool,
    **resampling: Any,
) -> int:
    """Score and rank submissions by the challenge's rule.

    FILE is a prediction file (also compressed: .csv.gz), a package (ZIP), or - for a prediction
    file on standard input; DIR is a folder of these. Files in DIR/<team>/, and in folders
    in that one, belong to that team. Otherwise, the team is the part of the label before the last
    _NN. Invalid and suspicious submissions are listed as unranked, and the exit code is 1, or 3
    after an internal error. All formats print rounded values, because more digits reveal the
    labels. With --ledger, the uploads that count are ranked, as a folder with the same files.

    \b
    Examples:
      xacle-eval leaderboard submissions/
      xacle-eval leaderboard submissions/ --references ratings.csv --by team
      xacle-eval leaderboard submissions/ --bootstrap 10000 --jobs 2
      xacle-eval leaderboard submissions/ --screenings all
      xacle-eval leaderboard a.csv b.csv --format markdown
      xacle-eval leaderboard --ledger ledger.db --as-of 2026-11-20
    """
    if not paths and ledger is None:
        context = click.get_current_context()
        raise click.MissingParameter(ctx=context, param=context.command.params[0])
    loaded, kept = board_submissions(
        ledger, phase, as_of, open_challenge(challenge, split, part), split, part, paths
    )
    if kept and ledger is not None and format_ == "html":
        opened = open_ledger(ledger, challenge)
        if opened.is_open(phase, as_of=as_of, part=part):
            limits = opened.limits_of_pages(phase, as_of=as_of, part=part)
            raise UsageError(
                f"--format html is for publication, and {limits}. The pages of the open phase are "
                "made by: xacle-eval report --ledger"
            )
    others = references_by_split(references_of)
    refuse_overwriting(
        {"--output": output},
        {
            **dict.fromkeys(others.values(), "the reference file"),
            **dict.fromkeys(paths, "a submission"),
            **ledger_files(ledger),
            **reference_files(references, loaded),
        },
    )
    truth = as_given(open_references(references, loaded, quiet, paths))
    with bootstrap_plan(bootstrap, quiet, **resampling) as plan:
        board = leaderboard(
            *paths,
            *kept,
            references=truth,
            challenge=loaded,
            by=by,
            bootstrap=plan,
            screenings=_names(screenings),
            by_column=by_column,
            references_of=others,
            follow_links=follow_links,
            rank_suspicious=rank_suspicious,
            progress=lambda files: progress(files, "scoring"),
        )
    remark = ignored_line(board.ignored)
    full = publish_boards(board) if isinstance(board, TargetBoards) else publish_board(board)
    # A page is made to be published, so it has what [publish] allows.
    shown = publish_page(board, loaded.publish) if format_ == "html" else full
    write_board("leaderboard", shown, format_, output, remark)
    board = full
    note_omissions(board, format_, output, quiet)
    if remark:
        note(remark, quiet)
    if isinstance(board, Leaderboard) and board.entries:
        note_few_pairs(board.entries[0].breakdown, format_, quiet)
    repeat_banner(board, quiet)
    return status_of(board, exit_zero)


def _names(given: str | None) -> list[str]:
    return [] if given is None else [name.strip() for name in given.split(",")]
