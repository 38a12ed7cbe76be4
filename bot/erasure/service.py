"""An erasure from the asking to the end: asked by one person, confirmed by a second, carried out, told on the ticket.

All run inside somebody else's transaction. The last message goes out before anything is removed, since afterwards there
is no address; `carrying` waits for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.audit.actors import Actor
from bot.contacts.models import Contact
from bot.conversations import repository, sending
from bot.conversations.models import Conversation
from bot.db import wake
from bot.erasure import planning
from bot.erasure.models import ErasureRun
from bot.errors import NotFound, PermanentError
from bot.messages.models import Outbox
from bot.tickets import service as tickets
from bot.tickets.models import Ticket
from bot.tickets.states import NotAllowed
from bot.tickets.vocabulary import ENDS, Given
from channels.context import Site

OPEN = ("requested", "confirmed", "running", "stopped")
LEADS = ("lead", "admin")
BY_HAND = ("waiting", "erased", "nothing", "by_hand")


class EraseRefused(PermanentError):
    """It can't be erased so; the text names the mend."""


def request(
    session: Session, contact_id: int, actor: Actor, now: datetime, *, ticket_id: int | None = None,
    linked: bool = True, sources: Sequence[tuple[str, str]] = (),
) -> ErasureRun:  # fmt: skip
    """Ask that a person be erased; `sources` are (name, title) of where else their data is.

    Raises:
        NotFound: there is no such person, or no such request of theirs.
        EraseRefused: something stops it, it is asked already, or they are erased.
    """
    found = planning.plan(session, contact_id, linked=linked, ticket_id=ticket_id, mentions=False)
    if found.erased_on is not None:
        raise EraseRefused("they are erased already: there is nothing left to remove")
    if found.stops:
        raise EraseRefused(" ".join(found.stops).rstrip("."))
    if of_contact(session, found.contacts) is not None:
        raise EraseRefused("that is asked already: have it confirmed by a second person, or cancel it")
    if ticket_id is not None and session.get_one(Ticket, ticket_id).contact_id not in found.contacts:
        raise NotFound("that request is not theirs: open it from the queue again")
    run = ErasureRun(
        contact_id=contact_id, ticket_id=ticket_id, contacts=list(found.contacts), state="requested", problem="",
        requested_by=actor.staff_id or None, requested_at=now, removed={}, lessons=[],
        sources=[{"source": name, "title": title, "state": "waiting"} for name, title in sources],
    )  # fmt: skip
    session.add(run)
    session.flush()
    audited(session, run, "erasure.requested", actor.name, {"persons": len(found.contacts)}, now)
    return run


def confirm(
    session: Session, run_id: int, actor: Actor, now: datetime, *, site: Site, farewell: str = "", alone: bool = False
) -> ErasureRun:
    """A second person says yes; `farewell` is the last message to them, queued now. Removing begins once it is out.

    `alone` is for the command line, whose operator has the database's file in hand anyway.

    Raises:
        NotFound: there is no such erasure.
        EraseRefused: it is not theirs to confirm, or something stops it now.
    """
    run = get(session, run_id)
    if run.state != "requested":
        raise EraseRefused("it is not waiting to be confirmed: look at it as it is now")
    if not alone and (actor.role not in LEADS or actor.staff_id == run.requested_by):
        raise EraseRefused("a lead or admin other than who asked for it confirms an erasure: ask one")
    if found := planning.stops(session, run.contacts, run.ticket_id):
        raise EraseRefused(" ".join(found).rstrip("."))
    if run.ticket_id is not None:
        _can_be_answered(session, run.ticket_id, actor, now)
    run.state, run.confirmed_by, run.confirmed_at = "confirmed", actor.staff_id or None, now
    run.outbox_id = _last_message(session, run, farewell, site, now) if farewell else None
    audited(session, run, "erasure.confirmed", actor.name, {"told": run.outbox_id is not None}, now)
    return run


def _can_be_answered(session: Session, ticket_id: int, actor: Actor, now: datetime) -> None:
    """What answers the request at the end must be possible now: afterwards nobody could be asked for anything."""
    try:
        tickets.allowed(session, ticket_id, "answer", actor, now, given=Given(erased=True))
    except NotAllowed as error:
        raise EraseRefused(f"its request can't be answered yet: {error}") from None


def _last_message(session: Session, run: ErasureRun, text: str, site: Site, now: datetime) -> int | None:
    """Queue the last words in the conversation of the request, else in their newest; None where none may be sent."""
    conversation = where_to_tell(session, run)
    if conversation is None or not repository.may_be_told(session, conversation):
        return None
    try:
        sending.allowed(session, conversation.channel, conversation.address)
    except PermanentError:
        return None  # they said STOP: nothing more is sent, this neither
    line = sending.send(session, conversation, text, now, site=site, author="bot", outcome=GONE_TOLD)
    return session.scalar(select(Outbox.id).where(Outbox.message_id == line.id))


GONE_TOLD = "erased"


def where_to_tell(session: Session, run: ErasureRun) -> Conversation | None:
    """The conversation of the request, else their newest; None where there is none."""
    if run.ticket_id is not None:
        return session.get(Conversation, session.get_one(Ticket, run.ticket_id).conversation_id)
    query = select(Conversation).where(Conversation.contact_id.in_(run.contacts))
    return session.scalars(query.order_by(Conversation.last_at.desc()).limit(1)).first()


def cancel(session: Session, run_id: int, actor: Actor, now: datetime) -> ErasureRun:
    """Take it back, as long as nothing is removed.

    Raises:
        NotFound: there is no such erasure.
        EraseRefused: it has begun, or ended.
    """
    run = get(session, run_id)
    if run.state != "requested":
        raise EraseRefused("it is confirmed already, and the customer is told: it can't be taken back")
    run.state, run.finished_at = "cancelled", now
    audited(session, run, "erasure.cancelled", actor.name, {}, now)
    return run


def by_hand(session: Session, run_id: int, source: str, state: str, actor: Actor, now: datetime) -> ErasureRun:
    """Note that staff erased what a source holds (`by_hand`), or that it holds nothing.

    Raises:
        NotFound: there is no such erasure, or no such source of it.
        EraseRefused: it is noted already, or the state is none of staff's.
    """
    run = get(session, run_id)
    found = next((each for each in run.sources if each["source"] == source), None)
    if found is None:
        raise NotFound("that source is not on the list of this erasure: load the page again")
    if found["state"] != "waiting" or state not in ("by_hand", "nothing"):
        raise EraseRefused("that is noted already, or was erased by the desk: load the page again")
    done = {**found, "state": state, "by": actor.name, "at": now.isoformat()}
    run.sources = [done if each is found else each for each in run.sources]
    audited(session, run, "erasure.source_done", actor.name, {"source": source, "state": state}, now)
    return run


def get(session: Session, run_id: int) -> ErasureRun:
    """The erasure of that number.

    Raises:
        NotFound: there is none.
    """
    run = session.get(ErasureRun, run_id)
    if run is None:
        raise NotFound("there is no such erasure: open it from the person's page again")
    return run


def of_contact(session: Session, contacts: Sequence[int]) -> ErasureRun | None:
    """The erasure of one of these persons that is asked for or under way."""
    query = select(ErasureRun).where(ErasureRun.state.in_(OPEN)).order_by(ErasureRun.id)
    return next((run for run in session.scalars(query) if set(run.contacts) & set(contacts)), None)


def all_of(session: Session, contact_id: int) -> Sequence[ErasureRun]:
    """Every erasure that was asked for this person, newest first."""
    query = select(ErasureRun).order_by(ErasureRun.id.desc())
    if session.get(Contact, contact_id) is None:
        return []
    return [run for run in session.scalars(query) if contact_id in run.contacts]


def under_way(session: Session) -> Sequence[ErasureRun]:
    """The erasures that are confirmed and not done, oldest first."""
    query = select(ErasureRun).where(ErasureRun.state.in_(("confirmed", "running", "stopped"))).order_by(ErasureRun.id)
    return session.scalars(query).all()


def finished_since(session: Session, moment: datetime) -> bool:
    """Whether somebody was erased since then."""
    return session.scalar(select(ErasureRun.id).where(ErasureRun.finished_at > moment).limit(1)) is not None


def audited(
    session: Session, run: ErasureRun, action: str, actor: str, facts: Mapping[str, object], now: datetime
) -> None:
    """One entry about an erasure, with facts alone."""
    data = {"erasure": run.id, "ticket": run.ticket_id or 0, **facts}
    audit.append(session, actor=actor, action=action, subject=f"contact:{run.contact_id}", data=data, now=now)
    wake(session, "console")


def answered(session: Session, run: ErasureRun, now: datetime) -> None:
    """The request that asked for it is answered by it; they were told before their address went.

    Where the ticket can't be answered from where it stands, `problem` says so and staff do it by hand.
    """
    if run.ticket_id is None or session.get_one(Ticket, run.ticket_id).state in ENDS:
        return
    actor = Actor("lead", run.confirmed_by or run.requested_by or 0)
    try:
        tickets.change(session, run.ticket_id, "answer", actor, now, given=Given(erased=True))
    except NotAllowed as error:
        run.problem = f"The request itself could not be answered: {error}"[:500]
