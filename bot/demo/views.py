"""The demo's pages: one screen with a phone, a mailbox and the chat, the last message's way, a door to the console.

`serve --demo` calls `mount`. Everything is refused by another name than loopback's, and every change from another page.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

from aiohttp import hdrs, web
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.console import auth
from bot.console.models import Staff
from bot.demo import forms, mailbox, phone, records, way
from bot.demo.settings import DESK_NUMBER
from bot.demo.visitor import NAME
from bot.demo.world import WORLD, World
from bot.desk import Desk
from bot.web.pages import environment, page
from channels.mail.smtp_out import relay

STAFF = "demo@example.com"
LINK_VALID = timedelta(minutes=5)
BEAT_SECONDS = 15.0
SETTLE_SECONDS = 0.05
"""Several things happen at once; the page looks once."""

TEXTS = ("do u sell my data to any1?", "How long do you keep my call recordings?", "wot data do u hold on me")
MAILS = (
    ("Cookies", "Hello,\n\nDo your websites use cookies?\n\nSam"),
    ("My data abroad", "Hello,\n\nIs my information ever sent outside the UK?\n\nSam"),
    ("My data", "Dear Sir or Madam,\n\nPlease send me a copy of everything you hold about me.\n\nSam Carter"),
)


def mount(app: web.Application, desk: Desk) -> None:
    """Add the demo: its pages, the Twilio that it plays, the mailbox that it is."""
    app[WORLD] = World(desk)
    app.cleanup_ctx.append(_running)
    app.on_shutdown.append(_hush)
    app.add_routes(
        [
            web.get("/demo", forms.at_home(_to_page)),
            web.get("/demo/", forms.at_home(_page)),
            web.get("/demo/live", forms.at_home(_live)),
            web.get("/demo/events", forms.at_home(_events)),
            web.post("/demo/phone", forms.own_page(_text)),
            web.post("/demo/mailbox", forms.own_page(_mail)),
            web.post("/demo/afresh", forms.own_page(_afresh)),
            web.post("/demo/console", forms.own_page(_console)),
            *phone.routes(),
        ]
    )


async def _running(app: web.Application) -> AsyncIterator[None]:
    world = app[WORLD]
    server = await mailbox.listen(world, relay(world.desk.settings.relay_url).port)
    await world.open()
    yield
    await world.close()
    server.close()
    await server.wait_closed()


async def _hush(app: web.Application) -> None:
    app[WORLD].hush()


async def _to_page(_request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("/demo/")


async def _values(world: World) -> dict[str, Any]:
    """What the live parts of the page show."""
    mailbox_of = world.visitor.mailbox
    known = {**records.details(mailbox_of), "birthday": records.birthday(mailbox_of)}
    return {"visitor": world.visitor, "way": await world.desk.database.read(way.last), "known": known}


async def _page(request: web.Request) -> web.Response:
    """GET /demo/."""
    world = request.app[WORLD]
    site = world.desk.sites[0]
    return page(
        "demo/demo.html",
        headers={"Cache-Control": "no-store"},
        site=site,
        name=NAME,
        desk_number=DESK_NUMBER,
        desk_mailbox=next(iter(site.mailboxes), ""),
        texts=TEXTS,
        mails=MAILS,
        longest_text=phone.LONGEST_TEXT,
        longest_mail=mailbox.LONGEST_TEXT,
        longest_subject=mailbox.LONGEST_SUBJECT,
        **await _values(world),
    )


async def _live(request: web.Request) -> web.Response:
    """GET /demo/live: only what changes, for the page's script."""
    values = await _values(request.app[WORLD])
    text = environment().get_template("demo/live.html").render(**values)
    return web.Response(text=text, content_type="text/html", headers={"Cache-Control": "no-store"})


async def _events(request: web.Request) -> web.StreamResponse:
    """GET /demo/events: a server-sent event whenever there is something new to look at."""
    world = request.app[WORLD]
    response = web.StreamResponse(headers={hdrs.CONTENT_TYPE: "text/event-stream", hdrs.CACHE_CONTROL: "no-store"})
    with world.watch() as changed, suppress(ConnectionResetError):  # the page was closed
        await response.prepare(request)
        while not world.closing:
            await response.write(b"data: look\n\n")
            with suppress(TimeoutError):  # a beat now and then finds out who has gone
                async with asyncio.timeout(BEAT_SECONDS):
                    await changed.wait()
                await asyncio.sleep(SETTLE_SECONDS)
            changed.clear()
    return response


async def _text(request: web.Request) -> web.StreamResponse:
    """POST /demo/phone: the customer texts."""
    text = (await forms.read(request)).get("text", "").strip()
    if not text or len(text) > phone.LONGEST_TEXT:
        raise web.HTTPBadRequest(text=f"Write a text of at most {phone.LONGEST_TEXT} characters.\n")
    await phone.send(request.app[WORLD], forms.port(request), text)
    raise web.HTTPSeeOther("/demo/#phone")


async def _mail(request: web.Request) -> web.StreamResponse:
    """POST /demo/mailbox: the customer writes, or replies to a mail."""
    world = request.app[WORLD]
    fields = await forms.read(request)
    text, subject = fields.get("text", "").strip(), fields.get("subject", "")
    if not text or len(text) > mailbox.LONGEST_TEXT or len(subject) > mailbox.LONGEST_SUBJECT:
        raise web.HTTPBadRequest(text=f"Write a mail of at most {mailbox.LONGEST_TEXT} characters.\n")
    await mailbox.send(world, subject, text, world.visitor.find(fields.get("reply", "")))
    raise web.HTTPSeeOther("/demo/#mailbox")


async def _afresh(request: web.Request) -> web.StreamResponse:
    """POST /demo/afresh: another customer, of whom the desk knows nothing."""
    await request.app[WORLD].start_afresh()
    raise web.HTTPSeeOther("/demo/")


async def _console(request: web.Request) -> web.StreamResponse:
    """POST /demo/console: sign in as the demo's own administrator, by a link that works once."""
    desk = request.app[WORLD].desk
    now = desk.now()

    def link(session: Session) -> str:
        staff = session.scalars(select(Staff).where(Staff.email == STAFF)).one_or_none()
        if staff is None:
            staff = Staff(email=STAFF, name="Demo administrator", role="admin", created_at=now)
            session.add(staff)
            session.flush()
        return auth.sign_in_link(session, staff.id, now, LINK_VALID)

    raise web.HTTPSeeOther(f"/console/enter/{await desk.database.write(link)}")
