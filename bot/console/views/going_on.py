"""Going on with a conversation by another channel, and taking it back."""

from __future__ import annotations

from aiohttp import web
from sqlalchemy.orm import Session

from bot.console.gate import Call
from bot.console.views.actions import back, run
from bot.conversations import moving, repository

LONGEST = 320


async def go_on(call: Call) -> web.StreamResponse:
    """Go on at the address that was chosen or typed; one that is not proved gets a code first."""
    ident, now, desk = call.number("id"), call.desk.now(), call.desk
    to = (call.form.get("other", "").strip() or call.form.get("to", ""))[:LONGEST]
    verdict: list[str] = []

    def work(session: Session) -> None:
        talk = repository.get(session, ident)
        site = desk.site(talk.site)
        verdict[:] = [moving.ask(session, talk, to, call.actor, now, house=desk.house, site=site)]

    answer = await run(call, ident, work, "elsewhere")
    return back(call, ident, "asked_elsewhere") if answer.status == 303 and verdict == ["code"] else answer  # noqa: PLR2004  the redirect of `run`


async def go_back(call: Call) -> web.StreamResponse:
    """Go on where it was."""
    ident, now = call.number("id"), call.desk.now()
    return await run(call, ident, lambda s: moving.take_back(s, ident, call.actor, now), "back_here")
