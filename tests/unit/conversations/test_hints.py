"""Hints beside a request: who asks for whom, what comes first, what is taken back; and what only sounds like that."""

from __future__ import annotations

import time

import pytest

from bot.conversations.hints import hints
from bot.conversations.intent_text import plain
from bot.conversations.intents import classify
from bot.conversations.standing import Decision, Heard, Standing
from bot.conversations.states import decide

BOT = Standing("sms", "bot")


def heard(text: str) -> Heard:
    """A request as `facts.heard` hands it to the decision."""
    intent = classify(text)
    return Heard(
        text=text, intent=intent.name, also=intent.also, outcome="request", suspected=intent.suspected,
        maybe_access=intent.maybe_access, agent=intent.hints.agent, copy_first=intent.hints.copy_first,
        withdraws=intent.hints.withdraws,
    )  # fmt: skip


def decided(text: str, *open_tickets: tuple[str, str]) -> Decision:
    return decide(Standing("sms", "bot", tickets=open_tickets), heard(text))


@pytest.mark.parametrize(
    ("text", "agent"),
    [
        ("I act for Mrs Jones and request all personal data held about her", "other"),
        ("I am writing on behalf of my mother, please send all data you hold about her", "other"),
        ("Please send me everything you hold about my late husband", "other"),
        ("We are instructed by Mr Green to obtain a copy of his personal data", "solicitor"),
        ("On behalf of our client Mr Smith we ask for his data", "solicitor"),
        ("I'm his solicitor. Please send his records", "solicitor"),
        ("My client requests a copy of her file", "solicitor"),
        ("I hold power of attorney for my father and want to see what you have on him", "power_of_attorney"),
        ("I have lasting power of attorney for Dad, send his data", "power_of_attorney"),
        ("I'm the mother of Tom Hill (9), what do you hold about him?", "parent"),
        ("Please send me the data you hold about my 10 year old daughter", "parent"),
        ("on my son's behalf: send his data", "parent"),
    ],
)
def test_who_asks_for_somebody_else_is_recognised(text: str, agent: str) -> None:
    """The words of an agent, in the ways that people put them; the ticket will say so."""
    assert hints(plain(text)).agent == agent
    assert decided(text).agent == agent


@pytest.mark.parametrize(
    "text",
    [
        "On behalf of everyone here, thank you",
        "my son told me to ask what you hold about me",
        "my mother says you should delete my data",
        "Send me my data. My wife and I have moved house.",
        "what data do you hold about my wife and me",
        "I am a solicitor and I want my own data",
        "I represent myself. Send me my data.",
        "my brother's data was in your email",
        "Do I need a power of attorney to ask?",
        "I paid for my son's phone, now send me my data",
        "my daughter set this up for me, please send me my data",
    ],
)
def test_who_speaks_for_themselves_is_no_agent(text: str) -> None:
    """A relative or a client in the sentence makes nobody an agent."""
    assert hints(plain(text)).agent == ""


@pytest.mark.parametrize(
    "text",
    [
        "Delete it all but send me a copy first",
        "Please delete everything you hold on me. Before you delete it, send me a copy.",
        "Send me all my data and then delete it",
        "I want a copy of my data and after that you can delete my account",
        "First send me a copy of everything, then erase all my data",
        "Send me a copy of my data and delete my account",
        "Delete my data and send me a copy",
    ],
)
def test_a_copy_and_deleting_are_two_tickets_and_deleting_waits(text: str) -> None:
    """However it is put: the copy comes first, and the reply is about it."""
    decision = decided(text)
    assert [kind for kind, _ in decision.tickets] == ["access", "erasure"]
    assert (decision.reply, decision.waits) == ("access", True)


def test_a_copy_that_is_awaited_is_the_one_asked_for_before() -> None:
    """Erasing "once I have my data" waits for the open request; where there is none, it may ask for one."""
    text = "Once I have my data, erase it all"
    decision = decided(text, ("access", "DR-1"))
    assert (decision.tickets, decision.reply, decision.waits) == ((("erasure", "received"),), "right", True)
    alone = decided(text)
    assert alone.tickets == (("access", "suspected"), ("erasure", "received"))
    assert alone.waits


@pytest.mark.parametrize(
    "text",
    [
        "Erase my data",
        "Erase my data but keep the invoices",
        "delete my data when you have time",
        "delete my data and send me confirmation",
        "I want you to stop the marketing then delete my data",
    ],
)
def test_plain_deleting_waits_for_nothing(text: str) -> None:
    """One request, one ticket."""
    decision = decided(text, ("access", "DR-1"))
    assert [kind for kind, _ in decision.tickets] == ["erasure"]
    assert not decision.waits


@pytest.mark.parametrize(
    "text",
    [
        "I withdraw my request",
        "never mind about my data request",
        "please cancel my request for my data",
        "can you cancel my data request please",
        "I want to withdraw my subject access request DR-7K3M9-QX4RT",
    ],
)
def test_a_request_taken_back_brings_a_person_and_ends_nothing(text: str) -> None:
    """The bot withdraws nothing by itself: it says that a person asks, and opens no ticket for the words."""
    decision = decided(text, ("access", "DR-1"))
    assert (decision.reply, decision.tickets) == ("taken_back", ())
    assert "withdraw" in decision.handover


@pytest.mark.parametrize(
    "text",
    [
        "Can I withdraw my request?",
        "Don't ignore my request",
        "why did you ignore my request",
        "I withdraw my consent to marketing",
        "I'm not withdrawing my request",
        "I do not want my data request to be ignored",
        "never mind",
    ],
)
def test_what_takes_nothing_back_is_no_withdrawal(text: str) -> None:
    """A question whether one may, a complaint, a consent withdrawn."""
    assert not hints(plain(text)).withdraws


def test_what_else_a_withdrawal_asks_is_still_heard() -> None:
    """The law's clock runs for what stands beside it; a person decides whether it is meant."""
    decision = decided("Never mind about my data request, just delete everything you hold about me", ("access", "DR-1"))
    assert decision.tickets == (("erasure", "suspected"),)
    assert decision.handover


def test_no_crafted_message_keeps_the_desk_busy() -> None:
    """Words that begin every pattern and end none, as long as a message is read, cost little."""
    began = time.perf_counter()
    for words in ("send copy give ", "delete close ", "before you delete ", "once i have ", "data held about my "):
        hints(plain(words * 2_000))
    assert time.perf_counter() - began < 5
