"""The facts that a decision is made from, gathered from the database and from what arrived. Called by handling."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.contacts import linking
from bot.contacts.models import ContactAddress
from bot.conversations import calls, counting, flood, follow_ups, pointing, repository
from bot.conversations.arrivals import Arrival
from bot.conversations.failures import verdict
from bot.conversations.flood import SAME_ANSWERED, USUAL, Limits
from bot.conversations.intent_text import plain
from bot.conversations.models import Conversation
from bot.conversations.requested import URGENT
from bot.conversations.standing import Heard, Standing
from bot.conversations.understand import Understanding
from bot.messages import outbox
from bot.tickets.models import Ticket
from bot.tickets.references import parse_reference
from bot.tickets.states import AWAITING, DONE, ENDS
from bot.tickets.vocabulary import RIGHTS
from knowledge.base import Answer, OffTopic, Silent
from knowledge.words import words

_LONGEST_ANSWER = 500
"""Characters of what may answer a question of the bot's; cut off there, a message could pass for its beginning."""
_TOLD_OF = (*RIGHTS, *URGENT)
_ENDED = tuple(state for state in ENDS if state not in ("not_request", "merged"))
_ASKS_FROM = 3
"""Words that a message has at least that asks something."""


def after_answer(conversation: Conversation) -> bool:
    """Whether the bot's last words in it were an answer, or that the policy is silent."""
    return conversation.owner == "bot" and bool(conversation.question) and conversation.asked != "choice"


def standing(
    session: Session, conversation: Conversation, address: ContactAddress, known: Sequence[Ticket], now: datetime,
    *, ended: Sequence[Ticket] = (), settled: bool = False, text: str = "", limits: Limits = USUAL, zone: str = "UTC",
) -> Standing:  # fmt: skip
    """Where the conversation stands. `known` are its open tickets, `ended` those to tell of where none is open; `text`
    is what they write now, `settled` whether a request of here is done.
    """
    quiet = conversation.quiet_until is not None and now < conversation.quiet_until
    braked = texts_braked(session, limits, now) if conversation.channel == "sms" and not known else None
    person, domain = 0, 0
    if conversation.channel == "mail":
        person, domain = counting.mail_replies_since(session, address.value, counting.an_hour_before(now))
    owing = [ticket for ticket in known if ticket.state in AWAITING]
    owed = next((each for each in owing if each.state == "awaiting_clarification"), owing[0] if owing else None)
    still = {ticket.kind for ticket in known if ticket.state not in DONE}
    return Standing(
        channel=conversation.channel,
        owner="human" if conversation.owner == "human" else "bot",
        asked=conversation.asked,
        opted_out=address.opted_out_at is not None,
        tickets=tuple((each.kind, each.reference) for each in sorted(known, key=lambda each: each.state not in DONE)),
        done=frozenset(ticket.kind for ticket in known) - still,
        replies_last_hour=person,
        domain_replies_last_hour=domain,
        after_answer=after_answer(conversation),
        answers=conversation.answers,
        failures=conversation.failures,
        asked_helpful=conversation.asked_helpful,
        owes=owed.reference if owed else "",
        owes_words=owed is not None and owed.state == "awaiting_clarification",
        ended=bool(ended),
        settled=settled,
        quiet=quiet,
        too_many=not quiet and going_quiet(session, conversation, limits, now) is not None,
        same=conversation.last_seq > SAME_ANSWERED and flood.same(text, counting.said_before(session, conversation)),
        braked=clock_words(braked, zone) if braked else "",
    )


def going_quiet(session: Session, conversation: Conversation, limits: Limits, now: datetime) -> datetime | None:
    """Until when a sender is told to wait, whose message of now is one too many; None where it is not. A caller is
    never: a call has its own bounds, and silence in it would be a fault.
    """
    if calls.is_call(conversation.channel) or not limits.messages or conversation.last_seq < limits.messages:
        return None
    came = counting.came_since(session, conversation, now - limits.window, limits.messages)
    return flood.quiet_until(came, conversation.quiet_until, now, limits)


def texts_braked(session: Session, limits: Limits, now: datetime) -> datetime | None:
    """Until when strangers get no automatic text, None where they do: too many texts went out in the last hour."""
    if not limits.texts_an_hour:
        return None
    return flood.braked_until(outbox.nth_last(session, "sms", limits.texts_an_hour, now - flood.HOUR), now)


def clock_words(moment: datetime, zone: str) -> str:
    """A moment as it is told: "14:05", by the desk's clock."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%H:%M")


def here(session: Session, conversation: Conversation, known: Sequence[Ticket], arrival: Arrival) -> Collection[str]:
    """The references of this conversation's requests, with the one that the message names where it is an older one of
    here: ended, or merged with another.
    """
    found = {ticket.reference for ticket in known}
    named = parse_reference(arrival.said)
    if named and named not in found:
        wanted = select(Ticket.id).where(Ticket.reference == named, Ticket.conversation_id == conversation.id)
        found |= {named} if session.scalar(wanted) else set()
    return found


def ended(session: Session, conversation: Conversation, known: Sequence[Ticket], heard: Heard) -> Sequence[Ticket]:
    """The newest request of this conversation that has ended, for whoever asks after it when none is open."""
    if heard.intent != "status" or heard.elsewhere or any(each.kind in _TOLD_OF for each in known):
        return ()
    query = select(Ticket).where(
        Ticket.conversation_id == conversation.id, Ticket.kind.in_(_TOLD_OF), Ticket.state.in_(_ENDED)
    )
    return session.scalars(query.order_by(Ticket.id.desc()).limit(1)).all()


def settled(session: Session, conversation: Conversation, heard: Heard) -> bool:
    """Whether a request of this conversation was answered, delivered or has ended. Looked up only where what they write
    is no question on privacy: it may be about that ("page three is missing").
    """
    if not heard.beside:
        return False
    states = (*DONE, *_ENDED)
    query = select(Ticket.id).where(
        Ticket.conversation_id == conversation.id, Ticket.kind.in_(_TOLD_OF), Ticket.state.in_(states)
    )
    return session.scalar(query.limit(1)) is not None


def of_linked(session: Session, conversation: Conversation, heard: Heard) -> Sequence[Ticket]:
    """The open rights requests of the same person elsewhere on this site: in another thread of their mail, or at
    another address that they have shown to be theirs. To ask again is a repetition, and to take one back opens no
    other. Looked up only when somebody does either.
    """
    if not ({heard.intent, *heard.also} & set(RIGHTS) or heard.maybe_access or heard.withdraws):
        return ()
    found = repository.open_tickets_of(session, linking.one_person(session, conversation.contact_id), RIGHTS)
    elsewhere = [ticket for ticket in found if ticket.conversation_id != conversation.id]
    return [each for each in elsewhere if repository.get(session, each.conversation_id).site == conversation.site]


def repeats(session: Session, conversation: Conversation, understood: Understanding | None) -> bool:
    """Whether what leans on the answer before ("why?") is answered with exactly its clauses and words. Only for such a
    message is the database asked.
    """
    result = understood.result if understood else None
    if understood is None or not understood.leans or understood.outcome != "answered" or not isinstance(result, Answer):
        return False
    line = repository.last_answer(session, conversation.id)
    if line is None or line.evidence.get("curated", "") != " ".join(understood.curated):
        return False
    # What other versions say is quoted beside an answer, and is none of it.
    day = line.evidence.get("effective", "")
    said = {(each["id"], each["policy"], each["effective"]) for each in line.citations if each["effective"] == day}
    return said == {(each.id, each.policy, each.effective.isoformat()) for each in result.citations}


def heard(
    arrival: Arrival, *, stranger: bool, answered: bool, again: bool, here: Collection[str] = (), identity: str = "",
    identity_handover: str = "",
) -> Heard:  # fmt: skip
    """What came, as far as the decision needs it; `stranger` where it quotes somebody else's conversation, `answered`
    where the bot's last words there were an answer, `again` where this one would have nothing else to say. `here` are
    the references of the conversation's requests; `identity` is the reply where it showed who they are.
    """
    understood = arrival.understanding
    came = replace(_came(arrival), stranger=stranger, identity=identity, identity_handover=identity_handover)
    if understood is None or (answered and _of_the_answer(arrival, came.text)):
        return came
    # Who names a reference and says nothing else that is understood asks after it: "DR-7K3M9-QX4RT??"
    asks_after = understood.outcome == "off_topic" and parse_reference(arrival.said) is not None
    intent = "status" if asks_after else understood.intent.name
    reference = (parse_reference(arrival.said) or "") if intent == "status" else ""
    return replace(
        came,
        intent=intent,
        only_names=asks_after and understood.intent.name != "status",
        # To a caller nothing is told of another request, with or without a code: a person takes it.
        elsewhere="" if reference in here or calls.is_call(arrival.channel) else reference,
        also=tuple(understood.intent.also),
        outcome=understood.outcome,
        suspected=understood.intent.suspected,
        # A machine's notice in another language is no request in words unknown to us.
        maybe_access=understood.intent.maybe_access and not (understood.language and came.automatic),
        language=understood.language,
        conflict=isinstance(understood.result, Answer) and understood.result.conflict,
        open_choice=bool(understood.choices),
        repeats=again,
        understood=_understood(arrival.said, understood.result),
        beside=_beside(arrival.said, understood.result),
        confidence=understood.confidence,
        silent_on=understood.result.key if isinstance(understood.result, Silent) else "",
        reason=understood.reason,
        agent=understood.intent.hints.agent,
        copy_first=understood.intent.hints.copy_first,
        withdraws=understood.intent.hints.withdraws,
    )


def _came(arrival: Arrival) -> Heard:
    """What is known of a message before anybody asks what it means."""
    message, understood = arrival.message, arrival.understanding
    short = follow_ups.core(message.text)
    wordless = not message.text.strip() and (understood is None or understood.outcome == "off_topic")
    return Heard(
        text=short if len(short) <= _LONGEST_ANSWER else "",
        automatic=message.automatic,
        suppress=message.suppress,
        consent=message.consent,
        provider_answers=message.provider_answers,
        undecodable=bool(arrival.undecodable),
        encrypted=message.encrypted,
        invitation=bool(message.evidence.get("calendar")) and not message.automatic,
        only_files=bool(message.attachments) and (wordless or pointing.only(plain(arrival.said))),
    )


def _of_the_answer(arrival: Arrival, short: str) -> bool:
    """Whether it judges the answer before: "You didn't answer my question" is no complaint, and "that's not right"
    corrects no data.
    """
    return arrival.said == arrival.message.text and verdict(short, asked=False, answered=True) is not None


def _understood(said: str, result: Answer | Silent | OffTopic | None) -> bool:
    """Whether a message is a question, small talk of a known kind, or too short to ask anything: "got it"."""
    strange = isinstance(result, OffTopic) and result.kind in ("nonsense", "other")
    return not strange or len(words(said)) < _ASKS_FROM


def _beside(said: str, result: Answer | Silent | OffTopic | None) -> bool:
    """Whether it says something that is no question on privacy, and no greeting, thanks or "got it"."""
    talk = not isinstance(result, OffTopic) or result.kind in ("greeting", "thanks")
    return not talk and len(words(said)) >= _ASKS_FROM
