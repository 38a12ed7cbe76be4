"""The desk as our own channels see it: as the contract plays it, and a visitor's lines come back to their chat."""

from __future__ import annotations

import json
from dataclasses import dataclass

from channels.base import Received
from channels.contract import desk
from channels.contract.desk import NOW, SITES, over_http

__all__ = ["NOW", "SITES", "FakeDesk", "over_http"]


@dataclass
class FakeDesk(desk.FakeDesk):
    """As `channels.contract.desk.FakeDesk`, with the transcript that a chat reads."""

    async def accept(self, received: Received) -> bool:
        """Keep it, once for each dedupe key; what a visitor wrote is their own next line."""
        new = await super().accept(received)
        if new and received.channel == "webchat":
            written = json.loads(received.payload)
            self.say(received.sender, written["id"], written["text"])
        return new
