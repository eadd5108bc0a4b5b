"""``xacle-eval schema``: the JSON Schema of a command's JSON."""

from __future__ import annotations

import click

from xacle_eval.cli.options import Choices
from xacle_eval.cli.output import emit

__all__ = ["command"]

# The documents by name; a test holds them equal, so that --help need not load them.
_COMMANDS = ("validate", "score", "leaderboard", "compare", "listeners", "rank")


@click.command("schema")
@click.argument("name", metavar="COMMAND", type=Choices(_COMMANDS))
def command(name: str) -> int:
    """Print the JSON Schema of a command's JSON.

    \b
    Example:
      xacle-eval schema leaderboard > leaderboard.schema.json
    """
    from xacle_eval.reports.documents import schema_json

    emit(schema_json(name), None)
    return 0
