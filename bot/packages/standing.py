"""Whether a link still opens its package, and whether an opening still goes on. Pure: the caller says what time it is.

    link     good → replaced | withdrawn | deleted | expired | used up      (all of these look the same from outside)
    opening  good → idle | over | another place | replaced | withdrawn

Called by links, openings and the page `/package/{token}`.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

TOKEN_BYTES = 32
"""256 bits: nobody guesses a link."""
TOKEN_CHARACTERS = 43
"""As many as `secrets.token_urlsafe(TOKEN_BYTES)` writes."""
IDLE = timedelta(minutes=15)
LONGEST = timedelta(minutes=60)
"""An opening ends after fifteen minutes without a download, and after an hour whatever happens."""
MOST_OPENINGS = 10
CODES_AN_HOUR = 4
CODES_A_DAY = 10
"""Codes that one link may have sent: a forwarded link must not ring somebody's phone all day."""
WRONG_A_DAY = 9
"""Wrong codes on one link in a day; after them it takes no code before the day is over, however many it sends."""

HANDED_OVER = ("ready", "delivered", "closed", "partly_refused")
"""States of a ticket in which its package may be opened: whatever takes it back to work shuts the link with it."""

LinkEnd = Literal["replaced", "withdrawn", "deleted"]
LinkState = Literal["good", "replaced", "withdrawn", "deleted", "expired", "used_up"]
OpeningEnd = Literal["another_place", "replaced", "withdrawn", "deleted"]
OpeningState = Literal["good", "another_place", "replaced", "withdrawn", "deleted", "idle", "over", "elsewhere"]


class LinkFacts(NamedTuple):
    """What there is to know of a link: until when it is good, why it ended ("" where it did not), its openings."""

    expires_at: datetime
    ended_why: str = ""
    openings: int = 0


class OpeningFacts(NamedTuple):
    """What there is to know of an opening: since when, last used when, why it ended, and the hash of whose it is."""

    opened_at: datetime
    seen_at: datetime
    ended_why: str
    client: str


def looks_like_token(text: str) -> bool:
    """Whether this could be a token of ours at all: what is not needs no look at the database."""
    return len(text) == TOKEN_CHARACTERS and all(sign.isascii() and (sign.isalnum() or sign in "-_") for sign in text)


def link_state(link: LinkFacts, now: datetime) -> LinkState:
    """How a link stands. Only `good` opens anything."""
    if link.ended_why:
        return link.ended_why  # type: ignore[return-value]  # the column holds these words
    if now >= link.expires_at:
        return "expired"
    return "good"


def may_open_again(link: LinkFacts) -> bool:
    """Whether a right code still opens it: ten openings are more than anybody needs."""
    return link.openings < MOST_OPENINGS


def opening_state(opening: OpeningFacts, client: str, now: datetime) -> OpeningState:
    """How an opening stands for somebody whose keyed hash is `client`."""
    if opening.ended_why:
        return opening.ended_why  # type: ignore[return-value]  # the column holds these words
    if now - opening.opened_at >= LONGEST:
        return "over"
    if now - opening.seen_at >= IDLE:
        return "idle"
    return "good" if hmac.compare_digest(opening.client, client) else "elsewhere"


def code_may_be_sent(sent: Sequence[datetime], now: datetime) -> bool:
    """Whether a link may have another code sent, after those that were sent at these moments."""
    hour = sum(now - at < timedelta(hours=1) for at in sent)
    day = sum(now - at < timedelta(days=1) for at in sent)
    return hour < CODES_AN_HOUR and day < CODES_A_DAY


def code_may_be_tried(wrong: Sequence[datetime], now: datetime) -> bool:
    """Whether a link still takes a code, after wrong ones at these moments: guessing goes on with new codes else."""
    return sum(now - at < timedelta(days=1) for at in wrong) < WRONG_A_DAY
