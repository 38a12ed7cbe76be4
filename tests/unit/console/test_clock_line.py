"""The line of a request's time: valid, inside its frame, no label over another, nothing of nobody as markup."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import combinations
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from bot.console.clock_line import LETTER, NARROW, WIDE, Mark, Span, draw

DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))
NAMES = st.text("abcdefgh 0123456789<&\"'é", min_size=1, max_size=30)
MARKS = st.lists(st.builds(Mark, DAYS, NAMES, st.sampled_from(["received", "due", "today"])), min_size=1, max_size=6)
SPANS = st.lists(
    st.tuples(DAYS, st.integers(0, 900), NAMES, st.booleans()).map(
        lambda made: Span(made[0], made[0] + timedelta(days=made[1]), made[2], made[3])
    ),
    max_size=6,
)


def parsed(marks: list[Mark], spans: list[Span], width: int) -> ET.Element:
    text = draw("DR-1", "The time <of> it", marks, spans, width)
    return ET.fromstring(text.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


@given(MARKS, st.sampled_from([NARROW, WIDE]))
def test_every_mark_has_its_name_and_none_lies_over_another(marks: list[Mark], width: int) -> None:
    """All names are there, and two in one row are apart."""
    root = parsed(marks, [], width)
    texts = list(root.iter("{http://www.w3.org/2000/svg}text"))
    assert sorted(each.text or "" for each in texts) == sorted(mark.name for mark in marks)
    for one, other in combinations(texts, 2):
        if one.get("y") == other.get("y"):
            left, right = sorted((one, other), key=lambda each: float(each.get("x") or 0))
            assert float(left.get("x") or 0) + len(left.text or "") * LETTER <= float(right.get("x") or 0) + 0.2


@given(MARKS, SPANS, st.sampled_from([NARROW, WIDE]))
def test_whatever_the_days_the_line_stays_in_its_frame(marks: list[Mark], spans: list[Span], width: int) -> None:
    """Waits of any length, also of years, end inside; each is named."""
    root = parsed(marks, spans, width)
    height = float(root.get("height") or 0)
    boxes = list(root.iter("{http://www.w3.org/2000/svg}rect"))
    assert len(boxes) == len(spans)
    for box in boxes:
        x, y, wide, high = (float(box.get(name) or 0) for name in ("x", "y", "width", "height"))
        assert 0 <= x <= x + wide <= width + 3
        assert 0 <= y <= y + high <= height


def test_a_line_names_itself_and_nothing_is_drawn_of_nothing() -> None:
    """The title is tied to the picture, and escaped."""
    root = parsed([Mark(date(2026, 11, 1), "Received", "received")], [], WIDE)
    title = root[0]
    assert (root.get("role"), root.get("aria-labelledby")) == ("img", title.get("id"))
    assert title.text == "The time <of> it"
    assert draw("DR-1", "x", [], [], WIDE) == ""
