"""The codes that open a package: sent to the other address, or read out in a call-back by a second person.

Called by `receiving` and `release`. What a code is worth is decided by `bot.contacts.codes`, which keeps hashes alone.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.audit.actors import Actor
from bot.contacts import codes, proofs, proving
from bot.contacts.codes import LIMITS, Out, Sign, Verdict
from bot.contacts.models import ContactAddress
from bot.conversations import reaching, replies, sending
from bot.conversations.wording import House
from bot.messages import masked
from bot.packages.link_models import PackageCall, PackageLink
from bot.tickets.models import Ticket
from channels.context import Site


class SentCode(NamedTuple):
    """What came of asking for a code: `refused` is why none went out ("" where one did), `again_at` when one may."""

    refused: str = ""
    again_at: datetime | None = None


def send(
    session: Session,
    ticket: Ticket,
    address: ContactAddress,
    now: datetime,
    *,
    house: House,
    site: Site,
) -> SentCode:
    """Send a new code for the ticket's package to `address`; the one before is good no more."""
    try:
        issued = proving.issue(session, address, "package", ticket.id, now, house.sign)
    except proving.TooMany as error:
        return SentCode("too_many", error.again_at)
    subject = f"Your code for {ticket.reference}"
    conversation = reaching.conversation_with(session, address, now, site=site, subject=subject)
    company = replies.short_name(house.companies.get(site.policy, site.name))
    text = (
        f"{masked.MASK} is your code to open the package for your request {ticket.reference} from {company}. It is "
        "good for ten minutes. Type it on the page that the link opened. We never ask you for it anywhere else."
    )
    secret = masked.secret(house.sealer, issued.code, issued.until)
    sending.send(session, conversation, text, now, site=site, outcome="package_code", secret=secret)
    return SentCode()


def judge(session: Session, link: PackageLink, typed: str, now: datetime, *, sign: Sign) -> Verdict:
    """What a typed code is worth for this link: the one that was sent, or the one that was read out."""
    if link.code_to_id is not None:
        address = session.get_one(ContactAddress, link.code_to_id)
        return proving.check(session, address, typed, now, sign, purpose="package", ticket_id=link.ticket_id)
    row = session.scalars(
        select(PackageCall).where(PackageCall.link_id == link.id).order_by(PackageCall.id.desc()).limit(1)
    ).first()
    out = Out(row.digest, row.salt, row.expires_at, row.tries, used=row.used) if row else None
    verdict = codes.judge(out, codes.typed(typed), sign, 0, now)
    if row is not None and verdict == "ok":
        row.used = True
    elif row is not None and verdict == "wrong":
        row.tries += 1
    return verdict


def read_out(session: Session, link: PackageLink, ticket: Ticket, actor: Actor, now: datetime, sign: Sign) -> str:
    """The code for a call-back, which the caller reads out and sees once. The call itself is a proof of tier 3."""
    proofs.add(session, ticket.contact_id, "callback", actor, now, ticket_id=ticket.id)
    code, salt = codes.new_code(), codes.new_salt()
    session.add(
        PackageCall(
            link_id=link.id,
            by_id=actor.staff_id,
            made_at=now,
            expires_at=now + LIMITS.good_for,
            salt=salt,
            digest=codes.digest(sign, salt, code),
            tries=0,
            used=False,
        )
    )
    session.flush()
    audit.append(
        session, actor=actor.name, action="package.code_read_out", subject=f"ticket:{ticket.reference}",
        data={"link": link.id}, now=now,
    )  # fmt: skip
    return code
