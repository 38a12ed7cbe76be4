"""Legal holds: who may lay and end one, and what it says while it is in force."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit.actors import Actor
from bot.audit.models import AuditEntry
from bot.contacts import holds
from bot.contacts.holds import HoldRefused
from bot.contacts.models import Contact
from bot.engines import engine_for
from bot.errors import NotFound
from tests import prepared
from tests.support import NOON

LEAD = Actor("lead", 0)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    engine = engine_for(f"sqlite:///{prepared.database(tmp_path / 'desk.db')}")
    with Session(engine) as session:
        session.add(Contact(name="", created_at=NOON))
        session.flush()
        yield session
    engine.dispose()


def test_a_hold_is_in_force_until_a_lead_ends_it(session: Session) -> None:
    """Several may lie on one person, and each is ended by itself; the audit has both, without the reason."""
    one = holds.place(session, 1, "  a claim \n before the sheriff court ", LEAD, NOON)
    two = holds.place(session, 1, "the regulator's order", Actor("admin", 0), NOON)
    assert [each.reason for each in holds.in_force(session, [1])] == [
        "a claim before the sheriff court", "the regulator's order",
    ]  # fmt: skip
    assert session.scalars(select(Contact.id).where(Contact.id.not_in(holds.held_contacts()))).all() == []
    holds.end(session, one.id, LEAD, NOON)
    assert [each.id for each in holds.in_force(session, [1])] == [two.id]
    holds.end(session, two.id, LEAD, NOON)
    assert not holds.in_force(session, [1])
    assert len(holds.all_of(session, [1])) == 2
    entries = session.scalars(select(AuditEntry)).all()
    assert [each.action for each in entries] == ["hold.placed", "hold.placed", "hold.ended", "hold.ended"]
    assert not any("claim" in each.data for each in entries)


def test_what_can_not_be_held_names_its_mend(session: Session) -> None:
    """Not by an agent, not without a reason, not for nobody, and not ended twice."""
    with pytest.raises(HoldRefused, match="lead"):
        holds.place(session, 1, "a claim", Actor("agent", 0), NOON)
    with pytest.raises(HoldRefused, match="why"):
        holds.place(session, 1, "  ", LEAD, NOON)
    with pytest.raises(HoldRefused, match="300"):
        holds.place(session, 1, "x" * 301, LEAD, NOON)
    with pytest.raises(NotFound):
        holds.place(session, 99, "a claim", LEAD, NOON)
    with pytest.raises(NotFound):
        holds.end(session, 99, LEAD, NOON)
    hold = holds.place(session, 1, "a claim", LEAD, NOON)
    holds.end(session, hold.id, LEAD, NOON)
    with pytest.raises(HoldRefused, match="already"):
        holds.end(session, hold.id, LEAD, NOON)
