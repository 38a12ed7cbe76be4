"""Reading and writing frames."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.context import Line
from channels.webchat import frames, writing

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
types = st.sampled_from(["hello", "message", "typing", "read", "ready", ""]) | anything
fields = st.fixed_dictionaries(
    {"type": types},
    optional=dict.fromkeys(("site", "session", "last_seq", "id", "text", "seq"), anything | st.text(max_size=80)),
)


@given(st.text() | st.binary() | fields.map(json.dumps))
def test_any_frame_is_read_or_refused(data: str | bytes) -> None:
    """Whatever comes in is a frame within its bounds, or a BadFrame with a code and words."""
    frame = read(data)
    match frame:
        case frames.BadFrame(code=code, close=close):
            assert code
            assert str(frame)
            assert close in {0, 1003, 1007, 1008}
        case frames.Hello(site, session, last_seq):
            assert len(site) <= frames.MAX_SITE
            assert len(session) <= frames.MAX_SESSION
            assert last_seq is None or 0 <= last_seq <= frames.MAX_SEQ
        case frames.Message(id_, text):
            assert 0 < len(id_) <= frames.MAX_ID
            assert id_.isprintable()
            assert text.strip()
            assert len(text) <= frames.MAX_TEXT


def read(data: str | bytes) -> frames.Frame | frames.BadFrame:
    """The frame, or why it is none."""
    try:
        return frames.parse(data)
    except frames.BadFrame as error:
        return error


@given(st.text(st.characters(exclude_categories=())))
def test_cleaned_text_can_be_stored_and_is_clean_already(text: str) -> None:
    """Any text, lone surrogates and NULs included, becomes valid UTF-8 without NUL; twice is like once."""
    cleaned = frames.clean(text)
    assert "\0" not in cleaned
    cleaned.encode()
    assert frames.clean(cleaned) == cleaned


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_good_text_is_left_as_it_is(text: str) -> None:
    """Emoji, right-to-left marks and 4-byte characters pass unchanged."""
    assert frames.clean(text) == text


def test_a_line_is_written_in_utc_with_its_choices() -> None:
    """The moment is given in UTC to the millisecond; choices only where there are some."""
    at = datetime(2026, 11, 24, 10, 0, 0, 123_456, tzinfo=timezone(timedelta(hours=1)))
    line = Line(3, "x", "bot", "Which?", ({"id": "1", "url": "/p#1"},), at, ("A", "B"))
    assert json.loads(writing.line(line)) == {
        "type": "message",
        "seq": 3,
        "id": "x",
        "from": "bot",
        "text": "Which?",
        "citations": [{"id": "1", "url": "/p#1"}],
        "at": "2026-11-24T09:00:00.123Z",
        "choices": ["A", "B"],
    }
    assert "choices" not in json.loads(writing.line(line._replace(choices=(), at=at.astimezone(UTC))))


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://Desk.Example", "https://desk.example"),
        ("https://desk.example/", "https://desk.example"),
        ("https://desk.example:443", "https://desk.example"),
        ("http://desk.example:8080", "http://desk.example:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://desk.example:443", "http://desk.example:443"),
        ("null", ""),
        ("", ""),
        ("file://", ""),
        ("https://desk.example/path", ""),
        ("https://user@desk.example", ""),
        ("https://desk.example:port", ""),
        ("https://[desk", ""),
        ("https://desk.example?x", ""),
        ("https://desk.example#x", ""),
    ],
)
def test_origins_have_one_spelling(text: str, origin: str) -> None:
    """What is compared is scheme, host and port; anything else is no origin."""
    assert frames.origin(text) == origin


@given(st.text())
def test_any_origin_is_read_without_a_fault(text: str) -> None:
    """A header may hold anything."""
    origin = frames.origin(text)
    assert frames.origin(origin) == origin


def test_seconds_are_spoken() -> None:
    """One second, two seconds."""
    assert (writing.seconds(1), writing.seconds(2)) == ("1 second", "2 seconds")
