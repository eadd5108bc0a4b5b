"""As of: the state of the ledger at a time, or after one of its entries."""

from __future__ import annotations

from datetime import datetime, tzinfo
from numbers import Integral
from typing import NamedTuple

from xacle_eval.errors import UsageError, value_text
from xacle_eval.records.ledger.database import Database
from xacle_eval.records.ledger.times import is_date, parse_time, start_of_day

__all__ = ["AsOf", "Moment", "check_as_of", "moment_of"]

AsOf = str | datetime | int | None
"""A time, a date (the end of that day), the number of an entry, or None for all entries."""


class Moment(NamedTuple):
    """A condition on the entries, and the time that it stands for; empty without any time.

    ``passed`` is the time that has passed for sure: the beginning of a date, because its day may
    not be over, and empty for the number of an entry, because times of uploads can be wrong.
    """

    condition: tuple[str, str | int]
    time: str
    passed: str = ""


def check_as_of(as_of: object) -> None:
    """Refuse what is neither a time nor the number of an entry.

    Raises
    ------
    UsageError
        If it has another type.
    """
    # True and False are whole numbers for Python.
    if isinstance(as_of, bool) or not isinstance(as_of, str | datetime | Integral | None):
        raise UsageError(
            "as_of must be a time as text or a datetime, a date as text, the number of an entry, "
            f"or None; got {value_text(as_of)}"
        )


def moment_of(database: Database, as_of: AsOf, zone: tzinfo) -> Moment:
    """Return the state that is asked for.

    Parameters
    ----------
    database : Database
        The ledger.
    as_of : str, datetime, int or None
        See `AsOf`. Text that is a number is that of an entry.
    zone : tzinfo
        The time zone in which a date ends.

    Raises
    ------
    UsageError
        If it is no time, or the number of no entry.
    """
    check_as_of(as_of)
    if isinstance(as_of, Integral):  # also one of numpy
        as_of = int(as_of)
    if isinstance(as_of, str) and as_of.isascii() and as_of.isdigit():
        as_of = int(as_of[:20])
    if as_of is None or isinstance(as_of, int):
        head = database.head()
        number = head.sequence if as_of is None else as_of
        if not 1 <= number <= head.sequence:
            raise UsageError(
                f"as of {value_text(as_of)}: the ledger has no such entry; its entries are 1 to "
                f"{head.sequence:,}, and a time is written as 2026-11-20T18:00:00+09:00"
            )
        condition: tuple[str, str | int] = ("sequence <= ?", number)
        # By the index of times, without reading all entries as max(time) would.
        statement = "SELECT time FROM entries WHERE sequence <= ? ORDER BY time DESC LIMIT 1"
        ((last,),) = database.query(statement, number)
        return Moment(condition, last)
    time = parse_time(as_of, "as of", zone)
    # The first entry may have no time; it is before all others.
    passed = time
    if isinstance(as_of, str) and is_date(as_of):
        passed = start_of_day(as_of.strip(), zone)
    return Moment(("time <= ?", time), time, passed)
