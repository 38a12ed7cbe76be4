"""Long texts go as several messages, and nothing of them is lost or torn."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from channels.sms.graphemes import may_end
from channels.sms.gsm7 import segments, straighten
from channels.sms.splitting import CHARACTERS, MOST, SEGMENTS, SHORT, messages, pieces

NUMBER = re.compile(r"\((\d+)/(\d+)\) ")
WORDS = st.sampled_from(
    [
        "We", "keep", "your", "data.", "Why?", "\n\n", "\n", "€{}|", "naïve", "👩‍👩‍👧‍👦", "👋🏽", "🇬🇧🇩🇪", "e\u0301",
        "שלום", "한국어", "https://desk.example/policy/iomart/2007-12-15#3.2", "www.iomart.com/a?b=c",
        "x" * 200, "我们保留您的数据。" * 9,
        "ก็" * 80,
    ]
)  # fmt: skip
TEXTS = st.lists(st.one_of(WORDS, st.text(max_size=30)), max_size=150).map(" ".join)


@given(TEXTS)
@example("a" * 5_000)
@example("👩‍👩‍👧‍👦" * 400)
@example("e" + "\u0301" * 3_000)
@example(" " * 4_000)
@example("…" * 1_000)
def test_joined_the_pieces_are_the_text(text: str) -> None:
    """To the letter, in order; no piece is empty but of an empty text."""
    whole = straighten(text)
    cut = pieces(whole)
    assert "".join(cut) == whole
    assert all(cut) or whole == ""


@given(TEXTS)
@example("…" * 1_000 + "👋")
@example("{" * 3_000)
def test_every_message_is_one_that_twilio_and_networks_take(text: str) -> None:
    """At most 1,600 characters and ten segments each, numbered from 1, with all the words in order."""
    try:
        parts = messages(text)
    except ValueError:
        assert len(text) > 5_000
        return
    if len(parts) == 1:
        assert parts == (text,) or not text.strip()
        assert len(text) <= SHORT or (len(straighten(text)) <= CHARACTERS and segments(straighten(text)).count <= 10)
        return
    for number, part in enumerate(parts, start=1):
        assert len(part) <= CHARACTERS
        assert segments(part).count <= SEGMENTS
        found = NUMBER.match(part)
        assert found is not None
        assert (int(found[1]), int(found[2])) == (number, len(parts))
    told = "".join("".join(NUMBER.sub("", part, count=1).split()) for part in parts)
    assert told == "".join(straighten(text).split())


@given(TEXTS)
def test_no_link_and_no_character_is_cut(text: str) -> None:
    """Every link that fits in a message stands whole in one, and no cut falls within a grapheme of sensible size."""
    whole, at = straighten(text), 0
    cut = pieces(whole)
    for piece in cut[:-1]:
        at += len(piece)
        assert may_end(whole, at)
    for link in re.findall(r"https://desk\.example/policy/iomart/2007-12-15#3\.2|www\.iomart\.com/a\?b=c", whole):
        assert any(link in piece for piece in cut)


@given(st.lists(st.sampled_from("a{€👋e\u0301\u200d🏽🇬한\u1100\u1161\r\n "), max_size=400).map("".join))
def test_a_cut_never_tears_what_belongs_together(text: str) -> None:
    """Of any jumble: where a piece ends, a character ends too."""
    whole, at = straighten(text * 8), 0
    for piece in pieces(whole)[:-1]:
        at += len(piece)
        assert may_end(whole, at)


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("e\u0301", [1]),
        ("👩\u200d👧", [1, 2]),
        ("👋🏽", [1]),
        ("🇬🇧🇩🇪", [1, 3]),
        ("🏴\U000e0067\U000e0062\U000e007f", [1, 2, 3]),
        ("\r\n", [1]),
        ("\u1100\u1161\u11a8", [1, 2]),
        ("한국", []),
        ("❤\ufe0f", [1]),
        ("\u0600\u0661", [1]),
        ("ab", []),
    ],
    ids=["accent", "family", "tone", "flags", "tags", "return", "jamo", "syllables", "variation", "number", "letters"],
)
def test_what_people_see_as_one_character_is_one(text: str, inside: list[int]) -> None:
    """Marks, joiners, tones, flags, Hangul: the places within are no ends."""
    assert [at for at in range(1, len(text)) if not may_end(text, at)] == inside


def test_it_is_cut_at_paragraph_then_sentence_then_word() -> None:
    """The latest of the best kind of place, where a third of the message is filled by then."""
    sentence = "We keep the answer for two years and then we delete it. "
    paragraphs = sentence * 12 + "\n\n" + sentence * 12 + "\n\n" + sentence * 12
    first = pieces(paragraphs)[0]
    assert first.endswith("\n\n")
    sentences = pieces(sentence * 60)
    assert all(piece.endswith("it. ") for piece in sentences)
    words = pieces("word " * 700)
    assert all(piece.endswith(" ") for piece in words)


def test_a_short_text_goes_as_it_is() -> None:
    """Nothing is numbered or changed that one message can carry."""
    assert messages("Hello") == ("Hello",)
    assert messages("x" * 1_530) == ("x" * 1_530,)
    assert len(messages("x" * 1_531)) == 2
    assert len(messages("\u05d0" * 671)) == 2


def test_a_text_that_is_a_book_is_refused() -> None:
    """Beyond 99 messages the writer is told what to do."""
    with pytest.raises(ValueError, match="email"):
        messages("word " * (MOST * 310))
