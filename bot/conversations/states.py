"""What the bot does with a message: one pure decision over where the conversation stands and what was understood.

Called by `handling.handle`, inside the unit of work that then carries the decision out.

    owner human ............ the bot stays silent; a rights request still opens its ticket, since its clock runs
    automatic mail ......... never answered; a rights request in it still opens its ticket
    STOP ................... recorded and confirmed, unless the provider does that
    START / HELP ........... START ends an opt-out, HELP is answered while the bot owns; else ordinary words
    question ............... answered | silent (offers a person) | receptionist's words | handed over
    rights request ......... a ticket with its date, told to the customer
    complaint, breach ...... a ticket, and a person takes over at once, also where it stands beside another request
    person asked for ....... a person takes over
    any of these ........... opens the tickets of every request in it, and tells each one's reference and date
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

# The one list of them: intents and the console's queue take theirs from here.
RIGHTS = ("access", "portability", "erasure", "rectification", "objection", "restriction")
URGENT = ("breach", "complaint")
"""The more pressing first: where both are reported, the reply is about it."""
MAIL_REPLIES_AN_HOUR = 5
DOMAIN_REPLIES_AN_HOUR = 300
STOPPED_EARLY = "They opted out of messages while a request is open: finish it by another verified way."
PERSON_HAS_IT = "A person has this conversation."
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
    if heard.consent and (decision := _consent(standing, heard)):
        return decision
    if heard.stranger:
        reason = "The sender quotes a conversation that is not theirs."
        handover = "" if heard.automatic else reason
        return Decision(handover=handover, tickets=_tickets(standing, heard), why_silent=reason)
    if heard.undecodable:
        return _quiet(Decision(handover="The message could not be read."), standing, heard)
    return _quiet(_spoken(standing, heard), standing, heard)


def _consent(standing: Standing, heard: Heard) -> Decision | None:
    """What an opt-out word brings; None where it is an ordinary word here, as "Yes!" to a person's question."""
    if heard.consent == "stop":
        open_rights = any(kind in RIGHTS for kind, _ in standing.tickets)
        handover = STOPPED_EARLY if open_rights else ""
        return Decision(reply="" if heard.provider_answers else "stopped", handover=handover)
    if heard.consent == "start":
        agrees = standing.asked == "offer_person" and AGREES.match(heard.text)
        if agrees or not standing.opted_out:
            return None
        return Decision(reply="" if heard.provider_answers else "started")
    if standing.owner == "human":
        return Decision(why_silent=PERSON_HAS_IT)
    return Decision(reply="" if heard.provider_answers else "help")


def _quiet(decision: Decision, standing: Standing, heard: Heard) -> Decision:
    """The same decision without its reply, where the bot must not speak."""
    why = _why_silent(standing, heard, decision)
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


def _why_silent(standing: Standing, heard: Heard, decision: Decision) -> str:
    if standing.owner == "human":
        return PERSON_HAS_IT
    if heard.automatic == UNVERIFIED:
        return "The sender's address failed DMARC: it may be forged, so no machine answers."
    if heard.automatic:
        return f"An automatic message is never answered: {heard.automatic}."
    if standing.opted_out and heard.consent != "start":
        return "They opted out of messages here."
    if heard.provider_answers and decision.reply == "off_topic":
        return "The provider answers this word itself."
    if heard.suppress:
        return "The sender asked for no automatic reply."
    if standing.channel == "mail" and standing.replies_last_hour >= MAIL_REPLIES_AN_HOUR:
        return f"More than {MAIL_REPLIES_AN_HOUR} automatic replies in an hour: perhaps a loop."
    if standing.channel == "mail" and standing.domain_replies_last_hour >= DOMAIN_REPLIES_AN_HOUR:
        return f"More than {DOMAIN_REPLIES_AN_HOUR} automatic replies to one mail domain in an hour."
    return ""


def _spoken(standing: Standing, heard: Heard) -> Decision:
    tickets = _tickets(standing, heard)
    urgent = next((kind for kind in URGENT if kind in (heard.intent, *heard.also)), "")
    if urgent:
        return Decision(reply=urgent, tickets=tickets, handover=f"The customer reports a {urgent}.")
    if standing.asked == "offer_person" and AGREES.match(heard.text):
        return _handed_over("The customer asked for a person: the policy is silent.", tickets)
    if standing.asked == "offer_person" and DECLINES.match(heard.text):
        return Decision(reply="declined", tickets=tickets)
    if heard.only_files:
        return _handed_over("The message has only attachments.", tickets)
    if heard.intent in RIGHTS:
        return _right(standing, heard, tickets)
    if heard.intent == "status":
        return _status(standing, tickets)
    if heard.intent == "human":
        return _handed_over("The customer asked for a person.", tickets)
    return _question(heard, tickets)


def _handed_over(reason: str, tickets: tuple[tuple[str, str], ...]) -> Decision:
    return Decision(reply="handed_over", tickets=tickets, handover=reason)


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
    return _handed_over("They ask after a request that is not in this conversation.", tickets)


def _question(heard: Heard, tickets: tuple[tuple[str, str], ...]) -> Decision:
    if heard.outcome == "answered":
        handover = "Clauses of the policy contradict each other here." if heard.conflict else ""
        return Decision(reply="answer", tickets=tickets, handover=handover)
    if heard.outcome == "silent":
        return Decision(reply="silent", tickets=tickets, asked="offer_person")
    if heard.outcome == "handoff":
        return _handed_over(heard.reason or "The bot was not sure.", tickets)
    if tickets:
        return Decision(reply="suspected", tickets=tickets)
    return Decision(reply="off_topic")
