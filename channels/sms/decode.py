"""From Twilio's fields to a message or a delivery report. Pure: no I/O, no clock."""

from __future__ import annotations

from typing import Literal
from urllib.parse import parse_qs, urlsplit

from multidict import MultiDict

from channels.base import DeliveryReport, InboundMessage, Received
from channels.errors import Undecodable
from channels.sms import codes
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

_Consent = Literal["", "stop", "start", "help"]
# https://help.twilio.com/articles/223134027: the words of every account, compared as letters and digits only.
_CONSENT: dict[str, _Consent] = {
    **dict.fromkeys(("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"), "stop"),
    **dict.fromkeys(("start", "yes", "unstop"), "start"),
    **dict.fromkeys(("help", "info"), "help"),
}
# Short codes have three to six digits; a full number is longer even without its +.
_SHORT_CODE = 6


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
    body = storable(fields.get("Body", ""))
    media = _media(fields)
    consent = consent_of(body, first(fields, "OptOutType"))
    return InboundMessage(
        address=sender,
        recipient=recipient,
        # Fetching a picture is not this function's work; staff must still see that one came.
        text="\n".join([*([body] if body.strip() else []), *(f"[picture: {kind}]" for kind in media)]) or body,
        site=site,
        message_id=first(fields, "MessageSid", "SmsMessageSid", "SmsSid"),
        consent=consent,
        provider_answers=bool(consent) and _twilio_answers(fields, body, recipient),
        evidence={"media": ", ".join(media)} if media else {},
        account=first(fields, "AccountSid"),
    )


def consent_of(body: str, opt_out_type: str = "") -> _Consent:
    """What an opt-out word means, when it stands alone; case, spaces, punctuation and emoji don't matter.

    `opt_out_type` is Twilio's own reading (Advanced Opt-Out, where each account chooses its words), and wins.
    """
    said = _CONSENT.get(opt_out_type.casefold())
    return said or _CONSENT.get("".join(filter(str.isalnum, body.casefold())), "")


def _twilio_answers(fields: MultiDict[str], body: str, recipient: str) -> bool:
    """Say whether Twilio has answered the opt-out word itself.

    It says so with OptOutType under Advanced Opt-Out. By default it answers only a bare word ("STOP", in any case)
    and never for a standalone short code; to "Stop!" or "opt out" nobody else answers.
    """
    if first(fields, "OptOutType"):
        return True
    number = recipient.lstrip("+")
    if number.isdecimal() and len(number) <= _SHORT_CODE and not first(fields, "MessagingServiceSid"):
        return False
    return body.strip().casefold() in _CONSENT


def _media(fields: MultiDict[str]) -> list[str]:
    """The content types of the pictures that came with the text, at most ten (Twilio's own limit)."""
    count = first(fields, "NumMedia")
    number = min(int(count), MAX_MEDIA) if count.isascii() and count.isdecimal() and len(count) < MAX_MEDIA else 0
    return [first(fields, f"MediaContentType{index}") or "unknown" for index in range(number)]


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
