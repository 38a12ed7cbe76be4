"""The HTML part of a mail: quotations set apart, everything escaped, nothing fetched."""

from __future__ import annotations

import re

import nh3
from hypothesis import given
from hypothesis import strategies as st

from channels.mail.page import as_html, direction

URL = "https://desk.example/policy/iomart/2007-12-15#3.2"
LABEL = "iomart privacy policy, clause 3.2, as seen on 15 December 2007"
WORDS = "We will not sell <b>your</b> data.\n\nNor rent it."
CITE = {"id": "3.2", "text": WORDS, "label": LABEL, "url": URL}


def test_a_quotation_is_set_apart_with_clause_version_and_date() -> None:
    """As a blockquote whose date line leads to the clause; what stands around it stays in its place."""
    page = as_html(f"Our policy says:\n\n“{WORDS}”\n{LABEL}: {URL}\n\nAnything else?", "https://desk.example", [CITE])
    before, quoted, after = re.split(r"<blockquote.*?>|</blockquote>", page)
    assert "Our policy says:" in before
    assert "&lt;b&gt;your&lt;/b&gt;" in quoted
    assert f'<a href="{URL}"' in quoted
    assert f">{LABEL}</a>" in quoted
    assert "Anything else?" in after
    assert page.count("Nor rent it") == 1


def test_what_staff_quote_in_their_sentence_is_set_apart_too() -> None:
    """The composer writes “text” (label: url)."""
    page = as_html(f"As you asked: “{WORDS}” ({LABEL}: {URL}). Best, Sam", None, [CITE])
    assert page.count("<blockquote") == 1
    assert "Best, Sam" in page


def test_a_citation_that_is_not_in_the_text_adds_nothing() -> None:
    """The page says the same as the plain text, no more."""
    assert "sell" not in as_html("Hello.", None, [CITE, {"text": "", "url": ""}, {}])
    assert "<blockquote" not in as_html(f"“{WORDS}” as somebody said", None, [CITE])


def test_no_link_of_a_citation_leads_elsewhere_in_automatic_mail() -> None:
    """Nor runs anything, in anybody's."""
    evil = CITE | {"url": "https://evil.example/x"}
    assert "href" not in as_html(f"“{WORDS}”\n{LABEL}: https://evil.example/x", "https://desk.example", [evil])
    script = CITE | {"url": "javascript:alert(1)"}
    assert "href" not in as_html(f"“{WORDS}”\n{LABEL}: javascript:alert(1)", None, [script])


def test_it_runs_the_way_of_its_letters_and_suits_dark_programs() -> None:
    """Right to left for Hebrew and Arabic; colours for light and dark; the language where it is known."""
    page = as_html("שלום", None, (), "he")
    assert '<html lang="he" dir="rtl">' in page
    assert 'content="light dark"' in page
    assert "background" not in page
    assert direction("123 abc שלום") == "ltr"
    assert "border-right" in as_html(f"שלום “{WORDS}”\n{LABEL}: {URL}", None, [CITE])


@given(st.text(max_size=400), st.text(max_size=100), st.text(max_size=60))
def test_no_words_become_markup_or_fetch_anything(text: str, quoted: str, label: str) -> None:
    """Whatever stands in a message or a citation, only the tags of the page itself are in it, and nothing is loaded."""
    cite = {"text": quoted, "label": label, "url": "https://desk.example/x"}
    page = as_html(f"{text}\n\n“{quoted}”\n{label}: https://desk.example/x\n", None, [cite])
    tags = {tag.lower() for tag in re.findall(r"<\s*/?\s*([a-zA-Z!]+)", page)}
    assert tags <= {"!doctype", "html", "head", "meta", "body", "p", "a", "br", "blockquote"}
    assert not re.search(r"\s(src|background|on\w+)\s*=", re.sub(r">[^<]*<", "><", page))
    assert "url(" not in "".join(re.findall(r'style="([^"]*)"', page))
    shown = nh3.clean(page, tags=set())
    assert "<" not in shown
