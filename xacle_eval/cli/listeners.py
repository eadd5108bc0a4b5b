"""``xacle-eval listeners``: reliability, noise ceiling and screening of a file of ratings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from xacle_eval.challenge.loading import load_challenge
from xacle_eval.cli.formats import write_tables
from xacle_eval.cli.options import (
    Choices,
    Lines,
    argument_path,
    challenge_options,
    common_options,
    format_option,
    option,
    refuse_overwriting,
)
from xacle_eval.cli.output import note, print_note
from xacle_eval.cli.progress import progress_bar
from xacle_eval.cli.usage import Command
from xacle_eval.errors import UsageError
from xacle_eval.files import write_text
from xacle_eval.reports.formats.registry import TABLE_FORMATS
from xacle_eval.text import count

if TYPE_CHECKING:
    from xacle_eval.evaluation.listeners import ListenerStudy
    from xacle_eval.results.listeners import ListenerReport

__all__ = ["command"]

_METHODS = ("anchors", "agreement", "rest-correlation", "no-variation")


@click.command("listeners", cls=Command)
@argument_path("ratings", metavar="RATINGS.csv")
@option("--screen", metavar="METHOD", type=Choices(_METHODS),
        help=f"Also show what a screening would remove: {', '.join(_METHODS)}.")  # fmt: skip
@option("--set", "settings", metavar="NAME=VALUE", multiple=True, type=Lines(),
        help="A threshold of the screening method.")  # fmt: skip
@option("--flag", "flags", metavar="NAME=COLUMN", multiple=True, type=Lines(),
        help="A column of true and false that a method needs, such as anchor='anchor label'.")  # fmt: skip
@option(
    "--averages",
    metavar="OUT.csv",
    help="Write the averages, after screening, as a reference file.",
)
@option("--summary", metavar="OUT.csv", help="Write a table of the listeners.")
@option("--keep-excluded", is_flag=True, help="Keep the rows that the challenge file excludes.")
@option("--duplicates", type=Choices(["keep", "average"]), default="keep", show_default=True,
        help="What becomes of a listener's repeated ratings of one pair.")  # fmt: skip
@option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="S",
    help="Seed of what is drawn.",
)
@option("--splits", type=click.IntRange(min=200), default=200, show_default=True, metavar="N",
        help="Random splits for the ceiling.")  # fmt: skip
@option("--resamples", type=click.IntRange(min=1), default=1000, show_default=True, metavar="N",
        help="Resamples of pairs for the intervals.")  # fmt: skip
@format_option(TABLE_FORMATS)
@challenge_options
@common_options
def command(
    ratings: str,
    screen: str | None,
    settings: tuple[str, ...],
    flags: tuple[str, ...],
    averages: str | None,
    summary: str | None,
    format_: str,
    output: str | None,
    challenge: str,
    split: str | None,
    quiet: bool,
    **drawn: Any,
) -> int:
    """Say how reliable listeners are and how well a predictor could do at all.

    RATINGS.csv has one row for each rating. Nothing is screened unless asked; with --screen the
    figures before and after stand side by side.

    \b
    Examples:
      xacle-eval listeners ratings.csv
      xacle-eval listeners ratings.csv --screen agreement --averages averages.csv
      xacle-eval listeners ratings.csv --screen rest-correlation --set minimum=0.2
      xacle-eval listeners REL.csv --challenge relate.toml --keep-excluded \\
          --flag anchor='anchor label' --screen anchors --set limit=2
    """
    from xacle_eval.evaluation.listeners import averages_csv, study_ratings

    loaded = load_challenge(challenge, split)
    refuse_overwriting(
        {"--output": output, "--averages": averages, "--summary": summary}, {ratings: "the ratings"}
    )
    columns = dict(_pairs(flags, "--flag", "anchor='anchor label'"))
    chosen = _settings(settings, screen, columns)
    with progress_bar("studying the ratings", quiet) as progress:
        study = study_ratings(
            ratings,
            challenge=loaded,
            split=split,
            screen=screen,
            settings=chosen,
            flags=columns,
            progress=progress,
            **drawn,
        )
    _show_findings(study.report, quiet)
    _write(study.report, format_, output)
    if averages is not None:
        write_text(averages, averages_csv(study, loaded))
        _note_averages(study, averages, quiet)
    if summary is not None:
        write_text(summary, study.listeners().to_csv(index=False, lineterminator="\n"))
        note(f"wrote a table of {study.ratings.n_listeners:,} listeners to {summary}", quiet)
    return 0


def _note_averages(study: ListenerStudy, path: str, quiet: bool) -> None:
    texts = study.texts_of_ids
    note(f"wrote {count(len(texts), 'average')} to {path}", quiet)
    several = sum(number > 1 for number in texts.values())
    if several:
        who = (
            "1 id has ratings of several texts"
            if several == 1
            else f"{several:,} ids have ratings of several texts"
        )
        note(f"{who}: they are averaged together, as a reference is of an id", quiet)


def _settings(
    given: tuple[str, ...], screen: str | None, flags: dict[str, str]
) -> dict[str, float | bool | str]:
    """Return the settings of the screening, and say how to give what its flags are read from."""
    if screen is None:
        if given:
            raise UsageError("--set goes with --screen")
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
            f"--screen anchors needs the column that marks the anchors: --flag {marked}=COLUMN"
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
    """Return a setting as a number, true or false where it is one."""
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
    from xacle_eval.reports.views.listeners import listener_views, quantities_view

    write_tables(
        format_,
        output,
        document=lambda: ("listeners", report),
        views=lambda: listener_views(report),
        values=lambda: quantities_view(report),
    )
