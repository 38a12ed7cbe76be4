"""What was taught in an erased person's words: drafts go, a published lesson is taken out of every version."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from bot.audit.actors import Actor
from bot.conversations.models import Message
from bot.erasure import carrying, service
from bot.errors import PermanentError
from bot.learning import service as learning
from bot.learning.models import KnowledgeVersion, Lesson
from bot.learning.service import Refused
from bot.models import ErasureRun
from bot.tickets.models import Ticket
from tests.integration.test_learning import draft, publish, write
from tests.integration.whole_desk import World, world

WORDS = "how long is my zephyr gazebo footage kept"


async def erase(desk: World, contact: int = 1) -> ErasureRun:
    """Asked and confirmed by two people, and carried out."""
    one, two, now = await desk.staff(), await desk.staff(), desk.clock()
    await write(desk, lambda s: s.execute(update(Ticket).values(state="closed", closed_at=now)) and None)
    run = await write(desk, lambda s: service.request(s, contact, one, now))
    lead, site = Actor("lead", two.staff_id), desk.desk.desk.sites[0]
    await write(desk, lambda s: service.confirm(s, run.id, lead, now, site=site) and None)
    assert await carrying.carry_due(desk.desk.desk.database, desk.desk.desk.sign, now) == 1
    return await desk.desk.desk.database.read(lambda s: s.get_one(ErasureRun, run.id))


async def taught(desk: World, actor: Actor, line: int, question: str) -> Lesson:
    row = await draft(desk, actor, "example", question=question, clause="5")
    await write(desk, lambda s: s.execute(update(Lesson).where(Lesson.id == row.id).values(message_id=line)) and None)
    return row


def lessons(session: Session) -> str:
    return str(
        session.execute(text("SELECT content FROM lesson UNION ALL SELECT lessons FROM knowledge_version")).all()
    )


async def test_a_lesson_in_their_words_goes_from_every_version_and_from_the_running_desk(tmp_path: Path) -> None:
    """The next version does without it at once; proving an old answer says that it is erased; going back is refused."""
    async with world(tmp_path) as desk:
        actor, keeper = await desk.staff(), desk.desk.desk.keeper
        await desk.texted(WORDS)
        (line, *_) = await desk.all(Message)
        await taught(desk, actor, line.id, WORDS)
        await publish(desk, actor)
        other = "+447700900002"
        assert "policy 5" in await desk.texted(WORDS, other)
        answer = (await desk.all(Message))[-1]
        await taught(desk, actor, line.id, "where is my zephyr kept?")
        mended = await taught(desk, actor, line.id, "how long do you keep camera pictures?")
        await publish(desk, actor)
        await taught(desk, actor, line.id, "a draft of zephyr")
        assert (await keeper.replay(answer.id)).again == "same"
        run = await erase(desk)
        assert run.lessons == [mended.id - 1, mended.id]
        assert run.removed["lessons in their words"] == 2
        assert WORDS not in await desk.desk.desk.database.read(lessons)
        assert "a draft" not in await desk.desk.desk.database.read(lessons)
        versions = {each.number: each for each in await desk.desk.desk.database.read(_versions)}
        assert [each.erased_at is not None for _, each in sorted(versions.items())] == [False, True, True, False]
        await keeper.refresh()
        assert desk.desk.desk.shelf.held.number == 4
        assert "policy 5" not in await desk.texted(WORDS, "+447700900003")
        proved = await keeper.replay(answer.id)
        assert (proved.again, "erased" in proved.reason, proved.proved) == ("not asked", True, True)
        token = (await desk.desk.desk.database.read(learning.pending)).token
        with pytest.raises(Refused, match="erased"):
            await keeper.revert(2, actor, token=token, note="back")


def _versions(session: Session) -> list[KnowledgeVersion]:
    return list(session.scalars(select(KnowledgeVersion)))


async def test_an_erased_question_is_said_to_be_erased(tmp_path: Path) -> None:
    """The clause that was quoted is still proved; the question can't be asked again, and nothing new is written."""
    async with world(tmp_path) as desk:
        await desk.texted("do you sell my data")
        await erase(desk)
        answer = (await desk.all(Message))[1]
        proved = await desk.desk.desk.keeper.replay(answer.id)
        assert proved.reason == "The question was erased with the person who asked it."
        assert (proved.proved, proved.quotations[0].clause, answer.text) == (True, "3.2", "")
        with pytest.raises(PermanentError, match="erased"):
            await desk.staff_reply("hello")


async def test_what_can_not_be_answered_yet_is_not_erased(tmp_path: Path) -> None:
    """A copy that was asked for goes first; who asks must be known; the request must be in a state to be answered."""
    async with world(tmp_path) as desk:
        await desk.texted("please delete all my data")
        one, now, site = await desk.staff(), desk.clock(), desk.desk.desk.sites[0]
        lead = Actor("lead", (await desk.staff()).staff_id)
        ticket = await desk.ticket()
        with pytest.raises(
            service.EraseRefused, match="not known well enough who asks: tier 2 is needed, see “Who is it”"
        ):
            await write(desk, lambda s: service.request(s, 1, one, now, ticket_id=ticket.id))
        values = {"identity_tier": 2, "state": "awaiting_identity"}
        await write(desk, lambda s: s.execute(update(Ticket).values(**values)) and None)
        run = (await write(desk, lambda s: service.request(s, 1, one, now, ticket_id=ticket.id))).id
        with pytest.raises(service.EraseRefused, match="can't be answered yet"):
            await write(desk, lambda s: service.confirm(s, run, lead, now, site=site))
        await write(desk, lambda s: service.cancel(s, run, one, now))
        await desk.texted("first send me a copy of all my data please", "+447700900009")
        copy = max(each.id for each in await desk.all(Ticket))
        waits = update(Ticket).where(Ticket.id == ticket.id).values(state="searching", waits_for_id=copy)
        await write(desk, lambda s: s.execute(waits) and None)
        with pytest.raises(service.EraseRefused, match="they get their copy before it is erased"):
            await write(desk, lambda s: service.request(s, 1, one, now, ticket_id=ticket.id))
