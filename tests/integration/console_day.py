"""A day at the desk: what ordinary customers leave in the queue, one function for each of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.audit.actors import Actor
from bot.console.views.clauses import cite
from bot.conversations import ownership, sending
from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.conversations.replies import quote
from bot.desk import Desk
from bot.files.models import AttachmentFile
from bot.messages.models import Inbox, Outbox
from bot.tickets import service as tickets
from tests.integration.console_support import customer, request, wrote

SAM, LENA = Actor("agent", 1), Actor("lead", 2)


class Day:
    """One day, seen from `now`; each method is a customer and returns their conversation."""

    def __init__(self, session: Session, now: datetime, desk: Desk) -> None:
        self.session, self.now, self.desk = session, now, desk

    def ago(self, **duration: float) -> datetime:
        return self.now - timedelta(**duration)

    def ours(self, talk: Conversation, text: str, at: datetime, **values: Any) -> int:
        """The bot says something."""
        return sending.send(self.session, talk, text, at, site=self.desk.site("iomart"), **values).id

    def clause(self, ident: str) -> list[dict[str, Any]]:
        """A citation as messages keep it."""
        return [quote(cite(self.desk.library.in_force("iomart"), ident), self.desk.settings.base_url).stored()]

    def access(self) -> Conversation:
        """Asks for her data; now a person has her, and a colleague left a note."""
        session, begun = self.session, self.ago(days=3, hours=2)
        talk = customer(session, begun, name="Priya Raman", address="+447700900321")
        text = "Hi, wot data do u hold on me?? need it for my records. thx Priya"
        wrote(session, talk, text, begun, intent="access", confidence=0.93)
        request(session, talk, "access", text, begun)
        said = "We've noted your request for the data we hold about you. Reference DR-7K3M9-QX4RT. "
        self.ours(
            talk, said + "We'll answer by Thursday 17 December 2026. Next we may ask you to show it's you.", begun
        )
        more, at = "ok great. does that include my old hosting account from 2019?", self.ago(minutes=42)
        wrote(session, talk, more, at, intent="question", confidence=0.55)
        ownership.hand_over(session, talk, "The bot was not sure what is asked.", at)
        ownership.take_over(session, talk.id, SAM, self.ago(minutes=30))
        archive = "Her old account is under priya.r@example.org. Check the archive too."
        conversations.note(session, talk.id, LENA, archive, self.ago(minutes=12))
        return talk

    def question(self) -> Conversation:
        """Asks whether details are sold; the bot quotes the clause."""
        session, at, subject = self.session, self.ago(hours=5), "Do you sell my details?"
        talk = customer(
            session, at, channel="mail", name="Tom Ferris", address="tom.ferris@example.net", subject=subject
        )
        text = "Hello,\n\nCompanies keep calling me that seem to know I host with you. Do you sell my details?\n\nTom"
        quoted = (
            "On 12 Nov 2026, iomart wrote:\n> Thank you for renewing tomferris.example.\n> Your invoice is attached."
        )
        wrote(session, talk, text, at, intent="question", confidence=0.88, subject=subject, quoted=quoted)
        said = "Hello Tom,\n\nOur policy says this:"
        self.ours(talk, said, at, outcome="answered", citations=self.clause("3.2"))
        talk.last_topic = "sale of data"
        return talk

    def silent(self) -> Conversation:
        """Asks what the policy does not say."""
        session, at = self.session, self.ago(hours=1)
        talk = customer(session, at, channel="webchat", address="3f9a2c1d4e5f6a7b80912a3b4c5d6e7f")
        wrote(session, talk, "how long do you keep call recordings?", at, intent="question", confidence=0.81)
        said = (
            "Our policy doesn't say how long call recordings are kept. Shall I pass your question to our privacy team?"
        )
        self.ours(talk, said, at, outcome="silent", choices=["Yes, please", "No, thank you"])
        talk.last_topic = "how long data is kept"
        return talk

    def due(self) -> Conversation:
        """An erasure that waits for the customer and is due soon."""
        session, at = self.session, self.ago(days=26)
        whom = {"name": "Margaret Ellis-Whitworth", "address": "m.ellis@example.co.uk"}
        talk = customer(session, at, channel="mail", subject="Delete everything", **whom)
        text = "Please delete every record you hold on me and confirm when it is done."
        wrote(session, talk, text, at, intent="erasure", confidence=0.97, subject="Delete everything")
        ticket = request(session, talk, "erasure", text, at)
        ownership.take_over(session, talk.id, LENA, self.ago(days=25))
        tickets.change(session, ticket, "ask", LENA, self.ago(days=20))
        return talk

    def overdue(self) -> Conversation:
        """A request that nobody took in time."""
        session, at = self.session, self.ago(days=39)
        talk = customer(session, at, address="+447700900555")
        text = "I want a copy of all my info, you said you would send it"
        wrote(session, talk, text, at, intent="access", confidence=0.9)
        request(session, talk, "access", text, at)
        ownership.hand_over(session, talk, "The customer asked for a person.", self.ago(days=2))
        wrote(session, talk, "Hello?? Still waiting", self.ago(days=2), intent="status")
        return talk

    def breach(self) -> Conversation:
        """Got somebody else's invoice, and sends it."""
        session, at, subject = self.session, self.ago(minutes=18), "Rechnung von jemand anderem"
        talk = customer(session, at, channel="mail", name="Jonas Weber", address="jonas@weber.example", subject=subject)
        text = "I received an invoice with somebody else's name and address on it. Attached."
        line = wrote(session, talk, text, at, intent="breach", confidence=0.95, subject=subject)
        file = {"name": "invoice <b>41</b>.html", "content_type": "text/html", "size": 48_211, "digest": "0" * 64}
        session.add(AttachmentFile(message_id=line, content=b"<script>alert(1)</script>", **file))
        request(session, talk, "breach", text, at)
        ownership.hand_over(session, talk, "The customer reports a breach.", at)
        return talk

    def undelivered(self) -> Conversation:
        """May object to offers; our answer did not reach the phone."""
        session, at, text = self.session, self.ago(hours=7), "stop sending me offers pls"
        talk = customer(session, at, address="+447700900777", name="Ola Nowak")
        wrote(session, talk, text, at, intent="objection", confidence=0.7)
        request(session, talk, "objection", text, at, certainty="suspected")
        sent = self.ours(talk, "We've noted that you may be asking us to stop using your data for offers.", at)
        session.flush()
        session.execute(update(Outbox).values(state="delivered", sent_at=Outbox.created_at))
        row = session.scalars(select(Outbox).where(Outbox.message_id == sent)).one()
        row.state, row.error, row.code = "failed", "the phone was off or out of reach", "30003"
        return talk

    def odd(self) -> Conversation:
        """Sent something that can't be read; and a mail that could not be handled at all."""
        session, at = self.session, self.ago(minutes=3)
        talk = customer(session, at, address="+447700900888")
        common = {"facts": {}, "attempts": 5}
        delivery = Inbox(
            channel="sms",
            dedupe_key="1",
            sender=talk.address,
            payload=b"\xff\x00Body=",
            received_at=at,
            state="handled",
            **common,
        )
        session.add(delivery)
        session.flush()
        wrote(session, talk, "", at, state="undecodable", inbox_id=delivery.id)
        ownership.hand_over(session, talk, "The message could not be read.", at)
        dead = {"state": "dead", "error": "the message has 10,000 nested parts: look at it by hand"}
        session.add(
            Inbox(
                channel="mail",
                dedupe_key="2",
                sender="weird@example.org",
                payload=b"x",
                received_at=at,
                **dead,
                **common,
            )
        )
        return talk


ABOUT = ("access", "question", "silent", "due", "overdue", "breach", "undelivered", "odd")


def day_at_the_desk(session: Session, now: datetime, desk: Desk) -> dict[str, int]:
    """All of them; the ids of the conversations by what they are about."""
    day = Day(session, now, desk)
    return {about: getattr(day, about)().id for about in ABOUT}
