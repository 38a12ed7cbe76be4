"""Panel "The clock": by when a ticket is due and why, and the ledger of events that its date is counted from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.console.clock_line import NARROW, WIDE, Mark, Span, draw
from bot.console.gate import Call
from bot.console.words import Said, long_day, short_day
from bot.tickets import ledger
from bot.tickets.cases import ASKED, SETTLED, DeadlineError
from bot.tickets.deadlines import Deadline
from bot.tickets.deadlines import Event as ClockEvent
from bot.tickets.models import Ticket, TicketEvent
from bot.tickets.timeline import NOUNS
from bot.tickets.vocabulary import OWED

MOST_ROWS = 60
"""Rows of the ledger that are shown, and counted one after another; the newest are left out, and the page says so."""
EVENTS: Mapping[str, str] = {
    "received": "The request came in",
    "identity_requested": "Proof of identity was asked for",
    "identity_confirmed": "Identity was confirmed",
    "authority_requested": "Proof of authority was asked for",
    "authority_confirmed": "Authority was confirmed",
    "fee_requested": "A fee was asked for",
    "fee_paid": "The fee was paid",
    "clarification_requested": "The customer was asked something",
    "clarification_answered": "The customer answered",
    "extension_notified": "The extension was announced",
    "acknowledged": "The complaint was acknowledged",
    "regulator_told": "The regulator was told",
    "closed_unverified": "Closed, as identity was not proved",
    "refused": "Refused",
    "partly_refused": "Refused in part",
    "withdrawn": "Withdrawn",
    "delivered_on_paper": "Handed over on paper",
    "complained": "The customer complained of it",
    "merged": "Merged with another request",
}
"""What a row of the ledger tells; a step that has none of its own is shown by its name."""
ENDS_IT = ("acknowledged", "regulator_told")


class Row(NamedTuple):
    """A row of the ledger in words. `effect` is what it did to the date, "" where it counts for nothing."""

    name: str
    at: datetime
    by: str
    why: str
    effect: str


class Clock(NamedTuple):
    """What the panel shows. `standing` are sentences of how it stands now; `challenged` pairs of what and its date."""

    standing: Sequence[Said]
    deadline: Deadline | None
    trace: Sequence[str]
    challenged: Sequence[tuple[str, str]]
    rows: Sequence[Row]
    more: bool
    joined: int
    drawings: Sequence[tuple[str, str]]


def load(session: Session, ticket: Ticket, call: Call) -> Clock:
    """The clock, counted anew from the ledger."""
    zone = ZoneInfo(ticket.timezone or call.desk.settings.timezone)
    today = call.desk.now().astimezone(zone).date()
    rows = ledger.rows(session, ticket.id)
    joined = ledger.merged_into(session, ticket.id)
    others = [event for each in joined for event in ledger.counted(ledger.rows(session, each), merged=True)]
    try:
        found = ledger.clock_of(session, ticket)
    except DeadlineError:
        # A calendar that is not installed any more: what was counted when it was is still told.
        found = None
    challenged = [
        (NOUNS[each.cause], long_day(each.due) if each.due else "no due date yet")
        for each in (found.challenges if found else ())
    ]
    return Clock(
        standing=standing(ticket, found, today),
        deadline=found,
        trace=[each for each in (found.trace if found else ticket.trace) if not each.startswith("If ")],
        challenged=challenged,
        rows=_told(ticket, rows[:MOST_ROWS], others),
        more=len(rows) > MOST_ROWS,
        joined=len(joined),
        drawings=_drawings(ticket, rows, today, zone),
    )


def standing(ticket: Ticket, found: Deadline | None, today: date) -> list[Said]:
    """How the clock stands, in sentences with their meaning."""
    said: list[Said] = []
    if ticket.state not in OWED:
        day = f" on {long_day(ticket.settled_on)}" if ticket.settled_on else ""
        late = ticket.due_on and ticket.settled_on and ticket.settled_on > ticket.due_on
        return [Said(f"It was settled{day}{', too late' if late else ''}.", "bad" if late else "good")]
    if found and found.waiting_for:
        waits = " and ".join(NOUNS[each] for each in found.waiting_for)  # type: ignore[index]  # grounds are causes
        said.append(Said(f"Paused: nothing is due until {waits} is there.", "info"))
    elif ticket.due_on is None:
        said.append(Said("No date runs now.", "info"))
    else:
        said.append(_due(ticket.due_on, today))
    if ticket.extended:
        said.append(Said("The time was extended once; it can't be extended again.", "info"))
    if found and not found.statutory:
        said.append(Said("No law sets this date: it is the desk's own target.", ""))
    return said


def _due(due_on: date, today: date) -> Said:
    days = (due_on - today).days
    if days < 0:
        return Said(f"Overdue: it was due by {long_day(due_on)}, {_days(-days)} ago.", "bad")
    if days == 0:
        return Said(f"It is due today, {long_day(due_on)}.", "warn")
    return Said(f"Answer by {long_day(due_on)}, in {_days(days)}.", "warn" if days <= 7 else "")  # noqa: PLR2004  a week


def _days(number: int) -> str:
    return f"{number} day{'' if number == 1 else 's'}"


def _told(ticket: Ticket, rows: Sequence[TicketEvent], others: Sequence[ClockEvent]) -> list[Row]:
    """The ledger in words, each row with what it did to the date: counted once with it and once without."""
    told: list[Row] = []
    before: Deadline | None = None
    for number, row in enumerate(rows):
        events = ledger.counted(rows[: number + 1]) + [each for each in others if each.at <= row.at]
        after = _counted(ticket, events)
        name = EVENTS.get(row.type, row.type.replace("_", " ").capitalize())
        told.append(
            Row(name, row.at, str(row.data.get("by", "")), str(row.data.get("reason", "")), _effect(row, before, after))
        )
        before = after
    return told


def _counted(ticket: Ticket, events: Sequence[ClockEvent]) -> Deadline | None:
    try:
        return ledger.deadline(ticket, events)
    except (DeadlineError, ValueError):
        return None


def _effect(row: TicketEvent, before: Deadline | None, after: Deadline | None) -> str:
    """What one row did to the date."""
    if row.data.get("after_end"):
        return "Came too late to count"
    if row.type in ENDS_IT:
        return "This clock ends"
    if after is None or (before and (before.due, before.waiting_for) == (after.due, after.waiting_for)):
        counts = row.type in ASKED or row.type in SETTLED or row.type in ("received", "extension_notified")
        return "Does not move the date" if counts else ""
    if after.waiting_for:
        return "Nothing is due until it is there"
    return f"Due by {long_day(after.due)}" if after.due else ""


def _drawings(ticket: Ticket, rows: Sequence[TicketEvent], today: date, zone: ZoneInfo) -> list[tuple[str, str]]:
    """The line of time for phones and for elsewhere."""
    came = ticket.received_at.astimezone(zone).date()
    marks = [Mark(came, f"Received {short_day(came, today)}", "received")]
    if ticket.state in OWED:
        marks.append(Mark(today, "Today", "today"))
    if ticket.settled_on:
        marks.append(Mark(ticket.settled_on, f"Settled {short_day(ticket.settled_on, today)}", "settled"))
    for day, name, kind in (
        (ticket.internal_due_on, "Our own date", "internal"),
        (ticket.notice_limit_on if not ticket.extended else None, "Last day to extend", "limit"),
        (ticket.due_on, "Due", "due"),
    ):
        if day and not (kind == "limit" and day == ticket.due_on):
            marks.append(Mark(day, f"{name} {short_day(day, today)}", kind))
    title = f"The time of {ticket.reference} as a line; the ledger below says the same in words"
    spans = waits(rows, ticket.settled_on or today, zone)
    return [(name, draw(ticket.reference, title, marks, spans, width))
            for name, width in (("narrow", NARROW), ("wide", WIDE))]  # fmt: skip


def waits(rows: Sequence[TicketEvent], until: date, zone: ZoneInfo) -> list[Span]:
    """What was waited for, from the day asked to the day it came, or to `until`."""
    found: list[Span] = []
    asked: dict[str, date] = {}
    for row in rows:
        day = row.at.astimezone(zone).date()
        if row.type in ASKED:
            asked.setdefault(ASKED[row.type], day)
        elif row.type in SETTLED and not row.data.get("after_end") and SETTLED[row.type] in asked:
            ground = SETTLED[row.type]
            found.append(_span(ground, asked.pop(ground), day, open_=False))
    found += [_span(ground, day, max(day, until), open_=True) for ground, day in asked.items()]
    return sorted(found)[-6:]


def _span(ground: str, first: date, last: date, *, open_: bool) -> Span:
    length = _days((last - first) // timedelta(days=1) + 1)
    noun = NOUNS[ground]  # type: ignore[index]  # grounds are causes
    return Span(first, last, f"{'Waiting' if open_ else 'Waited'} for {noun}: {length}", open_)
