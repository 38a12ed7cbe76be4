"""Opt-out words across texts, pictures, RCS and WhatsApp: what one means, and who answers it. Pure."""

from __future__ import annotations

import re
from typing import Literal

from multidict import MultiDict

from channels.twilio_form import first

Consent = Literal["", "stop", "start", "help"]
# https://help.twilio.com/articles/223134027: the words of every account, compared as letters and digits only.
_CONSENT: dict[str, Consent] = {
    **dict.fromkeys(("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"), "stop"),
    **dict.fromkeys(("start", "yes", "unstop"), "start"),
    **dict.fromkeys(("help", "info"), "help"),
}
# Short codes have three to six digits; a full number is longer even without its +.
_SHORT_CODE = 6
# North America's, where the network itself keeps the list.
_TOLL_FREE = re.compile(r"\+1(?:800|822|833|844|855|866|877|888)\d{7}\Z")
_WHATSAPP = "whatsapp:"
_NETWORK_STARTS = ("start", "unstop")


def meaning(body: str, opt_out_type: str = "", recipient: str = "") -> Consent:
    """What an opt-out word means, when it stands alone; case, spaces, punctuation and emoji don't matter.

    `opt_out_type` is Twilio's own reading (Advanced Opt-Out, where each account chooses its words), and wins. To a
    toll-free number only START and UNSTOP begin again: the network lifts its block for nothing else, so that we would
    believe ourselves free to write, and not be.
    """
    word = opt_out_type or body
    said = _CONSENT.get(opt_out_type.casefold()) or _CONSENT.get("".join(filter(str.isalnum, body.casefold())), "")
    if said == "start" and _TOLL_FREE.match(recipient) and word.strip().casefold() not in _NETWORK_STARTS:
        return ""
    return said


def provider_answers(fields: MultiDict[str], body: str, sender: str, recipient: str) -> bool:
    """Say whether Twilio, or the network, has answered the opt-out word itself.

    It says so with OptOutType under Advanced Opt-Out. By default it answers only a bare word ("STOP", in any case), by
    text, picture or RCS; never for a standalone short code and never on WhatsApp; to "Stop!" or "opt out" nobody else
    answers. On toll-free numbers the network answers STOP, START and UNSTOP, and Twilio the others
    (help.twilio.com 223134027 and 360058144374).
    """
    if first(fields, "OptOutType"):
        return True
    if sender.startswith(_WHATSAPP) or recipient.startswith(_WHATSAPP):
        return False
    number = recipient.lstrip("+")
    if number.isdecimal() and len(number) <= _SHORT_CODE and not first(fields, "MessagingServiceSid"):
        return False
    return body.strip().casefold() in _CONSENT
