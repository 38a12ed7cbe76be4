"""Reads all that a package is made of in one look at the database, and refuses while anything is undecided.

Called by `building`, and by the console to show what is open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.contacts.models import Contact
from bot.conversations.models import Conversation
from bot.errors import NotFound
from bot.packages import proposals, taking
from bot.packages.composing import Asked, Gathered
from bot.packages.cover import NOT_PROVIDED
from bot.packages.detection import Kind, Own, Span, squeezed
from bot.packages.errors import NotReady
from bot.packages.models import ItemReview, Package, Redaction
from bot.packages.proposals import Known
from bot.packages.provided import aside
from bot.packages.taking import Held
from bot.sealing import Sealer
from bot.sources import found
from bot.tickets.models import Ticket
from channels.context import Site
from knowledge.base import Policy
from knowledge.library import Library

MOST_NAMED = 10
"""Items that an error names; it says how many more there are."""


@dataclass(frozen=True)
class Around:
    """What building needs of the desk: the library in force, the sites, the address for links, the sealer, and the
    names of staff.
    """

    library: Library
    sites: Sequence[Site]
    base_url: str
    sealer: Sealer
    staff: tuple[str, ...] = ()

    def site(self, key: str) -> Site:
        """The site of that key, the first where there is none of it."""
        return next((site for site in self.sites if site.key == key), self.sites[0])


class Items(NamedTuple):
    """What was found for a ticket, what is kept about it, and what is the person's own."""

    ticket: Ticket
    channel: str
    name: str
    helds: tuple[Held, ...]
    before: Known
    own: Own
    policy: Policy


def items(session: Session, ticket_id: int, around: Around, now: datetime) -> Items:
    """Everything of a ticket that looking through and building start from.

    Raises:
        NotFound: no such ticket.
        SealBroken: the desk's key is another one, or a row was altered.
    """
    ticket = session.get(Ticket, ticket_id)
    if ticket is None:
        raise NotFound("no such ticket: open it from the queue again")
    conversation = session.get_one(Conversation, ticket.conversation_id)
    site = around.site(conversation.site)
    day = now.astimezone(ZoneInfo(ticket.timezone or "UTC")).date()
    policy = around.library.in_force(site.policy, day)
    name = ticket.agent_for or session.get_one(Contact, ticket.contact_id).name
    helds = tuple(taking.all_of(session, ticket_id, around.sealer))
    own = taking.own_of(
        session, ticket, site, policy, staff=around.staff, base_url=around.base_url, sealer=around.sealer
    )
    return Items(ticket, conversation.channel, name, helds, proposals.known(session, ticket_id), own, policy)


def gather(session: Session, ticket_id: int, around: Around, now: datetime) -> Gathered:
    """All that the next version of a package is made of.

    Raises:
        NotReady: the ticket is not being reviewed, or something is undecided; the text says how much and where.
        NotFound, SealBroken: as `items`.
    """
    of = items(session, ticket_id, around, now)
    if of.ticket.state != "review":
        raise NotReady("a package is built while its request is reviewed: finish the search first, or take it back")
    reviews = reviews_of(session, ticket_id)
    _refuse_undecided(of, reviews)
    withheld = {
        held.digest: reviews[held.digest].reason if _decision(reviews, held) == "withheld" else NOT_PROVIDED
        for held in of.helds
        if stays_out(of.ticket.kind, held, _decision(reviews, held))
    }
    included = [held for held in of.helds if held.digest not in withheld]
    left_in = [row for held in of.helds for row in of.before.redactions.get(held.digest, ()) if row.state == "rejected"]
    texts = {held.digest: held.flat.text for held in of.helds}
    return Gathered(
        asked=Asked(
            of.ticket.reference, of.ticket.kind, of.name, of.channel, of.ticket.summary, of.ticket.received_at,
            of.ticket.regime, of.ticket.timezone,
        ),
        version=(session.scalar(select(func.max(Package.version)).where(Package.ticket_id == ticket_id)) or 0) + 1,
        helds=of.helds,
        spans={held.digest: _confirmed(of.before.redactions.get(held.digest, ())) for held in included},
        withheld=withheld,
        files={
            held.digest: found.file_of(session, held.item.id, around.sealer) for held in included if held.item.has_file
        },
        left_out=proposals.left_out(of.helds, of.before, of.own),
        kept=frozenset(squeezed(texts[row.item_digest][row.start : row.end]) for row in left_in),
        own=of.own,
        policy=of.policy,
        inputs=taking.inputs(session, of.ticket),
        now=now,
    )  # fmt: skip


def reviews_of(session: Session, ticket_id: int) -> dict[str, ItemReview]:
    """What was decided about items as a whole, by digest."""
    rows = session.scalars(select(ItemReview).where(ItemReview.ticket_id == ticket_id))
    return {row.item_digest: row for row in rows}


def stays_out(kind: str, held: Held, decision: str) -> bool:
    """Whether an item is not handed over: somebody withheld it, or it is aside and nobody put it in."""
    if decision:
        return decision == "withheld"
    return aside(kind, held.item.source, held.item.kind, held.item.title)


def undecided(of: Items, reviews: Mapping[str, ItemReview]) -> dict[int, int]:
    """Number of each item on which something is open (from 1, as lists show them) → how many proposals; 0 where it is
    only to be read.
    """
    result = {}
    for number, held in enumerate(of.helds, 1):
        decision = _decision(reviews, held)
        if stays_out(of.ticket.kind, held, decision):
            continue
        open_now = sum(row.state == "proposed" for row in of.before.redactions.get(held.digest, ()))
        if open_now or (held.by_hand and decision != "free"):
            result[number] = open_now
    return result


def _refuse_undecided(of: Items, reviews: Mapping[str, ItemReview]) -> None:
    unread = [number for number, held in enumerate(of.helds, 1) if held.digest not in of.before.looked]
    if unread:
        raise NotReady(f"{named(unread)} not looked through yet: build it again")
    left = undecided(of, reviews)
    if left:
        count = sum(left.values())
        proposed = f"{count} {'proposal is' if count == 1 else 'proposals are'} open" if count else ""
        alone = [of.helds[number - 1] for number, each in left.items() if each == 0]
        files, lines = sum(held.whole for held in alone), sum(not held.whole for held in alone)
        unseen = f"{files} {'file is' if files == 1 else 'files are'} to be decided on" if files else ""
        shared = f"{lines} {'item' if lines == 1 else 'items'} of a shared address to be read" if lines else ""
        raise NotReady(
            f"{' and '.join(filter(None, (proposed, unseen, shared)))}, in {named(list(left))}: decide them first"
        )


def named(numbers: Sequence[int]) -> str:
    """Items by their numbers: "items 3, 4 and 2 more"."""
    shown = ", ".join(map(str, numbers[:MOST_NAMED]))
    more = f" and {len(numbers) - MOST_NAMED} more" if len(numbers) > MOST_NAMED else ""
    return f"{'item' if len(numbers) == 1 else 'items'} {shown}{more}"


def _decision(reviews: Mapping[str, ItemReview], held: Held) -> str:
    row = reviews.get(held.digest)
    return row.decision if row else ""


def _confirmed(rows: Iterable[Redaction]) -> tuple[Span, ...]:
    def span(row: Redaction) -> Span:
        kind: Kind = row.kind  # type: ignore[assignment]  # the column holds these words
        return Span(row.start, row.end, kind, row.confidence)

    return tuple(span(row) for row in rows if row.state == "confirmed")
