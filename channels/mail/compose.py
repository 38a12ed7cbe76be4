"""An outgoing mail's bytes: threading, the signed reply address, and the marks of automatic mail. Pure.

Automatic mail goes to whoever a mail named as its sender, perhaps falsely: it carries no name that came with that
mail, no subject that leads anywhere, and no clickable link but to the desk itself.
"""

from __future__ import annotations

import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import NamedTuple

from channels.base import Attachment, OutboundMessage
from channels.errors import Permanent
from channels.mail.addresses import Sign, normal, reply_address
from channels.mail.borrowed import harmless
from channels.mail.charsets import clean, one_line
from channels.mail.flowed import flow
from channels.mail.page import as_html

REFERENCES_LIMIT = 20
SUBJECT_LIMIT, AUTOMATIC_SUBJECT_LIMIT = 200, 100
POLICY = SMTP.clone(max_line_length=78)

_RE = re.compile(r"^\s*(?:(?:re|aw|sv|antw|ref)\s*(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)
NAME_LIMIT = 120
PLAIN = "application/octet-stream"
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,60}/[a-z0-9!#$&^_.+-]{1,60}")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")


class Composed(NamedTuple):
    """A mail ready for the relay; `mail_from` is the envelope's sender, empty for automatic mail."""

    mail_from: str
    rcpt_to: str
    message_id: str
    content: bytes


def compose(message: OutboundMessage, site_name: str, now: datetime, sign: Sign, public_url: str) -> Composed:
    """Write the mail; `public_url` is the desk's own. Raises Permanent when an address can't be written to."""
    mailbox, customer = _deliverable(message.sender), _deliverable(message.address)
    reply_to = reply_address(mailbox, message.reply_token, sign) if message.reply_token else mailbox
    message_id = _id(message.message_id) or f"{re.sub(r'[^A-Za-z0-9.-]', '-', message.key)}@{mailbox.partition('@')[2]}"
    mail = EmailMessage(policy=POLICY if customer.isascii() and mailbox.isascii() else POLICY.clone(utf8=True))
    mail["From"] = _address(site_name, mailbox)
    mail["To"] = _address("" if message.automatic else message.name, customer)
    if reply_to != mailbox:
        mail["Reply-To"] = _address(site_name, reply_to)
    about = _repeatable(message.subject, site_name) if message.automatic else message.subject
    mail["Subject"] = subject(about, reply=bool(message.in_reply_to or message.references))
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{message_id}>"
    _thread(mail, message)
    if message.automatic:
        mail["Auto-Submitted"] = "auto-generated" if message.unprompted else "auto-replied"  # RFC 3834 section 5
        mail["X-Auto-Response-Suppress"] = "All"
    text = clean(message.text)
    mail.set_content(flow(text), cte="quoted-printable", params={"format": "flowed"})
    only_under, lang = (public_url, "en") if message.automatic else (None, "")
    page = as_html(text, only_under, message.citations, lang)
    mail.add_alternative(page, subtype="html", cte="quoted-printable")
    for file in message.attachments:
        _attach(mail, file)
    return Composed("" if message.automatic else reply_to, customer, message_id, mail.as_bytes())


def _attach(mail: EmailMessage, file: Attachment) -> None:
    """A file as a part of its own. A mail in a mail goes as plain bytes: its type allows no encoding that is safe."""
    kind = file.content_type if _TYPE.fullmatch(file.content_type) else PLAIN
    maintype, _, subtype = (PLAIN if kind.startswith(("message/", "multipart/")) else kind).partition("/")
    name = one_line(file.name)[:NAME_LIMIT] or "file"
    mail.add_attachment(file.content, maintype=maintype, subtype=subtype, filename=name)


def subject(raw: str, *, reply: bool) -> str:
    """A subject on one line, with exactly one "Re:" on a reply."""
    line = one_line(raw)[:SUBJECT_LIMIT]
    return f"Re: {_RE.sub('', line)}".strip() if reply else line


def _repeatable(raw: str, site_name: str) -> str:
    """Their subject, where a machine may say it again to whoever gets the answer."""
    line = one_line(raw)
    return line if len(line) <= AUTOMATIC_SUBJECT_LIMIT and harmless(line) else f"Your message to {site_name}"


def _thread(mail: EmailMessage, message: OutboundMessage) -> None:
    """In-Reply-To is the parent; References the way to it, oldest first, shortened in the middle (RFC 5322 3.6.4)."""
    parent = _id(message.in_reply_to)
    known = [found for found in map(_id, message.references) if found and found != parent]
    if parent:
        mail["In-Reply-To"] = f"<{parent}>"
        known.append(parent)
    known = list(dict.fromkeys(known))
    if len(known) > REFERENCES_LIMIT:
        known = [known[0], *known[-(REFERENCES_LIMIT - 1) :]]
    if known:
        mail["References"] = " ".join(f"<{one}>" for one in known)


def _id(raw: str) -> str:
    """A message id without brackets, empty when it could break a header."""
    bare = raw.strip().strip("<>")
    return bare if re.fullmatch(r"[!-;=?-~]{1,250}", bare) else ""


def _address(name: str, address: str) -> Address:
    shown = one_line(name)[:100]
    local, _, domain = address.partition("@")
    return Address(shown, username=local, domain=domain)


def _deliverable(raw: str) -> str:
    """An address to write to: its domain in ASCII, as every relay knows it. Raises Permanent where there is none."""
    address = normal(raw)
    domain = address.partition("@")[2]
    if not address or not all(_LABEL.fullmatch(label) for label in domain.split(".")):
        raise Permanent("the address is no mail address; correct it in the conversation", code="5.1.3")
    return address
