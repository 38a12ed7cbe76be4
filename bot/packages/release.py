"""Letting a package out: a second person releases it, a link goes one way and codes another.

Called by the console, inside somebody else's transaction. `withdrawing` takes a package back, `keeping` deletes it.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.audit.actors import Actor
from bot.casework import telling
from bot.casework.telling import Telling
from bot.clock import day_of
from bot.contacts.codes import Sign
from bot.contacts.models import ContactAddress
from bot.conversations import reaching, replies, sending
from bot.conversations.models import Conversation
from bot.conversations.wording import House
from bot.messages import masked
from bot.packages import codes, contents, destinations, links, taking
from bot.packages.link_models import PackageLink
from bot.packages.models import ItemReview, Package, PackageFinding, Redaction
from bot.packages.standing import HANDED_OVER, link_state
from bot.tickets import service as tickets
from bot.tickets.models import Ticket
from bot.tickets.states import Given, NotAllowed
from channels.context import Site

WORDING = "package_ready"
"""The key of what the customer is told: in requests.j2, and in requests_sms.j2 for a text."""


class Route(NamedTuple):
    """By which two ways it goes: the address of the link, and the one of the codes (None: read out by telephone)."""

    link_to: int
    code_to: int | None


class Ways(NamedTuple):
    """A route whose addresses were looked up and may be used."""

    link_to: ContactAddress
    code_to: ContactAddress | None


def newest(session: Session, ticket_id: int) -> Package | None:
    """The ticket's newest package, in whatever state."""
    query = select(Package).where(Package.ticket_id == ticket_id).order_by(Package.version.desc()).limit(1)
    return session.scalars(query).first()


def hands_on(session: Session, ticket: Ticket, package: Package) -> frozenset[int]:
    """Who built this package, reviewed it, decided what is left out of it, or let stand what its scan found: none of
    them releases it.
    """
    deciders: set[int | None] = {ticket.reviewed_by, package.built_by}
    settled = select(PackageFinding.by_id).where(PackageFinding.package_id == package.id).distinct()
    deciders |= set(session.scalars(settled))
    for table in (Redaction, ItemReview):
        deciders |= set(session.scalars(select(table.by_id).where(table.ticket_id == ticket.id).distinct()))
    return frozenset(each for each in deciders if each)


def why_not(session: Session, ticket: Ticket, package: Package | None, staff_id: int, now: datetime) -> str:
    """Why this person can't release it now, with the mend; "" when they can. Looks at no file."""
    if package is None or package.state != "built":
        return "there is no package that is built and settled: build it, and settle what its scan found"
    if package.inputs != taking.inputs(session, ticket):
        return "something was found or decided since it was built: build it again"
    if contents.open_findings(session, package.id):
        return "the last scan found something that nobody has settled: settle it, or leave it out and build again"
    if staff_id in hands_on(session, ticket, package):
        return "you built or reviewed it yourself: ask a second person to release it"
    return destinations.lapsed(session, ticket, now)


def release(
    session: Session, ticket_id: int, actor: Actor, now: datetime, *, house: House, site: Site, route: Route, days: int,
    opened: str = "",
) -> PackageLink:  # fmt: skip
    """Release the newest package and send its link. `site` is the ticket's; the link is good for `days`. `opened` is
    the digest of the package whose files were all opened just before (contents.opened): they are opened here otherwise.

    Raises:
        NotAllowed: not from this state, not by this person, or something must be settled first.
        NotWhole: a sealed file is gone or altered.
        PermanentError: the two ways are not both theirs, verified and different.
    """
    ticket = tickets.get(session, ticket_id)
    package = newest(session, ticket.id)
    refusal = why_not(session, ticket, package, actor.staff_id, now)
    if refusal:
        raise NotAllowed(f"'release' is not possible yet: {refusal}")
    assert package is not None
    contents.check(session, package, house.sealer, known=opened)
    ways = _ways(session, ticket, route, now)
    tickets.change(session, ticket.id, "release", actor, now, given=Given(package=True))
    package.state = "released"
    return _send(session, ticket, package, actor, now, house=house, site=site, ways=ways, days=days)


def new_link(
    session: Session, ticket_id: int, actor: Actor, now: datetime, *, house: House, site: Site, route: Route, days: int
) -> PackageLink:
    """Send another link to what is released already; the one before opens nothing any more.

    Raises:
        NotAllowed: nothing is released, or identity has lapsed.
        PermanentError: as `release`.
    """
    ticket = tickets.get(session, ticket_id)
    package = newest(session, ticket.id)
    if package is None or package.state != "released" or ticket.state not in HANDED_OVER:
        raise NotAllowed("nothing is released: release the package first")
    lapsed = destinations.lapsed(session, ticket, now)
    if lapsed:
        raise NotAllowed(f"a new link is not possible yet: {lapsed}")
    ways = _ways(session, ticket, route, now)
    return _send(session, ticket, package, actor, now, house=house, site=site, ways=ways, days=days)


def call_back(session: Session, ticket_id: int, actor: Actor, now: datetime, *, sign: Sign) -> str:
    """Note that this person has called the customer back, and return the code to read out to them.

    Raises:
        NotAllowed: the link's codes go by a message, or the person had a hand in the package.
    """
    ticket = tickets.get(session, ticket_id)
    package, link = newest(session, ticket.id), standing_link(session, ticket.id, now)
    if package is None or link is None or link.code_to_id is not None:
        raise NotAllowed("no code is to be read out: send a link whose code goes by a call-back first")
    if actor.staff_id in hands_on(session, ticket, package):
        raise NotAllowed("you built or reviewed it yourself: a second person calls back")
    return codes.read_out(session, link, ticket, actor, now, sign)


def standing_link(session: Session, ticket_id: int, now: datetime) -> PackageLink | None:
    """The ticket's link that opens something now."""
    found = links.of_ticket(session, ticket_id)
    return next((link for link in found if link_state(links.facts(link), now) == "good"), None)


def _ways(session: Session, ticket: Ticket, route: Route, now: datetime) -> Ways:
    """Both ways of the route, each theirs and verified, on two channels."""
    link_to = destinations.chosen(session, ticket, route.link_to, now)
    code_to = destinations.chosen(session, ticket, route.code_to, now) if route.code_to else None
    return Ways(link_to, code_to)


def _send(
    session: Session, ticket: Ticket, package: Package, actor: Actor, now: datetime, *, house: House, site: Site,
    ways: Ways, days: int,
) -> PackageLink:  # fmt: skip
    """Make the link, send it its way, and tell the customer where they asked, if that is another place."""
    fresh = links.make(
        session, ticket, package.id, now, sent_to=ways.link_to, code_to=ways.code_to, staff_id=actor.staff_id, days=days
    )
    until = replies.in_words(day_of(fresh.link.expires_at, ticket.timezone or house.terms.timezone))
    subject = f"Your request {ticket.reference}"
    to = reaching.conversation_with(session, ways.link_to, now, site=site, subject=subject)
    said = Telling(link=f"{house.base_url}{links.PATH}{masked.MASK}", until=until)
    text = _worded(ticket, said, now, house, site, to)
    secret = masked.secret(house.sealer, fresh.token, fresh.link.expires_at)
    sending.send(session, to, text, now, site=site, outcome=WORDING, secret=secret)
    asked_in = telling.conversation_of(session, ticket)
    if asked_in.id != to.id and not reaching.hindered(session, asked_in):
        text = _worded(ticket, Telling(until=until), now, house, site, asked_in)
        telling.send(session, asked_in, text, WORDING, now, site)
    facts = {
        "package": package.version, "link": fresh.link.id, "link_by": ways.link_to.channel,
        "code_by": ways.code_to.channel if ways.code_to else "call", "days": days,
    }  # fmt: skip
    subject = f"ticket:{ticket.reference}"
    audit.append(session, actor=actor.name, action="package.link_sent", subject=subject, data=facts, now=now)
    return fresh.link


def _worded(ticket: Ticket, said: Telling, now: datetime, house: House, site: Site, conversation: Conversation) -> str:
    told = telling.told(ticket, WORDING, said, conversation, now, house=house, site=site)
    return telling.worded(conversation.channel, WORDING, told)
