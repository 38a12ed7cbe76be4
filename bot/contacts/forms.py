"""The forms of one telephone number on the channel of texts: plain, WhatsApp's and RCS's, by Twilio's marks. Pure.

Each form is an address of its own: whoever controls one has shown nothing of the others, since a WhatsApp account
outlives the number that it began with. But a STOP is said by a person, so it counts beyond the form it came by.
"""

from __future__ import annotations

from collections.abc import Mapping

FORMS: Mapping[str, str] = {"whatsapp": "WhatsApp", "rcs": "RCS"}
"""Twilio's mark before the number, and what people call that way."""


def form(value: str) -> str:
    """Which form an address has: a key of FORMS, "" for a plain one.

    >>> form("whatsapp:+447700900001"), form("+447700900001"), form("ann@example.net")
    ('whatsapp', '', '')
    """
    mark, colon, rest = value.partition(":")
    return mark if colon and rest and mark in FORMS else ""


def number(value: str) -> str:
    """The number or name without its mark.

    >>> number("rcs:+447700900001")
    '+447700900001'
    """
    return value.partition(":")[2] if form(value) else value


def all_forms(value: str) -> tuple[str, ...]:
    """Every form of an address of texts, itself first."""
    plain = number(value)
    return tuple(dict.fromkeys((value, plain, *(f"{mark}:{plain}" for mark in FORMS))))


def stopped_together(value: str) -> tuple[str, ...]:
    """The forms that a STOP by this one ends, itself first: texts, pictures and RCS are one for Twilio too (from 16
    March 2026, help.twilio.com 223134027); WhatsApp is apart there, and is here.
    """
    if form(value) == "whatsapp":
        return (value,)
    return tuple(each for each in all_forms(value) if form(each) != "whatsapp")


def stop_key(value: str) -> str:
    """What all forms have in common that stop together with this one.

    >>> stop_key("rcs:+447700900001"), stop_key("whatsapp:+447700900001")
    ('+447700900001', 'whatsapp:+447700900001')
    """
    return value if form(value) == "whatsapp" else number(value)
