"""Time zones that are a fixed distance from UTC, for dates that travel as text."""

from __future__ import annotations

from datetime import UTC as SYSTEM_UTC
from datetime import datetime, timedelta, timezone, tzinfo

from txloop._public import publish

__all__ = ["UTC", "FixedOffsetTimeZone"]


class FixedOffsetTimeZone(tzinfo):
    """A zone that is always the same distance from UTC.

    Args:
        offset: How far local time is ahead of UTC.
        name: What `tzname` says; None: ``UTC+hhmm``.
    Source: Twisted 26.10, twisted.python._tzhelper.FixedOffsetTimeZone, by running it.
    """

    def __init__(self, offset: timedelta, name: str | None = None) -> None:
        self.offset = offset
        self.name = name

    @classmethod
    def fromSignHoursMinutes(cls, sign: str, hours: int, minutes: int) -> FixedOffsetTimeZone:
        """The zone written as *sign*, *hours* and *minutes*, such as ``+``, 2 and 30.

        Raises:
            ValueError: *sign* is neither ``+`` nor ``-``.
        """
        if sign not in ("+", "-"):
            raise ValueError(f"Invalid sign for timezone {sign!r}")
        distance = timedelta(hours=hours, minutes=minutes)
        return cls(-distance if sign == "-" else distance, f"{sign}{hours:02d}:{minutes:02d}")

    @classmethod
    def fromLocalTimeStamp(cls, timeStamp: float) -> FixedOffsetTimeZone:
        """The distance of this machine's local time from UTC at *timeStamp*, in seconds since 1970."""
        local = datetime.fromtimestamp(timeStamp)
        utc = datetime.fromtimestamp(timeStamp, SYSTEM_UTC).replace(tzinfo=None)
        return cls(local - utc)

    def utcoffset(self, dt: datetime | None) -> timedelta:
        """How far local time is ahead of UTC; always the same."""
        return self.offset

    def dst(self, dt: datetime | None) -> timedelta:
        """Nothing: such a zone has no summer time."""
        return timedelta(0)

    def tzname(self, dt: datetime | None) -> str:
        """The zone's name, or ``UTC+hhmm``."""
        if self.name is not None:
            return self.name
        return timezone(self.offset).tzname(None).replace(":", "") if self.offset else "UTC+0000"


UTC = FixedOffsetTimeZone.fromSignHoursMinutes("+", 0, 0)

publish(__name__, __all__)
