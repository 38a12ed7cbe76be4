"""A package that is made in a process of its own: the same bytes, the same refusal, and nothing left behind."""

from __future__ import annotations

import os
import signal
import threading
import time
from multiprocessing import active_children

import pytest

from bot.packages import making
from bot.packages.composing import frame
from bot.packages.detection import Own
from bot.packages.document import Document
from bot.packages.errors import Leaks
from bot.packages.making import NotMade, Work
from tests.unit.packages.sample import document


def work(made: Document, **left_out: str) -> Work:
    """What is to be made of a document."""
    return Work(made, frame(made), left_out, frozenset(), Own((), (), (), ()))  # type: ignore[arg-type]  # kinds


def test_a_process_of_its_own_makes_the_same() -> None:
    """Every byte and every finding is the same as when it is made here; the process is gone afterwards."""
    asked = work(document("Robin Okafor rang on 07700 900456"))
    assert making.apart(asked) == making.made(asked)
    assert not active_children()


def test_a_leak_is_refused_from_there_too() -> None:
    """The reason comes back in its own words."""
    with pytest.raises(Leaks, match="stand in item 1"):
        making.apart(work(document("Robin Okafor rang"), Okafor="name"))


def test_small_ones_are_made_here_and_large_ones_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Starting a process takes longer than rendering a few messages; thousands would keep everybody waiting."""
    apart: list[int] = []

    def noted(asked: Work) -> making.Files:
        apart.append(making.size(asked.document))
        return making.Files((), ())

    monkeypatch.setattr(making, "apart", noted)
    assert making.make(work(document("hello"))).files
    assert apart == []
    making.make(work(document("word " * making.SMALL)))
    assert len(apart) == 1


def test_a_process_that_is_killed_is_told_and_may_be_tried_again() -> None:
    """The system may end it where memory is short: that is no fault of the package's."""

    def kill() -> None:
        while not (children := active_children()):
            time.sleep(0.01)
        os.kill(children[0].pid or 0, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(NotMade, match="build it again"):
        making.apart(work(document("hello")))
    killer.join()
    assert not active_children()
