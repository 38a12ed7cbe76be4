"""Where the desk is, what stands around it, and how fast those who write to it may."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any

import aiohttp
import aiosmtplib

from tests.fakes import twilio
from tests.soak.tally import Tally

QUESTIONS = (
    "do you sell my data?", "do you use cookies?", "where do you keep my details", "who gets my information",
    "wot data do u hold on me", "how long do you keep it?", "can I speak to a person", "what's the weather like",
    "please delete everything about me", "Ich möchte wissen, was Sie speichern", "🙂🙂🙂", "N", "1", "thanks",
)  # fmt: skip
MOST_WAITING = 100
"""Rows that may wait at the desk until writers hold back: a soak is about what stays, not about how fast it goes."""
_WAITING = re.compile(r'^desk_queue_waiting\{queue="\w+"\} ([0-9.]+)', re.MULTILINE)


@dataclass
class Outside:
    """What writers share. `mails` are the last mails of the desk's that its relay took."""

    base: str
    smtp_port: int
    http: aiohttp.ClientSession
    twilio: twilio.FakeTwilio
    mails: deque[bytes]
    tally: Tally
    random: Random
    until: float
    pause: float
    signed_in: aiohttp.ClientSession
    numbers: Any = field(default_factory=lambda: count(1))
    room: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: float = 0.0

    def over(self) -> bool:
        """Whether the time is up."""
        return asyncio.get_running_loop().time() >= self.until

    async def go_on(self, once: Callable[[Outside], Awaitable[None]]) -> None:
        """Do it again and again, with pauses, until the time is over. The desk may be slow, but never gone."""
        while not self.over():
            try:
                await once(self)
            except (aiohttp.ClientError, aiosmtplib.SMTPException, OSError, TimeoutError) as error:
                self.tally.note(f"the network, {once.__name__}", type(error).__name__, "nothing")
            await asyncio.sleep(self.random.uniform(0, 2 * self.pause))
            await self.room.wait()

    async def pace(self) -> None:
        """Hold writers back while much waits at the desk."""
        while not self.over():
            async with self.http.get(f"{self.base}/metrics") as answer:
                self.waiting = sum(map(float, _WAITING.findall(await answer.text())))
            (self.room.clear if self.waiting > MOST_WAITING else self.room.set)()
            await asyncio.sleep(0.5)
        self.room.set()

    def question(self) -> str:
        """Something that people ask."""
        return self.random.choice(QUESTIONS)

    async def signed(self, path: str, fields: Mapping[str, str], token: str = twilio.TOKEN) -> tuple[int, str]:
        """One webhook of Twilio's; gives the status and what was answered."""
        body, headers = twilio.webhook(self.base + path, fields, token)
        async with self.http.post(self.base + path, data=body, headers=headers) as answer:
            return answer.status, await answer.text()
