"""Calls in the console: whom to call back and since when, how an answer goes, and what was spoken."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import func, select

from bot.conversations import calls, repository
from bot.messages.models import Outbox
from tests.integration.console_support import Console, console, csrf_of, customer, http, signed_in, wrote

SID = f"CA{7:032x}"


@pytest.fixture
async def browser(desk: Console) -> AsyncIterator[aiohttp.ClientSession]:
    async with http() as session:
        await signed_in(desk, session)
        yield session


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Console]:
    """A desk that sends texts, so that who called can be written to."""
    async with console(tmp_path, channels="sms") as made:
        yield made


async def called(desk: Console, caller: str) -> int:
    """A call that was passed on to people; its conversation."""

    def work(session: object) -> int:
        now, address = desk.clock.at, f"{caller} {SID}"
        talk = customer(session, now, channel="voice", address=address)  # type: ignore[arg-type]  # a session
        heard = {"spoken": "heard with a confidence of 0.92"}
        wrote(session, talk, "can I speak to a person", now, evidence=heard)  # type: ignore[arg-type]  # as above
        talk.owner = "human"
        text = calls.call_back(address, now, "Europe/London")
        repository.add_line(session, talk, now, direction="note", author="system", text=text)  # type: ignore[arg-type]
        return talk.id

    number: int = await desk.write(work)
    return number


async def test_a_call_is_shown_with_its_number_and_whom_to_call_back(
    desk: Console, browser: aiohttp.ClientSession
) -> None:
    """A phone call by name, the number without the call's id, when to call back, and that the line was spoken."""
    number = await called(desk, "+447700900001")
    async with browser.get(f"{desk.url}/console/conversations/{number}") as answer:
        page = await answer.text()
    assert "Phone call" in page
    assert "As a text to" in page
    assert 'href="tel:+447700900001"' in page
    assert "Call back +447700900001: they called on Friday 20 November 2026 at 12:00." in page
    assert "Spoken in a call" in page
    assert SID not in page


async def test_a_withheld_number_gets_no_reply_and_staff_are_told_what_to_do(
    desk: Console, browser: aiohttp.ClientSession
) -> None:
    """The page says so before anything is written; a reply is refused with the same words, which stay."""
    number = await called(desk, "withheld")
    async with browser.get(f"{desk.url}/console/conversations/{number}") as answer:
        page = await answer.text()
    assert "Number withheld" in page
    assert "They called with their number withheld" in page
    assert "tel:" not in page
    form = {"csrf": csrf_of(page), "mode": "reply", "text": "Hello there", "seen": "1"}
    async with browser.post(f"{desk.url}/console/conversations/{number}/say", data=form) as answer:
        page = await answer.text()
        assert answer.status == 422
    assert "they called with their number withheld" in page
    assert "Hello there" in page


async def test_where_texts_are_off_a_reply_is_refused_before_it_could_wait(tmp_path: Path) -> None:
    """The page says to call back, and so does the refusal; nothing is queued."""
    async with console(tmp_path, channels="memory") as desk, http() as session:
        await signed_in(desk, session)
        number = await called(desk, "+447700900001")
        async with session.get(f"{desk.url}/console/conversations/{number}") as answer:
            page = await answer.text()
        assert "texts are off here: call them back" in page
        form = {"csrf": csrf_of(page), "mode": "reply", "text": "Hello there", "seen": "1"}
        async with session.post(f"{desk.url}/console/conversations/{number}/say", data=form) as answer:
            assert answer.status == 422
            assert "texts are off here: call them back" in await answer.text()
        assert await desk.read(lambda s: s.scalar(select(func.count()).select_from(Outbox))) == 0
