"""What a provider still keeps of an erased person: noted, by its name there alone, before our own row of it goes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversations import calls
from bot.conversations.models import Conversation, Message
from bot.files.models import AttachmentFile
from bot.messages import provider_copies


def note(session: Session, table: str, ids: Sequence[int], now: datetime) -> None:
    """Note what is to be deleted or emptied at a provider of these rows, which are about to go."""
    if table == "attachment":
        _files(session, ids, now)
    elif table == "outbox":
        provider_copies.before_erasure(session, ids, now)
    elif table == "conversation":
        _recordings(session, ids, now)


def _recordings(session: Session, ids: Sequence[int], now: datetime) -> None:
    """What was recorded of their calls, if anything: only the provider knows, whatever DESK_VOICE_RECORD says today."""
    query = select(Conversation.channel, Conversation.address, Conversation.account)
    for channel, address, account in session.execute(
        query.where(Conversation.id.in_(ids), Conversation.channel == calls.CHANNEL)
    ):
        if call := calls.provider_id(address):
            provider_copies.to_empty(session, channel, call, account=account, sender="", now=now, what="call")


def _files(session: Session, ids: Sequence[int], now: datetime) -> None:
    """Files that the provider has not deleted yet, fetched or not."""
    query = (
        select(AttachmentFile.source, Conversation.channel)
        .join(Message, Message.id == AttachmentFile.message_id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(AttachmentFile.id.in_(ids), AttachmentFile.source != "", AttachmentFile.proof == "")
    )
    for source, channel in session.execute(query):
        provider_copies.to_empty(session, channel, source, account="", sender="", now=now, what="file")
