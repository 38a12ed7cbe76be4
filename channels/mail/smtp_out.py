"""The way out: one mail to the relay, and what its answer means for the next attempt."""

from __future__ import annotations

import ipaddress
import re
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import aiosmtplib

from channels.base import Finding
from channels.errors import ChannelError, Permanent, Temporary
from channels.mail.compose import Composed

TIMEOUT = 20.0
"""Seconds for each step with the relay."""
NO_RELAY_RETRY = 300.0
SETTINGS_CODES = frozenset({530, 534, 535, 538})
"""The relay wants other credentials (RFC 4954): the settings are wrong, not the message."""
NO_RELAY = "no DESK_RELAY_URL is set: give one like smtp://user:password@relay.example:587 and the mail goes out"

_ENHANCED = re.compile(r"\b([45]\.\d{1,3}\.\d{1,3})\b")


class Relay(NamedTuple):
    """Where mail goes out. `tls`: from the first byte (smtps); otherwise STARTTLS where offered."""

    host: str
    port: int
    user: str
    password: str
    tls: bool

    @property
    def starttls(self) -> bool | None:
        """None: when offered. Never to this machine itself, whose certificate proves nothing."""
        return False if self.tls or _loopback(self.host) else None


def relay(url: str) -> Relay:
    """The relay of a DESK_RELAY_URL. Raises ValueError with the mend."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError("DESK_RELAY_URL can't be read; write smtp://user:password@host:port") from error
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError("DESK_RELAY_URL must be smtp://… or smtps://… with a host")
    tls = parts.scheme == "smtps"
    return Relay(
        parts.hostname, port or (465 if tls else 587), unquote(parts.username or ""), unquote(parts.password or ""), tls
    )


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _client(where: Relay, hostname: str, seconds: float) -> aiosmtplib.SMTP:
    return aiosmtplib.SMTP(
        hostname=where.host,
        port=where.port,
        username=where.user or None,
        password=where.password or None,
        local_hostname=hostname,
        timeout=seconds,
        use_tls=where.tls,
        start_tls=where.starttls,
    )


async def deliver(where: Relay, mail: Composed, hostname: str, *, seconds: float = TIMEOUT) -> None:
    """Hand one mail to the relay. Raises Temporary or Permanent by its answer."""
    client = _client(where, hostname, seconds)
    try:
        async with client:
            options = [] if mail.rcpt_to.isascii() and mail.mail_from.isascii() else ["SMTPUTF8", "BODY=8BITMIME"]
            await client.sendmail(mail.mail_from, [mail.rcpt_to], mail.content, mail_options=options)
    except aiosmtplib.SMTPRecipientsRefused as error:
        first = error.recipients[0]
        raise answer(first.code, first.message) from error
    except aiosmtplib.SMTPResponseException as error:
        raise answer(error.code, error.message) from error
    except aiosmtplib.SMTPNotSupported as error:
        raise Permanent(
            f"the relay can't carry this mail ({error}); use a relay with SMTPUTF8", code="5.6.7"
        ) from error
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        raise Temporary(
            f"the relay at {where.host}:{where.port} can't be reached ({type(error).__name__}); it is tried again"
        ) from error


def answer(code: int, text: str) -> ChannelError:
    """The error that the relay's answer means."""
    found = _ENHANCED.search(text[:200])
    named = found[1] if found else str(code)
    if code in SETTINGS_CODES:
        return Temporary("the relay refuses the user or password; correct DESK_RELAY_URL", code=named)
    said = " ".join(text.split())[:300]
    if 400 <= code < 500:  # noqa: PLR2004 - RFC 5321 section 4.2.1: try again
        return Temporary(f"the relay asks to try again: {code} {said}", code=named)
    return Permanent(f"the relay refused the mail: {code} {said}", code=named)


async def reach(where: Relay, hostname: str, *, seconds: float = 5.0) -> Finding:
    """Connect, greet, sign in and say NOOP; nothing is sent."""
    part = f"mail relay {where.host}:{where.port}"
    try:
        async with _client(where, hostname, seconds) as client:
            await client.noop()
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        return Finding(part, False, f"not reachable ({type(error).__name__})", "check DESK_RELAY_URL and the network")
    return Finding(part, True, "reachable")
