"""Files that customers sent: always a download, never shown by the browser. Each download is audited."""

from __future__ import annotations

from collections.abc import Callable, Collection
from urllib.parse import quote

from aiohttp import web
from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.console import conversation_queries
from bot.console.conversation_queries import Download
from bot.console.gate import Call
from bot.errors import NotFound
from bot.files.clamd import TooLargeToScan

HARMLESS = frozenset(
    {"image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "text/plain", "audio/mpeg"}
)
"""Types that keep their name on the way out; anything else goes as plain bytes."""


async def attachment(call: Call) -> web.StreamResponse:
    """A file that came with a message."""
    ident = call.number("id")
    return await _give(call, lambda session: conversation_queries.attachment(session, ident), "attachment.downloaded")


async def raw(call: Call) -> web.StreamResponse:
    """A delivery exactly as it came in; where there is a scanner, it sees the whole of it first."""
    ident = call.number("id")
    if call.desk.clamd is not None:
        whole = await call.desk.database.read(lambda session: conversation_queries.raw(session, ident))
        try:
            found = await call.desk.clamd.scan(whole.content)
        except TooLargeToScan as error:
            raise NotFound(f"the message can't be opened: {error}") from error
        if found:
            raise NotFound(f"the message can't be opened: the virus scanner found {found[:100]} in it")
    return await _give(call, lambda session: conversation_queries.raw(session, ident), "message.downloaded")


async def _give(call: Call, find: Callable[[Session], Download], action: str) -> web.StreamResponse:
    found = await call.desk.database.read(find)
    now, who = call.desk.now(), f"staff:{call.who.id}"
    subject = f"conversation:{found.conversation_id}"
    facts = {"reason": "conversation", "bytes": len(found.content)}
    await call.desk.database.write(
        lambda session: audit.append(session, actor=who, action=action, subject=subject, data=facts, now=now)
    )
    return given(found.name, found.content_type, found.content)


def given(name: str, content_type: str, content: bytes, more: Collection[str] = ()) -> web.Response:
    """A file as a download: never shown by the browser, which runs none; of the types in HARMLESS and in `more`."""
    plain = content_type.split(";", maxsplit=1)[0].strip().lower()
    headers = {
        "Content-Type": plain if plain in HARMLESS or plain in more else "application/octet-stream",
        "Content-Disposition": disposition(name),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "no-store",
    }
    return web.Response(body=content, headers=headers)


def disposition(name: str) -> str:
    """A download under the file's own name, whatever is in it (RFC 6266)."""
    tame = "".join(char for char in name if char.isprintable() and char not in '/\\"')[-150:].strip(". ") or "file"
    plain = tame.encode("ascii", "replace").decode().replace("?", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(tame, safe='')}"
