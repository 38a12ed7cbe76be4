"""The worker that handles what was accepted: decode → understand → decide, strictly in order for each sender.

A row stays `accepted` until the unit of work that holds all its effects is committed, so a kill at any instant means
that it is handled again from the start, and never twice in effect.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy.orm import Session

from bot.bus import LocalBus
from bot.clock import Clock, day_of
from bot.contacts import service as contacts
from bot.conversations import belonging, follow_ups, handling, opting, ownership, repository, understand, window
from bot.conversations.arrivals import Arrival, Asked
from bot.conversations.follow_ups import Before
from bot.conversations.often import Asking, Often
from bot.conversations.understand import Understanding
from bot.conversations.wording import House
from bot.db import Database
from bot.errors import TemporaryError
from bot.files import service as files
from bot.learning.shelf import Held, Shelf
from bot.messages import inbox, outbox, provider_copies
from bot.messages.inbox import Accepted
from bot.metrics import Metrics
from bot.workers import retry
from bot.workers.decoder import Decoder
from bot.workers.feed import Feed, Feeds
from bot.workers.lanes import Again
from channels.base import Channel, DeliveryReport, InboundMessage
from channels.context import Site
from channels.errors import Undecodable
from channels.evidence import Checks
from channels.files import emptied_by
from knowledge.base import Choice

log = structlog.get_logger()
LONG_TEXT = 2_000
OPTED_OUT = "21610"
"""Twilio's code for a recipient who opted out: marked, never tried again."""
CARRIED_ON = re.compile(r"\s*(?:re|aw|fwd?|sv|antw|ref|wg|tr|vs)\s*(?:\[\d+\])?\s*:", re.IGNORECASE)
"""How a subject begins that was there before this mail: of a reply, or of something forwarded."""
PICTURE = re.compile(r"^\[(?:picture|location): [^\]]*\]$", re.MULTILINE)


class ReportTooEarly(TemporaryError):
    """A status callback can overtake our own record of the sending: try again in a moment."""


class Handler:
    """Handles the inbox, each channel on a feed of its own. `names` are the channels that there may be rows of."""

    def __init__(
        self, *, database: Database, bus: LocalBus, names: Sequence[str], channels: Mapping[str, Channel],
        shelf: Shelf,
        site_of: Callable[[str], Site], house: House, metrics: Metrics, now: Clock, decoder: Decoder,
    ) -> None:  # fmt: skip
        self._database, self._channels, self._shelf = database, channels, shelf
        self._site_of, self._house, self._metrics, self._now = site_of, house, metrics, now
        self._decoder, self._often = decoder, Often()
        # To hold a channel against a protocol costs 20 µs, so it is done once.
        self._checking = {name: each for name, each in channels.items() if isinstance(each, Checks)}
        self._emptying = {name for name, each in channels.items() if emptied_by(each)}
        self.feeds = Feeds([self._feed(name, database, bus) for name in names])

    def _feed(self, channel: str, database: Database, bus: LocalBus) -> Feed[Accepted]:
        def load_lane(session: Session, key: Hashable, after: int, until: int, limit: int) -> Sequence[Accepted]:
            return inbox.accepted_after(session, channel, after, limit, sender=str(key), until=until)

        return Feed(
            topic=f"inbox:{channel}", database=database, bus=bus, key=lambda row: row.received.sender,
            load=lambda session, after, limit: inbox.accepted_after(session, channel, after, limit),
            load_lane=load_lane, work=self._handle,
        )  # fmt: skip

    async def _handle(self, row: Accepted) -> Again[Accepted] | None:
        now = self._now()
        if row.due_at is not None and row.due_at > now:
            return Again((row.due_at - now).total_seconds(), row)
        try:
            await self._once(row, now)
        except TemporaryError as error:
            return await self._failed(row, error, now)
        except Exception as error:
            log.exception("handling failed", action="handle_failed", channel=row.received.channel, inbox=row.id)
            return await self._failed(row, error, now)
        waited = (self._now() - row.received.received_at).total_seconds()
        self._metrics.handling.labels(row.received.channel).observe(max(0.0, waited))
        return None

    async def _once(self, row: Accepted, now: datetime) -> None:
        channel = self._channels.get(row.received.channel)
        if channel is None:
            raise TemporaryError(f"channel {row.received.channel} is not started: add it to DESK_CHANNELS")
        undecodable = ""
        received = row.received
        if not row.whole:
            received = replace(received, payload=await self._database.read(lambda s: inbox.payload(s, row.id)))
        try:
            decoded = await self._decoder.decode(channel, received, attempts=row.attempts)
        except Undecodable as error:
            undecodable = str(error) or "it could not be read"
            if row.received.facts.get("kind") == "status":
                # No customer wrote it, so it makes no conversation: staff find it among the dead.
                await self._database.write(
                    lambda session: inbox.mark_failed(session, row.id, row.attempts + 1, None, undecodable)
                )
                return
            decoded = InboundMessage(address=row.received.sender, recipient="", text="")
        if isinstance(decoded, DeliveryReport):
            report, first_time = decoded, row.attempts == 0
            await self._database.write(lambda session: self._report(session, row, report, now, first_time=first_time))
            return
        checking = self._checking.get(row.received.channel)
        if checking is not None and not undecodable:
            found = await checking.checked(received, decoded, self._decoder.apart)
            decoded = replace(decoded, evidence={**decoded.evidence, **found})
        arrival = await self._understood(row, decoded, undecodable)
        outcome = await self._database.write(lambda session: self._effects(session, row, arrival, now))
        self._count(row.received.channel, outcome)

    async def _understood(self, row: Accepted, message: InboundMessage, undecodable: str) -> Arrival:
        facts = row.received.facts
        site = self._site_of(message.site or str(facts.get("site", "")))
        message = replace(message, recipient=message.recipient or _mailbox(row, site))
        understood, asked, said, held = None, None, message.text, self._shelf.held
        if row.received.channel == "mail" and not undecodable and await self._begins(message):
            said = with_subject(message.subject, message.text)
        if said.strip() and not undecodable and message.notice != "report":
            words = PICTURE.sub("", said).strip() or said
            today = day_of(row.received.received_at, self._house.terms.timezone)
            understood = await self._meant(row, message, Asking(words, held.number, site.policy, today), site, held)
            read_from = understood.effective or held.library.in_force(site.policy, today).effective
            asked = Asked(held.number, understood.asked or words, read_from, today)
        contents = [each.content for each in message.attachments]
        digests = await asyncio.to_thread(files.digests, contents) if contents else ()
        return Arrival(
            row.id,
            row.received.channel,
            row.received.received_at,
            message,
            digests,
            understood,
            site,
            undecodable,
            said,
            asked,
        )

    async def _meant(
        self, row: Accepted, message: InboundMessage, asking: Asking, site: Site, held: Held
    ) -> Understanding:
        """What its words mean: for what leans on nothing before it, as often as it comes, it is read once."""
        words, known = asking.words, self._often.find(asking)
        before = await self._before(row, message, words, site, held.library.topics)
        if known is not None and before is None:
            return known
        read = partial(
            understand.understand, words, held.library, policy=asking.policy, today=asking.today, before=before
        )  # fmt: skip
        understood = await asyncio.to_thread(read) if len(words) > LONG_TEXT else read()
        if before is None:
            self._often.note(asking, understood)
        return understood

    async def _before(
        self, row: Accepted, message: InboundMessage, words: str, site: Site, topics: Mapping[str, str]
    ) -> Before | None:
        """What the message may lean on. Only one that looks like that is worth asking the database."""
        if not follow_ups.may_lean(follow_ups.core(words), topics.values()):
            return None
        channel, since = row.received.channel, row.received.received_at - follow_ups.RECENT
        question, offered = await self._database.read(
            lambda session: belonging.leaned_on(session, channel, message, site.key, since)
        )
        choices = tuple(Choice(key, topics[key]) for key in offered if key in topics)
        return Before(question, choices) if question else None

    async def _begins(self, message: InboundMessage) -> bool:
        """Whether a mail begins a thread, so that its subject is the customer's own: no reply and nothing forwarded."""
        if message.reply_token or message.notice or not message.subject.strip() or CARRIED_ON.match(message.subject):
            return False
        if not message.references:
            return True
        known = belonging.by_references
        return await self._database.read(lambda session: known(session, "mail", message.references) is None)

    def _effects(self, session: Session, row: Accepted, arrival: Arrival, now: datetime) -> handling.Outcome:
        outcome = handling.handle(session, arrival, self._house, now)
        message = arrival.message
        if message.message_id and self._empties(arrival.channel):
            provider_copies.to_empty(
                session, arrival.channel, message.message_id, account=message.account, sender=message.recipient,
                now=now,
            )  # fmt: skip
        inbox.mark_handled(session, row.id, now)
        return outcome

    def _empties(self, name: str) -> bool:
        """Whether the provider of that channel is to forget the words of messages."""
        return name in self._emptying

    def _report(
        self, session: Session, row: Accepted, report: DeliveryReport, now: datetime, *, first_time: bool
    ) -> None:
        found = outbox.find_reported(
            session, row.received.channel, report, str(row.received.facts.get("reply_token", ""))
        )
        if found is None and report.provider_id and first_time:
            raise ReportTooEarly("the message it speaks of is not recorded yet")
        if found is not None:
            outbox.apply_report(session, found, report)
            if found.provider_state in outbox.ENDED and self._empties(found.channel):
                provider_copies.of_sent(session, found, now)
            if report.code == OPTED_OUT:
                opting.opted_out(session, channel=found.channel, address=found.recipient, by="provider", now=now)
            if report.code == window.CODE:
                ownership.hand_over(session, repository.get(session, found.conversation_id), window.NOTED, now)
            if report.bad_address:
                # Only through a message of ours: anybody can write a bounce that names somebody's address.
                contacts.mark_bad(session, found.channel, found.recipient, report.text, now)
        elif not report.provider_id:
            handling.handle(session, self._of_nothing_ours(row, report), self._house, now)
        inbox.mark_handled(session, row.id, now)

    def _of_nothing_ours(self, row: Accepted, report: DeliveryReport) -> Arrival:
        """A report on no message of ours, as a line that people see: it opens nothing and is never answered."""
        site = self._site_of(str(row.received.facts.get("site", "")))
        message = InboundMessage(
            address=row.received.sender,
            recipient=_mailbox(row, site),
            text=report.text,
            automatic="a delivery report on no message of ours",
        )
        return Arrival(row.id, row.received.channel, row.received.received_at, message, (), None, site)

    async def _failed(self, row: Accepted, error: Exception, now: datetime) -> Again[Accepted] | None:
        attempts = row.attempts + 1
        waits = retry.delay(attempts, random.random())  # noqa: S311  jitter, not a secret
        dead = attempts >= retry.MOST_HANDLING and not isinstance(error, TemporaryError)
        due_at = None if dead else now + timedelta(seconds=waits)
        reason = str(error) if isinstance(error, TemporaryError) else type(error).__name__
        try:
            await self._database.write(lambda session: inbox.mark_failed(session, row.id, attempts, due_at, reason))
        except TemporaryError:
            return Again(waits, row)
        if dead:
            self._metrics.handled.labels(row.received.channel, "dead").inc()
            return None
        return Again(waits, row._replace(attempts=attempts, due_at=None))

    def _count(self, channel: str, outcome: handling.Outcome) -> None:
        self._metrics.handled.labels(channel, outcome.outcome).inc()
        if outcome.handed_over:
            self._metrics.handed_over.labels(channel).inc()
        for kind in outcome.tickets:
            self._metrics.tickets.labels(kind).inc()


def _mailbox(row: Accepted, site: Site) -> str:
    """The site's mailbox, for mail that names none of ours; no other channel sends from one."""
    return next(iter(site.mailboxes), "") if row.received.channel == "mail" else ""


def with_subject(subject: str, text: str) -> str:
    """What a mail that begins a thread says: subject and text, or the subject where only a signature stands below."""
    body = text.strip()
    return subject.strip() if not body or body.startswith(("-- ", "--\n")) else f"{subject.strip()}\n{body}"
