"""``xacle-eval challenge``: show, create and check challenge files."""

from __future__ import annotations

import os
from collections.abc import Iterable
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
from xacle_eval.cli.options import (
    ChallengeName,
    Commands,
    any_path,
    common_options,
    option,
    refuse_overwriting,
)
from xacle_eval.cli.output import emit, note, print_lines
from xacle_eval.errors import OutputError, UsageError
from xacle_eval.outputs import write_text
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
@click.argument("file", type=any_path, required=False, metavar="[FILE]")
@option(
    "--from",
    "labels",
    type=any_path,
    metavar="LABELS",
    help="Write a challenge file for this file of averages or ratings (CSV or TSV).",
)
@option(
    "-o",
    "--output",
    type=any_path,
    metavar="FILE",
    help="The file to write, in place of the argument. "
    "[default with --from: challenge.toml in the folder of LABELS]",
)
@option("--force", is_flag=True, help="Overwrite FILE, and lists of ids beside it, if they exist.")
@common_options
def init(file: str | None, labels: str | None, output: str | None, force: bool, quiet: bool) -> int:
    """Write a commented challenge file as a starting point.

    With --from, the columns, ids, scale and groups are found in a file of labels. What was found,
    and in which lines, is reported on stderr. Ids without a numbered pattern are written to a list
    beside FILE.

    \b
    Examples:
      xacle-eval challenge init my-challenge.toml
      xacle-eval challenge init --from labels.csv
      xacle-eval challenge init --from ratings.tsv -o my-challenge.toml
    """
    if file is not None and output is not None:
        raise UsageError("FILE is given twice: as an argument and as --output")
    target = output or file
    if labels is not None:
        return _init_from(labels, target, force, quiet)
    if target is None:
        raise UsageError("missing argument FILE, or --from LABELS")
    _refuse_existing([target], force)
    emit(template(), target)
    note(f"wrote {target}; check it with: xacle-eval challenge check {target}", quiet)
    return 0


def _init_from(labels: str, target: str | None, force: bool, quiet: bool) -> int:
    from xacle_eval.editions.draft import draft_challenge

    file = Path(labels).parent / "challenge.toml" if target is None else Path(target)
    refuse_overwriting({"--output": str(file)}, {labels: "the label file"})
    draft = draft_challenge(labels, file)
    lists = {str(file.parent / name): text for name, text in draft.lists.items()}
    _refuse_existing([str(file), *lists], force)
    for name in lists:
        refuse_overwriting({"the list of ids": name}, {labels: "the label file"})
    for line in draft.found:
        note(line, quiet)
    for line in draft.to_check:
        note(f"check {line}", quiet)
    # The challenge file is written last: it is complete as soon as it exists.
    for name, text in lists.items():
        write_text(name, text)
    emit(draft.text, str(file))
    shown = visible(str(file), 300)
    also = "".join(f" and {visible(name, 300)}" for name in lists)
    note(f"wrote {shown}{also}; use it with: --challenge {shown}", quiet)
    return 0


def _refuse_existing(files: Iterable[str], force: bool) -> None:
    for file in files:
        if not force and os.path.lexists(file):
            shown = visible(file, 300)
            raise OutputError(f"{shown} already exists; pass --force to overwrite it")


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
