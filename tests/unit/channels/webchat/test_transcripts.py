"""A conversation as its visitor saves it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from channels.context import Line
from channels.live import File, Person
from channels.webchat.transcripts import CUT, TYPES, written

AT = datetime(2026, 11, 24, 9, 5, tzinfo=UTC)
CITE = ({"id": "3.2", "label": "iomart policy, clause 3.2", "url": "https://desk.example/policy#3.2"},)


def line(author: str, text: str, **more: object) -> Line:
    return Line(1, "m1", author, text, (), AT)._replace(**more)  # type: ignore[arg-type]  # any author for a test


def test_every_line_says_who_and_when_and_what_it_rests_on() -> None:
    """You, the bot, a person by their display name; the clause that the text does not name, and files by name."""
    lines = [
        line("you", "Do you sell data?", files=(File(1, "page.pdf", 9, "application/pdf"),)),
        line("bot", "No.", citations=CITE), line("staff", "Hello", staff=Person("Sam", "ab")), line("staff", "And?"),
    ]  # fmt: skip
    assert written(lines, "txt", "iomart").splitlines() == [
        "Chat with iomart", "", "You, 24 November 2026, 09:05 UTC", "Do you sell data?", "[file: page.pdf]", "",
        "Automatic answer, 24 November 2026, 09:05 UTC", "No.",
        "iomart policy, clause 3.2 https://desk.example/policy#3.2", "", "Sam, 24 November 2026, 09:05 UTC", "Hello",
        "", "A person, 24 November 2026, 09:05 UTC", "And?",
    ]  # fmt: skip


@given(st.text(max_size=50))
def test_any_words_stay_words(text: str) -> None:
    """A page made of any words has no element that they made; JSON gives the words back."""
    page = written([line("you", text)], "html", "iomart")
    assert page.count("<p>") == page.count("<article") == 1
    assert json.loads(written([line("you", text)], "json", "iomart"))["lines"][0]["text"] == text


def test_a_transcript_that_is_cut_says_so() -> None:
    """In each form."""
    for form in TYPES:
        assert (CUT if form != "json" else '"whole": false') in written([], form, "x", whole=False)  # type: ignore[arg-type]  # its keys
