"""Which option needs which other option: one table for every option of every command.

An option on the command line that cannot have an effect is an error, since its user expects one.
Three kinds of values are no error:

- a value from the environment, because one environment serves several commands;
- a permission such as --force on an output that does not exist yet, or --follow-links for paths
  without folders: whether it is used depends on the files, and scripts pass it for any files;
- a choice whose effect depends on the data, such as --pairs for two systems. Where that would stop
  a command that cron runs, such as a report before and after the end of a phase, a note says so.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

import click
from click.core import ParameterSource

from xacle_eval.errors import UsageError
from xacle_eval.text import alternatives, listing

__all__ = ["ALWAYS", "NEEDS", "RESAMPLING", "Needs", "refuse_unused", "without_effect"]


class Needs(NamedTuple):
    """What an option needs to have an effect.

    Parameters
    ----------
    condition : str
        What is missing, behind "has no effect": such as ``without --bootstrap``.
    advice : str
        What to pass, such as ``--bootstrap N``.
    fulfilled : callable
        Decides from the values of a command's parameters.
    """

    condition: str
    advice: str
    fulfilled: Callable[[Mapping[str, Any]], bool]


def _with(*options: str, value: str = "") -> Needs:
    """Return the need of one of some options."""
    names = [name.removeprefix("--").replace("-", "_") for name in options]
    shown = alternatives(options)
    return Needs(
        f"without {shown}",
        f"{shown} {value}".rstrip(),
        lambda given: any(given.get(name) not in (None, False, ()) for name in names),
    )


_BOOTSTRAP = _with("--bootstrap", value="N")
_SCHEDULER = _with("--scheduler", value="ADDRESS")
_LABELS = Needs("without --from", "--from LABELS", lambda given: given["labels"] is not None)
_FOLDER = Needs("without --output", "--output OUT/", lambda given: given["folder"] is not None)
_BUILD = Needs(
    "without --output",
    "--output OUT/",
    lambda given: (
        given["folder"] is not None or (given["submission"] is not None and given["check"] is None)
    ),
)
_LEDGER = _with("--ledger", value="DB")
_NOT_IN_CSV = Needs("in CSV", "another --format", lambda given: given["format_"] != "csv")
_NOT_A_TEMPLATE = Needs("with --template", "no --template", lambda given: not given["template"])
_NO_REFERENCES = Needs(
    "with --references", "no --references", lambda given: not given["references"]
)
_TRIAL = Needs("without --try", "--try SUBMISSION", lambda given: given["submission"] is not None)
_LOCAL = Needs(
    "with --scheduler",
    "--fallback local",
    lambda given: given["scheduler"] is None or given["fallback"] == "local",
)

RESAMPLING = (
    "--bootstrap", "--seed", "--resample", "--interval", "--level", "--alpha", "--jobs",
    "--scheduler", "--scheduler-timeout", "--fallback",
)  # fmt: skip
"""The options of `xacle_eval.cli.bootstrap`."""

NEEDS: dict[str, dict[str, tuple[Needs, ...]]] = {
    "--seed": {
        "score": (_BOOTSTRAP,),
        "leaderboard": (_BOOTSTRAP,),
        "challenge init": (_with("--parts", value="NAME=FRACTION"),),
    },
    "--resample": {"score": (_BOOTSTRAP,), "leaderboard": (_BOOTSTRAP,)},
    "--interval": {"score": (_BOOTSTRAP,), "leaderboard": (_BOOTSTRAP,)},
    "--level": {"score": (_BOOTSTRAP,), "leaderboard": (_BOOTSTRAP,)},
    "--alpha": {"leaderboard": (_BOOTSTRAP,)},
    "--jobs": {
        "score": (_BOOTSTRAP, _LOCAL),
        "leaderboard": (_BOOTSTRAP, _LOCAL),
        "compare": (_LOCAL,),
        "report": (_LOCAL,),
    },
    "--scheduler": {"score": (_BOOTSTRAP,), "leaderboard": (_BOOTSTRAP,)},
    "--scheduler-timeout": {
        "score": (_BOOTSTRAP, _SCHEDULER),
        "leaderboard": (_BOOTSTRAP, _SCHEDULER),
        "compare": (_SCHEDULER,),
        "report": (_SCHEDULER,),
    },
    "--fallback": {
        "score": (_BOOTSTRAP, _SCHEDULER),
        "leaderboard": (_BOOTSTRAP, _SCHEDULER),
        "compare": (_SCHEDULER,),
        "report": (_SCHEDULER,),
    },
    "--profile": {"score": (_NOT_IN_CSV,)},
    "--screenings": {"leaderboard": (_NOT_IN_CSV,)},
    "--set": {"listeners": (_with("--screen", value="METHOD"),)},
    "--flag": {"listeners": (_with("--screen", value="METHOD"),)},
    "--grid": {"audit": (_NO_REFERENCES,)},
    "--force": {
        "listeners": (_with("--averages", value="OUT.csv"),),
        "plan": (_with("--plot", value="OUT.svg"),),
        "fix": (_with("--output", value="OUT"),),
        "package": (_with("--output", value="FILE"),),
        "challenge template": (_with("--output", value="FILE"),),
        "export": (_FOLDER,),
    },
    "--label": {"package": (_with("--template"),)},
    "--challenge": {"package": (_NOT_A_TEMPLATE,), "export": (_BUILD,)},
    "--references": {"export": (_BUILD,)},
    "--references-of": {"export": (_BUILD,)},
    "--text": {"export": (_BUILD,)},
    "--contact": {"export": (_BUILD,)},
    "--strict": {"export": (_with("--check", value="BUNDLE"),)},
    "--split": {"package": (_NOT_A_TEMPLATE,)},
    "--allow-code": {"package": (_NOT_A_TEMPLATE,), "export": (_BUILD,)},
    "--follow-links": {"package": (_NOT_A_TEMPLATE,)},
    "--phase": {"leaderboard": (_LEDGER,), "report": (_LEDGER,), "export": (_TRIAL,)},
    "--as-of": {"leaderboard": (_LEDGER,), "report": (_LEDGER,)},
    "--python": {"export": (_TRIAL,)},
    "--parts": {"challenge init": (_LABELS,)},
}
"""For each option and command, what the option needs; the first need that is missing is named."""

ALWAYS = {
    # what is read
    "--references", "--references-of", "--challenge", "--split", "--part", "--system", "--from",
    "--target", "--keep-excluded", "--duplicates", "--allow-code", "--follow-links", "--check",
    "--try",
    # what is computed
    "--bootstrap", "--seed", "--resample", "--interval", "--level", "--alpha", "--scheduler",
    "--by", "--metric", "--against", "--margin", "--standardise", "--correction", "--screen",
    "--splits", "--resamples", "--difference", "--power", "--score", "--between", "--listeners",
    "--phase", "--tries", "--teams", "--bound", "--history", "--repetitions",
    "--pair-cost", "--rank-suspicious", "--strict", "--pyodide",
    # the ledger
    "--ledger", "--as-of", "--time", "--team", "--reason", "--undo", "--head",
    "--write-head", "--before", "--replies",
    # what is written
    "--format", "--output", "--by-column", "--official-csv", "--pairs", "--averages", "--summary",
    "--plot", "--receipt", "--statistics", "--diff", "--template", "--force", "--figures",
    "--check-page",
    # how the command runs
    "--exit-zero", "--open", "--quiet", "--debug",
}  # fmt: skip
"""The options that have an effect, or depend on the files, in the commands outside `NEEDS`."""


def refuse_unused(ctx: click.Context) -> None:
    """Refuse options on the command line that have no effect.

    Raises
    ------
    UsageError
        With the options that lack the same thing, and what to pass.
    """
    command = ctx.command_path.partition(" ")[2]
    unused: dict[Needs, list[str]] = {}
    for name in _given(ctx):
        for need in NEEDS.get(name, {}).get(command, ()):
            if not need.fulfilled(ctx.params):
                unused.setdefault(need, []).append(name)
                break
    for need, names in unused.items():
        them = "it" if len(names) == 1 else "them"
        raise UsageError(
            f"{_no_effect(names)} {need.condition}; pass {need.advice}, or leave {them} out"
        )


def without_effect(ctx: click.Context, options: Collection[str], condition: str) -> str:
    """Return a note about those of some options that are on the command line; else empty."""
    names = [name for name in _given(ctx) if name in options]
    return f"{_no_effect(names)} {condition}" if names else ""


def _given(ctx: click.Context) -> list[str]:
    """Return the options on the command line, in the order of the command's parameters."""
    return [
        max(param.opts, key=len)
        for param in ctx.command.params
        if ctx.get_parameter_source(param.name or "") is ParameterSource.COMMANDLINE
    ]


def _no_effect(names: Collection[str]) -> str:
    verb = "has" if len(names) == 1 else "have"
    return f"{listing(names, len(names))} {verb} no effect"
