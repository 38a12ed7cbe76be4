"""A walk through every state of a request over each channel: what its customer reads, word for word by text."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.casework.wording import KEYS
from bot.conversations.standing import TOLD
from bot.tickets.states import STATES
from tests.walk import CHANNELS, WALKS, Customer, printed, walk

REFERENCE = re.compile(r"DR-[0-9A-Z]{5}-[0-9A-Z]{5}")
COPY_BY_TEXT = """
customer> Please send me all the data you hold about me
desk> We've noted your request for the data we hold about you. Reference REF-1. \
We'll answer by Monday 21 December 2026. Next we may ask you to show it's you. Automatic reply; we keep messages.
    -- ask_identity: awaiting_identity
desk> REF-1: before we go on we need to be sure that it's you. What is the number on your last bill?
customer> It is on its way to you
desk> Thank you. We've put that with your request REF-1, and a person looks at it.
    -- identity_proved: searching
desk> Thank you. We're sure now that it's you, and go on with your request for the data we hold about you, REF-1. \
We'll answer by Monday 21 December 2026.
    -- ask_authority: awaiting_authority
desk> REF-1: you write for somebody else. \
Please show us that you may: a letter that they signed, or a power of attorney.
    -- authority_proved: searching
desk> Thank you. You may act for them, so we go on with your request for the data we hold about the person \
you act for, REF-1. We'll answer by Monday 21 December 2026.
    -- ask_fee: awaiting_fee
desk> REF-1: before we go on we ask for a fee. This is the fourth copy this month: £10, by card.
    -- fee_paid: searching
desk> Thank you. We have the fee, and go on with your request for the data we hold about the person \
you act for, REF-1. We'll answer by Monday 21 December 2026.
    -- ask: awaiting_clarification
desk> REF-1, our question: Which of our sites did you use? Please answer here.
desk> REF-1: we can't go on with your request for the data we hold about the person you act for yet. \
We still need your answer to our question. If you still want it, please answer here.
customer> The shop and the forum
desk> Thank you. We've put that with your request REF-1, and a person looks at it. \
We'll answer by Tuesday 29 December 2026.
    -- extend: searching
desk> REF-1 needs more time. Reason: There are many letters to look through. We'll answer by Monday 1 March 2027. \
To complain: answer here, or write to the ICO (ico.org.uk), or go to court.
    -- search_done: review
    -- release: ready
desk> The answer to your request REF-1 is ready: https://desk.example/package/wJ7h2 until Monday 4 January 2027. \
You need a code, which we send another way. Don't pass them on.
    -- withdraw_package: review
    -- release: ready
desk> The answer to your request REF-1 is ready. We'll tell you here how you get it.
    -- deliver: delivered
desk> The answer to your request REF-1 has been opened. If that wasn't you, or something is missing or wrong, \
tell us here.
    -- refuse_partly: partly_refused
desk> We do only a part of your request REF-1. What not, and why: One letter names somebody else. \
To complain: answer here, or write to the ICO (ico.org.uk), or go to court.
customer> I want to make a complaint about how you handled my request
desk> We've noted your complaint and passed it to a person. Reference REF-2. \
We'll answer by Tuesday 29 December 2026. They reply by text.
    -- acknowledge: received
desk> We have your complaint of Friday 27 November 2026. Reference REF-2. \
A person looks into it and tells you what comes of it. \
We'll answer by Tuesday 29 December 2026.
    -- close: closed
""".strip()
SENTENCES = (
    "Our privacy team writes: “What is the number on your last bill?”",
    "Our time to answer counts from when we have that.",
    "Until then our time to answer stands still.",
    "We still need your answer to our question.",
    "The reason: There are many letters to look through.",
    "We'll answer by Monday 1 March 2027 at the latest.",
    "You find it here: https://desk.example/package/wJ7h2",
    "Please don't pass the link or the code on.",
    "What we don't do, and why: One letter names somebody else.",
    "You can also complain to the Information Commissioner's Office (ico.org.uk), or go to court.",
    "We've finished your request to correct your data.",
    "We've decided to refuse your request to delete your data.",
    "finds that it did not ask for that, so we close it. We're sorry for the mix-up.",
    "If you do ask for it, please say so here, and we begin at once.",
    "We couldn't be sure that your request for the data we hold about you came from the person it is about",
)
"""Sentences of the full wordings, on mail and chat alike."""


def named(text: str) -> str:
    """The text with its references as REF-1, REF-2, … in their order."""
    seen: dict[str, str] = {}
    return REFERENCE.sub(lambda found: seen.setdefault(found[0], f"REF-{len(seen) + 1}"), text)


@pytest.mark.parametrize("channel", CHANNELS)
async def test_every_state_is_reached_and_its_customer_is_told(tmp_path: Path, channel: str) -> None:
    """All states of the machine and every wording of a step, over the channel's real protocol, in order."""
    walks = await walk(tmp_path, channel)
    assert set(walks) == set(WALKS)
    assert {state for each in walks.values() for state in each.states} == set(STATES)
    # The last words before an erasure are no step's: tests of the page of people read them.
    assert set(KEYS) - {"erasing"} <= told_in(tmp_path)
    _reads_well(walks)
    if channel == "sms":
        one = {"": walks["a copy of somebody's data"]}
        assert named(printed(one)).partition("\n\n")[2] == COPY_BY_TEXT
    else:
        all_words = " ".join(" ".join(told.text.split()) for each in walks.values() for told in each.told)
        for sentence in SENTENCES:
            assert sentence in all_words


def told_in(folder: Path) -> set[str]:
    """The keys of all wordings that went out."""
    with closing(sqlite3.connect(folder / "desk.db")) as connection:
        found = connection.execute("SELECT DISTINCT outcome FROM message WHERE direction = 'out'").fetchall()
    return {outcome.removeprefix(TOLD) for (outcome,) in found}


def _reads_well(walks: dict[str, Customer]) -> None:
    """No customer ever reads a wording's machinery, and each is answered whenever they write."""
    for customer in walks.values():
        for before, told in zip(customer.told, customer.told[1:], strict=False):
            if before.by == "customer":
                assert told.by == "desk", f"no answer to {before.text!r}"
            if told.by == "desk":
                assert not re.search(r"None|\{\{|_wanted|!| {2}", told.text), told.text
