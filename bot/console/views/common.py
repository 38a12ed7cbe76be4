"""What the console's pages have in common: how one is answered, and how what a form asks for is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web
from sqlalchemy.orm import Session

from bot.console import words
from bot.console.covering import cover
from bot.console.gate import NO_STORE, Call
from bot.console.words import Wording
from bot.db import wake
from bot.errors import NotFound, PermanentError
from bot.tickets.states import NotAllowed
from bot.web.pages import page


def wording(call: Call) -> Wording:
    """Words as of now, in the desk's zone, for who asks."""
    return Wording(call.desk.now(), ZoneInfo(call.desk.settings.timezone), call.who.id)


def rendered(call: Call, template: str, *, status: int = 200, **values: Any) -> web.Response:
    """A page of the console from its template, with who looks and the words for what it shows; kept by no cache."""
    return page(
        f"console/{template}", status=status, headers=NO_STORE, who=call.who,
        **{"say": wording(call), "words": words, "cover": cover(call.desk.settings.abusive_words)} | values,
    )  # fmt: skip


async def attempt(call: Call, work: Callable[[Session], Any]) -> str:
    """Do it in one unit of work, and wake every page; returns "", or why it is not possible, as a sentence ends.

    Raises:
        NotFound: what it is about is not there.
    """

    def unit(session: Session) -> None:
        work(session)
        wake(session, "console")

    try:
        await call.desk.database.write(unit)
    except NotFound:
        raise
    except (NotAllowed, PermanentError) as error:
        return str(error)
    return ""
