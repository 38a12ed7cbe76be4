"""What a customer's message says where the desk waits to learn who they are. Pure; called by identity before any other
understanding.

    code ..... six digits while a code is out, or "my code is 123 456"
    again .... "code", "send it again": another one is wanted
    address .. a mailbox or number to which a code shall go, where that was asked
    details .. name, postcode, customer number, where these were asked; also a line of them that comes after the first
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

from bot.contacts import claims, codes
from bot.conversations import follow_ups

Kind = Literal["", "code", "again", "address", "details"]
Stage = Literal["", "address", "code", "details", "claimed", "staff", "done"]

LATE: tuple[Stage, ...] = ("claimed", "staff", "done")
"""The stages after the first details came."""
MASKED = "[code]"
"""What stands in a kept message where a code was."""
SEALED = "[Details to show who they are. They are kept sealed.]"
"""What is kept in a conversation of an answer that holds details: the words themselves are sealed with the request."""
SHORT = 80
"""Characters of a message that is nothing but a code with a word or two around it."""
_AGAIN = re.compile(
    r"(?:please |pls |can you |could you |can i (?:have|get) |i need |i want |send (?:me )?)*"
    r"(?:(?:re)?send|get|have)?\s*(?:me |us )?(?:a |an |the |my )?(?:new |another |other |fresh )?code"
    r"(?: again| please)*"
    r"|(?:please )?(?:send it again|resend(?: it)?)",
    re.IGNORECASE,
)
_LINK = re.compile(r"(/package/)[\w-]{43}(?![\w-])", re.ASCII)
_OURS = re.compile(
    r"(\bcode\b[^.]{0,80}?\bis[\s>]+)\d{6}(?=\.)|\b\d{6}(?=[\s>]+is[\s>]+your[\s>]+code\b)", re.IGNORECASE | re.ASCII
)
"""A code in our own words, as a reply quotes them."""
_ASKS = re.compile(r"\?\s*$")
_YEAR = re.compile(r"(?:19|20)\d\d", re.ASCII)
_ASKED_FOR = frozenset({"postcode", "birth_date", "reference"})
_SENTENCE = 12
"""Words of an answer that holds a single detail; a longer message with a number in it is about something else."""


class Said(NamedTuple):
    """What a message says. `code` are its digits, `address` a channel and a value, `details` by claim field."""

    kind: Kind = ""
    code: str = ""
    address: tuple[str, str] = ("", "")
    details: Mapping[str, str] = {}


NOTHING = Said()


def may_concern(text: str) -> bool:
    """Whether it is worth asking the database if a code is out."""
    return bool(codes.typed(text)) or wants_another(text)


def wants_another(text: str) -> bool:
    """Whether somebody asks for a new code and says nothing else."""
    return len(text) <= SHORT and _AGAIN.fullmatch(follow_ups.core(text).strip(" .!")) is not None


def read(text: str, *, code_out: bool, stage: Stage, given: bool = False) -> Said:
    """What the message says. `code_out` tells that a code went out that may be typed here in the last day, `given` that
    it went to an address that they gave themselves: they may give another one.
    """
    digits = codes.typed(text)
    if stage == "details" and len(details := _details(text)) > 1:
        return Said("details", details=details)  # a customer number may well have six digits
    if digits and (code_out or stage == "code"):
        return Said("code", code=digits)
    if (code_out or stage == "code") and wants_another(text):
        return Said("again")
    if (stage == "address" or (stage == "code" and given)) and (found := claims.address(text)):
        return Said("address", address=found)
    if stage == "details" and (details := _details(text)):
        return Said("details", details=details)
    if stage in LATE and (details := more_details(text)):
        return Said("details", details=details)
    return NOTHING


def more_details(text: str) -> Mapping[str, str]:
    """The details in a message that says nothing else, as people send them line by line; none for a name alone, nor
    for a year, which may lean on a question.
    """
    if len(text) > SHORT or not claims.nothing_else(text) or _YEAR.fullmatch(text.strip()):
        return {}
    found = _details(text)
    return found if _ASKED_FOR & set(found) else {}


def only_that(text: str) -> bool:
    """Whether a message with a code is so short that it asks nothing beside it."""
    return len(text.strip()) <= SHORT


def masked(text: str, code: str) -> str:
    """The text without its code, as it is kept."""
    return re.sub(rf"{code[:3]}[ \-.]?{code[3:]}", MASKED, text)


def without_links(text: str) -> str:
    """The text without the secret part of a package's link, which somebody sends back to us."""
    return _LINK.sub(r"\1[link]", text)


def without_secrets(quoted: str) -> str:
    """What a reply quotes of ours, without the codes and links in it."""
    return _OURS.sub(lambda match: f"{match[1] or ''}{MASKED}", without_links(quoted))


def _details(text: str) -> Mapping[str, str]:
    """The details in an answer; none in a question, nor in a longer message that only happens to hold a number."""
    if _ASKS.search(text):
        return {}
    found = claims.parse(text)
    enough = "name" in found or len(found) > 1 or len(text.split()) <= _SENTENCE
    return found if enough else {}
