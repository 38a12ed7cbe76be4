"""When the bot says nothing to a message, and why: a person has it, a machine wrote it, too many went out. Pure.

Called by `states.decide` once it is known what would be said; what was asked for is never lost by it.
"""

from __future__ import annotations

from dataclasses import replace

from bot.conversations.standing import Decision, Heard, Standing

MAIL_REPLIES_AN_HOUR = 5
DOMAIN_REPLIES_AN_HOUR = 300
PERSON_HAS_IT = "A person has this conversation."
FLOOD = "They wrote too much in a short time, and were told when the bot goes on."
SAME = "The same words again: they are answered above."
BRAKED = "Too many texts went out in an hour: strangers get no automatic text until {until}."
ALWAYS_SAID = ("stopped", "started")
REPEATED = ("answer", "off_topic", "status", "repeat", "help")
"""Replies that the same words need no third time."""
UNVERIFIED = "failed DMARC"
"""The `automatic` reason of a mail that a person may have written, but perhaps not the one it names."""


def quieted(decision: Decision, standing: Standing, heard: Heard) -> Decision:
    """The same decision without its reply, where the bot must not speak."""
    why = why_silent(standing, heard, decision)
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
    return replace(
        decision, reply="", asked="", handover=handover, why_silent=why, helpful=None, failures=standing.failures
    )


def contained(decision: Decision, standing: Standing, heard: Heard) -> Decision:
    """The same decision with no reply, or with the one that says when the bot goes on, where a sender writes too much
    or too many texts go out. What opens a ticket, an opt-out, and who shows who they are is always answered.
    """
    if not decision.reply or decision.tickets or heard.identity or decision.reply in ALWAYS_SAID:
        return decision
    calm = replace(
        decision, reply="", asked="", why_silent=FLOOD, helpful=None, failures=standing.failures, may_ask=False
    )
    if standing.braked and not standing.tickets:
        return replace(calm, why_silent=BRAKED.format(until=standing.braked))
    if decision.handover or heard.automatic:
        return decision
    if standing.quiet:
        return calm
    if standing.too_many:
        return replace(calm, reply="flooded", why_silent="")
    return replace(calm, why_silent=SAME) if standing.same and decision.reply in REPEATED else decision


def why_silent(standing: Standing, heard: Heard, decision: Decision) -> str:
    """Why the bot must not speak, for staff to read; "" where it may."""
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
