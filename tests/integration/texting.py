"""A desk that sends texts to a Twilio of the tests, and what it is given to send."""

from __future__ import annotations

from typing import Any

from aiohttp import ClientSession
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.app import Running
from bot.contacts import service as contacts
from bot.conversations import repository, sending
from bot.conversations.models import Conversation
from channels.base import InboundMessage
from tests.fakes.twilio import ACCOUNT, TOKEN, FakeTwilio, webhook

FROM = "+447700900999"


def texting(twilio: FakeTwilio, **more: Any) -> dict[str, Any]:
    """Settings of a desk that sends by that Twilio."""
    known = {"twilio_account_sid": ACCOUNT, "twilio_auth_token": TOKEN, "twilio_from": FROM}
    return {"channels": "sms", "public_url": "https://desk.example", "twilio_api_base": twilio.base, **known, **more}


async def written(desk: Running, address: str, *texts: str) -> None:
    """Queue texts of the desk's in that address's conversation."""
    site, now = desk.desk.sites[0], desk.desk.now()

    def work(session: Session) -> None:
        conversation = session.scalars(select(Conversation).where(Conversation.address == address)).first()
        if conversation is None:
            known = contacts.find_or_create(session, "sms", address, "", now)
            message = InboundMessage(address, FROM, "")
            conversation = repository.create(
                session, message, channel="sms", site=site.key, contact=known.contact_id, now=now
            )
        for text in texts:
            sending.send(session, conversation, text, now, site=site)

    await desk.desk.database.write(work)


async def reported(desk: Running, message: dict[str, str], state: str, code: str = "") -> None:
    """Twilio's callback on one of its messages, over real HTTP."""
    url = message["StatusCallback"]
    fields = {"AccountSid": ACCOUNT, "MessageSid": message["sid"], "MessageStatus": state, "To": message["To"]}
    body, headers = webhook(url, fields | ({"ErrorCode": code} if code else {}))
    local = f"http://127.0.0.1:{desk.http_port}/{url.split('/', 3)[3]}"
    async with ClientSession() as session, session.post(local, data=body, headers=headers) as answer:
        assert answer.status == 200
