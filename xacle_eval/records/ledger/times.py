"""Times of the ledger: UTC to the second, as text that sorts in their order.

No function of the ledger reads the clock. A time comes from the caller, or from the file that was
sent, so that the same ledger and the same arguments always give the same result.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo

from xacle_eval.errors import UsageError
from xacle_eval.text import quote

__all__ = [
    "day_of",
    "end_of_day",
    "exact_text",
    "from_seconds",
    "is_time",
    "local_text",
    "next_day",
    "parse_time",
    "short_text",
]

_STORED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
_EXAMPLE = "2026-11-20T18:00:00+09:00"


def parse_time(text: str | datetime, what: str = "time", zone: tzinfo | None = None) -> str:
    """Return a time as the ledger stores it: UTC, whole seconds, such as ``2026-11-20T09:00:00Z``.

    Parameters
    ----------
    text : str or datetime
        A time with its time zone in ISO 8601, or a `datetime` with one.
    what : str
        What the time is, for the message.
    zone : tzinfo, optional
        Also accept a date alone: it is the end of that day in this time zone.

    Raises
    ------
    UsageError
        If it is no time, or has no time zone.
    """
    if isinstance(text, datetime):
        found = text
    elif zone is not None and _DATE.fullmatch(text):
        return end_of_day(text, zone)
    else:
        try:
            found = datetime.fromisoformat(text.strip())
        except ValueError as error:
            raise UsageError(
                f"{what} {quote(text, 60)}: expected a date and time with a time zone, such as "
                f"{_EXAMPLE}"
            ) from error
    if found.tzinfo is None:
        raise UsageError(
            f"{what} {quote(str(text), 60)} has no time zone; add it, such as {_EXAMPLE}, or Z "
            "for UTC"
        )
    try:
        stored = found.astimezone(UTC)
    except OverflowError as error:
        raise UsageError(f"{what} {quote(str(text), 60)} is out of range") from error
    return f"{stored:%Y}".rjust(4, "0") + f"{stored:{_FORMAT[2:]}}"


def from_seconds(seconds: float) -> str:
    """Return the time of a file, in seconds since 1970, as the ledger stores it.

    Raises
    ------
    UsageError
        If the file claims a time outside the years 1 to 9999.
    """
    try:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(seconds // 1))
    except OverflowError as error:
        raise UsageError("the time of the file is out of range; pass its time instead") from error
    return parse_time(moment)


def is_time(text: str) -> bool:
    """Return whether a text is a time as the ledger stores it."""
    if not _STORED.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def day_of(time: str, zone: tzinfo) -> str:
    """Return the day of a stored time in a time zone, such as ``2026-11-20``."""
    return _in_zone(time, zone).date().isoformat()


def next_day(day: str, zone: tzinfo) -> str:
    """Return the first second after a day in a time zone, as a stored time."""
    start = datetime.fromisoformat(day).replace(tzinfo=zone) + timedelta(days=1)
    return parse_time(start)


def end_of_day(day: str, zone: tzinfo) -> str:
    """Return the last second of a day in a time zone, as a stored time."""
    try:
        start = datetime.fromisoformat(day).replace(tzinfo=zone)
        return parse_time(start + timedelta(days=1, seconds=-1))
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{quote(day)} is not a date") from error


def local_text(time: str, zone: tzinfo) -> str:
    """Return a stored time as people in a time zone read it: ``2026-11-20 18:00:00 +09:00``."""
    moment = _in_zone(time, zone)
    offset = moment.strftime("%z")
    return f"{moment:%Y-%m-%d %H:%M:%S} {offset[:3]}:{offset[3:5]}"


def short_text(time: str, utc_offset: str) -> str:
    """Return a stored time in a table: ``2026-11-20 18:00``, without its seconds."""
    return f"{_in_zone(time, _zone_of(utc_offset)):%Y-%m-%d %H:%M}"


def exact_text(time: str, utc_offset: str) -> str:
    """Return a stored time with its seconds, if it has any: ``2026-11-20 18:00``."""
    text = f"{_in_zone(time, _zone_of(utc_offset)):%Y-%m-%d %H:%M:%S}"
    return text.removesuffix(":00")


def _zone_of(utc_offset: str) -> tzinfo:
    """Return the time zone of an offset such as ``+09:00``."""
    zone = datetime.strptime(utc_offset, "%z").tzinfo
    return UTC if zone is None else zone


def _in_zone(time: str, zone: tzinfo) -> datetime:
    moment = datetime.fromisoformat(time)
    try:
        return moment.astimezone(zone)
    except OverflowError:  # the first or the last day that a calendar has
        return moment
