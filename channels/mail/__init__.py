"""Email: SMTP in, decoding, SMTP out."""

from __future__ import annotations

from channels.base import Channel
from channels.context import Context


def create(context: Context) -> Channel:
    """The mail channel, behind the entry point `mail`. Raises ValueError on settings that can't be read."""
    # The process that only decodes imports this package too, and needs no SMTP.
    from channels.mail.channel import MailChannel  # noqa: PLC0415 - as said above

    return MailChannel(context)
