"""What a message means for the desk: request, person, quotation, silence or small talk."""

from __future__ import annotations

from datetime import date

import pytest

from bot.conversations.intents import REQUESTS, classify
from bot.conversations.understand import ASKED_FOR_PERSON, UNSURE, Understanding, understand
from knowledge.base import Answer, OffTopic, Silent
from knowledge.library import Library, UnknownPolicy
from knowledge.sources.markdown import create


class Says:
    """A library that always says the same, for the bounds that real questions seldom meet."""

    def __init__(self, result: Answer | Silent | OffTopic) -> None:
        self.result = result

    def ask(
        self, question: str, *, policy: str, as_of: date | None = None, today: date | None = None, topic: str = ""
    ) -> Answer | Silent | OffTopic:
        return self.result

    def clearness(self, question: str) -> tuple[float, float]:
        return 1.0, 0.0


@pytest.fixture(scope="module")
def library() -> Library:
    return Library(create(lambda _name: "").policies())


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("do you sell my data?", "answered"),
        ("how long do you keep data?", "silent"),
        ("do you tell customers if you've been hacked", "silent"),
        ("I clicked on a link of yours and they misused my address. Do you answer for that site?", "answered"),
        ("what's the weather", "off_topic"),
        ("hello", "off_topic"),
        ("password reset", "off_topic"),
        ("wot data do u hold on me", "request"),
        ("this is a formal complaint about my data", "request"),
        ("any news on my request?", "request"),
        ("I got someone else's data", "request"),
        ("can I speak to a person", "handoff"),
        ("", "off_topic"),
    ],
)
def test_each_message_takes_its_way(library: Library, text: str, outcome: str) -> None:
    """Requests to tickets, people to people, questions to the policy, the rest to the receptionist."""
    assert understand(text, library, policy="iomart").outcome == outcome


def test_an_answer_quotes_and_needs_no_reason(library: Library) -> None:
    """The clause comes with the answer; a reason belongs to a hand-over alone."""
    understood = understand("do you use cookies?", library, policy="iomart", as_of=date(2008, 1, 1))
    assert isinstance(understood.result, Answer)
    assert "We do not use Cookies" in understood.result.citations[0].text
    assert understood.reason == ""


def test_a_person_asked_for_is_the_reason() -> None:
    """Staff see why the conversation came to them."""
    understood = understand("agent please", Says(OffTopic("other", 1.0)), policy="iomart")
    assert (understood.outcome, understood.reason, understood.result) == ("handoff", ASKED_FOR_PERSON, None)


def test_an_unsure_answer_is_handed_over_with_its_reason() -> None:
    """Low confidence never quotes a clause as the answer."""
    understood = understand("do you share my data?", Says(Answer((), "sharing", 0.05)), policy="iomart")
    assert (understood.outcome, understood.reason) == ("handoff", UNSURE)


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("would you tell a court what you know of me", "answered"),
        ("do you notify customers whose data has been hacked", "silent"),
        ("do I have the right to have my data moved to another provider", "silent"),
        ("would your agents be told what you hold on me", "answered"),
    ],
)
def test_a_question_on_the_policy_is_answered_though_it_sounds_like_a_request(
    library: Library, text: str, outcome: str
) -> None:
    """What is done in general is asked of the policy; where it may ask for a copy, that is marked for a person."""
    intent = classify(text)
    assert intent.name in REQUESTS
    understood = understand(text, library, policy="iomart")
    assert (understood.outcome, understood.intent.name) == (outcome, "question")
    assert understood.intent.maybe_access or intent.name not in ("access", "portability")


@pytest.mark.parametrize(
    "text",
    [
        "have you told a court what you know of me",
        "any news on my request?",
        "Did you know that my details have leaked?",
        "Am I allowed to see my file? If so please send it.",
        "what do you know about me",
        "u got my info? yes or no",
        "have you sold my number",
        "are you still holding my personal details after I left?",
        "CCTV of me at your data centre on Tuesday",
        "how do I get a wrong address corrected in your records",
    ],
)
def test_a_request_stands_whatever_it_speaks_of(library: Library, text: str) -> None:
    """Who asks what was done with their own data, or for it, is not answered from the policy."""
    assert understand(text, library, policy="iomart").outcome == "request"


def test_small_talk_is_not_answered_from_a_likely_clause() -> None:
    """A message that does not sound like a question must be clearly on a topic before a clause is quoted."""
    unsure: Understanding = understand("restore my backup", Says(Answer((), "x", 0.4)), policy="iomart")
    assert unsure.outcome == "off_topic"


def test_confidence_is_a_share(library: Library) -> None:
    """Between 0 and 1 on every way."""
    for text in ("hello", "do you sell data", "delete me", "how long do you keep calls", "a person please"):
        assert 0 <= understand(text, library, policy="iomart").confidence <= 1


def test_a_policy_that_is_not_there_is_an_error(library: Library) -> None:
    """The message names those there are."""
    with pytest.raises(UnknownPolicy, match="iomart"):
        understand("do you use cookies?", library, policy="nowhere")


def test_a_time_does_not_make_a_request_of_a_question(library: Library) -> None:
    """What is a question without its date is one with it; a request with a date stays a request."""
    today = date(2026, 11, 24)
    asked = understand("I signed up in 2006, how long do you keep my data?", library, policy="iomart", today=today)
    assert asked.outcome == "silent"
    for text in ("Send me everything you had on me in 2006", "I cancelled in 2014, what's left?"):
        assert understand(text, library, policy="iomart", today=today).outcome == "request"
