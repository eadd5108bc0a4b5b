"""The groups of options in ``--help``, and of commands in the main help: each order in one place.

Every option names its group when it is made, so that none is without one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Literal, get_args

import click
from click.formatting import measure_table

__all__ = ["COMMAND_GROUPS", "GROUPS", "Group", "write_commands", "write_options"]

Group = Literal["Input", "Ranking", "Uncertainty", "Output", "Execution"]
"""The group of an option: what it is about."""
GROUPS: tuple[Group, ...] = get_args(Group)
"""The groups in the order of ``--help``."""

COMMAND_GROUPS: dict[str, dict[str, str]] = {
    "Commands for participants": {
        "validate": "Check submissions against the challenge's rules.",
        "fix": "Correct the format of a prediction file.",
        "score": "Score one submission.",
        "package": "Build a team's package (ZIP).",
        "explain": "Explain a rule by its code.",
    },
    "Commands for organisers": {
        "leaderboard": "Score and rank submissions.",
        "report": "Write the results pages of a challenge.",
        "compare": "Compare systems by paired tests.",
        "rank": "Rank a table of published results.",
        "listeners": "Report listener reliability and the noise ceiling.",
        "plan": "Plan how many pairs and listeners a test set needs.",
        "audit": "Estimate how many labels published scores reveal.",
        "split": "Unpack a package.",
        "export": "Write, check or try a bundle for a platform.",
        "verify": "Check whether a file is the one a receipt describes.",
        "ledger": "Record uploads, limits and boards without a platform.",
    },
    "Challenge files": {
        "challenge": "List, show, create and check challenge files.",
    },
    "Shell and programs": {
        "schema": "Print the JSON Schema of a command's JSON or of a file.",
        "completion": "Print the completion script for a shell.",
    },
}
"""Each command with its line, kept here because --help must not import the commands."""

# The first column of a list; longer names are above their text.
_MOST_COLUMNS = 30


def write_options(ctx: click.Context, formatter: click.HelpFormatter) -> None:
    """Write the options of a command in their groups, rare ones last, in aligned columns."""
    found: dict[str, list[tuple[bool, tuple[str, str]]]] = {}
    sections: dict[str, list[tuple[str, str]]]
    for param in ctx.command.get_params(ctx):
        record = param.get_help_record(ctx) if isinstance(param, click.Option) else None
        if record is not None:
            # Only --help and --version, which click adds, have no group.
            group = getattr(param, "group", "Execution")
            rare = getattr(param, "rare", True)
            found.setdefault(group, []).append((rare, (record[0], _plain_words(record[1]))))
    sections = {
        group: [record for _, record in sorted(found[group], key=lambda item: item[0])]
        for group in GROUPS
        if group in found
    }
    if len(sections) == 1:
        sections = {"Options": next(iter(sections.values()))}
    _write(sections, formatter)


def _plain_words(text: str) -> str:
    """Return a help text with ranges in words; that counts are not negative needs no words."""
    text = re.sub(r"(; | *\[)(x>=[01]|0<=x<=[0-9]+)(\])", _without_range, text)
    text = re.sub(r"x>=([0-9]+)", r"at least \1", text)
    return re.sub(r" +\[", " [", text)


def _without_range(found: re.Match[str]) -> str:
    return "]" if found[1] == "; " else ""


def write_commands(formatter: click.HelpFormatter) -> None:
    """Write the commands in their groups, in aligned columns."""
    _write({title: list(lines.items()) for title, lines in COMMAND_GROUPS.items()}, formatter)


def _write(sections: Mapping[str, list[tuple[str, str]]], formatter: click.HelpFormatter) -> None:
    """Write lists of two columns, with the first column of all of them equally wide."""
    names = [(name, "") for rows in sections.values() for name, _ in rows]
    short = [row for row in names if len(row[0]) <= _MOST_COLUMNS]
    width = _common_width(short, formatter)
    for title, rows in sections.items():
        with formatter.section(title):
            formatter.write_dl(_padded(rows, width), width or _MOST_COLUMNS)


def _common_width(rows: list[tuple[str, str]], formatter: click.HelpFormatter) -> int:
    """Return the width of the first column; 0, which is no common one, in a narrow terminal."""
    room = formatter.width * 2 // 5
    fitting = [row for row in rows if len(row[0]) <= room]
    return measure_table(fitting)[0] if fitting else 0


def _padded(rows: Iterable[tuple[str, str]], width: int) -> list[tuple[str, str]]:
    """Pad a short name, from which click measures the column."""
    return [(name.ljust(width), text) for name, text in rows]
