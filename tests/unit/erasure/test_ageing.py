"""Retention of persons' content: what has had its time goes by the table of fates; what is held or wanted stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from bot import retaining, retention
from bot.audit.actors import Actor
from bot.audit.models import AuditEntry
from bot.console.models import Staff
from bot.contacts import consent, holds
from bot.contacts.consent import Evidence
from bot.contacts.models import Contact, ContactAddress, OneTimeCode
from bot.conversations.models import Conversation, Message
from bot.db import Database
from bot.messages.models import Inbox, Outbox
from bot.packages.link_models import PackageAccess, PackageLink
from bot.packages.models import Package
from bot.sealing import Sealer
from bot.tickets import service as tickets
from bot.tickets.models import Ticket
from bot.tickets.service import Terms
from tests.support import NOON
from tests.unit.erasure import support

YEAR = 365
RUN = Callable[[Callable[[Session], Any]], Any]
CATEGORIES = retaining.categories(sign=support.SIGN)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = support.engine(tmp_path)
    yield made
    made.dispose()


@pytest.fixture
def run(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> RUN:
    monkeypatch.setattr(retention, "PAUSE", 0.0)
    return support.runs(engine)


def lived(session: Session, words: str, days_ago: float, *, kind: str = "", ended: float | None = None) -> int:
    """Somebody whose last message is that old; with a ticket that ended that many days ago, or is open."""
    contact = support.person(session, f"{words}@example.net", words, lines=1)
    then = NOON - timedelta(days=days_ago)
    session.execute(update(Conversation).where(Conversation.contact_id == contact).values(last_at=then))
    session.execute(update(Contact).where(Contact.id == contact).values(created_at=then))
    if kind:
        talk = session.scalars(select(Conversation).where(Conversation.contact_id == contact)).one()
        ticket = tickets.open_ticket(
            session, kind=kind, conversation=talk, summary=words, received_at=then, terms=Terms(), now=then
        )  # fmt: skip
        if ended is not None:
            ticket.state, ticket.closed_at = "closed", NOON - timedelta(days=ended)
    return contact


def collected(session: Session, contact: int, at: datetime) -> None:
    """A package of theirs was released, and somebody looked at its link."""
    talk = session.scalars(select(Conversation).where(Conversation.contact_id == contact)).one()
    ticket = tickets.open_ticket(
        session, kind="access", conversation=talk, summary="x", received_at=at, terms=Terms(), now=at
    )
    package = Package(
        ticket_id=ticket.id, version=1, state="released", built_at=at, digest="d", inputs="i", policies=[], counts={}
    )
    staff = Staff(email="s@x.org", name="", role="agent", password_hash="", active=True, failures=0, created_at=at)
    session.add_all([package, staff])
    session.flush()
    link = PackageLink(
        package_id=package.id, ticket_id=ticket.id, contact_id=contact, token_hash="h", made_by=staff.id,
        sent_to_id=session.scalar(select(ContactAddress.id).where(ContactAddress.contact_id == contact)),
        created_at=at, expires_at=at, ended_why="", openings=0,
    )  # fmt: skip
    session.add(link)
    session.flush()
    session.add(PackageAccess(link_id=link.id, at=at, what="link_opened", client="c", outcome=""))


def kept(run: RUN) -> set[str]:
    """The words of those whose messages still have some."""
    query = select(Message.text).where(Message.direction == "in", Message.text != "")
    return {text.split()[0] for text in run(lambda s: s.scalars(query).all())}


def test_conversations_and_requests_go_each_in_its_time(run: RUN) -> None:
    """Two years without a request; three years after a request ended; what is open or younger stays."""
    for words, age, kind, ended in (
        ("old", 2 * YEAR + 1, "", None),
        ("young", 2 * YEAR - 1, "", None),
        ("human", 2 * YEAR + 9, "human", 2 * YEAR + 1),
        ("waiting", 5 * YEAR, "human", None),
        ("request", 3 * YEAR + 9, "access", 3 * YEAR + 1),
        ("recent", 3 * YEAR + 9, "access", 3 * YEAR - 1),
        ("open", 5 * YEAR, "access", None),
    ):
        run(lambda s, w=words, a=age, k=kind, e=ended: lived(s, w, a, kind=k, ended=e))
    due = retention.purge(run, NOON, dry_run=True, categories=CATEGORIES)
    assert (due["conversations"], due["requests and their conversations"]) == (2, 1)
    assert len(kept(run)) == 7
    done = retention.purge(run, NOON, dry_run=False, categories=CATEGORIES)
    assert kept(run) == {"young", "waiting", "recent", "open"}
    assert done["names and addresses"] == 3
    record = run(lambda s: s.scalars(select(Ticket).where(Ticket.summary == "")).all())
    assert sorted((each.kind, each.state) for each in record) == [("access", "closed"), ("human", "closed")]
    assert run(lambda s: len(s.scalars(select(ContactAddress)).all())) == 4
    assert not any(retention.purge(run, NOON, dry_run=False, categories=CATEGORIES).values())


def test_a_hold_keeps_everything_of_its_person(run: RUN) -> None:
    """Conversations, raw deliveries and names; when it ends, they go."""
    held = run(lambda s: lived(s, "held", 3 * YEAR))
    run(lambda s: s.execute(update(Inbox).values(handled_at=NOON - timedelta(days=100))) and None)
    hold = run(lambda s: holds.place(s, held, "a claim", Actor("lead", 0), NOON).id)
    assert not any(retention.purge(run, NOON, dry_run=False, categories=CATEGORIES).values())
    assert kept(run) == {"held"}
    run(lambda s: holds.end(s, hold, Actor("lead", 0), NOON).id)
    done = retention.purge(run, NOON, dry_run=False, categories=CATEGORIES)
    assert (done["conversations"], done["raw deliveries"], done["names and addresses"]) == (1, 1, 1)


def test_a_hold_keeps_all_that_are_the_same_person_and_every_category(run: RUN) -> None:
    """Their other address's conversation, codes, looks at a package, and deliveries that became no line."""
    held = run(lambda s: lived(s, "held", 3 * YEAR))
    other = run(lambda s: lived(s, "other", 3 * YEAR))
    third = run(lambda s: lived(s, "third", 3 * YEAR))
    old = NOON - timedelta(days=2 * YEAR)

    def more(session: Session) -> None:
        support.same(session, other, held)
        support.same(session, other, third)
        session.add(
            OneTimeCode(purpose="identity", asker_id=third, digest="d", salt="s", issued_at=old, expires_at=old)
        )
        session.add(
            Inbox(
                channel="mail", dedupe_key="lost", sender="third@example.net", payload=b"x", facts={}, received_at=old,
                state="handled", handled_at=old,
            )
        )  # fmt: skip
        session.execute(update(Inbox).values(handled_at=old))
        collected(session, other, old)

    run(more)
    hold = run(lambda s: holds.place(s, held, "a claim", Actor("lead", 0), NOON).id)
    assert not any(retention.purge(run, NOON, dry_run=True, categories=CATEGORIES).values())
    assert not any(retention.purge(run, NOON, dry_run=False, categories=CATEGORIES).values())
    assert kept(run) == {"held", "other", "third"}
    run(lambda s: holds.end(s, hold, Actor("lead", 0), NOON).id)
    done = retention.purge(run, NOON, dry_run=False, categories=CATEGORIES)
    assert (done["one-time codes"], done["looks at packages"], done["raw deliveries"]) == (1, 1, 4)


def test_what_waits_to_go_out_or_has_just_come_in_is_not_old(run: RUN) -> None:
    """Nothing accepted is lost, and nobody's answer is emptied before it went out."""
    out = run(lambda s: lived(s, "out", 3 * YEAR))
    talk = run(lambda s: s.scalar(select(Conversation.id).where(Conversation.contact_id == out)))
    run(lambda s: lived(s, "in", 3 * YEAR))
    waits = update(Outbox).where(Outbox.conversation_id == talk).values(state="waiting")
    run(lambda s: s.execute(waits) and None)
    came = update(Inbox).where(Inbox.sender == "in@example.net").values(state="accepted")
    run(lambda s: s.execute(came) and None)
    assert retention.purge(run, NOON, dry_run=False, categories=CATEGORIES)["conversations"] == 0


def test_whoever_permitted_something_keeps_their_address(run: RUN) -> None:
    """Their conversation goes, what they permitted still counts; an opted-out address stays known by its hash."""
    friend = run(lambda s: lived(s, "friend", 3 * YEAR))
    stopped = run(lambda s: lived(s, "stopped", 3 * YEAR))
    evidence = Evidence("staff", note="form 7")
    run(
        lambda s: (
            consent.record(
                s, friend, "newsletter", "granted", evidence, by="cli", at=NOON, now=NOON, sealer=Sealer(b"k")
            ).id
        )
    )
    stops = update(ContactAddress).where(ContactAddress.contact_id == stopped).values(opted_out_at=NOON)
    run(lambda s: s.execute(stops) and None)
    done = retention.purge(run, NOON, dry_run=False, categories=CATEGORIES)
    assert (done["conversations"], done["names and addresses"]) == (2, 1)
    assert run(lambda s: s.scalars(select(ContactAddress.value)).all()) == ["friend@example.net"]
    from bot.contacts import service

    again = run(lambda s: service.find_or_create(s, "mail", "stopped@example.net", "", NOON, sign=support.SIGN))
    assert again.opted_out_at == NOON


def test_the_line_that_shows_a_permission_stays_while_it_stands(run: RUN) -> None:
    """Its conversation has its words as long as the permission is the last word; one to send messages keeps nothing."""
    friend, texter = (run(lambda s, words=words: lived(s, words, 3 * YEAR)) for words in ("friend", "texter"))

    def says(session: Session, who: int, purpose: str, state: consent.State, days_ago: int) -> None:
        query = select(Message.id).join(Conversation).where(Conversation.contact_id == who, Message.direction == "in")
        line, at = session.scalars(query.limit(1)).one(), NOON - timedelta(days=days_ago)
        channel = "mail" if purpose == consent.MESSAGES else ""
        evidence = Evidence("message", message_id=line)
        consent.record(session, who, purpose, state, evidence, by="customer", at=at, now=at, channel=channel)

    run(lambda s: says(s, friend, "partner_offers", "granted", 3 * YEAR))
    run(lambda s: says(s, texter, consent.MESSAGES, "granted", 3 * YEAR))
    assert retention.purge(run, NOON, dry_run=False, categories=CATEGORIES)["conversations"] == 1
    assert kept(run) == {"friend"}
    run(lambda s: says(s, friend, "newsletter", "withdrawn", 9))
    assert retention.purge(run, NOON, dry_run=True, categories=CATEGORIES)["conversations"] == 0
    run(lambda s: says(s, friend, "partner_offers", "withdrawn", 8))
    assert retention.purge(run, NOON, dry_run=False, categories=CATEGORIES)["conversations"] == 1
    assert kept(run) == set()


def test_codes_and_claims_go_soon(run: RUN) -> None:
    """A code is worth nothing after its ten minutes; a day later its row goes."""
    who = run(lambda s: lived(s, "coded", 1))
    for days in (0.5, 2):
        code = OneTimeCode(
            purpose="identity", asker_id=who, digest="d", salt="s", issued_at=NOON - timedelta(days=days),
            expires_at=NOON - timedelta(days=days),
        )  # fmt: skip
        run(lambda s, c=code: s.add(c))
    assert retention.purge(run, NOON, dry_run=False, categories=CATEGORIES)["one-time codes"] == 1


async def test_the_running_desk_says_first_what_is_due(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The audit has the counts before anything is removed, then what was removed; an empty day writes nothing."""
    monkeypatch.setattr(retention, "PAUSE", 0.0)
    engine = support.engine(tmp_path)
    run = support.runs(engine)
    run(lambda s: lived(s, "old", 3 * YEAR))
    engine.dispose()
    database = Database(f"sqlite:///{tmp_path / 'desk.db'}")
    try:
        for _ in range(2):
            await retention.purge_daily(database, NOON, CATEGORIES)
        entries = await database.read(lambda s: s.scalars(select(AuditEntry).order_by(AuditEntry.seq)).all())
    finally:
        await database.close()
    told = [(each.action, each.actor) for each in entries if each.action.startswith("purge")]
    assert told == [("purge.due", "bot"), ("purged", "bot")]


def test_every_period_has_a_reason_and_a_setting_within_bounds() -> None:
    """What an operator can set is what the table says, and the defaults agree."""
    from tests.support import settings as made

    loaded = made(Path("x"))
    assert retaining.periods(loaded) == retaining.Periods()
    assert all(category.reason and category.keep >= timedelta(days=1) for category in CATEGORIES)
    assert len({category.name for category in CATEGORIES}) == len(CATEGORIES)
