"""What a reply says of its day and of other versions, on every channel."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.conversations import dating, replies
from bot.conversations.dating import excerpt
from channels.sms import segments, straighten
from knowledge.base import Answer, Change, OffTopic, Policy, Silent, When
from knowledge.library import Library
from knowledge.policy import citation
from tests.unit.knowledge.versions import COMING, FIRST, FIRST_AGAIN, SECOND, THIRD, TODAY, VERSIONS, version

BASE = "https://privacy.example.com"


def said(channel: str, question: str, versions: tuple[Policy, ...] = VERSIONS, **given: Any) -> replies.Reply:
    """The reply to a question that is asked today."""
    result = Library(versions).ask(question, policy="acme", today=TODAY, as_of=given.pop("as_of", None))
    assert isinstance(result, Answer | Silent)
    cited = result.citations if isinstance(result, Answer) else ()
    values = replies.Values(
        company="Acme", site="Acme", topic=result.topic, dating=dating.dating(result, BASE),
        citations=tuple(replies.quote(each, BASE) for each in cited), parts=replies.parts(result, BASE), **given,
    )  # fmt: skip
    return replies.render(channel, "answer" if cited else "silent", values)


def test_a_time_without_a_version_is_said_with_the_nearest() -> None:
    """In words before the quotation, by chat, by mail and by text, which has its date behind the quotation."""
    question = "I signed up in 2006, do you use cookies?"
    for channel in ("webchat", "mail"):
        text = said(channel, question).text
        assert (
            "No version of our policy from 2006 is known to us. The nearest is the one seen on 1 March 2008. It says:"
            "\n\n“We use cookies on none of our websites"
        ) in text
    text = said("sms", question).text
    assert text.startswith("No policy from 2006 is known to us. The nearest says: “We use cookies on none")
    assert "(seen 1 Mar 2008)" in text
    silent = said("sms", "I signed up in 2006, how long do you keep my data?").text
    assert "from 2006 is known to us. The nearest is the one seen on 1 March 2008. It doesn't say how long" in silent


def test_today_s_answer_says_what_it_said_before() -> None:
    """Word for word with its own clause, version and link, kept with the reply as evidence."""
    reply = said("webchat", "do you use cookies?")
    assert reply.text.startswith("Acme's privacy policy says:\n\n“We use cookies on all")
    assert (
        "Until 31 December 2019 it said:\n"
        "“We use cookies on some of our websites, and nobody else may set them there for us.”\n"
        f"Acme privacy privacy policy, clause 2, in force from 1 June 2015: {BASE}/policy/acme/2015-06-01#2"
    ) in reply.text
    assert [(each.id, each.effective) for each in reply.citations] == [("2", "2020-01-01"), ("2", "2015-06-01")]
    text = said("sms", "do you use cookies?")
    assert "Until 31 December 2019: “We use cookies on some of our websites" in text.text
    assert text.citations == reply.citations


def test_an_answer_for_the_past_says_what_changed_since() -> None:
    """The day of each change in full, the last with its words; or that nothing did."""
    text = said("webchat", "did your policy allow cookies in 2010?").text
    assert text.startswith("In 2010, Acme's privacy policy said:\n\n“We use cookies on none")
    assert "It changed on 1 June 2015.\n\nSince 1 January 2020 it says:\n“We use cookies on all" in text
    assert "It says the same today." not in text
    same = said("webchat", "do you sell my details?", as_of=date(2010, 5, 3)).text
    assert same.startswith("On 3 May 2010, Acme's privacy policy said:")
    assert "It says the same today." in same


def test_silence_says_since_when_it_is_none() -> None:
    """And until when it was none."""
    text = said("webchat", "how long do you keep my data?", as_of=date(2010, 1, 1)).text
    assert text.startswith("On 1 January 2010, our policy didn't say how long data is kept.")
    assert "Our policy has spoken of it since 1 June 2015.\n\nSince 1 January 2020 it says:\n“We keep" in text
    gone = said("sms", "how long do you keep my data?", (SECOND, FIRST_AGAIN)).text
    assert "Until 31 December 2020: “We keep your data for two years after your account is closed.” Shall I" in gone


def test_added_removed_and_coming_are_said_by_their_day() -> None:
    """Where there are no words to quote, and where they do not count yet."""
    added = said("webchat", "how long do you keep my data?", (FIRST, SECOND))
    assert "This clause was added on 1 June 2015." in added.text
    assert "added on 1 June 2015." in said("sms", "how long do you keep my data?", (FIRST, SECOND)).text
    removed = said("webchat", "how long do you keep my data?", (SECOND, FIRST_AGAIN), as_of=date(2016, 1, 1))
    assert "This clause was removed on 1 January 2021." in removed.text
    coming = said("webchat", "do you use cookies?", (THIRD, COMING)).text
    assert "From 1 January 2027 it will say:\n“We use cookies on many" in coming
    ahead = said("webchat", "do you use cookies?", (THIRD, COMING), as_of=date(2027, 2, 1)).text
    assert ahead.startswith("On 1 February 2027, as far as is known today, Acme's privacy policy will say:")


def test_a_version_that_was_only_seen_dates_no_change() -> None:
    """The words changed at some time before the day on which they were seen."""
    seen = version("2012-01-01", "## 1. Cookies\n\nWe use cookies on few of our websites.\n", "seen")
    before = version("2011-01-01", "## 1. Cookies\n\nWe use cookies on none of our websites.\n")
    assert "Before the version seen on 1 January 2012 it said:" in said("webchat", "cookies?", (before, seen)).text
    after = said("webchat", "cookies?", (before, seen), as_of=date(2011, 5, 1)).text
    assert "In the version seen on 1 January 2012 it says:" in after


def test_a_time_that_spans_a_change_says_so() -> None:
    """With the other words, or that they stayed; and that what was before is not known."""
    assert "Until 31 May 2015 it said:\n“We use cookies on none" in said("mail", "I joined in 2015. cookies?").text
    same = said("webchat", "I joined in 2015. do you sell my details?").text
    assert "Our policy changed in that time (version of 1 June 2015), but not on this." in same
    assert "No version from before 1 March 2008 is known to us." in said("webchat", "I joined in 2008. cookies?").text


@pytest.mark.parametrize("question", ["cookies?", "I joined in 2006. cookies?", "I joined in 2015. cookies?"])
@pytest.mark.parametrize("notice", [True, False])
@given(st.integers(1, 120), st.integers(0, 3))
@settings(max_examples=15)
def test_a_text_with_its_date_and_change_fits_into_two_segments(
    question: str, notice: bool, length: int, requests: int
) -> None:
    """However long the clause: the day of the change, the note on the date, and the link are whole."""
    tail = " and so on" * length
    first = version("2008-03-01", f"## 1. Cookies\n\nWe use no cookies on our websites{tail}.\n", "seen")
    second = version("2020-01-01", f"## 1. Cookies\n\nWe use many cookies on our websites{tail}.\n")
    beside = tuple(replies.Request(f"DR-{n}XXXX-QX4RT", "for the data we hold", "", "") for n in range(requests))
    text = said("sms", question, (first, second), notice=notice, beside=beside).text
    assert segments(straighten(text)).count <= 2
    assert "1 January 2020" in text or "31 December 2019" in text
    assert ("No policy from 2006 is known to us." in text) is ("2006" in question)
    assert f"{BASE}/policy/acme/20" in text
    assert all(each.reference in text for each in beside)


def test_one_line_for_programs_says_it_all() -> None:
    """The note of `ask --json`; empty where there is nothing to say."""
    result = Library(VERSIONS).ask("I signed up in 2006, do you use cookies?", policy="acme", today=TODAY)
    note = replies.note(dating.dating(result, BASE))
    assert note.startswith("No version of our policy from 2006 is known to us. The nearest is the one seen on 1 March")
    assert note.endswith("It changed on 1 June 2015. Since 1 January 2020 it says: “We use cookies on all of our "
                         "websites, and nobody else may set them there for us.”")  # fmt: skip
    assert replies.note(dating.dating(OffTopic("other", 1.0), BASE)) == ""
    assert replies.note(dating.dating(Library([FIRST]).ask("cookies?", policy="acme", today=TODAY), BASE)) == ""


@given(st.dates(), st.dates(), st.dates(), st.sampled_from([THIRD, FIRST]), st.booleans())
def test_any_two_days_can_be_said(one: date, other: date, today: date, policy: Policy, silent: bool) -> None:
    """From the first day of the calendar to the last, with any change: there are words."""
    when = When(min(one, other), max(one, other), today, policy.effective, policy.dated, policy.effective)
    cited = citation(policy, policy.passages[0], 1.0)
    changes = (Change("before", cited.id, THIRD.effective, "seen", None), Change("after", "", today, "in force", cited))
    result = Silent("x", 1.0, (), when, changes[1:]) if silent else Answer((cited,), "x", 1.0, False, when, changes)
    if today != date.min:
        assert "None" not in replies.note(dating.dating(result, BASE))


@given(st.lists(st.sampled_from("abcd"), min_size=1, max_size=40), st.lists(st.sampled_from("abcd"), max_size=40))
def test_an_excerpt_is_the_clause_s_own_words(words: list[str], others: list[str]) -> None:
    """A run of them, cut with dots, that has the first word that differs."""
    found = excerpt(" ".join(words), " ".join(others))
    kept = found.removeprefix("... ").removesuffix(" ...").split()
    starts = [at for at in range(len(words)) if words[at : at + len(kept)] == kept]
    assert kept
    assert starts
    same = next((at for at, pair in enumerate(zip(words, others, strict=False)) if pair[0] != pair[1]), None)
    assert same is None or not others or any(at <= same < at + len(kept) for at in starts)


def test_changes_of_several_answers_are_told_apart() -> None:
    """By their clauses, and by its topic where the policy was silent."""
    question = "do you use cookies and how long do you keep my data?"
    today = said("webchat", question).text
    assert "Until 31 December 2019 clause 2 said:\n“We use cookies on some" in today
    assert "Until 31 December 2019 clause 3 said:\n“We keep your data for two" in today
    past = said("webchat", question, as_of=date(2010, 1, 1)).text
    assert "On how long data is kept: our policy has spoken of it since 1 June 2015." in past
    assert "It didn't say how long data is kept.\n" in past
    assert "Since 1 January 2020 clause 1 says:\n“We use cookies on all" in past
    text = said("sms", question).text
    assert "Until 31 December 2019 (2): “" in text or "Changed on 1 January 2020 (2)." in text
    assert segments(straighten(text)).count <= 2
