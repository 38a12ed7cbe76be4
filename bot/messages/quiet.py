"""When somebody may be written to unasked by text: not in the quiet hours of where they are. Pure.

Only messages that nobody awaits keep to it, and never beyond the last day that the law gives for them: being woken is
the smaller harm. What answers a customer is never held.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_HOURS = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*[-\u2013]\s*([01]?\d|2[0-3]):([0-5]\d)")
_LOOK_MINUTES = 48 * 60
MOST_ZONES = 6
"""A number of a country with more zones than this may be anywhere: the site's zone is taken."""


class Quiet(NamedTuple):
    """Local times from and to which it is quiet, over midnight where `begin` is the later; equal ones mean never."""

    begin: time
    end: time

    def at(self, local: time) -> bool:
        """Whether it is quiet at that local time."""
        if self.begin < self.end:
            return self.begin <= local < self.end
        return self.begin != self.end and (local >= self.begin or local < self.end)


HELD = "it is night where they are, and nobody awaits it"
NEVER = Quiet(time(0), time(0))


def read(setting: str) -> Quiet:
    """The quiet hours of a setting: "21:00-08:00"; "" and "off" for none.

    Raises:
        ValueError: it is no such thing.

    >>> read("21:00-08:00").at(time(7, 59)), read("21:00-08:00").at(time(8))
    (True, False)
    """
    if setting.strip().casefold() in ("", "off"):
        return NEVER
    found = _HOURS.fullmatch(setting.strip())
    if found is None:
        raise ValueError("write the quiet hours like 21:00-08:00, or off")
    begin_hour, begin_minute, end_hour, end_minute = (int(each) for each in found.groups())
    return Quiet(time(begin_hour, begin_minute), time(end_hour, end_minute))


def held_until(now: datetime, zones: Sequence[str], quiet: Quiet, last_day: date | None, desk_zone: str) -> datetime:
    """When the message may go: `now`, or the end of the quiet hours in every one of `zones` (aware, in UTC).

    Where no moment is good in all of them the desk's own zone counts. `last_day` is the law's, in the desk's zone: the
    message is not held beyond the end of that day, nor into its last quiet hours.
    """
    if last_day is not None and _beyond(now, last_day, desk_zone):
        return now
    until = _waking(now, zones or (desk_zone,), quiet)
    if until is None:
        until = _waking(now, (desk_zone,), quiet) or now
    if last_day is not None and _beyond(until, last_day, desk_zone):
        return now
    return until


def _beyond(moment: datetime, last_day: date, zone: str) -> bool:
    return moment.astimezone(ZoneInfo(zone)).date() > last_day


def _waking(now: datetime, zones: Sequence[str], quiet: Quiet) -> datetime | None:
    """The first moment from now at which it is quiet nowhere; None where there is none in two days."""
    known = [ZoneInfo(zone) for zone in zones]

    def awake(moment: datetime) -> bool:
        return not any(quiet.at(moment.astimezone(zone).time()) for zone in known)

    if awake(now):
        return now
    # Minute by minute, which crosses every change of the clocks as it comes; few messages ever ask.
    minute = now.replace(second=0, microsecond=0)
    moments = (minute + timedelta(minutes=at) for at in range(1, _LOOK_MINUTES))
    return next((moment for moment in moments if awake(moment)), None)


@lru_cache(maxsize=4096)
def zones_of(address: str) -> tuple[str, ...]:
    """The time zones in which the owner of a phone number may be; empty where that is not known, or may be anywhere.

    Source: the time zones of the world's numbering plans, which `phonenumbers` carries.
    """
    # A desk that sends nothing unasked need not load it (2 MB).
    import phonenumbers  # noqa: PLC0415
    from phonenumbers import timezone as plans  # noqa: PLC0415

    try:
        number = phonenumbers.parse(address.rpartition(":")[2])
    except phonenumbers.NumberParseException:
        return ()
    found = [zone for zone in plans.time_zones_for_number(number) if zone != plans.UNKNOWN_TIMEZONE and _is(zone)]
    return tuple(found) if len(found) <= MOST_ZONES else ()


def _is(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return True
