"""The consent ledger: what a person permitted, refused and took back, each with its evidence. Entries are only added.

Called by contacts.service (STOP and START), by tickets (an objection, a restriction), by the console and
`privacydesk consent`. All run inside somebody else's transaction. The last entry of a purpose counts, by when it was
said; a permission counts only with evidence. Policy §2.1 asks "prior consent" for partners' offers, §3.2 "express
permission" for sharing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.contacts.models import Contact
from bot.contacts.record_models import ConsentEntry
from bot.db import wake
from bot.errors import NotFound, PermanentError
from bot.sealing import Sealer

State = Literal["granted", "withdrawn", "refused"]
STATES: tuple[State, ...] = ("granted", "withdrawn", "refused")
MESSAGES = "messages"
MARKETING = ("partner_offers", "marketing", "newsletter")
"""What an objection to marketing ends at once: that right is absolute (UK GDPR, Article 21(2) and (3))."""
PURPOSES = {
    MESSAGES: "Messages from this desk on one channel (STOP and START)",
    "partner_offers": "Offers of partners, and sharing with them (policy 2.1, 3.2)",
    "marketing": "Our own offers",
    "newsletter": "The newsletter",
}
SEALED_FOR = "consent.note"
LONGEST_NOTE, LONGEST_WORDING = 2_000, 4_000
SLACK = timedelta(minutes=5)
"""How far ahead of the desk's clock a moment may lie: clocks differ."""
_NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")


class NotRecorded(PermanentError):
    """That can't stand in the ledger; the text names the mend."""


class Policy(NamedTuple):
    """The policy in force when it was said: its key, and the day (ISO) from which its text counts."""

    key: str = ""
    effective: str = ""


UNKNOWN = Policy()


class Evidence(NamedTuple):
    """What proves an entry: the customer's own line, their request, or what staff saw in words.

    `wording` is what the customer was shown and answered.
    """

    source: Literal["message", "ticket", "staff", "import", "provider"]
    message_id: int | None = None
    ticket_id: int | None = None
    note: str = ""
    wording: str = ""
    policy: Policy = UNKNOWN


class Standing(NamedTuple):
    """How a purpose stands now. `state` is "none" where nothing was ever said; `entry` is what it rests on.

    `permitted` is true for a permission with evidence only.
    """

    state: Literal["granted", "withdrawn", "refused", "none"]
    entry: ConsentEntry | None
    permitted: bool


def purposes(more: str = "") -> dict[str, str]:
    """Every purpose with its meaning; `more` is the setting consent_purposes, names with commas between.

    Raises:
        NotRecorded: a name is not lower case letters, digits and _.
    """
    named = [each.strip() for each in more.split(",") if each.strip()]
    for each in named:
        if not _NAME.fullmatch(each):
            raise NotRecorded(f"{each!r} is no name of a purpose: write lower-case letters, digits and _, like surveys")
    return PURPOSES | {each: each.replace("_", " ").capitalize() for each in named if each not in PURPOSES}


def on_day(day: date, state: str, now: datetime) -> datetime:
    """The moment of what was said on a day of which no more is known; today it is said now.

    A permission counts from that day's beginning and a refusal from its end (UTC): of two things said on one day the
    one that protects the person is the last word.
    """
    if day == now.date():
        return now
    return datetime.combine(day, time(0, 0) if state == "granted" else time(23, 59, 59), UTC)


def record(
    session: Session, contact_id: int, purpose: str, state: State, evidence: Evidence, *, by: str, at: datetime,
    now: datetime, channel: str = "", sealer: Sealer | None = None,
) -> ConsentEntry:  # fmt: skip
    """Add an entry: said at `at`, written down `now` by the actor `by`.

    Raises:
        NotFound: there is no such person, or they are erased.
        NotRecorded: a permission has no evidence, or a moment or a text is out of bounds.
    """
    contact = session.get(Contact, contact_id)
    if contact is None or contact.erased_at is not None:
        raise NotFound("there is no such person on record: take the number on the person's page")
    _check(purpose, state, evidence, at, now, channel)
    note = evidence.note.strip()
    if note and sealer is None:
        raise NotRecorded("what staff saw is kept sealed, and no key was given: start from a desk with its secret key")
    entry = ConsentEntry(
        contact_id=contact_id, purpose=purpose, channel=channel, state=state, at=at, recorded_at=now,
        source=evidence.source, message_id=evidence.message_id, ticket_id=evidence.ticket_id,
        note=sealer.seal(note.encode(), SEALED_FOR) if note and sealer else None, wording=evidence.wording,
        policy=evidence.policy.key, effective=evidence.policy.effective, by=by,
    )  # fmt: skip
    session.add(entry)
    session.flush()
    facts = {"purpose": purpose, "channel": channel, "entry": entry.id, "source": evidence.source}
    audit.append(
        session, actor=by, action=f"consent.{state}", subject=f"contact:{contact_id}", data=facts, now=now
    )  # fmt: skip
    wake(session, "console")
    return entry


def _check(purpose: str, state: State, evidence: Evidence, at: datetime, now: datetime, channel: str) -> None:
    if not _NAME.fullmatch(purpose) or state not in STATES:
        raise NotRecorded(f"{purpose!r} {state!r} can't be recorded: name a purpose, and granted, withdrawn or refused")
    if (purpose == MESSAGES) != bool(channel):
        raise NotRecorded(f"the purpose {MESSAGES!r}, and only that, is tied to a channel: name sms, mail or webchat")
    if at > now + SLACK:
        raise NotRecorded("it lies in the future: give the moment at which they said it")
    if state == "granted" and not (evidence.message_id or evidence.note.strip()):
        raise NotRecorded("a permission needs evidence: name their message, or write what you saw and where it is kept")
    if len(evidence.note) > LONGEST_NOTE or len(evidence.wording) > LONGEST_WORDING:
        raise NotRecorded(f"keep the note under {LONGEST_NOTE} and the wording under {LONGEST_WORDING} characters")


def entries(session: Session, contacts: Collection[int], purpose: str | None = None) -> Sequence[ConsentEntry]:
    """What is on record of these persons (one, or one with those linked to them), newest first."""
    query = select(ConsentEntry).where(ConsentEntry.contact_id.in_(contacts))
    if purpose is not None:
        query = query.where(ConsentEntry.purpose == purpose)
    return session.scalars(query.order_by(ConsentEntry.at.desc(), ConsentEntry.id.desc())).all()


def standing(session: Session, contact_id: int, purpose: str, now: datetime, *, channel: str = "") -> Standing:
    """How that purpose stands for the person at that moment."""
    said = [each for each in entries(session, (contact_id,), purpose) if each.channel == channel]
    return decided([each for each in said if each.at <= now + SLACK])


def decided(said: Sequence[ConsentEntry]) -> Standing:
    """The standing that follows from a purpose's entries, newest first."""
    if not said:
        return Standing("none", None, permitted=False)
    last = said[0]
    state: State = last.state  # type: ignore[assignment]  # the column holds these words
    return Standing(state, last, permitted=state == "granted" and evident(last))


def evident(entry: ConsentEntry) -> bool:
    """Whether there is something to show for it: the customer's own line, or what staff wrote of what they saw."""
    return entry.message_id is not None or entry.note is not None


def note_of(entry: ConsentEntry, sealer: Sealer) -> str:
    """What staff wrote as evidence, "" where they wrote nothing."""
    return sealer.open(entry.note, SEALED_FOR).decode() if entry.note is not None else ""


def stopped(
    session: Session, contact_id: int, channel: str, *, by: str, now: datetime, message_id: int | None = None,
    policy: Policy = UNKNOWN,
) -> None:  # fmt: skip
    """They want no more messages on that channel (STOP, or the provider says so)."""
    source: Literal["message", "provider", "staff"]
    source = "message" if message_id else "provider" if by == "provider" else "staff"
    evidence = Evidence(source, message_id, policy=policy)
    record(session, contact_id, MESSAGES, "withdrawn", evidence, by=by, at=now, now=now, channel=channel)


def no_more_offers(
    session: Session, contact_id: int, message_id: int, *, by: str, now: datetime, policy: Policy = UNKNOWN
) -> None:
    """Whoever says STOP wants no offers either: each marketing purpose that they had permitted ends, by that line."""
    for purpose in MARKETING:
        if standing(session, contact_id, purpose, now).state == "granted":
            evidence = Evidence("message", message_id, policy=policy)
            record(session, contact_id, purpose, "withdrawn", evidence, by=by, at=now, now=now)


def started(
    session: Session, contact_id: int, channel: str, *, now: datetime, message_id: int, policy: Policy = UNKNOWN
) -> None:
    """Messages are welcome again there (START); `message_id` is their line that says so."""
    evidence = Evidence("message", message_id, policy=policy)
    record(session, contact_id, MESSAGES, "granted", evidence, by="customer", at=now, now=now, channel=channel)


def objected(session: Session, contact_id: int, ticket_id: int, *, by: str, at: datetime, now: datetime) -> None:
    """They object to marketing: every marketing purpose is withdrawn at once, whatever becomes of the request."""
    for purpose in MARKETING:
        if standing(session, contact_id, purpose, now).state != "withdrawn":
            evidence = Evidence("ticket", ticket_id=ticket_id)
            record(session, contact_id, purpose, "withdrawn", evidence, by=by, at=at, now=now)


def restricted(session: Session, contact_id: int, ticket_id: int, *, by: str, at: datetime, now: datetime) -> None:
    """They ask that the use of their data be limited: nothing is shared or offered by any purpose from then on. What
    they permit expressly afterwards counts again, as the law has it (UK GDPR, Article 18(2)).
    """
    known = {each.purpose for each in entries(session, (contact_id,))} - {MESSAGES}
    for purpose in (*MARKETING, *sorted(known - set(MARKETING))):
        if standing(session, contact_id, purpose, now).state not in ("withdrawn", "refused"):
            evidence = Evidence("ticket", ticket_id=ticket_id)
            record(session, contact_id, purpose, "withdrawn", evidence, by=by, at=at, now=now)
