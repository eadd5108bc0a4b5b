"""``xacle-eval audit``: how many labels the published scores of a challenge reveal."""

from __future__ import annotations

from typing import Any

import click

from xacle_eval.cli.formats import write_tables
from xacle_eval.cli.options import (
    challenge_option,
    common_options,
    format_option,
    open_challenge,
    option,
    references_option,
    refuse_overwriting,
    seed_option,
)
from xacle_eval.cli.output import note
from xacle_eval.cli.progress import progress_bar
from xacle_eval.cli.references import about_default_challenge, named_references, reference_files
from xacle_eval.cli.usage import Command
from xacle_eval.errors import UsageError
from xacle_eval.reports.formats.registry import TABLE_FORMATS
from xacle_eval.text import count, listing, visible

__all__ = ["command"]


@click.command("audit", cls=Command)
@references_option
@option(
    "--phase",
    group="Input",
    metavar="NAME",
    help="Audit only this phase. [default: all]",
)
@option(
    "--tries",
    group="Input",
    type=click.IntRange(1, 1000),
    metavar="N",
    help="Assume that a team sees N scores. [default: the limit of the phase, or 100]",
)
@option(
    "--teams",
    group="Input",
    type=click.IntRange(1, 1000),
    default=1,
    show_default=True,
    metavar="N",
    help="Assume that N teams probe together.",
)
@option(
    "--grid",
    group="Input",
    type=float,
    metavar="STEP",
    help="Draw labels in these steps, and use no references. [default: a 40th of the scale]",
)
@option(
    "--bound",
    group="Ranking",
    default="0.5",
    show_default=True,
    metavar="LABELS",
    help="Warn of a phase in which an attack reads this many labels or more; also a share of the "
    "pairs, such as 1%.",
)
@option(
    "--history",
    group="Ranking",
    is_flag=True,
    help="Judge a ladder only on hosts that keep what each team has seen: Hugging Face and the "
    "ledger.",
)
@option(
    "--strict",
    group="Execution",
    is_flag=True,
    help="Exit with 1 if a phase is above the bound.",
)
@option(
    "--repetitions",
    group="Uncertainty",
    type=click.IntRange(2, 1000),
    default=10,
    show_default=True,
    metavar="N",
    help="Simulate every attack N times.",
)
@seed_option("drawn labels and simulations")
@format_option(TABLE_FORMATS)
@challenge_option
@common_options
def command(
    references: tuple[str, ...],
    bound: str,
    strict: bool,
    format_: str,
    output: str | None,
    challenge: str,
    quiet: bool,
    **settings: Any,
) -> int:
    """Estimate how many labels the scores of each phase reveal.

    Someone who chooses predictions for that purpose learns labels from their scores. The attacks
    are simulated with what each phase of the challenge file shows, and as many tries as it allows.
    For a phase above the bound, a policy below it is recommended.

    \b
    Examples:
      xacle-eval audit --challenge challenge.toml
      xacle-eval audit --challenge challenge.toml --phase test --tries 100
      xacle-eval audit -c challenge.toml -r test_average.csv --bound 1% --strict
    """
    from xacle_eval.evaluation.audit import audit
    from xacle_eval.reports.contents import audit_contents

    loaded = open_challenge(challenge)
    refuse_overwriting({"--output": output}, reference_files(references, loaded))
    labels, share = _bound(bound)
    with about_default_challenge(loaded), progress_bar("simulating attacks") as progress:
        report = audit(
            loaded,
            references=named_references(references, loaded),
            bound=labels,
            share=share,
            progress=progress,
            **settings,
        )
    write_tables(format_, output, audit_contents(report))
    above = [visible(phase.phase) for phase in report.above]
    if above:
        names = listing(list(dict.fromkeys(above)), 5)
        note(f"{count(len(set(above)), 'phase')} above the bound ({names})", quiet)
    return 1 if above and strict else 0


def _bound(text: str) -> tuple[float, bool]:
    """Return a bound, and whether it is a share of the pairs."""
    number = text.strip()
    share = number.endswith("%")
    try:
        value = float(number.removesuffix("%"))
    except ValueError:
        value = -1.0
    if not 0.0 < value < 1e9 or (share and value > 100.0):
        raise UsageError(
            f"--bound {visible(text, 60)}: expected a number of labels above 0, such as 0.5, or a "
            "share of the pairs, such as 1%"
        )
    return (value / 100.0 if share else value), share
