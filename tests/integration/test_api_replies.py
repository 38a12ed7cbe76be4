"""Replies and notes through the API: delivered, refused when stale, never written twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from bot.messages.models import Outbox
from channels.memory import MemoryChannel
from tests.integration.api_support import api, refused
from tests.support import settled


async def test_a_reply_reaches_the_customer_and_takes_the_conversation(tmp_path: Path) -> None:
    """The text goes out on the customer's channel with its clause; the writer owns the conversation then."""
    async with api(tmp_path) as desk:
        ident = await desk.talk()
        policy = desk.console.desk.library.in_force("iomart")
        quote = next(passage.text for passage in policy.passages if passage.id == "3.2")
        body = {"text": f"Our policy says: {quote}", "seen_seq": 1, "clauses": ["3.2"]}
        answer = await desk.post(f"/conversations/{ident}/replies", body)
        assert answer.status == 201
        assert answer.json["repeated"] is False
        assert answer.json["line"]["clauses"] == ["3.2"]
        assert answer.json["line"]["deliveries"][0]["state"] == "waiting"
        await settled(desk.console.running)
        channel = desk.console.desk.channels["memory"]
        assert isinstance(channel, MemoryChannel)
        assert [message.text for message in channel.sent] == [body["text"]]
        found = (await desk.get(f"/conversations/{ident}")).json
        assert found["conversation"]["owner"] == "human"
        assert found["conversation"]["assignee"]["name"] == "Sam Reid"
        assert found["lines"][-1]["deliveries"][0]["state"] == "delivered"


async def test_a_reply_may_only_name_clauses_that_it_quotes(tmp_path: Path) -> None:
    """A clause that the text does not quote word for word is refused, and nothing is sent."""
    async with api(tmp_path) as desk:
        ident = await desk.talk()
        body = {"text": "We sell nothing", "seen_seq": 1, "clauses": ["3.2"]}
        refused(await desk.post(f"/conversations/{ident}/replies", body), 422, "not_quoted")
        assert await desk.console.read(lambda session: session.scalars(select(Outbox)).all()) == []


async def test_a_stale_reply_is_refused(tmp_path: Path) -> None:
    """When the customer wrote after the line that the writer saw, the answer is 409 and nothing is sent."""
    async with api(tmp_path) as desk:
        ident = await desk.talk()
        await desk.says(ident, "forget it")
        stale = await desk.post(f"/conversations/{ident}/replies", {"text": "Here it is", "seen_seq": 1})
        assert "read it" in refused(stale, 409, "stale")
        assert await desk.console.read(lambda session: session.scalars(select(Outbox)).all()) == []
        assert (await desk.post(f"/conversations/{ident}/replies", {"text": "Well", "seen_seq": 2})).status == 201


async def test_a_resend_with_the_same_key_makes_no_second_reply(tmp_path: Path) -> None:
    """Same key, same request: the first line again, even once the customer has written. Another request: refused."""
    async with api(tmp_path) as desk:
        ident = await desk.talk()
        key, path = {"Idempotency-Key": "k-1"}, f"/conversations/{ident}/replies"
        body = {"text": "Here it is", "seen_seq": 1}
        first = await desk.post(path, body, headers=key)
        await desk.says(ident, "thanks, but")
        second = await desk.post(path, body, headers=key)
        assert (second.status, second.json["repeated"]) == (201, True)
        assert second.json["line"]["id"] == first.json["line"]["id"]
        refused(await desk.post(path, {**body, "text": "Other"}, headers=key), 422, "key_reused")
        refused(await desk.post(f"/conversations/{ident}/notes", {"text": "Here"}, headers=key), 422, "key_reused")
        colleague = await desk.post(path, {**body, "seen_seq": 3}, headers=key, role="lead")
        assert colleague.json["repeated"] is False
        assert len(await desk.console.read(lambda session: session.scalars(select(Outbox)).all())) == 2


async def test_resends_at_the_same_moment_make_one_reply(tmp_path: Path) -> None:
    """Ten equal requests at once write one line."""
    async with api(tmp_path) as desk:
        ident = await desk.talk()
        send = [
            desk.post(
                f"/conversations/{ident}/replies", {"text": "Once", "seen_seq": 1}, headers={"Idempotency-Key": "k"}
            )
            for _ in range(10)
        ]
        answers = await asyncio.gather(*send)
        assert {answer.status for answer in answers} == {201}
        assert len({answer.json["line"]["id"] for answer in answers}) == 1
        assert sum(not answer.json["repeated"] for answer in answers) == 1


async def test_a_key_is_forgotten_after_a_week(tmp_path: Path) -> None:
    """Keys are not kept for ever: after a week the same key stands for a new line."""
    async with api(tmp_path) as desk:
        ident = await desk.talk()
        path, key = f"/conversations/{ident}/notes", {"Idempotency-Key": "k"}
        await desk.post(path, {"text": "a"}, headers=key)
        desk.console.clock.at += timedelta(days=8)
        await desk.post(path, {"text": "b"}, headers={"Idempotency-Key": "other"})
        assert (await desk.post(path, {"text": "c"}, headers=key)).json["repeated"] is False
