"""What the queue shows: the counts of its views, and one page of rows. Read only; every query is bounded.

A view yields (conversation, ticket, sort key) for one page by index, and a second query fills those few rows in.
Pages go on by keyset: the sort key and id of the last row, never an offset.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, literal_column, null, or_, select, union
from sqlalchemy.orm import Session

from bot.casework import reminding
from bot.console.queue_rows import NEVER, Row, failed, filled
from bot.console.queue_views import VIEWS, Filters, View
from bot.console.words import DUE_SOON
from bot.conversations.models import Conversation, Message
from bot.learning import questions
from bot.messages.models import Inbox
from bot.packages.models import Package
from bot.tickets.models import Ticket
from bot.tickets.vocabulary import AWAITING, LIVE, OWED, RIGHTS

PAGE = 50
MOST_COUNTED = 1_000
NEWEST_MESSAGES = 5_000
"""How far back silent answers are looked for; older ones have long been answered or let go."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a view; `after` leads to the next, "" at the end."""

    rows: Sequence[Row]
    after: str


def counts(session: Session, staff_id: int, today: date) -> dict[str, int]:
    """How many each view holds, and the pages Questions and Reminders, up to MOST_COUNTED: nobody reads more."""
    columns = []
    for view in VIEWS:
        found = _found(view, staff_id, today, Filters()).order_by(None).limit(MOST_COUNTED).subquery()
        columns.append(select(func.count()).select_from(found).scalar_subquery().label(view.key))
    numbers = session.execute(select(*columns)).one()._mapping  # noqa: SLF001  the public way to names
    totals = {view.key: int(numbers[view.key]) for view in VIEWS}
    totals["questions"] = questions.count(session)
    totals["reminders"] = min(reminding.how_many(session), MOST_COUNTED)
    totals["undelivered"] = min(totals["undelivered"] + dead_count(session), MOST_COUNTED)
    return totals


def page(session: Session, view: View, staff_id: int, today: date, filters: Filters, after: str = "") -> Page:
    """One page of a view, newest first or most urgent first."""
    query = _found(view, staff_id, today, filters)
    start = _parse_after(after, view)
    if start is not None:
        query = query.where(_beyond(view, *start))
    found = session.execute(query.limit(PAGE + 1)).all()
    rows = filled(session, found[:PAGE])
    last = found[PAGE - 1] if len(found) > PAGE else None
    return Page(rows, f"{last.sort.isoformat()}~{last.row_id}" if last else "")


def _found(view: View, staff_id: int, today: date, filters: Filters) -> Select[*tuple[Any, ...]]:
    """The view's rows as (conversation_id, ticket_id, sort, row_id), in order."""
    if view.by == "due":
        return _tickets(_ticket_condition(view.key, today), filters)
    return _conversations(_conversation_condition(view.key, staff_id), filters)


def _tickets(condition: ColumnElement[bool], filters: Filters) -> Select[*tuple[Any, ...]]:
    sort = func.coalesce(Ticket.due_on, literal(NEVER, Ticket.due_on.type))
    query = (
        select(
            Ticket.conversation_id.label("conversation_id"),
            Ticket.id.label("ticket_id"),
            sort.label("sort"),
            Ticket.id.label("row_id"),
        )
        .where(condition)
        .order_by(sort, Ticket.id)
    )
    if filters.channel:
        query = query.join(Conversation, Conversation.id == Ticket.conversation_id)
        query = query.where(Conversation.channel == filters.channel)
    return query.where(Ticket.kind == filters.kind) if filters.kind else query


def _ticket_condition(key: str, today: date) -> ColumnElement[bool]:
    if key == "overdue":
        return and_(Ticket.state.in_(OWED), Ticket.due_on < today)
    if key == "due":
        return and_(Ticket.state.in_(OWED), Ticket.due_on >= today, Ticket.due_on <= today + DUE_SOON)
    if key == "waiting":
        return Ticket.state.in_(AWAITING)
    if key == "release":
        # Few tickets are in review at a time, so each is asked for its own packages: `coalesce` keeps the planner off
        # the index on the state of all packages.
        is_built = func.coalesce(Package.state, "") == "built"
        built = select(Package.id).where(Package.ticket_id == Ticket.id, is_built).exists()
        return or_(Ticket.state == "ready", and_(Ticket.state == "review", built))
    kinds = RIGHTS if key == "rights" else ("breach",)
    return and_(Ticket.kind.in_(kinds), Ticket.state.in_(LIVE))


def _conversations(condition: ColumnElement[bool] | None, filters: Filters) -> Select[*tuple[Any, ...]]:
    query = select(
        Conversation.id.label("conversation_id"),
        null().label("ticket_id"),
        Conversation.last_at.label("sort"),
        Conversation.id.label("row_id"),
    ).order_by(Conversation.last_at.desc(), Conversation.id.desc())
    if condition is not None:
        query = query.where(condition)
    if filters.channel:
        query = query.where(Conversation.channel == filters.channel)
    if filters.kind:
        # A view has few of them, found by its own ids: `coalesce` keeps the planner off the index on the intent there.
        intent = Conversation.last_intent if condition is None else func.coalesce(Conversation.last_intent, "")
        query = query.where(intent == filters.kind)
    return query.where(Conversation.state == filters.state) if filters.state else query


def _conversation_condition(key: str, staff_id: int) -> ColumnElement[bool] | None:
    if key == "all":
        return None
    ids = {
        "mine": lambda: _mine(staff_id),
        "unassigned": _unassigned,
        "undelivered": failed,
        "unanswered": _unanswered,
    }[key]()
    return and_(Conversation.state == "open", Conversation.id.in_(ids))


def _mine(staff_id: int) -> Any:
    held = select(Conversation.id).where(Conversation.assignee_id == staff_id, Conversation.state == "open")
    tickets = select(Ticket.conversation_id).where(Ticket.assignee_id == staff_id, Ticket.state.in_(LIVE))
    return union(held, tickets)


def _unassigned() -> Any:
    # `coalesce` keeps the planner off the index on assignee: nearly every row there is null.
    nobody = func.coalesce(Conversation.assignee_id, 0) == 0
    held = select(Conversation.id).where(Conversation.owner == "human", Conversation.state == "open", nobody)
    tickets = select(Ticket.conversation_id).where(Ticket.assignee_id.is_(None), Ticket.state.in_(OWED))
    return union(held, tickets)


def _unanswered() -> Any:
    """A person has it and the customer spoke last; or the policy was silent and nobody of us wrote since."""
    waits = select(Conversation.id).where(
        Conversation.owner == "human", Conversation.state == "open", Conversation.last_direction == "in"
    )
    newest = select(func.max(Message.id)).scalar_subquery()
    later = Message.__table__.alias("later")
    replied = (
        select(later.c.id)
        .where(
            later.c.conversation_id == Message.conversation_id, later.c.id > Message.id, later.c.author == "staff",
            later.c.direction == "out",
        )
        .exists()
    )  # fmt: skip
    silent = select(Message.conversation_id).where(
        Message.id > newest - NEWEST_MESSAGES, Message.outcome == "silent", ~replied
    )
    return union(waits, silent)


def _parse_after(after: str, view: View) -> tuple[Any, int] | None:
    sort, _, row_id = after.partition("~")
    if not row_id.isdecimal() or len(row_id) > 15:  # noqa: PLR2004
        return None
    try:
        if view.by == "due":
            return date.fromisoformat(sort), int(row_id)
        return datetime.fromisoformat(sort).astimezone(UTC), int(row_id)
    except ValueError:
        return None


def _beyond(view: View, sort: Any, row_id: int) -> ColumnElement[bool]:
    if view.by == "due":
        column = func.coalesce(Ticket.due_on, literal(NEVER, Ticket.due_on.type))
        here = literal(sort, Ticket.due_on.type)
        return or_(column > here, and_(column == here, Ticket.id > row_id))
    last = Conversation.last_at
    return or_(last < sort, and_(last == sort, Conversation.id < row_id))


def _dead() -> Any:
    return Inbox.state == literal_column("'dead'")


def dead_count(session: Session) -> int:
    """How many deliveries could not be handled, up to MOST_COUNTED."""
    found = select(Inbox.id).where(_dead()).limit(MOST_COUNTED).subquery()
    return session.scalar(select(func.count()).select_from(found)) or 0


def dead_letters(session: Session, limit: int = PAGE) -> Sequence[Any]:
    """The newest deliveries that could not be handled, without their payloads."""
    columns = (Inbox.id, Inbox.channel, Inbox.sender, Inbox.received_at, Inbox.error, Inbox.attempts)
    return session.execute(select(*columns).where(_dead()).order_by(Inbox.id.desc()).limit(limit)).all()
