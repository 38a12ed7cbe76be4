"""Turns that are easily done wrong: opt-outs, second requests, subjects, out-of-office mail, who counts from when."""

from __future__ import annotations

import json
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit.models import AuditEntry
from bot.contacts.models import ContactAddress
from bot.conversations import service
from bot.conversations.models import Conversation
from bot.messages import outbox
from bot.messages.models import Outbox
from channels.base import OutboundMessage
from tests.integration.whole_desk import ANN_NUMBER, World, world
from tests.support import rows

REQUEST = "Please send me a copy of all the data you hold about me."


async def audited(outside: World, action: str) -> list[AuditEntry]:
    """The audit's entries of one action."""
    query = select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.seq)
    return list(await rows(outside.desk, lambda session: session.scalars(query).all()))


async def test_an_opt_out_that_twilio_reports_stops_everything_and_brings_a_person(tmp_path: Path) -> None:
    """21610 counts as STOP does: nothing more goes, what waited is counted, and staff finish the open request."""
    async with world(tmp_path, channels="sms") as outside:
        await outside.texted(REQUEST)
        await outside.report(outside.twilio.messages[0], "undelivered", "21610")
        await outside.settled()
        (conversation,) = await outside.all(Conversation)
        assert conversation.owner == "human"
        assert "another verified way" in conversation.handover_reason
        (entry,) = await audited(outside, "opted_out")
        assert entry.actor == "provider"


async def test_opting_out_cancels_what_waits_and_says_how_many(tmp_path: Path) -> None:
    """Two messages wait: both are cancelled in the same transaction, and the audit has the number."""
    async with world(tmp_path, channels="sms") as outside:
        await outside.texted(REQUEST)
        (line, _) = await outside.lines()
        later = OutboundMessage(key="", address=ANN_NUMBER, sender="", text="later")

        def work(session: Session) -> int:
            for _ in range(2):
                outbox.enqueue(
                    session, conversation_id=1, message_id=line.id, channel="sms", message=later, now=outside.clock()
                )
            return service.opted_out(session, channel="sms", address=ANN_NUMBER, by="customer", now=outside.clock())

        assert await outside.desk.desk.database.write(work) == 2
        assert [row.state for row in await outside.all(Outbox)] == ["sent", "cancelled", "cancelled"]
        (address,) = await outside.all(ContactAddress)
        assert address.opted_out_at is not None
        (entry,) = await audited(outside, "deliveries.cancelled")
        assert (json.loads(entry.data)["messages"], entry.actor) == (2, "customer")
