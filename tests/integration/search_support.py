"""A desk with data sources, a person who is known, and a request that is searched for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.app import Running
from bot.audit.actors import BOT, Actor
from bot.contacts import proofs
from bot.contacts.models import ContactAddress
from bot.conversations.models import Conversation
from bot.sources import found
from bot.sources.found import FoundItem
from bot.sources.models import SearchRun
from bot.tickets import service as tickets
from tests.integration.console_support import customer, request, staff, wrote
from tests.support import HeldClock, running

SAM = "sam@example.com"
AGENT = Actor("agent", 1)
HEAD = "no,email,mobile,joined,name\n"


def folder_source(path: Path, **more: Any) -> dict[str, Any]:
    """The table of a folder source "crm" over customers.csv."""
    files = [{"title": "Customer record", "file": "customers.csv", "email": ["email"], "phone": ["mobile"],
              "reference": "no", "collected": "joined"}]  # fmt: skip
    return {"name": "crm", "title": "Customer database", "kind": "folder", "path": str(path),
            "covers": ["telephone", "fax"], "files": files, **more}  # fmt: skip


@asynccontextmanager
async def desk(folder: Path, *sources: dict[str, Any], clock: HeldClock | None = None) -> AsyncIterator[Running]:
    """A running desk with one agent and these data sources."""
    clock = clock or HeldClock()
    async with running(folder, clock, data_sources=list(sources)) as started:

        def agent(session: Session) -> None:
            if session.scalar(select(ContactAddress.id)) is None:
                staff(session, clock.at)

        await started.desk.database.write(agent)
        yield started


def prove(session: Session, conversation: Conversation, now: datetime) -> None:
    """The address of the conversation is shown to be theirs."""
    address = session.scalars(
        select(ContactAddress).where(
            ContactAddress.channel == conversation.channel, ContactAddress.value == conversation.address
        )
    ).one()
    proofs.add(session, address.contact_id, "control", BOT, now, address=address)


async def asked(desk: Running, kind: str = "access", *, known: bool = True, channel: str = "mail") -> int:
    """Sam asks for a copy; where they are `known`, the search begins. Returns the ticket's id."""
    now = desk.desk.now()

    def work(session: Session) -> int:
        address = SAM if channel == "mail" else "+447700900123"
        conversation = customer(session, now, channel=channel, address=address, name="Sam Carter")
        wrote(session, conversation, "What do you hold about me?", now, quoted="> an earlier word")
        ticket = request(session, conversation, kind, "What do you hold about me?", now)
        if known:
            prove(session, conversation, now)
            start(session, ticket, now)
        return ticket

    return int(await desk.desk.database.write(work))


def start(session: Session, ticket: int, now: datetime) -> None:
    """Whoever asks is known well enough, and the search may begin."""
    tickets.change(session, ticket, "ask_identity", AGENT, now)
    tickets.prove_identity(session, ticket, 2, "record", BOT, now)


async def lines(desk: Running, ticket: int) -> dict[str, SearchRun]:
    """The checklist by source."""
    found_runs = await desk.desk.database.read(lambda session: found.runs(session, ticket))
    return {run.source: run for run in found_runs}


async def searched(desk: Running, ticket: int) -> dict[str, SearchRun]:
    """The checklist by source, once nothing is left that can be searched now."""
    await desk.searcher.settled()
    return await lines(desk, ticket)


async def items(desk: Running, ticket: int) -> list[FoundItem]:
    """What was found, opened."""
    sealer = desk.desk.sealer
    return await desk.desk.database.read(lambda session: found.items(session, ticket, sealer))
