"""A package in review, and the browsers that try to open it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit.actors import Actor
from bot.contacts.models import Proof
from bot.tickets.models import Ticket
from tests.integration.package_support import Delivery, built, in_review

SAM, LENA, ADA = Actor("agent", 1), Actor("lead", 2), Actor("admin", 3)


@pytest.fixture
async def made(tmp_path: Path) -> AsyncIterator[Delivery]:
    async with in_review(tmp_path) as delivery:
        yield delivery


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


def elsewhere() -> aiohttp.ClientSession:
    """Another browser."""
    return aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), headers={"User-Agent": "another browser"})


async def the(made: Delivery, table: type, **values: object) -> object:
    """The one row of a table."""
    return await made.desk.read(lambda s: s.scalars(select(table).filter_by(**values)).one())


async def state(made: Delivery) -> str:
    return str(await made.desk.read(lambda s: s.get_one(Ticket, made.ticket).state))


async def another_request(made: Delivery) -> int:
    """The id of another request of the same person, whose package is built."""

    def second(session: Session) -> int:
        ticket = session.get_one(Ticket, made.ticket)
        other = Ticket(
            **{c.key: getattr(ticket, c.key) for c in Ticket.__table__.columns if c.key not in ("id", "reference")},
            reference="DR-22222-22222",
        )
        other.state, other.released_by = "review", None
        session.add(other)
        session.flush()
        session.add(
            Proof(
                contact_id=ticket.contact_id,
                ticket_id=other.id,
                kind="record",
                tier=2,
                by="bot",
                evidence={},
                at=made.desk.clock.at,
            )
        )
        built(session, other, made.desk.desk.sealer, made.desk.clock.at, by=1)
        return other.id

    return await made.desk.write(second)
