"""Data outside the desk: sources that can erase do so first, the others are for staff, and a failure stops all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Engine

from bot.audit.actors import Actor
from bot.contacts.models import Contact
from bot.erasure import carrying, elsewhere, service
from bot.erasure.elsewhere import Sources
from bot.erasure.service import EraseRefused
from bot.models import ErasureRun
from bot.sources.base import SourceDown, Subject
from tests.support import NOON
from tests.unit.erasure import support
from tests.unit.erasure.support import SECRET, SIGN

SAM = Actor("agent", 0)


class Erases:
    """A source with two records of whoever is asked for; down for its first `fails` calls."""

    name, title = "crm", "Customer database"

    def __init__(self, fails: int = 0) -> None:
        self.asked: list[Subject] = []
        self._fails = fails

    def erase(self, subject: Subject) -> Sequence[str]:
        self._fails -= 1
        if self._fails >= 0:
            raise SourceDown("it does not answer")
        self.asked.append(subject)
        return ["1", "2"]


class Paper:
    """A source that only people can erase from."""

    name, title = "paper", "Paper files"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = support.engine(tmp_path)
    yield made
    made.dispose()


def begun(run: Any, sources: Sources) -> int:
    """An erasure that may begin, with these sources on its list."""
    hers = run(lambda s: support.person(s, "ann@example.net", SECRET, lines=1))
    number = run(lambda s: support.confirmed(s, [hers]))
    listed = [{"source": n, "title": t, "state": "waiting"} for n, t in elsewhere.listed(sources)]
    run(lambda s: s.get_one(ErasureRun, number).__setattr__("sources", listed))
    return int(number)


def test_what_can_erase_does_and_the_rest_is_for_staff(engine: Engine) -> None:
    """The source is told of proved addresses; staff note what they did, once."""
    run, crm = support.runs(engine), Erases()
    sources = cast("Sources", {"crm": crm, "paper": Paper()})
    number = begun(run, sources)
    assert carrying.drive(run, engine, number, SIGN, NOON, sources=sources)
    assert [each.addresses for each in crm.asked] == [(("mail", "ann@example.net"),)]
    done = run(lambda s: s.get_one(ErasureRun, number))
    assert [(each["source"], each["state"], each.get("count")) for each in done.sources] == [
        ("crm", "erased", 2), ("paper", "waiting", None),
    ]  # fmt: skip
    assert [each["source"] for each in elsewhere.by_hand(done)] == ["paper"]
    run(lambda s: service.by_hand(s, number, "paper", "nothing", SAM, NOON).id)
    assert not elsewhere.by_hand(run(lambda s: s.get_one(ErasureRun, number)))
    for source, state in (("paper", "by_hand"), ("crm", "nothing")):
        with pytest.raises(EraseRefused, match="noted already"):
            run(lambda s, a=source, b=state: service.by_hand(s, number, a, b, SAM, NOON).id)


def test_a_source_that_is_down_puts_everything_off(engine: Engine) -> None:
    """Nothing of the desk's own is removed before: the source needs the address. It goes on by itself."""
    run, crm = support.runs(engine), Erases(fails=1)
    sources = cast("Sources", {"crm": crm})
    number = begun(run, sources)
    assert not carrying.drive(run, engine, number, SIGN, NOON, sources=sources)
    stopped = run(lambda s: s.get_one(ErasureRun, number))
    assert (stopped.state, "crm could not erase now (SourceDown)" in stopped.problem) == ("stopped", True)
    assert SECRET in run(lambda s: s.get_one(Contact, stopped.contact_id)).name
    assert carrying.drive(run, engine, number, SIGN, NOON, sources=sources)
    assert run(lambda s: s.get_one(ErasureRun, number)).problem == ""
