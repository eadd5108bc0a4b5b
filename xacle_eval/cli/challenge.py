"""``xacle-eval challenge``: show, create and check challenge files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from xacle_eval.challenge.loading import (
    DEFAULT_CHALLENGE,
    bundled_challenges,
    challenge_files,
    challenge_problems,
    challenge_text,
    load_challenge,
    template,
)
from xacle_eval.challenge.phases import phase_warnings
from xacle_eval.cli.options import (
    ChallengeName,
    Commands,
    Lines,
    any_path,
    code_allowed,
    code_option,
    common_options,
    open_challenge,
    option,
    refuse_existing,
    refuse_overwriting,
    split_option,
)
from xacle_eval.cli.output import emit, note, print_lines, print_result
from xacle_eval.errors import ChallengeError, UsageError
from xacle_eval.io.outputs import write_text
from xacle_eval.submissions.rules import RULES
from xacle_eval.text import LONGEST_MESSAGE, count, visible, visible_path

if TYPE_CHECKING:
    from xacle_eval.editions.draft import Draft

__all__ = ["command"]


@click.group("challenge", cls=Commands)
def command() -> None:
    """List, show, create and check challenge files, and start a prediction file.

    \b
    Examples:
      xacle-eval challenge list
      xacle-eval challenge show xacle2026
      xacle-eval challenge init --from labels.csv
      xacle-eval challenge template --split test -o predictions.csv
      xacle-eval challenge check my-challenge.toml
    """


@command.command("show")
@click.argument(
    "challenge",
    default=DEFAULT_CHALLENGE,
    type=ChallengeName(readable=False),
    metavar="[NAME|FILE]",
)
@code_option
@common_options
def show(challenge: str, quiet: bool) -> int:
    """Print a challenge's settings as TOML, with its splits and hash.

    \b
    Example:
      xacle-eval challenge show xacle2026
    """
    loaded = open_challenge(challenge)
    note(f"bundled challenges: {', '.join(bundled_challenges())}", quiet)
    lines = [f"# {visible(loaded.title, 1_000)}", f"# sha256 {loaded.sha256}"]
    for name in loaded.splits:
        ids = loaded.manifest_of(name).ids
        used = " (default)" if name == loaded.default_split else ""
        span = f"{visible(ids[0])} to {visible(ids[-1])}"
        lines.append(f"# split {visible(name)}{used}: {count(len(ids), 'pair')}, {span}")
        for part in loaded.splits[name].parts:
            scored = loaded.with_split(name).with_part(part).scored
            lines.append(f"#   part {part}: {count(len(scored), 'pair')}")
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
    group="Input",
    type=any_path,
    metavar="LABELS",
    help="Write a challenge file for this file of averages or ratings (CSV or TSV).",
)
@option(
    "-o",
    "--output",
    group="Output",
    type=any_path,
    metavar="FILE",
    help="Write to FILE, which can also be given as the argument. "
    "[default with --from: challenge.toml in the folder of LABELS]",
)
@option(
    "--parts",
    group="Input",
    type=Lines(),
    multiple=True,
    metavar="NAME=FRACTION",
    help="With --from, draw a part of the split, such as public=0.3, and write lists of the ids of "
    "all parts. The rest is the part private.",
)
@option(
    "--seed",
    group="Input",
    rare=True,
    type=click.IntRange(min=0, max=2**63 - 1),
    default=0,
    show_default=True,
    metavar="S",
    help="Set the seed of --parts.",
)
@option(
    "--force",
    group="Output",
    rare=True,
    is_flag=True,
    help="Overwrite FILE, and lists of ids beside it, if they exist.",
)
@common_options
def init(
    file: str | None,
    labels: str | None,
    output: str | None,
    parts: tuple[str, ...],
    seed: int,
    force: bool,
    quiet: bool,
) -> int:
    """Write a commented challenge file as a starting point.

    With --from, the columns, ids, scale and groups are found in a file of labels. What was found,
    and in which lines, is reported on stderr. Ids without a numbered pattern are written to a list
    beside FILE.

    \b
    Examples:
      xacle-eval challenge init my-challenge.toml
      xacle-eval challenge init --from labels.csv
      xacle-eval challenge init --from ratings.tsv -o my-challenge.toml
      xacle-eval challenge init --from labels.csv --parts public=0.3
    """
    if file is not None and output is not None:
        raise UsageError("FILE is given twice: as an argument and as --output")
    target = output or file
    if labels is not None:
        file_ = Path(labels).parent / "challenge.toml" if target is None else Path(target)
        refuse_overwriting({"--output": str(file_)}, {labels: "the label file"})
        if file_.exists() and not file_.is_file():
            raise UsageError(
                f"{visible_path(str(file_))} is not a file; lists of ids are written beside it, so "
                "name a file with -o FILE"
            )
        from xacle_eval.editions.draft import draft_challenge

        draft = draft_challenge(labels, file_, parts=parts, seed=seed)
        return _write_draft(draft, file_, labels, force, quiet)
    if target is None:
        raise UsageError("missing argument FILE, or --from LABELS")
    refuse_existing([target], force)
    emit(template(), target)
    note(f"wrote {target}; check it with: xacle-eval challenge check {target}", quiet)
    return 0


def _write_draft(draft: Draft, file: Path, labels: str, force: bool, quiet: bool) -> int:
    lists = {str(file.parent / name): text for name, text in draft.lists.items()}
    refuse_existing([str(file), *lists], force)
    for name in lists:
        refuse_overwriting({"the list of ids": name}, {labels: "the label file"})
    # The challenge file is written last: it is complete as soon as it exists.
    for name, text in lists.items():
        write_text(name, text)
    emit(draft.text, str(file))
    for line in draft.found:
        note(line, quiet)
    for line in draft.to_check:
        note(f"check {line}", quiet)
    shown = visible_path(str(file))
    also = "".join(f", {visible(name, 300)}" for name in lists)
    note(f"wrote {shown}{also}; use it with: --challenge {shown}", quiet)
    return 0


@command.command("check")
@click.argument(
    "challenge",
    type=ChallengeName(readable=False),
    nargs=-1,
    required=True,
    metavar="NAME|FILE|DIR...",
)
@code_option
@common_options
def check(challenge: tuple[str, ...], quiet: bool) -> int:
    """Report all errors of challenge files and lists of ids.

    Each error has its key or line. A warning is about a setting that does not work everywhere.
    DIR is a folder with challenge.toml, or with folders that have one, or with other TOML files.
    The exit code is 0 if no file has errors, otherwise 2.

    \b
    Examples:
      xacle-eval challenge check my-challenge.toml
      xacle-eval challenge check challenges/
    """
    files = [file for given in challenge for file in challenge_files(given)]
    lines, errors = [], 0
    for file in dict.fromkeys(files):
        try:
            problems = challenge_problems(file, allow_code=code_allowed())
        except ChallengeError as error:
            if len(files) == 1:
                raise
            problems = error.problems
        errors += len(problems)
        lines += [f"{visible(file)}: {visible(each, LONGEST_MESSAGE)}\n" for each in problems]
        if not problems:
            loaded = load_challenge(file, allow_code=code_allowed())
            lines += [f"{visible(file)}: warning: {each}\n" for each in phase_warnings(loaded)]
            lines.append(f"{visible(file)}: no errors\n")
    print_lines("".join(lines), wrap=True)
    if errors:
        note(count(errors, "error"), quiet)
    return 2 if errors else 0


@command.command("list")
@common_options
def list_(quiet: bool) -> int:
    """List the bundled challenges.

    \b
    Example:
      xacle-eval challenge list
    """
    from xacle_eval.reports.formats.console import print_view
    from xacle_eval.reports.views.table import View, ViewColumn

    rows: list[tuple[str | None, ...]] = []
    for name in bundled_challenges():
        loaded = load_challenge(name)
        for place, split in enumerate(loaded.splits):
            used = " (default)" if split == loaded.default_split else ""
            pairs = f"{len(loaded.manifest_of(split)):,}"
            head = ("", "") if place else (loaded.name, loaded.title)
            rows.append((*head, f"{split}{used}", pairs))
    columns = (
        ViewColumn("challenge", "Challenge"),
        ViewColumn("title", "Title"),
        ViewColumn("split", "Split"),
        ViewColumn("pairs", "Pairs", numeric=True),
    )
    print_result(
        lambda out: print_view(out, View("Bundled challenges", columns, tuple(rows), 0)), None
    )
    note("show one with: xacle-eval challenge show NAME", quiet)
    return 0


@command.command("template")
@click.argument(
    "challenge",
    default=DEFAULT_CHALLENGE,
    type=ChallengeName(readable=False),
    envvar="XACLE_EVAL_CHALLENGE",
    metavar="[NAME|FILE]",
)
@split_option
@option(
    "-o",
    "--output",
    group="Output",
    type=any_path,
    metavar="FILE",
    help="Write to FILE, atomically. [default: stdout]",
)
@option("--force", group="Output", rare=True, is_flag=True, help="Overwrite FILE if it exists.")
@code_option
@common_options
def template_(
    challenge: str, split: str | None, output: str | None, force: bool, quiet: bool
) -> int:
    """Write a prediction file to fill in, with all ids.

    \b
    Examples:
      xacle-eval challenge template -o predictions.csv
      xacle-eval challenge template my-challenge.toml --split validation
    """
    from xacle_eval.reports.templates import predictions_text

    loaded = open_challenge(challenge, split)
    if output is not None:
        refuse_existing([output], force)
    text = predictions_text(loaded)
    emit(text, output, keep="\n\t")
    if output is not None:
        ids, shown = count(len(loaded.manifest.ids), "id"), visible_path(output)
        note(f"wrote {ids} to {shown}; write a prediction in each row", quiet)
    return 0
