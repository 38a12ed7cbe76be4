"""Panel "Search": the checklist of a request, what was found, what staff can do, and whether it may go to review."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.console.gate import Call
from bot.sources import checklist, found, service
from bot.sources.models import FoundRow, SearchRun
from bot.tickets.models import Ticket
from bot.tickets.states import COPY, RIGHTS

MOST_SHOWN = 50
"""Items of one line that the page lists; the rest is told by number."""
STATES: Mapping[str, tuple[str, str, str]] = {
    "waiting": ("clock", "", "Waits to be searched"),
    "running": ("search", "info", "Being searched"),
    "found": ("check", "good", "Found"),
    "nothing": ("check", "good", "Nothing there"),
    "failed": ("alert", "bad", "Failed"),
    "by_hand": ("person", "warn", "To be looked through by hand"),
}
"""State → icon, tone, words."""
DONE: Mapping[str, str] = {
    "again": "It is searched again.",
    "nil": "The nil return is recorded.",
    "back": "The nil return is taken back.",
    "uploaded": "The file is kept.",
    "removed": "The file is taken away.",
    "finished": "The search is complete: what was found is in review.",
}


class Held(NamedTuple):
    """One found item, as far as it is shown without opening it."""

    id: int
    title: str
    kind: str
    collected_on: date | None
    policy_key: str
    policy_effective: date | None
    nearest: bool
    shared: bool
    uploaded: bool


class Row(NamedTuple):
    """One line of the checklist. `again`: it can be searched again; `nil`: a nil return can be recorded; `back`: that
    one can be taken back.
    """

    id: int
    title: str
    source: str
    state: str
    look: tuple[str, str, str]
    items: int
    shown: Sequence[Held]
    error: str
    reason: str
    due_at: datetime | None
    at: datetime
    by_id: int | None
    by_hand: bool
    again: bool
    nil: bool
    back: bool


class Search(NamedTuple):
    """`left` are the titles of lines that are still open, `first_open` the number of the first as a form has it;
    `may_finish` whether it can go to review now.
    """

    rows: Sequence[Row]
    left: Sequence[str]
    first_open: str
    searching: bool
    packaged: bool
    may_finish: bool
    total: int
    longest_reason: int
    longest_note: int
    today: date


def applies(ticket: Ticket, _call: Call) -> bool:
    """Requests that are searched for."""
    return ticket.kind in RIGHTS


def load(session: Session, ticket: Ticket, call: Call) -> Search:
    """The checklist with its items."""
    searching = ticket.state == "searching"
    runs = found.runs(session, ticket.id)
    rows = [_row(session, run, ticket, searching=searching) for run in runs]
    open_rows = [row for row in rows if row.state not in checklist.DONE]
    left, first_open = [row.title for row in open_rows], next((str(row.id) for row in open_rows), "")
    packaged = ticket.kind in COPY
    return Search(
        rows, left, first_open, searching, packaged, searching and packaged and bool(rows) and not left,
        sum(row.items for row in rows), service.LONGEST_REASON, service.LONGEST_NOTE, call.desk.today(),
    )  # fmt: skip


def _row(session: Session, run: SearchRun, ticket: Ticket, *, searching: bool) -> Row:
    counts = FoundRow.run_id == run.id, FoundRow.replaced.is_(False)
    columns = (
        FoundRow.id, FoundRow.title, FoundRow.kind, FoundRow.collected_on, FoundRow.policy_key,
        FoundRow.policy_effective, FoundRow.nearest, FoundRow.shared, FoundRow.source,
    )  # fmt: skip
    held = session.execute(select(*columns).where(*counts).order_by(FoundRow.id).limit(MOST_SHOWN))
    by_program = not checklist.is_by_hand(run.source) and not ticket.agent_kind
    settled_by_nil = run.state == "nothing" and run.by_id is not None
    return Row(
        run.id, run.title, run.source, run.state, STATES[run.state],
        session.scalar(select(func.count()).where(*counts)) or 0,
        [Held(*row[:-1], uploaded=row.source == found.UPLOADS) for row in held],
        run.error, run.reason, run.due_at, run.at, run.by_id, not by_program,
        searching and by_program and run.state in {"found", "nothing", "failed", "by_hand"},
        searching and run.state in {"by_hand", "failed"},
        searching and settled_by_nil,
    )  # fmt: skip
