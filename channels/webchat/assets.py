"""The widget's script, read once, with the headers that let other sites embed it."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

from aiohttp import hdrs, web

SCRIPT = Path(__file__).with_name("static") / "widget.js"


class Script:
    """The script as it is served: plain or compressed, by its digest when the browser has it already."""

    def __init__(self, path: Path = SCRIPT) -> None:
        self.plain = path.read_bytes()
        # The fixed time keeps the bytes, and so what is measured of them, the same in every process.
        self.packed = gzip.compress(self.plain, mtime=0)
        # Weak, because one tag stands for both encodings.
        self.tag = f'W/"{hashlib.sha256(self.plain).hexdigest()[:24]}"'

    async def handle(self, request: web.Request) -> web.Response:
        """GET /chat/widget.js."""
        headers = {
            hdrs.ETAG: self.tag,
            hdrs.CACHE_CONTROL: "public, max-age=300",
            hdrs.VARY: hdrs.ACCEPT_ENCODING,
            hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "X-Content-Type-Options": "nosniff",
        }
        if self.tag.removeprefix("W/") in request.headers.get(hdrs.IF_NONE_MATCH, ""):
            return web.Response(status=304, headers=headers)
        body = self.plain
        if "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, ""):
            headers[hdrs.CONTENT_ENCODING] = "gzip"
            body = self.packed
        return web.Response(body=body, headers=headers, content_type="text/javascript", charset="utf-8")
