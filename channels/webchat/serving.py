"""What a visitor's page links to: a line's file, the transcript, a colleague's picture. Each link stands for itself."""

from __future__ import annotations

import re
from typing import cast
from urllib.parse import quote

from aiohttp import hdrs, web

from channels.context import PAGE, Context, Line
from channels.errors import Temporary
from channels.webchat import links, transcripts
from channels.webchat.transcripts import Form

CLOSED = {
    hdrs.CACHE_CONTROL: "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}
OLD = "This link has had its time, or is none of ours. Go back to the chat and ask for it again.\n"
_HASH = re.compile(r"[0-9a-f]{64}")


class Serving:
    """The pages that are no talk."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def file(self, request: web.Request) -> web.Response:
        """GET /chat/file/{token}: always a download, of no type that a browser runs."""
        what = links.opened(self._context, "chat-file", request.match_info["token"])
        try:
            found = await self._context.live.file(int(what)) if what.isdecimal() else None
        except Temporary:
            raise _later() from None
        if found is None:
            raise web.HTTPNotFound(text=OLD, headers=CLOSED)
        return web.Response(
            body=found.content,
            content_type="application/octet-stream",
            headers=CLOSED | {hdrs.CONTENT_DISPOSITION: _named(found.name)},
        )

    async def transcript(self, request: web.Request) -> web.Response:
        """GET /chat/transcript?t=…&as=txt|html|json: one conversation, as a download."""
        what = links.opened(self._context, "chat-transcript", request.query.get("t", ""))
        address, _, site = what.partition(":")
        if not address:
            raise web.HTTPNotFound(text=OLD, headers=CLOSED)
        form = cast("Form", request.query.get("as", "txt"))
        if form not in transcripts.TYPES:
            raise web.HTTPBadRequest(text="as must be txt, html or json.\n", headers=CLOSED)
        try:
            lines = await self._lines(address)
        except Temporary:
            raise _later() from None
        whole = len(lines) <= transcripts.MOST
        text = transcripts.written(lines[: transcripts.MOST], form, self._named(site), whole=whole)
        return web.Response(
            text=text, content_type=transcripts.TYPES[form], charset="utf-8",
            headers=CLOSED | {hdrs.CONTENT_DISPOSITION: _named(f"chat.{form}")},
        )  # fmt: skip

    async def picture(self, request: web.Request) -> web.Response:
        """GET /chat/staff/{hash}: a colleague's picture; the hash names these very bytes, so it never changes."""
        name = request.match_info["hash"]
        try:
            found = await self._context.live.picture(name) if _HASH.fullmatch(name) else None
        except Temporary:
            raise _later() from None
        if found is None:
            raise web.HTTPNotFound(text="There is no such picture.\n", headers={hdrs.CACHE_CONTROL: "no-store"})
        return web.Response(
            body=found.content, content_type=found.content_type,
            headers=CLOSED | {
                hdrs.CACHE_CONTROL: "public, max-age=86400", "Cross-Origin-Resource-Policy": "cross-origin",
                hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: "*",
            },
        )  # fmt: skip

    async def _lines(self, address: str) -> list[Line]:
        lines: list[Line] = []
        while len(lines) <= transcripts.MOST:
            page = await self._context.transcript(address, lines[-1].seq if lines else 0)
            lines += page
            if len(page) < PAGE:
                break
        return lines

    def _named(self, key: str) -> str:
        return next((site.name for site in self._context.sites if site.key == key), key)


def _later() -> web.HTTPServiceUnavailable:
    return web.HTTPServiceUnavailable(
        text="This can't be read now. Try again in a moment.\n", headers=CLOSED | {hdrs.RETRY_AFTER: "2"}
    )


def _named(name: str) -> str:
    """A download under the file's own name, whatever is in it (RFC 6266)."""
    tame = "".join(char for char in name if char.isprintable() and char not in '/\\\\"')[-150:].strip(". ") or "file"
    plain = tame.encode("ascii", "replace").decode().replace("?", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(tame, safe='')}"
