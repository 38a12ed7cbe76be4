"""A walk through every state of a request, over real channels: the customer writes, staff step on, the customer reads.

    python -m tests.walk [sms|mail|webchat]      prints the whole walk as its customer reads it

The integration test asserts what is printed here. Packages and searches are given as done: their rooms have tests of
their own.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.audit.actors import BOT, Actor
from bot.casework import service
from bot.conversations.models import Conversation
from bot.messages.models import Outbox
from bot.models import Staff
from bot.tickets import joining
from bot.tickets import service as tickets
from bot.tickets.models import Ticket
from bot.tickets.states import Event, Given
from tests.integration.whole_desk import World, letter, world
from tests.support import HeldClock, rows
from tests.unit.channels.webchat.desk import Visitor

CHANNELS = ("sms", "mail", "webchat")
_PEOPLE = count(1)
LINK = "https://desk.example/package/wJ7h2"


class Told(NamedTuple):
    """One line of the walk: who did or said what. `by` is "customer", "staff" or "desk"; `step` names staff's event."""

    by: str
    text: str
    step: str = ""


@dataclass
class Customer:
    """One person on one channel, and all that was said between them and the desk."""

    here: World
    channel: str
    number: int = field(default_factory=lambda: next(_PEOPLE))
    told: list[Told] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    visitor: Visitor | None = None
    conversation: int = 0
    read: int = 0
    last_mail: str = ""
    waiting: list[dict[str, Any]] = field(default_factory=list)

    async def says(self, words: str) -> str:
        """They write, and read what comes back; "" for nothing."""
        self.told.append(Told("customer", words))
        if self.channel == "sms":
            assert await self.here.text(words, self.address) == 200
        elif self.channel == "mail":
            reply = {"In_Reply_To": self.last_mail} if self.last_mail else {}
            sender, ident = f"Ann Lee <{self.address}>", f"m{len(self.told)}.{self.address}"
            content = letter(words, sender=sender, ident=ident, subject="Hello", **reply)
            assert await self.here.mail(content, self.address) == 250
        else:
            self.visitor = self.visitor or await self.here.visit()
            await self.visitor.say("message", id=f"m{len(self.told)}", text=words)
            while (frame := await self.visitor.get())["type"] != "ack":
                self.waiting.append(frame)
        return await self.hears()

    @property
    def address(self) -> str:
        """Where they are."""
        return f"+4477009001{self.number:02}" if self.channel == "sms" else f"ann{self.number}@example.net"

    async def hears(self, step: str = "") -> str:
        """What has come since they last looked; "" for nothing."""
        await self.here.settled()
        self.conversation = self.conversation or await rows(self.here.desk, _newest)
        sent = await rows(self.here.desk, lambda session: _sent(session, self.conversation))
        new, self.read = sent - self.read, sent
        found = ""
        for _ in range(new):
            found = await self._next()
            self.told.append(Told("desk", found, step))
        return found

    async def _next(self) -> str:
        """The next message to them, as their own device shows it."""
        if self.channel == "sms":
            had = sum(told.by == "desk" for told in self.told)
            return str([each for each in self.here.twilio.messages if each["To"] == self.address][had]["Body"])
        if self.channel == "mail":
            had = sum(told.by == "desk" for told in self.told)
            mail = [each for each in self.here.relay.mails if each.rcpt_to == self.address][had]
            self.last_mail = str(mail.message["Message-ID"])
            part = mail.message.get_body(("plain",))
            assert part is not None
            return str(part.get_content()).strip()
        assert self.visitor is not None
        while True:
            frame = self.waiting.pop(0) if self.waiting else await self.visitor.get()
            if frame["type"] == "message" and frame["from"] == "bot":
                return str(frame["text"])


def _newest(session: Session) -> int:
    return session.scalar(select(func.max(Conversation.id))) or 0


def _sent(session: Session, conversation: int) -> int:
    query = select(func.count()).select_from(Outbox).where(Outbox.conversation_id == conversation)
    return session.scalar(query) or 0


@dataclass
class Desk:
    """What staff do in the walk: an agent, a colleague who releases, and a lead."""

    here: World
    agent: Actor
    second: Actor
    lead: Actor

    async def do(self, work: Callable[[Session], Any]) -> Any:
        """One unit of work."""
        return await self.here.desk.desk.database.write(work)

    async def step(self, customer: Customer, event: Event, by: Actor | None = None, **values: Any) -> str:
        """One step of the customer's newest ticket; what they then read."""
        desk, now = self.here.desk.desk, self.here.clock()
        ident = await self.ticket(customer)

        def work(session: Session) -> str:
            found = service.step(
                session, ident, event, by or self.agent, now, house=desk.house, site=desk.sites[0], **values
            )
            return found.state

        return await self._done(customer, event, await self.do(work))

    async def proves(self, customer: Customer, tier: int, how: str) -> str:
        """Staff note how surely the customer is known."""
        desk, now, ident = self.here.desk.desk, self.here.clock(), await self.ticket(customer)

        def work(session: Session) -> str:
            found = service.prove_identity(
                session, ident, tier, how, self.agent, now, house=desk.house, site=desk.sites[0]
            )
            return found.state

        return await self._done(customer, "identity_proved", await self.do(work))

    async def names_agent(self, customer: Customer) -> None:
        """Staff note for whom they ask."""
        ident, now = await self.ticket(customer), self.here.clock()
        await self.do(lambda s: tickets.name_agent(s, ident, "solicitor", "Mr Green", self.agent, now))

    async def merges(self, customer: Customer) -> str:
        """Staff split a copy to take elsewhere off, and see that it was one request after all."""
        desk, now, ident = self.here.desk.desk, self.here.clock(), await self.ticket(customer)

        def work(session: Session) -> str:
            new = joining.split(session, ident, "portability", "as a file for another provider", self.agent, now)
            service.merge(session, new.id, ident, self.agent, now, house=desk.house, site=desk.sites[0])
            return new.state

        return await self._done(customer, "merge", await self.do(work))

    async def _done(self, customer: Customer, event: str, state: str) -> str:
        customer.told.append(Told("staff", state, event))
        customer.states.append(state)
        return await customer.hears(event)

    async def ticket(self, customer: Customer, kind: str = "") -> int:
        """The newest open request of the customer's conversation, or the newest of a kind."""
        query = select(Ticket.id).where(Ticket.conversation_id == customer.conversation, Ticket.state != "merged")
        query = query.where(Ticket.kind == kind) if kind else query
        found = await rows(self.here.desk, lambda session: session.scalars(query.order_by(Ticket.id.desc())).first())
        assert found is not None
        return int(found)

    async def state(self, customer: Customer) -> str:
        """How the customer's newest ticket stands."""
        ident = await self.ticket(customer)
        state = await rows(self.here.desk, lambda session: session.get_one(Ticket, ident).state)
        customer.states.append(state)
        return state


async def copy(desk: Desk, customer: Customer) -> None:
    """A copy of somebody's data, with everything that can be asked for, to its delivery and a complaint."""
    await customer.says("Please send me all the data you hold about me")
    await desk.state(customer)
    await desk.step(customer, "ask_identity", words="What is the number on your last bill?")
    await customer.says("It is on its way to you")
    await desk.proves(customer, 2, "record")
    await desk.names_agent(customer)
    await desk.step(customer, "ask_authority")
    await desk.step(customer, "authority_proved")
    await desk.step(customer, "ask_fee", desk.lead, reason="This is the fourth copy this month: £10, by card.")
    await desk.step(customer, "fee_paid")
    await desk.step(customer, "ask", words="Which of our sites did you use?")
    desk.here.clock.move(days=7, minutes=15)
    await desk.here.desk.scheduler.run_due()
    await customer.hears("reminder")
    await customer.says("The shop and the forum")
    await desk.state(customer)
    await desk.step(customer, "extend", desk.lead, reason="There are many letters to look through.")
    await desk.step(customer, "search_done", given=Given(search_complete=True))
    await desk.step(
        customer, "release", desk.second, given=Given(package=True), link=LINK, until="Monday 4 January 2027"
    )
    await desk.step(customer, "withdraw_package", desk.second)
    await desk.step(customer, "release", desk.second, given=Given(package=True))
    await desk.step(customer, "deliver", BOT, given=Given(fresh_code=True))
    await desk.step(customer, "refuse_partly", desk.lead, reason="One letter names somebody else.")
    await customer.says("I want to make a complaint about how you handled my request")
    await desk.step(customer, "acknowledge", desk.lead)
    await desk.step(customer, "close")


async def on_paper(desk: Desk, customer: Customer) -> None:
    """A copy for somebody whom no link reaches."""
    await customer.says("Please send me all the data you hold about me")
    await desk.proves(customer, 2, "record")
    await desk.step(customer, "start")
    await desk.step(customer, "search_done", given=Given(search_complete=True))
    await desk.step(customer, "release", desk.second, given=Given(package=True))
    how = {"reason": "Collected in person: the passport was seen.", "until": "Monday 7 December 2026"}
    await desk.step(customer, "deliver_on_paper", desk.second, **how)


async def deleting(desk: Desk, customer: Customer) -> None:
    """Data deleted, then looked at again and refused."""
    await customer.says("Delete all the data that you hold about me")
    await desk.proves(customer, 2, "record")
    await desk.step(customer, "start")
    await desk.step(customer, "answer", given=Given(erased=True), words="Invoices stay for six years.")
    await desk.step(customer, "reopen")
    await desk.step(customer, "refuse", desk.lead, reason="The law makes us keep the rest.")


async def correcting(desk: Desk, customer: Customer) -> None:
    """Details corrected, and closed."""
    await customer.says("You have the wrong address for me, please correct my details")
    await desk.proves(customer, 1, "code")
    await desk.step(customer, "answer", words="The address is the new one now.")
    await desk.step(customer, "close")


async def doubtful(desk: Desk, customer: Customer) -> None:
    """Perhaps a request: a person says no, then yes, and the customer takes it back."""
    await customer.says("could I have my information from the form I filled in")
    await desk.state(customer)
    await desk.step(customer, "dismiss")
    await desk.step(customer, "restore")
    await desk.step(customer, "withdraw")


async def mistaken(desk: Desk, customer: Customer) -> None:
    """What was taken for a request was a question: they had read its reference, so they read that too."""
    await customer.says("Please send me all the data you hold about me")
    await desk.step(customer, "dismiss", desk.lead, reason="They asked after the form that they filled in.")
    assert await customer.says("But I do ask for it: please send me all the data you hold about me")
    await desk.state(customer)


async def unproved(desk: Desk, customer: Customer) -> None:
    """Nobody shows who they are; before, what was one request was taken for two."""
    await customer.says("What data do you hold about me?")
    await desk.merges(customer)
    await desk.step(customer, "ask_identity")
    await desk.step(customer, "give_up_identity", desk.lead, reason="No answer in three months.")


WALKS: dict[str, Callable[[Desk, Customer], Awaitable[None]]] = {
    "a copy of somebody's data": copy,
    "a copy on paper": on_paper,
    "deleting": deleting,
    "correcting": correcting,
    "perhaps a request": doubtful,
    "no request after all": mistaken,
    "nobody shows who they are": unproved,
}


async def staff_of(here: World) -> Desk:
    """The people of the walk."""

    def work(session: Session) -> list[Actor]:
        made = [Staff(email=f"{n}@example.com", role=role, created_at=here.clock()) for n, role in enumerate(ROLES)]
        session.add_all(made)
        session.flush()
        return [Actor(role, person.id) for role, person in zip(ROLES, made, strict=True)]  # type: ignore[arg-type]

    return Desk(here, *await here.desk.desk.database.write(work))


ROLES = ("agent", "agent", "lead")


async def walk(folder: Path, channel: str) -> dict[str, Customer]:
    """Every walk over one channel, by its name."""
    found: dict[str, Customer] = {}
    async with world(folder, HeldClock()) as here:
        desk = await staff_of(here)
        for name, way in WALKS.items():
            found[name] = Customer(here, channel)
            await way(desk, found[name])
    return found


def printed(walks: dict[str, Customer]) -> str:
    """The walks as a text to read."""
    lines: list[str] = []
    for name, customer in walks.items():
        lines += ["", f"== {name} ({customer.channel})", ""]
        for told in customer.told:
            if told.by == "staff":
                lines.append(f"    -- {told.step}: {told.text}")
            else:
                lines += [f"{told.by}> {line}" for line in told.text.splitlines() if line]
    return "\n".join(lines).strip()


if __name__ == "__main__":
    for asked in sys.argv[1:] or CHANNELS:
        with tempfile.TemporaryDirectory() as place:
            sys.stdout.write(printed(asyncio.run(walk(Path(place), asked))) + "\n\n")
