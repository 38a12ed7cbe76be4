"""Which mail a machine must never answer (RFC 3834 and what mail systems really send).

X-Auto-Response-Suppress asks for no acknowledgement; it does not make a mail automatic (`suppressed`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Protocol

from channels.mail.addresses import uncommented

BULK = frozenset({"bulk", "junk", "list", "auto_reply", "auto-reply"})
MARKS = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-autoreply-from",
    "x-loop",
    "x-mail-autoreply",
    "list-id",
    "list-post",
    "list-unsubscribe",
    "list-help",
    "list-owner",
    "feedback-id",
)
MACHINES = frozenset(
    {"mailer-daemon", "postmaster", "noreply", "no-reply", "donotreply", "do-not-reply", "bounce", "bounces"}
)
FAILED_DMARC = "failed DMARC"
"""A person may have written, but perhaps not the one named; `bot.conversations.silence.UNVERIFIED` is the same."""
HOPS = 50
"""More Received headers than any honest way has: a loop."""

_DMARC_FAILED = re.compile(r";\s*dmarc\s*=\s*fail\b", re.IGNORECASE)


class Headers(Protocol):
    """What is asked of a message's head."""

    def first(self, name: str) -> str:
        """The first value of a header, as text; empty when there is none."""
        ...

    def all(self, name: str) -> list[str]:
        """Every raw value of a header."""
        ...


def reason(headers: Headers, *, mail_from: str | None, address: str, ours: Collection[str]) -> str:
    """Why this mail must not be answered by a machine; empty when it may be.

    `mail_from` is the envelope's sender, None where unknown; `ours` are the desk's own mailboxes.
    """
    return (
        _declared(headers)
        or _envelope(headers, mail_from)
        or _sender(address, ours)
        or ("loop: too many hops" if len(headers.all("received")) > HOPS else "")
    )


def _declared(headers: Headers) -> str:
    auto = headers.first("auto-submitted").lower().partition(";")[0].strip()
    if auto and auto.partition(" ")[0] != "no":
        return f"auto-submitted: {auto[:40]}"
    precedence = headers.first("precedence").lower()
    if precedence in BULK:
        return f"precedence: {precedence}"
    if headers.first("content-type").lower().startswith("multipart/report"):
        return "multipart/report"
    for mark in MARKS:
        if headers.all(mark):
            return mark
    return ""


def _envelope(headers: Headers, mail_from: str | None) -> str:
    if mail_from is not None and mail_from.strip("<> ") == "":
        return "empty envelope sender"
    returned = headers.all("return-path")
    if returned and returned[0].strip() == "<>":
        return "empty return path"
    return ""


def _sender(address: str, ours: Collection[str]) -> str:
    local, _, domain = address.partition("@")
    if f"{local.partition('+')[0]}@{domain}" in ours:
        return "our own mail"
    if local in MACHINES:
        return f"sent by {local}"
    return ""


def unverified(results: Iterable[str]) -> bool:
    """One of the Authentication-Results (RFC 8601), written by a relay of ours, says that DMARC failed."""
    return any(_DMARC_FAILED.search(uncommented(result)) for result in results)


def suppressed(headers: Headers) -> bool:
    """The sender asks for no automatic acknowledgement (MS-OXCMAIL 2.2.3.2.14)."""
    asked = {word.strip().lower() for word in headers.first("x-auto-response-suppress").split(",")}
    return bool(asked & {"all", "autoreply", "oof"})
