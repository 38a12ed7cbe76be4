"""Signs that nobody sees, accents of their own and full-width letters hide nobody's name or number."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.packages.detection import Own, Span, propose
from bot.packages.numbers import cards
from bot.packages.redacting import redacted
from bot.packages.visible import seen, squeezed

HIDDEN = "\u200b\u200c\u200d\u200e\u2060\ufeff\u00ad\u3164\u034f"


@pytest.mark.parametrize(
    "again",
    [
        unicodedata.normalize("NFD", "José García"), "JOSE GARCIA", "Jo\u200bsé Gar\u2060cía", "José\u3164García",
        "\u3164José García\u3164", "Ｊｏｓé Ｇａｒｃíａ", "José\r\nGarcía",
    ],
)  # fmt: skip
def test_a_name_left_out_is_found_however_it_is_encoded(again: str) -> None:
    """The second mention is taken out too, with the accent that stands behind its last letter."""
    text = f"José García rang; then {again} rang."
    left = redacted(text, [Span(0, len("José García"), "name", 1.0)])
    assert left.replace("\u3164", "") == "[name removed] rang; then [name removed] rang."


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("4111 1111\u2060 1111 1111", "card"), ("4111\u200c1111\ufeff1111\u200d1111", "card"),
        ("4111\r\n1111\r\n1111\r\n1111", "card"), ("to\u200bm.smith@exa\u200cmple.com", "email"),
        ("0207 946\u2060 0958", "phone"), ("Dear To\u200bm Smi\u200dth,", "name"), ("EH1\u200b 1AA", "address"),
        (unicodedata.normalize("NFD", "Dear Zoë García,"), "name"),
    ],
)  # fmt: skip
def test_what_is_hidden_from_machines_is_proposed(text: str, kind: str) -> None:
    """Whoever wrote it so, by malice or by an export, a person sees the name, and so does the search."""
    spans = propose(text, Own())
    assert [span.kind for span in spans] == [kind]
    left = redacted(text, spans)
    assert not any(sign.isalnum() for sign in left.replace("Dear", "").replace("[", "|").split("|")[0])
    assert "]" in left


def test_a_card_number_is_known_with_signs_between_its_digits() -> None:
    """Where a whole file is let through, its text is looked at for card numbers as it is."""
    assert next(cards("4111\u20601111\u200f1111\ufeff1111"), None) is not None


@given(st.text(alphabet=st.sampled_from("Toms 4é" + HIDDEN + "\u0301"), max_size=40))
def test_places_lead_back_into_the_text(text: str) -> None:
    """Every stretch of what is seen is a stretch of the text that squeezes to the same."""
    shown = seen(text)
    if shown is None:
        return
    assert len(shown.places) == len(shown.text) + 1
    assert list(shown.places) == sorted(shown.places)
    for start in range(len(shown.text)):
        begin, end = shown.span(start, start + 1)
        assert squeezed(text[begin:end]) == squeezed(shown.text[start])
