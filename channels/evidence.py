"""What a channel may find out of a sender, beside what the message says: asked once, after it is read.

Such a check may ask the network, so it is no part of `decode`; and what takes long or is hostile is done apart, in a
process that can be killed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol, TypeVar, runtime_checkable

from channels.base import InboundMessage, Received

Given = TypeVar("Given")
Result = TypeVar("Result")


class Apart(Protocol):
    """Runs a plain function on a value in another process, both picklable, for so many seconds at most."""

    def __call__(self, work: Callable[[Given], Result], given: Given, seconds: float) -> Awaitable[Result]:
        """What the function gives. Raises Undecodable when it takes longer or fails, Temporary where there is no
        process now.
        """
        ...


@runtime_checkable
class Checks(Protocol):
    """A channel that can check who sent a message."""

    async def checked(self, received: Received, message: InboundMessage, apart: Apart) -> Mapping[str, str]:
        """More evidence for this message; empty where there is nothing to check. Never raises for what a sender did."""
        ...
