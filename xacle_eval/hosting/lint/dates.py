"""Dates in a configuration: as they are written, and the moment that they name."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import NamedTuple

__all__ = ["NamedZone", "Written", "named_zone", "read_date"]

_ISO = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:[Tt ]\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6})\d*)?)?)?"
    r"\s*(Z|z|UTC|[+-]\d{2}(?::?\d{2})?)?",
    re.ASCII,
)


# A time, or a day in ISO form, and what follows it from its first letter on.
_NAMED = re.compile(
    r"(?P<date>.*?\d:\d{2}(?::\d{2}(?:\.\d+)?)?|\d{4}-\d{1,2}-\d{1,2})\s*"
    r"(?P<zone>[A-Za-z(\[].*)",
    re.ASCII | re.DOTALL,
)
_ABBREVIATION = re.compile(r"[A-Z]{1,5}(?:\s*[+-]\d{1,2}(?::?\d{2})?)?", re.ASCII)
_IN_BRACKETS = re.compile(r"\([A-Z]{3,5}\)", re.ASCII)
_OFFSET_ZERO = re.compile(r"(?:UTC|GMT)(?:\s*[+-]0{1,2}(?::?00)?)?", re.ASCII)
_LONGEST = 200
# Words after a time that belong to the date.
_WORDS = re.compile(
    r"(?:[ap]m?|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?"
    r"|jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec"
    r"|january|february|march|april|june|july|august|september|october|november|december)\b.*",
    re.IGNORECASE | re.DOTALL,
)


class NamedZone(NamedTuple):
    """A date with the name of a time zone behind it.

    `is_read` is whether a parser of many forms (dateutil) accepts the name: an abbreviation in
    capital letters behind a time, with or without an offset. It does not know what it means.
    `is_utc` is whether it names UTC.
    """

    date: str
    zone: str
    is_read: bool
    is_utc: bool


def named_zone(text: str) -> NamedZone | None:
    """Return a date and the name of a time zone behind it (``2027-01-31 12:00 EST``), or None."""
    written = text.strip()
    found = _NAMED.fullmatch(written) if len(written) <= _LONGEST else None
    if found is None or _WORDS.fullmatch(found["zone"]) or found["zone"] in ("T", "t", "Z", "z"):
        return None
    date, zone = found["date"], found["zone"]
    has_time = ":" in date
    if not has_time and any(each.isdigit() for each in zone):
        return None  # a time behind a letter or a word
    has_offset = re.search(r"[+-]\d{2}:?\d{2}$", date) is not None and date.count(":") > 1
    known = _IN_BRACKETS if has_offset else _ABBREVIATION
    is_utc = has_time and _OFFSET_ZERO.fullmatch(zone) is not None
    return NamedZone(date, zone, has_time and known.fullmatch(zone) is not None, is_utc)


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
