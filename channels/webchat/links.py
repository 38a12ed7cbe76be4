"""Links that stand for themselves: to one file, or to one conversation's transcript, for a short while.

Each carries what it is for, until when it is good, and a keyed hash of both, so that nobody makes one, stretches it, or
turns one into another. No cookie and no session goes with it: who has the link has what it leads to, so a link goes
only to the visitor's own page. The moment is given by who reads it: no clock of their own.
"""

from __future__ import annotations

import hmac
from datetime import timedelta
from typing import Literal

from channels.context import Context

Purpose = Literal["chat-file", "chat-transcript"]
FILE_FOR = timedelta(hours=24)
"""How long a file's link is good: the page gets a fresh one whenever it comes back."""
TRANSCRIPT_FOR = timedelta(minutes=10)
LONGEST = 256


def file(context: Context, file_id: int) -> str:
    """The address under which a visitor may get a file of their conversation."""
    return f"{context.public_url}/chat/file/{token(context, 'chat-file', str(file_id), FILE_FOR)}"


def transcript(context: Context, address: str, site: str) -> str:
    """The address under which a visitor may save their conversation with that site."""
    what = f"{address}:{site}"
    return f"{context.public_url}/chat/transcript?t={token(context, 'chat-transcript', what, TRANSCRIPT_FOR)}"


def token(context: Context, purpose: Purpose, what: str, good_for: timedelta) -> str:
    """`what`, until when, and the keyed hash of both; of characters that any URL may hold."""
    until = int((context.now() + good_for).timestamp())
    return f"{what}.{until}.{_hash(context, purpose, what, until)}"


def opened(context: Context, purpose: Purpose, text: str) -> str:
    """What a token stands for; "" where it is none of ours, for something else, or its time is up."""
    what, _, rest = text.partition(".")
    until, _, given = rest.partition(".")
    if len(text) > LONGEST or not text.isascii() or not until.isdecimal():
        return ""
    genuine = hmac.compare_digest(_hash(context, purpose, what, int(until)), given)
    return what if genuine and context.now().timestamp() < int(until) else ""


def _hash(context: Context, purpose: Purpose, what: str, until: int) -> str:
    return context.sign(purpose, f"{what} {until}")
