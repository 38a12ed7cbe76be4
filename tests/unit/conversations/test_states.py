"""The decision: who speaks, what opens a ticket, and when the bot holds its tongue."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversations.requested import URGENT
from bot.conversations.silence import MAIL_REPLIES_AN_HOUR
from bot.conversations.standing import Heard, Standing
from bot.conversations.states import decide, may_answer
from bot.tickets.vocabulary import RIGHTS

INTENTS = (*RIGHTS, *URGENT, "status", "human", "question", "other")
BOT = Standing("sms", "bot")

standings = st.builds(
    Standing,
    channel=st.sampled_from(["sms", "mail", "webchat"]),
    owner=st.sampled_from(["bot", "human"]),
    asked=st.sampled_from(["", "offer_person", "offer_more", "rephrase", "helpful", "choice"]),
    after_answer=st.booleans(),
    answers=st.integers(0, 3),
    failures=st.integers(0, 3),
    asked_helpful=st.booleans(),
    opted_out=st.booleans(),
    tickets=st.lists(st.tuples(st.sampled_from(INTENTS), st.just("DR-X")), max_size=3).map(tuple),
    replies_last_hour=st.integers(0, 10),
)
heards = st.builds(
    Heard,
    text=st.sampled_from(["yes", "no", "hello", "", "send my data", "not helpful", "that helps"]),
    open_choice=st.booleans(),
    repeats=st.booleans(),
    understood=st.booleans(),
    confidence=st.floats(0, 1),
    intent=st.sampled_from(INTENTS),
    also=st.lists(st.sampled_from(INTENTS), max_size=2).map(tuple),
    outcome=st.sampled_from(["answered", "silent", "off_topic", "request", "handoff"]),
    suspected=st.booleans(),
    maybe_access=st.booleans(),
    conflict=st.booleans(),
    automatic=st.sampled_from(["", "Auto-Submitted: auto-replied"]),
    suppress=st.booleans(),
    consent=st.sampled_from(["", "stop", "start", "help"]),
    provider_answers=st.booleans(),
    undecodable=st.booleans(),
    stranger=st.booleans(),
    invitation=st.booleans(),
)


@given(standings, heards)
def test_the_bot_is_silent_while_a_human_owns_the_conversation(standing: Standing, heard: Heard) -> None:
    """One owner: whatever comes, no wording goes out while a person has it (word of an opt-out apart)."""
    decision = decide(standing, heard)
    consent = heard.consent == "stop" or (heard.consent == "start" and standing.opted_out)
    if standing.owner == "human" and not consent:
        assert decision.reply == ""


@given(standings, heards)
def test_an_automatic_message_is_never_answered(standing: Standing, heard: Heard) -> None:
    """No wording answers a machine, so that two machines never talk to each other."""
    if heard.automatic and not heard.consent:
        assert decide(standing, heard).reply == ""


@given(standings, heards)
def test_what_may_be_an_access_request_always_has_a_ticket(standing: Standing, heard: Heard) -> None:
    """The clock starts at the first such message: whoever owns the conversation and however it came in."""
    if heard.consent or heard.undecodable or not (heard.intent == "access" or heard.maybe_access):
        return
    decision = decide(standing, heard)
    kinds = {kind for kind, _ in decision.tickets} | {kind for kind, _ in standing.tickets}
    assert kinds & {"access", "portability"}


@given(standings, heards)
def test_a_breach_or_complaint_beside_anything_brings_a_person(standing: Standing, heard: Heard) -> None:
    """Wherever it stands in the message, and whatever else is asked there."""
    urgent = {heard.intent, *heard.also} & set(URGENT)
    if urgent and not heard.consent and not heard.automatic and standing.owner == "bot":
        assert decide(standing, heard).handover


@given(standings, heards)
def test_a_repeat_is_only_said_of_a_request_that_was_open_before(standing: Standing, heard: Heard) -> None:
    """Of what has just been opened nobody hears "already"."""
    decision = decide(standing, heard)
    if decision.reply == "repeat":
        assert standing.reference(heard.intent)
        assert heard.intent not in dict(decision.tickets)


@given(standings, heards)
def test_a_silent_bot_records_no_failure_and_no_verdict(standing: Standing, heard: Heard) -> None:
    """What a person or a machine's message brings says nothing of the bot's answers."""
    decision = decide(standing, heard)
    if decision.why_silent and not heard.consent and not heard.stranger:
        assert (decision.helpful, decision.failures, decision.asked) == (None, standing.failures, "")


@given(standings, heards)
def test_no_second_ticket_of_a_kind_that_is_open(standing: Standing, heard: Heard) -> None:
    """A repeat finds the open ticket."""
    open_kinds = {kind for kind, _ in standing.tickets}
    assert not open_kinds & {kind for kind, _ in decide(standing, heard).tickets}


@given(standings, heards)
def test_a_stranger_in_somebody_s_thread_gets_no_answer(standing: Standing, heard: Heard) -> None:
    """Who quotes another person's conversation is held for staff and told nothing."""
    if heard.stranger and not heard.consent:
        decision = decide(standing, heard)
        assert decision.reply == ""
        assert bool(decision.handover) != bool(heard.automatic)


@pytest.mark.parametrize(
    ("heard", "reply", "kinds"),
    [
        (Heard(intent="access", outcome="request"), "access", ["access"]),
        (Heard(intent="access", outcome="request", suspected=True), "suspected", ["access"]),
        (Heard(intent="erasure", outcome="request", also=("access",)), "right", ["access", "erasure"]),
        (Heard(intent="access", outcome="request", also=("breach",)), "breach", ["access", "breach"]),
        (Heard(intent="status", outcome="request", also=("access",)), "handed_over", ["access"]),
        (Heard(intent="human", outcome="handoff", maybe_access=True), "handed_over", ["access"]),
        (Heard(intent="question", outcome="answered"), "answer", []),
        (Heard(intent="question", outcome="answered", maybe_access=True), "answer", ["access"]),
        (Heard(intent="question", outcome="silent"), "silent", []),
        (Heard(intent="other", outcome="off_topic"), "off_topic", []),
        (Heard(intent="complaint", outcome="request"), "complaint", ["complaint"]),
        (Heard(intent="breach", outcome="request"), "breach", ["breach"]),
        (Heard(intent="complaint", outcome="request", invitation=True), "handed_over", []),
        (Heard(intent="question", outcome="answered", invitation=True), "handed_over", []),
        (Heard(intent="access", outcome="request", invitation=True), "access", ["access"]),
        (Heard(intent="human", outcome="handoff"), "handed_over", []),
        (Heard(intent="status", outcome="request"), "handed_over", []),
        (Heard(intent="question", outcome="handoff", reason="Two clauses tie."), "handed_over", []),
    ],
)
def test_each_kind_of_message_has_its_reply_and_ticket(heard: Heard, reply: str, kinds: list[str]) -> None:
    """The table at the top of states.py, row by row."""
    decision = decide(BOT, heard)
    assert decision.reply == reply
    assert [kind for kind, _ in decision.tickets] == kinds


def test_what_was_just_quoted_is_not_quoted_again() -> None:
    """The offer of a person instead; one at the second failure; never in the way of a conflict or a request."""
    again = Heard(intent="question", outcome="answered", repeats=True)
    first = decide(BOT, again)
    assert (first.reply, first.asked, first.failures, first.handover) == ("all_said", "offer_more", 1, "")
    second = decide(replace(BOT, failures=1), again)
    assert (second.reply, second.asked) == ("handed_over", "")
    assert second.handover.endswith("now the policy says no more on it.")
    assert decide(BOT, replace(again, conflict=True)).reply == "answer"
    assert decide(BOT, replace(again, maybe_access=True)).reply == "answer"


def test_yes_to_the_offer_brings_a_person_and_no_leaves_it() -> None:
    """After "shall I pass your question on?" a plain yes or no is understood, START's YES by text too."""
    asked = Standing("sms", "bot", asked="offer_person")
    assert decide(asked, Heard(text="yes please")).reply == "handed_over"
    assert decide(asked, Heard(text="PERSON")).handover
    assert decide(asked, Heard(text="YES", consent="start", provider_answers=True)).reply == "handed_over"
    assert decide(asked, Heard(text="no thanks")).reply == "declined"


@pytest.mark.parametrize(("consent", "text"), [("start", "Yes!"), ("start", "yes"), ("help", "info?")])
def test_yes_to_a_person_is_an_ordinary_word(consent: Literal["start", "help"], text: str) -> None:
    """While a person owns the conversation, a word that could be START or HELP is theirs to read."""
    for provider_answers in (True, False):
        heard = Heard(text=text, consent=consent, provider_answers=provider_answers)
        decision = decide(Standing("sms", "human"), heard)
        assert (decision.reply, decision.why_silent) == ("", "A person has this conversation.")


def test_start_ends_an_opt_out_and_is_else_an_ordinary_word() -> None:
    """That texts are on again is said only where they were off; the word that Twilio answers is answered once."""
    start = Heard(text="Start!", consent="start")
    assert decide(Standing("sms", "bot", opted_out=True), start).reply == "started"
    assert decide(BOT, start).reply == "off_topic"
    assert decide(BOT, replace(start, provider_answers=True)).reply == ""
    assert decide(BOT, Heard(text="Help?", consent="help")).reply == "help"


def test_stop_with_an_open_request_brings_staff() -> None:
    """A STOP does not end a legal duty: staff finish the request by another way."""
    standing = Standing("sms", "bot", tickets=(("access", "DR-X"),))
    decision = decide(standing, Heard(text="STOP", consent="stop", provider_answers=True))
    assert decision.reply == ""
    assert "another verified way" in decision.handover


def test_a_mail_loop_ends_at_the_cap_and_staff_see_it() -> None:
    """At most a few automatic replies to a sender in an hour; then silence, and a person looks."""
    looping = Standing("mail", "bot", replies_last_hour=MAIL_REPLIES_AN_HOUR)
    decision = decide(looping, Heard(intent="question", outcome="answered"))
    assert decision.reply == ""
    assert "loop" in decision.handover


def test_whose_code_was_right_is_answered_at_the_cap_too() -> None:
    """They read what we write, so it is no loop; who guesses is not answered there."""
    looping = Standing("mail", "bot", replies_last_hour=MAIL_REPLIES_AN_HOUR)
    assert decide(looping, Heard(identity="identity_details")).reply == "identity_details"
    assert decide(looping, Heard(identity="identity_wrong")).reply == ""
    machine = Heard(identity="identity_details", automatic="Auto-Submitted")
    assert decide(looping, machine).reply == ""


def test_what_comes_after_the_end_and_is_no_question_is_for_a_person() -> None:
    """Once a package went out, "page three is missing" is no technical trouble; before, and where it is small talk, the
    bot answers as ever.
    """
    settled = replace(BOT, settled=True)
    missing = Heard(text="page three is missing", beside=True)
    decision = decide(settled, missing)
    assert decision.reply == "handed_over"
    assert "request was done" in decision.handover
    assert decide(BOT, missing).reply == "off_topic"
    assert decide(settled, Heard(text="thanks")).reply == "off_topic"


WAITING = Standing("sms", "bot", tickets=(("access", "DR-X"),), owes="DR-X", owes_words=True)


@pytest.mark.parametrize(
    ("heard", "reply", "answers"),
    [
        (Heard(text="any news?", intent="status"), "status", False),
        (Heard(text="stop", consent="stop"), "stopped", False),
        (Heard(text="123456", identity="identity_wrong"), "identity_wrong", False),
        (Heard(text="2008 to 2010 please"), "noted", True),
        (Heard(text="all of them", intent="access", outcome="request"), "noted", True),
        (Heard(text="dr-x the shop", intent="status", only_names=True), "noted", True),
        (Heard(text="can i see my data?", intent="access", outcome="request"), "repeat", True),
    ],
)
def test_what_answers_our_question_and_what_does_not(heard: Heard, reply: str, *, answers: bool) -> None:
    """Whoever asks for news has not answered; whoever says "all of them" has, and asks for nothing anew."""
    decision = decide(WAITING, heard)
    assert (decision.reply, may_answer(decision, heard)) == (reply, answers)


def test_while_a_person_has_it_a_question_for_news_may_be_an_answer() -> None:
    """The bot says nothing then, so nobody would tell the customer that we still wait: the clock goes on."""
    heard = Heard(text="any news?", intent="status")
    decision = decide(replace(WAITING, owner="human"), heard)
    assert may_answer(decision, heard)


def test_who_asks_after_what_has_ended_is_told_how() -> None:
    """No person is brought for that; where there never was a request, one is."""
    heard = Heard(text="any news?", intent="status")
    assert decide(replace(BOT, ended=True), heard) == replace(decide(BOT, heard), reply="status", handover="")
    assert decide(BOT, heard).handover
