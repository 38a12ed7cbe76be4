"""Days where the desk is."""

from datetime import UTC, date, datetime

from bot.clock import day_of


def test_a_day_begins_where_the_desk_is() -> None:
    """Half past eleven in a summer's night by UTC is the next day in London, and not in New York."""
    moment = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
    assert day_of(moment, "Europe/London") == date(2026, 7, 1)
    assert day_of(moment, "America/New_York") == date(2026, 6, 30)
