"""What the bot does with a message: one pure decision over where the conversation stands and what was understood.

Called by `handling.handle`, inside the unit of work that then carries the decision out.

    owner human ............ the bot stays silent; a rights request still opens its ticket, since its clock runs
    automatic mail ......... never answered; a rights request in it still opens its ticket
    STOP / START / HELP .... recorded; answered only where the provider does not
    question ............... answered | silent (offers a person) | receptionist's words | handed over
    rights request ......... a ticket with its date, told to the customer
    complaint, breach ...... a ticket, and a person takes over at once
    person asked for ....... a person takes over
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

RIGHTS = ("access", "portability", "erasure", "rectification", "objection", "restriction")
URGENT = ("complaint", "breach")
MAIL_REPLIES_AN_HOUR = 5
DOMAIN_REPLIES_AN_HOUR = 60
STOPPED_EARLY = "They opted out of messages while a request is open: finish it by another verified way."
UNVERIFIED = "failed DMARC"
"""The `automatic` reason of a mail that a person may have written, but perhaps not the one it names."""

AGREES = re.compile(
    r"^\W*(y|yes|yeah|yep|yup|ok|okay|sure|please|pls|plz|person|go on|yes,? please|please do|do)\W*$", re.IGNORECASE
)
DECLINES = re.compile(r"^\W*(n|no|nope|nah|no,? thanks|no,? thank you|not now|leave it)\W*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the conversation stands when a message comes.

    `tickets` maps the kind of each open ticket of this conversation to its reference. `replies_last_hour` counts the
    bot's messages to this address, for the cap that ends mail loops, and `domain_replies_last_hour` those to everybody
    at its domain, for the cap on what forged senders can have sent there.
    """

    channel: str
    owner: Literal["bot", "human"]
    asked: str = ""
    opted_out: bool = False
    tickets: tuple[tuple[str, str], ...] = ()
    replies_last_hour: int = 0
    domain_replies_last_hour: int = 0

    def reference(self, kind: str) -> str:
        """The reference of the open ticket of that kind, or ""."""
        return dict(self.tickets).get(kind, "")


@dataclass(frozen=True, slots=True)
class Heard:
    """What came, as far as the decision needs it."""

    text: str = ""
    intent: str = "other"
    also: tuple[str, ...] = ()
    outcome: str = "off_topic"
    suspected: bool = False
    maybe_access: bool = False
    conflict: bool = False
    reason: str = ""
    automatic: str = ""
    suppress: bool = False
    consent: str = ""
    provider_answers: bool = False
    undecodable: bool = False
    stranger: bool = False
    only_files: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do: the wording to reply with ("" for none), tickets to open as (kind, certainty), and the rest.

    `handover` is the reason for which a person takes over, "" where the bot keeps the conversation. `asked` is the
    question that the reply puts. `why_silent` says why there is no reply, for staff.
    """

    reply: str = ""
    tickets: tuple[tuple[str, str], ...] = ()
    handover: str = ""
    asked: str = ""
    why_silent: str = ""


def decide(standing: Standing, heard: Heard) -> Decision:
    """The decision; total over every standing and every message."""
    if heard.consent:
        return _consent(standing, heard)
    if heard.stranger:
        reason = "The sender quotes a conversation that is not theirs."
        handover = "" if heard.automatic else reason
        return Decision(handover=handover, tickets=_tickets(standing, heard), why_silent=reason)
    if heard.undecodable:
        return _quiet(Decision(handover="The message could not be read."), standing, heard)
    return _quiet(_spoken(standing, heard), standing, heard)


def _consent(standing: Standing, heard: Heard) -> Decision:
    if heard.consent == "start" and standing.asked == "offer_person" and AGREES.match(heard.text):
        return Decision(reply="handed_over", handover="The customer asked for a person: the policy is silent.")
    if heard.consent == "stop":
        open_rights = any(kind in RIGHTS for kind, _ in standing.tickets)
        handover = STOPPED_EARLY if open_rights else ""
        return Decision(reply="" if heard.provider_answers else "stopped", handover=handover)
    return Decision(reply="" if heard.provider_answers else {"start": "started", "help": "help"}[heard.consent])


def _quiet(decision: Decision, standing: Standing, heard: Heard) -> Decision:
    """The same decision without its reply, where the bot must not speak."""
    why = _why_silent(standing, heard)
    if not why:
        return decision
    handover = decision.handover if standing.owner == "bot" else ""
    if heard.automatic and not decision.tickets:
        handover = ""
    if heard.automatic == UNVERIFIED and not decision.tickets and decision.reply != "off_topic":
        # Forwarding breaks DMARC too: perhaps a real customer asks, so a person looks.
        handover = why if standing.owner == "bot" else ""
    if why.startswith("More than"):
        handover = handover or why
    return replace(decision, reply="", asked="", handover=handover, why_silent=why)


def _why_silent(standing: Standing, heard: Heard) -> str:
    if standing.owner == "human":
        return "A person has this conversation."
    if heard.automatic == UNVERIFIED:
        return "The sender's address failed DMARC: it may be forged, so no machine answers."
    if heard.automatic:
        return f"An automatic message is never answered: {heard.automatic}."
    if standing.opted_out:
        return "They opted out of messages here."
    if heard.suppress:
        return "The sender asked for no automatic reply."
    if standing.channel == "mail" and standing.replies_last_hour >= MAIL_REPLIES_AN_HOUR:
        return f"More than {MAIL_REPLIES_AN_HOUR} automatic replies in an hour: perhaps a loop."
    if standing.channel == "mail" and standing.domain_replies_last_hour >= DOMAIN_REPLIES_AN_HOUR:
        return f"More than {DOMAIN_REPLIES_AN_HOUR} automatic replies to one mail domain in an hour."
    return ""


def _spoken(standing: Standing, heard: Heard) -> Decision:
    if standing.asked == "offer_person" and AGREES.match(heard.text):
        return Decision(reply="handed_over", handover="The customer asked for a person: the policy is silent.")
    if standing.asked == "offer_person" and DECLINES.match(heard.text):
        return Decision(reply="declined")
    if heard.only_files:
        return Decision(reply="handed_over", handover="The message has only attachments.")
    tickets = _tickets(standing, heard)
    if heard.intent in RIGHTS:
        return _right(standing, heard, tickets)
    if heard.intent in URGENT:
        return Decision(reply=heard.intent, tickets=tickets, handover=f"The customer reports a {heard.intent}.")
    if heard.intent == "status":
        return _status(standing, tickets)
    if heard.intent == "human":
        return Decision(reply="handed_over", tickets=tickets, handover="The customer asked for a person.")
    return _question(heard, tickets)


def _tickets(standing: Standing, heard: Heard) -> tuple[tuple[str, str], ...]:
    """Tickets to open: what was asked, a second request beside it, and what may be an access request."""
    kinds = [kind for kind in (heard.intent, *heard.also) if kind in RIGHTS + URGENT]
    found = [(kind, "suspected" if heard.suspected and kind == heard.intent else "received") for kind in kinds]
    if heard.maybe_access and not {"access", "portability"} & set(kinds):
        found.append(("access", "suspected"))
    return tuple((kind, certainty) for kind, certainty in found if not standing.reference(kind))


def _right(standing: Standing, heard: Heard, tickets: tuple[tuple[str, str], ...]) -> Decision:
    if standing.reference(heard.intent):
        return Decision(reply="repeat", tickets=tickets)
    copy = heard.intent in ("access", "portability")
    return Decision(reply=("suspected" if heard.suspected else "access") if copy else "right", tickets=tickets)


def _status(standing: Standing, tickets: tuple[tuple[str, str], ...]) -> Decision:
    if any(kind in RIGHTS + URGENT for kind, _ in standing.tickets):
        return Decision(reply="status", tickets=tickets)
    handover = "They ask after a request that is not in this conversation."
    return Decision(reply="handed_over", tickets=tickets, handover=handover)


def _question(heard: Heard, tickets: tuple[tuple[str, str], ...]) -> Decision:
    if heard.outcome == "answered":
        handover = "Clauses of the policy contradict each other here." if heard.conflict else ""
        return Decision(reply="answer", tickets=tickets, handover=handover)
    if heard.outcome == "silent":
        return Decision(reply="silent", tickets=tickets, asked="offer_person")
    if heard.outcome == "handoff":
        return Decision(reply="handed_over", tickets=tickets, handover=heard.reason or "The bot was not sure.")
    if tickets:
        return Decision(reply="suspected", tickets=tickets)
    return Decision(reply="off_topic")
