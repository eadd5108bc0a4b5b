"""``xacle-eval rank``: apply the challenge's order to published results."""

from __future__ import annotations

import click

from xacle_eval.cli.boards import note_omissions, write_board
from xacle_eval.cli.leaderboard import by_option
from xacle_eval.cli.options import (
    argument_path,
    challenge_option,
    common_options,
    format_option,
    open_challenge,
    refuse_overwriting,
)
from xacle_eval.cli.usage import Command
from xacle_eval.evaluation.published import rank
from xacle_eval.reports.formats.registry import BOARD_FORMATS
from xacle_eval.results.leaderboard import By

__all__ = ["command"]


@click.command("rank", cls=Command)
@argument_path("table", many=True, metavar="TABLE.csv|PAGE.json...")
@by_option
@format_option(BOARD_FORMATS)
@challenge_option
@common_options
def command(
    table: tuple[str, ...],
    by: By,
    format_: str,
    output: str | None,
    challenge: str,
    quiet: bool,
) -> int:
    """Rank a table of published results, or a platform's leaderboard, by the challenge's rule.

    TABLE.csv has the columns system, SRCC, LCC, KTAU and MSE, and a column team if the labels do
    not contain the team. For several targets, a column target names that of each row.

    It can also be the CSV that Codabench exports of a leaderboard, or the JSON of EvalAI's, with
    a file for each page.

    \b
    Examples:
      xacle-eval rank results.csv
      xacle-eval rank results.csv --by team --format latex
      xacle-eval rank page1.json page2.json
    """
    loaded = open_challenge(challenge)
    refuse_overwriting({"--output": output}, dict.fromkeys(table, "the table"))
    board = rank(table, challenge=loaded, by=by)
    write_board("rank", board, format_, output)
    note_omissions(board, format_, output, quiet)
    return 0
