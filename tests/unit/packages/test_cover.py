"""The cover note: who, what was asked, what is here, what is not and why, how to complain; never what was left out."""

from __future__ import annotations

import pytest

from bot.packages.cover import REASONS, REMOVED, cover
from bot.packages.detection import KINDS
from tests.unit.packages.sample import facts


def words(**values: object) -> str:
    """The whole note as one text."""
    parts = cover(facts(**values)).parts
    return "\n".join("\n".join((part.heading, *part.paragraphs, *part.entries, part.quoted)) for part in parts)


def test_it_says_what_was_asked_and_when() -> None:
    """Name, reference, their own words, the day and the way that they asked."""
    text = words()
    assert "Dear Jane Smith," in text
    assert "You asked us by email on 20 November 2026 for the data that we hold about you." in text
    assert "DR-7K3MB-9QX4T" in text
    assert "what do you hold about me" in text


@pytest.mark.parametrize(
    ("channel", "said"),
    [("sms", "by text message"), ("webchat", "in our web chat"), ("phone", "by telephone"), ("?", "for this")],
)
def test_each_channel_has_its_words(channel: str, said: str) -> None:
    """However a request came, the note says it in plain words."""
    assert f"You asked us {said} on" in words(channel=channel)


def test_portability_is_spoken_of_as_what_it_is() -> None:
    """Who takes their data elsewhere is told which files are for that."""
    text = words(kind="portability")
    assert "that you can take to another company" in text
    assert "data.json and data.csv hold your data" in text


def test_what_is_left_out_is_counted_by_reason_alone() -> None:
    """Items and places with their numbers; one is spoken of as one."""
    text = words()
    assert "1 item we left out as a whole, because it is advice from or to our lawyers" in text
    assert "2 items we left out as a whole, because they are about somebody else" in text
    assert "names of other people: 3 places" in text
    assert "card numbers: 1 place" in text
    assert "We left nothing out." in words(withheld={}, removed={})
    assert REMOVED.keys() == set(KINDS)
    assert all(reason for reason in REASONS.values())


def test_it_ends_with_complaint_and_the_contact_block() -> None:
    """The regulator is named as law, and the policy's clause 9 stands word for word."""
    text = words()
    assert "Information Commissioner's Office" in text
    assert "UK GDPR, Articles 15(1)(f), 77 and 79" in text
    assert text.rstrip().endswith("info@iomart.com")
    assert "How to reach us" not in words(contact=None)


def test_nothing_found_is_said_plainly_and_nobody_is_greeted_by_an_empty_name() -> None:
    """An empty package is an answer too."""
    text = words(contents=(), name="", words="")
    assert "have none to give you" in text
    assert text.lstrip().startswith("Hello,")
    assert "You wrote:" not in text
