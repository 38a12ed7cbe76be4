"""The information of Article 15: quoted where the policy speaks, silence said where it does not, the law apart."""

from __future__ import annotations

from datetime import date

import pytest

from bot.packages.information import HEADINGS, contact_block, information
from bot.packages.law import LAW
from bot.tickets.rules import REGIMES
from knowledge.library import Library
from knowledge.policy import parse
from knowledge.sources.markdown import MarkdownSource

BASE = "https://desk.example"
LIBRARY = Library(MarkdownSource().policies())
SEED = LIBRARY.in_force("iomart")
OTHER = parse(
    "---\ntitle: Later\nkey: iomart\neffective: 2020-02-03\n---\n\n## 1. How long\n\n"
    "We keep information about you for six years after your last order, and then delete it.\n"
).policy


def test_the_seed_policy_speaks_where_it_does_and_is_silent_where_it_is() -> None:
    """Clause by clause what the policy of 2007 says to each heading; nothing is quoted where it is silent."""
    told = {each.key: each for each in information(LIBRARY, SEED, "uk-gdpr", BASE).told}
    assert {key: [quote.id for quote in each.quotes] for key, each in told.items()} == {
        "purposes": ["2.1", "4"],
        "categories": ["1(a)"],
        "recipients": ["2.1", "3.1", "3.2"],
        "retention": [],
        "rights": [],
        "complaint": [],
        "source": ["1(b)", "6.2"],
        "automated": [],
        "transfers": ["7"],
    }
    assert told["retention"].silent == ("The policy does not say how long data is kept.",)
    assert told["automated"].silent == ("The policy says nothing about automated decisions.",)
    assert told["transfers"].silent == ("The policy does not say what protects data that goes abroad.",)
    assert told["recipients"].silent == ("The policy says nothing about the names of the companies that receive data.",)
    assert told["purposes"].silent == ()
    assert told["source"].disagree


def test_quotations_are_verbatim_with_their_clause_and_link() -> None:
    """Each quotation is a passage of that version, whole, with label and an address that opens it."""
    texts = {passage.id: passage.text for passage in SEED.passages}
    for each in information(LIBRARY, SEED, "uk-gdpr", BASE).told:
        for quote in each.quotes:
            assert quote.text == texts[quote.id]
            assert quote.label == f"iomart privacy policy, clause {quote.id}, as seen on 15 December 2007"
            assert quote.url == f"{BASE}/policy/iomart/2007-12-15#{quote.id}"


@pytest.mark.parametrize(("regime", "boxes"), [*((regime, 9) for regime in REGIMES), ("unknown", 0)])
def test_what_the_law_says_stands_apart(regime: str, boxes: int) -> None:
    """Every heading has its law where the regime is one that we know, and none is made up for another."""
    told = information(LIBRARY, SEED, regime, BASE).told
    assert sum(each.law is not None for each in told) == boxes
    assert not LAW.get(regime) or LAW[regime].keys() == {heading.key for heading in HEADINGS}
    assert len({each.law.source.partition(",")[0] for each in told if each.law}) == bool(boxes)


def test_another_version_speaks_for_itself() -> None:
    """Asked of a later version, its own clauses are quoted, and the older one's silence is not repeated."""
    library = Library([*LIBRARY.versions("iomart"), OTHER])
    told = {each.key: each for each in information(library, OTHER, "uk-gdpr", BASE).told}
    assert [quote.id for quote in told["retention"].quotes] == ["1"]
    assert told["retention"].quotes[0].effective == date(2020, 2, 3).isoformat()
    assert information(library, SEED, "uk-gdpr", BASE).told[3].quotes == ()


def test_the_contact_block_is_clause_9_word_for_word() -> None:
    """Whoever wants to complain finds the policy's own address, unshortened."""
    block = contact_block(LIBRARY, SEED, BASE)
    assert block is not None
    assert block.id == "9"
    assert "Lister Pavilion" in block.text
    assert contact_block(Library([OTHER]), OTHER, BASE) is None
