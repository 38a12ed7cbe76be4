"""Panel "Release and delivery": the versions of a package, who may let it out, by which ways, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.console.gate import Call
from bot.contacts.models import ContactAddress
from bot.packages import accesses, contents, destinations, links, on_paper, release, withdrawing
from bot.packages.link_models import PackageAccess, PackageLink
from bot.packages.models import Package
from bot.packages.standing import HANDED_OVER, link_state
from bot.tickets.models import Ticket, TicketEvent
from bot.tickets.states import COPY

MOST_STEPS = 60
DONE: Mapping[str, str] = {
    "released": "Released. The link is on its way, and the customer is told.",
    "paper": "Released. Print report.pdf, hand it over, and note that here.",
    "handed": "Noted. The request is delivered.",
    "linked": "A new link is on its way. The one before opens nothing any more.",
    "withdrawn": "Taken back: the link is dead, and whatever was open is closed.",
    "deleted": "The files of that package are deleted.",
}
WHAT: Mapping[tuple[str, str], str] = {
    ("link_opened", ""): "looked at the link",
    ("code_sent", ""): "asked for a code: sent",
    ("code_sent", "too_many"): "asked for a code: too many in a short time, none sent",
    ("code_sent", "identity_lapsed"): "asked for a code: identity has lapsed, none sent",
    ("code_wrong", "locked"): "typed a code after too many wrong ones",
    ("code_wrong", "expired"): "typed a code that was too old",
    ("code_wrong", "used"): "typed a code that was used already",
    ("code_wrong", "none"): "typed a code though none was out",
    ("code_wrong", "wrong"): "typed a wrong code",
    ("opened", ""): "opened the package with a right code",
    ("opened", "another_place"): "opened it with a right code while it was open elsewhere",
    ("opened", "not_whole"): "typed a right code, but the package is not whole",
    ("downloaded", "not_whole"): "was refused a file: it is no longer the one that was built",
    ("downloaded", "elsewhere"): "was refused a file: another place than the one that gave the code",
}
TROUBLE = ("another_place", "not_whole", "elsewhere", "identity_lapsed", "locked")


class Version(NamedTuple):
    """One version of the package, how many of its findings are open, and whether it was ever sent."""

    package: Package
    findings: int
    sent: bool


class Taken(NamedTuple):
    """One step with a link: when, what in words, from which place (1, 2, …), and whether it is odd."""

    at: datetime
    words: str
    place: int
    odd: bool


class Out(NamedTuple):
    """A link that was sent: how it stands ("paused" while its ticket is worked on), where it and its codes went."""

    link: PackageLink
    state: str
    sent_to: ContactAddress
    code_to: ContactAddress | None


class Release(NamedTuple):
    """What the section shows. `why_not` is why this reader can't release it now, `paper_why_not` why they can't note
    that it was handed over on paper; "" where they can. `handed` are the times that it was.
    """

    versions: Sequence[Version]
    newest: Package | None
    why_not: str
    addresses: Sequence[ContactAddress]
    outs: Sequence[Out]
    taken: Sequence[Taken]
    places: int
    openings: int
    downloads: int
    days: int
    keep: int
    paper_why_not: str
    handed: Sequence[TicketEvent]
    today: date
    handed_over: Sequence[str] = HANDED_OVER
    how: Mapping[str, str] = on_paper.HOW


def applies(ticket: Ticket, _call: Call) -> bool:
    """Requests for a copy have packages."""
    return ticket.kind in COPY


def load(session: Session, ticket: Ticket, call: Call) -> Release:
    """All there is to know before and after a release."""
    now, settings = call.desk.now(), call.desk.settings
    query = select(Package).where(Package.ticket_id == ticket.id).order_by(Package.version.desc())
    packages = session.scalars(query).all()
    newest = packages[0] if packages else None
    outs = [_out(session, ticket, link, now) for link in links.of_ticket(session, ticket.id)]
    steps = accesses.of_links(session, [out.link.id for out in outs], MOST_STEPS)
    taken, places = _taken(session, steps)
    openings, downloads = withdrawing.seen(session, newest.id) if newest else (0, 0)
    return Release(
        versions=[
            Version(each, contents.open_findings(session, each.id), each.id in {out.link.package_id for out in outs})
            for each in packages
        ],
        newest=newest,
        why_not=release.why_not(session, ticket, newest, call.who.id, now),
        addresses=destinations.verified(session, ticket, now),
        outs=outs,
        taken=taken,
        places=places,
        openings=openings,
        downloads=downloads,
        days=settings.package_link_days,
        keep=settings.package_keep_days,
        paper_why_not=on_paper.why_not(session, ticket, newest, call.who.id, now),
        handed=on_paper.of_ticket(session, ticket.id),
        today=call.desk.today(),
    )


def _out(session: Session, ticket: Ticket, link: PackageLink, now: datetime) -> Out:
    code_to = session.get(ContactAddress, link.code_to_id) if link.code_to_id else None
    state = link_state(links.facts(link), now)
    paused = state == "good" and ticket.state not in HANDED_OVER
    return Out(link, "paused" if paused else state, session.get_one(ContactAddress, link.sent_to_id), code_to)


def _taken(session: Session, steps: Sequence[PackageAccess]) -> tuple[Sequence[Taken], int]:
    """The steps in words, newest first. Places are numbered as they first appeared: a hash tells a person nothing."""
    places: dict[str, int] = {}
    for step in reversed(steps):
        places.setdefault(step.client, len(places) + 1)
    names = _file_names(session, steps)
    return [Taken(step.at, _words(step, names), places[step.client], step.outcome in TROUBLE) for step in steps], len(
        places
    )


def _file_names(session: Session, steps: Sequence[PackageAccess]) -> Mapping[int, str]:
    packages = {session.get_one(PackageLink, step.link_id).package_id for step in steps}
    return {file.id: file.name for package in packages for file in contents.entries(session, package)}


def _words(step: PackageAccess, names: Mapping[int, str]) -> str:
    if step.what == "downloaded" and not step.outcome:
        return f"read or saved {names.get(step.file_id, 'a file') if step.file_id else 'everything as one archive'}"
    known = WHAT.get((step.what, step.outcome))
    return known or ("was refused a file: the opening was over" if step.what == "downloaded" else "typed a wrong code")
