"""The question box's patience: answers are looked for in threads, few at once, and nobody may ask without end.

Called by policy_pages. The box is public and finding an answer takes a while, so a flood of questions must cost the
desk no more than two of them, and must not hold up chats and webhooks.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from typing import NamedTuple

from aiohttp import web

from bot.desk import Desk
from bot.turns import Full, Turns
from bot.web import visitors
from bot.web.policy_answers import Found, find, too_long
from channels.buckets import Limiter, Rate
from knowledge.base import Policy

QUESTIONS = Rate(burst=20, per_second=1)
"""More than anybody reads the answers of; for each network address."""
FULL_SECONDS = 5
NO_STORE = {"Cache-Control": "no-store"}


class Said(NamedTuple):
    """What the box answers: None where it was not asked, and the status and headers of the page."""

    found: Found | None
    status: int = 200
    headers: Mapping[str, str] = {}


class Box:
    """What the question boxes of all policies share. One for each desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._limiter = Limiter(QUESTIONS)
        self._turns = Turns()

    async def ask(self, request: web.Request, policy: Policy, question: str) -> Said:
        """Answer a question: 400 where it is too long, 429 for who asks too often, 503 where too many wait."""
        if too_long(question):
            return Said(Found("too_long"), 400, NO_STORE)
        who = visitors.counted(request, self._desk)
        wait = self._limiter.take(who, self._desk.now().timestamp()) if who else 0.0
        if wait:
            return _busy(429, math.ceil(wait))
        try:
            async with self._turns.turn():
                found = await asyncio.to_thread(find, self._desk.library, policy, question, self._desk.today())
        except Full:
            return _busy(503, FULL_SECONDS)
        return Said(found, 200, NO_STORE)


BOX: web.AppKey[Box] = web.AppKey("policy_box", Box)


def _busy(status: int, seconds: int) -> Said:
    return Said(Found("busy"), status, {**NO_STORE, "Retry-After": str(seconds)})
