"""What came by telephone, letter, fax or in person: written down in the console, counted from its own day."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.audit.actors import Actor
from bot.audit.models import AuditEntry
from bot.casework.models import Reminder
from bot.contacts.models import Contact
from bot.conversations import reaching
from bot.conversations import service as conversations
from bot.conversations.models import Conversation, Message
from bot.errors import PermanentError
from bot.messages.models import Outbox
from bot.tickets import service as tickets
from bot.tickets.models import Ticket
from tests.integration.console_support import Console, customer, http, request, signed_in, wrote

LETTER = {
    "channel": "letter", "kind": "access", "who": "Ann Lee", "reach": "4 High Street, Leeds",
    "words": "Please send me everything that you hold about me.",
}  # fmt: skip


class Sam:
    """A signed-in agent's browser."""

    def __init__(self, desk: Console, session: aiohttp.ClientSession, csrf: str) -> None:
        self.desk, self.http, self.csrf = desk, session, csrf

    async def log(self, **fields: Any) -> tuple[int, str, str]:
        """Send the form: the status, the page, and where it ended."""
        async with self.http.post(f"{self.desk.url}/console/log", data={"csrf": self.csrf, **fields}) as answer:
            return answer.status, await answer.text(), answer.url.path


@pytest.fixture
async def sam(desk: Console) -> AsyncIterator[Sam]:
    async with http() as session:
        yield Sam(desk, session, await signed_in(desk, session))


def ago(desk: Console, days: int) -> str:
    return (desk.clock.at - timedelta(days=days)).date().isoformat()


async def ticket(desk: Console) -> Ticket:
    found: Ticket = await desk.read(lambda s: s.scalars(select(Ticket).order_by(Ticket.id.desc())).first())
    return found


async def test_a_letter_counts_from_the_day_on_which_it_came(desk: Console, sam: Sam) -> None:
    """The ticket's date is a month after receipt, its line stands on that day, and what was written down is audited."""
    day = ago(desk, 5)
    status, page, path = await sam.log(**LETTER, day=day)
    made = await ticket(desk)
    assert (status, path) == (200, f"/console/tickets/{made.reference}")
    assert "the clock counts from the day on which it came in" in page
    assert (made.kind, made.state, made.received_at.date().isoformat()) == ("access", "received", day)
    first = await desk.read(lambda s: s.scalars(select(Message).where(Message.direction == "in")).one())
    assert (first.text, first.author, first.created_at.date().isoformat()) == (LETTER["words"], "you", day)
    entry = await desk.read(
        lambda s: s.scalars(select(AuditEntry).where(AuditEntry.action == "conversation.logged")).one()
    )
    assert entry.actor == "staff:1"
    assert "Ann" not in str(entry.data)


async def test_nothing_is_sent_by_itself_and_staff_have_the_words(desk: Console, sam: Sam) -> None:
    """No delivery is queued; staff are reminded that the person must be told, with reference and date to tell them."""
    await sam.log(**LETTER, day=ago(desk, 0))
    made = await ticket(desk)
    assert await desk.read(lambda s: s.scalar(select(func.count()).select_from(Outbox))) == 0
    reminder = await desk.read(lambda s: s.scalars(select(Reminder)).one())
    assert (reminder.kind, reminder.ticket_id, reminder.done_at) == ("not_told", made.id, None)
    notes = await desk.read(lambda s: s.scalars(select(Message.text).where(Message.direction == "note")).all())
    assert any("4 High Street" in each for each in notes)
    assert any("We'll answer by" in each and made.reference in each for each in notes)

    def reply(session: Session) -> None:
        actor = sam_actor()
        conversations.reply(
            session, made.conversation_id, actor, "Hello", seen_seq=9, site=desk.desk.sites[0], now=desk.clock.at
        )

    with pytest.raises(PermanentError, match="tell them yourself"):
        await desk.write(reply)


def sam_actor() -> Any:
    return Actor("agent", 1)


async def test_two_letters_in_one_name_are_two_persons(desk: Console, sam: Sam) -> None:
    """A name on a letter proves nothing: nobody is taken for somebody else."""
    for _ in range(2):
        await sam.log(**LETTER, day=ago(desk, 1))
    assert await desk.read(lambda s: s.scalar(select(func.count()).select_from(Contact))) == 2
    assert await desk.read(lambda s: s.scalar(select(func.count()).select_from(Conversation))) == 2


@pytest.mark.parametrize(
    ("changed", "mend"),
    [
        ({"day": "2999-01-01"}, "still to come"),
        ({"day": "1999-01-01"}, "check the year"),
        ({"day": "20th"}, "like 2026-11-20"),
        ({"at": "25:99"}, "like 14:30"),
        ({"words": " "}, "in their own words"),
        ({"channel": "sms"}, "choose how it came"),
        ({"kind": "human"}, "choose what it is about"),
        ({"reference": "DR-0000-0000"}, "leave the reference empty"),
        ({"who": "x" * 201}, "too long"),
    ],
)
async def test_what_cannot_be_right_comes_back_with_what_was_typed(
    desk: Console, sam: Sam, changed: dict[str, str], mend: str
) -> None:
    """Each says how to mend it, and nothing is made."""
    status, page, _ = await sam.log(**{**LETTER, "day": ago(desk, 1), **changed})
    assert status == 409
    assert mend in page
    assert "4 High Street" in page
    assert await desk.read(lambda s: s.scalar(select(func.count()).select_from(Ticket))) == 0


async def test_a_breach_that_was_told_by_telephone_runs_from_that_minute(desk: Console, sam: Sam) -> None:
    """72 hours from the time of the call; without one from the first moment of the day."""
    call = {"channel": "phone", "kind": "breach", "words": "I was sent somebody else's bill."}
    await sam.log(**call, day=ago(desk, 1), at="14:30")
    timed = await ticket(desk)
    zone = desk.desk.settings.timezone
    assert timed.due_at == timed.received_at + timedelta(hours=72)
    await sam.log(**call, day=ago(desk, 1))
    untimed = await ticket(desk)
    assert (untimed.received_at.astimezone(ZoneInfo(zone)).hour, untimed.due_at < timed.due_at) == (0, True)


async def test_a_letter_that_answers_a_question_resumes_the_request(desk: Console, sam: Sam) -> None:
    """It stands in the request's own conversation, opens no ticket, and the clock goes on from the day it came."""
    then = desk.clock.at - timedelta(days=4)

    def fill(session: Session) -> str:
        talk = customer(session, then, name="Ann Lee")
        wrote(session, talk, "send me my data", then, intent="access")
        ident = request(session, talk, "access", "send me my data", then)
        tickets.change(session, ident, "ask", sam_actor(), then, reason="which years?")
        return tickets.get(session, ident).reference

    reference = await desk.write(fill)
    status, _, path = await sam.log(channel="letter", words="2005 and 2006", day=ago(desk, 2), reference=reference)
    assert (status, path) == (200, f"/console/tickets/{reference}")
    made = await ticket(desk)
    assert (made.reference, made.state) == (reference, "received")
    assert isinstance(made.due_on, date)


async def test_an_enquiry_is_answered_like_any_other(desk: Console, sam: Sam) -> None:
    """It has the desk's own target, and no acknowledgement is owed."""
    await sam.log(channel="fax", kind="enquiry", words="Do you sell addresses?", day=ago(desk, 0))
    made = await ticket(desk)
    assert (made.kind, made.due_at is not None) == ("enquiry", True)
    assert made.due_at > datetime(2000, 1, 1, tzinfo=UTC)
    await desk.write(lambda s: tickets.change(s, made.id, "answer", sam_actor(), desk.clock.at))
    assert (await ticket(desk)).state == "answered"
    assert await desk.read(lambda s: s.scalar(select(func.count()).select_from(Reminder))) == 0


async def test_who_wrote_a_letter_is_known_by_a_document(desk: Console, sam: Sam) -> None:
    """The clock stands while staff ask for it, no code is tried, and the proof moves the request on."""
    await sam.log(**LETTER, day=ago(desk, 1))
    made = await ticket(desk)

    async def post(what: str, **fields: str) -> str:
        where = f"{desk.url}/console/tickets/{made.id}/identity/{what}"
        async with sam.http.post(where, data={"csrf": sam.csrf, **fields}) as answer:
            text = await answer.text()
            assert answer.status == 200, text
            return text

    await post("ask", reason="other", reasonable="yes")
    assert "by letter or telephone" in str(await desk.read(lambda s: s.scalars(select(Message.text)).all()))
    assert ((await ticket(desk)).state, (await ticket(desk)).due_on) == ("awaiting_identity", None)
    assert "Tier 3 of 2 needed" in await post("checked", kind="document", reason="Her passport was shown.")
    assert ((await ticket(desk)).state, (await ticket(desk)).due_on is not None) == ("searching", True)
    assert await desk.read(lambda s: s.scalar(select(func.count()).select_from(Outbox))) == 0
    talk = await desk.read(lambda s: s.scalars(select(Conversation)).one())
    assert await desk.read(lambda s: reaching.hindered(s, talk)), "a link that goes elsewhere says nothing here"
