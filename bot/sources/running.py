"""What the searching worker writes: lines of a checklist, items as they come, how a search ended.

Called by `bot.workers.searcher`, inside its units of work.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import Table, func, insert, select, update
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.db import wake
from bot.sources import checklist
from bot.sources.checklist import Line
from bot.sources.collecting import Packed
from bot.sources.models import FoundRow, SearchRun
from bot.tickets.models import Ticket

TOPIC = "searches"
"""The topic of `bus` on which the worker is woken."""
_TABLE = cast("Table", FoundRow.__table__)
MOST_DUE = 100


class InForce(NamedTuple):
    """A policy version that counts for something collected on a day; `nearest` where it is from before the first."""

    key: str
    effective: date | None
    nearest: bool = False


class Due(NamedTuple):
    """A search that is to be made now."""

    id: int
    ticket_id: int
    source: str
    round: int
    attempts: int


def resume(session: Session, now: datetime) -> None:
    """At a start: what was being searched when the desk ended is searched again."""
    session.execute(update(SearchRun).where(SearchRun.state == "running").values(state="waiting", due_at=now))


def searching(session: Session, *, new: bool) -> Sequence[tuple[int, Collection[str]]]:
    """Tickets that are being searched for, the most urgent first, each with the lines that its checklist has already;
    only those that have none yet where `new`.
    """
    query = (
        select(Ticket.id, SearchRun.source)
        .outerjoin(SearchRun, SearchRun.ticket_id == Ticket.id)
        .where(Ticket.state == "searching")
        .order_by(Ticket.due_on, Ticket.id)
    )
    if new:
        query = query.where(SearchRun.id.is_(None))
    known: dict[int, set[str]] = {}
    for ticket_id, source in session.execute(query):
        known.setdefault(ticket_id, set()).update({source} - {None})
    return list(known.items())


def plan(session: Session, ticket: Ticket, lines: Sequence[Line], now: datetime) -> int:
    """Give the ticket's checklist the lines that it does not have yet; returns how many were new."""
    known = set(session.scalars(select(SearchRun.source).where(SearchRun.ticket_id == ticket.id)))
    new = [line for line in lines if line.source not in known]
    for line in new:
        by_hand = checklist.is_by_hand(line.source) or bool(ticket.agent_kind)
        session.add(
            SearchRun(
                ticket_id=ticket.id, source=line.source, title=line.title, covers=",".join(line.covers),
                state="by_hand" if by_hand else "waiting", due_at=None if by_hand else now, at=now,
            )
        )  # fmt: skip
    if new:
        session.flush()
        _audit(session, ticket.reference, "search.planned", {"lines": [line.source for line in new]}, now)
        wake(session, "console")
    return len(new)


def due(session: Session, now: datetime, busy: Collection[str]) -> Sequence[Due]:
    """What is to be searched now, in sources that are not busy; only while its ticket is being searched for."""
    query = (
        select(SearchRun.id, SearchRun.ticket_id, SearchRun.source, SearchRun.round, SearchRun.attempts)
        .join(Ticket, Ticket.id == SearchRun.ticket_id)
        .where(
            SearchRun.state.in_(("waiting", "failed")),
            SearchRun.due_at <= now,
            SearchRun.source.not_in(busy),
            Ticket.state == "searching",
        )
        .order_by(SearchRun.due_at, SearchRun.id)
        .limit(MOST_DUE)
    )
    return [Due(*row) for row in session.execute(query)]


def next_due(session: Session) -> datetime | None:
    """When the next search is due, of tickets that are being searched for."""
    return session.scalar(
        select(func.min(SearchRun.due_at))
        .join(Ticket, Ticket.id == SearchRun.ticket_id)
        .where(SearchRun.state.in_(("waiting", "failed")), Ticket.state == "searching")
    )


def begin(session: Session, run_id: int, subject_key: str, now: datetime) -> bool:
    """Mark the search as being made; False where it was taken back meanwhile."""
    run = session.get(SearchRun, run_id)
    if run is None or run.state not in {"waiting", "failed"}:
        return False
    run.state, run.subject_key, run.at = "running", subject_key, now
    wake(session, "console")
    return True


def keep(session: Session, run: Due, batch: Sequence[tuple[Packed, InForce]], now: datetime) -> None:
    """Keep a batch of items; one that is known already is only seen again. What a search still gives that was given up,
    begun anew or erased meanwhile is not kept.
    """
    if _running(session, run) is None:
        return
    keys = [(item.reference, item.digest) for item, _ in batch]
    known = {
        (row.reference, row.digest): row.id
        for row in session.execute(
            select(FoundRow.id, FoundRow.reference, FoundRow.digest).where(
                FoundRow.ticket_id == run.ticket_id,
                FoundRow.source == run.source,
                FoundRow.reference.in_([reference for reference, _ in keys]),
            )
        )
    }
    seen = [known[key] for key in keys if key in known]
    if seen:
        session.execute(
            update(FoundRow).where(FoundRow.id.in_(seen)).values(round=run.round, replaced=False)
            .execution_options(synchronize_session=False)
        )  # fmt: skip
    new = {key: _row(run, item, policy, now) for key, (item, policy) in zip(keys, batch, strict=True)}
    rows = [row for key, row in new.items() if key not in known]
    if rows:
        session.execute(insert(_TABLE), rows)


def _row(run: Due, item: Packed, policy: InForce, now: datetime) -> dict[str, Any]:
    return {
        **item._asdict(), "ticket_id": run.ticket_id, "run_id": run.id, "source": run.source, "round": run.round,
        "policy_key": policy.key, "policy_effective": policy.effective, "nearest": policy.nearest, "replaced": False,
        "found_at": now,
    }  # fmt: skip


def ended(session: Session, run: Due, now: datetime) -> None:
    """The source was searched to its end: what an earlier search found and this one did not counts no more."""
    row = _running(session, run)
    if row is None:
        return
    session.execute(
        update(FoundRow)
        .where(FoundRow.run_id == run.id, FoundRow.source == run.source, FoundRow.round < run.round)
        .values(replaced=True)
        .execution_options(synchronize_session=False)
    )
    row.items = count(session, run.id)
    row.state = "found" if row.items else "nothing"
    row.due_at, row.error, row.attempts, row.at = None, "", 0, now
    facts = {"source": run.source, "items": row.items, "round": run.round}
    _audit(session, _reference(session, run.ticket_id), "search.ended", facts, now)
    wake(session, "console")


def failed(session: Session, run: Due, error: str, kind: str, now: datetime) -> None:
    """The source could not be searched: it is shown, and tried again later."""
    row = _running(session, run)
    if row is None:
        return
    row.state, row.error, row.attempts = "failed", error, run.attempts + 1
    row.items, row.at = count(session, run.id), now
    row.due_at = now + checklist.pause(row.attempts)
    facts = {"source": run.source, "attempt": row.attempts, "kind": kind}
    _audit(session, _reference(session, run.ticket_id), "search.failed", facts, now)
    wake(session, "console")


def put_off(session: Session, run: Due, now: datetime) -> None:
    """It could not be begun through no fault of the source: it waits as before."""
    row = _running(session, run)
    if row is not None:
        row.state, row.at = "waiting", now


def by_hand(session: Session, run: Due, why: str, now: datetime) -> None:
    """No program can search there for this request: the line is left to people, with the reason."""
    row = session.get(SearchRun, run.id)
    if row is not None and row.state in {"waiting", "failed"} and row.round == run.round:
        row.state, row.error, row.due_at, row.at = "by_hand", why, None, now
        facts = {"source": run.source}
        _audit(session, _reference(session, run.ticket_id), "search.left_to_people", facts, now)
        wake(session, "console")


def grown(session: Session, keys: Mapping[int, str]) -> Sequence[SearchRun]:
    """Lines that were searched for somebody of whom something else is proved now, or left to people while nothing was:
    `keys` are the subjects' of their tickets now.
    """
    if not keys:
        return ()
    runs = session.scalars(
        select(SearchRun).where(
            SearchRun.ticket_id.in_(list(keys)),
            SearchRun.by_id.is_(None),
            SearchRun.source.not_like(f"{checklist.HAND}%"),
            SearchRun.state.in_(("found", "nothing", "failed", "by_hand")),
        )
    )
    return [
        run for run in runs if run.subject_key != keys[run.ticket_id] and (run.subject_key or run.state == "by_hand")
    ]


def search_grown(session: Session, keys: Mapping[int, str], now: datetime) -> None:
    """Search those lines again, at once."""
    for run in grown(session, keys):
        again(run, now)


def again(run: SearchRun, now: datetime) -> None:
    """Let a line be searched once more, from now."""
    run.state, run.due_at, run.error, run.reason = "waiting", now, "", ""
    run.round, run.attempts, run.at = run.round + 1, 0, now


def count(session: Session, run_id: int) -> int:
    """How many items a line has that still count."""
    query = select(func.count()).where(FoundRow.run_id == run_id, FoundRow.replaced.is_(False))
    return session.scalar(query) or 0


def _running(session: Session, run: Due) -> SearchRun | None:
    """The line, unless staff settled it or began it anew meanwhile."""
    row = session.get(SearchRun, run.id)
    return row if row is not None and row.state == "running" and row.round == run.round else None


def _reference(session: Session, ticket_id: int) -> str:
    return session.scalar(select(Ticket.reference).where(Ticket.id == ticket_id)) or ""


def _audit(session: Session, reference: str, action: str, facts: dict[str, Any], now: datetime) -> None:
    audit.append(session, actor="system", action=action, subject=f"ticket:{reference}", data=facts, now=now)
