"""When somebody may be written to unasked."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.messages.quiet import NEVER, Quiet, held_until, read, zones_of

NIGHT = Quiet(time(21), time(8))
LONDON = "Europe/London"
ZONES = st.sampled_from([LONDON, "America/New_York", "America/Los_Angeles", "Asia/Kathmandu", "Australia/Lord_Howe"])
MOMENTS = st.integers(0, 730 * 86_400).map(
    lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
SPRING, AUTUMN = datetime(2026, 3, 29, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@given(MOMENTS, st.lists(ZONES, min_size=1, max_size=2, unique=True), st.times(), st.times())
@example(SPRING, [LONDON], time(21), time(8))
@example(AUTUMN, [LONDON], time(21), time(8))
@example(SPRING, [LONDON], time(0), time(1, 30))
@example(AUTUMN, [LONDON], time(0), time(1, 30))
@example(datetime(2026, 4, 4, 14, 40, tzinfo=UTC), ["Australia/Lord_Howe"], time(21), time(1, 45))
def test_it_goes_when_nobody_sleeps_and_no_minute_later(
    now: datetime, zones: list[str], begin: time, end: time
) -> None:
    """On every day, also where clocks change: quiet until then and not at that moment, in all the zones."""
    quiet = Quiet(begin.replace(second=0, microsecond=0, tzinfo=None), end.replace(second=0, microsecond=0))
    until = held_until(now, zones, quiet, None, LONDON)

    def asleep(moment: datetime) -> bool:
        return any(quiet.at(moment.astimezone(ZoneInfo(zone)).time()) for zone in zones)

    assert now <= until <= now + timedelta(hours=49)
    if asleep(until):
        # There is no hour at which all of them are awake: the desk's own zone counted.
        probe = (now + timedelta(minutes=at) for at in range(1, 48 * 60))
        assert all(asleep(moment) for moment in probe)
        return
    if until > now:
        assert asleep(now)
        assert all(asleep(until - timedelta(minutes=at)) for at in (1, 2) if until - timedelta(minutes=at) > now)


@given(MOMENTS, ZONES, st.integers(-2, 3))
def test_the_law_s_last_day_is_never_missed_for_sleep(now: datetime, zone: str, days: int) -> None:
    """It goes on that day or before it; what is late already goes at once."""
    last = now.astimezone(ZoneInfo(LONDON)).date() + timedelta(days=days)
    until = held_until(now, [zone], NIGHT, last, LONDON)
    assert until == now or until.astimezone(ZoneInfo(LONDON)).date() <= last


def test_a_reminder_at_night_goes_at_eight() -> None:
    """At ten in the evening it waits for the morning, there and not here."""
    ten = datetime(2026, 11, 20, 22, tzinfo=UTC)
    assert held_until(ten, [LONDON], NIGHT, None, LONDON) == datetime(2026, 11, 21, 8, tzinfo=UTC)
    assert held_until(ten, ["America/New_York"], NIGHT, None, LONDON) == ten, "it is five in the afternoon there"
    assert held_until(ten, [], NIGHT, None, LONDON) == datetime(2026, 11, 21, 8, tzinfo=UTC)
    assert held_until(ten, [LONDON], NIGHT, date(2026, 11, 20), LONDON) == ten, "tomorrow would be too late"
    assert held_until(ten, [LONDON], NEVER, None, LONDON) == ten


@pytest.mark.parametrize(
    ("address", "zones"),
    [
        ("+447400123456", (LONDON,)),
        ("whatsapp:+12125550123", ("America/New_York",)),
        ("+18005550123", ()),
        ("ann@example.net", ()),
        ("12345", ()),
    ],
)
def test_a_number_tells_where_its_owner_may_be(address: str, zones: tuple[str, ...]) -> None:
    """By its country and area; a number of everywhere, and what is none, tells nothing."""
    found = zones_of(address)
    assert set(zones) <= set(found)
    assert bool(found) == bool(zones)


def test_the_setting_is_read_or_refused_with_an_example() -> None:
    """21:00-08:00, or off."""
    assert read("21:00-08:00") == NIGHT
    assert read("off") == read("") == NEVER
    for wrong in ("21-8", "25:00-08:00", "night", "21:00-08:60"):
        with pytest.raises(ValueError, match="21:00-08:00"):
            read(wrong)
