"""Panel "Package": what was found with what is still to be decided, and the package that was built of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.console.gate import Call
from bot.packages import building, contents, findings, taking
from bot.packages.contents import Entry
from bot.packages.cover import REASONS
from bot.packages.findings import Opened
from bot.packages.gathering import reviews_of
from bot.packages.models import ItemReview, Package
from bot.packages.proposals import Known, known
from bot.packages.provided import aside
from bot.packages.review import REVIEWABLE
from bot.sources.models import FoundRow, SearchRun
from bot.tickets.models import Ticket
from bot.tickets.vocabulary import COPY

MOST_ROWS = 200
DONE: Mapping[str, str] = {
    "looked": "Every item was looked through. Decide what is marked.",
    "decided": "It is decided.",
    "built": "The package is built. A second person can release it.",
    "draft": "The package is made, and some words in it still look like somebody else's: settle them below.",
    "settled": "It is settled.",
}
KINDS: Mapping[str, str] = {
    "name": "Name", "staff": "Name of staff", "address": "Address", "phone": "Telephone number",
    "email": "Email address", "card": "Card number", "nino": "National insurance number", "ip": "Internet address",
    "bank": "Bank details", "other": "Other words",
}  # fmt: skip
STATES: Mapping[str, str] = {
    "draft": "Made, with words to settle", "built": "Built", "released": "Released", "withdrawn": "Withdrawn",
    "expired": "Expired", "deleted": "Deleted",
}  # fmt: skip
_FROM = ("searching", "awaiting_clarification", "review", "ready", "delivered", "closed")


class Row(NamedTuple):
    """One item as the list shows it. `open` counts proposals to decide, `left_out` what is left out; `read` is true
    once it was looked through.
    """

    number: int
    id: int
    title: str
    source: str
    kind: str
    collected_on: date | None
    shared: bool
    has_file: bool
    decision: str
    reason: str
    open: int
    left_out: int
    read: bool
    aside: bool
    """Left out by itself, for the person did not provide it; somebody may put it in."""

    @property
    def due(self) -> bool:
        """Whether somebody must decide something about it."""
        if self.decision == "withheld" or (self.aside and not self.decision):
            return False
        return self.open > 0 or ((self.has_file or self.shared) and self.decision != "free")


class Shown(NamedTuple):
    """What the panel shows. `open` counts proposals by kind; `unread` items were not looked through yet."""

    rows: Sequence[Row]
    total: int
    due: int
    unread: int
    open: Mapping[str, int]
    may_decide: bool
    may_build: bool
    package: Package | None
    moved: bool
    files: Sequence[Entry]
    findings: Sequence[Opened]
    kinds: Mapping[str, str] = KINDS
    states: Mapping[str, str] = STATES
    reasons: Mapping[str, str] = REASONS


def applies(ticket: Ticket, _call: Call) -> bool:
    """For requests that are answered with a package, once there may be something to put in it."""
    return ticket.kind in COPY and ticket.state in _FROM


def load(session: Session, ticket: Ticket, call: Call) -> Shown:
    """The items with their counts, without opening them, and the newest package."""
    before, reviews = known(session, ticket.id), reviews_of(session, ticket.id)
    rows = list_of(session, ticket, before, reviews)
    due = [row for row in rows if row.due]
    package = building.latest(session, ticket.id)
    present = package is not None and package.state in ("draft", "built", "released")
    withheld = {digest for digest, review in reviews.items() if review.decision == "withheld"}
    return Shown(
        rows=rows if len(rows) <= MOST_ROWS else due[:MOST_ROWS],
        total=len(rows),
        due=len(due),
        unread=sum(not row.read for row in rows),
        open=Counter(
            row.kind for digest, each in before.redactions.items() if digest not in withheld
            for row in each if row.state == "proposed"
        ),
        may_decide=ticket.state in REVIEWABLE,
        may_build=ticket.state == "review",
        package=package,
        moved=present and package is not None and package.inputs != taking.inputs(session, ticket),
        files=contents.entries(session, package.id) if present and package is not None else (),
        findings=findings.of_package(session, package.id, call.desk.sealer) if present and package is not None else (),
    )  # fmt: skip


def list_of(session: Session, ticket: Ticket, before: Known, reviews: Mapping[str, ItemReview]) -> list[Row]:
    """Every item of a ticket in the order and with the numbers of its package's errors."""
    columns = (
        FoundRow.id, FoundRow.title, SearchRun.title.label("source"), FoundRow.source.label("source_name"),
        FoundRow.kind, FoundRow.collected_on, FoundRow.shared, FoundRow.file.is_not(None).label("file"),
        FoundRow.digest,
    )  # fmt: skip
    query = (
        select(*columns)
        .join(SearchRun, SearchRun.id == FoundRow.run_id)
        .where(FoundRow.ticket_id == ticket.id, FoundRow.replaced.is_(False))
        .order_by(SearchRun.id, FoundRow.id)
    )
    newest: dict[str, Row] = {}
    for found in session.execute(query):
        review, redactions = reviews.get(found.digest), before.redactions.get(found.digest, ())
        number = newest[found.digest].number if found.digest in newest else len(newest) + 1
        newest[found.digest] = Row(
            number, found.id, found.title, found.source, found.kind, found.collected_on, found.shared,
            found.file or found.kind == "file", review.decision if review else "", review.reason if review else "",
            sum(each.state == "proposed" for each in redactions), sum(each.state == "confirmed" for each in redactions),
            found.digest in before.looked,
            aside(ticket.kind, found.source_name, found.kind, found.title),
        )  # fmt: skip
    return list(newest.values())
