"""What staff write down by hand, and where the desk may write first."""

from __future__ import annotations

import pytest

from bot.conversations.by_hand import cannot_send, may_begin


@pytest.mark.parametrize(
    ("channel", "begins"),
    [("sms", True), ("mail", True), ("memory", True), ("pager", True), ("webchat", False), ("fax", False),
     ("counter", False)],
)  # fmt: skip
def test_links_and_codes_go_on_every_installed_channel_but_a_chat(channel: str, begins: bool) -> None:
    """Also on one that somebody adds: nothing names it here. Nothing goes out by hand."""
    assert may_begin(channel) is begins
    assert bool(cannot_send(channel)) is (channel in {"fax", "counter"})
