"""The present time, and nothing else in the desk asks for it. Tests pass their own `Clock`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def day_of(moment: datetime, timezone: str) -> date:
    """The day of an aware moment where the desk is, by the name of its time zone ("Europe/London")."""
    return moment.astimezone(ZoneInfo(timezone)).date()
