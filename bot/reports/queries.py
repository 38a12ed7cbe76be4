"""What the reports count, in SQL. Read only; each query is bounded and goes by an index of its own.

Days are the local ones where the ticket keeps them (due, settled), and UTC's where only a moment is kept (received).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Date, and_, bindparam, case, func, or_, select
from sqlalchemy.orm import Session

from bot.conversations.models import Conversation
from bot.dialects import days_between
from bot.reports.figures import AGES
from bot.reports.periods import Period
from bot.reports.rows import Breach, IdentityWait, Overdue, Received, Settled
from bot.tickets.models import Ticket, TicketEvent
from bot.tickets.vocabulary import OWED, RIGHTS

LISTED = 100
"""Rows of a report that lists requests one by one."""
MOST_WAITS = 5_000
SETTLED = ("delivered", "answered", "closed", "refused", "partly_refused")
"""States in which the customer has an answer. What was no request, withdrawn, merged or never proved has none."""
NONE_OF_THEM = ("not_request", "merged")
"""What turned out to be no request, or one already noted."""
# `coalesce` keeps the planner off the indexes on state and kind, which find many rows whose other columns it would then
# look up one by one; the indexes by time hold all that is counted.
_STATE, _KIND = func.coalesce(Ticket.state, ""), func.coalesce(Ticket.kind, "")


def moments(period: Period, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The beginning of its first day and the end of its last one, in UTC."""
    return _midnight(period.first, zone), _midnight(period.last + timedelta(days=1), zone)


def open_by_age(session: Session, today: date, zone: ZoneInfo) -> list[tuple[int, bool, int]]:
    """(place in AGES, whether a right is asked for, how many) of all that is still owed an answer."""
    begins = [_midnight(today - timedelta(days=until), zone) for _, _, until in AGES if until is not None]
    place = case(*((Ticket.received_at >= since, number) for number, since in enumerate(begins)), else_=len(begins))
    right = _KIND.in_(RIGHTS)
    query = select(place, right, func.count()).where(_STATE.in_(OWED)).group_by(place, right)
    return [(int(number), bool(is_right), count) for number, is_right, count in session.execute(query)]


def settled(session: Session, period: Period) -> list[Settled]:
    """Rights requests settled in that time, by month, days since receipt, and whether by their date.

    Where no date ran (nobody had proved who they are, say), none was missed.
    """
    days = days_between(Ticket.settled_on, Ticket.received_at)
    in_time = or_(Ticket.due_on.is_(None), Ticket.settled_on <= Ticket.due_on)
    first, last = bindparam("first", type_=Date), bindparam("last", type_=Date)
    query = (
        select(days, in_time, func.count())
        .where(Ticket.settled_on.between(first, last), _KIND.in_(RIGHTS), _STATE.in_(SETTLED))
        .group_by(days, in_time)
    )
    found = []
    # Month by month: a range of the index each, which is quicker than asking of every row in which month it is.
    for begin, end in period.parts:
        rows = session.execute(query, {"first": begin, "last": end})
        found += [Settled(begin.replace(day=1), max(0, taken), bool(good), many) for taken, good, many in rows]
    return found


def received(session: Session, since: datetime, until: datetime) -> list[Received]:
    """What came in, by kind and channel; what turned out to be no request, or one already noted, is not counted."""
    query = (
        select(_KIND, Conversation.channel, func.count())
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .where(Ticket.received_at >= since, Ticket.received_at < until, _STATE.not_in(NONE_OF_THEM))
        .group_by(_KIND, Conversation.channel)
    )
    return [Received(kind, channel, count) for kind, channel, count in session.execute(query)]


def overdue(session: Session, today: date, names: Mapping[int, str]) -> tuple[list[Overdue], dict[str, int]]:
    """What is longest overdue, up to LISTED, and how many of each kind are; `names` are those of staff."""
    late = and_(Ticket.state.in_(OWED), Ticket.due_on < today)
    columns = (Ticket.reference, Ticket.kind, Ticket.due_on, Ticket.assignee_id)
    listed = session.execute(select(*columns).where(late).order_by(Ticket.due_on, Ticket.id).limit(LISTED))
    found = [
        Overdue(reference, kind, due_on, names.get(assignee or 0, "A former colleague") if assignee else "")
        for reference, kind, due_on, assignee in listed
        if due_on is not None
    ]
    counts = session.execute(select(Ticket.kind, func.count()).where(late).group_by(Ticket.kind))
    return found, {kind: count for kind, count in counts}  # noqa: C416  rows are no pairs to mypy


def breaches(session: Session, since: datetime, until: datetime) -> tuple[list[Breach], bool]:
    """The newest breaches known in that time, oldest first, up to LISTED; and whether there are more."""
    known = and_(
        Ticket.kind == "breach", Ticket.received_at >= since, Ticket.received_at < until,
        Ticket.state.not_in(NONE_OF_THEM),
    )  # fmt: skip
    query = select(Ticket.reference, Ticket.received_at, Ticket.acknowledged_at).where(known)
    rows = session.execute(query.order_by(Ticket.received_at.desc(), Ticket.id.desc()).limit(LISTED + 1)).all()
    return [Breach(*row) for row in reversed(rows[:LISTED])], len(rows) > LISTED


def identity_waits(
    session: Session, since: datetime, until: datetime, zone: ZoneInfo
) -> tuple[list[IdentityWait], bool]:
    """For each request, the first time in that time that identity was asked for, and what first came of it.

    Of the newest MOST_WAITS times; and whether there are more.
    """
    query = select(TicketEvent.ticket_id, TicketEvent.at).where(
        TicketEvent.type == "identity_requested", TicketEvent.at >= since, TicketEvent.at < until
    )
    rows = session.execute(query.order_by(TicketEvent.at.desc()).limit(MOST_WAITS + 1)).all()
    # From the newest to the oldest, so that the first time of each request is what stays.
    asked = {row.ticket_id: row.at for row in rows[:MOST_WAITS]}
    ends = _ends(session, min(asked.values())) if asked else {}
    waits = [_wait(at, ends.get(ticket_id, ()), zone) for ticket_id, at in asked.items()]
    return waits, len(rows) > MOST_WAITS


def _ends(session: Session, since: datetime) -> dict[int, list[tuple[datetime, str]]]:
    """What ended waits for identity since then, by ticket, in order."""
    query = select(TicketEvent.ticket_id, TicketEvent.at, TicketEvent.type).where(
        TicketEvent.type.in_(("identity_confirmed", "closed_unverified")), TicketEvent.at >= since
    )
    found: dict[int, list[tuple[datetime, str]]] = {}
    for ticket_id, at, kind in session.execute(query.order_by(TicketEvent.at).limit(4 * MOST_WAITS)):
        found.setdefault(ticket_id, []).append((at, kind))
    return found


def _wait(asked_at: datetime, ends: Sequence[tuple[datetime, str]], zone: ZoneInfo) -> IdentityWait:
    day = asked_at.astimezone(zone).date()
    first = next(((at, kind) for at, kind in ends if at >= asked_at), None)
    if first is None:
        return IdentityWait(day, "waiting", None)
    days = round((first[0] - asked_at) / timedelta(days=1), 1)
    return IdentityWait(day, "proved" if first[1] == "identity_confirmed" else "given up", days)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a local day begins, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
