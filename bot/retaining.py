"""How long each category of data is kept, and why no longer: one table, with periods that settings may change.

Every category respects legal holds. The audit, and the bare record of each request (reference, kind, dates, states),
are not here: they stay, since they prove what was done, and name nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import UpdateBase, delete, func, literal, select, text, update
from sqlalchemy.orm import Session

from bot.console.models import SignInLink, StaffSession
from bot.contacts import holds
from bot.contacts.models import IdentityCheck, OneTimeCode
from bot.contacts.suppression import Sign
from bot.erasure import ageing
from bot.erasure.ageing import Ids
from bot.messages import provider_copies
from bot.messages.models import Inbox, ProviderCopy
from bot.packages.link_models import PackageAccess, PackageCall, PackageLink, PackageOpening
from bot.packages.models import ItemReview, Redaction
from bot.settings import Settings
from bot.sources.models import FoundRow, Upload

FULL = text("state = 'handled' AND length(payload) > 0")
"""The condition of the index ix_inbox_full, word for word: only so is it used."""
MOST = 10_000


class Category(NamedTuple):
    """What is kept how long, and why no longer. `old` gives ids and sizes, oldest first; `remove` is for some ids, at
    most `together` of them at once.
    """

    name: str
    keep: timedelta
    reason: str
    old: Callable[[datetime], Ids]
    remove: Callable[[Session, Sequence[Any], datetime], None]
    together: int = MOST


class Periods(NamedTuple):
    """Days. Each has a setting `keep_…` with its bounds."""

    deliveries: int = 90
    conversations: int = 730
    requests: int = 1095
    findings: int = 90
    claims: int = 30
    codes: int = 1
    accesses: int = 365


def periods(settings: Settings) -> Periods:
    """As the settings have them."""
    return Periods(
        settings.keep_deliveries, settings.keep_conversations, settings.keep_requests, settings.keep_findings,
        settings.keep_claims, settings.keep_codes, settings.keep_accesses,
    )  # fmt: skip


def old_payloads(before: datetime) -> Ids:
    """Deliveries that were handled before that moment and still hold what was sent, of nobody under a hold."""
    rows = select(Inbox.id, func.length(Inbox.payload)).where(FULL, Inbox.handled_at < before)
    return rows.where(~ageing.held_deliveries()).order_by(Inbox.handled_at)


def _ended(table: type[StaffSession | SignInLink]) -> Callable[[datetime], Ids]:
    return lambda before: select(table.id, literal(0)).where(table.expires_at < before)


def _of_ended(table: type[FoundRow | Upload | Redaction | ItemReview]) -> Callable[[datetime], Ids]:
    """Rows of tickets that ended before that moment."""
    return lambda before: select(table.id, literal(0)).where(table.ticket_id.in_(ageing.ended_tickets(before)))


def _old_claims(before: datetime) -> Ids:
    return select(IdentityCheck.ticket_id, literal(0)).where(
        IdentityCheck.claim.is_not(None), IdentityCheck.ticket_id.in_(ageing.ended_tickets(before))
    )


def _old_codes(before: datetime) -> Ids:
    unheld = OneTimeCode.asker_id.not_in(holds.held_contacts())
    return select(OneTimeCode.id, literal(0)).where(OneTimeCode.expires_at < before, unheld)


def _by(statement: Callable[[Sequence[Any]], UpdateBase]) -> Callable[[Session, Sequence[Any], datetime], None]:
    """A removal that is one statement over the ids."""

    def remove(session: Session, ids: Sequence[Any], _now: datetime) -> None:
        session.execute(statement(ids).execution_options(synchronize_session=False))

    return remove


def _rows(table: Any) -> Callable[[Session, Sequence[Any], datetime], None]:
    return _by(lambda ids: delete(table).where(table.id.in_(ids)))


CONTENT = "their content lives on in the conversation"
ENDED = "they open nothing any more"
WORK = "the work on the request is over"


def categories(kept: Periods = Periods(), sign: Sign | None = None) -> tuple[Category, ...]:  # noqa: B008  a value
    """The categories with these periods. With `sign` also persons of whom nothing is left are forgotten: an address
    that said STOP is then known again by its keyed hash.
    """
    days = {name: timedelta(days=value) for name, value in kept._asdict().items()}
    return (
        Category(
            "raw deliveries", days["deliveries"], CONTENT, old_payloads,
            _by(lambda ids: update(Inbox).where(Inbox.id.in_(ids)).values(payload=b"", facts={})),
        ),
        Category(
            "what providers forgot", days["deliveries"], "that the words are gone there is in the audit",
            provider_copies.old, _rows(ProviderCopy),
        ),
        Category("ended staff sessions", timedelta(days=1), ENDED, _ended(StaffSession), _rows(StaffSession)),
        Category("old sign-in links", timedelta(days=1), ENDED, _ended(SignInLink), _rows(SignInLink)),
        Category("one-time codes", days["codes"], ENDED, _old_codes, _rows(OneTimeCode)),
        Category(
            "claims of identity", days["claims"], "whether they matched is kept instead", _old_claims,
            _by(lambda ids: update(IdentityCheck).where(IdentityCheck.ticket_id.in_(ids)).values(claim=None)),
        ),
        Category("items found for requests", days["findings"], WORK, _of_ended(FoundRow), _rows(FoundRow)),
        Category("files that staff added", days["findings"], WORK, _of_ended(Upload), _rows(Upload)),
        Category("redactions", days["findings"], WORK, _of_ended(Redaction), _rows(Redaction)),
        Category("decisions on items", days["findings"], WORK, _of_ended(ItemReview), _rows(ItemReview)),
        *_accesses(days["accesses"]),
        Category(
            "conversations", days["conversations"], "nobody asks about them any more", ageing.old_talks,
            ageing.forget_talks, ageing.TOGETHER,
        ),
        Category(
            "requests and their conversations", days["requests"], "complaints and claims about them are out of time",
            ageing.old_requests, ageing.forget_talks, ageing.TOGETHER,
        ),
        *((_persons(days["conversations"], sign),) if sign else ()),
    )  # fmt: skip


def _accesses(keep: timedelta) -> tuple[Category, ...]:
    why = "whether a package was collected is in the audit"
    return (
        Category("looks at packages", keep, why, _before(PackageAccess, PackageAccess.at), _rows(PackageAccess)),
        Category("openings of packages", keep, why, _before(PackageOpening, PackageOpening.seen_at),
                 _rows(PackageOpening)),
        Category("codes read out", keep, ENDED, _before(PackageCall, PackageCall.expires_at), _rows(PackageCall)),
    )  # fmt: skip


def _before(table: Any, moment: Any) -> Callable[[datetime], Ids]:
    """Rows of links to packages of before that moment, of nobody under a hold."""
    held = select(PackageLink.id).where(PackageLink.contact_id.in_(holds.held_contacts()))
    old = select(table.id, literal(0)).where(table.link_id.not_in(held)).order_by(moment)
    return lambda before: old.where(moment < before)


def _persons(keep: timedelta, sign: Sign) -> Category:
    return Category(
        "names and addresses", keep, "nothing else of these persons is left", ageing.left_behind,
        lambda session, ids, now: ageing.forget_persons(session, ids, sign, now), ageing.TOGETHER,
    )  # fmt: skip


CATEGORIES = categories()
