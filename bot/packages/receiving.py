"""What a person does with their link, step by step: look, have a code sent, enter it, fetch files, close.

Called by the page `/package/{token}` inside its own transaction. Each step answers with what the page says next; None
stands for "this opens nothing", whatever the reason. Nothing here tells a stranger anything but that a link is good.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from bot.audit.actors import BOT
from bot.casework import service as casework
from bot.contacts.models import ContactAddress
from bot.conversations.wording import House
from bot.packages import accesses, codes, contents, destinations, links, notices, openings
from bot.packages.contents import Entry, NotWhole
from bot.packages.link_models import PackageLink
from bot.packages.models import Package
from bot.packages.standing import (
    HANDED_OVER,
    LONGEST,
    MOST_OPENINGS,
    code_may_be_sent,
    code_may_be_tried,
    link_state,
    may_open_again,
)
from bot.tickets.models import Ticket
from bot.tickets.states import Given
from channels.context import Site

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks with which link, when; and what the desk is. `client` is the keyed hash of where they ask from, `whole`
    the digest of the package whose files were all opened just before (see `whole_before`).
    """

    token: str
    client: str
    now: datetime
    house: House
    site_of: Callable[[str], Site]
    whole: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """What the page says next.

    `said`: "" (the start) | sent | wrong | later | check | over | closed | another_place. `way` is the channel of the
    code ("call" for a telephone call). `key` is the opening's, told only here; with it come `files`, `until` when it
    ends in any case, and how often the package may be opened again.
    """

    said: str
    way: str
    expires_at: datetime
    asks_code: bool = False
    again_at: datetime | None = None
    key: str = ""
    until: datetime | None = None
    files: Sequence[Entry] = ()
    left: int = 0


class Fetched(NamedTuple):
    """What may be sent now: one file, or (`whole`) all of them."""

    files: Sequence[Entry]
    whole: bool
    built_at: datetime


def opens(session: Session, caller: Caller) -> bool:
    """Whether the link opens anything now; for looking before anything is written."""
    return _good(session, caller) is not None


def look(session: Session, caller: Caller) -> Step | None:
    """The start: that a package waits here, and how its code comes."""
    link = _good(session, caller)
    if link is None or not may_open_again(links.facts(link)):
        return None
    accesses.note(session, link, "link_opened", caller.client, caller.now)
    return _start(session, link)


def send_code(session: Session, caller: Caller) -> Step | None:
    """Send a code to the other address, where whoever it is for is still known well enough."""
    link = _good(session, caller)
    if link is None or not may_open_again(links.facts(link)):
        return None
    address = session.get(ContactAddress, link.code_to_id) if link.code_to_id else None
    if address is None:
        return _start(session, link)
    ticket, now = session.get_one(Ticket, link.ticket_id), caller.now
    if not _known_still(session, link, now):
        accesses.note(session, link, "code_sent", caller.client, now, outcome="identity_lapsed")
        notices.lapsed(session, ticket, now)
        return _start(session, link, "check")
    sent = accesses.moments(session, link.id, "code_sent", now - DAY)
    if not code_may_be_sent(sent, now):
        accesses.note(session, link, "code_sent", caller.client, now, outcome="too_many")
        return _start(session, link, "later")
    site = caller.site_of(notices.conversation_of(session, ticket).site)
    out = codes.send(session, ticket, address, now, house=caller.house, site=site)
    accesses.note(session, link, "code_sent", caller.client, now, outcome=out.refused)
    return _start(session, link, "later" if out.refused else "sent", again_at=out.again_at)


def whole_before(session: Session, caller: Caller) -> str:
    """The digest of the link's package when all of its files are whole: in a reader's time, before `enter`. "" where no
    code would open it now.
    """
    link = _good(session, caller)
    if link is None or not may_open_again(links.facts(link)):
        return ""
    if not code_may_be_tried(accesses.wrong(session, link.id, caller.now - DAY), caller.now):
        return ""
    return contents.opened(session, session.get_one(Package, link.package_id), caller.house.sealer)


def enter(session: Session, caller: Caller, typed: str) -> Step | None:
    """Hold a code against the one that is out; the right one opens the package, the first time it is delivered."""
    link = _good(session, caller)
    if link is None or not may_open_again(links.facts(link)):
        return None
    now = caller.now
    if not _known_still(session, link, now):  # it may have ended since the code went out
        accesses.note(session, link, "code_wrong", caller.client, now, outcome="identity_lapsed")
        notices.lapsed(session, session.get_one(Ticket, link.ticket_id), now)
        return _start(session, link, "check")
    locked = not code_may_be_tried(accesses.wrong(session, link.id, now - DAY), now)
    verdict = "locked" if locked else codes.judge(session, link, typed, now, sign=caller.house.sign)
    if verdict != "ok":
        accesses.note(session, link, "code_wrong", caller.client, now, outcome=verdict)
        return _start(session, link, "wrong")
    return _opened(session, link, caller)


def _opened(session: Session, link: PackageLink, caller: Caller) -> Step:
    ticket, package = session.get_one(Ticket, link.ticket_id), session.get_one(Package, link.package_id)
    try:
        contents.check(session, package, caller.house.sealer, known=caller.whole)
    except NotWhole:
        accesses.note(session, link, "opened", caller.client, caller.now, outcome="not_whole")
        notices.broken(session, ticket, caller.now)
        return _start(session, link, "check")
    begun = openings.begin(session, link, caller.client, caller.house.sign, caller.now)
    outcome = "another_place" if begun.from_another_place else ""
    accesses.note(session, link, "opened", caller.client, caller.now, outcome=outcome)
    if begun.from_another_place:
        notices.two_places(session, ticket, caller.now)
    if ticket.state == "ready":
        site = caller.site_of(notices.conversation_of(session, ticket).site)
        given = Given(fresh_code=True)
        casework.step(session, ticket.id, "deliver", BOT, caller.now, house=caller.house, site=site, given=given)
    return Step(
        outcome, _way(session, link), link.expires_at, key=begun.key, until=caller.now + LONGEST,
        files=contents.entries(session, package.id), left=MOST_OPENINGS - link.openings,
    )  # fmt: skip


def fetch(session: Session, caller: Caller, key: str, wanted: str) -> Fetched | Step | None:
    """A file of the opened package by its number, or "all"; a step where the opening is over."""
    link = _good(session, caller)
    if link is None:
        return None
    _opening, state = openings.use(session, link, key, caller.client, caller.house.sign, caller.now)
    package = session.get_one(Package, link.package_id)
    files = contents.entries(session, package.id)
    chosen = [file for file in files if wanted == "all" or str(file.id) == wanted]
    if state != "good" or not chosen:
        if state is not None:
            accesses.note(session, link, "downloaded", caller.client, caller.now, outcome=state)
        return _start(session, link, "over") if may_open_again(links.facts(link)) else None
    whole = wanted == "all"
    file_id = None if whole else chosen[0].id
    accesses.note(session, link, "downloaded", caller.client, caller.now, file_id=file_id)
    return Fetched(chosen, whole, package.built_at)


def broken(session: Session, caller: Caller) -> Step | None:
    """A file was not what was built when it was to be sent: staff are told, its person is asked to write to us."""
    link = _good(session, caller)
    if link is None:
        return None
    accesses.note(session, link, "downloaded", caller.client, caller.now, outcome="not_whole")
    notices.broken(session, session.get_one(Ticket, link.ticket_id), caller.now)
    links.end_openings(session, link.id, "replaced", caller.now)
    return _start(session, link, "check")


def close(session: Session, caller: Caller, key: str) -> Step | None:
    """The person is done; the key opens nothing any more."""
    link = _good(session, caller)
    if link is None:
        return None
    opening, state = openings.use(session, link, key, caller.client, caller.house.sign, caller.now)
    if opening is not None and state == "good":
        opening.ended_at, opening.ended_why = caller.now, "closed"
        return _start(session, link, "closed")
    return _start(session, link)


def _good(session: Session, caller: Caller) -> PackageLink | None:
    """The link, where it is good, still belongs to its ticket's person, and its package is handed over."""
    link = links.find(session, caller.token)
    if link is None or link_state(links.facts(link), caller.now) != "good":
        return None
    ticket, package = session.get_one(Ticket, link.ticket_id), session.get_one(Package, link.package_id)
    bound = ticket.contact_id == link.contact_id and package.ticket_id == ticket.id
    handed = package.state == "released" and ticket.state in HANDED_OVER
    return link if bound and handed else None


def _known_still(session: Session, link: PackageLink, now: datetime) -> bool:
    """Whether its person is still known well enough, and the address of the codes still proved to be theirs."""
    ticket = session.get_one(Ticket, link.ticket_id)
    if destinations.lapsed(session, ticket, now):
        return False
    return link.code_to_id is None or link.code_to_id in {
        each.id for each in destinations.verified(session, ticket, now)
    }


def _start(session: Session, link: PackageLink, said: str = "", again_at: datetime | None = None) -> Step:
    return Step(said, _way(session, link), link.expires_at, asks_code=said in ("sent", "wrong"), again_at=again_at)


def _way(session: Session, link: PackageLink) -> str:
    """The channel on which codes come, "call" for a telephone call."""
    if link.code_to_id is None:
        return "call"
    return session.get_one(ContactAddress, link.code_to_id).channel
