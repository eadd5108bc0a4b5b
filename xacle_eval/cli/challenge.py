"""``xacle-eval challenge``: show, create and check challenge files."""

from __future__ import annotations

from pathlib import Path

import click

from xacle_eval.challenge.loading import (
    DEFAULT_CHALLENGE,
    bundled_challenges,
    challenge_problems,
    challenge_text,
    load_challenge,
    template,
)
from xacle_eval.cli.options import ChallengeName, Commands, any_path, common_options, option
from xacle_eval.cli.output import emit, note, print_lines
from xacle_eval.errors import OutputError
from xacle_eval.submissions.rules import RULES
from xacle_eval.text import LONGEST_MESSAGE, count, visible

__all__ = ["command"]


@click.group("challenge", cls=Commands)
def command() -> None:
    """Show, create and check challenge files.

    \b
    Examples:
      xacle-eval challenge show xacle2026
      xacle-eval challenge init my-challenge.toml
      xacle-eval challenge check my-challenge.toml
    """


@command.command("show")
@click.argument(
    "challenge",
    default=DEFAULT_CHALLENGE,
    type=ChallengeName(readable=False),
    metavar="[NAME|FILE]",
)
@common_options
def show(challenge: str, quiet: bool) -> int:
    """Print a challenge's settings as TOML, with its splits and hash.

    \b
    Example:
      xacle-eval challenge show xacle2026
    """
    loaded = load_challenge(challenge)
    note(f"bundled challenges: {', '.join(bundled_challenges())}", quiet)
    lines = [f"# {visible(loaded.title, 1_000)}", f"# sha256 {loaded.sha256}"]
    for name in loaded.splits:
        ids = loaded.manifest_of(name).ids
        used = " (default)" if name == loaded.default_split else ""
        span = f"{visible(ids[0])} to {visible(ids[-1])}"
        lines.append(f"# split {visible(name)}{used}: {count(len(ids), 'pair')}, {span}")
    lines += [
        f"# severity of {code}: {changed} instead of {RULES[code].severity}"
        for code, changed in loaded.rules.items()
    ]
    print_lines("\n".join(lines) + "\n\n" + challenge_text(challenge))
    return 0


@command.command("init")
@click.argument("file", type=any_path, metavar="FILE")
@option("--force", is_flag=True, help="Overwrite FILE if it exists.")
@common_options
def init(file: str, force: bool, quiet: bool) -> int:
    """Write a commented challenge file as a starting point.

    \b
    Example:
      xacle-eval challenge init my-challenge.toml
    """
    if Path(file).exists() and not force:
        raise OutputError(f"{file} already exists; pass --force to overwrite it")
    emit(template(), file)
    note(f"wrote {file}; check it with: xacle-eval challenge check {file}", quiet)
    return 0


@command.command("check")
@click.argument("challenge", type=ChallengeName(readable=False), metavar="NAME|FILE")
@common_options
def check(challenge: str, quiet: bool) -> int:
    """Report all errors of a challenge file, each with its key.

    The exit code is 0 if the file has no errors, otherwise 2.

    \b
    Example:
      xacle-eval challenge check my-challenge.toml
    """
    problems = challenge_problems(challenge)
    if not problems:
        print_lines(f"{visible(challenge)}: no errors\n")
        return 0
    lines = (f"{visible(challenge)}: {visible(problem, LONGEST_MESSAGE)}\n" for problem in problems)
    print_lines("".join(lines))
    note(count(len(problems), "error"), quiet)
    return 2
