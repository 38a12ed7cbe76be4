"""Markdown, HTML and plain text → the same blocks, and back without loss."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.blocks import Block, defined, listed, nest, tabled
from knowledge.formats import format_of, read
from knowledge.formats.html import read_html
from knowledge.formats.plain import read_plain
from knowledge.formats.writing import to_markdown
from knowledge.front_matter import PolicyError
from knowledge.markdown import blocks
from knowledge.policy import Parsed, parse

FACTS = {"title": "A policy", "key": "acme", "effective": "2026-01-31"}


def parsed(text: str, name: str = "policy.txt") -> Parsed:
    """A file's text as it is imported."""
    return parse(read(text.encode(), name).markdown, defaults=FACTS)


def passages(text: str, name: str = "policy.txt") -> dict[str, str]:
    """Ids and words of the passages, in order."""
    return {passage.id: passage.text for passage in parsed(text, name).policy.passages}


def shape(found: list[Block]) -> list[tuple[object, ...]]:
    """Blocks without their lines, and without spaces that nobody sees."""
    return [
        (each.kind, squeeze(each.text), each.level, tuple((squeeze(e.text), e.mark, e.depth) for e in each.entries))
        for each in found
    ]


def squeeze(text: str) -> str:
    """Text without regard to white space."""
    return " ".join(text.split())


def bare(text: str) -> str:
    """Letters and digits alone: what is left when marks, bars and white space do not count."""
    return re.sub(r"[\W_]+", "", text)


def joined(result: Parsed) -> str:
    """Everything that the sections say, in order, with the printed numbers."""
    return " ".join(
        part
        for section in result.sections
        for part in (section.label, section.title, *(f"{c.label} {c.text}" for c in section.clauses))
    )


# -- HTML


def test_html_is_read_as_its_reader_sees_it() -> None:
    """Scripts, styles and navigation are gone; links, emphasis and entities are words; breaks stay."""
    page = """<!doctype html><html><head><title>Acme</title><style>p{color:red}</style></head><body>
    <nav><a href="/">Home</a></nav><h1>Privacy</h1>
    <p>We &amp; <a href="https://x.example">our <em>partners</em></a> care.<br>Really.</p>
    <script>alert("no")</script><noscript>no</noscript></body></html>"""
    assert shape(read_html(page).blocks) == [
        ("heading", "Privacy", 1, ()),
        ("paragraph", "We & our partners care. Really.", 0, ()),
    ]
    assert read_html(page).title == "Acme"


def test_a_list_within_a_list_keeps_its_depth_and_numbers() -> None:
    """What the browser prints before an entry is its mark."""
    page = (
        "<h2>Use</h2><p>We use it to:</p><ol type=a><li>serve you as you asked us to<li>bill you:"
        "<ol type=i><li>every month, in arrears</li><li>once a year, ahead</ol>"
        "<li value=5>keep you safe from fraud</ol>"
    )
    (entry,) = [block.entries for block in read_html(page).blocks if block.kind == "list"]
    assert [(item.mark, item.depth) for item in entry] == [("a.", 0), ("b.", 0), ("i.", 1), ("ii.", 1), ("e.", 0)]
    assert list(passages(page, "a.html")) == ["use", "use(a)", "use(b)", "use(b)(i)", "use(b)(ii)", "use(e)"]


def test_rows_of_a_table_are_passages_beneath_its_header() -> None:
    """A row can be quoted alone, and its context names the columns."""
    page = (
        "<h2>6. Why</h2><table><tr><th>Data<th>Purpose<th>Basis</tr>"
        "<tr><td>Account data</td><td>To <b>run</b> your account</td><td>Contract</td></tr>"
        "<tr><td>Call recordings<td>Training<td>Legitimate interests</table>"
    )
    rows = {each.id: each for each in parsed(page, "a.html").policy.passages}
    assert rows["6(account-data)"].text == "Account data | To run your account | Contract"
    assert rows["6(call-recordings)"].context == "Data | Purpose | Basis"


def test_a_table_that_lays_out_the_page_is_no_table() -> None:
    """Old pages stand whole in one cell; their headings and lists count all the same."""
    page = (
        "<table><tr><td>Menu</td><td><h2>1. Use</h2><p>We use it.</p>"
        "<table><tr><th>A<th>B</tr><tr><td>c<td>d</tr></table></td></tr></table>"
    )
    assert [block.kind for block in read_html(page).blocks] == ["paragraph", "heading", "paragraph", "table"]


def test_definitions_are_passages_named_by_their_term() -> None:
    """<dl> gives terms; a paragraph that explains a quoted term is named by it too."""
    page = "<h2>Terms</h2><dl><dt>Cookie</dt><dd>A small file.</dd><dt>Data subject<dd>You.</dl>"
    assert passages(page, "a.html")["terms(data-subject)"] == "Data subject\nYou."
    text = (
        "ACME PRIVACY\n\nDEFINITIONS\n\n“Personal data” means facts about you.\n\n“Controller” (or “we”) means Acme.\n"
    )
    assert list(passages(text)) == ["definitions(personal-data)", "definitions(controller)"]


def test_word_exported_html_has_its_lists_and_headings() -> None:
    """Word writes lists as paragraphs with a mark inside, and headings as classes or bold paragraphs."""
    page = """<p class=MsoHeading1>1. Sharing</p><p class=MsoNormal>We share with:<o:p></o:p></p>
    <p class=MsoListParagraph style='mso-list:l0 level1 lfo1'><![if !supportLists]><span style='font:Symbol'>
    <span style='mso-list:Ignore'>·<span style='font:7.0pt'>&nbsp;&nbsp; </span></span></span><![endif]>couriers who
    bring your parcel</p><p class=MsoListParagraph style='mso-list:l0 level2 lfo1'><span style='mso-list:Ignore'>o<span>
    &nbsp; </span></span>those at home and abroad</p><p><b>How to complain</b></p><p>Write to us.</p>"""
    assert shape(read_html(page).blocks) == [
        ("heading", "1. Sharing", 1, ()),
        ("paragraph", "We share with:", 0, ()),
        (
            "list",
            "• couriers who bring your parcel • those at home and abroad",
            0,
            (("couriers who bring your parcel", "•", 0), ("those at home and abroad", "•", 1)),
        ),
        ("heading", "How to complain", 2, ()),
        ("paragraph", "Write to us.", 0, ()),
    ]


def test_what_html_leaves_open_is_named_with_its_line() -> None:
    """A table or a script that nothing closes is said, and what was read is kept."""
    page = "<h2>1. A</h2>\n<p>Text.</p>\n<table><tr><th>A<th>B\n<tr><td>c<td>d"
    assert "line 3: the table is never closed: add </table>" in read(page.encode(), "a.html").warnings
    cut = read(b"<h2>1. A</h2>\n<p>Text.</p>\n<script>var a;\n<p>more</p>", "a.html")
    assert any(warning.startswith("line 3: <script> is never closed") for warning in cut.warnings)


# -- plain text

PLAIN = """ACME LIMITED PRIVACY NOTICE
===========================

This notice tells you what we do with facts about you when you buy from us
or write to us.

1. WHO WE ARE

Acme Limited
1 High Street
Glasgow

2. What we collect

2.1 We collect facts that you give us when you order, and facts that your
bank gives us when you pay.
2.2 We may use them to:
    (a) send you what you have ordered from us; and
    (b) tell your bank
        (i) that you paid us; or
        (ii) that you asked for your
             money back.

Cookies
-------

We set none. In 2.1 above
we said what else we collect.

| Data | Kept for |
|------|----------|
| Name | 6 years  |
"""


def test_plain_text_is_read_by_its_looks() -> None:
    """Underlines, capitals and short numbered lines are headings; wrapped lines run on, an address stays."""
    result = parsed(PLAIN)
    assert [(section.id, section.title) for section in result.sections] == [
        ("preamble", "ACME LIMITED PRIVACY NOTICE"),
        ("1", "WHO WE ARE"),
        ("2", "What we collect"),
        ("cookies", "Cookies"),
    ]
    said = passages(PLAIN)
    assert said["1"] == "Acme Limited\n1 High Street\nGlasgow"
    assert said["2.1"].endswith("facts that your bank gives us when you pay.")
    assert said["2.2(b)(ii)"] == "that you asked for your\nmoney back."
    assert said["cookies(b)(name)"] == "Name | 6 years"
    assert result.warnings == ()


def test_clauses_with_running_numbers_are_named_by_them() -> None:
    """1., 2., 3. through the whole policy are ids by themselves; where they begin again, with their section."""
    running = "A. US\n\n1. We are Acme and sell shoes.\n\n2. We are in Leeds.\n\nB. YOU\n\n3. You are a customer.\n"
    assert list(passages(running)) == ["1", "2", "3"]
    again = "Article 5\n\n1. We are Acme and we sell shoes.\n\nArticle 6\n\n1. You are a customer of ours.\n"
    assert list(passages(again)) == ["5(1)", "6(1)"]


@pytest.mark.parametrize(
    ("body", "ids"),
    [
        ("## Article 5\n\nText.\n\n## § 6 Rights\n\nText.\n", ["5", "6"]),
        ("## 3. A\n\n3.1 We may:\n\n3.1.1 sell you shoes online\n\n3.1.2 Fix them.\n", ["3.1", "3.1.1", "3.1.2"]),
        ("## 3. A\n\n3.1 One.\n\nIt goes on.\n\n3.2 Two.\n", ["3.1", "3.2"]),
        ("## Part A\n\n### 1. X\n\nT.\n\n## Part B\n\n### 1. X\n\nT.\n", ["part-a-1", "part-b-1"]),
        ("## A. Us\n\n(a) One thing.\n(b) Other.\n\n## B. You\n\n(a) Third.\n", ["A(a)", "A(b)", "B(a)"]),
        ("## Cookies\n\n### In short\n\nFew.\n\n## Ads\n\n### In short\n\nNone.\n",
         ["cookies-in-short", "ads-in-short"]),
        ("**1. Data**\nWe hold.\n\n**2. Use**\nWe use.\n", ["1", "2"]),
        ("## Us\n\n**Acme Ltd**\n1 High Street\n", ["us"]),
        ("## 2. Use\n\n(h) one\n\n(i) two\n\n(j) three\n", ["2(h)", "2(i)", "2(j)"]),
    ],
)  # fmt: skip
def test_numbers_of_every_make_are_ids(body: str, ids: list[str]) -> None:
    """The policy's own numbers name its clauses, led by their part where they come again."""
    assert list(passages(body, "a.md")) == ids


def test_marks_at_the_same_indent_are_told_by_their_order() -> None:
    """(i) after (b) is beneath it, (c) comes back, (i) after (h) is a letter."""
    marks = ["(a)", "(b)", "(i)", "(ii)", "(c)", "•", "•", "(d)"]
    assert nest([(0, mark) for mark in marks]) == [0, 0, 1, 1, 0, 1, 1, 0]
    assert nest([(0, f"({letter})") for letter in "abcdefghij"]) == [0] * 10


# -- whatever comes


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it is empty"),
        (b" \n\0\n", "it is empty"),
        (b"%PDF-1.7 ...", "save it as HTML, Markdown or plain text"),
        (b"PK\x03\x04....", "an Office document"),
        (b"\x01\x02\x03\x04\x05" * 50, "control characters"),
        (b"a" * 2_000_001, "split it"),
        (b"# 1. X\n\ncaf\xe9\n", "line 3 is not UTF-8"),
    ],
)
def test_what_can_be_no_policy_is_refused_with_the_mend(content: bytes, message: str) -> None:
    """One line says what to do."""
    with pytest.raises(PolicyError, match=re.escape(message)) as caught:
        read(content, "policy.txt")
    assert "\n" not in str(caught.value)


def test_old_encodings_are_read_where_the_file_names_them() -> None:
    """UTF-16 by its mark, Latin-1 by the page's own word."""
    assert "café" in read("# 1. X\n\ncafé\n".encode("utf-16"), "a.md").markdown
    page = '<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1"><p>café</p>'.encode("latin-1")
    assert "café" in read(page, "a.html").markdown


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.md", "x", "markdown"),
        ("a.htm", "x", "html"),
        ("a", "<p>Hello</p><p>there</p>", "html"),
        ("a.txt", "# Title\n\nText", "markdown"),
        ("a.txt", "TITLE\n\nText", "text"),
    ],
)
def test_the_format_is_told_by_name_or_content(name: str, text: str, expected: str) -> None:
    """A text file may hold Markdown."""
    assert format_of(text, name) == expected


_character = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"])
_words = (
    st.one_of(
        st.text(_character, min_size=1, max_size=20),
        st.sampled_from(["a|b", "# x", "- y", "1. z", "(a) w", "3.1 V", "*b*", "_i_", "[l](u)", "&amp;", "<b>", "\\*",
                         ": d", "> q", "---", "===", "| - |", "a. k", "• s", "1.2. T", "`c`", "~~~"]),
    )
    .map(squeeze)
    .filter(lambda text: bool(text.strip()))
)  # fmt: skip
_lines = st.lists(_words, min_size=1, max_size=3).map("\n".join)
_mark = st.sampled_from(["•", "-", "(a)", "(b)", "(i)", "1.", "2.", "a.", "iv)"])


@st.composite
def _lists(draw: st.DrawFn) -> Block:
    found = draw(st.lists(st.tuples(_words, _mark, st.integers(0, 12)), min_size=1, max_size=6))
    depths = nest([(indent, mark) for _text, mark, indent in found])
    from knowledge.blocks import Item

    return listed([Item(text, mark, depth) for (text, mark, _i), depth in zip(found, depths, strict=True)], 0)


_cell = _words.filter(lambda text: "|" not in text)
_block = st.one_of(
    st.builds(lambda text, level: Block("heading", text, 0, level=level), _words, st.integers(1, 6)),
    st.builds(lambda text: Block("paragraph", text, 0), _lines),
    _lists(),
    st.builds(
        lambda rows: tabled(rows, [0] * len(rows)),
        st.lists(st.lists(_cell, min_size=2, max_size=4), min_size=1, max_size=4),
    ),
    st.builds(
        lambda pairs: defined([(a, b, 0) for a, b in pairs]),
        st.lists(st.tuples(_words, _lines), min_size=1, max_size=3),
    ),
)


def _apart(found: list[Block]) -> list[Block]:
    """Blocks of which no two lists or definitions stand side by side, which any reader takes for one."""
    kept: list[Block] = []
    for block in found:
        if not (kept and kept[-1].kind == block.kind and block.kind in ("list", "definitions")):
            kept.append(block)
    return kept


@settings(max_examples=600, deadline=None)
@given(st.lists(_block, max_size=6).map(_apart))
def test_blocks_written_as_markdown_are_read_again(found: list[Block]) -> None:
    """Whatever words, marks and nesting a policy has, it is kept as Markdown without loss."""
    assert shape(list(blocks(to_markdown(found)))) == shape(found)


_line = st.one_of(
    _words,
    st.sampled_from(["", "", "    (a) an entry", "  more", "1. ONE", "2.1 A clause", "TITLE", "-----", "As follows:",
                     "a | b | c", "+---+---+", "• x", "\u00a0", "(i) y", "Part B", "3."]),
)  # fmt: skip


def test_two_lists_with_a_line_between_them_stay_two() -> None:
    """A drawn line ends a list: what comes after it is read back as another one, not as more of the same."""
    found = read_plain("- y\n0\n---\n\n- y")
    assert [block.kind for block in found] == ["list", "list"]
    assert shape(list(blocks(to_markdown(found)))) == shape(found)


@settings(max_examples=300, deadline=None)
@given(st.lists(_line, max_size=14).map("\n".join))
def test_plain_text_is_read_or_refused_without_loss(text: str) -> None:
    """Every letter of a text file stands in its blocks, in order, and in what is kept of them."""
    found = read_plain(text)
    assert bare(" ".join(block.text for block in found)) == bare(text)
    assert shape(list(blocks(to_markdown(found)))) == shape(found)


_tag = st.sampled_from(["p", "div", "ul", "ol", "li", "h2", "h3", "b", "span", "table", "tr", "td", "th", "dl", "dt",
                        "dd", "caption", "br", "a", "blockquote", "section"])  # fmt: skip
_piece = st.one_of(
    st.tuples(_tag, st.booleans()).map(lambda tag: f"<{'/' if tag[1] else ''}{tag[0]}>"),
    st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=6),
    st.sampled_from([" ", "\n"]),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(_piece, max_size=30).map("".join))
def test_html_is_read_without_loss_however_it_is_nested(page: str) -> None:
    """Tags in any order, closed or not: every letter is kept, in order, and reads back from what is kept."""
    found = read_html(page).blocks
    letters = re.sub(r"<[^>]*>", "", page)
    assert bare("".join(_unmarked(block) for block in found)) == bare(letters)
    assert shape(list(blocks(to_markdown(found)))) == shape(found)


def _unmarked(block: Block) -> str:
    return " ".join(entry.text for entry in block.entries) if block.kind == "list" else block.text


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=200), _line.map(str.encode)), st.sampled_from(["a.md", "a.html", "a.txt", "a"]))
def test_any_file_is_read_or_refused(content: bytes, name: str) -> None:
    """Whatever a file holds, reading it ends in a policy, or in a PolicyError of one line."""
    refused = ""
    try:
        result = read(content, name)
        parse(result.markdown, defaults=FACTS)
    except PolicyError as error:
        refused = str(error)
    assert "\n" not in refused
