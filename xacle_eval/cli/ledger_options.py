"""Options of the ledger: the file, the phase, the state as of a time, and times."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from xacle_eval.challenge.model import Challenge
from xacle_eval.cli.options import any_path, open_challenge, option
from xacle_eval.records.ledger.ledger import Ledger

__all__ = [
    "as_of_option",
    "ledger_option",
    "open_ledger",
    "phase_option",
    "time_option",
]

F = TypeVar("F", bound=Callable[..., Any])


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
    return option(
        "--phase",
        group="Input",
        metavar="NAME",
        help="Use this phase of the challenge. [default: the only one; where it filters, all]",
    )(command)


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
        metavar="TIME",
        required=required,
        help=f"{what} Write it with a time zone, such as 2026-11-20T18:00:00+09:00.",
    )


def open_ledger(path: str, challenge: str | Challenge) -> Ledger:
    """Open the ledger of a command."""
    loaded = challenge if isinstance(challenge, Challenge) else open_challenge(challenge)
    return Ledger(path, loaded)
