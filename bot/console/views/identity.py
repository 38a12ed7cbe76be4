"""What staff do on who a customer is: ask, send another code, note a check, name an agent, join and part addresses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.casework import service as casework
from bot.console.gate import Call
from bot.console.views.ticket_page import ticket_run
from bot.contacts import claims, linking
from bot.contacts.models import ContactAddress
from bot.conversations import identity, identity_claims
from bot.conversations.models import Conversation
from bot.errors import NotFound, PermanentError
from bot.tickets import finding
from bot.tickets import service as tickets
from bot.tickets.models import Ticket
from channels.context import Site

PANEL = "identity"
LONGEST = 300
"""Characters of a field that are read."""


async def ask(call: Call) -> web.StreamResponse:
    """POST: ask to show who they are; `reasonable` is "yes" or "no", `address` the id of one of theirs or ""."""
    reason, doubt = call.form.get("reason", ""), call.form.get("reasonable", "")

    def work(session: Session, ticket: Ticket, site: Site) -> None:
        if doubt not in ("yes", "no"):
            raise PermanentError("say whether the doubt is reasonable: the clock stops only for that")
        address = _address(session, ticket, call.form["address"]).id if call.form.get("address") else None
        identity.ask(
            session, ticket.id, call.actor, call.desk.now(), house=call.desk.house, site=site, reason=reason,
            reasonable=doubt == "yes", address_id=address,
        )  # fmt: skip

    return await _run(call, work, "asked")


async def again(call: Call) -> web.StreamResponse:
    """POST: a new code to the same address."""

    def work(session: Session, ticket: Ticket, site: Site) -> None:
        identity.again(session, ticket.id, call.actor, call.desk.now(), house=call.desk.house, site=site)

    return await _run(call, work, "again")


async def checked(call: Call) -> web.StreamResponse:
    """POST: note that a document or a call back was good; only the outcome is kept."""
    kind = call.form.get("kind", "")

    def work(session: Session, ticket: Ticket, site: Site) -> None:
        if kind not in ("document", "callback"):
            raise PermanentError("choose what you checked: a document or a call back")
        identity_claims.checked_by_staff(
            session, ticket.id, cast("Any", kind), call.form.get("reason", ""), call.actor, call.desk.now(),
            house=call.desk.house, site=site,
        )  # fmt: skip

    return await _run(call, work, "checked")


async def give_up(call: Call) -> web.StreamResponse:
    """POST, leads: nobody has shown who they are; the request ends as not verified."""

    def work(session: Session, ticket: Ticket, site: Site) -> None:
        reason = call.form.get("reason", "").strip()
        if not reason:
            raise PermanentError("write why you give up: what was asked, and what came of it")
        casework.step(
            session, ticket.id, "give_up_identity", call.actor, call.desk.now(), house=call.desk.house, site=site,
            reason=reason,
        )  # fmt: skip

    return await _run(call, work, "given_up")


async def agent(call: Call) -> web.StreamResponse:
    """POST: note for whom they ask, and whether that is an adult."""

    def work(session: Session, ticket: Ticket, _site: Site) -> None:
        kind, adult = call.form.get("kind", ""), call.form.get("adult", "yes") == "yes"
        if kind == "parent" and adult:
            raise PermanentError("a parent can't ask for an adult: let the person ask, or show a power of attorney")
        tickets.name_agent(
            session, ticket.id, kind, call.form.get("for", "")[:LONGEST], call.actor, call.desk.now(), adult=adult
        )

    return await _run(call, work, "agent")


async def authority(call: Call) -> web.StreamResponse:
    """POST: ask for an agent's authority, or note that it is shown. `step` says which."""
    step = call.form.get("step", "")

    def work(session: Session, ticket: Ticket, site: Site) -> None:
        if step not in ("ask_authority", "authority_proved"):
            raise PermanentError("choose whether to ask for the authority or to note it")
        casework.step(
            session, ticket.id, cast("Any", step), call.actor, call.desk.now(), house=call.desk.house, site=site,
            reason=call.form.get("reason", "").strip(),
        )  # fmt: skip

    return await _run(call, work, "authority_asked" if step == "ask_authority" else "authority_proved")


async def link(call: Call) -> web.StreamResponse:
    """POST: another address is theirs too, by a code that goes there, or by a colleague's own check (leads)."""
    by_check = call.form.get("how") == "staff"

    def work(session: Session, ticket: Ticket, site: Site) -> None:
        other, now = _named(session, call.form.get("other", "")), call.desk.now()
        if not by_check:
            identity.ask_link(
                session, ticket.id, other.id, call.actor, now, house=call.desk.house, site=site
            )  # fmt: skip
        elif not call.who.may("lead"):
            raise PermanentError("only a lead links without a code: send a code, or ask a lead")
        elif linking.link(session, ticket.contact_id, other.contact_id, "staff", call.actor, now) is None:
            raise PermanentError("that address is this person's already: choose another one")

    return await _run(call, work, "linked" if by_check else "link_asked")


async def unlink(call: Call) -> web.StreamResponse:
    """POST: they are two people after all."""

    def work(session: Session, ticket: Ticket, _site: Site) -> None:
        number = call.form.get("link", "")
        people = linking.one_person(session, ticket.contact_id)
        linking.unlink(session, _number(number), call.actor, call.desk.now(), of=people)

    return await _run(call, work, "unlinked")


async def reassign(call: Call) -> web.StreamResponse:
    """POST: an address is somebody else's from now on."""

    def work(session: Session, ticket: Ticket, _site: Site) -> None:
        address = _address(session, ticket, call.form.get("address", ""))
        linking.reassign(session, address.id, call.form.get("reason", ""), call.actor, call.desk.now())

    return await _run(call, work, "reassigned")


async def shared(call: Call) -> web.StreamResponse:
    """POST: several people use an address, or one after all."""
    several = call.form.get("shared") == "yes"

    def work(session: Session, ticket: Ticket, _site: Site) -> None:
        address = _address(session, ticket, call.form.get("address", ""))
        linking.share(session, address.id, call.actor, call.desk.now(), shared=several)

    return await _run(call, work, "shared" if several else "not_shared")


async def _run(call: Call, work: Callable[[Session, Ticket, Site], None], done: str) -> web.StreamResponse:
    """One unit of work on the ticket of the path, in its conversation's site."""
    ticket_id = call.number("id")

    def unit(session: Session) -> None:
        ticket = finding.get(session, ticket_id)
        conversation = session.get_one(Conversation, ticket.conversation_id)
        work(session, ticket, call.desk.site(conversation.site))

    return await ticket_run(call, ticket_id, unit, done, PANEL)


def _address(session: Session, ticket: Ticket, number: str) -> ContactAddress:
    """One of this person's addresses. Raises NotFound for anybody else's."""
    found = session.get(ContactAddress, _number(number))
    if found is None or found.contact_id not in linking.one_person(session, ticket.contact_id):
        raise NotFound("that is no address of this person: look at the request again")
    return found


def _named(session: Session, written: str) -> ContactAddress:
    """The address that was written: known to the desk already. Raises PermanentError."""
    found = claims.address(written[:LONGEST])
    if found is None:
        raise PermanentError("write one email address or phone number, like ann@example.com or 07700 900123")
    wanted = select(ContactAddress).where(ContactAddress.channel == found[0], ContactAddress.value == found[1])
    address = session.scalars(wanted).first()
    if address is None:
        raise PermanentError("nobody has written to us from that address yet: ask them to, then link it")
    return address


def _number(written: str) -> int:
    return int(written) if written.isdecimal() and len(written) <= 15 else 0  # noqa: PLR2004  as Call.number
