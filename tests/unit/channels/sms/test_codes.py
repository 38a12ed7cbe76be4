"""What staff read of Twilio's codes."""

from __future__ import annotations

import re

import pytest

from channels.errors import OptedOut, Permanent, Temporary
from channels.sms import codes
from channels.sms.rest import Answer, error_of
from tests.support import NOON


@pytest.mark.parametrize("code", sorted(codes.MEANINGS))
def test_every_code_is_told_in_words_with_a_mend(code: str) -> None:
    """One plain sentence, short enough to be kept whole, without the code; what our settings did names one."""
    meaning = codes.MEANINGS[code]
    assert 10 < len(meaning.text) < 200
    assert code not in meaning.text
    assert not meaning.text.endswith(".")
    assert meaning.text[0].islower() or meaning.text.startswith(("Twilio", "WhatsApp"))
    if meaning.kind == "desk":
        assert re.search(r"DESK_|Twilio|console|sender|registration|business account", meaning.text)


@pytest.mark.parametrize("code", sorted(codes.MEANINGS))
def test_every_code_fails_in_the_way_that_it_means(code: str) -> None:
    """An opt-out is one, what may pass is tried again, what never will is final, and only some speak of the number."""
    meaning = codes.MEANINGS[code]
    error = error_of(Answer(400, {"code": int(code)}, ""), NOON)
    kinds = {"opted_out": OptedOut, "temporary": Temporary, "desk": Temporary}
    assert type(error) is kinds.get(meaning.kind, Permanent)
    assert error.code == code
    assert getattr(error, "bad_address", False) == meaning.bad_address


def test_a_phone_that_is_off_is_no_bad_address() -> None:
    """Out of reach today may be in reach tomorrow; a number that does not exist never is."""
    assert not codes.is_bad_address("30003")
    assert not codes.is_bad_address("30008")
    assert codes.is_bad_address("30005")
    assert codes.is_bad_address("30006")
    assert codes.is_bad_address("21614")


def test_an_unknown_code_is_named() -> None:
    """So that it can be looked up; no code says nothing."""
    assert "39999" in codes.words("39999")
    assert codes.words("") == ""
