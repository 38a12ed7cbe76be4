"""What the bot does with a message: one pure decision over where the conversation stands and what was understood.

Called by `handling.handle`, inside the unit of work that then carries the decision out.

    owner human ............ the bot stays silent; a rights request still opens its ticket, since its clock runs
    automatic mail ......... never answered; a rights request in it still opens its ticket
    a code, when one is out  who they are is shown, or not; answered whoever owns the conversation (identifying.py)
    STOP ................... recorded and confirmed, unless the provider does that
    START / HELP ........... START ends an opt-out, HELP is answered while the bot owns; else ordinary words
    question ............... answered | silent (offers a person) | receptionist's words | handed over
    one with no new answer . that the policy says no more, and a person is offered; the second in a row brings one
    what we asked them for . noted with their request; a person looks at it
    one on two topics ...... which is meant, once; then answered
    it did (not) help ...... recorded; other words asked for; the second failure in a row brings a person (failures.py)
    "no" below an answer ... other words asked for; it counts as a failure only where that it helped was asked
    rights request ......... a ticket with its date, told to the customer
    a calendar invitation .. a person takes over, who may accept it; a right used in its words is heard
    encrypted .............. asked to come again without; the second in a row brings a person
    copy and deleting ...... two tickets: deleting waits for the copy
    a request taken back ... a person asks them back
    complaint, breach ...... a ticket, and a person takes over at once, also where it stands beside another request
    person asked for ....... a person takes over
    no question, after one . a person takes over: it may be about the request that is done or has ended
    another language ....... a person takes over; it may be a request, so that a suspected one keeps its date
    too much from one ...... told once when the bot goes on, then silence; the same words again and again likewise
    too many texts ......... no automatic text to strangers until it is over; requests go on (silence.contained)
    any of these ........... opens the tickets of every request in it, and tells each one's reference and date
"""

from __future__ import annotations

from dataclasses import replace

from bot.conversations import failures
from bot.conversations.failures import AGREES, DECLINES
from bot.conversations.requested import URGENT, copy_comes_first, may_be_none, tickets_for
from bot.conversations.silence import PERSON_HAS_IT, contained, quieted, why_silent
from bot.conversations.standing import SHOWN, Decision, Heard, Standing
from bot.tickets.vocabulary import COPY, RIGHTS

STOPPED_EARLY = "They opted out of messages while a request is open: finish it by another verified way."
OFFERS = {
    "offer_person": "the policy is silent",
    "offer_more": failures.ALL_SAID,
    "rephrase": "the answer did not help",
}
"""Questions of the bot that offer a person, with the reason for which that is."""
HOW_SOON = "deadline"
"""The topic of how quickly a request is answered, in the ontology of topics."""
ENCRYPTED = "Their mail is encrypted, so that nothing but its subject can be read here."
INVITED = "It is an invitation to a meeting: answer it by hand, if at all."
TAKEN_BACK = "They may be taking a request back: ask them whether they mean it, then withdraw it."
ELSEWHERE = "identity_status_sent"
ABOUT_THE_END = "They write after their request was done or has ended: it may be about that."
"""The reply to whoever asks after a request that did not come from here: a code goes to where it came from."""


def decide(standing: Standing, heard: Heard) -> Decision:
    """The decision; total over every standing and every message."""
    decision = contained(_decided(standing, heard), standing, heard)
    kinds = [kind for kind, _ in decision.tickets]
    if not set(kinds) & set(RIGHTS):
        return decision
    return replace(decision, agent=heard.agent, waits="erasure" in kinds and copy_comes_first(standing, heard))


def _decided(standing: Standing, heard: Heard) -> Decision:
    if heard.consent and (decision := _consent(standing, heard)):
        return decision
    if heard.identity:
        return _identified(standing, heard)
    if heard.stranger:
        reason = "The sender quotes a conversation that is not theirs."
        handover = "" if heard.automatic else reason
        return Decision(handover=handover, tickets=tickets_for(standing, heard), why_silent=reason)
    if heard.undecodable:
        return quieted(Decision(handover="The message could not be read."), standing, heard)
    if heard.invitation and not {heard.intent, *heard.also} & set(RIGHTS):
        return quieted(_handed_over(INVITED, tickets_for(standing, heard)), standing, heard)
    return quieted(_spoken(standing, heard), standing, heard)


def may_answer(decision: Decision, heard: Heard) -> bool:
    """Whether the message may be the answer to what the customer was asked. Who asks for news and is told that we wait
    for their answer, types a code or an opt-out word has not given it.
    """
    return not (heard.consent or heard.identity or decision.reply in ("status", ELSEWHERE))


def _identified(standing: Standing, heard: Heard) -> Decision:
    """Who shows who they are is answered whoever owns the conversation; a machine's mail and who opted out never."""
    handover = heard.identity_handover
    decision = Decision(heard.identity, tickets_for(standing, heard), handover, failures=standing.failures)
    # Whose digits were right reads what we write: that is no loop.
    sent = 0 if decision.reply in SHOWN else standing.replies_last_hour
    why = why_silent(replace(standing, owner="bot", replies_last_hour=sent), heard, decision)
    return replace(decision, reply="", why_silent=why) if why else decision


def _consent(standing: Standing, heard: Heard) -> Decision | None:
    """What an opt-out word brings; None where it is an ordinary word here, as "Yes!" to a person's question."""
    if heard.consent == "stop":
        open_rights = any(kind in RIGHTS for kind, _ in standing.tickets)
        handover = STOPPED_EARLY if open_rights else ""
        return Decision(reply="" if heard.provider_answers else "stopped", handover=handover)
    if heard.consent == "start":
        agrees = standing.asked in (*OFFERS, "helpful") and AGREES.match(heard.text)
        if agrees or not standing.opted_out:
            return None
        return Decision(reply="" if heard.provider_answers else "started")
    if standing.owner == "human":
        return Decision(why_silent=PERSON_HAS_IT)
    return Decision(reply="" if heard.provider_answers else "help")


def _spoken(standing: Standing, heard: Heard) -> Decision:
    tickets = tickets_for(standing, heard)
    helpful = failures.verdict(heard.text, asked=standing.asked == "helpful", answered=standing.after_answer)
    if helpful is not None and not tickets and not {heard.intent, *heard.also} & {*RIGHTS, *URGENT}:
        return _judged(standing, helpful=helpful)
    urgent = next((kind for kind in URGENT if kind in (heard.intent, *heard.also)), "")
    if urgent:
        return Decision(reply=urgent, tickets=tickets, handover=f"The customer reports a {urgent}.")
    if heard.withdraws:
        return _taken_back(standing, tickets)
    if standing.asked in OFFERS and AGREES.match(heard.text):
        return _handed_over(f"The customer asked for a person: {OFFERS[standing.asked]}.", tickets)
    if standing.asked in OFFERS and DECLINES.match(heard.text):
        return Decision(reply="declined", tickets=tickets)
    if heard.encrypted or heard.only_files:
        return _without_words(standing, heard, tickets)
    if heard.intent in RIGHTS:
        return _right(standing, heard, tickets)
    if heard.intent == "status":
        return _status(standing, heard, tickets)
    if heard.intent == "human":
        return _handed_over("The customer asked for a person.", tickets)
    return (
        _noted(standing, heard, tickets)
        or _after_the_end(standing, heard, tickets)
        or _question(standing, heard, tickets)
    )


def _without_words(standing: Standing, heard: Heard, tickets: tuple[tuple[str, str], ...]) -> Decision:
    """Files alone are for a person. Of an encrypted mail only the subject could be read: what that asks for is noted,
    and a person asks for the rest.
    """
    if not heard.encrypted or heard.intent == "human":
        return _handed_over(ENCRYPTED if heard.encrypted else "The message has only attachments.", tickets)
    if tickets and heard.intent in RIGHTS:
        return replace(_right(standing, heard, tickets), handover=ENCRYPTED)
    failed = standing.failures + 1
    handover = failures.handover(failed, failures.ENCRYPTED)
    return Decision("handed_over" if handover else "encrypted", tickets, handover, failures=failed)


def _judged(standing: Standing, *, helpful: bool) -> Decision:
    """What somebody says of the last answer: the second that did not help in a row brings a person."""
    if helpful:
        return Decision(reply="helped", helpful=True)
    failed = standing.failures + 1
    handover = failures.handover(failed, failures.NOT_HELPFUL)
    reply = "handed_over" if handover else "rephrase"
    return Decision(reply, handover=handover, asked="" if handover else "rephrase", helpful=False, failures=failed)


def _handed_over(reason: str, tickets: tuple[tuple[str, str], ...]) -> Decision:
    return Decision(reply="handed_over", tickets=tickets, handover=reason)


def _right(standing: Standing, heard: Heard, tickets: tuple[tuple[str, str], ...]) -> Decision:
    copies = [certainty for kind, certainty in tickets if kind in COPY]
    if copies and heard.intent == "erasure" and heard.copy_first:
        return Decision(reply="suspected" if copies[0] == "suspected" else "access", tickets=tickets)
    if known := standing.reference(heard.intent):
        # "All of them" asks for nothing new where they were asked which.
        answers = _noted(standing, heard, tickets) if standing.owes_words and known == standing.owes else None
        return answers or Decision(reply="repeat", tickets=tickets)
    copy = heard.intent in COPY
    return Decision(reply=("suspected" if may_be_none(heard) else "access") if copy else "right", tickets=tickets)


def _taken_back(standing: Standing, tickets: tuple[tuple[str, str], ...]) -> Decision:
    """A person asks them back before anything stops: a request that was stopped by mistake is a date missed."""
    if any(kind in RIGHTS + URGENT for kind, _ in standing.tickets):
        return Decision(reply="taken_back", tickets=tickets, handover=TAKEN_BACK)
    return _handed_over("They take back a request that is not in this conversation.", tickets)


def _status(standing: Standing, heard: Heard, tickets: tuple[tuple[str, str], ...]) -> Decision:
    if heard.elsewhere:
        return Decision(reply=ELSEWHERE, tickets=tickets, failures=standing.failures)
    if heard.only_names and standing.owes_words and (noted := _noted(standing, heard, tickets)):
        return noted
    if standing.ended or any(kind in RIGHTS + URGENT for kind, _ in standing.tickets):
        return Decision(reply="status", tickets=tickets)
    return _handed_over("They ask after a request that is not in this conversation.", tickets)


def _noted(standing: Standing, heard: Heard, tickets: tuple[tuple[str, str], ...]) -> Decision | None:
    """A message that is what the desk has asked the customer for, and no question to the bot: its words may be on any
    topic ("the shop and the forum"). None for any other.
    """
    if not standing.owes or "?" in heard.text or (heard.outcome == "answered" and not standing.owes_words):
        return None
    return Decision(reply="noted", tickets=tickets, failures=standing.failures, about=standing.owes)


def _after_the_end(standing: Standing, heard: Heard, tickets: tuple[tuple[str, str], ...]) -> Decision | None:
    """What is no question once a request is done or has ended may be about that: "page three is missing"."""
    if tickets or not standing.settled or not heard.beside or heard.consent or heard.provider_answers:
        return None
    return _handed_over(ABOUT_THE_END, tickets)


def _question(standing: Standing, heard: Heard, tickets: tuple[tuple[str, str], ...]) -> Decision:
    if heard.outcome == "answered":
        return _answered(standing, heard, tickets)
    if heard.language:
        return Decision(reply="other_language", tickets=tickets, handover=heard.reason)
    if heard.outcome == "handoff":
        return _handed_over(heard.reason or "The bot was not sure.", tickets)
    failed = standing.failures + 1
    if (
        heard.outcome == "silent"
        and heard.silent_on == HOW_SOON
        and any(kind in RIGHTS for kind, _ in standing.tickets)
    ):
        # The policy doesn't say how long a request takes; the desk knows by when theirs is answered.
        return Decision(reply="status", tickets=tickets)
    if heard.outcome == "silent":
        handover = failures.handover(failed, failures.SILENT)
        if handover:
            return Decision(reply="silent_again", tickets=tickets, handover=handover, failures=failed)
        return Decision(reply="silent", tickets=tickets, asked="offer_person", failures=failed)
    if tickets:
        return Decision(reply="suspected", tickets=tickets)
    if standing.after_answer and DECLINES.match(heard.text):
        # Nobody asked whether it helped, so that it may mean anything: it asks for other words, and counts as nothing.
        return Decision(reply="rephrase", asked="rephrase", failures=standing.failures)
    if heard.understood or heard.consent or heard.provider_answers:
        return Decision(reply="off_topic", failures=standing.failures)
    handover = failures.handover(failed, failures.NOT_UNDERSTOOD)
    return Decision(reply="handed_over" if handover else "off_topic", handover=handover, failures=failed)


def _answered(standing: Standing, heard: Heard, tickets: tuple[tuple[str, str], ...]) -> Decision:
    """The answer; or first which topic is meant, unless that has just been asked."""
    if heard.open_choice and standing.asked != "choice" and not tickets:
        return Decision(reply="choose", asked="choice", failures=standing.failures)
    if heard.repeats and not heard.conflict and not tickets:
        return _all_said(standing)
    handover = "Clauses of the policy contradict each other here." if heard.conflict else ""
    # An answer in other words is on trial: if it does not help either, that is the second failure.
    failed = standing.failures if standing.asked == "rephrase" else 0
    asks = failures.asks_whether(
        asked_before=standing.asked_helpful, answers=standing.answers, confidence=heard.confidence
    )
    may_ask = asks and not handover and not tickets
    return Decision(reply="answer", tickets=tickets, handover=handover, failures=failed, may_ask=may_ask)


def _all_said(standing: Standing) -> Decision:
    """To quote the same clauses again would say nothing."""
    failed = standing.failures + 1
    handover = failures.handover(failed, failures.ALL_SAID)
    reply = "handed_over" if handover else "all_said"
    return Decision(reply, handover=handover, asked="" if handover else "offer_more", failures=failed)
