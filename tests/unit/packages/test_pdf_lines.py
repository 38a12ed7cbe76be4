"""Lines of the package's PDF: broken where fpdf2 would break them, in a time that grows with the text alone."""

from __future__ import annotations

import time

import ttf_opensans
from fpdf import FPDF
from hypothesis import given
from hypothesis import strategies as st

from bot.packages.pdf_lines import broken

MADE = FPDF(format="A4")
MADE.add_font("opensans", "", ttf_opensans.OPENSANS_REGULAR.path)
MADE.set_font("opensans", "", 10)
MADE.add_page()
WORDS = st.lists(
    st.sampled_from(["a", "will", "wonderful", "M" * 90, "\u00a0", " ", "\n", "\u2003", "\u00e9t\u00e9 ", "- ", "me "]),
    max_size=60,
)


@given(WORDS, st.sampled_from([60.0, 120.0, 170.0]))
def test_lines_are_those_of_fpdf(words: list[str], width: float) -> None:
    """The same words stand on the same lines as fpdf2 would have put them."""
    text = "".join(words)
    expected = MADE.multi_cell(width, 5, text, align="L", dry_run=True, output="LINES")
    lines = list(broken(text, width - 2 * MADE.c_margin, MADE.get_string_width))
    # A line break at the end is an empty line to us, and to fpdf2 a step down after its last line.
    assert [line for line in lines if line] == [line for line in expected if line]


def test_a_letter_wider_than_the_room_stands_alone() -> None:
    """Nothing goes round for ever, and no letter is lost."""
    assert list(broken("abc", 1.0, lambda _letter: 5.0)) == ["a", "b", "c"]


def test_a_long_text_is_broken_at_once() -> None:
    """A text without any space takes no longer for being one word."""
    began = time.process_time()
    lines = list(broken("x" * 200_000 + " " + "y " * 100_000, 80.0, lambda _letter: 1.0))
    assert sum(map(len, lines)) > 390_000
    assert time.process_time() - began < 3
