"""Counting and straightening texts."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sms import fit, segments, straighten

GSM7_PLAIN = "abcXYZ 0189\n\r@£èÇΔΩß¿üà¤"
EXTENSION = "^{}[]~\\|€\f"


@pytest.mark.parametrize(
    ("text", "encoding", "count", "units"),
    [
        ("", "GSM-7", 0, 0),
        ("a" * 160, "GSM-7", 1, 160),
        ("a" * 161, "GSM-7", 2, 161),
        ("€" * 80, "GSM-7", 1, 160),
        # 76 of them fill 152 of 153 units; the next may not be split.
        ("€" * 152, "GSM-7", 2, 304),
        ("€" * 153, "GSM-7", 3, 306),
        ("a" * 152 + "€" + "b" * 151, "GSM-7", 2, 305),
        ("a" * 152 + "€" + "b" * 152, "GSM-7", 3, 306),
        ("ж" * 70, "UCS-2", 1, 70),
        ("ж" * 71, "UCS-2", 2, 71),
        ("😀" * 66, "UCS-2", 2, 132),
        ("😀" * 67, "UCS-2", 3, 134),
        ("مرحبا", "UCS-2", 1, 5),
        ("a\x00", "UCS-2", 1, 2),
        ("ç", "UCS-2", 1, 1),
    ],
)
def test_counts_at_the_edges(text: str, encoding: str, count: int, units: int) -> None:
    """The limits of 160/153 and 70/67 hold, and no wide character is split."""
    assert segments(text) == (encoding, count, units)


@given(st.text(alphabet=GSM7_PLAIN + EXTENSION, max_size=700))
def test_gsm7_equals_packing_by_hand(text: str) -> None:
    """Counting by arithmetic gives what filling the parts one character at a time gives."""
    parts = [0]
    for character in text:
        size = 2 if character in EXTENSION else 1
        if parts[-1] + size > 153:
            parts.append(0)
        parts[-1] += size
    total = sum(parts)
    assert segments(text) == ("GSM-7", min(1, total) if total <= 160 else len(parts), total)


@given(st.text(min_size=1, max_size=400))
def test_any_text_has_a_sensible_count(text: str) -> None:
    """Never fewer parts than the units need, never more than one unit lost in each."""
    counted = segments(text)
    single, part = (160, 153) if counted.encoding == "GSM-7" else (70, 67)
    if counted.units <= single:
        assert counted.count == 1
    else:
        assert math.ceil(counted.units / part) <= counted.count <= math.ceil(counted.units / (part - 1))


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("\u201cWe don\u2019t\u201d \u2013 ever\u2026", '"We don\'t" - ever...'),
        ("6.1\u00a0Access\ufeff", "6.1 Access"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_straightens_what_typewriters_lack(written: str, sent: str) -> None:
    """Curly quotes, long dashes and odd spaces no longer halve the length of a segment."""
    assert straighten(written) == sent
    assert segments(sent).encoding == "GSM-7"


def test_leaves_a_text_alone_that_needs_unicode_anyway() -> None:
    """Straightening is done for the alphabet's sake only: elsewhere every character stays as written."""
    text = "«Да» — сказал он… 😀\u200d"
    assert straighten(text) == text


def test_fit_counts_the_straightened_text() -> None:
    """A reply of 306 characters fits in two segments even when its quotes are curly."""
    assert fit("\u2019" * 306)
    assert not fit("\u2019" * 307)
    assert fit("ж" * 134)
    assert not fit("ж" * 135)
