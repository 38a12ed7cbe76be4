"""Words that go out in a message and stay nowhere in the clear: one-time codes and one-time links.

The stored line has `MASK` where the secret stands, and the outbox row holds the secret sealed, until it is sent, fails,
is cancelled or no longer good: then it is erased. Only the deliverer puts both together, in memory.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from bot.errors import PermanentError
from bot.sealing import SealBroken, Sealer

MASK = "******"
"""What stands for the secret in the text. Plain characters, so that a text is counted as it will go out."""
PURPOSE = "outbox.secret"
TOO_LATE = "the code or link in it is no longer good: send a new one"
"""Why a message with a secret is not sent (again): what went out late would only mislead."""


class Secret(NamedTuple):
    """A sealed secret, and until when it may be sent."""

    sealed: bytes
    until: datetime


def secret(sealer: Sealer, plain: str, until: datetime) -> Secret:
    """Seal a code or link for `conversations.sending.send(…, secret=…)`; `until` is when it stops being good."""
    return Secret(sealer.seal_text(plain, PURPOSE), until)


def filled(sealer: Sealer, text: str, sealed: bytes) -> str:
    """The text as it goes out, with the secret in the place of its mask.

    Raises:
        SealBroken: it was altered, or sealed with another key.
    """
    return text.replace(MASK, sealer.open_text(sealed, PURPOSE), 1)


def hidden(sealer: Sealer, words: str, sealed: bytes) -> str:
    """What a provider says of the message, without the secret: a filter of links may well repeat it."""
    try:
        return words.replace(sealer.open_text(sealed, PURPOSE), MASK)
    except SealBroken:
        return words


def fits(channel: str, text: str) -> None:
    """Raises PermanentError where a text can't carry a secret: no place for it, or the chat, whose page shows what is
    stored.
    """
    if text.count(MASK) != 1:
        raise PermanentError(f"a message with a secret needs one place for it: write {MASK} there once")
    if channel == "voice":
        raise PermanentError("no code is said aloud: send it to an email address or mobile number")
    if channel == "webchat":
        raise PermanentError("a chat has no address of its own: send the code to an email address or mobile number")
