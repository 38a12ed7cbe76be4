"""Abuse by text, through the whole desk: everything is kept, little is answered, and nobody else notices."""

from __future__ import annotations

from pathlib import Path

import aiohttp
from sqlalchemy.orm import Session

from bot.conversations import facts
from bot.conversations.flood import SAME_ANSWERED
from tests.integration.whole_desk import ANN_NUMBER, World, world

QUESTIONS = ["do you sell my data?", "do you use cookies?"]
OTHER = "+447700900456"


async def asked(outside: World, count: int, sender: str = ANN_NUMBER) -> list[str]:
    """So many questions, never the same twice in a row; what came back to each, "" for nothing."""
    return [await outside.texted(QUESTIONS[each % 2], sender) for each in range(count)]


async def test_a_flood_is_kept_and_contained_and_told_once(tmp_path: Path) -> None:
    """The sixth is told when we go on, and then there is silence; a request in it is noted and answered; another
    sender is answered as ever; after the time the bot goes on. Staff see one note.
    """
    async with world(tmp_path, channels="sms", flood_messages=5, flood_minutes=10) as outside:
        said = await asked(outside, 9)
        assert all(said[:5])
        assert said[5] == "We've had many messages from you. We'll go on answering at 12:10."
        assert said[6:] == ["", "", ""]
        assert "DR-" in await outside.texted("Please send me all the data you hold about me")
        assert (await outside.ticket()).kind == "access"
        assert "3.2" in (await asked(outside, 1, OTHER))[0]
        lines = await outside.lines()
        assert sum(each.direction == "in" for each in lines) == 10
        (note,) = [each.text for each in lines if each.direction == "note" and "more than 5 messages" in each.text]
        assert "12:10" in note
        outside.clock.move(minutes=11)
        assert "6.1" in await outside.texted("do you use cookies?")


async def test_the_same_words_again_and_again_are_not_answered_for_ever(tmp_path: Path) -> None:
    """A text may be lost, so some are answered; other words are, after any number."""
    async with world(tmp_path, channels="sms") as outside:
        said = [await outside.texted(QUESTIONS[0]) for _ in range(SAME_ANSWERED + 3)]
        assert [bool(each) for each in said] == [True] * SAME_ANSWERED + [False] * 3
        assert await outside.texted(QUESTIONS[1])
        assert sum(each.direction == "in" for each in await outside.lines()) == SAME_ANSWERED + 4


async def test_too_many_texts_in_an_hour_stop_for_strangers_and_not_for_requests(tmp_path: Path) -> None:
    """Pumping: every number is new. Who has a request open is answered, a new request is noted and told; metrics say
    so; an hour later all is as before.
    """
    async with world(tmp_path, channels="sms", texts_an_hour=4) as outside:
        assert await outside.texted("Please send me all the data you hold about me", OTHER)
        strangers = [f"+4477009001{each:02}" for each in range(6)]
        said = [(await asked(outside, 1, each))[0] for each in strangers]
        assert [bool(each) for each in said] == [True, True, True, False, False, False]
        assert await outside.texted("do you use cookies?", OTHER)
        assert "DR-" in await outside.texted("Please delete all my data", "+447700900199")
        at = f"http://127.0.0.1:{outside.desk.http_port}/metrics"
        async with aiohttp.ClientSession() as session, session.get(at) as answer:
            assert "desk_texts_braked 1.0" in await answer.text()
        outside.clock.move(minutes=61)

        def braked(session: Session) -> object:
            return facts.texts_braked(session, outside.desk.desk.limits, outside.clock())

        assert await outside.desk.desk.database.read(braked) is None
        assert await outside.texted("do you use cookies?", strangers[-1])
