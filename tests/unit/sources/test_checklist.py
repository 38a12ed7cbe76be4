"""The checklist: sources, ways of collecting that are left to people, when it is complete, when to search again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.sources.checklist import Line, complete, lines, pause, ways
from knowledge.policy import parse
from knowledge.sources.markdown import MarkdownSource

FACTS = {"key": "acme", "title": "Acme", "company": "Acme", "effective": "2020-01-01"}
CRM = Line("crm", "Customer database", ("telephone", "text"))


def test_the_default_policy_names_its_four_ways(tmp_path: Path) -> None:
    """Section 1 of iomart's policy: internet and email, telephone, fax, text message."""
    policy = next(each for each in MarkdownSource(tmp_path).policies() if each.key == "iomart")
    assert ways(policy) == ("internet and email", "telephone", "fax", "text")


def test_a_policy_that_names_no_way_asks_for_all_but_post() -> None:
    """What is not said may be so; post is looked through where the policy speaks of it."""
    policy = parse("# Acme\n\n## 1. Words\n\n1.1 We are kind.\n", defaults=FACTS).policy
    assert ways(policy) == ways(None) == ("internet and email", "telephone", "fax", "text")


def test_what_no_source_covers_is_left_to_people() -> None:
    """The lines of sources come first, then one for each way that none of them covers."""
    found = lines([CRM], ("internet and email", "telephone", "fax", "text"))
    assert [line.source for line in found] == ["crm", "hand:internet and email", "hand:fax"]
    assert [line.source for line in lines([], ("fax",))] == ["hand:fax"]


@pytest.mark.parametrize("state", ["waiting", "running", "failed", "by_hand"])
def test_one_line_that_is_open_keeps_the_search_open(state: str) -> None:
    """Complete is only what is found or nothing in every line; a checklist without lines never is."""
    assert not complete(["found", "nothing", state])
    assert complete(["found", "nothing"])
    assert not complete([])


def test_a_source_comes_again_later_each_time_and_at_least_hourly() -> None:
    """Half a minute, doubling, an hour at most, however often it failed."""
    assert [pause(attempt) for attempt in (1, 2, 3)] == [timedelta(seconds=each) for each in (30, 60, 120)]
    assert pause(10_000) == timedelta(hours=1)
