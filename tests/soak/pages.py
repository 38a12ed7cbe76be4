"""Those who read: colleagues in the console, visitors of the public pages, and who tries doors that are shut."""

from __future__ import annotations

import re

import aiohttp

from tests.soak.outside import Outside

_CONVERSATION = re.compile(r"/console/conversations/(\d+)")
LIVE_SECONDS = 3


async def console(there: Outside) -> None:
    """A colleague looks through the queue and reads a conversation, with the live updates open for a while."""
    async with there.signed_in.get(f"{there.base}/console/") as answer:
        queue = await answer.text()
        there.tally.note("console, the queue", answer.status, 200)
    found = _CONVERSATION.findall(queue)
    if found:
        path = f"/console/conversations/{there.random.choice(found)}"
        async with there.signed_in.get(there.base + path) as answer:
            await answer.read()
            there.tally.note("console, a conversation", answer.status, 200)
    if there.random.random() < 0.1:
        timeout = aiohttp.ClientTimeout(total=LIVE_SECONDS)
        try:
            async with there.signed_in.get(f"{there.base}/console/events", timeout=timeout) as stream:
                there.tally.note("console, live", stream.status, 200)
                await stream.read()
        except TimeoutError:
            pass  # it goes on for as long as somebody listens


async def public(there: Outside) -> None:
    """Somebody reads, somebody tries doors that are shut."""
    path, *expected = there.random.choice((
        ("/policy/iomart/2007-12-15", 200), ("/chat/widget.js", 200), ("/readyz", 200), ("/metrics", 200),
        ("/package/" + "a" * 43, 404, 410), ("/console/", 303, 200), ("/api/v1/tickets", 401, 429),
        ("/../etc", 404), ("/policy/iomart/2007-12-15?q=" + "x" * 5_000, 200, 400, 414),
    ))  # fmt: skip
    async with there.http.get(there.base + path, allow_redirects=False) as answer:
        await answer.read()
        there.tally.note(f"GET {path[:34]}", answer.status, *expected)
