"""Dates in a configuration: as they are written, and the moment that they name."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import NamedTuple

__all__ = ["Written", "read_date"]

_ISO = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:[Tt ]\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6})\d*)?)?)?"
    r"\s*(Z|z|UTC|[+-]\d{2}(?::?\d{2})?)?",
    re.ASCII,
)


class Written(NamedTuple):
    """A date in ISO form: as written without its offset, in UTC, and what was written.

    Without an offset, the time is in UTC.
    """

    when: datetime
    moment: datetime
    offset: timedelta | None
    has_time: bool


def read_date(text: str) -> Written | None:
    """Return a date that is written in ISO form (``2027-01-31 12:00:00+09:00``), or None.

    Raises
    ------
    ValueError
        If there is no such day or time.
    """
    found = _ISO.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    micro = int((found[7] or "0").ljust(6, "0"))
    when = datetime(year, month, day, hour, minute, second, micro)
    offset = _offset(found[8])
    try:
        return Written(when, when - (offset or timedelta()), offset, found[4] is not None)
    except OverflowError:
        raise ValueError("year is out of range") from None


def _offset(zone: str | None) -> timedelta | None:
    if zone is None:
        return None
    if zone.upper() in ("Z", "UTC"):
        return timedelta()
    digits = zone[1:].replace(":", "").ljust(4, "0")
    sign = -1 if zone[0] == "-" else 1
    return sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
