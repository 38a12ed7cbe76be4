"""What of a customer's question names a person, as far as its form shows it. Pure; called before a lesson is kept.

A lesson and the versions that teach it are kept for ever, longer than the conversation that it was made from. Names
have no form: the pages remind staff to leave them out.
"""

from __future__ import annotations

import re

from bot.tickets.references import parse_reference

_FORMS = {
    "an email address": re.compile(r"[^\s@]@[^\s@]"),
    "a long number": re.compile(r"\d{6}|\d(?:[ ()./-]{0,2}\d){8}"),
    "a postcode": re.compile(r"\b[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}\b", re.IGNORECASE),
}


def found(question: str) -> str:
    """The kind of what should be left out, with its article; "" where nothing is seen."""
    if parse_reference(question):
        return "a reference"
    return next((kind for kind, form in _FORMS.items() if form.search(question)), "")
