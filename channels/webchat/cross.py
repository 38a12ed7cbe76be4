"""What browsers ask before a page of another site may send something here, and the refusals that such a page may read.

Only the origins of the desk's sites are answered; no cookie is ever taken or set, so none is allowed.
"""

from __future__ import annotations

import json
from typing import Any

from aiohttp import hdrs, web

SESSION = "X-Chat-Session"


def headers(origin: str) -> dict[str, str]:
    """With these a page of that origin may read the answer."""
    return {
        hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: origin,
        hdrs.ACCESS_CONTROL_EXPOSE_HEADERS: hdrs.RETRY_AFTER,
        hdrs.VARY: hdrs.ORIGIN,
        hdrs.CACHE_CONTROL: "no-store",
        "X-Content-Type-Options": "nosniff",
    }


def before(origin: str) -> web.Response:
    """The answer to a browser's question before a request (Fetch, CORS preflight)."""
    allowed = {
        hdrs.ACCESS_CONTROL_ALLOW_METHODS: "POST",
        hdrs.ACCESS_CONTROL_ALLOW_HEADERS: f"{SESSION}, Content-Type",
        hdrs.ACCESS_CONTROL_MAX_AGE: "600",
    }
    return web.Response(status=204, headers=headers(origin) | allowed)


class Refused(Exception):
    """The request is refused; `text` says why and what to do, `wait` in how many seconds it may come again."""

    def __init__(self, status: int, code: str, text: str, wait: int = 0) -> None:
        super().__init__(text)
        self.status, self.code, self.wait = status, code, wait

    def answer(self, origin: str) -> web.Response:
        """The refusal as the page reads it."""
        said: dict[str, Any] = {"error": self.code, "text": str(self)}
        more = {hdrs.RETRY_AFTER: str(self.wait)} if self.wait else {}
        if self.wait:
            said["retry_after"] = self.wait
        return web.json_response(
            text=json.dumps(said, ensure_ascii=False), status=self.status, headers=headers(origin) | more
        )
