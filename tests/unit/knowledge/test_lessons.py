"""What staff teach: read and written as JSON, checked against the policy, acting on the questions it was meant for."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.base import Answer, OffTopic, Policy, Silent
from knowledge.kept import digest_of, packed, unpacked
from knowledge.lessons import (
    Curated,
    Example,
    Lesson,
    LessonError,
    Tags,
    check,
    content_of,
    from_json,
    gathered,
    kind_of,
    lesson_of,
)
from knowledge.library import Library
from knowledge.policy import parse
from knowledge.sources.markdown import MarkdownSource

DAY = "2007-12-15"
WORDS = st.text("abcdefghij ", min_size=1, max_size=30).filter(str.strip).map(lambda text: " ".join(text.split()))
MANY = st.lists(WORDS, min_size=1, max_size=3, unique_by=str.casefold).map(tuple)
LESSONS = st.lists(
    st.one_of(
        st.builds(Example, WORDS, WORDS, st.just(DAY)),
        st.builds(Tags, WORDS, MANY, st.just(DAY)),
        st.builds(Curated, MANY, WORDS, MANY, st.just(DAY)),
    ),
    max_size=4,
)


@pytest.fixture(scope="module")
def plain() -> Library:
    """The policies that ship, with nothing taught."""
    return Library(MarkdownSource().policies())


def taught(plain: Library, *lessons: Lesson) -> Library:
    return plain.taught([gathered("iomart", lessons)])


def cited(library: Library, question: str, **more: Any) -> list[str]:
    answer = library.ask(question, policy="iomart", **more)
    assert isinstance(answer, Answer), answer
    return [citation.id for citation in answer.citations]


def held_out() -> list[str]:
    lines = Path(__file__).with_name("questions.txt").read_text("utf-8").splitlines()
    return [line.split("|")[0].strip() for line in lines if "|" in line and not line.startswith("#")]


@given(LESSONS)
def test_lessons_survive_json(lessons: list[Lesson]) -> None:
    """What is kept as JSON comes back equal, with the same digest, whatever order the lessons came in."""
    try:
        found = gathered("iomart", lessons)
    except LessonError:
        return  # two of them contradict each other
    assert from_json(json.loads(json.dumps(found.as_json()))) == found
    assert gathered("iomart", reversed(lessons)).digest == found.digest
    assert all(lesson_of(kind_of(lesson), content_of(lesson)) == lesson for lesson in lessons)


@given(
    st.recursive(
        st.none() | st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_other_json_is_refused_in_words(value: Any) -> None:
    """No shape of JSON makes anything but lessons or a LessonError."""
    for given_ in ({"policy": "a", "lessons": [value]}, {"policy": value}, {"policy": "a", "lessons": value}):
        with suppress(LessonError):
            assert from_json(given_).policy == given_["policy"]
    for kind in ("example", "tags", "curated"):
        with pytest.raises(LessonError):
            lesson_of(kind, value)


def test_nothing_taught_answers_the_same(plain: Library) -> None:
    """No lessons, and lessons on other questions, change no answer; and the digest says that nothing was taught."""
    empty = plain.taught([gathered("iomart", [])])
    other = taught(plain, Example("are there biscuits in the waiting room", "5", DAY))
    assert empty.digest == plain.digest != other.digest
    for question in held_out():
        usual = plain.ask(question, policy="iomart")
        assert empty.ask(question, policy="iomart") == usual
        assert other.ask(question, policy="iomart") == usual


def test_an_example_puts_its_clause_first(plain: Library) -> None:
    """A question like the example is answered with its clause; one about something else is not."""
    library = taught(plain, Example("do you sell my data", "2.1(c)", DAY))
    for question in ("do you sell my data?", "u sellin my info", "Do you sell my personal details to anyone?"):
        assert cited(library, question)[0] == "2.1(c)"
    for question in ("do you share my data with police", "do you share my data", "how can I stop you selling my data",
                     "what happens to my data if you are sold", "do you sell my email address"):  # fmt: skip
        assert library.ask(question, policy="iomart") == plain.ask(question, policy="iomart")


@pytest.mark.parametrize(
    ("asked", "other"),
    [
        ("where do you keep my data", "why do you keep my data"),
        ("do you share my data", "don't you share my data"),
        ("do you ask for my email address", "what is your email address"),
        ("which websites does this policy cover", "does your policy cover linked websites"),
    ],
)
def test_the_same_words_for_another_question_are_not_alike(plain: Library, asked: str, other: str) -> None:
    """Another question word, a negation, or another subject in the same words: the lesson does not act."""
    library = taught(plain, Curated((asked,), "As taught.", ("8",), DAY))
    told = library.ask(asked, policy="iomart")
    assert isinstance(told, Answer)
    assert told.curated == "As taught."
    assert library.ask(other, policy="iomart") == plain.ask(other, policy="iomart")


def test_an_example_ends_a_silence(plain: Library) -> None:
    """The policy was silent on it; staff know the clause that answers."""
    question = "how long do you keep my data?"
    assert isinstance(plain.ask(question, policy="iomart"), Silent)
    library = taught(plain, Example("how long do you keep my data", "5", DAY))
    answer = library.ask("how long do u keep my data", policy="iomart")
    assert isinstance(answer, Answer)
    assert [citation.id for citation in answer.citations] == ["5"]
    assert (answer.curated, answer.conflict) == ("", False)


def test_a_curated_answer_speaks_in_staff_s_words_and_cites(plain: Library) -> None:
    """Their wording comes apart from the quotations, which are the policy's own and come with their digest."""
    words = "We keep your data for as long as your contract runs."
    library = taught(
        plain, Curated(("how long do you keep my data", "when is my data deleted"), words, ("5", "8"), DAY)
    )
    answer = library.ask("when is my data deleted?", policy="iomart")
    assert isinstance(answer, Answer)
    assert answer.curated == words
    assert [citation.id for citation in answer.citations] == ["5", "8"]
    assert answer.confidence > 0.9


def test_only_nearly_the_same_words_pass_the_off_topic_gate(plain: Library) -> None:
    """A taught question that is about no privacy is answered; what merely resembles it is not."""
    taught_ = "is there parking at the office"
    assert isinstance(plain.ask(taught_, policy="iomart"), OffTopic)
    library = taught(plain, Curated((taught_,), "There is, behind the house.", ("8",), DAY))
    assert cited(library, "Is there parking at your office?") == ["8"]
    assert isinstance(library.ask("is there a cat at the office", policy="iomart"), OffTopic)


def test_clauses_that_contradict_each_other_stay_together(plain: Library) -> None:
    """An example of one of them quotes both, and a person is told; a curated answer on both has settled it."""
    text = "## 1. Cookies\n\nWe use cookies.\n\n## 2. More\n\n2.1 We never use cookies on our websites.\n"
    tagged = "topics.1: cookies\ntopics.2.1: cookies\nconflict: 1, 2.1\n"
    front = f"---\ntitle: A\nkey: acme\neffective: 2020-01-01\n{tagged}---\n"
    library, question = Library([parse(front + text).policy]), "do you use cookies"
    usual = library.ask(question, policy="acme")
    assert isinstance(usual, Answer)
    assert usual.conflict
    one = library.taught([gathered("acme", [Example(question, "2.1", "2020-01-01")])]).ask(question, policy="acme")
    both = library.taught([gathered("acme", [Curated((question,), "No.", ("1", "2.1"), "2020-01-01")])])
    settled = both.ask(question, policy="acme")
    assert isinstance(one, Answer)
    assert isinstance(settled, Answer)
    assert ([each.id for each in one.citations], one.conflict) == (["2.1", "1"], True)
    assert (settled.curated, settled.conflict) == ("No.", False)


def test_tags_replace_what_the_classifier_thinks(plain: Library) -> None:
    """A clause tagged with a topic that the policy was silent on speaks on it."""
    question = "how long do you keep my data?"
    library = taught(plain, Tags("5", ("retention",), DAY))
    assert isinstance(plain.ask(question, policy="iomart"), Silent)
    assert cited(library, question)[0] == "5"


def versions() -> list[Policy]:
    def version(day: str, text: str) -> Policy:
        return parse(f"---\ntitle: Acme privacy\nkey: acme\neffective: {day}\n---\n{text}").policy

    cookies, sharing = "We use cookies to remember your basket.", "We share nothing with anybody else at all."
    return [
        version("2020-01-01", f"## 1. Sharing\n\n{sharing}\n"),
        version("2022-01-01", f"## 1. Cookies\n\n{cookies}\n\n## 2. Sharing\n\n{sharing}\n"),
    ]


def test_a_lesson_follows_its_clause_and_never_lends_itself_to_another() -> None:
    """In a renumbered version it acts under the clause's own number; where the clause is not, it does not act."""
    library = Library(versions())
    lessons = [
        Example("is my fridge watching me", "2", "2022-01-01"),
        Example("is my cat watching me", "1", "2022-01-01"),
    ]
    asking = library.taught([gathered("acme", lessons)])

    def first(question: str, day: date) -> str:
        answer = asking.ask(question, policy="acme", as_of=day)
        return answer.citations[0].id if isinstance(answer, Answer) else type(answer).__name__

    assert first("is my fridge watching me", date(2022, 6, 1)) == "2"
    assert first("is my fridge watching me", date(2020, 6, 1)) == "1"
    assert first("is my cat watching me", date(2022, 6, 1)) == "1"
    usual = library.ask("is my cat watching me", policy="acme", as_of=date(2020, 6, 1))
    assert asking.ask("is my cat watching me", policy="acme", as_of=date(2020, 6, 1)) == usual


def test_staff_s_own_words_hold_for_the_words_of_their_clause_alone() -> None:
    """A version that says "ninety days" in the same clause is never told as the thirty that staff wrote of another."""
    clause = "## 1. Calls\n\nWe keep recordings of your telephone calls for {} days and then delete them.\n"
    facts = "---\ntitle: Acme privacy\nkey: acme\neffective: {}\n---\n"
    days = (("2020-01-01", "30"), ("2022-01-01", "90"))
    library = Library(parse(facts.format(day) + clause.format(count)).policy for day, count in days)
    asked = "how long do you keep recordings of calls"
    for of, day, other in (("2020-01-01", 2020, 2022), ("2022-01-01", 2022, 2020)):
        taught = library.taught([gathered("acme", [Curated((asked,), "As long as it says.", ("1",), of)])])
        own = taught.ask(asked, policy="acme", today=date(day, 6, 1))
        assert isinstance(own, Answer)
        assert own.curated == "As long as it says."
        assert getattr(taught.ask(asked, policy="acme", today=date(other, 6, 1)), "curated", "") == ""


def test_what_is_built_is_shared_unless_tags_change(plain: Library) -> None:
    """Teaching a question costs no new index; teaching tags does."""
    plain.warm("iomart")
    (built,) = plain.built()
    example = taught(plain, Example("do you sell my data", "5", DAY))
    tagged = taught(plain, Tags("5", ("cookies",), DAY))
    assert example.built() == (built,)
    assert tagged.built() == ()
    assert tagged.taught([]).built() == ()


GOOD = {"question": "do you sell my data", "clause": "5", "of": DAY}


@pytest.mark.parametrize(
    ("kind", "change", "told"),
    [
        ("example", {"clause": "99"}, "Clause '99' is not in the policy of 2007-12-15"),
        ("example", {"question": "why is it?"}, "write it out"),
        ("example", {"question": "sell " * 200}, "500 characters"),
        ("example", {"of": "2006-01-01"}, "2007-12-15 is in force now"),
        ("tags", {"topics": []}, "at least one topic"),
        ("tags", {"topics": ["weather"]}, "'weather' is no topic: use about"),
        ("curated", {"clauses": []}, "1 to 3 clauses"),
        ("curated", {"text": "x" * 401}, "400 characters"),
        ("curated", {"text": " "}, "400 characters"),
        ("curated", {"text": "x" * 81}, "80 characters"),
        ("curated", {"questions": []}, "1 to 20 questions"),
    ],
)
def test_what_cannot_be_taught_names_the_mend(plain: Library, kind: str, change: dict[str, Any], told: str) -> None:
    """Each refusal says what to do instead."""
    whole = {
        "example": GOOD,
        "tags": {"clause": "5", "topics": ["cookies"], "of": DAY},
        "curated": {"questions": ["do you sell my data"], "text": "No.", "clauses": ["5"], "of": DAY},
    }[kind]
    check(lesson_of(kind, whole), plain.in_force("iomart"))
    with pytest.raises(LessonError, match=told):
        check(lesson_of(kind, whole | change), plain.in_force("iomart"))


def test_lessons_that_contradict_each_other_are_refused() -> None:
    """One clause has one set of tags, one question one curated answer."""
    with pytest.raises(LessonError, match="two lessons of topic tags"):
        gathered("a", [Tags("1", ("cookies",), DAY), Tags("1", ("sharing",), DAY)])
    with pytest.raises(LessonError, match="two curated answers"):
        gathered("a", [Curated(("Why me",), "A.", ("1",), DAY), Curated(("why me",), "B.", ("1",), DAY)])


def test_a_kept_policy_is_the_policy(plain: Library) -> None:
    """Every version comes back equal from its kept text, whose digest is the library's."""
    policy = plain.in_force("iomart")
    assert unpacked(packed(policy)) == policy
    assert digest_of(packed(policy)) == plain.texts["iomart", DAY]
