"""Request or question, by the card of evidence."""

from __future__ import annotations

import pytest

from bot.conversations import doubtful
from bot.conversations.intents import Intent
from bot.conversations.understand import understand
from knowledge.base import OffTopic, Silent
from knowledge.library import Library
from knowledge.sources.markdown import create

ANSWERED = [
    "did you sell data about your customers",
    "Might you disclose what you hold about me if I were taken to court?",
    "I was wondering if what you have on me is used for marketing analysis",
    "do u have 2 ask me b4 u pass my name to other firms",
]
REQUESTED = [
    "do not sell my personal information",
    "what information do you hold about me",
    "who have you sold my number to",
    "delete my data, would you?",
    "can you stop sending me offers",
    "have you still not answered my request for a copy",
]


@pytest.fixture(scope="module")
def library() -> Library:
    """The policies that ship."""
    return Library(create(lambda _name: "").policies())


@pytest.mark.parametrize("text", ANSWERED)
def test_what_asks_in_general_is_answered(library: Library, text: str) -> None:
    """Words of a request in a question on what is done do not keep it from its answer."""
    assert understand(text, library, policy="iomart").outcome == "answered"


@pytest.mark.parametrize("text", REQUESTED)
def test_what_requests_stays_a_request(library: Library, text: str) -> None:
    """A clear topic of the policy does not make a question of what asks for something."""
    assert understand(text, library, policy="iomart").outcome == "request"


def test_a_copy_that_may_be_asked_for_is_still_marked() -> None:
    """Who is answered as a question, and may have asked for a copy, has a person look."""
    heard = Intent("access", 0.4, suspected=True)
    rather = doubtful.as_question(heard, "is my card number stored", Silent("card details", 1.0, key="cardkeeping"))
    assert rather is not None
    assert (rather.name, rather.suspected, rather.maybe_access) == ("question", False, True)


def test_a_doubtful_copy_takes_less_than_a_sure_request() -> None:
    """Where a person looks all the same, the question is answered sooner."""
    said = Silent("who inside sees data", 0.91, key="staff")
    heard = Intent("access", 0.5, suspected=True)
    assert doubtful.as_question(heard, "can anyone see mine", said)
    assert not doubtful.as_question(Intent("rectification", 0.5), "can anyone see mine", said)


def test_what_went_before_a_question_is_no_part_of_it() -> None:
    """A story in the past does not make a request of the question that follows it."""
    said = Silent("who inside sees data", 0.95, key="staff")
    heard = Intent("access", 0.7)
    assert doubtful.as_question(heard, "I was there and have seen it. Does anybody look at that?", said)
    assert not doubtful.as_question(heard, "I was there and have seen it, anybody look at that?", said)


def test_the_surer_the_request_the_more_it_takes() -> None:
    """The same words about the same topic stay a request where the intent is certain."""
    said = Silent("card details", 0.9, key="cardkeeping")
    assert doubtful.as_question(Intent("access", 0.4), "is my card number stored", said)
    assert not doubtful.as_question(Intent("access", 0.999), "is my card number stored", said)


def test_small_talk_is_told_from_a_weak_request_only() -> None:
    """Talk that sounds a little like a request is talk; a sure request is none, nor one that speaks of data."""
    talk = OffTopic("support", 0.97)
    rather = doubtful.as_question(Intent("erasure", 0.3), "how to remove a stuck key", talk)
    assert rather is not None
    assert rather.name == "other"
    assert not doubtful.as_question(Intent("erasure", 0.95), "how to remove a stuck key", talk)
    assert not doubtful.as_question(Intent("erasure", 0.6), "remove my data", talk)
