"""One-time codes on their way: issuing one to an address, checking what is typed, and how often either may happen.

    issued = proving.issue(session, address, "identity", ticket.id, now, desk.sign, conversation_id=conversation.id)
    sending.send(…, f"Your code is {MASK}.", secret=masked.secret(desk.sealer, issued.code, issued.until))
    verdict = proving.check(session, address, "123456", now, desk.sign, purpose="package", ticket_id=ticket.id)

The code is in what `issue` returns and nowhere else. It is typed where it was asked for: who has one sent to another
person's address proves nothing by what that person does with it. Outside, every verdict but "ok" is told in the same
words. All run inside somebody else's transaction and never commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, cast

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.contacts import codes, linking
from bot.contacts.codes import DAY, HOUR, LIMITS, Out, Purpose, Purse, Sign, Verdict
from bot.contacts.models import ContactAddress, OneTimeCode
from bot.errors import PermanentError

AT_ONCE = 5
"""Codes that are held against what is typed: the newest of each purpose, and hardly ever more than one."""


class TooMany(PermanentError):
    """No code may be sent now. `again_at` is when the next may."""

    def __init__(self, again_at: datetime) -> None:
        super().__init__(f"too many codes were asked for or typed wrong: send the next after {again_at:%H:%M} UTC")
        self.again_at = again_at


class Issued(NamedTuple):
    """A fresh code: its digits, and until when it is good."""

    id: int
    code: str
    until: datetime


class Checked(NamedTuple):
    """What was typed is worth `verdict`; `row` is the code that it was held against."""

    verdict: Verdict
    row: OneTimeCode | None


def issue(
    session: Session,
    address: ContactAddress,
    purpose: Purpose,
    ticket_id: int | None,
    now: datetime,
    sign: Sign,
    *,
    conversation_id: int | None = None,
    asker_id: int | None = None,
) -> Issued:
    """A new code for an address; the one before it that they asked for, for the same purpose and ticket, is good no
    more. `conversation_id` is where it is typed, `asker_id` the contact that asked for it, the address's own without
    one.

    Raises:
        TooMany: within its time too many went to that address, or were asked for, or were typed wrong.
    """
    asker = asker_id or address.contact_id
    again_at = may_again_at(session, address, asker, purpose, now)
    if again_at is not None:
        raise TooMany(again_at)
    of_address = (OneTimeCode.address_id == address.id, OneTimeCode.ticket_id == ticket_id)
    theirs = (OneTimeCode.purpose == purpose, OneTimeCode.asker_id == asker)
    for earlier in session.scalars(select(OneTimeCode).where(*of_address, *theirs)):
        earlier.state = "void" if earlier.state == "out" else earlier.state
    row, code = _fresh(purpose, asker, ticket_id, conversation_id, now, sign)
    row.address_id = address.id
    session.add(row)
    session.flush()
    facts = {"purpose": purpose, "channel": address.channel, "ticket": ticket_id or 0, "until": row.expires_at}
    _audit(session, address.contact_id, "code.issued", facts, now)
    return Issued(row.id, code, row.expires_at)


def pretend(session: Session, purpose: Purpose, asker_id: int, conversation_id: int, now: datetime, sign: Sign) -> None:
    """Nothing is sent, but whoever types digits here is answered as if something had been: the code is known to nobody.

    Raises:
        TooMany: they asked for too many.
    """
    again_at = may_again_at(session, None, asker_id, purpose, now)
    if again_at is not None:
        raise TooMany(again_at)
    row, _code = _fresh(purpose, asker_id, None, conversation_id, now, sign)
    session.add(row)
    session.flush()
    _audit(session, asker_id, "code.not_sent", {"purpose": purpose}, now)


def may_again_at(
    session: Session, address: ContactAddress | None, asker_id: int, purpose: Purpose, now: datetime
) -> datetime | None:
    """When the next code may go to the address for that contact and purpose; None for now."""
    packaged = OneTimeCode.purpose == "package" if purpose == "package" else OneTimeCode.purpose != "package"
    asked = select(OneTimeCode.issued_at).where(
        OneTimeCode.asker_id == asker_id, OneTimeCode.issued_at > now - HOUR, packaged
    )
    of, sent = _purse(session, address, asker_id, purpose, now)
    wrong = [at for at, tries in sent for _ in range(tries)]
    return codes.again_at([at for at, _ in sent], session.scalars(asked).all(), wrong, now, of=of)


def check(
    session: Session,
    address: ContactAddress,
    text: str,
    now: datetime,
    sign: Sign,
    *,
    purpose: Purpose,
    ticket_id: int | None = None,
) -> Verdict:
    """What a typed code is worth for a purpose; right, it is used up."""
    wanted = (OneTimeCode.address_id == address.id, OneTimeCode.purpose == purpose, OneTimeCode.ticket_id == ticket_id)
    return _checked(
        session, _recent(session, *wanted, now=now), codes.typed(text), address.contact_id, now, sign
    ).verdict


def check_in(session: Session, conversation_id: int, contact_id: int, text: str, now: datetime, sign: Sign) -> Checked:
    """What the digits in a message of a contact's are worth: any code that is to be typed in that conversation."""
    return _checked(session, out_in(session, conversation_id, now), codes.typed(text), contact_id, now, sign)


def out_in(session: Session, conversation_id: int, now: datetime) -> Sequence[OneTimeCode]:
    """The codes of the last day that may be typed in a conversation, newest first."""
    return _recent(session, OneTimeCode.conversation_id == conversation_id, OneTimeCode.purpose != "package", now=now)


def misplaced(session: Session, conversation_id: int, address: ContactAddress, now: datetime) -> Purpose | None:
    """For what a code is still good that went to this address but is typed elsewhere than in this conversation."""
    query = select(OneTimeCode.purpose, OneTimeCode.conversation_id).where(
        OneTimeCode.address_id == address.id, OneTimeCode.state == "out", OneTimeCode.expires_at > now
    )
    for purpose, place in session.execute(query.order_by(OneTimeCode.id.desc())):
        if place != conversation_id:
            return cast("Purpose", purpose)
    return None


def shown_in(session: Session, conversation_id: int) -> bool:
    """Whether a right code was typed in that conversation, as far back as codes are kept. A sender's name alone is
    easily forged: what somebody showed elsewhere says nothing of who writes here.
    """
    query = select(OneTimeCode.id).where(
        OneTimeCode.conversation_id == conversation_id,
        OneTimeCode.state == "used",
        OneTimeCode.purpose.in_(("identity", "link")),
    )
    return session.scalars(query.limit(1)).first() is not None


def shown_since(session: Session, conversation_id: int, address_id: int, asked_at: datetime) -> bool:
    """Whether a right code for another address of theirs had gone to this very one since they asked, and was typed in
    that conversation: so whoever asked has the address before them, and does not merely show its name.
    """
    query = select(OneTimeCode.id).where(
        OneTimeCode.conversation_id == conversation_id, OneTimeCode.address_id == address_id,
        OneTimeCode.state == "used", OneTimeCode.purpose == "link", OneTimeCode.issued_at >= asked_at,
    )  # fmt: skip
    return session.scalars(query.limit(1)).first() is not None


def _checked(
    session: Session, found: Sequence[OneTimeCode], code: str, contact_id: int, now: datetime, sign: Sign
) -> Checked:
    """The verdict, with what follows from it: a right code is used, a wrong one counts against all."""
    verdicts = [codes.judge(_kept(row), code, sign, _wrong_today(session, row, now), now) for row in found]
    newest = found[0] if found else None
    right = next((row for row, verdict in zip(found, verdicts, strict=True) if verdict == "ok"), None)
    if right is not None:
        right.state = "used"
        _audit(session, contact_id, "code.right", {"purpose": right.purpose, "ticket": right.ticket_id or 0}, now)
        return Checked("ok", right)
    verdict: Verdict = verdicts[0] if verdicts else "none"
    for row, told in zip(found, verdicts, strict=True):
        if told == "wrong":  # a guess is a guess at every code that is out, or one would shield another
            row.tries += 1
    _audit(session, contact_id, "code.refused", {"purpose": newest.purpose if newest else "", "why": verdict}, now)
    session.flush()
    return Checked(verdict, newest)


def _wrong_today(session: Session, row: OneTimeCode, now: datetime) -> int:
    address = session.get(ContactAddress, row.address_id) if row.address_id else None
    _, sent = _purse(session, address, row.asker_id, row.purpose, now)
    return sum(tries for _, tries in sent)


def _purse(
    session: Session, address: ContactAddress | None, asker_id: int, purpose: str, now: datetime
) -> tuple[Purse, Sequence[tuple[datetime, int]]]:
    """The purse of a code, and what it holds: when codes of it went to the address in the last day, and how often each
    was typed wrong. A code lives for minutes, so its wrong tries count from its issue.
    """
    if address is None:
        return "own", ()
    person = linking.one_person(session, address.contact_id)
    of = codes.purse(purpose, own=asker_id in person)
    query = select(OneTimeCode.issued_at, OneTimeCode.tries, OneTimeCode.purpose, OneTimeCode.asker_id).where(
        OneTimeCode.address_id == address.id, OneTimeCode.issued_at > now - DAY
    )
    rows = session.execute(query).all()
    return of, [(at, tries) for at, tries, for_, by in rows if codes.purse(for_, own=by in person) == of]


def _recent(session: Session, *wanted: ColumnElement[bool], now: datetime) -> Sequence[OneTimeCode]:
    query = select(OneTimeCode).where(*wanted, OneTimeCode.issued_at > now - DAY)
    return session.scalars(query.order_by(OneTimeCode.id.desc()).limit(AT_ONCE)).all()


def _kept(row: OneTimeCode) -> Out:
    return Out(row.digest, row.salt, row.expires_at, row.tries, used=row.state == "used", void=row.state == "void")


def _fresh(
    purpose: Purpose, asker: int, ticket_id: int | None, conversation_id: int | None, now: datetime, sign: Sign
) -> tuple[OneTimeCode, str]:
    code, salt = codes.new_code(), codes.new_salt()
    row = OneTimeCode(
        purpose=purpose, asker_id=asker, ticket_id=ticket_id, conversation_id=conversation_id,
        digest=codes.digest(sign, salt, code), salt=salt, tries=0, state="out", issued_at=now,
        expires_at=now + LIMITS.good_for,
    )  # fmt: skip
    return row, code


def _audit(session: Session, contact_id: int, action: str, data: dict[str, object], now: datetime) -> None:
    facts = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in data.items()}
    audit.append(session, actor="bot", action=action, subject=f"contact:{contact_id}", data=facts, now=now)
