"""What pages embed: the widget's script and its words in other languages, read once, with headers for other sites."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

from aiohttp import hdrs, web

from channels.webchat import joining

LANGUAGES = joining.STATIC / "lang"


class Asset:
    """A text as it is served: plain or compressed, by its digest when the browser has it already."""

    def __init__(self, text: str, content_type: str) -> None:
        self.plain = text.encode()
        self.content_type = content_type
        # The fixed time keeps the bytes, and so what is measured of them, the same in every process.
        self.packed = gzip.compress(self.plain, mtime=0)
        # Weak, because one tag stands for both encodings.
        self.tag = f'W/"{hashlib.sha256(self.plain).hexdigest()[:24]}"'

    async def handle(self, request: web.Request) -> web.Response:
        """Answer a GET."""
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
        return web.Response(body=body, headers=headers, content_type=self.content_type, charset="utf-8")


class Script(Asset):
    """GET /chat/widget.js: all of the widget, with its English words and its look."""

    def __init__(self, folder: Path = joining.STATIC) -> None:
        super().__init__(joining.script(folder), "text/javascript")


class Catalogues:
    """GET /chat/lang/{code}.json: the widget's words in another language; which there are, the folder says."""

    def __init__(self, folder: Path = LANGUAGES) -> None:
        self._assets = {path.stem: Asset(path.read_text(), "application/json") for path in folder.glob("*.json")}

    async def handle(self, request: web.Request) -> web.Response:
        """Answer with the catalogue, or with 404: the widget then stays English."""
        asset = self._assets.get(request.match_info["code"])
        if asset is None:
            there = ", ".join(sorted(self._assets))
            return web.Response(
                status=404, text=f"There are: {there}.\n", headers={hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: "*"}
            )
        return await asset.handle(request)
