"""The ledger as the desk writes it: STOP, START and an objection, each with the customer's own line or request."""

from __future__ import annotations

from pathlib import Path

from bot.models import ConsentEntry
from tests.integration.whole_desk import world


async def test_stop_start_and_an_objection_stand_in_the_ledger(tmp_path: Path) -> None:
    """Each with its evidence and the policy in force; the objection ends all marketing at once."""
    async with world(tmp_path) as outside:
        await outside.texted("Please stop sending me marketing, I object to it.")
        await outside.text("STOP")
        await outside.settled()
        await outside.text("START")
        await outside.settled()
        entries = await outside.all(ConsentEntry)
        lines = {line.id: line.text for line in await outside.lines()}
        marketing = [each for each in entries if each.purpose != "messages"]
        assert {(each.purpose, each.state, each.source) for each in marketing} == {
            ("partner_offers", "withdrawn", "ticket"),
            ("marketing", "withdrawn", "ticket"),
            ("newsletter", "withdrawn", "ticket"),
        }
        assert {each.ticket_id for each in marketing} == {(await outside.ticket()).id}
        messages = [each for each in entries if each.purpose == "messages"]
        assert [(each.state, each.channel, lines[each.message_id]) for each in messages] == [
            ("withdrawn", "sms", "STOP"),
            ("granted", "sms", "START"),
        ]
        assert {(each.policy, each.effective) for each in messages} == {("iomart", "2007-12-15")}
