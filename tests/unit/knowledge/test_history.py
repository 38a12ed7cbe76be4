"""Answers for a day, and what changed on their point, over versions of one policy."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from knowledge.base import Answer, Change, Silent
from knowledge.lessons import Curated, Example, gathered
from knowledge.library import Library
from knowledge.policy import digest
from tests.unit.knowledge.versions import COMING, FIRST, FIRST_AGAIN, SALE, SECOND, TODAY, VERSIONS, version


@pytest.fixture(scope="module")
def library() -> Library:
    return Library(VERSIONS)


def ask(library: Library, question: str, **given: Any) -> Answer | Silent:
    answer = library.ask(question, policy="acme", **{"today": TODAY, **given})
    assert isinstance(answer, Answer | Silent)
    return answer


def told(answer: Answer | Silent) -> list[tuple[str, int, str]]:
    """Each change by its kind, year and what the other version says."""
    return [(each.kind, each.day.year, each.citation.text if each.citation else "") for each in answer.changes]


def cookies(how: str) -> str:
    return f"We use cookies on {how} of our websites, and nobody else may set them there for us."


def test_without_a_date_the_answer_is_for_today_and_says_what_was_before(library: Library) -> None:
    """The last change of the clause, though it moved meanwhile, with a citation of its own that can be checked."""
    answer = ask(library, "do you use cookies?")
    assert isinstance(answer, Answer)
    assert (answer.citations[0].text, answer.when and answer.when.past) == (cookies("all"), False)
    (change,) = answer.changes
    assert (change.kind, change.clause, change.day, change.dated) == ("before", "2", date(2020, 1, 1), "in force")
    cited = change.citation
    assert cited is not None
    assert (cited.text, cited.digest) == (cookies("some"), digest(cookies("some")))
    assert (cited.url, cited.effective) == ("/policy/acme/2015-06-01#2", date(2015, 6, 1))


def test_a_version_that_comes_in_later_is_told_of() -> None:
    """What an older library has followed through time is not taken over where there are other versions now."""
    before = Library(VERSIONS)
    assert [each.kind for each in ask(before, "do you use cookies?").changes] == ["before"]
    after = Library((*VERSIONS, COMING), like=before)
    assert [each.kind for each in ask(after, "do you use cookies?").changes] == ["before", "after"]


def test_what_stayed_the_same_has_no_changes(library: Library) -> None:
    """A clause under another number is not another clause."""
    for day in (None, date(2010, 1, 1)):
        assert ask(library, "do you sell my details", as_of=day).changes == ()


def test_the_day_in_the_question_counts_and_the_one_asked_for_counts_more(library: Library) -> None:
    """`as_of` wins over the question, which wins over today."""
    question = "I signed up in 2016, do you use cookies?"
    answers = [ask(library, question), ask(library, question, as_of=date(2010, 1, 1))]
    assert [each.citations[0].text for each in answers if isinstance(each, Answer)] == [
        cookies("some"),
        cookies("none"),
    ]
    assert [each.when and each.when.last for each in answers] == [date(2016, 12, 31), date(2010, 1, 1)]


def test_for_the_past_every_later_change_is_told(library: Library) -> None:
    """In the order of time, and nothing of what was before."""
    answer = ask(library, "did your policy allow cookies in 2010?")
    assert told(answer) == [("after", 2015, cookies("some")), ("after", 2020, cookies("all"))]
    assert told(ask(library, "do you use cookies", as_of=date(2016, 1, 1))) == [("after", 2020, cookies("all"))]


def test_before_the_first_version_none_is_known_and_the_nearest_answers(library: Library) -> None:
    """A date "seen" is no beginning: the result says so, and names the nearest."""
    answer = ask(library, "I signed up in 2006, do you use cookies?")
    assert isinstance(answer, Answer)
    assert answer.citations[0].effective == date(2008, 3, 1)
    assert answer.when is not None
    assert (answer.when.known, answer.when.effective, answer.when.dated) == (False, date(2008, 3, 1), "seen")
    assert ask(library, "do you use cookies?", as_of=date(2008, 3, 1)).when.known  # type: ignore[union-attr]


def test_a_time_that_spans_a_change_tells_both(library: Library) -> None:
    """The version at its end answers; what was said before, in that time, is told too."""
    answer = ask(library, "I joined in 2015, do you use cookies?")
    assert isinstance(answer, Answer)
    assert answer.citations[0].text == cookies("some")
    assert told(answer) == [("before", 2015, cookies("none")), ("after", 2020, cookies("all"))]
    assert ask(library, "I joined in 2015, do you sell my details?").when.begun == (date(2015, 6, 1),)  # type: ignore[union-attr]


def test_silence_names_the_versions_that_speak(library: Library) -> None:
    """Silent then and answered later, and the other way round."""
    silent = ask(library, "how long do you keep my data", as_of=date(2010, 1, 1))
    assert isinstance(silent, Silent)
    assert [(kind, year) for kind, year, _text in told(silent)] == [("after", 2015), ("after", 2020)]
    assert "two years" in told(silent)[0][2]
    gone = ask(Library([SECOND, FIRST_AGAIN]), "how long do you keep my data")
    assert isinstance(gone, Silent)
    assert told(gone) == [("before", 2021, "We keep your data for two years after your account is closed.")]


def test_a_clause_that_came_later_or_went_is_told_without_words() -> None:
    """Added: nothing stood in its place before. Removed: nothing does since."""
    library = Library([FIRST, SECOND, FIRST_AGAIN])
    answer = ask(library, "how long do you keep my data", as_of=date(2015, 7, 1))
    assert answer.changes == (Change("after", "1", date(2021, 1, 1), "in force", None),)
    assert ask(Library([FIRST, SECOND]), "how long do you keep my data").changes == (
        Change("before", "1", date(2015, 6, 1), "in force", None),
    )


def test_another_clause_in_its_place_is_named_as_another() -> None:
    """Words that have nothing in common are no change of the clause, but they are what was said on the topic."""
    other = version(
        "2010-01-01", "## 1. Retention\n\nRecords get deleted six months from closure.\n\n" + SALE.format(2)
    )
    (change,) = ask(Library([other, SECOND]), "how long do you keep my data").changes
    assert change.moved
    assert change.citation is not None
    assert change.citation.text == "Records get deleted six months from closure."


def test_a_version_of_the_future_answers_nothing_yet_but_is_told() -> None:
    """Today's question is answered by today's version; what will change is a change to come."""
    library = Library([*VERSIONS, COMING])
    answer = ask(library, "do you use cookies?")
    assert isinstance(answer, Answer)
    assert answer.citations[0].text == cookies("all")
    assert told(answer) == [("before", 2020, cookies("some")), ("after", 2027, cookies("many"))]
    assert ask(library, "do you use cookies?", today=date(2027, 1, 1)).citations[0].text == cookies("many")  # type: ignore[union-attr]
    assert ask(library, "do you use cookies?", as_of=date(2027, 5, 1)).when.past  # type: ignore[union-attr]


def test_where_nobody_says_which_day_it_is_nothing_is_said_of_days(library: Library) -> None:
    """The latest version answers, and a date in the question moves nothing."""
    answer = library.ask("I signed up in 2010, do you use cookies?", policy="acme")
    assert isinstance(answer, Answer)
    assert (answer.citations[0].text, answer.when, answer.changes) == (cookies("all"), None, ())


def test_each_of_two_questions_has_its_changes(library: Library) -> None:
    """In the order asked; where the policy was silent on one of them, its change names the topic."""
    both = ask(library, "do you use cookies and how long do you keep my data?", as_of=date(2016, 1, 1))
    assert isinstance(both, Answer)
    assert len(both.parts) == 2
    assert [(each.kind, each.clause, each.day.year) for each in both.changes] == [
        ("after", "2", 2020),
        ("after", "1", 2020),
    ]
    one = ask(library, "do you use cookies and how long do you keep my data?", as_of=date(2010, 1, 1))
    silent = [each for each in one.changes if not each.clause]
    assert [(each.topic, each.day.year) for each in silent] == [
        ("how long data is kept", year) for year in (2015, 2020)
    ]


def test_what_staff_taught_has_its_changes(library: Library) -> None:
    """A taught answer cites clauses, and these have histories like any other; what was built of them is taken over."""
    library.warm("acme")
    question = "how about those little files from bakeries"
    taught = library.taught([gathered("acme", [Example(question, "2", "2020-01-01")])])
    assert taught.histories["acme"] is library.histories["acme"]
    answer = ask(taught, question)
    assert isinstance(answer, Answer)
    assert answer.citations[0].text == cookies("all")
    assert told(answer) == [("before", 2020, cookies("some"))]


def test_staff_s_words_are_not_lent_to_a_time_when_the_policy_said_otherwise(library: Library) -> None:
    """For today they are shown, for a time before the change the policy's own words stand alone."""
    question = "do you use cookies"
    lesson = Curated((question,), "Yes, everywhere.", ("2",), "2020-01-01")
    taught = library.taught([gathered("acme", [lesson])])
    answers = [ask(taught, question), ask(taught, question, as_of=date(2016, 1, 1))]
    assert [each.curated for each in answers if isinstance(each, Answer)] == ["Yes, everywhere.", ""]


def test_a_clause_that_stood_beside_it_all_along_is_not_what_was_said_before() -> None:
    """The new clause was added; the older one on the topic, which still holds, was not put in its place."""
    kept = "## 2. Records\n\nRecords get deleted six months from closure.\n\n"
    old = version("2010-01-01", SALE.format(1) + kept)
    new = version("2015-06-01", SALE.format(1) + kept + "## 3. Keeping\n\nWe keep your data for two years.\n")
    answer = ask(Library([old, new]), "how long do you keep my data")
    assert isinstance(answer, Answer)
    assert answer.citations[0].id == "3"
    assert answer.changes[0] == Change("before", "3", date(2015, 6, 1), "in force", None)


@pytest.mark.parametrize("days", [("2010-01-01", "2015-01-01"), ("2030-01-01", "2015-01-01")])
def test_words_that_still_stand_are_no_change_of_silence(days: tuple[str, str]) -> None:
    """A clause whose topics were given in one version alone neither went away nor comes."""
    tagged, plain = (version(day, SALE.format(1)) for day in days)
    passages = tuple(each._replace(topics=("cookies",)) for each in tagged.passages)
    answer = ask(Library([replace(tagged, passages=passages), plain]), "do you use cookies?")
    assert isinstance(answer, Silent)
    assert answer.changes == ()
