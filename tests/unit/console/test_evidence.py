"""What speaks for and against a sender, in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.console.evidence import NAMES, read

GOOD = (
    "mx.example.org; spf=pass smtp.mailfrom=example.net; dkim=pass (2048-bit key) header.d=example.net; "
    "dmarc=pass (p=REJECT dis=NONE) header.from=example.net"
)


def test_a_sender_that_passed_has_no_warning() -> None:
    """Every check by its name with its result, the relay's own words below, and nothing alarming."""
    shown = read({"authentication-results": GOOD, "peer": "192.0.2.7"}, "jo@Example.net")
    facts = dict(shown.facts)
    assert {name.partition(" ")[0]: value for name, value in shown.facts[:3]} == {
        "DMARC": "passed", "SPF": "passed", "DKIM": "passed",
    }  # fmt: skip
    assert facts["Came from the network address"] == "192.0.2.7"
    assert facts[NAMES["authentication-results"]] == GOOD
    assert (shown.warnings, shown.silent) == ((), "")


@pytest.mark.parametrize("method", ["dmarc", "spf", "dkim"])
def test_each_failed_check_warns(method: str) -> None:
    """Whichever failed, in any case of letters, staff are told which."""
    (warning,) = read({"authentication-results": f"mx;\n {method.upper()} = Fail reason=x"}, "jo@example.net").warnings
    assert warning.startswith(f"{method.upper()} failed")


def test_another_domain_than_the_senders_warns() -> None:
    """A DMARC pass for somebody else's domain proves nothing about this address; a subdomain is another domain."""
    for said in ("evil.example", "mail.example.net", "jo@evil.example"):
        (warning,) = read({"authentication-results": f"mx; dmarc=pass header.from={said}"}, "jo@example.net").warnings
        assert warning == f"Checked for {said.rpartition('@')[2]}, but the sender is at example.net"
    assert not read({"authentication-results": "mx; dmarc=pass header.from=Example.NET."}, "jo@example.net").warnings


def test_received_spf_counts_and_comments_do_not() -> None:
    """Its first word is the result; what stands in brackets is anybody's."""
    assert read({"received-spf": "Fail (mx: not permitted) client-ip=1.2.3.4"}, "").warnings
    assert not read(
        {"received-spf": "Pass (spf=fail)", "authentication-results": "mx (dkim=fail); spf=pass"}, ""
    ).warnings


def test_silence_is_told_with_its_reason() -> None:
    """Why nothing was answered stands by itself; what else is kept has a name, known or not."""
    shown = read({"why_silent": "They opted out of messages here.", "media": "image/png", "new_fact": "x"}, "")
    assert shown.silent == "They opted out of messages here."
    assert shown.facts == (("Files", "image/png"), ("New fact", "x"))


@given(st.dictionaries(st.sampled_from([*NAMES, "why_silent", "x"]), st.text(max_size=200)), st.text(max_size=50))
def test_anything_stored_can_be_shown(stored: dict[str, str], address: str) -> None:
    """Headers come from outside: whatever they hold, there is a page."""
    shown = read(stored, address)
    assert len(shown.warnings) <= 4
