"""Errors a channel may raise, drawn as a tree:

ChannelError
├── Temporary        try again later (`retry_after` seconds, when the provider said so)
└── Permanent        never try again
    ├── Undecodable  the payload can't be read; the desk keeps it and shows it to staff
    └── OptedOut     the recipient asked the provider for no more messages
"""

from __future__ import annotations


class ChannelError(Exception):
    """A channel could not do its part. `text` is shown to staff, so it says what to do and quotes no message and no
    address; `code` is the provider's own, when it gave one.
    """

    def __init__(self, text: str, *, code: str = "") -> None:
        super().__init__(text)
        self.code = code


class Temporary(ChannelError):
    """The same call may go through later."""

    def __init__(self, text: str, *, code: str = "", retry_after: float | None = None) -> None:
        super().__init__(text, code=code)
        self.retry_after = retry_after


class Permanent(ChannelError):
    """The same call will never go through. `bad_address` says that no message ever reaches the recipient there: the
    address is marked, and staff are told to use another.
    """

    def __init__(self, text: str, *, code: str = "", bad_address: bool = False) -> None:
        super().__init__(text, code=code)
        self.bad_address = bad_address


class Undecodable(Permanent):
    """The payload can't be read."""


class OptedOut(Permanent):
    """The recipient asked the provider for no more messages (Twilio 21610)."""
