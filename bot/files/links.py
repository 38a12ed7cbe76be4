"""Addresses under which a provider gets the files of one outgoing message from us, for a few hours. Pure.

An address names the file, its message and when it ends, under a keyed hash that serves nothing else.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

PATH = "/media/"
LASTS = timedelta(hours=4)
"""Twilio gets a file within minutes; more where a message waits in its queue."""
PURPOSE = "media"
_TOKEN = re.compile(r"(\d{1,18})-(\d{1,18})-(\d{1,12})-([0-9a-f]{32})", re.ASCII)

Sign = Callable[[str, str], str]


class Named(NamedTuple):
    """The file that an address stands for, and the message that it must belong to."""

    file_id: int
    message_id: int


class Links(NamedTuple):
    """Makes and reads the addresses. `sign(purpose, text)` is the desk's keyed hash, `base_url` where it is reached."""

    sign: Sign
    base_url: str

    def address(self, file_id: int, message_id: int, now: datetime) -> str:
        """The address of a file, good until LASTS from now."""
        said = f"{file_id}-{message_id}-{int((now + LASTS).timestamp())}"
        return f"{self.base_url.rstrip('/')}{PATH}{said}-{self.sign(PURPOSE, said)}"

    def named(self, token: str, now: datetime) -> Named | None:
        """What the last part of an address stands for; None where it is forged or its time is over."""
        found = _TOKEN.fullmatch(token)
        if found is None:
            return None
        said, proof = token.rpartition("-")[::2]
        if not hmac.compare_digest(proof, self.sign(PURPOSE, said)) or int(found[3]) <= now.timestamp():
            return None
        return Named(int(found[1]), int(found[2]))
