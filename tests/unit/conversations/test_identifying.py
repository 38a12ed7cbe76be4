"""What a message says where the desk waits to learn who somebody is; and that the words for it fit a text."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversations import identifying, replies
from bot.conversations.fitting import fits
from bot.conversations.identifying import Stage
from bot.conversations.saying import by_the_clock
from bot.conversations.silence import PERSON_HAS_IT, UNVERIFIED
from bot.conversations.standing import Heard, Standing
from bot.conversations.states import ELSEWHERE, decide
from bot.conversations.values import Request, Values

STAGES: tuple[Stage, ...] = get_args(Stage)
TEMPLATES = Path(replies.__file__).parent.parent / "templates"
KEYS = re.findall(r"macro (\w+)\(v\)", (TEMPLATES / "identity_sms.j2").read_text())


@pytest.mark.parametrize("text", ["123456", "my code is 123 456", "123-456.", "Code: 123456"])
def test_six_digits_are_a_code_only_while_one_is_out(text: str) -> None:
    """Before anything else is understood; at any stage, or where a code was asked for."""
    for stage in STAGES:
        assert identifying.read(text, code_out=True, stage=stage) == identifying.Said("code", code="123456")
    assert identifying.read(text, code_out=False, stage="code").kind == "code"
    assert identifying.read(text, code_out=False, stage="").kind == ""


@pytest.mark.parametrize(
    "text", ["code", "CODE", "Code please", "send me a new code", "please send another code", "send it again", "resend",
             "can you resend the code", "I need a new code"],
)  # fmt: skip
def test_another_code_is_asked_for_in_plain_words(text: str) -> None:
    """One word is enough."""
    assert identifying.read(text, code_out=True, stage="code").kind == "again"
    assert identifying.read(text, code_out=False, stage="").kind == ""


@pytest.mark.parametrize(
    ("text", "stage", "kind"),
    [
        ("My order number is 123456", "code", ""), ("07700 900123", "code", ""), ("Do you sell my code?", "code", ""),
        ("ann@example.net", "address", "address"), ("07700 900123", "address", "address"), ("no", "address", ""),
        ("ann@example.net", "code", ""), ("Ann Baker, G1 1AA", "details", "details"), ("G1 1AA", "details", "details"),
        ("Ann Baker, G1 1AA", "code", ""), ("Why do you want my postcode, is it G1 1AA?", "details", ""),
        ("how long did you keep the recordings of all calls that were made in the year 2010", "details", ""),
        ("Ann Baker, G1 1AA", "claimed", "details"), ("G1 1AA", "done", "details"), ("12345", "done", "details"),
        ("customer number IOM-20117", "done", "details"), ("born on 16 April 1978", "staff", "details"),
        ("Ann Baker", "done", ""), ("2006", "done", ""), ("thanks", "done", ""), ("07700 900123", "done", ""),
        ("my customer number IOM-20117 has the wrong name", "done", ""), ("delete G1 1AA", "done", ""),
        ("stop order 4471", "done", ""), ("G1 1AA?", "done", ""),
    ],
)  # fmt: skip
def test_each_stage_reads_what_was_asked(text: str, stage: Stage, kind: str) -> None:
    """Other numbers, questions and refusals are left to the ordinary understanding."""
    assert identifying.read(text, code_out=True, stage=stage).kind == kind


@given(st.text(max_size=400), st.booleans(), st.sampled_from(STAGES))
def test_reading_is_total(text: str, code_out: bool, stage: Stage) -> None:
    """Whatever comes, and nothing at all where nothing waits."""
    said = identifying.read(text, code_out=code_out, stage=stage)
    assert said.kind in ("", "code", "again", "address", "details")
    if not code_out and stage == "":
        assert said == identifying.NOTHING


@pytest.mark.parametrize("text", ["123456", "it is 123 456!", "123-456", "123.456 and again 123456"])
def test_a_kept_message_holds_no_code(text: str) -> None:
    """However it was written."""
    assert not re.search(r"\d{3}", identifying.masked(text, "123456"))


@pytest.mark.parametrize("key", ["identity_code", "identity_code_there"])
@pytest.mark.parametrize("channel", ["sms", "mail"])
def test_what_a_reply_quotes_of_ours_holds_no_code(key: str, channel: str) -> None:
    """As we write it, and with the marks and line ends of a quotation; other numbers stay."""
    for elsewhere in (False, True):
        values = Values("iomart", "iomart", until="14:10", elsewhere=elsewhere)
        text = replies.render(channel, key, values).text.replace("******", "123456")
        for quoted in (text, "> " + text.replace("\n", "\n> "), text.replace(" is 123456", " is\n> 123456")):
            assert "123456" not in identifying.without_secrets(quoted)
    other = "My order is 123456. The code of practice says 12 times. 654321 is your number."
    assert identifying.without_secrets(other) == other


def test_a_links_secret_is_kept_in_no_message() -> None:
    """Neither typed nor quoted; what is too short or too long for one is left alone."""
    token = "aB3-_" * 8 + "xyz"
    assert identifying.without_links(f"https://x.example/package/{token}.") == "https://x.example/package/[link]."
    assert identifying.without_secrets(f"> /package/{token}\n> 123456 is your code to open") == (
        "> /package/[link]\n> [code] is your code to open"
    )
    for text in (f"/package/{token}a", "/package/abc", ""):
        assert identifying.without_links(text) == text


@pytest.mark.parametrize("key", KEYS)
def test_every_wording_fits_a_text_and_is_whole(key: str) -> None:
    """Two segments with the longest values; the same key has a full wording; no name, no promise, no exclamation."""
    until, due = "14:10 on Wednesday 30 September 2026", "Wednesday 30 September 2026"
    request = Request("DR-7K3M9-QX4RT", "for the data we hold about you", "we are searching for your data", due)
    named = {"name": "Ann", "reference": request.reference, "due": due, "until": until}
    values = Values("iomart", "iomart", requests=(request,), **named)
    text = replies.render("sms", key, values).text
    assert fits(text), text
    assert fits(replies.render("sms", key, replace(values, elsewhere=True)).text)
    for channel in ("webchat", "mail"):
        full = replies.render(channel, key, values).text
        assert full
        assert "!" not in full
    assert ("******" in text) == (key in ("identity_code", "identity_code_there"))


def test_a_moment_is_told_as_people_read_it() -> None:
    """By the clock of the desk's zone; another day with its date."""
    now = datetime(2026, 6, 30, 22, 50, tzinfo=UTC)
    assert by_the_clock(now, now, "Europe/London") == "23:50"
    assert by_the_clock(now.replace(day=30, hour=23), now, "Europe/London") == "00:50 on Wednesday 1 July 2026"


def test_showing_who_one_is_is_answered_whoever_owns_the_conversation() -> None:
    """A person's silence of the bot does not stop it; a forged sender, a machine and an opt-out do."""
    heard = Heard("[code]", identity="identity_proved")
    assert decide(Standing("sms", "human"), heard).reply == "identity_proved"
    assert decide(Standing("sms", "human"), Heard("hello")).why_silent == PERSON_HAS_IT
    assert decide(Standing("sms", "bot", opted_out=True), heard).reply == ""
    forged = decide(Standing("mail", "bot"), Heard("[code]", identity="identity_proved", automatic=UNVERIFIED))
    assert (forged.reply, forged.handover) == ("", "")
    staff = Heard("[code]", identity="identity_staff", identity_handover="Several people use this address.")
    assert decide(Standing("sms", "bot"), staff).handover == "Several people use this address."


def test_news_from_elsewhere_is_told_to_nobody_without_a_code() -> None:
    """A reference of no request here: the same reply whatever else is open; here it is told as ever."""
    open_here = Standing("sms", "bot", tickets=(("access", "DR-7K3M9-QX4RT"),))
    elsewhere = Heard("any news", intent="status", elsewhere="DR-00000-00000")
    assert decide(open_here, elsewhere).reply == decide(Standing("sms", "bot"), elsewhere).reply == ELSEWHERE
    assert decide(open_here, Heard("any news", intent="status")).reply == "status"
    assert decide(Standing("sms", "human"), elsewhere).reply == ""
