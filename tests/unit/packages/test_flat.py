"""Fields as one text and back: spans count in the text, values come back where they were."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.packages.detection import Span
from bot.packages.flat import flatten, left, rebuilt, within

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=12,
)
CONTENTS = st.dictionaries(st.text(max_size=6), VALUES, max_size=4) | st.text(max_size=60)


@given(CONTENTS)
def test_what_is_left_alone_comes_back_as_it_was(content: dict[str, object] | str) -> None:
    """Flattened and rebuilt with nothing left out, content and types are the same; each leaf holds its own value."""
    flat = flatten(content)
    assert rebuilt(content, [None] * len(flat.leaves)) == content
    assert all(0 <= leaf.start <= leaf.end <= len(flat.text) for leaf in flat.leaves)


@given(CONTENTS, st.lists(st.tuples(st.integers(0, 40), st.integers(1, 10)), max_size=4))
def test_names_of_fields_are_never_left_out(content: dict[str, object] | str, marked: list[tuple[int, int]]) -> None:
    """Spans are cut to values: put together, the parts of each value are that value."""
    flat = flatten(content)
    spans = [Span(at, at + length, "other", 1.0) for at, length in marked]
    parts = left(flat, spans)
    assert [leaf for leaf, _parts in parts] == list(flat.leaves)
    for leaf, cut in parts:
        assert "".join(part.text for part in cut) == flat.text[leaf.start : leaf.end]
    for span in within(flat, spans) if isinstance(content, dict) else ():
        assert any(leaf.start <= span.start and span.end <= leaf.end for leaf in flat.leaves)


def test_what_is_left_out_of_one_value_is_left_out_of_the_others() -> None:
    """One mark in a message takes the name out of its subject and of the list beside it."""
    content = {"subject": "Tom Ash", "lines": [{"text": "hi tom ash", "at": 3}], "seen": True}
    flat = flatten(content)
    assert flat.text == "subject: Tom Ash\nlines / 1 / text: hi tom ash\nlines / 1 / at: 3\nseen: yes"
    start = flat.text.index("Tom")
    parts = left(flat, [Span(start, start + 7, "name", 1.0)])
    values = ["".join(part.shown for part in cut) if any(part.span for part in cut) else None for _leaf, cut in parts]
    assert rebuilt(content, values) == {
        "subject": "[name removed]", "lines": [{"text": "hi [name removed]", "at": 3}], "seen": True,
    }  # fmt: skip
