"""``xacle-eval schema``: the JSON Schema of a command's JSON, a receipt or a description."""

from __future__ import annotations

import click

from xacle_eval.cli.options import Choices
from xacle_eval.cli.output import emit
from xacle_eval.cli.usage import Command

__all__ = ["command"]

# The names of DOCUMENTS, repeated because --help must not load them; a test compares them.
_COMMANDS = (
    "validate",
    "score",
    "score-package",
    "leaderboard",
    "compare",
    "listeners",
    "plan",
    "rank",
    "verify",
    "score-targets",
    "leaderboard-targets",
    "compare-targets",
    "rank-targets",
    "report",
    "ledger-add",
    "ledger-attempts",
    "ledger-log",
    "ledger-verify",
    "ledger-rescore",
    "audit",
    "export",
    "export-bundle",
    "trial",
)
_FILES = ("receipt", "description")


@click.command("schema", cls=Command)
@click.argument("name", metavar="NAME", type=Choices((*_COMMANDS, *_FILES)))
def command(name: str) -> int:
    """Print the JSON Schema of a command's JSON, a receipt or a system description.

    NAME is a command, receipt or description; score-package is the JSON of score for a package
    with several systems, and COMMAND-targets that of a command for several targets. An editor can
    use the schema of a description to complete keys and mark errors.

    \b
    Examples:
      xacle-eval schema leaderboard > leaderboard.schema.json
      xacle-eval schema description > description.schema.json
    """
    from xacle_eval.reports.formats.documents import schema_json

    emit(schema_json(name), None)
    return 0
