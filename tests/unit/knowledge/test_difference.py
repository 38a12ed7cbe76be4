"""What changed between two versions."""

from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.base import Policy
from knowledge.difference import compare, pieces, summary
from knowledge.policy import parse

SALE = "We never sell personal data to anybody, and nobody may advertise with it."
CALLS = "We keep call recordings for twelve months so that disputes can be settled."
COOKIES = "We set one cookie, which remembers what is in your basket."
SHOPS = "Our shops have cameras whose pictures are deleted after thirty days."


def version(*sections: tuple[str, str], year: int = 2024) -> Policy:
    """A version whose sections are numbered in their order."""
    body = "".join(f"## {at}. {title}\n\n{text}\n\n" for at, (title, text) in enumerate(sections, start=1))
    return parse(body, defaults={"title": "A", "key": "acme", "effective": f"{year}-01-01"}).policy


OLD = version(("Sale", SALE), ("Calls", CALLS), ("Cookies", COOKIES))


def test_each_kind_of_change_is_told() -> None:
    """Added, removed, changed word by word, and moved with the number that it had."""
    new = version(("Shops", SHOPS), ("Sale", SALE), ("Calls", CALLS.replace("twelve", "six")), year=2025)
    found = {each.kind: each for each in compare(OLD, new)}
    assert (found["added"].id, found["removed"].id) == ("1", "3")
    assert (found["moved"].was, found["moved"].id) == ("1", "2")
    assert (found["changed"].was, found["changed"].id) == ("2", "3")
    assert ("del", "twelve") in found["changed"].pieces
    assert ("ins", "six") in found["changed"].pieces
    assert summary(compare(OLD, new)) == "1 added, 1 removed, 1 changed, 1 moved"


def test_the_same_text_differs_in_nothing() -> None:
    """No noise."""
    assert compare(OLD, version(("Sale", SALE), ("Calls", CALLS), ("Cookies", COOKIES), year=2025)) == ()
    assert summary(()) == "nothing changed"


def test_a_clause_that_jumped_over_others_moved_and_they_did_not() -> None:
    """Of clauses without numbers, only the one that left its place is told."""

    def unnumbered(order: list[tuple[str, str]], year: int) -> Policy:
        body = "".join(f"## {title}\n\n{text}\n\n" for title, text in order)
        return parse(body, defaults={"title": "A", "key": "acme", "effective": f"{year}-01-01"}).policy

    order = [("Sale", SALE), ("Calls", CALLS), ("Cookies", COOKIES), ("Shops", SHOPS)]
    found = compare(unnumbered(order, 2024), unnumbered([order[3], *order[:3]], 2025))
    assert [(each.kind, each.id) for each in found] == [("moved", "shops")]


@settings(max_examples=200, deadline=None)
@given(st.text("ab .\n", max_size=40), st.text("ab .\n", max_size=40))
def test_pieces_joined_give_both_texts(old: str, new: str) -> None:
    """Nothing is lost in telling what changed."""
    found = pieces(old, new)
    assert "".join(text for kind, text in found if kind != "ins") == old
    assert "".join(text for kind, text in found if kind != "del") == new
