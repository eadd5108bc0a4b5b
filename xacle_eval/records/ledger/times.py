"""Times of the ledger: UTC to the second, as text that sorts in their order.

No function of the ledger reads the clock. A time comes from the caller, or from the file that was
sent, so that the same ledger and the same arguments always give the same result.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime
from functools import lru_cache

from xacle_eval.errors import UsageError, value_text
from xacle_eval.text import quote

__all__ = [
    "day_of",
    "end_of_day",
    "exact_text",
    "from_seconds",
    "is_date",
    "is_time",
    "local_text",
    "next_day",
    "parse_time",
    "short_text",
    "start_of_day",
    "zone_of_offset",
]

_STORED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Of a mail, by RFC 5322: Date: Thu, 12 Nov 2026 10:00:00 +0900 (JST)
_MAIL = re.compile(
    r"(?:date:\s*)?(?:(?P<weekday>[a-z]{3}),\s*)?(?P<time>[0-9]{1,2}\s+[a-z]{3}\s+[1-9][0-9]{3}\s+"
    r"[0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:\s+(?:[+-][0-9]{2}[0-5][0-9]|[a-z]{1,5}))?)"
    r"(?:\s*\([^()]*\))?",
    re.ASCII | re.IGNORECASE,
)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
_EXAMPLE = "2026-11-20T18:00:00+09:00"


def parse_time(text: str | datetime, what: str = "time", zone: tzinfo | None = None) -> str:
    """Return a time as the ledger stores it: UTC, whole seconds, such as ``2026-11-20T09:00:00Z``.

    Parameters
    ----------
    text : str or datetime
        A time with its time zone in ISO 8601 or as in a mail (RFC 5322), or a `datetime` with one.
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
    elif not isinstance(text, str):
        raise UsageError(
            f"{what} must be a time as text or a datetime, with its time zone; got "
            f"{value_text(text)}"
        )
    elif zone is not None and is_date(text):
        return end_of_day(text.strip(), zone)
    else:
        found = _read(text.strip(), what)
    shown = quote(text if isinstance(text, str) else str(found.replace(tzinfo=None)), 60)
    if not _has_offset(found):
        raise UsageError(
            f"{what} {shown} has no time zone; add it, such as {_EXAMPLE}, or Z for UTC"
        )
    try:
        stored = found.astimezone(UTC)
    except OverflowError as error:
        raise UsageError(f"{what} {shown} is out of range") from error
    return f"{stored:%Y}".rjust(4, "0") + f"{stored:{_FORMAT[2:]}}"


def _has_offset(moment: datetime) -> bool:
    """Return whether a datetime has a time zone that knows its offset at that time."""
    try:
        return moment.utcoffset() is not None
    except NotImplementedError:  # of the class tzinfo itself, which has no offset
        return False


def _read(text: str, what: str) -> datetime:
    """Read a time in ISO 8601, or as in a mail."""
    mail = _MAIL.fullmatch(text)
    try:
        # Python reads no z in lower case, which RFC 3339 allows.
        found = (
            parsedate_to_datetime(mail["time"])
            if mail
            else datetime.fromisoformat(re.sub("z$", "Z", text))
        )
    except ValueError as error:
        raise UsageError(
            f"{what} {quote(text, 60)}: expected a date and time with a time zone, such as "
            f"{_EXAMPLE} or the time of a mail: Fri, 20 Nov 2026 18:00:00 +0900"
        ) from error
    weekday = _WEEKDAYS[found.weekday()]
    if mail and mail["weekday"] and mail["weekday"].title() != weekday[:3]:
        raise UsageError(f"{what} {quote(text, 60)}: {found:%Y-%m-%d} is a {weekday}")
    return found


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


def is_date(text: str) -> bool:
    """Return whether a text is written as a date alone."""
    return _DATE.fullmatch(text.strip()) is not None


def day_of(time: str, zone: tzinfo) -> str:
    """Return the day of a stored time in a time zone, such as ``2026-11-20``."""
    return _in_zone(time, zone).date().isoformat()


@lru_cache(maxsize=4096)  # attempts ask for the same few days for every team
def next_day(day: str, zone: tzinfo) -> str | None:
    """Return the first second after a day in a time zone, as a stored time.

    It is None after the last day that can be written, 9999-12-31.
    """
    try:
        return parse_time(datetime.fromisoformat(day).replace(tzinfo=zone) + timedelta(days=1))
    except (OverflowError, UsageError):
        return None


def start_of_day(day: str, zone: tzinfo) -> str:
    """Return the first second of a day in a time zone, as a stored time.

    It is empty, which is before all times, if it is before the first time that can be written.
    """
    try:
        return parse_time(datetime.fromisoformat(day).replace(tzinfo=zone))
    except UsageError:
        return ""


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
    return f"{_in_zone(time, zone_of_offset(utc_offset)):%Y-%m-%d %H:%M}"


def exact_text(time: str, utc_offset: str) -> str:
    """Return a stored time with its seconds, if it has any: ``2026-11-20 18:00``."""
    text = f"{_in_zone(time, zone_of_offset(utc_offset)):%Y-%m-%d %H:%M:%S}"
    return text.removesuffix(":00")


def zone_of_offset(utc_offset: str) -> tzinfo:
    """Return the time zone of an offset such as ``+09:00``."""
    zone = datetime.strptime(utc_offset, "%z").tzinfo
    return UTC if zone is None else zone


def _in_zone(time: str, zone: tzinfo) -> datetime:
    moment = datetime.fromisoformat(time)
    try:
        return moment.astimezone(zone)
    except OverflowError:  # the first or the last day that a calendar has
        return moment
