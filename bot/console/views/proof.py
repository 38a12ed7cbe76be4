"""The evidence of a request as a download, for leads; that it was made, by whom and why is audited before it leaves."""

from __future__ import annotations

import asyncio

from aiohttp import web

from bot.bundles import service as bundles
from bot.console.gate import Call
from bot.console.typed import Typed
from bot.console.views.files import disposition
from bot.console.views.ticket_page import reference_of, show
from bot.errors import PermanentError
from bot.turns import Turns

TURNS: web.AppKey[Turns] = web.AppKey("bundle_turns", Turns)


async def evidence(call: Call) -> web.StreamResponse:
    """POST: the ZIP. One or two are made at once; who comes when many wait is asked to try again."""
    reference, why, now = await reference_of(call, call.number("id")), call.form.get("why", ""), call.desk.now()
    database = call.desk.database
    try:
        async with call.request.app[TURNS].turn():
            found = await database.read(lambda session: bundles.read(session, reference))
            made = await asyncio.to_thread(bundles.make, found, now, why)
    except PermanentError as error:
        return await show(call, reference, Typed("proof", f"That didn't work: {error}.", call.form, 409))
    who = f"staff:{call.who.id}"
    await database.write(lambda session: bundles.noted(session, reference, made, why, who, now))
    headers = {
        "Content-Type": "application/zip",
        "Content-Disposition": disposition(made.name),
        "Cache-Control": "no-store",
    }
    return web.Response(body=made.content, headers=headers)
