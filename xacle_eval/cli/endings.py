"""The format of a result by the ending of its file, if --format is not given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePath

import click
from click.core import ParameterSource

from xacle_eval.cli.output import note
from xacle_eval.errors import UsageError
from xacle_eval.reports.formats.registry import BOARD_FORMATS, REPORT_FORMATS, Format
from xacle_eval.text import alternatives, quote

__all__ = ["follow_ending"]

# Endings that promise a format that no command writes.
_OTHERS = frozenset(
    (".tsv", ".xls", ".xlsx", ".ods", ".pdf", ".docx",
     ".parquet", ".png", ".svg", ".zip", ".gz", ".bz2", ".xz", ".jsonl")
)  # fmt: skip


def follow_ending(ctx: click.Context, formats: Mapping[str, Format]) -> None:
    """Choose the format by the ending of --output, unless --format is given.

    With both, --format decides, and a note says so if the ending promises another format. A format
    from the environment is for the calls that name no file, so an ending on the line decides.
    Endings that promise nothing, and devices, have the default; the file ``-`` is stdout.

    Raises
    ------
    UsageError
        If the ending promises a format that the command does not have.
    """
    output = ctx.params.get("output")
    if output is None:
        return
    if output == "-":
        ctx.params["output"] = None
        return
    ending = PurePath(output).suffix.lower()
    promised = _named_by(ending, formats)
    known = promised is not None or ending in _OTHERS or ending in _all_endings()
    chosen = ctx.params["format_"]
    given = ctx.get_parameter_source("format_")
    from_environment = given is ParameterSource.ENVIRONMENT
    on_line = ctx.get_parameter_source("output") is ParameterSource.COMMANDLINE
    if from_environment and on_line and promised is not None:
        ctx.params["format_"] = promised
    elif given is not ParameterSource.DEFAULT:
        endings = formats[chosen].endings or formats["text"].endings
        if known and ending not in endings:
            who = "XACLE_EVAL_FORMAT" if from_environment else "--format"
            note(
                f"{quote(output)} gets the format {chosen}, as {who} says, although its name ends "
                f"in {ending}",
                bool(ctx.params.get("quiet")),
            )
    elif promised is not None:
        ctx.params["format_"] = promised
    elif known:
        raise UsageError(
            f"--output {quote(output)}: {ctx.info_name} writes no file that ends in {ending}; use "
            f"{_choices(formats)}, or choose with --format from {', '.join(formats)}"
        )


def _named_by(ending: str, formats: Mapping[str, Format]) -> str | None:
    return next((name for name, one in formats.items() if ending in one.endings), None)


def _all_endings() -> Iterable[str]:
    formats = [*BOARD_FORMATS.values(), *REPORT_FORMATS.values()]
    return [ending for one in formats for ending in one.endings]


def _choices(formats: Mapping[str, Format]) -> str:
    return alternatives(one.endings[0] for one in formats.values() if one.endings)
