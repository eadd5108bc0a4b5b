"""``xacle-eval schema``: the JSON Schema of a command's JSON, of a receipt, and of a system
description.
"""

from __future__ import annotations

import click

from xacle_eval.cli.options import Choices
from xacle_eval.cli.output import emit
from xacle_eval.cli.usage import Command

__all__ = ["command"]

# The documents by name; a test holds them equal, so that --help need not load them.
_COMMANDS = (
    "validate",
    "score",
    "score-package",
    "leaderboard",
    "compare",
    "listeners",
    "rank",
    "verify",
)
_FILES = ("receipt", "description")


@click.command("schema", cls=Command)
@click.argument("name", metavar="NAME", type=Choices((*_COMMANDS, *_FILES)))
def command(name: str) -> int:
    """Print the JSON Schema of a command's JSON, of a receipt or of a system description.

    NAME is a command; score-package is score's for a package with several systems. Editors
    that know the schema of a description complete its keys and mark its mistakes.

    \b
    Examples:
      xacle-eval schema leaderboard > leaderboard.schema.json
      xacle-eval schema description > description.schema.json
    """
    from xacle_eval.reports.formats.documents import schema_json

    emit(schema_json(name), None)
    return 0
