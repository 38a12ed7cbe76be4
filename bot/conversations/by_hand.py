"""Ways in that no machine listens to: telephone, letter, fax and the counter (policy §1). Staff write down what came.

Nothing goes out on them by itself: whoever must be told is told by a person. Plain values.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.conversations import calls

BY_HAND: Mapping[str, str] = {"phone": "telephone", "letter": "letter", "fax": "fax", "counter": "a visit"}
"""The channel of such a conversation, and what it is called in a sentence after "by"."""


WHILE_THERE = frozenset({"webchat", calls.CHANNEL})
"""Channels on which somebody is reached only while they are there, and which show whoever opens their page what was
said, or says aloud what is sent: no link, no code and no first word goes there.
"""


def may_begin(channel: str) -> bool:
    """Whether the desk may write to somebody first on that channel, and send links and codes there: so on any that is
    installed, but for a chat, a call and what came by hand.
    """
    return channel not in WHILE_THERE and channel not in BY_HAND


def cannot_send(channel: str, address: str = "") -> str:
    """Why nothing can be sent there, for staff; "" where the desk can. Who called is written to by text."""
    if calls.is_call(channel):
        return calls.cannot_text(address)
    if channel not in BY_HAND:
        return ""
    return (
        f"This came by {BY_HAND[channel]}, so the desk can't write to them: tell them yourself, and note that you did."
    )
