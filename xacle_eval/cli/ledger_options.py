"""Options of the ledger: the file, the phase, the state as of a time, and times."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from xacle_eval.challenge.model import Challenge
from xacle_eval.cli.candidates import complete_phase
from xacle_eval.cli.options import any_path, open_challenge, option
from xacle_eval.cli.usage import InvalidValue
from xacle_eval.errors import UsageError
from xacle_eval.evaluation.ledger import Ledger
from xacle_eval.records.ledger.files import ledger_place
from xacle_eval.submissions.discovery import Located

__all__ = [
    "EntryNumber",
    "as_of_option",
    "board_options",
    "board_submissions",
    "intake_phase_option",
    "ledger_files",
    "ledger_option",
    "open_ledger",
    "phase_option",
    "time_option",
    "uses_ledger",
]

F = TypeVar("F", bound=Callable[..., Any])


class EntryNumber(click.IntRange):
    """The number of an entry of the ledger."""

    expected = "the number of an entry, as xacle-eval ledger log shows it"

    def __init__(self) -> None:
        super().__init__(min=1, max=2**63 - 1)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number, or raise an error that says where to find it."""
        try:
            return int(super().convert(value, param, ctx))
        except click.BadParameter as error:
            raise InvalidValue(value, ctx, param) from error


class TimeText(click.types.StringParamType):
    """A time, which is read where it is used."""

    example = "2026-11-20T18:00:00+09:00"


def ledger_option(command: F) -> F:
    """Add --ledger, with a default."""
    return option(
        "--ledger",
        group="Input",
        type=any_path,
        metavar="DB",
        default="ledger.db",
        show_default=True,
        help="Use this ledger.",
    )(command)


def phase_option(command: F) -> F:
    """Add --phase."""
    return _phase_option(
        "the only one, or the default split of a challenge without phases; where it filters, all"
    )(command)


def intake_phase_option(command: F) -> F:
    """Add --phase, without which the time of each upload decides."""
    return _phase_option(
        "the only one, or of several the one that was open when the file was sent, else the last "
        "one that had closed, else the next one to open"
    )(command)


def _phase_option(default: str) -> Callable[[F], F]:
    return option(
        "--phase",
        group="Input",
        metavar="NAME",
        shell_complete=complete_phase,
        help=f"Use this phase of the challenge. [default: {default}]",
    )


def as_of_option(command: F) -> F:
    """Add --as-of."""
    return option(
        "--as-of",
        group="Input",
        metavar="TIME|ENTRY",
        help="Use the ledger as it was at this time (2026-11-20T18:00:00+09:00), at the end of "
        "this day (2026-11-20), or after this entry (120). [default: all entries]",
    )(command)


def time_option(what: str, required: bool = False) -> Callable[[F], F]:
    """Add --time; `what` says what it is the time of."""
    return option(
        "--time",
        group="Input",
        type=TimeText(),
        metavar="TIME",
        required=required,
        help=f"{what} Write it with a time zone, such as 2026-11-20T18:00:00+09:00, or as in a "
        "mail: 'Fri, 20 Nov 2026 18:00:00 +0900'.",
    )


def board_options(command: F) -> F:
    """Add --ledger without a default, --phase and --as-of, for commands that also read files."""
    option_ = option(
        "--ledger",
        group="Input",
        type=any_path,
        metavar="DB",
        help="Use the uploads of this ledger that count, instead of DIR and FILE or with them.",
    )
    return option_(phase_option(as_of_option(command)))


def board_submissions(
    ledger: str | None,
    phase: str | None,
    as_of: str | None,
    challenge: Challenge,
    split: str | None,
    part: str | None,
    paths: tuple[str, ...],
    *,
    may_be_empty: bool = False,
) -> tuple[Challenge, tuple[Located, ...]]:
    """Return the challenge of the phase, and the uploads of the ledger that count.

    Raises
    ------
    UsageError
        If nothing is given to rank and it must not be empty, or --split is not that of the phase.
    """
    if ledger is None or not uses_ledger(ledger, paths):
        return challenge, ()
    opened = Ledger(ledger, challenge)
    found = opened.phase_challenge(phase, part)
    if split is not None and split != found.split:
        raise UsageError(
            f"--split {split}: the phase takes submissions to the split {found.split}; leave "
            "--split out"
        )
    if may_be_empty:
        return found, opened.counted(phase=phase, as_of=as_of)
    return found, opened.submissions(phase=phase, as_of=as_of)


def uses_ledger(ledger: str | None, paths: tuple[str, ...]) -> bool:
    """Return whether a command reads a ledger: one that the environment names is for no files."""
    context = click.get_current_context()
    from_environment = context.get_parameter_source("ledger") is ParameterSource.ENVIRONMENT
    return ledger is not None and not (paths and from_environment)


def ledger_files(ledger: str | None) -> dict[str | None, str]:
    """Return the files of a ledger that no result may overwrite."""
    if ledger is None:
        return {}
    return {
        f"{place}{ending}": "the ledger"
        for place in (ledger, ledger_place(ledger))  # the ledger itself may be behind a link
        for ending in ("", "-wal", "-shm", "-journal", ".files")
    }


def open_ledger(path: str, challenge: str | Challenge) -> Ledger:
    """Open the ledger of a command."""
    loaded = challenge if isinstance(challenge, Challenge) else open_challenge(challenge)
    return Ledger(path, loaded)
