"""Reminders in words: how far a date is away, and how pressing that is, never by colour alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.casework.reminders import BY_CLOCK, LINK_OVER, TO_CUSTOMER
from bot.console.reminder_words import said

TODAY = date(2026, 12, 18)
NOW = datetime(2026, 12, 18, 12, 0, tzinfo=UTC)
MONDAY = date(2026, 12, 21)


@pytest.mark.parametrize(
    ("kind", "for_date", "words", "tone"),
    [
        ("due_3", MONDAY, "Due in 3 days, Monday 21 December 2026", "warn"),
        ("due_1", date(2026, 12, 19), "Due tomorrow, Saturday 19 December 2026", "bad"),
        ("notice_1", TODAY, "Last day to announce an extension today, Friday 18 December 2026", "bad"),
        ("internal_1", TODAY, "The desk's own date today, Friday 18 December 2026", "warn"),
        ("internal_7", date(2026, 12, 25), "The desk's own date in 7 days, Friday 25 December 2026", "info"),
        ("overdue", TODAY, "Overdue since Thursday 17 December 2026", "bad"),
    ],
)
def test_dates_are_told_in_full_with_how_far_they_are(kind: str, for_date: date, words: str, tone: str) -> None:
    """As of today, whenever the reminder was made."""
    assert said(kind, for_date, date(2026, 12, 17), None, NOW, TODAY) == (words, tone)


def test_a_breach_is_told_in_hours() -> None:
    """As of now."""
    for left, words in ((5.5, "within 5 hours"), (1, "within 1 hour"), (0.5, "within the hour"), (-1, "is over")):
        assert words in said("hours_6", TODAY, TODAY, NOW + timedelta(hours=left), NOW, TODAY).text


def test_every_kind_has_words() -> None:
    """None shows its key."""
    for kind in (*BY_CLOCK, *TO_CUSTOMER, "not_told", "tell_person", LINK_OVER):
        assert "_" not in said(kind, TODAY, None, None, NOW, TODAY).text
