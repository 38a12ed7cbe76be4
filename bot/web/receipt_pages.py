"""The page where whoever holds a receipt checks it: GET /receipt[?r=…]. Public, no cookie; tells what it proves."""

from __future__ import annotations

import json
import math
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from aiohttp import web

from bot.audit import receipts
from bot.audit.receipts import Checked
from bot.conversations.replies import KIND_WORDS
from bot.desk import DESK, Desk
from bot.web import visitors
from bot.web.pages import page
from channels.buckets import Limiter, Rate

CHECKS = Rate(burst=20, per_second=0.2)
"""For each network address: more than anybody has receipts."""
MOST_CHARACTERS = 200
HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
LIMITER: web.AppKey[Limiter] = web.AppKey("receipt_limiter", Limiter)


class Proved(NamedTuple):
    """What the receipt proves: when which request for what was opened, in words."""

    at: str
    reference: str
    kind_words: str


def mount(app: web.Application, desk: Desk) -> None:
    """Add the page."""
    app[DESK] = desk
    app[LIMITER] = Limiter(CHECKS)
    app.router.add_get("/receipt", _receipt)


async def _receipt(request: web.Request) -> web.StreamResponse:
    desk, given = request.app[DESK], " ".join(request.query.get("r", "").split())[:MOST_CHARACTERS]
    if not given:
        return _page(desk, "", "ask")
    who = visitors.counted(request, desk)
    wait = request.app[LIMITER].take(who, desk.now().timestamp()) if who else 0.0
    if wait:
        return _page(desk, given, "busy", status=429, retry_after=math.ceil(wait))
    receipt = receipts.parse(given)
    if receipt is None:
        return _page(desk, given, "no_receipt", status=400)
    checked = await desk.database.read(lambda session: receipts.check(session, receipt))
    proved = proof(checked, desk.settings.timezone)
    return _page(desk, given, "stands" if proved else "does_not_stand", proved=proved)


def proof(checked: Checked, timezone: str) -> Proved | None:
    """What a receipt that stands tells its holder; None for one that does not, and for one of anything else than the
    opening of a request: only those are given to customers.
    """
    entry = checked.entry
    if not checked.stands or entry is None or entry.action != "ticket.opened":
        return None
    at = datetime.fromisoformat(entry.at).astimezone(ZoneInfo(timezone))
    words = KIND_WORDS.get(str(json.loads(entry.data).get("kind", "")), "")
    return Proved(f"{at:%A} {at.day} {at:%B %Y at %H:%M %Z}", entry.subject.removeprefix("ticket:"), words)


def _page(
    desk: Desk, given: str, outcome: str, *, proved: Proved | None = None, status: int = 200, retry_after: int = 0
) -> web.Response:
    headers = {**HEADERS, "Retry-After": str(retry_after)} if retry_after else HEADERS
    return page(
        "web/receipt.html", status=status, headers=headers, given=given, outcome=outcome, proved=proved,
        company=desk.sites[0].name, most=MOST_CHARACTERS,
    )  # fmt: skip
