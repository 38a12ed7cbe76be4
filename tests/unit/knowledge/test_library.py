"""Questions answered from dated versions of policies."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from knowledge.base import Answer, OffTopic, Policy, Silent
from knowledge.library import MAX_QUESTION, Library, UnknownPolicy
from knowledge.policy import digest, parse
from knowledge.sources.markdown import MarkdownSource


@pytest.fixture(scope="module")
def library() -> Library:
    """The policies that ship."""
    return Library(MarkdownSource().policies())


def held_out() -> Iterator[tuple[str, str]]:
    """Questions with what is expected, never seen by the classifier."""
    for line in Path(__file__).with_name("questions.txt").read_text("utf-8").splitlines():
        if "|" in line and not line.startswith("#"):
            question, expected = line.split("|")
            yield question.strip(), expected.strip()


def outcome(library: Library, question: str) -> str:
    """The first clause cited, "silent" or "off"."""
    match library.ask(question, policy="iomart"):
        case Answer(citations=citations):
            return citations[0].id
        case Silent():
            return "silent"
        case OffTopic():
            return "off"


def test_held_out_questions_are_answered_rightly(library: Library) -> None:
    """Of about 140 questions in words of their own, formal and texted, nine in ten have the right clause or outcome."""
    asked = list(held_out())
    wrong = [(question, expected) for question, expected in asked if outcome(library, question) not in expected.split()]
    assert len(asked) > 130
    assert len(wrong) <= len(asked) // 10, wrong


def test_a_policy_that_nobody_tagged_is_not_called_silent(library: Library) -> None:
    """What the shipped policy says of selling, calls and contact is found by the classifier alone, too."""
    shipped = library.policy("iomart", date(2007, 12, 15))
    bare = replace(shipped, passages=tuple(each._replace(topics=()) for each in shipped.passages), conflicts=())
    untagged = Library([bare])
    asked = ("do you sell my data", "do you record calls", "how do I contact you")
    assert [outcome(untagged, question) for question in asked] == ["3.2", "4", "9"]


def test_small_talk_is_never_answered_from_the_policy(library: Library) -> None:
    """What is not about privacy is not answered with a clause."""
    assert {outcome(library, question) for question, expected in held_out() if expected == "off"} == {"off"}


def test_every_citation_is_verbatim_and_can_be_checked(library: Library) -> None:
    """Quotations stand in the policy word for word, with clause, version, address and digest."""
    from knowledge.markdown import plain

    text = re.sub(r"\s+", " ", plain(library.policy("iomart", date(2007, 12, 15)).markdown))
    for question, _expected in held_out():
        answer = library.ask(question, policy="iomart")
        cited = (
            () if isinstance(answer, OffTopic) else answer.nearest if isinstance(answer, Silent) else answer.citations
        )
        for citation in cited:
            assert re.sub(r"\s+", " ", citation.text) in text
            assert citation.url == f"/policy/iomart/2007-12-15#{citation.id}"
            assert citation.digest == digest(citation.text)
            assert (citation.effective, citation.dated) == (date(2007, 12, 15), "seen")


@pytest.mark.parametrize(
    "question",
    ["does this policy cover information given by phone", "are faxes covered by the policy", "does it cover my txts"],
)
def test_clauses_that_contradict_each_other_are_both_cited(library: Library, question: str) -> None:
    """1 takes information by phone, fax and text, 6.2 speaks solely of websites: both are shown, marked."""
    answer = library.ask(question, policy="iomart")
    assert isinstance(answer, Answer)
    assert answer.conflict
    assert {citation.id for citation in answer.citations} == {"1(b)", "6.2"}


def test_silence_names_its_topic_in_plain_words(library: Library) -> None:
    """The policy says nothing of retention, and the answer says of what."""
    answer = library.ask("how long do you keep my details", policy="iomart")
    assert isinstance(answer, Silent)
    assert answer.topic == "how long data is kept"
    assert 0 < answer.confidence <= 1


def test_where_are_you_based_gives_the_contact_block(library: Library) -> None:
    """A texted question for the address is answered with the whole block."""
    answer = library.ask("wher r u based", policy="iomart")
    assert isinstance(answer, Answer)
    assert "Lister Pavilion" in answer.citations[0].text
    assert "info@iomart.com" in answer.citations[0].text


def test_an_entry_of_a_list_comes_with_its_lead_in(library: Library) -> None:
    """A cited entry can be shown so that it makes sense."""
    answer = library.ask("will you phone me about other products", policy="iomart")
    assert isinstance(answer, Answer)
    assert answer.citations[0].id == "2.1(e)"
    assert answer.citations[0].context.endswith("to:")


def test_the_question_of_a_long_mail_is_found(library: Library) -> None:
    """What stands around a question in a mail does not hide it."""
    mail = (
        "Hello, I have been a customer of yours since 2004 and am very happy with the hosting. I was wondering whether "
        "you sell my personal data to anybody? Many thanks, Bob Smith"
    )
    answer = library.ask(mail, policy="iomart")
    assert isinstance(answer, Answer)
    assert answer.citations[0].id == "3.2"
    trouble = "Good morning. My server is down and the website gives error 500. Please fix it today. Thanks, Bob Smith"
    assert isinstance(library.ask(trouble, policy="iomart"), OffTopic)


@pytest.mark.parametrize(
    ("mail", "clause"),
    [
        (
            "My neighbour says that every firm sells its customers' details. Surely not everyone. What about yours?",
            "3.2",
        ),
        ("My nephew told me that sites keep files called cookies on one's computer. Is that so with yours?", "6.1"),
    ],
)
def test_a_question_that_leans_on_its_message_is_read_within_it(library: Library, mail: str, clause: str) -> None:
    """The last sentence alone says nothing of the subject."""
    answer = library.ask(mail, policy="iomart")
    assert isinstance(answer, Answer)
    assert answer.citations[0].id == clause


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("which countries by name does my information go to", "places"),
        ("what are your selected partners called", "recipients"),
        ("can I refuse the recording of my call", "unrecorded"),
        ("do you file away my card number after I have paid", "cardkeeping"),
        ("is my date of birth something you ask for", "particulars"),
    ],
)
def test_what_a_clause_leaves_open_is_silence(library: Library, question: str, topic: str) -> None:
    """Data goes abroad, to partners, onto tape; where, to whom and whether one may refuse, the policy doesn't say."""
    answer = library.ask(question, policy="iomart")
    assert isinstance(answer, Silent)
    assert answer.key == topic
    assert answer.confidence > 0.5


def version(day: str, text: str) -> Policy:
    """A small dated version of a policy."""
    return parse(f"---\ntitle: Acme privacy\nkey: acme\neffective: {day}\n---\n{text}").policy


VERSIONS = [
    version("2020-01-01", "## 1. Cookies\n\nWe do not use cookies.\n\n## 2. Sharing\n\nWe share nothing.\n"),
    version("2024-06-01", "## 1. Cookies\n\nWe use cookies.\n\n## 2. Keeping\n\nWe keep your data for two years.\n"),
]


@pytest.mark.parametrize(
    ("as_of", "quoted"),
    [
        (None, "We use cookies."),
        (date(2024, 6, 1), "We use cookies."),
        (date(2024, 5, 31), "We do not use cookies."),
        (date(1999, 1, 1), "We do not use cookies."),
    ],
)
def test_the_version_in_force_on_the_day_answers(as_of: date | None, quoted: str) -> None:
    """The terms of the day apply; before the first version the first is quoted, with its date."""
    answer = Library(VERSIONS).ask("do you use cookies", policy="acme", as_of=as_of)
    assert isinstance(answer, Answer)
    assert answer.citations[0].text == quoted


def test_one_version_may_be_silent_where_another_speaks() -> None:
    """Silence is a property of the version, found from its own clauses."""
    library = Library(VERSIONS)
    assert isinstance(library.ask("how long do you keep my data", policy="acme"), Answer)
    assert isinstance(library.ask("how long do you keep my data", policy="acme", as_of=date(2021, 1, 1)), Silent)


def test_what_is_not_held_is_named_with_what_is() -> None:
    """A wrong key or date is an error that names the ones there are."""
    library = Library(VERSIONS)
    with pytest.raises(UnknownPolicy, match="there is acme"):
        library.ask("do you use cookies", policy="nope")
    with pytest.raises(UnknownPolicy, match="2020-01-01, 2024-06-01"):
        library.policy("acme", date(2021, 1, 1))
    assert [policy.effective.year for policy in library.versions("acme")] == [2020, 2024]


@pytest.mark.parametrize(
    "question", ["", "   ", "\0\0", "\U0001f600" * 50, "?" * 10_000, "2", "a" * (MAX_QUESTION * 10)]
)
def test_odd_questions_are_no_privacy_questions(library: Library, question: str) -> None:
    """Empty, symbols, and endless text are turned away without harm."""
    assert isinstance(library.ask(question, policy="iomart"), OffTopic)


@pytest.mark.parametrize("words", ["you never gave us them", "one more of these for us", "they were given it by him"])
def test_words_on_no_topic_are_no_privacy_question(library: Library, words: str) -> None:
    """Where every topic is a guess, none is answered and none is said to be left open."""
    assert isinstance(library.ask(words, policy="iomart"), OffTopic)


def test_many_threads_get_the_same_answers() -> None:
    """A fresh library asked by many threads at once answers each as it answers one."""
    questions = [question for question, _expected in held_out()]
    fresh = Library(MarkdownSource().policies())
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda question: fresh.ask(question, policy="iomart"), questions))
    assert together == [fresh.ask(question, policy="iomart") for question in questions]


def test_a_policy_that_nobody_tagged_is_hardly_less_known(library: Library) -> None:
    """A sentence is enough for a clause to speak of its topic, so that an import without tags is not called silent."""
    tagged = library.in_force("iomart")
    bare = [passage._replace(topics=()) for passage in tagged.passages]
    untagged = Library([replace(tagged, passages=tuple(bare), conflicts=())])
    asked = [(question, expected) for question, expected in held_out() if expected[0].isdigit()]
    silent = [question for question, _expected in asked if outcome(untagged, question) == "silent"]
    assert len(silent) <= 0.06 * len(asked), silent
    left_open = [question for question, expected in held_out() if expected == "silent"]
    answered = [question for question in left_open if outcome(untagged, question) != "silent"]
    assert len(answered) <= 0.06 * len(left_open), answered
