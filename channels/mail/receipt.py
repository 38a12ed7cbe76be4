"""What is kept of a mail at the moment it is taken: the raw bytes, and what only the SMTP conversation knew.

Nothing is parsed beyond a bounded look at the head for the Message-ID and the sender.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from typing import Any

from aiosmtpd.smtp import Envelope, Session

from channels.base import Received
from channels.mail.addresses import normal, person
from channels.mail.charsets import one_line
from channels.mail.doorman import Doorman

CHANNEL = "mail"
HEAD_LIMIT = 32_768
"""Bytes of the head that are searched for the Message-ID and the sender."""
IN_THREAD_FROM = 1_000_000
"""Bytes from which hashing leaves the event loop: about a millisecond."""

KEY_NAME_LIMIT = 120
"""Characters of the Message-ID in a dedupe key; with the digest it fits the inbox's column."""

_UNPRINTABLE = re.compile(rb"[^\x21-\x7e]")
_MESSAGE_ID = re.compile(rb"^message-id[ \t]*:\s*<?([^<>\s]{1,250})", re.IGNORECASE | re.MULTILINE)
_FROM = re.compile(rb"^from[ \t]*:([^\r\n]{0,2000}(?:\r?\n[ \t][^\r\n]{0,2000}){0,5})", re.IGNORECASE | re.MULTILINE)


async def received(doorman: Doorman, session: Session, envelope: Envelope) -> Received:
    """The mail as the inbox stores it. Its facts are JSON:

    mail_from, rcpt_tos, helo, peer, smtputf8 (the conversation); site, mailbox, reply_token (the first of our
    mailboxes, and the conversation key that a reply address proved); ours (all our mailboxes); trusted (the peer
    is a relay of ours, so that its Authentication-Results count); authservs (the names that they must bear, empty for
    any); tls (it came encrypted).
    """
    content = envelope.content
    assert isinstance(content, bytes)
    found = doorman.mailbox(envelope.rcpt_tos[0])
    assert found is not None, "only our recipients were taken"
    site, mailbox = found
    head = content[: _head_end(content)]
    mail_from = printable("" if envelope.mail_from in {None, "<>"} else str(envelope.mail_from))
    peer = host(session.peer)
    return Received(
        channel=CHANNEL,
        dedupe_key=await _dedupe_key(head, content, mail_from),
        sender=_sender(head) or normal(mail_from) or "<>",
        payload=content,
        received_at=doorman.context.now(),
        facts={
            "mail_from": mail_from,
            "rcpt_tos": [printable(address) for address in envelope.rcpt_tos],
            "mailbox": mailbox.address,
            "reply_token": _token(doorman, envelope.rcpt_tos),
            "site": site.key,
            "ours": doorman.ours,
            "peer": peer,
            "trusted": doorman.trusted(peer),
            "authservs": list(doorman.limits.authservs),
            "tls": session.ssl is not None,
            "helo": printable(str(session.host_name or ""))[:255],
            "smtputf8": bool(envelope.smtp_utf8),
        },
    )


async def _dedupe_key(head: bytes, content: bytes, mail_from: str) -> str:
    """Message-ID and digest: ids are reused. Without an id the envelope's sender tells equal contents apart."""
    found = _MESSAGE_ID.search(head)
    seed = b"" if found else mail_from.encode()
    if len(content) >= IN_THREAD_FROM:
        digest = await asyncio.to_thread(_digest, seed, content)
    else:
        digest = _digest(seed, content)
    name = _UNPRINTABLE.sub(b"?", found[1][:KEY_NAME_LIMIT]).decode("ascii") if found else "-"
    return f"{name}:{digest}"


def _digest(seed: bytes, content: bytes) -> str:
    digest = hashlib.sha256(seed)
    digest.update(content)
    return digest.hexdigest()


def _token(doorman: Doorman, addresses: list[str]) -> str:
    """The proved conversation key, whichever of the recipients carried it."""
    for address in addresses:
        found = doorman.mailbox(address)
        if found and found[1].key:
            return found[1].key
    return ""


def _head_end(content: bytes) -> int:
    ends = [at for at in (content.find(b"\r\n\r\n", 0, HEAD_LIMIT), content.find(b"\n\n", 0, HEAD_LIMIT)) if at >= 0]
    return min(ends, default=HEAD_LIMIT)


def _sender(head: bytes) -> str:
    found = _FROM.search(head)
    return person(found[1].decode("ascii", "surrogateescape")).address if found else ""


def printable(text: str) -> str:
    """Fit for JSON and the database: bytes that are no UTF-8 come as surrogates from the protocol."""
    return one_line(text.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))


def host(peer: Any) -> str:
    """The address of a peer as asyncio gives it."""
    return str(peer[0]) if isinstance(peer, tuple) and peer else str(peer or "")
