"""A policy's HTML: its own words, whatever Markdown makes of them, and never anybody's markup."""

from __future__ import annotations

import html
import re

from hypothesis import given
from hypothesis import strategies as st

from bot.web import policy_text
from knowledge.base import Policy
from knowledge.policy import parse

FRONT = {"title": "T", "key": "t", "effective": "2020-01-01"}
FOREIGN_TAG = re.compile(r"<(?!/?(?:p|ul|ol|li|strong|em|br|a|span|code|table|thead|tbody|tr|th|td)\b)")
HOSTILE = """# 1. One <img src=x onerror=alert(1)>

1.1 Hello <script>alert(1)</script> and [there](https://example.com/?a=1&b=2 "t") **bold**.

1.2 We may, among *other* things:
- use `code` and <b>markup</b> in a list entry
- write 5 < 6 &amp; "quotes" in another entry

1.3 A link [here](javascript:alert(1)) of the wrong kind.

    indented lines are prose, not code
"""


def shown(policy: Policy) -> str:
    """Every clause's HTML, without the links to clauses that are ours."""
    clauses = "".join(clause.html for section in policy_text.sections(policy) for clause in section.clauses)
    return re.sub(r'<a class="clause-link.*?</a>', "", clauses)


def read(markup: str) -> str:
    """What a reader sees, without blanks and bullets."""
    return re.sub(r"[\s•*+-]", "", html.unescape(re.sub(r"<[^>]*>", " ", markup)))


def test_markup_in_a_policy_is_shown_as_text() -> None:
    """HTML and script links in a policy text never become HTML; its words stay."""
    made = shown(parse(HOSTILE, defaults=FRONT).policy)
    assert not FOREIGN_TAG.search(made)
    assert re.findall(r'href="([^"]*)"', made) == ["https://example.com/?a=1&amp;b=2"]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in made
    assert "<strong>bold</strong>" in made
    assert "<pre>" not in made


@given(st.text(st.sampled_from("ab1. -*_[]()<>&\\`#•\n\t:§é"), min_size=1, max_size=120))
def test_any_text_is_shown_word_for_word(text: str) -> None:
    """The page's words are the clauses' words that the desk quotes, and every tag is one of ours."""
    policy = parse(f"# 1. Title\n\nIt begins here.\n\n{text}\n", defaults=FRONT).policy
    made = shown(policy)
    assert not FOREIGN_TAG.search(made)
    whole = "".join(passage.text for passage in policy.passages if not passage.context)
    assert read(made) == re.sub(r"[\s•*+-]", "", whole)


@given(st.lists(st.sampled_from(["One two.", "Three four:", "- five six", "Seven."]), max_size=6))
def test_a_version_does_not_differ_from_itself(lines: list[str]) -> None:
    """Comparing finds nothing where nothing changed, and everything where all is new."""
    text = "# 1. Title\n\nIt begins here.\n\n" + "\n\n".join(lines)
    policy = parse(text, defaults=FRONT).policy
    other = parse("# 2. Title\n\nAll is new.", defaults=FRONT).policy
    assert policy_text.changes(policy, policy) == ()
    kinds = [change.kind for change in policy_text.changes(policy, other)]
    assert kinds.count("added") == 1
    assert set(kinds) == {"added", "removed"}


def test_changes_read_back_as_both_versions() -> None:
    """Without what was put in, the pieces are the old clause; without what was struck out, the new one."""
    old = parse("# 1. Title\n\nWe keep calls for six months, never longer.", defaults=FRONT).policy
    new = parse("# 1. Title\n\nWe keep all calls for two months.", defaults=FRONT).policy
    (change,) = policy_text.changes(old, new)
    assert "".join(text for kind, text in change.pieces if kind != "ins") == old.passages[0].text
    assert "".join(text for kind, text in change.pieces if kind != "del") == new.passages[0].text
