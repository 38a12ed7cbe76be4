"""What customers of the chat see of a colleague: a display name and a picture, which everybody sets for themselves."""

from __future__ import annotations

import hashlib

from aiohttp import web
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.console import pictures
from bot.console.gate import Call
from bot.console.models import Staff
from bot.console.pictures import NoPicture, Picture
from bot.console.views.common import rendered

LONGEST = 60
"""Characters of a display name."""
DONE = {"saved": "It is saved. Customers see it from now on."}


async def look(call: Call, problem: str = "") -> web.StreamResponse:
    """The page."""
    me = await call.desk.database.read(lambda session: session.get_one(Staff, call.who.id))
    return rendered(
        call,
        "me.html",
        status=422 if problem else 200,
        me=me,
        problem=problem,
        done=DONE.get(call.request.query.get("done", ""), ""),
        longest=LONGEST,
    )


async def save(call: Call) -> web.StreamResponse:
    """Keep the name, and the picture where one was chosen or is to go."""
    name = " ".join(call.form.get("name", "").split())
    if not 0 < len(name) <= LONGEST or not name.isprintable() or "@" in name:
        return await look(call, f"Write a name of at most {LONGEST} characters, and no email address.")
    try:
        picture = pictures.cleaned(call.file.content) if call.file else None
    except NoPicture as error:
        return await look(call, f"Not saved: {error}.")
    gone, now = call.form.get("gone") == "yes", call.desk.now()
    await call.desk.database.write(lambda session: _keep(session, call, name, picture, gone=gone))
    facts = {"picture": bool(picture), "gone": gone}
    await call.desk.database.write(
        lambda session: audit.append(
            session, actor=call.actor.name, action="staff.shown_as", subject=f"staff:{call.who.id}", data=facts, now=now
        )
    )
    return web.Response(status=303, headers={"Location": "/console/me?done=saved"})


def _keep(session: Session, call: Call, name: str, picture: Picture | None, *, gone: bool) -> None:
    me = session.get_one(Staff, call.who.id)
    me.name = name
    if picture:
        me.picture, me.picture_type = picture.content, picture.content_type
        me.picture_hash = hashlib.sha256(picture.content).hexdigest()
    elif gone:
        me.picture, me.picture_type, me.picture_hash = None, "", ""
