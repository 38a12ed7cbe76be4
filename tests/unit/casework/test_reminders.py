"""Which reminders a request has: before its dates, once each, none after its end, and the customer's by day only."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.casework.reminders import BY_CLOCK, TO_CUSTOMER, Due, Facts, for_customer, for_staff
from bot.tickets.states import AWAITING, ENDS, OWED, STATES

LONDON = "Europe/London"
DUE = date(2026, 12, 21)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("days_before", "kind"),
    [(8, ""), (7, "due_7"), (4, "due_7"), (3, "due_3"), (2, "due_3"), (1, "due_1"), (0, "due_1"), (-1, "overdue")],
)
def test_seven_three_and_one_days_before_the_date_and_when_it_is_past(days_before: int, kind: str) -> None:
    """Only the most pressing of them at a time."""
    today = DUE - timedelta(days=days_before)
    found = for_staff(Facts("access", "searching", due_on=DUE), noon(today), LONDON)
    assert [due.kind for due in found] == ([kind] if kind else [])


def test_overdue_comes_anew_each_day_and_the_others_once_for_their_date() -> None:
    """A reminder is one of its kind for one date."""
    late = Facts("access", "searching", due_on=DUE)
    days = [for_staff(late, noon(DUE + timedelta(days=n)), LONDON)[0] for n in (1, 2, 3)]
    assert len(set(days)) == 3
    before = [for_staff(late, noon(DUE - timedelta(days=n)), LONDON)[0] for n in (7, 6, 5, 4)]
    assert set(before) == {Due("due_7", DUE)}


def test_the_desk_s_own_date_and_the_limit_of_notice_have_theirs_and_an_extension_needs_no_notice() -> None:
    """Three dates, three reminders; none of a date gone by."""
    today = date(2026, 12, 13)
    facts = Facts(
        "access", "review", due_on=today + timedelta(days=7), internal_on=today + timedelta(days=1), notice_on=today
    )
    assert {due.kind for due in for_staff(facts, noon(today), LONDON)} == {"due_7", "internal_1", "notice_1"}
    assert "notice_1" not in {due.kind for due in for_staff(facts._replace(extended=True), noon(today), LONDON)}
    later = for_staff(facts, noon(today + timedelta(days=2)), LONDON)
    assert [due.kind for due in later] == ["due_7"]


@pytest.mark.parametrize(
    ("hours", "kind"), [(30, ""), (24, "hours_24"), (7, "hours_24"), (6, "hours_6"), (0.5, "hours_1"), (-1, "overdue")]
)
def test_a_breach_has_hours(hours: float, kind: str) -> None:
    """The regulator is told within seventy-two hours: the last twenty-four, six and one are told."""
    now = noon(DUE)
    facts = Facts("breach", "received", due_on=DUE, due_at=now + timedelta(hours=hours))
    assert [due.kind for due in for_staff(facts, now, LONDON)] == ([kind] if kind else [])


def test_a_customer_who_owes_something_hears_twice_and_staff_after_three_months() -> None:
    """After 7 and 21 days; after three months it is for staff alone, who may end it."""
    asked = noon(date(2026, 9, 1))
    facts = Facts("access", "awaiting_identity", asked_at=asked)
    had: list[Due] = []
    heard = {}
    for day in range(120):
        now = asked + timedelta(days=day)
        due = for_customer(facts, now, LONDON, had)
        if due:
            had.append(due)
            heard[day] = due.kind
    assert heard == {7: "customer_1", 21: "customer_2"}
    assert not for_staff(facts, noon(date(2026, 11, 30)), LONDON)
    assert for_staff(facts, noon(date(2026, 12, 1)), LONDON) == [Due("unverified", date(2026, 9, 1))]
    fee = facts._replace(state="awaiting_fee")
    assert for_staff(fee, noon(date(2026, 12, 1)), LONDON) == [Due("unanswered", date(2026, 9, 1))]


def test_asking_for_news_is_no_answer_and_what_was_none_is_not_the_end_of_it() -> None:
    """They are reminded all the same, staff see that they wrote, and three months later that nothing came since."""
    asked, wrote = noon(date(2026, 9, 1)), noon(date(2026, 9, 3))
    news = Facts("access", "awaiting_fee", asked_at=asked, wrote_at=wrote)
    reminded = for_customer(news, noon(date(2026, 9, 8)), LONDON, [])
    assert reminded == Due("customer_1", date(2026, 9, 1))
    assert for_customer(news._replace(replied_at=wrote), noon(date(2026, 9, 8)), LONDON, []) is None
    for facts in (news, news._replace(replied_at=wrote)):
        assert for_staff(facts, noon(date(2026, 12, 2)), LONDON) == [Due("wrote", date(2026, 9, 3))]
        assert Due("unanswered", date(2026, 9, 3)) in for_staff(facts, noon(date(2026, 12, 3)), LONDON)


def test_a_desk_that_was_down_for_weeks_sends_only_the_last_reminder() -> None:
    """Not both at once."""
    facts = Facts("access", "awaiting_fee", asked_at=noon(date(2026, 9, 1)))
    due = for_customer(facts, noon(date(2026, 9, 30)), LONDON, [])
    assert due is not None
    assert due.kind == "customer_2"
    assert for_customer(facts, noon(date(2026, 10, 1)), LONDON, [due]) is None


def test_who_has_written_since_is_not_reminded() -> None:
    """Their message is with staff now, who are told of it; three months count from then."""
    asked, wrote = noon(date(2026, 9, 1)), noon(date(2026, 9, 20))
    facts = Facts("access", "awaiting_identity", asked_at=asked, wrote_at=wrote, replied_at=wrote)
    assert for_customer(facts, noon(date(2026, 9, 22)), LONDON, []) is None
    assert for_staff(facts, noon(date(2026, 12, 10)), LONDON) == [Due("wrote", wrote.date())]


@given(
    st.integers(0, 86_400 * 400), st.sampled_from(STATES), st.booleans(),
    st.lists(st.sampled_from([*TO_CUSTOMER]), max_size=2),
)  # fmt: skip
def test_at_any_moment_reminders_keep_to_their_bounds(seconds: int, state: str, answered: bool, had: list[str]) -> None:
    """Nothing after the end; customers only by day, only while they owe something, and never twice the same."""
    asked = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
    now = asked + timedelta(seconds=seconds)
    wrote = asked + timedelta(hours=1 if answered else -1)
    facts = Facts("access", state, due_on=DUE, internal_on=DUE, notice_on=DUE, asked_at=asked)
    facts = facts._replace(wrote_at=wrote, replied_at=wrote)
    staff = for_staff(facts, now, LONDON)
    assert len({due.kind for due in staff}) == len(staff) <= 5
    assert {due.kind for due in staff} <= set(BY_CLOCK)
    if state not in OWED or state in ENDS:
        assert not staff
    known = [Due(kind, asked.date()) for kind in had]
    due = for_customer(facts, now, LONDON, known)
    if due is not None:
        assert state in AWAITING
        assert not answered
        assert due not in known
        # London is an hour ahead of UTC from the end of March to the end of October.
        assert 7 <= now.hour < 20


@pytest.mark.parametrize(("hour", "written"), [(6, False), (7, True), (18, True), (19, False), (23, False)])
def test_customers_are_written_to_by_day_where_the_desk_is(hour: int, written: bool) -> None:
    """From eight in the morning until eight in the evening in London, which in summer is an hour ahead of UTC."""
    facts = Facts("access", "awaiting_fee", asked_at=noon(date(2026, 7, 1)))
    due = for_customer(facts, datetime(2026, 7, 10, hour, 30, tzinfo=UTC), LONDON, [])
    assert (due is not None) == written
