"""``xacle-eval listeners``: reliability, noise ceiling and screening of a file of ratings."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from xacle_eval.cli.candidates import complete_target
from xacle_eval.cli.formats import write_tables
from xacle_eval.cli.options import (
    Choices,
    Lines,
    any_path,
    argument_path,
    challenge_options,
    common_options,
    force_option,
    format_option,
    keep_excluded_option,
    open_challenge,
    option,
    part_option,
    refuse_existing,
    refuse_overwriting,
    seed_option,
)
from xacle_eval.cli.output import note, print_note
from xacle_eval.cli.progress import progress_bar
from xacle_eval.cli.usage import Command
from xacle_eval.errors import UsageError
from xacle_eval.io.outputs import write_text
from xacle_eval.reports.formats.registry import TABLE_FORMATS
from xacle_eval.text import count, listing, quote

if TYPE_CHECKING:
    import pandas as pd

    from xacle_eval.challenge.model import Challenge
    from xacle_eval.evaluation.listeners import ListenerStudy
    from xacle_eval.results.listeners import ListenerReport

__all__ = ["command"]

_METHODS = ("anchors", "agreement", "rest-correlation", "no-variation")


@click.command("listeners", cls=Command)
@argument_path("ratings", metavar="RATINGS.csv")
@option(
    "--screen",
    group="Ranking",
    metavar="METHOD",
    type=Choices(_METHODS),
    help=f"Show what a screening method would remove: {', '.join(_METHODS)}.",
)
@option(
    "--set",
    "settings",
    group="Ranking",
    metavar="NAME=VALUE",
    multiple=True,
    type=Lines(),
    help="Set a threshold of the screening method.",
)
@option(
    "--flag",
    "flags",
    group="Ranking",
    rare=True,
    metavar="NAME=COLUMN",
    multiple=True,
    type=Lines(),
    help="Name a true/false column that a method needs, such as anchor='anchor label'.",
)
@option(
    "--averages",
    group="Output",
    type=any_path,
    metavar="OUT.csv",
    help="Write the averages (after screening) as a reference file.",
)
@option(
    "--summary",
    group="Output",
    type=any_path,
    metavar="OUT.csv",
    help="Write a table with one row per listener.",
)
@option(
    "-r",
    "--references",
    group="Input",
    type=any_path,
    metavar="AVERAGES.csv",
    help="Compare a file of averages with the averages of the ratings.",
)
@keep_excluded_option
@option(
    "--duplicates",
    group="Input",
    rare=True,
    type=Choices(["keep", "average"]),
    default="keep",
    show_default=True,
    help="Keep or average repeated ratings of a pair by one listener.",
)
@seed_option("the splits and resamples")
@option(
    "--splits",
    group="Uncertainty",
    rare=True,
    type=click.IntRange(min=200),
    default=200,
    show_default=True,
    metavar="N",
    help="Draw N random splits for the noise ceiling.",
)
@option(
    "--resamples",
    group="Uncertainty",
    type=click.IntRange(min=1),
    default=1000,
    show_default=True,
    metavar="N",
    help="Resample the pairs N times, for the intervals.",
)
@option(
    "--target",
    group="Input",
    metavar="NAME",
    shell_complete=complete_target,
    help="Analyse the ratings of this target. [required if the challenge has several]",
)
@force_option
@format_option(TABLE_FORMATS)
@challenge_options
@part_option
@common_options
def command(
    ratings: str,
    screen: str | None,
    settings: tuple[str, ...],
    flags: tuple[str, ...],
    averages: str | None,
    summary: str | None,
    references: str | None,
    force: bool,
    format_: str,
    output: str | None,
    challenge: str,
    split: str | None,
    part: str | None,
    target: str | None,
    quiet: bool,
    **drawn: Any,
) -> int:
    """Report listener reliability and the noise ceiling.

    RATINGS.csv has one row per rating. The noise ceiling is the score a perfect predictor would
    get against these ratings. With --screen, values before and after screening are shown side by
    side.

    \b
    Examples:
      xacle-eval listeners ratings.csv
      xacle-eval listeners ratings.csv --screen agreement --averages averages.csv
      xacle-eval listeners ratings.csv --screen rest-correlation --set minimum=0.2
      xacle-eval listeners REL.csv --challenge relate.toml --keep-excluded \\
          --flag anchor='anchor label' --screen anchors --set limit=2
    """
    from xacle_eval.cli.references import about_default_challenge
    from xacle_eval.evaluation.listeners import study_ratings

    loaded = open_challenge(challenge, split, part)
    refuse_overwriting(
        {"--output": output, "--averages": averages, "--summary": summary},
        {ratings: "the ratings file", **({references: "the reference file"} if references else {})},
    )
    refuse_existing([averages], force)
    columns = dict(_pairs(flags, "--flag", "anchor='anchor label'"))
    chosen = _settings(settings, screen, columns)
    with (
        about_default_challenge(loaded),
        progress_bar("analysing the ratings") as progress,
    ):
        study = study_ratings(
            ratings,
            references=references,
            challenge=loaded,
            split=split,
            part=part,
            target=target,
            screen=screen,
            settings=chosen,
            flags=columns,
            progress=progress,
            **drawn,
        )
    _show_findings(study.report, quiet)
    _write(study.report, format_, output)
    if averages is not None:
        _write_averages(study, loaded, averages, quiet)
    if summary is not None:
        write_text(summary, _summary_csv(study.listeners()))
        listeners = count(study.ratings.n_listeners, "listener")
        note(f"wrote a table of {listeners} to {summary}", quiet)
    return 0


def _write_averages(study: ListenerStudy, challenge: Challenge, path: str, quiet: bool) -> None:
    from xacle_eval.evaluation.listeners import reference_frame

    frame = reference_frame(study, challenge)
    text = _frame_csv(frame, challenge.separator)
    write_text(path, text)
    note(f"wrote {count(len(frame), 'average')} to {path}", quiet)
    several = sum(number > 1 for number in study.texts_of_ids.values())
    if several:
        ids = "1 id has" if several == 1 else f"{several:,} ids have"
        note(f"{ids} ratings of several texts; these ratings are averaged per id", quiet)
    changed = _escaped_ids(frame.iloc[:, 0], text, challenge.separator)
    if changed:
        ids = f"{count(len(changed), 'id')} ({listing(map(quote, changed), 3)})"
        verb = "was" if len(changed) == 1 else "were"
        note(
            f"{ids} {verb} escaped for spreadsheets in {path}; "
            "restore the original text before using the file with --references",
            quiet,
        )


def _frame_csv(frame: pd.DataFrame, separator: str) -> str:
    from xacle_eval.reports.formats.tables import csv_rows

    return csv_rows(list(frame.columns), frame.itertuples(index=False, name=None), separator)


def _summary_csv(frame: pd.DataFrame) -> str:
    """Return the table of listeners as CSV; long names are shortened."""
    from xacle_eval.reports.formats.tables import csv_table
    from xacle_eval.reports.views.table import View, ViewColumn

    columns = tuple(ViewColumn(name, name) for name in frame.columns)
    return csv_table(View("", columns, tuple(frame.itertuples(index=False, name=None)), 0))


def _escaped_ids(ids: Iterable[str], text: str, separator: str) -> list[str]:
    """Return the ids that differ from the first column of the written CSV."""
    cells = (
        row[0] for row in list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))[1:]
    )
    return [written for written, cell in zip(ids, cells, strict=True) if written != cell]


def _settings(
    given: tuple[str, ...], screen: str | None, flags: dict[str, str]
) -> dict[str, float | bool | str]:
    """Return the settings of the screening method; refuse anchors without their column."""
    if screen is None:
        return {}
    from xacle_eval.listeners import SCREENING_METHODS

    settings = {name: _value(text) for name, text in _pairs(given, "--set", "minimum=0.2")}
    for parameter in SCREENING_METHODS[screen].parameters:
        value = settings.get(parameter.name)
        if (
            isinstance(parameter.default, bool)
            and value is not None
            and not isinstance(value, bool)
        ):
            raise UsageError(f"--set {parameter.name}: expected true or false")
    marked = settings.get("flag", "anchor")
    if screen == "anchors" and marked not in flags:
        raise UsageError(
            f"--screen anchors requires the column that marks the anchors: --flag {marked}=COLUMN"
        )
    return settings


def _pairs(given: tuple[str, ...], name: str, example: str) -> list[tuple[str, str]]:
    pairs = []
    for text in given:
        key, mark, value = text.partition("=")
        if not mark or not key:
            raise UsageError(f"{name} {text}: expected NAME=VALUE, such as {example}")
        pairs.append((key, value))
    return pairs


def _value(text: str) -> float | bool | str:
    """Return a setting as a number or a boolean if possible."""
    if text.casefold() in ("true", "false"):
        return text.casefold() == "true"
    try:
        return float(text)
    except ValueError:
        return text


def _show_findings(report: ListenerReport, quiet: bool) -> None:
    if quiet or not report.findings:
        return
    from xacle_eval.reports.formats.console import print_findings

    print_note(lambda out: print_findings(out, report.path, report.findings, indent=""))


def _write(report: ListenerReport, format_: str, output: str | None) -> None:
    from xacle_eval.reports.contents import listeners_contents

    write_tables(format_, output, listeners_contents(report))
