"""Which error a refusal of Twilio's stands for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.errors import ChannelError, OptedOut, Permanent, Temporary
from channels.sms.rest import Answer, error_of, seconds_until
from tests.fakes.desk import NOW


def refusal(status: int, code: int | None = None, retry_after: str = "") -> ChannelError:
    return error_of(Answer(status, {"code": code} if code else {}, retry_after), NOW)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, 21610, OptedOut),
        (400, 21211, Permanent),
        (400, 21614, Permanent),
        (400, 99999, Permanent),
        (404, None, Permanent),
        (429, 20429, Temporary),
        (429, None, Temporary),
        (400, 21611, Temporary),
        (500, None, Temporary),
        (503, 20503, Temporary),
        (401, 20003, Temporary),
        (403, None, Temporary),
        (404, 20404, Temporary),
        (400, 21606, Temporary),
        (302, None, Temporary),
    ],
)
def test_sorts_refusals(status: int, code: int | None, kind: type[Exception]) -> None:
    """Opted out is final, the desk's own faults wait, busy waits, everything else about the message is final."""
    error = refusal(status, code)
    assert type(error) is kind
    assert code is None or error.code == str(code)


@pytest.mark.parametrize(
    ("status", "code", "mend"),
    [(401, 20003, "DESK_TWILIO_AUTH_TOKEN"), (401, None, "DESK_TWILIO_AUTH_TOKEN"), (400, 21606, "DESK_TWILIO_FROM"),
     (400, 21211, "correct it"), (302, None, "DESK_TWILIO_API_BASE")],
)  # fmt: skip
def test_names_the_mend(status: int, code: int | None, mend: str) -> None:
    """What staff read says what to do."""
    assert mend in str(refusal(status, code))


def test_our_own_faults_wait_long() -> None:
    """Wrong credentials need a person: five minutes between attempts."""
    error = refusal(401, 20003)
    assert isinstance(error, Temporary)
    assert error.retry_after == 300


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("30", 30.0),
        (" 1 ", 1.0),
        ("0", 0.0),
        ("999999", 3600.0),
        ("Tue, 04 Mar 2025 12:01:30 GMT", 90.0),
        ("Tue, 04 Mar 2025 11:00:00 GMT", 0.0),
        ("Tue, 04 Mar 2025 12:01:30", None),
        ("", None),
        ("soon", None),
        ("-3", None),
        ("²", None),
    ],
)
def test_reads_retry_after(header: str, seconds: float | None) -> None:
    """Seconds and dates are honoured up to an hour; nonsense is ignored."""
    assert seconds_until(header, NOW) == seconds


@given(st.text())
def test_any_retry_after_is_harmless(header: str) -> None:
    """A header of any shape gives a wait between none and an hour, or nothing."""
    wait = seconds_until(header, NOW)
    assert wait is None or 0 <= wait <= 3600
