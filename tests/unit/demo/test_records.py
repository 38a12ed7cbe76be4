"""The demo's records: the customer of its page is in them, whatever number and mailbox they have."""

from __future__ import annotations

import pytest

from bot.contacts.matching import Claim
from bot.demo import records
from bot.demo.visitor import addresses
from bot.settings import load
from bot.sources.base import Subject
from bot.sources.registry import installed


@pytest.mark.parametrize("place", [0, 1, 19])
def test_each_customer_of_the_page_has_records(place: int) -> None:
    """A record, two orders and two calls by number and mailbox; the record agrees with what the page tells of them."""
    settings = load({}, data_sources=[records.source()])
    source = installed(settings, lambda work: work)[records.NAME].source
    number, mailbox = addresses(place)
    items = list(source.search(Subject((("sms", number), ("mail", mailbox)))))
    assert [item.title for item in items] == ["Customer record", "Order", "Order", "Telephone call", "Telephone call"]
    assert all(item.collected_on for item in items)
    known = records.details(mailbox)
    details = {"name": "Sam Carter", "postcode": known["postcode"], "birth_date": known["born"]}
    (match,) = source.match(Claim((("sms", number), ("mail", mailbox)), details))
    assert set(match.fields) == {"email", "phone", "name", "postcode", "birth_date"}
    assert all(finding.ok for finding in source.check())


def test_there_are_not_records_for_everybody() -> None:
    """Beyond the twentieth the page says nothing, and the search finds nothing."""
    assert records.details(addresses(20)[1]) == {}
    assert records.birthday(addresses(20)[1]) == ""
    assert records.birthday(addresses(0)[1]) == "16 April 1978"
