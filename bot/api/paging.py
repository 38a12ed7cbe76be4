"""Where a list goes on: opaque marks that hold the place of the last row, never an offset."""

from __future__ import annotations

import base64
import binascii
import re

from bot.api.problems import Problem

_TICKET = re.compile(r"\d{1,15}")
_CONVERSATION = re.compile(r"\d{4}-\d{2}-\d{2}T[0-9:.]{8,15}(\+00:00)?~\d{1,15}")
_GONE = "after: this is no place that a page named: begin again without it"


def mark(place: str) -> str | None:
    """A place as it goes out; None for the end."""
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=") if place else None


def ticket_place(after: str) -> int:
    """The ticket's number behind a mark, 0 for the beginning. Raises Problem."""
    return int(_place(after, _TICKET) or 0)


def conversation_place(after: str) -> str:
    """The place in the queue behind a mark, "" for the beginning. Raises Problem."""
    return _place(after, _CONVERSATION)


def _place(after: str, shape: re.Pattern[str]) -> str:
    if not after:
        return ""
    try:
        place = base64.b64decode(after.encode() + b"=" * (-len(after) % 4), altchars=b"-_", validate=True).decode()
    except (ValueError, binascii.Error):
        raise Problem(422, _GONE) from None
    if not shape.fullmatch(place):
        raise Problem(422, _GONE)
    return place
