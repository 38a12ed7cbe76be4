"""A database with a request and what was found for it, for the tests of reviewing and building."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from bot.audit.actors import Actor
from bot.console.models import Staff
from bot.contacts.models import Contact, ContactAddress
from bot.conversations.models import Conversation
from bot.db import Base
from bot.engines import engine_for
from bot.models import AuditEntry
from bot.packages.gathering import Around
from bot.sealing import Sealer
from bot.sources import values
from bot.sources.base import File, Item
from bot.sources.collecting import FILE, ITEM
from bot.sources.models import FoundRow, SearchRun
from bot.tickets.models import Ticket
from channels.context import Site
from knowledge.library import Library
from knowledge.sources.markdown import MarkdownSource

NOW = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)
SEALER = Sealer(b"a key of the tests, thirty-two b.")
SITE = Site("iomart", "iomart", (), (), ("info@iomart.com",), "iomart")
AROUND = Around(Library(MarkdownSource().policies()), (SITE,), "https://desk.example", SEALER, ("Sam Reid",))
REFERENCE = "DR-7K3MB-9QX4T"


@contextmanager
def database(folder: Path) -> Iterator[Session]:
    """A real SQLite file with every table."""
    assert AuditEntry.metadata is Base.metadata
    engine = engine_for(f"sqlite:///{folder / 'desk.db'}")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        yield session
    engine.dispose()


def agent(session: Session, email: str = "sam@iomart.com") -> Actor:
    """One of the staff."""
    person = Staff(
        email=email, name="Sam Reid", role="agent", password_hash="", active=True, failures=0, created_at=NOW
    )
    session.add(person)
    session.flush()
    return Actor("agent", person.id)


def request(session: Session, **values_given: Any) -> Ticket:
    """An access request of Jane Smith by mail, in review."""
    contact = Contact(name="Jane Smith", created_at=NOW)
    session.add(contact)
    session.flush()
    session.add(ContactAddress(contact_id=contact.id, channel="mail", value="jane@example.com"))
    talk = Conversation(
        channel="mail", address="jane@example.com", site="iomart", contact_id=contact.id, owner_since=NOW,
        created_at=NOW, last_at=NOW,
    )  # fmt: skip
    session.add(talk)
    session.flush()
    given = {
        "reference": REFERENCE, "kind": "access", "state": "review", "conversation_id": talk.id,
        "contact_id": contact.id, "summary": "what do you hold about me", "regime": "uk-gdpr",
        "timezone": "Europe/London", "received_at": datetime(2026, 11, 20, 9, tzinfo=UTC), "updated_at": NOW,
    }  # fmt: skip
    ticket = Ticket(**(given | values_given))
    session.add(ticket)
    session.flush()
    session.add(SearchRun(ticket_id=ticket.id, source="crm", title="Customer database", state="found", at=NOW))
    session.flush()
    return ticket


def holds(
    session: Session,
    ticket: Ticket,
    *contents: Mapping[str, Any] | str,
    file: File | None = None,
    sealer: Sealer = SEALER,
    source: str = "crm",
    kind: str = "record",
    titled: str = "Record",
    shared: bool = False,
) -> list[int]:
    """What a search found, sealed as the search seals it; returns the items' ids."""
    run = session.query(SearchRun).filter_by(ticket_id=ticket.id).one()
    before = session.query(FoundRow).filter_by(ticket_id=ticket.id).count()
    rows = []
    for number, content in enumerate(contents, before + 1):
        item = Item(
            f"row:{number}",
            f"{titled} {number}" if titled == "Record" else titled,
            content,
            collected_on=date(2026, 1, number),
            file=file,
        )
        packed = None
        if file is not None:
            head = values.written({"name": file.name, "type": file.content_type}).encode()
            packed = sealer.seal(len(head).to_bytes(4) + head + file.content, FILE)
        rows.append(
            FoundRow(
                ticket_id=ticket.id, run_id=run.id, source=source, reference=item.reference, title=item.title,
                kind=kind, shared=shared, collected_on=item.collected_on,
                content=sealer.seal_text(values.written(content), ITEM),
                file=packed, digest=values.digest(item), policy_key="iomart", policy_effective=date(2007, 12, 15),
                found_at=NOW,
            )
        )  # fmt: skip
    session.add_all(rows)
    session.flush()
    return [row.id for row in rows]
