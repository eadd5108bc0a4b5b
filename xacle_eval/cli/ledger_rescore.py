"""``xacle-eval ledger rescore``: the boards with old and new references side by side."""

from __future__ import annotations

import click

from xacle_eval.cli.formats import write_tables
from xacle_eval.cli.leaderboard import by_option
from xacle_eval.cli.ledger_options import (
    as_of_option,
    ledger_files,
    ledger_option,
    open_ledger,
    phase_option,
    time_option,
)
from xacle_eval.cli.options import (
    Lines,
    challenge_option,
    common_options,
    format_option,
    option,
    part_option,
    references_option,
    refuse_overwriting,
)
from xacle_eval.cli.output import note
from xacle_eval.cli.references import as_given, open_references, reference_files
from xacle_eval.cli.usage import Command
from xacle_eval.errors import UsageError
from xacle_eval.reports.contained import Contents
from xacle_eval.reports.formats.registry import TABLE_FORMATS
from xacle_eval.reports.views.ledger import ledger_contents
from xacle_eval.results.leaderboard import By

__all__ = ["rescore_command"]


@click.command("rescore", cls=Command, short_help="Compare ranks and values after new references.")
@ledger_option
@references_option
@option(
    "--before",
    group="Input",
    type=Lines(),
    multiple=True,
    metavar="[TARGET=]FILE",
    help="The old references. [default: those that the challenge file names]",
)
@phase_option
@as_of_option
@part_option
@by_option
@time_option("Also record both signatures in the ledger, with this time.")
@format_option(TABLE_FORMATS)
@challenge_option
@common_options
def rescore_command(
    ledger: str,
    references: tuple[str, ...],
    before: tuple[str, ...],
    phase: str | None,
    as_of: str | None,
    part: str | None,
    by: By,
    time: str | None,
    format_: str,
    output: str | None,
    challenge: str,
    quiet: bool,
) -> int:
    """Score the uploads that count with new references, next to the old ranks and values.

    The parts of the two signatures that differ are listed, so that it is clear what changed. The
    values are rounded as those of a leaderboard.

    \b
    Examples:
      xacle-eval ledger rescore --references fixed.csv --before old.csv
      xacle-eval ledger rescore --references fixed.csv --time 2026-12-01T12:00:00Z
    """
    if not references:
        raise UsageError("missing option --references FILE: the new references")
    opened = open_ledger(ledger, challenge)
    loaded = opened.phase_challenge(phase, part)
    refuse_overwriting(
        {"--output": output},
        {
            **ledger_files(ledger),
            **reference_files(before, loaded),
            **reference_files(references, loaded),
        },
    )
    old = as_given(open_references(before, loaded, quiet, ()))
    new = as_given(open_references(references, loaded, quiet, ()))
    found = opened.rescore(new, old, phase=phase, as_of=as_of, part=part, by=by, time=time)
    write_tables(format_, output, Contents(*ledger_contents(found)))
    if found.entry is not None:
        note(f"recorded as entry {found.entry:,}", quiet)
    return 0
