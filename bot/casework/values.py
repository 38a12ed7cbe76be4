"""What the wording of a step is made from: all that a macro of requests.j2 and requests_sms.j2 may name. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot.casework.regulators import ICO, Regulator

WaitsFor = Literal["identity", "authority", "fee", "clarification", ""]

KEYS: Sequence[str] = (
    "identity_wanted", "authority_wanted", "fee_wanted", "clarification_wanted", "identity_known", "authority_known",
    "fee_received", "search_begun", "package_ready", "delivered", "delivered_on_paper", "answered_right",
    "erased", "erasing", "no_request", "refused",
    "refused_partly", "withdrawn", "extended", "closed_unverified", "acknowledged", "merged", "reopened", "reminder",
)  # fmt: skip
"""Every wording of a step; each is a macro in both templates."""
_OTHERWISE = {
    "complaint": "your complaint",
    "breach": "what you reported",
    "human": "your message",
    "escalation": "your message",
    "question": "your question",
    "enquiry": "your enquiry",
    "status": "your question",
    "other": "your message",
}


@dataclass(frozen=True, slots=True)
class Told:
    """Everything that a step's wording may name.

    `kind_words` stand after "your request". `due` is the date by which we answer, as people read it, "" while the clock
    stands and where it is gone by (`late`). `words` are staff's own, as typed: a question, a reason, what was done.
    `link` and `until` lead to a package. `into` is the reference of the request that this one is joined with;
    `received` the day of a complaint; `last` marks the last reminder, and `stage` what of their identity is missing
    (contacts.models.IdentityCheck), "" where that isn't known. `name`, `site`, `contact` and `ask_person` are what
    a letter needs around it.
    """

    reference: str
    kind: str
    kind_words: str = ""
    due: str = ""
    words: str = ""
    link: str = ""
    until: str = ""
    into: str = ""
    received: str = ""
    waits_for: WaitsFor = ""
    late: bool = False
    last: bool = False
    stage: str = ""
    regulator: Regulator = ICO
    company: str = ""
    site: str = ""
    name: str = ""
    contact: str = ""
    ask_person: bool = False

    @property
    def what(self) -> str:
        """The ticket as its customer knows it: "your request to delete your data"."""
        return _OTHERWISE.get(self.kind) or f"your request {self.kind_words}".strip()
