"""The way out: one mail to the relay, and what its answer means for the next attempt."""

from __future__ import annotations

import ipaddress
import re
from typing import Literal, NamedTuple
from urllib.parse import unquote, urlsplit

import aiosmtplib

from channels.base import Finding
from channels.errors import ChannelError, Permanent, Temporary
from channels.mail.bounces import BAD_ADDRESS
from channels.mail.compose import Composed
from channels.mail.connections import Connections

TIMEOUT = 20.0
"""Seconds for each step with the relay."""
NO_RELAY_RETRY = 300.0
SETTINGS_CODES = frozenset({530, 534, 535, 538})
"""The relay wants other credentials (RFC 4954): the settings are wrong, not the message."""
NO_STARTTLS = (
    "the relay offers no STARTTLS, so nothing was sent: give it a certificate, or write smtps:// in DESK_RELAY_URL, "
    "or smtp+plain:// to send unencrypted"
)
NO_RELAY = "no DESK_RELAY_URL is set: give one like smtp://user:password@relay.example:587 and the mail goes out"

_ENHANCED = re.compile(r"\b([45]\.\d{1,3}\.\d{1,3})\b")


class Relay(NamedTuple):
    """Where mail goes out, and how: `tls` from the first byte, `starttls` or not at all, `plain` unencrypted."""

    host: str
    port: int
    user: str
    password: str
    security: Literal["tls", "starttls", "plain"]


def relay(url: str) -> Relay:
    """The relay of a DESK_RELAY_URL. Raises ValueError with the mend.

    smtp:// is encrypted with STARTTLS always, but for a relay on this machine, whose certificate would prove nothing.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError("DESK_RELAY_URL can't be read; write smtp://user:password@host:port") from error
    if parts.scheme not in {"smtp", "smtps", "smtp+plain"} or not parts.hostname:
        raise ValueError("DESK_RELAY_URL must be smtp://… or smtps://… (or smtp+plain://…, unencrypted) with a host")
    security = _security(parts.scheme, parts.hostname)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Relay(parts.hostname, port or (465 if security == "tls" else 587), user, password, security)


def _security(scheme: str, host: str) -> Literal["tls", "starttls", "plain"]:
    if scheme == "smtps":
        return "tls"
    return "plain" if scheme == "smtp+plain" or _loopback(host) else "starttls"


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
        use_tls=where.security == "tls",
        start_tls=where.security == "starttls",
    )


def _refuses_encryption(where: Relay, error: Exception) -> bool:
    """The library has no error of its own for this. It raises before it signs in or sends anything."""
    return where.security == "starttls" and "STARTTLS" in str(error)


def connections(where: Relay, hostname: str, *, seconds: float = TIMEOUT) -> Connections:
    """Connections to the relay, opened as they are needed and used again."""
    return Connections(lambda: _client(where, hostname, seconds))


async def deliver(where: Relay, mail: Composed, over: Connections) -> None:
    """Hand one mail to the relay. Raises Temporary or Permanent by its answer."""
    try:
        async with over.one() as client:
            _fits(client, mail)
            options = [] if mail.rcpt_to.isascii() and mail.mail_from.isascii() else ["SMTPUTF8", "BODY=8BITMIME"]
            await client.sendmail(mail.mail_from, [mail.rcpt_to], mail.content, mail_options=options)
    except aiosmtplib.SMTPRecipientsRefused as error:
        first = error.recipients[0]
        refused = answer(first.code, first.message)
        if isinstance(refused, Permanent):
            # Said of the recipient, as a bounce would say it later: staff see that the address is wrong.
            refused.bad_address = refused.code in BAD_ADDRESS
        raise refused from error
    except aiosmtplib.SMTPResponseException as error:
        raise answer(error.code, error.message) from error
    except aiosmtplib.SMTPNotSupported as error:
        raise Permanent(
            f"the relay can't carry this mail ({error}); use a relay with SMTPUTF8", code="5.6.7"
        ) from error
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        if _refuses_encryption(where, error):
            raise Temporary(NO_STARTTLS, code="5.7.10") from error
        raise Temporary(
            f"the relay at {where.host}:{where.port} can't be reached ({type(error).__name__}); it is tried again"
        ) from error


def _fits(client: aiosmtplib.SMTP, mail: Composed) -> None:
    """Raises Permanent where the relay announced that it takes no mail of that size (RFC 1870)."""
    announced = client.esmtp_extensions.get("size", "").strip()
    most = int(announced) if announced.isdecimal() else 0  # 0 and nothing mean that there is no limit
    if most and len(mail.content) > most:
        raise Permanent(
            f"the mail has {len(mail.content) // 1_000_000 + 1} MB and the relay takes {most // 1_000_000} MB: "
            "send fewer or smaller files",
            code="5.3.4",
        )


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
        if _refuses_encryption(where, error):
            return Finding(part, False, "no STARTTLS", NO_STARTTLS)
        return Finding(part, False, f"not reachable ({type(error).__name__})", "check DESK_RELAY_URL and the network")
    return Finding(part, True, "reachable")
