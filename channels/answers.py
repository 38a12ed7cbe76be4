"""Bodies of a provider's answers, read whole and within a bound."""

from __future__ import annotations

import aiohttp


async def body_of(answer: aiohttp.ClientResponse, most: int) -> bytes:
    """The body, or its first `most` bytes where it is longer.

    `answer.content.read(most)` gives no more than has arrived by then: of an answer that the network cuts in two, half.
    """
    body = bytearray()
    async for piece in answer.content.iter_any():
        body += piece[: most - len(body)]
        if len(body) >= most:
            break
    return bytes(body)
