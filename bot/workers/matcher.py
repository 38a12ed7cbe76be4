"""The worker that holds what customers say of themselves against the records of the data sources.

Every source that has records of people is asked. One that can't answer now is asked again; after PAUSES the claim goes
to a person: what only some sources say proves nobody, for another might have differed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial

import structlog
from sqlalchemy.orm import Session

from bot.bus import LocalBus
from bot.clock import Clock
from bot.contacts.matching import FIELDS, Claim, Match
from bot.conversations import identity_claims
from bot.conversations.identity_claims import Pending
from bot.conversations.models import Conversation
from bot.conversations.wording import House
from bot.db import Database
from bot.sources.registry import OWN, Installed
from bot.tickets.models import Ticket
from bot.workers.outside import Outside, Over
from bot.workers.rounds import PAUSE, POLL, Rounds
from channels.context import Site

log = structlog.get_logger()
PAUSES = (5.0, 60.0)
"""Seconds before the sources are asked once more for one claim; then a person decides."""
MOST_MATCHES = 100


class Matcher(Rounds):
    """Matches the claims that wait, one after another."""

    what, topics = "claims", (identity_claims.TOPIC, "tickets:awaiting_identity")

    def __init__(
        self, *, database: Database, bus: LocalBus, sources: Mapping[str, Installed], house: Callable[[], House],
        site: Callable[[str], Site], now: Clock, outside: Outside,
    ) -> None:  # fmt: skip
        super().__init__(bus)
        self._database, self._house, self._site = database, house, site
        self._now, self._outside = now, outside
        self._sources = [each for name, each in sources.items() if name != OWN]
        self._put_off: dict[int, tuple[int, float]] = {}  # ticket → how often it was tried, when it is tried again

    async def _round(self) -> float:
        """Match all that wait; returns seconds until those come again whose sources did not answer."""
        now, sealer = self._now(), self._house().sealer
        waiting = await self._database.read(lambda session: identity_claims.pending_claims(session, now, sealer))
        self._put_off = {each.ticket_id: self._put_off.get(each.ticket_id, (0, 0.0)) for each in waiting}
        clock = asyncio.get_running_loop().time
        for pending in waiting:
            if self._put_off[pending.ticket_id][1] <= clock():
                await self._match(pending)
        soonest = min((again for _, again in self._put_off.values()), default=clock() + POLL)
        return max(PAUSE, soonest - clock())

    async def _match(self, pending: Pending) -> None:
        tried, _ = self._put_off[pending.ticket_id]
        found = await self._found(pending.claim)
        if found is None and tried < len(PAUSES):
            self._put_off[pending.ticket_id] = tried + 1, asyncio.get_running_loop().time() + PAUSES[tried]
            return
        await self._database.write(partial(self._record, pending.ticket_id, found or []))
        del self._put_off[pending.ticket_id]

    def _record(self, ticket_id: int, matches: list[Match], session: Session) -> None:
        ticket = session.get(Ticket, ticket_id)
        conversation = session.get(Conversation, ticket.conversation_id) if ticket else None
        if conversation is not None:
            site = self._site(conversation.site)
            identity_claims.matched(session, ticket_id, matches, self._now(), house=self._house(), site=site)

    async def _found(self, claim: Claim) -> list[Match] | None:
        """What all sources say together; None where one did not answer, or no answer of the kind that was asked for."""
        found: list[Match] = []
        for installed in self._sources:
            try:
                said = await self._outside.run(installed, partial(_ask, installed, claim))
            except Exception as error:  # noqa: BLE001  a source may be another's code: its error is its finding
                name = type(error).__name__
                log.warning(
                    "a source could not match", action="match_failed", source=installed.source.name, reason=name
                )
                return None
            found += said
        return found


def _ask(installed: Installed, claim: Claim, _over: Over) -> list[Match]:
    """What one source says, looked at: a match that is none would prove somebody who is not proved."""
    said = list(installed.source.match(claim))
    if len(said) > MOST_MATCHES:
        raise ValueError("more matches than a claim has records")
    for match in said:
        if not isinstance(match, Match) or not {*match.fields, *match.differs} <= set(FIELDS):
            raise TypeError("no match")
    return [match._replace(source=installed.source.name) for match in said]
