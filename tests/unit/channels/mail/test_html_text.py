"""HTML to text: what a reader would have seen, and nothing else."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.mail.html_text import html_to_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("before<html><body><p>after</p></body></html>", "before\n\nafter"),
        ("<head><title>t</title><style>p{}</style></head><body>seen<script>alert(1)</script></body>", "seen"),
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("one<br>two<br/>three", "one\ntwo\nthree"),
        ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ('<a href="https://example.net/x">here</a>', "here (https://example.net/x)"),
        ('<a href="https://example.net">https://example.net</a>', "https://example.net"),
        ('<a href="javascript:alert(1)">here</a>', "here"),
        ('<div style="display:none">hidden</div>seen', "seen"),
        ("a&nbsp;&amp;&#x20AC;&lt;b&gt;", "a &€<b>"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<b>unclosed <i>tags", "unclosed tags"),
        ("</div></p></blockquote>stray", "stray"),
        ("a <!-- comment --> b", "a b"),
        ("<![if gte mso 9]><p>word</p><![endif]>", "word"),
    ],
)
def test_html_reads_as_a_person_would_read_it(html: str, text: str) -> None:
    """Blocks are lines, what is hidden is not there, links name their target."""
    assert html_to_text(html) == text


def test_an_unclosed_head_does_not_swallow_the_mail() -> None:
    """Broken HTML still speaks."""
    assert html_to_text("<html><head><title>x<body>hello</body></html>").endswith("hello")


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 100_000 + "x",
        "<a" * 100_000,
        "<!" * 100_000,
        "&" * 200_000,
        "<!-- >" * 100_000,
        "<style>" * 100_000,
        "<a b='\"" * 50_000,
        "<img src='data:" + "A" * 500_000 + "'>x",
    ],
)
def test_hostile_html_takes_bounded_time(html: str) -> None:
    """Depth and broken tags cost linear time."""
    started = time.perf_counter()
    html_to_text(html)
    assert time.perf_counter() - started < 5


@given(st.text(alphabet="<>/!-=&;\"' abp\n", max_size=200))
def test_no_html_raises(html: str) -> None:
    """Any text at all goes through."""
    html_to_text(html)
