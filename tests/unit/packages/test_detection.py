"""What is proposed for redaction: found where it stands, the person's own left in, in bounded time."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from bot.packages.detection import MOST, PIECE, Own, Span, TooLong, merged, propose
from bot.packages.numbers import cards, passes_luhn
from bot.packages.redacting import Folded, apply, redacted

OWN = Own(
    names=("Jane Smith",),
    addresses=("jane@example.com", "+447700900123", "12 Elm Road, Glasgow G20 0SP"),
    house=("iomart Limited", "info@iomart.com", "0141 931 6400"),
    staff=("Sam Reid",),
)
PIECES = st.sampled_from(
    ["Tom", "Priya Patel", "4111 1111 1111 1111", "bob@x.co.uk", "07911 123456", "EH1 1AA", "AB123456C", "\n", " ", ".",
     "1", "-", "::", "192.168.0.1", "sort code ",
      "Dear ", "my neighbour ", "ß", "\u0131", "İ", "\u0301", "\u200b", "مرحبا", "🙂"]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=30).map("".join))


def found(text: str, own: Own = OWN) -> dict[str, str]:
    """The proposed words → kind."""
    return {text[span.start : span.end]: span.kind for span in propose(text, own)}


@pytest.mark.parametrize(
    ("text", "words", "kind"),
    [
        ("My neighbour John Smith complained.", "John Smith", "name"),
        ("it was my wife john who rang", "john", "name"),
        ("Dear Tom,\nplease look.", "Tom", "name"),
        ("That is all.\nKind regards,\nPriya Patel\n", "Priya Patel", "name"),
        ("I was told by dr okonkwo to wait", "okonkwo", "name"),
        ("From: Zbigniew Nowak <z@nowak.pl>", "Zbigniew Nowak", "name"),
        ("yesterday J. Carruthers rang me", "J. Carruthers", "name"),
        ("we met Siân Llewellyn-Rhys there", "Siân Llewellyn-Rhys", "name"),
        ("talk to Sam Reid please", "Sam Reid", "staff"),
        ("he lives at 14 High Street, Edinburgh, EH1 1AA now", "14 High Street, Edinburgh, EH1 1AA", "address"),
        ("postcode eh11aa", "eh11aa", "address"),
        ("ring him on 07911 123456", "07911 123456", "phone"),
        ("ring him (07911 123456) today", "07911 123456", "phone"),
        ("ring (0131) 496 0000 today", "(0131) 496 0000", "phone"),
        ("ring +33 1 42 68 53 00 please", "+33 1 42 68 53 00", "phone"),
        ("write to john.o'neil+x@mail.example.org.", "john.o'neil+x@mail.example.org", "email"),
        ("card 4111-1111 1111 1111 exp", "4111-1111 1111 1111", "card"),
        ("her number is AB 12 34 56 C", "AB 12 34 56 C", "nino"),
        ("from 192.168.7.21 at night", "192.168.7.21", "ip"),
        ("from 2001:db8::17 at night", "2001:db8::17", "ip"),
        ("sort code 12-34-56 account 12345678", "12-34-56", "bank"),
        ("iban GB82 WEST 1234 5698 7654 32", "GB82 WEST 1234 5698 7654 32", "bank"),
    ],
)
def test_what_may_be_somebody_elses_is_proposed(text: str, words: str, kind: str) -> None:
    """Each kind is found in the ways that people write it, with the span that a person would mark."""
    assert found(text).get(words) == kind


@pytest.mark.parametrize(
    "text",
    [
        "I am Jane Smith and my number is 07700 900123 or jane@example.com.",
        "I live at 12 Elm Road, Glasgow G20 0SP.",
        "I wrote to info@iomart.com and rang 0141 931 6400.",
        "On Monday we moved to the United Kingdom. The Data Protection Act 2018 applies.",
        "Order 20261120 was paid on 12-05-06 at 12:30:45, invoice 4111 1111 1111 1112.",
    ],
)
def test_what_is_their_own_or_nobodys_is_not_proposed(text: str) -> None:
    """The person's own names and addresses, the company's, dates and figures stay."""
    assert found(text) == {}


def test_a_title_before_their_full_name_and_what_the_policy_publishes_are_nobody_elses() -> None:
    """A record's "Ms Jane Smith" is Jane Smith, but "Mr Smith" may be her husband; a building of the company's contact
    block is no person, though one who is called by a word of it is; "Somebody" is nobody.
    """
    own = replace(OWN, published=("Lister Pavilion",))
    assert found("name: Ms Jane Smith", own) == {}
    assert "name" in found("Mr Smith rang", own).values()
    assert "name" in found("Mr John Smith rang", own).values()
    assert found("iomart Limited\nLister Pavilion\nG20 0SP", own) == {}
    assert "name" in found("My neighbour Joe Lister rang", own).values()
    assert found("Dear Jane Smith,\n\nSomebody wrote to us", own) == {}


def test_a_name_found_once_is_found_again() -> None:
    """Once somebody is known from elsewhere, their surname alone is proposed too."""
    assert found("I met Priya Patel. Later Patel rang.").keys() == {"Priya Patel", "Patel"}
    assert [span.kind for span in propose("Later Okonkwo rang.", OWN, ["Dr Okonkwo"])] == ["name"]


def test_a_card_number_of_their_own_is_proposed_all_the_same() -> None:
    """Card numbers are masked whosever they are."""
    own = Own(addresses=("4111 1111 1111 1111",))
    assert found("mine: 4111 1111 1111 1111", own) == {"4111 1111 1111 1111": "card"}


@given(st.from_regex(r"[1-9][0-9]{11,18}", fullmatch=True))
def test_the_check_digit_is_right(digits: str) -> None:
    """Luhn by its definition, doubled from the right and digits added, agrees; exactly one last digit passes."""

    def independent(number: str) -> bool:
        doubled = [str(int(each) * 2) if at % 2 else each for at, each in enumerate(number[::-1])]
        return sum(int(one) for each in doubled for one in each) % 10 == 0

    assert passes_luhn(digits) == independent(digits)
    assert sum(passes_luhn(digits + str(last)) for last in range(10)) == 1


@given(
    st.from_regex(r"4[0-9]{14}", fullmatch=True),
    st.sampled_from([" ", "-", "", "\u00a0", " - ", "\u2013"]),
    st.integers(1, 6),
)
def test_a_card_is_found_however_it_is_spaced(digits: str, between: str, size: int) -> None:
    """A valid number in groups of any size is found from its first digit to its last."""
    number = next(digits + str(last) for last in range(10) if passes_luhn(digits + str(last)))
    written = between.join(number[at : at + size] for at in range(0, 16, size))
    text = f"my card is {written} thanks"
    assert any(text[hit.start : hit.end] == written for hit in cards(text))


@given(TEXTS)
def test_any_text_is_read_and_spans_never_overlap(text: str) -> None:
    """No text makes it fail; spans are in order, within the text, and apart."""
    spans = propose(text, OWN)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(one.end <= other.start for one, other in pairwise(spans))


@given(
    st.lists(st.builds(lambda at, length: Span(at, at + length, "name", 0.5), st.integers(0, 50), st.integers(1, 20)))
)
def test_merging_covers_the_same_and_leaves_nothing_overlapping(spans: list[Span]) -> None:
    """Every character that a span covered is covered, and no other."""
    whole = merged(spans)
    assert all(one.end <= other.start for one, other in pairwise(whole))
    assert {at for span in whole for at in range(*span[:2])} == {at for span in spans for at in range(*span[:2])}


@given(TEXTS, st.lists(st.tuples(st.integers(0, 60), st.integers(1, 12)), max_size=4))
@example("0" * 28 + "::" + "0" * 7, [(23, 8)])
def test_nothing_of_what_was_redacted_is_left(text: str, marked: list[tuple[int, int]]) -> None:
    """Neither what was proposed nor what somebody marked stands anywhere in what is kept, as a whole word."""
    hole = "\ufffc"
    assume(hole not in text)
    spans = [*propose(text, OWN), *(Span(at, at + length, "other", 1.0) for at, length in marked)]
    parts = apply(text, spans)
    assert "".join(part.text for part in parts) == text
    words = {text[span.start : span.end] for span in spans} - {""}
    for part in parts:
        if part.span is None:
            alone = "".join(kept.text if kept is part else hole * len(kept.text) for kept in parts)
            assert not [each for each in words if any(True for _ in Folded(alone).find(each))], part


def test_a_mark_that_cuts_a_word_leaves_no_half_of_it_that_is_the_same() -> None:
    """What was joined to the marked words and is the same stands alone afterwards: it goes too."""
    assert redacted("AnnAnn rang", [Span(0, 3, "name", 1.0)]) == "[name removed][name removed] rang"
    assert redacted("Annie rang", [Span(0, 3, "name", 1.0)]) == "[name removed]ie rang"


def test_a_second_mention_is_taken_out_with_the_first() -> None:
    """One mark is enough for all places, differently spaced or written too; a longer word that contains it stays."""
    text = "Tom Ash rang. tom  ash, TOM-ASH; Ashton. 07911 123456 or 07911123456."
    spans = [Span(0, 7, "name", 1.0), Span(text.index("07911 "), text.index(" or"), "phone", 1.0)]
    removed = "[telephone number removed] or [telephone number removed]"
    assert redacted(text, spans) == f"[name removed] rang. [name removed], [name removed]; Ashton. {removed}."


def test_what_lies_across_two_pieces_of_a_long_text_is_found() -> None:
    """Long texts are read in pieces; a number at the seam is whole."""
    for before in range(PIECE - 20, PIECE + 2):
        text = "x" * (before - 1) + " 4111 1111 1111 1111 y"
        assert "4111 1111 1111 1111" in found(text)


@pytest.mark.parametrize(
    "piece", ["a ", "A", "1 ", "A B ", "0", "\n", "a.b@", ":", "1.1.", "regards\n \n", "From: ", "12 a b c d ", "A-",
              "A'A", "12 Elm Road ", "John Smith ", "sort code 123456 ", "(", "+4 ", "Dr "]
)  # fmt: skip
def test_time_grows_with_length_alone(piece: str) -> None:
    """The worst texts for each pattern: 40,000 characters in far less than a second."""
    text = (piece * 40_000)[:40_000]
    began = time.process_time()
    propose(text, OWN)
    assert time.process_time() - began < 1.5


def test_a_text_too_long_to_read_is_refused() -> None:
    """Nothing is passed on unread: the error says what to do."""
    with pytest.raises(TooLong, match="withhold it"):
        propose("a" * (MOST + 1), OWN)
