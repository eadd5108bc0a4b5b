"""``xacle-eval ledger``: the commands that only read: attempts, log, verify, export."""

from __future__ import annotations

import click

from xacle_eval.cli.formats import write_tables
from xacle_eval.cli.ledger_options import (
    as_of_option,
    ledger_files,
    ledger_option,
    open_ledger,
    phase_option,
)
from xacle_eval.cli.options import (
    any_path,
    challenge_option,
    common_options,
    format_option,
    option,
    refuse_overwriting,
)
from xacle_eval.cli.output import emit, note
from xacle_eval.cli.usage import Command
from xacle_eval.errors import UsageError
from xacle_eval.io.files import display_path, read_input
from xacle_eval.io.outputs import write_text
from xacle_eval.records.ledger.chain import Head
from xacle_eval.records.ledger.checking import head_text, parse_head
from xacle_eval.reports.contained import Contents
from xacle_eval.reports.formats.registry import TABLE_FORMATS
from xacle_eval.reports.views.ledger import ledger_contents
from xacle_eval.text import count, visible_path

__all__ = ["attempts_command", "export_command", "log_command", "verify_command"]

_HEAD_BYTES = 1_000

_team_option = option("--team", group="Input", metavar="TEAM", help="Show only this team.")


@click.command("attempts", cls=Command, short_help="Show tries, limits and when the next is free.")
@ledger_option
@_team_option
@phase_option
@as_of_option
@format_option(TABLE_FORMATS)
@challenge_option
@common_options
def attempts_command(
    ledger: str,
    team: str | None,
    phase: str | None,
    as_of: str | None,
    format_: str,
    output: str | None,
    challenge: str,
    quiet: bool,
) -> int:
    """Show how much each team has sent, the limits, and when its next upload is free.

    Valid are the uploads that count against the limits of valid ones; All has the invalid ones,
    too. Days begin at midnight in the time zone of the phase.

    \b
    Examples:
      xacle-eval ledger attempts
      xacle-eval ledger attempts --team Kumo --as-of 2026-11-20T18:00:00+09:00
    """
    refuse_overwriting({"--output": output}, ledger_files(ledger))
    found = open_ledger(ledger, challenge).attempts(team, phase=phase, as_of=as_of)
    write_tables(format_, output, Contents(*ledger_contents(found)))
    return 0


@click.command("log", cls=Command, short_help="List the entries and the status of each upload.")
@ledger_option
@_team_option
@phase_option
@as_of_option
@format_option(TABLE_FORMATS)
@challenge_option
@common_options
def log_command(
    ledger: str,
    team: str | None,
    phase: str | None,
    as_of: str | None,
    format_: str,
    output: str | None,
    challenge: str,
    quiet: bool,
) -> int:
    """List the entries, with what each upload is now.

    \b
    Examples:
      xacle-eval ledger log
      xacle-eval ledger log --team Kumo --phase final --format csv
    """
    refuse_overwriting({"--output": output}, ledger_files(ledger))
    found = open_ledger(ledger, challenge).log(team, phase=phase, as_of=as_of)
    write_tables(format_, output, Contents(*ledger_contents(found)))
    return 0


@click.command(
    "verify", cls=Command, short_help="Check the chain, and the files against their hashes."
)
@ledger_option
@option(
    "--head",
    group="Input",
    type=any_path,
    multiple=True,
    metavar="FILE",
    help="Also check that the ledger has the entry of this file, which --write-head has written.",
)
@option(
    "--write-head",
    group="Output",
    type=any_path,
    metavar="FILE",
    help="Write the number and the hash of the last entry to FILE, to be signed or published. "
    "Nothing is written if the ledger is not intact.",
)
@format_option(TABLE_FORMATS)
@challenge_option
@common_options
def verify_command(
    ledger: str,
    head: tuple[str, ...],
    write_head: str | None,
    format_: str,
    output: str | None,
    challenge: str,
    quiet: bool,
) -> int:
    """Check the chain of entries, and the kept files against their hashes.

    Every entry that was changed, removed or added in between is named. Whoever can write the file
    could compute all hashes again: only a head that was signed or published shows that.
    The exit code is 1 if the ledger is not intact.

    \b
    Examples:
      xacle-eval ledger verify
      xacle-eval ledger verify --write-head head.txt
      xacle-eval ledger verify --head head.txt
    """
    refuse_overwriting(
        {"--output": output, "--write-head": write_head},
        {**dict.fromkeys(head, "a head"), **ledger_files(ledger)},
    )
    heads = [_read_head(file) for file in head]
    found = open_ledger(ledger, challenge).verify(heads)
    write_tables(format_, output, Contents(*ledger_contents(found)))
    if write_head is not None and found.valid:
        write_text(write_head, head_text(Head(found.entries, found.head)))
        note(f"wrote the head to {visible_path(write_head)}", quiet)
    return 0 if found.valid else 1


def _read_head(file: str) -> Head:
    shown = visible_path(display_path(file))
    try:
        data = read_input(file, _HEAD_BYTES)
    except OSError as error:
        raise UsageError(f"cannot read the head {shown}: {error.strerror or error}") from error
    found = parse_head(data.decode("utf-8", "replace"))
    if found is None:
        raise UsageError(
            f"{shown} is not a head written by `xacle-eval ledger verify --write-head`"
        )
    return found


@click.command("export", cls=Command, short_help="Write the entries as JSON Lines.")
@ledger_option
@option(
    "-o",
    "--output",
    group="Output",
    type=any_path,
    metavar="FILE",
    help="Write the entries to FILE, atomically. [default: stdout]",
)
@challenge_option
@common_options
def export_command(ledger: str, output: str | None, challenge: str, quiet: bool) -> int:
    """Write the entries as JSON Lines, for other programs, diffs and Git.

    A ledger that has grown has the same lines as before, and new ones below them. Each line has the
    SHA-256 of the line above it, without its line break.

    \b
    Example:
      xacle-eval ledger export -o ledger.jsonl
    """
    refuse_overwriting({"--output": output}, ledger_files(ledger))
    opened = open_ledger(ledger, challenge)
    if output is None:
        emit("".join(opened.lines()), None)
    else:
        note(f"wrote {count(opened.export(output), 'entry', 'entries')}", quiet)
    return 0
