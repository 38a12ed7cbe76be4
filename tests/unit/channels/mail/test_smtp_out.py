"""What the relay's address and its answers mean."""

from __future__ import annotations

import pytest

from channels.errors import Permanent, Temporary
from channels.mail.smtp_out import answer, relay


@pytest.mark.parametrize(
    ("url", "host", "port", "user", "security"),
    [
        ("smtp://relay.example:2525", "relay.example", 2525, "", "starttls"),
        ("smtp://relay.example", "relay.example", 587, "", "starttls"),
        ("smtp://10.0.0.5", "10.0.0.5", 587, "", "starttls"),
        ("smtp+plain://u:p@relay.example", "relay.example", 587, "u", "plain"),
        ("smtps://u%40x:p%2Fw@relay.example", "relay.example", 465, "u@x", "tls"),
        ("smtps://127.0.0.1", "127.0.0.1", 465, "", "tls"),
        ("smtp://127.0.0.1:25", "127.0.0.1", 25, "", "plain"),
        ("smtp://[::1]:25", "::1", 25, "", "plain"),
    ],
)
def test_a_relay_url_is_read(url: str, host: str, port: int, user: str, security: str) -> None:
    """Host, port, user, and encryption unless the relay is on this machine or the URL says plain."""
    found = relay(url)
    assert (found.host, found.port, found.user, found.security) == (host, port, user, security)


@pytest.mark.parametrize("url", ["http://relay.example", "relay.example:25", "smtp://", "smtp://x:notaport"])
def test_a_wrong_relay_url_names_the_mend(url: str) -> None:
    """The error says which setting to correct."""
    with pytest.raises(ValueError, match="DESK_RELAY_URL"):
        relay(url)


@pytest.mark.parametrize(
    ("code", "text", "kind", "named"),
    [
        (450, "4.2.1 busy", Temporary, "4.2.1"),
        (421, "closing", Temporary, "421"),
        (535, "5.7.8 bad credentials", Temporary, "5.7.8"),
        (530, "authentication required", Temporary, "530"),
        (550, "5.1.1 no such user", Permanent, "5.1.1"),
        (554, "refused", Permanent, "554"),
    ],
)
def test_the_relays_answer_decides_whether_to_try_again(code: int, text: str, kind: type, named: str) -> None:
    """4xx and wrong credentials wait, 5xx is the end."""
    found = answer(code, text)
    assert isinstance(found, kind)
    assert found.code == named
