"""What staff do about a search: search again, record a nil return, add a file, finish. Called by the console.

All run inside somebody else's transaction and never commit; each is one audit entry, which names no person.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.audit.actors import Actor
from bot.contacts import holds, linking
from bot.db import wake
from bot.errors import NotFound, PermanentError
from bot.sealing import Sealer
from bot.sources import checklist, found, running, values
from bot.sources.base import File, Item
from bot.sources.collecting import ITEM
from bot.sources.found import FoundItem, file_of, item, items, runs
from bot.sources.models import FoundRow, SearchRun, Upload
from bot.sources.running import InForce
from bot.tickets import service as tickets
from bot.tickets.models import Ticket
from bot.tickets.states import Given, NotAllowed

__all__ = [
    "FoundItem", "add_upload", "complete", "file_of", "finish", "item", "items", "looked_at", "record_nil",
    "remove_upload", "runs", "search_again", "take_back",
]  # fmt: skip

SHORTEST_REASON, LONGEST_REASON = 10, 500
LONGEST_NOTE = 2_000
MOST_UPLOADS = 200
"""Files that staff may add to one request."""


def complete(session: Session, ticket_id: int) -> bool:
    """Whether every line of the checklist is settled: found, nothing, or a nil return with a reason."""
    return checklist.complete(session.scalars(select(SearchRun.state).where(SearchRun.ticket_id == ticket_id)).all())


def open_lines(session: Session, ticket_id: int) -> list[str]:
    """The titles of the lines that are not settled."""
    return [run.title for run in runs(session, ticket_id) if run.state not in checklist.DONE]


def record_nil(session: Session, run_id: int, reason: str, actor: Actor, now: datetime) -> SearchRun:
    """Somebody looked and found nothing: a way that is looked through by hand, or a source that can't be searched.

    Raises:
        PermanentError: the reason is missing or too long.
        NotAllowed: the line is being searched, or the request is not.
    """
    reason = _reason(reason)
    run, ticket = _line(session, run_id)
    if run.state not in {"by_hand", "failed", "nothing"} or (run.state == "nothing" and not run.by_id):
        raise NotAllowed(f"{run.title} is {_standing(run)}: a nil return is for what was looked through by hand")
    run.state, run.reason, run.error, run.due_at = "nothing", reason, "", None
    run.by_id, run.at = actor.staff_id, now
    _audit(session, ticket, "search.nil_recorded", actor, {"source": run.source}, now)
    return run


def take_back(session: Session, run_id: int, actor: Actor, now: datetime) -> SearchRun:
    """A line that somebody settled by hand is open again.

    Raises:
        NotAllowed: it was not settled by hand.
    """
    run, ticket = _line(session, run_id)
    if not run.by_id or run.state != "nothing":
        raise NotAllowed(f"{run.title} was not settled by a nil return: there is nothing to take back")
    run.by_id, run.reason, run.at = None, "", now
    if checklist.is_by_hand(run.source) or ticket.agent_kind:
        run.state = "by_hand"
    else:
        running.again(run, now)
        wake(session, running.TOPIC)
    _audit(session, ticket, "search.nil_taken_back", actor, {"source": run.source}, now)
    return run


def search_again(session: Session, run_id: int, actor: Actor, now: datetime) -> SearchRun:
    """Search a source once more, now.

    Raises:
        NotAllowed: it is looked through by hand, or is being searched.
    """
    run, ticket = _line(session, run_id)
    if checklist.is_by_hand(run.source) or ticket.agent_kind:
        raise NotAllowed(f"{run.title} is looked through by hand: record what you found, or a nil return")
    if run.state in {"waiting", "running"}:
        raise NotAllowed(f"{run.title} is being searched already: wait for it")
    run.by_id = None
    running.again(run, now)
    _audit(session, ticket, "search.again", actor, {"source": run.source, "round": run.round}, now)
    wake(session, running.TOPIC)
    return run


def add_upload(
    session: Session, run_id: int, file: File, actor: Actor, now: datetime, *, note: str, collected_on: date | None,
    policy: InForce, sealer: Sealer,
) -> FoundRow:  # fmt: skip
    """Keep a file (checked by `files.checked`) that somebody found; the line that it is for is then settled as found.

    Raises:
        PermanentError: no note, a day in the future, too many files, or the very same file again.
        NotAllowed: the request is not being searched.
    """
    run, ticket = _line(session, run_id)
    note = _note(note)
    if collected_on is not None and collected_on > now.date():
        raise PermanentError("that day is still to come: write the day on which it was collected, or leave it out")
    mine = select(FoundRow).where(FoundRow.ticket_id == ticket.id, FoundRow.source == found.UPLOADS)
    rows = session.scalars(mine).all()
    if len(rows) >= MOST_UPLOADS:
        raise PermanentError(f"a request has at most {MOST_UPLOADS} added files: put several into one PDF")
    plain = values.digest(Item("", "", "", file=file))
    if session.scalar(select(Upload.id).where(Upload.ticket_id == ticket.id, Upload.digest == plain)):
        raise PermanentError("this very file was added already: look for it in the list")
    upload = Upload(
        ticket_id=ticket.id, run_id=run.id, name=sealer.seal_text(file.name, found.UPLOAD_NAME),
        content_type=file.content_type, size=len(file.content), digest=plain,
        content=sealer.seal(file.content, found.UPLOAD), note=sealer.seal_text(note, found.UPLOAD_NOTE),
        collected_on=collected_on, by_id=actor.staff_id, at=now,
    )  # fmt: skip
    session.add(upload)
    session.flush()
    row = _upload_row(upload, run, file, note=note, policy=policy, now=now, sealer=sealer)
    session.add(row)
    session.flush()
    run.items = running.count(session, run.id)
    if run.state in {"by_hand", "failed", "nothing"}:
        run.state, run.by_id, run.due_at, run.error, run.reason = "found", actor.staff_id, None, "", ""
    run.at = now
    facts = {"source": run.source, "item": row.id, "bytes": upload.size, "type": upload.content_type}
    _audit(session, ticket, "search.uploaded", actor, facts, now)
    return row


def _upload_row(
    upload: Upload, run: SearchRun, file: File, *, note: str, policy: InForce, now: datetime, sealer: Sealer
) -> FoundRow:
    """The item that stands for the file."""
    content = {"name": file.name, "type": file.content_type, "bytes": len(file.content), "where it is from": note}
    item = Item(f"upload:{upload.id}", f"Found by hand: {run.title}", content, "file", upload.collected_on, file=file)
    return FoundRow(
        ticket_id=run.ticket_id, run_id=run.id, source=found.UPLOADS, reference=item.reference, title=item.title,
        kind=item.kind, collected_on=upload.collected_on, content=sealer.seal_text(values.written(content), ITEM),
        digest=values.digest(item), policy_key=policy.key, policy_effective=policy.effective, nearest=policy.nearest,
        round=run.round, found_at=now,
    )  # fmt: skip


def remove_upload(session: Session, item_id: int, actor: Actor, now: datetime) -> SearchRun:
    """Take a file that was added away again, whole: it was the wrong one. A line without any other is open again.

    Raises:
        NotAllowed: it was found by a source, the request is not being searched, or its person is under a legal hold.
    """
    row = session.get(FoundRow, item_id)
    if row is None:
        raise NotFound("there is no such item: open its request again")
    run, ticket = _line(session, row.run_id)
    if row.source != found.UPLOADS:
        raise NotAllowed("only a file that was added by hand can be taken away")
    if holds.in_force(session, linking.one_person(session, ticket.contact_id)):
        raise NotAllowed("a legal hold is in force on this person: withhold the file in review, or have a lead end it")
    upload = session.get(Upload, int(row.reference.partition(":")[2]))
    session.delete(row)
    if upload is not None:
        session.delete(upload)
    session.flush()
    run.items, run.at = running.count(session, run.id), now
    if not run.items and run.by_id:
        run.by_id = None
        run.state = "by_hand" if checklist.is_by_hand(run.source) or ticket.agent_kind else run.state
        if run.state == "found":
            running.again(run, now)
            wake(session, running.TOPIC)
    _audit(session, ticket, "search.upload_removed", actor, {"source": run.source, "item": item_id}, now)
    return run


def finish(session: Session, ticket_id: int, actor: Actor, now: datetime) -> Ticket:
    """The search is complete: what was found goes to review.

    Raises:
        NotAllowed: a line is open, which the text names; or the request can't go to review now.
    """
    left = open_lines(session, ticket_id)
    if left:
        raise NotAllowed(f"still open: {', '.join(left)}; search them, or record a nil return")
    whole = complete(session, ticket_id)
    return tickets.change(session, ticket_id, "search_done", actor, now, given=Given(search_complete=whole))


def looked_at(session: Session, ticket_id: int, item_id: int, actor: Actor, now: datetime, *, file: bool) -> None:
    """Somebody looks at an item: one audit entry a look."""
    ticket = tickets.get(session, ticket_id)
    _audit(
        session, ticket, "item.downloaded" if file else "item.read", actor, {"reason": "request", "item": item_id}, now
    )


def _line(session: Session, run_id: int) -> tuple[SearchRun, Ticket]:
    """A line with its request, which must be searched for now."""
    run = session.get(SearchRun, run_id)
    if run is None:
        raise NotFound("there is no such line: open its request again")
    ticket = tickets.get(session, run.ticket_id)
    if ticket.state != "searching":
        raise NotAllowed("this request is not being searched for now: bring it back to the search first")
    return run, ticket


def _standing(run: SearchRun) -> str:
    words = {"waiting": "waiting to be searched", "running": "being searched", "found": "settled: something was found"}
    return words.get(run.state, "searched already")


def _reason(text: str) -> str:
    text = " ".join(text.split())
    if not SHORTEST_REASON <= len(text) <= LONGEST_REASON:
        raise PermanentError(
            f"say where you looked and why there is nothing, in {SHORTEST_REASON} to {LONGEST_REASON} characters"
        )
    return text


def _note(text: str) -> str:
    text = text.strip()
    if not text or len(text) > LONGEST_NOTE:
        raise PermanentError(f"write where the file is from, in at most {LONGEST_NOTE} characters")
    return text


def _audit(session: Session, ticket: Ticket, action: str, actor: Actor, data: dict[str, object], now: datetime) -> None:
    audit.append(session, actor=actor.name, action=action, subject=f"ticket:{ticket.reference}", data=data, now=now)
    wake(session, "console")
