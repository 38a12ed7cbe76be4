"""The time in the past that a question is about."""

from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from knowledge.dates import MOST_READ, Found
from knowledge.dates import asked_about as read

TODAY = date(2026, 11, 24)


def asked_about(question: str, today: date) -> object:
    return read(question, today).period


ASKED = [
    ("I signed up in 2006", "2006-01-01", "2006-12-31"),
    ("I signed up in 2006. Do you sell my data?", "2006-01-01", "2006-12-31"),
    ("back in March", "2026-03-01", "2026-03-31"),
    ("what did you say back in December about cookies", "2025-12-01", "2025-12-31"),
    ("I signed up in\nMarch, do you use cookies", "2026-03-01", "2026-03-31"),
    ("what did the policy say in June 2009?", "2009-06-01", "2009-06-30"),
    ("on 3 May 2010 did you share data", "2010-05-03", "2010-05-03"),
    ("on the 3rd of May, 2010", "2010-05-03", "2010-05-03"),
    ("I joined on May 3rd 2010", "2010-05-03", "2010-05-03"),
    ("I joined 03/05/2010, do you sell data", "2010-05-03", "2010-05-03"),
    ("i joined on 3.5.10", "2010-05-03", "2010-05-03"),
    ("as of 2010-05-03", "2010-05-03", "2010-05-03"),
    ("I signed up on 3 May", "2026-05-03", "2026-05-03"),
    ("I signed up on 3 December", "2025-12-03", "2025-12-03"),
    ("I signed up last year", "2025-01-01", "2025-12-31"),
    ("what did last year's policy say", "2025-01-01", "2025-12-31"),
    ("I signed up last month", "2026-10-01", "2026-10-31"),
    ("I joined last summer", "2026-06-01", "2026-08-31"),
    ("I joined last winter", "2025-12-01", "2026-02-28"),
    ("I signed up two years ago", "2024-11-24", "2024-11-24"),
    ("i joined 18 months ago", "2025-05-24", "2025-05-24"),
    ("when I joined in '08", "2008-01-01", "2008-12-31"),
    ("when I joined in \u201998", "1998-01-01", "1998-12-31"),
    ("when i joined in 08", "2008-01-01", "2008-12-31"),
    ("in the summer of 2012 i signed up", "2012-06-01", "2012-08-31"),
    ("in late 2011", "2011-09-01", "2011-12-31"),
    ("at the beginning of 2010", "2010-01-01", "2010-04-30"),
    ("in the 90s did you use cookies", "1990-01-01", "1999-12-31"),
    ("what did it say before 2010?", "2009-12-31", "2009-12-31"),
    ("between 2006 and 2010 did you sell data", "2006-01-01", "2010-12-31"),
    ("I was a customer from March 2006 to 2010", "2006-03-01", "2010-12-31"),
    ("I joined in 2006 and left in 2010", "2006-01-01", "2010-12-31"),
    ("what does the 2006 policy say", "2006-01-01", "2006-12-31"),
    ("the policy of 2006", "2006-01-01", "2006-12-31"),
    ("how has it changed since I signed up in 2006", "2006-01-01", "2006-12-31"),
    ("did you use cookies in 2026", "2026-01-01", "2026-11-24"),
]


@pytest.mark.parametrize(("question", "first", "last"), ASKED)
def test_a_time_that_is_asked_about_is_found(question: str, first: str, last: str) -> None:
    """In the words and figures that people write, the day before the month, and never later than today."""
    assert asked_about(question, TODAY) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    "question",
    [
        "do you sell my data?",
        "may I ask what you collect",
        "I am 2006 years old",
        "it costs £2006",
        "in 2006 pounds",
        "I sent a total of 2006 emails",
        "call me on 0141 931 2006",
        "my order number is 2006",
        "ref 2006/03/05",
        "it is on 192.168.20.06",
        "do you keep it for 2 years",
        "kept until 2015",
        "how many did you share in the last year",
        "a customer of yours since 2004 and very happy",
        "since the 2018 GDPR what do you keep",
        "what did the Data Protection Act in 1998 change",
        "GDPR came in 2018",
        "in 1998 Act terms",
        "I was born in 1980",
        "born on 3 May 1980, do you know that",
        "my dob is 03/05/1980 and I joined",
        "delete it by March",
        "will you delete what I signed up for in March",
        "can you keep it in may",
        "in 2027",
        "on 25 December 2026",
        "I wrote to you in March",
        "I left more than 5 years ago",
        "do you still have the data I gave you in 2006",
        "I signed up in 2006, do you sell it now",
        "on 31/02/2010 I joined",
        "on 05/23/2010 I joined",
        "between 2006 and now",
        "I signed up in 2015, does the new policy count for me",
    ],
)
def test_what_only_looks_like_one_moves_nothing(question: str) -> None:
    """Times to come, deadlines, durations, births, laws, prices and numbers; nor does a question about now."""
    assert asked_about(question, TODAY) is None


PIECES = ["in", "on", "before", "from", "to", "between", "and", "last", "ago", "back", "may", "March", "2006", "'08",
          "29 february ", "3/5/10", "2010-02-30", "years", "999", "the", "policy", "signed", ".",
          "\n\n", "year", "\u2019", "1900"]  # fmt: skip


@given(
    st.one_of(st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=60).map(" ".join)),
    st.dates(date(1970, 1, 1), date(2999, 12, 31)),
)
@example("joined 999 years ago, signed 0 days ago", date(1970, 1, 1))
@example("joined on 29 february, signed last february", date(2027, 3, 1))
def test_a_time_is_never_in_the_future(question: str, today: date) -> None:
    """Whatever is written, on whatever day: nothing is raised, and the time begins and ends by today."""
    found = read(question, today)
    assert found.period is None or found.period.first <= found.period.last <= today
    assert found.period or found.rest == question
    assert len(found.rest) <= len(question)


@given(st.dates(date(1900, 1, 1), TODAY), st.sampled_from(["{0.day} {0:%B} {0.year}", "{0:%d/%m/%Y}", "{0:%Y-%m-%d}"]))
def test_every_day_of_the_past_can_be_named(day: date, form: str) -> None:
    """Written out, in British figures or as a standard date, it is that day; today is none of the past."""
    found = asked_about(f"I signed up on {form.format(day)}. Do you sell data?", TODAY)
    assert found == (day, day)
    assert asked_about(f"I signed up before {form.format(day)}", TODAY) == (day - timedelta(days=1),) * 2


@pytest.mark.parametrize("piece", ["in 2006 ", "may 3 ", "'", "1", "a couple of ", "from 2006 to ", "(", "last ", "3/"])
def test_endless_questions_are_read_to_a_bound(piece: str) -> None:
    """What stands beyond it changes nothing, so that its length costs nothing."""
    question = piece * (MOST_READ // len(piece) + 1)
    assert asked_about(question + "I joined in 1999", TODAY) == asked_about(question[:MOST_READ], TODAY)


@pytest.mark.parametrize(
    ("question", "rest"),
    [
        ("Do you sell data?", "Do you sell data?"),
        ("What did your policy say about cookies in 2006?", "What did your policy say about cookies ?"),
        ("In 2006 did you use Cookies", " did you use Cookies"),
        ("I signed up in 2006, do you sell data?", ", do you sell data?"),
        ("I joined you last year. Do you\nsell data?", ". Do you\nsell data?"),
        ("Do you keep what I gave you two years ago?", "Do you keep what I gave you ?"),
        ("between 2006 and 2010, did you sell data", ", did you sell data"),
        ("I want to know what you did in 2006, please", "I want to know what you did , please"),
        ("I signed up in 2006", "I signed up in 2006"),
        ("in 2006", "in 2006"),
        ("since 2004, do you sell data", "since 2004, do you sell data"),
    ],
)
def test_the_words_of_a_time_are_not_the_question_s_subject(question: str, rest: str) -> None:
    """They are taken out with what only leads to them; all else stays as it was written."""
    assert read(question, TODAY).rest == rest


def test_a_question_without_a_time_is_left_alone() -> None:
    """Word for word."""
    assert read("Do  you use\n\nCookies?", TODAY) == Found(None, "Do  you use\n\nCookies?")
