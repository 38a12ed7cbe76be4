"""Folding quotations: the writer's own words apart from the rest, and nothing lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

# ruff: noqa: RUF001 - letters of other alphabets are the point here
from channels.mail.html_text import html_to_text
from channels.mail.quotes import split

ATTRIBUTIONS = [
    "On Tue, 3 Mar 2026 at 10:15, Privacy Desk <info@iomart.com> wrote:",
    "On Tue, 3 Mar 2026 at 10:15, Privacy Desk\n<info@iomart.com>\nwrote:",
    "Am 03.03.2026 um 10:15 schrieb Privacy Desk <info@iomart.com>:",
    "Le mar. 3 mars 2026 à 10:15, Privacy Desk <info@iomart.com> a écrit :",
    "El mar, 3 mar 2026 a las 10:15, Privacy Desk (<info@iomart.com>) escribió:",
    "Il giorno mar 3 mar 2026 alle ore 10:15 Desk <info@iomart.com> ha scritto:",
    "Op di 3 mrt. 2026 om 10:15 schreef Desk <info@iomart.com>:",
    "03.03.2026, 10:15, Desk <info@iomart.com>:",
    "3 марта 2026 г., 10:15, Desk <info@iomart.com> написал:",
    "2026年3月3日 10:15，Desk <info@iomart.com> 写道：",
]


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
@pytest.mark.parametrize("mark", ["> ", ""])
def test_the_quotation_below_a_reply_is_folded(attribution: str, mark: str) -> None:
    """With quote marks or without, in the languages that mail programs speak."""
    found = split(f"Yes please.\n\n{attribution}\n\n{mark}We hold your name.\n{mark}Shall we send it?\n")
    assert found.text == "Yes please."
    assert "Shall we send it?" in found.quoted
    assert attribution.splitlines()[0] in found.quoted


def test_words_under_and_between_quotations_stay() -> None:
    """Who answers point by point is heard point by point."""
    body = "On 3 Mar 2026, at 10:15, Desk wrote:\n> First?\n\nYes.\n\n> Second?\n\nNo.\n"
    assert split(body).text == "Yes.\n\nNo."


@pytest.mark.parametrize("rule", ["", "________________________________\n", "-----Original Message-----\n"])
def test_an_outlook_header_starts_the_quotation(rule: str) -> None:
    """Three of From, Sent, To and Subject together, whatever line is drawn above."""
    quoted = "From: Desk\nSent: Tuesday, 3 March 2026 10:15\nTo: Ann\nSubject: Your data\n\nWe hold your name.\n"
    found = split(f"Thank you!\n{rule}{quoted}")
    assert found.text == "Thank you!"
    assert "We hold your name." in found.quoted


@pytest.mark.parametrize(
    "text",
    [
        "On your website it says:\n\nWe keep data for two years.\n\nIs that so?",
        "My details are:\nFrom: Glasgow\nName: Ann\n\nPlease correct them.",
        "She wrote: please delete my data.",
        "I have two questions:\n- one\n- two",
        "Sent from my desk, is much easier than from my phone.",
        "a -- b, this is no signature",
    ],
)
def test_own_words_that_look_like_marks_stay(text: str) -> None:
    """A colon, a date or a From of the writer's own is no quotation."""
    assert split(text).text == text


@pytest.mark.parametrize("signature", ["-- \nAnn\nGlasgow", "Sent from my iPhone", "Get Outlook for Android"])
def test_a_signature_is_folded(signature: str) -> None:
    """A signature says nothing that must be answered; it is kept with the rest."""
    found = split(f"Delete my account.\n\n{signature}\n")
    assert found.text == "Delete my account."
    assert found.quoted == signature


def test_only_a_signature_is_shown() -> None:
    """Where nothing else is left, the signature is the message."""
    assert split("-- \nAnn").text == "-- \nAnn"


@given(
    st.lists(st.sampled_from([*ATTRIBUTIONS, "", "> quoted", "words", "-- ", "From: x", "To: y", "Date: z", "____"]))
)
def test_nothing_is_ever_lost(lines: list[str]) -> None:
    """Every filled line is in the text or in the fold, and none is in both."""
    body = "\n".join(lines)
    found = split(body)
    before = sorted(line.strip() for line in body.split("\n") if line.strip())
    after = sorted(line.strip() for line in f"{found.text}\n{found.quoted}".split("\n") if line.strip())
    assert after == before


def test_a_quotation_that_the_mail_program_marks_is_folded() -> None:
    """Gmail's and Thunderbird's marks are read in HTML."""
    for opening in ('<div class="gmail_quote">', '<blockquote type="cite">', '<div class="yahoo_quoted">'):
        tag = opening[1:].split()[0]
        found = split(html_to_text(f"<div>Yes please</div>{opening}We hold <b>data</b></{tag}><p>Thanks</p>"))
        assert found.text == "Yes please\n\nThanks"
        assert found.quoted.startswith("> We hold data")


def test_a_bare_blockquote_is_the_writers_own() -> None:
    """Who cites the policy in a blockquote has not stopped speaking."""
    found = split(html_to_text("<p>You say:</p><blockquote>We keep it.</blockquote><p>For how long?</p>"))
    assert found.quoted == ""
    assert found.text.split() == ["You", "say:", "We", "keep", "it.", "For", "how", "long?"]
