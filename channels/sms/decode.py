"""From Twilio's fields to a message or a delivery report. Pure: no I/O, no clock."""

from __future__ import annotations

from typing import Literal
from urllib.parse import parse_qs, urlsplit

from multidict import MultiDict

from channels.base import Attachment, DeliveryReport, InboundMessage, Received
from channels.errors import Undecodable
from channels.sms import codes, opt_out
from channels.twilio_form import fields_of, first, storable

MAX_MEDIA = 10

_State = Literal["queued", "sending", "sent", "delivered", "delayed", "undelivered", "failed"]
STATES: dict[str, _State] = {
    "accepted": "queued",
    "scheduled": "queued",
    "queued": "queued",
    "sending": "sending",
    "sent": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "partially_delivered": "delivered",
    "undelivered": "undelivered",
    "failed": "failed",
    "canceled": "failed",
}

_LONGEST_FACT = 200
_LONGEST_URL = 1000
_SHORT = 6
_POLE = 90.0
_NO_BRACKETS = str.maketrans("[]", "()")
_ENDINGS = {
    "jpeg": "jpg", "quicktime": "mov", "x-vcard": "vcf", "vcard": "vcf", "plain": "txt", "mpeg": "mp3", "3gpp": "3gp",
    "vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}  # fmt: skip


def decode(received: Received) -> InboundMessage | DeliveryReport:
    """Read a stored webhook. `facts`: kind "message" or "status", format "form" or "json", site, url.

    Raises:
        Undecodable: no fields, no sender, or a delivery state that Twilio does not have.
    """
    fields = fields_of(received.payload, is_json=received.facts.get("format") == "json")
    if received.facts.get("kind") == "status":
        return _report(fields, str(received.facts.get("url", "")))
    return _message(fields, str(received.facts.get("site", "")))


def _message(fields: MultiDict[str], site: str) -> InboundMessage:
    sender = first(fields, "From")
    if not sender:
        raise Undecodable("the text names no sender: look at its fields in the Twilio console")
    recipient = first(fields, "To", "MessagingServiceSid")
    said = _said(fields)
    files, unfetched = _media(fields)
    consent = opt_out.meaning(said, first(fields, "OptOutType"), recipient)
    return InboundMessage(
        address=sender,
        recipient=recipient,
        text="\n".join([*([said] if said.strip() else []), *unfetched]) or said,
        site=site,
        name=first(fields, "ProfileName")[:_LONGEST_FACT],
        message_id=first(fields, "MessageSid", "SmsMessageSid", "SmsSid"),
        consent=consent,
        provider_answers=bool(consent) and opt_out.provider_answers(fields, said, sender, recipient),
        attachments=files,
        evidence=_evidence(fields, files, unfetched),
        account=first(fields, "AccountSid"),
    )


def _said(fields: MultiDict[str]) -> str:
    """What they say: their words, or the words on the button or in the list that they tapped, and a place as a line."""
    body = storable(fields.get("Body", ""))
    words = body if body.strip() else first(fields, "ButtonText", "ListTitle")
    place = _place(fields)
    return "\n".join(filter(None, (words, place))) if place else words or body


def _place(fields: MultiDict[str]) -> str:
    """A shared location, as people read one; "" for none or what is no place on earth."""
    try:
        north, east = float(first(fields, "Latitude")), float(first(fields, "Longitude"))
    except ValueError:
        return ""
    if not (abs(north) <= _POLE and abs(east) <= 2 * _POLE):
        return ""
    named = ", ".join(filter(None, (first(fields, "Label"), first(fields, "Address"))))
    named = " ".join(named.translate(_NO_BRACKETS).split())[:_LONGEST_FACT]
    return f"[location: {north:.5f}, {east:.5f}{f' ({named})' if named else ''}]"


def _evidence(fields: MultiDict[str], files: tuple[Attachment, ...], unfetched: list[str]) -> dict[str, str]:
    """What stands beside the message for staff: facts of Twilio's that are not what was said."""
    kinds = [file.content_type or "unknown" for file in files] + ["unknown"] * len(unfetched)
    found = {
        "media": ", ".join(kinds),
        "button": first(fields, "ButtonPayload", "ListId"),
        "replies_to": first(fields, "OriginalRepliedMessageSid"),
        "forwarded": "yes" if first(fields, "Forwarded", "FrequentlyForwarded").casefold() == "true" else "",
        "whatsapp_id": first(fields, "WaId"),
        "failed_first": first(fields, "ErrorCode") if first(fields, "ErrorUrl") else "",
    }
    return {name: value[:_LONGEST_FACT] for name, value in found.items() if value}


def _media(fields: MultiDict[str]) -> tuple[tuple[Attachment, ...], list[str]]:
    """The files that came with the message, at most ten (Twilio's own limit), by their addresses at Twilio; and a line
    for each that has none, so that staff see that something came.
    """
    count = first(fields, "NumMedia")
    number = min(int(count), MAX_MEDIA) if count.isascii() and count.isdecimal() and len(count) < MAX_MEDIA else 0
    files, unfetched = [], []
    for index in range(number):
        kind, source = first(fields, f"MediaContentType{index}"), first(fields, f"MediaUrl{index}")
        if source and len(source) <= _LONGEST_URL:
            files.append(Attachment(_name(index, kind), kind, source=source))
        else:
            unfetched.append(f"[picture: {kind or 'unknown'}]")
    return tuple(files), unfetched


def _name(index: int, kind: str) -> str:
    """A name for a file that comes without one: "picture-1.jpg"."""
    main, _, sub = kind.casefold().partition(";")[0].strip().partition("/")
    what = {"image": "picture", "video": "video", "audio": "recording"}.get(main, "file")
    ending = _ENDINGS.get(sub, sub)
    return f"{what}-{index + 1}" + (
        f".{ending}" if ending.isascii() and ending.isalnum() and len(ending) < _SHORT else ""
    )


def _report(fields: MultiDict[str], url: str) -> DeliveryReport:
    said = first(fields, "MessageStatus", "SmsStatus").casefold()
    state = STATES.get(said)
    if state is None:
        raise Undecodable("the status callback names no state that Twilio is known to have")
    code = first(fields, "ErrorCode")
    return DeliveryReport(
        state=state,
        provider_id=first(fields, "MessageSid", "SmsSid"),
        message_id=_key_in(url),
        recipient=first(fields, "To"),
        code=code,
        text=codes.words(code),
        bad_address=codes.is_bad_address(code),
    )


def _key_in(url: str) -> str:
    """Our own key, which went out in the callback's URL and came back under Twilio's signature."""
    try:
        return parse_qs(urlsplit(url).query).get("key", [""])[0]
    except ValueError:
        return ""
