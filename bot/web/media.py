"""Files of our texts as Twilio gets them: GET and HEAD /media/{token}. Nothing is listed, and nothing else is given.

Whatever is wrong with an address looks the same as no address at all.
"""

from __future__ import annotations

import re

from aiohttp import web
from sqlalchemy.orm import Session

from bot.conversations.models import Message
from bot.desk import DESK, Desk
from bot.files.links import PATH, Links, Named
from bot.files.models import AttachmentFile
from channels.files import Attachment


def mount(app: web.Application, desk: Desk) -> None:
    """Add the way."""
    app[DESK] = desk
    app.router.add_get(PATH + "{token}", _give)


async def _give(request: web.Request) -> web.Response:
    desk = request.app[DESK]
    named = Links(desk.sign, desk.settings.base_url).named(request.match_info["token"], desk.now())
    found = await desk.database.read(lambda session: _file(session, named)) if named else None
    if found is None:
        raise web.HTTPNotFound
    headers = {
        "Content-Type": found.content_type,
        "Content-Disposition": f'attachment; filename="{re.sub(r"[^A-Za-z0-9._-]+", "_", found.name)[-80:]}"',
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex, nofollow, noarchive",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
    return web.Response(body=found.content, headers=headers)


def _file(session: Session, named: Named) -> Attachment | None:
    """The file, while it is kept and of that message of ours."""
    row = session.get(AttachmentFile, named.file_id)
    if row is None or row.message_id != named.message_id or row.state != "kept":
        return None
    if session.get_one(Message, row.message_id).direction != "out":
        return None
    return Attachment(row.name, row.content_type, row.content)
