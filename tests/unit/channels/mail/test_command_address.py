"""The address of MAIL and RCPT: what is read by the short way is what aiosmtpd's own reading says."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from aiosmtpd.smtp import SMTP
from hypothesis import example, given
from hypothesis import strategies as st

from channels.mail.smtp_server import Server

ARGUMENTS = st.from_regex(r"<[a-zA-Z0-9_+=.-]{1,8}@[a-z0-9.-]{1,8}> ?[A-Za-z0-9=() ,.\t<>@?-]{0,10}", fullmatch=True)


def server() -> Server:
    """One without a connection: reading an address needs none."""
    return Server.__new__(Server)


@given(ARGUMENTS | st.text(max_size=40))
@example("<ann@example.org> SIZE=200 BODY=8BITMIME")
@example("<bounces+ann=example.org@lists.example.net>")
@example("<@relay.example:ann@example.org>")
@example("<=?utf-8?q?ann?=@example.org>")
@example('<"ann smith"@example.org>')
@example("<ann..smith@example.org>")
@example("<ann@[192.0.2.1]>")
@example("<ann@example.org> (a comment) SIZE=200")
@example("<ann@example.org>\r\n SIZE=200")
@example("<>")
def test_it_is_read_as_aiosmtpd_reads_it(argument: str) -> None:
    """Plain addresses and odd ones, with parameters, comments and blanks behind them."""
    ours = server()
    assert ours._getaddr(argument) == SMTP._getaddr(ours, argument)


@pytest.mark.parametrize("argument", ["<ann.smith+tag@example.org>", "<ann@mx1.example.org> SIZE=200 BODY=8BITMIME"])
def test_a_plain_one_needs_no_grammar(argument: str) -> None:
    """Nearly every mail's two addresses are such; the grammar of headers costs more than storing the mail."""
    with patch.object(SMTP, "_getaddr", side_effect=AssertionError("asked for the grammar")):
        assert server()._getaddr(argument)[0] == argument.partition(">")[0][1:]
