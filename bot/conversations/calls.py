"""Telephone calls as the desk sees them: the number that a call shows, and how who called can be written to. Pure.

The address of a call is that number, or "withheld", and the provider's id of the call: each call is a conversation of
its own, since anybody can show any number. For the same reason nothing is texted there unless the caller asked for it
in the call, or one of the staff writes.
"""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import PhoneNumberType

CHANNEL = "voice"
TEXTED = "texted"
"""The outcome of a line that went to a caller as a text, because they asked for it."""
NOT_ASKED = "They called and asked for no text, so the desk did not tell them: call them back, and note that you did."

TEXTS_OFF = "They called, and texts are off here: call them back, and note that you did, or add sms to DESK_CHANNELS."

_NO_TEXTS = frozenset({
    PhoneNumberType.FIXED_LINE, PhoneNumberType.TOLL_FREE, PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST,
    PhoneNumberType.UAN, PhoneNumberType.VOICEMAIL, PhoneNumberType.PAGER,
})  # fmt: skip
_POLITE = r"(?:(?:yes|ok|okay|please|just|and|then|can you|could you|would you|will you|i'd like you to) )*"
_WHAT = r"(?:me|it|that|this|(?:the |a )?(?:link|clause|answer|reference|text|message|text message|address|web page))"
_HOW = r"(?:by text|as a text|in a text|by text message|as a text message|as a message|to me|to my phone|to my mobile)"
_END = r"(?: (?:please|now|then|instead|thanks|thank you|to this number))*"
_TEXT_ME = re.compile(
    rf"{_POLITE}(?:(?:text|sms|message) {_WHAT}(?: {_WHAT})?(?: {_HOW})*"
    rf"|send (?:me )?(?:a|the) (?:text|link|text message|sms)(?: {_HOW})*"
    rf"|send {_WHAT}(?: {_WHAT})? (?:to me )?{_HOW}"
    rf"|(?:by )?(?:a |the )?(?:text|sms|text message|link)){_END}"
)
"""A whole sentence and nothing beside it: what asks for more is understood as any other words are."""


def is_call(channel: str) -> bool:
    """Whether what is said on that channel is spoken, and only while the call lasts."""
    return channel == CHANNEL


def number(address: str) -> str:
    """The number that the call shows, "" where it is withheld or no telephone's."""
    shown = address.partition(" ")[0]
    return shown if shown.startswith("+") else ""


def provider_id(address: str) -> str:
    """The provider's name of the call, "" where the address has none.

    >>> provider_id("withheld CA00000000000000000000000000000001")
    'CA00000000000000000000000000000001'
    """
    return address.partition(" ")[2]


def shown(address: str) -> str:
    """The caller's address as people read it."""
    caller = address.partition(" ")[0]
    return "Number withheld" if caller == "withheld" else caller


def takes_texts(telephone: str) -> bool:
    """Whether a number may take texts: one of a landline does not."""
    try:
        parsed = phonenumbers.parse(telephone)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.number_type(parsed) not in _NO_TEXTS


def written_to(channel: str, address: str) -> tuple[str, str]:
    """Where words in writing go that answer a conversation: its own channel and address, or by text to who called."""
    return ("sms", number(address)) if is_call(channel) else (channel, address)


def cannot_text(address: str) -> str:
    """Why who called can't be texted, for staff; "" where they can."""
    telephone = number(address)
    if telephone and takes_texts(telephone):
        return ""
    if telephone:
        return f"They called from {telephone}, which takes no texts: call them back, and note that you did."
    return (
        "They called with their number withheld: look in what they said for a way to reach them, and note that you did."
    )


def wants_text(said: str) -> bool:
    """Whether somebody asks to have what was said as a text.

    >>> wants_text("Text me the link, please."), wants_text("text me all the data you hold")
    (True, False)
    """
    return bool(_TEXT_ME.fullmatch(" ".join(re.findall(r"[a-z']+", said.lower()))))


def call_back(address: str, at: datetime, timezone: str) -> str:
    """What stands for staff where a call was passed on to them."""
    local = at.astimezone(ZoneInfo(timezone))
    when = f"{local:%A} {local.day} {local:%B %Y} at {local:%H:%M}"
    whom = f"Call back {number(address)}" if number(address) else "Their number was withheld; see whether they said one"
    return (
        f"{whom}: they called on {when}. It is done where it says below that they were put through. A number that a "
        "call shows proves nobody: speak of no one's data."
    )
