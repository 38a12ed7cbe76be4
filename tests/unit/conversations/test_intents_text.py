"""From a message as typed to plain words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversations import intent_features, intent_text
from bot.conversations.intent_examples import NAMES
from bot.conversations.intent_features import BUCKETS, places
from bot.conversations.intent_rules import expanded, rules
from bot.conversations.intent_text import HEAD, TAIL, plain, sentences


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("wot data do u hold abt me", "what data do you hold about me"),
        ("plz gimme my infomation", "please give me my information"),
        ("i asked 2 weeks ago 2 see it", "i asked 2 weeks ago to see it"),
        ("Don\u2019t delete my recrods", "do not delete my records"),
        ("S.A.R. please", "sar please"),
        ("what's on 07700 900123?", "what is on phonenumber ?"),
        ("for jo@example.com: DR-7K3M-9QX4", "for emailaddress . referencecode"),
        ("the date I sent it", "the date i sent it"),
        ("see\x00 my\u200b file 👍", "see my file"),
    ],
)
def test_what_people_type_becomes_what_they_mean(typed: str, meant: str) -> None:
    """Short forms, slips, apostrophes, numbers, references and marks that nobody sees."""
    assert plain(typed) == meant


@given(st.text(max_size=2_000))
def test_plain_words_are_plain(text: str) -> None:
    """Lower case, single spaces, no control characters, whatever was typed."""
    words = plain(text)
    assert words == words.strip()
    assert "  " not in words
    assert "\x00" not in words
    assert words == words.lower()


def test_only_head_and_tail_of_a_long_message_are_read() -> None:
    """The cost is bounded, and both ends are kept, where letters ask."""
    words = plain("start " + "x " * (HEAD + TAIL) + "finish")
    assert words.startswith("start")
    assert words.endswith("finish")
    assert len(words) <= HEAD + TAIL + 10


def test_a_letter_falls_into_its_sentences() -> None:
    """Marks end sentences; one word alone is none; there are sixteen at most."""
    assert sentences(plain("Dear Sir. I want my file! Thanks. Why do you wait?")) == [
        "dear sir .",
        "i want my file .",
        "thanks .",
        "why do you wait ?",
    ]
    assert len(sentences(plain("one two. " * 50))) == 16


def test_rules_are_whole() -> None:
    """Every pattern compiles, and none speaks at an empty text."""
    assert rules()
    assert {rule.intent for rule in rules()} <= set(NAMES)
    assert not [rule.name for rule in rules() if rule.pattern.search("")]


def test_groups_are_written_out() -> None:
    """`<name>` is a group of words, in groups too; a group that is not there is an error."""
    assert expanded("<a> b", {"a": "(?:x|<b>)", "b": "y"}) == "(?:x|y) b"
    with pytest.raises(KeyError):
        expanded("<nowhere>", {})


def test_features_are_the_same_for_the_same_words() -> None:
    """Places within the table, one amount each, bounded for a hostile text."""
    where, much = places("what do you hold about me")
    assert len(where) == len(much)
    assert where.max() < BUCKETS
    assert len(places("delete my data " * 10_000)[0]) < 10_000


def test_noise_without_end_fills_no_more_than_its_bound() -> None:
    """Words that nobody says twice push each other out, and one as long as a message is never remembered."""
    for number in range(3_000):
        word = "".join(chr(97 + (number * prime) % 26) for prime in (3, 5, 7, 11, 13, 17)) + "q" * (number % 9)
        places(plain(f"{word} x{number}y {word[::-1]}"))
    for memory in (intent_features._letters, intent_features._seam, intent_text._repaired):
        assert 0 < memory.cache_info().currsize <= memory.cache_info().maxsize <= 4_096
    before = intent_text._repaired.cache_info().currsize
    assert plain("q" * HEAD).strip() == "q" * HEAD
    assert intent_text._repaired.cache_info().currsize == before
