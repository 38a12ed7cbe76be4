"""Takes what the search found as packages need it: each item with its text, and whose names and addresses are theirs.

The only file of this room that reads the sources' tables. Called by `proposals`, `building` and the console.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.contacts.linking import one_person
from bot.contacts.models import Contact, ContactAddress, IdentityCheck
from bot.conversations.identity_claims import claimed
from bot.errors import NotFound
from bot.packages.detection import MOST, Own
from bot.packages.flat import Flat, flatten
from bot.packages.models import ItemReview, Redaction
from bot.packages.numbers import numbers
from bot.packages.people import people, words_of
from bot.sealing import Sealer
from bot.sources import found
from bot.sources.found import FoundItem
from bot.sources.models import FoundRow
from bot.tickets.models import Ticket
from channels.context import Site
from knowledge.base import Policy

MOST_WORDS = 5
"""Words of a name; more are several people's."""


class Held(NamedTuple):
    """One item with its fields as text, in which redactions are counted."""

    item: FoundItem
    flat: Flat

    @property
    def digest(self) -> str:
        """What decisions are bound to."""
        return self.item.digest

    @property
    def whole(self) -> bool:
        """Whether it must be decided on as a whole: a file can't be redacted, a text too long not be searched."""
        return self.item.has_file or len(self.flat.text) > MOST

    @property
    def by_hand(self) -> bool:
        """Whether a person must read it in any case: also where several people use the address that it came by."""
        return self.whole or self.item.shared


def all_of(session: Session, ticket_id: int, sealer: Sealer) -> list[Held]:
    """Everything that was found for a ticket, in its order; the same item twice counts once. Raises SealBroken."""
    items = {item.digest: item for item in found.items(session, ticket_id, sealer)}
    return [Held(item, flatten(item.content)) for item in items.values()]


def one(session: Session, ticket_id: int, item_id: int, sealer: Sealer) -> Held:
    """One item of a ticket.

    Raises:
        NotFound: it has none of that number.
        SealBroken: as `all_of`.
    """
    of, item = found.item(session, item_id, sealer)
    if of != ticket_id:
        raise NotFound("that item is not of this request: open it from the request again")
    return Held(item, flatten(item.content))


def own_of(
    session: Session, ticket: Ticket, site: Site, policy: Policy | None, *, staff: Iterable[str], base_url: str,
    sealer: Sealer,
) -> Own:  # fmt: skip
    """What is the person's own: the names and addresses of the ticket's contact and of all that are proved one with
    it, and what a record bore out of their claim; and what is the company's, by its site, its policy and the desk's own
    address. `staff` are the names of those who work there.
    """
    contacts = one_person(session, ticket.contact_id)
    kept = session.scalars(select(Contact.name).where(Contact.id.in_(contacts), Contact.name != ""))
    addresses = session.scalars(select(ContactAddress.value).where(ContactAddress.contact_id.in_(contacts)))
    agreed = _borne_out(session, ticket, sealer)
    # People write their name as they like at the head of a mail: a list of other people's there is nobody's name, and
    # what goes beyond a name that a record bore out may be somebody else's.
    proved = set(words_of(agreed.get("name", "")))
    names = [name for name in kept if len(words_of(name)) <= MOST_WORDS and (not proved or proved >= {*words_of(name)})]
    known = (*names, ticket.agent_for, agreed.get("name", ""))
    return Own(
        names=tuple(filter(None, known)),
        addresses=(*addresses, *filter(None, [agreed.get("postcode", "")])),
        house=(site.name, *site.mailboxes, *site.sms_numbers, urlsplit(base_url).hostname or "", *_of_policy(policy)),
        staff=tuple(staff),
        published=_names_of_policy(policy),
    )


def _borne_out(session: Session, ticket: Ticket, sealer: Sealer) -> Mapping[str, str]:
    """What they said of themselves and a record agreed with: so a texter's own name is known to be theirs."""
    check = session.get(IdentityCheck, ticket.id)
    if check is None or check.verdict != "matched":
        return {}
    details = claimed(check, sealer)[1]
    return {field: value for field, value in details.items() if field in check.agreed}


def _of_policy(policy: Policy | None) -> Sequence[str]:
    """The company's name, and the addresses and numbers that its policy publishes."""
    if policy is None:
        return ()
    published = "\n".join(passage.text for passage in policy.passages)
    return (policy.company, *(published[hit.start : hit.end] for hit in numbers(published)))


def _names_of_policy(policy: Policy | None) -> tuple[str, ...]:
    """What looks like a name in the policy ("Lister Pavilion" in its contact block): published, and nobody's secret."""
    texts = [passage.text for passage in policy.passages] if policy else []
    return tuple(text[hit.start : hit.end] for text in texts for hit in people(text))


def inputs(session: Session, ticket: Ticket) -> str:
    """The digest of all that a package is made of: what was found, what was decided, and what was asked.

    It is counted from columns alone, so that before a release it is quickly known whether anything moved since.
    """
    query = select(FoundRow.digest).where(FoundRow.ticket_id == ticket.id, FoundRow.replaced.is_(False))
    lines = [f"item {digest}" for digest in session.scalars(query.order_by(FoundRow.digest))]
    columns = (Redaction.item_digest, Redaction.start, Redaction.end, Redaction.kind, Redaction.state)
    lines += [
        f"redaction {' '.join(map(str, row))}"
        for row in session.execute(select(*columns).where(Redaction.ticket_id == ticket.id).order_by(*columns[:3]))
    ]
    reviewed = (ItemReview.item_digest, ItemReview.decision, ItemReview.reason)
    lines += [
        f"review {' '.join(row)}"
        for row in session.execute(select(*reviewed).where(ItemReview.ticket_id == ticket.id).order_by(reviewed[0]))
    ]
    lines.append(f"ticket {ticket.kind} {ticket.received_at.isoformat()} {ticket.summary}")
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()
