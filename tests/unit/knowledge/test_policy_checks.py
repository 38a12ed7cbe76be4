"""Mistakes of structure are named with their line, and the text is kept all the same."""

import pytest

from knowledge.formats import read
from knowledge.labels import is_next
from knowledge.policy import parse

FACTS = {"title": "A policy", "key": "acme", "effective": "2026-01-31"}


def warnings(text: str, name: str) -> tuple[str, ...]:
    """What import says of a file."""
    found = read(text.encode(), name)
    own = parse(found.markdown, defaults=FACTS, first_line=found.first_line or None).warnings
    return found.warnings + (own if found.format == "markdown" else ())


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("## 3. A\n\n3.1 One.\n\n3.3 Three.\n", "line 5: number 3.3 comes after 3.1: one between them is missing"),
        ("## 1. A\n\nOne.\n\n## 3. B\n\nTwo.\n", "line 5: number 3 comes after 1: one between them is missing"),
        ("## 3. A\n\n3.1 One.\n\n3.1 Again.\n", "line 5: number 3.1 stands twice: here it is 3.1-2"),
        ("# T\n\n## A\n\nOne.\n\n##### B\n\nTwo.\n", "line 7: a heading of level 5 stands beneath one of level 2"),
        ("## 3. A\n\n3.1\n\n3.2 Two.\n", "line 3: clause 3.1 is empty"),
        ("## A\n\n## B\n\nText.\n", "line 1: the heading 'A' has nothing beneath it"),
        ("## A\n\nSo:\n\n(a) one\n(b) two\n(d) four\n", "line 7: (d) comes after (b)"),
        ("## A\n\nText.\n\n1. one\n3. three\n", "line 6: 3. comes after 1."),
        ("## A\n\nText.\n\n1. one\n2. two\n2. two\n", "line 7: 2. comes after 2."),
        ("# A. Us\n\nOne.\n\n# C. You\n\nThree.\n", "line 5: C comes after A"),
        ("# II. Us\n\nTwo.\n\n# IV. You\n\nFour.\n", "line 5: IV comes after II"),
        ("# Part A\n\nOne.\n\n# Part C\n\nThree.\n", "line 5: part c comes after a"),
        ("## A\n\nText.\n\n| a | b |\n| c | d |\n", "line 5: this looks like a table without a line of hyphens"),
        ("## A\n\n| a | b |\n|---|---|\n| c | d | e |\n", "line 5: a row of the table has 3 cells, its header 2"),
        ("## A\n\n| a | b |\n|---|---|\n", "line 3: a table has no rows beneath its header"),
        ("## A\n\nWe donâ€™t.\n", "line 3: 'â€' looks like a spoilt character"),
        ("## A\n\nCaf\ufffd.\n", "line 3: '\ufffd' looks like a spoilt character"),
        ("## A\n\nWe\0 do.\n", "line 3: a NUL was left out"),
        ("---\ntitle: A\n---\n\n## A\n\nWe may:\n", "line 7: the last paragraph ends in a colon"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(text: str, warning: str) -> None:
    """The line is that of the file as it was given."""
    assert any(each.startswith(warning) for each in warnings(text, "a.md")), warnings(text, "a.md")


def test_the_lines_are_those_of_the_page_itself() -> None:
    """HTML and plain text are warned of by their own lines, not by those of what is kept."""
    page = "<h2>3. A</h2>\n\n\n<p>3.1 One.</p>\n<p>3.4 Four.</p>"
    assert "line 5: number 3.4 comes after 3.1: one between them is missing" in warnings(page, "a.html")
    text = "TITLE\n\n\n\n1. ONE\n\nText.\n\n\n3. THREE\n\nText.\n"
    assert "line 10: number 3 comes after 1: one between them is missing" in warnings(text, "a.txt")


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("1. Data\n\nWe hold.\n\n3. Use\n\nWe use.\n", "line 5: number 3 comes after 1: one between them is missing"),
        ("1. Data\n\nWe hold.\n\n2. Use\n\nWe.\n\n2. More\n\nYou.\n", "line 9: number 2 stands twice: here it is 2-2"),
        ("Article 2\n\nWe hold.\n\nArticle 5: Use\n\nWe use.\n", "line 5: number 5 comes after 2: one between them is"),
        ("1. DATA\n1.1 We hold.\n1.3 We keep.\n", "line 3: number 1.3 comes after 1.1: one between them is missing"),
    ],
)
def test_a_number_left_out_of_plain_text_still_begins_its_clause(text: str, warning: str) -> None:
    """What follows a gap is a heading or clause of its own, and the gap is named: none is drowned in the one before."""
    assert any(each.startswith(warning) for each in warnings(text, "a.txt")), warnings(text, "a.txt")


def test_the_title_of_a_document_needs_nothing_beneath_it() -> None:
    """Word gives it the level of the sections that it stands above; a section without words is still named."""
    assert warnings("<h1>Privacy policy</h1><h1>1. Us</h1><p>We are Acme.</p>", "a.html") == ()
    assert warnings("<h1>1. Us</h1><h1>2. You</h1><p>You are you.</p>", "a.html") != ()


def test_sound_numbering_is_not_warned_of() -> None:
    """Sub-numbers, letters within the alphabet, and parts that begin again are no mistakes."""
    text = (
        "# T\n\n## Part A\n\n### 1. X\n\n1.1 We may:\n\n1.1.1 Do this.\n\n1.1.2 Do that.\n\n1.2 More.\n\n"
        "### 2. Y\n\nSo:\n\n(h) one\n(i) two\n(j) three\n\n## Part B\n\n### 1. X\n\nText.\n"
    )
    assert warnings(text, "a.md") == ()


@pytest.mark.parametrize(
    ("last", "number", "expected"),
    [
        ((), (4,), True), ((3,), (3, 1), True), ((3, 2), (3, 3), True), ((3, 2), (4,), True), ((3, 2), (4, 1), True),
        ((3, 2), (3, 4), False), ((3, 2), (5,), False), ((3, 2), (3,), False), ((1, 2, 9), (1, 3), True),
    ],
)  # fmt: skip
def test_a_number_may_follow_by_one_step(last: tuple[int, ...], number: tuple[int, ...], expected: bool) -> None:
    """The next at its depth, the first beneath, or the next further out; nothing that goes back or leaves one out."""
    assert is_next(last, number) is expected


def test_a_start_looks_for_no_mistakes_and_reads_the_same_policy() -> None:
    """Warnings are for whoever imports; what is read without them is the same."""
    text = "# T\n\n## 1. A\n\nOne.\n\n## 3. B\n\nThree\ufffd.\n"
    looked, read_only = (parse(text, defaults=FACTS, checked=checked) for checked in (True, False))
    assert (len(looked.warnings), read_only.warnings) == (2, ())
    assert read_only.policy == looked.policy
