"""What programs make of a policy when they export it, and signs that nobody sees."""

import pytest

from knowledge.formats import Read, read
from knowledge.policy import parse

FACTS = {"title": "A policy", "key": "acme", "effective": "2026-01-31"}


def passages(text: str, name: str) -> dict[str, str]:
    """Ids and words of the passages, in order."""
    found: Read = read(text.encode(), name)
    return {each.id: each.text for each in parse(found.markdown, defaults=FACTS).policy.passages}


def test_lists_within_lists_of_google_docs_keep_their_depth() -> None:
    """Google Docs writes each depth as a list of its own, one after another; a class tells how deep it is."""
    page = """<h2>What we hold</h2><p>We hold:</p>
    <ul class="c8 lst-kix_a1b2-0 start"><li class="li-bullet-0"><span>your name and email</span></li></ul>
    <ul class="c8 lst-kix_a1b2-1 start"><li class="li-bullet-1"><span>your address at home</span></li></ul>
    <ul class="c8 lst-kix_a1b2-0"><li class="li-bullet-0"><span>your telephone number</span></li></ul>"""
    assert passages(page, "a.html")["what-we-hold"].split("\n") == [
        "We hold:", "• your name and email", "  • your address at home", "• your telephone number",
    ]  # fmt: skip


@pytest.mark.parametrize("part", ["<a ", "<!--", "</p ", "<!"])
@pytest.mark.parametrize("name", ["a.html", "a.md"])
def test_tags_that_never_end_are_read_in_no_time(part: str, name: str) -> None:
    """A hostile file of nothing else took hours, as the end was looked for from each of them anew."""
    assert "We keep nothing." in "".join(passages(f"<p>We keep nothing.</p>\n\n{part * 200_000}", name).values())


def test_bold_by_style_makes_a_heading_like_bold_by_tag() -> None:
    """A line of nothing but spans in bold is a heading; one with other words beside them is none."""
    page = """<p><span style="font-weight:700">How</span> <span style="font-weight: bold">long</span></p><p>A year.</p>
    <p><span style="font-weight:700">Note</span><span style="font-weight:400"> that we keep it.</span></p>"""
    assert passages(page, "a.html") == {"how-long(a)": "A year.", "how-long(b)": "Note that we keep it."}


def test_a_list_that_is_interrupted_stays_in_its_section() -> None:
    """Its further entries are not taken for clauses of the whole policy, whose numbers would begin at 1."""
    page = """<h2>Asking</h2><p>It goes so:</p><ol><li>first you ask us</li></ol><p>We may ask who you are.</p>
    <ol start="2"><li>then we answer you</li></ol>"""
    assert list(passages(page, "a.html")) == ["asking(a)", "asking(a)(1)", "asking(b)", "asking(2)"]


@pytest.mark.parametrize("name", ["a.md", "a.html", "a.txt"])
@pytest.mark.parametrize("sign", ["\u00ad", "\u200b", "\u2060", "\ufeff"])
def test_signs_that_nobody_sees_part_no_words(name: str, sign: str) -> None:
    """A soft hyphen, or a space of no width, would hide a word from every search."""
    heading = "<h1>Data</h1><p>" if name == "a.html" else "# Data\n\n" if name == "a.md" else "DATA\n\n"
    assert list(passages(f"{heading}We hold infor{sign}mation.", name).values()) == ["We hold information."]


def test_marks_of_direction_stay() -> None:
    """Hebrew and Arabic need them to be read in their order."""
    assert passages("## Data\n\nAcme\u200f holds it.\n", "a.md") == {"data": "Acme\u200f holds it."}


def test_tags_and_remarks_within_markdown_are_not_quoted() -> None:
    """A reader of the page sees neither; what only looks like a tag stays."""
    text = (
        '## Data\n\n<!-- to do -->\n\nWe <b>never</b> <span class="x">sell</span> it<!-- ever? -->, if 1 <b or <2>.\n'
    )
    assert passages(text, "a.md") == {"data": "We never sell it, if 1 <b or <2>."}
