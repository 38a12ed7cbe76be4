"""Who is speaking."""

from __future__ import annotations

import hashlib
import hmac

from hypothesis import given
from hypothesis import strategies as st

from channels.webchat import sessions


def sign(purpose: str, text: str) -> str:
    """A keyed hash, as the desk gives one."""
    return hmac.new(b"key", f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()[:32]


def test_a_made_session_is_genuine_on_its_own_site_only() -> None:
    """Sessions differ, hold 32 random bytes, and don't pass from one brand to another."""
    one, two = sessions.new(sign, "iomart"), sessions.new(sign, "iomart")
    assert one != two
    assert len(one.partition(".")[0]) == 43
    assert sessions.genuine(sign, "iomart", one)
    assert not sessions.genuine(sign, "easyspace", one)


@given(st.text(st.characters(exclude_categories=()), max_size=128))
def test_nothing_made_up_is_genuine(text: str) -> None:
    """No text that the desk didn't make passes, however odd."""
    assert not sessions.genuine(sign, "iomart", text)


@given(st.integers(0, 75), st.characters(codec="ascii"))
def test_one_changed_character_is_one_too_many(at: int, character: str) -> None:
    """Any change to a genuine session is seen."""
    session = sessions.new(sign, "iomart")
    changed = session[:at] + character + session[at + 1 :]
    assert sessions.genuine(sign, "iomart", changed) == (changed == session)


def test_the_address_does_not_show_the_session() -> None:
    """What the desk stores is no part of what the visitor holds, and no session itself."""
    session = sessions.new(sign, "iomart")
    address = sessions.address(sign, session)
    assert address not in session
    assert not sessions.genuine(sign, "iomart", address)
