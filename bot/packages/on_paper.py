"""A package on paper, for somebody whom no link reaches: released by a second person, printed, and handed over.

The same two people as for a link: who built or reviewed it neither releases it nor hands it over. Called by the
console, inside somebody else's transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.audit.actors import Actor
from bot.casework import service as casework
from bot.casework import telling
from bot.clock import day_of
from bot.conversations import reaching, replies
from bot.conversations.wording import House
from bot.errors import PermanentError
from bot.packages import contents, destinations, links, release
from bot.packages.models import Package
from bot.tickets import service as tickets
from bot.tickets.models import Ticket, TicketEvent
from bot.tickets.states import Given, NotAllowed
from channels.context import Site

HOW: Mapping[str, str] = {
    "collected": "Collected in person",
    "courier": "By courier, against a signature",
    "post": "By post, signed for",
}
"""How paper may go: each way shows who took it. A fax does not."""
LEAST, MOST = 10, 300
"""Characters of who took it, and who made sure of that."""
EVENT = "delivered_on_paper"


class Handover(NamedTuple):
    """What is noted of it: `day` YYYY-MM-DD, `how` a key of HOW, `checked` who took it and how that was seen."""

    day: str
    how: str
    checked: str


def let_out(
    session: Session, ticket_id: int, actor: Actor, now: datetime, *, house: House, site: Site, opened: str = ""
) -> Package:
    """Release the newest package without a link, to be printed and handed over. `opened` as for `release.release`.

    Raises:
        NotAllowed: not from this state, not by this person, or something must be settled first.
        NotWhole: a sealed file is gone or altered.
    """
    ticket = tickets.get(session, ticket_id)
    package = release.newest(session, ticket.id)
    refusal = release.why_not(session, ticket, package, actor.staff_id, now)
    if refusal:
        raise NotAllowed(f"'release' is not possible yet: {refusal}")
    assert package is not None
    contents.check(session, package, house.sealer, known=opened)
    given, tell = Given(package=True), _reached(session, ticket)
    casework.step(session, ticket.id, "release", actor, now, house=house, site=site, given=given, tell=tell)
    package.state = "released"
    _audited(session, ticket, "package.released_on_paper", actor, {"package": package.version}, now)
    return package


def why_not(session: Session, ticket: Ticket, package: Package | None, staff_id: int, now: datetime) -> str:
    """Why this person can't note now that it was handed over, with the mend; "" when they can."""
    if package is None or package.state != "released" or ticket.state != "ready":
        return "nothing is released that waits to be handed over: release the package first"
    if staff_id in release.hands_on(session, ticket, package):
        return "you built or reviewed it yourself: a second person hands it over"
    return destinations.lapsed(session, ticket, now)


def handed_over(
    session: Session, ticket_id: int, actor: Actor, now: datetime, *, house: House, site: Site, note: Handover
) -> Ticket:
    """Note that it is in its person's hands: the request is delivered on that day, and no link opens it any more.

    Raises:
        NotAllowed: nothing is released, or not by this person.
        PermanentError: the day, the way or who took it is missing or can't be right.
    """
    ticket = tickets.get(session, ticket_id)
    package = release.newest(session, ticket.id)
    refusal = why_not(session, ticket, package, actor.staff_id, now)
    if refusal:
        raise NotAllowed(f"that is not possible yet: {refusal}")
    assert package is not None
    day = _day(note.day, day_of(package.built_at, ticket.timezone), day_of(now, ticket.timezone))
    checked = " ".join(note.checked.replace("\0", "").split())
    if note.how not in HOW:
        raise PermanentError("choose how it was handed over: in person, by courier or by post, signed for")
    if not LEAST <= len(checked) <= MOST:
        raise PermanentError(f"write who took it and who made sure of that, in {LEAST} to {MOST} characters")
    links.end_all(session, ticket.id, "replaced", now)
    until, kept = replies.in_words(day), f"{HOW[note.how]}, {day.isoformat()}: {checked}"
    casework.step(
        session, ticket.id, "deliver_on_paper", actor, now, house=house, site=site, reason=kept, until=until,
        tell=_reached(session, ticket),
    )  # fmt: skip
    ticket.settled_on = day
    facts = {"package": package.version, "digest": package.digest, "how": note.how, "day": day.isoformat()}
    _audited(session, ticket, "package.handed_over", actor, facts, now)
    return ticket


def of_ticket(session: Session, ticket_id: int) -> Sequence[TicketEvent]:
    """Each time that a package of this request was handed over on paper, oldest first."""
    query = select(TicketEvent).where(TicketEvent.ticket_id == ticket_id, TicketEvent.type == EVENT)
    return session.scalars(query.order_by(TicketEvent.at, TicketEvent.id)).all()


def _day(typed: str, first: date, today: date) -> date:
    try:
        day = date.fromisoformat(typed.strip())
    except ValueError:
        raise PermanentError("write the day on which it was handed over, like 2026-11-20") from None
    if not first <= day <= today:
        raise PermanentError("that day can't be right: it is after today, or before the package was built")
    return day


def _reached(session: Session, ticket: Ticket) -> bool:
    """Whether the desk tells them: who can't be written to hears it from whoever hands it over."""
    return not reaching.hindered(session, telling.conversation_of(session, ticket))


def _audited(
    session: Session, ticket: Ticket, action: str, actor: Actor, data: Mapping[str, object], now: datetime
) -> None:
    audit.append(
        session, actor=actor.name, action=action, subject=f"ticket:{ticket.reference}", data=dict(data), now=now
    )
