"""Who is speaking."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from channels.webchat import sessions

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def sign(purpose: str, text: str) -> str:
    """A keyed hash, as the desk gives one."""
    return hmac.new(b"key", f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()[:32]


def test_a_made_session_is_genuine_on_its_own_site_only() -> None:
    """Sessions differ, hold 32 random bytes, and don't pass from one brand to another."""
    one, two = sessions.new(sign, "iomart"), sessions.new(sign, "iomart")
    assert one != two
    assert len(one.partition(".")[0]) == 43
    assert sessions.genuine(sign, "iomart", one, NOW)
    assert not sessions.genuine(sign, "easyspace", one, NOW)


@given(st.text(st.characters(exclude_categories=()), max_size=128))
def test_nothing_made_up_is_genuine(text: str) -> None:
    """No text that the desk didn't make passes, however odd."""
    assert not sessions.genuine(sign, "iomart", text, NOW)


@given(st.integers(0, 75), st.characters(codec="ascii"))
def test_one_changed_character_is_one_too_many(at: int, character: str) -> None:
    """Any change to a genuine session is seen."""
    session = sessions.new(sign, "iomart")
    changed = session[:at] + character + session[at + 1 :]
    assert sessions.genuine(sign, "iomart", changed, NOW) == (changed == session)


def test_the_address_does_not_show_the_session() -> None:
    """What the desk stores is no part of what the visitor holds, and no session itself."""
    session = sessions.new(sign, "iomart")
    address = sessions.address(sign, session)
    assert address not in session
    assert not sessions.genuine(sign, "iomart", address, NOW)


def test_a_signed_in_session_is_one_address_everywhere_and_ends() -> None:
    """Two devices of one user have one address; another user or site has others; after its time it is none."""
    one = sessions.signed_in(sign, "iomart", "ann", NOW)
    later = sessions.signed_in(sign, "iomart", "ann", NOW + timedelta(hours=1))
    assert sessions.address(sign, one) == sessions.address(sign, later)
    assert sessions.address(sign, sessions.signed_in(sign, "iomart", "bob", NOW)) != sessions.address(sign, one)
    assert sessions.address(sign, sessions.signed_in(sign, "easyspace", "ann", NOW)) != sessions.address(sign, one)
    assert sessions.genuine(sign, "iomart", one, NOW + sessions.SIGNED_IN_FOR - timedelta(seconds=1))
    assert not sessions.genuine(sign, "iomart", one, NOW + sessions.SIGNED_IN_FOR)
    assert not sessions.genuine(sign, "easyspace", one, NOW)
    stretched = one.replace(one.partition(":")[2].partition(".")[0], "9999999999")
    assert not sessions.genuine(sign, "iomart", stretched, NOW)
    assert sessions.of_user(sign, "iomart", one, "ann")
    assert not sessions.of_user(sign, "iomart", one, "bob")
