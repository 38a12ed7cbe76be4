"""Requests that come twice: a line written under an `Idempotency-Key` is not written again.

Read and remembered inside the unit of work that writes the line; the unique constraint holds against a second writer.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.api.models import ApiOnce
from bot.errors import PermanentError

KEPT = timedelta(days=7)
"""How long a key is remembered; longer than anybody's program goes on trying."""
LONGEST_KEY = 128


class KeyReused(PermanentError):
    """The Idempotency-Key came before with another request: take a fresh key for each line."""


@dataclass(frozen=True, slots=True)
class Once:
    """A key that a token sent, with the fingerprint of the request that it stands for. Without a key: no promise."""

    token_id: int
    key: str
    fingerprint: str

    def written(self, session: Session) -> int | None:
        """The id of the line that this request wrote before.

        Raises:
            KeyReused: the key came with another request.
        """
        if not self.key:
            return None
        query = select(ApiOnce).where(ApiOnce.token_id == self.token_id, ApiOnce.key == self.key)
        found = session.scalar(query)
        if found is None:
            return None
        if found.fingerprint != self.fingerprint:
            raise KeyReused("this Idempotency-Key came before with another request: take a fresh key for each line")
        return found.message_id

    def remember(self, session: Session, message_id: int, now: datetime) -> None:
        """Keep what was written, and forget what is long past."""
        if not self.key:
            return
        session.execute(delete(ApiOnce).where(ApiOnce.created_at < now - KEPT))
        session.add(
            ApiOnce(
                token_id=self.token_id,
                key=self.key,
                fingerprint=self.fingerprint,
                message_id=message_id,
                created_at=now,
            )
        )
        session.flush()


def fingerprint(path: str, body: str) -> str:
    """What tells one request from another."""
    return hashlib.sha256(f"{path}\n{body}".encode()).hexdigest()
