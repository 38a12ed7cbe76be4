"""Raw mail to `InboundMessage` or `DeliveryReport`. Pure; meant to run in a process of its own with a time limit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from email.message import Message
from email.parser import BytesFeedParser
from email.policy import Compat32
from typing import Any

from channels.base import Attachment, DeliveryReport, InboundMessage, Received
from channels.errors import Undecodable
from channels.mail import automatic, bounces, kinds, parts, quotes, sealed
from channels.mail.addresses import authors, person, uncommented
from channels.mail.charsets import decode_bytes, header_text, one_line, unescape
from channels.mail.head import Head, message_id, references

HEAD_LIMIT = 1_000_000
"""Bytes of a head that are read; no honest one comes near."""
CONTENT_LIMIT, VALUE_LIMIT = 2000, 20_000
"""Characters of a MIME header, and of any other, that are read: the standard parser takes quadratic time over the
parameters of the former."""
RESULTS_LIMIT = 5
"""Authentication-Results of our relays that are read: each filter on the way may write its own."""
NESTED_TOO_DEEP = "[This message is nested too deep to be taken apart; the original is kept.]"


class _Lenient(Compat32):
    """Keeps every header as it came (the newer policies raise on what real mail holds), and reads raw 8-bit ones."""

    def header_fetch_parse(self, name: str, value: str) -> str:
        """A header as text, where the standard policy would give replacement characters."""
        limit = CONTENT_LIMIT if name.lower().startswith("content-") else VALUE_LIMIT
        return unescape(value[:limit])


POLICY = _Lenient()


def decode(received: Received) -> InboundMessage | DeliveryReport:
    """Read one mail. Raises Undecodable, and nothing else, for what can't be read at all."""
    try:
        return _decode(received)
    except Exception as error:
        raise Undecodable(
            f"this mail can't be read ({type(error).__name__}); open the original in the console"
        ) from error


def _decode(received: Received) -> InboundMessage | DeliveryReport:
    facts = received.facts
    message, content = _parse(received.payload)
    head = Head(message)
    mail_from = _text_fact(facts, "mail_from") if "mail_from" in facts else None
    found = bounces.report(head, content, mail_from)
    if found:
        return found
    return _message(head, content, facts, mail_from)


def _message(head: Head, content: parts.Content, facts: Mapping[str, Any], mail_from: str | None) -> InboundMessage:
    sender = person(next(iter(head.all("from")), ""))
    address = sender.address or person(mail_from).address or person(next(iter(head.all("sender")), "")).address
    body = quotes.split(_unsealed(content))
    parents = (*references(head), *_receipt_of(content))
    found = kinds.of(head, content, body.text, reply=bool(parents))
    unread = bool(content.encrypted) and not body.text
    return InboundMessage(
        address=address,
        name=sender.name,
        recipient=_text_fact(facts, "mailbox") or person(next(iter(head.all("to")), "")).address,
        site=_text_fact(facts, "site"),
        text=body.text,
        quoted=body.quoted,
        subject=head.first("subject"),
        message_id=message_id("".join(head.all("message-id")[:1])),
        references=tuple(dict.fromkeys(parents)),
        reply_token=_text_fact(facts, "reply_token"),
        automatic=kinds.automatic(found)
        or _why_automatic(head, content, facts, mail_from, address)
        or (automatic.FAILED_DMARC if automatic.unverified(_results(head, facts)) else ""),
        suppress=automatic.suppressed(head),
        encrypted=unread,
        notice=kinds.notice(found),
        attachments=tuple(_distinct(content.attachments)),
        evidence=evidence(head, facts) | _of_kinds(head, content, found),
    )


def _why_automatic(
    head: Head, content: parts.Content, facts: Mapping[str, Any], mail_from: str | None, address: str
) -> str:
    """Why no machine may answer it, by its head and envelope; "" where one may."""
    ours = [str(mailbox) for mailbox in facts.get("ours", ())]
    machine = automatic.reason(head, mail_from=mail_from, address=address, ours=ours)
    if not machine and bounces.resembles(head, content):
        machine = "reads like a delivery report"
    return machine


def _unsealed(content: parts.Content) -> str:
    """The text without PGP armour; encrypted blocks in it become files, so that they are kept and not read as words."""
    found = sealed.inline(content.text)
    for number, block in enumerate(found.blocks, 1):
        name = f"encrypted-{number}.asc"
        content.keep(Attachment(name, "application/pgp-encrypted", block.encode("utf-8", "replace")))
    content.encrypted = content.encrypted or (sealed.PGP if found.blocks else "")
    content.signed = content.signed or (sealed.PGP if found.signed else "")
    return found.text


def _receipt_of(content: parts.Content) -> tuple[str, ...]:
    """The mails that read receipts speak of: so they stand with them."""
    originals = (header_text(str(block.get("original-message-id", ""))) for block in content.receipts)
    return tuple(each for each in map(message_id, originals) if each)


def _of_kinds(head: Head, content: parts.Content, found: Mapping[str, str]) -> dict[str, str]:
    """What staff read of its kinds, of pictures in its text, and of a receipt that is asked for and never sent."""
    pictures = [file.name for file in content.attachments if file.inline]
    said = {
        "kind": "; ".join(words for kind, words in found.items() if kind not in {"calendar", "encrypted"}),
        "calendar": found.get("calendar", ""),
        "encrypted": found.get("encrypted", ""),
        "inline": ", ".join(pictures)[:1000],
        "receipt_asked": "yes; none is sent by itself" if kinds.asks_receipt(head) else "",
    }
    return {name: words for name, words in said.items() if words}


def _parse(payload: bytes) -> tuple[Message, parts.Content]:
    """Parse and walk; a head that never ends is cut, and what is nested beyond reason is shown as it is."""
    try:
        message = _feed(payload)
        return message, parts.read(message)
    except RecursionError:
        raw_head, _, body = payload.replace(b"\r\n", b"\n").partition(b"\n\n")
        message = _feed(raw_head[:HEAD_LIMIT] + b"\n\n", headers_only=True)
        text = f"{NESTED_TOO_DEEP}\n\n{decode_bytes(body[: parts.TEXT_LIMIT], None)}"
        return message, parts.Content(texts=[text])


def _feed(payload: bytes, *, headers_only: bool = False) -> Message:
    parser: BytesFeedParser[Message] = BytesFeedParser(policy=POLICY)
    if headers_only:
        parser._set_headersonly()  # type: ignore[attr-defined]  # noqa: SLF001 - as email.parser itself does
    parser.feed(payload.removeprefix(b"\xef\xbb\xbf"))
    return parser.close()


def evidence(head: Head, facts: Mapping[str, Any]) -> dict[str, str]:
    """What speaks for the sender's identity, for staff to weigh; a From line alone proves nothing.

    A DKIM signature's domain is a claim until somebody checks it (`dkim.py`). `authors` is there only when the mail
    names several: then none of them may join a conversation by it.
    """
    found = {
        "envelope_from": _text_fact(facts, "mail_from"),
        "helo": _text_fact(facts, "helo"),
        "peer": _text_fact(facts, "peer"),
        "authentication-results": " ; ".join(_results(head, facts))[:1000],
    }
    if facts.get("trusted"):
        spf = [value for name, value in head.above_received() if name == "received-spf"]
        found["received-spf"] = header_text(next(iter(spf), ""))[:1000]
    signatures = [_tag(value, "d") for value in head.all("dkim-signature")[:5]]
    found["dkim_claimed_by"] = ", ".join(domain for domain in signatures if domain)
    named = authors(head.all("from")[:5])
    found["authors"] = ", ".join(named)[:1000] if len(named) > 1 else ""
    return {name: value for name, value in found.items() if value}


def _results(head: Head, facts: Mapping[str, Any]) -> list[str]:
    """The Authentication-Results (RFC 8601) of our own relays; nobody else's count, whatever they say.

    They count only in what a trusted peer handed over. Without names in DESK_MAIL_TRUSTED_AUTHSERV those above the
    first Received line are that peer's own, as no earlier hand could write there. With names, those that bear one,
    wherever they stand: the first of our relays takes out what strangers wrote under its name (section 5 there).
    """
    if not facts.get("trusted"):
        return []
    names = [str(name) for name in facts.get("authservs", ())]
    where = head.items if names else head.above_received()
    values = [header_text(value) for name, value in where if name == "authentication-results"]
    return [value for value in values if not names or _authserv(value) in names][:RESULTS_LIMIT]


def _authserv(value: str) -> str:
    """Who wrote these results."""
    return next(iter(uncommented(value).partition(";")[0].lower().split()), "")


def _tag(value: str, name: str) -> str:
    for item in header_text(value).split(";"):
        key, _, text = item.partition("=")
        if key.strip() == name:
            return text.strip()[:253]
    return ""


def _text_fact(facts: Mapping[str, Any], name: str) -> str:
    value = facts.get(name, "")
    return one_line(value) if isinstance(value, str) else ""


def _distinct(attachments: list[Attachment]) -> list[Attachment]:
    """Two files of one name get a number, so that neither hides the other."""
    taken: dict[str, int] = {}
    out = []
    for item in attachments:
        count = taken[item.name] = taken.get(item.name, 0) + 1
        name = item.name if count == 1 else f"{count}-{item.name}"
        out.append(replace(item, name=name))
    return out
