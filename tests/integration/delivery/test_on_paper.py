"""A package on paper: a second person releases it, notes who took it, and the request is delivered on that day."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.audit.actors import Actor
from bot.audit.models import AuditEntry
from bot.contacts.models import Proof
from bot.errors import PermanentError
from bot.messages.models import Outbox
from bot.packages import keeping, on_paper
from bot.packages.link_models import PackageLink
from bot.packages.models import Package
from bot.packages.on_paper import Handover
from bot.tickets.models import Ticket, TicketEvent
from bot.tickets.states import NotAllowed
from tests.integration.console_support import http, signed_in
from tests.integration.delivery.conftest import state
from tests.integration.package_support import Delivery

KEEP = timedelta(days=30)
SEEN = "Ann Lee; Lena saw her passport at the counter"


async def released(made: Delivery, *, by: int = 2, role: str = "lead") -> None:
    """Release it without a link."""
    desk, now = made.desk.desk, made.desk.clock.at

    def work(session: Session) -> None:
        on_paper.let_out(session, made.ticket, Actor(role, by), now, house=desk.house, site=desk.sites[0])  # type: ignore[arg-type]  # a role

    await made.desk.write(work)


async def handed(made: Delivery, note: Handover, *, by: int = 2, role: str = "lead") -> None:
    """Note that it was handed over."""
    desk, now = made.desk.desk, made.desk.clock.at

    def work(session: Session) -> None:
        who = Actor(role, by)  # type: ignore[arg-type]  # a role
        on_paper.handed_over(session, made.ticket, who, now, house=desk.house, site=desk.sites[0], note=note)

    await made.desk.write(work)


def today(made: Delivery) -> str:
    """The day of the held clock."""
    return made.desk.clock.at.date().isoformat()


async def test_paper_takes_two_people_like_a_link(made: Delivery) -> None:
    """Who built it neither releases it nor hands it over; a second person does, and no link is made."""
    with pytest.raises(NotAllowed, match="ask a second person"):
        await released(made, by=1, role="agent")
    with pytest.raises(NotAllowed, match="release the package first"):
        await handed(made, Handover(today(made), "collected", SEEN))
    await released(made)
    assert await state(made) == "ready"
    with pytest.raises(NotAllowed, match="a second person hands it over"):
        await handed(made, Handover(today(made), "collected", SEEN), by=1, role="agent")
    await handed(made, Handover(today(made), "collected", SEEN), by=3, role="admin")
    assert await state(made) == "delivered"
    assert await made.desk.read(lambda s: s.scalars(select(PackageLink)).all()) == []


async def test_the_day_counts_and_how_it_went_is_kept_and_audited(made: Delivery) -> None:
    """It was settled on the day on which it was handed over; the words stay out of the audit, the facts are in it."""
    await released(made)
    day = today(made)
    made.desk.clock.at += timedelta(days=3)
    await handed(made, Handover(day, "courier", SEEN))
    ticket = await made.desk.read(lambda s: s.get_one(Ticket, made.ticket))
    assert ticket.settled_on == date.fromisoformat(day)
    query = select(TicketEvent).where(TicketEvent.type == "delivered_on_paper")
    event = await made.desk.read(lambda s: s.scalars(query).one())
    assert event.data["reason"] == f"By courier, against a signature, {day}: {SEEN}"
    rows = await made.desk.read(lambda s: s.scalars(select(AuditEntry).order_by(AuditEntry.seq)).all())
    noted = {row.action: json.loads(row.data) for row in rows}
    assert noted["package.released_on_paper"] == {"package": 1}
    assert (noted["package.handed_over"]["how"], noted["package.handed_over"]["day"]) == ("courier", day)
    assert noted["ticket.delivered_on_paper"]["to_state"] == "delivered"
    assert not [row for row in rows if "passport" in row.data]
    assert "was handed over on paper on" in (await made.desk.read(_told))[-1]


def _told(session: Session) -> list[str]:
    return [row.payload["text"] for row in session.scalars(select(Outbox).order_by(Outbox.id))]


@pytest.mark.parametrize(
    ("wrong", "mend"),
    [
        ({"day": "yesterday"}, "like 2026-11-20"),
        ({"day": "2099-01-01"}, "after today"),
        ({"day": "2001-01-01"}, "before the package was built"),
        ({"how": "fax"}, "in person, by courier or by post"),
        ({"checked": "me"}, "who took it and who made sure"),
        ({"checked": "x" * 301}, "in 10 to 300 characters"),
    ],
)
async def test_a_wrong_note_of_a_handover_names_the_mend(made: Delivery, wrong: Mapping[str, str], mend: str) -> None:
    """Nothing is delivered by it."""
    await released(made)
    note = Handover(today(made), "collected", SEEN)._replace(**wrong)
    with pytest.raises(PermanentError, match=mend):
        await handed(made, note)
    assert await state(made) == "ready"


async def test_a_link_that_was_sent_opens_nothing_once_it_is_handed_over(made: Delivery) -> None:
    """Nobody opened it, so it went on paper after all."""
    await made.release()
    await handed(made, Handover(today(made), "post", SEEN))
    async with http() as browser:
        assert (await made.look(browser))[0] == 404
    assert await state(made) == "delivered"


async def test_identity_that_has_lapsed_holds_paper_too(made: Delivery) -> None:
    """What is needed for a link is needed for paper."""
    await released(made)
    ended = update(Proof).where(Proof.kind == "record").values(ended_at=made.desk.clock.at)
    await made.desk.write(lambda s: s.execute(ended) and None)
    with pytest.raises(NotAllowed, match="ask for identity again"):
        await handed(made, Handover(today(made), "collected", SEEN))


async def test_what_waits_to_be_handed_over_is_kept_and_then_goes_in_its_time(made: Delivery) -> None:
    """Its files stay until it is handed over, however long that takes, and as long after as any package's."""
    await released(made)
    made.desk.clock.at += timedelta(days=60)
    assert await made.desk.write(lambda s: keeping.expire(s, made.desk.clock.at, KEEP)) == 0
    await handed(made, Handover(today(made), "collected", SEEN))
    made.desk.clock.at += timedelta(days=29)
    assert await made.desk.write(lambda s: keeping.expire(s, made.desk.clock.at, KEEP)) == 0
    made.desk.clock.at += timedelta(days=2)
    assert await made.desk.write(lambda s: keeping.expire(s, made.desk.clock.at, KEEP)) == 1
    assert await made.desk.read(lambda s: s.scalars(select(Package.state)).one()) == "deleted"


async def test_it_all_works_from_the_page(made: Delivery) -> None:
    """Lena releases it on paper, a bad form comes back with what was typed, a good one delivers."""
    async with http() as session:
        csrf = await signed_in(made.desk, session, "lena@iomart.com")

        async def post(form: str, **fields: str) -> tuple[int, str]:
            url = f"{made.desk.url}/console/tickets/{made.ticket}/{form}"
            async with session.post(url, data={"csrf": csrf, **fields}) as answer:
                return answer.status, await answer.text()

        status, page = await post("release-on-paper")
        assert (status, "Print report.pdf" in page) == (200, True)
        status, page = await post("handed-over", day=today(made), how="collected", checked="short")
        assert (status, ">short</textarea>" in page) == (409, True)
        status, page = await post("handed-over", day=today(made), how="collected", checked=SEEN)
        assert (status, "The request is delivered" in page) == (200, True)
        assert f"Collected in person, {today(made)}: {SEEN}" in page
        assert "noted that the package was handed over on paper" in page
