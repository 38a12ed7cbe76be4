"""What is sealed opens only whole, with its own key, for its own purpose."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import PermanentError
from bot.sealing import NONCE, TAG, SealBroken, Sealer

SEALER = Sealer(b"the desk's secret key")


@given(st.binary(max_size=2_000), st.text(max_size=40).filter(lambda text: text.isascii()))
def test_what_is_sealed_opens_to_the_same(plain: bytes, purpose: str) -> None:
    """Any bytes and any purpose come back as they were, 29 bytes longer while sealed."""
    sealed = SEALER.seal(plain, purpose)
    assert len(sealed) == len(plain) + 1 + NONCE + TAG
    assert SEALER.open(sealed, purpose) == plain


@given(st.binary(min_size=1, max_size=200), st.data())
def test_one_changed_bit_breaks_the_seal(plain: bytes, data: st.DataObject) -> None:
    """No single bit of version, nonce, text or tag can be turned."""
    sealed = bytearray(SEALER.seal(plain, "note"))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(SealBroken):
        SEALER.open(bytes(sealed), "note")


@given(st.binary(max_size=60))
def test_rubbish_is_refused_with_the_mend(rubbish: bytes) -> None:
    """Whatever was never sealed is refused, as an error that will not go away by trying again."""
    with pytest.raises(SealBroken, match="backup") as told:
        SEALER.open(rubbish, "note")
    assert isinstance(told.value, PermanentError)


def test_purpose_and_key_are_bound() -> None:
    """Moved to another column, or with another secret key, it does not open; a restart with the same key opens it."""
    sealed = SEALER.seal_text("A word of Zoë", "note")
    with pytest.raises(SealBroken):
        SEALER.open(sealed, "item")
    with pytest.raises(SealBroken, match="DESK_SECRET_KEY"):
        Sealer(b"another key").open(sealed, "note")
    assert Sealer(b"the desk's secret key").open_text(sealed, "note") == "A word of Zoë"


def test_sealed_bytes_tell_nothing_of_sameness() -> None:
    """The same text sealed twice differs, and shows none of its words."""
    one, two = SEALER.seal_text("the same words", "note"), SEALER.seal_text("the same words", "note")
    assert one != two
    assert b"same" not in one


def test_a_half_of_a_surrogate_pair_is_kept() -> None:
    """What a broken sender wrote is kept as it came."""
    assert SEALER.open_text(SEALER.seal_text("\ud83d", "note"), "note") == "\ud83d"
