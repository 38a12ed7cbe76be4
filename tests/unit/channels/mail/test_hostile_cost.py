"""What hostile mail costs: reading 50 KB of anything takes well under a second of processor time."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.mail.addresses import authors, person
from channels.mail.decode import decode
from tests.unit.channels.mail.desk import received

SIZE = 50_000
SECONDS = 0.5
HEAD = "From: Ann Example <ann@example.net>\nTo: info@iomart.com\nSubject: A question\n"
DAEMON = "From: MAILER-DAEMON@mail.example (Mail Delivery System)\nSubject: Undelivered Mail\n"
HTML = HEAD + "Content-Type: text/html\n"

LINES = {
    "blank lines": "\n",
    "quoted blank lines": ">\n",
    "spaces and line ends": " \n",
    "quoted spaces": "> > \n>",
    "near message ids": "message-id:\n",
    "near message ids with spaces": "message-id " + " " * 200 + "\n",
    "near envelope lines": "from \n",
    "deliver": "deliver",
    "addresses": "addresses ",
    "addresses without spaces": "address",
    "codes": "550 5.1.1",
    "at signs": "@",
    "letters": "a",
    "digits": "3",
    "times, brackets and at signs": "1:11" * 50 + "<" + "@" * 298 + ":\n",
    "times and addresses": "1:11<a@a>" * 55 + ":\n",
    "open brackets": "1:11<a@" * 70 + ">:\n",
    "years": "3" * 480 + " wrote:\n",
    "wrapped years": ("3" * 490 + "\n") * 3 + "wrote:\n",
    "wrote and colons": "wrote" + ":" * 80 + " " * 400 + "x:\n",
    "wrote": "wrote " * 80 + ":\n",
    "headers": "From: a\nTo: b\n",
    "rules": "-" * 79 + "\n",
    "separators": "--- " * 120 + "\n",
}
TAGS = {
    "open tags": "<a ",
    "attributes": "<a href=",
    "quotes": '<a href="',
    "comments": "<!--",
    "comment ends": "<!-- -- ",
    "declarations": "<!DOCTYPE ",
    "marked sections": "<![CDATA[",
    "instructions": "<?",
    "styles": "<style>",
    "style ends": "</style ",
    "references": "&#",
    "ampersands": "&",
    "blocks": "<div>",
    "quotations": '<blockquote type="cite">',
    "empty links": '<a href="http://a.example/b"></a>',
    "data": "data:",
    "hidden": '<div style="display ',
}


def cost(mail: str, **facts: object) -> float:
    """Processor seconds of reading it."""
    item = received(mail, **facts)
    started = time.process_time()
    decode(item)
    return time.process_time() - started


def filled(unit: str) -> str:
    """As much of it as fits."""
    return (unit * (SIZE // len(unit) + 1))[:SIZE]


@pytest.mark.parametrize("head", [HEAD, DAEMON], ids=["person", "mail system"])
@pytest.mark.parametrize("unit", LINES.values(), ids=LINES.keys())
def test_a_body_of_near_matches_is_cheap(head: str, unit: str) -> None:
    """No pattern goes over the same text again and again, whoever seems to write."""
    assert cost(f"{head}\n{filled(unit)}") < SECONDS
    assert cost(f"{head}\nwords\n{filled(unit)}!", mail_from="") < SECONDS


def test_a_last_line_that_is_nearly_a_signature_is_cheap() -> None:
    """One long word after "Sent from" is not cut up in every possible way."""
    assert cost(f"{HEAD}\nMy question.\nSent from {'a' * 480}!\n") < SECONDS


@pytest.mark.parametrize("unit", TAGS.values(), ids=TAGS.keys())
def test_html_of_near_tags_is_cheap(unit: str) -> None:
    """Nor does the HTML reader."""
    assert cost(f"{HTML}\n<p>Hello</p>{filled(unit)}") < SECONDS


def test_many_empty_links_beside_much_text_are_cheap() -> None:
    """A link's text is looked for nearby, not in all that stands before."""
    text = "x" * 16_000 + "<b></b>"
    assert cost(f"{HTML}\n{text * 8} http://a.example/b{filled(TAGS['empty links'])}") < SECONDS


@pytest.mark.parametrize("name", ["From", "To", "Subject", "References", "Content-Type", "Content-Disposition"])
@pytest.mark.parametrize("unit", ["(", '"', '"\\', "\\(", "<", "<a@", "=?a?q?", "?= ", '";', "; a*0*=", "a@", " "])
def test_a_head_of_near_matches_is_cheap(name: str, unit: str) -> None:
    """A header of 50 KB neither."""
    value = "multipart/mixed; boundary=b" if name == "Content-Type" else "x"
    assert cost(f'X: y\n{name}: {value}{";" if "Content" in name else ""}"{filled(unit)}\n\nbody\n') < SECONDS


@given(st.lists(st.sampled_from([*'<>()"\\@:;,. \n-', "a", "1:11", "wrote", "message-id", "=?u?q?"]), max_size=6))
@settings(max_examples=60, deadline=None)
def test_any_repeated_unit_is_cheap(unit: list[str]) -> None:
    """Whatever is repeated, in the body or as the sender."""
    text = filled("".join(unit) or "a")
    assert cost(f"{DAEMON}\n{text}") < SECONDS
    started = time.process_time()
    person(text)
    authors([text])
    assert time.process_time() - started < SECONDS
