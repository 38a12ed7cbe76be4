"""The desk's own words on who somebody is: a macro of identity.j2 as a line of the bot's. Called by identity."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.audit import log as audit
from bot.audit.actors import BOT
from bot.conversations import replies, sending
from bot.conversations.models import Conversation, Message
from bot.conversations.values import Values
from bot.conversations.wording import House
from bot.messages.masked import Secret
from channels.context import Site
from channels.mail.borrowed import plain_name


def by_the_clock(moment: datetime, now: datetime, timezone: str) -> str:
    """A moment as customers read it: "14:10" today, else "14:10 on Friday 20 November 2026"."""
    zone = ZoneInfo(timezone)
    local, today = moment.astimezone(zone), now.astimezone(zone).date()
    time = f"{local:%H:%M}"
    return time if local.date() == today else f"{time} on {replies.in_words(local.date())}"


def say(
    session: Session,
    conversation: Conversation,
    key: str,
    now: datetime,
    *,
    house: House,
    site: Site,
    secret: Secret | None = None,
    **more: Any,
) -> Message:
    """Send the wording `key` in a conversation, whoever owns it; `more` are fields of Values."""
    values = Values(
        company=replies.short_name(house.companies.get(site.policy, site.name)),
        site=site.name,
        name=plain_name(conversation.name) if conversation.channel == "mail" else "",
        contact=house.contacts.get(site.policy, ""),
        **more,
    )
    text = replies.render(conversation.channel, key, values).text
    line = sending.send(session, conversation, text, now, site=site, outcome=key, secret=secret)
    subject, facts = f"conversation:{conversation.id}", {"reply": key, "message": line.id, "clauses": []}
    audit.append(session, actor=BOT.name, action="conversation.answered", subject=subject, data=facts, now=now)
    return line
