"""WhatsApp and RCS by the same webhook, and a STOP across the forms of one number, through the whole desk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.contacts.models import ContactAddress
from bot.contacts.record_models import ConsentEntry
from bot.conversations.models import Conversation
from tests.integration.whole_desk import ANN_NUMBER, OUR_NUMBER, World, world

QUESTION = "do you sell my data?"
WHATSAPP = {"From": f"whatsapp:{ANN_NUMBER}", "To": f"whatsapp:{OUR_NUMBER}", "ProfileName": "Ann Lee"}
RCS = {"From": f"rcs:{ANN_NUMBER}", "To": "rcs:iomart_agent"}


async def said(outside: World, words: str, fields: dict[str, str]) -> str:
    """Ann writes in that form; what came back to it, "" for nothing."""
    before = len(outside.twilio.messages)
    assert await outside.text(words, **fields) == 200
    await outside.settled()
    new = [each["Body"] for each in outside.twilio.messages[before:] if each["To"] == fields["From"]]
    return new[-1] if new else ""


@pytest.mark.parametrize("fields", [WHATSAPP, RCS], ids=["whatsapp", "rcs"])
async def test_a_question_is_answered_in_the_form_it_came_in(tmp_path: Path, fields: dict[str, str]) -> None:
    """The clause comes back by the same form, from the address that was written to."""
    async with world(tmp_path, channels="sms") as outside:
        assert "3.2" in await said(outside, QUESTION, fields)
        assert outside.twilio.messages[-1]["From"] == fields["To"]
        (talk,) = await outside.all(Conversation)
        assert (talk.channel, talk.address, talk.name) == ("sms", fields["From"], fields.get("ProfileName", ""))


async def test_the_same_number_in_two_forms_is_two_conversations(tmp_path: Path) -> None:
    """Nobody reads in one form what was said in another: the same digits are no proof."""
    async with world(tmp_path, channels="sms") as outside:
        await outside.texted(QUESTION)
        await said(outside, QUESTION, WHATSAPP)
        first, second = await outside.all(Conversation)
        assert first.contact_id != second.contact_id


async def test_a_stop_by_rcs_silences_texts_and_a_whatsapp_question_is_still_answered(tmp_path: Path) -> None:
    """One list for texts, pictures and RCS, as Twilio has it; each with its entry and the line that says so."""
    async with world(tmp_path, channels="sms") as outside:
        await outside.texted(QUESTION)
        await said(outside, QUESTION, WHATSAPP)
        assert await said(outside, "STOP", RCS) == "", "Twilio answers it"
        assert await outside.texted(QUESTION) == ""
        assert "3.2" in await said(outside, QUESTION, WHATSAPP)
        stopped = {each.value for each in await outside.all(ContactAddress) if each.opted_out_at}
        assert stopped == {ANN_NUMBER, RCS["From"]}
        entries: list[Any] = list(await outside.all(ConsentEntry))
        assert [(each.purpose, each.state, each.source) for each in entries] == [
            ("messages", "withdrawn", "message")
        ] * 2
        assert len({each.message_id for each in entries}) == 1
        assert await outside.texted("START") == ""
        assert await outside.texted("do you use cookies?")


async def test_a_stop_on_whatsapp_is_confirmed_by_us(tmp_path: Path) -> None:
    """There Twilio answers nothing: we confirm once, and are silent then; texts go on."""
    async with world(tmp_path, channels="sms") as outside:
        assert "any more" in await said(outside, "stop", WHATSAPP)
        assert await said(outside, QUESTION, WHATSAPP) == ""
        assert "3.2" in await outside.texted(QUESTION)


async def test_a_stop_by_a_picture_with_an_open_request_in_another_form_brings_a_person(tmp_path: Path) -> None:
    """STOP beside a picture is a STOP; the request that Ann opened by RCS goes on, with a person."""
    async with world(tmp_path, channels="sms") as outside:
        await said(outside, "wot data do u hold on me", RCS)
        await outside.text("Stop", NumMedia="1", MediaContentType0="image/png", MediaUrl0="https://api.twilio.com/x")
        await outside.settled()
        talk = next(each for each in await outside.all(Conversation) if each.address == RCS["From"])
        assert talk.owner == "human"
        assert "another verified way" in talk.handover_reason
        assert (await outside.ticket()).state != "closed"


async def test_a_message_of_only_pictures_brings_a_person(tmp_path: Path) -> None:
    """Nobody but a person can look at it."""
    async with world(tmp_path, channels="sms") as outside:
        await outside.text("", NumMedia="1", MediaContentType0="image/png", MediaUrl0="https://api.twilio.com/x")
        await outside.settled()
        (talk,) = await outside.all(Conversation)
        assert (talk.owner, talk.handover_reason) == ("human", "The message has only attachments.")
